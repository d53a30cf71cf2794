//! Weekly rules: "Mondays and Thursdays, 09:00 to 12:00, twenty minutes each", laid out on the local wall clock.

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc, Weekday};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::slot::Slot;
use crate::wall::{Fold, Moment, moment, wall_of};

/// The most slots that one rule yields for one question, so that a careless window cannot exhaust memory.
pub const MAX_SLOTS: usize = 20_000;

/// When a clinician or room can be booked, week by week.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WeeklyRule {
    /// The rule's own id, repeated in its slots.
    pub id: String,
    /// The local weekdays on which the session begins.
    pub weekdays: Vec<Weekday>,
    /// The local time at which the session begins.
    pub from: NaiveTime,
    /// The local time at which it ends. Not later than `from` means that it ends on the next day.
    pub to: NaiveTime,
    /// The zone of the wall clock.
    pub zone: Tz,
    /// The length of a slot, in minutes.
    pub slot_min: u32,
    /// How many people may be booked into one slot.
    pub capacity: u32,
    /// Minutes kept free before each slot.
    pub buffer_before_min: u32,
    /// Minutes kept free after each slot.
    pub buffer_after_min: u32,
    /// The first local date on which the rule holds.
    pub valid_from: NaiveDate,
    /// The last local date on which it holds; `None` for no end.
    pub valid_to: Option<NaiveDate>,
}

/// Why a weekly rule cannot be kept, naming the field and the remedy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum WeeklyRuleProblem {
    /// `weekdays` is empty.
    #[error("weekdays: choose at least one day")]
    NoWeekday,
    /// `slot_min` is outside 5 to 720 or longer than the session.
    #[error("slot_min: give a length from 5 minutes to 12 hours that fits between the two times")]
    SlotLength,
    /// `capacity` is outside 1 to 100.
    #[error("capacity: give a number from 1 to 100")]
    Capacity,
    /// A buffer is longer than 4 hours.
    #[error("buffers: give at most 240 minutes before and after")]
    Buffer,
    /// `valid_to` is before `valid_from`.
    #[error("valid_to: give a date on or after the first day")]
    Validity,
}

impl WeeklyRule {
    /// Checks a rule before it is kept. Rules that fail yield no slots, or fewer than meant.
    pub fn check(&self) -> Result<(), WeeklyRuleProblem> {
        if self.weekdays.is_empty() {
            return Err(WeeklyRuleProblem::NoWeekday);
        }
        let session =
            session_on(self.valid_from, self.from, self.to).map_or(0, |(a, b)| (b - a).num_minutes());
        if !(5..=720).contains(&self.slot_min) || i64::from(self.slot_min) > session {
            return Err(WeeklyRuleProblem::SlotLength);
        }
        if !(1..=100).contains(&self.capacity) {
            return Err(WeeklyRuleProblem::Capacity);
        }
        if self.buffer_before_min > 240 || self.buffer_after_min > 240 {
            return Err(WeeklyRuleProblem::Buffer);
        }
        if self.valid_to.is_some_and(|to| to < self.valid_from) {
            return Err(WeeklyRuleProblem::Validity);
        }
        Ok(())
    }

    /// The slots that begin within `from..to`, in order of time, none overlapping another.
    ///
    /// Slots lie on the local wall clock, counted from the session's beginning: a start that the clocks skip yields
    /// nothing, a start that they repeat yields two slots, each labelled with its [`Fold`]. A slot lasts `slot_min`
    /// minutes of real time and never leaves the session's hours. At most [`MAX_SLOTS`] are returned.
    pub fn windows(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<Slot> {
        let mut slots = Vec::new();
        if self.slot_min == 0 || self.capacity == 0 || from >= to {
            return slots;
        }
        // A session may have begun on the local day before.
        let first = wall_of(from, self.zone).date() - Days::new(1);
        let first = first.max(self.valid_from);
        let last = wall_of(to, self.zone).date();
        let last = self.valid_to.map_or(last, |valid_to| valid_to.min(last));
        let mut date = first;
        while date <= last && slots.len() < MAX_SLOTS {
            if self.weekdays.contains(&date.weekday()) {
                slots.extend(self.on(date));
            }
            let Some(next) = date.succ_opt() else { break };
            date = next;
        }
        slots.sort_by_key(|slot| slot.start);
        slots = without_overlap(slots);
        slots.retain(|slot| from <= slot.start && slot.start < to);
        slots.truncate(MAX_SLOTS);
        slots
    }

    /// The slots of the session that begins on the local date `date`.
    fn on(&self, date: NaiveDate) -> Vec<Slot> {
        let mut slots = Vec::new();
        let Some((opens, closes)) = session_on(date, self.from, self.to) else { return slots };
        let length = TimeDelta::minutes(i64::from(self.slot_min));
        let mut wall = opens;
        while wall < closes {
            let starts = match moment(wall, self.zone) {
                Moment::Once(at) => [Some((at, None)), None],
                Moment::Twice(a, b) => [Some((a, Some(Fold::First))), Some((b, Some(Fold::Second)))],
                Moment::Never => [None, None],
            };
            for (start, fold) in starts.into_iter().flatten() {
                if self.stays_within(start, start + length, opens, closes) {
                    slots.push(self.slot(start, start + length, wall, fold));
                }
            }
            let Some(next) = wall.checked_add_signed(length) else { break };
            wall = next;
        }
        slots.sort_by_key(|slot| slot.start);
        without_overlap(slots)
    }

    /// Whether every minute of `start..end` shows a wall time within `opens..closes`.
    fn stays_within(
        &self,
        start: DateTime<Utc>,
        end: DateTime<Utc>,
        opens: NaiveDateTime,
        closes: NaiveDateTime,
    ) -> bool {
        let inside = |at| {
            let wall = wall_of(at, self.zone);
            opens <= wall && wall < closes
        };
        let last = end - TimeDelta::seconds(1);
        if !inside(start) || !inside(last) {
            return false;
        }
        let clocks_change = wall_of(last, self.zone) - wall_of(start, self.zone) != last - start;
        !clocks_change
            || (0..i64::from(self.slot_min)).all(|minute| inside(start + TimeDelta::minutes(minute)))
    }

    fn slot(
        &self,
        start: DateTime<Utc>,
        end: DateTime<Utc>,
        wall: NaiveDateTime,
        fold: Option<Fold>,
    ) -> Slot {
        Slot {
            start,
            end,
            zone: self.zone,
            wall,
            fold,
            capacity: self.capacity,
            buffer_before_min: self.buffer_before_min,
            buffer_after_min: self.buffer_after_min,
            rule: self.id.clone(),
        }
    }
}

/// The wall times at which the session of `date` opens and closes.
fn session_on(date: NaiveDate, from: NaiveTime, to: NaiveTime) -> Option<(NaiveDateTime, NaiveDateTime)> {
    let closing_date = if to > from { date } else { date.succ_opt()? };
    Some((date.and_time(from), closing_date.and_time(to)))
}

/// Keeps each slot that begins no earlier than the one kept before it ends.
fn without_overlap(slots: Vec<Slot>) -> Vec<Slot> {
    let mut kept: Vec<Slot> = Vec::with_capacity(slots.len());
    for slot in slots {
        if kept.last().is_none_or(|last| last.end <= slot.start) {
            kept.push(slot);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono_tz::Europe::London;
    use proptest::prelude::*;

    fn time(text: &str) -> NaiveTime {
        text.parse().expect("a time")
    }

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().expect("an instant")
    }

    fn rule(weekday: Weekday, from: &str, to: &str, slot_min: u32) -> WeeklyRule {
        WeeklyRule {
            id: "r".into(),
            weekdays: vec![weekday],
            from: time(from),
            to: time(to),
            zone: London,
            slot_min,
            capacity: 1,
            buffer_before_min: 0,
            buffer_after_min: 0,
            valid_from: "2027-01-01".parse().expect("a date"),
            valid_to: None,
        }
    }

    fn shown(rule: &WeeklyRule, from: &str, to: &str) -> Vec<String> {
        rule.windows(utc(from), utc(to))
            .iter()
            .map(|s| {
                format!(
                    "{} {}{}",
                    s.start.format("%H:%MZ"),
                    s.wall.format("%H:%M"),
                    match s.fold {
                        None => "",
                        Some(Fold::First) => " first",
                        Some(Fold::Second) => " second",
                    }
                )
            })
            .collect()
    }

    #[test]
    fn a_summer_session_is_laid_out_on_the_local_clock() {
        let r = rule(Weekday::Mon, "09:00:00", "10:00:00", 20);
        assert_eq!(
            shown(&r, "2027-07-05T00:00:00Z", "2027-07-06T00:00:00Z"),
            ["08:00Z 09:00", "08:20Z 09:20", "08:40Z 09:40"]
        );
    }

    #[test]
    fn nothing_is_offered_inside_the_skipped_hour() {
        let r = rule(Weekday::Sun, "00:30:00", "03:00:00", 30);
        assert_eq!(
            shown(&r, "2027-03-27T12:00:00Z", "2027-03-28T12:00:00Z"),
            ["00:30Z 00:30", "01:00Z 02:00", "01:30Z 02:30"]
        );
    }

    #[test]
    fn the_repeated_hour_is_offered_twice_and_labelled() {
        let r = rule(Weekday::Sun, "00:30:00", "02:30:00", 30);
        assert_eq!(
            shown(&r, "2027-10-30T12:00:00Z", "2027-10-31T12:00:00Z"),
            [
                "23:30Z 00:30",
                "00:00Z 01:00 first",
                "00:30Z 01:30 first",
                "01:00Z 01:00 second",
                "01:30Z 01:30 second",
                "02:00Z 02:00",
            ]
        );
    }

    #[test]
    fn a_slot_that_would_cross_the_skipped_hour_into_the_next_is_offered_once() {
        let r = rule(Weekday::Sun, "00:30:00", "05:00:00", 90);
        assert_eq!(
            shown(&r, "2027-03-27T12:00:00Z", "2027-03-28T12:00:00Z"),
            ["00:30Z 00:30", "02:30Z 03:30"]
        );
    }

    #[test]
    fn a_session_may_run_past_midnight() {
        let r = rule(Weekday::Fri, "23:00:00", "01:00:00", 60);
        assert_eq!(shown(&r, "2027-01-16T00:00:00Z", "2027-01-16T12:00:00Z"), ["00:00Z 00:00"]);
        let whole_day = rule(Weekday::Fri, "00:00:00", "00:00:00", 720);
        assert_eq!(shown(&whole_day, "2027-01-15T00:00:00Z", "2027-01-16T00:00:00Z").len(), 2);
    }

    #[test]
    fn a_rule_holds_only_between_its_dates() {
        let mut r = rule(Weekday::Mon, "09:00:00", "10:00:00", 60);
        r.valid_from = "2027-07-05".parse().expect("a date");
        r.valid_to = Some("2027-07-12".parse().expect("a date"));
        assert_eq!(r.windows(utc("2027-06-01T00:00:00Z"), utc("2027-09-01T00:00:00Z")).len(), 2);
    }

    #[test]
    fn problems_name_the_field() {
        let good = rule(Weekday::Mon, "09:00:00", "10:00:00", 20);
        assert_eq!(good.check(), Ok(()));
        let check = |change: fn(&mut WeeklyRule)| {
            let mut r = good.clone();
            change(&mut r);
            r.check()
        };
        assert_eq!(check(|r| r.weekdays.clear()), Err(WeeklyRuleProblem::NoWeekday));
        assert_eq!(check(|r| r.slot_min = 61), Err(WeeklyRuleProblem::SlotLength));
        assert_eq!(check(|r| r.slot_min = 0), Err(WeeklyRuleProblem::SlotLength));
        assert_eq!(check(|r| r.capacity = 0), Err(WeeklyRuleProblem::Capacity));
        assert_eq!(check(|r| r.buffer_after_min = 600), Err(WeeklyRuleProblem::Buffer));
        assert_eq!(check(|r| r.valid_to = Some(NaiveDate::MIN)), Err(WeeklyRuleProblem::Validity));
    }

    proptest! {
        #[test]
        fn slots_never_overlap_and_stay_within_the_session(
            day in 0i64..800, from_min in 0u32..1400, long in 5u32..700, slot_min in 1u32..200,
            zone in prop::sample::select(vec![London, chrono_tz::America::New_York, chrono_tz::Australia::Lord_Howe, chrono_tz::Asia::Kolkata]),
        ) {
            let from = NaiveTime::MIN + TimeDelta::minutes(i64::from(from_min));
            let to = from + TimeDelta::minutes(i64::from(long));
            let mut r = rule(Weekday::Sun, "00:00:00", "01:00:00", slot_min);
            (r.from, r.to, r.zone) = (from, to, zone);
            let start = utc("2027-01-01T00:00:00Z") + TimeDelta::days(day);
            let slots = r.windows(start, start + TimeDelta::days(9));
            for pair in slots.windows(2) {
                prop_assert!(pair[0].end <= pair[1].start);
            }
            for s in &slots {
                prop_assert_eq!((s.end - s.start).num_minutes(), i64::from(slot_min));
                for minute in 0..i64::from(slot_min) {
                    let at = wall_of(s.start + TimeDelta::minutes(minute), zone);
                    let into = (at - (wall_of(s.start, zone).date().and_time(NaiveTime::MIN))).num_minutes().rem_euclid(1440);
                    let into = (into - i64::from(from_min)).rem_euclid(1440);
                    prop_assert!(into < i64::from(long));
                }
            }
        }
    }
}

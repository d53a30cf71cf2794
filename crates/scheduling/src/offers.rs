//! Which times to offer: weekly rules minus busy time minus what is taken, best first, with the reason in words.

use std::collections::HashSet;

use chrono::{DateTime, Datelike, TimeDelta, Timelike, Utc, Weekday};
use serde::{Deserialize, Serialize};

use crate::busy::{Busy, merge};
use crate::rule::WeeklyRule;
use crate::slot::Slot;

/// A stretch of the slot ledger that is taken: both quanta count, see [`crate::quanta`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// The first quantum taken.
    pub start_q: i64,
    /// The last quantum taken.
    pub end_q: i64,
    /// The place taken, counted from 0.
    pub place: u32,
}

/// The window asked about, half open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// The first instant at which a slot may begin.
    pub from: DateTime<Utc>,
    /// The first instant at which it may no longer begin.
    pub to: DateTime<Utc>,
}

/// A part of the day on the clinic's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartOfDay {
    /// Before 12:00.
    Morning,
    /// From 12:00 to 16:59.
    Afternoon,
    /// From 17:00.
    Evening,
}

impl PartOfDay {
    /// The part of the day in which an hour (0 to 23) lies.
    pub fn of_hour(hour: u32) -> Self {
        match hour {
            0..12 => PartOfDay::Morning,
            12..17 => PartOfDay::Afternoon,
            _ => PartOfDay::Evening,
        }
    }
}

/// What the patient would like. The two instants bind; the rest ranks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preferences {
    /// The weekday of an earlier appointment, or one asked for.
    pub same_weekday: Option<Weekday>,
    /// Nothing before this instant.
    pub earliest: Option<DateTime<Utc>>,
    /// Nothing that begins at or after this instant.
    pub latest: Option<DateTime<Utc>>,
    /// The part of the day asked for.
    pub part_of_day: Option<PartOfDay>,
}

/// Why a time is among the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// No other free time comes sooner.
    Earliest,
    /// The weekday and the part of the day asked for.
    DayAndTime,
    /// The part of the day asked for.
    TimeOfDay,
    /// The weekday asked for.
    SameWeekday,
    /// The next free time after those above it.
    Next,
}

impl Reason {
    /// The reason as a patient reads it.
    pub fn words(self) -> &'static str {
        match self {
            Reason::Earliest => "earliest free time",
            Reason::DayAndTime => "fits the weekday and the time of day you asked for",
            Reason::TimeOfDay => "fits the time of day you asked for",
            Reason::SameWeekday => "on the weekday you asked for",
            Reason::Next => "next free time",
        }
    }
}

/// A free time, with the place in the ledger that a booking of it would take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// The time.
    pub slot: Slot,
    /// The lowest place that is free in all of its quanta, counted from 0.
    pub place: u32,
    /// Why it is offered; set on the first three.
    pub reason: Option<Reason>,
}

/// The times of one resource that can be offered now, best first, at most `limit`.
///
/// A slot is left out if it begins before `now + min_notice`, if it overlaps busy time once its buffers are added, or
/// if each of its places is taken in some quantum. Of slots that begin together the one of the first rule counts.
/// Slots that meet more of `preferences` come first, then sooner ones; the soonest of all is always among the first
/// three.
#[allow(clippy::too_many_arguments)] // Each is a fact of its own, and most callers have them apart.
pub fn offers(
    rules: &[WeeklyRule],
    busy: &[Busy],
    taken: &[Taken],
    window: Window,
    now: DateTime<Utc>,
    min_notice: TimeDelta,
    limit: usize,
    preferences: &Preferences,
) -> Vec<Offer> {
    let notice = now.checked_add_signed(min_notice).unwrap_or(DateTime::<Utc>::MAX_UTC);
    let from = window.from.max(notice).max(preferences.earliest.unwrap_or(window.from));
    let to = window.to.min(preferences.latest.unwrap_or(window.to));
    let busy = merge(busy.to_vec());
    let ledger: Ledger = Ledger::new(taken);

    let mut slots: Vec<Slot> = rules.iter().flat_map(|rule| rule.windows(from, to)).collect();
    slots.sort_by_key(|slot| slot.start);
    slots.dedup_by_key(|slot| slot.start);
    let mut free: Vec<Offer> = slots
        .into_iter()
        .filter(|slot| !is_busy(&busy, slot))
        .filter_map(|slot| ledger.place(&slot).map(|place| Offer { slot, place, reason: None }))
        .collect();

    let soonest = free.first().map(|offer| offer.slot.start);
    free.sort_by_key(|offer| (std::cmp::Reverse(matches(&offer.slot, preferences)), offer.slot.start));
    if let Some(at) = free.iter().position(|offer| Some(offer.slot.start) == soonest)
        && at > 1
    {
        // The second line: what was asked for leads, the soonest follows.
        let offer = free.remove(at);
        free.insert(1, offer);
    }
    free.truncate(limit);
    for offer in free.iter_mut().take(3) {
        offer.reason = Some(reason(&offer.slot, preferences, soonest));
    }
    free
}

fn is_busy(merged: &[Busy], slot: &Slot) -> bool {
    let (start, end) = slot.with_buffers();
    let first = merged.partition_point(|busy| busy.end <= start);
    merged.get(first).is_some_and(|busy| busy.overlaps(start, end))
}

fn fits_day(slot: &Slot, preferences: &Preferences) -> bool {
    preferences.same_weekday == Some(slot.wall.weekday())
}

fn fits_time(slot: &Slot, preferences: &Preferences) -> bool {
    preferences.part_of_day == Some(PartOfDay::of_hour(slot.wall.hour()))
}

fn matches(slot: &Slot, preferences: &Preferences) -> u8 {
    u8::from(fits_day(slot, preferences)) + u8::from(fits_time(slot, preferences))
}

fn reason(slot: &Slot, preferences: &Preferences, soonest: Option<DateTime<Utc>>) -> Reason {
    match (fits_day(slot, preferences), fits_time(slot, preferences)) {
        _ if Some(slot.start) == soonest => Reason::Earliest,
        (true, true) => Reason::DayAndTime,
        (false, true) => Reason::TimeOfDay,
        (true, false) => Reason::SameWeekday,
        (false, false) => Reason::Next,
    }
}

/// The taken places, quantum by quantum.
struct Ledger(HashSet<(i64, u32)>);

impl Ledger {
    fn new(taken: &[Taken]) -> Self {
        Ledger(taken.iter().flat_map(|t| (t.start_q..=t.end_q).map(|q| (q, t.place))).collect())
    }

    fn place(&self, slot: &Slot) -> Option<u32> {
        (0..slot.capacity).find(|place| slot.quanta().all(|q| !self.0.contains(&(q, *place))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::busy::Effect;
    use chrono_tz::Europe::London;

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().expect("an instant")
    }

    /// Mondays and Tuesdays, 09:00 to 11:00 and 14:00 to 15:00, half hours, in winter.
    fn rules() -> Vec<WeeklyRule> {
        let rule = |id: &str, from: &str, to: &str| WeeklyRule {
            id: id.into(),
            weekdays: vec![Weekday::Mon, Weekday::Tue],
            from: from.parse().expect("a time"),
            to: to.parse().expect("a time"),
            zone: London,
            slot_min: 30,
            capacity: 2,
            buffer_before_min: 0,
            buffer_after_min: 10,
            valid_from: "2027-01-01".parse().expect("a date"),
            valid_to: None,
        };
        vec![rule("morning", "09:00:00", "11:00:00"), rule("afternoon", "14:00:00", "15:00:00")]
    }

    fn ask(
        busy: &[Busy],
        taken: &[Taken],
        now: &str,
        notice_h: i64,
        limit: usize,
        preferences: &Preferences,
    ) -> Vec<String> {
        let window = Window { from: utc("2027-01-11T00:00:00Z"), to: utc("2027-01-13T00:00:00Z") };
        offers(&rules(), busy, taken, window, utc(now), TimeDelta::hours(notice_h), limit, preferences)
            .iter()
            .map(|o| {
                format!(
                    "{} #{} {}",
                    o.slot.wall.format("%a %H:%M"),
                    o.place,
                    o.reason.map_or("", Reason::words)
                )
            })
            .collect()
    }

    #[test]
    fn without_wishes_the_soonest_come_first() {
        assert_eq!(
            ask(&[], &[], "2027-01-01T00:00:00Z", 0, 4, &Preferences::default()),
            [
                "Mon 09:00 #0 earliest free time",
                "Mon 09:30 #0 next free time",
                "Mon 10:00 #0 next free time",
                "Mon 10:30 #0 "
            ]
        );
    }

    #[test]
    fn wishes_rank_and_the_soonest_stays_among_the_first_three() {
        let wishes = Preferences {
            same_weekday: Some(Weekday::Tue),
            part_of_day: Some(PartOfDay::Afternoon),
            ..Preferences::default()
        };
        assert_eq!(
            ask(&[], &[], "2027-01-01T00:00:00Z", 0, 3, &wishes),
            [
                "Tue 14:00 #0 fits the weekday and the time of day you asked for",
                "Mon 09:00 #0 earliest free time",
                "Tue 14:30 #0 fits the weekday and the time of day you asked for",
            ]
        );
    }

    #[test]
    fn notice_and_the_earliest_day_bind() {
        assert_eq!(
            ask(&[], &[], "2027-01-11T09:01:00Z", 1, 1, &Preferences::default()),
            ["Mon 10:30 #0 earliest free time"]
        );
        let from = Preferences { earliest: Some(utc("2027-01-12T10:15:00Z")), ..Preferences::default() };
        assert_eq!(ask(&[], &[], "2027-01-01T00:00:00Z", 0, 1, &from), ["Tue 10:30 #0 earliest free time"]);
        let until = Preferences { latest: Some(utc("2027-01-11T09:30:00Z")), ..Preferences::default() };
        assert_eq!(ask(&[], &[], "2027-01-01T00:00:00Z", 0, 9, &until).len(), 1);
    }

    #[test]
    fn busy_time_takes_slots_whose_buffer_it_touches() {
        // The slot at 09:00 needs 09:00 to 09:40; busy from 09:35 takes it, and the one at 09:30.
        let busy = [Busy {
            start: utc("2027-01-11T09:35:00Z"),
            end: utc("2027-01-11T10:00:00Z"),
            effect: Effect::Tentative,
            uid: "a".into(),
        }];
        assert_eq!(
            ask(&busy, &[], "2027-01-01T00:00:00Z", 0, 1, &Preferences::default()),
            ["Mon 10:00 #0 earliest free time"]
        );
    }

    #[test]
    fn a_full_slot_is_gone_and_a_half_full_one_offers_its_free_place() {
        let q = |text: &str| utc(text).timestamp() / 300;
        let taken = [
            Taken { start_q: q("2027-01-11T09:00:00Z"), end_q: q("2027-01-11T09:35:00Z"), place: 0 },
            Taken { start_q: q("2027-01-11T09:00:00Z"), end_q: q("2027-01-11T09:00:00Z"), place: 1 },
        ];
        // 09:30 shares the quanta of 09:30 and 09:35 with the first booking's buffer, so its free place is the second.
        assert_eq!(
            ask(&[], &taken, "2027-01-01T00:00:00Z", 0, 2, &Preferences::default()),
            ["Mon 09:30 #1 earliest free time", "Mon 10:00 #0 next free time"]
        );
    }

    #[test]
    fn nothing_free_gives_nothing() {
        let away = [Busy {
            start: utc("2027-01-01T00:00:00Z"),
            end: utc("2027-02-01T00:00:00Z"),
            effect: Effect::OutOfOffice,
            uid: "a".into(),
        }];
        assert!(ask(&away, &[], "2027-01-01T00:00:00Z", 0, 9, &Preferences::default()).is_empty());
    }
}

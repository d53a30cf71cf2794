//! At which instants visits of a session can begin: wall-clock hours laid out through gaps and folds.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

use crate::rules::{Rules, Session, Visit};
use crate::wall::{Moment, instant, moment, wall_of};

const DAY: i64 = 86_400;
/// How far a local day's hours lie from the same hours in UTC, at most, and an hour to spare.
const FAR: i64 = 15 * 3_600;
/// Offsets are compared so often. No zone changes its clocks and back again within such a time.
const SAMPLE: i64 = 3 * 3_600;

/// A zone's offsets for the local days of a window, so that ordinary days need no look at the zone's history.
#[derive(Debug)]
pub(crate) struct Clock {
    pub zone: Tz,
    first: NaiveDate,
    /// For each day the seconds east of UTC, if that holds from well before it until well after the next one.
    steady: Vec<Option<i64>>,
}

impl Clock {
    pub fn new(zone: Tz, first: NaiveDate, last: NaiveDate) -> Self {
        let days = (last - first).num_days().max(0) + 1;
        let begins = midnight(first) - FAR;
        let samples: Vec<i64> = (0..=(days * DAY + DAY + 2 * FAR) / SAMPLE + 1)
            .map(|n| offset_at(begins + n * SAMPLE, zone))
            .collect();
        let steady = (0..days)
            .map(|day| {
                let from = usize::try_from(day * DAY / SAMPLE).unwrap_or(0);
                let to = usize::try_from((day * DAY + 2 * DAY + 2 * FAR) / SAMPLE + 1).unwrap_or(0);
                let span = &samples[from..=to.min(samples.len() - 1)];
                span.iter().all(|offset| *offset == span[0]).then_some(span[0])
            })
            .collect();
        Self { zone, first, steady }
    }

    fn on(&self, date: NaiveDate) -> Option<i64> {
        let at = usize::try_from((date - self.first).num_days()).ok()?;
        self.steady.get(at).copied().flatten()
    }
}

/// The hours of one session on one date, with the instants at which a visit can begin.
#[derive(Debug, Default)]
pub(crate) struct Hours {
    pub opens: i64,
    pub closes: i64,
    pub starts: Vec<i64>,
    /// Seconds east of UTC, if they hold through all of it.
    pub offset: Option<i64>,
}

impl Hours {
    /// Lays out the session of `date`.
    ///
    /// Beginnings lie on the local wall clock, counted from the session's: one that the clocks skip yields nothing, one
    /// that they repeat yields two. A visit lasts its minutes of real time and never leaves the session's hours. Where
    /// visits follow each other, none begins before the one ahead of it is over.
    pub fn lay_out(&mut self, session: &Session, visit: &Visit, date: NaiveDate, clock: &Clock) {
        self.starts.clear();
        let Some((opens, closes)) = session.hours_on(date) else {
            (self.opens, self.closes) = (0, 0);
            return;
        };
        let (length, step) = (i64::from(visit.length_min) * 60, i64::from(session.step(visit)) * 60);
        self.offset = clock.on(date).or_else(|| between_changes(opens, closes, clock.zone));
        if let Some(offset) = self.offset {
            self.opens = opens.and_utc().timestamp() - offset;
            self.closes = closes.and_utc().timestamp() - offset;
            if step > 0 && length > 0 {
                let mut start = self.opens;
                while start + length <= self.closes {
                    self.starts.push(start);
                    start += step;
                }
            }
            return;
        }
        self.opens = instant(opens, clock.zone).timestamp();
        self.closes = instant(closes, clock.zone).timestamp();
        let mut wall = opens;
        while wall < closes && step > 0 && length > 0 {
            let starts = match moment(wall, clock.zone) {
                Moment::Once(at) => [Some(at), None],
                Moment::Twice(first, second) => [Some(first), Some(second)],
                Moment::Never => [None, None],
            };
            let inside = |at: DateTime<Utc>| {
                let shown = wall_of(at, clock.zone);
                opens <= shown && shown < closes
            };
            let fits = |at: &DateTime<Utc>| {
                let last = *at + TimeDelta::seconds(length - 1);
                inside(last) && (0..length / 60).all(|minute| inside(*at + TimeDelta::minutes(minute)))
            };
            self.starts.extend(starts.into_iter().flatten().filter(fits).map(|at| at.timestamp()));
            let Some(next) = wall.checked_add_signed(TimeDelta::seconds(step)) else { break };
            wall = next;
        }
        self.starts.sort_unstable();
        if step >= length {
            let mut free_at = i64::MIN;
            self.starts.retain(|start| {
                let keep = *start >= free_at;
                if keep {
                    free_at = start + length;
                }
                keep
            });
        }
    }
}

/// Seconds east of UTC of hours through which the clocks do not change, though they do on the same day.
///
/// Both ends happen once, and as much time lies between them as the clock shows: then each wall time between them happens
/// once as well. (One that came again later, or had been before, would take an end with it.)
fn between_changes(opens: NaiveDateTime, closes: NaiveDateTime, zone: Tz) -> Option<i64> {
    let (Moment::Once(from), Moment::Once(to)) = (moment(opens, zone), moment(closes, zone)) else {
        return None;
    };
    (to - from == closes - opens).then(|| opens.and_utc().timestamp() - from.timestamp())
}

impl Session {
    /// Whether it takes place on a local date, closed days aside.
    pub fn holds_on(&self, date: NaiveDate) -> bool {
        if self.dates.contains(&date) {
            return true;
        }
        if !self.weekdays.contains(&date.weekday())
            || self.valid_from.is_some_and(|from| date < from)
            || self.valid_to.is_some_and(|to| date > to)
        {
            return false;
        }
        match (self.every_weeks, self.valid_from) {
            (0 | 1, _) | (_, None) => true,
            (weeks, Some(from)) => {
                // Counted in days, since the first week of all has no Monday.
                let monday = |date: NaiveDate| {
                    i64::from(date.num_days_from_ce()) - i64::from(date.weekday().num_days_from_monday())
                };
                (monday(date) - monday(from)) / 7 % i64::from(weeks) == 0
            }
        }
    }
}

/// The local dates whose sessions can have visits that begin within `from..to`.
pub(crate) fn dates(
    session: &Session,
    rules: &Rules,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
) -> impl Iterator<Item = NaiveDate> {
    let zone = session.zone(rules);
    // A session may have begun on the local day before.
    let first = the_day_before(wall_of(from, zone).date());
    let last = wall_of(to, zone).date();
    first.iter_days().take_while(move |date| *date <= last).filter(|date| session.holds_on(*date))
}

/// The first day of all has none before it.
pub(crate) fn the_day_before(date: NaiveDate) -> NaiveDate {
    date.pred_opt().unwrap_or(date)
}

/// The instant of a local midnight as it would be in UTC, in seconds.
fn midnight(date: NaiveDate) -> i64 {
    date.and_time(chrono::NaiveTime::MIN).and_utc().timestamp()
}

/// Seconds east of UTC.
pub(crate) fn offset_at(at: i64, zone: Tz) -> i64 {
    DateTime::from_timestamp(at, 0)
        .map_or(0, |at| i64::from(zone.offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono_tz::Europe::London;

    use crate::{Diaries, Fold, Window, slots};

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().expect("an instant")
    }

    fn session(weekday: &str, from: &str, to: &str, length_min: u32) -> Rules {
        let text = format!(
            r#"{{"zone": "Europe/London", "sessions": [{{"id": "s", "weekdays": ["{weekday}"], "from": "{from}",
            "to": "{to}", "visits": [{{"length_min": {length_min}}}], "valid_from": "2027-01-01"}}]}}"#
        );
        serde_json::from_str(&text).expect("rules")
    }

    fn shown(rules: &Rules, from: &str, to: &str) -> Vec<String> {
        let window = Window { from: utc(from), to: utc(to) };
        slots(rules, &Diaries::new(), window, utc(from), None)
            .iter()
            .map(|offer| {
                let slot = &offer.slot;
                assert_eq!(slot.zone, London);
                let fold = match slot.fold {
                    None => "",
                    Some(Fold::First) => " first",
                    Some(Fold::Second) => " second",
                };
                format!("{} {}{fold}", slot.start.format("%H:%MZ"), slot.wall.format("%H:%M"))
            })
            .collect()
    }

    #[test]
    fn a_summer_session_is_laid_out_on_the_local_clock() {
        let rules = session("Mon", "09:00", "10:00", 20);
        assert_eq!(
            shown(&rules, "2027-07-05T00:00:00Z", "2027-07-06T00:00:00Z"),
            ["08:00Z 09:00", "08:20Z 09:20", "08:40Z 09:40"]
        );
    }

    #[test]
    fn nothing_is_offered_inside_the_skipped_hour() {
        let rules = session("Sun", "00:30", "03:00", 30);
        assert_eq!(
            shown(&rules, "2027-03-27T12:00:00Z", "2027-03-28T12:00:00Z"),
            ["00:30Z 00:30", "01:00Z 02:00", "01:30Z 02:30"]
        );
    }

    #[test]
    fn the_repeated_hour_is_offered_twice_and_labelled() {
        let rules = session("Sun", "00:30", "02:30", 30);
        assert_eq!(
            shown(&rules, "2027-10-30T12:00:00Z", "2027-10-31T12:00:00Z"),
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
        let rules = session("Sun", "00:30", "05:00", 90);
        assert_eq!(
            shown(&rules, "2027-03-27T12:00:00Z", "2027-03-28T12:00:00Z"),
            ["00:30Z 00:30", "02:30Z 03:30"]
        );
    }

    #[test]
    fn a_session_may_run_past_midnight() {
        let rules = session("Fri", "23:00", "01:00", 60);
        assert_eq!(shown(&rules, "2027-01-16T00:00:00Z", "2027-01-16T12:00:00Z"), ["00:00Z 00:00"]);
        let whole_day = session("Fri", "00:00", "00:00", 720);
        assert_eq!(shown(&whole_day, "2027-01-15T00:00:00Z", "2027-01-16T00:00:00Z").len(), 2);
    }

    #[test]
    fn weeks_are_counted_from_any_day_that_a_calendar_holds() {
        let mut rules = session("Mon", "09:00", "10:00", 60);
        rules.sessions[0].every_weeks = 2;
        for from in [NaiveDate::MIN, NaiveDate::MAX] {
            rules.sessions[0].valid_from = Some(from);
            let asked = [NaiveDate::MIN, "2027-07-05".parse().expect("a date"), NaiveDate::MAX];
            assert!(asked.iter().filter(|day| rules.sessions[0].holds_on(**day)).count() <= 1);
        }
        let (least, most) = (DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC);
        rules.sessions[0].valid_from = None;
        for (from, to) in
            [(least, most), (least, least + TimeDelta::days(20)), (most - TimeDelta::days(20), most)]
        {
            let found = slots(&rules, &Diaries::new(), Window { from, to }, from, None);
            assert!(found.iter().all(|offer| from <= offer.slot.start && offer.slot.start < to));
        }
    }

    #[test]
    fn a_fortnightly_session_is_counted_from_its_first_week_and_single_dates_come_on_top() {
        let mut rules = session("Mon", "09:00", "10:00", 60);
        let date = |text: &str| text.parse::<NaiveDate>().expect("a date");
        rules.sessions[0].every_weeks = 2;
        rules.sessions[0].valid_from = Some(date("2027-07-07"));
        rules.sessions[0].dates = vec![date("2027-07-10")];
        let held: Vec<String> = date("2027-07-01")
            .iter_days()
            .take(40)
            .filter(|day| rules.sessions[0].holds_on(*day))
            .map(|day| day.to_string())
            .collect();
        // The Monday of the first week is before the first day.
        assert_eq!(held, ["2027-07-10", "2027-07-19", "2027-08-02"]);
    }
}

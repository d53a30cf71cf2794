//! The wall clock: from a local date and time to an instant, through gaps and folds.

use chrono::{DateTime, LocalResult, NaiveDateTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

/// Which of the two passes of a repeated hour is meant, when clocks go back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fold {
    /// The earlier pass, before the clocks go back.
    First,
    /// The later pass, after the clocks have gone back.
    Second,
}

/// What a wall time means in a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// The wall time happens once.
    Once(DateTime<Utc>),
    /// The clocks go back and the wall time happens twice.
    Twice(DateTime<Utc>, DateTime<Utc>),
    /// The clocks go forward over the wall time: it never happens.
    Never,
}

/// Looks up what `wall` means in `zone`.
pub fn moment(wall: NaiveDateTime, zone: Tz) -> Moment {
    match zone.from_local_datetime(&wall) {
        LocalResult::Single(at) => Moment::Once(at.to_utc()),
        LocalResult::Ambiguous(first, second) => {
            let (first, second) = (first.to_utc(), second.to_utc());
            Moment::Twice(first.min(second), first.max(second))
        }
        LocalResult::None => Moment::Never,
    }
}

/// The one instant that a calendar means by `wall` in `zone` (RFC 5545 §3.3.5): a repeated time is its first
/// pass, and a time that the clocks skip is read with the offset that held before the gap.
pub fn instant(wall: NaiveDateTime, zone: Tz) -> DateTime<Utc> {
    match moment(wall, zone) {
        Moment::Once(at) | Moment::Twice(at, _) => at,
        Moment::Never => before_gap(wall, zone),
    }
}

/// Walks back to the last wall time that exists, at most 26 hours (the longest gap known is Samoa's lost day),
/// and adds the distance as exact time.
fn before_gap(wall: NaiveDateTime, zone: Tz) -> DateTime<Utc> {
    let mut back = TimeDelta::zero();
    for _ in 0..(26 * 4) {
        back += TimeDelta::minutes(15);
        let Some(earlier) = wall.checked_sub_signed(back) else { break };
        if let Moment::Once(at) | Moment::Twice(_, at) = moment(earlier, zone) {
            return at.checked_add_signed(back).unwrap_or(at);
        }
    }
    // Only reachable at the ends of the calendar, where zones have no meaning.
    wall.and_utc()
}

/// Which edition of the IANA time zone database this program reads wall times with, like `2025b`. Later ones sort later.
pub const EDITION: &str = chrono_tz::IANA_TZDB_VERSION;

/// What a stored instant is by the clock rules of now, where the wall time is what was promised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reread {
    /// The clock of the zone shows the promised time then.
    Same,
    /// The promised time is at this instant now.
    Moved(DateTime<Utc>),
    /// The clocks skip the promised time now; this is how it would be read.
    Skipped(DateTime<Utc>),
}

/// Compares a stored instant with the wall time that it was stored for, to the minute: wall times are written so, and what the
/// instant has beyond the minute it keeps. Either pass of a repeated time is that time; who moves to one comes to the first.
pub fn reread(wall: NaiveDateTime, zone: Tz, stored: DateTime<Utc>) -> Reread {
    let rest = TimeDelta::milliseconds(stored.timestamp_millis().rem_euclid(60_000));
    let minute = stored - rest;
    match moment(wall, zone) {
        Moment::Once(at) if at == minute => Reread::Same,
        Moment::Twice(first, second) if first == minute || second == minute => Reread::Same,
        Moment::Once(at) | Moment::Twice(at, _) => Reread::Moved(at + rest),
        Moment::Never => match instant(wall, zone) {
            at if at == minute => Reread::Same,
            at => Reread::Skipped(at + rest),
        },
    }
}

/// The wall time that `at` shows in `zone`.
pub fn wall_of(at: DateTime<Utc>, zone: Tz) -> NaiveDateTime {
    let offset = zone.offset_from_utc_datetime(&at.naive_utc()).fix();
    // At the ends of the calendar, where zones have no meaning, the next day does not exist.
    at.naive_utc().checked_add_offset(offset).unwrap_or(at.naive_utc())
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono_tz::{America::New_York, Europe::London, Pacific::Apia};

    fn wall(text: &str) -> NaiveDateTime {
        text.parse().expect("a wall time")
    }

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().expect("an instant")
    }

    #[test]
    fn a_skipped_time_uses_the_offset_before_the_gap() {
        // The worked example of RFC 5545 §3.3.5: 02:30 on 11 March 2007 in New York means 03:30 EDT.
        assert_eq!(instant(wall("2007-03-11T02:30:00"), New_York), utc("2007-03-11T07:30:00Z"));
        assert_eq!(instant(wall("2027-03-28T01:15:00"), London), utc("2027-03-28T01:15:00Z"));
        assert_eq!(instant(wall("2011-12-30T10:00:00"), Apia), utc("2011-12-30T20:00:00Z"));
    }

    #[test]
    fn a_repeated_time_is_its_first_pass() {
        // The worked example of RFC 5545 §3.3.5: 01:30 on 4 November 2007 in New York means EDT.
        assert_eq!(instant(wall("2007-11-04T01:30:00"), New_York), utc("2007-11-04T05:30:00Z"));
        assert_eq!(
            moment(wall("2027-10-31T01:30:00"), London),
            Moment::Twice(utc("2027-10-31T00:30:00Z"), utc("2027-10-31T01:30:00Z"))
        );
    }

    #[test]
    fn what_was_stored_by_other_clock_rules_is_read_again() {
        let check = |promised: &str, stored: &str, expected| {
            assert_eq!(reread(wall(promised), London, utc(stored)), expected, "{promised} at {stored}");
        };
        check("2027-07-01T09:30:00", "2027-07-01T08:30:00Z", Reread::Same);
        check("2027-07-01T09:30:00", "2027-07-01T08:30:27.250Z", Reread::Same);
        check("2027-07-01T09:30:00", "2027-07-01T09:30:00Z", Reread::Moved(utc("2027-07-01T08:30:00Z")));
        check("2027-07-01T09:30:00", "2027-07-01T07:30:27Z", Reread::Moved(utc("2027-07-01T08:30:27Z")));
        // Either pass of the repeated hour is what was promised.
        check("2027-10-31T01:30:00", "2027-10-31T00:30:00Z", Reread::Same);
        check("2027-10-31T01:30:00", "2027-10-31T01:30:00Z", Reread::Same);
        check("2027-10-31T01:30:00", "2027-10-31T02:30:00Z", Reread::Moved(utc("2027-10-31T00:30:00Z")));
        // A time that no clock shows any more.
        check("2027-03-28T01:15:00", "2027-03-28T00:15:00Z", Reread::Skipped(utc("2027-03-28T01:15:00Z")));
        check("2027-03-28T01:15:00", "2027-03-28T01:15:00Z", Reread::Same);
    }
}

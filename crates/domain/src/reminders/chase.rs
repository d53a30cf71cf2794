//! What is waited for, and asked for again.

use chrono::{DateTime, Days, NaiveTime, Utc};
use chrono_tz::Tz;

use super::plan::{Quiet, decent};
use crate::calendar_days::at_wall;

/// The time of day at which people are asked again.
pub const CHASED_AT: NaiveTime = match NaiveTime::from_hms_opt(9, 30, 0) {
    Some(time) => time,
    None => NaiveTime::MIN,
};

/// What is due of a cadence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chase {
    /// Ask once more, for the so many days after which it is; and when to look again.
    Ask { days: u32, next: DateTime<Utc> },
    /// All was asked and nothing came: a person calls. Nothing follows.
    HandOver,
    /// Nothing before this.
    Wait(DateTime<Utc>),
    /// Nobody is asked.
    Never,
}

/// What a cadence of days wants at `now` of somebody who is waited for since `since` and was asked last at `asked`.
///
/// Of several that have passed only the last is asked: nobody is written to three times because a server stood still. After the
/// last one a person takes over when as many days have passed again as between the last two, and a day at least.
pub fn next_chase(
    days: &[u32],
    since: DateTime<Utc>,
    asked: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
    zone: Tz,
    quiet: Quiet,
) -> Chase {
    let Some(last) = days.last() else {
        return Chase::Never;
    };
    let before = if days.len() > 1 { days[days.len() - 2] } else { 0 };
    let over = due(since, last + (last - before.min(*last)).max(1), zone, quiet);
    if now >= over {
        return Chase::HandOver;
    }
    let moments: Vec<(u32, DateTime<Utc>)> =
        days.iter().map(|days| (*days, due(since, *days, zone, quiet))).collect();
    let next = moments.iter().map(|(_, at)| *at).find(|at| *at > now).unwrap_or(over);
    match moments.iter().rev().find(|(_, at)| *at <= now) {
        Some((days, at)) if asked.is_none_or(|asked| asked < *at) => Chase::Ask { days: *days, next },
        _ => Chase::Wait(next),
    }
}

/// So many days after an instant, at [`CHASED_AT`] on the clock there.
fn due(since: DateTime<Utc>, days: u32, zone: Tz, quiet: Quiet) -> DateTime<Utc> {
    let day = since.with_timezone(&zone).date_naive();
    let day = day.checked_add_days(Days::new(u64::from(days))).unwrap_or(day);
    decent(at_wall(day, CHASED_AT, zone), zone, quiet)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        format!("2026-{text}:00Z").parse().expect("an instant")
    }

    fn chase(days: &[u32], asked: Option<&str>, now: &str) -> Chase {
        let quiet = NaiveTime::from_hms_opt(21, 0, 0).zip(NaiveTime::from_hms_opt(8, 0, 0));
        next_chase(days, at("01-05T15:00"), asked.map(at), at(now), chrono_tz::Europe::London, quiet)
    }

    #[test]
    fn whoever_does_not_answer_is_asked_three_times_and_then_called() {
        let days = [3, 7, 14];
        let (third, seventh, fortnight) = (at("01-08T09:30"), at("01-12T09:30"), at("01-19T09:30"));
        let over = at("01-26T09:30");
        for (asked, now, expected) in [
            (None, "01-05T15:00", Chase::Wait(third)),
            (None, "01-08T09:29", Chase::Wait(third)),
            (None, "01-08T09:30", Chase::Ask { days: 3, next: seventh }),
            (Some("01-08T09:30"), "01-08T09:31", Chase::Wait(seventh)),
            (Some("01-08T09:30"), "01-12T09:30", Chase::Ask { days: 7, next: fortnight }),
            (Some("01-12T09:30"), "01-20T00:00", Chase::Ask { days: 14, next: over }),
            (Some("01-20T00:00"), "01-21T00:00", Chase::Wait(over)),
            (Some("01-20T00:00"), "01-26T09:30", Chase::HandOver),
        ] {
            assert_eq!(chase(&days, asked, now), expected, "{now}");
        }
    }

    #[test]
    fn a_server_that_stood_still_asks_once() {
        assert!(matches!(chase(&[3, 7, 14], None, "01-20T12:00"), Chase::Ask { days: 14, .. }));
        assert_eq!(chase(&[3, 7, 14], None, "03-01T12:00"), Chase::HandOver);
    }

    #[test]
    fn a_service_may_ask_once_or_not_at_all() {
        assert_eq!(chase(&[], None, "03-01T12:00"), Chase::Never);
        assert!(matches!(chase(&[2], None, "01-07T10:00"), Chase::Ask { days: 2, .. }));
        assert_eq!(chase(&[2], Some("01-07T10:00"), "01-09T09:30"), Chase::HandOver);
    }
}

//! Working days, and the clocks that are counted in them.

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, TimeZone, Utc, Weekday};
use chrono_tz::Tz;

/// The instant at which a duty that starts `now` is due, `days` working days later at 17:00 local time.
///
/// Saturdays, Sundays and `holidays` are not counted. With `days` 0 the duty is due on the same working day
/// (or the next one), at 17:00, and never before `now`.
pub fn working_days_after(now: DateTime<Utc>, days: u32, zone: Tz, holidays: &[NaiveDate]) -> DateTime<Utc> {
    let mut date = now.with_timezone(&zone).date_naive();
    let mut left = days;
    while left > 0 || !is_working(date, holidays) {
        date = date.checked_add_days(Days::new(1)).unwrap_or(date);
        if is_working(date, holidays) && left > 0 {
            left -= 1;
        }
    }
    let due = at_wall(date, NaiveTime::from_hms_opt(17, 0, 0).expect("17:00 is a time"), zone);
    if due > now { due } else { working_days_after(now, 1, zone, holidays) }
}

/// Whether a date is neither in a weekend nor a holiday.
pub fn is_working(date: NaiveDate, holidays: &[NaiveDate]) -> bool {
    !matches!(date.weekday(), Weekday::Sat | Weekday::Sun) && !holidays.contains(&date)
}

/// The instant of a wall-clock time: the first of two in a fold; in a gap, the offset before the gap applies
/// (RFC 5545 §3.3.5).
pub fn at_wall(date: NaiveDate, time: NaiveTime, zone: Tz) -> DateTime<Utc> {
    let wall = date.and_time(time);
    match zone.from_local_datetime(&wall).earliest() {
        Some(instant) => instant.with_timezone(&Utc),
        None => {
            let a_day_before = wall.checked_sub_signed(chrono::Duration::days(1)).unwrap_or(wall);
            let before = zone.offset_from_utc_datetime(&a_day_before);
            let offset = chrono::Offset::fix(&before).local_minus_utc();
            let seconds = chrono::Duration::seconds(i64::from(offset));
            wall.checked_sub_signed(seconds).unwrap_or(wall).and_utc()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("an instant")
    }

    #[test]
    fn weekends_and_holidays_are_not_counted() {
        let zone = chrono_tz::Europe::London;
        let friday = at("2026-03-06T10:00:00Z");
        let monday = NaiveDate::from_ymd_opt(2026, 3, 9).expect("a date");
        assert_eq!(working_days_after(friday, 1, zone, &[]), at("2026-03-09T17:00:00Z"));
        assert_eq!(working_days_after(friday, 1, zone, &[monday]), at("2026-03-10T17:00:00Z"));
        assert_eq!(working_days_after(at("2026-03-07T10:00:00Z"), 0, zone, &[]), at("2026-03-09T17:00:00Z"));
    }

    #[test]
    fn a_duty_is_never_due_before_it_starts() {
        let late = at("2026-03-06T19:00:00Z");
        assert_eq!(working_days_after(late, 0, chrono_tz::Europe::London, &[]), at("2026-03-09T17:00:00Z"));
    }

    #[test]
    fn a_wall_time_inside_a_gap_takes_the_offset_before_it() {
        let date = NaiveDate::from_ymd_opt(2026, 3, 29).expect("a date");
        let half_past_one = NaiveTime::from_hms_opt(1, 30, 0).expect("a time");
        assert_eq!(at_wall(date, half_past_one, chrono_tz::Europe::London), at("2026-03-29T01:30:00Z"));
    }
}

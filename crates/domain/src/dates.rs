//! Dates and instants from outside: forms, addresses, files, and rows that somebody may have written by hand.
//!
//! Whatever the calendar of a library can hold is not meant by anybody: near its ends there is no next day, and arithmetic has
//! no answer. So every text goes through this file, and what lies beyond [`YEARS`] is no date.

use std::ops::RangeInclusive;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Utc};

/// The years in which a patient was born, or a visit can take place.
pub const YEARS: RangeInclusive<i32> = 1850..=2200;
/// Their first and their last day.
pub const FIRST: NaiveDate = NaiveDate::from_ymd_opt(1850, 1, 1).expect("every year has such a day");
pub const LAST: NaiveDate = NaiveDate::from_ymd_opt(2200, 12, 31).expect("every year has such a day");

/// Whether a day lies in [`YEARS`].
pub fn is_meant(day: NaiveDate) -> bool {
    YEARS.contains(&day.year())
}

/// A day: `2026-03-31`.
pub fn day(text: &str) -> Option<NaiveDate> {
    text.trim().parse().ok().filter(|day| is_meant(*day))
}

/// A last day. Many programs write one of the year 9999 where there is none: whatever lies after [`LAST`] is that day.
pub fn last_day(text: &str) -> Option<NaiveDate> {
    let day: NaiveDate = text.trim().parse().ok().filter(|day: &NaiveDate| day.year() <= 9999)?;
    Some(day.min(LAST)).filter(|day| is_meant(*day))
}

/// A day with a time on the local clock: `2026-03-31T09:30`.
pub fn wall(text: &str) -> Option<NaiveDateTime> {
    let read = NaiveDateTime::parse_from_str(text.trim(), "%Y-%m-%dT%H:%M").ok();
    read.filter(|wall| is_meant(wall.date()))
}

/// An instant (RFC 3339): `2026-03-31T09:30:00Z`.
pub fn instant(text: &str) -> Option<DateTime<Utc>> {
    text.trim().parse().ok().filter(|at: &DateTime<Utc>| is_meant(at.date_naive()))
}

/// An instant as HTTP writes it (RFC 9110 section 5.6.7, the form that all write): `Fri, 06 Mar 2026 10:00:09 GMT`.
pub fn http(text: &str) -> Option<DateTime<Utc>> {
    let read = NaiveDateTime::parse_from_str(text.trim(), HTTP).ok();
    read.filter(|at| is_meant(at.date())).map(|at| at.and_utc())
}

/// How HTTP writes an instant in UTC.
pub const HTTP: &str = "%a, %d %b %Y %H:%M:%S GMT";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_one_that_somebody_can_mean() {
        for (text, is_read) in [
            ("2026-03-31", true),
            (" 1850-01-01 ", true),
            ("2200-12-31", true),
            ("1849-12-31", false),
            ("2201-01-01", false),
            ("0026-03-31", false),
            ("+262142-12-31", false),
            ("-262143-01-01", false),
            ("2026-02-30", false),
            ("", false),
        ] {
            assert_eq!(day(text).is_some(), is_read, "{text}");
            assert_eq!(wall(&format!("{}T09:30", text.trim())).is_some(), is_read, "{text}");
            assert_eq!(instant(&format!("{}T09:30:00Z", text.trim())).is_some(), is_read, "{text}");
        }
    }

    #[test]
    fn dates_of_http_are_read_and_nothing_else_is() {
        let at = instant("2026-03-06T10:00:09Z").expect("an instant");
        assert_eq!(http("Fri, 06 Mar 2026 10:00:09 GMT"), Some(at));
        assert_eq!(at.format(HTTP).to_string(), "Fri, 06 Mar 2026 10:00:09 GMT");
        for other in ["", "2026-03-06", "Fri, 06 Mar 2026 10:00:09 CET", "Sun, 06 Nov 0094 08:49:37 GMT"] {
            assert_eq!(http(other), None, "{other}");
        }
    }

    #[test]
    fn a_last_day_far_off_stands_for_none() {
        assert_eq!(last_day("9999-12-31"), Some(LAST));
        assert_eq!(last_day("2026-03-31"), day("2026-03-31"));
        for text in ["+262142-12-31", "1849-12-31", "2026-02-30", "soon", ""] {
            assert_eq!(last_day(text), None, "{text}");
        }
    }
}

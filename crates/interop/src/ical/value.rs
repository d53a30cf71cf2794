//! Values: dates, times, durations and texts (RFC 5545 section 3.3).

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};

use super::Duration;
use super::event::{BEFORE_START, Fault, NOT_A_LENGTH};

/// A date or time without its zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stamp {
    Date(NaiveDate),
    Wall(NaiveDateTime),
    Utc(NaiveDateTime),
}

/// `19970714`, `19970714T133000` or `19970714T173000Z`; also with dashes and colons, and without seconds, as some
/// programs write it.
pub(super) fn stamp(text: &str) -> Option<Stamp> {
    let text = text.trim();
    if !text.is_ascii() {
        return None;
    }
    let Some((day, time)) = text.split_once(['T', 't']) else {
        return date(text).map(Stamp::Date);
    };
    let day = date(day)?;
    match time.strip_suffix(['Z', 'z']) {
        Some(time) => Some(Stamp::Utc(day.and_time(clock(time)?))),
        None => Some(Stamp::Wall(day.and_time(clock(time)?))),
    }
}

fn date(text: &str) -> Option<NaiveDate> {
    let digits = match text.as_bytes() {
        [_, _, _, _, b'-', _, _, b'-', _, _] => text.replace('-', ""),
        _ => text.to_owned(),
    };
    let (year, month, day) = (number(&digits, 0, 4)?, number(&digits, 4, 2)?, number(&digits, 6, 2)?);
    if digits.len() != 8 {
        return None;
    }
    NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)
}

fn clock(text: &str) -> Option<NaiveTime> {
    let digits = match text.as_bytes() {
        [_, _, b':', _, _] | [_, _, b':', _, _, b':', _, _] => text.replace(':', ""),
        _ => text.to_owned(),
    };
    // A leap second counts as the second before it (section 3.3.12).
    let second = match digits.len() {
        4 => 0,
        6 => number(&digits, 4, 2)?,
        _ => return None,
    };
    let second = if second == 60 { 59 } else { second };
    NaiveTime::from_hms_opt(number(&digits, 0, 2)?, number(&digits, 2, 2)?, second)
}

fn number(text: &str, from: usize, length: usize) -> Option<u32> {
    let part = text.get(from..from + length)?;
    if part.bytes().all(|b| b.is_ascii_digit()) { part.parse().ok() } else { None }
}

/// `P15DT5H0M20S`, `P7W`, `+PT15M`. A `T` with nothing after it is allowed. Less than nothing is refused, as is more
/// than a century, which is a mistake and would make sums of times overflow.
pub(super) fn duration(text: &str) -> Result<Duration, Fault> {
    let text = text.trim().to_ascii_uppercase();
    let (is_negative, rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(&text)),
    };
    let length = positive_duration(rest).ok_or(NOT_A_LENGTH)?;
    if is_negative && length != Duration::default() { Err(BEFORE_START) } else { Ok(length) }
}

fn positive_duration(text: &str) -> Option<Duration> {
    let (mut length, mut digits, mut in_time, mut parts) = (Duration::default(), String::new(), false, 0);
    for c in text.strip_prefix('P')?.chars() {
        let (days, seconds) = match c {
            '0'..='9' => {
                digits.push(c);
                continue;
            }
            'T' if !in_time && digits.is_empty() => {
                in_time = true;
                continue;
            }
            'W' if !in_time => (7, 0),
            'D' if !in_time => (1, 0),
            'H' if in_time => (0, 3600),
            'M' if in_time => (0, 60),
            'S' if in_time => (0, 1),
            _ => return None,
        };
        let number = digits.parse::<i64>().ok()?;
        length.days = length.days.checked_add(number.checked_mul(days)?)?;
        length.seconds = length.seconds.checked_add(number.checked_mul(seconds)?)?;
        digits.clear();
        parts += 1;
    }
    let most_days = 100 * 366;
    let is_sound = length.days <= most_days && length.seconds <= most_days * 86_400;
    (parts > 0 && digits.is_empty() && is_sound).then_some(length)
}

/// `+0100`, `-0330` or `+002946` in seconds (section 3.3.14).
pub(super) fn offset_s(text: &str) -> Option<i32> {
    let text = text.trim();
    let (sign, digits) = match text.as_bytes().first()? {
        b'-' => (-1, text.get(1..)?),
        b'+' => (1, text.get(1..)?),
        _ => (1, text),
    };
    let seconds = match digits.len() {
        4 => 0,
        6 => number(digits, 4, 2)?,
        _ => return None,
    };
    let (hours, minutes) = (number(digits, 0, 2)?, number(digits, 2, 2)?);
    if hours > 15 || minutes > 59 || seconds > 59 {
        return None;
    }
    i32::try_from(hours * 3600 + minutes * 60 + seconds).ok().map(|s| sign * s)
}

/// TEXT without its escapes (section 3.3.11).
pub(super) fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n' | 'N') => out.push('\n'),
                Some(other) => out.push(other),
                None => {}
            },
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_times_are_read_as_written() {
        for (text, expected) in [
            ("20270131", "Some(Date(2027-01-31))"),
            ("2027-01-31", "Some(Date(2027-01-31))"),
            ("20270131T093000", "Some(Wall(2027-01-31T09:30:00))"),
            ("20270131T0930", "Some(Wall(2027-01-31T09:30:00))"),
            ("20270131T093060Z", "Some(Utc(2027-01-31T09:30:59))"),
            ("2027-01-31T09:30:00Z", "Some(Utc(2027-01-31T09:30:00))"),
            ("20270230", "None"),
            ("20270131T250000", "None"),
            ("20270131T093000+0100", "None"),
            ("2027é131", "None"),
            ("+2270131", "None"),
            ("", "None"),
        ] {
            assert_eq!(format!("{:?}", stamp(text)), expected, "{text}");
        }
    }

    #[test]
    fn durations_are_days_on_the_calendar_and_seconds() {
        for (text, expected) in [
            ("PT1H", Ok((0, 3600))),
            ("P1DT", Ok((1, 0))),
            ("P7W", Ok((49, 0))),
            ("+P15DT5H0M20S", Ok((15, 5 * 3600 + 20))),
            ("PT24H", Ok((0, 86_400))),
            ("-PT0S", Ok((0, 0))),
            ("-PT15M", Err(BEFORE_START)),
            ("PT", Err(NOT_A_LENGTH)),
            ("P1H", Err(NOT_A_LENGTH)),
            ("1H", Err(NOT_A_LENGTH)),
            ("P99999999999999999999D", Err(NOT_A_LENGTH)),
            ("P9999999999D", Err(NOT_A_LENGTH)),
        ] {
            assert_eq!(duration(text).map(|length| (length.days, length.seconds)), expected, "{text}");
        }
    }
}

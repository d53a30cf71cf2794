//! Values: dates, times, durations and texts (RFC 5545 section 3.3).

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};

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

/// `P15DT5H0M20S`, `P7W`, `-PT15M` in seconds; a day counts as 86,400. A `T` with nothing after it is allowed.
pub(super) fn duration_s(text: &str) -> Option<i64> {
    let text = text.trim().to_ascii_uppercase();
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(&text)),
    };
    let (mut total, mut digits, mut in_time, mut parts) = (0_i64, String::new(), false, 0);
    for c in rest.strip_prefix('P')?.chars() {
        let unit = match c {
            '0'..='9' => {
                digits.push(c);
                continue;
            }
            'T' if !in_time && digits.is_empty() => {
                in_time = true;
                continue;
            }
            'W' if !in_time => 7 * 86_400,
            'D' if !in_time => 86_400,
            'H' if in_time => 3600,
            'M' if in_time => 60,
            'S' if in_time => 1,
            _ => return None,
        };
        total = total.checked_add(digits.parse::<i64>().ok()?.checked_mul(unit)?)?;
        digits.clear();
        parts += 1;
    }
    // Longer than a century is a mistake, and would make sums of times overflow.
    let sound = parts > 0 && digits.is_empty() && total <= 100 * 366 * 86_400;
    sound.then_some(sign * total)
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
    fn durations_are_read_in_seconds() {
        for (text, expected) in [
            ("PT1H", Some(3600)),
            ("P1DT", Some(86_400)),
            ("P7W", Some(7 * 7 * 86_400)),
            ("P15DT5H0M20S", Some(15 * 86_400 + 5 * 3600 + 20)),
            ("-PT15M", Some(-900)),
            ("PT", None),
            ("P1H", None),
            ("1H", None),
            ("P99999999999999999999D", None),
            ("P9999999999D", None),
        ] {
            assert_eq!(duration_s(text), expected, "{text}");
        }
    }
}

//! Content lines out (RFC 5545 section 3.1): values with their escapes, folds, and the zones that times are written in.

use chrono::{DateTime, NaiveDateTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::{OffsetName, Tz};

pub(super) fn utc(at: DateTime<Utc>) -> String {
    format!("{}Z", stamp(at.naive_utc()))
}

pub(super) fn stamp(at: NaiveDateTime) -> String {
    at.format("%Y%m%dT%H%M%S").to_string()
}

/// A date-time property, on the wall clock of a zone or in UTC.
pub(super) fn time(name: &str, at: DateTime<Utc>, zone: Option<Tz>) -> String {
    match zone {
        None => format!("{name}:{}", utc(at)),
        Some(zone) => {
            format!("{name};TZID={}:{}", zone.name(), stamp(at.with_timezone(&zone).naive_local()))
        }
    }
}

/// The zone on whose clock an event is written. None: in UTC. That is so for the second of two equal wall times, which a
/// zone's name cannot tell from the first.
pub(super) fn zone_as_written(zone: Tz, start: DateTime<Utc>, end: DateTime<Utc>) -> Option<Tz> {
    let first = |at: DateTime<Utc>| {
        let wall = at.with_timezone(&zone).naive_local();
        zone.from_local_datetime(&wall).earliest().is_some_and(|earliest| earliest == at)
    };
    let is_utc = matches!(zone, Tz::UTC | Tz::Etc__UTC);
    (!is_utc && first(start) && first(end)).then_some(zone)
}

/// A zone's changes from a good year before the first time to a good year after the last.
pub(super) fn write_zone_around(out: &mut Writer, zone: Tz, first: DateTime<Utc>, last: DateTime<Utc>) {
    let margin = TimeDelta::days(400);
    let first = first.checked_sub_signed(margin).unwrap_or(first);
    let last = last.checked_add_signed(margin).unwrap_or(last);
    write_zone(out, zone, first.naive_utc(), last.naive_utc());
}

/// The zone's changes between two times in UTC, each by itself: exact there, and right even where a zone's rule changes from
/// year to year.
pub(super) fn write_zone(out: &mut Writer, zone: Tz, first: NaiveDateTime, last: NaiveDateTime) {
    out.line("BEGIN:VTIMEZONE");
    out.line(&format!("TZID:{}", zone.name()));
    let from = offset_s(zone, first);
    observance(out, zone, first, (from, from), DateTime::UNIX_EPOCH.naive_utc());
    let mut day = first;
    while day < last {
        let Some(next) = day.checked_add_signed(TimeDelta::days(1)) else { break };
        let (before, after) = (offset_s(zone, day), offset_s(zone, next));
        if before != after {
            let at = change(zone, day, next);
            observance(out, zone, at, (before, after), at + TimeDelta::seconds(before.into()));
        }
        day = next;
    }
    out.line("END:VTIMEZONE");
}

/// The first second after `low` at which the offset is no longer that of `low`; at `high` it is not.
fn change(zone: Tz, mut low: NaiveDateTime, mut high: NaiveDateTime) -> NaiveDateTime {
    let before = offset_s(zone, low);
    while (high - low).num_seconds() > 1 {
        let middle = low + TimeDelta::seconds((high - low).num_seconds() / 2);
        if offset_s(zone, middle) == before { low = middle } else { high = middle }
    }
    high
}

fn observance(out: &mut Writer, zone: Tz, at: NaiveDateTime, (from, to): (i32, i32), onset: NaiveDateTime) {
    let kind = if to > from { "DAYLIGHT" } else { "STANDARD" };
    out.line(&format!("BEGIN:{kind}"));
    out.line(&format!("DTSTART:{}", stamp(onset)));
    out.line(&format!("TZOFFSETFROM:{}", offset(from)));
    out.line(&format!("TZOFFSETTO:{}", offset(to)));
    if let Some(name) = zone.offset_from_utc_datetime(&at).abbreviation() {
        out.line(&format!("TZNAME:{}", text(name)));
    }
    out.line(&format!("END:{kind}"));
}

fn offset_s(zone: Tz, at: NaiveDateTime) -> i32 {
    zone.offset_from_utc_datetime(&at).fix().local_minus_utc()
}

fn offset(seconds: i32) -> String {
    let (sign, s) = (if seconds < 0 { '-' } else { '+' }, seconds.abs());
    let tail = if s % 60 == 0 { String::new() } else { format!("{:02}", s % 60) };
    format!("{sign}{:02}{:02}{tail}", s / 3600, s / 60 % 60)
}

/// TEXT with its escapes (RFC 5545 section 3.3.11).
pub(super) fn text(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            '\\' | ';' | ',' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            c if c.is_control() && c != '\t' => {}
            c => out.push(c),
        }
    }
    out
}

/// A quoted parameter value: no quote can stand in it (RFC 5545 section 3.2).
pub(super) fn quoted(value: &str) -> String {
    value.chars().filter(|c| !c.is_control()).map(|c| if c == '"' { '\'' } else { c }).collect()
}

/// An address that cannot begin another line.
pub(super) fn address(value: &str) -> String {
    value.chars().filter(|c| !c.is_control() && !c.is_whitespace()).collect()
}

/// Content lines with CRLF line ends.
#[derive(Default)]
pub(super) struct Writer(Vec<u8>);

impl Writer {
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// Folds at 75 octets, never inside a character.
    pub fn line(&mut self, line: &str) {
        let mut width = 0;
        for c in line.chars() {
            if width + c.len_utf8() > 75 {
                self.0.extend_from_slice(b"\r\n ");
                width = 1;
            }
            self.0.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            width += c.len_utf8();
        }
        self.0.extend_from_slice(b"\r\n");
    }
}

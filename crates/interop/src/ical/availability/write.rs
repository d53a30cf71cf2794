//! Availability as a calendar file.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use super::super::event::instant;
use super::super::writer::{Writer, stamp, text, utc, write_zone};
use super::super::{Duration, RDate, When};
use super::{RawAvailability, RawAvailable};

/// How far beyond the last time that is written zones are described.
const AHEAD: TimeDelta = TimeDelta::days(5 * 366);
/// How far from today they are described at most; what lies beyond is known by the zone's name.
const FAR: TimeDelta = TimeDelta::days(50 * 366);

/// The calendar file: what [`crate::ical::read`] reads back. `stamp` is when it was made; `name` is the calendar's.
pub fn write(availability: &[RawAvailability], name: &str, stamp: DateTime<Utc>) -> Vec<u8> {
    let mut out = Writer::default();
    out.line("BEGIN:VCALENDAR");
    out.line("VERSION:2.0");
    out.line("PRODID:-//Waymark//Referral management//EN");
    out.line("CALSCALE:GREGORIAN");
    if !name.is_empty() {
        out.line(&format!("NAME:{}", text(name)));
        out.line(&format!("X-WR-CALNAME:{}", text(name)));
    }
    write_zones(&mut out, availability, stamp);
    for one in availability {
        out.line("BEGIN:VAVAILABILITY");
        out.line(&format!("UID:{}", text(&one.uid)));
        out.line(&format!("DTSTAMP:{}", utc(one.stamped.unwrap_or(stamp))));
        if one.sequence != 0 {
            out.line(&format!("SEQUENCE:{}", one.sequence));
        }
        if let Some(start) = &one.start {
            out.line(&property("DTSTART", start));
        }
        match (&one.end, one.duration) {
            (Some(end), _) => out.line(&property("DTEND", end)),
            (None, Some(length)) => out.line(&format!("DURATION:{}", written(length))),
            (None, None) => {}
        }
        if one.priority != 0 {
            out.line(&format!("PRIORITY:{}", one.priority));
        }
        out.line(&format!("BUSYTYPE:{}", one.busy_type.word()));
        for available in &one.available {
            write_available(&mut out, available, stamp);
        }
        out.line("END:VAVAILABILITY");
    }
    out.line("END:VCALENDAR");
    out.into_bytes()
}

fn write_available(out: &mut Writer, available: &RawAvailable, stamp: DateTime<Utc>) {
    let times = &available.times;
    out.line("BEGIN:AVAILABLE");
    out.line(&format!("UID:{}", text(&times.uid)));
    out.line(&format!("DTSTAMP:{}", utc(times.stamped.unwrap_or(stamp))));
    if let Some(id) = &times.recurrence_id {
        let range = if times.this_and_future { ";RANGE=THISANDFUTURE" } else { "" };
        out.line(&property(&format!("RECURRENCE-ID{range}"), id));
    }
    out.line(&property("DTSTART", &times.start));
    match (&times.end, times.duration) {
        (Some(end), _) => out.line(&property("DTEND", end)),
        (None, Some(length)) => out.line(&format!("DURATION:{}", written(length))),
        (None, None) => {}
    }
    for rule in &times.rrules {
        out.line(&format!("RRULE:{rule}"));
    }
    for RDate { start, duration } in &times.rdates {
        match duration {
            None => out.line(&property("RDATE", start)),
            Some(length) => {
                let line = property("RDATE;VALUE=PERIOD", start);
                out.line(&format!("{line}/{}", written(*length)));
            }
        }
    }
    for exdate in &times.exdates {
        out.line(&property("EXDATE", exdate));
    }
    if times.cancelled {
        out.line("STATUS:CANCELLED");
    }
    for (name, words) in [("SUMMARY", &available.summary), ("LOCATION", &available.location)] {
        if !words.is_empty() {
            out.line(&format!("{name}:{}", text(words)));
        }
    }
    out.line("END:AVAILABLE");
}

/// Each zone that is used, from a good year before the first time in it until some years after the last.
fn write_zones(out: &mut Writer, availability: &[RawAvailability], made: DateTime<Utc>) {
    let mut times: Vec<&When> = Vec::new();
    for one in availability {
        times.extend(one.start.iter().chain(&one.end));
        for RawAvailable { times: inner, .. } in &one.available {
            times.extend(inner.recurrence_id.iter().chain([&inner.start]).chain(&inner.end));
            times.extend(inner.rdates.iter().map(|rdate| &rdate.start).chain(&inner.exdates));
        }
    }
    let mut zones: Vec<(Tz, Vec<chrono::NaiveDateTime>)> = Vec::new();
    for when in times {
        if let When::Local(wall, zone) = when {
            match zones.iter_mut().find(|(known, _)| known == zone) {
                Some((_, walls)) => walls.push(*wall),
                None => zones.push((*zone, vec![*wall])),
            }
        }
    }
    let made = made.naive_utc();
    for (zone, walls) in zones {
        let first = walls.iter().min().copied().unwrap_or(made);
        let last = walls.iter().max().copied().unwrap_or(made).max(made);
        let first = first.checked_sub_signed(TimeDelta::days(400)).unwrap_or(first);
        let last = last.checked_add_signed(AHEAD).unwrap_or(last);
        let (least, most) = (made.checked_sub_signed(FAR), made.checked_add_signed(FAR));
        write_zone(out, zone, first.max(least.unwrap_or(first)), last.min(most.unwrap_or(last)));
    }
}

/// A property whose value is a date or time. A zone that only a file defined is written in UTC.
fn property(name: &str, when: &When) -> String {
    match when {
        When::Date(day) => format!("{name};VALUE=DATE:{}", day.format("%Y%m%d")),
        When::Utc(at) => format!("{name}:{}", utc(*at)),
        When::Local(wall, Tz::UTC | Tz::Etc__UTC) => {
            format!("{name}:{}Z", stamp(*wall))
        }
        When::Local(wall, zone) => format!("{name};TZID={}:{}", zone.name(), stamp(*wall)),
        When::Own(..) => format!("{name}:{}", utc(instant(when))),
        When::Floating(wall) => format!("{name}:{}", stamp(*wall)),
    }
}

/// `P1DT1800S`, as RFC 5545 section 3.3.6 writes it.
fn written(length: Duration) -> String {
    match (length.days, length.seconds) {
        (days, 0) => format!("P{days}D"),
        (0, seconds) => format!("PT{seconds}S"),
        (days, seconds) => format!("P{days}DT{seconds}S"),
    }
}

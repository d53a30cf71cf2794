//! VAVAILABILITY (RFC 7953): in which stretches somebody is available at all, read and written.
//!
//! A VAVAILABILITY makes all time that it covers busy, except where one of its AVAILABLE components says otherwise. So
//! doubts go the other way here than with events: an AVAILABLE that is not understood is left out, and its time stays
//! busy.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use super::component::Component;
use super::event::{BEFORE_START, DAMAGED, Fault, Flags, Meaning, Reader, Refusal, instant};
use super::value::{duration, unescape};
use super::writer::{Writer, stamp, text, utc, write_zone};
use super::zones::Zones;
use super::{Duration, RDate, RawEvent, When};
use crate::problem::{Severity, Sink};

/// A VAVAILABILITY.
#[derive(Debug, Clone, PartialEq)]
pub struct RawAvailability {
    /// `UID`; empty where the file gives none.
    pub uid: String,
    /// The place in the file, as problems name it: `VCALENDAR/VAVAILABILITY[0]`.
    pub path: String,
    /// `SEQUENCE`, 0 where it is missing.
    pub sequence: i64,
    /// `DTSTAMP`, where it is an instant.
    pub stamped: Option<DateTime<Utc>>,
    /// `DTSTART`: from when on it says anything; without one, from ever.
    pub start: Option<When>,
    /// `DTEND`: until when; without it and without `duration`, for ever.
    pub end: Option<When>,
    /// `DURATION` from `start` on, where there is no `DTEND`.
    pub duration: Option<Duration>,
    /// `PRIORITY` from 1, the highest, to 9; 0, the lowest of all, where it is missing.
    pub priority: u8,
    /// `BUSYTYPE`: what time counts as in which nobody is available.
    pub busy_type: BusyType,
    /// When somebody is available.
    pub available: Vec<RawAvailable>,
}

/// An AVAILABLE component, or a change of one occurrence of it.
#[derive(Debug, Clone, PartialEq)]
pub struct RawAvailable {
    /// Its times; `cancelled` takes an occurrence away, the other flags are never set.
    pub times: RawEvent,
    /// `SUMMARY`; empty where the file gives none.
    pub summary: String,
    /// `LOCATION`; empty where the file gives none.
    pub location: String,
}

/// How time counts in which nobody is available (RFC 7953 section 3.2).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum BusyType {
    /// `BUSY`, and every word that is not known: as RFC 5545 section 3.2.9 has it for FBTYPE.
    Busy,
    /// `BUSY-UNAVAILABLE`.
    #[default]
    Unavailable,
    /// `BUSY-TENTATIVE`.
    Tentative,
}

impl BusyType {
    fn read(word: &str) -> BusyType {
        match word.to_ascii_uppercase().as_str() {
            "BUSY-UNAVAILABLE" => BusyType::Unavailable,
            "BUSY-TENTATIVE" => BusyType::Tentative,
            _ => BusyType::Busy,
        }
    }

    fn word(self) -> &'static str {
        match self {
            BusyType::Busy => "BUSY",
            BusyType::Unavailable => "BUSY-UNAVAILABLE",
            BusyType::Tentative => "BUSY-TENTATIVE",
        }
    }
}

const NO_START: Fault =
    ("it has no beginning (DTSTART)", "give the first time at which somebody is available");
const NO_ID: Fault = ("it changes an occurrence, but its RECURRENCE-ID is not given once", "export it again");

/// What a VAVAILABILITY and the AVAILABLE components within it mean. Nothing where it is cancelled or not understood; the
/// latter is an error, since busy time would be missing.
pub(super) fn read(
    component: &Component,
    within: &[&Component],
    method: Option<&str>,
    zones: &Zones<'_>,
    sink: &Sink,
) -> Option<RawAvailability> {
    let reader = Reader { component, zones, sink, meaning: Meaning::Available };
    if method == Some("CANCEL") || cancelled(component) {
        return None;
    }
    let outer = match component.damaged {
        Some(line) => Err(("", line, DAMAGED)),
        None => outer(&reader),
    };
    match outer {
        Ok(outer) => Some(RawAvailability { available: available(within, zones, sink), ..outer }),
        Err((name, line, fault)) => {
            sink.error(reader.path(name, line), fault.0, fault.1);
            None
        }
    }
}

fn cancelled(component: &Component) -> bool {
    component.first("STATUS").is_some_and(|prop| prop.value.eq_ignore_ascii_case("CANCELLED"))
}

fn outer(reader: &Reader<'_>) -> Result<RawAvailability, Refusal> {
    let time = |name: &'static str| match reader.one(name)? {
        Some(prop) => reader.when(prop, name).map(Some),
        None => Ok(None),
    };
    let (start, end) = (time("DTSTART")?, time("DTEND")?);
    let length = reader.one("DURATION")?;
    let length = match (length, &start, &end) {
        (None, _, _) => None,
        (Some(_), _, Some(_)) => {
            reader.warn("DURATION", "it is given beside DTEND", "nothing need be done; DTEND was used");
            None
        }
        (Some(_), None, None) => {
            reader.warn("DURATION", "there is no DTSTART", "nothing need be done; it holds for ever");
            None
        }
        (Some(prop), Some(_), None) => {
            Some(duration(&prop.value).map_err(|fault| ("DURATION", prop.line, fault))?)
        }
    };
    if let (Some(from), Some(to)) = (&start, &end)
        && instant(to) < instant(from)
    {
        return Err(("DTEND", reader.line("DTEND"), BEFORE_START));
    }
    tell_kind(reader, "DTSTART", start.as_ref());
    tell_kind(reader, "DTEND", end.as_ref());
    Ok(RawAvailability {
        uid: reader.component.first("UID").map(|prop| prop.value.clone()).unwrap_or_default(),
        path: reader.component.path.clone(),
        sequence: reader.sequence(),
        stamped: reader.stamped(),
        start,
        end,
        duration: length,
        priority: priority(reader),
        busy_type: reader
            .component
            .first("BUSYTYPE")
            .map_or_else(BusyType::default, |prop| BusyType::read(&prop.value)),
        available: Vec::new(),
    })
}

/// Section 3.1 wants times in UTC or in a zone.
fn tell_kind(reader: &Reader<'_>, name: &str, when: Option<&When>) {
    let problem = match when {
        Some(When::Date(_)) => "it is a day without a time",
        Some(When::Floating(_)) => "it has no time zone",
        _ => return,
    };
    reader.warn(
        name,
        problem,
        "give a time in a zone or in UTC; it was read in the zone of whoever reads it",
    );
}

fn priority(reader: &Reader<'_>) -> u8 {
    let Some(prop) = reader.component.first("PRIORITY") else { return 0 };
    prop.value.parse().ok().filter(|priority| *priority <= 9).unwrap_or_else(|| {
        reader.warn(
            "PRIORITY",
            "it is not a number from 0 to 9",
            "nothing need be done; 0, the lowest, was used",
        );
        0
    })
}

/// Of one that is not understood it cannot be said whether it would have taken time away from others with its UID: then
/// these are left out, too.
fn available(within: &[&Component], zones: &Zones<'_>, sink: &Sink) -> Vec<RawAvailable> {
    let mut found = Vec::new();
    let mut doubtful = BTreeSet::new();
    for component in within {
        let reader = Reader { component, zones, sink, meaning: Meaning::Available };
        match one(&reader) {
            Ok(available) => found.push(available),
            Err((name, line, fault)) => {
                let remedy = format!("{}; its time counts as busy", fault.1);
                sink.add(Severity::Warning, reader.path(name, line), fault.0, remedy);
                let uid = component.first("UID").map(|prop| prop.value.clone());
                doubtful.insert(uid.unwrap_or_default());
            }
        }
    }
    // A damaged line may have been the UID itself.
    if doubtful.contains("") {
        found.clear();
    }
    found.retain(|available: &RawAvailable| !doubtful.contains(&available.times.uid));
    found
}

fn one(reader: &Reader<'_>) -> Result<RawAvailable, Refusal> {
    let component = reader.component;
    if let Some(line) = component.damaged {
        return Err(("", line, DAMAGED));
    }
    let times = match reader.event(Flags::of_available(component)) {
        Ok(times) => times,
        Err((name, line, _)) if component.first("DTSTART").is_none() => return Err((name, line, NO_START)),
        Err(other) => return Err(other),
    };
    if times.this_and_future && times.recurrence_id.is_none() {
        return Err(("RECURRENCE-ID", component.line, NO_ID));
    }
    tell_kind(reader, "DTSTART", Some(&times.start));
    let is_day = matches!(times.start, When::Date(_));
    if times.end.is_none() && times.duration.is_none() && !is_day && !times.cancelled {
        reader.warn("DTSTART", "it has no end (DTEND or DURATION)", "give one; no time is available by it");
    }
    let words = |name: &str| component.first(name).map(|prop| unescape(&prop.value)).unwrap_or_default();
    Ok(RawAvailable { times, summary: words("SUMMARY"), location: words("LOCATION") })
}

/// How far beyond the last time that is written zones are described.
const AHEAD: TimeDelta = TimeDelta::days(5 * 366);
/// How far from today they are described at most; what lies beyond is known by the zone's name.
const FAR: TimeDelta = TimeDelta::days(50 * 366);

/// The calendar file: what [`super::read`] reads back. `stamp` is when it was made; `name` is the calendar's.
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

/// `P1DT1800S` as RFC 5545 section 3.3.6 writes it.
fn written(length: Duration) -> String {
    match (length.days, length.seconds) {
        (days, 0) => format!("P{days}D"),
        (0, seconds) => format!("PT{seconds}S"),
        (days, seconds) => format!("P{days}DT{seconds}S"),
    }
}

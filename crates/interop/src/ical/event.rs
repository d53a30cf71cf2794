//! From a component's properties to an event (RFC 5545 sections 3.6.1 and 3.6.4).

use chrono::{DateTime, Days, NaiveDateTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

use super::component::{Component, Prop};
use super::value::{Stamp, duration_s, stamp};
use super::zones::{Zone, Zones};
use super::{RDate, RawEvent, When};
use crate::problem::{Severity, Sink};

/// What is wrong, and how to put it right.
type Fault = (&'static str, &'static str);

const NOT_A_TIME: Fault =
    ("it is not a date or time", "write it as 20270131, 20270131T093000 or 20270131T083000Z");
const UNKNOWN_ZONE: Fault = (
    "its time zone is not known, and the file does not define it in a way that is understood",
    "export with a zone such as Europe/London, or in UTC",
);
const NOT_A_LENGTH: Fault = ("it is not a length of time", "write it as PT30M or P1D");
const BEFORE_START: Fault = ("it ends before it begins", "put the end after the beginning");
const DAMAGED: Fault = ("a line of it is damaged", "export the calendar again");
const TWICE: Fault = ("it is given twice, differently", "keep one");
const NO_START: Fault = ("it has no beginning (DTSTART)", "nothing need be done; it was left out");

/// Whether the zone of a time was one that only the file defines.
#[derive(Clone, Copy, PartialEq)]
struct Read {
    when: When,
    own_zone: bool,
}

/// The event that a VEVENT means. Nothing where it has no beginning or is not understood; the latter is an error,
/// unless it takes no time anyway.
pub(super) fn event(
    component: &Component,
    method: Option<&str>,
    zones: &Zones<'_>,
    sink: &Sink,
) -> Option<RawEvent> {
    let reader = Reader { component, zones, sink };
    let flags = Flags::read(component, method);
    let harmless = flags.transparent || flags.cancelled;
    if let Some(line) = component.damaged {
        reader.refuse("", line, DAMAGED, harmless);
        return None;
    }
    match reader.event(flags) {
        Ok(event) => Some(event),
        Err((name, line, NO_START)) => {
            let path = reader.path(name, line);
            sink.add(Severity::Warning, path, NO_START.0, NO_START.1);
            None
        }
        Err((name, line, fault)) => {
            reader.refuse(name, line, fault, harmless);
            None
        }
    }
}

/// Adds the busy periods of a VFREEBUSY.
pub(super) fn free_busy(component: &Component, zones: &Zones<'_>, sink: &Sink, events: &mut Vec<RawEvent>) {
    let reader = Reader { component, zones, sink };
    if let Some(line) = component.damaged {
        reader.refuse("", line, DAMAGED, false);
        return;
    }
    for prop in component.all("FREEBUSY") {
        let kind = prop.param("FBTYPE").unwrap_or("BUSY").to_ascii_uppercase();
        if kind == "FREE" {
            continue;
        }
        for text in parts(prop) {
            match reader.period(prop, text) {
                Err(fault) => reader.refuse("FREEBUSY", prop.line, fault, false),
                Ok((start, seconds)) => events.push(RawEvent {
                    uid: String::new(),
                    sequence: 0,
                    recurrence_id: None,
                    this_and_future: false,
                    start: start.when,
                    end: None,
                    duration_s: Some(seconds),
                    rrule: None,
                    rdates: vec![],
                    exdates: vec![],
                    transparent: false,
                    cancelled: false,
                    tentative: kind == "BUSY-TENTATIVE",
                    out_of_office: kind == "BUSY-UNAVAILABLE",
                }),
            }
        }
    }
}

struct Flags {
    transparent: bool,
    cancelled: bool,
    tentative: bool,
    out_of_office: bool,
}

impl Flags {
    /// TRANSP and STATUS say whether time is taken; Microsoft's status refines it where they are silent
    /// ([MS-OXCICAL] section 2.1.3.1.1.20.34).
    fn read(component: &Component, method: Option<&str>) -> Flags {
        let upper = |name: &str| component.first(name).map(|p| p.value.to_ascii_uppercase());
        let (transp, status) = (upper("TRANSP"), upper("STATUS"));
        let shown = upper("X-MICROSOFT-CDO-BUSYSTATUS").or_else(|| upper("X-MICROSOFT-BUSYSTATUS"));
        let (status, shown) = (status.as_deref(), shown.as_deref());
        Flags {
            transparent: match transp.as_deref() {
                Some(transp) => transp == "TRANSPARENT",
                None => shown == Some("FREE"),
            },
            cancelled: status == Some("CANCELLED") || method == Some("CANCEL"),
            tentative: status == Some("TENTATIVE") || shown == Some("TENTATIVE"),
            out_of_office: shown == Some("OOF"),
        }
    }
}

struct Reader<'a> {
    component: &'a Component,
    zones: &'a Zones<'a>,
    sink: &'a Sink,
}

/// The property, its line, and what is wrong with it.
type Refusal = (&'static str, usize, Fault);

impl Reader<'_> {
    fn event(&self, flags: Flags) -> Result<RawEvent, Refusal> {
        let recurrence = self.one("RECURRENCE-ID")?;
        let replaced = recurrence.map(|p| self.when(p, "RECURRENCE-ID")).transpose()?;
        let range = recurrence.and_then(|p| p.param("RANGE")).map(str::to_ascii_uppercase);
        if range.as_deref().is_some_and(|range| range != "THISANDFUTURE") {
            let line = recurrence.map_or(0, |p| p.line);
            return Err((
                "RECURRENCE-ID",
                line,
                ("its RANGE is not THISANDFUTURE", "change each occurrence by itself"),
            ));
        }
        let start = match self.one("DTSTART")? {
            Some(prop) => self.when(prop, "DTSTART")?,
            None => match replaced.filter(|_| flags.cancelled) {
                Some(replaced) => replaced,
                None => return Err(("", self.component.line, NO_START)),
            },
        };
        let (end, duration_s) = self.length(start.when)?;
        let rrule = self.rrule()?;
        let rdates = self.rdates(start.when)?;
        let exdates = self.exdates(start.when)?;
        if rrule.is_some() && start.own_zone {
            return Err(("DTSTART", self.line("DTSTART"), UNKNOWN_ZONE));
        }
        if self.component.first("EXRULE").is_some() {
            self.warn(
                "EXRULE",
                "this old kind of exception is not read",
                "the time counts as busy; use EXDATE",
            );
        }
        if self.component.first("UID").is_none_or(|p| p.value.is_empty()) {
            self.warn("UID", "it is missing", "nothing need be done; the event stands for itself");
        }
        Ok(RawEvent {
            uid: self.component.first("UID").map(|p| p.value.clone()).unwrap_or_default(),
            sequence: self.sequence(),
            recurrence_id: replaced.map(|read| read.when),
            this_and_future: range.is_some(),
            start: start.when,
            end,
            duration_s,
            rrule,
            rdates,
            exdates,
            transparent: flags.transparent,
            cancelled: flags.cancelled,
            tentative: flags.tentative,
            out_of_office: flags.out_of_office,
        })
    }

    /// A property that may be given once; the same again does no harm.
    fn one(&self, name: &'static str) -> Result<Option<&Prop>, Refusal> {
        let mut all = self.component.all(name);
        let first = all.next();
        match (first, all.find(|other| first.is_some_and(|first| first.value != other.value))) {
            (_, Some(other)) => Err((name, other.line, TWICE)),
            (first, None) => Ok(first),
        }
    }

    fn length(&self, start: When) -> Result<(Option<When>, Option<i64>), Refusal> {
        let duration = self.one("DURATION")?;
        let Some(prop) = self.one("DTEND")? else {
            let Some(prop) = duration else { return Ok((None, None)) };
            let seconds = duration_s(&prop.value).ok_or(("DURATION", prop.line, NOT_A_LENGTH))?;
            if seconds < 0 {
                return Err(("DURATION", prop.line, BEFORE_START));
            }
            return Ok(match start {
                // Days are days on the calendar, 23 to 25 hours long (section 3.3.6).
                When::Date(day) if seconds > 0 => {
                    let days = u64::try_from((seconds + 86_399) / 86_400).unwrap_or(1);
                    let end = day.checked_add_days(Days::new(days));
                    (Some(When::Date(end.ok_or(("DURATION", prop.line, NOT_A_LENGTH))?)), None)
                }
                _ => (None, Some(seconds)),
            });
        };
        if duration.is_some() {
            self.warn("DURATION", "it is given beside DTEND", "nothing need be done; DTEND was used");
        }
        let end = self.when(prop, "DTEND")?.when;
        let end = match (start, end) {
            (When::Local(_, zone), When::Floating(wall)) => {
                self.warn("DTEND", "it has no zone", "nothing need be done; the zone of DTSTART was used");
                When::Local(wall, zone)
            }
            (When::Date(_), When::Date(_)) | (When::Floating(_), When::Floating(_)) => end,
            (When::Utc(_) | When::Local(..), When::Utc(_) | When::Local(..)) => end,
            _ => {
                let fault = (
                    "it is not of the same kind as DTSTART",
                    "give both as days, or both as times in a zone",
                );
                return Err(("DTEND", prop.line, fault));
            }
        };
        match (start, end) {
            (When::Date(from), When::Date(to)) if from == to => {
                self.warn(
                    "DTEND",
                    "it is the day of DTSTART",
                    "nothing need be done; it was read as one whole day",
                );
                Ok((None, None))
            }
            _ if instant(end) < instant(start) => Err(("DTEND", prop.line, BEFORE_START)),
            _ => Ok((Some(end), None)),
        }
    }

    fn rrule(&self) -> Result<Option<String>, Refusal> {
        let Some(prop) = self.one("RRULE")? else { return Ok(None) };
        let text: String = prop.value.chars().filter(|c| !c.is_whitespace()).collect();
        if !text.to_ascii_uppercase().contains("FREQ=") {
            return Err((
                "RRULE",
                prop.line,
                ("it does not say how often", "give FREQ=DAILY, WEEKLY or another"),
            ));
        }
        Ok(Some(text))
    }

    fn rdates(&self, start: When) -> Result<Vec<RDate>, Refusal> {
        let mut found = Vec::new();
        for prop in self.component.all("RDATE") {
            for text in parts(prop) {
                let refuse = |fault| ("RDATE", prop.line, fault);
                let rdate = if text.contains('/') {
                    let (start, seconds) = self.period(prop, text).map_err(refuse)?;
                    RDate { start: start.when, duration_s: Some(seconds) }
                } else {
                    RDate { start: self.stamp(prop, text).map_err(refuse)?.when, duration_s: None }
                };
                let is_date = |when| matches!(when, When::Date(_));
                if rdate.duration_s.is_none() && is_date(rdate.start) != is_date(start) {
                    return Err(refuse((
                        "it is not of the same kind as DTSTART",
                        "give both as days, or both as times",
                    )));
                }
                found.push(rdate);
            }
        }
        Ok(found)
    }

    /// An exception that is not understood leaves its time busy, so it is only a warning.
    fn exdates(&self, start: When) -> Result<Vec<When>, Refusal> {
        let mut found = Vec::new();
        for prop in self.component.all("EXDATE") {
            for text in parts(prop) {
                match self.stamp(prop, text) {
                    Ok(read) => found.push(match (read.when, start) {
                        (When::Floating(wall), When::Local(_, zone)) => When::Local(wall, zone),
                        (when, _) => when,
                    }),
                    Err((problem, _)) => {
                        let path = self.path("EXDATE", prop.line);
                        self.sink.add(
                            Severity::Warning,
                            path,
                            problem,
                            "the time counts as busy; correct it",
                        );
                    }
                }
            }
        }
        Ok(found)
    }

    fn sequence(&self) -> i64 {
        let Some(prop) = self.component.first("SEQUENCE") else { return 0 };
        prop.value.parse().unwrap_or_else(|_| {
            self.warn("SEQUENCE", "it is not a whole number", "nothing need be done; 0 was used");
            0
        })
    }

    fn when(&self, prop: &Prop, name: &'static str) -> Result<Read, Refusal> {
        self.stamp(prop, &prop.value).map_err(|fault| (name, prop.line, fault))
    }

    fn stamp(&self, prop: &Prop, text: &str) -> Result<Read, Fault> {
        let known = |when| Ok(Read { when, own_zone: false });
        match stamp(text).ok_or(NOT_A_TIME)? {
            Stamp::Date(day) => known(When::Date(day)),
            Stamp::Utc(at) => known(When::Utc(at.and_utc())),
            Stamp::Wall(wall) => match prop.param("TZID").filter(|id| !id.trim().is_empty()) {
                None => known(When::Floating(wall)),
                Some(id) => match self.zones.find(id).ok_or(UNKNOWN_ZONE)? {
                    Zone::Known(zone) => known(When::Local(wall, zone)),
                    Zone::Own(definition) => {
                        let at = definition.instant(wall).ok_or(NOT_A_TIME)?;
                        Ok(Read { when: When::Utc(at), own_zone: true })
                    }
                },
            },
        }
    }

    /// `start/end` or `start/duration`, as beginning and seconds (section 3.3.9).
    fn period(&self, prop: &Prop, text: &str) -> Result<(Read, i64), Fault> {
        let (from, to) = text.split_once('/').ok_or(NOT_A_TIME)?;
        let start = self.stamp(prop, from)?;
        let seconds = match duration_s(to) {
            Some(seconds) => seconds,
            None => (instant(self.stamp(prop, to)?.when) - instant(start.when)).num_seconds(),
        };
        if seconds < 0 { Err(BEFORE_START) } else { Ok((start, seconds)) }
    }

    fn line(&self, name: &str) -> usize {
        self.component.first(name).map_or(self.component.line, |prop| prop.line)
    }

    fn path(&self, name: &str, line: usize) -> String {
        let slash = if name.is_empty() { "" } else { "/" };
        format!("{}{slash}{name} (line {line})", self.component.path)
    }

    fn warn(&self, name: &str, problem: &str, remedy: &str) {
        self.sink.add(Severity::Warning, self.path(name, self.line(name)), problem, remedy);
    }

    fn refuse(&self, name: &str, line: usize, fault: Fault, harmless: bool) {
        let path = self.path(name, line);
        if harmless {
            let remedy = "nothing need be done; it takes no time and was left out";
            self.sink.add(Severity::Warning, path, fault.0, remedy);
        } else {
            self.sink.error(path, fault.0, fault.1);
        }
    }
}

fn parts(prop: &Prop) -> impl Iterator<Item = &str> {
    prop.value.split(',').map(str::trim).filter(|part| !part.is_empty())
}

/// For comparing two times of the same kind; a time without a zone is taken as UTC.
fn instant(when: When) -> DateTime<Utc> {
    match when {
        When::Date(day) => day.and_time(chrono::NaiveTime::MIN).and_utc(),
        When::Utc(at) => at,
        When::Floating(wall) => wall.and_utc(),
        When::Local(wall, zone) => in_zone(wall, zone),
    }
}

/// Of two times the first; in a gap the offset before it (RFC 5545 section 3.3.5).
fn in_zone(wall: NaiveDateTime, zone: Tz) -> DateTime<Utc> {
    if let Some(at) = zone.from_local_datetime(&wall).earliest() {
        return at.to_utc();
    }
    let before = wall.checked_sub_signed(TimeDelta::days(1)).unwrap_or(wall);
    let offset = zone.offset_from_utc_datetime(&before).fix().local_minus_utc();
    wall.checked_sub_signed(TimeDelta::seconds(offset.into())).unwrap_or(wall).and_utc()
}

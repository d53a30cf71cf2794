//! From a component's properties to an event (RFC 5545 sections 3.6.1 and 3.6.4).

use std::sync::Arc;

use chrono::{DateTime, Days, NaiveDateTime, NaiveTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

use super::component::{Component, Prop};
use super::value::{Stamp, duration, stamp};
use super::zones::{Zone, Zones};
use super::{Duration, RDate, RawEvent, When};
use crate::problem::{Severity, Sink};

/// What is wrong, and how to put it right.
pub(super) type Fault = (&'static str, &'static str);

const NOT_A_TIME: Fault =
    ("it is not a date or time", "write it as 20270131, 20270131T093000 or 20270131T083000Z");
const UNKNOWN_ZONE: Fault = (
    "its time zone is not known, and the file does not define it in a way that is understood",
    "export with a zone such as Europe/London, or in UTC",
);
pub(super) const NOT_A_LENGTH: Fault = ("it is not a length of time", "write it as PT30M or P1D");
pub(super) const BEFORE_START: Fault = ("it ends before it begins", "put the end after the beginning");
pub(super) const DAMAGED: Fault = ("a line of it is damaged", "export the calendar again");
const OLD_EXCEPTION: Fault = ("this old kind of exception (EXRULE) is not read", "use EXDATE");
const TWICE: Fault = ("it is given twice, differently", "keep one");
/// The most rules of one event.
const MAX_RULES: usize = 10;
const NO_START: Fault = ("it has no beginning (DTSTART)", "nothing need be done; it was left out");

/// The event that a VEVENT means. Nothing where it has no beginning or is not understood; the latter is an error,
/// unless it takes no time anyway.
pub(super) fn event(
    component: &Component,
    method: Option<&str>,
    zones: &Zones<'_>,
    sink: &Sink,
) -> Option<RawEvent> {
    let reader = Reader { component, zones, sink, meaning: Meaning::Taken };
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
    let reader = Reader { component, zones, sink, meaning: Meaning::Taken };
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
                Ok((start, duration)) => events.push(RawEvent {
                    uid: String::new(),
                    path: component.path.clone(),
                    sequence: 0,
                    stamped: None,
                    recurrence_id: None,
                    this_and_future: false,
                    start,
                    end: None,
                    duration: Some(duration),
                    rrules: vec![],
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

pub(super) struct Flags {
    transparent: bool,
    cancelled: bool,
    tentative: bool,
    out_of_office: bool,
}

impl Flags {
    /// Of time in which somebody is available: only whether it is cancelled.
    pub fn of_available(component: &Component) -> Flags {
        let status = component.first("STATUS").map(|p| p.value.to_ascii_uppercase());
        Flags {
            transparent: false,
            cancelled: status.as_deref() == Some("CANCELLED"),
            tentative: false,
            out_of_office: false,
        }
    }

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

pub(super) struct Reader<'a> {
    pub component: &'a Component,
    pub zones: &'a Zones<'a>,
    pub sink: &'a Sink,
    pub meaning: Meaning,
}

/// What a component's time means: which way a doubt must go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// It is taken: an exception that is not understood leaves it so.
    Taken,
    /// Somebody is available in it: one that is not understood takes all of it away.
    Available,
}

/// The property, its line, and what is wrong with it.
pub(super) type Refusal = (&'static str, usize, Fault);

impl Reader<'_> {
    pub fn event(&self, flags: Flags) -> Result<RawEvent, Refusal> {
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
            None => match replaced.clone().filter(|_| flags.cancelled) {
                Some(replaced) => replaced,
                None => return Err(("", self.component.line, NO_START)),
            },
        };
        let start = self.with_time(start)?;
        let (end, duration) = self.length(&start)?;
        let rrules = self.rrules()?;
        let rdates = self.rdates()?;
        let exdates = self.exdates(&start)?;
        if let Some(prop) = self.component.first("EXRULE") {
            if self.meaning == Meaning::Available {
                return Err(("EXRULE", prop.line, OLD_EXCEPTION));
            }
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
            path: self.component.path.clone(),
            sequence: self.sequence(),
            stamped: self.stamped(),
            recurrence_id: replaced,
            this_and_future: range.is_some(),
            start,
            end,
            duration,
            rrules,
            rdates,
            exdates,
            transparent: flags.transparent,
            cancelled: flags.cancelled,
            tentative: flags.tentative,
            out_of_office: flags.out_of_office,
        })
    }

    /// A property that may be given once; the same again does no harm.
    pub fn one(&self, name: &'static str) -> Result<Option<&Prop>, Refusal> {
        let mut all = self.component.all(name);
        let first = all.next();
        match (first, all.find(|other| first.is_some_and(|first| first.value != other.value))) {
            (_, Some(other)) => Err((name, other.line, TWICE)),
            (first, None) => Ok(first),
        }
    }

    /// The beginning; of a day whose end is a time, its midnight on the clock of that end.
    fn with_time(&self, start: When) -> Result<When, Refusal> {
        let (When::Date(day), Some(prop)) = (&start, self.one("DTEND")?) else { return Ok(start) };
        Ok(match self.when(prop, "DTEND")? {
            When::Date(_) => start,
            end => {
                self.warn(
                    "DTSTART",
                    "it is a day, DTEND a time",
                    "nothing need be done; its midnight was used",
                );
                at_midnight(&end, *day)
            }
        })
    }

    pub fn length(&self, start: &When) -> Result<(Option<When>, Option<Duration>), Refusal> {
        let given = self.one("DURATION")?;
        let Some(prop) = self.one("DTEND")? else {
            let Some(prop) = given else { return Ok((None, None)) };
            let length = duration(&prop.value).map_err(|fault| ("DURATION", prop.line, fault))?;
            return Ok(match start {
                // A whole day lasts whole days; a part of one counts as one.
                When::Date(day) if length != Duration::default() => {
                    let days = length.days + (length.seconds + 86_399) / 86_400;
                    let end = u64::try_from(days).ok().and_then(|days| day.checked_add_days(Days::new(days)));
                    (Some(When::Date(end.ok_or(("DURATION", prop.line, NOT_A_LENGTH))?)), None)
                }
                _ => (None, Some(length)),
            });
        };
        if given.is_some() {
            self.warn("DURATION", "it is given beside DTEND", "nothing need be done; DTEND was used");
        }
        let end = self.when(prop, "DTEND")?;
        let end = match (start, end) {
            (When::Local(_, zone), When::Floating(wall)) => {
                self.warn("DTEND", "it has no zone", "nothing need be done; the zone of DTSTART was used");
                When::Local(wall, *zone)
            }
            (When::Own(_, zone), When::Floating(wall)) => {
                self.warn("DTEND", "it has no zone", "nothing need be done; the zone of DTSTART was used");
                When::Own(wall, zone.clone())
            }
            (When::Date(_), end @ When::Date(_)) | (When::Floating(_), end @ When::Floating(_)) => end,
            // The day on which it ends, from whose midnight on it is over.
            (start, When::Date(day)) => {
                self.warn(
                    "DTEND",
                    "it is a day, DTSTART a time",
                    "nothing need be done; its midnight was used",
                );
                at_midnight(start, day)
            }
            (
                When::Utc(_) | When::Local(..) | When::Own(..),
                end @ (When::Utc(_) | When::Local(..) | When::Own(..)),
            ) => end,
            _ => {
                let fault = (
                    "it is not of the same kind as DTSTART",
                    "give both as days, or both as times in a zone",
                );
                return Err(("DTEND", prop.line, fault));
            }
        };
        match (start, &end) {
            (When::Date(from), When::Date(to)) if from == to => {
                self.warn(
                    "DTEND",
                    "it is the day of DTSTART",
                    "nothing need be done; it was read as one whole day",
                );
                Ok((None, None))
            }
            _ if is_before(&end, start) => Err(("DTEND", prop.line, BEFORE_START)),
            _ => Ok((Some(end), None)),
        }
    }

    /// Each rule once. Several are allowed to old calendars, and all hold.
    fn rrules(&self) -> Result<Vec<String>, Refusal> {
        let mut found: Vec<String> = Vec::new();
        for prop in self.component.all("RRULE") {
            let text: String = prop.value.chars().filter(|c| !c.is_whitespace()).collect();
            if !text.to_ascii_uppercase().contains("FREQ=") {
                return Err((
                    "RRULE",
                    prop.line,
                    ("it does not say how often", "give FREQ=DAILY, WEEKLY or another"),
                ));
            }
            if !found.contains(&text) {
                found.push(text);
            }
            if found.len() > MAX_RULES {
                return Err(("RRULE", prop.line, ("there are more than ten", "give each its own event")));
            }
        }
        Ok(found)
    }

    fn rdates(&self) -> Result<Vec<RDate>, Refusal> {
        let mut found = Vec::new();
        for prop in self.component.all("RDATE") {
            for text in parts(prop) {
                let refuse = |fault| ("RDATE", prop.line, fault);
                found.push(if text.contains('/') {
                    let (start, duration) = self.period(prop, text).map_err(refuse)?;
                    RDate { start, duration: Some(duration) }
                } else {
                    RDate { start: self.stamp(prop, text).map_err(refuse)?, duration: None }
                });
            }
        }
        Ok(found)
    }

    /// An exception that is not understood leaves its time busy, so it is only a warning.
    fn exdates(&self, start: &When) -> Result<Vec<When>, Refusal> {
        let mut found = Vec::new();
        for prop in self.component.all("EXDATE") {
            for text in parts(prop) {
                match self.stamp(prop, text) {
                    Ok(when) => found.push(match (when, start) {
                        (When::Floating(wall), When::Local(_, zone)) => When::Local(wall, *zone),
                        (when, _) => when,
                    }),
                    Err(fault) if self.meaning == Meaning::Available => {
                        return Err(("EXDATE", prop.line, fault));
                    }
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

    /// Where it is not an instant it tells nothing about the order of versions.
    pub fn stamped(&self) -> Option<DateTime<Utc>> {
        match stamp(&self.component.first("DTSTAMP")?.value)? {
            Stamp::Utc(at) => Some(at.and_utc()),
            _ => None,
        }
    }

    pub fn sequence(&self) -> i64 {
        let Some(prop) = self.component.first("SEQUENCE") else { return 0 };
        prop.value.parse().unwrap_or_else(|_| {
            self.warn("SEQUENCE", "it is not a whole number", "nothing need be done; 0 was used");
            0
        })
    }

    pub fn when(&self, prop: &Prop, name: &'static str) -> Result<When, Refusal> {
        self.stamp(prop, &prop.value).map_err(|fault| (name, prop.line, fault))
    }

    fn stamp(&self, prop: &Prop, text: &str) -> Result<When, Fault> {
        Ok(match stamp(text).ok_or(NOT_A_TIME)? {
            // Midnight, where a program says DATE and writes a time.
            Stamp::Wall(wall) | Stamp::Utc(wall)
                if wall.time() == NaiveTime::MIN
                    && prop.param("VALUE").is_some_and(|kind| kind.eq_ignore_ascii_case("DATE")) =>
            {
                When::Date(wall.date())
            }
            Stamp::Date(day) => When::Date(day),
            Stamp::Utc(at) => When::Utc(at.and_utc()),
            Stamp::Wall(wall) => match prop.param("TZID").filter(|id| !id.trim().is_empty()) {
                None => match self.zones.home() {
                    Some(zone) => When::Local(wall, zone),
                    None => When::Floating(wall),
                },
                Some(id) => match self.zones.find(id).ok_or(UNKNOWN_ZONE)? {
                    Zone::Known(zone) => When::Local(wall, zone),
                    Zone::Own(zone) => {
                        zone.instant(wall).ok_or(NOT_A_TIME)?;
                        When::Own(wall, zone)
                    }
                },
            },
        })
    }

    /// `start/end` or `start/duration` (section 3.3.9). Between two times the seconds are exact.
    fn period(&self, prop: &Prop, text: &str) -> Result<(When, Duration), Fault> {
        let (from, to) = text.split_once('/').ok_or(NOT_A_TIME)?;
        let start = self.stamp(prop, from)?;
        if to.trim_start().starts_with(['P', 'p', '+', '-']) {
            return Ok((start, duration(to)?));
        }
        let end = self.stamp(prop, to)?;
        if is_before(&end, &start) {
            return Err(BEFORE_START);
        }
        let seconds = match (instant(&end) - instant(&start), on_one_clock(&start, &end)) {
            (real, Some((from, to))) if real < TimeDelta::zero() => to - from,
            (real, _) => real,
        };
        Ok((start, Duration { days: 0, seconds: seconds.num_seconds() }))
    }

    pub fn line(&self, name: &str) -> usize {
        self.component.first(name).map_or(self.component.line, |prop| prop.line)
    }

    pub fn path(&self, name: &str, line: usize) -> String {
        let slash = if name.is_empty() { "" } else { "/" };
        format!("{}{slash}{name} (line {line})", self.component.path)
    }

    pub fn warn(&self, name: &str, problem: &str, remedy: &str) {
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

/// The beginning of a day on the clock of `start`.
fn at_midnight(start: &When, day: chrono::NaiveDate) -> When {
    let wall = day.and_time(NaiveTime::MIN);
    match start {
        When::Local(_, zone) => When::Local(wall, *zone),
        When::Own(_, zone) => When::Own(wall, zone.clone()),
        When::Utc(_) => When::Utc(wall.and_utc()),
        When::Date(_) | When::Floating(_) => When::Floating(wall),
    }
}

/// For comparing two times of the same kind; a time without a zone is taken as UTC.
pub(super) fn instant(when: &When) -> DateTime<Utc> {
    match when {
        When::Date(day) => day.and_time(NaiveTime::MIN).and_utc(),
        When::Utc(at) => *at,
        When::Floating(wall) => wall.and_utc(),
        When::Local(wall, zone) => in_zone(*wall, *zone),
        When::Own(wall, zone) => zone.instant(*wall).unwrap_or_else(|| wall.and_utc()),
    }
}

/// Whether an end lies before a beginning: on one clock as they are written, since clocks that skip the beginning can move it
/// past its end.
fn is_before(end: &When, start: &When) -> bool {
    match on_one_clock(start, end) {
        Some((from, to)) => to < from,
        None => instant(end) < instant(start),
    }
}

/// Two times in one zone, as they are written.
fn on_one_clock(one: &When, other: &When) -> Option<(NaiveDateTime, NaiveDateTime)> {
    match (one, other) {
        (When::Local(from, here), When::Local(to, there)) if here == there => Some((*from, *to)),
        (When::Own(from, here), When::Own(to, there)) if Arc::ptr_eq(here, there) => Some((*from, *to)),
        _ => None,
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

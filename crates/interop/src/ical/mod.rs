//! iCalendar (RFC 5545): files and feeds in, events and availability (RFC 7953) out; invitations (RFC 5546), feeds
//! of visits and availability written.
//!
//! Only what decides busy time is read; texts, people and alarms of events are never kept. An event that takes time
//! but cannot be understood is an error, never free time.

pub mod availability;
mod component;
mod displayed;
mod event;
pub mod feed;
pub mod invite;
mod lines;
mod prescan;
mod property;
mod value;
mod vtimezone;
mod windows;
mod writer;
mod zones;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use chrono_tz::Tz;

use crate::problem::{Problem, Severity, Sink};

pub use availability::{BusyType, RawAvailability, RawAvailable};
pub use vtimezone::OwnZone;
pub use zones::zone_by_name;

/// What a calendar file says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CalendarReading {
    /// The calendar's name: `NAME` (RFC 7986 section 5.1) or `X-WR-CALNAME`.
    pub name: Option<String>,
    /// `METHOD` in upper case (RFC 5545 section 3.7.2): `PUBLISH`, `REQUEST`, `CANCEL`, …
    pub method: Option<String>,
    /// How often it wants to be read again, in minutes: `REFRESH-INTERVAL` (RFC 7986 section 5.7) or `X-PUBLISHED-TTL`.
    pub refresh_min: Option<u32>,
    /// The events and the busy periods of `VFREEBUSY`, in the order of the file.
    pub events: Vec<RawEvent>,
    /// When somebody is available at all (`VAVAILABILITY`), in the order of the file.
    pub availability: Vec<RawAvailability>,
    /// What was found wrong. One error means that the calendar must not be used.
    pub problems: Vec<Problem>,
    /// The UID of the component in which a problem lies, by the problem's path; where it has one.
    pub uids: BTreeMap<String, String>,
}

/// An event, or an exception to one occurrence of it.
#[derive(Debug, Clone, PartialEq)]
pub struct RawEvent {
    /// `UID`; empty where the file gives none, and for periods of `VFREEBUSY`.
    pub uid: String,
    /// The place in the file, as problems name it: `VCALENDAR/VEVENT[2]`.
    pub path: String,
    /// `SEQUENCE`, 0 where it is missing.
    pub sequence: i64,
    /// `DTSTAMP`, where it is an instant.
    pub stamped: Option<DateTime<Utc>>,
    /// `RECURRENCE-ID`: which occurrence this event replaces.
    pub recurrence_id: Option<When>,
    /// `RANGE=THISANDFUTURE` on `RECURRENCE-ID`.
    pub this_and_future: bool,
    /// `DTSTART`.
    pub start: When,
    /// `DTEND`; of the same kind (date or time) as `start`.
    pub end: Option<When>,
    /// `DURATION`, where there is no `DTEND`.
    pub duration: Option<Duration>,
    /// Each `RRULE` as written, without white space.
    pub rrules: Vec<String>,
    /// `RDATE`: further occurrences.
    pub rdates: Vec<RDate>,
    /// `EXDATE`: occurrences that do not happen.
    pub exdates: Vec<When>,
    /// `TRANSP:TRANSPARENT`, or shown as free by Microsoft's products.
    pub transparent: bool,
    /// `STATUS:CANCELLED`, or in a calendar of `METHOD:CANCEL`.
    pub cancelled: bool,
    /// `STATUS:TENTATIVE`, or shown as tentative by Microsoft's products.
    pub tentative: bool,
    /// Shown as out of office.
    pub out_of_office: bool,
}

/// A further occurrence of an event.
#[derive(Debug, Clone, PartialEq)]
pub struct RDate {
    /// When it begins.
    pub start: When,
    /// Its own length, where it is written as a period.
    pub duration: Option<Duration>,
}

/// A length of time as written (RFC 5545 section 3.3.6). Never negative.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Duration {
    /// Days on the calendar, seven for each week.
    pub days: i64,
    /// Hours, minutes and seconds of real time, in seconds.
    pub seconds: i64,
}

/// A date or time as a calendar writes it (RFC 5545 sections 3.3.4 and 3.3.5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum When {
    /// A whole day.
    Date(NaiveDate),
    /// An instant.
    Utc(DateTime<Utc>),
    /// A wall time in a known zone.
    Local(NaiveDateTime, Tz),
    /// A wall time in a zone that only the file defines.
    Own(NaiveDateTime, Arc<OwnZone>),
    /// A wall time wherever the reader is.
    Floating(NaiveDateTime),
}

pub use prescan::MAX_BYTES;

/// Why a file is not read at all: it is no calendar, cut off, or beyond a limit. A quick look at its raw lines.
pub fn unfit(bytes: &[u8]) -> Vec<Problem> {
    let sink = Sink::default();
    prescan::prescan(without_mark(bytes), &sink);
    sink.finish()
}

fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)
}

/// Reads a calendar file. Never panics; see [`CalendarReading::problems`].
pub fn read(bytes: &[u8]) -> CalendarReading {
    let sink = Sink::default();
    let bytes = without_mark(bytes);
    prescan::prescan(bytes, &sink);
    if sink.has_error() {
        return CalendarReading { problems: sink.finish(), ..CalendarReading::default() };
    }
    let file = component::collect(bytes, &sink);
    let zones = zones::Zones::new(&file.zones, file.zone.as_deref());
    let (mut events, mut availability) = (Vec::new(), Vec::new());
    let within = available(&file.components);
    for (at, component) in file.components.iter().enumerate() {
        match component.kind {
            component::Kind::Event => {
                events.extend(event::event(component, file.method.as_deref(), &zones, &sink));
            }
            component::Kind::FreeBusy => event::free_busy(component, &zones, &sink, &mut events),
            component::Kind::Availability => {
                let within = within.get(&at).map(Vec::as_slice).unwrap_or_default();
                availability.extend(availability::read(
                    component,
                    within,
                    file.method.as_deref(),
                    &zones,
                    &sink,
                ));
            }
            // Read with what it lies within.
            component::Kind::Available(_) => {}
        }
    }
    zones.tell(&sink);
    if events.is_empty() && availability.is_empty() && !sink.has_error() {
        sink.add(
            Severity::Warning,
            "VCALENDAR",
            "no event with a time is in it",
            "check that it is the right calendar; an empty one leaves all time free",
        );
    }
    let problems = sink.finish();
    let uids = uids(&problems, &file.components);
    CalendarReading {
        name: file.name,
        method: file.method,
        refresh_min: file.refresh_min,
        events,
        availability,
        problems,
        uids,
    }
}

/// The AVAILABLE components by the place of the VAVAILABILITY around them.
fn available(components: &[component::Component]) -> HashMap<usize, Vec<&component::Component>> {
    let mut within: HashMap<usize, Vec<&component::Component>> = HashMap::new();
    for component in components {
        if let component::Kind::Available(around) = component.kind {
            within.entry(around).or_default().push(component);
        }
    }
    within
}

/// Whose problems they are.
fn uids(problems: &[Problem], components: &[component::Component]) -> BTreeMap<String, String> {
    if problems.is_empty() {
        return BTreeMap::new();
    }
    let by_path: HashMap<&str, &str> = components
        .iter()
        .filter_map(|component| Some((component.path.as_str(), component.first("UID")?.value.as_str())))
        .collect();
    let uid = |path: &str| {
        let component = path.find(']').and_then(|end| path.get(..=end))?;
        by_path.get(component).map(|uid| (path.to_owned(), (*uid).to_owned()))
    };
    problems.iter().filter_map(|problem| uid(&problem.path)).collect()
}

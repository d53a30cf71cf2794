//! iCalendar (RFC 5545): files and feeds in, events out; invitations (RFC 5546) out.
//!
//! Only what decides busy time is read; texts, people and alarms of events are never kept. An event that takes time
//! but cannot be understood is an error, never free time.

mod component;
mod event;
pub mod invite;
mod lines;
mod prescan;
mod value;
mod vtimezone;
mod windows;
mod zones;

#[cfg(test)]
mod tests;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use chrono_tz::Tz;

use crate::problem::{Problem, Severity, Sink};

/// What a calendar file says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CalendarReading {
    /// The calendar's name: `NAME` (RFC 7986 section 5.1) or `X-WR-CALNAME`.
    pub name: Option<String>,
    /// `METHOD` in upper case (RFC 5545 section 3.7.2): `PUBLISH`, `REQUEST`, `CANCEL`, …
    pub method: Option<String>,
    /// The events and the busy periods of `VFREEBUSY`, in the order of the file.
    pub events: Vec<RawEvent>,
    /// What was found wrong. One error means that the calendar must not be used.
    pub problems: Vec<Problem>,
}

/// An event, or an exception to one occurrence of it.
#[derive(Debug, Clone, PartialEq)]
pub struct RawEvent {
    /// `UID`; empty where the file gives none, and for periods of `VFREEBUSY`.
    pub uid: String,
    /// `SEQUENCE`, 0 where it is missing.
    pub sequence: i64,
    /// `RECURRENCE-ID`: which occurrence this event replaces.
    pub recurrence_id: Option<When>,
    /// `RANGE=THISANDFUTURE` on `RECURRENCE-ID`.
    pub this_and_future: bool,
    /// `DTSTART`.
    pub start: When,
    /// `DTEND`; of the same kind (date or time) as `start`.
    pub end: Option<When>,
    /// `DURATION` in seconds, where there is no `DTEND`.
    pub duration_s: Option<i64>,
    /// `RRULE` as written, without white space.
    pub rrule: Option<String>,
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
    /// Its own length in seconds, where it is written as a period.
    pub duration_s: Option<i64>,
}

/// A date or time as a calendar writes it (RFC 5545 sections 3.3.4 and 3.3.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// A whole day.
    Date(NaiveDate),
    /// An instant.
    Utc(DateTime<Utc>),
    /// A wall time in a zone.
    Local(NaiveDateTime, Tz),
    /// A wall time wherever the reader is.
    Floating(NaiveDateTime),
}

/// Reads a calendar file. Never panics; see [`CalendarReading::problems`].
pub fn read(bytes: &[u8]) -> CalendarReading {
    let sink = Sink::default();
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    prescan::prescan(bytes, &sink);
    if sink.has_error() {
        return CalendarReading { problems: sink.finish(), ..CalendarReading::default() };
    }
    let file = component::collect(bytes, &sink);
    let zones = zones::Zones::new(&file.zones);
    let mut events = Vec::new();
    for component in &file.components {
        match component.kind {
            component::Kind::Event => {
                events.extend(event::event(component, file.method.as_deref(), &zones, &sink));
            }
            component::Kind::FreeBusy => event::free_busy(component, &zones, &sink, &mut events),
        }
    }
    zones.tell(&sink);
    if events.is_empty() && !sink.has_error() {
        sink.add(
            Severity::Warning,
            "VCALENDAR",
            "no event with a time is in it",
            "check that it is the right calendar; an empty one leaves all time free",
        );
    }
    CalendarReading { name: file.name, method: file.method, events, problems: sink.finish() }
}

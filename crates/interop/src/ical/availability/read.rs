//! From components to availability (RFC 7953 section 3.1).

use std::collections::BTreeSet;

use super::super::When;
use super::super::component::Component;
use super::super::event::{BEFORE_START, DAMAGED, Fault, Flags, Meaning, Reader, Refusal, instant};
use super::super::value::{duration, unescape};
use super::super::zones::Zones;
use super::{BusyType, RawAvailability, RawAvailable};
use crate::problem::{Severity, Sink};

const NO_START: Fault =
    ("it has no beginning (DTSTART)", "give the first time at which somebody is available");
const NO_ID: Fault = ("it changes an occurrence, but its RECURRENCE-ID is not given once", "export it again");

/// What a VAVAILABILITY and the AVAILABLE components within it mean. Nothing where it is cancelled or not understood; the
/// latter is an error, since busy time would be missing.
pub(in super::super) fn read(
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

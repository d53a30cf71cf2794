//! When somebody can be seen, written for calendar programs (RFC 7953), and such calendars read as rules.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use interop::ical::availability::write;
use interop::ical::{BusyType, Duration, RDate, RawAvailability, RawAvailable, RawEvent, When};
use interop::problem::{Severity, refused};
use scheduling::availability::{availability_of, rules_of};
use scheduling::rules::{Rules, Visit};
use scheduling::{Availability, Available, Effect, End, Length, Start};

use super::joined::Joiner;

/// The calendar file of one clinician's or room's hours from a date on: sessions, closed days and leave. `uid` names the
/// calendar and stays the same from one version to the next; `name` is shown; `made` is when it was written.
pub fn publish(
    rules: &Rules,
    who: &str,
    from: NaiveDate,
    (uid, name): (&str, &str),
    made: DateTime<Utc>,
) -> Vec<u8> {
    let all: Vec<RawAvailability> = availability_of(rules, who, from, uid).iter().map(raw).collect();
    write(&all, name, made)
}

/// The hours that a calendar file describes, as rules: sessions of `visit` for `who`. Times in UTC or without a zone are
/// read in `zone`. The error says what is wrong, and what to do.
pub fn read_hours(bytes: &[u8], who: &str, visit: &Visit, zone: Tz) -> Result<Rules, String> {
    let reading = interop::ical::read(bytes);
    // A part that was left out would be missing among the hours.
    let left_out = |severity| severity >= Severity::Warning;
    if refused(&reading.problems) || reading.problems.iter().any(|problem| left_out(problem.severity)) {
        let first = reading.problems.iter().max_by_key(|problem| problem.severity);
        let told = first.map(|first| format!("{}: {}; {}", first.path, first.problem, first.remedy));
        return Err(told.unwrap_or_default());
    }
    let mut joiner = Joiner::default();
    let mut all = Vec::new();
    for raw in &reading.availability {
        let (one, wrong) = joiner.availability(raw);
        if let Some((path, wrong)) = wrong.first() {
            return Err(format!("{path}: {wrong}"));
        }
        all.push(one);
    }
    rules_of(&all, who, visit, zone).map_err(|unfit| unfit.to_string())
}

fn raw(one: &Availability) -> RawAvailability {
    let (end, duration) = match &one.end {
        None => (None, None),
        Some(End::At(end)) => (Some(when(end)), None),
        Some(End::After(length)) => (None, Some(duration(*length))),
    };
    RawAvailability {
        uid: one.uid.clone(),
        path: String::new(),
        sequence: one.sequence,
        stamped: one.stamped,
        start: one.start.as_ref().map(when),
        end,
        duration,
        priority: one.priority,
        busy_type: match one.effect {
            Effect::Busy => BusyType::Busy,
            Effect::OutOfOffice => BusyType::Unavailable,
            Effect::Tentative => BusyType::Tentative,
        },
        available: one.available.iter().map(available).collect(),
    }
}

fn available(one: &Available) -> RawAvailable {
    let event = &one.event;
    let series = &event.series;
    let times = RawEvent {
        uid: event.uid.clone(),
        path: String::new(),
        sequence: event.sequence,
        stamped: event.stamped,
        recurrence_id: event.recurrence_id.as_ref().map(when),
        this_and_future: event.range_this_and_future,
        start: when(&series.dtstart),
        end: end(&series.dtstart, series.duration),
        duration: Some(duration(series.duration)),
        rrules: series.rrules.iter().map(ToString::to_string).collect(),
        rdates: series
            .rdates
            .iter()
            .map(|rdate| RDate { start: when(&rdate.start), duration: rdate.length.map(duration) })
            .collect(),
        exdates: series.exdates.iter().map(when).collect(),
        transparent: false,
        cancelled: event.cancelled,
        tentative: false,
        out_of_office: false,
    };
    RawAvailable { times, summary: one.summary.clone(), location: one.location.clone() }
}

/// DTEND on the clock, which every program reads alike; a DURATION of hours it does not.
fn end(start: &Start, length: Length) -> Option<When> {
    let (Start::Local(wall, zone), 0, 0) = (start, length.days, length.seconds) else { return None };
    let on = chrono::TimeDelta::try_seconds(length.clock_s)?;
    wall.checked_add_signed(on).map(|wall| When::Local(wall, *zone))
}

fn when(start: &Start) -> When {
    match start {
        Start::Date(day) => When::Date(*day),
        Start::Local(wall, zone) => When::Local(*wall, *zone),
        // Its zone is known to one file only.
        Start::Own(..) => When::Utc(start.instant(Tz::UTC)),
        Start::Utc(at) => When::Utc(*at),
        Start::Floating(wall) => When::Floating(*wall),
    }
}

fn duration(length: Length) -> Duration {
    Duration { days: length.days, seconds: length.clock_s + length.seconds }
}

//! From what a calendar file says to what the engine counts.

use std::collections::HashMap;
use std::sync::Arc;

use interop::ical::{BusyType, Duration, OwnZone, RawAvailability, RawEvent, When};
use scheduling::expand::Event;
use scheduling::recurrence::{Length, RDate, Series, Start};
use scheduling::rrule::{RRule, RuleProblem};
use scheduling::{Availability, Available, Effect, End};
use scheduling::{Zone, ZoneTable};

/// Turns events over, and keeps each zone of the file once.
#[derive(Default)]
pub(crate) struct Joiner {
    tables: HashMap<*const OwnZone, Arc<ZoneTable>>,
}

impl Joiner {
    /// The event, or what is wrong with its rule.
    pub fn event(&mut self, raw: &RawEvent) -> Result<Event, RuleProblem> {
        let rrules = raw.rrules.iter().map(|text| RRule::parse(text)).collect::<Result<Vec<_>, _>>()?;
        let dtstart = self.start(&raw.start);
        let duration = match (&raw.end, raw.duration) {
            (Some(end), _) => self.until(&dtstart, end),
            (None, Some(duration)) => length(duration),
            (None, None) => Length::default(),
        };
        let rdates = raw
            .rdates
            .iter()
            .map(|rdate| RDate { start: self.start(&rdate.start), length: rdate.duration.map(length) })
            .collect();
        let exdates = raw.exdates.iter().map(|exdate| self.start(exdate)).collect();
        Ok(Event {
            uid: raw.uid.clone(),
            sequence: raw.sequence,
            stamped: raw.stamped,
            recurrence_id: raw.recurrence_id.as_ref().map(|id| self.start(id)),
            range_this_and_future: raw.this_and_future,
            series: Series { dtstart, duration, rrules, rdates, exdates },
            transparent: raw.transparent,
            cancelled: raw.cancelled,
            tentative: raw.tentative,
            out_of_office: raw.out_of_office,
        })
    }

    /// When somebody is available, and the problems of AVAILABLE components that were left out for their rule.
    pub fn availability(&mut self, raw: &RawAvailability) -> (Availability, Vec<(String, RuleProblem)>) {
        let start = raw.start.as_ref().map(|start| self.start(start));
        let end = match (&raw.end, raw.duration) {
            (Some(end), _) => Some(End::At(self.start(end))),
            (None, Some(duration)) => Some(End::After(length(duration))),
            (None, None) => None,
        };
        let (mut available, mut wrong) = (Vec::new(), Vec::new());
        for inner in &raw.available {
            match self.event(&inner.times) {
                Ok(event) => available.push(Available {
                    event,
                    summary: inner.summary.clone(),
                    location: inner.location.clone(),
                }),
                Err(problem) => wrong.push((inner.times.path.clone(), problem)),
            }
        }
        let effect = match raw.busy_type {
            BusyType::Busy => Effect::Busy,
            BusyType::Unavailable => Effect::OutOfOffice,
            BusyType::Tentative => Effect::Tentative,
        };
        let availability = Availability {
            uid: raw.uid.clone(),
            sequence: raw.sequence,
            stamped: raw.stamped,
            start,
            end,
            priority: raw.priority,
            effect,
            available,
        };
        (availability, wrong)
    }

    fn start(&mut self, when: &When) -> Start {
        match when {
            When::Date(date) => Start::Date(*date),
            When::Utc(at) => Start::Utc(*at),
            When::Local(wall, zone) => Start::Local(*wall, *zone),
            When::Floating(wall) => Start::Floating(*wall),
            When::Own(wall, zone) => {
                let table = self
                    .tables
                    .entry(Arc::as_ptr(zone))
                    .or_insert_with(|| Arc::new(ZoneTable::new(zone.first_s, zone.changes.clone())));
                Start::Own(*wall, table.clone())
            }
        }
    }

    /// DTEND minus DTSTART: whole days between dates; on the clock where both are in one zone, so that a night shift
    /// ends at the time that is written also when clocks change.
    fn until(&mut self, from: &Start, to: &When) -> Length {
        let to = self.start(to);
        match (from, &to) {
            (Start::Date(from), Start::Date(to)) => Length::days((*to - *from).num_days()),
            (from, to) => {
                let zone = chrono_tz::UTC;
                let is_one_zone: bool = Zone::eq(&from.zone(zone), &to.zone(zone));
                let seconds = match is_one_zone {
                    true => (to.written() - from.written()).num_seconds(),
                    false => (to.instant(zone) - from.instant(zone)).num_seconds(),
                };
                Length::on_the_clock(seconds.max(0))
            }
        }
    }
}

/// Both engines that we measure by count hours on the clock, as well as days.
fn length(duration: Duration) -> Length {
    Length { days: duration.days, clock_s: duration.seconds, seconds: 0 }
}

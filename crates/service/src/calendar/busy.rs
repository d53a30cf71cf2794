//! The busy time that a calendar file means.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use interop::problem::{Problem, Severity};
use scheduling::Busy;
use serde::{Deserialize, Serialize};

use super::joined::Joiner;

/// What a calendar file says within a window.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BusyReading {
    /// The calendar's name, if it has one.
    pub name: Option<String>,
    /// How often it wants to be read again, in minutes.
    pub refresh_min: Option<u32>,
    /// How many events it has, exceptions and descriptions of availability included.
    pub events: usize,
    /// Ordered by start, not merged. What has no length stands among it and takes no time.
    pub busy: Vec<Busy>,
    /// What was found wrong. One error means that busy time may be missing, and the calendar must not be used.
    pub problems: Vec<CalendarProblem>,
}

/// A problem, and the UID of the event that has it; empty where it is none's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalendarProblem {
    pub uid: String,
    #[serde(flatten)]
    pub problem: Problem,
}

impl BusyReading {
    /// Nothing but one problem.
    pub fn refused(problem: &str, remedy: &str) -> Self {
        let problem = Problem {
            path: String::new(),
            severity: Severity::Error,
            problem: problem.to_owned(),
            remedy: remedy.to_owned(),
        };
        Self { problems: vec![CalendarProblem { uid: String::new(), problem }], ..Self::default() }
    }

    /// Whether something could not be understood.
    pub fn is_refused(&self) -> bool {
        self.problems.iter().any(|problem| problem.problem.severity == Severity::Error)
    }
}

/// Reads a calendar file and expands it over `from..to`. Whole days and times without a zone are read in `zone`. Events
/// that cannot be understood are left out and stand among the problems. Time in which the file says that nobody is
/// available (VAVAILABILITY, RFC 7953) is busy beside its events.
pub fn busy(bytes: &[u8], from: DateTime<Utc>, to: DateTime<Utc>, zone: Tz) -> BusyReading {
    let reading = interop::ical::read(bytes);
    let mut problems: Vec<CalendarProblem> = reading
        .problems
        .into_iter()
        .map(|problem| CalendarProblem {
            uid: reading.uids.get(&problem.path).cloned().unwrap_or_default(),
            problem,
        })
        .collect();
    let mut joiner = Joiner::default();
    let mut events = Vec::with_capacity(reading.events.len());
    for raw in &reading.events {
        match joiner.event(raw) {
            Ok(event) => events.push(event),
            // Who takes no time may have any rule.
            Err(wrong) => {
                let harmless = raw.transparent || raw.cancelled;
                problems.push(CalendarProblem {
                    uid: raw.uid.clone(),
                    problem: Problem {
                        path: format!("{}/RRULE", raw.path),
                        severity: if harmless { Severity::Warning } else { Severity::Error },
                        problem: wrong.to_string(),
                        remedy: "correct the rule where the event was made".to_owned(),
                    },
                });
            }
        }
    }
    let mut availability = Vec::with_capacity(reading.availability.len());
    for raw in &reading.availability {
        let (one, wrong) = joiner.availability(raw);
        availability.push(one);
        problems.extend(wrong.into_iter().map(|(path, wrong)| CalendarProblem {
            uid: raw.uid.clone(),
            problem: Problem {
                path: format!("{path}/RRULE"),
                severity: Severity::Warning,
                problem: wrong.to_string(),
                remedy: "correct the rule where it was made; its time counts as busy".to_owned(),
            },
        }));
    }
    let scheduling::expand::BusyTimes { mut busy, mut complete } =
        scheduling::expand::busy_times(&events, from, to, zone);
    if !availability.is_empty() {
        let away = scheduling::unavailable(&availability, from, to, zone);
        complete &= away.complete;
        busy.extend(away.busy);
        busy.sort_by(|a, b| (a.start, a.end, &a.uid).cmp(&(b.start, b.end, &b.uid)));
    }
    if !complete {
        let problem = Problem {
            path: String::new(),
            severity: Severity::Warning,
            problem: "it has more busy times than are worked out; the rest of the window counts as busy"
                .to_owned(),
            remedy: "check the events that repeat most often".to_owned(),
        };
        problems.push(CalendarProblem { uid: String::new(), problem });
    }
    let events = reading.events.len() + reading.availability.len();
    BusyReading { name: reading.name, refresh_min: reading.refresh_min, events, busy, problems }
}

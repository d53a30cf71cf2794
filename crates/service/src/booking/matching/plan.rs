//! Who would get what: the waiting, the free times, the costs, and the exact matching of them.

use std::collections::HashMap;

use chrono::{DateTime, Duration, Utc};
use contract::ClassTotal;
use domain::referral::NextStep;
use domain::{OfferedPriority, OrganisationId, Priority, ResourceId, ServiceId};
use scheduling::Window;
use scheduling::costs::{self, Parts, Patient};
use scheduling::matching::{Placed, Waiting, Why, assign};
use scheduling::waitlist::{Freed, Wishes};
use serde::{Deserialize, Serialize};
use store::entity::service;
use store::matching::ToBook;
use uuid::Uuid;

use super::super::find::{Found, free_of_service};
use super::super::search::Whose;
use super::super::waitlist::{freed, kinds, rank, visit, wishes};
use crate::{Call, Desk, ServiceError, facts};

/// Pairs of a patient and a time of one plan, so that it is made in seconds and fits into memory.
const MOST_PAIRS: usize = 6_000_000;

/// A plan as it is kept. It names patients by their referrals alone.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Plan {
    pub lines: Vec<Line>,
    pub classes: Vec<ClassTotal>,
    pub left_over: usize,
}

/// What one patient gets.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Line {
    pub referral: Uuid,
    pub reference: String,
    pub version: i64,
    pub priority: String,
    pub waited_days: i64,
    pub before: String,
    pub time: Option<Time>,
    pub why: String,
}

/// A time, and with whom.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Time {
    pub resource: ResourceId,
    pub start: DateTime<Utc>,
    pub zone: chrono_tz::Tz,
    pub who: String,
}

/// Makes a plan of everybody of these services who is to book and all their free times in the window.
pub async fn make(
    desk: &Desk,
    call: &Call,
    organisation: OrganisationId,
    services: &[&service::Model],
    window: Window,
) -> Result<Plan, ServiceError> {
    let db = desk.store.reader();
    let (mut rows, mut patients): (Vec<ToBook>, Vec<Patient>) = (Vec::new(), Vec::new());
    let (mut found, mut free): (Vec<Found>, Vec<Freed>) = (Vec::new(), Vec::new());
    for service in services {
        let id = ServiceId(service.id);
        let offered = OfferedPriority::read(&service.priorities).unwrap_or_default();
        let mut waiting = store::matching::to_book(db, organisation, id).await?;
        waiting.retain(|row| step(row).is_none_or(NextStep::lets_choose_time));
        for kind in kinds(waiting.iter().map(|row| &row.visit_kind)) {
            let (kind, of) = (kind.as_deref(), (organisation, id));
            let times = free_of_service(desk, db, call, of, Whose::Anybody, kind, window).await?;
            free.extend(times.iter().map(|time| freed(time, id, kind)));
            found.extend(times);
        }
        patients.extend(waiting.iter().map(|row| patient(row, &offered, window, call.now)));
        rows.extend(waiting);
    }
    let (found, free) = apart(found, free);
    if rows.len().saturating_mul(found.len()) > MOST_PAIRS {
        let remedy = "These are too many for one plan. Choose fewer services, or fewer days.";
        return Err(ServiceError::invalid("to", remedy));
    }
    let now = call.now;
    // Exact matching of thousands takes its time: not on a thread that serves pages.
    let worked = tokio::task::spawn_blocking(move || work(rows, &patients, &found, &free, now)).await;
    worked.map_err(|error| ServiceError::Broken(error.to_string()))?
}

/// What comes after acceptance.
fn step(row: &ToBook) -> Option<NextStep> {
    row.next_step.as_deref().and_then(NextStep::from_code)
}

/// Times that can all be given at once: of those of one clinician that overlap, the soonest.
fn apart(found: Vec<Found>, free: Vec<Freed>) -> (Vec<Found>, Vec<Freed>) {
    let mut all: Vec<(Found, Freed)> = found.into_iter().zip(free).collect();
    all.sort_by(|(a, x), (b, y)| {
        (a.offer.slot.start, a.resource, &x.visit).cmp(&(b.offer.slot.start, b.resource, &y.visit))
    });
    let mut taken_to: HashMap<ResourceId, i64> = HashMap::new();
    all.retain(|(found, _)| {
        let quanta = found.offer.slot.quanta();
        let is_apart = taken_to.get(&found.resource).is_none_or(|last| last < quanta.start());
        if is_apart {
            taken_to.insert(found.resource, *quanta.end());
        }
        is_apart
    });
    all.into_iter().unzip()
}

fn patient(row: &ToBook, offered: &[OfferedPriority], window: Window, now: DateTime<Utc>) -> Patient {
    let priority = Priority::from_code(&row.priority).unwrap_or(Priority::Routine);
    let days = offered
        .iter()
        .find(|offered| offered.code == priority)
        .and_then(|offered| offered.days)
        .unwrap_or(priority.seen_within_days());
    let since = facts::instant(row.sent_at.unwrap_or(row.created_at));
    let like = wishes(row.weekdays.as_deref().unwrap_or(""), row.parts.as_deref().unwrap_or(""));
    let named = row.next_resource_id.filter(|_| step(row) == Some(NextStep::BookNamed));
    let notice = Duration::hours(row.notice_hours.unwrap_or(0));
    Patient {
        visit: visit(ServiceId(row.service_id), row.visit_kind.as_deref()),
        since,
        due: Some(since + Duration::days(i64::from(days))),
        from: window.from.max(now + notice),
        to: window.to,
        // Days that somebody on the waiting list cannot come on are none for them; of the others nobody has said anything.
        must: Wishes { who: named.map(|id| id.to_string()).into_iter().collect(), ..like },
        like: Wishes::default(),
        before: row.before.map(|id| id.to_string()),
    }
}

fn work(
    rows: Vec<ToBook>,
    patients: &[Patient],
    found: &[Found],
    free: &[Freed],
    now: DateTime<Utc>,
) -> Result<Plan, ServiceError> {
    let class = |row: &ToBook| rank(Priority::from_code(&row.priority).unwrap_or(Priority::Routine));
    let waiting: Vec<Waiting> = rows
        .iter()
        .zip(patients)
        .map(|(row, patient)| Waiting { class: class(row), options: costs::options(patient, free, now) })
        .collect();
    let capacities: Vec<u32> = found
        .iter()
        .map(|found| found.offer.slot.capacity.saturating_sub(found.offer.place).max(1))
        .collect();
    let result =
        assign(&waiting, &capacities).map_err(|problem| ServiceError::Broken(problem.to_string()))?;
    let places: usize = capacities.iter().map(|places| usize::try_from(*places).unwrap_or(0)).sum();
    let placed = result.placed.iter().filter(|placed| placed.choice.is_some()).count();
    let mut figures: HashMap<u32, (String, Vec<i64>, usize)> = HashMap::new();
    let mut lines = Vec::with_capacity(rows.len());
    for ((row, patient), outcome) in rows.iter().zip(patients).zip(&result.placed) {
        let slot = outcome.choice.map(|choice| choice.slot);
        let parts = slot.and_then(|slot| costs::parts(patient, &free[slot], now));
        let figure = figures.entry(class(row)).or_insert_with(|| (row.priority.clone(), Vec::new(), 0));
        if let (Some(slot), Some(parts)) = (slot, parts) {
            figure.1.push((free[slot].start - now).num_days());
            figure.2 += usize::from(parts.late_days == 0);
        }
        lines.push(Line {
            referral: row.id,
            reference: row.reference.clone(),
            version: row.version,
            priority: row.priority.clone(),
            waited_days: (now - patient.since).num_days(),
            before: before(&row.state).to_owned(),
            time: slot.map(|slot| Time {
                resource: found[slot].resource,
                start: free[slot].start,
                zone: free[slot].zone,
                who: found[slot].who.clone(),
            }),
            why: why(outcome, parts),
        });
    }
    let classes = result
        .classes
        .iter()
        .map(|class| {
            let (priority, mut days, in_window) = figures.remove(&class.class).unwrap_or_default();
            days.sort_unstable();
            ClassTotal {
                priority,
                patients: class.patients,
                placed: class.placed,
                in_window,
                median_days: days.get(days.len() / 2).copied(),
                envious: class.envious,
            }
        })
        .collect();
    lines.sort_by_key(|line| {
        let rank = rank(Priority::from_code(&line.priority).unwrap_or(Priority::Routine));
        (rank, -line.waited_days, line.referral)
    });
    Ok(Plan { lines, classes, left_over: places - placed })
}

/// What they have now.
fn before(state: &str) -> &'static str {
    match state {
        "appointment-cancelled" => "cancelled, no new time",
        "no-show" => "missed, no new time",
        _ => "no time yet",
    }
}

/// Why they get this time or none, as a coordinator would say it.
fn why(placed: &Placed, parts: Option<Parts>) -> String {
    let better = |to_more_urgent: u32, to_same_class: u32| {
        let mut said = Vec::new();
        if to_more_urgent > 0 {
            said.push(format!("{to_more_urgent} to the more urgent"));
        }
        if to_same_class > 0 {
            said.push(format!("{to_same_class} to others as urgent, for whom it matters more"));
        }
        said.join(", ")
    };
    let mut words = match placed.why {
        Why::Best => "no free time suits better".to_owned(),
        Why::NextBest { to_more_urgent, to_same_class } => {
            format!("best of what is left; better ones go {}", better(to_more_urgent, to_same_class))
        }
        Why::NoOption => "no free time in these days suits".to_owned(),
        Why::AllTaken { to_more_urgent, to_same_class } => {
            format!("all that would suit go {}", better(to_more_urgent, to_same_class))
        }
    };
    if let Some(parts) = parts {
        match parts.late_days {
            0 => words.push_str("; within the window"),
            1 => words.push_str("; 1 day after the window"),
            days => words.push_str(&format!("; {days} days after the window")),
        }
        if parts.new_face > 0 {
            words.push_str("; with somebody else than before");
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_is_said_in_words() {
        let placed = |why| Placed { choice: None, why };
        let late = Some(Parts { late_days: 3, new_face: 1, ..Parts::default() });
        for (placed, parts, words) in [
            (placed(Why::Best), Some(Parts::default()), "no free time suits better; within the window"),
            (placed(Why::NoOption), None, "no free time in these days suits"),
            (
                placed(Why::NextBest { to_more_urgent: 2, to_same_class: 0 }),
                late,
                "best of what is left; better ones go 2 to the more urgent; 3 days after the window; with somebody else \
                 than before",
            ),
            (
                placed(Why::AllTaken { to_more_urgent: 1, to_same_class: 4 }),
                None,
                "all that would suit go 1 to the more urgent, 4 to others as urgent, for whom it matters more",
            ),
        ] {
            assert_eq!(why(&placed, parts), words);
        }
    }
}

//! Bulk matching: many who are to book, many free times, at once. A preview is kept; what staff confirm is that very
//! preview, line by line, and what has changed meanwhile is told and left.

mod apply;
mod plan;

pub use apply::{apply, go_on};

use std::collections::HashMap;

use chrono::{Duration, NaiveDate, NaiveTime};
use contract::{MatchedLine, MatchingInput, MatchingPage, MatchingStart, PastPlan};
use domain::calendar_days::at_wall;
use domain::policy::{Capability, may};
use domain::{OrganisationId, Principal, ServiceId, spoken};
use scheduling::Window;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use store::entity::{matching_plan, service};
use store::matching::LastVisit;
use uuid::Uuid;

use self::plan::{Line, Plan, make};
use crate::audit::Touched;
use crate::{Call, Desk, ServiceError, describe, facts, ids};

/// Plans shown that were applied.
const PAST: u64 = 10;
/// Days of one plan's window.
const MOST_DAYS: i64 = 84;

/// What was asked for, as it is kept with the plan.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Question {
    services: Vec<Uuid>,
    from: NaiveDate,
    to: NaiveDate,
}

fn theirs(call: &Call) -> Result<OrganisationId, ServiceError> {
    match (&call.actor.principal, may(&call.actor.principal, Capability::MatchMany)) {
        (Principal::Staff { organisation, .. }, true) => Ok(*organisation),
        _ => Err(ServiceError::NotAllowed),
    }
}

async fn zone(desk: &Desk, organisation: OrganisationId) -> Result<chrono_tz::Tz, ServiceError> {
    let row = store::directory::organisation(desk.store.reader(), organisation).await?;
    Ok(row.and_then(|row| row.zone.parse().ok()).unwrap_or(chrono_tz::Europe::London))
}

/// The form: services with how many are to book, and plans of before. Coordinators.
pub async fn start(desk: &Desk, call: &Call) -> Result<MatchingStart, ServiceError> {
    let organisation = theirs(call)?;
    let db = desk.store.reader();
    let zone = zone(desk, organisation).await?;
    let mut services = Vec::new();
    for row in store::directory::services_of(db, organisation).await? {
        let id = ServiceId(row.id);
        let waiting = store::matching::count_to_book(db, organisation, id).await?;
        let earlier = store::matching::count_wanting_earlier(db, organisation, id).await?;
        if row.active && waiting + earlier > 0 {
            let also = match earlier {
                0 => String::new(),
                some => format!(", {some} to come earlier"),
            };
            services.push((row.id.to_string(), format!("{} – {waiting} to book{also}", row.name)));
        }
    }
    let today = call.now.with_timezone(&zone).date_naive();
    let past = store::matching::applied(db, organisation, PAST).await?;
    Ok(MatchingStart {
        services,
        from: (today + Duration::days(1)).to_string(),
        to: (today + Duration::days(28)).to_string(),
        past: past.into_iter().map(|row| past_plan(row, zone)).collect(),
    })
}

fn past_plan(row: matching_plan::Model, zone: chrono_tz::Tz) -> PastPlan {
    let plan: Plan = serde_json::from_str(&row.plan).unwrap_or_default();
    let outcome: HashMap<String, String> = serde_json::from_str(&row.outcome).unwrap_or_default();
    PastPlan {
        id: row.id.to_string(),
        when: describe::day_and_clock(row.created_at, zone),
        by: row.applied_by_name.unwrap_or(row.created_by_name),
        done: outcome.values().filter(|outcome| *outcome == apply::DONE).count(),
        of: plan.lines.iter().filter(|line| line.time.is_some()).count(),
    }
}

/// Works out who would get what, and keeps it for a decision; changes nothing else. Answers the plan's id. The same patients
/// and times give the same plan.
///
/// Errors: `Invalid` when no service or no sensible window is given, or there are too many for one plan.
pub async fn preview(desk: &Desk, call: &Call, input: &MatchingInput) -> Result<String, ServiceError> {
    let organisation = theirs(call)?;
    let db = desk.store.reader();
    let zone = zone(desk, organisation).await?;
    let all = store::directory::services_of(db, organisation).await?;
    let chosen: Vec<&str> = input.services.split(',').filter(|id| !id.is_empty()).collect();
    let services: Vec<&service::Model> =
        all.iter().filter(|row| chosen.contains(&row.id.to_string().as_str())).collect();
    if services.is_empty() || services.len() != chosen.len() {
        return Err(ServiceError::invalid("services", "Choose at least one of the services in the list."));
    }
    let question = question(input, &services, call, zone)?;
    let window = Window {
        from: at_wall(question.from, NaiveTime::MIN, zone).max(call.now),
        to: at_wall(question.to + Duration::days(1), NaiveTime::MIN, zone),
    };
    let plan = make(desk, call, organisation, &services, zone, window).await?;
    let text = serde_json::to_string(&plan).map_err(|error| ServiceError::Broken(error.to_string()))?;
    let question =
        serde_json::to_string(&question).map_err(|error| ServiceError::Broken(error.to_string()))?;
    let row = matching_plan::Model {
        organisation_id: organisation.0,
        id: ids::fresh(call.now),
        created_at: call.now.timestamp_millis(),
        created_by: call.actor.key(),
        created_by_name: call.actor.label(),
        fingerprint: fingerprint(&question, &plan),
        question,
        plan: text,
        applied_as: None,
        applied_at: None,
        applied_by_name: None,
        outcome: "{}".to_owned(),
        applied_by: None,
        done_at: None,
    };
    let id = row.id.to_string();
    let touched: Vec<Touched> = plan.lines.iter().map(|line| touched(organisation, line)).collect();
    desk.record_reads(call, "list", &touched).await?;
    let tx = desk.store.write_tx().await?;
    store::matching::insert(&tx, row).await?;
    tx.commit().await?;
    Ok(id)
}

fn question(
    input: &MatchingInput,
    services: &[&service::Model],
    call: &Call,
    zone: chrono_tz::Tz,
) -> Result<Question, ServiceError> {
    let today = call.now.with_timezone(&zone).date_naive();
    let day = |field: &str, text: &str| {
        spoken::read_day(text.trim())
            .filter(|day| *day >= today)
            .ok_or_else(|| ServiceError::invalid(field, "Enter a day from today on, like 31 3 2027."))
    };
    let (from, to) = (day("from", &input.from)?, day("to", &input.to)?);
    if to < from || (to - from).num_days() >= MOST_DAYS {
        let remedy = "Choose a last day after the first one, at most twelve weeks later.";
        return Err(ServiceError::invalid("to", remedy));
    }
    let mut ids: Vec<Uuid> = services.iter().map(|row| row.id).collect();
    ids.sort();
    Ok(Question { services: ids, from, to })
}

/// Over who gets what, and in which version the referral was then.
fn fingerprint(question: &str, plan: &Plan) -> String {
    let mut hash = Sha256::new().chain_update(question);
    for line in &plan.lines {
        let time = line.time.as_ref().map(|time| format!("{} {}", time.resource, time.start.timestamp()));
        let text = format!("\n{} {} {}", line.referral, line.version, time.unwrap_or_default());
        hash.update(text);
    }
    hex::encode(hash.finalize())
}

fn touched(organisation: OrganisationId, line: &Line) -> Touched {
    Touched { organisation, entity: "referral", id: Some(line.referral), patient: None }
}

/// A plan: preview, and what became of it. Coordinators.
pub async fn page(desk: &Desk, call: &Call, id: &str) -> Result<MatchingPage, ServiceError> {
    let organisation = theirs(call)?;
    let db = desk.store.reader();
    let (row, plan) = load(desk, organisation, id).await?;
    let zone = zone(desk, organisation).await?;
    let ids: Vec<Uuid> = plan.lines.iter().map(|line| line.referral).collect();
    let names: HashMap<Uuid, String> = store::matching::names(db, organisation, &ids)
        .await?
        .into_iter()
        .map(|row| (row.id, format!("{} {}", row.given, row.family)))
        .collect();
    let seen: Vec<Touched> = plan.lines.iter().map(|line| touched(organisation, line)).collect();
    desk.record_reads(call, "list", &seen).await?;
    let had = had(desk, organisation, &row, &ids).await?;
    let outcome: HashMap<String, String> = serde_json::from_str(&row.outcome).unwrap_or_default();
    let question: Question =
        serde_json::from_str(&row.question).map_err(|error| ServiceError::Broken(error.to_string()))?;
    let services = store::directory::services_of(db, organisation).await?;
    let named: Vec<String> = services
        .into_iter()
        .filter(|service| question.services.contains(&service.id))
        .map(|service| service.name)
        .collect();
    let today = call.now.with_timezone(&zone).date_naive();
    let lines: Vec<MatchedLine> =
        plan.lines
            .iter()
            .map(|line| MatchedLine {
                referral: line.referral.to_string(),
                reference: line.reference.clone(),
                patient: names.get(&line.referral).cloned().unwrap_or_default(),
                priority: line.priority.clone(),
                waited_days: line.waited_days,
                before: had.get(&line.referral).map_or(String::new(), |visit| visit_in_words(visit, call)),
                since: match line.since {
                    0 => String::new(),
                    at => spoken::date(facts::instant(at).with_timezone(&zone).date_naive(), today),
                },
                after: line.time.as_ref().map(|time| {
                    format!("{}, {}", spoken::instant(time.start, time.zone, call.now), time.who)
                }),
                why: line.why.clone(),
                has_time: line.instead_of.is_some(),
                outcome: outcome.get(&line.referral.to_string()).cloned().unwrap_or_default(),
            })
            .collect();
    Ok(MatchingPage {
        id: row.id.to_string(),
        fingerprint: row.fingerprint,
        about: format!(
            "{}, {} to {}",
            spoken::list(&named),
            spoken::date(question.from, today),
            spoken::date(question.to, today)
        ),
        made: describe::day_and_clock(row.created_at, zone),
        pending: lines.iter().filter(|line| line.after.is_some() && line.outcome.is_empty()).count(),
        lines,
        classes: plan.classes,
        left_over: plan.left_over,
        is_cut_short: plan.is_cut_short,
        applied_as: row.applied_as,
        applied: row.applied_at.map(|at| {
            format!("{} by {}", describe::day_and_clock(at, zone), row.applied_by_name.unwrap_or_default())
        }),
    })
}

/// What each of these has when the plan is looked at, and had when it was carried out: the newest visit of then.
async fn had(
    desk: &Desk,
    organisation: OrganisationId,
    row: &matching_plan::Model,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, LastVisit>, ServiceError> {
    let mut visits = store::matching::visits(desk.store.reader(), organisation, ids).await?;
    // What the plan itself booked is not what they had before.
    visits.retain(|visit| row.applied_at.is_none_or(|applied| visit.created_at < applied));
    Ok(visits.into_iter().map(|visit| (visit.referral_id, visit)).collect())
}

/// "Missed: Tuesday 3 March, 2:15pm, Dr Okafor".
fn visit_in_words(visit: &LastVisit, call: &Call) -> String {
    let zone = visit.zone.parse().unwrap_or(chrono_tz::Europe::London);
    let what = match (visit.state.as_str(), &visit.offered_by) {
        ("booked", _) => "Booked",
        ("held", Some(_)) => "Offered",
        ("held", None) => "Held",
        ("cancelled", _) => "Cancelled",
        ("no-show", _) => "Missed",
        ("fulfilled", _) => "Seen",
        _ => "Not taken",
    };
    format!("{what}: {}, {}", spoken::instant(facts::instant(visit.start_at), zone, call.now), visit.who)
}

async fn load(
    desk: &Desk,
    organisation: OrganisationId,
    id: &str,
) -> Result<(matching_plan::Model, Plan), ServiceError> {
    let id: Uuid = id.parse().map_err(|_| ServiceError::NotFound)?;
    let row =
        store::matching::find(desk.store.reader(), organisation, id).await?.ok_or(ServiceError::NotFound)?;
    let plan = serde_json::from_str(&row.plan).map_err(|error| ServiceError::Broken(error.to_string()))?;
    Ok((row, plan))
}

/// How old a preview may be that is confirmed: much has changed after a day.
fn is_fresh(row: &matching_plan::Model, call: &Call) -> bool {
    call.now - facts::instant(row.created_at) <= Duration::hours(24)
}

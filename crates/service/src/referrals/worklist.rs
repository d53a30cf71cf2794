//! Worklists: what one side of an organisation has to do, the most pressing first.

use contract::{Choice, StateCount, WorklistLine, WorklistPage, WorklistQuery};
use domain::policy::{Capability, may};
use domain::referral::State;
use domain::{OrganisationId, Principal, Priority, spoken};
use store::referrals::{Filter, Side};

use crate::{Call, Desk, ServiceError, audit::Touched, facts};

/// Lines on one page.
const PAGE: usize = 50;

/// What the receiving side has to do. Specialists and coordinators.
pub async fn worklist(desk: &Desk, call: &Call, query: &WorklistQuery) -> Result<WorklistPage, ServiceError> {
    list(desk, call, query, Capability::Worklist, Side::Receiving).await
}

/// What the referring side sent or drafts. Referrers.
pub async fn worklist_sent(
    desk: &Desk,
    call: &Call,
    query: &WorklistQuery,
) -> Result<WorklistPage, ServiceError> {
    list(desk, call, query, Capability::Refer, Side::Referring).await
}

async fn list(
    desk: &Desk,
    call: &Call,
    query: &WorklistQuery,
    capability: Capability,
    side: Side,
) -> Result<WorklistPage, ServiceError> {
    let organisation = match (&call.actor.principal, may(&call.actor.principal, capability)) {
        (Principal::Staff { organisation, .. }, true) => *organisation,
        _ => return Err(ServiceError::NotAllowed),
    };
    let db = desk.store.reader();
    let now = call.now.timestamp_millis();
    let states = match query.state.as_str() {
        "" => Vec::new(),
        "all" => State::ALL.iter().map(|state| state.code().to_owned()).collect(),
        code => vec![
            State::from_code(code)
                .ok_or_else(|| ServiceError::invalid("state", "There is no such state."))?
                .code()
                .to_owned(),
        ],
    };
    let filter = Filter {
        states,
        service: query.service.parse().ok(),
        due_before: (query.overdue == "1").then_some(now),
        words: Some(query.q.clone()).filter(|words| !words.trim().is_empty()),
        after: query.after.split_once('.').and_then(|(due, id)| Some((due.parse().ok()?, id.parse().ok()?))),
    };
    let mut rows = store::referrals::worklist(db, organisation, side, &filter, PAGE as u64 + 1).await?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let next =
        rows.last().filter(|_| more).map(|row| format!("{}.{}", row.due_at.unwrap_or_default(), row.id));
    let touched: Vec<_> = rows
        .iter()
        .map(|row| Touched {
            organisation: OrganisationId(row.organisation_id),
            entity: "referral",
            id: Some(row.id),
            patient: None,
        })
        .collect();
    desk.record_reads(call, "list", &touched).await?;
    let counts = store::referrals::counts(db, organisation, side, now)
        .await?
        .into_iter()
        .filter_map(|row| {
            Some(StateCount { state: State::from_code(&row.state)?, count: row.n, overdue: row.overdue })
        })
        .collect();
    let services = store::directory::services_of(db, organisation)
        .await?
        .into_iter()
        .map(|service| Choice { value: service.id.to_string(), label: service.name, hint: None })
        .collect();
    Ok(WorklistPage { lines: rows.iter().map(|row| line(row, call)).collect(), counts, services, next })
}

fn line(row: &store::referrals::Line, call: &Call) -> WorklistLine {
    let zone: chrono_tz::Tz =
        row.due_zone.as_deref().and_then(|zone| zone.parse().ok()).unwrap_or(chrono_tz::Europe::London);
    let today = call.now.with_timezone(&zone).date_naive();
    let due = row.due_at.map(facts::instant);
    let since = facts::instant(row.sent_at.unwrap_or(row.created_at));
    WorklistLine {
        id: row.id.to_string(),
        reference: row.reference.clone(),
        patient: format!("{}, {}", row.family, row.given),
        birth_date: row
            .birth_date
            .as_deref()
            .and_then(|text| text.parse::<chrono::NaiveDate>().ok())
            .map_or(String::new(), |born| born.format("%-d %b %Y").to_string()),
        service: row.service.clone(),
        state: State::from_code(&row.state).unwrap_or(State::EnteredInError),
        priority: Priority::from_code(&row.priority).unwrap_or(Priority::Routine),
        owner: row.owner_name.clone().unwrap_or_default(),
        next: row.next_action.clone().unwrap_or_default(),
        due: due.map_or(String::new(), |due| spoken::date(due.with_timezone(&zone).date_naive(), today)),
        due_words: due.map_or(String::new(), |due| spoken::due(due, zone, call.now)),
        overdue: due.is_some_and(|due| due < call.now),
        age_days: (call.now - since).num_days().max(0),
    }
}

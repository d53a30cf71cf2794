//! The list of visits that were broken, until another time is booked, and of booked ones in doubt, until somebody has decided.

use std::cmp::Reverse;

use chrono::NaiveDate;
use contract::{RebookingCause, RebookingLine, RebookingPage, RebookingQuery};
use domain::policy::{Capability, may};
use domain::{OrganisationId, Principal, Priority, spoken};
use store::entity::rebooking;
use uuid::Uuid;

use crate::audit::Touched;
use crate::unit::{Begun, Unit};
use crate::{Call, Desk, ServiceError, facts};

/// So many lines stand on one page.
const ON_A_PAGE: usize = 50;

/// What is on the list, a page of it. The receiving side's staff who see availability.
pub async fn rebookings(
    desk: &Desk,
    call: &Call,
    query: &RebookingQuery,
) -> Result<RebookingPage, ServiceError> {
    let organisation = seeing(call)?;
    let db = desk.store.reader();
    let zone = super::zone_of(db, organisation).await?;
    let now = call.now.timestamp_millis();
    let mut rows = store::leave::rebookings(db, organisation, now).await?;
    let in_doubt = rows.iter().filter(|row| is_booked(row)).count();
    let to_rebook = rows.len() - in_doubt;
    match query.show.as_str() {
        "rebook" => rows.retain(|row| !is_booked(row)),
        "doubt" => rows.retain(is_booked),
        _ => {}
    }
    rows.sort_by_key(|row| pressing(row, now));
    let after = query.after.parse::<usize>().unwrap_or(0).min(rows.len());
    let next = (rows.len() > after + ON_A_PAGE).then(|| (after + ON_A_PAGE) as u64);
    let rows: Vec<_> = rows.into_iter().skip(after).take(ON_A_PAGE).collect();
    let mut once = std::collections::HashSet::new();
    let touched: Vec<_> = rows
        .iter()
        .filter(|row| once.insert(row.referral_id))
        .map(|row| Touched { organisation, entity: "referral", id: Some(row.referral_id), patient: None })
        .collect();
    desk.record_reads(call, "list", &touched).await?;
    let visits: Vec<Uuid> = rows.iter().map(|row| row.appointment_id).collect();
    let causes = store::leave::causes(db, organisation, &visits).await?;
    let further = |row: &store::leave::RebookingLine| {
        let others = causes.iter().filter(|one| one.appointment_id == row.appointment_id && one.id != row.id);
        let line = |one: &rebooking::Model| RebookingCause {
            cause: one.cause.clone(),
            entered_by: one.created_by_name.clone(),
            entered: spoken::instant(facts::instant(one.created_at), zone, call.now),
        };
        others.map(line).collect()
    };
    let lines = rows
        .into_iter()
        .map(|row| RebookingLine {
            further: further(&row),
            id: row.id.to_string(),
            referral: row.referral_id.to_string(),
            reference: row.reference,
            patient: format!("{} {}", row.given, row.family),
            service: row.service,
            with: row.resource,
            was: match row.cause.as_str() {
                // There the instant is what is wrong.
                "clock-rules" => promised(&row.start_wall, call.now.with_timezone(&zone).date_naive()),
                _ => spoken::instant(facts::instant(row.start_at), zone, call.now),
            },
            is_booked: row.visit == "booked",
            state: row.state,
            priority: row.priority,
            owner: row.owner_name.unwrap_or_default(),
            next_action: row.next_action.unwrap_or_default(),
            due: row.due_at.map(|at| spoken::instant(facts::instant(at), zone, call.now)).unwrap_or_default(),
            overdue: row.due_at.is_some_and(|at| at < call.now.timestamp_millis()),
            cause: row.cause,
            entered_by: row.created_by_name,
            entered: spoken::instant(facts::instant(row.created_at), zone, call.now),
        })
        .collect();
    Ok(RebookingPage {
        lines,
        to_rebook: to_rebook as u64,
        in_doubt: in_doubt as u64,
        next,
        may_open: may(&call.actor.principal, Capability::Worklist),
    })
}

fn is_booked(row: &store::leave::RebookingLine) -> bool {
    row.visit == "booked"
}

/// Whoever has no time comes before whoever still has one: first what is late, then the more urgent, then what is due sooner.
/// Of booked visits the soonest is the most pressing, whoever it is for.
fn pressing(row: &store::leave::RebookingLine, now: i64) -> (bool, bool, Reverse<Priority>, i64, Uuid) {
    let priority = Priority::from_code(&row.priority).unwrap_or(Priority::Routine);
    match is_booked(row) {
        true => (true, false, Reverse(Priority::Routine), row.start_at, row.id),
        false => {
            let due = row.due_at.unwrap_or(i64::MAX);
            (false, due >= now, Reverse(priority), due, row.id)
        }
    }
}

/// Says that a visit in doubt stays as it is booked: it goes off the list. The receiving side's staff who see availability.
pub async fn leave_as_it_is(desk: &Desk, call: &Call, id: Uuid) -> Result<(), ServiceError> {
    let organisation = seeing(call)?;
    let mut unit = match Unit::begin(desk, call, "keep-visit", &id).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let row = store::leave::listed(&*unit.tx, organisation, id).await?.ok_or(ServiceError::NotFound)?;
    let (at, by) = (call.now.timestamp_millis(), call.actor.label());
    // Somebody else may have decided the same a moment ago.
    store::leave::settle(&unit.tx, &row, at, &by).await?;
    let touched = Touched { organisation, entity: "referral", id: Some(row.referral_id), patient: None };
    unit.record("keep-visit", &touched);
    unit.finish(()).await
}

/// A wall time in words; what is none stays as it is.
fn promised(wall: &str, today: NaiveDate) -> String {
    let said = wall.split_once('T').and_then(|(day, time)| {
        Some(format!("{}, {}", spoken::date(day.parse().ok()?, today), spoken::wall(time)))
    });
    said.unwrap_or_else(|| wall.to_owned())
}

fn seeing(call: &Call) -> Result<OrganisationId, ServiceError> {
    match &call.actor.principal {
        Principal::Staff { organisation, .. } if may(&call.actor.principal, Capability::Availability) => {
            Ok(*organisation)
        }
        _ => Err(ServiceError::NotAllowed),
    }
}

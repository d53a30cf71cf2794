//! Carrying a plan out: each line a command of its own, in batches, so that a page answers and one refusal stops none.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use contract::{ApplyInput, HoldOutcome, SlotInput};
use domain::referral::State;
use domain::{Actor, OrganisationId, PersonId, Principal, ReferralId, ServiceId};
use uuid::Uuid;

use super::super::{offer, staff_book};
use super::plan::{Line, Time, needs};
use super::{is_fresh, load, theirs};
use crate::audit::Touched;
use crate::sign_in::{Staff, current};
use crate::unit::{Begun, Case, Unit, visible_case};
use crate::{Call, Conflict, Desk, ServiceError};

/// What a line says that was carried out.
pub const DONE: &str = "done";
/// Lines of one call.
const BATCH: usize = 100;

/// Confirms a plan, as offers that the patients answer or as bookings, or goes on with one in the caller's name. The first lines
/// are carried out at once; the others follow by themselves. Answers how many are still to be done. Coordinators.
///
/// Every line is looked at anew: whoever has got a time or left meanwhile is skipped, and so is a time that is gone.
///
/// Errors: `Conflict` when it is not the preview that was shown, or it is older than a day.
pub async fn apply(desk: &Desk, call: &Call, id: &str, input: &ApplyInput) -> Result<usize, ServiceError> {
    let organisation = theirs(call)?;
    let (row, _) = load(desk, organisation, id).await?;
    if row.fingerprint != input.fingerprint {
        return Err(Conflict::PreviewChanged.into());
    }
    let as_what = match (row.applied_as.as_deref(), input.applied_as.as_str()) {
        (Some(known), _) => known,
        (None, what @ ("offer" | "book")) => what,
        (None, _) => {
            let remedy = "Choose whether the times are offered or booked.";
            return Err(ServiceError::invalid("applied_as", remedy));
        }
    };
    if row.applied_as.is_none() && !is_fresh(&row, call) {
        return Err(Conflict::PreviewOld.into());
    }
    confirm(desk, call, organisation, row.id, as_what).await?;
    some_lines(desk, call, organisation, row.id).await
}

/// Goes on with every plan that was confirmed, each in the name of whoever confirmed it; answers how many lines were done.
/// Somebody who may no longer match, or is no longer here, carries nothing out: a colleague goes on from the page.
pub async fn go_on(desk: &Desk, request: Uuid, now: DateTime<Utc>) -> Result<u64, ServiceError> {
    let mut done = 0;
    for plan in store::matching::under_way(desk.store.reader()).await? {
        let organisation = OrganisationId(plan.organisation_id);
        let staff = Staff { organisation, person: PersonId(plan.applied_by) };
        let Some(principal) = current(desk, &staff, now).await? else { continue };
        let call = Call::new(Actor { principal, request }, now);
        if theirs(&call).is_err() {
            continue;
        }
        match Box::pin(some_lines(desk, &call, organisation, plan.id)).await {
            Ok(_) => done += 1,
            Err(error) => tracing::error!(plan = %plan.id, %error, "a plan could not be carried out"),
        }
    }
    Ok(done)
}

/// The next lines of a confirmed plan; answers how many are still to be done.
async fn some_lines(
    desk: &Desk,
    call: &Call,
    organisation: OrganisationId,
    id: Uuid,
) -> Result<usize, ServiceError> {
    let (row, plan) = load(desk, organisation, &id.to_string()).await?;
    let as_what = row.applied_as.as_deref().unwrap_or("offer");
    let known: BTreeMap<String, String> = serde_json::from_str(&row.outcome).unwrap_or_default();
    let pending: Vec<(&Line, &Time)> = plan
        .lines
        .iter()
        .filter(|line| !known.contains_key(&line.referral.to_string()))
        .filter_map(|line| Some((line, line.time.as_ref()?)))
        .collect();
    let mut outcome = BTreeMap::new();
    for (line, time) in pending.iter().take(BATCH) {
        let plan = row.id.simple().to_string();
        let became = match Box::pin(one(desk, call, &plan, line, time, as_what)).await {
            Ok(became) => became,
            Err(error) => {
                tracing::error!(plan = %row.id, referral = %line.referral, %error, "a line could not be carried out");
                "skipped: something went wrong; look at the referral".to_owned()
            }
        };
        outcome.insert(line.referral.to_string(), became);
    }
    let left = pending.len().saturating_sub(BATCH);
    write_down(desk, call, organisation, id, outcome, left == 0).await?;
    Ok(left)
}

/// One line; answers what became of it.
async fn one(
    desk: &Desk,
    call: &Call,
    plan: &str,
    line: &Line,
    time: &Time,
    as_what: &str,
) -> Result<String, ServiceError> {
    let id = ReferralId(line.referral);
    let Some(case) = visible_case(desk.store.reader(), call, id).await? else {
        return Ok("skipped: it is no longer here".to_owned());
    };
    let mut own = call.clone();
    own.key = Some(format!("match:{plan}:{}", id.0.simple()));
    let visits = store::appointments::of_referral(desk.store.reader(), case.organisation_id(), id).await?;
    let is_open = match line.instead_of {
        None => matches!(case.state, State::Accepted | State::AppointmentCancelled | State::NoShow),
        // The transaction below looks once more whether it is this visit that is moved.
        Some(visit) => {
            case.state == State::Booked
                && visits.iter().any(|row| row.id == visit && row.state == "booked")
                && visits.iter().all(|row| row.state != "held")
        }
    };
    // What this very line did before is answered again by its key.
    let is_own =
        !is_open && case.row.appointment_id.is_some() && matches!(case.state, State::Offered | State::Booked);
    if !is_open && !is_own {
        return Ok(format!("skipped: it is now {}", case.state));
    }
    if is_own && !was_done(desk, &own).await? {
        // Another who carried the plan out may have done this line and not lived to write it down.
        let has_it = visits.iter().any(|row| {
            matches!(row.state.as_str(), "held" | "booked")
                && (row.resource_id, row.start_at) == (time.resource.0, time.start.timestamp_millis())
        });
        return Ok(if has_it { DONE } else { "skipped: a time was chosen meanwhile" }.to_owned());
    }
    if is_open && !is_as_previewed(desk, &case, line).await? {
        return Ok("skipped: changed since the preview; look what suits now".to_owned());
    }
    let slot = SlotInput {
        resource: time.resource.to_string(),
        start: time.start.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
        only_open: line.instead_of.is_none(),
        instead_of: line.instead_of.map_or(String::new(), |visit| visit.to_string()),
        ..SlotInput::default()
    };
    let result = match as_what {
        "book" => Box::pin(staff_book(desk, &own, id, &slot)).await,
        _ => Box::pin(offer(desk, &own, id, &slot)).await,
    };
    Ok(match result {
        Ok(HoldOutcome::Held { .. }) => DONE.to_owned(),
        Ok(HoldOutcome::Taken { .. }) => "skipped: somebody else got the time meanwhile".to_owned(),
        Err(broken @ ServiceError::Broken(_)) => return Err(broken),
        Err(ServiceError::Conflict(conflict)) => format!("skipped: {conflict}"),
        Err(ServiceError::Invalid(fields)) => {
            let words: Vec<String> = fields.into_iter().map(|field| field.message).collect();
            format!("skipped: {}", words.join(" "))
        }
        Err(_) => "skipped: not allowed here".to_owned(),
    })
}

/// Whether what decides which time suits somebody is what it was when the plan was made.
async fn is_as_previewed(desk: &Desk, case: &Case, line: &Line) -> Result<bool, ServiceError> {
    if line.needs.is_empty() {
        // A plan from before this was kept.
        return Ok(true);
    }
    let (db, service) = (desk.store.reader(), ServiceId(case.row.service_id));
    let now = store::matching::one_to_book(db, case.organisation_id(), service, case.id()).await?;
    Ok(now.is_some_and(|row| needs(&row) == line.needs))
}

async fn was_done(desk: &Desk, own: &Call) -> Result<bool, ServiceError> {
    let key = own.key.as_deref().unwrap_or_default();
    Ok(store::idempotency::find(desk.store.reader(), &own.actor.key(), key).await?.is_some())
}

/// Notes that a plan is carried out, as what, and in whose name from now on. Who confirmed it first stays named.
async fn confirm(
    desk: &Desk,
    call: &Call,
    organisation: OrganisationId,
    id: Uuid,
    as_what: &str,
) -> Result<(), ServiceError> {
    let plain = Call { key: None, ..call.clone() };
    let Begun::Fresh(mut unit) = Unit::begin::<_, ()>(desk, &plain, "apply-matching", &id).await? else {
        return Ok(());
    };
    let mut row = store::matching::find(&*unit.tx, organisation, id).await?.ok_or(ServiceError::NotFound)?;
    if row.applied_as.is_none() {
        row.applied_as = Some(as_what.to_owned());
        row.applied_at = Some(call.now.timestamp_millis());
        row.applied_by_name = Some(call.actor.label());
    }
    if let Principal::Staff { person, .. } = call.actor.principal {
        row.applied_by = Some(person.0);
    }
    store::matching::update(&unit.tx, row).await?;
    unit.record(
        "apply-matching",
        &Touched { organisation, entity: "matching_plan", id: Some(id), patient: None },
    );
    unit.finish(()).await
}

/// Adds what became of the lines to the plan. Two who carry it out at once add to the same list; what was done stays done.
async fn write_down(
    desk: &Desk,
    call: &Call,
    organisation: OrganisationId,
    id: Uuid,
    outcome: BTreeMap<String, String>,
    is_whole: bool,
) -> Result<(), ServiceError> {
    let plain = Call { key: None, ..call.clone() };
    let Begun::Fresh(mut unit) = Unit::begin::<_, ()>(desk, &plain, "carry-out-matching", &id).await? else {
        return Ok(());
    };
    let mut row = store::matching::find(&*unit.tx, organisation, id).await?.ok_or(ServiceError::NotFound)?;
    let mut all: BTreeMap<String, String> = serde_json::from_str(&row.outcome).unwrap_or_default();
    for (referral, became) in outcome {
        let is_done = all.get(&referral).is_some_and(|known| known == DONE);
        if !is_done {
            all.insert(referral, became);
        }
    }
    row.outcome = serde_json::to_string(&all).map_err(|error| ServiceError::Broken(error.to_string()))?;
    if is_whole && row.done_at.is_none() {
        row.done_at = Some(call.now.timestamp_millis());
    }
    store::matching::update(&unit.tx, row).await?;
    unit.record(
        "carry-out-matching",
        &Touched { organisation, entity: "matching_plan", id: Some(id), patient: None },
    );
    unit.finish(()).await
}

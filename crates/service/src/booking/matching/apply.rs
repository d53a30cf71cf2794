//! Carrying a plan out: each line a command of its own, in batches, so that a page answers and one refusal stops none.

use std::collections::BTreeMap;

use contract::{ApplyInput, HoldOutcome, SlotInput};
use domain::referral::State;
use domain::{OrganisationId, ReferralId};

use super::super::{offer, staff_book};
use super::plan::{Line, Time};
use super::{is_fresh, load, theirs};
use crate::audit::Touched;
use crate::unit::{Begun, Unit, visible_case};
use crate::{Call, Conflict, Desk, ServiceError};

/// What a line says that was carried out.
pub const DONE: &str = "done";
/// Lines of one call.
const BATCH: usize = 100;

/// Carries out the next lines of a plan that was confirmed, or confirms it first: as offers that the patients answer, or as
/// bookings. Answers how many are still to be done. Coordinators.
///
/// Every line is looked at anew: whoever has got a time or left meanwhile is skipped, and so is a time that is gone.
///
/// Errors: `Conflict` when it is not the preview that was shown, or it is older than a day.
pub async fn apply(desk: &Desk, call: &Call, id: &str, input: &ApplyInput) -> Result<usize, ServiceError> {
    let organisation = theirs(call)?;
    let (row, plan) = load(desk, organisation, id).await?;
    if row.fingerprint != input.fingerprint {
        return Err(Conflict::PreviewChanged.into());
    }
    let as_what = match (row.applied_as.as_deref(), input.applied_as.as_str()) {
        (Some(known), _) => known.to_owned(),
        (None, "offer" | "book") => input.applied_as.clone(),
        (None, _) => {
            let remedy = "Choose whether the times are offered or booked.";
            return Err(ServiceError::invalid("applied_as", remedy));
        }
    };
    if row.applied_as.is_none() && !is_fresh(&row, call) {
        return Err(Conflict::PreviewOld.into());
    }
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
        let became = Box::pin(one(desk, call, &plan, line, time, &as_what)).await?;
        outcome.insert(line.referral.to_string(), became);
    }
    write_down(desk, call, organisation, id, &as_what, outcome).await?;
    Ok(pending.len().saturating_sub(BATCH))
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
    let is_open = matches!(case.state, State::Accepted | State::AppointmentCancelled | State::NoShow);
    // What this very line did before is answered again by its key.
    let is_own = case.row.appointment_id.is_some() && matches!(case.state, State::Offered | State::Booked);
    if !is_open && !is_own {
        return Ok(format!("skipped: it is now {}", case.state));
    }
    if is_own && !was_done(desk, &own).await? {
        return Ok("skipped: a time was chosen meanwhile".to_owned());
    }
    let slot = SlotInput {
        resource: time.resource.to_string(),
        start: time.start.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
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

async fn was_done(desk: &Desk, own: &Call) -> Result<bool, ServiceError> {
    let key = own.key.as_deref().unwrap_or_default();
    Ok(store::idempotency::find(desk.store.reader(), &own.actor.key(), key).await?.is_some())
}

/// Adds what became of the lines to the plan. Two who confirm at once add to the same list; what was done stays done.
async fn write_down(
    desk: &Desk,
    call: &Call,
    organisation: OrganisationId,
    id: &str,
    as_what: &str,
    outcome: BTreeMap<String, String>,
) -> Result<(), ServiceError> {
    let plain = Call { key: None, ..call.clone() };
    let Begun::Fresh(mut unit) = Unit::begin::<_, ()>(desk, &plain, "apply-matching", &id).await? else {
        return Ok(());
    };
    let id = id.parse().map_err(|_| ServiceError::NotFound)?;
    let mut row = store::matching::find(&*unit.tx, organisation, id).await?.ok_or(ServiceError::NotFound)?;
    let mut all: BTreeMap<String, String> = serde_json::from_str(&row.outcome).unwrap_or_default();
    for (referral, became) in outcome {
        let is_done = all.get(&referral).is_some_and(|known| known == DONE);
        if !is_done {
            all.insert(referral, became);
        }
    }
    row.outcome = serde_json::to_string(&all).map_err(|error| ServiceError::Broken(error.to_string()))?;
    if row.applied_as.is_none() {
        row.applied_as = Some(as_what.to_owned());
        row.applied_at = Some(call.now.timestamp_millis());
        row.applied_by_name = Some(call.actor.label());
    }
    store::matching::update(&unit.tx, row).await?;
    unit.record(
        "apply-matching",
        &Touched { organisation, entity: "matching_plan", id: Some(id), patient: None },
    );
    unit.finish(()).await
}

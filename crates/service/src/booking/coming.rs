//! The patient says that they come to a booked visit.

use contract::ComingInput;
use domain::ReferralId;
use domain::policy::Relation;
use domain::referral::Act;
use serde_json::json;
use store::entity::event;
use uuid::Uuid;

use super::reminders::withhold_questions;
use super::{hold, to_come};
use crate::unit::{Begun, Case, Unit};
use crate::{Call, Conflict, Desk, ServiceError, ids};

/// The patient, signed in or by the link of a reminder: the visit that was shown to them is confirmed. Twice is once.
///
/// Errors: `NoBookedTime` when it is over, was moved or cancelled: what was shown is not what is booked.
pub async fn say_coming(desk: &Desk, call: &Call, id: ReferralId, shown: &str) -> Result<(), ServiceError> {
    let mut unit = match Unit::begin(desk, call, "confirm-visit", &(id, shown)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let case = unit.case(id).await?;
    if !matches!(case.relation, Relation::Subject | Relation::Product) {
        return Err(ServiceError::NotAllowed);
    }
    hold::lock_own(&unit, &case).await?;
    let shown: Option<Uuid> = shown.parse().ok();
    confirm(&mut unit, &case, shown, None).await?;
    unit.finish(()).await
}

/// Staff of the receiving side note that the patient, or somebody for them, has said so by phone or in person.
///
/// Errors: `Invalid` without who and how; else as [`say_coming`].
pub async fn note_coming(
    desk: &Desk,
    call: &Call,
    id: ReferralId,
    input: &ComingInput,
) -> Result<(), ServiceError> {
    let mut unit = match Unit::begin(desk, call, "note-coming", &(id, input)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let case = unit.case(id).await?;
    // Whoever may note that they have come may note that they will.
    unit.decide(&case, Act::Arrive).await?;
    let who = match input.who.as_str() {
        "patient" => "The patient",
        "family" => "Somebody for the patient",
        _ => return Err(ServiceError::invalid("who", "Say who told you.")),
    };
    let how = match input.how.as_str() {
        "phone" => "by phone",
        "in-person" => "in person",
        _ => return Err(ServiceError::invalid("how", "Say how they told you.")),
    };
    hold::lock_own(&unit, &case).await?;
    confirm(&mut unit, &case, input.visit.parse().ok(), Some(&format!("{who}, {how}"))).await?;
    unit.finish(()).await
}

async fn confirm(
    unit: &mut Unit<'_>,
    case: &Case,
    shown: Option<Uuid>,
    how: Option<&str>,
) -> Result<(), ServiceError> {
    let row = to_come(unit, case).await?.filter(|row| Some(row.id) == shown);
    let mut row = row.ok_or(Conflict::NoBookedTime)?;
    if row.patient_confirmed_at.is_some() {
        return Ok(());
    }
    let now = unit.call.now;
    row.patient_confirmed_at = Some(now.timestamp_millis());
    store::appointments::update(&unit.tx, row.clone()).await?;
    withhold_questions(unit, case, &row).await?;
    let event = event::Model {
        organisation_id: case.row.organisation_id,
        id: ids::fresh(now),
        referral_id: case.row.id,
        at: now.timestamp_millis(),
        kind: "visit_confirmed".to_owned(),
        actor: unit.call.actor.key(),
        actor_name: case.signed(&unit.call.actor),
        from_state: Some(case.state.code().to_owned()),
        to_state: case.state.code().to_owned(),
        why: how.map(str::to_owned),
        detail: json!({ "appointment": row.id }).to_string(),
    };
    store::referrals::add_event(&unit.tx, event).await?;
    unit.record("confirm-visit", &case.touched("referral"));
    unit.notify(case);
    Ok(())
}

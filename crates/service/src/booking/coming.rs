//! The patient says that they come to a booked visit.

use domain::ReferralId;
use domain::policy::Relation;
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
    confirm(&mut unit, &case, shown).await?;
    unit.finish(()).await
}

async fn confirm(unit: &mut Unit<'_>, case: &Case, shown: Option<Uuid>) -> Result<(), ServiceError> {
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
        why: None,
        detail: json!({ "appointment": row.id }).to_string(),
    };
    store::referrals::add_event(&unit.tx, event).await?;
    unit.record("confirm-visit", &case.touched("referral"));
    unit.notify(case);
    Ok(())
}

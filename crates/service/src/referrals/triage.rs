//! Triage: one form, one decision.

use contract::TriageInput;
use domain::ReferralId;
use domain::referral::{Act, State};
use serde_json::json;

use super::{accept, ask, decline};
use crate::reasons::{self, Chosen};
use crate::unit::{Begun, Unit};
use crate::{Call, Desk, ServiceError};

/// Accepts with a priority, asks for information, or declines with a line that the patient can read.
pub async fn triage(
    desk: &Desk,
    call: &Call,
    id: ReferralId,
    input: &TriageInput,
) -> Result<(), ServiceError> {
    let mut unit = match Unit::begin(desk, call, "triage", &(id, input)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let mut case = unit.case(id).await?;
    let act = match input.outcome.as_str() {
        "accept" => Act::Accept,
        "ask" => Act::Ask,
        "decline" => Act::Decline,
        _ => {
            return Err(ServiceError::invalid("outcome", "Choose what you decide: accept, ask, or decline."));
        }
    };
    unit.decide(&case, act).await?;
    unit.same_version(&case, input.version)?;
    // Reading it to decide is also receiving it: the receipt time is never left empty.
    if case.state == State::Sent {
        case.row.received_at = Some(call.now.timestamp_millis());
        unit.apply(&mut case, Act::Acknowledge, None, None, json!({})).await?;
    }
    match act {
        Act::Accept => accept::accept(&mut unit, &mut case, input).await?,
        Act::Ask => ask::ask(&mut unit, &mut case, input).await?,
        _ => decline::decline(&mut unit, &mut case, input).await?,
    }
    store::referrals::decide_suggestion(&unit.tx, &case.row, &case.row.priority, call.now.timestamp_millis())
        .await?;
    unit.finish(()).await
}

/// The coded reason of a decision. A form that asks for one has to give one.
pub(super) async fn reason(
    unit: &Unit<'_>,
    act: Act,
    input: &TriageInput,
) -> Result<Option<Chosen>, ServiceError> {
    match input.reason.as_deref() {
        None => Ok(None),
        Some("") if reasons::are_offered(unit, act).await? => {
            Err(ServiceError::invalid("reason", "Choose the reason that fits best."))
        }
        Some(code) => reasons::chosen(unit, act, code).await,
    }
}

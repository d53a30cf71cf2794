//! Triage: one form, one decision.

use contract::TriageInput;
use domain::ReferralId;
use domain::policy::papers::Readers;
use domain::referral::{Act, State};
use serde_json::json;

use super::enclose::{self, Enclosure, Fate};
use super::{NewDocument, accept, ask, decline};
use crate::reasons::{self, Chosen};
use crate::unit::{Begun, Unit};
use crate::{Call, Desk, ServiceError};

/// Accepts with a priority and what comes next, asks for information, or declines with a line that the patient can read.
pub async fn triage(
    desk: &Desk,
    call: &Call,
    id: ReferralId,
    input: &TriageInput,
) -> Result<(), ServiceError> {
    triage_with(desk, call, id, input, None).await
}

/// The same with a file for the staff of both sides. A refused decision leaves no document.
pub async fn triage_with(
    desk: &Desk,
    call: &Call,
    id: ReferralId,
    input: &TriageInput,
    file: Option<NewDocument>,
) -> Result<(), ServiceError> {
    let file = enclose::put(desk, call, id, file).await?;
    // On the heap, so that whoever awaits this carries little.
    let done = Box::pin(decide(desk, call, id, input, file.as_ref())).await;
    enclose::settle(desk, file.as_ref(), done).await
}

async fn decide(
    desk: &Desk,
    call: &Call,
    id: ReferralId,
    input: &TriageInput,
    file: Option<&Enclosure>,
) -> Result<((), Fate), ServiceError> {
    let content = file.map(|file| &file.sha256);
    let mut unit = match Unit::begin(desk, call, "triage", &(id, input, content)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok((answer, Fate::Spare)),
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
    enclose::enclose(&mut unit, &case, file, "decision", Readers::Staff, None).await?;
    store::referrals::decide_suggestion(&unit.tx, &case.row, &case.row.priority, call.now.timestamp_millis())
        .await?;
    unit.finish(()).await?;
    Ok(((), Fate::Taken))
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

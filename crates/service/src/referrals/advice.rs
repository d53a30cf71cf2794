//! Advice between colleagues: the answer, and the referral that may come of it.

use contract::{AdviceInput, TextInput};
use domain::notice::StaffNotice;
use domain::policy::Relation;
use domain::referral::{Act, Kind, State};
use domain::{ReferralId, Role};
use serde_json::json;
use store::entity::report;

use super::pass_on::{With, onward};
use super::send::after_send;
use super::{fitting_text, required_text, sheet};
use crate::unit::{Begun, Case, Unit};
use crate::{Call, Conflict, Desk, ServiceError, describe, ids};

/// The specialist answers: with advice, or that the patient should be referred. The referrer reads and acknowledges it.
pub async fn advise(
    desk: &Desk,
    call: &Call,
    id: ReferralId,
    input: &AdviceInput,
) -> Result<(), ServiceError> {
    let mut unit = match Unit::begin(desk, call, "advise", &(id, input)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let mut case = unit.case(id).await?;
    unit.decide(&case, Act::Advise).await?;
    unit.same_version(&case, input.version)?;
    let text =
        required_text("text", &input.text, "Write the advice: what you think, and what you would do.")?;
    let outcome = match input.outcome.as_str() {
        outcome @ ("advice" | "refer") => outcome,
        _ => return Err(ServiceError::invalid("outcome", "Choose advice, or that the patient be referred.")),
    };
    if case.state == State::Sent {
        case.row.received_at = Some(call.now.timestamp_millis());
        unit.apply(&mut case, Act::Acknowledge, None, None, json!({})).await?;
    }
    let answer = report::Model {
        organisation_id: case.row.organisation_id,
        id: ids::fresh(call.now),
        referral_id: case.row.id,
        kind: "final".to_owned(),
        text: text.to_owned(),
        author: call.actor.key(),
        author_name: call.actor.label(),
        created_at: call.now.timestamp_millis(),
        acknowledged_at: None,
        acknowledged_by: None,
    };
    store::referrals::add_report(&unit.tx, answer).await?;
    case.row.decided_at = Some(call.now.timestamp_millis());
    let why = (outcome == "refer").then_some("Please refer.");
    unit.apply(&mut case, Act::Advise, why, None, json!({ "outcome": outcome })).await?;
    let cause = format!("advise:{}", case.row.id);
    unit.tell_referrer(&case, StaffNotice::AdviceGiven, &cause).await?;
    unit.finish(()).await
}

/// Makes a referral of a request for advice, with the question, the answer and the documents; the request ends, and the
/// two are linked. The referrer sends it at once, unless the service wants more with a referral: then it is a draft. The
/// specialist, where the referrer has agreed, takes it on as received. Answers the new referral.
pub async fn turn_into_referral(
    desk: &Desk,
    call: &Call,
    id: ReferralId,
    input: &TextInput,
) -> Result<ReferralId, ServiceError> {
    let mut unit = match Unit::begin(desk, call, "turn-into-referral", &(id, input)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let mut case = unit.case(id).await?;
    unit.decide(&case, Act::TurnIntoReferral).await?;
    unit.same_version(&case, input.version)?;
    let comment = fitting_text("text", &input.text)?;
    let receiving = needs_consent(call, &case);
    if receiving && !case.row.may_turn {
        unit.desk.record_refusal(call, Act::TurnIntoReferral.code(), &case.touched("referral"));
        return Err(Conflict::TurningNotAgreed.into());
    }
    if !case.service.active {
        return Err(Conflict::ServiceClosed.into());
    }
    let mut asked = case.clone();
    asked.row.kind = Kind::Referral.code().to_owned();
    asked.row.patient_sees = true;
    asked.row.may_turn = false;
    let answers = store::referrals::reports(&*unit.tx, &case.row).await?;
    let mut letter = vec![case.row.reason.clone()];
    letter.extend(answers.iter().map(|answer| {
        let when = describe::day_and_clock(answer.created_at, case.zone());
        format!("Advice by {}, {when}:\n{}", answer.author_name, answer.text)
    }));
    letter.extend(Some(comment.to_owned()).filter(|comment| !comment.is_empty()));
    asked.row.reason = letter.join("\n\n");
    let documents = store::documents::of_referral(&*unit.tx, &case.row).await?;
    let lacks = sheet::unready(&asked, &sheet::Sheet::default(), &documents, &asked.row.reason, call.now);
    let state = if receiving || lacks.is_empty() { State::Sent } else { State::Draft };
    let target = case.service.clone();
    let mut next = onward(&unit, &asked, &target, state, With::Documents).await?;
    store::referrals::acknowledge_reports(
        &unit.tx,
        &case.row,
        &call.actor.key(),
        call.now.timestamp_millis(),
    )
    .await?;
    let detail = json!({ "to": next.row.id, "name": next.row.reference });
    unit.apply(&mut case, Act::TurnIntoReferral, Some(comment), None, detail).await?;
    if state == State::Sent {
        after_send(&mut unit, &next).await?;
    }
    if receiving {
        // Who makes a referral of it has it.
        next.relation = case.relation;
        next.row.received_at = Some(call.now.timestamp_millis());
        unit.apply(&mut next, Act::Acknowledge, None, None, json!({})).await?;
    }
    let id = next.id();
    unit.finish(id).await
}

/// Whether somebody acts for the receiving side alone, and so needs the referrer's consent to make a referral of it.
pub(super) fn needs_consent(call: &Call, case: &Case) -> bool {
    case.relation == Relation::Receiving && !case.roles_of(&call.actor).contains(&Role::Referrer)
}

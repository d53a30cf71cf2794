//! Answering a question.

use contract::TextInput;
use domain::ReferralId;
use domain::notice::StaffNotice;
use domain::referral::{Act, transition};
use serde_json::json;

use super::required_text;
use crate::unit::{Begun, Case, Unit};
use crate::{Call, Conflict, Desk, ServiceError};

/// The patient, the referrer or a coordinator gives what was asked for; it is triaged again.
pub async fn answer(desk: &Desk, call: &Call, id: ReferralId, input: &TextInput) -> Result<(), ServiceError> {
    let mut unit = match Unit::begin(desk, call, "answer", &(id, input)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let mut case = unit.case(id).await?;
    unit.decide(&case, Act::Answer).await?;
    unit.same_version(&case, input.version)?;
    if !may_answer(call, &case) {
        return Err(Conflict::OthersAsked.into());
    }
    let text =
        required_text("text", &input.text, "Write your answer, or add the document that was asked for.")?;
    answered(&mut unit, &mut case, Some(text)).await?;
    unit.finish(()).await
}

/// Whether whoever calls was asked, or answers for who was.
pub(super) fn may_answer(call: &Call, case: &Case) -> bool {
    let roles = case.roles_of(&call.actor);
    let asked = case.plan().asked;
    roles.into_iter().any(|role| {
        transition(case.state, Act::Answer, role).is_ok() && asked.is_none_or(|asked| asked.may_answer(role))
    })
}

/// What follows once information was given, by an answer or by a document.
pub(super) async fn answered(
    unit: &mut Unit<'_>,
    case: &mut Case,
    text: Option<&str>,
) -> Result<(), ServiceError> {
    case.row.patient_line = None;
    unit.apply(case, Act::Answer, text, None, json!({})).await?;
    let cause = format!("answer:{}:{}", case.row.id, case.row.version);
    unit.tell_coordinators(case, StaffNotice::InformationGiven, &cause).await
}

//! Answering a question.

use contract::TextInput;
use domain::ReferralId;
use domain::notice::StaffNotice;
use domain::referral::Act;
use serde_json::json;

use super::required_text;
use crate::unit::{Begun, Case, Unit};
use crate::{Call, Desk, ServiceError};

/// The patient, the referrer or a coordinator gives what was asked for; it is triaged again.
pub async fn answer(desk: &Desk, call: &Call, id: ReferralId, input: &TextInput) -> Result<(), ServiceError> {
    let mut unit = match Unit::begin(desk, call, "answer", &(id, input)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let mut case = unit.case(id).await?;
    let text =
        required_text("text", &input.text, "Write your answer, or add the document that was asked for.")?;
    answered(&mut unit, &mut case, Some(text)).await?;
    unit.finish(()).await
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

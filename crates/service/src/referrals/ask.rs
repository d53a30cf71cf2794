//! Asking for information.

use contract::TriageInput;
use domain::notice::StaffNotice;
use domain::referral::Act;
use serde_json::json;

use super::{fitting_text, required_text};
use crate::outbox::Letter;
use crate::ports::Template;
use crate::unit::{Case, Unit};
use crate::{ServiceError, reasons};

/// Asks the patient and the referrer for what is missing; the question is what the patient reads.
pub(super) async fn ask(
    unit: &mut Unit<'_>,
    case: &mut Case,
    input: &TriageInput,
) -> Result<(), ServiceError> {
    let question = required_text(
        "patient_line",
        &input.patient_line,
        "Write what you need, in words the patient can follow.",
    )?;
    let comment = fitting_text("comment", &input.comment)?;
    let reason = super::triage::reason(unit, Act::Ask, input).await?;
    case.row.patient_line = Some(question.to_owned());
    let why = if comment.is_empty() { question } else { comment };
    let detail = reasons::with_reason(json!({}), reason.as_ref());
    unit.apply(case, Act::Ask, Some(why), None, detail).await?;
    let cause = format!("ask:{}:{}", case.row.id, case.row.version);
    unit.tell_referrer(case, StaffNotice::InformationAsked, &cause).await?;
    unit.tell_patient(case, Letter::new(Template::InfoNeeded, cause)).await
}

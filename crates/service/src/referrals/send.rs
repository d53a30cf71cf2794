//! Sending a referral.

use contract::DraftInput;
use domain::notice::StaffNotice;
use domain::referral::Act;
use domain::{Priority, ReferralId};
use serde_json::json;

use super::fitting_text;
use crate::outbox::{Letter, When};
use crate::ports::Template;
use crate::unit::{Begun, Case, Unit};
use crate::{Call, Desk, ServiceError, facts};

/// Sends a draft. Refused with all that is missing, so that nothing incomplete leaves.
/// Both sides and the patient are told; the receiving side's clock starts.
pub async fn send(desk: &Desk, call: &Call, id: ReferralId, input: &DraftInput) -> Result<(), ServiceError> {
    let mut unit = match Unit::begin(desk, call, "send", &(id, input)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let mut case = unit.case(id).await?;
    unit.decide(&case, Act::Send).await?;
    unit.same_version(&case, input.version)?;
    let mut fields = Vec::new();
    match Priority::from_code(&input.priority) {
        Some(priority) => {
            case.row.priority = priority.code().to_owned();
            case.row.requested_priority = priority.code().to_owned();
        }
        None => fields.push(contract::FieldError::new("priority", "Choose how urgent it is.")),
    }
    match fitting_text("reason", &input.reason) {
        Ok(reason) => case.row.reason = reason.to_owned(),
        Err(ServiceError::Invalid(more)) => fields.extend(more),
        Err(other) => return Err(other),
    }
    let documents = store::documents::of_referral(&*unit.tx, &case.row).await?;
    for item in facts::unfinished(&case.required(), &documents, &input.reason) {
        let field = if item.code == "reason" { "reason" } else { "document" };
        fields.push(contract::FieldError::new(field, item.remedy));
    }
    if !fields.is_empty() {
        return Err(ServiceError::Invalid(fields));
    }
    case.row.sent_at = Some(call.now.timestamp_millis());
    let detail = json!({ "priority": case.row.priority });
    unit.apply(&mut case, Act::Send, None, None, detail).await?;
    after_send(&mut unit, &case).await?;
    unit.finish(()).await
}

/// Notices to both sides and to the patient.
pub(crate) async fn after_send(unit: &mut Unit<'_>, case: &Case) -> Result<(), ServiceError> {
    let cause = format!("send:{}", case.row.id);
    unit.tell_coordinators(case, StaffNotice::Arrived, &cause).await?;
    unit.tell_referrer(case, StaffNotice::Submitted, &cause).await?;
    let mut letter = Letter::new(Template::ReferralReceived, cause);
    letter.when = When::Politely;
    unit.tell_patient(case, letter).await
}

//! Sending a referral.

use contract::DraftInput;
use domain::ReferralId;
use domain::notice::StaffNotice;
use domain::referral::{Act, Kind};
use serde_json::json;

use super::{fitting_text, sheet};
use crate::outbox::{Letter, When};
use crate::ports::Template;
use crate::unit::{Begun, Case, Unit};
use crate::{Call, Desk, ServiceError};

/// Sends a draft. Refused with all that is missing, so that nothing incomplete leaves.
/// Both sides and the patient are told; the receiving side's clock starts.
pub async fn send(
    desk: &Desk,
    call: &Call,
    id: ReferralId,
    input: &DraftInput,
) -> Result<Kind, ServiceError> {
    let mut unit = match Unit::begin(desk, call, "send", &(id, input)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let mut case = unit.case(id).await?;
    unit.decide(&case, Act::Send).await?;
    unit.same_version(&case, input.version)?;
    let mut fields = Vec::new();
    match sheet::priority(&case, &input.priority) {
        Ok(priority) => {
            case.row.priority = priority.code().to_owned();
            case.row.requested_priority = priority.code().to_owned();
        }
        Err(error) => fields.push(error),
    }
    match fitting_text("reason", &input.reason) {
        Ok(reason) => case.row.reason = reason.to_owned(),
        Err(ServiceError::Invalid(more)) => fields.extend(more),
        Err(other) => return Err(other),
    }
    let documents = store::documents::of_referral(&*unit.tx, &case.row).await?;
    let sheet = sheet::take(&*unit.tx, &case, input.pairs.as_deref()).await?;
    let required = case.required();
    for item in sheet::unready(&case, &sheet, &documents, &input.reason, call.now) {
        fields.push(contract::FieldError::new(&sheet::field_of(&item, &required), item.remedy));
    }
    if !fields.is_empty() {
        return Err(ServiceError::Invalid(fields));
    }
    case.row.sent_at = Some(call.now.timestamp_millis());
    let sheet = sheet::settle(&case, sheet, &documents, call.now);
    sheet::keep(&unit.tx, &case, &sheet, call.now).await?;
    let overridden: Vec<&String> = sheet.overrides.keys().collect();
    let detail = json!({ "priority": case.row.priority, "overridden": overridden });
    unit.apply(&mut case, Act::Send, None, None, detail).await?;
    after_send(&mut unit, &case).await?;
    let kind = case.kind();
    unit.finish(kind).await
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

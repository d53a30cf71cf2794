//! Accepting a referral.

use contract::TriageInput;
use domain::Priority;
use domain::notice::StaffNotice;
use domain::referral::Act;
use serde_json::json;

use super::fitting_text;
use crate::ServiceError;
use crate::outbox::Letter;
use crate::ports::Template;
use crate::unit::{Case, Unit};

/// Accepts with a priority; the patient is asked to choose a time. A priority below the referrer's needs a
/// comment that says why.
pub(super) async fn accept(
    unit: &mut Unit<'_>,
    case: &mut Case,
    input: &TriageInput,
) -> Result<(), ServiceError> {
    let priority = Priority::from_code(&input.priority)
        .ok_or_else(|| ServiceError::invalid("priority", "Choose a priority."))?;
    let comment = fitting_text("comment", &input.comment)?;
    if priority < case.priority() && comment.is_empty() {
        return Err(ServiceError::invalid(
            "comment",
            "You give it a lower priority than the referrer asked for. Say why.",
        ));
    }
    case.row.priority = priority.code().to_owned();
    case.row.patient_line = None;
    case.row.decided_at = Some(unit.call.now.timestamp_millis());
    let detail = json!({ "priority": priority, "requested": case.row.requested_priority });
    unit.apply(case, Act::Accept, Some(comment), None, detail).await?;
    let cause = format!("accept:{}:{}", case.row.id, case.row.version);
    unit.tell_referrer(case, StaffNotice::Accepted, &cause).await?;
    unit.tell_patient(case, Letter::new(Template::AcceptedChooseTime, cause)).await
}

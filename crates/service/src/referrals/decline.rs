//! Declining a referral.

use contract::TriageInput;
use domain::notice::StaffNotice;
use domain::referral::Act;
use serde_json::json;

use super::{Wrong, fitting_text, required_text};
use crate::outbox::Letter;
use crate::ports::Template;
use crate::unit::{Case, Unit};
use crate::{ServiceError, reasons};

/// Declines, never without a line that the patient can read: why, what next, who acts. Where the patient does not see a
/// question between colleagues, the referrer reads why.
pub(super) async fn decline(
    unit: &mut Unit<'_>,
    case: &mut Case,
    input: &TriageInput,
) -> Result<(), ServiceError> {
    let mut wrong = Wrong::default();
    let comment = wrong.unless(fitting_text("comment", &input.comment))?;
    let reason = wrong.unless(super::triage::reason(unit, Act::Decline, input).await)?;
    let line = match case.row.patient_sees {
        true => wrong.unless(required_text(
            "patient_line",
            &input.patient_line,
            "Write what the patient will read: why it is not taken on, what happens next, and who does it.",
        ))?,
        false => "",
    };
    wrong.or_on()?;
    let why = if case.row.patient_sees {
        case.row.patient_line = Some(line.to_owned());
        if comment.is_empty() { line } else { comment }
    } else {
        let remedy = "Write why no advice is given, and where the referrer can ask instead.";
        let why = reasons::why(reason.as_ref(), comment, "comment", remedy)?;
        // Nothing is declined without its explanation; here it is the referrer's to read.
        case.row.patient_line = Some(why.to_owned());
        why
    };
    case.row.decided_at = Some(unit.call.now.timestamp_millis());
    let detail = reasons::with_reason(json!({}), reason.as_ref());
    unit.apply(case, Act::Decline, Some(why), None, detail).await?;
    crate::booking::drop_times(unit, case, "declined").await?;
    let cause = format!("decline:{}:{}", case.row.id, case.row.version);
    unit.tell_referrer(case, StaffNotice::Declined, &cause).await?;
    unit.tell_patient(case, Letter::new(Template::Declined, cause)).await
}

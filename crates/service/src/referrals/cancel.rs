//! Withdrawing, cancelling, reopening.

use contract::TextInput;
use domain::ReferralId;
use domain::notice::StaffNotice;
use domain::referral::Act;
use serde_json::json;

use super::fitting_text;
use crate::outbox::Letter;
use crate::ports::Template;
use crate::unit::{Begun, Unit};
use crate::{Call, Desk, ServiceError, booking, reasons};

/// The referring side takes back what nobody has received yet.
pub async fn withdraw(
    desk: &Desk,
    call: &Call,
    id: ReferralId,
    input: &TextInput,
) -> Result<(), ServiceError> {
    end(desk, call, id, input, Act::Withdraw, "Say why you take it back.").await
}

/// The referring side asks to cancel; only the receiving side confirms.
pub async fn request_cancellation(
    desk: &Desk,
    call: &Call,
    id: ReferralId,
    input: &TextInput,
) -> Result<(), ServiceError> {
    end(desk, call, id, input, Act::RequestCancellation, "Say why it is no longer needed.").await
}

/// The receiving side confirms a cancellation; any booked time goes back.
pub async fn confirm_cancellation(
    desk: &Desk,
    call: &Call,
    id: ReferralId,
    input: &TextInput,
) -> Result<(), ServiceError> {
    end(desk, call, id, input, Act::ConfirmCancellation, "Say why it is cancelled.").await
}

/// Takes back what should never have been: the wrong patient, a double. It stays in the record, struck through.
pub async fn enter_in_error(
    desk: &Desk,
    call: &Call,
    id: ReferralId,
    input: &TextInput,
) -> Result<(), ServiceError> {
    end(desk, call, id, input, Act::EnterInError, "Say what is wrong with it.").await
}

/// The receiving side opens an ended referral again; it is triaged anew.
pub async fn reopen(desk: &Desk, call: &Call, id: ReferralId, input: &TextInput) -> Result<(), ServiceError> {
    end(desk, call, id, input, Act::Reopen, "Say why you open it again.").await
}

async fn end(
    desk: &Desk,
    call: &Call,
    id: ReferralId,
    input: &TextInput,
    act: Act,
    remedy: &str,
) -> Result<(), ServiceError> {
    let mut unit = match Unit::begin(desk, call, act.code(), &(id, input)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let mut case = unit.case(id).await?;
    unit.decide(&case, act).await?;
    unit.same_version(&case, input.version)?;
    let reason = reasons::chosen(&unit, act, &input.reason).await?;
    let why = reasons::why(reason.as_ref(), fitting_text("text", &input.text)?, "text", remedy)?;
    let was_draft = case.state == domain::referral::State::Draft;
    if act == Act::Reopen {
        case.row.patient_line = None;
    }
    let detail = reasons::with_reason(json!({}), reason.as_ref());
    unit.apply(&mut case, act, Some(why), None, detail).await?;
    let cause = format!("{act}:{}:{}", case.row.id, case.row.version);
    match act {
        Act::RequestCancellation => {
            unit.tell_coordinators(&case, StaffNotice::CancellationAsked, &cause).await?;
        }
        Act::ConfirmCancellation => {
            booking::drop_times(&mut unit, &mut case, "referral cancelled").await?;
            unit.tell_referrer(&case, StaffNotice::CancellationConfirmed, &cause).await?;
            unit.tell_patient(&case, Letter::new(Template::Cancelled, cause)).await?;
        }
        Act::EnterInError if !was_draft => {
            booking::drop_times(&mut unit, &mut case, "entered in error").await?;
            unit.tell_referrer(&case, StaffNotice::EnteredInError, &cause).await?;
        }
        Act::Withdraw if !was_draft => {
            unit.tell_coordinators(&case, StaffNotice::Withdrawn, &cause).await?;
            unit.tell_patient(&case, Letter::new(Template::Cancelled, cause)).await?;
        }
        _ => {}
    }
    unit.finish(()).await
}

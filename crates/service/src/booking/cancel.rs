//! Giving a booked time back.

use contract::TextInput;
use domain::ReferralId;
use domain::notice::StaffNotice;
use domain::referral::Act;
use serde_json::json;

use super::hold::{give_back, is_patient};
use super::{booked, calendar_part, kept, reminders};
use crate::outbox::{Letter, When};
use crate::ports::Template;
use crate::unit::{Begun, Case, Unit};
use crate::{Call, Conflict, Desk, ServiceError, describe, facts, reasons};

/// Cancels the booked time; the patient is asked to choose again, calendars drop the entry.
pub async fn cancel(desk: &Desk, call: &Call, id: ReferralId, input: &TextInput) -> Result<(), ServiceError> {
    let mut unit = match Unit::begin(desk, call, "cancel-appointment", &(id, input)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let mut case = unit.case(id).await?;
    unit.decide(&case, Act::CancelAppointment).await?;
    unit.same_version(&case, input.version)?;
    let typed = crate::referrals::fitting_text("text", &input.text)?;
    let reason = match is_patient(call) {
        true => Some(reasons::of_patient(&input.reason)?),
        false if input.reason.is_empty() && reasons::are_offered(&unit, Act::CancelAppointment).await? => {
            return Err(ServiceError::invalid("reason", "Choose the reason that fits best."));
        }
        false => reasons::chosen(&unit, Act::CancelAppointment, &input.reason).await?,
    };
    let why = match is_patient(call) {
        true => typed,
        false => {
            // The patient reads it, so a reason's words for colleagues do not do.
            let remedy = "Say why, for the patient and the record.";
            crate::referrals::required_text("text", typed, remedy)?
        }
    };
    let row = booked(&unit, &case).await?.ok_or(Conflict::NoBookedTime)?;
    let detail = reasons::with_reason(json!({ "appointment": row.id }), reason.as_ref());
    drop_row(&mut unit, &case, row, why, When::AtOnce).await?;
    case.row.appointment_id = None;
    unit.apply(&mut case, Act::CancelAppointment, Some(why), None, detail).await?;
    let cause = format!("cancel:{}:{}", case.row.id, case.row.version);
    unit.tell_referrer(&case, StaffNotice::BookingCancelled, &cause).await?;
    unit.finish(()).await
}

/// A booked visit cannot take place: it is cancelled, the patient is told once and chooses again, and the referral owes
/// another time. A held one goes back. Answers whether it was booked.
pub(crate) async fn break_visit(
    unit: &mut Unit<'_>,
    case: &mut Case,
    id: uuid::Uuid,
    why: &str,
) -> Result<bool, ServiceError> {
    let held = kept(unit, case).await?.held().into_iter().find(|row| row.id == id).cloned();
    if let Some(row) = held {
        super::hold::lapse(unit, case, row, Some(why), super::hold::Ended::Withdrawn).await?;
        return Ok(false);
    }
    let Some(row) = booked(unit, case).await?.filter(|row| row.id == id) else {
        return Ok(false);
    };
    unit.decide(case, Act::CancelAppointment).await?;
    let detail = json!({ "appointment": row.id, "rebook": true });
    drop_row(unit, case, row, why, When::Politely).await?;
    case.row.appointment_id = None;
    unit.apply(case, Act::CancelAppointment, Some(why), None, detail).await?;
    let cause = format!("cancel:{}:{}", case.row.id, case.row.version);
    unit.tell_referrer(case, StaffNotice::BookingCancelled, &cause).await?;
    Ok(true)
}

/// Gives back whatever time an ending referral still has. The caller changes the referral's own state before or after.
pub(crate) async fn drop_times(unit: &mut Unit<'_>, case: &mut Case, why: &str) -> Result<(), ServiceError> {
    let kept = kept(unit, case).await?;
    for row in [kept.offered, kept.chosen].into_iter().flatten() {
        give_back(unit, row, "lapsed").await?;
    }
    if let Some(row) = kept.booked {
        drop_row(unit, case, row, why, When::Politely).await?;
    }
    Ok(())
}

/// The visit is over: its time stays in the ledger as past, its state says how it went. A time on a later day is not what
/// took place: the patient came before, and it is given back.
pub(crate) async fn end_visit(unit: &mut Unit<'_>, case: &mut Case, state: &str) -> Result<(), ServiceError> {
    if let Some(mut row) = booked(unit, case).await? {
        let day = |at: chrono::DateTime<chrono::Utc>| at.with_timezone(&case.zone()).date_naive();
        if day(facts::instant(row.start_at)) > day(unit.call.now) {
            case.row.appointment_id = None;
            return drop_row(unit, case, row, "", When::Politely).await;
        }
        row.state = state.to_owned();
        row.changed_at = unit.call.now.timestamp_millis();
        store::appointments::update(&unit.tx, row).await?;
        reminders::withhold(unit, case).await?;
    }
    Ok(())
}

async fn drop_row(
    unit: &mut Unit<'_>,
    case: &Case,
    row: store::entity::appointment::Model,
    why: &str,
    when: When,
) -> Result<(), ServiceError> {
    let view = describe::appointment(&*unit.tx, case, &row, unit.call.now).await?;
    reminders::withhold(unit, case).await?;
    let mut row = give_back(unit, row, "cancelled").await?;
    row.sequence += 1;
    row.cancel_reason = Some(why.to_owned()).filter(|why| !why.is_empty());
    store::appointments::update(&unit.tx, row.clone()).await?;
    let mut letter = Letter::new(Template::BookingCancelled, format!("drop:{}:{}", row.id, row.sequence));
    letter.when = when;
    letter.facts.visit = Some(super::visit_time(&row));
    letter.facts.place = view.place.clone();
    letter.calendar =
        Some(calendar_part::cancel(case, &row, &view, unit.call.now, &unit.desk.settings.organizer)?);
    unit.tell_patient(case, letter).await
}

//! The visit took place, or it did not.

use contract::TextInput;
use domain::notice::StaffNotice;
use domain::referral::Act;
use domain::reminders::Rules;
use domain::{ReferralId, spoken};
use serde_json::json;

use super::fitting_text;
use crate::outbox::Letter;
use crate::ports::Template;
use crate::unit::{Begun, Unit};
use crate::{Call, Conflict, Desk, ServiceError, booking, facts, reasons};

/// Records that the patient has come. The time stays booked until it is said how the visit went.
pub async fn arrive(desk: &Desk, call: &Call, id: ReferralId, version: i64) -> Result<(), ServiceError> {
    let mut unit = match Unit::begin(desk, call, "arrive", &(id, version)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let mut case = unit.case(id).await?;
    unit.decide(&case, Act::Arrive).await?;
    unit.same_version(&case, version)?;
    let booked = booking::booked(&unit, &case).await?;
    let today = |at: chrono::DateTime<chrono::Utc>| at.with_timezone(&case.zone()).date_naive();
    if booked.as_ref().is_none_or(|visit| today(facts::instant(visit.start_at)) != today(call.now)) {
        return Err(Conflict::VisitOtherDay.into());
    }
    unit.apply(&mut case, Act::Arrive, None, None, json!({})).await?;
    unit.finish(()).await
}

/// Records that the patient was seen; the report is due from now on. Before the appointment begins it takes a word on
/// when they were seen instead; an appointment on a later day is then given back.
pub async fn record_visit(
    desk: &Desk,
    call: &Call,
    id: ReferralId,
    input: &TextInput,
) -> Result<(), ServiceError> {
    let mut unit = match Unit::begin(desk, call, "record-visit", &(id, input)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let mut case = unit.case(id).await?;
    unit.decide(&case, Act::RecordVisit).await?;
    unit.same_version(&case, input.version)?;
    let note = fitting_text("text", &input.text)?;
    if let Some(visit) = booking::to_come(&unit, &case).await?
        && note.is_empty()
    {
        let when = spoken::instant(facts::instant(visit.start_at), case.zone(), call.now);
        let remedy =
            format!("The appointment is only on {when}. If they were seen before, say here when and where.");
        return Err(ServiceError::invalid("text", remedy));
    }
    booking::end_visit(&mut unit, &mut case, "fulfilled").await?;
    unit.apply(&mut case, Act::RecordVisit, Some(note), None, json!({})).await?;
    unit.finish(()).await
}

/// Records that the patient did not come. Only once the time has begun; the patient and the referrer are told.
pub async fn mark_no_show(
    desk: &Desk,
    call: &Call,
    id: ReferralId,
    input: &TextInput,
) -> Result<(), ServiceError> {
    let mut unit = match Unit::begin(desk, call, "no-show", &(id, input)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let mut case = unit.case(id).await?;
    unit.decide(&case, Act::MarkNoShow).await?;
    unit.same_version(&case, input.version)?;
    if booking::to_come(&unit, &case).await?.is_some() {
        return Err(Conflict::VisitNotBegun.into());
    }
    let note = fitting_text("text", &input.text)?;
    let reason = reasons::chosen(&unit, Act::MarkNoShow, &input.reason).await?;
    let why = match &reason {
        Some(_) => reasons::why(reason.as_ref(), note, "text", "Say why.")?,
        None => note,
    };
    booking::end_visit(&mut unit, &mut case, "no-show").await?;
    let detail = reasons::with_reason(json!({}), reason.as_ref());
    unit.apply(&mut case, Act::MarkNoShow, Some(why), None, detail).await?;
    let cause = format!("no-show:{}:{}", case.row.id, case.row.version);
    unit.tell_referrer(&case, StaffNotice::Missed, &cause).await?;
    // Some services write a few days later, or leave it to people.
    if Rules::read(&case.service.reminders).missed_days == Some(0) {
        unit.tell_patient(&case, Letter::new(Template::VisitMissed, cause)).await?;
    }
    unit.finish(()).await
}

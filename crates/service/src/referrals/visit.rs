//! The visit took place, or it did not.

use contract::TextInput;
use domain::ReferralId;
use domain::notice::StaffNotice;
use domain::referral::Act;
use serde_json::json;

use super::fitting_text;
use crate::outbox::Letter;
use crate::ports::Template;
use crate::unit::{Begun, Unit};
use crate::{Call, Conflict, Desk, ServiceError, booking, facts};

/// Records that the patient was seen; the report is due from now on.
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
    let note = fitting_text("text", &input.text)?;
    booking::end_visit(&mut unit, &case, "fulfilled").await?;
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
    let booked = booking::booked(&unit, &case).await?;
    if booked.as_ref().is_some_and(|visit| facts::instant(visit.start_at) > call.now) {
        return Err(
            Conflict::Other("The visit has not begun yet, so nobody has missed it.".to_owned()).into()
        );
    }
    let note = fitting_text("text", &input.text)?;
    booking::end_visit(&mut unit, &case, "no-show").await?;
    unit.apply(&mut case, Act::MarkNoShow, Some(note), None, json!({})).await?;
    let cause = format!("no-show:{}:{}", case.row.id, case.row.version);
    unit.tell_referrer(&case, StaffNotice::Missed, &cause).await?;
    unit.tell_patient(&case, Letter::new(Template::VisitMissed, cause)).await?;
    unit.finish(()).await
}

//! Booking: a held time is confirmed, or staff book for somebody.

use contract::{HoldOutcome, SlotInput};
use domain::ReferralId;
use domain::notice::StaffNotice;
use domain::policy::Relation;
use domain::referral::{Act, State};
use serde_json::json;
use store::entity::appointment;

use super::hold::{
    Placing, alternatives, give_back, is_patient, lock_both, lock_own, place, readable_slot, still_held,
    still_instead_of,
};
use super::look_again::{self, Standing};
use super::search::kind_of;
use super::{Kept, calendar_part, kept, reminders, waitlist};
use crate::outbox::{Letter, When};
use crate::ports::Template;
use crate::unit::{Begun, Case, Unit};
use crate::{Call, Conflict, Desk, ServiceError, day_notices, describe, facts};

/// Confirms the held time, of two what was chosen last.
pub async fn confirm(
    desk: &Desk,
    call: &Call,
    id: ReferralId,
) -> Result<contract::AppointmentView, ServiceError> {
    Box::pin(confirm_shown(desk, call, id, "")).await
}

/// Confirms the held time that was shown, by its id. A time booked before goes back in the same transaction, and so does
/// what else was held: an offer beside which another time is taken is declined.
///
/// Errors: `Conflict` when the hold has ended, or the clinician's calendar says by now that they are busy then: the time is
/// given back.
pub async fn confirm_shown(
    desk: &Desk,
    call: &Call,
    id: ReferralId,
    shown: &str,
) -> Result<contract::AppointmentView, ServiceError> {
    Box::pin(look_again::calendars_of_held(desk, call, id)).await?;
    let mut unit = match Unit::begin(desk, call, "confirm", &(id, shown)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let mut case = unit.case(id).await?;
    lock_own(&unit, &case).await?;
    let kept = kept(&unit, &case).await?;
    let mut row = still_held(&unit, kept.meant(shown, call.now).cloned())?;
    let others: Vec<_> = kept.held().into_iter().filter(|other| other.id != row.id).cloned().collect();
    let old = kept.booked;
    unit.decide(&case, if old.is_some() { Act::Reschedule } else { Act::Book }).await?;
    if look_again::standing(&unit, &case, &row).await? == Standing::Busy {
        drop(unit);
        Box::pin(look_again::give_up(desk, call, id, row.id)).await?;
        return Err(Conflict::SlotTaken.into());
    }
    row.state = "booked".to_owned();
    row.hold_expires_at = None;
    row.booked_by = call.actor.key();
    row.changed_at = call.now.timestamp_millis();
    waitlist::settle(&unit, &row, "accepted").await?;
    store::appointments::update(&unit.tx, row.clone()).await?;
    for other in others {
        // The first word on an offer stands: it was answered, with another time.
        waitlist::settle(&unit, &other, "declined").await?;
        give_back(&unit, other, "lapsed").await?;
    }
    let moved = old.is_some();
    if let Some(old) = old {
        give_back(&unit, old, "cancelled").await?;
    }
    let view = settle_booking(&mut unit, &mut case, row, moved).await?;
    unit.finish(view).await
}

/// The receiving side books for somebody, beyond the capacity only with a reason.
pub async fn staff_book(
    desk: &Desk,
    call: &Call,
    id: ReferralId,
    input: &SlotInput,
) -> Result<HoldOutcome, ServiceError> {
    let (resource, start) = readable_slot(desk, call, id, input).await?;
    Box::pin(look_again::calendars(desk, call, id, resource)).await?;
    let booked = async {
        let mut unit = match Unit::begin(desk, call, "staff-book", &(id, input)).await? {
            Begun::Fresh(unit) => unit,
            Begun::Repeated(answer) => return Ok(answer),
        };
        let mut case = unit.case(id).await?;
        if !matches!(case.relation, Relation::Receiving | Relation::Product) {
            return Err(ServiceError::NotAllowed);
        }
        if input.only_open
            && !matches!(case.state, State::Accepted | State::AppointmentCancelled | State::NoShow)
        {
            return Err(Conflict::State { state: case.state }.into());
        }
        still_instead_of(&unit, &case, input).await?;
        if let Some(kind) = kind_of(&*unit.tx, &case, &input.visit_kind).await? {
            case.row.visit_kind = Some(kind);
        }
        let reason = Some(input.overbook_reason.trim().to_owned()).filter(|reason| !reason.is_empty());
        lock_both(&unit, &case, resource, start).await?;
        let Kept { offered, chosen, booked: old } = kept(&unit, &case).await?;
        for held in [offered, chosen].into_iter().flatten() {
            give_back(&unit, held, "lapsed").await?;
        }
        unit.decide(&case, if old.is_some() { Act::Reschedule } else { Act::Book }).await?;
        // It goes back first: the new time may overlap it, or be the last of the same day.
        let old = match old {
            Some(old) => Some(give_back(&unit, old, "cancelled").await?),
            None => None,
        };
        let row = place(&unit, &case, resource, start, Placing::Booked { overbook: reason }).await?;
        let view = settle_booking(&mut unit, &mut case, row, old.is_some()).await?;
        unit.finish(view).await
    };
    match booked.await {
        Err(ServiceError::Conflict(Conflict::SlotTaken)) => {
            alternatives(desk, call, id, (resource, start), &input.visit_kind).await
        }
        other => other.map(|appointment| HoldOutcome::Held { appointment }),
    }
}

/// What follows a booking: the referral moves on, everybody is told, reminders are planned.
async fn settle_booking(
    unit: &mut Unit<'_>,
    case: &mut Case,
    row: appointment::Model,
    moved: bool,
) -> Result<contract::AppointmentView, ServiceError> {
    Box::pin(waitlist::end(unit, case, "booked")).await?;
    reminders::withhold(unit, case).await?;
    day_notices::was_booked(unit, &row).await?;
    case.row.appointment_id = Some(row.id);
    let act = if moved { Act::Reschedule } else { Act::Book };
    let detail = json!({ "appointment": row.id, "start": facts::instant(row.start_at), "overbooked": row.overbook_reason.is_some() });
    let why = row.overbook_reason.clone();
    unit.apply(case, act, why.as_deref(), Some(facts::instant(row.end_at)), detail).await?;
    let view = describe::appointment(&*unit.tx, case, &row, unit.call.now).await?;
    tell_booked(unit, case, &row, &view, moved).await?;
    reminders::plan_all(unit, case, &row, &view).await?;
    Ok(view)
}

async fn tell_booked(
    unit: &mut Unit<'_>,
    case: &Case,
    row: &appointment::Model,
    view: &contract::AppointmentView,
    moved: bool,
) -> Result<(), ServiceError> {
    let cause = format!("book:{}:{}", row.id, row.sequence);
    // The invariant looks for the first confirmation; a move has its own words and the same calendar entry.
    let template = if moved { Template::BookingChanged } else { Template::BookingConfirmed };
    let mut letter = Letter::new(template, cause.clone());
    letter.when = if is_patient(unit.call) { When::AtOnce } else { When::Politely };
    letter.facts.visit = Some(super::visit_time(row));
    letter.visit = Some(row.id);
    letter.facts.place = view.place.clone();
    letter.calendar =
        Some(calendar_part::request(case, row, view, unit.call.now, &unit.desk.settings.organizer)?);
    unit.tell_patient(case, letter).await?;
    unit.tell_referrer(case, StaffNotice::Booked, &cause).await
}

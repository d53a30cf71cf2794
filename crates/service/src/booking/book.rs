//! Booking: a held time is confirmed, or staff book for somebody.

use chrono::{Duration, NaiveTime};
use contract::{HoldOutcome, SlotInput};
use domain::ReferralId;
use domain::calendar_days::at_wall;
use domain::delivery::Channel;
use domain::notice::StaffNotice;
use domain::policy::Relation;
use domain::referral::{Act, State};
use serde_json::json;
use store::entity::appointment;
use store::messages::flight;

use super::hold::{
    Placing, alternatives, give_back, is_patient, lock_both, lock_own, place, readable_slot, still_held,
    still_instead_of,
};
use super::look_again::{self, Standing};
use super::search::kind_of;
use super::{Kept, calendar_part, kept, waitlist};
use crate::outbox::{Letter, When};
use crate::ports::Template;
use crate::unit::{Begun, Case, Unit};
use crate::{Call, Conflict, Desk, ServiceError, describe, dispatch, facts};

/// How long before a visit its patient is reminded.
const REMINDED_DAYS_BEFORE: [i64; 2] = [14, 4];

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
    withhold_reminders(unit, case).await?;
    case.row.appointment_id = Some(row.id);
    let act = if moved { Act::Reschedule } else { Act::Book };
    let detail = json!({ "appointment": row.id, "start": facts::instant(row.start_at), "overbooked": row.overbook_reason.is_some() });
    let why = row.overbook_reason.clone();
    unit.apply(case, act, why.as_deref(), Some(facts::instant(row.end_at)), detail).await?;
    let view = describe::appointment(&*unit.tx, case, &row, unit.call.now).await?;
    tell_booked(unit, case, &row, &view, moved).await?;
    plan_reminders(unit, case, &row, &view).await?;
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
    letter.facts.place = view.place.clone();
    letter.calendar =
        Some(calendar_part::request(case, row, view, unit.call.now, &unit.desk.settings.organizer)?);
    unit.tell_patient(case, letter).await?;
    unit.tell_referrer(case, StaffNotice::Booked, &cause).await
}

/// Reminders 14 and 4 days before, at 9:00 local time; steps that are past already are skipped, never sent late.
async fn plan_reminders(
    unit: &mut Unit<'_>,
    case: &Case,
    row: &appointment::Model,
    view: &contract::AppointmentView,
) -> Result<(), ServiceError> {
    for days in REMINDED_DAYS_BEFORE {
        let when = reminded(row, case, days);
        if matches!(when, When::Between(at, _) if at <= unit.call.now) {
            continue;
        }
        let mut letter = Letter::new(Template::ReminderAppointment, planned(row, days));
        letter.facts.visit = Some(super::visit_time(row));
        letter.facts.place = view.place.clone();
        letter.visit = Some(row.id);
        letter.when = when;
        unit.tell_patient(case, letter).await?;
    }
    Ok(())
}

/// When a reminder goes so many days before a visit.
fn reminded(row: &appointment::Model, case: &Case, days: i64) -> When {
    let zone: chrono_tz::Tz = row.zone.parse().unwrap_or(case.zone());
    let day = facts::instant(row.start_at).with_timezone(&zone).date_naive() - Duration::days(days);
    let at = at_wall(day, NaiveTime::from_hms_opt(9, 0, 0).unwrap_or_default(), zone);
    When::Between(at, at + Duration::hours(12))
}

/// Makes a reminder unique.
fn planned(row: &appointment::Model, days: i64) -> String {
    format!("planned:{}:{days}", row.id)
}

/// What follows when a visit has another instant and the same time on the clock: reminders that wait are due by the clock of
/// now, and whoever has the visit in their calendar gets the entry anew. Nothing else is said: nothing else has changed.
pub(crate) async fn follow(
    unit: &mut Unit<'_>,
    case: &Case,
    row: &appointment::Model,
) -> Result<(), ServiceError> {
    let waiting = store::messages::of_referral(&*unit.tx, case.organisation_id(), case.id()).await?;
    for days in REMINDED_DAYS_BEFORE {
        let cause = format!("{}:{}:", Template::ReminderAppointment, planned(row, days));
        let (due, expires) =
            reminded(row, case, days).planned(unit.call.now, case.zone(), unit.desk.settings.quiet);
        let those = waiting.iter().filter(|one| one.state == "created" && one.dedupe_key.starts_with(&cause));
        for message in those {
            let (due, expires) = (due.timestamp_millis(), expires.map(|at| at.timestamp_millis()));
            flight::replan(&unit.tx, message.id, due, expires).await?;
        }
    }
    if case.patient.email.is_none() {
        return Ok(());
    }
    let view = describe::appointment(&*unit.tx, case, row, unit.call.now).await?;
    let cause = format!("clock-rules:{}:{}", row.id, row.sequence);
    let mut letter = Letter::new(Template::CalendarRenewed, cause);
    letter.by = Some(Channel::Email);
    letter.facts.visit = Some(super::visit_time(row));
    letter.facts.place = view.place.clone();
    letter.calendar =
        Some(calendar_part::request(case, row, &view, unit.call.now, &unit.desk.settings.organizer)?);
    unit.tell_patient(case, letter).await
}

/// Reminders of a time that no longer holds are not sent.
pub(super) async fn withhold_reminders(unit: &mut Unit<'_>, case: &Case) -> Result<(), ServiceError> {
    unit.post.write(&unit.tx).await?;
    let all = store::messages::of_referral(&*unit.tx, case.organisation_id(), case.id()).await?;
    let reminders = all
        .into_iter()
        .filter(|one| one.template == Template::ReminderAppointment.code() && dispatch::has_not_left(one));
    dispatch::withhold(&unit.tx, unit.call.now, &reminders.collect::<Vec<_>>(), "the time no longer holds")
        .await
}

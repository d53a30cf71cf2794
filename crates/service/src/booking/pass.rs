//! No time is free while the visit should begin: the clinic finds one, and a clock of its own says by when.

use chrono::{DateTime, Utc};
use contract::TimesQuery;
use domain::ReferralId;
use domain::referral::{Act, NextStep};
use scheduling::Window;
use serde_json::json;
use store::Db;

use super::find::{best_times, window_ends};
use super::hold::is_patient;
use super::search::FARTHEST;
use crate::unit::{Begun, Case, Unit};
use crate::{Call, Conflict, Desk, ServiceError};

/// The patient asks the clinic to find a time, where none is free in their window; or the receiving side takes that on
/// without being asked.
///
/// Errors: `Conflict` for the patient when a time is free after all.
pub async fn pass_booking(desk: &Desk, call: &Call, id: ReferralId) -> Result<(), ServiceError> {
    let mut unit = match Unit::begin(desk, call, "pass-booking", &id).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let mut case = unit.case(id).await?;
    unit.decide(&case, Act::PassBooking).await?;
    if case.plan().step == Some(NextStep::ClinicBooks) {
        return unit.finish(()).await;
    }
    if is_patient(call) {
        super::hold::chooses(case.plan().step)?;
        if Box::pin(has_time(desk, &*unit.tx, call, &case, &TimesQuery::default())).await? {
            return Err(Conflict::TimesFree.into());
        }
    }
    pass_on(&mut unit, &mut case).await?;
    unit.finish(()).await
}

/// Passes the duty to book to the clinic: an event, a next action and a due time of its own.
pub(crate) async fn pass_on(unit: &mut Unit<'_>, case: &mut Case) -> Result<(), ServiceError> {
    case.row.next_step = Some(NextStep::ClinicBooks.code().to_owned());
    // The duty is a new one, though the state is the same.
    case.row.due_at = None;
    let why = match window_ends(case) {
        Some(ends) if ends <= unit.call.now => "The days in which this should be seen are over",
        Some(_) => "No time is free within the days in which this should be seen",
        None => "No time is free on the days that can be booked",
    };
    let detail = json!({ "window_ends": window_ends(case) });
    unit.apply(case, Act::PassBooking, Some(why), None, detail).await?;
    Ok(())
}

/// From a moment on until the visit should have begun, or as far as times are offered. `None`: that is over, and no time is
/// in it.
pub(super) fn window(case: &Case, from: DateTime<Utc>, now: DateTime<Utc>) -> Option<Window> {
    let last = now + FARTHEST;
    let to = window_ends(case).map_or(last, |ends| ends.min(last));
    (from < to).then_some(Window { from, to })
}

/// Whether a time that suits is free while the visit should begin. The page, the patient's own request, acceptance and the
/// clock all mean this.
pub(super) async fn has_time(
    desk: &Desk,
    db: &impl Db,
    call: &Call,
    case: &Case,
    query: &TimesQuery,
) -> Result<bool, ServiceError> {
    match window(case, call.now, call.now) {
        Some(window) => Ok(!best_times(desk, db, call, case, window, query).await?.is_empty()),
        None => Ok(false),
    }
}

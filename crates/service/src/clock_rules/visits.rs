//! Visits whose instant is no longer the wall time that their patients were promised.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use chrono::{DateTime, Utc};
use domain::notice::StaffNotice;
use domain::referral::{State, duty};
use domain::{AppointmentId, OrganisationId, ReferralId};
use scheduling::wall::EDITION;
use scheduling::{QUANTUM_SECONDS, Reread, quanta};
use serde_json::json;
use store::clock_rules::PlannedVisit;
use store::entity::{appointment, event, replanned};
use uuid::Uuid;

use super::{a_day_before, looked_up};
use crate::availability::broken;
use crate::unit::{Begun, Case, Unit, owe_by};
use crate::{Call, Desk, ServiceError, booking, facts, ids};

/// Under this code visits are listed that cannot be moved.
const CAUSE: &str = "clock-rules";
const REPLAN: &str = "replan-visit";

/// What became of a visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Became {
    Moved,
    Listed,
    /// Nothing: it is right, or somebody stands in its way who may be moved as well.
    AsItWas,
}

/// Moves visits to the instants of their wall times. Who stands in another's way may have to be moved first: it is tried again
/// until a round leaves the same ones; those are listed.
pub(super) async fn replan(desk: &Desk, call: &Call) -> Result<u64, ServiceError> {
    let (mut done, mut before) = (0, BTreeSet::new());
    loop {
        let mut off = astray(desk.store.reader(), call.now).await?;
        off.retain(|visit| visit.settled_at.is_none());
        in_order(&mut off);
        let ids: BTreeSet<Uuid> = off.iter().map(|visit| visit.id).collect();
        let is_last = ids == before;
        for visit in &off {
            match Box::pin(one(desk, call, visit, is_last)).await {
                Ok(Became::AsItWas) => {}
                Ok(Became::Moved | Became::Listed) => done += 1,
                Err(error) => {
                    tracing::error!(appointment = %visit.id, %error, "a visit could not be planned again")
                }
            }
        }
        if is_last {
            return Ok(done);
        }
        before = ids;
    }
}

/// Visits to come, by their instants or by their wall times, that are not where their wall times are.
pub(super) async fn astray(
    db: &impl store::Db,
    now: DateTime<Utc>,
) -> Result<Vec<PlannedVisit>, ServiceError> {
    let mut all = store::clock_rules::visits_after(db, a_day_before(now)).await?;
    all.retain(|visit| match looked_up(&visit.start_wall, &visit.zone, visit.start_at) {
        Some(Reread::Same) => false,
        Some(Reread::Moved(to) | Reread::Skipped(to)) => to.max(facts::instant(visit.start_at)) > now,
        None => facts::instant(visit.start_at) > now,
    });
    Ok(all)
}

/// How many visits to come were moved.
pub(crate) async fn how_many_moved(
    db: &impl store::Db,
    organisation: OrganisationId,
    now: DateTime<Utc>,
) -> Result<u64, ServiceError> {
    let count = store::clock_rules::count_moved(db, organisation, now.timestamp_millis()).await?;
    Ok(u64::try_from(count).unwrap_or_default())
}

/// Whoever moves later the latest first, whoever moves earlier the earliest first: neighbours make room for each other.
fn in_order(visits: &mut [PlannedVisit]) {
    visits.sort_by_key(|visit| {
        let to = match looked_up(&visit.start_wall, &visit.zone, visit.start_at) {
            Some(Reread::Moved(to)) => to.timestamp_millis(),
            _ => visit.start_at,
        };
        if to > visit.start_at { (0, -visit.start_at, visit.id) } else { (1, visit.start_at, visit.id) }
    });
}

/// One visit, in one transaction.
async fn one(desk: &Desk, call: &Call, visit: &PlannedVisit, is_last: bool) -> Result<Became, ServiceError> {
    let organisation = OrganisationId(visit.organisation_id);
    let Begun::Fresh(mut unit) = Unit::begin::<_, ()>(desk, call, REPLAN, &visit.id).await? else {
        return Ok(Became::AsItWas);
    };
    let mut case = unit.case(ReferralId(visit.referral_id)).await?;
    lock(&unit, organisation, visit).await?;
    // Read after the lock: another server may have moved it a moment ago.
    let row = store::appointments::find(&*unit.tx, organisation, AppointmentId(visit.id)).await?;
    let Some(row) = row.filter(|row| matches!(row.state.as_str(), "held" | "booked")) else {
        return Ok(Became::AsItWas);
    };
    let to = match looked_up(&row.start_wall, &row.zone, row.start_at) {
        Some(Reread::Same) => return Ok(Became::AsItWas),
        Some(Reread::Moved(to)) if to > call.now => Some(moved(&row, to, call.now)),
        // Nobody can be seen in the past, nor at a time that no clock shows.
        Some(Reread::Moved(_) | Reread::Skipped(_)) | None => None,
    };
    if let Some(to) = to
        && is_free(&unit, &row, &to).await?
    {
        Box::pin(shift(&mut unit, &mut case, &row, to)).await?;
        unit.finish(()).await?;
        return Ok(Became::Moved);
    }
    if !is_last || visit.is_listed {
        return Ok(Became::AsItWas);
    }
    let lines = store::appointments::lines(&*unit.tx, organisation, &[row.id]).await?;
    let why = "The clock rules of the place have changed, and this time cannot be kept";
    broken::list_all(&mut unit, organisation, &lines, why, (CAUSE, row.id)).await?;
    if row.state == "booked" {
        let told = (StaffNotice::InDoubt, "/availability/rebooking");
        broken::tell_of(&mut unit, organisation, &case.row.reference, told, &cause("doubt", call)).await?;
    }
    unit.finish(()).await?;
    Ok(Became::Listed)
}

/// One mail a day for all visits alike.
fn cause(what: &str, call: &Call) -> String {
    format!("clock-rules:{what}:{EDITION}:{}", call.now.date_naive())
}

/// The same visit at another instant: as long, and a later version of its calendar entry.
fn moved(row: &appointment::Model, to: DateTime<Utc>, now: DateTime<Utc>) -> appointment::Model {
    let to = to.timestamp_millis();
    appointment::Model {
        start_at: to,
        end_at: row.end_at + (to - row.start_at),
        sequence: row.sequence + 1,
        changed_at: now.timestamp_millis(),
        ..row.clone()
    }
}

/// What a visit takes of the ledger, buffers included.
fn takes(row: &appointment::Model) -> RangeInclusive<i64> {
    let minutes = |buffer: i64| u32::try_from(buffer).unwrap_or_default();
    let (before, after) = (minutes(row.buffer_before_min), minutes(row.buffer_after_min));
    quanta(facts::instant(row.start_at), facts::instant(row.end_at), before, after)
}

/// Takes the weeks of both instants before anything is looked at, as whoever books does.
async fn lock(
    unit: &Unit<'_>,
    organisation: OrganisationId,
    visit: &PlannedVisit,
) -> Result<(), ServiceError> {
    store::free_busy::beside(&unit.tx, organisation).await?;
    let of = ReferralId(visit.referral_id);
    let held = store::appointments::held_by(&*unit.tx, organisation, of).await?;
    // Clocks are set by less than a day; only the islands at the date line ever lost one.
    let day = 26 * 3_600 / QUANTUM_SECONDS;
    let weeks: Vec<_> =
        held.into_iter().flat_map(|(id, first)| [-day, 0, day].map(|by| (id, first + by))).collect();
    Ok(store::free_busy::lock(&unit.tx, organisation, &weeks).await?)
}

/// Whether nobody else has the new time, and no leave lies over it that did not lie over the old one.
async fn is_free(
    unit: &Unit<'_>,
    row: &appointment::Model,
    to: &appointment::Model,
) -> Result<bool, ServiceError> {
    if store::appointments::is_in_the_way(&*unit.tx, row, &takes(to)).await? {
        return Ok(false);
    }
    let organisation = OrganisationId(row.organisation_id);
    let ids = store::appointments::takes(&*unit.tx, organisation, row.id).await?;
    let away = async |row: &appointment::Model| {
        store::leave::touching(&*unit.tx, organisation, &ids, row.start_at, row.end_at).await
    };
    let known: Vec<Uuid> = away(row).await?.into_iter().map(|leave| leave.id).collect();
    Ok(away(to).await?.iter().all(|leave| known.contains(&leave.id)))
}

/// Moves a visit with all that hangs on its instant: the ledger, the due time, reminders and the patient's calendar entry.
async fn shift(
    unit: &mut Unit<'_>,
    case: &mut Case,
    row: &appointment::Model,
    to: appointment::Model,
) -> Result<(), ServiceError> {
    let organisation = case.organisation_id();
    store::appointments::shift(&unit.tx, row, to.clone(), takes(&to)).await?;
    unit.frees_time();
    let moved = replanned::Model {
        organisation_id: organisation.0,
        id: ids::fresh(unit.call.now),
        appointment_id: to.id,
        referral_id: to.referral_id,
        resource_id: to.resource_id,
        zone: to.zone.clone(),
        start_wall: to.start_wall.clone(),
        from_at: row.start_at,
        to_at: to.start_at,
        edition: EDITION.to_owned(),
        at: unit.call.now.timestamp_millis(),
    };
    store::clock_rules::note_moved(&unit.tx, moved).await?;
    store::leave::forget_cause(&unit.tx, organisation, (CAUSE, to.id), &[]).await?;
    if to.state == "booked" {
        if case.state == State::Booked {
            owe_anew(unit, case, &to).await?;
        }
        write_down(unit, case, row, &to).await?;
        booking::follow(unit, case, &to).await?;
        let told = (StaffNotice::Replanned, super::page::PATH);
        let cause = cause("moved", unit.call);
        broken::tell_of(unit, organisation, &case.row.reference, told, &cause).await?;
    }
    unit.record(REPLAN, &case.touched("appointment"));
    unit.notify(case);
    Ok(())
}

/// Whoever owes the record of the visit owes it after the new end.
async fn owe_anew(unit: &Unit<'_>, case: &mut Case, to: &appointment::Model) -> Result<(), ServiceError> {
    let (now, ends) = (unit.call.now, facts::instant(to.end_at));
    let owed = duty(case.state, case.priority(), &case.clocks(), now, Some(ends), case.zone());
    if let Some(owed) = owed {
        owe_by(case, owed.due);
    }
    unit.keep_promise(case).await?;
    store::referrals::update(&unit.tx, case.row.clone()).await?;
    case.row.version += 1;
    Ok(())
}

/// The line in the referral's history.
async fn write_down(
    unit: &Unit<'_>,
    case: &Case,
    from: &appointment::Model,
    to: &appointment::Model,
) -> Result<(), ServiceError> {
    let detail = json!({
        "appointment": to.id, "from": facts::instant(from.start_at), "start": facts::instant(to.start_at),
        "wall": to.start_wall, "zone": to.zone, "edition": EDITION,
    });
    let line = event::Model {
        organisation_id: case.row.organisation_id,
        id: ids::fresh(unit.call.now),
        referral_id: case.row.id,
        at: unit.call.now.timestamp_millis(),
        kind: "visit_replanned".to_owned(),
        actor: unit.call.actor.key(),
        actor_name: unit.call.actor.label(),
        from_state: Some(case.state.code().to_owned()),
        to_state: case.state.code().to_owned(),
        why: None,
        detail: detail.to_string(),
    };
    Ok(store::referrals::add_event(&unit.tx, line).await?)
}

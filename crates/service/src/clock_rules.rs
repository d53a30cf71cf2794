//! What is planned for a wall time stays at that time when a new edition of the time zone data says that it is another instant.
//!
//! People were promised what a clock shows. So leave, visits and due times are read again at every start and once a day; a visit
//! that cannot be moved is put before the coordinators, never moved or dropped in silence.

mod page;
mod visits;

use chrono::{DateTime, Utc};
use domain::referral::State;
use domain::{OrganisationId, ReferralId, dates};
use scheduling::wall::EDITION;
use scheduling::{Reread, reread};
use store::referrals::DueRow;
use uuid::Uuid;

use crate::audit::Touched;
use crate::unit::{Begun, Unit, owe_by};
use crate::{Call, Desk, ServiceError, availability, facts};

pub use page::moved;
pub(crate) use visits::how_many_moved;

/// Reads everything again that is planned for a wall time; answers how much was moved or put before somebody.
///
/// Each thing is a transaction of its own, looked at once more inside it, so that servers may do this side by side. A program
/// with older time zone data than has been read by leaves everything alone: it knows less than whoever moved it.
pub(crate) async fn replan(desk: &Desk, call: &Call) -> Result<u64, ServiceError> {
    let known = store::clock_rules::newest_edition(desk.store.reader()).await?;
    if known.as_deref().is_some_and(|known| known > EDITION) {
        tracing::info!(own = EDITION, known, "plans were read by newer clock rules, and stay");
        return Ok(0);
    }
    let is_new = known.as_deref() != Some(EDITION);
    let mut done = leaves(desk, call).await?;
    done += visits::replan(desk, call).await?;
    if is_new {
        // After the visits: what a calendar says of them is looked at again with each calendar, where they are by then.
        availability::expand_all(desk, call).await?;
    }
    done += dues(desk, call).await?;
    if is_new {
        let tx = desk.store.write_tx().await?;
        store::clock_rules::note_edition(&tx, EDITION, call.now.timestamp_millis()).await?;
        tx.commit().await?;
    }
    if done > 0 {
        tracing::info!(done, edition = EDITION, "plans were read again by the clock rules of now");
    }
    Ok(done)
}

/// Visits and due times to come whose instant is not the promised wall time, but for visits that are listed because of that.
pub(crate) async fn astray(desk: &Desk, now: DateTime<Utc>) -> Result<Vec<Uuid>, ServiceError> {
    let db = desk.store.reader();
    if store::clock_rules::newest_edition(db).await?.is_some_and(|known| known.as_str() > EDITION) {
        return Ok(Vec::new());
    }
    let off = visits::astray(db, now).await?;
    let mut ids: Vec<Uuid> = off.iter().filter(|visit| !visit.is_listed).map(|visit| visit.id).collect();
    ids.extend(dues_astray(db, now).await?.into_iter().map(|due| due.id));
    Ok(ids)
}

/// What a stored instant is by the clock rules of now; `None`: zone or wall time cannot be read.
fn looked_up(wall: &str, zone: &str, at: i64) -> Option<Reread> {
    Some(reread(dates::wall(wall)?, zone.parse().ok()?, facts::instant(at)))
}

/// Where something that is no visit belongs, in ms: a time that the clocks skip is read with the offset before the gap.
fn belongs(wall: &str, zone: &str, at: i64) -> i64 {
    match looked_up(wall, zone, at) {
        Some(Reread::Moved(to) | Reread::Skipped(to)) => to.timestamp_millis(),
        Some(Reread::Same) | None => at,
    }
}

/// Leave: nobody is seen between two wall times.
async fn leaves(desk: &Desk, call: &Call) -> Result<u64, ServiceError> {
    let mut moved = 0;
    for row in store::leave::ending_after(desk.store.reader(), a_day_before(call.now)).await? {
        if leave_belongs(&row) == (row.from_at, row.to_at) {
            continue;
        }
        match one_leave(desk, call, &row).await {
            Ok(is_moved) => moved += u64::from(is_moved),
            Err(error) => tracing::error!(leave = %row.id, %error, "leave could not be planned again"),
        }
    }
    Ok(moved)
}

fn leave_belongs(row: &store::entity::leave::Model) -> (i64, i64) {
    (belongs(&row.from_wall, &row.zone, row.from_at), belongs(&row.to_wall, &row.zone, row.to_at))
}

async fn one_leave(
    desk: &Desk,
    call: &Call,
    row: &store::entity::leave::Model,
) -> Result<bool, ServiceError> {
    let organisation = OrganisationId(row.organisation_id);
    let Begun::Fresh(mut unit) = Unit::begin::<_, ()>(desk, call, "replan-leave", &row.id).await? else {
        return Ok(false);
    };
    store::free_busy::alone(&unit.tx, organisation).await?;
    // Another server may have moved it meanwhile.
    let known = store::leave::find(&*unit.tx, organisation, row.id).await?;
    let Some(mut row) = known.filter(|row| leave_belongs(row) != (row.from_at, row.to_at)) else {
        return Ok(false);
    };
    (row.from_at, row.to_at) = leave_belongs(&row);
    let id = Some(row.id);
    store::leave::update(&unit.tx, row).await?;
    unit.record("replan-leave", &Touched { organisation, entity: "availability", id, patient: None });
    unit.finish(()).await?;
    Ok(true)
}

/// When referrals are due.
async fn dues(desk: &Desk, call: &Call) -> Result<u64, ServiceError> {
    let mut moved = 0;
    for due in dues_astray(desk.store.reader(), call.now).await? {
        match one_due(desk, call, &due).await {
            Ok(is_moved) => moved += u64::from(is_moved),
            Err(error) => {
                tracing::error!(referral = %due.id, %error, "its due time could not be planned again")
            }
        }
    }
    Ok(moved)
}

async fn dues_astray(db: &impl store::Db, now: DateTime<Utc>) -> Result<Vec<DueRow>, ServiceError> {
    let mut all = store::referrals::due_after(db, now.timestamp_millis()).await?;
    all.retain(|due| belongs(&due.due_wall, &due.due_zone, due.due_at) != due.due_at);
    Ok(all)
}

async fn one_due(desk: &Desk, call: &Call, due: &DueRow) -> Result<bool, ServiceError> {
    let Begun::Fresh(mut unit) = Unit::begin::<_, bool>(desk, call, "replan-due", &due.id).await? else {
        return Ok(false);
    };
    let mut case = unit.case(ReferralId(due.id)).await?;
    let (Some(at), Some(zone), Some(wall)) = (case.row.due_at, &case.row.due_zone, &case.row.due_wall) else {
        return unit.finish(false).await;
    };
    let to = belongs(wall, zone, at);
    if to == at {
        return unit.finish(false).await;
    }
    // A hold ends after so many minutes, and a booked visit was looked at itself: there the instant is what was meant.
    let is_instant = matches!(case.state, State::Offered | State::Booked);
    owe_by(&mut case, facts::instant(if is_instant { at } else { to }));
    store::referrals::update(&unit.tx, case.row.clone()).await?;
    case.row.version += 1;
    unit.record("replan-due", &case.touched("referral"));
    unit.notify(&case);
    unit.finish(true).await
}

/// So long before something that is over by its instant it may still be to come by its wall time (ms).
fn a_day_before(now: DateTime<Utc>) -> i64 {
    (now - chrono::Duration::hours(26)).timestamp_millis()
}

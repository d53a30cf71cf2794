//! Before a time is given away, the subscribed calendars of the clinician, and of rooms and machines, are read once more.

use std::collections::BTreeSet;

use domain::{Actor, OrganisationId, ReferralId, ResourceId, ServiceId};
use scheduling::Window;
use store::entity::appointment;
use uuid::Uuid;

use super::hold::{Ended, lapse, lock_own};
use super::{kept, search};
use crate::unit::{Begun, Case, Unit, visible_row};
use crate::{Call, Conflict, Desk, ServiceError, facts};

/// Reads the calendars of whoever would see the patient, and of the rooms and machines that any of their sessions takes.
/// Whether the caller may have the time, or know of the referral at all, is decided later.
pub(super) async fn calendars(
    desk: &Desk,
    call: &Call,
    id: ReferralId,
    resource: ResourceId,
) -> Result<(), ServiceError> {
    let db = desk.store.reader();
    let Some((row, _)) = visible_row(db, call, id).await? else { return Ok(()) };
    let organisation = OrganisationId(row.organisation_id);
    let mut all = BTreeSet::from([resource.0]);
    for rule in store::calendars::rules_with(db, organisation, ServiceId(row.service_id), resource).await? {
        // One that cannot be read is refused by the search.
        let also: Vec<Vec<Uuid>> = serde_json::from_str(&rule.also).unwrap_or_default();
        all.extend(also.into_iter().flatten());
    }
    let all: Vec<Uuid> = all.into_iter().collect();
    crate::availability::recheck(desk, call, organisation, &all).await
}

/// The same for the times that a referral holds.
pub(super) async fn calendars_of_held(desk: &Desk, call: &Call, id: ReferralId) -> Result<(), ServiceError> {
    let db = desk.store.reader();
    let Some((row, _)) = visible_row(db, call, id).await? else { return Ok(()) };
    let organisation = OrganisationId(row.organisation_id);
    let rows = store::appointments::of_referral(db, organisation, id).await?;
    let mut whose = BTreeSet::new();
    for row in rows.iter().filter(|row| row.state == "held") {
        whose.extend(store::appointments::takes(db, organisation, row.id).await?);
    }
    let whose: Vec<Uuid> = whose.into_iter().collect();
    crate::availability::recheck(desk, call, organisation, &whose).await
}

/// What the calendars say of a held time by now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Free,
    /// Something else is in the calendar then, the clinician's or a room's; or they are not there.
    Busy,
}

/// Whether a held time may be booked.
///
/// Errors: `Conflict` while the calendars cannot be relied on; the time stays held.
pub(super) async fn standing(
    unit: &Unit<'_>,
    case: &Case,
    row: &appointment::Model,
) -> Result<Standing, ServiceError> {
    let organisation = case.organisation_id();
    let ids = store::appointments::takes(&*unit.tx, organisation, row.id).await?;
    let now = unit.call.now.timestamp_millis();
    // As the search has it: with the time that is kept free before and after.
    let span = (row.start_at - row.buffer_before_min * 60_000, row.end_at + row.buffer_after_min * 60_000);
    if !store::free_busy::uncertain(&*unit.tx, organisation, &ids, span, now).await?.is_empty() {
        return Err(Conflict::CalendarUnknown.into());
    }
    let (from, to) = (span.0.div_euclid(60_000), -(-span.1).div_euclid(60_000));
    let busy = store::free_busy::busy(&*unit.tx, organisation, &ids, from, to).await?;
    let is_busy = busy.values().any(|stretches| !stretches.is_empty())
        || !store::leave::touching(&*unit.tx, organisation, &ids, span.0, span.1).await?.is_empty()
        || is_closed(unit, organisation, row).await?
        || store::calendars::bookable_of(&*unit.tx, organisation, &ids)
            .await?
            .iter()
            .filter_map(crate::availability::gone_from)
            .any(|gone| gone.timestamp_millis() <= row.start_at);
    Ok(if is_busy { Standing::Busy } else { Standing::Free })
}

/// Whether the day has been closed since, for everybody or for the clinician: a visit that lasts into a closed day counts. Of
/// one session alone its held times went back.
async fn is_closed(
    unit: &Unit<'_>,
    organisation: OrganisationId,
    row: &appointment::Model,
) -> Result<bool, ServiceError> {
    let window = Window { from: facts::instant(row.start_at), to: facts::instant(row.end_at) };
    let closed = search::days_without_anybody(&*unit.tx, organisation, window).await?;
    Ok(closed.iter().any(|days| {
        days.from < window.to && window.from < days.to && days.who.is_none_or(|one| one == row.resource_id)
    }))
}

/// Gives a held time back at which the clinician is busy after all.
pub(super) async fn give_up(
    desk: &Desk,
    call: &Call,
    id: ReferralId,
    appointment: uuid::Uuid,
) -> Result<(), ServiceError> {
    let own = Call::new(Actor::system("calendars", call.actor.request), call.now);
    let Begun::Fresh(mut unit) = Unit::begin::<_, ()>(desk, &own, "lapse", &id).await? else {
        return Ok(());
    };
    let mut case = unit.case(id).await?;
    lock_own(&unit, &case).await?;
    let row = kept(&unit, &case).await?.held().into_iter().find(|row| row.id == appointment).cloned();
    if let Some(row) = row {
        // Whoever took it did answer.
        lapse(&mut unit, &mut case, row, Some("The clinician is busy then after all"), Ended::Refused)
            .await?;
    }
    unit.finish(()).await
}

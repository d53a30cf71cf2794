//! Busy time that comes by calendar over a visit that is booked already: the visit stays, is listed, and the coordinators are
//! told once.

use std::collections::HashSet;

use domain::OrganisationId;
use store::appointments::Clash;
use store::entity::calendar;
use uuid::Uuid;

use crate::ServiceError;
use crate::availability::broken;
use crate::unit::Unit;

/// Under this code such visits are listed.
const CAUSE: &str = "calendar";

/// Booked visits that lie over what a calendar says is busy, as far as that is known now.
pub(super) async fn under(unit: &Unit<'_>, row: &calendar::Model) -> Result<Vec<Clash>, ServiceError> {
    let Some(resource) = row.resource_id else {
        return Ok(Vec::new());
    };
    let (organisation, now) = (OrganisationId(row.organisation_id), unit.call.now.timestamp_millis());
    let mut all = store::appointments::clashing(&*unit.tx, organisation, (resource, row.id), now).await?;
    // Whoever put our own invitation into their calendar is busy with that very visit.
    all.retain(|clash| clash.uid != crate::booking::uid(domain::ReferralId(clash.referral_id)));
    Ok(all)
}

/// Lists booked visits over which a calendar's busy times lie now, and takes those off the list over which they lie no more.
/// Who overbooked on purpose over what was `known` busy then is not asked again.
pub(super) async fn heed(
    unit: &mut Unit<'_>,
    row: &calendar::Model,
    known: &[Clash],
) -> Result<(), ServiceError> {
    let organisation = OrganisationId(row.organisation_id);
    let clashes = under(unit, row).await?;
    let known: HashSet<Uuid> = known.iter().map(|clash| clash.id).collect();
    let still: HashSet<Uuid> = clashes.iter().map(|clash| clash.id).collect();
    let still: Vec<Uuid> = still.into_iter().collect();
    store::leave::forget_cause(&unit.tx, organisation, (CAUSE, row.id), &still).await?;
    let is_new = |clash: &&Clash| {
        clash.cause.is_none() && !(clash.overbook_reason.is_some() && known.contains(&clash.id))
    };
    let new: HashSet<Uuid> = clashes.iter().filter(is_new).map(|clash| clash.id).collect();
    let new: Vec<Uuid> = new.into_iter().collect();
    let lines = store::appointments::lines(&*unit.tx, organisation, &new).await?;
    broken::list_further(unit, organisation, &lines, (CAUSE, row.id)).await.map(|_| ())
}

/// A calendar goes: it speaks against no visit any more.
pub(super) async fn forget(unit: &Unit<'_>, row: &calendar::Model) -> Result<(), ServiceError> {
    let organisation = OrganisationId(row.organisation_id);
    store::leave::forget_cause(&unit.tx, organisation, (CAUSE, row.id), &[]).await?;
    Ok(())
}

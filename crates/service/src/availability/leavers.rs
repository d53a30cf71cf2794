//! People who stop working here, suspended, after a last day or no longer as specialists: they are not offered, and their booked
//! visits are listed.

use chrono::{DateTime, Days, NaiveTime, Utc};
use domain::calendar_days::at_wall;
use domain::{OrganisationId, PersonId, ResourceId, dates};
use store::appointments::BrokenLine;
use store::calendars::Bookable;
use store::entity::person;

use super::broken;
use crate::unit::Unit;
use crate::{ServiceError, facts};

/// Under this code such visits are listed.
const CAUSE: &str = "left";

/// From when on somebody sees nobody any more; `None`: nothing is known of that. A day that cannot be read has passed.
pub(crate) fn gone_from(row: &Bookable) -> Option<DateTime<Utc>> {
    if row.status.as_deref().is_some_and(|status| status != "active") {
        return Some(DateTime::UNIX_EPOCH);
    }
    let zone = row.zone.parse().unwrap_or(chrono_tz::Europe::London);
    let days = [&row.valid_until, &row.role_until].into_iter().flatten().map(|day| end_of(day, zone));
    days.chain(row.ended_at.map(facts::instant)).min()
}

/// The first moment after a stored last day.
fn end_of(day: &str, zone: chrono_tz::Tz) -> DateTime<Utc> {
    let next = dates::last_day(day).and_then(|day| day.checked_add_days(Days::new(1)));
    next.map_or(DateTime::UNIX_EPOCH, |next| at_wall(next, NaiveTime::MIN, zone))
}

/// Held and booked visits to come with somebody after a last day (YYYY-MM-DD), or all of them.
pub(crate) async fn visits_after(
    unit: &Unit<'_>,
    organisation: OrganisationId,
    person: PersonId,
    last_day: Option<&str>,
) -> Result<Vec<BrokenLine>, ServiceError> {
    let Some(resource) = store::calendars::resource_of(&*unit.tx, organisation, person).await? else {
        return Ok(Vec::new());
    };
    let zone = super::zone_of(&*unit.tx, organisation).await?;
    let from = last_day.map_or(unit.call.now, |day| end_of(day, zone)).max(unit.call.now);
    let id = Some(ResourceId(resource.id));
    let mut lines =
        store::appointments::touching(&*unit.tx, organisation, id, from.timestamp_millis(), i64::MAX).await?;
    lines.retain(|line| facts::instant(line.start_at) >= from);
    Ok(lines)
}

/// Lists visits with somebody who will not be there, takes those off the list with whom they will be, and tells the
/// coordinators once.
pub(crate) async fn list_visits(
    unit: &mut Unit<'_>,
    row: &person::Model,
    after: &[BrokenLine],
) -> Result<u64, ServiceError> {
    let organisation = OrganisationId(row.organisation_id);
    forget_others(unit, row).await?;
    // A time that is only held is refused when its patient says yes.
    let booked: Vec<_> = after.iter().filter(|line| line.state == "booked").cloned().collect();
    let listed = broken::list_all(unit, organisation, &booked, "", (CAUSE, row.id)).await?;
    broken::tell(unit, organisation, &booked).await?;
    Ok(listed.booked)
}

/// Somebody has left: lists the visits that are not listed for that, or were and stay as they are; answers how many.
pub(crate) async fn list_what_is_left(unit: &mut Unit<'_>, row: &person::Model) -> Result<u64, ServiceError> {
    let organisation = OrganisationId(row.organisation_id);
    let mut left = visits_after(unit, organisation, PersonId(row.id), None).await?;
    let ids: Vec<_> = left.iter().map(|line| line.id).collect();
    let known = store::leave::known_to(&*unit.tx, organisation, (CAUSE, row.id), &ids).await?;
    left.retain(|line| line.state == "booked" && !known.contains(&line.id));
    broken::list_further(unit, organisation, &left, (CAUSE, row.id)).await
}

/// Somebody is no specialist any more: they are not offered, and their visits are listed. Answers how many.
pub(crate) async fn end_specialist(unit: &mut Unit<'_>, row: &person::Model) -> Result<u64, ServiceError> {
    let organisation = OrganisationId(row.organisation_id);
    // Whoever books comes before, and is listed, or after, and finds nobody.
    store::free_busy::alone(&unit.tx, organisation).await?;
    let at = unit.call.now.timestamp_millis();
    store::calendars::end_resource(&unit.tx, organisation, PersonId(row.id), Some(at)).await?;
    list_what_is_left(unit, row).await
}

/// Somebody is a specialist, or is one again: they are offered, and their visits are in doubt no more.
pub(crate) async fn begin_specialist(unit: &Unit<'_>, row: &person::Model) -> Result<(), ServiceError> {
    let organisation = OrganisationId(row.organisation_id);
    super::bookable(unit, organisation, PersonId(row.id), &row.name).await?;
    store::calendars::end_resource(&unit.tx, organisation, PersonId(row.id), None).await?;
    forget_others(unit, row).await?;
    unit.frees_time();
    Ok(())
}

/// Takes visits off the list with whom they will be after all, as things stand now.
pub(crate) async fn forget_others(unit: &Unit<'_>, row: &person::Model) -> Result<(), ServiceError> {
    let organisation = OrganisationId(row.organisation_id);
    let Some(resource) = store::calendars::resource_of(&*unit.tx, organisation, PersonId(row.id)).await?
    else {
        return Ok(());
    };
    let known = store::calendars::bookable_of(&*unit.tx, organisation, &[resource.id]).await?;
    let ids: Vec<_> = match known.first().and_then(gone_from) {
        None => Vec::new(),
        Some(gone) => {
            let from = gone.max(unit.call.now).timestamp_millis();
            let one = Some(ResourceId(resource.id));
            let lines = store::appointments::touching(&*unit.tx, organisation, one, from, i64::MAX).await?;
            lines.into_iter().filter(|line| line.start_at >= from).map(|line| line.id).collect()
        }
    };
    store::leave::forget_cause(&unit.tx, organisation, (CAUSE, row.id), &ids).await?;
    Ok(())
}

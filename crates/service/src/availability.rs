//! When clinicians see people: weekly sessions and calendars.

pub(crate) mod broken;
mod calendars;
mod closed;
mod hours;
mod leave;
pub(crate) mod leavers;
mod page;
mod rebooking;
mod resources;
mod rules;
mod taken_in;
mod week;

pub use calendars::{
    assign_calendar, change_calendar, change_source, keep_calendar, read_now, refresh, remove_calendar,
    replace_calendar, subscribe_calendar,
};
pub(crate) use calendars::{expand_all, recheck};
pub(crate) use closed::span as span_of_days;
pub use closed::{close_days, closed, open_days};
pub use hours::hours;
pub use leave::{add_leave, remove_leave};
pub(crate) use leavers::gone_from;
pub use page::page;
pub(crate) use page::{calendar_line, choices};
pub use rebooking::{leave_as_it_is, rebookings};
pub use resources::{add_resource, change_resource, set_booking};
pub(crate) use rules::plain_rule;
pub use rules::{add_rule, change_rule, remove_rule, rule};
pub use taken_in::{hours_page, look_at_hours, take_hours};
pub use week::day;

use chrono::Weekday;
use domain::policy::{Capability, may};
use domain::{OrganisationId, Principal, ResourceId, Role};
use store::Db;
use store::entity::resource;

use crate::{Call, ServiceError};

/// Weekday codes of RFC 5545, Monday first.
pub const WEEKDAYS: [(&str, Weekday, &str); 7] = [
    ("MO", Weekday::Mon, "Monday"),
    ("TU", Weekday::Tue, "Tuesday"),
    ("WE", Weekday::Wed, "Wednesday"),
    ("TH", Weekday::Thu, "Thursday"),
    ("FR", Weekday::Fri, "Friday"),
    ("SA", Weekday::Sat, "Saturday"),
    ("SU", Weekday::Sun, "Sunday"),
];

/// Reads a weekday code.
pub fn weekday(code: &str) -> Option<Weekday> {
    WEEKDAYS.iter().find(|(known, ..)| *known == code.trim()).map(|(_, day, _)| *day)
}

/// The organisation's zone.
pub(crate) async fn zone_of(
    db: &impl Db,
    organisation: OrganisationId,
) -> Result<chrono_tz::Tz, ServiceError> {
    Ok(store::directory::organisation(db, organisation)
        .await?
        .and_then(|row| row.zone.parse().ok())
        .unwrap_or(chrono_tz::Europe::London))
}

/// The resource whose availability somebody may see and change: specialists their own, coordinators and
/// administrators any of their organisation.
pub(crate) async fn theirs(
    db: &impl Db,
    call: &Call,
    wanted: Option<ResourceId>,
) -> Result<(OrganisationId, resource::Model), ServiceError> {
    let Principal::Staff { organisation, person, roles, .. } = &call.actor.principal else {
        return Err(ServiceError::NotAllowed);
    };
    if !may(&call.actor.principal, Capability::Availability) {
        return Err(ServiceError::NotAllowed);
    }
    let own = store::calendars::resource_of(db, *organisation, *person).await?;
    let any = roles.iter().any(|role| matches!(role, Role::Coordinator | Role::Administrator));
    let row = match wanted {
        Some(id) if own.as_ref().is_some_and(|own| own.id == id.0) => own,
        Some(id) if any => store::calendars::resource(db, *organisation, id).await?,
        Some(_) => None,
        None if own.is_some() => own,
        None if any => store::calendars::resources(db, *organisation).await?.into_iter().next(),
        None => None,
    };
    Ok((*organisation, row.ok_or(ServiceError::NotFound)?))
}

/// Refuses whoever may not change a resource's availability.
pub async fn may_change(desk: &crate::Desk, call: &Call, resource: ResourceId) -> Result<(), ServiceError> {
    theirs(desk.store.reader(), call, Some(resource)).await.map(|_| ())
}

/// The bookable resource that a clinician is; made when missing.
pub(crate) async fn bookable(
    unit: &crate::unit::Unit<'_>,
    organisation: domain::OrganisationId,
    person: domain::PersonId,
    name: &str,
) -> Result<uuid::Uuid, crate::ServiceError> {
    if let Some(row) = store::calendars::resource_of(&*unit.tx, organisation, person).await? {
        return Ok(row.id);
    }
    let row = clinician(organisation, person, name, unit.call.now);
    store::calendars::insert_resource(&unit.tx, row.clone()).await?;
    Ok(row.id)
}

/// The row of a clinician with a diary.
pub fn clinician(
    organisation: domain::OrganisationId,
    person: domain::PersonId,
    name: &str,
    now: chrono::DateTime<chrono::Utc>,
) -> store::entity::resource::Model {
    store::entity::resource::Model {
        organisation_id: organisation.0,
        id: crate::ids::fresh(now),
        kind: "clinician".to_owned(),
        person_id: Some(person.0),
        name: name.to_owned(),
        places: 1,
        daily_limit: None,
        languages: String::new(),
        is_machine: false,
        ended_at: None,
    }
}

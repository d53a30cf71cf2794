//! What administrators see and decide.

use contract::{AdminPage, PersonLine};
use domain::policy::{Capability, may};
use domain::{OrganisationId, PersonId, Principal, Role};

use crate::audit::Touched;
use crate::availability::{calendar_line, choices};
use crate::unit::{Begun, Unit};
use crate::{Call, Desk, ServiceError, describe};

/// People, calendars without an owner, and who accepted responsibility for suggestions.
pub async fn page(desk: &Desk, call: &Call) -> Result<AdminPage, ServiceError> {
    let organisation = administrator(call)?;
    let db = desk.store.reader();
    let row = store::directory::organisation(db, organisation).await?.ok_or(ServiceError::NotFound)?;
    let zone = row.zone.parse().unwrap_or(chrono_tz::Europe::London);
    desk.record_read(call, Touched { organisation, entity: "people", id: None, patient: None }).await?;
    let mut people = Vec::new();
    for person in store::people::of_organisation(db, organisation).await? {
        let roles = store::people::roles(db, &person).await?;
        people.push(PersonLine {
            id: person.id.to_string(),
            roles: roles.iter().filter_map(|code| Role::from_code(code)).collect(),
            active: person.status == "active",
            can_sign_in: person.password_hash.is_some() && person.totp_secret.is_some(),
            name: person.name,
            email: person.email,
        });
    }
    let resources = choices(desk, organisation).await?;
    let named = |id: uuid::Uuid| {
        resources.iter().find(|choice| choice.value == id.to_string()).map(|choice| choice.label.clone())
    };
    let calendars = store::calendars::calendars(db, organisation)
        .await?
        .iter()
        .map(|calendar| calendar_line(calendar, calendar.resource_id.and_then(named), zone))
        .collect();
    let urgency_accepted = row
        .urgency_accepted_by
        .zip(row.urgency_accepted_at)
        .map(|(who, at)| format!("{who}, {}", describe::day_and_clock(at, zone)));
    Ok(AdminPage { organisation: row.name, people, calendars, resources, urgency_accepted })
}

/// Suspends a person, or lets them in again. The next request of a suspended person is refused.
pub async fn set_active(
    desk: &Desk,
    call: &Call,
    person: PersonId,
    wanted: Standing,
) -> Result<(), ServiceError> {
    let organisation = administrator(call)?;
    let code = match wanted {
        Standing::Active => "active",
        Standing::Suspended => "suspended",
    };
    let mut unit = match Unit::begin(desk, call, "set-standing", &(person, code)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    if call.actor.key() == format!("staff:{person}") {
        return Err(ServiceError::invalid(
            "person",
            "You cannot suspend yourself. Ask another administrator.",
        ));
    }
    let mut row =
        store::people::find(&*unit.tx, organisation, person).await?.ok_or(ServiceError::NotFound)?;
    row.status = code.to_owned();
    store::people::update(&unit.tx, row).await?;
    unit.record(code, &Touched { organisation, entity: "person", id: Some(person.0), patient: None });
    unit.finish(()).await
}

/// Whether a person may sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Active,
    Suspended,
}

/// Accepts responsibility for showing urgency suggestions, or switches them off.
pub async fn set_urgency_suggestions(desk: &Desk, call: &Call, wanted: Switch) -> Result<(), ServiceError> {
    let organisation = administrator(call)?;
    let on = wanted == Switch::On;
    let mut unit = match Unit::begin(desk, call, "urgency-suggestions", &on).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let mut row =
        store::directory::organisation(&*unit.tx, organisation).await?.ok_or(ServiceError::NotFound)?;
    row.urgency_accepted_by = on.then(|| call.actor.label());
    row.urgency_accepted_at = on.then(|| call.now.timestamp_millis());
    store::directory::update_organisation(&unit.tx, row).await?;
    let touched = Touched { organisation, entity: "organisation", id: Some(organisation.0), patient: None };
    unit.record("urgency-suggestions", &touched);
    unit.finish(()).await
}

/// On or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switch {
    On,
    Off,
}

fn administrator(call: &Call) -> Result<OrganisationId, ServiceError> {
    match (&call.actor.principal, may(&call.actor.principal, Capability::Administer)) {
        (Principal::Staff { organisation, .. }, true) => Ok(*organisation),
        _ => Err(ServiceError::NotAllowed),
    }
}

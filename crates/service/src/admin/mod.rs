//! What administrators see and decide.

use contract::{AdminPage, PersonLine, ServiceLine};
use domain::policy::{Capability, may};
use domain::{OrganisationId, PersonId, Principal, Role};

mod access;
mod audit;
mod changes;
mod clocks;
pub mod config;
mod organisation;
mod people;
mod reasons;
mod rules;
mod services;
mod setup;
mod sites;
mod teams;
mod templates;
mod terms;

pub use access::{access_review, end_sessions};
pub use audit::{AuditExport, export_audit, may_export_audit, search_audit};
pub use organisation::{history, organisation_form, save_organisation};
pub use people::{Standing, invite, reset, set_active, set_roles};
pub use reasons::{reason_form, reasons_page, reply_form, save_reason, save_reply};
pub use rules::{
    arrange, criterion_page, question_page, reminders_page, required_page, rules_page, save_criterion,
    save_priorities, save_question, save_reminders, save_required,
};
pub use services::{save_service, service_form};
pub use setup::setup;
pub use sites::{save_site, site_form, sites};
pub use teams::{save_team, team_form, teams};
pub(crate) use templates::{Samples, holders};
pub use templates::{
    approve_template, begun_template, preview_of, referral_by_reference, reset_template, restore_template,
    save_template, send_test, template_cost, template_page, templates_page, try_template, words_preview,
};
pub(crate) use terms::end_terms;
pub use terms::set_last_day;

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
    let people = person_lines(db, organisation).await?;
    let resources = choices(desk, organisation).await?;
    let named = |id: uuid::Uuid| {
        resources.iter().find(|choice| choice.value == id.to_string()).map(|choice| choice.label.clone())
    };
    let calendars = store::calendars::calendars(db, organisation)
        .await?
        .iter()
        .map(|calendar| calendar_line(calendar, calendar.resource_id.and_then(named), zone, call.now))
        .collect();
    let services = service_lines(db, organisation).await?;
    let setup = setup::steps(db, organisation, &row, &people).await?;
    let urgency_accepted = row
        .urgency_accepted_by
        .zip(row.urgency_accepted_at)
        .map(|(who, at)| format!("{who}, {}", describe::day_and_clock(at, zone)));
    Ok(AdminPage { organisation: row.name, services, setup, people, calendars, resources, urgency_accepted })
}

/// One colleague. Administrators; looking is an event.
pub async fn person(desk: &Desk, call: &Call, id: PersonId) -> Result<PersonLine, ServiceError> {
    let organisation = administrator(call)?;
    let db = desk.store.reader();
    let row = store::people::find(db, organisation, id).await?.ok_or(ServiceError::NotFound)?;
    desk.record_read(call, Touched { organisation, entity: "person", id: Some(id.0), patient: None }).await?;
    person_line(db, row).await
}

/// Everybody in the organisation with their roles.
async fn person_lines(
    db: &impl store::Db,
    organisation: OrganisationId,
) -> Result<Vec<PersonLine>, ServiceError> {
    let mut people = Vec::new();
    for person in store::people::of_organisation(db, organisation).await? {
        people.push(person_line(db, person).await?);
    }
    Ok(people)
}

async fn person_line(
    db: &impl store::Db,
    person: store::entity::person::Model,
) -> Result<PersonLine, ServiceError> {
    let held = store::people::held(db, &person).await?;
    let role_days =
        held.iter().filter_map(|held| Some((Role::from_code(&held.role)?, held.valid_until.clone()?)));
    Ok(PersonLine {
        id: person.id.to_string(),
        roles: held.iter().filter_map(|held| Role::from_code(&held.role)).collect(),
        role_days: role_days.collect(),
        active: person.status == "active",
        can_sign_in: person.password_hash.is_some() && person.totp_secret.is_some(),
        last_day: person.valid_until.clone(),
        name: person.name,
        email: person.email,
    })
}

async fn service_lines(
    db: &impl store::Db,
    organisation: OrganisationId,
) -> Result<Vec<ServiceLine>, ServiceError> {
    let sites = store::directory::sites_of(db, organisation).await?;
    let services = store::directory::services_of(db, organisation).await?;
    Ok(services
        .into_iter()
        .map(|row| ServiceLine {
            id: row.id.to_string(),
            site: sites.iter().find(|site| Some(site.id) == row.site_id).map(|site| site.name.clone()),
            required: serde_json::from_str::<Vec<crate::facts::RequiredItem>>(&row.required)
                .unwrap_or_default()
                .into_iter()
                .map(|item| item.label)
                .collect(),
            name: row.name,
            team: row.team,
            active: row.active,
        })
        .collect())
}

/// A colleague who works on referrals, chosen in a form; empty is nobody. The inner error is the remedy.
async fn colleague(
    db: &impl store::Db,
    organisation: OrganisationId,
    chosen: &str,
) -> Result<Result<Option<uuid::Uuid>, &'static str>, ServiceError> {
    let all = crate::referrals::colleagues(db, organisation).await?;
    Ok(among(&all, chosen))
}

/// Anybody active in the organisation, chosen in a form; empty is nobody.
async fn anybody(
    db: &impl store::Db,
    organisation: OrganisationId,
    chosen: &str,
) -> Result<Result<Option<uuid::Uuid>, &'static str>, ServiceError> {
    let all = people::staff(db, organisation).await?;
    Ok(among(&all, chosen))
}

fn among(all: &[contract::Choice], chosen: &str) -> Result<Option<uuid::Uuid>, &'static str> {
    match chosen {
        "" => Ok(None),
        chosen if all.iter().any(|choice| choice.value == chosen) => {
            chosen.parse().map(Some).map_err(|_| "Choose somebody from the list.")
        }
        _ => Err("Choose somebody from the list."),
    }
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

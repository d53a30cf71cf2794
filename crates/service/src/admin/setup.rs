//! The way of a fresh organisation to its first referral, read off what is there.

use contract::{PersonLine, SetupLine};
use domain::{OrganisationId, Role};
use store::entity::organisation;

use super::{administrator, person_lines};
use crate::{Call, Desk, ServiceError};

/// The steps in order, each with whether it is done. Administrators.
pub async fn setup(desk: &Desk, call: &Call) -> Result<Vec<SetupLine>, ServiceError> {
    let organisation = administrator(call)?;
    let db = desk.store.reader();
    let row = store::directory::organisation(db, organisation).await?.ok_or(ServiceError::NotFound)?;
    let people = person_lines(db, organisation).await?;
    steps(db, organisation, &row, &people).await
}

pub(super) async fn steps(
    db: &impl store::Db,
    organisation: OrganisationId,
    row: &organisation::Model,
    people: &[PersonLine],
) -> Result<Vec<SetupLine>, ServiceError> {
    let services = store::directory::services_of(db, organisation).await?;
    let active: Vec<_> = services.iter().filter(|service| service.active).collect();
    let is_asking = |service: &store::entity::service::Model| {
        !service.form.is_empty() || !service.criteria.is_empty() || service.required != "[]"
    };
    // The one that still asks nothing, else the newest: the one that somebody is setting up.
    let service = active.iter().find(|service| !is_asking(service)).or(active.last());
    let line = |step: &str, is_done: bool, is_optional: bool| SetupLine {
        step: step.to_owned(),
        is_done,
        is_waiting: false,
        is_optional,
        service: service.map(|service| service.id.to_string()),
        has: None,
    };
    let somebody = |role: Role| {
        let mut holders =
            people.iter().filter(|person| person.active && person.roles.contains(&role)).peekable();
        let is_waiting = holders.peek().is_some();
        let is_done = holders.any(|person| person.can_sign_in);
        SetupLine { is_waiting: is_waiting && !is_done, ..line(role.code(), is_done, false) }
    };
    let is_named = row.name != "This organisation";
    Ok(vec![
        SetupLine {
            has: (is_named && row.phone.is_none()).then(|| "name".to_owned()),
            ..line("organisation", is_named && row.phone.is_some(), false)
        },
        line("site", !store::directory::sites_of(db, organisation).await?.is_empty(), false),
        line("service", !active.is_empty(), false),
        line("form", active.iter().any(|service| is_asking(service)), true),
        somebody(Role::Coordinator),
        somebody(Role::Specialist),
        line("reviewer", crate::emergency::has_reviewers(db, organisation).await?, true),
        line("sessions", store::calendars::has_rules(db, organisation).await?, false),
        line("urgency", row.urgency_accepted_by.is_some(), true),
        line("referral", store::referrals::has_any(db, organisation).await?, false),
    ])
}

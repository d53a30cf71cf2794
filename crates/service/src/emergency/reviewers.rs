//! Who is told of emergency access, and who reviews it.

use domain::emergency::{Colleague, oversees, reviewers};
use domain::{OrganisationId, PersonId, Role};
use store::Db;
use store::entity::person;

use crate::sign_in::Staff;
use crate::{Call, Desk, ServiceError, account};

/// Everybody who works at an organisation, with what makes them a reviewer.
pub(super) async fn colleagues(
    db: &impl Db,
    organisation: OrganisationId,
) -> Result<Vec<Colleague>, ServiceError> {
    let contact = account::home(db, organisation).await?.privacy_contact;
    let mut all: Vec<Colleague> = Vec::new();
    for held in store::people::with_roles(db, organisation).await? {
        let Some(role) = Role::from_code(&held.role).filter(|_| held.status == "active") else {
            continue;
        };
        match all.last_mut().filter(|last| last.person.0 == held.id) {
            Some(last) => last.roles.push(role),
            None => all.push(Colleague {
                person: PersonId(held.id),
                roles: vec![role],
                is_contact: contact == Some(held.id),
            }),
        }
    }
    Ok(all)
}

/// The organisation of whoever calls, if they answer for privacy there.
pub(crate) async fn overseer(db: &impl Db, call: &Call) -> Result<OrganisationId, ServiceError> {
    let staff = Staff::calling(call)?;
    let contact = account::home(db, staff.organisation).await?.privacy_contact;
    let roles = call.actor.roles();
    let own = Colleague { person: staff.person, roles, is_contact: contact == Some(staff.person.0) };
    if oversees(&own) { Ok(staff.organisation) } else { Err(ServiceError::NotAllowed) }
}

/// Whether a colleague is the privacy contact of their organisation.
pub async fn is_privacy_contact(desk: &Desk, staff: &Staff) -> Result<bool, ServiceError> {
    let row = store::directory::organisation(desk.store.reader(), staff.organisation).await?;
    Ok(row.and_then(|row| row.privacy_contact) == Some(staff.person.0))
}

/// How many accesses wait for a review that whoever calls may make.
pub async fn waiting_for(desk: &Desk, call: &Call) -> Result<usize, ServiceError> {
    let staff = Staff::calling(call)?;
    let db = desk.store.reader();
    let all = colleagues(db, staff.organisation).await?;
    let waiting = store::emergencies::every_waiting(db).await?;
    let here = waiting.iter().filter(|row| row.organisation_id == staff.organisation.0);
    Ok(here.filter(|row| reviewers(PersonId(row.person_id), &all).contains(&staff.person)).count())
}

/// Who is told of an access: the privacy contact, or else everybody who may review it. Whoever opened it needs no letter, but
/// gets one when nobody else is there, so that it is not silent.
pub(super) async fn told(
    db: &impl Db,
    organisation: OrganisationId,
    opener: PersonId,
) -> Result<Vec<person::Model>, ServiceError> {
    let all = colleagues(db, organisation).await?;
    let contact = all.iter().find(|one| one.is_contact && one.person != opener).map(|one| one.person);
    let mut ids = contact.map_or_else(|| reviewers(opener, &all), |contact| vec![contact]);
    if ids.is_empty() {
        ids.push(opener);
    }
    let mut people = Vec::new();
    for id in ids {
        people.extend(store::people::find(db, organisation, id).await?);
    }
    Ok(people)
}

/// Accesses that wait for a review which nobody could make, of every organisation: their ids.
pub(crate) async fn without_reviewer(db: &impl Db) -> Result<Vec<uuid::Uuid>, ServiceError> {
    let mut found = Vec::new();
    for row in store::emergencies::every_waiting(db).await? {
        let all = colleagues(db, OrganisationId(row.organisation_id)).await?;
        if reviewers(PersonId(row.person_id), &all).is_empty() {
            found.push(row.id);
        }
    }
    Ok(found)
}

/// Whether there is somebody to review whatever access, whoever opens it.
pub(crate) async fn has_reviewers(db: &impl Db, organisation: OrganisationId) -> Result<bool, ServiceError> {
    let all = colleagues(db, organisation).await?;
    Ok(all.iter().all(|opener| !reviewers(opener.person, &all).is_empty()))
}

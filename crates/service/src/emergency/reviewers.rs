//! Who is told of emergency access, and who reviews it.

use domain::emergency::{Colleague, reviewers};
use domain::{OrganisationId, PersonId, Role};
use store::Db;
use store::entity::person;

use crate::{ServiceError, account};

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

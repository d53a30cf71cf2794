//! Members of staff.

use domain::{OrganisationId, PersonId};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::entity::{person, person_role};
use crate::{StoreError, Tx, sql};

pub async fn find(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    id: PersonId,
) -> Result<Option<person::Model>, StoreError> {
    Ok(person::Entity::find_by_id((organisation.0, id.0)).one(db).await?)
}

/// The person who signs in with this address (lower case).
pub async fn by_email(db: &impl ConnectionTrait, email: &str) -> Result<Option<person::Model>, StoreError> {
    Ok(person::Entity::find().filter(person::Column::Email.eq(email)).one(db).await?)
}

/// The staff of one organisation, by name.
pub async fn of_organisation(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
) -> Result<Vec<person::Model>, StoreError> {
    Ok(person::Entity::find()
        .filter(person::Column::OrganisationId.eq(organisation.0))
        .order_by_asc(person::Column::Name)
        .all(db)
        .await?)
}

/// Role codes that a person holds.
pub async fn roles(db: &impl ConnectionTrait, row: &person::Model) -> Result<Vec<String>, StoreError> {
    let rows = person_role::Entity::find()
        .filter(person_role::Column::OrganisationId.eq(row.organisation_id))
        .filter(person_role::Column::PersonId.eq(row.id))
        .order_by_asc(person_role::Column::Role)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| row.role).collect())
}

pub async fn insert(tx: &Tx, row: person::Model) -> Result<(), StoreError> {
    sql::insert(&**tx, row).await
}

pub async fn update(tx: &Tx, row: person::Model) -> Result<(), StoreError> {
    sql::update(&**tx, row).await
}

/// Gives a role; giving it twice changes nothing.
pub async fn give_role(tx: &Tx, row: &person::Model, role: &str) -> Result<(), StoreError> {
    if roles(&**tx, row).await?.iter().any(|held| held == role) {
        return Ok(());
    }
    let role =
        person_role::Model { organisation_id: row.organisation_id, person_id: row.id, role: role.to_owned() };
    sql::insert(&**tx, role).await
}

/// Uses up a time step of the one-time password; false when this step or a later one was used before.
pub async fn use_totp_step(tx: &Tx, row: &person::Model, step: i64) -> Result<bool, StoreError> {
    let touched = sql::run(
        &**tx,
        "update person set totp_last_step = $3 where organisation_id = $1 and id = $2 and totp_last_step < $3",
        [row.organisation_id.into(), row.id.into(), step.into()],
    )
    .await?;
    Ok(touched == 1)
}

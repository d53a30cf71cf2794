//! Members of staff.

use domain::{OrganisationId, PersonId};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::entity::{invitation, person, person_role};
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

/// A member of staff with one of their roles.
#[derive(Debug, Clone, FromQueryResult)]
pub struct WithRole {
    pub id: Uuid,
    pub name: String,
    pub status: String,
    pub role: String,
}

/// The staff of an organisation, one row for each role that somebody holds, by name.
pub async fn with_roles(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
) -> Result<Vec<WithRole>, StoreError> {
    sql::all(
        db,
        "select p.id, p.name, p.status, r.role from person p join person_role r \
         on r.organisation_id = p.organisation_id and r.person_id = p.id \
         where p.organisation_id = $1 order by p.name, p.id, r.role",
        [organisation.0.into()],
    )
    .await
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

/// Takes a role away; taking it twice changes nothing.
pub async fn take_role(tx: &Tx, row: &person::Model, role: &str) -> Result<(), StoreError> {
    sql::run(
        &**tx,
        "delete from person_role where organisation_id = $1 and person_id = $2 and role = $3",
        [row.organisation_id.into(), row.id.into(), role.into()],
    )
    .await?;
    Ok(())
}

pub async fn insert_invitation(tx: &Tx, row: invitation::Model) -> Result<(), StoreError> {
    sql::insert(&**tx, row).await
}

/// The invitation that a link's token names, used or not.
pub async fn invitation(
    db: &impl ConnectionTrait,
    token_hash: &str,
) -> Result<Option<invitation::Model>, StoreError> {
    Ok(invitation::Entity::find().filter(invitation::Column::TokenHash.eq(token_hash)).one(db).await?)
}

/// Uses an invitation up; false when it was used before.
pub async fn use_invitation(tx: &Tx, row: &invitation::Model, at: i64) -> Result<bool, StoreError> {
    let touched = sql::run(
        &**tx,
        "update invitation set used_at = $3 where organisation_id = $1 and id = $2 and used_at is null",
        [row.organisation_id.into(), row.id.into(), at.into()],
    )
    .await?;
    Ok(touched == 1)
}

/// Makes all open invitations of a person void.
pub async fn void_invitations(tx: &Tx, row: &person::Model, at: i64) -> Result<(), StoreError> {
    sql::run(
        &**tx,
        "update invitation set used_at = $3 where organisation_id = $1 and person_id = $2 and used_at is null",
        [row.organisation_id.into(), row.id.into(), at.into()],
    )
    .await?;
    Ok(())
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

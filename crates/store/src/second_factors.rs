//! What staff prove themselves with besides the password: recovery codes, passkeys, sign-on elsewhere.

use domain::{OrganisationId, PersonId};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::entity::{passkey, recovery_code, sign_on};
use crate::{StoreError, Tx, sql};

/// Puts fresh recovery codes in the place of all that the person had.
pub async fn replace_recovery_codes(
    tx: &Tx,
    organisation: OrganisationId,
    person: PersonId,
    rows: Vec<recovery_code::Model>,
) -> Result<(), StoreError> {
    sql::run(
        &**tx,
        "delete from recovery_code where organisation_id = $1 and person_id = $2",
        [organisation.0.into(), person.0.into()],
    )
    .await?;
    sql::insert_all(&**tx, rows).await
}

/// Recovery codes that still work.
pub async fn recovery_codes_left(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    person: PersonId,
) -> Result<i64, StoreError> {
    Ok(sql::count(
        db,
        "select count(*) as n from recovery_code \
         where organisation_id = $1 and person_id = $2 and used_at is null",
        [organisation.0.into(), person.0.into()],
    )
    .await?)
}

/// Uses a recovery code up; false when the person has no such code, or used it before.
pub async fn use_recovery_code(
    tx: &Tx,
    organisation: OrganisationId,
    person: PersonId,
    code_hash: &str,
    at: i64,
) -> Result<bool, StoreError> {
    let touched = sql::run(
        &**tx,
        "update recovery_code set used_at = $4 \
         where organisation_id = $1 and person_id = $2 and code_hash = $3 and used_at is null",
        [organisation.0.into(), person.0.into(), code_hash.into(), at.into()],
    )
    .await?;
    Ok(touched > 0)
}

/// The passkeys of a person, oldest first.
pub async fn passkeys(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    person: PersonId,
) -> Result<Vec<passkey::Model>, StoreError> {
    Ok(passkey::Entity::find()
        .filter(passkey::Column::OrganisationId.eq(organisation.0))
        .filter(passkey::Column::PersonId.eq(person.0))
        .order_by_asc(passkey::Column::Id)
        .all(db)
        .await?)
}

/// The passkey with a credential id (base64url), whoever owns it.
pub async fn passkey(
    db: &impl ConnectionTrait,
    credential: &str,
) -> Result<Option<passkey::Model>, StoreError> {
    Ok(passkey::Entity::find().filter(passkey::Column::Credential.eq(credential)).one(db).await?)
}

pub async fn insert_passkey(tx: &Tx, row: passkey::Model) -> Result<(), StoreError> {
    sql::insert(&**tx, row).await
}

/// Notes a passkey's use and what it counts now.
pub async fn used_passkey(tx: &Tx, row: &passkey::Model, data: &str, at: i64) -> Result<(), StoreError> {
    sql::run(
        &**tx,
        "update passkey set data = $3, last_used_at = $4 where organisation_id = $1 and id = $2",
        [row.organisation_id.into(), row.id.into(), data.into(), at.into()],
    )
    .await?;
    Ok(())
}

/// Forgets one passkey of a person; false when they have none by this id.
pub async fn remove_passkey(
    tx: &Tx,
    organisation: OrganisationId,
    person: PersonId,
    id: Uuid,
) -> Result<bool, StoreError> {
    let touched = sql::run(
        &**tx,
        "delete from passkey where organisation_id = $1 and person_id = $2 and id = $3",
        [organisation.0.into(), person.0.into(), id.into()],
    )
    .await?;
    Ok(touched == 1)
}

/// Forgets every second factor of a person but the authenticator's secret, and who they are elsewhere.
pub async fn forget(tx: &Tx, organisation: OrganisationId, person: PersonId) -> Result<(), StoreError> {
    for table in ["recovery_code", "passkey", "sign_on"] {
        let statement = format!("delete from {table} where organisation_id = $1 and person_id = $2");
        sql::run(&**tx, &statement, [organisation.0.into(), person.0.into()]).await?;
    }
    Ok(())
}

/// Whom a provider means by a subject.
pub async fn sign_on(
    db: &impl ConnectionTrait,
    issuer: &str,
    subject: &str,
) -> Result<Option<sign_on::Model>, StoreError> {
    Ok(sign_on::Entity::find_by_id((issuer.to_owned(), subject.to_owned())).one(db).await?)
}

/// Remembers whom a provider means by a subject.
pub async fn link_sign_on(tx: &Tx, row: sign_on::Model) -> Result<(), StoreError> {
    sql::insert(&**tx, row).await
}

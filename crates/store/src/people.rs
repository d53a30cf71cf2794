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
    /// Last day of the role, `YYYY-MM-DD`.
    pub valid_until: Option<String>,
}

/// The staff of an organisation, one row for each role that somebody holds, by name.
pub async fn with_roles(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
) -> Result<Vec<WithRole>, StoreError> {
    sql::all(
        db,
        "select p.id, p.name, p.status, r.role, r.valid_until from person p join person_role r \
         on r.organisation_id = p.organisation_id and r.person_id = p.id \
         where p.organisation_id = $1 order by p.name, p.id, r.role",
        [organisation.0.into()],
    )
    .await
}

/// Role codes that a person holds.
pub async fn roles(db: &impl ConnectionTrait, row: &person::Model) -> Result<Vec<String>, StoreError> {
    Ok(held(db, row).await?.into_iter().map(|held| held.role).collect())
}

/// The roles that a person holds with their last days, by code.
pub async fn held(
    db: &impl ConnectionTrait,
    row: &person::Model,
) -> Result<Vec<person_role::Model>, StoreError> {
    Ok(person_role::Entity::find()
        .filter(person_role::Column::OrganisationId.eq(row.organisation_id))
        .filter(person_role::Column::PersonId.eq(row.id))
        .order_by_asc(person_role::Column::Role)
        .all(db)
        .await?)
}

/// Sets the last day of a role that somebody holds (`YYYY-MM-DD`), or takes it away; false when they do not hold it.
pub async fn set_role_until(
    tx: &Tx,
    row: &person::Model,
    role: &str,
    until: Option<&str>,
) -> Result<bool, StoreError> {
    let touched = sql::run(
        &**tx,
        "update person_role set valid_until = $4 where organisation_id = $1 and person_id = $2 and role = $3",
        [row.organisation_id.into(), row.id.into(), role.into(), until.map(str::to_owned).into()],
    )
    .await?;
    Ok(touched == 1)
}

/// Roles whose last day is before `day`, of every organisation: a job looks closer, since it is not the same day everywhere.
pub async fn roles_past_last_day(
    db: &impl ConnectionTrait,
    day: &str,
    limit: u64,
) -> Result<Vec<person_role::Model>, StoreError> {
    use sea_orm::QuerySelect;
    Ok(person_role::Entity::find()
        .filter(person_role::Column::ValidUntil.lt(day))
        .order_by_asc(person_role::Column::ValidUntil)
        .order_by_asc(person_role::Column::PersonId)
        .limit(limit)
        .all(db)
        .await?)
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
    let role = person_role::Model {
        organisation_id: row.organisation_id,
        person_id: row.id,
        role: role.to_owned(),
        valid_until: None,
    };
    sql::insert(&**tx, role).await
}

/// Takes a role away; false when somebody was quicker, or they never held it.
pub async fn take_role(tx: &Tx, row: &person::Model, role: &str) -> Result<bool, StoreError> {
    let touched = sql::run(
        &**tx,
        "delete from person_role where organisation_id = $1 and person_id = $2 and role = $3",
        [row.organisation_id.into(), row.id.into(), role.into()],
    )
    .await?;
    Ok(touched == 1)
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

/// Notes when somebody signed in.
pub async fn signed_in(
    tx: &Tx,
    organisation: OrganisationId,
    person: PersonId,
    at: i64,
) -> Result<(), StoreError> {
    sql::run(
        &**tx,
        "update person set last_sign_in_at = $3 where organisation_id = $1 and id = $2",
        [organisation.0.into(), person.0.into(), at.into()],
    )
    .await?;
    Ok(())
}

/// Active people whose last day (`YYYY-MM-DD`) is before `day`, of every organisation: a job looks closer, since it is
/// not the same day everywhere.
pub async fn past_last_day(
    db: &impl ConnectionTrait,
    day: &str,
    limit: u64,
) -> Result<Vec<person::Model>, StoreError> {
    use sea_orm::QuerySelect;
    Ok(person::Entity::find()
        .filter(person::Column::Status.eq("active"))
        .filter(person::Column::ValidUntil.lt(day))
        .order_by_asc(person::Column::ValidUntil)
        .limit(limit)
        .all(db)
        .await?)
}

/// Suspends whoever still is active; false when somebody was quicker.
pub async fn suspend(tx: &Tx, row: &person::Model) -> Result<bool, StoreError> {
    let touched = sql::run(
        &**tx,
        "update person set status = 'suspended' where organisation_id = $1 and id = $2 and status = 'active'",
        [row.organisation_id.into(), row.id.into()],
    )
    .await?;
    Ok(touched == 1)
}

/// People who may not work any more and for whom referrals still wait, of every organisation.
pub async fn gone_owners(db: &impl ConnectionTrait, limit: u64) -> Result<Vec<person::Model>, StoreError> {
    use sea_orm::QuerySelect;
    let waits = sea_orm::sea_query::Expr::cust(
        "exists (select 1 from referral r where r.owner_organisation_id = person.organisation_id \
         and r.owner_person_id = person.id)",
    );
    Ok(person::Entity::find()
        .filter(person::Column::Status.eq("suspended"))
        .filter(waits)
        .limit(limit)
        .all(db)
        .await?)
}

/// A person with how they come in, for the review of access.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Access {
    pub id: Uuid,
    pub name: String,
    pub email: String,
    pub status: String,
    pub valid_until: Option<String>,
    pub last_sign_in_at: Option<i64>,
    pub created_at: i64,
    pub has_password: bool,
    pub has_authenticator: bool,
    pub passkeys: i64,
    pub recovery_codes: i64,
    pub sessions: i64,
}

/// Everybody of an organisation by name, with their ways in and how many sessions are open at `now`: neither ended nor
/// idle since before `awake_since`.
pub async fn access(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    now: i64,
    awake_since: i64,
) -> Result<Vec<Access>, StoreError> {
    // Each count goes along an index that begins with the person; `session` is found by its principal's text.
    let id_text = match db.get_database_backend() {
        sea_orm::DbBackend::Postgres => "p.id::text".to_owned(),
        _ => {
            let hex = "lower(hex(p.id))";
            let part = |from: u8, length: u8| format!("substr({hex}, {from}, {length})");
            [part(1, 8), part(9, 4), part(13, 4), part(17, 4), part(21, 12)].join(" || '-' || ")
        }
    };
    let statement = format!(
        "select p.id, p.name, p.email, p.status, p.valid_until, p.last_sign_in_at, p.created_at, \
         p.password_hash is not null as has_password, p.totp_secret is not null as has_authenticator, \
         (select count(*) from passkey k where k.organisation_id = p.organisation_id and k.person_id = p.id) as passkeys, \
         (select count(*) from recovery_code c where c.organisation_id = p.organisation_id and c.person_id = p.id \
          and c.used_at is null) as recovery_codes, \
         (select count(*) from session s where s.principal = 'staff:' || {id_text} and s.revoked_at is null \
          and s.expires_at > $2 and s.seen_at > $3) as sessions \
         from person p where p.organisation_id = $1 order by p.name, p.id"
    );
    sql::all(db, &statement, [organisation.0.into(), now.into(), awake_since.into()]).await
}

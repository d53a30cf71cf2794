//! Links in messages, one-time codes, and how often things were tried.

use domain::{OrganisationId, ReferralId};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::entity::{one_time_code, patient_link};
use crate::{StoreError, Tx, sql};

pub async fn insert_link(tx: &Tx, row: patient_link::Model) -> Result<(), StoreError> {
    sql::insert(&**tx, row).await
}

/// Writes links together.
pub async fn insert_links(tx: &Tx, rows: Vec<patient_link::Model>) -> Result<(), StoreError> {
    sql::insert_all(&**tx, rows).await
}

/// The link that a token's hash names, expired or not.
pub async fn link(
    db: &impl ConnectionTrait,
    token_hash: &str,
) -> Result<Option<patient_link::Model>, StoreError> {
    Ok(patient_link::Entity::find().filter(patient_link::Column::TokenHash.eq(token_hash)).one(db).await?)
}

pub async fn insert_code(tx: &Tx, row: one_time_code::Model) -> Result<(), StoreError> {
    sql::insert(&**tx, row).await
}

/// The newest code sent for a referral.
pub async fn newest_code(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    referral: ReferralId,
) -> Result<Option<one_time_code::Model>, StoreError> {
    use one_time_code::Column as C;
    Ok(one_time_code::Entity::find()
        .filter(C::OrganisationId.eq(organisation.0))
        .filter(C::ReferralId.eq(referral.0))
        .order_by_desc(C::CreatedAt)
        .one(db)
        .await?)
}

/// Counts a wrong guess, if fewer than `most` were made; false when no guess is left.
pub async fn count_guess(tx: &Tx, row: &one_time_code::Model, most: i64) -> Result<bool, StoreError> {
    let touched = sql::run(
        &**tx,
        "update one_time_code set attempts = attempts + 1 where id = $1 and attempts < $2 and used_at is null",
        [row.id.into(), most.into()],
    )
    .await?;
    Ok(touched == 1)
}

/// Uses a code up; false when somebody used it first.
pub async fn use_code(tx: &Tx, row: &one_time_code::Model, at: i64) -> Result<bool, StoreError> {
    let touched = sql::run(
        &**tx,
        "update one_time_code set used_at = $2 where id = $1 and used_at is null",
        [row.id.into(), at.into()],
    )
    .await?;
    Ok(touched == 1)
}

/// Counts one more try of a subject in the span that began at `span_start` (ms); answers the new count.
pub async fn count_attempt(tx: &Tx, subject: &str, span_start: i64) -> Result<i64, StoreError> {
    sql::run(
        &**tx,
        "insert into attempt_count (subject, span_start, count) values ($1, $2, 1) \
         on conflict (subject, span_start) do update set count = attempt_count.count + 1",
        [subject.into(), span_start.into()],
    )
    .await?;
    Ok(sql::count(
        &**tx,
        "select count as n from attempt_count where subject = $1 and span_start = $2",
        [subject.into(), span_start.into()],
    )
    .await?)
}

/// How often a subject was tried in the span that began at `span_start` (ms).
pub async fn attempts_in(
    db: &impl ConnectionTrait,
    subject: &str,
    span_start: i64,
) -> Result<i64, StoreError> {
    Ok(sql::count(
        db,
        "select coalesce(max(count), 0) as n from attempt_count where subject = $1 and span_start = $2",
        [subject.into(), span_start.into()],
    )
    .await?)
}

/// Forgets counts of spans that began before `before` (ms).
pub async fn forget_attempts(tx: &Tx, before: i64) -> Result<u64, StoreError> {
    sql::run(&**tx, "delete from attempt_count where span_start < $1", [before.into()]).await
}

//! Signed-in browsers. Rows are found by the hash of the cookie's id; instants are milliseconds since 1970, UTC.

use sea_orm::{FromQueryResult, Value};

use crate::{Db, StoreError, sql};

/// A session's row.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct Session {
    /// JSON.
    pub data: String,
    /// `staff:<id>` or `patient:<id>`; None: nobody yet.
    pub principal: Option<String>,
    pub created_at: i64,
    pub seen_at: i64,
    /// The end that no use puts off.
    pub expires_at: i64,
}

/// What ending a session met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revoked {
    Now,
    Before,
    Unknown,
}

/// Writes a new session.
///
/// # Errors
/// [`StoreError::Duplicate`] when the id is taken, by a dead session too.
pub async fn create(db: &impl Db, id_hash: &str, session: &Session) -> Result<(), StoreError> {
    let sql = "insert into session (id_hash, data, principal, created_at, seen_at, expires_at) \
               values ($1, $2, $3, $4, $5, $6)";
    let values: [Value; 6] = [
        id_hash.into(),
        session.data.as_str().into(),
        session.principal.clone().into(),
        session.created_at.into(),
        session.seen_at.into(),
        session.expires_at.into(),
    ];
    sql::run(db, sql, values).await.map(|_| ())
}

/// A session that is neither revoked nor past its end. Whether it was idle too long is the caller's to say.
pub async fn find(db: &impl Db, id_hash: &str, now: i64) -> Result<Option<Session>, StoreError> {
    let sql = "select data, principal, created_at, seen_at, expires_at from session \
               where id_hash = $1 and revoked_at is null and expires_at > $2";
    sql::one(db, sql, [id_hash.into(), now.into()]).await
}

/// A session that nobody ended, be it idle or past its end.
pub async fn not_ended(db: &impl Db, id_hash: &str) -> Result<Option<Session>, StoreError> {
    let sql = "select data, principal, created_at, seen_at, expires_at from session \
               where id_hash = $1 and revoked_at is null";
    sql::one(db, sql, [id_hash.into()]).await
}

/// Notes that a session is in use.
pub async fn touch(db: &impl Db, id_hash: &str, now: i64) -> Result<(), StoreError> {
    let sql = "update session set seen_at = $2 where id_hash = $1 and revoked_at is null and seen_at < $2";
    sql::run(db, sql, [id_hash.into(), now.into()]).await.map(|_| ())
}

/// Saves a living session; false when it has ended, and then nothing is written.
pub async fn save(
    db: &impl Db,
    id_hash: &str,
    data: &str,
    principal: Option<&str>,
    now: i64,
) -> Result<bool, StoreError> {
    let sql = "update session set data = $2, principal = $3, seen_at = $4 \
               where id_hash = $1 and revoked_at is null and expires_at > $4";
    let principal = principal.map(str::to_owned);
    Ok(sql::run(db, sql, [id_hash.into(), data.into(), principal.into(), now.into()]).await? == 1)
}

/// Ends a session for good, and forgets what was in it.
pub async fn revoke(db: &impl Db, id_hash: &str, now: i64) -> Result<Revoked, StoreError> {
    let sql = "update session set revoked_at = $2, data = '{}' where id_hash = $1 and revoked_at is null";
    if sql::run(db, sql, [id_hash.into(), now.into()]).await? == 1 {
        return Ok(Revoked::Now);
    }
    let known =
        sql::count(db, "select count(*) as n from session where id_hash = $1", [id_hash.into()]).await?;
    Ok(if known == 0 { Revoked::Unknown } else { Revoked::Before })
}

/// Ends all sessions of one person; answers how many were alive.
pub async fn revoke_principal(db: &impl Db, principal: &str, now: i64) -> Result<u64, StoreError> {
    let sql = "update session set revoked_at = $2, data = '{}' where principal = $1 and revoked_at is null";
    sql::run(db, sql, [principal.into(), now.into()]).await
}

/// Deletes sessions past their end; answers how many. Revoked ones stay until then, so that their ids stay taken.
pub async fn purge(db: &impl Db, now: i64) -> Result<u64, StoreError> {
    sql::run(db, "delete from session where expires_at <= $1", [now.into()]).await
}

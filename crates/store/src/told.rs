//! What members of staff were told: their own messages, whichever organisation's matter they are about.

use domain::PersonId;
use sea_orm::{ConnectionTrait, FromQueryResult};
use uuid::Uuid;

use crate::{StoreError, Tx, sql};

/// A message to somebody of staff.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Line {
    pub organisation_id: Uuid,
    pub id: Uuid,
    pub template: String,
    pub channel: String,
    pub subject: String,
    pub body: String,
    pub state: String,
    pub created_at: i64,
    pub read_at: Option<i64>,
    pub referral_id: Option<Uuid>,
    pub reference: Option<String>,
}

const LINES: &str = "select m.organisation_id, m.id, m.template, m.channel, m.subject, m.body, m.state, m.created_at, \
     m.read_at, m.referral_id, r.reference from message m \
     left join referral r on r.organisation_id = m.organisation_id and r.id = m.referral_id \
     where m.person_id = $1";

/// A page of what a person was told, the newest first; continue before `before`.
pub async fn lines(
    db: &impl ConnectionTrait,
    person: PersonId,
    only_unread: bool,
    before: Option<Uuid>,
    limit: u64,
) -> Result<Vec<Line>, StoreError> {
    let unread = if only_unread { " and m.read_at is null" } else { "" };
    let query = format!("{LINES}{unread} and m.id < $2 order by m.id desc limit {limit}");
    sql::all(db, &query, [person.0.into(), before.unwrap_or(Uuid::max()).into()]).await
}

/// How many a person has not opened.
pub async fn unread(db: &impl ConnectionTrait, person: PersonId) -> Result<i64, StoreError> {
    let query = "select count(*) as n from message where person_id = $1 and read_at is null";
    Ok(sql::count(db, query, [person.0.into()]).await?)
}

/// One of a person's messages.
pub async fn one(db: &impl ConnectionTrait, person: PersonId, id: Uuid) -> Result<Option<Line>, StoreError> {
    sql::one(db, &format!("{LINES} and m.id = $2"), [person.0.into(), id.into()]).await
}

/// Notes that a person opened one of their messages; what was opened stays so.
pub async fn mark_read(tx: &Tx, person: PersonId, id: Uuid, at: i64) -> Result<u64, StoreError> {
    sql::run(
        &**tx,
        "update message set read_at = $3 where person_id = $1 and id = $2 and read_at is null",
        [person.0.into(), id.into(), at.into()],
    )
    .await
}

/// Notes the same of all up to one.
pub async fn mark_all_read(tx: &Tx, person: PersonId, newest: Uuid, at: i64) -> Result<u64, StoreError> {
    sql::run(
        &**tx,
        "update message set read_at = $3 where person_id = $1 and id <= $2 and read_at is null",
        [person.0.into(), newest.into(), at.into()],
    )
    .await
}

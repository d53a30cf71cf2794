//! The outbox.

use std::collections::{BTreeSet, HashSet};

use domain::delivery::DeliveryState;
use domain::{MessageId, OrganisationId, PatientId, ReferralId};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, Value,
};
use uuid::Uuid;

use crate::entity::{message, push_subscription};
use crate::{StoreError, Tx, sql};

pub mod around;
pub mod flight;

/// Writes messages; the same cause and recipient again (same `dedupe_key`) write nothing.
pub async fn enqueue(tx: &Tx, mut rows: Vec<message::Model>) -> Result<(), StoreError> {
    use message::Column as C;
    if rows.is_empty() {
        return Ok(());
    }
    let mut known = HashSet::new();
    for chunk in rows.chunks(200) {
        let organisations: BTreeSet<Uuid> = chunk.iter().map(|row| row.organisation_id).collect();
        let written: Vec<(Uuid, String)> = message::Entity::find()
            .select_only()
            .columns([C::OrganisationId, C::DedupeKey])
            .filter(C::OrganisationId.is_in(organisations))
            .filter(C::DedupeKey.is_in(chunk.iter().map(|row| row.dedupe_key.as_str())))
            .into_tuple()
            .all(&**tx)
            .await?;
        known.extend(written);
    }
    rows.retain(|row| known.insert((row.organisation_id, row.dedupe_key.clone())));
    sql::insert_all(&**tx, rows).await
}

/// What happened to a message, to be written.
#[derive(Debug, Clone)]
pub struct Happened {
    /// Rises.
    pub id: Uuid,
    pub organisation: Uuid,
    pub message: Uuid,
    /// ms
    pub at: i64,
    /// handed, failed, receipt, given-up, withheld, looked-up
    pub what: &'static str,
    pub state: DeliveryState,
    /// Code and words, never the message.
    pub detail: String,
}

/// Writes what happened to messages.
pub async fn add_attempts(tx: &Tx, happened: &[Happened]) -> Result<(), StoreError> {
    let mut left = happened;
    while !left.is_empty() {
        // Statements of few lengths are prepared once and used again.
        let (some, rest) = left.split_at((1 << left.len().ilog2()).min(128));
        left = rest;
        let rows = (0..some.len()).map(|row| {
            let at = (1..=7).map(|n| format!("${}", row * 7 + n)).collect::<Vec<_>>().join(", ");
            format!("({at})")
        });
        let query = format!(
            "insert into message_attempt (id, organisation_id, message_id, at, what, state, detail) values {}",
            rows.collect::<Vec<_>>().join(", ")
        );
        let values = some.iter().flat_map(|one| -> [Value; 7] {
            [
                one.id.into(),
                one.organisation.into(),
                one.message.into(),
                one.at.into(),
                one.what.into(),
                one.state.code().into(),
                one.detail.as_str().into(),
            ]
        });
        sql::run(&**tx, &query, values).await?;
    }
    Ok(())
}

/// What happened to a message.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Attempt {
    pub at: i64,
    pub what: String,
    pub state: String,
    pub detail: String,
}

/// All that happened to a message, oldest first.
pub async fn attempts(db: &impl ConnectionTrait, row: &message::Model) -> Result<Vec<Attempt>, StoreError> {
    sql::all(
        db,
        "select at, what, state, detail from message_attempt where organisation_id = $1 and message_id = $2 order by at, id",
        [row.organisation_id.into(), row.id.into()],
    )
    .await
}

/// A message by our own reference, for a provider's receipt.
pub async fn by_id(db: &impl ConnectionTrait, id: MessageId) -> Result<Option<message::Model>, StoreError> {
    Ok(message::Entity::find().filter(message::Column::Id.eq(id.0)).one(db).await?)
}

/// Messages about one referral, newest first.
pub async fn of_referral(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    referral: ReferralId,
) -> Result<Vec<message::Model>, StoreError> {
    use message::Column as C;
    Ok(message::Entity::find()
        .filter(C::OrganisationId.eq(organisation.0))
        .filter(C::ReferralId.eq(referral.0))
        .order_by_desc(C::CreatedAt)
        .order_by_desc(C::Id)
        .limit(200)
        .all(db)
        .await?)
}

/// A page of an organisation's message log, newest first; continue before `before`.
pub async fn log(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    state: Option<&str>,
    before: Option<Uuid>,
    limit: u64,
) -> Result<Vec<message::Model>, StoreError> {
    use message::Column as C;
    let mut query = message::Entity::find().filter(C::OrganisationId.eq(organisation.0));
    if let Some(state) = state {
        query = query.filter(C::State.eq(state));
    }
    if let Some(before) = before {
        query = query.filter(C::Id.lt(before));
    }
    Ok(query.order_by_desc(C::Id).limit(limit).all(db).await?)
}

/// How many messages should have left before the given instant (ms) and have not: those that wait for another attempt, are in
/// hand or of unknown outcome count as well.
pub async fn overdue(db: &impl ConnectionTrait, wished_before: i64) -> Result<i64, StoreError> {
    Ok(sql::count(
        db,
        "select count(*) as n from message where state in ('created', 'sending', 'technical-failure', 'unknown') \
         and final_at is null and coalesce(wish_at, due_at) < $1",
        [wished_before.into()],
    )
    .await?)
}

/// Messages of a channel that are late.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Late {
    pub channel: String,
    pub count: i64,
    /// ms; when the first of them should have left.
    pub oldest: i64,
}

/// An organisation's messages that should have left before the instant (ms) and have not, by channel.
pub async fn late(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    wished_before: i64,
) -> Result<Vec<Late>, StoreError> {
    let query = "select channel, count(*) as count, min(coalesce(wish_at, due_at)) as oldest from message \
         where state in ('created', 'sending', 'technical-failure', 'unknown') and final_at is null \
         and organisation_id = $1 and coalesce(wish_at, due_at) < $2 group by channel order by channel";
    sql::all(db, query, [organisation.0.into(), wished_before.into()]).await
}

/// How many of a channel's messages are in a state, and what they cost.
#[derive(Debug, Clone, FromQueryResult)]
pub struct ByChannel {
    pub channel: String,
    pub state: String,
    pub count: i64,
    pub segments: i64,
}

/// An organisation's messages since an instant (ms) by channel and state.
pub async fn by_channel(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    since: i64,
) -> Result<Vec<ByChannel>, StoreError> {
    let query = "select channel, state, count(*) as count, cast(coalesce(sum(segments), 0) as bigint) as segments \
         from message where organisation_id = $1 and created_at >= $2 group by channel, state order by channel, state";
    sql::all(db, query, [organisation.0.into(), since.into()]).await
}

/// How many messages somebody has to see to who has not yet.
pub async fn needing(db: &impl ConnectionTrait, organisation: OrganisationId) -> Result<i64, StoreError> {
    let query = "select count(*) as n from message m left join task t on t.id = m.task_id \
         where m.organisation_id = $1 and m.needs_person is not null and t.done_at is null";
    Ok(sql::count(db, query, [organisation.0.into()]).await?)
}

/// Whether something that was sent to a patient may not have been read.
pub async fn has_unread(db: &impl ConnectionTrait, patient: PatientId) -> Result<bool, StoreError> {
    let query = "select count(*) as n from (select 1 from message where patient_id = $1 and read_at is null \
         and handed_at is not null limit 1) as one";
    Ok(sql::count(db, query, [patient.0.into()]).await? > 0)
}

/// A patient has seen what was sent to them (ms).
pub async fn mark_read(tx: &Tx, patient: PatientId, at: i64) -> Result<u64, StoreError> {
    sql::run(
        &**tx,
        "update message set read_at = $1 where patient_id = $2 and read_at is null and handed_at is not null",
        [at.into(), patient.0.into()],
    )
    .await
}

/// Browsers of a patient that want notices.
pub async fn subscriptions(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    patient: PatientId,
) -> Result<Vec<push_subscription::Model>, StoreError> {
    use push_subscription::Column as C;
    Ok(push_subscription::Entity::find()
        .filter(C::OrganisationId.eq(organisation.0))
        .filter(C::PatientId.eq(patient.0))
        .filter(C::GoneAt.is_null())
        .all(db)
        .await?)
}

pub async fn subscription(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    id: Uuid,
) -> Result<Option<push_subscription::Model>, StoreError> {
    Ok(push_subscription::Entity::find_by_id((organisation.0, id)).one(db).await?)
}

pub async fn subscribe(tx: &Tx, row: push_subscription::Model) -> Result<(), StoreError> {
    sql::run(&**tx, "delete from push_subscription where endpoint = $1", [row.endpoint.as_str().into()])
        .await?;
    sql::insert(&**tx, row).await
}

/// The push service no longer knows the browser.
pub async fn subscription_gone(
    tx: &Tx,
    organisation: OrganisationId,
    id: Uuid,
    at: i64,
) -> Result<u64, StoreError> {
    sql::run(
        &**tx,
        "update push_subscription set gone_at = $3 where organisation_id = $1 and id = $2",
        [organisation.0.into(), id.into(), at.into()],
    )
    .await
}

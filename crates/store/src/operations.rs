//! What whoever runs an installation looks at: counts over all organisations, and never a message.

use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use crate::entity::{sending_alarm, server_seen};
use crate::{StoreError, Tx, sql};

/// Messages of an organisation and channel that are late.
#[derive(Debug, Clone, FromQueryResult)]
pub struct LateOf {
    pub organisation_id: Uuid,
    pub channel: String,
    pub count: i64,
    /// ms; when the first of them should have left.
    pub oldest: i64,
}

/// What should have left before an instant (ms) and has not.
pub async fn late(db: &impl ConnectionTrait, wished_before: i64) -> Result<Vec<LateOf>, StoreError> {
    let query = "select organisation_id, channel, count(*) as count, min(coalesce(wish_at, due_at)) as oldest from message \
                 where state in ('created', 'sending', 'technical-failure', 'unknown') and final_at is null \
                 and coalesce(wish_at, due_at) < $1 group by organisation_id, channel order by channel, organisation_id";
    sql::all(db, query, [wished_before.into()]).await
}

/// The alarms that were not cleared.
pub async fn open_alarms(db: &impl ConnectionTrait) -> Result<Vec<sending_alarm::Model>, StoreError> {
    use sending_alarm::Column as C;
    Ok(sending_alarm::Entity::find().filter(C::ClearedAt.is_null()).order_by_asc(C::RaisedAt).all(db).await?)
}

/// The newest alarms, those that were cleared as well.
pub async fn alarms(db: &impl ConnectionTrait, limit: u64) -> Result<Vec<sending_alarm::Model>, StoreError> {
    use sending_alarm::Column as C;
    Ok(sending_alarm::Entity::find()
        .order_by_desc(C::RaisedAt)
        .order_by_desc(C::Id)
        .limit(limit)
        .all(db)
        .await?)
}

/// Raises an alarm; false when another server has.
pub async fn raise(tx: &Tx, row: &sending_alarm::Model) -> Result<bool, StoreError> {
    let query = "insert into sending_alarm (organisation_id, id, channel, raised_at, oldest_at, most) \
                 values ($1, $2, $3, $4, $5, $6) on conflict (organisation_id, channel) where cleared_at is null do nothing";
    let values = [
        row.organisation_id.into(),
        row.id.into(),
        row.channel.as_str().into(),
        row.raised_at.into(),
        row.oldest_at.into(),
        row.most.into(),
    ];
    Ok(sql::run(&**tx, query, values).await? == 1)
}

/// Notes that more are late than were before.
pub async fn grow(tx: &Tx, row: &sending_alarm::Model, most: i64) -> Result<u64, StoreError> {
    let query = "update sending_alarm set most = $3 where organisation_id = $1 and id = $2 and most < $3 and cleared_at is null";
    sql::run(&**tx, query, [row.organisation_id.into(), row.id.into(), most.into()]).await
}

/// Clears an alarm; false when another server has.
pub async fn clear(tx: &Tx, row: &sending_alarm::Model, at: i64) -> Result<bool, StoreError> {
    let query = "update sending_alarm set cleared_at = $3 where organisation_id = $1 and id = $2 and cleared_at is null";
    Ok(sql::run(&**tx, query, [row.organisation_id.into(), row.id.into(), at.into()]).await? == 1)
}

/// A server is there.
pub async fn seen(tx: &Tx, row: &server_seen::Model) -> Result<(), StoreError> {
    let query = "insert into server_seen (id, name, version, started_at, seen_at) values ($1, $2, $3, $4, $5) \
                 on conflict (id) do update set seen_at = excluded.seen_at";
    let values = [
        row.id.into(),
        row.name.as_str().into(),
        row.version.as_str().into(),
        row.started_at.into(),
        row.seen_at.into(),
    ];
    sql::run(&**tx, query, values).await?;
    Ok(())
}

/// The servers that were there since an instant (ms), the last seen first.
pub async fn servers(db: &impl ConnectionTrait, since: i64) -> Result<Vec<server_seen::Model>, StoreError> {
    use server_seen::Column as C;
    Ok(server_seen::Entity::find().filter(C::SeenAt.gte(since)).order_by_desc(C::SeenAt).all(db).await?)
}

/// Forgets servers and alarms that are older than an instant (ms).
pub async fn forget(tx: &Tx, before: i64) -> Result<(), StoreError> {
    sql::run(&**tx, "delete from server_seen where seen_at < $1", [before.into()]).await?;
    sql::run(&**tx, "delete from sending_alarm where cleared_at < $1", [before.into()]).await?;
    Ok(())
}

/// How many of an organisation's messages a provider has in a state.
#[derive(Debug, Clone, FromQueryResult)]
pub struct ByProvider {
    pub channel: String,
    /// Empty: nobody was asked yet.
    pub provider: String,
    pub state: String,
    pub count: i64,
}

/// An organisation's messages since an instant (ms) by channel, provider and state.
pub async fn by_provider(
    db: &impl ConnectionTrait,
    organisation: Uuid,
    since: i64,
) -> Result<Vec<ByProvider>, StoreError> {
    let query = "select channel, coalesce(provider, '') as provider, state, count(*) as count from message \
                 where organisation_id = $1 and created_at >= $2 and channel <> 'in-app' group by 1, 2, 3 order by 1, 2, 3";
    sql::all(db, query, [organisation.into(), since.into()]).await
}

/// Messages whose outcome nobody knows: how many, and when the first of them was handed over or should have been (ms).
pub async fn unknown(db: &impl ConnectionTrait) -> Result<(i64, Option<i64>), StoreError> {
    #[derive(FromQueryResult)]
    struct Row {
        count: i64,
        oldest: Option<i64>,
    }
    let query = "select count(*) as count, min(coalesce(wish_at, due_at)) as oldest from message \
                 where state = 'unknown' and final_at is null";
    let row: Option<Row> = sql::one(db, query, []).await?;
    Ok(row.map_or((0, None), |row| (row.count, row.oldest)))
}

/// When the first message of a channel that waits should leave, or should have left (ms).
#[derive(Debug, Clone, FromQueryResult)]
pub struct Waiting {
    pub channel: String,
    pub count: i64,
    pub oldest: i64,
}

/// What is due at an instant (ms) and has not left, by channel.
pub async fn waiting(db: &impl ConnectionTrait, now: i64) -> Result<Vec<Waiting>, StoreError> {
    let query = "select channel, count(*) as count, min(coalesce(wish_at, due_at)) as oldest from message \
                 where state in ('created', 'sending', 'technical-failure', 'unknown') and final_at is null \
                 and coalesce(wish_at, due_at) < $1 group by channel order by channel";
    sql::all(db, query, [now.into()]).await
}

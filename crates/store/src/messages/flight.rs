//! A message on its way: leased, fenced, handed over, settled. Every change here says from which state and under which lease
//! it goes, so that a dispatcher, a receipt and whoever takes a message back never overwrite each other.

use domain::MessageId;
use domain::delivery::{Channel, DeliveryState};
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, FromQueryResult, Value};
use uuid::Uuid;

use crate::entity::message;
use crate::{StoreError, Tx, sql};

/// For how long (ms) a message counts as in hand from the fence on; longer than any provider is waited for.
const HANDING_MS: i64 = 90_000;

/// Rows of one lease: whose turn it is, and for how long.
#[derive(Debug, Clone, Copy)]
pub struct Lease {
    pub id: Uuid,
    /// ms; due until then.
    pub now: i64,
    /// ms; in doubt or free again after that.
    pub until: i64,
}

/// Leases up to `limit` due messages of a channel and rank, the longest due first. On PostgreSQL other dispatchers pass
/// over what one is taking. `handing_at` is 0 until [`fence`].
pub async fn lease(
    tx: &Tx,
    lease: Lease,
    channel: Channel,
    rank: i64,
    limit: u64,
) -> Result<Vec<message::Model>, StoreError> {
    const DUE: &str = "select organisation_id, id from message where channel = $4 and rank = $5 \
         and state in ('created', 'technical-failure') and due_at <= $3 order by due_at, id limit $6";
    const SET: &str =
        "state = 'sending', lease = $1, leased_until = $2, attempts = attempts + 1, handing_at = 0";
    let query = match tx.get_database_backend() {
        DbBackend::Postgres => format!(
            "with due as materialized ({DUE} for update skip locked) update message set {SET} from due \
             where message.organisation_id = due.organisation_id and message.id = due.id returning message.*"
        ),
        _ => format!("update message set {SET} where (organisation_id, id) in ({DUE}) returning *"),
    };
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let values: [Value; 6] = [
        lease.id.into(),
        lease.until.into(),
        lease.now.into(),
        channel.code().into(),
        rank.into(),
        limit.into(),
    ];
    let mut rows: Vec<message::Model> =
        message::Entity::find().from_raw_sql(sql::statement(&**tx, &query, values)).all(&**tx).await?;
    rows.sort_by_key(|row| (row.due_at, row.id));
    Ok(rows)
}

/// Whether anything is due on a channel (ms).
pub async fn is_due(db: &impl ConnectionTrait, channel: Channel, now: i64) -> Result<bool, StoreError> {
    let query = "select count(*) as n from (select 1 from message where channel = $1 and rank in (0, 1, 2) \
         and state in ('created', 'technical-failure') and due_at <= $2 limit 1) as one";
    Ok(sql::count(db, query, [channel.code().into(), now.into()]).await? > 0)
}

/// Whether a dispatcher died, or took too long (ms).
pub async fn has_orphans(db: &impl ConnectionTrait, now: i64) -> Result<bool, StoreError> {
    let query = "select count(*) as n from (select 1 from message where state = 'sending' and leased_until < $1 limit 1) as one";
    Ok(sql::count(db, query, [now.into()]).await? > 0)
}

/// Whether text messages that were handed over before the instant (ms) have no receipt.
pub async fn has_no_receipt(db: &impl ConnectionTrait, before: i64) -> Result<bool, StoreError> {
    let query = "select count(*) as n from (select 1 from message where state in ('pending', 'sent') \
         and handed_at < $1 and channel = 'sms' limit 1) as one";
    Ok(sql::count(db, query, [before.into()]).await? > 0)
}

/// The last look before messages leave: answers those of `rows` that may, and marks them as handed over from `now` on. Whoever
/// stops an address stops it before or after this; what it has let through is on its way. Errors leave all of them here.
///
/// A lease that lasts as long as any hand-over may take is not written anew: then no index is touched, and PostgreSQL puts the
/// row beside its old one.
pub async fn fence(
    tx: &Tx,
    lease: Lease,
    now: i64,
    rows: &[&message::Model],
) -> Result<Vec<Uuid>, StoreError> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let addresses = rows.iter().filter(|row| row.patient_id.is_some());
    beside(tx, addresses.map(|row| (row.channel.as_str(), row.address.as_str()))).await?;
    let longer = match lease.until >= now + HANDING_MS {
        true => String::new(),
        false => format!(", leased_until = $1 + {HANDING_MS}"),
    };
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let ids = padded(&ids);
    // The zero keeps the index of leases out of it: a row is found by its id.
    let query = format!(
        "update message set handing_at = $1, provider = null{longer} where lease = $2 and state = 'sending' \
         and handing_at = 0 and leased_until + 0 > $3 and id in ({}) \
         and (patient_id is null or not exists (select 1 from contact_point c where c.channel = message.channel \
         and c.address = message.address and c.stopped_at is not null \
         and (message.channel <> 'email' or message.template <> 'one-time-code'))) \
         and (patient_id is null or not {DIED}) returning id",
        listed(4, ids.len())
    );
    let values = [Value::from(now), lease.id.into(), now.into()].into_iter();
    returned(tx, &query, values.chain(ids.into_iter().map(Value::from))).await
}

/// Whether a message's patient has died.
const DIED: &str = "exists (select 1 from patient p where p.organisation_id = message.patient_organisation_id \
     and p.id = message.patient_id and p.deceased)";

/// What the fence held back although it is leased, as its receiver has died. Answers those that it was.
pub async fn died(tx: &Tx, lease: Uuid, now: i64, ids: &[Uuid]) -> Result<Vec<Uuid>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let query = format!(
        "update message set state = 'withheld', final_at = $1, error_code = 'died', error = $3, lease = null, \
         leased_until = null where lease = $2 and state = 'sending' and handing_at = 0 and patient_id is not null \
         and {DIED} and id in ({}) returning id",
        listed(4, ids.len())
    );
    let values = [Value::from(now), lease.into(), "its receiver has died".into()].into_iter();
    returned(tx, &query, values.chain(ids.iter().map(|id| (*id).into()))).await
}

/// What the fence held back although it is leased: its address was stopped. Answers those that it was.
pub async fn stopped(tx: &Tx, lease: Uuid, now: i64, ids: &[Uuid]) -> Result<Vec<Uuid>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let query = format!(
        "update message set state = 'withheld', final_at = $1, error_code = 'stopped', error = $3, lease = null, \
         leased_until = null, needs_person = 'stopped' where lease = $2 and state = 'sending' and handing_at = 0 \
         and leased_until > $1 and id in ({}) returning id",
        listed(4, ids.len())
    );
    let why = "the receiver asked for no more messages";
    let values = [Value::from(now), lease.into(), why.into()].into_iter();
    returned(tx, &query, values.chain(ids.iter().map(|id| (*id).into()))).await
}

/// Gives leased messages back that were not handed over: due again at the instant (ms) given.
pub async fn put_back(tx: &Tx, lease: Uuid, ids: &[Uuid], due: Option<i64>) -> Result<u64, StoreError> {
    if ids.is_empty() {
        return Ok(0);
    }
    let query = format!(
        "update message set state = 'created', lease = null, leased_until = null, handing_at = null, \
         attempts = attempts - 1, due_at = coalesce($2, due_at) where lease = $1 and state = 'sending' and handing_at = 0 \
         and id in ({})",
        listed(3, ids.len())
    );
    let values = [Value::from(lease), due.into()].into_iter();
    sql::run(&**tx, &query, values.chain(ids.iter().map(|id| (*id).into()))).await
}

/// What providers took: their references, by message. Answers those that were still ours to settle; the others a receipt
/// has moved on already, and only their reference is kept.
pub async fn accepted(
    tx: &Tx,
    lease: Uuid,
    at: i64,
    state: DeliveryState,
    taken: &[(Uuid, &str, &str)],
) -> Result<Vec<Uuid>, StoreError> {
    if taken.is_empty() {
        return Ok(Vec::new());
    }
    let mut values: Vec<Value> =
        vec![state.code().into(), at.into(), lease.into(), state.is_final().then_some(at).into()];
    let (mut refs, mut providers) = (String::new(), String::new());
    let all = padded(taken);
    for (id, reference, provider) in &all {
        let n = values.len();
        values.extend([(*id).into(), (*reference).into(), (*provider).into()]);
        refs.push_str(&format!(" when ${} then ${}", n + 1, n + 2));
        providers.push_str(&format!(" when ${} then ${}", n + 1, n + 3));
    }
    let ids = (0..all.len()).map(|i| format!("${}", 5 + 3 * i)).collect::<Vec<_>>().join(", ");
    let kept = format!(
        "handed_at = coalesce(handed_at, $2), provider_ref = coalesce(provider_ref, case id{refs} end), \
         provider = case id{providers} end, lease = null, leased_until = null"
    );
    let query = format!(
        "update message set state = $1, final_at = $4, error = null, error_code = null, {kept} \
         where lease = $3 and state = 'sending' and id in ({ids}) returning id"
    );
    let settled = returned(tx, &query, values).await?;
    if settled.len() < taken.len() {
        late(tx, lease, at, taken).await?;
    }
    Ok(settled)
}

/// The references of messages that a receipt moved on before their provider had answered.
async fn late(tx: &Tx, lease: Uuid, at: i64, taken: &[(Uuid, &str, &str)]) -> Result<(), StoreError> {
    for (id, reference, provider) in taken {
        sql::run(
            &**tx,
            "update message set handed_at = coalesce(handed_at, $1), provider_ref = coalesce(provider_ref, $2), \
             provider = coalesce(provider, $3), lease = null, leased_until = null \
             where lease = $4 and state <> 'sending' and id = $5",
            [at.into(), (*reference).into(), (*provider).into(), lease.into(), (*id).into()],
        )
        .await?;
    }
    Ok(())
}

/// What becomes of one message. Columns that are `None` stay as they are but `final_at`, `look_at` and the lease.
#[derive(Debug, Clone, Default)]
pub struct Fate<'a> {
    pub due_at: Option<i64>,
    pub final_at: Option<i64>,
    pub look_at: Option<i64>,
    pub handed_at: Option<i64>,
    pub provider: Option<&'a str>,
    pub provider_ref: Option<&'a str>,
    pub error: Option<&'a str>,
    pub error_code: Option<&'a str>,
    pub needs_person: Option<&'a str>,
    /// Counts a look-up.
    pub looked: bool,
    /// Takes the words out of a message that opened a way in.
    pub forget: Option<&'a str>,
}

/// Moves a message from `from` to `to`, under a lease when it has one; `false`: it is somewhere else by now.
pub async fn settle(
    tx: &Tx,
    id: Uuid,
    (from, lease): (DeliveryState, Option<Uuid>),
    to: DeliveryState,
    fate: &Fate<'_>,
) -> Result<bool, StoreError> {
    let touched = sql::run(
        &**tx,
        "update message set state = $1, due_at = coalesce($2, due_at), final_at = $3, look_at = $4, \
         handed_at = coalesce($5, handed_at), provider = coalesce($6, provider), \
         provider_ref = coalesce($7, provider_ref), error = coalesce($8, error), error_code = coalesce($9, error_code), \
         needs_person = coalesce($10, needs_person), looks = looks + $11, body = coalesce($12, body), \
         html = case when $13 = 1 then '' else html end, lease = null, leased_until = null \
         where id = $14 and state = $15 and (lease = $16 or $17 = 1)",
        [
            to.code().into(),
            fate.due_at.into(),
            fate.final_at.into(),
            fate.look_at.into(),
            fate.handed_at.into(),
            fate.provider.into(),
            fate.provider_ref.into(),
            fate.error.into(),
            fate.error_code.into(),
            fate.needs_person.into(),
            i64::from(fate.looked).into(),
            fate.forget.into(),
            i64::from(fate.forget.is_some()).into(),
            id.into(),
            from.code().into(),
            lease.into(),
            i64::from(lease.is_none()).into(),
        ],
    )
    .await?;
    Ok(touched == 1)
}

/// What a dispatcher that died had leased: what it had not begun to hand over is free again, of the rest nobody knows whether
/// it left. Answers both: how many are free, and those in doubt as they are now.
pub async fn orphans(tx: &Tx, now: i64) -> Result<(u64, Vec<message::Model>), StoreError> {
    let free = sql::run(
        &**tx,
        "update message set state = 'created', lease = null, leased_until = null, handing_at = null, \
         attempts = attempts - 1 where state = 'sending' and leased_until < $1 and handing_at = 0",
        [now.into()],
    )
    .await?;
    let statement = sql::statement(
        &**tx,
        "update message set state = 'unknown', look_at = $1, lease = null, leased_until = null, \
         error_code = 'sender-stopped', error = 'the sender stopped while sending' \
         where state = 'sending' and leased_until < $1 returning *",
        [now.into()],
    );
    let doubt = message::Entity::find().from_raw_sql(statement).all(&**tx).await?;
    Ok((free, doubt))
}

/// Messages of unknown outcome whose next look-up is due, oldest first.
pub async fn to_look_up(
    db: &impl ConnectionTrait,
    now: i64,
    limit: u64,
) -> Result<Vec<message::Model>, StoreError> {
    let statement = sql::statement(
        db,
        "select * from message where state = 'unknown' and look_at <= $1 order by look_at limit $2",
        [now.into(), i64::try_from(limit).unwrap_or(i64::MAX).into()],
    );
    Ok(message::Entity::find().from_raw_sql(statement).all(db).await?)
}

/// Those of a provider's references that are some message's already.
pub async fn known_refs(db: &impl ConnectionTrait, refs: &[String]) -> Result<Vec<String>, StoreError> {
    use message::Column as C;
    use sea_orm::{ColumnTrait, QueryFilter, QuerySelect};
    if refs.is_empty() {
        return Ok(Vec::new());
    }
    Ok(message::Entity::find()
        .select_only()
        .column(C::ProviderRef)
        .filter(C::ProviderRef.is_in(refs.iter().map(String::as_str)))
        .into_tuple()
        .all(db)
        .await?)
}

/// Other messages with the same words to the same address that may be on their way unnoticed.
pub async fn twins_in_doubt(db: &impl ConnectionTrait, row: &message::Model) -> Result<i64, StoreError> {
    Ok(sql::count(
        db,
        "select count(*) as n from message where channel = $1 and address = $2 \
         and state in ('created', 'sending', 'technical-failure', 'unknown') and state in ('sending', 'unknown') \
         and body = $3 and id <> $4",
        [row.channel.as_str().into(), row.address.as_str().into(), row.body.as_str().into(), row.id.into()],
    )
    .await?)
}

/// Gives up waiting for receipts of text messages that were handed over before the instant (ms).
pub async fn without_receipt(
    tx: &Tx,
    now: i64,
    before: i64,
    limit: u64,
) -> Result<Vec<message::Model>, StoreError> {
    let statement = sql::statement(
        &**tx,
        "update message set state = 'temporary-failure', final_at = $1, error_code = 'no-receipt', \
         error = 'no receipt came within three days', needs_person = coalesce(needs_person, 'no-receipt') where id in (select id from message where state in ('pending', 'sent') \
         and handed_at < $2 and channel = 'sms' order by handed_at limit $3) and state in ('pending', 'sent') returning *",
        [now.into(), before.into(), i64::try_from(limit).unwrap_or(i64::MAX).into()],
    );
    Ok(message::Entity::find().from_raw_sql(statement).all(&**tx).await?)
}

/// Takes messages back that have not left: those of `ids` that it reached in time.
pub async fn withhold(tx: &Tx, ids: &[Uuid], at: i64, why: &str) -> Result<Vec<Uuid>, StoreError> {
    let mut all = Vec::new();
    for ids in ids.chunks(200) {
        let query = format!(
            "update message set state = 'withheld', final_at = $1, error = $2, lease = null, leased_until = null \
             where id in ({}) and (state in ('created', 'technical-failure') or state = 'sending' and handing_at = 0) \
             returning id",
            listed(3, ids.len())
        );
        let values = [Value::from(at), why.into()].into_iter();
        all.extend(returned(tx, &query, values.chain(ids.iter().map(|id| (*id).into()))).await?);
    }
    Ok(all)
}

/// Says that somebody has to see to messages that were withheld.
pub async fn need_person(tx: &Tx, ids: &[Uuid], why: &str) -> Result<u64, StoreError> {
    let mut all = 0;
    for ids in ids.chunks(200) {
        let query = format!(
            "update message set needs_person = $1, error_code = $1 where state = 'withheld' and person_id is null \
             and channel <> 'push' and id in ({})",
            listed(2, ids.len())
        );
        let values = std::iter::once(Value::from(why));
        all += sql::run(&**tx, &query, values.chain(ids.iter().map(|id| (*id).into()))).await?;
    }
    Ok(all)
}

/// Messages that somebody has to see to and nobody was asked about, oldest first. What was stopped before its moment waits for
/// that moment (ms).
pub async fn without_task(
    db: &impl ConnectionTrait,
    now: i64,
    limit: u64,
) -> Result<Vec<message::Model>, StoreError> {
    let statement = sql::statement(
        db,
        "select * from message where needs_person is not null and task_id is null \
         and (needs_person <> 'stopped' or wish_at is null or wish_at <= $1) order by created_at limit $2",
        [now.into(), i64::try_from(limit).unwrap_or(i64::MAX).into()],
    );
    Ok(message::Entity::find().from_raw_sql(statement).all(db).await?)
}

/// Takes the decision on a message that somebody had to see to: who was asked, or that nobody needs to be. `false`: it was
/// taken already.
pub async fn seen_to(tx: &Tx, id: Uuid, task: Option<Uuid>) -> Result<bool, StoreError> {
    let touched = sql::run(
        &**tx,
        "update message set task_id = $1, needs_person = case when $2 = 1 then needs_person else null end \
         where id = $3 and needs_person is not null and task_id is null",
        [task.into(), i64::from(task.is_some()).into(), id.into()],
    )
    .await?;
    Ok(touched == 1)
}

/// What would have followed a notice only if it stayed unread goes now (ms): the notice did not arrive.
pub async fn hasten(tx: &Tx, first: Uuid, now: i64) -> Result<u64, StoreError> {
    sql::run(
        &**tx,
        "update message set due_at = $1 where parent_id = $2 and due_at > $1 and state in ('created', 'technical-failure')",
        [now.into(), first.into()],
    )
    .await
}

/// Plans a message that has not left for other instants (ms).
pub async fn replan(tx: &Tx, id: Uuid, due: i64, expires: Option<i64>) -> Result<bool, StoreError> {
    let touched = sql::run(
        &**tx,
        "update message set due_at = $1, wish_at = $1, expires_at = $2 where id = $3 and state in ('created', 'technical-failure')",
        [due.into(), expires.into(), id.into()],
    )
    .await?;
    Ok(touched == 1)
}

/// Puts a leased message into other words before it leaves, and to another address.
pub async fn reword(tx: &Tx, lease: Uuid, row: &message::Model) -> Result<bool, StoreError> {
    let touched = sql::run(
        &**tx,
        "update message set address = $1, subject = $2, body = $3, html = $4, language = $5, words_version = $6, \
         encoding = $7, segments = $8, zone = $9 where id = $10 and lease = $11 and state = 'sending' and handing_at = 0",
        [
            row.address.as_str().into(),
            row.subject.as_str().into(),
            row.body.as_str().into(),
            row.html.as_str().into(),
            row.language.clone().into(),
            row.words_version.into(),
            row.encoding.clone().into(),
            row.segments.into(),
            row.zone.as_str().into(),
            row.id.into(),
            lease.into(),
        ],
    )
    .await?;
    Ok(touched == 1)
}

/// A receipt moves a message forward. Answers its states before and after; `None`: there is no such message.
pub async fn advance(
    tx: &Tx,
    id: MessageId,
    to: DeliveryState,
    fate: &Fate<'_>,
) -> Result<Option<(message::Model, DeliveryState)>, StoreError> {
    // Whoever else moves it meanwhile moves it forward, so that this ends.
    loop {
        let Some(row) = super::by_id(&**tx, id).await? else {
            return Ok(None);
        };
        let before = DeliveryState::from_code(&row.state).ok_or_else(|| {
            StoreError::Broken(sea_orm::DbErr::Custom(format!("message {id}: unknown state")))
        })?;
        let after = before.advanced_by(to);
        if after == before {
            return Ok(Some((row, after)));
        }
        let final_at = fate.final_at.filter(|_| after.is_final());
        let touched = sql::run(
            &**tx,
            "update message set state = $1, final_at = $2, look_at = null, error = coalesce($3, error), \
             error_code = coalesce($4, error_code), needs_person = case when person_id is null and channel <> 'push' \
             then coalesce($5, needs_person) end, handed_at = coalesce(handed_at, $6) where id = $7 and state = $8",
            [
                after.code().into(),
                final_at.into(),
                fate.error.into(),
                fate.error_code.into(),
                fate.needs_person.into(),
                fate.handed_at.into(),
                id.0.into(),
                before.code().into(),
            ],
        )
        .await?;
        if touched == 1 {
            return Ok(Some((row, after)));
        }
    }
}

/// On PostgreSQL nobody stops these addresses until the transaction ends, nor goes past one who does. SQLite has one writer.
async fn beside<'a>(tx: &Tx, addresses: impl Iterator<Item = (&'a str, &'a str)>) -> Result<(), StoreError> {
    if tx.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    let mut names: Vec<String> = addresses.map(|(channel, address)| format!("{channel}:{address}")).collect();
    names.sort_unstable();
    names.dedup();
    if names.is_empty() {
        return Ok(());
    }
    names.resize_with(names.len().next_power_of_two(), Default::default);
    let rows = (1..=names.len()).map(|n| format!("(${n}::text)")).collect::<Vec<_>>().join(", ");
    let query = format!(
        "select count(pg_advisory_xact_lock_shared(hashtextextended(a.name, 48))) as n from (values {rows}) as a(name) where a.name <> ''"
    );
    sql::count(&**tx, &query, names.into_iter().map(Value::from)).await?;
    Ok(())
}

/// On PostgreSQL waits for whoever is just letting messages to the address leave; those who come later see what is decided here.
pub async fn alone(tx: &Tx, channel: &str, address: &str) -> Result<(), StoreError> {
    if tx.get_database_backend() == DbBackend::Postgres {
        let name = format!("{channel}:{address}");
        sql::count(
            &**tx,
            "select count(pg_advisory_xact_lock(hashtextextended($1, 48))) as n",
            [name.into()],
        )
        .await?;
    }
    Ok(())
}

/// How many messages to an address have begun to be handed over, and nobody has settled yet.
pub async fn leaving(
    db: &impl ConnectionTrait,
    channel: &str,
    address: &str,
    now: i64,
) -> Result<i64, StoreError> {
    Ok(sql::count(
        db,
        "select count(*) as n from message where channel = $1 and address = $2 \
         and state in ('created', 'sending', 'technical-failure', 'unknown') and state = 'sending' \
         and handing_at > 0 and leased_until > $3",
        [channel.into(), address.into(), now.into()],
    )
    .await?)
}

#[derive(FromQueryResult)]
struct Id {
    id: Uuid,
}

async fn returned(
    tx: &Tx,
    query: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<Vec<Uuid>, StoreError> {
    Ok(sql::all::<Id>(&**tx, query, values).await?.into_iter().map(|row| row.id).collect())
}

/// `$first, $first+1, …`
fn listed(first: usize, count: usize) -> String {
    (first..first + count).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ")
}

/// The last once more, until there is a power of two of them: statements of few lengths are prepared once and used again.
fn padded<T: Copy>(some: &[T]) -> Vec<T> {
    let last = some.last().copied();
    let missing = some.len().next_power_of_two() - some.len();
    some.iter().copied().chain(last.into_iter().cycle().take(missing)).collect()
}

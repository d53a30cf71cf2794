//! The consent ledger, what it adds up to for an address, and what is sent back from there.

use domain::{OrganisationId, ReferralId};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::entity::{consent_event, contact_point, message, patient, received_message};
use crate::{StoreError, Tx, sql};

/// What is known of an address.
pub async fn contact(
    db: &impl ConnectionTrait,
    channel: &str,
    address: &str,
) -> Result<Option<contact_point::Model>, StoreError> {
    let key = (channel.to_owned(), address.to_owned());
    Ok(contact_point::Entity::find_by_id(key).one(db).await?)
}

/// What an event changes of its address; the rest of what is known of it stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change<'a> {
    /// Since when (ms) nothing may go there; none: it may.
    Stopped(Option<i64>),
    /// Since when (ms) nothing arrives there, with the provider's code; none: something may.
    Bad(Option<(i64, &'a str)>),
}

/// Writes an event of the ledger, and what it changes of its address.
pub async fn record(tx: &Tx, event: consent_event::Model, change: Change<'_>) -> Result<(), StoreError> {
    let (channel, address) = (event.channel.clone(), event.address.clone());
    sql::insert(&**tx, event).await?;
    match change {
        Change::Stopped(at) => {
            let query = "insert into contact_point (channel, address, stopped_at) values ($1, $2, $3) \
                         on conflict (channel, address) do update set stopped_at = excluded.stopped_at";
            sql::run(&**tx, query, [channel.into(), address.into(), at.into()]).await?;
        }
        Change::Bad(bad) => {
            let (since, code) = bad.unzip();
            let query = "insert into contact_point (channel, address, bad_since, bad_code) values ($1, $2, $3, $4) \
                         on conflict (channel, address) do update set bad_since = excluded.bad_since, bad_code = excluded.bad_code";
            sql::run(&**tx, query, [channel.into(), address.into(), since.into(), code.into()]).await?;
        }
    }
    Ok(())
}

/// All that was said of an address, newest first; at most 100.
pub async fn events(
    db: &impl ConnectionTrait,
    channel: &str,
    address: &str,
) -> Result<Vec<consent_event::Model>, StoreError> {
    use consent_event::Column as C;
    Ok(consent_event::Entity::find()
        .filter(C::Channel.eq(channel))
        .filter(C::Address.eq(address))
        .order_by_desc(C::Id)
        .limit(100)
        .all(db)
        .await?)
}

/// Messages to an address that have not left.
pub async fn unsent(
    db: &impl ConnectionTrait,
    channel: &str,
    address: &str,
) -> Result<Vec<message::Model>, StoreError> {
    let statement = sql::statement(
        db,
        "select * from message where channel = $1 and address = $2 \
         and state in ('created', 'sending', 'technical-failure', 'unknown') and state <> 'unknown' and patient_id is not null",
        [channel.into(), address.into()],
    );
    Ok(message::Entity::find().from_raw_sql(statement).all(db).await?)
}

/// The patients of all organisations who have this number or mailbox.
pub async fn patients_at(
    db: &impl ConnectionTrait,
    channel: &str,
    address: &str,
) -> Result<Vec<patient::Model>, StoreError> {
    use patient::Column as C;
    let column = if channel == "email" { C::Email } else { C::Phone };
    Ok(patient::Entity::find().filter(column.eq(address)).order_by_asc(C::Id).limit(100).all(db).await?)
}

/// Messages that left for an address since the instant (ms) and asked its receiver something, newest first; at most 50.
pub async fn asked_at(
    db: &impl ConnectionTrait,
    channel: &str,
    address: &str,
    since: i64,
) -> Result<Vec<message::Model>, StoreError> {
    use domain::template::Template as T;
    use message::Column as C;
    let asking = [T::ReminderConfirm, T::ReminderCost, T::TimeOffered, T::OtherTimeOffered, T::StillNeeded];
    Ok(message::Entity::find()
        .filter(C::Channel.eq(channel))
        .filter(C::Address.eq(address))
        .filter(C::PatientId.is_not_null())
        .filter(C::HandedAt.gte(since))
        .filter(C::Template.is_in(asking.map(T::code)))
        .order_by_desc(C::HandedAt)
        .order_by_desc(C::Id)
        .limit(50)
        .all(db)
        .await?)
}

/// The last message to a patient that left for an address.
pub async fn last_to(
    db: &impl ConnectionTrait,
    channel: &str,
    address: &str,
) -> Result<Option<message::Model>, StoreError> {
    use message::Column as C;
    Ok(message::Entity::find()
        .filter(C::Channel.eq(channel))
        .filter(C::Address.eq(address))
        .filter(C::PatientId.is_not_null())
        .filter(C::HandedAt.is_not_null())
        .order_by_desc(C::HandedAt)
        .order_by_desc(C::Id)
        .one(db)
        .await?)
}

pub async fn insert_received(tx: &Tx, row: received_message::Model) -> Result<(), StoreError> {
    sql::insert(&**tx, row).await
}

/// What became of something that was sent back.
pub async fn answer_received(
    tx: &Tx,
    (organisation, id): (Uuid, Uuid),
    outcome: &str,
    task: Option<Uuid>,
) -> Result<(), StoreError> {
    sql::run(
        &**tx,
        "update received_message set outcome = $3, task_id = coalesce($4, task_id) where organisation_id = $1 and id = $2",
        [organisation.into(), id.into(), outcome.into(), task.into()],
    )
    .await?;
    Ok(())
}

/// What was sent back about one referral, newest first; at most 50.
pub async fn received_about(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    referral: ReferralId,
) -> Result<Vec<received_message::Model>, StoreError> {
    use received_message::Column as C;
    Ok(received_message::Entity::find()
        .filter(C::OrganisationId.eq(organisation.0))
        .filter(C::ReferralId.eq(referral.0))
        .order_by_desc(C::Id)
        .limit(50)
        .all(db)
        .await?)
}

//! Sending what is due: lease, hand over, record. Nothing is sent twice because of a crash: what may have left is
//! looked up first.

use chrono::{DateTime, Duration, Utc};
use domain::delivery::{Channel, DeliveryState};
use domain::{Actor, OrganisationId};
use store::entity::message;

use crate::ports::{Handed, Outgoing, PushTarget, Template};
use crate::{Desk, ServiceError, facts, ids};

/// In place of the words of a message that opened a way in.
pub(crate) const NOT_KEPT: &str = "A way to sign in. It is shown to its receiver alone, and not kept.";

/// Messages of one round.
const BATCH: usize = 50;
/// How long a dispatcher may work on one message before it counts as lost.
const LEASE_MIN: i64 = 2;
/// Attempts before giving up for now; with the waits below this spans about three days.
const ATTEMPTS: i64 = 16;

/// Sends what is due now, one after the other; answers how many messages it handled. Each is leased when its turn has
/// come: only what a dispatcher had in hand when it died is in doubt, and a slow provider uses up no other's lease.
pub async fn dispatch(desk: &Desk, now: DateTime<Utc>) -> Result<usize, ServiceError> {
    rescue(desk, now).await?;
    for handled in 0..BATCH {
        let Some(row) = lease_next(desk, now).await? else {
            return Ok(handled);
        };
        let handed = if row.expires_at.is_some_and(|at| at < now.timestamp_millis()) {
            None
        } else {
            match outgoing(desk, &row).await? {
                Some(outgoing) => Some(desk.ports.couriers.hand(&outgoing).await),
                None => Some(Handed::Gone),
            }
        };
        record(desk, row, handed, crate::clock::now().max(now)).await?;
    }
    Ok(BATCH)
}

async fn lease_next(desk: &Desk, now: DateTime<Utc>) -> Result<Option<message::Model>, ServiceError> {
    let until = crate::clock::now().max(now) + Duration::minutes(LEASE_MIN);
    let tx = desk.store.write_tx().await?;
    let leased =
        store::messages::lease(&tx, ids::fresh(now), now.timestamp_millis(), until.timestamp_millis(), 1)
            .await?;
    tx.commit().await?;
    Ok(leased.into_iter().next())
}

/// What was being sent when its dispatcher died may have left: look it up before any resend.
async fn rescue(desk: &Desk, now: DateTime<Utc>) -> Result<(), ServiceError> {
    let at = now.timestamp_millis();
    let tx = desk.store.write_tx().await?;
    for mut row in store::messages::orphans(&tx, at).await? {
        row.state = DeliveryState::Unknown.code().to_owned();
        row.lease = None;
        store::messages::update(&tx, row.clone()).await?;
        store::messages::add_attempt(
            &tx,
            &row,
            at,
            "failed",
            "the sender stopped while sending; looking it up",
        )
        .await?;
    }
    tx.commit().await?;
    for row in store::messages::unknown(desk.store.reader(), BATCH as u64).await? {
        let Some(outgoing) = outgoing(desk, &row).await? else {
            continue;
        };
        if let Some(handed) = desk.ports.couriers.look_up(&outgoing).await {
            record(desk, row, Some(handed), now).await?;
        }
    }
    Ok(())
}

async fn outgoing(desk: &Desk, row: &message::Model) -> Result<Option<Outgoing>, ServiceError> {
    let channel = Channel::from_code(&row.channel)
        .ok_or_else(|| ServiceError::Broken(format!("message {}: unknown channel", row.id)))?;
    let push = match (channel, row.address.split_once('/')) {
        (Channel::Push, Some((organisation, id))) => {
            let (Ok(organisation), Ok(id)) = (organisation.parse(), id.parse()) else {
                return Ok(None);
            };
            let known =
                store::messages::subscription(desk.store.reader(), OrganisationId(organisation), id).await?;
            match known.filter(|row| row.gone_at.is_none()) {
                Some(known) => {
                    Some(PushTarget { endpoint: known.endpoint, p256dh: known.p256dh, auth: known.auth })
                }
                None => return Ok(None),
            }
        }
        _ => None,
    };
    Ok(Some(Outgoing {
        id: row.id,
        channel,
        address: row.address.clone(),
        subject: row.subject.clone(),
        body: row.body.clone(),
        html: row.html.clone(),
        calendar: row.calendar.clone().zip(row.calendar_method.clone()),
        push,
        first_tried_at: facts::instant(row.created_at),
    }))
}

/// Writes down what became of an attempt. `None`: it came too late to be of use.
async fn record(
    desk: &Desk,
    mut row: message::Model,
    handed: Option<Handed>,
    now: DateTime<Utc>,
) -> Result<(), ServiceError> {
    let at = now.timestamp_millis();
    let tx = desk.store.write_tx().await?;
    // A receipt may have come while the message was on its way: it is not undone.
    if let Some(current) = store::messages::by_id(&*tx, domain::MessageId(row.id)).await? {
        row = current;
    }
    let before = DeliveryState::from_code(&row.state).unwrap_or(DeliveryState::Sending);
    let (state, what, detail) = match handed {
        None => (DeliveryState::Withheld, "given-up", "it would have come too late".to_owned()),
        Some(Handed::Accepted { provider_ref, state }) => {
            row.provider_ref = Some(provider_ref);
            row.handed_at = Some(at);
            row.error = None;
            (before.advanced_by(state), "handed", "accepted by the provider".to_owned())
        }
        Some(Handed::Refused { why }) => (DeliveryState::PermanentFailure, "failed", why),
        Some(Handed::Gone) => {
            if let Some((organisation, id)) = row.address.split_once('/')
                && let (Ok(organisation), Ok(id)) = (organisation.parse(), id.parse())
            {
                store::messages::subscription_gone(&tx, OrganisationId(organisation), id, at).await?;
            }
            (DeliveryState::PermanentFailure, "failed", "the browser no longer takes notices".to_owned())
        }
        Some(Handed::Unknown { why }) => (DeliveryState::Unknown, "failed", why),
        Some(Handed::Later { why, .. }) if row.attempts >= ATTEMPTS => {
            (DeliveryState::TemporaryFailure, "given-up", why)
        }
        Some(Handed::Later { why, after_s }) => {
            let wait = after_s.and_then(|s| i64::try_from(s).ok()).unwrap_or(0).max(wait_s(row.attempts));
            row.due_at = at + wait.min(86_400) * 1000;
            (DeliveryState::TechnicalFailure, "failed", why)
        }
    };
    if what != "handed" {
        row.error = Some(detail.clone());
    }
    row.state = state.code().to_owned();
    row.lease = None;
    row.leased_until = None;
    row.final_at = state.is_final().then_some(at);
    let left = matches!(state, DeliveryState::Pending | DeliveryState::Sent | DeliveryState::Delivered);
    let is_secret = Template::from_code(&row.template).is_none_or(Template::is_secret);
    if is_secret && (left || state.is_final()) {
        row.body = NOT_KEPT.to_owned();
        row.html = String::new();
    }
    store::messages::update(&tx, row.clone()).await?;
    store::messages::add_attempt(&tx, &row, at, what, &detail).await?;
    if state == DeliveryState::PermanentFailure && row.referral_id.is_some() {
        let actor = Actor::system("dispatch", ids::fresh(now));
        tracing::warn!(message = %row.id, channel = %row.channel, request = %actor.request, "message cannot be delivered");
    }
    tx.commit().await?;
    Ok(())
}

/// Seconds before the next attempt: 15 s, 1 min, 4 min, 15 min, then hourly, then every eight hours.
fn wait_s(attempts: i64) -> i64 {
    match attempts {
        ..=1 => 15,
        2 => 60,
        3 => 240,
        4 => 900,
        5..=9 => 3_600,
        _ => 28_800,
    }
}

//! Sending what is due. A round leases some messages of one channel, puts them into their last words ([`prepare`]), lets them
//! past the fence and hands them over side by side ([`wave`]). What a dispatcher had leased and not begun to hand over when it
//! died is sent by another; what it had begun is of unknown outcome and looked up ([`look_up`]) before anything is sent again.

use chrono::{DateTime, Duration, Utc};
use domain::delivery::{Channel, DeliveryState};
use store::entity::message;
use store::messages::Happened;
use store::messages::flight::{self, Lease};

use crate::{Desk, ServiceError, clock, faults, ids};

mod look_up;
mod onward;
mod prepare;
mod wave;

pub use onward::see_on;
pub(crate) use prepare::pointless_from;
pub(crate) use wave::{NOT_KEPT, refused};

/// Channels over which messages leave by themselves. A letter waits in the print queue.
pub const CHANNELS: [Channel; 3] = [Channel::Sms, Channel::Email, Channel::Push];
/// Messages of one round.
const BATCH: u64 = 256;
/// Whoever is waited for first, then what is ordinary, then what goes to many.
const RANKS: [i64; 3] = [0, 1, 2];
/// How long a dispatcher may take until it begins to hand a message over, and then until that has ended.
const LEASE_MIN: i64 = 2;

/// Sends what is due on all channels, and sees to what was in doubt; answers how many messages it handled. One round.
pub async fn dispatch(desk: &Desk, now: DateTime<Utc>) -> Result<usize, ServiceError> {
    rescue(desk, now).await?;
    let rounds = CHANNELS.map(|channel| round(desk, channel, now));
    let mut handled = 0;
    for round in futures::future::join_all(rounds).await {
        handled += round?;
    }
    Ok(handled)
}

/// Sends what is due on one channel; answers how many messages it handled, 0 when nothing is due. Safe beside others, on many
/// servers.
pub async fn round(desk: &Desk, channel: Channel, now: DateTime<Utc>) -> Result<usize, ServiceError> {
    if !flight::is_due(desk.store.reader(), channel, now.timestamp_millis()).await? {
        return Ok(0);
    }
    let at = clock::now().max(now);
    let until = (at + Duration::minutes(LEASE_MIN)).timestamp_millis();
    let lease = Lease { id: ids::fresh(now), now: now.timestamp_millis(), until };
    let tx = desk.store.write_tx().await?;
    let mut rows: Vec<message::Model> = Vec::new();
    for rank in RANKS {
        let room = BATCH - rows.len() as u64;
        if room > 0 {
            rows.extend(flight::lease(&tx, lease, channel, rank, room).await?);
        }
    }
    tx.commit().await?;
    let handled = rows.len();
    if handled > 0 {
        faults::at("leased");
    }
    let ready = prepare::all(desk, lease, rows, at).await?;
    if !ready.is_empty() {
        faults::at("prepared");
    }
    wave::send(desk, lease, &ready, now).await?;
    Ok(handled)
}

/// Sees to what no dispatcher has in hand any more: frees it, or looks it up; gives up waiting for receipts. Answers how many
/// messages it moved.
pub async fn rescue(desk: &Desk, now: DateTime<Utc>) -> Result<u64, ServiceError> {
    let at = now.timestamp_millis();
    let mut moved = 0;
    if flight::has_orphans(desk.store.reader(), at).await? {
        let tx = desk.store.write_tx().await?;
        let (free, doubt) = flight::orphans(&tx, at).await?;
        let why = "the sender stopped while sending; looking it up";
        let happened: Vec<_> =
            doubt.iter().map(|row| told(row, now, "failed", DeliveryState::Unknown, why)).collect();
        store::messages::add_attempts(&tx, &happened).await?;
        tx.commit().await?;
        moved += free + doubt.len() as u64;
    }
    moved += look_up::all(desk, now).await?;
    Ok(moved + look_up::without_receipt(desk, now).await?)
}

/// Whether a message can still be taken back. One that is being handed over cannot.
pub(crate) fn has_not_left(row: &message::Model) -> bool {
    matches!(
        DeliveryState::from_code(&row.state),
        Some(DeliveryState::Created | DeliveryState::TechnicalFailure | DeliveryState::Sending)
    )
}

/// Takes messages back that have not left, each with why.
pub(crate) async fn withhold(
    tx: &store::Tx,
    now: DateTime<Utc>,
    rows: &[message::Model],
    why: &str,
) -> Result<(), ServiceError> {
    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    let reached = flight::withhold(tx, &ids, now.timestamp_millis(), why).await?;
    let happened: Vec<_> = rows
        .iter()
        .filter(|row| reached.contains(&row.id))
        .map(|row| told(row, now, "withheld", DeliveryState::Withheld, why))
        .collect();
    Ok(store::messages::add_attempts(tx, &happened).await?)
}

/// What happened to a message, for its trace.
pub(crate) fn told(
    row: &message::Model,
    at: DateTime<Utc>,
    what: &'static str,
    state: DeliveryState,
    detail: impl Into<String>,
) -> Happened {
    Happened {
        id: ids::fresh(at),
        organisation: row.organisation_id,
        message: row.id,
        at: at.timestamp_millis(),
        what,
        state,
        detail: detail.into(),
    }
}

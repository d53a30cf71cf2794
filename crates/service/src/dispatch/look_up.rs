//! Messages of unknown outcome: their provider is asked before anything is sent again. What it cannot tell stays unknown, and
//! somebody is asked to see to it.

use chrono::{DateTime, Duration, Utc};
use domain::delivery::DeliveryState;
use store::entity::message;
use store::messages::flight::{self, Fate};

use super::{prepare, told, wave};
use crate::ports::{LookedUp, Template};
use crate::{Desk, ServiceError, facts, faults};

/// Messages looked up, or given up on, in one round.
const BATCH: u64 = 50;
/// Minutes until the next look, after so many.
const AGAIN_MIN: [i64; 3] = [2, 10, 60];
/// A provider that does not list a message so soon may list it yet.
const SURE_AFTER_S: i64 = 90;
/// Hours without a receipt after which a text message counts as not delivered. Source: GOV.UK Notify.
const RECEIPT_H: i64 = 72;

/// What the next step of a message in doubt is.
enum Verdict {
    /// The provider has it, under this reference.
    Found(String, DeliveryState),
    /// It surely never came there.
    Absent,
    /// Nobody can say yet, and why.
    Open(String),
    /// Nobody will ever say.
    Lost,
}

/// Looks up what is due; answers how many messages were decided.
pub(super) async fn all(desk: &Desk, now: DateTime<Utc>) -> Result<u64, ServiceError> {
    let at = now.timestamp_millis();
    let mut decided = 0;
    for row in flight::to_look_up(desk.store.reader(), at, BATCH).await? {
        let verdict = look(desk, &row, now).await?;
        faults::at("looked-up");
        if write(desk, &row, verdict, now).await? {
            decided += 1;
        }
    }
    Ok(decided)
}

async fn look(desk: &Desk, row: &message::Model, now: DateTime<Utc>) -> Result<Verdict, ServiceError> {
    let since = facts::instant(row.handing_at.filter(|at| *at > 0).unwrap_or(row.created_at));
    let Some(mut outgoing) = prepare::outgoing(desk, row).await? else {
        return Ok(Verdict::Lost);
    };
    outgoing.first_tried_at = since;
    let sightings = match desk.ports.couriers.look_up(&outgoing, row.provider.as_deref()).await {
        LookedUp::Listed(sightings) => sightings,
        LookedUp::NotNow { why } => return Ok(Verdict::Open(why)),
        LookedUp::Never => return Ok(Verdict::Lost),
    };
    let refs: Vec<String> = sightings.iter().map(|one| one.provider_ref.clone()).collect();
    let known = flight::known_refs(desk.store.reader(), &refs).await?;
    let mut open = sightings.into_iter().filter(|one| !known.contains(&one.provider_ref));
    let twins = flight::twins_in_doubt(desk.store.reader(), row).await?;
    Ok(match (open.next(), open.next(), twins) {
        (Some(one), None, 0) => Verdict::Found(one.provider_ref, one.state),
        (None, _, _) if now - since >= Duration::seconds(SURE_AFTER_S) => Verdict::Absent,
        (None, _, _) => Verdict::Open("the provider does not list it yet".to_owned()),
        _ => Verdict::Open("the provider has the same words to the same number more than once".to_owned()),
    })
}

/// Answers whether the message is no longer in doubt.
async fn write(
    desk: &Desk,
    row: &message::Model,
    verdict: Verdict,
    now: DateTime<Utc>,
) -> Result<bool, ServiceError> {
    let at = now.timestamp_millis();
    let secret = Template::from_code(&row.template).is_none_or(Template::is_secret);
    let next = usize::try_from(row.looks).ok().and_then(|looks| AGAIN_MIN.get(looks));
    let (state, fate, detail) = match &verdict {
        Verdict::Found(reference, state) => (
            *state,
            Fate {
                handed_at: Some(row.handing_at.filter(|at| *at > 0).unwrap_or(at)),
                provider_ref: Some(reference.as_str()),
                final_at: state.is_final().then_some(at),
                needs_person: wave::person(row, "failed")
                    .filter(|_| state.is_final() && *state != DeliveryState::Delivered),
                forget: secret.then_some(crate::dispatch::NOT_KEPT),
                ..Fate::default()
            },
            "the provider has it".to_owned(),
        ),
        Verdict::Absent => (
            DeliveryState::TechnicalFailure,
            Fate { due_at: Some(at), error_code: Some("absent"), ..Fate::default() },
            "the provider never received it; it is sent again".to_owned(),
        ),
        Verdict::Open(why) => (
            DeliveryState::Unknown,
            Fate {
                look_at: next.map(|minutes| at + minutes * 60_000),
                final_at: next.is_none().then_some(at),
                needs_person: wave::person(row, "unknown").filter(|_| next.is_none()),
                error: Some(why),
                forget: (secret && next.is_none()).then_some(crate::dispatch::NOT_KEPT),
                ..Fate::default()
            },
            why.clone(),
        ),
        Verdict::Lost => (
            DeliveryState::Unknown,
            Fate {
                final_at: Some(at),
                needs_person: wave::person(row, "unknown"),
                forget: secret.then_some(crate::dispatch::NOT_KEPT),
                ..Fate::default()
            },
            "nobody can tell whether it left".to_owned(),
        ),
    };
    let fate = Fate { looked: true, ..fate };
    let tx = desk.store.write_tx().await?;
    // A receipt, or another server, may have been quicker.
    let moved = flight::settle(&tx, row.id, (DeliveryState::Unknown, None), state, &fate).await?;
    if moved {
        let what = if state == DeliveryState::Unknown { "looked-up" } else { "found" };
        store::messages::add_attempts(&tx, &[told(row, now, what, state, detail)]).await?;
    }
    tx.commit().await?;
    Ok(moved && state != DeliveryState::Unknown)
}

/// Text messages whose provider never said what became of them.
pub(super) async fn without_receipt(desk: &Desk, now: DateTime<Utc>) -> Result<u64, ServiceError> {
    let before = (now - Duration::hours(RECEIPT_H)).timestamp_millis();
    if !flight::has_no_receipt(desk.store.reader(), before).await? {
        return Ok(0);
    }
    let tx = desk.store.write_tx().await?;
    let rows = flight::without_receipt(&tx, now.timestamp_millis(), before, BATCH).await?;
    let happened: Vec<_> = rows
        .iter()
        .map(|row| {
            told(row, now, "given-up", DeliveryState::TemporaryFailure, "no receipt came within three days")
        })
        .collect();
    store::messages::add_attempts(&tx, &happened).await?;
    tx.commit().await?;
    Ok(rows.len() as u64)
}

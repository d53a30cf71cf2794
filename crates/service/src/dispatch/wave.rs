//! Handing over: messages that were leased together, side by side, each written down once its provider has answered.

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::delivery::{Channel, DeliveryState};
use domain::{Actor, OrganisationId};
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use store::entity::message;
use store::messages::Happened;
use store::messages::flight::{self, Fate, Lease};
use uuid::Uuid;

use super::told;
use crate::consent::{Said, Saying};
use crate::ports::{Handed, Outgoing, Template};
use crate::{Call, Desk, ServiceError, clock, consent, faults, ids};

/// In place of the words of a message that opened a way in.
pub(crate) const NOT_KEPT: &str = "A way to sign in. It is shown to its receiver alone, and not kept.";

/// Messages that are handed over side by side.
const WIDTH: usize = 64;
const WIDTH_MAIL: usize = 32;
/// Attempts before giving up for now; with the waits below this spans about three days.
const ATTEMPTS: i64 = 16;
/// Longest that one provider may take; it is shorter than a lease.
const PATIENCE: Duration = Duration::from_secs(60);
/// For how long outcomes are gathered once the first has come.
const TOGETHER: Duration = Duration::from_millis(10);
/// Seconds after which an unknown outcome is looked up for the first time.
pub(super) const FIRST_LOOK_S: i64 = 30;

/// Twilio's code for a number whose owner opted out.
const OPTED_OUT: &str = "21610";

/// A message in its last words.
pub(super) struct Ready {
    pub row: message::Model,
    pub outgoing: Outgoing,
}

/// Lets messages past the fence and hands them over, so many side by side; whoever was answered makes room for the next. A step
/// is one transaction: the fence of those that go now, and what became of those that were answered.
pub(super) async fn send(
    desk: &Desk,
    lease: Lease,
    ready: &[Ready],
    now: DateTime<Utc>,
) -> Result<(), ServiceError> {
    let mut waiting: VecDeque<&Ready> = ready.iter().collect();
    let mut busy: HashSet<&str> = HashSet::new();
    let mut flying = FuturesUnordered::new();
    loop {
        let mut landed = Vec::new();
        if let Some(first) = flying.next().await {
            landed.push(first);
            // Whoever answers within a moment is written down together: a transaction costs more than the moment.
            let until = tokio::time::Instant::now() + TOGETHER;
            while let Ok(Some(next)) = tokio::time::timeout_at(until, flying.next()).await {
                landed.push(next);
            }
        }
        if !landed.is_empty() {
            faults::at("answered");
        }
        let next = take(&mut waiting, &mut busy, width(ready) - flying.len());
        if next.is_empty() && landed.is_empty() {
            return Ok(());
        }
        let may = step(desk, lease, &next, &landed, clock::now().max(now)).await?;
        faults::at(if landed.is_empty() { "fenced" } else { "written" });
        for (row, _) in &landed {
            busy.remove(row.address.as_str());
        }
        for one in next {
            if may.contains(&one.row.id) {
                flying.push(hand(desk, one));
            } else {
                busy.remove(one.row.address.as_str());
            }
        }
        for (row, handed) in landed {
            if let Handed::Refused { code, .. } = handed {
                refused(desk, row, &code, clock::now().max(now)).await?;
            }
        }
    }
}

/// A mail takes a connection of its own, and a server's patience.
fn width(ready: &[Ready]) -> usize {
    match ready.first().map(|one| one.outgoing.channel) {
        Some(Channel::Email) => WIDTH_MAIL,
        _ => WIDTH,
    }
}

/// The next to go. Whoever gets several gets them one after the other, in the order in which they were due.
fn take<'a>(waiting: &mut VecDeque<&'a Ready>, busy: &mut HashSet<&'a str>, room: usize) -> Vec<&'a Ready> {
    let mut some = Vec::with_capacity(room.min(waiting.len()));
    let mut held = VecDeque::new();
    while some.len() < room
        && let Some(one) = waiting.pop_front()
    {
        match busy.insert(&one.row.address) {
            true => some.push(one),
            false => held.push_back(one),
        }
    }
    while let Some(one) = held.pop_back() {
        waiting.push_front(one);
    }
    some
}

async fn hand<'a>(desk: &Desk, one: &'a Ready) -> (&'a message::Model, Handed) {
    let handed = tokio::time::timeout(PATIENCE, desk.ports.couriers.hand(&one.outgoing)).await;
    let late = |_| Handed::Unknown { why: "no answer within a minute".to_owned(), provider: String::new() };
    (&one.row, handed.unwrap_or_else(late))
}

/// Answers those of `next` that the fence let through, and writes down what became of the landed. The fence is first: its locks
/// on addresses come before those on rows, as with whoever stops an address.
async fn step(
    desk: &Desk,
    lease: Lease,
    next: &[&Ready],
    landed: &[(&message::Model, Handed)],
    now: DateTime<Utc>,
) -> Result<HashSet<Uuid>, ServiceError> {
    let at = now.timestamp_millis();
    let rows: Vec<&message::Model> = next.iter().map(|one| &one.row).collect();
    let tx = desk.store.write_tx().await?;
    let may: HashSet<Uuid> = flight::fence(&tx, lease, at, &rows).await?.into_iter().collect();
    let held: Vec<Uuid> = rows.iter().map(|row| row.id).filter(|id| !may.contains(id)).collect();
    let died = flight::died(&tx, lease.id, at, &held).await?;
    let stopped = flight::stopped(&tx, lease.id, at, &held).await?;
    let why = "its receiver asked for no more messages";
    let mut happened: Vec<_> = rows
        .iter()
        .filter(|row| stopped.contains(&row.id))
        .map(|row| told(row, now, "withheld", DeliveryState::Withheld, why))
        .collect();
    let of_dead = rows.iter().filter(|row| died.contains(&row.id));
    happened.extend(
        of_dead.map(|row| told(row, now, "withheld", DeliveryState::Withheld, "its receiver has died")),
    );
    settle(&tx, lease.id, landed, now, &mut happened).await?;
    store::messages::add_attempts(&tx, &happened).await?;
    tx.commit().await?;
    Ok(may)
}

/// Writes down what became of hand-overs. A receipt that came while the provider had not answered yet is not undone.
async fn settle(
    tx: &store::Tx,
    lease: Uuid,
    landed: &[(&message::Model, Handed)],
    now: DateTime<Utc>,
    happened: &mut Vec<Happened>,
) -> Result<(), ServiceError> {
    let at = now.timestamp_millis();
    let mut taken: HashMap<DeliveryState, Vec<(Uuid, &str, &str)>> = HashMap::new();
    for (row, handed) in landed {
        let secret = Template::from_code(&row.template).is_none_or(Template::is_secret);
        match handed {
            Handed::Accepted { provider_ref, state, provider } if !secret => {
                taken.entry(*state).or_default().push((row.id, provider_ref, provider));
            }
            handed => {
                let (state, fate, what) = fate_of(row, handed, secret, at);
                if flight::settle(tx, row.id, (DeliveryState::Sending, Some(lease)), state, &fate).await? {
                    let detail = fate.error.unwrap_or("accepted by the provider");
                    happened.push(told(row, now, what, state, detail));
                }
                if matches!(handed, Handed::Gone) {
                    browser_gone(tx, row, at).await?;
                }
                if state == DeliveryState::PermanentFailure {
                    tracing::warn!(message = %row.id, channel = %row.channel, "message cannot be delivered");
                }
            }
        }
    }
    for (state, some) in &taken {
        let settled: HashSet<Uuid> =
            flight::accepted(tx, lease, at, *state, some).await?.into_iter().collect();
        let rows = landed.iter().map(|(row, _)| row).filter(|row| settled.contains(&row.id));
        happened.extend(rows.map(|row| told(row, now, "handed", *state, "accepted by the provider")));
    }
    Ok(())
}

/// Twilio's codes for numbers that cannot be texted: not valid (21211, 21217), no mobile phone (21612, 21614, 30006), gone (30005).
const BAD_NUMBER: [&str; 6] = ["21211", "21217", "21612", "21614", "30005", "30006"];

/// Whether a mail server's code says that nothing will ever arrive at an address (RFC 3463 section 3, RFC 7505 for 5.1.10):
/// what is permanent (class 5) and about the receiver's address (X.1.x, less those about an ambiguous or valid one and about the
/// sender's), or a mailbox that is closed (X.2.1). A full mailbox (X.2.2), the network (X.4.x) and policy (X.7.x, and a plain 550)
/// say nothing of the address: the next mail may arrive.
fn is_dead_mailbox(code: &str) -> bool {
    matches!(code, "address" | "5.1.0" | "5.1.1" | "5.1.2" | "5.1.3" | "5.1.6" | "5.1.10" | "5.2.1")
}

/// What a refusal for good says of the address.
pub(crate) async fn refused(
    desk: &Desk,
    row: &message::Model,
    code: &str,
    now: DateTime<Utc>,
) -> Result<(), ServiceError> {
    let no_mailbox = row.channel == Channel::Email.code() && is_dead_mailbox(code);
    match code {
        OPTED_OUT => stopped_at_provider(desk, row, now).await,
        code if BAD_NUMBER.contains(&code) || no_mailbox => consent::note_bad(desk, row, code, now).await,
        _ => Ok(()),
    }
}

/// Somebody said STOP to the provider, and it never told us.
async fn stopped_at_provider(
    desk: &Desk,
    row: &message::Model,
    now: DateTime<Utc>,
) -> Result<(), ServiceError> {
    let saying = Saying {
        channel: Channel::Sms,
        address: &row.address,
        wording: "The provider takes no messages to this number: its owner opted out.",
        source: "provider:21610",
        organisation: Some(row.organisation_id),
        message: Some(row.id),
    };
    let call = Call::new(Actor::system("dispatch", ids::fresh(now)), now);
    Box::pin(consent::say(desk, &call, Said::Stopped, &saying)).await
}

fn fate_of<'a>(
    row: &message::Model,
    handed: &'a Handed,
    secret: bool,
    at: i64,
) -> (DeliveryState, Fate<'a>, &'static str) {
    let (state, mut fate, what) = match handed {
        Handed::Accepted { provider_ref, state, provider } => (
            *state,
            Fate {
                handed_at: Some(at),
                provider: Some(provider),
                provider_ref: Some(provider_ref),
                ..Fate::default()
            },
            "handed",
        ),
        Handed::Refused { why, code } => (
            DeliveryState::PermanentFailure,
            Fate {
                error: Some(why),
                error_code: Some(code),
                needs_person: person(row, "failed"),
                ..Fate::default()
            },
            "failed",
        ),
        // A browser that is gone was one way of several, and its owner hears of the same by another.
        Handed::Gone => (
            DeliveryState::PermanentFailure,
            Fate {
                error: Some("the browser no longer takes notices"),
                error_code: Some("gone"),
                ..Fate::default()
            },
            "failed",
        ),
        Handed::Unknown { why, provider } => (
            DeliveryState::Unknown,
            Fate {
                error: Some(why),
                error_code: Some("unknown"),
                provider: Some(provider.as_str()).filter(|name| !name.is_empty()),
                look_at: Some(at + FIRST_LOOK_S * 1000),
                ..Fate::default()
            },
            "failed",
        ),
        Handed::Later { why, .. } if row.attempts >= ATTEMPTS => (
            DeliveryState::TemporaryFailure,
            Fate {
                error: Some(why),
                error_code: Some("given-up"),
                needs_person: person(row, "failed"),
                ..Fate::default()
            },
            "given-up",
        ),
        Handed::Later { why, after_s } => {
            let asked = after_s.and_then(|s| i64::try_from(s).ok()).unwrap_or(0);
            let wait = asked.max(wait_s(row.attempts)).min(86_400);
            let due_at = Some(at + wait * 1000);
            let fate = Fate { error: Some(why), error_code: Some("later"), due_at, ..Fate::default() };
            (DeliveryState::TechnicalFailure, fate, "failed")
        }
    };
    fate.final_at = state.is_final().then_some(at);
    let left = matches!(state, DeliveryState::Pending | DeliveryState::Sent | DeliveryState::Delivered);
    fate.forget = (secret && (left || state.is_final())).then_some(NOT_KEPT);
    (state, fate, what)
}

async fn browser_gone(tx: &store::Tx, row: &message::Model, at: i64) -> Result<(), ServiceError> {
    if let Some((organisation, id)) = row.address.split_once('/')
        && let (Ok(organisation), Ok(id)) = (organisation.parse(), id.parse())
    {
        store::messages::subscription_gone(tx, OrganisationId(organisation), id, at).await?;
    }
    flight::hasten(tx, row.id, at).await?;
    Ok(())
}

/// Why somebody has to see to a message that did not arrive. A notice on a screen is one way of several, and staff find
/// everything on their list.
pub(super) fn person(row: &message::Model, why: &'static str) -> Option<&'static str> {
    (row.person_id.is_none() && row.channel != "push").then_some(why)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_said_of_the_address_for_good_ends_its_use() {
        for code in ["address", "5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"] {
            assert!(is_dead_mailbox(code), "{code}");
        }
        for code in [
            "4.1.1", "4.2.1", "5.1.4", "5.1.5", "5.1.7", "5.1.8", "5.2.2", "5.4.1", "5.7.1", "5.7.26", "550",
            "",
        ] {
            assert!(!is_dead_mailbox(code), "{code}");
        }
    }
}

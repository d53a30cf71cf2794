//! The race: clients that book, move and give back the same few times, and note every call.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::ensure;

use super::judge::Facts;
use crate::bench::http::{Client, Failure};
use crate::bench::lots::Lots;

/// Times of one service that are raced for.
const SLOTS: usize = 2;
/// States in which a referral waits for a time.
const WAITING: &[&str] = &["accepted", "appointment-cancelled", "no-show"];

/// What is raced for: by service, its waiting referrals and a few free times (`resource|start`).
#[derive(Clone)]
pub struct Stakes(Vec<(Vec<String>, Vec<String>)>);

impl Stakes {
    /// Finds them: referrals in the database, times on the page where staff choose.
    ///
    /// # Errors
    /// When there is nothing to race for.
    pub fn find(client: &mut Client, facts: &Facts) -> anyhow::Result<Self> {
        let mut services: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for referral in facts.referrals.iter().filter(|row| WAITING.contains(&row.state.as_str())) {
            services.entry(&referral.service).or_default().push(referral.id.clone());
        }
        let mut stakes = Vec::new();
        for referrals in services.into_values() {
            let page = client.get(&format!("/referrals/{}/times", referrals[0]))?;
            ensure!(page.status == 200, "the page of times answered {}", page.status);
            let slots = offered(&page.text());
            if !slots.is_empty() {
                // The last ones of the page are some weeks ahead: none begins during the run.
                stakes.push((referrals, slots.into_iter().rev().take(SLOTS).collect()));
            }
        }
        ensure!(!stakes.is_empty(), "the demonstration has no referral that waits for a time");
        Ok(Self(stakes))
    }

    pub fn referrals(&self) -> usize {
        self.0.iter().map(|(referrals, _)| referrals.len()).sum()
    }

    pub fn slots(&self) -> usize {
        self.0.iter().flat_map(|(_, slots)| slots).collect::<BTreeSet<_>>().len()
    }
}

/// The times on a page, in its order: values like `resource|start`.
fn offered(page: &str) -> Vec<String> {
    page.split("value=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .filter(|value| value.contains('|') && value.ends_with('Z'))
        .map(str::to_owned)
        .collect()
}

/// What a call asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// Book a time, or move to it.
    Book { resource: String, start: String },
    /// Cancel whatever is booked.
    GiveBack,
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Acknowledged. A cancellation says the same when there was nothing to cancel.
    Done,
    Refused,
    /// No answer, or one that the server broke.
    Unknown,
    NotSent,
    SignedOut,
}

/// One call. Times are counted from the beginning of the run.
#[derive(Debug, Clone)]
pub struct Op {
    pub key: String,
    pub referral: String,
    pub deed: Deed,
    pub invoked: Duration,
    pub answered: Option<Duration>,
    pub outcome: Outcome,
    /// The highest status of its answers.
    pub worst_status: u16,
}

/// A race under way.
pub struct Race {
    over: Arc<AtomicBool>,
    clients: Vec<JoinHandle<Vec<Op>>>,
}

/// Starts the clients. Keys count on from `numbered`.
pub fn begin(
    signed_in: &Client,
    stakes: &Stakes,
    begun: Instant,
    seed: u64,
    clients: usize,
    numbered: usize,
) -> Race {
    let over = Arc::new(AtomicBool::new(false));
    let number = Arc::new(AtomicUsize::new(numbered));
    let clients = (0..clients)
        .map(|client| {
            let (over, number, stakes) = (over.clone(), number.clone(), stakes.clone());
            let mut browser = signed_in.twin("identity");
            let mut lots = Lots::new(seed ^ (client as u64).wrapping_mul(0x9E37_79B9));
            std::thread::spawn(move || {
                let mut ops = Vec::new();
                while !over.load(Ordering::Relaxed) {
                    let key = format!("race-{seed:016x}-{}", number.fetch_add(1, Ordering::Relaxed));
                    let mut op = draw(&mut lots, &stakes, key);
                    send(&mut browser, &mut op, begun);
                    let ended =
                        matches!(op.outcome, Outcome::NotSent | Outcome::Unknown | Outcome::SignedOut)
                            && op.worst_status < 500;
                    ops.push(op);
                    if ended {
                        break;
                    }
                }
                ops
            })
        })
        .collect();
    Race { over, clients }
}

impl Race {
    /// What everybody noted, once the server is dead.
    pub fn end(self) -> Vec<Op> {
        self.over.store(true, Ordering::Relaxed);
        self.clients.into_iter().flat_map(|client| client.join().expect("a client does not panic")).collect()
    }
}

fn draw(lots: &mut Lots, stakes: &Stakes, key: String) -> Op {
    let (referrals, slots) = lots.one(&stakes.0);
    let deed = if lots.below(10) < 7 {
        let (resource, start) = lots.one(slots).split_once('|').expect("only times with a bar are kept");
        Deed::Book { resource: resource.to_owned(), start: start.to_owned() }
    } else {
        Deed::GiveBack
    };
    Op {
        key,
        referral: lots.one(referrals).clone(),
        deed,
        invoked: Duration::ZERO,
        answered: None,
        outcome: Outcome::NotSent,
        worst_status: 0,
    }
}

/// Sends a call, or sends it again, and notes what came of it. It keeps the time when it was first sent.
pub fn send(client: &mut Client, op: &mut Op, begun: Instant) {
    if op.invoked.is_zero() {
        op.invoked = begun.elapsed();
    }
    let own = format!("/referrals/{}", op.referral);
    let key = op.key.as_str();
    let answer = match &op.deed {
        Deed::Book { resource, start } => {
            let slot = format!("{resource}|{start}");
            client.post(&format!("{own}/book"), &[("key", key), ("slot", &slot)])
        }
        Deed::GiveBack => {
            let fields = [("key", key), ("cancel-appointment-text", key)];
            client.post(&format!("{own}/cancel-appointment"), &fields)
        }
    };
    op.outcome = match &answer {
        Err(Failure::NotSent(_)) => Outcome::NotSent,
        Err(Failure::Unknown(_)) => Outcome::Unknown,
        Ok(answer) => {
            op.worst_status = op.worst_status.max(answer.status);
            match (answer.status, answer.header("location")) {
                (303, location) if location == own => Outcome::Done,
                (303, location) if location.starts_with("/sign-in") => Outcome::SignedOut,
                (500.., _) => Outcome::Unknown,
                _ => Outcome::Refused,
            }
        }
    };
    if matches!(op.outcome, Outcome::Done | Outcome::Refused) {
        op.answered.get_or_insert(begun.elapsed());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_from_the_page() {
        let page =
            r#"<input name="key" value="k"><input value="01a2-3|2026-12-01T09:00:00Z"><input value="x|y">"#;
        assert_eq!(offered(page), ["01a2-3|2026-12-01T09:00:00Z"]);
    }
}

//! Many who want one time. Of one server they try one after the other; whoever already waited when an attempt began that
//! came too late is told so with it, and need not try. The ledger decides all the same: other servers have crowds of their
//! own.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use contract::{HoldOutcome, TimeOffer};
use domain::{OrganisationId, ReferralId, ResourceId};
use tokio::sync::oneshot;
use uuid::Uuid;

/// How many times are told one person who came too late.
pub const FEW: usize = 3;
/// The most times that are looked for, however many came too late.
const MOST: usize = 30;

/// A time as somebody wants it. Whoever wants the same has the same other times.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Wanted {
    pub organisation: OrganisationId,
    pub service: Uuid,
    pub resource: ResourceId,
    pub start: DateTime<Utc>,
    pub kind: Option<String>,
    /// The one clinician whose times are offered.
    pub named: Option<Uuid>,
    /// Only places without steps are offered.
    pub step_free: bool,
    /// Times with whoever speaks it come first.
    pub language: Option<String>,
}

/// What an attempt that came too late found.
#[derive(Debug)]
pub struct Loss {
    pub wanted: String,
    /// Those that are nearest to the lost one, the nearest first; before them those with whoever speaks the language wanted.
    pub others: Vec<TimeOffer>,
    /// Who has the time.
    pub holders: BTreeSet<Uuid>,
}

impl Loss {
    /// What the `nth` of the crowd is told. Neighbours are told of different times, so that the crowd does not meet again.
    pub fn told(&self, nth: usize) -> HoldOutcome {
        let groups = (self.others.len() / FEW).max(1);
        let mut alternatives: Vec<TimeOffer> =
            self.others.iter().skip(nth % groups * FEW).take(FEW).cloned().collect();
        alternatives.sort_by(|a, b| a.start.cmp(&b.start));
        HoldOutcome::Taken { wanted: self.wanted.clone(), alternatives }
    }
}

/// What somebody does whose turn it is.
pub enum Turn {
    /// Tries.
    Own(Own),
    /// An attempt that began after they came found the time taken; how many of them were told before.
    Lost(Arc<Loss>, usize),
}

type Line = VecDeque<oneshot::Sender<Turn>>;

/// Everybody who wants a time now, by time. Cheap to clone.
#[derive(Clone, Default)]
pub struct Crowds(Arc<Mutex<HashMap<Wanted, Line>>>);

impl Crowds {
    /// Waits for a turn.
    pub async fn turn(&self, wanted: Wanted) -> Turn {
        loop {
            let waiting = match self.lines().entry(wanted.clone()) {
                Entry::Vacant(line) => {
                    line.insert(Line::new());
                    None
                }
                Entry::Occupied(mut line) => {
                    let (sender, receiver) = oneshot::channel();
                    line.get_mut().push_back(sender);
                    Some(receiver)
                }
            };
            match waiting {
                None => return Turn::Own(Own { crowds: self.clone(), wanted, before: Line::new() }),
                Some(receiver) => match receiver.await {
                    Ok(turn) => return turn,
                    // The line broke off; they line up again.
                    Err(_) => continue,
                },
            }
        }
    }

    fn lines(&self) -> MutexGuard<'_, HashMap<Wanted, Line>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The turn to try. When it ends, however it ends, the next one has theirs.
pub struct Own {
    crowds: Crowds,
    wanted: Wanted,
    /// Who waited already when this turn began.
    before: Line,
}

impl Own {
    /// How many times to look for, should this attempt come too late.
    pub fn few_for_all(&self) -> usize {
        (FEW * (self.before.len() + 1)).min(MOST)
    }

    /// The attempt came too late, and so have all who waited for it; answers what whoever tried is told.
    pub fn lost(mut self, loss: Loss) -> HoldOutcome {
        let loss = Arc::new(loss);
        for (one, nth) in std::mem::take(&mut self.before).into_iter().zip(1..) {
            // Whoever has gone away wants no answer.
            let _ = one.send(Turn::Lost(loss.clone(), nth));
        }
        loss.told(0)
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        let mut all = std::mem::take(&mut self.before);
        let next = {
            let mut lines = self.crowds.lines();
            if let Some(line) = lines.get_mut(&self.wanted) {
                all.append(line);
            }
            all.retain(|one| !one.is_closed());
            let next = all.pop_front();
            if next.is_none() {
                lines.remove(&self.wanted);
            }
            next
        };
        if let Some(next) = next {
            let turn = Own { crowds: self.crowds.clone(), wanted: self.wanted.clone(), before: all };
            // Should they go away in this moment, the turn comes back, ends here, and goes on.
            let _ = next.send(Turn::Own(turn));
        }
    }
}

/// Whether a referral already has the time that it wants: another request of the same person was the quicker one.
pub fn has_it(loss: &Loss, referral: ReferralId) -> bool {
    loss.holders.contains(&referral.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted() -> Wanted {
        Wanted {
            organisation: OrganisationId(Uuid::from_u128(1)),
            service: Uuid::from_u128(2),
            resource: ResourceId(Uuid::from_u128(3)),
            start: DateTime::UNIX_EPOCH,
            kind: None,
            named: None,
            step_free: false,
            language: None,
        }
    }

    fn loss(others: usize) -> Loss {
        let offer = |n: usize| TimeOffer {
            resource: String::new(),
            start: format!("{n:02}"),
            clock: String::new(),
            day: String::new(),
            date: String::new(),
            who: String::new(),
            place: None,
            reason: None,
        };
        Loss {
            wanted: "10:00".to_owned(),
            others: (0..others).map(offer).collect(),
            holders: BTreeSet::new(),
        }
    }

    fn told(outcome: HoldOutcome) -> Vec<String> {
        let HoldOutcome::Taken { alternatives, .. } = outcome else { panic!("{outcome:?}") };
        alternatives.into_iter().map(|offer| offer.start).collect()
    }

    async fn settle() {
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn whoever_waited_when_a_losing_attempt_began_is_told_with_it_and_who_came_later_tries() {
        let crowds = Crowds::default();
        let Turn::Own(first) = crowds.turn(wanted()).await else { panic!("nobody was before them") };
        let line = |n: usize| {
            let crowds = crowds.clone();
            let task = tokio::spawn(async move { crowds.turn(wanted()).await });
            (n, task)
        };
        let mut waiting: Vec<_> = (0..5).map(line).collect();
        settle().await;
        // The first one gets the time; nobody is told anything, the second tries.
        drop(first);
        settle().await;
        let Ok(Turn::Own(second)) = waiting.remove(0).1.await else { panic!("it was their turn") };
        let late = line(9);
        settle().await;
        assert_eq!(second.few_for_all(), 15);
        assert_eq!(told(second.lost(loss(15))), ["00", "01", "02"]);
        let mut groups = Vec::new();
        for (_, task) in waiting {
            let Ok(Turn::Lost(loss, nth)) = task.await else { panic!("they waited when it began") };
            groups.push(told(loss.told(nth)).remove(0));
        }
        assert_eq!(groups, ["03", "06", "09", "12"]);
        let Ok(Turn::Own(last)) = late.1.await else { panic!("they came after it had begun") };
        assert_eq!(last.few_for_all(), 3);
        drop(last);
        assert!(crowds.lines().is_empty());
    }

    #[tokio::test]
    async fn a_turn_goes_on_past_whoever_went_away() {
        let crowds = Crowds::default();
        let Turn::Own(first) = crowds.turn(wanted()).await else { panic!("nobody was before them") };
        let waiting: Vec<_> = (0..1_000)
            .map(|_| {
                let crowds = crowds.clone();
                tokio::spawn(async move { crowds.turn(wanted()).await })
            })
            .collect();
        settle().await;
        let mut waiting = waiting.into_iter();
        for gone in waiting.by_ref().take(999) {
            gone.abort();
        }
        settle().await;
        drop(first);
        let last = waiting.next().expect("a thousand waited");
        assert!(matches!(last.await, Ok(Turn::Own(_))));
    }
}

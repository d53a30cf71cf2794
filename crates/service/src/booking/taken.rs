//! Times that the sessions have and somebody else has taken: what staff may book all the same, with a reason.

use std::collections::HashSet;

use scheduling::{Ask, Diaries, Rules};

use super::find::Found;
use super::search::Search;

/// Taken times that one page lists.
const MOST_TAKEN: usize = 400;

/// Rules and diaries as if nobody were booked and nothing limited the day. Leave, busy time and closed days stay.
pub(super) fn as_if_empty(rules: &Rules, diaries: &Diaries) -> (Rules, Diaries) {
    let (mut rules, mut diaries) = (rules.clone(), diaries.clone());
    rules.resources.iter_mut().for_each(|known| known.daily_limit = None);
    rules.sessions.iter_mut().for_each(|session| session.daily_limit = None);
    diaries.values_mut().for_each(|diary| diary.taken.clear());
    (rules, diaries)
}

/// The times that a question would find were nobody booked, less those that are free.
pub(super) fn taken_times(search: &Search, ask: &Ask, free: &[Found]) -> Vec<Found> {
    let (rules, diaries) = as_if_empty(&search.rules, &search.diaries);
    let is_free: HashSet<_> = free.iter().map(|found| (found.resource, found.offer.slot.start)).collect();
    let all = search.named(scheduling::choices(&rules, &diaries, ask, MOST_TAKEN + free.len()).times);
    let taken = all.into_iter().filter(|found| !is_free.contains(&(found.resource, found.offer.slot.start)));
    taken.take(MOST_TAKEN).collect()
}

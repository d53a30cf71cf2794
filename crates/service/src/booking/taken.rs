//! Times that the sessions have and somebody else has taken: what staff may book all the same, with a reason.

use std::collections::HashSet;

use scheduling::{Ask, Diaries, Offer, Rules};

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

/// The times that a question would find of anybody were nobody booked, less those that are free.
pub(super) fn taken_times(search: &Search, ask: &Ask) -> Vec<Found> {
    let by = |offer: &Offer| (offer.slot.start, offer.who.clone());
    let free: HashSet<_> = scheduling::suiting(&search.rules, &search.diaries, ask).iter().map(by).collect();
    let (rules, diaries) = as_if_empty(&search.rules, &search.diaries);
    let mut all = scheduling::suiting(&rules, &diaries, ask);
    all.retain(|offer| !free.contains(&by(offer)));
    all.truncate(MOST_TAKEN);
    search.named(all)
}

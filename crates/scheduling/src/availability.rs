//! Availability as calendars publish it (RFC 7953): what time is busy because nobody is available in it.
//!
//! A component makes the time that it covers busy, except for its available stretches. One of higher priority replaces all
//! that lower ones say of the time that it covers (section 4); among equals whatever one of them calls available is
//! available (section 5, step 3), and the rest has the firmest busy type.

mod sessions;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::busy::{Busy, Effect};
use crate::expand::{BusyTimes, Event, MAX_BUSY, certain};
use crate::recurrence::{Budget, Length, MAX_STEPS, Start};

pub use sessions::{Unfit, availability_of, rules_of};

/// A VAVAILABILITY.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Availability {
    /// UID. Of those with the same one the highest SEQUENCE holds, then the later DTSTAMP; equals all hold.
    pub uid: String,
    /// SEQUENCE.
    pub sequence: i64,
    /// DTSTAMP: when this version was written.
    pub stamped: Option<DateTime<Utc>>,
    /// DTSTART: from when on it says anything; none for ever.
    pub start: Option<Start>,
    /// DTEND or DURATION: until when; none for ever.
    pub end: Option<End>,
    /// PRIORITY: from 1, the highest, to 9, and then 0, the lowest.
    pub priority: u8,
    /// BUSYTYPE.
    pub effect: Effect,
    /// Its AVAILABLE components.
    pub available: Vec<Available>,
}

/// When a VAVAILABILITY ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// DTEND.
    At(Start),
    /// DURATION, counted from its beginning; for ever, if it has none.
    After(Length),
}

/// An AVAILABLE component, or a change of one of its occurrences.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Available {
    /// Its times. `cancelled` takes an occurrence away; no other mark of the event counts.
    pub event: Event,
    /// SUMMARY.
    pub summary: String,
    /// LOCATION.
    pub location: String,
}

type Instant = DateTime<Utc>;
/// Half open.
type Span = (Instant, Instant);

impl Availability {
    /// The part of a window that it covers; nothing if it does not reach it.
    fn span(&self, (from, to): Span, floating: Tz) -> Option<Span> {
        let start = self.start.as_ref().map(|start| start.instant(floating));
        let end = match (&self.end, &self.start) {
            (None, _) | (Some(End::After(_)), None) => None,
            (Some(End::At(end)), _) => Some(end.instant(floating)),
            (Some(End::After(length)), Some(start)) => Some(length.after(start, floating)),
        };
        let span = (start.map_or(from, |start| start.max(from)), end.map_or(to, |end| end.min(to)));
        (span.0 < span.1).then_some(span)
    }
}

/// The stretches of `from..to` that are busy because nobody is available, in order, with the UID of the component that
/// says so. Times without a zone are read in `floating_zone`. Where a series has more occurrences than can be listed,
/// the rest of its time stays busy.
pub fn unavailable(all: &[Availability], from: Instant, to: Instant, floating_zone: Tz) -> BusyTimes {
    let mut levels: BTreeMap<u8, Vec<(&Availability, Span)>> = BTreeMap::new();
    for one in newest(all) {
        if let Some(span) = one.span((from, to), floating_zone) {
            // The highest first, so that what is covered already need not be looked at.
            let level = if one.priority == 0 { u8::MAX } else { one.priority };
            levels.entry(level).or_default().push((one, span));
        }
    }
    let mut budget = Budget(MAX_STEPS);
    let mut times = BusyTimes { busy: Vec::new(), complete: true };
    let mut covered: Vec<Span> = Vec::new();
    for level in levels.values() {
        if covered.first().is_some_and(|(start, end)| *start <= from && to <= *end) {
            break;
        }
        let mut free = covered.clone();
        for (one, span) in level {
            times.complete &= available(one, *span, floating_zone, &mut budget, &mut free);
        }
        let free = joined(free);
        for busy in firmest(level) {
            times.busy.extend(without(busy, &free));
        }
        covered.extend(level.iter().map(|(_, span)| *span));
        covered = joined(covered);
    }
    times.busy.sort_by_key(|busy| busy.start);
    times
}

/// Leaves out what a later version with the same UID replaces.
fn newest(all: &[Availability]) -> impl Iterator<Item = &Availability> {
    let mut versions: BTreeMap<&str, (i64, Option<Instant>)> = BTreeMap::new();
    for one in all.iter().filter(|one| !one.uid.is_empty()) {
        let version = (one.sequence, one.stamped);
        let kept = versions.entry(&one.uid).or_insert(version);
        *kept = version.max(*kept);
    }
    all.iter().filter(move |one| {
        versions.get(one.uid.as_str()).is_none_or(|version| *version == (one.sequence, one.stamped))
    })
}

/// Adds the available stretches within `span`, and answers whether these are all.
fn available(
    one: &Availability,
    span: Span,
    floating: Tz,
    budget: &mut Budget,
    free: &mut Vec<Span>,
) -> bool {
    let mut groups: BTreeMap<&str, (Vec<&Event>, Vec<&Event>)> = BTreeMap::new();
    for Available { event, .. } in &one.available {
        let (masters, changes) = groups.entry(&event.uid).or_default();
        if event.recurrence_id.is_none() { masters.push(event) } else { changes.push(event) }
    }
    let mut complete = true;
    for (masters, changes) in groups.values() {
        // AVAILABLE has no SEQUENCE: several with one UID are no versions of each other.
        let alone = [None];
        let masters: Vec<Option<&Event>> = masters.iter().copied().map(Some).collect();
        for master in if masters.is_empty() { &alone[..] } else { &masters } {
            let group: Vec<&Event> = master.iter().copied().chain(changes.iter().copied()).collect();
            let (stretches, all) = certain(&group, span.0, span.1, floating, budget);
            complete &= all;
            let within = stretches.iter().map(|busy| (busy.start.max(span.0), busy.end.min(span.1)));
            free.extend(within.filter(|(start, end)| start < end));
            if free.len() > MAX_BUSY {
                *free = joined(std::mem::take(free));
            }
            if free.len() > MAX_BUSY {
                return false;
            }
        }
    }
    complete
}

/// What components of one priority cover, each stretch as the firmest of them has it: BUSY, then BUSY-UNAVAILABLE, then
/// BUSY-TENTATIVE (section 4). Of equals the first in the file gives its UID.
fn firmest(level: &[(&Availability, Span)]) -> Vec<Busy> {
    let rank = |effect: Effect| match effect {
        Effect::Busy => 2,
        Effect::OutOfOffice => 1,
        Effect::Tentative => 0,
    };
    let mut turns: Vec<(Instant, bool, usize)> = Vec::with_capacity(2 * level.len());
    for (index, (_, (start, end))) in level.iter().enumerate() {
        turns.extend([(*start, true, index), (*end, false, index)]);
    }
    turns.sort_unstable();
    let mut open: BTreeSet<(Reverse<u8>, usize)> = BTreeSet::new();
    let mut found: Vec<Busy> = Vec::new();
    for (at, turn) in turns.iter().enumerate() {
        let key = (Reverse(rank(level[turn.2].0.effect)), turn.2);
        if turn.1 {
            open.insert(key);
        } else {
            open.remove(&key);
        }
        let Some(end) = turns.get(at + 1).map(|next| next.0).filter(|end| turn.0 < *end) else { continue };
        let Some((_, index)) = open.first() else { continue };
        let (effect, uid) = (level[*index].0.effect, &level[*index].0.uid);
        match found.last_mut() {
            Some(last) if last.end == turn.0 && last.effect == effect && last.uid == *uid => last.end = end,
            _ => found.push(Busy { start: turn.0, end, effect, uid: uid.clone() }),
        }
    }
    found
}

/// Sorts spans and joins those that overlap or touch.
fn joined(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_unstable();
    let mut kept: Vec<Span> = Vec::with_capacity(spans.len());
    for (start, end) in spans {
        match kept.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => kept.push((start, end)),
        }
    }
    kept
}

/// What is left of a stretch where spans, joined and in order, are taken out of it.
fn without(busy: Busy, spans: &[Span]) -> Vec<Busy> {
    let mut left = Vec::new();
    let mut start = busy.start;
    let first = spans.partition_point(|(_, end)| *end <= busy.start);
    for (from, to) in &spans[first..] {
        if *from >= busy.end {
            break;
        }
        if start < *from {
            left.push(Busy { start, end: *from, ..busy.clone() });
        }
        start = start.max(*to);
    }
    if start < busy.end {
        left.push(Busy { start, ..busy });
    }
    left
}

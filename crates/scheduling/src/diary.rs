//! What is known of one resource's time: busy stretches, and the places that are taken in the ledger.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::busy::Busy;
use crate::quanta::quanta;

/// A visit that holds its time in the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// When the visit itself begins; counts for limits.
    pub at: DateTime<Utc>,
    /// The first and the last quantum taken, buffers included; see [`crate::quanta`].
    pub start_q: i64,
    pub end_q: i64,
    /// The place taken, counted from 0.
    pub place: u32,
    /// How many can be seen at once where it was made: beside it no more are, whatever session they would be in. Left out: it
    /// is not known, and whoever asks decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub among: Option<u32>,
}

impl Taken {
    /// What a visit takes on a place, with its buffers in minutes.
    pub fn by(start: DateTime<Utc>, end: DateTime<Utc>, before_min: u32, after_min: u32, place: u32) -> Self {
        let (start_q, end_q) = quanta(start, end, before_min, after_min).into_inner();
        Self { at: start, start_q, end_q, place, among: None }
    }

    /// The same, made where so many can be seen at once.
    #[must_use]
    pub fn among(self, places: u32) -> Self {
        Self { among: Some(places), ..self }
    }
}

/// What is known of one resource's time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diary {
    /// When they cannot be booked, whatever the place; in any order, overlapping or not.
    #[serde(default)]
    pub busy: Vec<Busy>,
    /// What is held and booked, in any order.
    #[serde(default)]
    pub taken: Vec<Taken>,
    /// Set when their calendars do not say enough: then nothing of them is free.
    #[serde(default)]
    pub unknown: bool,
}

/// The diaries of all resources that the rules name, by id. Of whoever has none, nothing is busy.
pub type Diaries = BTreeMap<String, Diary>;

/// A diary laid out for quick questions; seconds since 1970.
#[derive(Debug, Default)]
pub(crate) struct Layout {
    pub unknown: bool,
    /// Busy stretches, joined, in order.
    pub busy: Vec<(i64, i64)>,
    /// What is taken by first quantum.
    taken: Vec<Taken>,
    /// The highest last quantum up to here.
    reach: Vec<i64>,
    /// When visits begin, in order.
    starts: Vec<i64>,
}

impl Layout {
    pub fn new(diary: Option<&Diary>, away: impl Iterator<Item = (i64, i64)>) -> Self {
        let mut layout = Layout::default();
        layout.busy.extend(away);
        if let Some(diary) = diary {
            layout.unknown = diary.unknown;
            // Fractions of a second count outward: slots begin and end on whole ones.
            let whole = |busy: &Busy| {
                let end = busy.end.timestamp() + i64::from(busy.end.timestamp_subsec_nanos() > 0);
                (busy.start.timestamp(), end)
            };
            layout.busy.extend(diary.busy.iter().filter(|busy| busy.start < busy.end).map(whole));
            layout.taken.clone_from(&diary.taken);
        }
        join(&mut layout.busy);
        layout.taken.sort_unstable_by_key(|taken| (taken.start_q, taken.end_q, taken.place));
        let mut highest = i64::MIN;
        layout.reach = layout
            .taken
            .iter()
            .map(|taken| {
                highest = highest.max(taken.end_q);
                highest
            })
            .collect();
        layout.starts = layout.taken.iter().map(|taken| taken.at.timestamp()).collect();
        layout.starts.sort_unstable();
        layout
    }

    /// The first busy stretch that ends after `at`, to walk on from.
    pub fn busy_from(&self, at: i64) -> usize {
        self.busy.partition_point(|(_, end)| *end <= at)
    }

    /// Whether some busy stretch shares an instant with `from..to`.
    pub fn is_busy(&self, from: i64, to: i64) -> bool {
        self.busy.get(self.busy_from(from)).is_some_and(|(start, _)| *start < to)
    }

    /// The lowest of the first `places` that is free in all quanta from `first` to `last`, if in each of them fewer visits
    /// than that take place, and fewer than there can be where each of those was made. One beyond the capacity counts like any
    /// other: whoever sees somebody is not free, and whoever sees somebody alone sees nobody beside them.
    pub fn place(&self, first: i64, last: i64, places: u32) -> Option<u32> {
        let mut used: u128 = 0;
        let (mut visits, mut least) = (0, places);
        for taken in self.meeting(first, last) {
            visits += 1;
            least = least.min(taken.among.unwrap_or(u32::MAX));
            if taken.place < 128 {
                used |= 1 << taken.place;
            }
        }
        let lowest = used.trailing_ones();
        (lowest < places && (visits < least || self.takes_one_more(first, last, places))).then_some(lowest)
    }

    /// What is taken of the quanta from `first` to `last`.
    fn meeting(&self, first: i64, last: i64) -> impl Iterator<Item = &Taken> {
        let from = self.reach.partition_point(|reach| *reach < first);
        self.taken[from..]
            .iter()
            .take_while(move |taken| taken.start_q <= last)
            .filter(move |taken| taken.end_q >= first)
    }

    /// Whether each of these quanta has room for one more visit among so many.
    fn takes_one_more(&self, first: i64, last: i64, places: u32) -> bool {
        // Where there is none, as much takes place since one of the visits began, or since the first quantum.
        let mut begins = self.meeting(first, last).map(|taken| taken.start_q.max(first));
        begins.all(|q| {
            let (visits, least) = self.meeting(q, q).fold((0, places), |(visits, least), taken| {
                (visits + 1, least.min(taken.among.unwrap_or(u32::MAX)))
            });
            visits < least
        })
    }

    /// How many visits begin within `from..to`.
    pub fn visits(&self, from: i64, to: i64) -> u32 {
        let before = |at: i64| self.starts.partition_point(|start| *start < at);
        u32::try_from(before(to).saturating_sub(before(from))).unwrap_or(u32::MAX)
    }
}

/// Sorts stretches and joins those that overlap or touch.
fn join(stretches: &mut Vec<(i64, i64)>) {
    stretches.retain(|(start, end)| start < end);
    stretches.sort_unstable();
    let mut kept = 0;
    for at in 0..stretches.len() {
        let (start, end) = stretches[at];
        if kept > 0 && start <= stretches[kept - 1].1 {
            stretches[kept - 1].1 = stretches[kept - 1].1.max(end);
        } else {
            stretches[kept] = (start, end);
            kept += 1;
        }
    }
    stretches.truncate(kept);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn taken(start_q: i64, end_q: i64, place: u32, among: Option<u32>) -> Taken {
        Taken {
            at: DateTime::from_timestamp(start_q * 300, 0).expect("in range"),
            start_q,
            end_q,
            place,
            among,
        }
    }

    fn place(visits: &[Taken], places: u32) -> Option<u32> {
        let diary = Diary { taken: visits.to_vec(), ..Diary::default() };
        Layout::new(Some(&diary), std::iter::empty()).place(0, 5, places)
    }

    #[test]
    fn whoever_is_seen_alone_is_seen_alone_though_a_group_could_be_then() {
        assert_eq!(place(&[taken(0, 5, 0, Some(1))], 3), None);
        assert_eq!(place(&[taken(0, 5, 0, Some(3))], 1), None);
        assert_eq!(place(&[taken(0, 5, 0, Some(3))], 3), Some(1));
        // Of pairs and threes at once there are two.
        assert_eq!(place(&[taken(0, 5, 0, Some(3))], 2), Some(1));
        assert_eq!(place(&[taken(0, 5, 0, Some(3)), taken(0, 5, 1, Some(2))], 3), None);
        // One after the other.
        assert_eq!(place(&[taken(0, 2, 0, Some(3)), taken(3, 5, 0, Some(2))], 3), Some(1));
        // From before that was kept, whoever asks decides.
        assert_eq!(place(&[taken(0, 5, 0, None)], 3), Some(1));
    }

    proptest! {
        #[test]
        fn the_lowest_free_place_is_found_as_by_looking_at_each_quantum_and_only_where_somebody_more_is_seen(
            visits in prop::collection::vec((0i64..40, 0i64..12, 0u32..4, prop::option::of(1u32..5)), 0..20),
            first in 0i64..40, long in 0i64..12,
            places in 1u32..5,
        ) {
            let diary = Diary {
                taken: visits.iter().map(|(q, n, place, among)| taken(*q, q + n, *place, *among)).collect(),
                ..Diary::default()
            };
            let layout = Layout::new(Some(&diary), std::iter::empty());
            let free = |place: u32| (first..=first + long)
                .all(|q| !diary.taken.iter().any(|t| t.place == place && t.start_q <= q && q <= t.end_q));
            let takes_more = (first..=first + long).all(|q| {
                let then: Vec<_> = diary.taken.iter().filter(|t| t.start_q <= q && q <= t.end_q).collect();
                let smallest = then.iter().filter_map(|t| t.among).min().unwrap_or(places);
                then.len() < places.min(smallest) as usize
            });
            let lowest = (0..places).find(|place| takes_more && free(*place));
            prop_assert_eq!(layout.place(first, first + long, places), lowest);
        }
    }
}

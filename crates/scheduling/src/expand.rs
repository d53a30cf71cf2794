//! From a calendar's events to busy time: series, exceptions, moved and cancelled occurrences.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::busy::{Busy, Effect};
use crate::recurrence::{Occurrence, Series, Start, occurrence, overlaps};

/// The most stretches that one call yields; beyond it the window counts as busy.
pub const MAX_BUSY: usize = 100_000;

/// An event of a calendar, or an exception to one occurrence of it, as plain values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// UID. Events with an empty UID stand each for themselves.
    pub uid: String,
    /// SEQUENCE. Of events with the same UID and RECURRENCE-ID the highest holds; of equals, the last.
    pub sequence: i64,
    /// RECURRENCE-ID: the occurrence that this event replaces.
    pub recurrence_id: Option<Start>,
    /// RANGE=THISANDFUTURE: all later occurrences move and change alike.
    pub range_this_and_future: bool,
    /// When it happens.
    pub series: Series,
    /// TRANSP:TRANSPARENT: takes no time.
    pub transparent: bool,
    /// STATUS:CANCELLED.
    pub cancelled: bool,
    /// STATUS:TENTATIVE.
    pub tentative: bool,
    /// Marked as out of office.
    pub out_of_office: bool,
}

impl Event {
    fn effect(&self) -> Option<Effect> {
        match self {
            Event { cancelled: true, .. } | Event { transparent: true, .. } => None,
            Event { out_of_office: true, .. } => Some(Effect::OutOfOffice),
            Event { tentative: true, .. } => Some(Effect::Tentative),
            _ => Some(Effect::Busy),
        }
    }
}

/// The busy stretches of `events` that overlap `from..to`, ordered by start, not merged. Whole days and times without
/// a zone are read in `floating_zone`. Cancelled and transparent events take no time. Where a series has more
/// occurrences than can be listed, the rest of the window counts as busy: what is not known is not free.
pub fn busy(events: &[Event], from: DateTime<Utc>, to: DateTime<Utc>, floating_zone: Tz) -> Vec<Busy> {
    let mut groups: BTreeMap<(&str, usize), Vec<&Event>> = BTreeMap::new();
    for (index, event) in events.iter().enumerate() {
        let alone = if event.uid.is_empty() { index + 1 } else { 0 };
        groups.entry((&event.uid, alone)).or_default().push(event);
    }
    let mut found = Vec::new();
    for group in groups.values() {
        Calendar { from, to, zone: floating_zone, found: &mut found }.one_uid(group);
        if found.len() > MAX_BUSY {
            found.push(Busy { start: from, end: to, effect: Effect::Busy, uid: String::new() });
            break;
        }
    }
    found.sort_by(|a, b| (a.start, a.end, &a.uid).cmp(&(b.start, b.end, &b.uid)));
    found
}

struct Calendar<'a> {
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    zone: Tz,
    found: &'a mut Vec<Busy>,
}

impl Calendar<'_> {
    fn one_uid(&mut self, group: &[&Event]) {
        let mut master: Option<&Event> = None;
        let mut changes: BTreeMap<DateTime<Utc>, (&Event, Start)> = BTreeMap::new();
        for event in group {
            match event.recurrence_id {
                None if master.is_none_or(|kept| kept.sequence <= event.sequence) => master = Some(event),
                None => {}
                Some(id) => {
                    let key = id.instant(self.zone);
                    if changes.get(&key).is_none_or(|(kept, _)| kept.sequence <= event.sequence) {
                        changes.insert(key, (event, id));
                    }
                }
            }
        }
        if let Some(master) = master {
            if master.cancelled {
                // The whole series was called off; only exceptions made later still stand.
                changes.retain(|_, (change, _)| change.sequence >= master.sequence);
            } else {
                self.series(master, &changes);
            }
        }
        for (change, _) in changes.values() {
            let series = Series::once(change.series.dtstart, change.series.length());
            self.take(change, &series.between(self.from, self.to, self.zone).occurrences);
        }
    }

    /// The occurrences of a series, without those that have an exception of their own.
    fn series(&mut self, master: &Event, changes: &BTreeMap<DateTime<Utc>, (&Event, Start)>) {
        let onward: Vec<Onward> = changes
            .iter()
            .filter(|(_, (change, _))| change.range_this_and_future)
            .map(|(at, (change, id))| Onward {
                at: *at,
                change,
                shift: change.series.dtstart.instant(self.zone).naive_utc()
                    - id.instant(self.zone).naive_utc(),
                wall_shift: change.series.dtstart.written() - id.written(),
                same_zone: change.series.dtstart.zone(self.zone) == id.zone(self.zone),
            })
            .collect();
        let margin = onward
            .iter()
            .map(|o| o.shift.abs() + o.change.series.length().at_most())
            .max()
            .unwrap_or_default();
        let from = self.from.checked_sub_signed(margin).unwrap_or(self.from);
        let to = self.to.checked_add_signed(margin).unwrap_or(self.to);
        let expansion = master.series.between(from, to, self.zone);
        let zone = master.series.dtstart.zone(self.zone);
        let mut own = Vec::new();
        for o in &expansion.occurrences {
            if changes.iter().any(|(at, (_, id))| replaces(*at, *id, o, master.series.dtstart)) {
                continue;
            }
            match onward.iter().rev().find(|onward| onward.at < o.start) {
                None => own.push(*o),
                Some(onward) => {
                    let wall = o.wall.checked_add_signed(onward.on_the_wall()).unwrap_or(o.wall);
                    let moved = occurrence(wall, zone, onward.change.series.length());
                    self.take(onward.change, &[moved]);
                }
            }
        }
        self.take(master, &own);
        if !expansion.complete && master.effect().is_some() {
            let known = expansion.occurrences.last().map_or(self.from, |last| last.start.max(self.from));
            if known < self.to {
                self.found.push(Busy {
                    start: known,
                    end: self.to,
                    effect: Effect::Busy,
                    uid: master.uid.clone(),
                });
            }
        }
    }

    fn take(&mut self, event: &Event, occurrences: &[Occurrence]) {
        let Some(effect) = event.effect() else { return };
        for o in occurrences.iter().filter(|o| overlaps(o, self.from, self.to)) {
            self.found.push(Busy { start: o.start, end: o.end, effect, uid: event.uid.clone() });
        }
    }
}

/// A change that holds for all later occurrences.
struct Onward<'a> {
    at: DateTime<Utc>,
    change: &'a Event,
    shift: TimeDelta,
    wall_shift: TimeDelta,
    same_zone: bool,
}

impl Onward<'_> {
    /// How far later occurrences move on the wall clock of the series.
    fn on_the_wall(&self) -> TimeDelta {
        if self.same_zone { self.wall_shift } else { self.shift }
    }
}

/// Whether an exception with this RECURRENCE-ID stands for the occurrence.
fn replaces(at: DateTime<Utc>, id: Start, o: &Occurrence, dtstart: Start) -> bool {
    match (id, dtstart) {
        (Start::Date(date), _) => date == o.wall.date(),
        (other, Start::Date(_)) => other.written().date() == o.wall.date(),
        (Start::Floating(wall), _) => wall == o.wall,
        _ => at == o.start,
    }
}

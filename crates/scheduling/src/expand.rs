//! From a calendar's events to busy time: series, exceptions, moved and cancelled occurrences.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use crate::busy::{Busy, Effect};
use crate::recurrence::{
    Budget, Excluded, Expansion, MAX_OCCURRENCES, MAX_STEPS, Occurrence, Question, Series, Start, occurrence,
    overlaps,
};

/// The most stretches that one call yields; beyond it the window counts as busy.
pub const MAX_BUSY: usize = 100_000;

/// An event of a calendar, or an exception to one occurrence of it, as plain values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// UID. Events with an empty UID stand each for themselves.
    pub uid: String,
    /// SEQUENCE. Of events with the same UID and RECURRENCE-ID the highest holds; of equals, the one stamped last; and
    /// of those, the first.
    pub sequence: i64,
    /// DTSTAMP: when this version was written.
    pub stamped: Option<DateTime<Utc>>,
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
    busy_times(events, from, to, floating_zone).busy
}

/// What events come to within a window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BusyTimes {
    /// As [`busy`] answers it.
    pub busy: Vec<Busy>,
    /// False if a bound was reached and time counts as busy of which nothing is known.
    pub complete: bool,
}

/// The same, and whether it was all worked out.
pub fn busy_times(events: &[Event], from: DateTime<Utc>, to: DateTime<Utc>, floating_zone: Tz) -> BusyTimes {
    let mut groups: BTreeMap<(&str, usize), Vec<&Event>> = BTreeMap::new();
    for (index, event) in events.iter().enumerate() {
        let alone = if event.uid.is_empty() { index + 1 } else { 0 };
        groups.entry((&event.uid, alone)).or_default().push(event);
    }
    let mut found = Vec::new();
    let mut budget = Budget(MAX_STEPS);
    let mut complete = true;
    for group in groups.values() {
        let mut calendar = Calendar {
            from,
            to,
            zone: floating_zone,
            found: &mut found,
            budget: &mut budget,
            complete: true,
            unknown: Unknown::Listed,
        };
        calendar.one_uid(group);
        complete &= calendar.complete;
        if found.len() > MAX_BUSY {
            found.push(Busy { start: from, end: to, effect: Effect::Busy, uid: String::new() });
            complete = false;
            break;
        }
    }
    found.sort_by(|a, b| (a.start, a.end, &a.uid).cmp(&(b.start, b.end, &b.uid)));
    BusyTimes { busy: found, complete }
}

/// The stretches of events with one UID that are certain, and whether these are all: what is not worked out is left out.
pub(crate) fn certain(
    group: &[&Event],
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    zone: Tz,
    budget: &mut Budget,
) -> (Vec<Busy>, bool) {
    let mut found = Vec::new();
    let unknown = Unknown::LeftOut;
    let mut calendar = Calendar { from, to, zone, found: &mut found, budget, complete: true, unknown };
    calendar.one_uid(group);
    let complete = calendar.complete;
    (found, complete)
}

/// What becomes of time of which nothing is known, because a bound was reached.
#[derive(Clone, Copy, PartialEq)]
enum Unknown {
    /// It is among the answers.
    Listed,
    LeftOut,
}

struct Calendar<'a> {
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    zone: Tz,
    found: &'a mut Vec<Busy>,
    budget: &'a mut Budget,
    complete: bool,
    unknown: Unknown,
}

/// The changes of single occurrences, by the instant that they replace.
type Changes<'a> = BTreeMap<DateTime<Utc>, (&'a Event, &'a Start)>;

impl Calendar<'_> {
    fn one_uid(&mut self, group: &[&Event]) {
        let mut master: Option<&Event> = None;
        let mut changes: Changes = BTreeMap::new();
        for event in group {
            let is_newer = |kept: &Event| (kept.sequence, kept.stamped) < (event.sequence, event.stamped);
            match &event.recurrence_id {
                None if master.is_none_or(is_newer) => master = Some(event),
                None => {}
                Some(id) => {
                    let key = id.instant(self.zone);
                    if changes.get(&key).is_none_or(|(kept, _)| is_newer(kept)) {
                        changes.insert(key, (event, id));
                    }
                }
            }
        }
        if let Some(master) = master {
            self.series(master, &changes);
            // Who takes an occurrence away takes its change away, too.
            let excluded = Excluded::new(&master.series.exdates, &master.series.dtstart, self.zone);
            changes.retain(|at, (_, id)| !excluded.names(id, *at));
        }
        for (change, _) in changes.values() {
            let series = Series::once(change.series.dtstart.clone(), change.series.length());
            let once = self.expand(&series, TimeDelta::zero());
            self.take(change, &once.occurrences);
        }
    }

    fn expand(&mut self, series: &Series, margin: TimeDelta) -> Expansion {
        let from = self.from.checked_sub_signed(margin).unwrap_or(self.from);
        let to = self.to.checked_add_signed(margin).unwrap_or(self.to);
        let limit = MAX_OCCURRENCES;
        series.answer(&mut Question { from, to, floating: self.zone, limit, budget: self.budget })
    }

    /// The occurrences of a series, without those that have an exception of their own.
    fn series(&mut self, master: &Event, changes: &Changes) {
        if master.effect().is_none() && changes.is_empty() {
            return;
        }
        let onward: Vec<Onward> = changes
            .iter()
            .filter(|(_, (change, _))| change.range_this_and_future)
            .map(|(at, (change, id))| Onward {
                at: *at,
                change,
                shift: change.series.dtstart.instant(self.zone) - id.instant(self.zone),
                wall_shift: change.series.dtstart.written() - id.written(),
                same_zone: change.series.dtstart.zone(self.zone) == id.zone(self.zone),
            })
            .collect();
        let margin = onward
            .iter()
            .map(|o| o.shift.abs() + o.change.series.length().at_most())
            .max()
            .unwrap_or_default();
        let expansion = self.expand(&master.series, margin);
        let zone = master.series.dtstart.zone(self.zone);
        let replaced = Replaced::new(changes, &master.series.dtstart);
        let mut own = Vec::new();
        for o in &expansion.occurrences {
            if replaced.holds(o) {
                continue;
            }
            // The last change before it; they are in order.
            match onward.partition_point(|onward| onward.at < o.start).checked_sub(1).map(|at| &onward[at]) {
                None => own.push(*o),
                Some(onward) => {
                    let wall = o.wall.checked_add_signed(onward.on_the_wall()).unwrap_or(o.wall);
                    let moved = occurrence(wall, &zone, onward.change.series.length());
                    self.take(onward.change, &[moved]);
                }
            }
        }
        self.take(master, &own);
        let takes_time = master.effect().is_some() || onward.iter().any(|o| o.change.effect().is_some());
        if !expansion.complete && takes_time {
            self.complete = false;
            let known = expansion.occurrences.last().map_or(self.from, |last| last.start.max(self.from));
            if known < self.to && self.unknown == Unknown::Listed {
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

/// The occurrences for which exceptions stand.
#[derive(Default)]
struct Replaced {
    instants: HashSet<DateTime<Utc>>,
    walls: HashSet<NaiveDateTime>,
    dates: HashSet<NaiveDate>,
}

impl Replaced {
    fn new(changes: &Changes, dtstart: &Start) -> Self {
        let mut replaced = Replaced::default();
        for (at, (_, id)) in changes {
            match (id, dtstart) {
                (Start::Date(date), _) => {
                    replaced.dates.insert(*date);
                }
                (other, Start::Date(_)) => {
                    replaced.dates.insert(other.written().date());
                }
                (Start::Floating(wall), _) => {
                    replaced.walls.insert(*wall);
                }
                _ => {
                    replaced.instants.insert(*at);
                }
            }
        }
        replaced
    }

    fn holds(&self, o: &Occurrence) -> bool {
        self.instants.contains(&o.start)
            || self.walls.contains(&o.wall)
            || self.dates.contains(&o.wall.date())
    }
}

//! Which of many free times can all be given: each is free by itself, and still two may need one clinician, one room, or the
//! last visit of a day.

use std::collections::HashMap;

use chrono::{DateTime, NaiveTime, Utc};

use crate::diary::{Diaries, Layout};
use crate::matching::{Given, Refused, Rules as Beside};
use crate::rules::{Resource, Rules, Session};
use crate::slots::Offer;
use crate::wall::{instant, wall_of};

/// Free times with all that decides whether they can be given beside each other.
#[derive(Debug, Default)]
pub struct Together {
    resources: Vec<Known>,
    names: HashMap<String, usize>,
    limits: Vec<Limit>,
    /// The clinicians' times that count towards each limit, by position.
    limited: Vec<Vec<usize>>,
    limit_names: HashMap<(usize, i64, i64, u32), usize>,
    times: Vec<Time>,
    slots: Vec<Vec<usize>>,
    slot_names: HashMap<(usize, i64, i64), usize>,
}

/// A clinician, room or machine.
#[derive(Debug)]
struct Known {
    layout: Layout,
    places: u32,
    daily_limit: Option<u32>,
    /// What is there already, by quantum.
    taken: HashMap<i64, There>,
}

/// What takes place at once.
#[derive(Debug, Clone, Copy)]
struct There {
    visits: u32,
    /// No more than this can, where one of them was made.
    least: u32,
}

impl Default for There {
    fn default() -> Self {
        Self { visits: 0, least: u32::MAX }
    }
}

/// At most so many visits of one resource begin within `from..to` (seconds since 1970).
#[derive(Debug, Clone, Copy)]
struct Limit {
    of: usize,
    from: i64,
    to: i64,
    /// How many more fit.
    left: usize,
}

/// Why a time cannot be given beside the others.
#[derive(Debug, Default)]
struct Blocked {
    /// Positions of given times.
    beside: Vec<usize>,
    /// The limit that is reached, if it is one.
    limit: Option<usize>,
}

#[derive(Debug)]
struct Time {
    who: usize,
    start: i64,
    first: i64,
    last: i64,
    capacity: u32,
    /// One of each group goes with it: those that have nothing else to do then, each with the limit of its day.
    also: Vec<Vec<(usize, Option<usize>)>>,
    limits: Vec<usize>,
}

/// What is given so far.
#[derive(Debug, Default)]
struct Book {
    /// Positions of given times, by resource and quantum, with the most that there can be at once beside one of them.
    at: HashMap<(usize, i64), (Vec<usize>, u32)>,
    /// When given visits begin, with their positions, by resource.
    begins: HashMap<usize, Vec<(i64, usize)>>,
}

impl Together {
    /// Adds a free time that these rules and diaries gave; answers its position. All questions look at one window.
    pub fn add(&mut self, rules: &Rules, diaries: &Diaries, offer: &Offer) -> usize {
        let who = self.resource(rules, diaries, &offer.who);
        let (first, last) = offer.slot.quanta().into_inner();
        let (from, to) = offer.slot.with_buffers();
        let session = rules.sessions.iter().find(|session| session.id == offer.slot.rule);
        let zone = offer.slot.zone;
        let mut limits = Vec::new();
        if let Some((most, (from, to))) =
            session.and_then(|session| Some((session.daily_limit?, hours_around(session, offer)?)))
        {
            limits.push(self.limit(who, from, to, most));
        }
        limits.extend(self.limit_of_day(who, offer.slot.start, zone));
        let mut also = Vec::new();
        for group in session.map_or(&[][..], |session| session.also.as_slice()) {
            let mut free = Vec::new();
            for id in group {
                let at = self.resource(rules, diaries, id);
                let layout = &self.resources[at].layout;
                if !layout.unknown && !layout.is_busy(from.timestamp(), to.timestamp()) {
                    free.push((at, self.limit_of_day(at, offer.slot.start, zone)));
                }
            }
            also.push(free);
        }
        let start = offer.slot.start.timestamp();
        let at = self.times.len();
        limits.iter().for_each(|limit| self.limited[*limit].push(at));
        self.times.push(Time { who, start, first, last, capacity: offer.slot.capacity, also, limits });
        // Times of one clinician that take the same quanta are one slot, whatever they are for.
        let slot = *self.slot_names.entry((who, first, last)).or_insert(self.slots.len());
        if slot == self.slots.len() {
            self.slots.push(Vec::new());
        }
        self.slots[slot].push(at);
        at
    }

    /// The slots: the times of each, by position.
    pub fn slots(&self) -> &[Vec<usize>] {
        &self.slots
    }

    /// How many people fit into each slot beside those who are there.
    pub fn capacities(&self) -> Vec<u32> {
        let room = |time: &usize| {
            let time = &self.times[*time];
            let taken = &self.resources[time.who].taken;
            let left = |q| {
                let there: There = taken.get(&q).copied().unwrap_or_default();
                time.capacity.min(there.least).saturating_sub(there.visits)
            };
            (time.first..=time.last).map(left).min().unwrap_or(time.capacity)
        };
        self.slots.iter().map(|times| times.iter().map(room).max().unwrap_or(0)).collect()
    }

    /// How many more can be given beside these, by position.
    pub fn still_fit(&self, given: &[usize]) -> usize {
        let mut book = Book::default();
        for (at, time) in given.iter().enumerate() {
            // What is given beside others was found to fit.
            let _fits = self.give(&mut book, at, &self.times[*time]);
        }
        let mut more = 0;
        for time in self.slots.iter().flatten() {
            while self.give(&mut book, given.len() + more, &self.times[*time]).is_ok() {
                more += 1;
            }
        }
        more
    }

    /// The rules of a question in which each patient can take some of these times: `time` names the one that they would get of a
    /// slot.
    pub fn rules<'a, F: Fn(usize, usize) -> usize + 'a>(&'a self, time: F) -> impl Beside + 'a {
        Question { together: self, time }
    }

    fn resource(&mut self, rules: &Rules, diaries: &Diaries, id: &str) -> usize {
        if let Some(at) = self.names.get(id) {
            return *at;
        }
        let known: Option<&Resource> = rules.resources.iter().find(|known| known.id == id);
        let away = rules.away.iter().filter(|away| away.who == id);
        let at = |wall| instant(wall, rules.zone).timestamp();
        let layout = Layout::new(diaries.get(id), away.map(|away| (at(away.from), at(away.to))));
        let mut taken = HashMap::new();
        for visit in diaries.get(id).map_or(&[][..], |diary| diary.taken.as_slice()) {
            for quantum in visit.start_q..=visit.end_q {
                let there: &mut There = taken.entry(quantum).or_default();
                there.visits += 1;
                there.least = there.least.min(visit.among.unwrap_or(u32::MAX));
            }
        }
        self.resources.push(Known {
            layout,
            places: known.map_or(1, |known| known.places),
            daily_limit: known.and_then(|known| known.daily_limit),
            taken,
        });
        self.names.insert(id.to_owned(), self.resources.len() - 1);
        self.resources.len() - 1
    }

    fn limit(&mut self, of: usize, from: i64, to: i64, most: u32) -> usize {
        let left = most.saturating_sub(self.resources[of].layout.visits(from, to));
        let left = usize::try_from(left).unwrap_or(usize::MAX);
        let next = self.limits.len();
        let at = *self.limit_names.entry((of, from, to, most)).or_insert(next);
        if at == next {
            self.limits.push(Limit { of, from, to, left });
            self.limited.push(Vec::new());
        }
        at
    }

    fn limit_of_day(&mut self, of: usize, start: DateTime<Utc>, zone: chrono_tz::Tz) -> Option<usize> {
        let most = self.resources[of].daily_limit?;
        let day = wall_of(start, zone).date();
        let midnight = |day: chrono::NaiveDate| instant(day.and_time(NaiveTime::MIN), zone).timestamp();
        Some(self.limit(of, midnight(day), midnight(day.succ_opt()?), most))
    }

    /// Gives a time, or says beside which of the given ones it cannot be.
    fn give(&self, book: &mut Book, at: usize, time: &Time) -> Result<(), Blocked> {
        self.fits(book, time.who, time, time.capacity)
            .map_err(|beside| Blocked { beside, ..Blocked::default() })?;
        for limit in &time.limits {
            self.is_within(book, *limit).map_err(|beside| Blocked { beside, limit: Some(*limit) })?;
        }
        let mut with = vec![(time.who, time.capacity)];
        for group in &time.also {
            let mut beside = Vec::new();
            let free = group.iter().find(|(room, limit)| {
                let fits = with.iter().all(|(other, _)| other != room)
                    && match self.fits(book, *room, time, self.resources[*room].places) {
                        Ok(()) => true,
                        Err(others) => {
                            beside.extend(others);
                            false
                        }
                    };
                fits && match limit.map_or(Ok(()), |limit| self.is_within(book, limit)) {
                    Ok(()) => true,
                    Err(others) => {
                        beside.extend(others);
                        false
                    }
                }
            });
            let Some((room, _)) = free else {
                beside.sort_unstable();
                beside.dedup();
                return Err(Blocked { beside, ..Blocked::default() });
            };
            with.push((*room, self.resources[*room].places));
        }
        for (one, places) in with {
            for quantum in time.first..=time.last {
                let (given, least) = book.at.entry((one, quantum)).or_insert((Vec::new(), u32::MAX));
                given.push(at);
                *least = (*least).min(places);
            }
            book.begins.entry(one).or_default().push((time.start, at));
        }
        Ok(())
    }

    fn fits(&self, book: &Book, of: usize, time: &Time, places: u32) -> Result<(), Vec<usize>> {
        for quantum in time.first..=time.last {
            let there = self.resources[of].taken.get(&quantum).copied().unwrap_or_default();
            let (given, least) = match book.at.get(&(of, quantum)) {
                Some((given, least)) => (given.as_slice(), *least),
                None => (&[][..], u32::MAX),
            };
            let visits = there.visits.saturating_add(u32::try_from(given.len()).unwrap_or(u32::MAX));
            if visits >= places.min(there.least).min(least) {
                return Err(given.to_vec());
            }
        }
        Ok(())
    }

    fn is_within(&self, book: &Book, limit: usize) -> Result<(), Vec<usize>> {
        let limit = self.limits[limit];
        let begun = book.begins.get(&limit.of).into_iter().flatten();
        let counted: Vec<usize> =
            begun.filter(|(start, _)| limit.from <= *start && *start < limit.to).map(|(_, at)| *at).collect();
        if counted.len() < limit.left { Ok(()) } else { Err(counted) }
    }
}

/// When the session opens and closes of which a time is.
fn hours_around(session: &Session, offer: &Offer) -> Option<(i64, i64)> {
    let zone = offer.slot.zone;
    let start = offer.slot.start.timestamp();
    let today = offer.slot.wall.date();
    // A session past midnight began the day before.
    [Some(today), today.pred_opt()].into_iter().flatten().find_map(|day| {
        let (opens, closes) = session.hours_on(day)?;
        let (opens, closes) = (instant(opens, zone).timestamp(), instant(closes, zone).timestamp());
        (opens <= start && start < closes).then_some((opens, closes))
    })
}

struct Question<'a, F> {
    together: &'a Together,
    time: F,
}

impl<F: Fn(usize, usize) -> usize> Beside for Question<'_, F> {
    fn refused(&self, given: &[Given]) -> Vec<Refused> {
        let mut book = Book::default();
        let mut refused = Vec::new();
        for (at, one) in given.iter().enumerate() {
            let time = &self.together.times[(self.time)(one.patient, one.slot)];
            if let Err(blocked) = self.together.give(&mut book, at, time) {
                let likewise = blocked.limit.map_or(Vec::new(), |limit| self.together.limited[limit].clone());
                refused.push(Refused { at, beside: blocked.beside, likewise });
            }
        }
        refused
    }

    fn name(&self, patient: usize, slot: usize) -> usize {
        (self.time)(patient, slot)
    }
}

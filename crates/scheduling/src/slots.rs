//! Which times are free: sessions, less closed days, leave and busy time, less what is taken and limited.

use std::collections::HashMap;

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::diary::{Diaries, Layout};
use crate::quanta::QUANTUM_SECONDS;
use crate::ranking::Reason;
use crate::rules::{Resource, Rules, Session, Visit};
use crate::slot::Slot;
use crate::starts::{Clock, Hours, dates, offset_at, the_day_before};
use crate::wall::{Fold, Moment, instant, moment, wall_of};

/// The longest window of one question, in days, so that a careless one is answered in bounded time.
pub const MOST_DAYS: i64 = 3_660;
/// The most free times of one question.
pub const MOST_SLOTS: usize = 400_000;

/// The window asked about, half open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// The first instant at which a slot may begin.
    pub from: DateTime<Utc>,
    /// The first instant at which it may no longer begin.
    pub to: DateTime<Utc>,
}

/// A free time, with what a booking of it would take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// The time.
    pub slot: Slot,
    /// Who sees the patient.
    pub who: String,
    /// The lowest place of theirs that is free in all of its quanta, counted from 0.
    pub place: u32,
    /// The rooms and machines that go with it, one of each group, with their places.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<(String, u32)>,
    /// Where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
    /// The kind of visit.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub visit: String,
    /// Why it is offered, what matters most first; empty where nothing was ranked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<Reason>,
}

/// The free times within a window, the soonest first; of those that begin together in the order in which the rules name
/// clinicians.
///
/// A time is free if, with its buffers, it meets no busy time, leave or taken place of whoever sees the patient, nor of one
/// resource of each group that the session needs as well; if no limit of the session, the clinician or those resources is
/// reached; and if it begins neither within the notice nor beyond the horizon. Where a clinician has two sessions in which a visit
/// begins at the same instant, the one that the rules name first counts. At most [`MOST_DAYS`] days of the window are
/// looked at, and [`MOST_SLOTS`] times answered.
pub fn slots(
    rules: &Rules,
    diaries: &Diaries,
    window: Window,
    now: DateTime<Utc>,
    visit: Option<&str>,
) -> Vec<Offer> {
    let question = Question::new(rules, diaries, window, now, visit);
    let free = question.free(|_, _| true);
    free.iter().map(|free| question.offer(free)).collect()
}

/// A free time before it is written out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Free {
    pub start: i64,
    pub session: u32,
    pub who: u32,
    pub place: u32,
    /// Seconds east of UTC at its beginning.
    pub offset: i32,
    /// Whether clocks change nearby, so that its wall time may happen twice.
    pub near_change: bool,
    /// How many visits the clinician has in the session's hours already.
    pub load: u32,
}

impl Free {
    /// Its beginning on the local wall clock, in seconds since 1970 on it.
    pub fn wall(&self) -> i64 {
        self.start + i64::from(self.offset)
    }
}

/// Rules and diaries, laid out for one question.
pub(crate) struct Question<'a> {
    pub rules: &'a Rules,
    window: Window,
    now: DateTime<Utc>,
    visit: Option<&'a str>,
    names: HashMap<&'a str, u32>,
    resources: Vec<(Option<&'a Resource>, Layout)>,
    ids: Vec<&'a str>,
    clocks: Vec<Clock>,
}

impl<'a> Question<'a> {
    pub fn new(
        rules: &'a Rules,
        diaries: &'a Diaries,
        window: Window,
        now: DateTime<Utc>,
        visit: Option<&'a str>,
    ) -> Self {
        let most = window.from.checked_add_days(Days::new(MOST_DAYS.unsigned_abs())).unwrap_or(window.to);
        let window = Window { from: window.from, to: window.to.min(most) };
        let mut question = Self {
            rules,
            window,
            now,
            visit,
            names: HashMap::new(),
            resources: Vec::new(),
            ids: Vec::new(),
            clocks: Vec::new(),
        };
        let known: HashMap<&str, &Resource> = rules.resources.iter().map(|r| (r.id.as_str(), r)).collect();
        let mut away: HashMap<&str, Vec<(i64, i64)>> = HashMap::new();
        for leave in &rules.away {
            let at = |wall: NaiveDateTime| instant(wall, rules.zone).timestamp();
            away.entry(&leave.who).or_default().push((at(leave.from), at(leave.to)));
        }
        for session in &rules.sessions {
            for id in session.who.iter().chain(session.also.iter().flatten()) {
                if !question.names.contains_key(id.as_str()) {
                    question.names.insert(id, u32::try_from(question.ids.len()).unwrap_or(u32::MAX));
                    let leave = away.get(id.as_str()).into_iter().flatten().copied();
                    let layout = Layout::new(diaries.get(id), leave);
                    question.resources.push((known.get(id.as_str()).copied(), layout));
                    question.ids.push(id);
                }
            }
            let zone = session.zone(rules);
            if !question.clocks.iter().any(|clock| clock.zone == zone) {
                let first = the_day_before(wall_of(window.from, zone).date());
                let last = wall_of(window.to, zone).date().max(first);
                question.clocks.push(Clock::new(zone, first, last));
            }
        }
        question
    }

    /// All free times that `suits` lets through, the soonest first. It is asked once for each session and clinician, by
    /// their positions.
    pub fn free(&self, suits: impl Fn(u32, u32) -> bool) -> Vec<Free> {
        let mut found = Vec::new();
        let mut hours = Hours::default();
        for (at, session) in self.rules.sessions.iter().enumerate() {
            let Some(visit) = session.visit(self.visit) else { continue };
            let zone = session.zone(self.rules);
            let Some(clock) = self.clocks.iter().find(|clock| clock.zone == zone) else { continue };
            let Some((from, to)) = self.bounds(session) else { continue };
            let session_at = u32::try_from(at).unwrap_or(u32::MAX);
            let who: Vec<u32> = session
                .who
                .iter()
                .filter_map(|id| self.names.get(id.as_str()).copied())
                .filter(|who| !self.resources[*who as usize].1.unknown && suits(session_at, *who))
                .collect();
            if who.is_empty() {
                continue;
            }
            for date in dates(session, self.rules, (from, to)) {
                hours.lay_out(session, visit, date, clock);
                if hours.starts.is_empty() {
                    continue;
                }
                for who in &who {
                    if !self.is_closed(session, *who, date) {
                        let bounds = (seconds_up(from), seconds_up(to));
                        self.of_day((session_at, session, visit), *who, date, &hours, bounds, &mut found);
                    }
                }
                if found.len() >= MOST_SLOTS {
                    break;
                }
            }
        }
        found.truncate(MOST_SLOTS);
        let mut found = in_order(found);
        found.dedup_by_key(|free| (free.start, free.who));
        found
    }

    /// The window within notice and horizon.
    fn bounds(&self, session: &Session) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        let notice = session.notice_min.unwrap_or(self.rules.notice_min);
        let soonest = self.now.checked_add_signed(TimeDelta::minutes(i64::from(notice)))?;
        let from = self.window.from.max(soonest);
        let to = match self.rules.horizon_days {
            // The horizon itself counts still.
            Some(days) => {
                let ahead = TimeDelta::days(i64::from(days)) + TimeDelta::seconds(1);
                self.now.checked_add_signed(ahead).map_or(self.window.to, |last| last.min(self.window.to))
            }
            None => self.window.to,
        };
        (from < to).then_some((from, to))
    }

    fn is_closed(&self, session: &Session, who: u32, date: NaiveDate) -> bool {
        let id = self.ids[who as usize];
        self.rules.closed.iter().any(|closed| closed.holds_on(date) && closed.means(session, id))
    }

    /// The free times of one session of one date with one clinician.
    fn of_day(
        &self,
        (session_at, session, visit): (u32, &Session, &Visit),
        who: u32,
        date: NaiveDate,
        hours: &Hours,
        (from, to): (i64, i64),
        found: &mut Vec<Free>,
    ) {
        let (resource, layout) = &self.resources[who as usize];
        let load = layout.visits(hours.opens, hours.closes);
        if session.daily_limit.is_some_and(|limit| load >= limit) {
            return;
        }
        let zone = session.zone(self.rules);
        let limit = resource.and_then(|resource| resource.daily_limit);
        // A session past midnight has visits on two local days.
        let is_full = limit.map(|limit| {
            [Some(date), date.succ_opt()].map(|day| {
                let at = |day: NaiveDate| instant(day.and_time(NaiveTime::MIN), zone).timestamp();
                let (day, next) = (day?, day?.succ_opt()?);
                Some(layout.visits(at(day), at(next)) >= limit)
            })
        });
        let length = i64::from(visit.length_min) * 60;
        let before = i64::from(session.buffer_before_min) * 60;
        let after = length + i64::from(session.buffer_after_min) * 60;
        let mut at = hours.starts.first().map_or(0, |start| layout.busy_from(start - before));
        for start in hours.starts.iter().copied().filter(|start| from <= *start && *start < to) {
            let (lo, hi) = (start - before, start + after);
            while layout.busy.get(at).is_some_and(|(_, end)| *end <= lo) {
                at += 1;
            }
            if layout.busy.get(at).is_some_and(|(begin, _)| *begin < hi) {
                continue;
            }
            let (first, last) = span_of_quanta(lo, hi);
            let Some(place) = layout.place(first, last, session.capacity) else { continue };
            if !session.also.is_empty() && self.also(session, start, (lo, hi)).is_none() {
                continue;
            }
            let offset = hours.offset.unwrap_or_else(|| offset_at(start, zone));
            if let Some(is_full) = is_full {
                let day = (start + offset).div_euclid(86_400) - i64::from(date.to_epoch_days());
                if is_full[usize::from(day > 0)].unwrap_or(true) {
                    continue;
                }
            }
            let (offset, near_change) = (i32::try_from(offset).unwrap_or(0), hours.offset.is_none());
            found.push(Free { start, session: session_at, who, place, offset, near_change, load });
        }
    }

    /// One resource of each further group that is free for a visit that begins at `start` and takes `lo..hi`, and whose own
    /// limit of that day is not reached, with its place; the first that is.
    fn also(&self, session: &Session, start: i64, (lo, hi): (i64, i64)) -> Option<Vec<(u32, u32)>> {
        let (first, last) = span_of_quanta(lo, hi);
        let zone = session.zone(self.rules);
        let is_full = |limit: u32, layout: &Layout| {
            let day =
                DateTime::from_timestamp(start, 0).map_or(NaiveDate::MAX, |at| wall_of(at, zone).date());
            let at = |day: NaiveDate| instant(day.and_time(NaiveTime::MIN), zone).timestamp();
            day.succ_opt().is_none_or(|next| layout.visits(at(day), at(next)) >= limit)
        };
        let mut chosen: Vec<(u32, u32)> = Vec::with_capacity(session.also.len());
        for group in &session.also {
            let free = group.iter().find_map(|id| {
                let at = *self.names.get(id.as_str())?;
                let (resource, layout) = &self.resources[at as usize];
                if layout.unknown || layout.is_busy(lo, hi) || chosen.iter().any(|(other, _)| *other == at) {
                    return None;
                }
                if resource.and_then(|known| known.daily_limit).is_some_and(|limit| is_full(limit, layout)) {
                    return None;
                }
                let places = resource.map_or(1, |resource| resource.places);
                layout.place(first, last, places).map(|place| (at, place))
            })?;
            chosen.push(free);
        }
        Some(chosen)
    }

    /// Whoever the sessions name, by position, with the languages they speak.
    pub fn people(&self) -> Vec<(&'a str, &'a [String])> {
        let languages = |resource: &Option<&'a Resource>| -> &'a [String] {
            resource.map_or(&[], |resource| resource.languages.as_slice())
        };
        self.ids.iter().zip(&self.resources).map(|(id, (resource, _))| (*id, languages(resource))).collect()
    }

    /// Writes a free time out.
    pub fn offer(&self, free: &Free) -> Offer {
        let session = &self.rules.sessions[free.session as usize];
        let zone = session.zone(self.rules);
        let visit = session.visit(self.visit);
        let length = i64::from(visit.map_or(0, |visit| visit.length_min)) * 60;
        let at = |seconds: i64| DateTime::from_timestamp(seconds, 0).unwrap_or(DateTime::<Utc>::MAX_UTC);
        let wall = at(free.wall()).naive_utc();
        let lo = free.start - i64::from(session.buffer_before_min) * 60;
        let hi = free.start + length + i64::from(session.buffer_after_min) * 60;
        let also = if session.also.is_empty() { None } else { self.also(session, free.start, (lo, hi)) };
        Offer {
            slot: Slot {
                start: at(free.start),
                end: at(free.start + length),
                zone,
                wall,
                fold: if free.near_change { fold(wall, zone, free.start) } else { None },
                capacity: session.capacity,
                buffer_before_min: session.buffer_before_min,
                buffer_after_min: session.buffer_after_min,
                rule: session.id.clone(),
            },
            who: self.ids[free.who as usize].to_owned(),
            place: free.place,
            also: also
                .into_iter()
                .flatten()
                .map(|(at, place)| (self.ids[at as usize].to_owned(), place))
                .collect(),
            site: session.site.clone(),
            visit: visit.map_or(String::new(), |visit| visit.kind.clone()),
            reasons: Vec::new(),
        }
    }
}

/// Sorts by beginning, then by clinician, then by session.
///
/// Many sessions begin at the same few times of a day: they are dealt into one heap for each quantum, and each heap is sorted,
/// which takes a third of the time of sorting the whole.
fn in_order(mut found: Vec<Free>) -> Vec<Free> {
    let key = |free: &Free| (free.start, free.who, free.session);
    let first = found.iter().map(|free| free.start).min().unwrap_or(0);
    let last = found.iter().map(|free| free.start).max().unwrap_or(0);
    let heap = |free: &Free| usize::try_from((free.start - first) / QUANTUM_SECONDS).unwrap_or(0);
    let heaps = usize::try_from((last - first) / QUANTUM_SECONDS).unwrap_or(0) + 1;
    if found.len() < 1_000 || heaps > found.len() * 4 {
        found.sort_unstable_by_key(key);
        return found;
    }
    let mut ends = vec![0usize; heaps];
    found.iter().for_each(|free| ends[heap(free)] += 1);
    let mut begins = 0;
    for end in &mut ends {
        let count = *end;
        *end = begins;
        begins += count;
    }
    let mut sorted = found.clone();
    for free in &found {
        let at = &mut ends[heap(free)];
        sorted[*at] = *free;
        *at += 1;
    }
    let mut from = 0;
    for to in ends {
        sorted[from..to].sort_unstable_by_key(key);
        from = to;
    }
    sorted
}

/// Which pass of a repeated wall time an instant is.
fn fold(wall: NaiveDateTime, zone: chrono_tz::Tz, start: i64) -> Option<Fold> {
    match moment(wall, zone) {
        Moment::Twice(first, _) if first.timestamp() == start => Some(Fold::First),
        Moment::Twice(..) => Some(Fold::Second),
        Moment::Once(_) | Moment::Never => None,
    }
}

/// The first and the last quantum that `lo..hi` touches; see [`crate::quanta`].
fn span_of_quanta(lo: i64, hi: i64) -> (i64, i64) {
    let first = lo.div_euclid(QUANTUM_SECONDS);
    (first, (hi - 1).div_euclid(QUANTUM_SECONDS).max(first))
}

/// Whole seconds, a fraction counted upward: what begins on a whole second begins before both or neither.
fn seconds_up(at: DateTime<Utc>) -> i64 {
    at.timestamp() + i64::from(at.timestamp_subsec_nanos() > 0)
}

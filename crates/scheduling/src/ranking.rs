//! Which of the free times to offer first, and why.

use chrono::{DateTime, Utc, Weekday};
use serde::{Deserialize, Serialize};

use crate::diary::Diaries;
use crate::rules::{Rules, Session};
use crate::slots::{Free, Offer, Question, Window};

/// A part of the day on the clinic's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartOfDay {
    /// Before 12:00.
    Morning,
    /// From 12:00 to 16:59.
    Afternoon,
    /// From 17:00.
    Evening,
}

impl PartOfDay {
    /// The part of the day in which an hour (0 to 23) lies.
    pub fn of_hour(hour: u32) -> Self {
        match hour {
            0..12 => PartOfDay::Morning,
            12..17 => PartOfDay::Afternoon,
            _ => PartOfDay::Evening,
        }
    }
}

/// What is wanted of a time. Of a list any one will do; an empty list wants nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Wants {
    /// By one of these clinicians.
    pub who: Vec<String>,
    /// At one of these sites.
    pub sites: Vec<String>,
    /// On one of these weekdays.
    pub weekdays: Vec<Weekday>,
    /// In one of these parts of the day.
    pub parts: Vec<PartOfDay>,
    /// By somebody who speaks this language; a BCP 47 tag, of which the language itself is compared.
    pub language: Option<String>,
    /// Where one gets in without a step.
    pub step_free: bool,
}

/// A question for times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// When the visit may begin. The end is that of the urgency's window, if it has one.
    pub window: Window,
    pub now: DateTime<Utc>,
    /// The kind of visit; without one, the first of each session.
    #[serde(default)]
    pub visit: Option<String>,
    /// What must hold: other times are not offered.
    #[serde(default)]
    pub must: Wants,
    /// What would be good: such times come first.
    #[serde(default)]
    pub like: Wants,
    /// Who saw the patient before.
    #[serde(default)]
    pub before: Option<String>,
    /// The most offers.
    pub limit: usize,
}

/// Why a time is offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Who saw the patient before.
    SameDoctor,
    /// No other free time comes sooner.
    Earliest,
    /// No site with a free time is nearer to the patient.
    Closest,
    /// The language asked for is spoken.
    Language,
    /// One gets in without a step, as asked for.
    StepFree,
    /// The weekday and the part of the day asked for.
    DayAndTime,
    /// The part of the day asked for.
    TimeOfDay,
    /// The weekday asked for.
    SameWeekday,
    /// The clinician asked for.
    Clinician,
    /// The place asked for.
    Place,
    /// The next free time after those above it.
    Next,
}

impl Reason {
    /// The reason as a patient reads it.
    pub fn words(self) -> &'static str {
        match self {
            Reason::SameDoctor => "same doctor as before",
            Reason::Earliest => "earliest free time",
            Reason::Closest => "closest to you",
            Reason::Language => "speaks your language",
            Reason::StepFree => "no steps to get in",
            Reason::DayAndTime => "fits the weekday and the time of day you asked for",
            Reason::TimeOfDay => "fits the time of day you asked for",
            Reason::SameWeekday => "on the weekday you asked for",
            Reason::Clinician => "with the clinician you asked for",
            Reason::Place => "at the place you asked for",
            Reason::Next => "next free time",
        }
    }
}

/// The times that can be offered, best first, each with its reasons; at most `ask.limit`.
///
/// What must hold filters; what would be good ranks. Offers that meet more wishes come first, of equal ones the sooner, the
/// nearer, the one of whoever has less to do, and last the order of the rules. Whatever was wished for, the first three hold
/// the soonest of all, the soonest with the doctor of before and the soonest at the nearest place, as far as there is room.
/// The same question always has the same answer.
pub fn offers(rules: &Rules, diaries: &Diaries, ask: &Ask) -> Vec<Offer> {
    let question = Question::new(rules, diaries, ask.window, ask.now, ask.visit.as_deref());
    let known = Known::new(&question, ask);
    let mut free = question.free(|session, who| known.may(session, who));
    free.retain(|free| fits_day(&ask.must, free) && fits_part(&ask.must, free));
    let Some(marks) = Marks::new(&known, &free) else { return Vec::new() };
    let limit = ask.limit.min(free.len());
    let mut ranked: Vec<(u32, Free)> = free.into_iter().map(|free| (known.wishes(&free), free)).collect();
    let order = |(met, free): &(u32, Free)| {
        (std::cmp::Reverse(*met), free.start, known.metres(free), free.load, free.who)
    };
    if limit == 0 {
        return Vec::new();
    }
    // Only those that are answered have to be in order.
    if limit < ranked.len() {
        ranked.select_nth_unstable_by_key(limit - 1, order);
    }
    ranked.truncate(limit);
    ranked.sort_unstable_by_key(order);
    let mut chosen: Vec<Free> = ranked.first().map(|(_, free)| *free).into_iter().collect();
    for marked in [Some(marks.earliest), marks.before, marks.closest].into_iter().flatten() {
        if chosen.len() < 3 && !chosen.iter().any(|other| same(other, &marked)) {
            chosen.push(marked);
        }
    }
    let lead = chosen.len();
    for (_, free) in &ranked {
        if !chosen[..lead].iter().any(|other| same(other, free)) {
            chosen.push(*free);
        }
    }
    chosen.truncate(limit);
    let written = |free: &Free| Offer { reasons: known.reasons(&marks, free), ..question.offer(free) };
    chosen.iter().map(written).collect()
}

fn same(one: &Free, other: &Free) -> bool {
    (one.start, one.who) == (other.start, other.who)
}

/// The soonest of their kind.
struct Marks {
    earliest: Free,
    before: Option<Free>,
    closest: Option<Free>,
    /// Metres to the nearest place, where places differ.
    nearest: Option<u64>,
}

impl Marks {
    /// `free` is in order of time. `None` when nothing is free.
    fn new(known: &Known<'_>, free: &[Free]) -> Option<Self> {
        let nearest = free.iter().map(|free| known.metres(free)).min();
        let farthest = free.iter().map(|free| known.metres(free)).max();
        // Of one place, or places of which nothing is known, none is the closest.
        let nearest = nearest.filter(|nearest| Some(*nearest) < farthest);
        Some(Marks {
            earliest: *free.first()?,
            before: free.iter().find(|free| known.was_before(free.who)).copied(),
            closest: free.iter().find(|free| Some(known.metres(free)) == nearest).copied(),
            nearest,
        })
    }
}

/// A question with what of it does not depend on the time.
struct Known<'a> {
    ask: &'a Ask,
    /// For each session.
    places: Vec<Place<'a>>,
    /// For each resource, its id and the languages it speaks.
    people: Vec<(&'a str, &'a [String])>,
}

struct Place<'a> {
    site: Option<&'a str>,
    step_free: bool,
    /// From the patient; the farthest where that is not known.
    metres: u64,
}

impl<'a> Known<'a> {
    fn new(question: &Question<'a>, ask: &'a Ask) -> Self {
        let place = |session: &'a Session| {
            let site = question.rules.sites.iter().find(|site| Some(&site.id) == session.site.as_ref());
            let km = site.and_then(|site| site.km).filter(|km| km.is_finite() && *km >= 0.0);
            Place {
                site: session.site.as_deref(),
                step_free: site.is_some_and(|site| site.step_free),
                metres: km.map_or(u64::MAX, |km| (km * 1000.0).round() as u64),
            }
        };
        Self { ask, places: question.rules.sessions.iter().map(place).collect(), people: question.people() }
    }

    fn place(&self, free: &Free) -> &Place<'a> {
        &self.places[free.session as usize]
    }

    fn metres(&self, free: &Free) -> u64 {
        self.place(free).metres
    }

    fn was_before(&self, who: u32) -> bool {
        self.ask.before.as_deref() == Some(self.people[who as usize].0)
    }

    /// Whether a session with a clinician meets what must hold at any time of it.
    fn may(&self, session: u32, who: u32) -> bool {
        let (must, place) = (&self.ask.must, &self.places[session as usize]);
        (must.who.is_empty() || self.is_wanted(must, who))
            && (must.sites.is_empty() || is_at(must, place))
            && (must.language.is_none() || self.speaks(must, who))
            && (!must.step_free || place.step_free)
    }

    fn is_wanted(&self, wants: &Wants, who: u32) -> bool {
        wants.who.iter().any(|wanted| wanted == self.people[who as usize].0)
    }

    fn speaks(&self, wants: &Wants, who: u32) -> bool {
        let primary = |tag: &str| tag.split(['-', '_']).next().unwrap_or(tag).to_ascii_lowercase();
        wants.language.as_deref().is_some_and(|wanted| {
            self.people[who as usize].1.iter().any(|spoken| primary(spoken) == primary(wanted))
        })
    }

    /// How many wishes a time meets.
    fn wishes(&self, free: &Free) -> u32 {
        let like = &self.ask.like;
        [
            self.was_before(free.who),
            self.is_wanted(like, free.who),
            is_at(like, self.place(free)),
            self.speaks(like, free.who),
            like.step_free && self.place(free).step_free,
            !like.weekdays.is_empty() && fits_day(like, free),
            !like.parts.is_empty() && fits_part(like, free),
        ]
        .into_iter()
        .map(u32::from)
        .sum()
    }

    /// Why a time is offered; what was asked for counts whether it had to hold or was only wished for.
    fn reasons(&self, marks: &Marks, free: &Free) -> Vec<Reason> {
        let asked = [&self.ask.like, &self.ask.must];
        let place = self.place(free);
        let day = asked.iter().any(|wants| !wants.weekdays.is_empty() && fits_day(wants, free));
        let part = asked.iter().any(|wants| !wants.parts.is_empty() && fits_part(wants, free));
        let all = [
            (self.was_before(free.who), Reason::SameDoctor),
            (free.start == marks.earliest.start, Reason::Earliest),
            (marks.nearest == Some(place.metres), Reason::Closest),
            (asked.iter().any(|wants| self.speaks(wants, free.who)), Reason::Language),
            (asked.iter().any(|wants| wants.step_free) && place.step_free, Reason::StepFree),
            (day && part, Reason::DayAndTime),
            (part && !day, Reason::TimeOfDay),
            (day && !part, Reason::SameWeekday),
            (asked.iter().any(|wants| self.is_wanted(wants, free.who)), Reason::Clinician),
            (asked.iter().any(|wants| is_at(wants, place)), Reason::Place),
        ];
        let mut reasons: Vec<Reason> =
            all.into_iter().filter(|(holds, _)| *holds).map(|(_, why)| why).collect();
        if reasons.is_empty() {
            reasons.push(Reason::Next);
        }
        reasons
    }
}

fn is_at(wants: &Wants, place: &Place<'_>) -> bool {
    place.site.is_some_and(|site| wants.sites.iter().any(|wanted| wanted == site))
}

/// Whether the local weekday is one of those wanted, if any is.
fn fits_day(wants: &Wants, free: &Free) -> bool {
    // 1970-01-01 was a Thursday.
    let from_monday = (free.wall().div_euclid(86_400) + 3).rem_euclid(7);
    wants.weekdays.is_empty()
        || wants.weekdays.iter().any(|day| i64::from(day.num_days_from_monday()) == from_monday)
}

/// Whether the local hour lies in one of the parts of the day wanted, if any is.
fn fits_part(wants: &Wants, free: &Free) -> bool {
    let hour = u32::try_from(free.wall().rem_euclid(86_400) / 3_600).unwrap_or(0);
    wants.parts.is_empty() || wants.parts.contains(&PartOfDay::of_hour(hour))
}

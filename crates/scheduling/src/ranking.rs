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
    /// On another day than those above it.
    AnotherDay,
    /// In another part of the day than those above it.
    AnotherTime,
    /// With somebody else than those above it.
    AnotherClinician,
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
            Reason::AnotherDay => "on another day",
            Reason::AnotherTime => "at another time of day",
            Reason::AnotherClinician => "with another clinician",
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
    look(rules, diaries, ask, (0, Short::InOrder)).best
}

/// What a page of times shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choices {
    /// A short list of the best offers that differ from each other.
    pub best: Vec<Offer>,
    /// Each time that is free, once and in order, with whoever suits best of those who are free then.
    pub times: Vec<Offer>,
}

/// A short list of at most `ask.limit` offers, and with them each free time, at most `most_times`.
///
/// The list begins as [`offers`] does: the very best, the soonest, the doctor of before, the nearest place. Whoever reads three
/// times of one morning has one choice, not three; so the next two are the best on another day, and the best in another part
/// of the day or with somebody else. Being different never costs a wish: they meet as many as any other that is left.
pub fn choices(rules: &Rules, diaries: &Diaries, ask: &Ask, most_times: usize) -> Choices {
    look(rules, diaries, ask, (most_times, Short::Various))
}

/// What follows the first offers of a list.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Short {
    InOrder,
    Various,
}

fn look(rules: &Rules, diaries: &Diaries, ask: &Ask, (most_times, short): (usize, Short)) -> Choices {
    let question = Question::new(rules, diaries, ask.window, ask.now, ask.visit.as_deref());
    let known = Known::new(&question, ask);
    let mut free = question.free(|session, who| known.may(session, who));
    free.retain(|free| fits_day(&ask.must, free) && fits_part(&ask.must, free));
    let Some(marks) = Marks::new(&known, &free) else { return Choices::default() };
    let limit = ask.limit.min(free.len());
    if !known.has_wishes() && short == Short::InOrder {
        // Then the soonest are the best, and none of those that begin later has to be looked at.
        let enough = free.get(limit.max(1) - 1).map_or(i64::MAX, |free| free.start);
        free.truncate(free.partition_point(|free| free.start <= enough));
    }
    let mut ranked: Vec<(u32, Free)> = free.into_iter().map(|free| (known.wishes(&free), free)).collect();
    let order = |(met, free): &(u32, Free)| {
        (std::cmp::Reverse(*met), free.start, known.metres(free), free.load, free.who)
    };
    let written = |free: &Free| Offer { reasons: known.reasons(&marks, free), ..question.offer(free) };
    let each_time = ranked.chunk_by(|(_, one), (_, other)| one.start == other.start);
    let times = each_time
        .take(most_times)
        .filter_map(|together| together.iter().min_by_key(|free| order(free)))
        .map(|(_, free)| written(free))
        .collect();
    let mut chosen: Vec<Free> =
        ranked.iter().min_by_key(|free| order(free)).map(|(_, free)| *free).into_iter().collect();
    for marked in [Some(marks.earliest), marks.before, marks.closest].into_iter().flatten() {
        if chosen.len() < 3 && !chosen.iter().any(|other| same(other, &marked)) {
            chosen.push(marked);
        }
    }
    let lead = chosen.len();
    let mut differs = Vec::new();
    for ways in VARIETY.into_iter().filter(|_| short == Short::Various) {
        if chosen.len() < limit
            && let Some((free, why)) = another(&ranked, &chosen, ways, order)
        {
            chosen.push(free);
            differs.push(why);
        }
    }
    // Only those that are answered have to be in order.
    if limit > 0 && limit < ranked.len() {
        ranked.select_nth_unstable_by_key(limit - 1, order);
    }
    ranked.truncate(limit);
    ranked.sort_unstable_by_key(order);
    let first = chosen.len();
    for (_, free) in &ranked {
        if !chosen[..first].iter().any(|other| same(other, free)) {
            chosen.push(*free);
        }
    }
    chosen.truncate(limit);
    let mut best: Vec<Offer> = chosen.iter().map(written).collect();
    for (offer, why) in best.iter_mut().skip(lead).zip(differs) {
        offer.reasons.retain(|reason| *reason != Reason::Next);
        offer.reasons.push(why);
    }
    Choices { best, times }
}

/// In which ways the two offers after the first ones should differ from all before, the first that is possible.
const VARIETY: [[Reason; 3]; 2] = [
    [Reason::AnotherDay, Reason::AnotherTime, Reason::AnotherClinician],
    [Reason::AnotherTime, Reason::AnotherClinician, Reason::AnotherDay],
];

/// The best offer that differs from those chosen, and in which way; of those only that meet as many wishes as any that is left.
fn another<K: Ord>(
    ranked: &[(u32, Free)],
    chosen: &[Free],
    ways: [Reason; 3],
    order: impl Fn(&(u32, Free)) -> K,
) -> Option<(Free, Reason)> {
    let left = || ranked.iter().filter(|(_, free)| !chosen.iter().any(|other| same(other, free)));
    let most = left().map(|(met, _)| *met).max()?;
    let differs = |free: &Free, way: Reason| {
        chosen.iter().all(|other| match way {
            Reason::AnotherDay => free.wall().div_euclid(86_400) != other.wall().div_euclid(86_400),
            Reason::AnotherTime => part_of(free) != part_of(other),
            _ => free.who != other.who,
        })
    };
    ways.into_iter().find_map(|way| {
        let those = left().filter(|(met, free)| *met == most && differs(free, way));
        those.min_by_key(|free| order(free)).map(|(_, free)| (*free, way))
    })
}

/// All free times that meet what must hold, in order; of those that begin together, of everybody.
pub fn suiting(rules: &Rules, diaries: &Diaries, ask: &Ask) -> Vec<Offer> {
    let question = Question::new(rules, diaries, ask.window, ask.now, ask.visit.as_deref());
    let known = Known::new(&question, ask);
    let mut free = question.free(|session, who| known.may(session, who));
    free.retain(|free| fits_day(&ask.must, free) && fits_part(&ask.must, free));
    free.iter().map(|free| question.offer(free)).collect()
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
        // Of one place, or places of which nothing is known, none is the closest.
        let differ = known.places.windows(2).any(|pair| pair[0].metres != pair[1].metres);
        let metres = || free.iter().filter(|_| differ).map(|free| known.metres(free));
        let nearest = metres().min().filter(|nearest| Some(*nearest) < metres().max());
        Some(Marks {
            earliest: *free.first()?,
            before: match known.people.iter().any(|person| person.was_before) {
                true => free.iter().find(|free| known.person(free.who).was_before).copied(),
                false => None,
            },
            closest: nearest
                .and_then(|nearest| free.iter().find(|free| known.metres(free) == nearest))
                .copied(),
            nearest,
        })
    }
}

/// A question with what of it does not depend on the time.
struct Known<'a> {
    ask: &'a Ask,
    /// For each session.
    places: Vec<Place<'a>>,
    /// For each resource.
    people: Vec<Person>,
}

struct Place<'a> {
    site: Option<&'a str>,
    step_free: bool,
    /// From the patient; the farthest where that is not known.
    metres: u64,
    /// How many wishes it meets.
    wishes: u32,
}

/// What of a question a clinician answers.
struct Person {
    was_before: bool,
    /// Named by what must hold, and by what would be good.
    must: bool,
    like: bool,
    /// Speaks the language that must be spoken, and the one that would be good.
    speaks_must: bool,
    speaks_like: bool,
    /// How many wishes they meet.
    wishes: u32,
}

impl Person {
    fn new(ask: &Ask, id: &str, languages: &[String]) -> Self {
        let named = |wants: &Wants| wants.who.iter().any(|wanted| wanted == id);
        let speaks =
            |wants: &Wants| wants.language.as_deref().is_some_and(|wanted| spoken(languages, wanted));
        let (was_before, like) = (ask.before.as_deref() == Some(id), named(&ask.like));
        let speaks_like = speaks(&ask.like);
        Self {
            was_before,
            must: named(&ask.must),
            like,
            speaks_must: speaks(&ask.must),
            speaks_like,
            wishes: [was_before, like, speaks_like].into_iter().map(u32::from).sum(),
        }
    }
}

/// Whether a language is among those spoken: the language itself counts, not where it is spoken.
pub fn spoken(languages: &[String], wanted: &str) -> bool {
    let primary = |tag: &str| tag.split(['-', '_']).next().unwrap_or(tag).to_ascii_lowercase();
    languages.iter().any(|spoken| primary(spoken) == primary(wanted))
}

impl<'a> Known<'a> {
    fn new(question: &Question<'a>, ask: &'a Ask) -> Self {
        let place = |session: &'a Session| {
            let site = question.rules.sites.iter().find(|site| Some(&site.id) == session.site.as_ref());
            let km = site.and_then(|site| site.km).filter(|km| km.is_finite() && *km >= 0.0);
            let mut place = Place {
                site: session.site.as_deref(),
                step_free: site.is_some_and(|site| site.step_free),
                metres: km.map_or(u64::MAX, |km| (km * 1000.0).round() as u64),
                wishes: 0,
            };
            place.wishes =
                u32::from(is_at(&ask.like, &place)) + u32::from(ask.like.step_free && place.step_free);
            place
        };
        Self {
            ask,
            places: question.rules.sessions.iter().map(place).collect(),
            people: question.people().iter().map(|(id, languages)| Person::new(ask, id, languages)).collect(),
        }
    }

    /// Whether anything was wished for that some time could meet.
    fn has_wishes(&self) -> bool {
        let like = &self.ask.like;
        !like.weekdays.is_empty()
            || !like.parts.is_empty()
            || self.places.iter().any(|place| place.wishes > 0)
            || self.people.iter().any(|person| person.wishes > 0)
    }

    fn place(&self, free: &Free) -> &Place<'a> {
        &self.places[free.session as usize]
    }

    fn metres(&self, free: &Free) -> u64 {
        self.place(free).metres
    }

    fn person(&self, who: u32) -> &Person {
        &self.people[who as usize]
    }

    /// Whether a session with a clinician meets what must hold at any time of it.
    fn may(&self, session: u32, who: u32) -> bool {
        let (must, place, person) = (&self.ask.must, &self.places[session as usize], self.person(who));
        (must.who.is_empty() || person.must)
            && (must.sites.is_empty() || is_at(must, place))
            && (must.language.is_none() || person.speaks_must)
            && (!must.step_free || place.step_free)
    }

    /// How many wishes a time meets.
    fn wishes(&self, free: &Free) -> u32 {
        let like = &self.ask.like;
        self.person(free.who).wishes
            + self.place(free).wishes
            + u32::from(!like.weekdays.is_empty() && fits_day(like, free))
            + u32::from(!like.parts.is_empty() && fits_part(like, free))
    }

    /// Why a time is offered; what was asked for counts whether it had to hold or was only wished for.
    fn reasons(&self, marks: &Marks, free: &Free) -> Vec<Reason> {
        let asked = [&self.ask.like, &self.ask.must];
        let (place, person) = (self.place(free), self.person(free.who));
        let day = asked.iter().any(|wants| !wants.weekdays.is_empty() && fits_day(wants, free));
        let part = asked.iter().any(|wants| !wants.parts.is_empty() && fits_part(wants, free));
        let all = [
            (person.was_before, Reason::SameDoctor),
            (free.start == marks.earliest.start, Reason::Earliest),
            (marks.nearest == Some(place.metres), Reason::Closest),
            (person.speaks_like || person.speaks_must, Reason::Language),
            (asked.iter().any(|wants| wants.step_free) && place.step_free, Reason::StepFree),
            (day && part, Reason::DayAndTime),
            (part && !day, Reason::TimeOfDay),
            (day && !part, Reason::SameWeekday),
            (person.like || person.must, Reason::Clinician),
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
    wants.parts.is_empty() || wants.parts.contains(&part_of(free))
}

/// The part of the day on the clock of its place.
fn part_of(free: &Free) -> PartOfDay {
    PartOfDay::of_hour(u32::try_from(free.wall().rem_euclid(86_400) / 3_600).unwrap_or(0))
}

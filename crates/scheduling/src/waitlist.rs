//! The waiting list: who is offered a time that has come free, and why whoever stands before them is not.
//!
//! Urgency goes first, then how long somebody has waited (in whole days), then how well the time fits what they would
//! like. Whoever cannot be reached before the time comes too near is passed over and keeps their place. One person has
//! one live offer, so that many free times are one batch of offers to different people.

mod reach;
mod seen;
mod words;

use std::collections::HashSet;

use chrono::{DateTime, Datelike, TimeDelta, Timelike, Utc, Weekday};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

pub use reach::{Answered, Channel, Quiet, answer_min, awake_after, awake_between, decent};
pub use seen::Seen;

use crate::ranking::{PartOfDay, spoken};
use crate::wall::wall_of;

/// Which times somebody can take. Of a list any one will do; an empty list is open to all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Wishes {
    pub weekdays: Vec<Weekday>,
    pub parts: Vec<PartOfDay>,
    pub sites: Vec<String>,
    /// Clinicians.
    pub who: Vec<String>,
    /// By somebody who speaks it; a BCP 47 tag, of which the language itself is compared.
    pub language: Option<String>,
}

/// Somebody who waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub id: String,
    /// Who it is: somebody may wait for two visits, and is asked about one at a time.
    pub person: String,
    /// Rank of urgency: the smaller, the more urgent.
    pub class: u32,
    pub since: DateTime<Utc>,
    /// The kind of visit; a time of another kind is none for them.
    pub visit: String,
    /// The first instant at which the visit may begin, and the first at which it may no longer.
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
    /// Minutes that they need between an offer and the visit: to arrange things and to come.
    pub notice_min: u32,
    /// What must hold.
    pub must: Wishes,
    /// What would be good.
    pub like: Wishes,
    /// Minutes, awake, that they need to see an offer and answer it, see [`answer_min`]; `None`: nothing reaches them.
    pub answer_min: Option<u32>,
    /// Where they are, for the night.
    pub zone: Tz,
    /// They are being asked about a time already.
    pub is_asked: bool,
    /// They did not answer the last offer, and are left alone until then.
    pub rests_until: Option<DateTime<Utc>>,
    /// Times that they have seen and not taken, as [`Freed::key`] names them.
    pub seen: Seen,
}

/// A time that is free: one place of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Freed {
    /// Names the time; two places of one time have the same.
    pub key: String,
    pub start: DateTime<Utc>,
    /// The zone in which it is offered.
    pub zone: Tz,
    pub visit: String,
    pub who: String,
    #[serde(default)]
    pub site: String,
    /// What whoever sees the patient speaks.
    #[serde(default)]
    pub languages: Vec<String>,
}

impl Freed {
    /// Whether a wish for a language is met; no wish is.
    pub fn is_spoken(&self, wanted: Option<&str>) -> bool {
        wanted.is_none_or(|wanted| spoken(&self.languages, wanted))
    }
}

/// What a site decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// Minutes before a visit within which its time is offered to nobody.
    pub no_fill_min: u32,
    /// Minutes before a visit at which every offer of it is over.
    pub over_min: u32,
    /// No message in these hours.
    pub quiet: Option<Quiet>,
}

impl Default for Rules {
    fn default() -> Self {
        Self { no_fill_min: 24 * 60, over_min: 2 * 60, quiet: None }
    }
}

/// Why somebody is offered a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "why")]
pub enum Because {
    /// Nobody is more urgent and can take it.
    MostUrgent,
    /// Of those as urgent, nobody who can take it has waited longer.
    LongestWait { days: i64 },
    /// Of those as urgent who have waited as long, it fits nobody better.
    FitsBest,
}

/// Why somebody is passed over for a time. They keep their place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "why")]
pub enum Passed {
    /// It is not when they can come.
    OutsideWindow,
    Weekday,
    PartOfDay,
    Site,
    Clinician,
    Language,
    /// They need more notice than is left.
    ShortNotice {
        needs_min: u32,
        has_min: i64,
    },
    /// They need longer to answer than is left.
    NeedsLonger {
        needs_min: u32,
        has_min: i64,
    },
    /// It is night, and from the morning on too little time is left.
    Night {
        needs_min: u32,
        has_min: i64,
    },
    /// They have seen this very time and not taken it.
    SeenBefore,
    /// They are being asked about another time.
    IsAsked,
    /// They did not answer the last offer and are left alone for a while.
    Rests,
    /// Neither phone, mail nor address is known.
    Unreachable,
}

/// A time offered to somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offered {
    /// Positions in the lists of the question.
    pub freed: usize,
    pub entry: usize,
    /// When they are told: now, or in the morning.
    pub tell_at: DateTime<Utc>,
    /// Until when the time is held for them.
    pub until: DateTime<Utc>,
    pub because: Because,
    /// Who stands before them, and why it is not theirs; by position.
    pub passed: Vec<(usize, Passed)>,
}

/// A time that nobody is offered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Left {
    pub freed: usize,
    pub why: LeftWhy,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeftWhy {
    /// It is too near for an offer.
    TooNear,
    /// Nobody on the list can take it.
    Nobody,
}

/// Who is offered what.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// In the order in which people stand on the list.
    pub offers: Vec<Offered>,
    pub left: Vec<Left>,
}

/// The order in which people stand on the list, as positions: class, whole days of waiting, then the instant and the id.
pub fn order(entries: &[Entry], now: DateTime<Utc>) -> Vec<usize> {
    let mut order: Vec<usize> = (0..entries.len()).collect();
    order.sort_by(|a, b| place(&entries[*a], now).cmp(&place(&entries[*b], now)));
    order
}

/// Fills free times from the list.
///
/// The same lists in another order give the same offers. When each offer is written down, so that whoever has one
/// [is asked](Entry::is_asked) and its time is no longer free, the same question gives nothing more.
pub fn fill(entries: &[Entry], freed: &[Freed], now: DateTime<Utc>, rules: &Rules) -> Batch {
    let order = order(entries, now);
    let near = TimeDelta::minutes(i64::from(rules.no_fill_min));
    let mut open: Vec<usize> = (0..freed.len()).filter(|at| freed[*at].start - now >= near).collect();
    open.sort_by(|a, b| slot_place(&freed[*a]).cmp(&slot_place(&freed[*b])));
    let mut batch = Batch::default();
    let mut asked: HashSet<&str> =
        entries.iter().filter(|entry| entry.is_asked).map(|entry| entry.person.as_str()).collect();
    // People of one class who have waited as many days are looked at together: among them the better fit decides.
    for peers in order.chunk_by(|a, b| peers(&entries[*a], &entries[*b], now)) {
        let mut pairs: Vec<(u32, usize, usize, Timing)> = Vec::new();
        let not_asked =
            peers.iter().enumerate().filter(|(_, entry)| !asked.contains(entries[**entry].person.as_str()));
        for (rank, entry) in not_asked {
            for (at, slot) in open.iter().enumerate() {
                if let Ok(timing) = suits(&entries[*entry], &freed[*slot], now, rules) {
                    pairs.push((fit(&entries[*entry].like, &freed[*slot]), at, rank, timing));
                }
            }
        }
        pairs.sort_by_key(|(fit, slot, rank, _)| (std::cmp::Reverse(*fit), *slot, *rank));
        let mut gone: HashSet<usize> = HashSet::new();
        for (_, slot, rank, timing) in pairs {
            let (entry, slot_at) = (peers[rank], open[slot]);
            if gone.contains(&slot) || asked.contains(entries[entry].person.as_str()) {
                continue;
            }
            gone.insert(slot);
            asked.insert(&entries[entry].person);
            batch.offers.push(Offered {
                freed: slot_at,
                entry,
                tell_at: timing.tell_at,
                until: timing.until,
                because: Because::MostUrgent,
                passed: Vec::new(),
            });
        }
        let mut at = 0;
        open.retain(|_| {
            at += 1;
            !gone.contains(&(at - 1))
        });
    }
    explain(&mut batch, entries, freed, &order, now, rules);
    batch
}

/// Sets the reasons, and writes down the times that nobody is offered.
fn explain(
    batch: &mut Batch,
    entries: &[Entry],
    freed: &[Freed],
    order: &[usize],
    now: DateTime<Utc>,
    rules: &Rules,
) {
    let given: HashSet<&str> =
        batch.offers.iter().map(|offer| entries[offer.entry].person.as_str()).collect();
    let why = |entry: usize, slot: usize| match suits(&entries[entry], &freed[slot], now, rules) {
        Err(Refused::Passed(why)) => Some(why),
        Err(Refused::OtherVisit) => None,
        // They could take it, and are asked about another time of this batch.
        Ok(_) if given.contains(entries[entry].person.as_str()) => Some(Passed::IsAsked),
        Ok(_) => None,
    };
    for offer in &mut batch.offers {
        let own = &entries[offer.entry];
        let before = order.iter().take_while(|entry| **entry != offer.entry);
        let passed: Vec<(usize, Passed)> =
            before.filter_map(|entry| why(*entry, offer.freed).map(|why| (*entry, why))).collect();
        offer.passed = passed;
        // Who else could have taken it decides which of the three rules was the last that was needed.
        let others = order.iter().filter(|entry| {
            **entry != offer.entry && suits(&entries[**entry], &freed[offer.freed], now, rules).is_ok()
        });
        let mut because = Because::MostUrgent;
        for other in others {
            let other = &entries[*other];
            if other.class == own.class && waited(other, now) != waited(own, now) {
                because = Because::LongestWait { days: waited(own, now) };
            } else if peers(other, own, now) {
                because = Because::FitsBest;
                break;
            }
        }
        offer.because = because;
    }
    let offered: HashSet<usize> = batch.offers.iter().map(|offer| offer.freed).collect();
    let near = TimeDelta::minutes(i64::from(rules.no_fill_min));
    let mut left: Vec<usize> = (0..freed.len()).filter(|at| !offered.contains(at)).collect();
    left.sort_by(|a, b| slot_place(&freed[*a]).cmp(&slot_place(&freed[*b])));
    for at in left {
        let why = if freed[at].start - now < near { LeftWhy::TooNear } else { LeftWhy::Nobody };
        batch.left.push(Left { freed: at, why });
    }
}

/// Why one time is not for somebody who waits for such a visit; `None`: they could take it, or wait for another visit.
pub fn passed_over(entry: &Entry, freed: &Freed, now: DateTime<Utc>, rules: &Rules) -> Option<Passed> {
    match suits(entry, freed, now, rules) {
        Err(Refused::Passed(why)) => Some(why),
        Err(Refused::OtherVisit) | Ok(_) => None,
    }
}

/// When somebody is told of an offer, and until when it is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Timing {
    tell_at: DateTime<Utc>,
    until: DateTime<Utc>,
}

enum Refused {
    OtherVisit,
    Passed(Passed),
}

/// Whether somebody can take a time, whoever else wants it.
fn suits(entry: &Entry, freed: &Freed, now: DateTime<Utc>, rules: &Rules) -> Result<Timing, Refused> {
    if entry.visit != freed.visit {
        return Err(Refused::OtherVisit);
    }
    let pass = |why| Err(Refused::Passed(why));
    if freed.start < entry.from || freed.start >= entry.to {
        return pass(Passed::OutsideWindow);
    }
    if let Some(why) = missed(&entry.must, freed) {
        return pass(why);
    }
    if entry.seen.contains(&freed.key) {
        return pass(Passed::SeenBefore);
    }
    if entry.is_asked {
        return pass(Passed::IsAsked);
    }
    if entry.rests_until.is_some_and(|until| until > now) {
        return pass(Passed::Rests);
    }
    let Some(needs_min) = entry.answer_min else {
        return pass(Passed::Unreachable);
    };
    let tell_at = decent(now, entry.zone, rules.quiet);
    let has_min = (freed.start - tell_at).num_minutes();
    if has_min < i64::from(entry.notice_min) {
        return pass(Passed::ShortNotice { needs_min: entry.notice_min, has_min });
    }
    let until = awake_after(tell_at, needs_min, entry.zone, rules.quiet);
    let last = freed.start - TimeDelta::minutes(i64::from(rules.over_min));
    if until > last {
        let has_min = awake_between(tell_at, last, entry.zone, rules.quiet);
        return pass(match tell_at > now {
            true => Passed::Night { needs_min, has_min },
            false => Passed::NeedsLonger { needs_min, has_min },
        });
    }
    Ok(Timing { tell_at, until })
}

/// Which of the wishes a time misses first.
fn missed(wishes: &Wishes, freed: &Freed) -> Option<Passed> {
    if *wishes == Wishes::default() {
        return None;
    }
    let wall = wall_of(freed.start, freed.zone);
    let lacks = |any: bool, found: bool| !any && !found;
    if lacks(wishes.weekdays.is_empty(), wishes.weekdays.contains(&wall.weekday())) {
        return Some(Passed::Weekday);
    }
    if lacks(wishes.parts.is_empty(), wishes.parts.contains(&PartOfDay::of_hour(wall.hour()))) {
        return Some(Passed::PartOfDay);
    }
    if lacks(wishes.sites.is_empty(), wishes.sites.contains(&freed.site)) {
        return Some(Passed::Site);
    }
    if lacks(wishes.who.is_empty(), wishes.who.contains(&freed.who)) {
        return Some(Passed::Clinician);
    }
    (!freed.is_spoken(wishes.language.as_deref())).then_some(Passed::Language)
}

/// How many kinds of wishes a time meets.
fn fit(wishes: &Wishes, freed: &Freed) -> u32 {
    if *wishes == Wishes::default() {
        return 0;
    }
    let wall = wall_of(freed.start, freed.zone);
    [
        wishes.weekdays.contains(&wall.weekday()),
        wishes.parts.contains(&PartOfDay::of_hour(wall.hour())),
        wishes.sites.contains(&freed.site),
        wishes.who.contains(&freed.who),
        wishes.language.is_some() && freed.is_spoken(wishes.language.as_deref()),
    ]
    .into_iter()
    .map(u32::from)
    .sum()
}

fn waited(entry: &Entry, now: DateTime<Utc>) -> i64 {
    (now - entry.since).num_days()
}

fn peers(a: &Entry, b: &Entry, now: DateTime<Utc>) -> bool {
    a.class == b.class && waited(a, now) == waited(b, now)
}

fn place(entry: &Entry, now: DateTime<Utc>) -> (u32, i64, DateTime<Utc>, &str) {
    (entry.class, -waited(entry, now), entry.since, &entry.id)
}

fn slot_place(freed: &Freed) -> (DateTime<Utc>, &str, &str, &str) {
    (freed.start, &freed.key, &freed.who, &freed.site)
}

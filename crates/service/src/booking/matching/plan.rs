//! Who would get what: the waiting, the free times, the costs, and the exact matching of them within the rules.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Duration, Utc};
use contract::ClassTotal;
use domain::referral::NextStep;
use domain::{Actor, OrganisationId, Priority, ResourceId, ServiceId};
use scheduling::Window;
use scheduling::costs::{self, Parts, Patient};
use scheduling::matching::{Aims, Choice, Placed, Waiting, Why, assign_within, keep_least};
use scheduling::ranking::spoken;
use scheduling::together::Together;
use scheduling::waitlist::{Freed, Seen};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use store::entity::service;
use store::matching::ToBook;
use uuid::Uuid;

use super::super::find::{Found, end_of_day, window_ends_of};
use super::super::search::{Whose, search};
use super::super::waitlist::{Said, freed, kinds, of_service as waiting_of_service, rank, visit};
use super::super::wishes::{self, step_free_sites};
use crate::{Call, Desk, ServiceError, facts};

/// Pairs of a patient and a time that one plan looks at, and those of them that it matches: so that it is made in seconds and
/// fits into memory.
const MOST_PAIRS: usize = 60_000_000;
const MOST_OPTIONS: usize = 12_000_000;
/// So many more options than there are patients are kept of each, for where the rules refuse some.
const SPARE: usize = 200;

/// A plan as it is kept. It names patients by their referrals alone.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Plan {
    pub lines: Vec<Line>,
    pub classes: Vec<ClassTotal>,
    pub left_over: usize,
    /// The search for the best plan within the rules was longer than it may be.
    #[serde(default)]
    pub is_cut_short: bool,
}

/// What one patient gets.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Line {
    pub referral: Uuid,
    pub reference: String,
    pub version: i64,
    pub priority: String,
    pub waited_days: i64,
    /// Since when they wait (ms); 0: not known, from before this was kept.
    #[serde(default)]
    pub since: i64,
    /// The code of the referral's state.
    #[serde(default)]
    pub state: String,
    /// Stands for what decided which times suit, see [`needs`]; empty: from before this was kept.
    #[serde(default)]
    pub needs: String,
    pub time: Option<Time>,
    pub why: String,
    /// The visit that is booked and would be moved; `None`: they have none.
    #[serde(default)]
    pub instead_of: Option<Uuid>,
}

/// A time, and with whom.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Time {
    pub resource: ResourceId,
    pub start: DateTime<Utc>,
    pub zone: chrono_tz::Tz,
    pub who: String,
}

/// Everything that a plan is made of.
#[derive(Default)]
struct Question {
    rows: Vec<ToBook>,
    patients: Vec<Patient>,
    /// Of those who wait for an earlier time: what they have, and what they would not take.
    have: HashMap<Uuid, Earlier>,
    /// Free times, and the same as costs read them; `together` knows them by the same positions.
    found: Vec<Found>,
    free: Vec<Freed>,
    together: Together,
}

/// Makes a plan of everybody of these services who is to book and all their free times in the window.
pub async fn make(
    desk: &Desk,
    call: &Call,
    organisation: OrganisationId,
    services: &[&service::Model],
    zone: chrono_tz::Tz,
    window: Window,
) -> Result<Plan, ServiceError> {
    let db = desk.store.reader();
    // Nobody phones each of them: the services' notice counts.
    let own = Call::new(Actor::system("matching", call.actor.request), call.now);
    let mut question = Question::default();
    let step_free = step_free_sites(db, organisation).await?;
    for service in services {
        let id = ServiceId(service.id);
        let mut waiting = store::matching::to_book(db, organisation, id).await?;
        waiting.retain(|row| step(row).is_none_or(NextStep::lets_choose_time));
        let have = earlier(db, (organisation, id), zone, call.now).await?;
        let wanting = store::matching::wanting_earlier(db, organisation, id).await?;
        waiting.extend(wanting.into_iter().filter(|row| have.contains_key(&row.id)));
        for kind in kinds(waiting.iter().map(|row| &row.visit_kind)) {
            let (kind, of) = (kind.as_deref(), (organisation, id));
            let search = Box::pin(search(desk, db, &own, of, Whose::Anybody, kind, window)).await?;
            let times = scheduling::slots(&search.rules, &search.diaries, window, call.now, kind);
            for time in apart(search.named(times)) {
                question.together.add(&search.rules, &search.diaries, &time.offer);
                question.free.push(freed(&time, id, kind, service.site_id));
                question.found.push(time);
            }
        }
        let own = waiting.iter().map(|row| {
            let mut own = patient(row, (&service.priorities, &step_free), zone, window, call.now);
            if let Some(has) = have.get(&row.id) {
                // Nothing but an earlier time is better than the one that they have.
                own.to = own.to.min(has.starts);
            }
            own
        });
        question.patients.extend(own);
        question.rows.extend(waiting);
        question.have.extend(have);
    }
    question.forget_languages_that_nobody_speaks();
    if question.is_too_large() {
        let remedy = "These are too many for one plan. Choose fewer services, or fewer days.";
        return Err(ServiceError::invalid("to", remedy));
    }
    let now = call.now;
    // Exact matching of thousands takes its time: not on a thread that serves pages.
    let worked = tokio::task::spawn_blocking(move || question.work(now)).await;
    worked.map_err(|error| ServiceError::Broken(error.to_string()))?
}

/// Stands for all of a patient that decides which time suits: urgency, kind of visit, with whom, and what they need and like.
/// A digest, so that a plan tells nothing of it.
pub fn needs(row: &ToBook) -> String {
    let step = (&row.priority, &row.next_step, row.next_resource_id, &row.visit_kind);
    let said = (&row.weekdays, &row.parts, &row.sites, &row.clinicians, row.only_these, row.notice_hours);
    let text = format!("{:?}", (row.service_id, step, &row.wishes, &row.language, said));
    hex::encode(Sha256::digest(text))
}

/// A booked time for which its patient would rather have an earlier one.
struct Earlier {
    visit: Uuid,
    starts: DateTime<Utc>,
    /// Times that they saw, declined or gave back, by their keys.
    seen: Seen,
}

/// Those of a service who wait for an earlier time and whom the waiting list could ask now, by referral: with an offer that is
/// open, or a time that is held, they have something to answer first.
async fn earlier(
    db: &impl store::Db,
    (organisation, service): (OrganisationId, ServiceId),
    zone: chrono_tz::Tz,
    now: DateTime<Utc>,
) -> Result<HashMap<Uuid, Earlier>, ServiceError> {
    let mut all = HashMap::new();
    for person in waiting_of_service(db, (organisation, service), zone, now).await? {
        let (Some(visit), Some(entry)) = (person.row.booked_id, person.entry) else { continue };
        if !entry.is_asked && entry.to > now {
            let found = Earlier { visit, starts: entry.to, seen: entry.seen };
            all.insert(person.row.referral_id, found);
        }
    }
    Ok(all)
}

/// What comes after acceptance.
fn step(row: &ToBook) -> Option<NextStep> {
    row.next_step.as_deref().and_then(NextStep::from_code)
}

/// Of the times of one clinician for one kind of visit, those that follow each other: where some overlap, the soonest.
fn apart(mut found: Vec<Found>) -> Vec<Found> {
    found.sort_by_key(|found| (found.offer.slot.start, found.resource));
    let mut taken_to: HashMap<ResourceId, i64> = HashMap::new();
    found.retain(|found| {
        let quanta = found.offer.slot.quanta();
        let is_apart = taken_to.get(&found.resource).is_none_or(|last| last < quanta.start());
        if is_apart {
            taken_to.insert(found.resource, *quanta.end());
        }
        is_apart
    });
    found
}

fn patient(
    row: &ToBook,
    (priorities, step_free): (&str, &[String]),
    zone: chrono_tz::Tz,
    window: Window,
    now: DateTime<Utc>,
) -> Patient {
    let priority = Priority::from_code(&row.priority).unwrap_or(Priority::Routine);
    let since = facts::instant(row.sent_at.unwrap_or(row.created_at));
    // The last day of the window counts whole: late is what begins after its last second.
    let ends = window_ends_of(priorities, priority, since, zone)
        .unwrap_or_else(|| end_of_day(since, i64::from(priority.seen_within_days()), zone));
    let due = Some(ends - Duration::seconds(1));
    let said = Said::from(row);
    // Days that somebody on the waiting list cannot come on are none for them; of the others nobody has said anything.
    let (mut must, mut like) = (said.must(), said.like());
    wishes::add(&row.wishes, row.language.as_deref(), step_free, &mut must, &mut like);
    let named = row.next_resource_id.filter(|_| step(row) == Some(NextStep::BookNamed));
    if let Some(named) = named {
        must.who = vec![named.to_string()];
    }
    let notice = Duration::hours(row.notice_hours.unwrap_or(0));
    Patient {
        visit: visit(ServiceId(row.service_id), row.visit_kind.as_deref()),
        since,
        due,
        from: window.from.max(now + notice),
        to: window.to,
        must,
        like,
        before: row.before.map(|id| id.to_string()),
    }
}

/// What there is of one kind of visit.
#[derive(Default)]
struct OfKind {
    /// By which its rivals are known.
    group: usize,
    /// Those that have a time for it, in order.
    slots: Vec<usize>,
    /// Who wants one.
    patients: usize,
    /// Who wants one of these slots, or of those that they share with others.
    rivals: usize,
}

impl Question {
    /// What there is of each kind of visit.
    fn kinds(&self) -> HashMap<&str, OfKind> {
        let mut kinds: HashMap<&str, OfKind> = HashMap::new();
        // Kinds that share a slot are rivals for it, and so are the rivals of those.
        let mut groups: Vec<usize> = Vec::new();
        let mut numbered = |visit| -> usize {
            let next = groups.len();
            let of = kinds.entry(visit).or_insert_with(|| OfKind { group: next, ..OfKind::default() });
            if of.group == next {
                groups.push(next);
            }
            of.group
        };
        let mut joined: Vec<(usize, usize)> = Vec::new();
        for times in self.together.slots() {
            let of: Vec<usize> = times.iter().map(|time| numbered(self.free[*time].visit.as_str())).collect();
            joined.extend(of.windows(2).map(|pair| (pair[0], pair[1])));
        }
        for patient in &self.patients {
            numbered(&patient.visit);
        }
        for (one, other) in joined {
            let (one, other) = (groups[one], groups[other]);
            groups.iter_mut().filter(|group| **group == other).for_each(|group| *group = one);
        }
        for (slot, times) in self.together.slots().iter().enumerate() {
            for time in times {
                let Some(of) = kinds.get_mut(self.free[*time].visit.as_str()) else { continue };
                if of.slots.last() != Some(&slot) {
                    of.slots.push(slot);
                }
            }
        }
        let mut rivals = vec![0; groups.len()];
        for patient in &self.patients {
            if let Some(of) = kinds.get_mut(patient.visit.as_str()) {
                of.patients += 1;
                rivals[groups[of.group]] += 1;
            }
        }
        for of in kinds.values_mut() {
            of.rivals = rivals[groups[of.group]];
        }
        kinds
    }

    fn is_too_large(&self) -> bool {
        let (mut pairs, mut options) = (0_usize, 0_usize);
        for of in self.kinds().values() {
            pairs = pairs.saturating_add(of.patients.saturating_mul(of.slots.len()));
            options =
                options.saturating_add(of.patients.saturating_mul(of.slots.len().min(of.rivals + SPARE)));
        }
        pairs > MOST_PAIRS || options > MOST_OPTIONS
    }

    /// What each patient can take, as much of it as they may need, and whether that is all.
    fn options(&self, now: DateTime<Utc>) -> (Vec<Waiting>, bool) {
        let kinds = self.kinds();
        let mut is_whole = true;
        let waiting = (0..self.rows.len())
            .map(|patient| {
                let OfKind { slots, rivals, .. } = &kinds[self.patients[patient].visit.as_str()];
                let option =
                    |slot: &usize| Some(Choice { slot: *slot, cost: self.best_of(patient, *slot, now)?.0 });
                let mut options: Vec<Choice> = slots.iter().filter_map(option).collect();
                is_whole &= !keep_least(&mut options, rivals + SPARE);
                Waiting { class: self.class(patient), options }
            })
            .collect();
        (waiting, is_whole)
    }

    /// A wish that no time of the plan could meet is none: it would only be said of every line that it is missed.
    fn forget_languages_that_nobody_speaks(&mut self) {
        let all: BTreeSet<&[String]> = self.free.iter().map(|time| time.languages.as_slice()).collect();
        for patient in &mut self.patients {
            let wanted = patient.like.language.take();
            patient.like.language = wanted.filter(|tag| all.iter().any(|languages| spoken(languages, tag)));
        }
    }

    /// What a patient would get of a slot: of its times the one that costs them least.
    fn best_of(&self, patient: usize, slot: usize, now: DateTime<Utc>) -> Option<(i64, usize)> {
        let seen = self.have.get(&self.rows[patient].id).map(|has| &has.seen);
        let is_new = |time: &&usize| seen.is_none_or(|seen| !seen.contains(&self.free[**time].key));
        let times = self.together.slots()[slot].iter().filter(is_new);
        let costs = times.filter_map(|time| {
            Some((costs::parts(&self.patients[patient], &self.free[*time], now)?.cost(), *time))
        });
        costs.min()
    }

    /// The more urgent first; of as urgent ones those who have no time before those who have one: nobody goes without so that
    /// somebody else comes sooner.
    fn class(&self, patient: usize) -> u32 {
        let row = &self.rows[patient];
        let rank = rank(Priority::from_code(&row.priority).unwrap_or(Priority::Routine));
        rank * 2 + u32::from(self.have.contains_key(&row.id))
    }

    fn waited_days(&self, patient: usize, now: DateTime<Utc>) -> i64 {
        (now - self.patients[patient].since).num_days()
    }

    fn work(self, now: DateTime<Utc>) -> Result<Plan, ServiceError> {
        let (waiting, is_whole) = self.options(now);
        let mut order: Vec<usize> = (0..self.rows.len()).collect();
        order.sort_by_key(|at| (self.class(*at), -self.waited_days(*at, now), self.rows[*at].id));
        let time_of = |patient, slot: usize| match self.together.slots()[slot].as_slice() {
            [only] => *only,
            _ => self.best_of(patient, slot, now).map_or(usize::MAX, |(_, time)| time),
        };
        let rules = self.together.rules(time_of);
        let aims = Aims::new(&costs::AIMS).unwrap_or(Aims::ONE);
        let result = assign_within(&waiting, &self.together.capacities(), &order, aims, &rules)
            .map_err(|problem| ServiceError::Broken(problem.to_string()))?;
        let mut figures: HashMap<u32, (String, Vec<i64>, usize)> = HashMap::new();
        let mut lines = Vec::with_capacity(order.len());
        let mut given = Vec::new();
        for patient in order {
            let (row, outcome) = (&self.rows[patient], &result.plan.placed[patient]);
            let time = outcome.choice.map(|choice| time_of(patient, choice.slot));
            let parts = time.and_then(|time| costs::parts(&self.patients[patient], &self.free[time], now));
            let figure =
                figures.entry(self.class(patient)).or_insert_with(|| (row.priority.clone(), Vec::new(), 0));
            if let (Some(time), Some(parts)) = (time, parts) {
                figure.1.push((self.free[time].start - now).num_days());
                figure.2 += usize::from(parts.late_days == 0);
            }
            given.extend(time);
            lines.push(Line {
                referral: row.id,
                reference: row.reference.clone(),
                version: row.version,
                priority: row.priority.clone(),
                waited_days: self.waited_days(patient, now),
                since: self.patients[patient].since.timestamp_millis(),
                state: row.state.clone(),
                needs: needs(row),
                time: time.map(|time| Time {
                    resource: self.found[time].resource,
                    start: self.free[time].start,
                    zone: self.free[time].zone,
                    who: self.found[time].who.clone(),
                }),
                why: match (self.have.get(&row.id), time) {
                    (None, _) => why(outcome, result.ruled_out[patient], parts),
                    (Some(_), Some(_)) => {
                        format!(
                            "earlier than the time that they have; {}",
                            why(outcome, result.ruled_out[patient], parts)
                        )
                    }
                    (Some(_), None) => {
                        format!(
                            "they keep the time that they have; {}",
                            why(outcome, result.ruled_out[patient], parts)
                        )
                    }
                },
                instead_of: self.have.get(&row.id).map(|has| has.visit),
            });
        }
        let classes = result
            .plan
            .classes
            .iter()
            .map(|class| {
                let (priority, mut days, in_window) = figures.remove(&class.class).unwrap_or_default();
                days.sort_unstable();
                ClassTotal {
                    priority,
                    has_time: class.class % 2 == 1,
                    patients: class.patients,
                    placed: class.placed,
                    in_window,
                    median_days: days.get(days.len() / 2).copied(),
                    envious: class.envious,
                }
            })
            .collect();
        let left_over = self.together.still_fit(&given);
        Ok(Plan {
            lines,
            classes,
            left_over,
            is_cut_short: !(result.is_exact && (is_whole || result.is_unruled)),
        })
    }
}

/// Why they get this time or none, as a coordinator would say it. `ruled_out`: how many better times cannot be given beside
/// the others.
fn why(placed: &Placed, ruled_out: u32, parts: Option<Parts>) -> String {
    let better = |to_more_urgent: u32, to_same_class: u32| {
        let mut said = Vec::new();
        if to_more_urgent > 0 {
            said.push(format!("{to_more_urgent} to the more urgent"));
        }
        if to_same_class > 0 {
            said.push(format!("{to_same_class} to others as urgent, for whom it matters more"));
        }
        said.join(", ")
    };
    let beside = match ruled_out {
        0 => None,
        1 => Some("1 needs a clinician, a room or a place of the day that others get".to_owned()),
        many => Some(format!("{many} need a clinician, a room or a place of the day that others get")),
    };
    let mut words = match placed.why {
        Why::Best if ruled_out > 0 => "best of what is left".to_owned(),
        Why::Best => "no free time suits better".to_owned(),
        Why::NextBest { to_more_urgent, to_same_class } => {
            format!("best of what is left; better ones go {}", better(to_more_urgent, to_same_class))
        }
        Why::NoOption => "no free time in these days suits".to_owned(),
        Why::AllTaken { to_more_urgent: 0, to_same_class: 0 } => "none of what would suit is left".to_owned(),
        Why::AllTaken { to_more_urgent, to_same_class } => {
            format!("all that would suit go {}", better(to_more_urgent, to_same_class))
        }
    };
    if let Some(beside) = beside {
        words.push_str(&format!("; {beside}"));
    }
    if let Some(parts) = parts {
        match parts.late_days {
            0 => words.push_str("; within the window"),
            1 => words.push_str("; 1 day after the window"),
            days => words.push_str(&format!("; {days} days after the window")),
        }
        if parts.missed > 0 {
            words.push_str("; not all that they would like");
        }
        if parts.new_face > 0 {
            words.push_str("; with somebody else than before");
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_is_said_in_words() {
        let placed = |why| Placed { choice: None, why };
        let late = Some(Parts { late_days: 3, new_face: 1, ..Parts::default() });
        for (placed, ruled_out, parts, words) in [
            (placed(Why::Best), 0, Some(Parts::default()), "no free time suits better; within the window"),
            (
                placed(Why::Best),
                2,
                Some(Parts::default()),
                "best of what is left; 2 need a clinician, a room or a place of the day that others get; within the window",
            ),
            (placed(Why::NoOption), 0, None, "no free time in these days suits"),
            (
                placed(Why::AllTaken { to_more_urgent: 0, to_same_class: 0 }),
                1,
                None,
                "none of what would suit is left; 1 needs a clinician, a room or a place of the day that others get",
            ),
            (
                placed(Why::NextBest { to_more_urgent: 2, to_same_class: 0 }),
                0,
                late,
                "best of what is left; better ones go 2 to the more urgent; 3 days after the window; with somebody else \
                 than before",
            ),
            (
                placed(Why::AllTaken { to_more_urgent: 1, to_same_class: 4 }),
                0,
                None,
                "all that would suit go 1 to the more urgent, 4 to others as urgent, for whom it matters more",
            ),
        ] {
            assert_eq!(why(&placed, ruled_out, parts), words);
        }
    }
}

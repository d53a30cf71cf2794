//! Bulk matching: many waiting patients to many slots at once.
//!
//! The objective is lexicographic by class, most urgent first: in each class as many patients as possible get a slot,
//! and then the sum of their costs is as small as possible, without taking anything from a more urgent class. Where a cost
//! has several aims ([`Aims`]), their sums count one after another. The answer is an exact optimum, and the same question
//! always has the same answer. It follows that nobody less urgent holds a slot that a more urgent patient would rather have
//! and could take: giving it to them would lower the cost of their class.

mod scaling;
mod within;

use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use within::{Given, Refused, Rules, Within, assign_within};

/// The largest cost, either way.
pub const MOST_COST: i64 = 1 << 32;
/// The most patients, and the most slots, of one question.
pub const MOST: usize = 1 << 20;
/// The most classes, times patients and slots; real questions stay below a thousandth of it.
const MOST_TURNS: usize = 1 << 30;

/// A patient who waits for a slot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// Rank of urgency: the smaller, the more urgent.
    pub class: u32,
    /// The slots they can take.
    pub options: Vec<Choice>,
}

/// A slot that a patient can take, and what that would cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// Position in the list of slots.
    pub slot: usize,
    /// The smaller, the better; of the caller's unit, at most [`MOST_COST`] either way.
    pub cost: i64,
}

/// Who got what, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// For each patient, in the order of the question.
    pub placed: Vec<Placed>,
    /// For each class, most urgent first.
    pub classes: Vec<ClassResult>,
}

/// What one patient got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Placed {
    /// The slot and what it costs; `None` if there is none for them.
    pub choice: Option<Choice>,
    pub why: Why,
}

/// Why a patient got this slot, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "why")]
pub enum Why {
    /// No slot would suit them better.
    Best,
    /// Better ones exist: so many are held by more urgent patients alone, so many (also) by patients of the same class,
    /// for whom another slot would cost more.
    NextBest { to_more_urgent: u32, to_same_class: u32 },
    /// They can take no slot at all.
    NoOption,
    /// All they can take are held, so many by more urgent patients alone.
    AllTaken { to_more_urgent: u32, to_same_class: u32 },
}

/// What was reached for one class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ClassResult {
    pub class: u32,
    pub patients: usize,
    pub placed: usize,
    pub cost: i64,
    /// Patients who would rather have a slot that somebody of the same class holds.
    pub envious: usize,
}

/// What is wrong with a question.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MatchProblem {
    #[error(
        "patient {patient}: option {option} names a slot that is not in the list; add it, or leave the option out"
    )]
    UnknownSlot { patient: usize, option: usize },
    #[error("patient {patient}: option {option} names a slot a second time; keep one of them")]
    Twice { patient: usize, option: usize },
    #[error("patient {patient}: option {option} costs more than {MOST_COST}; use a coarser unit")]
    Cost { patient: usize, option: usize },
    #[error("more than {MOST} patients or slots; split the question by specialty")]
    TooMany,
    #[error("there are {classes} classes, too many for so many patients and slots; use fewer ranks")]
    Classes { classes: usize },
    #[error("the costs reach from {least} to {most}, too far for so many patients; use a coarser unit")]
    Range { least: i64, most: i64 },
}

/// The aims in a cost, the first one first, by their weights. Each weight is that of one unit of an aim, and is more than
/// all that the later aims of one cost make together: so a patient minds them one after another. Of a class the sum of each
/// aim is as small as possible before the next one counts: nobody's window is broken so that others wait less.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Aims<'a>(&'a [i64]);

impl<'a> Aims<'a> {
    /// The cost itself is the aim.
    pub const ONE: Aims<'static> = Aims(&[1]);

    /// `weights` fall, each more than 0, the last one 1. `None`: they do not.
    pub fn new(weights: &'a [i64]) -> Option<Self> {
        let falls = weights.windows(2).all(|pair| pair[0] > pair[1]);
        (falls && weights.last() == Some(&1)).then_some(Self(weights))
    }

    fn count(self) -> usize {
        self.0.len()
    }

    /// How much of an aim is in a cost.
    fn part(self, cost: i64, aim: usize) -> i64 {
        let rest = aim.checked_sub(1).map_or(cost, |before| cost.rem_euclid(self.0[before]));
        rest.div_euclid(self.0[aim])
    }
}

/// Matches patients to slots; `capacities[slot]` patients fit into a slot.
///
/// Errors: an option that names no slot, or one twice, or costs too much; too many patients or slots.
pub fn assign(patients: &[Waiting], capacities: &[u32]) -> Result<Plan, MatchProblem> {
    assign_by(patients, capacities, Aims::ONE)
}

/// The same where a cost has several aims.
///
/// Errors: as [`assign`].
pub fn assign_by(patients: &[Waiting], capacities: &[u32], aims: Aims) -> Result<Plan, MatchProblem> {
    check(patients, capacities)?;
    let order = classes_of(patients);
    // Each class looks at everybody and everything.
    if order.len().saturating_mul(patients.len() + capacities.len()) > MOST_TURNS {
        return Err(MatchProblem::Classes { classes: order.len() });
    }
    let held = scaling::solve(patients, capacities, &order, aims);
    let occupants = Occupants::new(patients, capacities.len(), &held);
    Ok(plan_of(patients, &order, &occupants, &held))
}

/// Keeps the options that cost least, where there are more than `most`; answers whether any went.
///
/// Where `most` is at least the number of patients who share slots, and each slot has a place, an optimum of what is left is
/// one of all: the others fill one fewer than a patient keeps, so one of these is left, and is no worse than any that went.
pub fn keep_least(options: &mut Vec<Choice>, most: usize) -> bool {
    if options.len() <= most {
        return false;
    }
    options.select_nth_unstable_by_key(most, |option| (option.cost, option.slot));
    options.truncate(most);
    options.sort_unstable_by_key(|option| option.slot);
    true
}

/// The classes that there are, most urgent first.
fn classes_of(patients: &[Waiting]) -> Vec<u32> {
    let mut order: Vec<u32> = patients.iter().map(|patient| patient.class).collect();
    order.sort_unstable();
    order.dedup();
    order
}

fn plan_of(patients: &[Waiting], order: &[u32], occupants: &Occupants, held: &[Option<Choice>]) -> Plan {
    let placed: Vec<Placed> =
        patients.iter().zip(held).map(|(patient, held)| occupants.explain(patient, *held)).collect();
    Plan { classes: results(order, patients, &placed, occupants), placed }
}

fn check(patients: &[Waiting], capacities: &[u32]) -> Result<(), MatchProblem> {
    if patients.len() > MOST || capacities.len() > MOST {
        return Err(MatchProblem::TooMany);
    }
    let mut seen_by = vec![usize::MAX; capacities.len()];
    let (mut least, mut most) = (0, 0);
    for (patient, waiting) in patients.iter().enumerate() {
        for (option, choice) in waiting.options.iter().enumerate() {
            match seen_by.get_mut(choice.slot) {
                None => return Err(MatchProblem::UnknownSlot { patient, option }),
                Some(by) if *by == patient => return Err(MatchProblem::Twice { patient, option }),
                Some(by) => *by = patient,
            }
            if choice.cost.checked_abs().is_none_or(|cost| cost > MOST_COST) {
                return Err(MatchProblem::Cost { patient, option });
            }
            (least, most) = (least.min(choice.cost), most.max(choice.cost));
        }
    }
    // Going without weighs more than all that others could save, and is counted in steps finer than one of many.
    let many = |count: usize| i128::try_from(count).unwrap_or(i128::MAX);
    let steps = many(patients.len() + 2) * many(patients.len() + capacities.len() + 3);
    if i128::from(most - least + 1) * steps > 1 << 58 {
        return Err(MatchProblem::Range { least, most });
    }
    Ok(())
}

/// The least urgent class that holds a place of each slot; `None` while it is empty.
struct Occupants(Vec<Option<u32>>);

impl Occupants {
    fn new(patients: &[Waiting], slots: usize, held: &[Option<Choice>]) -> Self {
        let mut classes = vec![None; slots];
        for (patient, held) in patients.iter().zip(held) {
            if let Some(held) = held {
                let class: &mut Option<u32> = &mut classes[held.slot];
                *class = (*class).max(Some(patient.class));
            }
        }
        Occupants(classes)
    }

    /// The options better than what is held: how many are held by more urgent patients alone, how many by others too.
    fn better(&self, patient: &Waiting, held: Option<Choice>) -> (u32, u32) {
        let mut counts = (0, 0);
        for choice in &patient.options {
            let is_better = held.is_none_or(|held| choice.cost < held.cost);
            match self.0[choice.slot] {
                Some(class) if is_better && class < patient.class => counts.0 += 1,
                Some(_) if is_better => counts.1 += 1,
                _ => {}
            }
        }
        counts
    }

    /// The options better than what is held that nobody holds.
    fn empty(&self, patient: &Waiting, held: Option<Choice>) -> u32 {
        let is_better = |choice: &&Choice| held.is_none_or(|held| choice.cost < held.cost);
        let empty = patient.options.iter().filter(is_better).filter(|choice| self.0[choice.slot].is_none());
        u32::try_from(empty.count()).unwrap_or(u32::MAX)
    }

    fn explain(&self, patient: &Waiting, held: Option<Choice>) -> Placed {
        let (to_more_urgent, to_same_class) = self.better(patient, held);
        let why = match held {
            None if patient.options.is_empty() => Why::NoOption,
            None => Why::AllTaken { to_more_urgent, to_same_class },
            Some(_) if to_more_urgent + to_same_class == 0 => Why::Best,
            Some(_) => Why::NextBest { to_more_urgent, to_same_class },
        };
        Placed { choice: held, why }
    }
}

/// What each class reached, in the order of the classes; each patient is looked at once, however many classes there are.
fn results(
    order: &[u32],
    patients: &[Waiting],
    placed: &[Placed],
    occupants: &Occupants,
) -> Vec<ClassResult> {
    let nothing = |class: &u32| ClassResult { class: *class, patients: 0, placed: 0, cost: 0, envious: 0 };
    let mut results: Vec<ClassResult> = order.iter().map(nothing).collect();
    for (patient, placed) in patients.iter().zip(placed) {
        let Ok(at) = order.binary_search(&patient.class) else { continue };
        let result = &mut results[at];
        result.patients += 1;
        result.envious += usize::from(occupants.better(patient, placed.choice).1 > 0);
        if let Some(choice) = placed.choice {
            result.placed += 1;
            result.cost += choice.cost;
        }
    }
    results
}

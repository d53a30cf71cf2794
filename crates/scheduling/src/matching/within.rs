//! Matching where some slots cannot all be given: two of one clinician that overlap, two that need one room, more than a
//! day's limit allows.
//!
//! The matching alone does not know such rules. So its optimum is looked at in the order in which it would be carried out;
//! what a rule refuses is taken out for whoever wanted it and for everybody less urgent, and what is left is matched again,
//! until nothing is refused. Whatever was taken out and could be given after all comes back once. Then, within a bounded number of
//! steps, a best-first search over what to leave out finds the exact optimum within the rules; [`Within::is_exact`] says
//! whether it was reached. Whatever the end is, the last word is a matching's optimum over the slots that are left: nobody
//! less urgent holds one of them that a more urgent patient would rather have.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};

use super::{Aims, Choice, MatchProblem, Occupants, Plan, Waiting, check, classes_of, plan_of, scaling};

/// Steps of the exact search, and options looked at in all of them.
const MOST_STEPS: usize = 400;
const MOST_WORK: usize = 2_000_000;
/// How often what was taken out is looked at again.
const MOST_RETURNS: usize = 2;

/// A slot given to a patient, by position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Given {
    pub patient: usize,
    pub slot: usize,
}

/// A given slot that a rule refuses beside others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Position in the list of what is given.
    pub at: usize,
    /// Positions before it, without one of which it would not be refused.
    pub beside: Vec<usize>,
    /// Names of what is refused as well while those are given, such as all other times of a full day.
    pub likewise: Vec<usize>,
}

/// What the slots of a question must keep to beside their capacities.
pub trait Rules {
    /// Which of these cannot be given when all are, in this order. What is refused stands in nobody's way after it.
    fn refused(&self, given: &[Given]) -> Vec<Refused>;
    /// Names what a patient would get of a slot: of what has one name, either all or nothing is refused.
    fn name(&self, patient: usize, slot: usize) -> usize;
}

/// A plan that keeps to the rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Within {
    pub plan: Plan,
    /// For each patient, how many slots that would suit better are held by nobody and cannot be given beside the others.
    pub ruled_out: Vec<u32>,
    /// No plan within the rules is better. Not set: the search for one was longer than it may be.
    pub is_exact: bool,
    /// The rules cost nothing: the matching alone does no better.
    pub is_unruled: bool,
}

/// Matches patients to slots within rules. `order` names the patients in the order in which the plan is carried out, the more
/// urgent first.
///
/// Errors: as [`super::assign`].
pub fn assign_within(
    patients: &[Waiting],
    capacities: &[u32],
    order: &[usize],
    aims: Aims,
    rules: &impl Rules,
) -> Result<Within, MatchProblem> {
    check(patients, capacities)?;
    let search = Search { patients, capacities, order, aims, rules, classes: classes_of(patients) };
    let Found { held, is_exact, is_unruled } = search.run();
    let occupants = Occupants::new(patients, capacities.len(), &held);
    let ruled_out =
        patients.iter().zip(&held).map(|(patient, held)| occupants.empty(patient, *held)).collect();
    Ok(Within {
        plan: plan_of(patients, &search.classes, &occupants, &held),
        ruled_out,
        is_exact,
        is_unruled,
    })
}

type Held = Vec<Option<Choice>>;

struct Found {
    held: Held,
    is_exact: bool,
    is_unruled: bool,
}

/// For each class how many go without and what the others cost, aim by aim: the smaller, the better.
type Objective = Vec<(usize, Vec<i64>)>;

/// What is left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Out {
    /// By name, the most urgent class for whom it is left out; so it is for all less urgent ones.
    names: HashMap<usize, u32>,
    /// How many fit into a slot, where that is less than its capacity.
    capacities: HashMap<usize, u32>,
}

struct Search<'a, R> {
    patients: &'a [Waiting],
    capacities: &'a [u32],
    order: &'a [usize],
    aims: Aims<'a>,
    rules: &'a R,
    classes: Vec<u32>,
}

impl<R: Rules> Search<'_, R> {
    fn run(&self) -> Found {
        let root = self.solve(&Out::default());
        let bound = self.objective(&root);
        let found = self.repair(root.clone());
        let best = self.objective(&found);
        if best == bound {
            return Found { held: found, is_exact: true, is_unruled: true };
        }
        let (held, is_exact) = match self.exact(root, &best) {
            Exact::Better(held, is_whole) => (held, is_whole),
            Exact::NoBetter => (found, true),
            Exact::Unknown => (found, false),
        };
        Found { held, is_exact, is_unruled: false }
    }

    fn solve(&self, out: &Out) -> Held {
        if out == &Out::default() {
            return scaling::solve(self.patients, self.capacities, &self.classes, self.aims);
        }
        let left: Vec<Waiting> = self
            .patients
            .iter()
            .enumerate()
            .map(|(at, patient)| {
                let is_in = |choice: &&Choice| {
                    let class = out.names.get(&self.rules.name(at, choice.slot));
                    class.is_none_or(|class| patient.class < *class)
                };
                Waiting {
                    class: patient.class,
                    options: patient.options.iter().filter(is_in).copied().collect(),
                }
            })
            .collect();
        let mut capacities = self.capacities.to_vec();
        out.capacities.iter().for_each(|(slot, most)| capacities[*slot] = capacities[*slot].min(*most));
        scaling::solve(&left, &capacities, &self.classes, self.aims)
    }

    fn given(&self, held: &Held) -> Vec<Given> {
        let given = |patient: &usize| held[*patient].map(|c| Given { patient: *patient, slot: c.slot });
        self.order.iter().filter_map(given).collect()
    }

    fn objective(&self, held: &Held) -> Objective {
        let mut sums: HashMap<u32, (usize, Vec<i64>)> = HashMap::new();
        for (patient, held) in self.patients.iter().zip(held) {
            let sum = sums.entry(patient.class).or_insert_with(|| (0, vec![0; self.aims.count()]));
            match held {
                Some(choice) => {
                    for (aim, sum) in sum.1.iter_mut().enumerate() {
                        *sum += self.aims.part(choice.cost, aim);
                    }
                }
                None => sum.0 += 1,
            }
        }
        self.classes.iter().filter_map(|class| sums.remove(class)).collect()
    }

    /// From an optimum without the rules to a plan within them.
    fn repair(&self, root: Held) -> Held {
        let mut out = Out::default();
        let mut held = root;
        let mut best: Option<(Objective, Held)> = None;
        let mut came_back: HashSet<usize> = HashSet::new();
        let mut returns = 0;
        loop {
            let given = self.given(&held);
            let refused = self.rules.refused(&given);
            if refused.is_empty() {
                let objective = self.objective(&held);
                if best.as_ref().is_none_or(|(known, _)| objective < *known) {
                    best = Some((objective, held.clone()));
                }
                returns += 1;
                if returns > MOST_RETURNS || !self.bring_back(&mut out, &held, &mut came_back) {
                    break;
                }
            } else {
                self.leave_out(&mut out, &given, &refused);
            }
            held = self.solve(&out);
        }
        best.map_or(held, |(_, held)| held)
    }

    fn leave_out(&self, out: &mut Out, given: &[Given], refused: &[Refused]) {
        let turned_down: HashSet<usize> = refused.iter().map(|refused| refused.at).collect();
        let mut kept: HashMap<(usize, usize), u32> = HashMap::new();
        for (at, one) in given.iter().enumerate() {
            if !turned_down.contains(&at) {
                *kept.entry((one.slot, self.rules.name(one.patient, one.slot))).or_default() += 1;
            }
        }
        let is_kept: HashSet<usize> = kept.keys().map(|(_, name)| *name).collect();
        for refused in refused {
            let one = given[refused.at];
            let name = self.rules.name(one.patient, one.slot);
            let class = self.patients[one.patient].class;
            for other in refused.likewise.iter().filter(|other| !is_kept.contains(other)) {
                let known = out.names.entry(*other).or_insert(class);
                *known = class.min(*known);
            }
            match kept.get(&(one.slot, name)) {
                // Some of it is given: so many fit, and no more.
                Some(most) => {
                    out.capacities.insert(one.slot, *most);
                }
                None => {
                    let known = out.names.entry(name).or_insert(class);
                    *known = class.min(*known);
                }
            }
        }
    }

    /// Brings back what somebody would rather have and could be given beside all who are as urgent or more; each name once.
    fn bring_back(&self, out: &mut Out, held: &Held, came_back: &mut HashSet<usize>) -> bool {
        let mut wanted: HashMap<usize, Given> = HashMap::new();
        for patient in self.order {
            for choice in &self.patients[*patient].options {
                let name = self.rules.name(*patient, choice.slot);
                let is_out =
                    out.names.get(&name).is_some_and(|class| *class <= self.patients[*patient].class);
                let is_better = held[*patient].is_none_or(|held| choice.cost < held.cost);
                if is_out && is_better && !came_back.contains(&name) {
                    wanted.entry(name).or_insert(Given { patient: *patient, slot: choice.slot });
                }
            }
        }
        let mut names: Vec<(usize, Given)> = wanted.into_iter().collect();
        names.sort_unstable_by_key(|(name, _)| *name);
        let mut any = false;
        for (name, one) in names {
            let class = self.patients[one.patient].class;
            let others = self.given(held).into_iter();
            let mut given: Vec<Given> = others
                .filter(|other| other.patient != one.patient && self.patients[other.patient].class <= class)
                .collect();
            given.push(one);
            if self.rules.refused(&given).is_empty() {
                came_back.insert(name);
                out.names.remove(&name);
                any = true;
            }
        }
        any
    }

    /// The best plan within the rules that is better than `best`.
    fn exact(&self, root: Held, best: &Objective) -> Exact {
        let options: usize = self.patients.iter().map(|patient| patient.options.len()).sum();
        let steps = MOST_STEPS.min(MOST_WORK / options.max(1));
        let mut nodes: Vec<(Out, Held)> = vec![(Out::default(), root)];
        let mut open = BinaryHeap::from([Reverse((self.objective(&nodes[0].1), Reverse(0_usize)))]);
        let mut is_whole = true;
        while let Some(Reverse((_, Reverse(at)))) = open.pop() {
            let (out, held) = nodes[at].clone();
            let given = self.given(&held);
            let Some(refused) = self.rules.refused(&given).into_iter().next() else {
                // The smallest bound of all that is open: nothing better is left.
                return Exact::Better(held, is_whole);
            };
            if nodes.len() + refused.beside.len() >= steps {
                return Exact::Unknown;
            }
            // Not all of these can be given, so one of them is not.
            for one in std::iter::once(refused.at).chain(refused.beside).map(|at| given[at]) {
                if self.capacities[one.slot] > 1 {
                    // Of a slot with several places one place may go and the others stay: that is not searched.
                    is_whole = false;
                }
                let mut out = out.clone();
                out.names.insert(self.rules.name(one.patient, one.slot), 0);
                let held = self.solve(&out);
                let bound = self.objective(&held);
                if bound < *best {
                    open.push(Reverse((bound, Reverse(nodes.len()))));
                    nodes.push((out, held));
                }
            }
        }
        if is_whole { Exact::NoBetter } else { Exact::Unknown }
    }
}

enum Exact {
    /// And whether nothing better was left out of the search.
    Better(Held, bool),
    NoBetter,
    Unknown,
}

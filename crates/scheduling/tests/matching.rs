//! Bulk matching against every possible answer of small questions.

use proptest::prelude::*;
use scheduling::matching::{Aims, Choice, MatchProblem, Plan, Waiting, Why, assign, assign_by, keep_least};

fn waiting(class: u32, options: &[(usize, i64)]) -> Waiting {
    Waiting {
        class,
        options: options.iter().map(|(slot, cost)| Choice { slot: *slot, cost: *cost }).collect(),
    }
}

/// For each class, most urgent first: how many go without, and the sums of the costs of the others, aim by aim.
type Objective = Vec<(usize, [i64; 3])>;

/// Three aims in a cost.
const WEIGHTS: [i64; 3] = [12, 4, 1];

fn aims(cost: i64) -> [i64; 3] {
    [cost.div_euclid(12), cost.rem_euclid(12) / 4, cost.rem_euclid(4)]
}

fn one(cost: i64) -> [i64; 3] {
    [cost, 0, 0]
}

fn objective(plan: &Plan) -> Objective {
    plan.classes.iter().map(|class| (class.patients - class.placed, one(class.cost))).collect()
}

/// The same with each aim by itself.
fn by_aims(patients: &[Waiting], plan: &Plan) -> Objective {
    let of = |class: u32| {
        let mut sums = (0, [0; 3]);
        for (_, placed) in patients.iter().zip(&plan.placed).filter(|(patient, _)| patient.class == class) {
            match placed.choice {
                Some(choice) => sums.1.iter_mut().zip(aims(choice.cost)).for_each(|(sum, part)| *sum += part),
                None => sums.0 += 1,
            }
        }
        sums
    };
    plan.classes.iter().map(|class| of(class.class)).collect()
}

/// The least objective of all answers there are.
fn least(patients: &[Waiting], capacities: &[u32], parts: fn(i64) -> [i64; 3]) -> Objective {
    let mut classes: Vec<u32> = patients.iter().map(|patient| patient.class).collect();
    classes.sort_unstable();
    classes.dedup();
    let mut best = None;
    let mut so_far = vec![(0, [0; 3]); classes.len()];
    try_all(patients, &classes, &mut capacities.to_vec(), &mut so_far, parts, &mut best);
    best.unwrap_or_default()
}

fn try_all(
    patients: &[Waiting],
    classes: &[u32],
    room: &mut Vec<u32>,
    so_far: &mut Objective,
    parts: fn(i64) -> [i64; 3],
    best: &mut Option<Objective>,
) {
    let Some((first, rest)) = patients.split_first() else {
        if best.as_ref().is_none_or(|best| &*so_far < best) {
            *best = Some(so_far.clone());
        }
        return;
    };
    let class = classes.iter().position(|class| *class == first.class).expect("listed");
    so_far[class].0 += 1;
    try_all(rest, classes, room, so_far, parts, best);
    so_far[class].0 -= 1;
    for choice in &first.options {
        if room[choice.slot] > 0 {
            room[choice.slot] -= 1;
            let sums = so_far[class].1;
            so_far[class].1.iter_mut().zip(parts(choice.cost)).for_each(|(sum, part)| *sum += part);
            try_all(rest, classes, room, so_far, parts, best);
            so_far[class].1 = sums;
            room[choice.slot] += 1;
        }
    }
}

fn fits(patients: &[Waiting], capacities: &[u32], plan: &Plan) {
    let mut room = capacities.to_vec();
    for (patient, placed) in patients.iter().zip(&plan.placed) {
        if let Some(choice) = placed.choice {
            assert!(patient.options.contains(&choice), "only what they can take, at its cost");
            room[choice.slot] = room[choice.slot].checked_sub(1).expect("no slot holds more than fit");
        }
    }
}

/// Nobody less urgent holds a slot that a more urgent patient would rather have.
fn no_envy_across(patients: &[Waiting], plan: &Plan) {
    for (patient, placed) in patients.iter().zip(&plan.placed) {
        let better = |choice: &&Choice| placed.choice.is_none_or(|held| choice.cost < held.cost);
        for wanted in patient.options.iter().filter(better) {
            for (other, theirs) in patients.iter().zip(&plan.placed) {
                let holds = theirs.choice.is_some_and(|held| held.slot == wanted.slot);
                assert!(!holds || other.class <= patient.class, "{patient:?} would rather have {wanted:?}");
            }
        }
    }
}

fn question() -> impl Strategy<Value = (Vec<Waiting>, Vec<u32>)> {
    asked(1..5, 0..7)
}

/// Questions with so many slots and patients.
fn asked(
    slots: std::ops::Range<usize>,
    patients: std::ops::Range<usize>,
) -> impl Strategy<Value = (Vec<Waiting>, Vec<u32>)> {
    asked_of(slots, patients, -4..9)
}

/// The same, with costs of a range.
fn asked_of(
    slots: std::ops::Range<usize>,
    patients: std::ops::Range<usize>,
    costs: std::ops::Range<i64>,
) -> impl Strategy<Value = (Vec<Waiting>, Vec<u32>)> {
    prop::collection::vec(0u32..3, slots).prop_flat_map(move |capacities| {
        let slots = capacities.len();
        let patient = (0u32..3, prop::collection::btree_map(0..slots, costs.clone(), 0..=slots))
            .prop_map(|(class, options)| waiting(class, &options.into_iter().collect::<Vec<_>>()));
        (prop::collection::vec(patient, patients.clone()), Just(capacities))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, ..ProptestConfig::default() })]
    #[test]
    fn no_other_answer_is_better((patients, capacities) in question()) {
        let plan = assign(&patients, &capacities).expect("a sound question");
        fits(&patients, &capacities, &plan);
        no_envy_across(&patients, &plan);
        prop_assert_eq!(objective(&plan), least(&patients, &capacities, one));
    }

    #[test]
    fn the_sums_of_aims_count_one_after_another((patients, capacities) in asked_of(1..5, 0..7, -4..60)) {
        let plan = assign_by(&patients, &capacities, Aims::new(&WEIGHTS).expect("they fall")).expect("sound");
        fits(&patients, &capacities, &plan);
        no_envy_across(&patients, &plan);
        prop_assert_eq!(by_aims(&patients, &plan), least(&patients, &capacities, aims));
    }

    #[test]
    fn as_many_options_as_there_are_patients_are_enough((mut patients, mut capacities) in asked(3..12, 1..6)) {
        capacities.iter_mut().for_each(|places| *places = (*places).max(1));
        let whole = objective(&assign(&patients, &capacities).expect("a sound question"));
        let most = patients.len();
        for patient in &mut patients {
            let all = patient.options.clone();
            prop_assert_eq!(keep_least(&mut patient.options, most), all.len() > most);
            let dearest = patient.options.iter().map(|choice| choice.cost).max();
            let cheaper = all.iter().filter(|choice| dearest.is_some_and(|cost| choice.cost < cost));
            prop_assert!(cheaper.count() <= patient.options.len());
        }
        prop_assert_eq!(objective(&assign(&patients, &capacities).expect("sound as well")), whole);
    }

    #[test]
    fn the_order_of_the_question_does_not_matter((patients, capacities) in question(), turn in 0usize..7) {
        let plan = assign(&patients, &capacities).expect("a sound question");
        let mut turned = patients.clone();
        turned.rotate_left(turn % patients.len().max(1));
        prop_assert_eq!(objective(&plan), objective(&assign(&turned, &capacities).expect("sound as well")));
        prop_assert_eq!(&plan, &assign(&patients, &capacities).expect("the same question"));
    }
}

#[test]
fn the_more_urgent_choose_first_and_the_rest_share_what_is_left_best() {
    let patients = [
        waiting(2, &[(0, 1), (1, 5)]),
        waiting(1, &[(0, 3), (1, 9)]),
        waiting(2, &[(1, 1), (2, 2)]),
        waiting(3, &[(0, 0)]),
        waiting(3, &[]),
    ];
    let plan = assign(&patients, &[1, 1, 1]).expect("sound");
    let slots: Vec<_> = plan.placed.iter().map(|placed| placed.choice.map(|choice| choice.slot)).collect();
    assert_eq!(slots, [Some(1), Some(0), Some(2), None, None]);
    let why: Vec<_> = plan.placed.iter().map(|placed| placed.why).collect();
    assert_eq!(
        why,
        [
            Why::NextBest { to_more_urgent: 1, to_same_class: 0 },
            Why::Best,
            Why::NextBest { to_more_urgent: 0, to_same_class: 1 },
            Why::AllTaken { to_more_urgent: 1, to_same_class: 0 },
            Why::NoOption,
        ]
    );
    let envious: Vec<_> = plan.classes.iter().map(|class| (class.class, class.envious)).collect();
    assert_eq!(envious, [(1, 0), (2, 1), (3, 0)]);
}

#[test]
fn a_more_urgent_patient_moves_aside_where_it_costs_them_nothing() {
    // Both slots suit the first patient alike; the second can take one of them only.
    let plan = assign(&[waiting(0, &[(0, 2), (1, 2)]), waiting(1, &[(0, 0)])], &[1, 1]).expect("sound");
    let slots: Vec<_> = plan.placed.iter().map(|placed| placed.choice.map(|choice| choice.slot)).collect();
    assert_eq!(slots, [Some(1), Some(0)]);
}

#[test]
fn an_unsound_question_is_refused_by_place() {
    let refused =
        |options: &[(usize, i64)]| assign(&[waiting(0, &[(0, 1)]), waiting(0, options)], &[1]).err();
    assert_eq!(refused(&[(1, 0)]), Some(MatchProblem::UnknownSlot { patient: 1, option: 0 }));
    assert_eq!(refused(&[(0, 0), (0, 1)]), Some(MatchProblem::Twice { patient: 1, option: 1 }));
    assert_eq!(refused(&[(0, i64::MIN)]), Some(MatchProblem::Cost { patient: 1, option: 0 }));
    let many = vec![waiting(0, &[(0, 1 << 32)]); 20_000];
    assert_eq!(assign(&many, &[1]).err(), Some(MatchProblem::Range { least: 0, most: 1 << 32 }));
    assert_eq!(assign(&[], &[]).map(|plan| plan.placed.len()), Ok(0));
    let each_its_own: Vec<Waiting> = (0..40_000).map(|class| waiting(class, &[])).collect();
    assert_eq!(assign(&each_its_own, &[1]).err(), Some(MatchProblem::Classes { classes: 40_000 }));
}

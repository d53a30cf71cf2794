//! Bulk matching within rules: against every possible answer of small questions, and over what sessions say.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use proptest::prelude::*;
use scheduling::matching::{Aims, Choice, Given, Refused, Rules as Beside, Waiting, Within, assign_within};
use scheduling::together::Together;
use scheduling::{Diaries, Diary, Rules, Taken, Window, slots};

/// Sets of slots of which at most so many may be given.
#[derive(Debug, Clone)]
struct AtMost(Vec<(Vec<usize>, usize)>);

impl Beside for AtMost {
    fn refused(&self, given: &[Given]) -> Vec<Refused> {
        let mut kept: Vec<usize> = Vec::new();
        let mut refused = Vec::new();
        for (at, one) in given.iter().enumerate() {
            let full = self.0.iter().find_map(|(set, most)| {
                let inside: Vec<usize> =
                    kept.iter().copied().filter(|at| set.contains(&given[*at].slot)).collect();
                (set.contains(&one.slot) && inside.len() >= *most).then(|| (inside, set.clone()))
            });
            match full {
                Some((beside, set)) => refused.push(Refused { at, beside, likewise: set }),
                None => kept.push(at),
            }
        }
        refused
    }

    fn name(&self, _: usize, slot: usize) -> usize {
        slot
    }
}

type Objective = Vec<(usize, i64)>;

fn objective(within: &Within) -> Objective {
    within.plan.classes.iter().map(|class| (class.patients - class.placed, class.cost)).collect()
}

/// The least objective of all answers that keep to the rules.
fn least(patients: &[Waiting], capacities: &[u32], rules: &AtMost) -> Objective {
    let mut classes: Vec<u32> = patients.iter().map(|patient| patient.class).collect();
    classes.sort_unstable();
    classes.dedup();
    let mut best: Option<Objective> = None;
    let mut held = vec![None; patients.len()];
    walk(patients, 0, &mut held, &mut |held| {
        let given: Vec<Given> = held
            .iter()
            .enumerate()
            .filter_map(|(patient, held): (usize, &Option<Choice>)| {
                Some(Given { patient, slot: held.as_ref()?.slot })
            })
            .collect();
        let fits = (0..capacities.len())
            .all(|slot| given.iter().filter(|one| one.slot == slot).count() <= capacities[slot] as usize);
        if fits && rules.refused(&given).is_empty() {
            let sum = |class: &u32| {
                let own = patients.iter().zip(held).filter(|(patient, _)| patient.class == *class);
                own.fold((0, 0), |sum, (_, held)| match held {
                    Some(choice) => (sum.0, sum.1 + choice.cost),
                    None => (sum.0 + 1, sum.1),
                })
            };
            let objective: Objective = classes.iter().map(sum).collect();
            if best.as_ref().is_none_or(|best| objective < *best) {
                best = Some(objective);
            }
        }
    });
    best.unwrap_or_default()
}

fn walk(
    patients: &[Waiting],
    at: usize,
    held: &mut Vec<Option<Choice>>,
    look: &mut impl FnMut(&[Option<Choice>]),
) {
    let Some(patient) = patients.get(at) else {
        return look(held);
    };
    for choice in std::iter::once(None).chain(patient.options.iter().copied().map(Some)) {
        held[at] = choice;
        walk(patients, at + 1, held, look);
    }
    held[at] = None;
}

fn question() -> impl Strategy<Value = (Vec<Waiting>, Vec<u32>, AtMost)> {
    prop::collection::vec(1u32..3, 2..6).prop_flat_map(|capacities| {
        let slots = capacities.len();
        let patient =
            (0u32..3, prop::collection::btree_map(0..slots, 0i64..9, 0..=slots)).prop_map(|(class, all)| {
                let options = all.into_iter().map(|(slot, cost)| Choice { slot, cost }).collect();
                Waiting { class, options }
            });
        let set = (prop::collection::btree_set(0..slots, 2..=slots), 1usize..3)
            .prop_map(|(set, most)| (set.into_iter().collect(), most));
        let rules = prop::collection::vec(set, 0..4).prop_map(AtMost);
        (prop::collection::vec(patient, 0..6), Just(capacities), rules)
    })
}

fn in_order(patients: &[Waiting]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..patients.len()).collect();
    order.sort_by_key(|at| (patients[*at].class, *at));
    order
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, ..ProptestConfig::default() })]
    #[test]
    fn a_plan_keeps_to_the_rules_and_none_within_them_is_better((patients, capacities, rules) in question()) {
        let order = in_order(&patients);
        let within = assign_within(&patients, &capacities, &order, Aims::ONE, &rules).expect("a sound question");
        let mut given = Vec::new();
        for patient in &order {
            if let Some(choice) = within.plan.placed[*patient].choice {
                prop_assert!(patients[*patient].options.contains(&choice));
                given.push(Given { patient: *patient, slot: choice.slot });
            }
        }
        prop_assert!(rules.refused(&given).is_empty());
        let best = least(&patients, &capacities, &rules);
        prop_assert!(best <= objective(&within), "nothing is better than the best");
        if within.is_exact {
            prop_assert_eq!(&objective(&within), &best);
        }
        prop_assert!(within.is_exact || capacities.iter().any(|places| *places > 1), "so few are searched through");
        // Nobody less urgent holds a slot that a more urgent patient would rather have.
        for (patient, placed) in patients.iter().zip(&within.plan.placed) {
            let better = patient.options.iter().filter(|c| placed.choice.is_none_or(|held| c.cost < held.cost));
            for wanted in better {
                let holders = patients.iter().zip(&within.plan.placed)
                    .filter(|(_, theirs)| theirs.choice.is_some_and(|held| held.slot == wanted.slot));
                for (holder, _) in holders {
                    prop_assert!(holder.class <= patient.class);
                }
            }
        }
        prop_assert_eq!(&within, &assign_within(&patients, &capacities, &order, Aims::ONE, &rules).expect("the same question"));
    }

    #[test]
    fn without_rules_it_is_the_plain_optimum((patients, capacities, _) in question()) {
        let order = in_order(&patients);
        let within = assign_within(&patients, &capacities, &order, Aims::ONE, &AtMost(Vec::new())).expect("sound");
        prop_assert!(within.is_exact);
        prop_assert_eq!(within.plan, scheduling::matching::assign(&patients, &capacities).expect("sound"));
    }
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant")
}

/// Sessions of one Monday, as JSON of their differences; everybody can take every time of the kind that they wait for.
fn matched(
    sessions: &str,
    resources: &str,
    diaries: &Diaries,
    waiting: &[&str],
) -> (Vec<Option<String>>, bool) {
    let text = format!(r#"{{"zone": "UTC", "sessions": [{sessions}], "resources": [{resources}]}}"#);
    let rules: Rules = serde_json::from_str(&text).expect("rules");
    let window = Window { from: at("2026-03-02T00:00:00Z"), to: at("2026-03-03T00:00:00Z") };
    let mut together = Together::default();
    let mut offers = Vec::new();
    let kinds: std::collections::BTreeSet<&&str> = waiting.iter().collect();
    for kind in kinds {
        for offer in slots(&rules, diaries, window, at("2026-03-01T00:00:00Z"), Some(kind)) {
            together.add(&rules, diaries, &offer);
            offers.push(offer);
        }
    }
    let mut gets: Vec<BTreeMap<usize, usize>> = Vec::new();
    let patients: Vec<Waiting> = waiting
        .iter()
        .map(|kind| {
            let own = |time: &&usize| offers[**time].visit == **kind;
            let named = together.slots().iter().enumerate();
            let times: BTreeMap<usize, usize> =
                named.filter_map(|(slot, times)| Some((slot, *times.iter().find(own)?))).collect();
            let cost = |slot: &usize| i64::try_from(*slot).expect("few");
            let options = times.keys().map(|slot| Choice { slot: *slot, cost: cost(slot) }).collect();
            gets.push(times);
            Waiting { class: 1, options }
        })
        .collect();
    let order: Vec<usize> = (0..patients.len()).collect();
    let rules = together.rules(|patient, slot| gets[patient][&slot]);
    let within = assign_within(&patients, &together.capacities(), &order, Aims::ONE, &rules).expect("sound");
    let got = within.plan.placed.iter().enumerate().map(|(patient, placed)| {
        let offer = &offers[gets[patient][&placed.choice?.slot]];
        Some(format!("{} {} {}", offer.who, offer.slot.start.format("%H:%M"), offer.visit))
    });
    (got.collect(), within.is_exact)
}

fn session(id: &str, who: &str, kind: &str, more: &str) -> String {
    format!(
        r#"{{"id": "{id}", "who": ["{who}"], "weekdays": ["Mon"], "from": "09:00", "to": "10:00",
        "visits": [{{"kind": "{kind}", "length_min": 30}}]{more}}}"#
    )
}

fn booked(who: &str, start: &str, place: u32) -> Diaries {
    let start = at(start);
    let taken = vec![Taken::by(start, start + chrono::TimeDelta::minutes(30), 0, 0, place)];
    BTreeMap::from([(who.to_owned(), Diary { taken, ..Diary::default() })])
}

#[test]
fn two_kinds_at_the_same_hours_of_one_clinician_share_the_times() {
    let both = format!("{}, {}", session("a", "dr", "first", ""), session("b", "dr", "later", ""));
    let (got, exact) = matched(&both, "", &Diaries::new(), &["later", "later", "first"]);
    assert!(exact);
    assert_eq!(got.iter().flatten().count(), 2, "two times, whichever kind they are for: {got:?}");
    let (got, _) = matched(&both, "", &Diaries::new(), &["later", "first"]);
    let mut got: Vec<String> = got.into_iter().map(|one| one.expect("each gets one")).collect();
    got.sort();
    assert!(
        got[0].starts_with("dr 09:") && got[1].starts_with("dr 09:") && got[0][..8] != got[1][..8],
        "{got:?}"
    );
}

#[test]
fn one_room_of_two_clinicians_is_given_once() {
    let room = r#", "also": [["room"]]"#;
    let two = format!("{}, {}", session("a", "dr-a", "first", room), session("b", "dr-b", "first", room));
    let (got, exact) = matched(&two, "", &Diaries::new(), &["first", "first", "first"]);
    assert!(exact);
    let mut clocks: Vec<&str> = got.iter().flatten().map(|one| &one[5..10]).collect();
    clocks.sort_unstable();
    assert_eq!(clocks, ["09:00", "09:30"], "the room has one place at a time: {got:?}");
    let either = r#", "also": [["room", "other"]]"#;
    let two = format!("{}, {}", session("a", "dr-a", "first", either), session("b", "dr-b", "first", either));
    let (got, _) = matched(&two, "", &Diaries::new(), &["first"; 4]);
    assert_eq!(got.iter().flatten().count(), 4, "with a second room both see people");
}

#[test]
fn a_limit_of_a_session_of_a_clinician_and_of_a_machine_holds() {
    let check = |more: &str, resources: &str, diaries: &Diaries, most: usize| {
        let (got, exact) = matched(&session("a", "dr", "first", more), resources, diaries, &["first"; 3]);
        assert!(exact);
        assert_eq!(got.iter().flatten().count(), most, "{more} {resources} {got:?}");
    };
    let none = Diaries::new();
    check("", "", &none, 2);
    check(r#", "daily_limit": 1"#, "", &none, 1);
    check("", r#"{"id": "dr", "daily_limit": 1}"#, &none, 1);
    check(r#", "also": [["scan"]]"#, r#"{"id": "scan", "daily_limit": 1}"#, &none, 1);
    // Somebody has a visit in the afternoon already.
    check("", r#"{"id": "dr", "daily_limit": 2}"#, &booked("dr", "2026-03-02T15:00:00Z", 0), 1);
}

#[test]
fn of_a_time_for_several_so_many_are_given_as_are_left() {
    let group = session("a", "dr", "first", r#", "capacity": 3"#);
    for place in 0..2 {
        let taken = booked("dr", "2026-03-02T09:00:00Z", place);
        let (got, exact) = matched(&group, "", &taken, &["first"; 7]);
        assert!(exact);
        assert_eq!(got.iter().flatten().count(), 5, "one of three places is taken, whichever it is");
    }
}

#[test]
fn whoever_is_seen_alone_is_matched_with_nobody_beside_them() {
    let group = session("b", "dr", "group", r#", "capacity": 3"#);
    let both = format!("{}, {group}", session("a", "dr", "alone", ""));
    let (got, _) = matched(&both, "", &Diaries::new(), &["alone", "group", "group", "group", "group"]);
    let mut at_nine: Vec<&str> = Vec::new();
    let mut later: Vec<&str> = Vec::new();
    for time in got.iter().flatten() {
        let at = if time.starts_with("dr 09:00") { &mut at_nine } else { &mut later };
        at.push(time.rsplit(' ').next().expect("a kind"));
    }
    for then in [&at_nine, &later] {
        assert!(*then == vec!["alone"] || !then.contains(&"alone") && then.len() <= 3, "{got:?}");
    }
    // One who is there alone already leaves no place of the group.
    let mut taken = booked("dr", "2026-03-02T09:00:00Z", 0);
    for visit in taken.values_mut().flat_map(|diary| &mut diary.taken) {
        *visit = visit.among(1);
    }
    let (got, exact) = matched(&both, "", &taken, &["group"; 5]);
    assert!(exact);
    assert!(got.iter().flatten().all(|time| time.starts_with("dr 09:30")), "{got:?}");
    assert_eq!(got.iter().flatten().count(), 3);
}

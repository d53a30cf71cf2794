//! Bulk matching of a file: who gets which slot, and why, in words.

use std::collections::{HashMap, HashSet};

use scheduling::matching::{Choice, ClassResult, MatchProblem, Placed, Waiting, Why, assign};
use serde::{Deserialize, Serialize};

use super::Misuse;

/// What a matching file says; also the text of `waymark match --help`.
pub const fn match_help() -> &'static str {
    r#"FILE.json is one object: who waits, with the slots each can take, and the slots.

{
  "patients": [
    {"id": "p1", "class": 1, "options": [{"slot": "mon-9", "cost": 0}, {"slot": "tue-9", "cost": 3}]},
    {"id": "p2", "class": 2, "options": [{"slot": "mon-9", "cost": 0}]}
  ],
  "slots": [{"id": "mon-9", "capacity": 1}, {"id": "tue-9"}]
}

"class" is a rank: the smaller, the more urgent. "cost" is a whole number: the smaller, the better. "capacity" is 1 unless
given. In each class, most urgent first, as many as possible get a slot, and then the sum of their costs is as small as
possible. The last line has the objective reached for each class.

Example: waymark match waiting.json"#
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    patients: Vec<Patient>,
    slots: Vec<SlotLine>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Patient {
    id: Id,
    class: u32,
    #[serde(default)]
    options: Vec<OptionLine>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OptionLine {
    slot: Id,
    cost: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SlotLine {
    id: Id,
    #[serde(default = "one")]
    capacity: u32,
}

fn one() -> u32 {
    1
}

/// An id as the file writes it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Id {
    Number(i64),
    Text(String),
}

impl std::fmt::Display for Id {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Id::Number(number) => write!(f, "{number}"),
            Id::Text(text) => f.write_str(text),
        }
    }
}

/// What one patient gets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    pub patient: Id,
    pub slot: Option<Id>,
    pub cost: Option<i64>,
    /// Why, in a sentence.
    pub reason: String,
}

/// The answer: a line for each patient in the order of the file, and what was reached for each class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Matched {
    pub lines: Vec<Line>,
    pub objective: Vec<ClassResult>,
}

/// Matches the patients of a file to its slots.
///
/// # Errors
/// The place in the file that cannot be used, and how to put it right.
pub fn matched(text: &str) -> Result<Matched, Misuse> {
    let file: File = super::read_json(text)?;
    let mut places: HashMap<&Id, usize> = HashMap::with_capacity(file.slots.len());
    for (at, slot) in file.slots.iter().enumerate() {
        if places.insert(&slot.id, at).is_some() {
            return Err(Misuse::new(
                format!("slots[{at}].id"),
                format!("“{}” stands there twice; keep one", slot.id),
            ));
        }
    }
    let mut known = HashSet::with_capacity(file.patients.len());
    let mut patients = Vec::with_capacity(file.patients.len());
    for (at, patient) in file.patients.iter().enumerate() {
        if !known.insert(&patient.id) {
            return Err(Misuse::new(
                format!("patients[{at}].id"),
                format!("“{}” stands there twice; keep one", patient.id),
            ));
        }
        let mut options = Vec::with_capacity(patient.options.len());
        for (number, option) in patient.options.iter().enumerate() {
            let slot = places.get(&option.slot).ok_or_else(|| {
                let place = format!("patients[{at}].options[{number}].slot");
                Misuse::new(
                    place,
                    format!("“{}” is not among the slots; add it, or leave the option out", option.slot),
                )
            })?;
            options.push(Choice { slot: *slot, cost: option.cost });
        }
        patients.push(Waiting { class: patient.class, options });
    }
    let capacities: Vec<u32> = file.slots.iter().map(|slot| slot.capacity).collect();
    let plan = assign(&patients, &capacities).map_err(placed_problem)?;
    let lines = file
        .patients
        .into_iter()
        .zip(&plan.placed)
        .map(|(patient, placed)| Line {
            patient: patient.id,
            slot: placed.choice.map(|choice| file.slots[choice.slot].id.clone()),
            cost: placed.choice.map(|choice| choice.cost),
            reason: reason(placed),
        })
        .collect();
    Ok(Matched { lines, objective: plan.classes })
}

fn placed_problem(problem: MatchProblem) -> Misuse {
    let place = match problem {
        MatchProblem::UnknownSlot { patient, option } | MatchProblem::Twice { patient, option } => {
            format!("patients[{patient}].options[{option}].slot")
        }
        MatchProblem::Cost { patient, option } => format!("patients[{patient}].options[{option}].cost"),
        MatchProblem::TooMany | MatchProblem::Classes { .. } => "patients".to_owned(),
        MatchProblem::Range { .. } => "patients.options.cost".to_owned(),
    };
    Misuse::new(place, problem.to_string())
}

/// The sentence for a patient's row.
fn reason(placed: &Placed) -> String {
    match placed.why {
        Why::Best => "No slot that they can take suits them better.".to_owned(),
        Why::NextBest { to_more_urgent, to_same_class } => {
            format!(
                "{} {}.",
                counted(
                    to_more_urgent + to_same_class,
                    "slot suits them better but is",
                    "slots suit them better but are"
                ),
                held(to_more_urgent, to_same_class)
            )
        }
        Why::NoOption => "No slot in the list is one that they can take.".to_owned(),
        // Nobody holds what has no place for anybody.
        Why::AllTaken { to_more_urgent: 0, to_same_class: 0 } => {
            "No slot that they can take has a place: the capacity is 0.".to_owned()
        }
        Why::AllTaken { to_more_urgent, to_same_class } => {
            format!(
                "{} {}.",
                counted(
                    to_more_urgent + to_same_class,
                    "slot is one that they can take, and it is",
                    "slots are ones that they can take, and all are"
                ),
                held(to_more_urgent, to_same_class)
            )
        }
    }
}

fn counted(number: u32, one: &str, many: &str) -> String {
    if number == 1 { format!("One {one}") } else { format!("{number} {many}") }
}

fn held(to_more_urgent: u32, to_same_class: u32) -> String {
    let same = "held by patients of the same class, for whom another slot would cost more";
    match (to_more_urgent, to_same_class) {
        (_, 0) => "held by more urgent patients".to_owned(),
        (0, _) => same.to_owned(),
        (more, _) => format!("held: {more} by more urgent patients, the rest {}", &same["held ".len()..]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"{
        "patients": [
            {"id": "a", "class": 1, "options": [{"slot": 1, "cost": 0}]},
            {"id": "b", "class": 2, "options": [{"slot": 1, "cost": 0}, {"slot": 2, "cost": 5}]},
            {"id": "c", "class": 2, "options": [{"slot": 2, "cost": 9}]},
            {"id": "d", "class": 3}
        ],
        "slots": [{"id": 1}, {"id": 2, "capacity": 1}]
    }"#;

    #[test]
    fn each_patient_has_a_slot_or_none_and_a_reason_that_states_why() {
        let matched = matched(FILE).expect("a sound file");
        let told: Vec<_> = matched
            .lines
            .iter()
            .map(|line| format!("{} {:?} {}", line.patient, line.cost, line.reason))
            .collect();
        assert_eq!(
            told,
            [
                "a Some(0) No slot that they can take suits them better.",
                "b Some(5) One slot suits them better but is held by more urgent patients.",
                "c None One slot is one that they can take, and it is held by patients of the same class, for whom \
                 another slot would cost more.",
                "d None No slot in the list is one that they can take.",
            ]
        );
        assert_eq!(matched.objective.len(), 3);
        assert_eq!((matched.objective[1].placed, matched.objective[1].cost), (1, 5));
    }

    #[test]
    fn a_slot_without_a_place_is_held_by_nobody() {
        let file = r#"{"patients": [{"id": "a", "class": 1, "options": [{"slot": 1, "cost": 0}]}],
            "slots": [{"id": 1, "capacity": 0}]}"#;
        let reason = &matched(file).expect("a sound file").lines[0].reason;
        assert_eq!(reason, "No slot that they can take has a place: the capacity is 0.");
    }

    #[test]
    fn a_key_that_is_not_known_and_a_byte_order_mark_are_dealt_with() {
        let wrong = matched(&FILE.replace(r#""class": 3"#, r#""class": 3, "clas": 1"#)).expect_err("unknown");
        assert!(wrong.to_string().contains("clas"), "{wrong}");
        assert!(matched(&format!("\u{feff}{FILE}")).is_ok(), "programs of one maker begin files so");
    }

    #[test]
    fn what_cannot_be_used_is_named_by_its_place() {
        for (from, to, place) in [
            (r#""slot": 2, "cost": 9"#, r#""slot": 7, "cost": 9"#, "patients[2].options[0].slot"),
            (r#""cost": 9"#, r#""cost": "x""#, "patients[2].options[0].cost"),
            (r#"{"id": 2, "capacity": 1}"#, r#"{"id": 1}"#, "slots[1].id"),
            (r#""class": 3"#, r#""class": -3"#, "patients[3].class"),
            (r#"{"id": "d""#, r#"{"id": "a""#, "patients[3].id"),
        ] {
            let wrong = matched(&FILE.replace(from, to)).expect_err(place);
            assert_eq!(wrong.place, place, "{wrong}");
        }
    }
}

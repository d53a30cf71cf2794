//! The demonstration's clinical stories: one per referral, by service.
//!
//! A story fixes what must hang together — age, sex, reason code (ICD-10, WHO 2019), letter, where the referral has
//! got to, and what the hospital wrote back. Names, dates and times are added by the generator.
//! All of them are invented; none describes a real person.

mod diabetes;
mod ears;
mod eyes;
mod heart;
mod joints;
mod skin;

use Urgency::{Routine, TwoWeek, Urgent};

/// How soon the referrer asks for the patient to be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Urgency {
    Routine,
    Urgent,
    TwoWeek,
}

impl Urgency {
    /// FHIR R4 `request-priority`.
    pub fn fhir(self) -> &'static str {
        match self {
            Routine => "routine",
            Urgent => "urgent",
            TwoWeek => "asap",
        }
    }
}

/// One story.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    /// Key of the service asked for, as in [`super::directory::SERVICES`].
    pub service: &'static str,
    /// State code that the referral has reached.
    pub state: &'static str,
    /// `f` or `m`.
    pub sex: char,
    /// Youngest and oldest age in years that suit the letter.
    pub ages: (u32, u32),
    pub urgency: Urgency,
    /// ICD-10 code and its words.
    pub reason: (&'static str, &'static str),
    /// Keys of long-standing conditions, as in [`super::background`], separated by spaces.
    pub background: &'static str,
    /// Letter with placeholders: {N} full name, {F} first name, {a} a/an, {age}, {he} {He} {his} {His} {him}.
    pub letter: &'static str,
    /// Question asked, reason for declining or withdrawing, or the report, according to the state.
    pub note: &'static str,
    /// Friends and Family answer (1–6) and words.
    pub survey: Option<(u8, &'static str)>,
    /// The state's duty is already overdue.
    pub late: bool,
    /// The story belongs to [`super::FIRST_PATIENT`].
    pub first: bool,
}

impl Case {
    const fn note(mut self, note: &'static str) -> Self {
        self.note = note;
        self
    }
    const fn survey(mut self, overall: u8, words: &'static str) -> Self {
        self.survey = Some((overall, words));
        self
    }
    const fn late(mut self) -> Self {
        self.late = true;
        self
    }
    const fn first(mut self) -> Self {
        self.first = true;
        self
    }
}

/// A story with what each has; the rest is added by the methods above.
#[allow(clippy::too_many_arguments, reason = "a table row: one argument per column")]
const fn case(
    service: &'static str,
    state: &'static str,
    sex: char,
    ages: (u32, u32),
    urgency: Urgency,
    reason: (&'static str, &'static str),
    background: &'static str,
    letter: &'static str,
) -> Case {
    let (note, survey, late, first) = ("", None, false, false);
    Case { service, state, sex, ages, urgency, reason, background, letter, note, survey, late, first }
}

/// All stories, the first patient's own first.
pub fn all() -> Vec<Case> {
    let mut all: Vec<Case> =
        [heart::CASES, skin::CASES, joints::CASES, ears::CASES, diabetes::CASES, eyes::CASES].concat();
    all.sort_by_key(|case| !case.first);
    all
}

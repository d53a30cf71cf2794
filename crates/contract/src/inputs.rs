//! What forms send.

use serde::{Deserialize, Serialize};

/// A new referral: whom, and to which service.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NewReferral {
    pub patient: String,
    pub service: String,
}

/// A draft as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DraftInput {
    /// Version of the referral that the form was made from.
    pub version: i64,
    /// Priority code.
    pub priority: String,
    /// The letter.
    pub reason: String,
}

/// The triage decision in one form.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TriageInput {
    pub version: i64,
    /// accept, ask or decline.
    pub outcome: String,
    /// Priority code; with accept.
    pub priority: String,
    /// For colleagues and the referrer.
    pub comment: String,
    /// What the patient reads; required with decline and ask.
    pub patient_line: String,
}

/// A piece of text that goes with an act: a report, a comment, a reason.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TextInput {
    pub version: i64,
    pub text: String,
}

/// Which time: whose diary, and when it starts (RFC 3339, UTC).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SlotInput {
    pub resource: String,
    pub start: String,
    /// Staff only: why a place beyond the capacity is given.
    pub overbook_reason: String,
}

/// A date of birth as people type it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BirthDateInput {
    pub day: String,
    pub month: String,
    pub year: String,
}

/// The short survey.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SurveyInput {
    /// 1 very good … 5 very poor, 6 don't know.
    pub overall: String,
    pub comment: String,
}

/// A weekly session.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RuleInput {
    pub service: String,
    /// Comma list of MO … SU.
    pub weekdays: String,
    /// HH:MM, local.
    pub from: String,
    pub to: String,
    pub slot_min: String,
    pub capacity: String,
    pub buffer_after_min: String,
    /// YYYY-MM-DD.
    pub valid_from: String,
    pub valid_to: String,
}

/// What a worklist shows, as kept in the URL.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct WorklistQuery {
    /// State code; empty: all open.
    pub state: String,
    /// "1": only overdue.
    pub overdue: String,
    pub service: String,
    pub q: String,
    /// Where the page before ended.
    pub after: String,
}

/// Which days the list of times shows, as kept in the URL.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TimesQuery {
    /// morning, afternoon or empty.
    pub part: String,
    /// YYYY-MM-DD: show from this day on.
    pub from: String,
}

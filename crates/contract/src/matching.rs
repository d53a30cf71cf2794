//! Bulk matching: the question, the preview, the result.

use serde::{Deserialize, Serialize};

/// Which patients and which times.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MatchingInput {
    /// Comma list of service ids.
    pub services: String,
    /// First and last day, local, YYYY-MM-DD.
    pub from: String,
    pub to: String,
}

/// The form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatchingStart {
    /// Id and name, with how many are to book.
    pub services: Vec<(String, String)>,
    pub from: String,
    pub to: String,
    /// Plans that were applied: id, when, by whom, how many of how many were done.
    pub past: Vec<PastPlan>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastPlan {
    pub id: String,
    pub when: String,
    pub by: String,
    pub done: usize,
    pub of: usize,
}

/// A plan: the preview, and once it is confirmed the result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatchingPage {
    pub id: String,
    pub fingerprint: String,
    /// "Heart clinic, 2 March to 29 March".
    pub about: String,
    pub made: String,
    pub lines: Vec<MatchedLine>,
    pub classes: Vec<ClassTotal>,
    /// Free times in the window that nobody gets.
    pub left_over: usize,
    /// The rules leave so many ways that not all were looked through: there may be a better plan.
    pub is_cut_short: bool,
    /// `offer` or `book`; `None`: it is not confirmed.
    pub applied_as: Option<String>,
    pub applied: Option<String>,
    /// Lines that are still to be done.
    pub pending: usize,
}

/// One patient of the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatchedLine {
    pub referral: String,
    pub reference: String,
    pub patient: String,
    pub priority: String,
    pub waited_days: i64,
    /// "Missed: Tuesday 3 March, 2:15pm, Dr Okafor": the visit that they have now, or had last; empty: none yet.
    pub before: String,
    /// "3 February": since when they wait; empty: not known.
    pub since: String,
    /// "Tuesday 3 March, 2:15pm, Dr Okafor"; `None`: nothing for them.
    pub after: Option<String>,
    /// They have a time, and keep it if there is nothing for them.
    #[serde(default)]
    pub has_time: bool,
    /// Why this one, or none.
    pub why: String,
    /// What became of it: `done`, or why it was skipped; empty: still to be done.
    pub outcome: String,
}

/// The figures of one class of urgency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassTotal {
    pub priority: String,
    /// They have a time and wait for an earlier one.
    #[serde(default)]
    pub has_time: bool,
    pub patients: usize,
    pub placed: usize,
    /// Placed within the window of their urgency.
    pub in_window: usize,
    /// Median days from now to the visit.
    pub median_days: Option<i64>,
    /// Would rather have a time that somebody as urgent got.
    pub envious: usize,
}

/// The confirmation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ApplyInput {
    pub fingerprint: String,
    /// `offer` or `book`.
    pub applied_as: String,
}

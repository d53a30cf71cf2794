//! Follow-ups and referrals made from a referral.

use domain::referral::{FollowUpKind, FollowUpState};
use serde::{Deserialize, Serialize};

/// A visit or test to come, as somebody plans it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FollowUpInput {
    pub version: i64,
    /// visit or test.
    pub kind: String,
    pub what: String,
    pub due_day: String,
    pub due_month: String,
    pub due_year: String,
    /// A colleague's id; empty: the team.
    pub person: String,
}

/// What became of a follow-up.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SettleInput {
    pub version: i64,
    /// Id of the follow-up.
    pub follow_up: String,
    /// planned, booked, done or not-needed.
    pub state: String,
    /// How it went, or why it is not needed.
    pub text: String,
}

/// Another clinic, beside this referral.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ReferOnInput {
    pub version: i64,
    /// Id of a service.
    pub service: String,
    /// Priority code.
    pub priority: String,
    /// The letter.
    pub text: String,
    /// "1": the documents come along.
    pub documents: String,
}

/// A follow-up as both sides read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FollowUpLine {
    pub id: String,
    pub kind: FollowUpKind,
    pub what: String,
    /// "Friday 6 March".
    pub due: String,
    pub is_overdue: bool,
    pub state: FollowUpState,
    pub owner: String,
    pub note: Option<String>,
}

/// A follow-up whose day has passed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverdueLine {
    pub referral: String,
    pub reference: String,
    pub patient: String,
    pub what: String,
    pub due: String,
    pub is_late: bool,
    pub owner: String,
}

//! That a patient has died.

use serde::{Deserialize, Serialize};

/// What a referral's page says of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiedView {
    /// "3 March 2026"; empty where it is not known.
    pub on: String,
    /// "3 Mar, 2:15pm, by Dr Alex Moss"; empty where it came with the record.
    pub recorded: String,
}

/// The page on which it is recorded, or taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeathForm {
    pub referral: String,
    pub patient: String,
    pub died: Option<DiedView>,
    /// What recording it would end: messages that were not sent, visits, referrals.
    pub unsent: usize,
    pub visits: usize,
    pub referrals: usize,
    pub may_change: bool,
}

/// What is recorded.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DeathInput {
    /// Ticked: it was made sure that this is the right person.
    pub sure: String,
    /// Parts of the day; all empty: it is not known.
    pub died_day: String,
    pub died_month: String,
    pub died_year: String,
}

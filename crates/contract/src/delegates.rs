//! Colleagues who act in a referrer's name.

use serde::{Deserialize, Serialize};

use crate::Choice;

/// A colleague who is to act in a clinician's name, and from when until when, as people type days.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DelegateInput {
    /// In whose name; empty: the caller's own. Administrators choose.
    pub clinician: String,
    pub person: String,
    pub from_day: String,
    pub from_month: String,
    pub from_year: String,
    pub until_day: String,
    pub until_month: String,
    pub until_year: String,
}

/// One delegation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DelegateLine {
    pub id: String,
    pub clinician: String,
    pub delegate: String,
    /// "3 March 2026 to 31 March 2026".
    pub term: String,
    pub standing: DelegateStanding,
    /// "by Dr Osei": who gave it, and who took it back.
    pub by: String,
}

/// How a delegation stands today.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DelegateStanding {
    /// Begins on a later day.
    Coming,
    Counts,
    /// Its last day is over.
    Over,
    TakenBack,
}

/// Who acts for whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DelegatesPage {
    /// What the caller gave; for administrators, what anybody gave.
    pub given: Vec<DelegateLine>,
    /// In whose name the caller may act, or might have.
    pub received: Vec<DelegateLine>,
    /// Clinicians to choose from; empty when it can only be the caller.
    pub clinicians: Vec<Choice>,
    /// Colleagues who can be named.
    pub colleagues: Vec<Choice>,
}

//! What a service asks of a referral, and how the referral stands to it.

use domain::criteria::{Severity, Verdict};
use domain::form::{Answer, Answers, Form};
use serde::{Deserialize, Serialize};

use crate::Choice;

/// A referral's answers, with what is asked while it is a draft.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SheetView {
    /// The questions: the service's while it is a draft, afterwards as they were answered.
    pub form: Form,
    pub answers: Answers,
    /// The answers in words.
    pub said: Vec<Answer>,
    /// The rules that count, with how they stand. Empty once it is sent.
    pub criteria: Vec<CriterionLine>,
    /// Warnings in spite of which it was sent.
    pub overridden: Vec<OverrideLine>,
    /// Priorities that the service offers.
    pub priorities: Vec<Choice>,
    pub checklist: Vec<ChecklistLine>,
}

/// A rule of the service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CriterionLine {
    pub code: String,
    pub label: String,
    pub why: String,
    pub severity: Severity,
    pub verdict: Verdict,
    /// Why it shall be sent in spite of it; empty: nobody said.
    pub reason: String,
}

/// A warning in spite of which a referral was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverrideLine {
    pub label: String,
    pub reason: String,
}

/// A document that the service asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChecklistLine {
    pub code: String,
    pub label: String,
    /// What is accepted: "PDF, up to 5 MB".
    pub accepts: String,
    pub state: CheckState,
}

/// How a document that is asked for stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CheckState {
    Missing,
    /// It waits for the virus scanner.
    Waiting,
    There,
    /// Malware was found in it.
    Refused,
}

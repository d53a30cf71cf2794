//! Coded reasons and canned replies, as forms offer them and administrators change them.

use domain::referral::Act;
use serde::{Deserialize, Serialize};

use crate::ChangeLine;

/// A reason that a form offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReasonChoice {
    pub act: Act,
    pub code: String,
    pub label: String,
}

/// A canned reply that a form offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplyChoice {
    pub id: String,
    pub title: String,
    /// Written for the patient; else for a colleague.
    pub is_for_patient: bool,
    /// The act for which it is offered; `None`: any.
    pub act: Option<Act>,
}

/// A reason as an administrator fills it in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ReasonInput {
    /// Code of the act; only with a new one.
    pub act: String,
    pub label: String,
    /// "1": needs a comment.
    pub comment_forced: String,
    /// What the patient could read.
    pub patient_line: String,
    /// "1": forms offer it.
    pub active: String,
}

/// A canned reply as an administrator fills it in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ReplyInput {
    pub title: String,
    pub text: String,
    /// patient or colleague.
    pub audience: String,
    /// Code of an act, or empty: any.
    pub act: String,
    /// "1": forms offer it.
    pub active: String,
}

/// A reason in the administrator's list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReasonLine {
    pub id: String,
    pub act: Act,
    pub label: String,
    pub is_comment_forced: bool,
    pub is_active: bool,
}

/// A reply in the administrator's list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplyLine {
    pub id: String,
    pub title: String,
    pub is_for_patient: bool,
    pub act: Option<Act>,
    pub is_active: bool,
}

/// The administrator's page of reasons and replies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReasonsPage {
    pub reasons: Vec<ReasonLine>,
    pub replies: Vec<ReplyLine>,
}

/// The form of a reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReasonForm {
    /// Empty: a new one.
    pub id: String,
    pub input: ReasonInput,
    pub changes: Vec<ChangeLine>,
}

/// The form of a canned reply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplyForm {
    /// Empty: a new one.
    pub id: String,
    pub input: ReplyInput,
    pub changes: Vec<ChangeLine>,
}

/// How often a reason was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReasonCount {
    /// Event kind: referral_declined, …
    pub kind: String,
    pub label: String,
    pub count: i64,
}

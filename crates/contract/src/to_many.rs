//! Messages to many: the form, who would get what, and what became of it.

use domain::template::Texts;
use domain::to_many::{LeftOut, Purpose, Stage};
use serde::{Deserialize, Serialize};

use crate::{Choice, WorklistQuery};

/// Whom a sending looks for, besides what a worklist's filter says; as kept in an address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AudienceQuery {
    /// Whose visits: the id of a diary; empty: anybody's.
    pub resource: String,
    /// Booked visits on these days, `YYYY-MM-DD`; both empty: a visit is not asked for.
    pub visit_from: String,
    pub visit_to: String,
    /// Due within so many days.
    pub due_days: String,
    /// Whole years of age.
    pub years_from: String,
    pub years_to: String,
    /// BCP 47, in which the patient is written to.
    pub tongue: String,
    /// "with" or "without" a telephone number.
    pub mobile: String,
}

impl AudienceQuery {
    /// Every part with its name.
    pub fn pairs(&self) -> [(&'static str, &str); 8] {
        [
            ("resource", &self.resource),
            ("visit_from", &self.visit_from),
            ("visit_to", &self.visit_to),
            ("due_days", &self.due_days),
            ("years_from", &self.years_from),
            ("years_to", &self.years_to),
            ("tongue", &self.tongue),
            ("mobile", &self.mobile),
        ]
    }
}

/// Whom a sending looks for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ToManyFilter {
    pub list: WorklistQuery,
    pub audience: AudienceQuery,
}

/// The words of a sending in one language.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ToManyWords {
    /// BCP 47, small letters.
    pub language: String,
    pub texts: Texts,
}

/// A sending as it is typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ToManyInput {
    pub name: String,
    /// Code of `Purpose`.
    pub purpose: String,
    /// The first is in the organisation's language.
    pub words: Vec<ToManyWords>,
    /// "leave-out": who reads none of the languages gets nothing; else they get the first.
    pub others: String,
    /// "1": a letter to those whom nothing else reaches.
    pub letters: String,
    /// Leaves out who was written to with many others so many hours ago.
    pub told_hours: String,
    /// On the clock of the organisation; both empty: at once.
    pub start_day: String,
    pub start_time: String,
    pub per_minute: String,
    /// The version that was changed; empty for a new one.
    pub version: String,
    pub filter: ToManyFilter,
}

/// The form of a sending.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToManyForm {
    /// Empty for a new one.
    pub id: String,
    pub input: ToManyInput,
    /// The language of those who read none of the others, BCP 47.
    pub house_language: String,
    pub services: Vec<Choice>,
    pub sites: Vec<Choice>,
    pub resources: Vec<Choice>,
    pub colleagues: Vec<Choice>,
}

/// A sending in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToManyLine {
    pub id: String,
    pub name: String,
    pub purpose: Purpose,
    pub stage: Stage,
    pub recipients: u64,
    pub made: String,
    pub by: String,
    /// When it begins, where that is not at once.
    pub starts: Option<String>,
}

/// Sendings, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToManyList {
    pub lines: Vec<ToManyLine>,
    pub next: Option<String>,
}

/// How many get it by one way.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToManyWay {
    pub channel: String,
    /// BCP 47.
    pub language: String,
    /// Of text messages: `GSM-7` or `UCS-2`; empty for others.
    pub encoding: String,
    pub count: u64,
    /// Text messages to pay for.
    pub segments: u64,
}

/// How many get nothing, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToManyLeftOut {
    pub reason: LeftOut,
    pub count: u64,
}

/// How many messages stand somewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToManyFate {
    pub channel: String,
    /// Delivery state code.
    pub state: String,
    /// Why it was not sent, or did not arrive; a code.
    pub why: String,
    pub count: u64,
}

/// Somebody who was looked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToManyPerson {
    pub referral: String,
    pub reference: String,
    pub patient: String,
    pub channel: String,
    /// Masked.
    pub address: String,
    pub language: String,
    pub subject: String,
    pub text: String,
    pub encoding: String,
    pub segments: u64,
    /// Why they get nothing, by code: of `LeftOut`, or what came between.
    pub left_out: Option<String>,
    /// Whether they were left out after it was confirmed.
    pub is_dropped: bool,
    /// Their newest message and its delivery state code.
    pub message: Option<String>,
    pub sent_by: String,
    pub state: Option<String>,
    pub why: String,
    pub when: Option<String>,
}

/// What was different when somebody confirmed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ToManyDifference {
    pub added: u64,
    pub gone: u64,
    pub changed: u64,
    /// Some of them: the patient's name, and `added`, `gone` or `changed`.
    pub some: Vec<(String, String)>,
}

/// A sending with who gets what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToManyPage {
    pub line: ToManyLine,
    pub version: i64,
    pub set_hash: String,
    pub previewed: String,
    /// The texts by language.
    pub words: Vec<ToManyWords>,
    pub per_minute: Option<i64>,
    pub ways: Vec<ToManyWay>,
    pub left_out: Vec<ToManyLeftOut>,
    /// Text messages to pay for.
    pub segments: u64,
    pub fates: Vec<ToManyFate>,
    /// Of those who get it: with a message, and left out after it was confirmed.
    pub written: u64,
    pub dropped: u64,
    /// Messages that have left, or never will.
    pub over: u64,
    pub difference: Option<ToManyDifference>,
    pub people: Vec<ToManyPerson>,
    pub next: Option<String>,
    pub confirmed: Option<String>,
    pub approved: Option<String>,
    pub ended: Option<String>,
    pub needs_second: bool,
    /// Whether the reader may be that second person.
    pub may_approve: bool,
    /// Whether the reader may look at single messages.
    pub may_look: bool,
}

/// What came of a confirmation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ToManyConfirmed {
    /// It goes out when its time has come.
    Goes,
    /// A second person is asked to agree.
    Waits,
    /// Who gets what is no longer what was shown; nothing was confirmed.
    Differs,
}

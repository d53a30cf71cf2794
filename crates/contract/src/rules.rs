//! What administrators see and send of a service's questions, rules, documents and priorities.

use domain::criteria::{About, Severity};
use domain::form::Form;
use serde::{Deserialize, Serialize};

use crate::{ChangeLine, Choice};

/// A service with all that it asks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RulesPage {
    pub id: String,
    pub name: String,
    pub form: Form,
    pub questions: Vec<RuleRow>,
    pub criteria: Vec<RuleRow>,
    pub documents: Vec<RuleRow>,
    pub priorities: Vec<PriorityRow>,
    pub changes: Vec<ChangeLine>,
}

/// One line of a list that can be put in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleRow {
    pub code: String,
    pub label: String,
    /// What there is to know about it, in a line.
    pub about: String,
}

/// A priority and what it means at this service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriorityRow {
    /// Priority code.
    pub code: String,
    pub is_offered: bool,
    pub meaning: String,
    pub days: String,
}

/// Which list of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RuleList {
    Questions,
    Criteria,
    Documents,
}

/// What becomes of a line of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Arrange {
    Up,
    Down,
    Remove,
}

/// A question as an administrator fills it in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct QuestionInput {
    pub label: String,
    pub hint: String,
    /// Code of the kind.
    pub kind: String,
    /// "1": it must be answered.
    pub required: String,
    pub unit: String,
    pub min: String,
    pub max: String,
    /// Answers to pick from, one a line.
    pub options: String,
    /// `code=answer` of a question before it, or empty: always asked.
    pub when: String,
}

/// The form of a question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuestionPage {
    pub service: String,
    pub input: QuestionInput,
    /// Answers on which it can depend.
    pub whens: Vec<Choice>,
}

/// A rule as an administrator fills it in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CriterionInput {
    pub label: String,
    pub why: String,
    /// stop or warning.
    pub severity: String,
    /// age, sex, priority, `answer:CODE` or `document:CODE`.
    pub subject: String,
    /// What is expected, joined by commas.
    pub is: String,
    pub from: String,
    pub to: String,
    /// One of the page's conditions, `kept` for what stands there, or empty: for every referral.
    pub only_if: String,
}

/// The form of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CriterionPage {
    pub service: String,
    pub input: CriterionInput,
    /// What a rule can look at.
    pub subjects: Vec<Choice>,
    /// What the chosen subject is about; `None`: nothing is chosen yet.
    pub about: Option<About>,
    pub subject_label: String,
    /// What it can be; empty where it is a number.
    pub picks: Vec<Choice>,
    /// Conditions under which a rule counts.
    pub onlys: Vec<Choice>,
    pub severities: Vec<Severity>,
}

/// A document that is asked for, as an administrator fills it in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RequiredInput {
    pub label: String,
    /// Media types, joined by commas; empty: all that we take.
    pub kinds: String,
    pub max_mb: String,
}

/// The form of a document that is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequiredPage {
    pub service: String,
    pub input: RequiredInput,
    pub kinds: Vec<String>,
    /// MB that the installation takes at most.
    pub limit_mb: u64,
}

/// What a service offers for one priority, as an administrator fills it in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PriorityInput {
    pub code: String,
    /// "1": it can be asked for.
    pub offered: String,
    pub meaning: String,
    pub days: String,
}

/// The reminders of a service: the form, and when a visit would be reminded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemindersPage {
    pub id: String,
    pub service: String,
    pub input: RemindersInput,
    /// They are the product's own.
    pub is_usual: bool,
    /// YYYY-MM-DD and HH:MM of the visit of the preview.
    pub day: String,
    pub time: String,
    /// "Tuesday 3 March, 2:15pm".
    pub visit: String,
    pub preview: Vec<RemindedLine>,
}

/// A reminder of the preview.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemindedLine {
    /// "14 days before, at 09:00".
    pub what: String,
    /// "Tuesday 3 March, 9:00am"; empty: it is left out.
    pub when: String,
    /// It goes at another time than the rule says, because of quiet hours.
    pub moved: bool,
    /// Why it is left out: `passed`, `too-near`, `confirmed`, `same`; empty: it is not.
    pub left_out: String,
    /// It goes to those alone who have not said that they come.
    pub unconfirmed: bool,
}

/// The form of a service's reminders, as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RemindersInput {
    /// One that names neither days nor hours is left out.
    pub steps: Vec<ReminderInput>,
    /// "1": this is the whole form, and what is empty is left out on purpose.
    pub whole: String,
    pub missed_cost: String,
    /// Numbers with commas between.
    pub choose_time_days: String,
    pub documents_days: String,
    /// Empty: never.
    pub missed_days: String,
    pub still_needed_weeks: String,
    pub survey_days: String,
}

/// One reminder of a visit, as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ReminderInput {
    pub code: String,
    pub days: String,
    pub at: String,
    pub hours: String,
    /// "1": to those alone who have not said that they come.
    pub unconfirmed: String,
    /// Channel code; empty: as other messages.
    pub by: String,
    /// "1"
    pub ask_confirm: String,
    /// "1"
    pub say_cost: String,
}

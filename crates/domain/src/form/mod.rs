//! The questions that a service asks with every referral, as data that an administrator edits.

mod answers;
mod check;

pub use answers::{Answer, Answers, Fault, LONGEST_LINE, LONGEST_TEXT, control, read_pairs};
pub use check::{MOST_FIELDS, Problem};
pub(crate) use check::{is_code, is_line};

use serde::{Deserialize, Serialize};

use crate::coded;

coded! {
    /// What kind of answer a question takes.
    FieldKind {
        /// One line.
        Text = "text",
        LongText = "long-text",
        /// A number with an optional unit and bounds.
        Number = "number",
        Date = "date",
        YesNo = "yes-no",
        /// One of a list.
        Choice = "choice",
        /// Any number of a list.
        Several = "several",
    }
}

impl FieldKind {
    /// Whether the answer is picked from options that the question names.
    pub const fn has_options(self) -> bool {
        matches!(self, Self::Choice | Self::Several)
    }

    /// Whether another question can depend on the answer.
    pub const fn decides(self) -> bool {
        matches!(self, Self::YesNo | Self::Choice | Self::Several)
    }
}

/// The questions, in order.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Form {
    pub fields: Vec<Field>,
}

/// One question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Stable: answers are kept under it. Small letters, digits and hyphens.
    pub code: String,
    pub label: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub hint: String,
    pub kind: FieldKind,
    #[serde(default)]
    pub required: bool,
    /// Of a number: kg, mmol/l.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub unit: String,
    /// Smallest number that is taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// Largest number that is taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
    /// Of a choice.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<Choice>,
    /// Asked only when another question before it was answered so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<When>,
}

/// An answer that can be picked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    pub code: String,
    pub label: String,
}

/// On which answer a question depends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct When {
    /// Code of a question before this one.
    pub field: String,
    /// Code of one of its options, or `yes` or `no`.
    pub is: String,
}

impl Form {
    /// Reads what is stored; nothing is a form without questions.
    ///
    /// # Errors
    /// What is no list of questions.
    pub fn read(json: &str) -> Result<Self, serde_json::Error> {
        if json.trim().is_empty() { Ok(Self::default()) } else { serde_json::from_str(json) }
    }

    pub fn field(&self, code: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.code == code)
    }
}

impl Field {
    /// What can be picked: code and words. Nothing for other kinds.
    pub fn picks(&self) -> Vec<(&str, &str)> {
        match self.kind {
            FieldKind::YesNo => vec![("yes", "Yes"), ("no", "No")],
            kind if kind.has_options() => {
                self.options.iter().map(|option| (option.code.as_str(), option.label.as_str())).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The words of one pick; what is not known stays as it is.
    pub fn pick_label<'a>(&'a self, code: &'a str) -> &'a str {
        self.picks().into_iter().find(|(known, _)| *known == code).map_or(code, |(_, label)| label)
    }
}

/// A code made of words: small letters and digits with hyphens between, at most 40 characters. Empty when there is nothing to
/// make one of.
pub fn code_of(words: &str) -> String {
    let lowered = words.to_lowercase();
    let parts = lowered.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|part| !part.is_empty());
    let joined: String = parts.collect::<Vec<_>>().join("-").chars().take(40).collect();
    joined.trim_end_matches('-').to_owned()
}

/// The same, with a number behind it when it is empty or taken already.
pub fn fresh_code(words: &str, otherwise: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let base = Some(code_of(words)).filter(|code| !code.is_empty()).unwrap_or_else(|| otherwise.to_owned());
    if !is_taken(&base) {
        return base;
    }
    (2..).map(|number| format!("{base}-{number}")).find(|code| !is_taken(code)).unwrap_or(base)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_made_of_words_and_stay_apart() {
        assert_eq!(code_of("  Weight (kg), today "), "weight-kg-today");
        assert_eq!(code_of("体重"), "");
        let taken = |code: &str| code == "weight" || code == "weight-2";
        assert_eq!(fresh_code("Weight", "question", taken), "weight-3");
        assert_eq!(fresh_code("体重", "question", |_| false), "question");
    }
}

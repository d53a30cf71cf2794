//! What a service expects of a referral, as data: who fits, what must be answered or attached.

use serde::{Deserialize, Serialize};

use crate::coded;
use crate::form::{Answers, Form, Problem};
use crate::{Priority, form};

/// The most rules that one service has.
pub const MOST_CRITERIA: usize = 40;

coded! {
    /// What happens when a rule is not met.
    Severity {
        /// It cannot be sent.
        Stop = "stop",
        /// It can be sent with a reason, which is kept.
        Warning = "warning",
    }
}

coded! {
    /// What a condition looks at.
    About {
        /// Whole years, `from` and `to` inclusive.
        Age = "age",
        /// `is`: recorded sex.
        Sex = "sex",
        /// `is` one of the picks, or `from`/`to` of a number, or simply answered.
        Answer = "answer",
        /// A document of the kind `code` is there.
        Document = "document",
        /// `is`: priority codes.
        Priority = "priority",
    }
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Criterion {
    pub code: String,
    /// What the referrer reads: "Adults of 18 and over".
    pub label: String,
    /// Why, or whose rule it is.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
    pub severity: Severity,
    pub expects: Condition,
    /// Where given, the rule counts only for referrals that fulfil this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only_if: Option<Condition>,
}

/// Something that holds of a referral or not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    pub about: About,
    /// Code of the question or of the document.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub code: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub is: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<f64>,
}

/// What is known of a referral.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// Whole years, when the date of birth is known.
    pub age: Option<u32>,
    /// FHIR administrative gender.
    pub sex: &'a str,
    pub priority: Priority,
    pub answers: &'a Answers,
    /// Kinds of the documents that are there.
    pub documents: &'a [String],
}

/// How a condition stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    Met,
    Unmet,
    /// What decides it is not known. It does not count as met.
    Unknown,
}

/// How one rule stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Finding<'a> {
    pub criterion: &'a Criterion,
    pub verdict: Verdict,
}

/// The rules that count for this referral, each with how it stands, in their order.
pub fn judge<'a>(criteria: &'a [Criterion], facts: &Facts<'_>) -> Vec<Finding<'a>> {
    criteria
        .iter()
        .filter(|criterion| {
            criterion.only_if.as_ref().is_none_or(|only| match only.verdict(facts) {
                Verdict::Met => true,
                Verdict::Unmet => false,
                // An unanswered question does not make a rule count; a patient of unknown age may be the one it is for.
                Verdict::Unknown => only.about != About::Answer,
            })
        })
        .map(|criterion| Finding { criterion, verdict: criterion.expects.verdict(facts) })
        .collect()
}

impl Condition {
    pub fn verdict(&self, facts: &Facts<'_>) -> Verdict {
        let holds = |holds: bool| if holds { Verdict::Met } else { Verdict::Unmet };
        let listed = |value: &str| self.is.iter().any(|known| known == value);
        match self.about {
            About::Age => facts.age.map_or(Verdict::Unknown, |age| holds(self.contains(f64::from(age)))),
            About::Sex => match facts.sex {
                "" | "unknown" => Verdict::Unknown,
                sex => holds(listed(sex)),
            },
            About::Priority => holds(listed(facts.priority.code())),
            About::Document => holds(facts.documents.contains(&self.code)),
            About::Answer => match facts.answers.get(&self.code).map_or(&[][..], Vec::as_slice) {
                [] => Verdict::Unknown,
                values if !self.is.is_empty() => holds(values.iter().any(|value| listed(value))),
                [value, ..] if self.from.is_some() || self.to.is_some() => {
                    value.parse().map_or(Verdict::Unknown, |number| holds(self.contains(number)))
                }
                _ => Verdict::Met,
            },
        }
    }

    fn contains(&self, number: f64) -> bool {
        self.from.is_none_or(|from| number >= from) && self.to.is_none_or(|to| number <= to)
    }

    /// What is wrong with it, given the form and the kinds of documents of its service.
    pub fn problems(&self, form: &Form, documents: &[String]) -> Vec<Problem> {
        let mut found = Vec::new();
        let mut say = |path: &str, remedy: &str| found.push(Problem::new(path, remedy));
        if let (Some(from), Some(to)) = (self.from, self.to)
            && from > to
        {
            say("to", "The largest is below the smallest. Swap them.");
        }
        if [self.from, self.to].into_iter().flatten().any(|bound| !bound.is_finite()) {
            say("from", "Give a number.");
        }
        let is_open = self.from.is_none() && self.to.is_none();
        match self.about {
            About::Age if is_open => say("from", "Give the youngest or the oldest age, or both."),
            About::Age => {}
            About::Sex if self.is.iter().any(|sex| !matches!(sex.as_str(), "female" | "male" | "other")) => {
                say("is", "Choose female, male or other.");
            }
            About::Priority if self.is.iter().any(|code| Priority::from_code(code).is_none()) => {
                say("is", "Choose routine, urgent or two-week-wait.");
            }
            About::Sex | About::Priority if self.is.is_empty() => say("is", "Choose at least one."),
            About::Sex | About::Priority => {}
            About::Document if !documents.contains(&self.code) => {
                say("code", "Choose one of the documents that the service asks for.");
            }
            About::Document => {}
            About::Answer => match form.field(&self.code) {
                None => say("code", "Choose one of the questions of the service."),
                Some(field) => {
                    let picks = field.picks();
                    let is_known = |value: &String| picks.iter().any(|(code, _)| code == value);
                    if !picks.is_empty() && !self.is.iter().all(is_known) {
                        say("is", "Choose from the answers to this question.");
                    }
                    if field.kind != form::FieldKind::Number && !is_open {
                        say("from", "Only a number can be compared. Leave it empty.");
                    }
                }
            },
        }
        found
    }
}

/// Everything that is wrong with the rules; the paths begin with `[index]`.
pub fn problems(criteria: &[Criterion], form: &Form, documents: &[String]) -> Vec<Problem> {
    let mut found = Vec::new();
    if criteria.len() > MOST_CRITERIA {
        found.push(Problem::new("", format!("Set at most {MOST_CRITERIA} rules.")));
    }
    for (index, criterion) in criteria.iter().enumerate() {
        let mut say = |path: String, remedy: String| {
            found.push(Problem::new(format!("[{index}].{path}"), remedy));
        };
        if !form::is_code(&criterion.code) {
            say("code".to_owned(), "Use small letters, digits and hyphens, up to 40.".to_owned());
        }
        if criteria[..index].iter().any(|other| other.code == criterion.code) {
            say("code".to_owned(), "Another rule has this code. Choose another one.".to_owned());
        }
        if !form::is_line(&criterion.label, 200) {
            say("label".to_owned(), "Write what the referrer reads, up to 200 characters.".to_owned());
        }
        if criterion.why.chars().count() > 500 {
            say("why".to_owned(), "Shorten the reason to 500 characters.".to_owned());
        }
        for problem in criterion.expects.problems(form, documents) {
            say(format!("expects.{}", problem.path), problem.remedy);
        }
        for problem in criterion.only_if.iter().flat_map(|only| only.problems(form, documents)) {
            say(format!("only_if.{}", problem.path), problem.remedy);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn condition(json: &str) -> Condition {
        serde_json::from_str(json).expect(json)
    }

    fn facts<'a>(answers: &'a Answers, documents: &'a [String]) -> Facts<'a> {
        Facts { age: Some(17), sex: "female", priority: Priority::Urgent, answers, documents }
    }

    #[test]
    fn a_condition_holds_does_not_or_cannot_be_decided() {
        let answers: Answers = [
            ("weight".to_owned(), vec!["80.5".to_owned()]),
            ("sides".to_owned(), vec!["left".to_owned(), "right".to_owned()]),
            ("odd".to_owned(), vec!["heavy".to_owned()]),
        ]
        .into();
        let documents = ["ecg".to_owned()];
        let facts = facts(&answers, &documents);
        for (json, expected) in [
            (r#"{"about":"age","from":18}"#, Verdict::Unmet),
            (r#"{"about":"age","from":17,"to":17}"#, Verdict::Met),
            (r#"{"about":"age","to":16}"#, Verdict::Unmet),
            (r#"{"about":"sex","is":["female"]}"#, Verdict::Met),
            (r#"{"about":"sex","is":["male","other"]}"#, Verdict::Unmet),
            (r#"{"about":"priority","is":["routine"]}"#, Verdict::Unmet),
            (r#"{"about":"priority","is":["urgent","two-week-wait"]}"#, Verdict::Met),
            (r#"{"about":"document","code":"ecg"}"#, Verdict::Met),
            (r#"{"about":"document","code":"mri"}"#, Verdict::Unmet),
            (r#"{"about":"answer","code":"weight","to":80}"#, Verdict::Unmet),
            (r#"{"about":"answer","code":"weight","from":80,"to":81}"#, Verdict::Met),
            (r#"{"about":"answer","code":"odd","from":80}"#, Verdict::Unknown),
            (r#"{"about":"answer","code":"sides","is":["right"]}"#, Verdict::Met),
            (r#"{"about":"answer","code":"sides","is":["none"]}"#, Verdict::Unmet),
            (r#"{"about":"answer","code":"sides"}"#, Verdict::Met),
            (r#"{"about":"answer","code":"absent","is":["yes"]}"#, Verdict::Unknown),
        ] {
            assert_eq!(condition(json).verdict(&facts), expected, "{json}");
        }
        let unknown = Facts { age: None, sex: "unknown", ..facts };
        assert_eq!(condition(r#"{"about":"age","from":18}"#).verdict(&unknown), Verdict::Unknown);
        assert_eq!(condition(r#"{"about":"sex","is":["male"]}"#).verdict(&unknown), Verdict::Unknown);
    }

    fn rule(only_if: Option<Condition>) -> Criterion {
        Criterion {
            code: "ecg".into(),
            label: "With an ECG".into(),
            why: String::new(),
            severity: Severity::Warning,
            expects: condition(r#"{"about":"document","code":"ecg"}"#),
            only_if,
        }
    }

    #[test]
    fn a_rule_counts_only_where_it_is_meant_to() {
        let answers = Answers::new();
        let young = Facts { age: Some(17), ..facts(&answers, &[]) };
        let unknown = Facts { age: None, ..young };
        let count = |only: Option<&str>, facts: &Facts<'_>| judge(&[rule(only.map(condition))], facts).len();
        assert_eq!(count(None, &young), 1);
        assert_eq!(count(Some(r#"{"about":"age","from":40}"#), &young), 0);
        assert_eq!(count(Some(r#"{"about":"age","from":40}"#), &unknown), 1);
        assert_eq!(count(Some(r#"{"about":"answer","code":"faints","is":["yes"]}"#), &young), 0);
        assert_eq!(judge(&[rule(None)], &young)[0].verdict, Verdict::Unmet);
    }

    #[test]
    fn what_is_wrong_with_a_rule_is_named_where_it_is() {
        let form: Form = Form::read(
            r#"[{"code":"faints","label":"Faints?","kind":"yes-no"},{"code":"bmi","label":"BMI","kind":"number"}]"#,
        )
        .unwrap();
        let documents = ["ecg".to_owned()];
        for (json, expected) in [
            (r#"{"about":"age"}"#, &["[0].expects.from"][..]),
            (r#"{"about":"age","from":9,"to":3}"#, &["[0].expects.to"]),
            (r#"{"about":"sex","is":["woman"]}"#, &["[0].expects.is"]),
            (r#"{"about":"sex"}"#, &["[0].expects.is"]),
            (r#"{"about":"priority","is":["soon"]}"#, &["[0].expects.is"]),
            (r#"{"about":"document","code":"mri"}"#, &["[0].expects.code"]),
            (r#"{"about":"answer","code":"absent"}"#, &["[0].expects.code"]),
            (r#"{"about":"answer","code":"faints","is":["perhaps"]}"#, &["[0].expects.is"]),
            (r#"{"about":"answer","code":"faints","from":3}"#, &["[0].expects.from"]),
            (r#"{"about":"answer","code":"bmi","to":35}"#, &[]),
            (r#"{"about":"document","code":"ecg"}"#, &[]),
        ] {
            let criterion = Criterion { expects: condition(json), ..rule(None) };
            let paths: Vec<String> =
                problems(&[criterion], &form, &documents).into_iter().map(|problem| problem.path).collect();
            assert_eq!(paths, expected, "{json}");
        }
        let twice = [rule(None), Criterion { label: String::new(), ..rule(None) }];
        let paths: Vec<String> =
            problems(&twice, &form, &documents).into_iter().map(|problem| problem.path).collect();
        assert_eq!(paths, ["[1].code", "[1].label"]);
    }
}

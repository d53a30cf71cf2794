//! Whether a form can be asked at all.

use std::collections::BTreeSet;

use super::{Field, FieldKind, Form};

/// The most questions that one service asks: a form longer than this is not filled in.
pub const MOST_FIELDS: usize = 60;
/// The most answers to pick from.
pub const MOST_OPTIONS: usize = 60;

/// What is wrong with a piece of configuration, where, and how to put it right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Within the piece: `label`, `options[2].code`.
    pub path: String,
    pub remedy: String,
}

impl Problem {
    pub fn new(path: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { path: path.into(), remedy: remedy.into() }
    }
}

impl Form {
    /// Everything that is wrong with the questions; the paths begin with `[index]`.
    pub fn problems(&self) -> Vec<Problem> {
        let mut found = Vec::new();
        if self.fields.len() > MOST_FIELDS {
            found.push(Problem::new("", format!("Ask at most {MOST_FIELDS} questions.")));
        }
        let mut codes = BTreeSet::new();
        for (index, field) in self.fields.iter().enumerate() {
            let mut own = field.problems();
            if !codes.insert(field.code.as_str()) {
                own.push(Problem::new("code", "Another question has this code. Choose another one."));
            }
            let is_asked = |other: &&Field| other.label == field.label && other.when == field.when;
            if self.fields[..index].iter().any(|other| is_asked(&other)) {
                own.push(Problem::new(
                    "label",
                    "This is asked already, in the same words. Change one of the two.",
                ));
            }
            if let Some(when) = &field.when {
                own.extend(self.wrong_when(index, &when.field, &when.is));
            }
            found.extend(
                own.into_iter()
                    .map(|problem| Problem::new(format!("[{index}].{}", problem.path), problem.remedy)),
            );
        }
        found
    }

    fn wrong_when(&self, index: usize, code: &str, is: &str) -> Option<Problem> {
        let before = self.fields[..index].iter().find(|other| other.code == code);
        match before {
            Some(other) if !other.kind.decides() => Some(Problem::new(
                "when.field",
                format!("“{}” has no answers to pick from. Choose a yes/no or a choice.", other.label),
            )),
            Some(other) if !other.picks().iter().any(|(code, _)| *code == is) => {
                Some(Problem::new("when.is", format!("Choose one of the answers to “{}”.", other.label)))
            }
            Some(_) => None,
            None => Some(Problem::new(
                "when.field",
                "It depends on a question that does not come before it. Move it down, or ask it always.",
            )),
        }
    }
}

impl Field {
    /// What is wrong with the question by itself.
    pub fn problems(&self) -> Vec<Problem> {
        let mut found = Vec::new();
        let mut say = |path: &str, remedy: String| found.push(Problem::new(path, remedy));
        if !is_code(&self.code) {
            say("code", "Use small letters, digits and hyphens, up to 40.".to_owned());
        }
        if !is_line(&self.label, 200) {
            say("label", "Write the question, up to 200 characters.".to_owned());
        }
        if self.hint.chars().count() > 300 {
            say("hint", "Shorten the hint to 300 characters.".to_owned());
        }
        if self.unit.chars().count() > 20 {
            say("unit", "Shorten the unit to 20 characters.".to_owned());
        }
        let is_number = self.kind == FieldKind::Number;
        if !is_number && !self.unit.is_empty() {
            say("unit", "Only a number has a unit. Leave it empty.".to_owned());
        }
        for (name, bound) in [("min", self.min), ("max", self.max)] {
            if bound.is_some() && !is_number {
                say(name, "Only a number has bounds. Leave it empty.".to_owned());
            } else if bound.is_some_and(|bound| !bound.is_finite()) {
                say(name, "Give a number.".to_owned());
            }
        }
        if let (Some(min), Some(max)) = (self.min, self.max)
            && min > max
        {
            say("max", "The largest number is below the smallest one. Swap them.".to_owned());
        }
        self.check_options(&mut say);
        found
    }

    fn check_options(&self, say: &mut impl FnMut(&str, String)) {
        if !self.kind.has_options() {
            if !self.options.is_empty() {
                say("options", "Only a choice has answers to pick from. Leave them out.".to_owned());
            }
            return;
        }
        if !(1..=MOST_OPTIONS).contains(&self.options.len()) {
            say("options", format!("Write from 1 to {MOST_OPTIONS} answers, one a line."));
        }
        let (mut codes, mut labels) = (BTreeSet::new(), BTreeSet::new());
        for (index, option) in self.options.iter().enumerate() {
            if !is_code(&option.code) {
                say(&format!("options[{index}].code"), "Use small letters, digits and hyphens.".to_owned());
            }
            if !codes.insert(option.code.as_str()) {
                say(&format!("options[{index}].code"), "Two answers have this code.".to_owned());
            }
            if !labels.insert(option.label.trim().to_lowercase()) {
                let label = option.label.trim();
                say("options", format!("“{label}” stands there twice. Leave one of them out."));
            }
            if !is_line(&option.label, 200) {
                say(&format!("options[{index}].label"), "Write the answer, up to 200 characters.".to_owned());
            }
        }
    }
}

pub(crate) fn is_code(text: &str) -> bool {
    (1..=40).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

pub(crate) fn is_line(text: &str, most: usize) -> bool {
    !text.trim().is_empty() && text.chars().count() <= most
}

#[cfg(test)]
mod tests {
    use super::super::{Choice, When};
    use super::*;

    fn field(code: &str, kind: FieldKind) -> Field {
        Field {
            code: code.into(),
            label: code.to_uppercase(),
            hint: String::new(),
            kind,
            required: false,
            unit: String::new(),
            min: None,
            max: None,
            options: Vec::new(),
            when: None,
        }
    }

    fn when(field: Field, other: &str, is: &str) -> Field {
        Field { when: Some(When { field: other.into(), is: is.into() }), ..field }
    }

    fn check(fields: Vec<Field>, expected: &[&str]) {
        let paths: Vec<String> = Form { fields }.problems().into_iter().map(|problem| problem.path).collect();
        assert_eq!(paths, expected);
    }

    #[test]
    fn a_form_that_can_be_asked_has_no_problems() {
        let side = Field {
            options: vec![Choice { code: "left".into(), label: "Left".into() }],
            ..field("side", FieldKind::Choice)
        };
        let weight = Field {
            unit: "kg".into(),
            min: Some(1.0),
            max: Some(400.0),
            ..field("weight", FieldKind::Number)
        };
        let since = when(field("since", FieldKind::Date), "smokes", "yes");
        check(
            vec![
                field("smokes", FieldKind::YesNo),
                since,
                side,
                weight,
                when(field("x", FieldKind::Text), "side", "left"),
            ],
            &[],
        );
    }

    #[test]
    fn each_fault_is_named_where_it_is() {
        use FieldKind::{Choice as One, Number, Text, YesNo};
        check(vec![field("Bad Code", Text)], &["[0].code"]);
        check(vec![field("a", Text), Field { label: "Another?".into(), ..field("a", Text) }], &["[1].code"]);
        check(vec![field("a", Text), Field { code: "b".into(), ..field("a", Text) }], &["[1].label"]);
        check(vec![Field { label: " ".into(), ..field("a", Text) }], &["[0].label"]);
        check(vec![Field { unit: "kg".into(), ..field("a", Text) }], &["[0].unit"]);
        check(vec![Field { min: Some(2.0), max: Some(1.0), ..field("a", Number) }], &["[0].max"]);
        check(vec![Field { min: Some(2.0), ..field("a", YesNo) }], &["[0].min"]);
        check(vec![Field { max: Some(f64::INFINITY), ..field("a", Number) }], &["[0].max"]);
        check(vec![field("a", One)], &["[0].options"]);
        let option = |code: &str, label: &str| Choice { code: code.into(), label: label.into() };
        let twice = vec![option("left", "Left"), option("right", "Right"), option("left-2", "left ")];
        check(vec![Field { options: twice, ..field("a", One) }], &["[0].options"]);
        check(vec![when(field("a", Text), "b", "yes"), field("b", YesNo)], &["[0].when.field"]);
        check(vec![field("b", Text), when(field("a", Text), "b", "yes")], &["[1].when.field"]);
        check(vec![field("b", YesNo), when(field("a", Text), "b", "perhaps")], &["[1].when.is"]);
        check(vec![field("b", Text); 1], &[]);
        let many = (0..=MOST_FIELDS).map(|at| field(&format!("f{at}"), Text)).collect();
        check(many, &[""]);
    }
}

//! The questions of a service as the referrer fills them in.

use super::{
    CheckboxGroup, Choice, DateField, DateParts, Need, RadioGroup, SafeTextarea, SelectField, TextField,
    Width,
};
use domain::form::{Answers, Field, FieldKind, Form, LONGEST_LINE, control};
use leptos::prelude::*;

/// Said at a question whose answer is gone.
const NOT_OFFERED: &str = "What was chosen here is no longer offered. Choose again.";

/// More answers than this are picked from a list instead of radios.
const MOST_RADIOS: usize = 7;

/// All questions in order, each with its answer and what is wrong with it. A question that depends on another one says so;
/// the draft helper hides it while it is not asked, and without wasm it stays in sight.
pub fn questions(form: &Form, answers: &Answers, error: impl Fn(&str) -> Option<String>) -> AnyView {
    let items: Vec<_> = form
        .fields
        .iter()
        .map(|field| {
            let values = answers.get(&field.code).cloned().unwrap_or_default();
            let gone = field.has_withdrawn(answers).then(|| NOT_OFFERED.to_owned());
            let wrong = error(&control(&field.code)).or(gone);
            let asked = question(field, condition(field, form), values, wrong);
            match &field.when {
                None => asked,
                Some(when) => view! {
                    <div class="app-question" data-when=control(&when.field) data-is=when.is.clone()>
                        {asked}
                    </div>
                }
                .into_any(),
            }
        })
        .collect();
    items.into_any()
}

/// "Only if “Smokes?” is Yes."
fn condition(field: &Field, form: &Form) -> Option<String> {
    let when = field.when.as_ref()?;
    let other = form.field(&when.field)?;
    Some(format!("Only if “{}” is {}.", other.label, other.pick_label(&when.is)))
}

fn question(field: &Field, condition: Option<String>, values: Vec<String>, error: Option<String>) -> AnyView {
    let name = control(&field.code);
    let label = field.label.clone();
    let need = if field.required { Need::Required } else { Need::Optional };
    let mut parts: Vec<String> = condition.into_iter().collect();
    if !field.hint.is_empty() {
        parts.push(field.hint.clone());
    }
    if let Some(about) = about_number(field) {
        parts.push(about);
    }
    let hint = parts.join(" ");
    let first = values.first().cloned().unwrap_or_default();
    let choices: Vec<Choice> =
        field.picks().into_iter().map(|(code, label)| Choice::new(code, label)).collect();
    // An empty hint must not be announced.
    match (field.kind, hint.is_empty()) {
        (FieldKind::Text, true) => view! {
            <TextField name label need value=first error maxlength=longest_line() />
        }
        .into_any(),
        (FieldKind::Text, false) => view! {
            <TextField name label hint need value=first error maxlength=longest_line() />
        }
        .into_any(),
        (FieldKind::LongText, true) => view! {
            <SafeTextarea name label need value=first error rows=4 maxlength=5000 />
        }
        .into_any(),
        (FieldKind::LongText, false) => view! {
            <SafeTextarea name label hint need value=first error rows=4 maxlength=5000 />
        }
        .into_any(),
        (FieldKind::Number, true) => view! {
            <TextField name label need value=first error width=Width::Short maxlength=30 />
        }
        .into_any(),
        (FieldKind::Number, false) => view! {
            <TextField name label hint need value=first error width=Width::Short maxlength=30 />
        }
        .into_any(),
        (FieldKind::Date, true) => {
            view! { <DateField name label need value=parts_of(&first) error /> }.into_any()
        }
        (FieldKind::Date, false) => {
            view! { <DateField name label hint need value=parts_of(&first) error /> }.into_any()
        }
        (FieldKind::Several, true) => {
            view! { <CheckboxGroup name label need choices values error /> }.into_any()
        }
        (FieldKind::Several, false) => {
            view! { <CheckboxGroup name label hint need choices values error /> }.into_any()
        }
        (FieldKind::Choice, true) if choices.len() > MOST_RADIOS => {
            view! { <SelectField name label need choices value=first error /> }.into_any()
        }
        (FieldKind::Choice, false) if choices.len() > MOST_RADIOS => {
            view! { <SelectField name label hint need choices value=first error /> }.into_any()
        }
        (FieldKind::YesNo | FieldKind::Choice, true) => {
            view! { <RadioGroup name label need choices value=first error /> }.into_any()
        }
        (FieldKind::YesNo | FieldKind::Choice, false) => {
            view! { <RadioGroup name label hint need choices value=first error /> }.into_any()
        }
    }
}

fn longest_line() -> u32 {
    u32::try_from(LONGEST_LINE).unwrap_or(u32::MAX)
}

/// "In kg, from 2 to 400."
fn about_number(field: &Field) -> Option<String> {
    let bounds = match (field.min, field.max) {
        (Some(min), Some(max)) => Some(format!("from {min} to {max}")),
        (Some(min), None) => Some(format!("from {min}")),
        (None, Some(max)) => Some(format!("up to {max}")),
        (None, None) => None,
    };
    let unit = Some(format!("in {}", field.unit)).filter(|_| !field.unit.is_empty());
    let both: Vec<String> = unit.into_iter().chain(bounds).collect();
    let words = both.join(", ");
    let mut letters = words.chars();
    letters.next().map(|first| format!("{}{}.", first.to_uppercase(), letters.as_str()))
}

/// A day as it was typed, or as it is kept.
fn parts_of(value: &str) -> DateParts {
    let whole: Vec<&str> = value.splitn(3, '-').collect();
    if let [year, month, day] = whole[..] {
        let short = |digits: &str| digits.trim_start_matches('0').to_owned();
        return DateParts { day: short(day), month: short(month), year: year.to_owned() };
    }
    let mut typed = value.splitn(3, ' ').map(str::to_owned);
    let mut next = || typed.next().unwrap_or_default();
    DateParts { day: next(), month: next(), year: next() }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::super::render;
    use super::*;

    const FORM: &str = r#"[
        {"code":"smokes","label":"Smokes?","kind":"yes-no","required":true},
        {"code":"since","label":"Since when?","kind":"date","when":{"field":"smokes","is":"yes"}},
        {"code":"weight","label":"Weight","kind":"number","unit":"kg","min":2,"max":400,"hint":"Today's"},
        {"code":"more","label":"More","kind":"long-text"}
    ]"#;

    fn shown(answers: &[(&str, &str)]) -> String {
        let form = Form::read(FORM).expect("a sound form");
        let answers =
            answers.iter().map(|(code, value)| ((*code).to_owned(), vec![(*value).to_owned()])).collect();
        render(|| {
            questions(&form, &answers, |name| (name == "answer-weight").then(|| "Too much.".to_owned()))
        })
    }

    #[test]
    fn each_question_has_its_control_its_answer_and_its_error() {
        let html = shown(&[("smokes", "yes"), ("since", "2020-03-09"), ("more", "</textarea><b>")]);
        for part in [
            r#"name="answer-smokes""#,
            r#"name="answer-since_day""#,
            r#"value="9""#,
            r#"value="2020""#,
            "Today's In kg, from 2 to 400.",
            "Too much.",
            r#"data-when="answer-smokes""#,
            r#"data-is="yes""#,
            "Only if “Smokes?” is Yes.",
        ] {
            assert!(html.contains(part), "{part} in {html}");
        }
        assert!(!html.contains("</textarea><b>"), "{html}");
    }

    #[test]
    fn an_answer_that_is_no_longer_offered_is_said_at_its_question() {
        let html = shown(&[("smokes", "now and then")]);
        assert!(html.contains(NOT_OFFERED), "{html}");
        assert!(!shown(&[("smokes", "yes")]).contains(NOT_OFFERED));
    }

    #[test]
    fn a_day_that_cannot_be_read_is_shown_as_it_was_typed() {
        let html = shown(&[("since", "the  third")]);
        assert!(html.contains(r#"value="the""#) && html.contains(r#"value="third""#), "{html}");
    }
}

//! One question of a service.

use contract::{Choice, FieldError, QuestionInput, QuestionPage};
use domain::ServiceId;
use domain::form::{self, Field, FieldKind, Form, When};

use super::{change, find, number};
use crate::{Call, Desk, ServiceError};

/// The form of a question, or of a new one. Administrators.
pub async fn question_page(
    desk: &Desk,
    call: &Call,
    id: ServiceId,
    code: Option<&str>,
) -> Result<QuestionPage, ServiceError> {
    let (row, rules) = find(desk, call, id).await?;
    let at = match code {
        Some(code) => position(&rules.form, code)?,
        None => rules.form.fields.len(),
    };
    Ok(QuestionPage {
        service: row.name,
        input: rules.form.fields.get(at).map_or_else(QuestionInput::default, input_of),
        whens: whens(&rules.form.fields[..at]),
    })
}

/// Adds a question at the end, or changes one in its place. It keeps its code, so that drafts keep their answers; so do
/// its options. Administrators.
pub async fn save_question(
    desk: &Desk,
    call: &Call,
    id: ServiceId,
    code: Option<&str>,
    input: &QuestionInput,
) -> Result<(), ServiceError> {
    change(desk, call, id, "save-question", &(code, input), |rules| {
        let at = match code {
            Some(code) => position(&rules.form, code)?,
            None => rules.form.fields.len(),
        };
        let field = read(input, rules.form.fields.get(at), &rules.form)?;
        match rules.form.fields.get_mut(at) {
            Some(known) => *known = field,
            None => rules.form.fields.push(field),
        }
        Ok(format!("questions[{at}]"))
    })
    .await
}

fn position(form: &Form, code: &str) -> Result<usize, ServiceError> {
    form.fields.iter().position(|field| field.code == code).ok_or(ServiceError::NotFound)
}

/// The answers of these questions on which another one can depend.
fn whens(fields: &[Field]) -> Vec<Choice> {
    fields
        .iter()
        .filter(|field| field.kind.decides())
        .flat_map(|field| {
            field.picks().into_iter().map(|(code, label)| Choice {
                value: format!("{}={code}", field.code),
                label: format!("“{}” is {label}", field.label),
                hint: None,
            })
        })
        .collect()
}

fn read(input: &QuestionInput, known: Option<&Field>, form: &Form) -> Result<Field, ServiceError> {
    let mut wrong = Vec::new();
    let Some(kind) = FieldKind::from_code(&input.kind) else {
        return Err(ServiceError::invalid("kind", "Choose what kind of answer it takes."));
    };
    let mut bound = |name: &str, typed: &str| {
        number(name, typed).unwrap_or_else(|error| {
            wrong.push(error);
            None
        })
    };
    let (min, max) = (bound("min", &input.min), bound("max", &input.max));
    let when = match input.when.split_once('=') {
        None if input.when.is_empty() => None,
        Some((field, is)) => Some(When { field: field.to_owned(), is: is.to_owned() }),
        None => {
            wrong.push(FieldError::new("when", "Choose an answer from the list."));
            None
        }
    };
    if !wrong.is_empty() {
        return Err(ServiceError::Invalid(wrong));
    }
    let label = input.label.trim();
    let is_taken = |code: &str| form.field(code).is_some();
    Ok(Field {
        code: known.map_or_else(|| form::fresh_code(label, "question", is_taken), |known| known.code.clone()),
        label: label.to_owned(),
        hint: input.hint.trim().to_owned(),
        kind,
        required: input.required == "1",
        unit: input.unit.trim().to_owned(),
        min,
        max,
        options: options(&input.options, known),
        when,
    })
}

/// One answer a line. A line that was there keeps its code.
fn options(typed: &str, known: Option<&Field>) -> Vec<form::Choice> {
    let mut all: Vec<form::Choice> = Vec::new();
    for label in typed.lines().map(str::trim).filter(|label| !label.is_empty()) {
        let before = known.and_then(|field| field.options.iter().find(|option| option.label == label));
        let code = match before {
            Some(option) => option.code.clone(),
            None => form::fresh_code(label, "answer", |code| {
                all.iter().any(|option| option.code == code)
                    || known.is_some_and(|field| field.options.iter().any(|option| option.code == code))
            }),
        };
        all.push(form::Choice { code, label: label.to_owned() });
    }
    all
}

fn input_of(field: &Field) -> QuestionInput {
    let typed = |number: Option<f64>| number.map_or(String::new(), |number| number.to_string());
    QuestionInput {
        label: field.label.clone(),
        hint: field.hint.clone(),
        kind: field.kind.code().to_owned(),
        required: if field.required { "1".to_owned() } else { String::new() },
        unit: field.unit.clone(),
        min: typed(field.min),
        max: typed(field.max),
        options: field.options.iter().map(|option| option.label.as_str()).collect::<Vec<_>>().join("\n"),
        when: field.when.as_ref().map_or(String::new(), |when| format!("{}={}", when.field, when.is)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_that_stays_keeps_its_code_and_a_new_one_gets_its_own() {
        let form = Form::read(
            r#"[{"code":"side","label":"Side","kind":"choice","options":[{"code":"l","label":"Left"},{"code":"both","label":"Both"}]}]"#,
        )
        .unwrap();
        let input = QuestionInput {
            label: "Which side?".into(),
            kind: "choice".into(),
            options: "Left\nBoth sides\n\nBoth".into(),
            ..QuestionInput::default()
        };
        let field = read(&input, form.field("side"), &form).unwrap();
        let codes: Vec<&str> = field.options.iter().map(|option| option.code.as_str()).collect();
        assert_eq!((field.code.as_str(), codes), ("side", vec!["l", "both-sides", "both"]));
        assert_eq!(input_of(&field).options, "Left\nBoth sides\nBoth");
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        for (input, field) in [
            (QuestionInput { kind: "picture".into(), ..QuestionInput::default() }, "kind"),
            (QuestionInput { kind: "number".into(), min: "few".into(), ..QuestionInput::default() }, "min"),
            (
                QuestionInput { kind: "text".into(), when: "smokes".into(), ..QuestionInput::default() },
                "when",
            ),
        ] {
            let Err(ServiceError::Invalid(fields)) = read(&input, None, &Form::default()) else {
                panic!("{input:?} was taken");
            };
            assert_eq!(fields[0].field, field);
        }
    }
}

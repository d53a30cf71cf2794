//! One rule of a service.

use contract::{Choice, CriterionInput, CriterionPage};
use domain::criteria::{About, Condition, Criterion, Severity};
use domain::form;
use domain::{Priority, ServiceId};

use super::{Rules, change, find, lists, number};
use crate::{Call, Desk, ServiceError};

/// The form of a rule, or of a new one about `subject`. Administrators.
pub async fn criterion_page(
    desk: &Desk,
    call: &Call,
    id: ServiceId,
    code: Option<&str>,
    subject: &str,
) -> Result<CriterionPage, ServiceError> {
    let (row, rules) = find(desk, call, id).await?;
    let known = match code {
        Some(code) => Some(&rules.criteria[position(&rules, code)?]),
        None => None,
    };
    let mut input = known.map_or_else(CriterionInput::default, |known| input_of(known, &rules));
    if known.is_none() {
        input.subject = subject.to_owned();
    }
    let chosen = condition_of(&input.subject);
    let mut onlys = onlys(&rules);
    if input.only_if == KEPT
        && let Some(only) = known.and_then(|known| known.only_if.as_ref())
    {
        let label = lists::said(only, &rules);
        onlys.push(Choice { value: KEPT.to_owned(), label: capitalised(&label), hint: None });
    }
    let subjects = subjects(&rules);
    let subject_label = subjects
        .iter()
        .find(|choice| choice.value == input.subject)
        .map_or(String::new(), |choice| choice.label.clone());
    Ok(CriterionPage {
        service: row.name,
        about: chosen.as_ref().filter(|_| !subject_label.is_empty()).map(|chosen| chosen.about),
        picks: chosen.map_or_else(Vec::new, |chosen| picks(&chosen, &rules)),
        subject_label,
        subjects,
        onlys,
        severities: Severity::ALL.to_vec(),
        input,
    })
}

/// Adds a rule at the end, or changes one in its place. Administrators.
pub async fn save_criterion(
    desk: &Desk,
    call: &Call,
    id: ServiceId,
    code: Option<&str>,
    input: &CriterionInput,
) -> Result<(), ServiceError> {
    change(desk, call, id, "save-criterion", &(code, input), |rules| {
        let at = match code {
            Some(code) => position(rules, code)?,
            None => rules.criteria.len(),
        };
        let criterion = read(input, rules.criteria.get(at), rules)?;
        match rules.criteria.get_mut(at) {
            Some(known) => *known = criterion,
            None => rules.criteria.push(criterion),
        }
        Ok(format!("criteria[{at}]"))
    })
    .await
}

/// Stands for a condition that the form cannot make and leaves as it is.
const KEPT: &str = "kept";

fn position(rules: &Rules, code: &str) -> Result<usize, ServiceError> {
    rules.criteria.iter().position(|rule| rule.code == code).ok_or(ServiceError::NotFound)
}

fn plain(about: About, code: &str) -> Condition {
    Condition { about, code: code.to_owned(), is: Vec::new(), from: None, to: None }
}

/// `age`, `sex`, `priority`, `answer:CODE`, `document:CODE`.
fn condition_of(subject: &str) -> Option<Condition> {
    let (about, code) = subject.split_once(':').unwrap_or((subject, ""));
    let about = About::from_code(about)?;
    (matches!(about, About::Answer | About::Document) != code.is_empty()).then(|| plain(about, code))
}

fn subject_of(condition: &Condition) -> String {
    match condition.about {
        About::Answer | About::Document => format!("{}:{}", condition.about, condition.code),
        about => about.code().to_owned(),
    }
}

fn subjects(rules: &Rules) -> Vec<Choice> {
    let choice = |value: String, label: String| Choice { value, label, hint: None };
    let mut all = vec![
        choice("age".to_owned(), "The patient’s age".to_owned()),
        choice("sex".to_owned(), "The patient’s recorded sex".to_owned()),
        choice("priority".to_owned(), "How urgent it is".to_owned()),
    ];
    let answers = rules.form.fields.iter();
    all.extend(
        answers.map(|field| {
            choice(format!("answer:{}", field.code), format!("The answer to “{}”", field.label))
        }),
    );
    let documents = rules.documents.iter();
    all.extend(
        documents
            .map(|item| choice(format!("document:{}", item.code), format!("The document “{}”", item.label))),
    );
    all
}

/// What the subject can be; empty where it is a number or simply there.
fn picks(condition: &Condition, rules: &Rules) -> Vec<Choice> {
    let choice =
        |code: &str, label: &str| Choice { value: code.to_owned(), label: label.to_owned(), hint: None };
    match condition.about {
        About::Sex => vec![choice("female", "Female"), choice("male", "Male"), choice("other", "Other")],
        // The page has the words for priorities.
        About::Priority => Priority::ALL.iter().map(|code| choice(code.code(), "")).collect(),
        About::Answer => rules.form.field(&condition.code).map_or_else(Vec::new, |field| {
            field.picks().into_iter().map(|(code, label)| choice(code, label)).collect()
        }),
        About::Age | About::Document => Vec::new(),
    }
}

/// Conditions that are made of one pick: `sex=female`, `answer:smokes=yes`.
fn onlys(rules: &Rules) -> Vec<Choice> {
    let fields = rules.form.fields.iter().filter(|field| field.kind.decides());
    let subjects = [plain(About::Sex, ""), plain(About::Priority, "")]
        .into_iter()
        .chain(fields.map(|field| plain(About::Answer, &field.code)));
    subjects
        .flat_map(|subject| {
            picks(&subject, rules).into_iter().map(move |pick| {
                let one = Condition { is: vec![pick.value.clone()], ..subject.clone() };
                Choice {
                    value: format!("{}={}", subject_of(&subject), pick.value),
                    label: capitalised(&lists::said(&one, rules)),
                    hint: None,
                }
            })
        })
        .collect()
}

fn read(input: &CriterionInput, known: Option<&Criterion>, rules: &Rules) -> Result<Criterion, ServiceError> {
    let mut wrong = Vec::new();
    let Some(mut expects) = condition_of(&input.subject) else {
        return Err(ServiceError::invalid("subject", "Choose what the rule looks at."));
    };
    expects.is = input.is.split(',').filter(|code| !code.is_empty()).map(str::to_owned).collect();
    for (name, typed, place) in [("from", &input.from, &mut expects.from), ("to", &input.to, &mut expects.to)]
    {
        match number(name, typed) {
            Ok(number) => *place = number,
            Err(error) => wrong.push(error),
        }
    }
    let severity = Severity::from_code(&input.severity);
    if severity.is_none() {
        wrong.push(contract::FieldError::new("severity", "Choose what happens when it is not met."));
    }
    let only_if = match input.only_if.as_str() {
        "" => None,
        KEPT => known.and_then(|known| known.only_if.clone()),
        chosen => {
            match chosen.rsplit_once('=').and_then(|(subject, is)| Some((condition_of(subject)?, is))) {
                Some((condition, is)) => Some(Condition { is: vec![is.to_owned()], ..condition }),
                None => {
                    wrong.push(contract::FieldError::new("only_if", "Choose from the list."));
                    None
                }
            }
        }
    };
    if !wrong.is_empty() {
        return Err(ServiceError::Invalid(wrong));
    }
    let label = input.label.trim();
    let is_taken = |code: &str| rules.criteria.iter().any(|rule| rule.code == code);
    Ok(Criterion {
        code: known.map_or_else(|| form::fresh_code(label, "rule", is_taken), |known| known.code.clone()),
        label: label.to_owned(),
        why: input.why.trim().to_owned(),
        severity: severity.unwrap_or(Severity::Stop),
        expects,
        only_if,
    })
}

fn input_of(rule: &Criterion, rules: &Rules) -> CriterionInput {
    let typed = |number: Option<f64>| number.map_or(String::new(), |number| number.to_string());
    let only_if = rule.only_if.as_ref().map_or(String::new(), |only| {
        let simple = format!("{}={}", subject_of(only), only.is.join(","));
        if onlys(rules).iter().any(|choice| choice.value == simple) { simple } else { KEPT.to_owned() }
    });
    CriterionInput {
        label: rule.label.clone(),
        why: rule.why.clone(),
        severity: rule.severity.code().to_owned(),
        subject: subject_of(&rule.expects),
        is: rule.expects.is.join(","),
        from: typed(rule.expects.from),
        to: typed(rule.expects.to),
        only_if,
    }
}

fn capitalised(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_survives_its_own_form_whatever_it_depends_on() {
        let rules = Rules {
            form: domain::form::Form::read(r#"[{"code":"smokes","label":"Smokes?","kind":"yes-no"}]"#)
                .unwrap(),
            ..Rules::default()
        };
        for only in [
            "null",
            r#"{"about":"answer","code":"smokes","is":["yes"]}"#,
            r#"{"about":"age","from":40}"#,
            r#"{"about":"sex","is":["female","other"]}"#,
        ] {
            let json = format!(
                r#"{{"code":"adult","label":"Adults","severity":"stop","expects":{{"about":"age","from":18}},"only_if":{only}}}"#
            );
            let rule: Criterion = serde_json::from_str(&json).expect(&json);
            assert_eq!(read(&input_of(&rule, &rules), Some(&rule), &rules).unwrap(), rule, "{only}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let good = || CriterionInput {
            label: "Adults".into(),
            severity: "stop".into(),
            subject: "age".into(),
            from: "18".into(),
            ..CriterionInput::default()
        };
        for (input, field) in [
            (CriterionInput { subject: "answer".into(), ..good() }, "subject"),
            (CriterionInput { subject: "weather".into(), ..good() }, "subject"),
            (CriterionInput { from: "old".into(), ..good() }, "from"),
            (CriterionInput { severity: "perhaps".into(), ..good() }, "severity"),
            (CriterionInput { only_if: "rain".into(), ..good() }, "only_if"),
        ] {
            let Err(ServiceError::Invalid(fields)) = read(&input, None, &Rules::default()) else {
                panic!("{input:?} was taken");
            };
            assert_eq!(fields[0].field, field);
        }
    }
}

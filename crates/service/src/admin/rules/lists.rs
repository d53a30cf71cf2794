//! The lists of a service: each item in a line, put in order, taken away.

use contract::{Arrange, RuleList, RuleRow};
use domain::criteria::{About, Condition, Severity};
use domain::form::{Field, FieldKind, Form};
use domain::{Priority, ServiceId};

use super::{Rules, change};
use crate::referrals::accepts;
use crate::{Call, Desk, ServiceError};

/// Moves an item of a list, or takes it away. Administrators.
///
/// Errors: a conflict when something else depends on it.
pub async fn arrange(
    desk: &Desk,
    call: &Call,
    id: ServiceId,
    list: RuleList,
    code: &str,
    what: Arrange,
) -> Result<(), ServiceError> {
    change(desk, call, id, "arrange-rules", &(list, code, what), |rules| {
        match list {
            RuleList::Questions => moved(&mut rules.form.fields, |item| item.code == code, what),
            RuleList::Criteria => moved(&mut rules.criteria, |item| item.code == code, what),
            RuleList::Documents => moved(&mut rules.documents, |item| item.code == code, what),
        }
        // Wherever it is wrong now, it is said in a sentence.
        .map(|()| "-".to_owned())
    })
    .await
}

fn moved<T>(items: &mut Vec<T>, is: impl Fn(&T) -> bool, what: Arrange) -> Result<(), ServiceError> {
    let at = items.iter().position(is).ok_or(ServiceError::NotFound)?;
    match what {
        Arrange::Up if at > 0 => items.swap(at, at - 1),
        Arrange::Down if at + 1 < items.len() => items.swap(at, at + 1),
        Arrange::Up | Arrange::Down => {}
        Arrange::Remove => {
            items.remove(at);
        }
    }
    Ok(())
}

pub(super) fn question_rows(rules: &Rules) -> Vec<RuleRow> {
    let row = |field: &Field| RuleRow {
        code: field.code.clone(),
        label: field.label.clone(),
        about: about_question(field, &rules.form),
    };
    rules.form.fields.iter().map(row).collect()
}

pub(super) fn criterion_rows(rules: &Rules) -> Vec<RuleRow> {
    rules
        .criteria
        .iter()
        .map(|rule| {
            let stops = match rule.severity {
                Severity::Stop => "stops",
                Severity::Warning => "warns",
            };
            let only = rule
                .only_if
                .as_ref()
                .map_or(String::new(), |only| format!(", only if {}", said(only, rules)));
            RuleRow {
                code: rule.code.clone(),
                label: rule.label.clone(),
                about: format!("{stops} unless {}{only}", said(&rule.expects, rules)),
            }
        })
        .collect()
}

pub(super) fn document_rows(rules: &Rules, limit: u64) -> Vec<RuleRow> {
    rules
        .documents
        .iter()
        .map(|item| RuleRow {
            code: item.code.clone(),
            label: item.label.clone(),
            about: accepts(item, limit),
        })
        .collect()
}

fn about_question(field: &Field, form: &Form) -> String {
    let mut parts = vec![
        match field.kind {
            FieldKind::Text => "one line",
            FieldKind::LongText => "several lines",
            FieldKind::Number => "number",
            FieldKind::Date => "date",
            FieldKind::YesNo => "yes or no",
            FieldKind::Choice => "one of a list",
            FieldKind::Several => "several of a list",
        }
        .to_owned(),
    ];
    if !field.options.is_empty() {
        let labels: Vec<&str> = field.options.iter().map(|option| option.label.as_str()).collect();
        parts.push(format!("({})", labels.join(" / ")));
    }
    if let (Some(min), Some(max)) = (field.min, field.max) {
        parts.push(format!("from {min} to {max}"));
    } else if let Some(min) = field.min {
        parts.push(format!("from {min}"));
    } else if let Some(max) = field.max {
        parts.push(format!("up to {max}"));
    }
    if !field.unit.is_empty() {
        parts.push(field.unit.clone());
    }
    let mut line = parts.join(" ");
    if field.required {
        line.push_str(", required");
    }
    if let Some(when) = &field.when
        && let Some(other) = form.field(&when.field)
    {
        line.push_str(&format!(", only if “{}” is {}", other.label, other.pick_label(&when.is)));
    }
    line
}

/// A condition in words.
pub(super) fn said(condition: &Condition, rules: &Rules) -> String {
    let bounds = match (condition.from, condition.to) {
        (Some(from), Some(to)) => format!("from {from} to {to}"),
        (Some(from), None) => format!("{from} or more"),
        (None, Some(to)) => format!("{to} or less"),
        (None, None) => String::new(),
    };
    match condition.about {
        About::Age => format!("age is {bounds}"),
        About::Sex => format!("sex is {}", condition.is.join(" or ")),
        About::Priority => {
            let said = condition.is.iter().filter_map(|code| Priority::from_code(code));
            format!("priority is {}", said.map(Priority::spoken).collect::<Vec<_>>().join(" or "))
        }
        About::Document => {
            let label = rules.documents.iter().find(|item| item.code == condition.code);
            format!("“{}” is there", label.map_or(condition.code.as_str(), |item| &item.label))
        }
        About::Answer => {
            let field = rules.form.field(&condition.code);
            let label = field.map_or(condition.code.as_str(), |field| &field.label);
            let picks: Vec<&str> = condition
                .is
                .iter()
                .map(|code| field.map_or(code.as_str(), |field| field.pick_label(code)))
                .collect();
            match (picks.is_empty(), bounds.is_empty()) {
                (false, _) => format!("“{label}” is {}", picks.join(" or ")),
                (true, false) => format!("“{label}” is {bounds}"),
                (true, true) => format!("“{label}” is answered"),
            }
        }
    }
}

/// The questions for the history, each in a line.
pub(super) fn questions(rules: &Rules) -> Vec<String> {
    let hint = |field: &Field| match field.hint.as_str() {
        "" => String::new(),
        hint => format!(" [{hint}]"),
    };
    let line =
        |field: &Field| format!("{}{}: {}", field.label, hint(field), about_question(field, &rules.form));
    rules.form.fields.iter().map(line).collect()
}

pub(super) fn criteria(rules: &Rules) -> Vec<String> {
    let whys = rules.criteria.iter().map(|rule| rule.why.as_str());
    criterion_rows(rules)
        .into_iter()
        .zip(whys)
        .map(|(row, why)| match why {
            "" => format!("{}: {}", row.label, row.about),
            why => format!("{} ({why}): {}", row.label, row.about),
        })
        .collect()
}

pub(super) fn documents(rules: &Rules) -> Vec<String> {
    rules
        .documents
        .iter()
        .map(|item| match item.kinds.is_empty() && item.max_mb.is_none() {
            true => item.label.clone(),
            false => format!("{}: {}", item.label, accepts(item, 500_000_000)),
        })
        .collect()
}

pub(super) fn priorities(rules: &Rules) -> Vec<String> {
    rules
        .priorities
        .iter()
        .map(|offered| match offered.about().as_str() {
            "" => offered.code.code().to_owned(),
            about => format!("{}: {about}", offered.code),
        })
        .collect()
}

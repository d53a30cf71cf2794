//! What a service asks of every referral: questions, rules, documents, priorities. Data with a history.

mod criteria;
mod documents;
mod lists;
mod priorities;
mod questions;
mod reminders;

use contract::{FieldError, RulesPage};
use domain::criteria::{Criterion, problems as wrong_criteria};
use domain::form::{Form, Problem};
use domain::{OfferedPriority, OrganisationId, Priority, ServiceId};
use store::entity::service;

pub use criteria::{criterion_page, save_criterion};
pub use documents::{required_page, save_required};
pub use lists::arrange;
pub use priorities::save_priorities;
pub use questions::{question_page, save_question};
pub use reminders::{reminders_page, save_reminders};

use super::{administrator, changes, services};
use crate::facts::RequiredItem;
use crate::referrals::{KINDS, sheet};
use crate::unit::{Begun, Unit};
use crate::{Call, Conflict, Desk, ServiceError};

/// Most documents that a service asks for.
const MOST_DOCUMENTS: usize = 20;

/// Everything that a service asks.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Rules {
    pub form: Form,
    pub criteria: Vec<Criterion>,
    pub documents: Vec<RequiredItem>,
    pub priorities: Vec<OfferedPriority>,
    pub reminders: domain::reminders::Rules,
}

impl Rules {
    pub fn of(row: &service::Model) -> Self {
        Self {
            form: sheet::form_of(row),
            criteria: sheet::criteria_of(row),
            documents: serde_json::from_str(&row.required).unwrap_or_default(),
            priorities: sheet::priorities_of(row),
            reminders: domain::reminders::Rules::read(&row.reminders),
        }
    }

    /// Everything that is wrong; the paths begin with `questions`, `criteria`, `documents`, `priorities` or `reminders`.
    pub fn problems(&self) -> Vec<Problem> {
        let under = |list: &'static str| {
            move |problem: Problem| Problem::new(format!("{list}{}", problem.path), problem.remedy)
        };
        let documents: Vec<String> = self.documents.iter().map(|item| item.code.clone()).collect();
        let mut found: Vec<Problem> = self.form.problems().into_iter().map(under("questions")).collect();
        found.extend(
            wrong_criteria(&self.criteria, &self.form, &documents).into_iter().map(under("criteria")),
        );
        let under_reminders =
            |problem: Problem| Problem::new(format!("reminders.{}", problem.path), problem.remedy);
        found.extend(self.reminders.problems().into_iter().map(under_reminders));
        found.extend(self.wrong_documents().into_iter().map(under("documents")));
        for (index, offered) in self.priorities.iter().enumerate() {
            let mut say = |path: &str, remedy: &str| {
                found.push(Problem::new(format!("priorities[{index}].{path}"), remedy));
            };
            if self.priorities[..index].iter().any(|other| other.code == offered.code) {
                say("code", "This priority is there already. Leave one out.");
            }
            if offered.meaning.chars().count() > 300 {
                say("meaning", "Shorten it to 300 characters.");
            }
            if offered.days.is_some_and(|days| !(1..=730).contains(&days)) {
                say("days", "Give days from 1 to 730, or leave it empty.");
            }
        }
        found
    }

    fn wrong_documents(&self) -> Vec<Problem> {
        let mut found = Vec::new();
        if self.documents.len() > MOST_DOCUMENTS {
            found.push(Problem::new("", format!("Ask for at most {MOST_DOCUMENTS} documents.")));
        }
        for (index, item) in self.documents.iter().enumerate() {
            let mut say = |path: &str, remedy: &str| {
                found.push(Problem::new(format!("[{index}].{path}"), remedy));
            };
            let is_code = !item.code.is_empty()
                && item.code.chars().count() <= 60
                && item.code.chars().all(|letter| letter.is_alphanumeric() || "-_.:".contains(letter));
            if !is_code || item.code == "other" {
                say("code", "Use letters, digits and hyphens, up to 60, and not “other”.");
            }
            if self.documents[..index].iter().any(|other| other.code == item.code) {
                say("code", "Another document has this code. Choose another one.");
            }
            if item.label.trim().is_empty() || item.label.chars().count() > 200 {
                say("label", "Write what the referrer reads, up to 200 characters.");
            }
            if item.kinds.iter().any(|kind| !KINDS.contains(&kind.as_str())) {
                say("kinds", "Choose from the kinds of files that are taken.");
            }
            if item.max_mb.is_some_and(|most| !(1..=500).contains(&most)) {
                say("max_mb", "Give a size from 1 to 500 MB, or leave it empty.");
            }
        }
        found
    }

    /// Puts everything into the row; the version of the questions rises when they changed.
    pub fn write_into(&self, row: &mut service::Model) -> Result<(), ServiceError> {
        let broken = |error: serde_json::Error| ServiceError::Broken(error.to_string());
        if sheet::form_of(row) != self.form {
            row.form_version += 1;
        }
        row.form = match self.form.fields.is_empty() {
            true => String::new(),
            false => serde_json::to_string(&self.form).map_err(broken)?,
        };
        row.criteria = match self.criteria.is_empty() {
            true => String::new(),
            false => serde_json::to_string(&self.criteria).map_err(broken)?,
        };
        row.required = serde_json::to_string(&self.documents).map_err(broken)?;
        row.priorities = match self.offers_everything() {
            true => String::new(),
            false => serde_json::to_string(&self.priorities).map_err(broken)?,
        };
        row.reminders = match self.reminders == domain::reminders::Rules::default() {
            true => String::new(),
            false => serde_json::to_string(&self.reminders).map_err(broken)?,
        };
        Ok(())
    }

    fn offers_everything(&self) -> bool {
        let is_plain = |offered: &OfferedPriority| offered.meaning.is_empty() && offered.days.is_none();
        self.priorities.is_empty()
            || (self.priorities.len() == Priority::ALL.len() && self.priorities.iter().all(is_plain))
    }

    /// For the history: the lines of each list that were there before, and that are there now.
    pub fn differences(&self, after: &Self) -> Vec<(String, String, String)> {
        let pair = |field: &str, before: Vec<String>, after: Vec<String>| {
            let only = |these: &[String], those: &[String]| {
                these.iter().filter(|line| !those.contains(line)).cloned().collect::<Vec<_>>().join("; ")
            };
            let (gone, new) = (only(&before, &after), only(&after, &before));
            match gone.is_empty() && new.is_empty() && before != after {
                true => (field.to_owned(), before.join("; "), after.join("; ")),
                false => (field.to_owned(), gone, new),
            }
        };
        vec![
            pair("questions", lists::questions(self), lists::questions(after)),
            pair("criteria", lists::criteria(self), lists::criteria(after)),
            pair("required", lists::documents(self), lists::documents(after)),
            pair("priorities", lists::priorities(self), lists::priorities(after)),
            pair("reminders", reminders::lines(&self.reminders), reminders::lines(&after.reminders)),
        ]
    }
}

/// Everything that a service asks. Administrators.
pub async fn rules_page(desk: &Desk, call: &Call, id: ServiceId) -> Result<RulesPage, ServiceError> {
    let (row, rules) = find(desk, call, id).await?;
    let db = desk.store.reader();
    let organisation = administrator(call)?;
    let own = store::directory::organisation(db, organisation).await?.ok_or(ServiceError::NotFound)?;
    let zone = own.zone.parse().unwrap_or(chrono_tz::Europe::London);
    Ok(RulesPage {
        id: row.id.to_string(),
        questions: lists::question_rows(&rules),
        criteria: lists::criterion_rows(&rules),
        documents: lists::document_rows(&rules, desk.settings.document_bytes),
        priorities: priorities::rows(&rules),
        changes: changes::newest(db, organisation, Some(row.id), zone).await?,
        name: row.name,
        form: rules.form,
    })
}

/// A service of the administrator's with what it asks.
async fn find(desk: &Desk, call: &Call, id: ServiceId) -> Result<(service::Model, Rules), ServiceError> {
    let organisation = administrator(call)?;
    let row = services::find(desk.store.reader(), organisation, id).await?;
    let rules = Rules::of(&row);
    Ok((row, rules))
}

/// Changes what a service asks. `edit` answers where what it changed stands, so that what is wrong there is said at the
/// form's own fields; what is wrong elsewhere because of it is said in a sentence.
async fn change(
    desk: &Desk,
    call: &Call,
    id: ServiceId,
    command: &'static str,
    input: &impl serde::Serialize,
    edit: impl FnOnce(&mut Rules) -> Result<String, ServiceError>,
) -> Result<(), ServiceError> {
    let organisation = administrator(call)?;
    let mut unit = match Unit::begin(desk, call, command, &(id, input)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let mut row = services::find(&*unit.tx, organisation, id).await?;
    let before = Rules::of(&row);
    let mut after = before.clone();
    let place = edit(&mut after)?;
    refuse(after.problems(), &place)?;
    after.write_into(&mut row)?;
    store::directory::update_service(&unit.tx, row.clone()).await?;
    if before.reminders != after.reminders {
        changed(&unit, organisation, row.id).await?;
    }
    let subject = changes::Subject { organisation, entity: "service", id: row.id, name: &row.name };
    changes::record(&mut unit, &subject, before.differences(&after)).await?;
    unit.finish(()).await
}

/// Other reminders: visits to come are planned anew, and what is waited for is looked at anew.
pub(super) async fn changed(
    unit: &Unit<'_>,
    organisation: OrganisationId,
    service: uuid::Uuid,
) -> Result<(), ServiceError> {
    let now = unit.call.now.timestamp_millis();
    store::appointments::mark_to_replan(&unit.tx, organisation, service, now).await?;
    store::chases::look_anew(&unit.tx, organisation, service, now).await?;
    Ok(())
}

fn refuse(problems: Vec<Problem>, place: &str) -> Result<(), ServiceError> {
    if problems.is_empty() {
        return Ok(());
    }
    let (here, elsewhere): (Vec<_>, Vec<_>) =
        problems.into_iter().partition(|problem| problem.path.starts_with(&format!("{place}.")));
    if here.is_empty() {
        let remedies = elsewhere.into_iter().map(|problem| problem.remedy).collect();
        return Err(Conflict::DependedOn { remedies }.into());
    }
    let fields = here
        .into_iter()
        .map(|problem| {
            let inner = problem.path[place.len() + 1..].trim_start_matches("expects.");
            // `options[2].label` is put right in the field `options`.
            let field = inner.split(['[', '.']).next().unwrap_or_default();
            FieldError::new(field, problem.remedy)
        })
        .collect();
    Err(ServiceError::Invalid(fields))
}

/// A number as people type it; the error is the remedy.
fn number(field: &str, typed: &str) -> Result<Option<f64>, FieldError> {
    match typed.trim() {
        "" => Ok(None),
        typed => match typed.replace(',', ".").parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Some(number)),
            _ => Err(FieldError::new(field, "Give a number, or leave it empty.")),
        },
    }
}

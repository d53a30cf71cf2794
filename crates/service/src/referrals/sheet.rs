//! What a referral answers to its service, and how it stands to the service's rules.

use std::collections::BTreeMap;

use contract::{
    CheckState, ChecklistLine, Choice, CriterionLine, FieldError, MissingItem, OverrideLine, SheetView,
};
use domain::criteria::{self, Criterion, Facts, Severity, Verdict};
use domain::form::{self, Answers, Form};
use domain::referral::State;
use domain::{OfferedPriority, Priority};
use serde::{Deserialize, Serialize};
use store::Db;
use store::entity::{answer_sheet, document, referral, service};
use triage::completeness::{self, Kind, Present, Required};

use super::documents::accepts;
use crate::ServiceError;
use crate::facts::{self, RequiredItem};
use crate::unit::Case;
use store::Tx;

/// Names of the controls for reasons against warnings begin so.
const OVERRIDE: &str = "override-";
/// Longest reason against a warning, in characters.
const LONGEST_REASON: usize = 2_000;

/// The answers of one referral.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sheet {
    pub answers: Answers,
    /// The questions as they were answered; none while it is a draft.
    pub form: Option<Form>,
    pub form_version: i64,
    /// By the code of the rule.
    pub overrides: BTreeMap<String, Override>,
}

/// Why it is sent in spite of a warning.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Override {
    /// The rule as it read then.
    pub label: String,
    pub reason: String,
}

/// The questions of a service.
pub(crate) fn form_of(service: &service::Model) -> Form {
    // Checked when it was written; so are the rules and priorities.
    Form::read(&service.form).unwrap_or_default()
}

/// The rules of a service.
pub(crate) fn criteria_of(service: &service::Model) -> Vec<Criterion> {
    serde_json::from_str(&service.criteria).unwrap_or_default()
}

/// The questions that this case answers: a question to a specialist answers none.
fn form_for(case: &Case) -> Form {
    match case.kind() {
        domain::referral::Kind::Referral => form_of(&case.service),
        domain::referral::Kind::Advice => Form::default(),
    }
}

/// The rules that count for this case: none for a question to a specialist.
fn criteria_for(case: &Case) -> Vec<Criterion> {
    match case.kind() {
        domain::referral::Kind::Referral => criteria_of(&case.service),
        domain::referral::Kind::Advice => Vec::new(),
    }
}

/// The priorities that a service offers.
pub(crate) fn priorities_of(service: &service::Model) -> Vec<OfferedPriority> {
    OfferedPriority::read(&service.priorities).unwrap_or_default()
}

/// A priority that the service offers, as a form sent it.
pub(crate) fn priority(case: &Case, code: &str) -> Result<Priority, FieldError> {
    let offered = priorities_of(&case.service).into_iter().map(|offered| offered.code);
    Priority::from_code(code)
        .filter(|priority| offered.into_iter().any(|code| code == *priority))
        .ok_or_else(|| FieldError::new("priority", "Choose how urgent it is."))
}

/// The answers of a referral.
pub(crate) async fn read(db: &impl Db, row: &referral::Model) -> Result<Sheet, ServiceError> {
    let Some(found) = store::sheets::of_referral(db, row).await? else {
        return Ok(Sheet::default());
    };
    let broken = |error: serde_json::Error| ServiceError::Broken(format!("answers of {}: {error}", row.id));
    Ok(Sheet {
        answers: serde_json::from_str(&found.answers).map_err(broken)?,
        form: match found.form.as_str() {
            "" => None,
            json => Some(Form::read(json).map_err(broken)?),
        },
        form_version: found.form_version,
        overrides: serde_json::from_str(&found.overrides).map_err(broken)?,
    })
}

/// Takes what a form sent; `None` leaves what is there. Answers to other questions than the service's are not kept.
///
/// Errors: `Invalid` for an answer that is too long.
pub(crate) async fn take(
    db: &impl Db,
    case: &Case,
    pairs: Option<&[(String, String)]>,
) -> Result<Sheet, ServiceError> {
    let mut sheet = read(db, &case.row).await?;
    let Some(pairs) = pairs else {
        return Ok(sheet);
    };
    let form = form_for(case);
    sheet.answers = form::read_pairs(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    sheet.answers.retain(|code, _| form.field(code).is_some());
    let mut wrong = Vec::new();
    for (code, values) in &sheet.answers {
        let longest = values.iter().map(|value| value.chars().count()).max().unwrap_or_default();
        if longest > form::LONGEST_TEXT || values.len() > 100 {
            wrong.push(FieldError::new(
                &form::control(code),
                format!("This is {longest} characters long. Shorten it to {}.", form::LONGEST_TEXT),
            ));
        }
    }
    sheet.overrides.clear();
    for criterion in criteria_for(case) {
        let name = format!("{OVERRIDE}{}", criterion.code);
        let reason = pairs.iter().find(|(key, _)| *key == name).map_or("", |(_, reason)| reason.trim());
        if reason.chars().count() > LONGEST_REASON {
            wrong.push(FieldError::new(&name, format!("Shorten the reason to {LONGEST_REASON} characters.")));
        } else if !reason.is_empty() && criterion.severity == Severity::Warning {
            let kept = Override { label: criterion.label, reason: reason.to_owned() };
            sheet.overrides.insert(criterion.code, kept);
        }
    }
    if wrong.is_empty() { Ok(sheet) } else { Err(ServiceError::Invalid(wrong)) }
}

/// Writes the answers down.
pub(crate) async fn keep(
    tx: &Tx,
    case: &Case,
    sheet: &Sheet,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<(), ServiceError> {
    let nothing_asked = case.service.form.is_empty() && case.service.criteria.is_empty();
    if nothing_asked && sheet.answers.is_empty() && sheet.overrides.is_empty() && sheet.form.is_none() {
        return Ok(());
    }
    store::sheets::put(tx, row_of(&case.row, sheet, now)?).await?;
    Ok(())
}

fn row_of(
    row: &referral::Model,
    sheet: &Sheet,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<answer_sheet::Model, ServiceError> {
    let broken = |error: serde_json::Error| ServiceError::Broken(error.to_string());
    Ok(answer_sheet::Model {
        organisation_id: row.organisation_id,
        referral_id: row.id,
        answers: serde_json::to_string(&sheet.answers).map_err(broken)?,
        form: match &sheet.form {
            Some(form) => serde_json::to_string(form).map_err(broken)?,
            None => String::new(),
        },
        form_version: sheet.form_version,
        overrides: serde_json::to_string(&sheet.overrides).map_err(broken)?,
        saved_at: now.timestamp_millis(),
    })
}

/// Settles the answers for sending: the questions as they are now are kept with them, and only those reasons that a
/// warning still needs.
pub(crate) fn settle(
    case: &Case,
    sheet: Sheet,
    documents: &[document::Model],
    now: chrono::DateTime<chrono::Utc>,
) -> Sheet {
    let form = form_for(case);
    let unmet: Vec<String> = findings(case, &sheet, documents, now)
        .into_iter()
        .filter(|line| line.verdict != Verdict::Met)
        .map(|line| line.code)
        .collect();
    Sheet {
        answers: form.settled(&sheet.answers),
        form: Some(form),
        form_version: case.service.form_version,
        overrides: sheet.overrides.into_iter().filter(|(code, _)| unmet.contains(code)).collect(),
    }
}

/// Copies the answers to the referral that continues this one; a draft is asked anew, with the answers filled in.
pub(crate) async fn copy(
    tx: &Tx,
    from: &referral::Model,
    to: &referral::Model,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<(), ServiceError> {
    let mut sheet = read(&**tx, from).await?;
    if sheet.form.is_none() && sheet.answers.is_empty() {
        return Ok(());
    }
    if to.state == State::Draft.code() {
        sheet.form = None;
    }
    store::sheets::put(tx, row_of(to, &sheet, now)?).await?;
    Ok(())
}

/// Everything that stands between a draft and its sending.
pub(crate) fn unready(
    case: &Case,
    sheet: &Sheet,
    documents: &[document::Model],
    reason: &str,
    now: chrono::DateTime<chrono::Utc>,
) -> Vec<MissingItem> {
    let form = form_for(case);
    let faults = form.faults(&sheet.answers);
    let required: Vec<Required> = faults
        .iter()
        .filter(|fault| fault.is_missing)
        .map(|fault| Required {
            code: form::control(&fault.code),
            label: fault.label.clone(),
            kind: Kind::Field,
            remedy: fault.remedy.clone(),
        })
        .collect();
    let mut found: Vec<MissingItem> = completeness::reason(reason).map(facts::item).into_iter().collect();
    found.extend(completeness::lacking(&required, &Present::default()).into_iter().map(facts::item));
    found.extend(faults.into_iter().filter(|fault| !fault.is_missing).map(|fault| MissingItem {
        code: form::control(&fault.code),
        label: fault.label,
        remedy: fault.remedy,
    }));
    found.extend(facts::missing(&case.required(), documents));
    found.extend(findings(case, sheet, documents, now).into_iter().filter_map(|line| unmet(case, &line)));
    found
}

fn unmet(case: &Case, line: &CriterionLine) -> Option<MissingItem> {
    let (code, remedy) = match (line.verdict, line.severity) {
        (Verdict::Met, _) => return None,
        (_, Severity::Warning) if !line.reason.is_empty() => return None,
        (_, Severity::Warning) => {
            let remedy = "This service asks for it. Put it right, or say why you refer in spite of it.";
            (format!("{OVERRIDE}{}", line.code), remedy.to_owned())
        }
        (Verdict::Unknown, Severity::Stop) => {
            (format!("criterion-{}", line.code), "It cannot be told yet. Give what it depends on.".to_owned())
        }
        (Verdict::Unmet, Severity::Stop) => {
            let phone = case.service.phone.as_ref().or(case.organisation.phone.as_ref());
            let call = phone.map_or(String::new(), |phone| format!(", or call them on {phone}"));
            let remedy = format!("This service takes no other referrals. Choose another service{call}.");
            (format!("criterion-{}", line.code), remedy)
        }
    };
    Some(MissingItem { code, label: line.label.clone(), remedy })
}

/// The field of the composer at which something is put right.
pub(crate) fn field_of(item: &MissingItem, required: &[RequiredItem]) -> String {
    if required.iter().any(|wanted| wanted.code == item.code) { "document" } else { &item.code }.to_owned()
}

/// The rules that count, with how they stand.
fn findings(
    case: &Case,
    sheet: &Sheet,
    documents: &[document::Model],
    now: chrono::DateTime<chrono::Utc>,
) -> Vec<CriterionLine> {
    let all = criteria_for(case);
    let today = now.with_timezone(&case.zone()).date_naive();
    let answers = form_for(case).settled(&sheet.answers);
    let there = facts::present(documents);
    let known = Facts {
        age: facts::birth_date(&case.patient).and_then(|born| facts::age(born, today)),
        sex: &case.patient.sex,
        priority: case.priority(),
        answers: &answers,
        documents: &there,
    };
    criteria::judge(&all, &known)
        .into_iter()
        .map(|finding| CriterionLine {
            code: finding.criterion.code.clone(),
            label: finding.criterion.label.clone(),
            why: finding.criterion.why.clone(),
            severity: finding.criterion.severity,
            verdict: finding.verdict,
            reason: sheet
                .overrides
                .get(&finding.criterion.code)
                .map_or(String::new(), |kept| kept.reason.clone()),
        })
        .collect()
}

/// The sheet as pages show it.
pub(crate) async fn view(
    db: &impl Db,
    case: &Case,
    documents: &[document::Model],
    document_bytes: u64,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<SheetView, ServiceError> {
    let sheet = read(db, &case.row).await?;
    let is_draft = case.state == State::Draft;
    let criteria = if is_draft { findings(case, &sheet, documents, now) } else { Vec::new() };
    let overridden = sheet.overrides.values().filter(|_| !is_draft);
    let form = match sheet.form {
        Some(form) if !is_draft => form,
        _ if is_draft => form_for(case),
        _ => Form::default(),
    };
    Ok(SheetView {
        said: form.said(&sheet.answers),
        criteria,
        overridden: overridden
            .map(|kept| OverrideLine { label: kept.label.clone(), reason: kept.reason.clone() })
            .collect(),
        priorities: priorities_of(&case.service)
            .into_iter()
            .map(|offered| Choice {
                value: offered.code.code().to_owned(),
                label: String::new(),
                hint: Some(offered.about()).filter(|about| !about.is_empty()),
            })
            .collect(),
        checklist: case
            .required()
            .into_iter()
            .map(|item| ChecklistLine {
                accepts: accepts(&item, document_bytes),
                state: check_state(&item.code, documents),
                code: item.code,
                label: item.label,
            })
            .collect(),
        form,
        answers: sheet.answers,
    })
}

/// How a document that is asked for stands: the best of what was added counts.
fn check_state(code: &str, documents: &[document::Model]) -> CheckState {
    let scans: Vec<&str> =
        documents.iter().filter(|row| row.kind == code).map(|row| row.scan.as_str()).collect();
    let has = |wanted: &str| scans.contains(&wanted);
    if has("clean") || has("unscanned") {
        CheckState::There
    } else if has("waiting") {
        CheckState::Waiting
    } else if has("infected") {
        CheckState::Refused
    } else {
        CheckState::Missing
    }
}

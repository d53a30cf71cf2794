//! One document that a service asks for.

use contract::{RequiredInput, RequiredPage};
use domain::{ServiceId, form};

use super::{Rules, change, find};
use crate::facts::RequiredItem;
use crate::referrals::KINDS;
use crate::{Call, Desk, ServiceError};

/// The form of a document, or of a new one. Administrators.
pub async fn required_page(
    desk: &Desk,
    call: &Call,
    id: ServiceId,
    code: Option<&str>,
) -> Result<RequiredPage, ServiceError> {
    let (row, rules) = find(desk, call, id).await?;
    let input = match code {
        Some(code) => input_of(&rules.documents[position(&rules, code)?]),
        None => RequiredInput::default(),
    };
    Ok(RequiredPage {
        service: row.name,
        input,
        kinds: KINDS.iter().map(|kind| (*kind).to_owned()).collect(),
        limit_mb: desk.settings.document_bytes / 1_000_000,
    })
}

/// Adds a document at the end, or changes one in its place. It keeps its code, so that documents already sent still count.
/// Administrators.
pub async fn save_required(
    desk: &Desk,
    call: &Call,
    id: ServiceId,
    code: Option<&str>,
    input: &RequiredInput,
) -> Result<(), ServiceError> {
    change(desk, call, id, "save-required", &(code, input), |rules| {
        let at = match code {
            Some(code) => position(rules, code)?,
            None => rules.documents.len(),
        };
        let max_mb = match input.max_mb.trim() {
            "" => None,
            typed => Some(typed.parse::<u32>().map_err(|_| {
                ServiceError::invalid("max_mb", "Give a whole number of MB, or leave it empty.")
            })?),
        };
        let label = input.label.trim();
        let is_taken = |code: &str| code == "other" || rules.documents.iter().any(|item| item.code == code);
        let item = RequiredItem {
            code: rules
                .documents
                .get(at)
                .map_or_else(|| form::fresh_code(label, "document", is_taken), |known| known.code.clone()),
            label: label.to_owned(),
            kinds: input.kinds.split(',').filter(|kind| !kind.is_empty()).map(str::to_owned).collect(),
            max_mb,
        };
        match rules.documents.get_mut(at) {
            Some(known) => *known = item,
            None => rules.documents.push(item),
        }
        Ok(format!("documents[{at}]"))
    })
    .await
}

fn position(rules: &Rules, code: &str) -> Result<usize, ServiceError> {
    rules.documents.iter().position(|item| item.code == code).ok_or(ServiceError::NotFound)
}

fn input_of(item: &RequiredItem) -> RequiredInput {
    RequiredInput {
        label: item.label.clone(),
        kinds: item.kinds.join(","),
        max_mb: item.max_mb.map_or(String::new(), |most| most.to_string()),
    }
}

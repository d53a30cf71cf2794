//! The priorities that a service offers, and what they mean there.

use contract::{FieldError, PriorityInput, PriorityRow};
use domain::{OfferedPriority, Priority, ServiceId};

use super::{Rules, change};
use crate::{Call, Desk, ServiceError};

/// Sets which priorities can be asked for. Administrators.
///
/// Errors: `Invalid` with the fields `offered` or `CODE-days`, `CODE-meaning`.
pub async fn save_priorities(
    desk: &Desk,
    call: &Call,
    id: ServiceId,
    inputs: &[PriorityInput],
) -> Result<(), ServiceError> {
    change(desk, call, id, "save-priorities", &inputs, |rules| {
        let mut wrong = Vec::new();
        let mut offered = Vec::new();
        for input in inputs.iter().filter(|input| input.offered == "1") {
            let Some(code) = Priority::from_code(&input.code) else {
                continue;
            };
            let days = match input.days.trim() {
                "" => None,
                typed => match typed.parse::<u32>().ok().filter(|days| (1..=730).contains(days)) {
                    Some(days) => Some(days),
                    None => {
                        let remedy = "Give days from 1 to 730, or leave it empty.";
                        wrong.push(FieldError::new(&format!("{code}-days"), remedy));
                        None
                    }
                },
            };
            let meaning = input.meaning.trim().to_owned();
            if meaning.chars().count() > 300 {
                wrong.push(FieldError::new(&format!("{code}-meaning"), "Shorten it to 300 characters."));
            }
            offered.push(OfferedPriority { code, meaning, days });
        }
        if offered.is_empty() {
            wrong.push(FieldError::new("offered", "Offer at least one priority."));
        }
        if !wrong.is_empty() {
            return Err(ServiceError::Invalid(wrong));
        }
        rules.priorities = offered;
        Ok("priorities".to_owned())
    })
    .await
}

pub(super) fn rows(rules: &Rules) -> Vec<PriorityRow> {
    Priority::ALL
        .iter()
        .map(|code| {
            let found = rules.priorities.iter().find(|offered| offered.code == *code);
            PriorityRow {
                code: code.code().to_owned(),
                is_offered: found.is_some(),
                meaning: found.map_or(String::new(), |offered| offered.meaning.clone()),
                days: found.and_then(|offered| offered.days).map_or(String::new(), |days| days.to_string()),
            }
        })
        .collect()
}

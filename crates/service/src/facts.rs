//! Small facts that several functions read from rows.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use contract::MissingItem;
use serde::{Deserialize, Serialize};
use store::entity::{document, patient};

/// Something that a service wants with every referral.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequiredItem {
    pub code: String,
    pub label: String,
}

/// An instant from stored milliseconds.
pub fn instant(ms: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(ms).unwrap_or_default()
}

/// The patient's date of birth.
pub fn birth_date(patient: &patient::Model) -> Option<NaiveDate> {
    patient.birth_date.as_deref().and_then(|text| text.parse().ok())
}

/// Whole years of age on a day.
pub fn age(born: NaiveDate, today: NaiveDate) -> Option<u32> {
    let had_birthday = (today.month(), today.day()) >= (born.month(), born.day());
    u32::try_from(today.year() - born.year() - i32::from(!had_birthday)).ok()
}

/// Required items that no document brings.
pub fn missing(required: &[RequiredItem], documents: &[document::Model]) -> Vec<MissingItem> {
    required
        .iter()
        .filter(|item| !documents.iter().any(|document| document.kind == item.code))
        .map(|item| MissingItem {
            code: item.code.clone(),
            label: item.label.clone(),
            remedy: format!("Add a document: {}.", item.label),
        })
        .collect()
}

/// A size in words: "1.2 MB".
pub fn size(bytes: i64) -> String {
    match bytes {
        ..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}

/// The recorded sex, as the suggestions read it.
pub fn sex(code: &str) -> Option<triage::urgency::Sex> {
    match code {
        "female" => Some(triage::urgency::Sex::Female),
        "male" => Some(triage::urgency::Sex::Male),
        _ => None,
    }
}

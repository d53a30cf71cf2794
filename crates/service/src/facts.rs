//! Small facts that several functions read from rows.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use contract::MissingItem;
use domain::Role;
use domain::referral::{Passage, State};
use serde::{Deserialize, Serialize};
use store::entity::{document, event, patient};
use triage::completeness::{self, Kind, Missing, Present, Required};

/// Something that a service wants with every referral.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequiredItem {
    pub code: String,
    pub label: String,
    /// Media types that are taken; empty: every one that we take.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<String>,
    /// Largest file in MB (1,000,000 bytes), below the installation's own limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_mb: Option<u32>,
}

/// An instant from stored milliseconds.
pub fn instant(ms: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(ms).unwrap_or_default()
}

/// The patient's date of birth.
pub fn birth_date(patient: &patient::Model) -> Option<NaiveDate> {
    patient.birth_date.as_deref().and_then(domain::dates::day)
}

/// How a message greets somebody.
pub fn first_name(patient: &patient::Model) -> String {
    patient.given.split_whitespace().next().unwrap_or_default().to_owned()
}

/// Whole years of age on a day.
pub fn age(born: NaiveDate, today: NaiveDate) -> Option<u32> {
    let had_birthday = (today.month(), today.day()) >= (born.month(), born.day());
    u32::try_from(today.year() - born.year() - i32::from(!had_birthday)).ok()
}

/// Required items that no document brings. One in which malware was found brings nothing.
pub fn missing(required: &[RequiredItem], documents: &[document::Model]) -> Vec<MissingItem> {
    let required: Vec<Required> = required
        .iter()
        .map(|item| Required {
            code: item.code.clone(),
            label: item.label.clone(),
            kind: Kind::Document,
            remedy: format!("Add a document: {}.", item.label),
        })
        .collect();
    let documents = present(documents);
    let present = Present { documents, ..Present::default() };
    completeness::lacking(&required, &present).into_iter().map(item).collect()
}

/// Kinds of the documents that are there.
pub fn present(documents: &[document::Model]) -> Vec<String> {
    let sound = documents.iter().filter(|document| document.scan != "infected");
    sound.map(|document| document.kind.clone()).collect()
}

/// A missing thing as pages show it.
pub fn item(found: Missing) -> MissingItem {
    MissingItem { code: found.code, label: found.label, remedy: found.remedy }
}

/// The states that a referral went through, by its history.
pub fn passages(history: &[event::Model]) -> Vec<Passage> {
    let passage =
        |row: &event::Model| Some(Passage { at: instant(row.at), state: State::from_code(&row.to_state)? });
    history.iter().filter_map(passage).collect()
}

/// Whether a role works on the referrals that an organisation receives.
pub fn works_referrals(role: &str) -> bool {
    matches!(Role::from_code(role), Some(Role::Specialist | Role::Coordinator))
}

/// A code made of words: small letters and digits with hyphens between, at most 60.
pub fn slug(words: &str) -> String {
    let lowered = words.to_lowercase();
    let parts = lowered.split(|letter: char| !letter.is_alphanumeric()).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("-").chars().take(60).collect()
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

//! Keying in a referral that came by fax, phone or letter.

use serde::{Deserialize, Serialize};

use crate::Choice;

/// A patient who is not known here yet, as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NewPatient {
    pub given: String,
    pub family: String,
    pub birth_date_day: String,
    pub birth_date_month: String,
    pub birth_date_year: String,
    /// female, male, other or unknown.
    pub sex: String,
    pub nhs_number: String,
    pub phone: String,
    pub email: String,
    pub address: String,
    /// "1": compared with those who are alike; it is another person.
    pub another: String,
}

/// A referral from outside, as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct KeyInInput {
    pub patient: String,
    pub service: String,
    /// fax, phone or letter.
    pub came: String,
    pub received_day: String,
    pub received_month: String,
    pub received_year: String,
    /// An organisation that is known here, or empty.
    pub known: String,
    /// Where the referrer works, when that is not known here.
    pub organisation: String,
    pub person: String,
    pub email: String,
    pub address: String,
    pub priority: String,
    pub reason: String,
}

/// Somebody on record beside the one who is typed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alike {
    pub id: String,
    pub name: String,
    pub birth_date: String,
    pub nhs_number: String,
    pub address: String,
    pub phone: String,
    /// What is the same: "NHS number", "date of birth", "family name".
    pub same: Vec<String>,
}

/// A referral here of somebody whom another organisation has on record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownHere {
    /// Id of the referral.
    pub referral: String,
    pub reference: String,
    pub name: String,
    pub birth_date: String,
    pub service: String,
    pub state: domain::referral::State,
}

/// The page on which a referral is keyed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyInPage {
    /// What was searched for.
    pub words: String,
    pub patients: Vec<Choice>,
    /// Referrals that are here of patients whom others have on record.
    #[serde(default)]
    pub here: Vec<KnownHere>,
    /// Id and name of the patient who was chosen.
    pub patient: Option<(String, String)>,
    /// Services of the own organisation.
    pub services: Vec<Choice>,
    /// Other organisations that are known here.
    pub organisations: Vec<Choice>,
}

/// From whom a referral came, as its page shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutsideView {
    /// fax, phone, letter.
    pub came: String,
    pub received: String,
    pub entered: String,
    pub person: String,
    pub organisation: String,
    /// Where answers go: "by mail to …", "by post to …", or that nothing is known.
    pub answers: String,
    /// The referrer has no account here: the receiving side closes.
    pub closes_here: bool,
}

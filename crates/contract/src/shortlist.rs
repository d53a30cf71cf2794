//! Finding a service with the patient, and choosing one from a shortlist.

use serde::{Deserialize, Serialize};

use crate::Choice;

/// Most services that are compared side by side.
pub const SHORTLIST: usize = 5;

/// Which services are looked for, as kept in the URL.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ShortlistQuery {
    /// Id of the patient.
    pub patient: String,
    /// Words in name, specialty, site or conditions.
    pub q: String,
    /// Specialty code, or empty.
    pub specialty: String,
    /// "distance", "name", or empty: by wait.
    pub sort: String,
    /// Id of the last service of the page before.
    pub after: String,
    /// Ids that are ticked, joined by commas.
    pub chosen: String,
}

/// A service as patient and referrer compare it. What is not known says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceOffer {
    pub id: String,
    pub name: String,
    pub specialty: Option<String>,
    pub organisation: String,
    pub site: Option<String>,
    pub address: Option<String>,
    /// "Half are seen within 23 days, nine of ten within 40", or "Not known yet".
    pub wait: String,
    /// Where the figure comes from: "The last 34 people, seen from 3 Mar to 9 Jul".
    pub wait_basis: String,
    /// "4.2 km", or "Distance not known".
    pub distance: String,
    /// Documents that it asks for.
    pub required: Vec<String>,
    pub patient_note: Option<String>,
    pub phone: Option<String>,
    /// First free time, said; only where it was looked up.
    pub first_free: Option<String>,
}

/// Services to choose from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShortlistPage {
    pub patient_id: String,
    /// "Margaret Hale, born 31 March 1948".
    pub patient: String,
    pub offers: Vec<ServiceOffer>,
    /// Those that are ticked and not among the offers.
    pub ticked: Vec<ServiceOffer>,
    pub specialties: Vec<Choice>,
    /// How many were found in all.
    pub found: u64,
    /// Id after which the next page begins.
    pub next: Option<String>,
}

/// The shortlist side by side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComparePage {
    pub patient_id: String,
    pub patient: String,
    pub offers: Vec<ServiceOffer>,
    /// Clinicians in whose name the reader may write.
    pub in_name_of: Vec<Choice>,
}

/// What was chosen from, as the referral shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChoiceView {
    /// Each service with its wait and distance as they were shown then.
    pub offered: Vec<String>,
    pub reason: String,
    /// "Dr Osei, 3 Mar, 2:15pm".
    pub by: String,
}

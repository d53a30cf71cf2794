//! Lists on paper for the hour when nothing works.

use domain::Priority;
use domain::referral::State;
use serde::{Deserialize, Serialize};

/// One clinic's lists as they are printed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DowntimeSheet {
    pub organisation: String,
    pub service: String,
    pub site: Option<String>,
    pub phone: Option<String>,
    /// "Friday 6 March 2026, 2:00pm".
    pub made: String,
    pub visits: Vec<DowntimeVisit>,
    pub open: Vec<DowntimeReferral>,
}

/// Whom a line is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DowntimePatient {
    pub name: String,
    pub born: String,
    pub nhs_number: String,
    pub phone: String,
}

/// A visit of the coming days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DowntimeVisit {
    pub day: String,
    pub clock: String,
    pub length_min: i64,
    pub with: String,
    pub patient: DowntimePatient,
    pub reference: String,
    /// Held for the patient, not confirmed yet.
    pub is_held: bool,
}

/// An open referral.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DowntimeReferral {
    pub patient: DowntimePatient,
    pub reference: String,
    pub state: State,
    pub priority: Priority,
    pub owner: String,
    /// Next action code.
    pub next: String,
    pub due: String,
    pub is_late: bool,
    pub sent: String,
}

/// The page that lists what there is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DowntimePage {
    /// When the newest lists were made; `None`: there are none yet.
    pub made: Option<String>,
    /// Whole minutes since then.
    pub age_min: i64,
    /// They are older than they may be.
    pub is_old: bool,
    /// Why the last attempt to make them failed, and when, if it did.
    pub failure: Option<String>,
    /// Where they are on the server.
    pub folder: String,
    pub files: Vec<DowntimeFile>,
}

/// One file of the newest lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DowntimeFile {
    pub name: String,
    /// The clinic.
    pub title: String,
    /// "24 kB".
    pub size: String,
}

//! The page of a private feed.

use serde::{Deserialize, Serialize};

/// Whose visits a secret address shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FeedOf {
    /// The patient who looks.
    Patient,
    /// The clinician who looks.
    Clinician,
    /// A room or a machine.
    Room,
}

/// What there is to say of somebody's secret address; never the address itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrivateFeedPage {
    pub of: FeedOf,
    /// The room's or clinician's name; empty for patients.
    pub name: String,
    /// "3 Mar, 2:15pm": when the address in use was made; `None`: there is none.
    pub made: Option<String>,
    /// The newest first.
    pub readings: Vec<FeedReading>,
}

/// How often one kind of program read it on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedReading {
    /// "3 Mar, 2:15pm": the last time that day.
    pub when: String,
    /// "Google Calendar", "another program".
    pub program: String,
    pub times: i64,
}

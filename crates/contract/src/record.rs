//! The whole record of a referral, as it is printed and taken away.

use serde::{Deserialize, Serialize};

use crate::ReferralPage;

/// Everything that one reader may see of a referral.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WholeRecord {
    pub page: ReferralPage,
    /// Every time that was ever held or booked, oldest first.
    pub appointments: Vec<AppointmentLine>,
    /// Who looked at it or changed it, newest first: everybody for the receiving side, the own colleagues for the other.
    pub looks: Vec<LookLine>,
    /// The history as data, oldest first.
    pub history: Vec<HistoryEntry>,
    /// When and by whom this copy was made.
    pub made: String,
    pub made_by: String,
}

/// A time that was held or booked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppointmentLine {
    pub when: String,
    pub length_min: i64,
    pub who: String,
    /// held, booked, fulfilled, no-show, cancelled, lapsed.
    pub state: String,
    pub why: Option<String>,
}

/// Somebody who read or changed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LookLine {
    pub when: String,
    pub who: String,
    /// Our verb: read, accept, …
    pub action: String,
    /// referral, document, …
    pub entity: String,
    pub is_refused: bool,
}

/// A line of the history as data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryEntry {
    /// RFC 3339, UTC.
    pub at: String,
    pub kind: String,
    pub from: Option<String>,
    pub to: String,
    pub who: String,
    /// The coded reason's words.
    pub reason: Option<String>,
    pub why: Option<String>,
}

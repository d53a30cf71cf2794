//! How an installation works, for whoever runs it.

use serde::{Deserialize, Serialize};

/// The page.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperationsPage {
    pub alarms: Vec<AlarmLine>,
    /// What is due and has not left.
    pub waiting: Vec<DueMessages>,
    /// Of the last day.
    pub providers: Vec<ProviderLine>,
    pub unknown: u64,
    /// Minutes since the first of them should have left.
    pub unknown_min: u64,
    pub servers: Vec<ServerLine>,
}

/// An alarm; the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlarmLine {
    pub channel: String,
    /// "3 Mar, 2:15pm".
    pub raised: String,
    pub cleared: Option<String>,
    /// Most messages that were late at the same time.
    pub most: u64,
}

/// A channel's messages that are due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DueMessages {
    pub channel: String,
    pub count: u64,
    /// Minutes since the first of them was due.
    pub oldest_min: u64,
    pub is_late: bool,
}

/// What became of a provider's messages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderLine {
    pub channel: String,
    /// Empty: nobody was asked yet.
    pub provider: String,
    pub arrived: u64,
    pub failed: u64,
    pub unknown: u64,
    pub waiting: u64,
    pub withheld: u64,
    /// More failed than one in ten, of at least five.
    pub is_failing: bool,
}

/// A server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerLine {
    pub name: String,
    pub version: String,
    pub started: String,
    pub seen: String,
    /// Seen within the last two minutes.
    pub is_there: bool,
}

//! What staff want to be told of their own days.

use serde::{Deserialize, Serialize};

/// The form and what is around it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayNoticesForm {
    /// Whether patients are booked to them.
    pub has_visits: bool,
    /// By whose clock, as in Europe/London.
    pub zone: String,
    pub now: DayNoticesInput,
}

/// What they choose.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DayNoticesInput {
    /// off, today, tomorrow
    pub daily: String,
    /// HH:MM
    pub at: String,
    /// Ticked or empty.
    pub if_empty: String,
    /// off, at-once, daily
    pub changes: String,
    pub within_hours: String,
    /// Empty: no reminder.
    pub report_days: String,
    /// at-once, daily, in-app
    pub digest: String,
    /// email, sms, in-app
    pub channel: String,
    pub phone: String,
}

//! What Waymark told a member of staff.

use serde::{Deserialize, Serialize};

/// A page of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToldPage {
    /// How many they have not opened.
    pub unread: i64,
    pub lines: Vec<ToldLine>,
    /// Where the next page begins.
    pub next: Option<String>,
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToldLine {
    pub id: String,
    /// "3 Mar, 2:15pm".
    pub when: String,
    pub subject: String,
    /// Paragraphs without the link, which works no better here.
    pub text: Vec<String>,
    /// Channel and delivery state codes.
    pub channel: String,
    pub state: String,
    pub is_unread: bool,
    /// Reference number of the referral; empty where it is about none.
    pub reference: String,
    /// Whether there is something to open though it is about no one referral.
    #[serde(default)]
    pub leads: bool,
}

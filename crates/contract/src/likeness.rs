//! Referrals that may be about the same need, side by side.

use domain::Priority;
use domain::referral::State;
use serde::{Deserialize, Serialize};

/// Another open referral that looks like the same need.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LikeLine {
    pub id: String,
    pub reference: String,
    pub service: String,
    pub state: State,
    pub priority: Priority,
    /// "Sent 3 Mar".
    pub sent: String,
    /// Why it looks like the same, in words.
    pub reasons: Vec<String>,
    /// The later one of the two asks for more urgency.
    pub is_worse: bool,
}

/// A piece of a letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passage {
    pub text: String,
    /// The other letter does not have these words.
    pub is_unlike: bool,
}

/// One of two referrals side by side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComparedReferral {
    pub id: String,
    pub reference: String,
    pub patient: String,
    pub birth_date: String,
    pub nhs_number: Option<String>,
    pub service: String,
    pub state: State,
    pub priority: Priority,
    pub sent: String,
    pub referrer: String,
    pub owner: String,
    /// Next action code; empty when ended.
    pub next: String,
    pub due: String,
    pub documents: Vec<String>,
    pub letter: Vec<Passage>,
}

/// Two referrals side by side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LikenessPage {
    /// The one from which the reader came.
    pub this: ComparedReferral,
    pub other: ComparedReferral,
    /// Why they look alike; empty when they do not.
    pub reasons: Vec<String>,
    /// The later one asks for more urgency; its reference.
    pub worse: Option<String>,
    /// related or different, by whom and when.
    pub verdict: Option<(String, String, String)>,
}

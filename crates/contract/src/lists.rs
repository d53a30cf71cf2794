//! Lists: what they show, and filters that are kept.

use domain::referral::{AgeBand, State};
use serde::{Deserialize, Serialize};

/// What a worklist shows, as kept in the URL.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct WorklistQuery {
    /// State code; empty: all open.
    pub state: String,
    /// "1": only overdue; "today", "week": due until then.
    pub overdue: String,
    /// "me", "team" (nobody by name), or a person's id.
    pub owner: String,
    /// Kind code; empty: referrals and requests for advice.
    pub kind: String,
    /// On the referring side: "own" (the reader's, and those of clinicians who named them), "act" (of these, what waits for
    /// the referrer); empty: all of the organisation.
    pub mine: String,
    pub service: String,
    pub site: String,
    /// Priority code.
    pub priority: String,
    /// Code of `domain::referral::Waiting`.
    pub waiting: String,
    /// Code of `domain::referral::AgeBand`.
    pub age: String,
    /// "close": rows stand close together.
    pub rows: String,
    pub q: String,
    /// Where the page before ended.
    pub after: String,
}

impl WorklistQuery {
    /// Every part but the search and the place in the list, with its name in the URL. What was searched for names a patient.
    pub fn pairs(&self) -> [(&'static str, &str); 11] {
        [
            ("state", &self.state),
            ("overdue", &self.overdue),
            ("service", &self.service),
            ("site", &self.site),
            ("owner", &self.owner),
            ("kind", &self.kind),
            ("mine", &self.mine),
            ("priority", &self.priority),
            ("waiting", &self.waiting),
            ("age", &self.age),
            ("rows", &self.rows),
        ]
    }

    /// What is worth keeping under a name: without words that were searched for, a place in the list, or how rows look.
    pub fn kept(&self) -> Self {
        Self { q: String::new(), after: String::new(), rows: String::new(), ..self.clone() }
    }
}

/// How many referrals stand in a state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateCount {
    pub state: State,
    pub count: i64,
    pub overdue: i64,
    /// How many of them are how old, in the order of `AgeBand::ALL`; of what is open alone.
    #[serde(default)]
    pub ages: [i64; AgeBand::ALL.len()],
}

/// A kept filter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedView {
    pub id: String,
    pub name: String,
    pub query: WorklistQuery,
    /// Everybody of the organisation has it on their list.
    pub is_shared: bool,
    /// The reader may rename and remove it.
    pub may_change: bool,
}

/// A filter to keep.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SavedViewInput {
    pub name: String,
    /// "all": for the organisation; else for the person alone.
    pub audience: String,
}

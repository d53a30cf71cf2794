//! What loading a configuration came to.

use serde::{Deserialize, Serialize};

/// What a configuration document changed, or would change.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfigReport {
    /// Nothing was written when there is one.
    pub problems: Vec<ConfigProblem>,
    pub changes: Vec<ConfigChange>,
}

/// What is wrong in a configuration document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfigProblem {
    /// `services[0].questions[2].kind`; empty: the document as a whole.
    pub path: String,
    pub remedy: String,
}

/// One field of one thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfigChange {
    /// organisation, site, team, person, service.
    pub entity: String,
    pub name: String,
    pub field: String,
    pub before: String,
    pub after: String,
}

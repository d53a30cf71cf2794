//! Sites and teams, as administrators see and send them.

use serde::{Deserialize, Serialize};

use crate::{ChangeLine, Choice};

/// A site in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteLine {
    pub id: String,
    pub name: String,
    pub address: String,
    pub phone: String,
    /// Address of a map; empty: neither named nor can it be made.
    pub map: String,
    pub services: Vec<String>,
}

/// A site as an administrator fills it in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SiteInput {
    pub name: String,
    pub address: String,
    pub phone: String,
    pub zone: String,
    /// Degrees WGS 84; empty: not known.
    pub latitude: String,
    pub longitude: String,
    pub map_url: String,
    /// "1": one gets in without a step.
    #[serde(default)]
    pub step_free: String,
}

/// The form of a site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteForm {
    /// Empty: a new one.
    pub id: String,
    pub input: SiteInput,
    pub map: String,
    pub changes: Vec<ChangeLine>,
}

/// A team in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamLine {
    pub id: String,
    pub name: String,
    pub phone: String,
    pub members: Vec<String>,
    pub services: Vec<String>,
}

/// A team as an administrator fills it in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TeamInput {
    pub name: String,
    pub phone: String,
    /// Ids of people, joined by commas.
    pub members: String,
}

/// The form of a team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamForm {
    /// Empty: a new one.
    pub id: String,
    pub input: TeamInput,
    pub people: Vec<Choice>,
    pub changes: Vec<ChangeLine>,
}

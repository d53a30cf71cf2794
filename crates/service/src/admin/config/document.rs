//! The document: what it may say.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use contract::ConfigProblem;
use domain::criteria::Criterion;
use domain::form::Form;
use domain::referral::Act;
use domain::reminders::Rules as Reminders;
use domain::reply::Audience;
use domain::template::{Part, Template};
use domain::{OfferedPriority, Role};
use serde::{Deserialize, Serialize};

use crate::facts::RequiredItem;

/// More than this is not read.
pub const MOST_BYTES: usize = 4 * 1024 * 1024;

/// The version of this format.
const VERSION: u32 = 1;

/// How a document is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Json,
    Toml,
}

impl Format {
    /// By the first character: JSON documents begin with a brace.
    pub fn of(text: &str) -> Self {
        if text.trim_start_matches('\u{feff}').trim_start().starts_with('{') {
            Self::Json
        } else {
            Self::Toml
        }
    }
}

/// An organisation's configuration.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfigDocument {
    /// Version of the format: 1.
    pub waymark_config: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<Organisation>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<Person>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sites: Vec<Site>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub teams: Vec<Team>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<Service>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<Reason>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replies: Vec<Reply>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<Message>,
}

/// The organisation itself.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Organisation {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// IANA time zone name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// Of messages to patients whose own language has no words, BCP 47.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Days by the name of the clock; replaces all that are set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clocks: Option<BTreeMap<String, u32>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holidays: Option<Vec<NaiveDate>>,
    /// Mail address of a colleague; empty: the first administrator.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub escalate_to: Option<String>,
    /// Mail address of whoever is told of emergency access; empty: every administrator.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub privacy_contact: Option<String>,
    /// One message to more patients than this needs a second person who agrees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approve_many_above: Option<u32>,
}

/// A member of staff, found by the mail address. One who is not there is invited.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    pub email: String,
    pub name: String,
    pub roles: Vec<Role>,
    /// The last day on which they sign in, YYYY-MM-DD; empty: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_day: Option<String>,
    /// The last days of single roles, YYYY-MM-DD; a role that is not named here has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role_last_days: Option<BTreeMap<Role, String>>,
}

/// A place where people are seen.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Site {
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// Degrees WGS 84, both or neither.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latitude: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub longitude: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub map_url: Option<String>,
    /// One gets in without a step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step_free: Option<bool>,
}

/// A team.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Team {
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Mail addresses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub members: Option<Vec<String>>,
}

/// A service with all that it asks.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Service {
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active: Option<bool>,
    /// Name of a site; empty: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
    /// Name of the team; made when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub specialty_code: Option<String>,
    /// The specialty as people say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub specialty: Option<String>,
    /// What the service sees, as referrers search for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keywords: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patient_note: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visit_min: Option<u32>,
    /// Mail address of a colleague; empty: the first coordinator.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub escalate_to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clocks: Option<BTreeMap<String, u32>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub questions: Option<Form>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub criteria: Option<Vec<Criterion>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub documents: Option<Vec<RequiredItem>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priorities: Option<Vec<OfferedPriority>>,
    /// What it reminds its patients of. What is left out within it is the product's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reminders: Option<Reminders>,
}

/// A coded reason, found by its act and its code; without a code by its act and its label.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    pub act: Act,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    pub label: String,
    /// Whether it is too general to stand alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment_forced: Option<bool>,
    /// What the patient could read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patient_line: Option<String>,
    /// Whether forms offer it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active: Option<bool>,
}

/// A text to begin with, found by its title.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reply {
    pub title: String,
    pub text: String,
    pub audience: Audience,
    /// The act for which it is offered; left out: any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<Act>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active: Option<bool>,
}

/// A message's words, found by its code and language. An empty text stands for the product's own words, one that is left out for what is
/// there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Message {
    pub code: Template,
    /// BCP 47; left out: English.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sms: Option<String>,
    /// Paragraphs, with an empty line between two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub push: Option<String>,
}

impl Message {
    /// The text that the document gives for a part.
    pub fn get(&self, part: Part) -> Option<&String> {
        match part {
            Part::Subject => self.subject.as_ref(),
            Part::Sms => self.sms.as_ref(),
            Part::Body => self.body.as_ref(),
            Part::Action => self.action.as_ref(),
            Part::Push => self.push.as_ref(),
        }
    }
}

/// Reads a document.
///
/// # Errors
/// What is wrong first, with its path.
pub fn read(text: &str) -> Result<ConfigDocument, ConfigProblem> {
    if text.len() > MOST_BYTES {
        return Err(problem("", format!("It is larger than {} MiB. Split it.", MOST_BYTES / 1024 / 1024)));
    }
    let text = text.trim_start_matches('\u{feff}');
    let document: ConfigDocument = match Format::of(text) {
        Format::Json => {
            let mut reader = serde_json::Deserializer::from_str(text);
            let document = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
                problem(&error.path().to_string(), format!("{}. Put it right and try again.", error.inner()))
            })?;
            reader.end().map_err(|error| problem("", format!("{error}. One document is expected.")))?;
            document
        }
        Format::Toml => {
            let reader = toml::Deserializer::parse(text).map_err(|error| {
                problem("", format!("This is neither JSON nor TOML: {}", error.message()))
            })?;
            serde_path_to_error::deserialize(reader).map_err(|error| {
                let said = error.inner().message().to_owned();
                problem(&error.path().to_string(), format!("{said}. Put it right and try again."))
            })?
        }
    };
    match document.waymark_config {
        VERSION => Ok(document),
        other => {
            Err(problem("waymark_config", format!("Version {other} is not known here. Write {VERSION}.")))
        }
    }
}

fn problem(path: &str, remedy: String) -> ConfigProblem {
    let path = if path == "." { "" } else { path };
    ConfigProblem { path: path.to_owned(), remedy }
}

impl ConfigDocument {
    /// An empty one of this version.
    pub fn empty() -> Self {
        Self { waymark_config: VERSION, ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_and_toml_say_the_same() {
        let json = r#"{"waymark_config":1,"services":[{"name":"Heart clinic","visit_min":30,
            "questions":[{"code":"smokes","label":"Smokes?","kind":"yes-no","required":true}]}]}"#;
        let toml = "waymark_config = 1\n[[services]]\nname = 'Heart clinic'\nvisit_min = 30\n\
            [[services.questions]]\ncode = 'smokes'\nlabel = 'Smokes?'\nkind = 'yes-no'\nrequired = true\n";
        assert_eq!(read(json).unwrap(), read(toml).unwrap());
    }

    #[test]
    fn what_cannot_be_read_is_named_by_its_path() {
        for (text, path) in [
            (r#"{"waymark_config":1,"services":[{"nam":"x"}]}"#, "services[0].nam"),
            (
                r#"{"waymark_config":1,"services":[{"name":"x","questions":[{"code":"a","label":"A","kind":"slider"}]}]}"#,
                "services[0].questions[0].kind",
            ),
            (
                r#"{"waymark_config":1,"people":[{"email":"a@b.c","name":"A","roles":["king"]}]}"#,
                "people[0].roles[0]",
            ),
            (r#"{"waymark_config":2}"#, "waymark_config"),
            (r#"{"waymark_config":1} {}"#, ""),
            (r#"{"waymark_config":1,"reasons":[{"act":"sneeze","label":"x"}]}"#, "reasons[0].act"),
            (r#"{"waymark_config":1,"messages":[{"code":"sneeze"}]}"#, "messages[0].code"),
            ("waymark_config = 1\n[organisation]\nzon = 'x'\n", "organisation.zon"),
            ("nonsense", ""),
            ("", ""),
        ] {
            let found = read(text).unwrap_err();
            assert_eq!(found.path, path, "{text}: {found:?}");
            assert!(!found.remedy.is_empty());
        }
    }
}

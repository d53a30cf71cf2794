//! Messages' words, as administrators read and write them.

use domain::template::{Part, Place, Template, Texts};
use serde::{Deserialize, Serialize};

use crate::ChangeLine;

/// An organisation's texts of a message as an administrator writes them. An empty one stands for the product's own words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TemplateInput {
    /// From which version the form was made.
    pub version: String,
    pub subject: String,
    pub sms: String,
    pub body: String,
    pub action: String,
    pub push: String,
}

impl TemplateInput {
    pub fn texts(&self) -> Texts {
        Texts {
            subject: self.subject.clone(),
            sms: self.sms.clone(),
            body: self.body.clone(),
            action: self.action.clone(),
            push: self.push.clone(),
        }
    }
}

/// A message in the administrator's list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateLine {
    pub template: Template,
    /// Whether the organisation has words of its own.
    pub is_own: bool,
    /// Who changed it last, and when; empty: nobody ever did.
    pub changed: String,
}

/// A place that can stand in the texts of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceLine {
    pub place: Place,
    /// In which texts it may stand.
    pub may: Vec<Part>,
    /// In which of them it must.
    pub must: Vec<Part>,
}

/// A message with example data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplatePreview {
    /// None: it is never a text message.
    pub sms: Option<SmsPreview>,
    pub subject: String,
    /// The mail in plain text; an empty line parts paragraphs.
    pub text: String,
    /// None: it is never a notice on a phone.
    pub push: Option<String>,
}

/// A text message with example data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SmsPreview {
    pub text: String,
    /// How many text messages it costs, and with the longest values.
    pub segments: u64,
    pub most_segments: u64,
}

/// The page of one message's words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplatePage {
    pub template: Template,
    pub version: i64,
    /// What is saved.
    pub own: Texts,
    pub built_in: Texts,
    /// The texts that the message has.
    pub parts: Vec<Part>,
    pub places: Vec<PlaceLine>,
    pub preview: TemplatePreview,
    pub changes: Vec<ChangeLine>,
}

//! Messages' words, as administrators read and write them.

use domain::template::{Part, Place, Template, Texts};
use serde::{Deserialize, Serialize};

use crate::LetterPiece;

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
    /// The languages in which the organisation has words of its own, or a draft of some.
    pub languages: Vec<LanguageLine>,
    /// Who wrote last, and when; empty: nobody ever did.
    pub changed: String,
}

/// A language of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LanguageLine {
    /// BCP 47, small letters.
    pub tag: String,
    pub name: String,
    /// Words of the organisation's own are sent.
    pub is_own: bool,
    /// A version waits to be approved.
    pub waits: bool,
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
    /// `GSM-7` or `UCS-2`.
    pub encoding: String,
    /// Septets or UTF-16 units.
    pub units: u64,
    /// How many text messages it costs, and with the longest values.
    pub segments: u64,
    pub most_segments: u64,
}

/// A version that somebody wrote and nobody has approved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WordsDraft {
    pub version: i64,
    pub who: String,
    pub when: String,
    /// Whether whoever looks may approve it; else it waits for another administrator.
    pub may_approve: bool,
    /// What it changes of what is sent now, by text.
    pub differences: Vec<(Part, Vec<LetterPiece>)>,
}

/// A version of an organisation's words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WordsVersion {
    pub version: i64,
    pub who: String,
    pub when: String,
    /// Who approved it and when; empty: nobody.
    pub approved: String,
    /// It is sent now.
    pub is_live: bool,
    /// The older version that was brought back with it.
    pub from_version: Option<i64>,
    /// Nothing but the product's own words.
    pub is_product: bool,
    /// What it changed of the version before it, by text.
    pub differences: Vec<(Part, Vec<LetterPiece>)>,
}

/// The page of one message's words in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplatePage {
    pub template: Template,
    /// BCP 47, small letters.
    pub language: String,
    /// The language in English.
    pub language_name: String,
    /// Where the organisation could write, or has written.
    pub languages: Vec<LanguageLine>,
    /// The language of messages to patients whose own has no words.
    pub is_house_language: bool,
    /// Of the newest version, draft or not; 0: there is none.
    pub version: i64,
    /// Which is sent; 0: none.
    pub live_version: i64,
    /// The texts of the newest version.
    pub own: Texts,
    /// The product's; in another language than its own they stand for nothing.
    pub built_in: Texts,
    /// The texts that the message has.
    pub parts: Vec<Part>,
    pub places: Vec<PlaceLine>,
    pub preview: TemplatePreview,
    pub draft: Option<WordsDraft>,
    /// The newest first.
    pub versions: Vec<WordsVersion>,
    /// Mail address of whoever looks, for a test.
    pub mail: String,
}

/// A message as it would say something about a real referral.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RealPreview {
    pub template: Template,
    pub language: String,
    pub language_name: String,
    /// 0: the product's words.
    pub version: i64,
    /// Nobody has approved it yet.
    pub is_draft: bool,
    pub reference: String,
    /// The language in which this patient would be written to now.
    pub patient_language: String,
    /// What there is no value for and an example stands, by place.
    pub examples: Vec<Place>,
    pub preview: TemplatePreview,
}

/// Where a test goes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TestInput {
    /// `mail`: to one's own address; `sms`: to the number.
    pub way: String,
    pub number: String,
}

/// What a patient who reads a language would get, with example data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WordsPreview {
    pub template: Template,
    /// In which it is said, BCP 47 in small letters.
    pub language: String,
    /// 0: the product's words.
    pub version: i64,
    /// A newer version that waits to be approved.
    pub draft: Option<i64>,
    pub preview: TemplatePreview,
    /// What could not be written any more: it is said in the product's words instead.
    pub problems: Vec<crate::FieldError>,
}

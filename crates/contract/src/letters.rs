//! The print queue: letters that go by post.

use serde::{Deserialize, Serialize};

/// Which letters are shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LetterPile {
    #[default]
    ToPrint,
    Printed,
    Posted,
    /// There is no address that a letter reaches.
    Stuck,
    /// The post brought them back.
    Returned,
}

impl LetterPile {
    pub const ALL: [Self; 5] = [Self::ToPrint, Self::Printed, Self::Posted, Self::Stuck, Self::Returned];

    /// As it stands in an address.
    pub const fn code(self) -> &'static str {
        match self {
            Self::ToPrint => "to-print",
            Self::Printed => "printed",
            Self::Posted => "posted",
            Self::Stuck => "stuck",
            Self::Returned => "returned",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|pile| pile.code() == code)
    }
}

/// A page of the print queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LettersPage {
    pub pile: LetterPile,
    /// How many there are in each pile that waits for somebody.
    pub to_print: i64,
    pub printed: i64,
    pub stuck: i64,
    /// How many have waited for the printer for more than a day.
    pub late: i64,
    pub lines: Vec<LetterLine>,
    /// Where the next page begins.
    pub next: Option<String>,
}

/// One letter in the queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LetterLine {
    pub id: String,
    /// Template code.
    pub template: String,
    /// "Hale, Margaret", or the clinician outside to whom it goes.
    pub to: String,
    /// Reference number of the referral; empty where it is about none.
    pub reference: String,
    pub referral: Option<String>,
    /// "3 Mar, 2:15pm": since when it may go.
    pub when: String,
    pub is_late: bool,
    /// The print in which it was, and when, by whom.
    pub batch: Option<String>,
    pub printed: Option<String>,
    pub posted: Option<String>,
    pub returned: Option<String>,
    /// no-address or address-returned; empty: neither.
    pub stuck: String,
}

/// A letter as it is printed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LetterSheet {
    pub id: String,
    pub organisation: String,
    /// Where the organisation is, on one line; empty where that is not known.
    pub organisation_address: String,
    pub phone: Option<String>,
    /// Name and address, as they stand in the window.
    pub address: Vec<String>,
    /// "6 March 2026".
    pub date: String,
    pub reference: String,
    pub subject: String,
    pub paragraphs: Vec<String>,
    /// Where a patient begins on the web with the reference number; empty for others.
    pub web: String,
}

/// Letters that were printed together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LetterBatch {
    pub id: String,
    pub sheets: Vec<LetterSheet>,
    /// All of them have been posted.
    pub is_posted: bool,
}

/// What became of letters that somebody chose to print.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Printed {
    /// None: there was nothing to print.
    pub batch: Option<String>,
    pub printed: usize,
    /// They were out of date by now.
    pub withheld: usize,
    /// There is no address that reaches anybody.
    pub stuck: usize,
    /// Somebody else was quicker.
    pub gone: usize,
}

/// What somebody does with a letter or a print.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LetterAct {
    /// It lies in the post box.
    Posted,
    /// It does not, after all.
    NotPosted,
    /// The printer did not print it.
    NotPrinted,
    /// The post brought it back.
    Returned,
    /// They were told in another way.
    ToldOtherwise,
}

impl LetterAct {
    pub fn from_code(code: &str) -> Option<Self> {
        Some(match code {
            "posted" => Self::Posted,
            "not-posted" => Self::NotPosted,
            "not-printed" => Self::NotPrinted,
            "returned" => Self::Returned,
            "told-otherwise" => Self::ToldOtherwise,
            _ => return None,
        })
    }
}

//! What happened while somebody had a form open.

use serde::{Deserialize, Serialize};

use crate::HistoryLine;

/// What was done to a referral since a form was made from it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meanwhile {
    /// Who did what, oldest first; the saves of a draft come last, each writer once.
    pub lines: Vec<HistoryLine>,
    /// What two people made of the draft's letter.
    pub letter: Option<LetterMerge>,
}

/// A letter that two people changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LetterMerge {
    /// What the others changed, and what the reader did, both from where the reader began.
    pub theirs: Vec<LetterPiece>,
    pub mine: Vec<LetterPiece>,
    /// The reader's text as typed.
    pub own: String,
    /// Both changes in one text.
    pub text: String,
    /// Sentences that both changed: the text has the reader's.
    pub clashes: Vec<LetterClash>,
    /// Priority code: the reader's where they changed it, else the one that stands now.
    pub priority: String,
    /// Priority code that the others chose, when they changed it.
    pub their_priority: Option<String>,
}

/// A run of words of a comparison.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum LetterPiece {
    Same(String),
    Removed(String),
    Added(String),
}

/// Sentences that both changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LetterClash {
    /// Empty when both added something at the same place; the text then has both.
    pub before: String,
    pub mine: String,
    pub theirs: String,
}

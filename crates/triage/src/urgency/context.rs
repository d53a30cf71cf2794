//! Whether a phrase of a letter is said of this patient, of now, and as a fact.
//!
//! In the manner of NegEx and ConText: cue words with a direction and a scope, words that end the scope, and phrases
//! that look like cues and are none. In doubt a phrase counts as asserted, because a suggestion may only raise.

use std::ops::Range;

use super::text::{Break, Word, find};

mod negated;
mod others;
mod past;
mod sections;

use sections::{Section, sections};

/// What keeps a phrase from being a present fact of the patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    /// A present fact of the patient.
    Asserted,
    /// Said not to be so.
    Negated,
    /// Said of a relative.
    Family,
    /// Over, by what the letter says.
    Historical,
    /// Advice or a condition, not a fact.
    Hypothetical,
}

/// How far a sentence is followed each way, in words, so that a text without full stops stays cheap to read.
const REACH: usize = 80;

const TERMINATORS: &[&str] = &[
    "but",
    "however",
    "although",
    "though",
    "except",
    "apart",
    "aside",
    "nevertheless",
    "yet",
    "presents",
    "presenting",
    "presented",
    "reports",
    "reported",
    "complains",
    "complaining",
    "describes",
    "developed",
    "now",
    "currently",
    "today",
    "because",
];

/// A letter's words with their sections.
pub(super) struct Letter {
    pub words: Vec<Word>,
    sections: Vec<Section>,
}

impl Letter {
    pub fn new(words: Vec<Word>) -> Self {
        let sections = sections(&words);
        Letter { words, sections }
    }

    /// The places where one of `patterns` is met, with the status of each.
    pub fn facts(&self, patterns: &[&str]) -> Vec<(Range<usize>, Status)> {
        find(patterns, &self.words).into_iter().map(|place| (place.clone(), self.status(place))).collect()
    }

    fn status(&self, at: Range<usize>) -> Status {
        match self.sections[at.start] {
            Section::Past => return Status::Historical,
            Section::Family => return Status::Family,
            Section::Advice => return Status::Hypothetical,
            Section::Other => {}
        }
        if self.family(&at) {
            Status::Family
        } else if self.hypothetical(&at) {
            Status::Hypothetical
        } else if self.negated_before(&at) || self.negated_after(&at) {
            Status::Negated
        } else if self.historical(&at) {
            Status::Historical
        } else {
            Status::Asserted
        }
    }

    fn word(&self, at: usize) -> &str {
        self.words.get(at).map_or("", |word| word.text.as_str())
    }

    fn is(&self, at: usize, choices: &[&str]) -> bool {
        choices.contains(&self.word(at))
    }

    /// The break before the word; a letter's end counts as the end of a paragraph.
    fn gap(&self, at: usize) -> Break {
        self.words.get(at).map_or(Break::Paragraph, |word| word.before)
    }

    fn sentence_start(&self, at: usize) -> usize {
        let reach = at.saturating_sub(REACH);
        (reach..=at).rev().find(|i| *i == reach || self.gap(*i) >= Break::Sentence).unwrap_or(reach)
    }

    fn sentence_end(&self, at: usize) -> usize {
        let reach = (at + REACH).min(self.words.len());
        (at + 1..=reach).find(|i| self.gap(*i) >= Break::Sentence).unwrap_or(reach)
    }

    fn commas(&self, from: usize, to: usize) -> bool {
        (from..=to).any(|i| self.gap(i) == Break::Comma)
    }
}

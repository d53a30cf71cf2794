//! Whether a phrase is said not to be so, by words before or after it.

use std::ops::Range;

use super::super::text::Break;
use super::Letter;
use super::TERMINATORS;

impl Letter {
    pub(super) fn negated_before(&self, at: &Range<usize>) -> bool {
        let start = self.sentence_start(at.start);
        for cue in (start..at.start).rev() {
            if self.gap(cue + 1) >= Break::Clause || self.is(cue, TERMINATORS) {
                return false;
            }
            // "and" may begin a new statement.
            if self.word(cue) == "and" && self.begins_statement(cue + 1) {
                return false;
            }
            let listing = self.is(cue, &["denies", "denied", "deny", "denying", "nor", "neither"]);
            if !listing && !self.is_short_cue(cue) {
                continue;
            }
            let list_with_or = (cue..self.sentence_end(at.start)).any(|i| self.is(i, &["or", "nor"]));
            let far = at.start - cue > if listing || list_with_or { 16 } else { 6 };
            let cut = !listing && !list_with_or && self.commas(cue + 1, at.start);
            if !far && !cut {
                return true;
            }
        }
        false
    }

    fn is_short_cue(&self, cue: usize) -> bool {
        let pseudo = &[
            "improvement",
            "improving",
            "improved",
            "change",
            "better",
            "relief",
            "relieved",
            "response",
            "responding",
            "increase",
            "cause",
            "explanation",
            "only",
            "settling",
            "settled",
            "resolving",
            "resolved",
            "resolving",
            "certain",
            "clear",
            "able",
            "sure",
            "longer",
            "doubt",
            "just",
            "helped",
            "working",
            "controlled",
            "tolerating",
            "known",
            "previously",
            "yet",
        ];
        match self.word(cue) {
            "no" | "not" | "without" | "nil" | "never" | "hasn't" | "doesn't" | "isn't" | "didn't"
            | "wasn't" | "don't" | "haven't" => {
                let qualified = self.is(cue + 1, &["obvious", "apparent", "clear"]);
                let looks_like = self.is(cue + 1, pseudo) || (qualified && self.is(cue + 2, pseudo));
                !looks_like
            }
            "for" => cue > 0 && self.word(cue - 1) == "negative",
            "of" => cue > 0 && self.is(cue - 1, &["absence", "free", "lack"]),
            _ => false,
        }
    }

    pub(super) fn begins_statement(&self, at: usize) -> bool {
        let text = self.word(at);
        text.starts_with(|c: char| c.is_ascii_digit())
            || [
                "has",
                "had",
                "is",
                "was",
                "a",
                "an",
                "the",
                "he",
                "she",
                "new",
                "sudden",
                "suddenly",
                "then",
                "feels",
                "noticed",
                "two",
                "three",
                "several",
                "recurrent",
                "one",
                "four",
                "frank",
                "visible",
                "severe",
                "acute",
                "ongoing",
                "persistent",
                "progressive",
                "worsening",
                "increasing",
                "unable",
                "cannot",
                "also",
                "they",
                "coughing",
                "passing",
            ]
            .contains(&text)
    }

    pub(super) fn negated_after(&self, at: &Range<usize>) -> bool {
        // "Haematuria: nil," and "weight loss - no."
        if self.gap(at.end) >= Break::Comma
            && self.gap(at.end) <= Break::Clause
            && self.is(at.end, &["nil", "no", "none", "negative", "denied", "absent", "denies"])
            && self.gap(at.end + 1) >= Break::Comma
        {
            return true;
        }
        for after in at.end..at.end + 4 {
            if self.gap(after) > Break::None || self.is(after, TERMINATORS) || self.word(after) == "and" {
                return false;
            }
            let not = self.word(after) == "not"
                && self
                    .is(after + 1, &["present", "seen", "found", "felt", "palpable", "reported", "detected"]);
            let out = self.word(after) == "ruled" && self.word(after + 1) == "out";
            if not || out || self.is(after, &["negative", "excluded", "denied", "unlikely", "nil", "none"]) {
                return true;
            }
        }
        false
    }
}

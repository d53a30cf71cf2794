//! The sections of a letter, by its headings.

use super::super::text::{Break, Word};

/// The section that a word stands in, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    Other,
    Past,
    Family,
    Advice,
}

const HEADINGS: &[(&str, Section)] = &[
    ("pmh|pmhx", Section::Past),
    ("past|previous medical|surgical|history history", Section::Past),
    ("past history", Section::Past),
    ("fh|fhx", Section::Family),
    ("family history", Section::Family),
    ("safety net|netting|advice", Section::Advice),
    ("advice given", Section::Advice),
];

/// The section of each word. A heading with text beside it holds to the end of the sentence, or of the line if it
/// begins one; a heading alone on its line holds to the next heading or empty line.
pub(super) fn sections(words: &[Word]) -> Vec<Section> {
    let gap = |at: usize| words.get(at).map_or(Break::Paragraph, |word: &Word| word.before);
    let mut sections = vec![Section::Other; words.len()];
    for at in 0..words.len() {
        let opens = at == 0 || gap(at) >= Break::Sentence;
        if !opens {
            continue;
        }
        let Some((end, section)) = HEADINGS.iter().find_map(|(pattern, section)| {
            super::super::text::meets(pattern, words, at).map(|range| (range.end, *section))
        }) else {
            continue;
        };
        let abbreviated = end == at + 1;
        let (holds_to, is_heading): (fn(Break) -> bool, bool) = match gap(end) {
            Break::Line => (|b| b == Break::Paragraph, true),
            Break::Clause if at == 0 || gap(at) >= Break::Line => (|b| b >= Break::Sentence, true),
            Break::Clause => (|b| b >= Break::Sentence, true),
            Break::None | Break::Comma => (|b| b >= Break::Sentence, abbreviated),
            Break::Sentence | Break::Paragraph => (|_| true, false),
        };
        if !is_heading {
            continue;
        }
        let mut i = end;
        while i < words.len() {
            let another = i > end && gap(i) >= Break::Line && (i..i + 4).any(|j| gap(j + 1) == Break::Clause);
            if (i > end && holds_to(gap(i))) || another {
                break;
            }
            sections[i] = section;
            i += 1;
        }
    }
    sections
}

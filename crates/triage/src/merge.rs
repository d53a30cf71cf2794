//! Two people wrote on one letter: what changed, word by word, and both changes in one text.
//!
//! Changes are shown by words and joined by sentences. A sentence that both changed is never made of pieces of both: in a
//! letter such a sentence would say what nobody wrote.

use similar::{Algorithm, DiffOp, capture_diff_slices};

/// A run of words, and whether both texts have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    Same(String),
    Removed(String),
    Added(String),
}

/// A place that both changed in different ways.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clash {
    /// What stood there before either; empty when both added something.
    pub before: String,
    pub mine: String,
    pub theirs: String,
}

/// Both changes in one text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    /// Where both changed the same sentences it has mine; where both added something it has theirs, then mine.
    pub text: String,
    pub clashes: Vec<Clash>,
}

/// Most units that are compared one by one. Longer texts are compared by sentences instead of words, or by lines instead of
/// sentences, so that the time stays short: it grows with the square of what differs.
const MOST_UNITS: usize = 4_000;

/// What was taken away and what was put in, in the order of the text. Line ends of any kind count as the same.
pub fn diff(before: &str, after: &str) -> Vec<Piece> {
    let (before, after) = (lines_of_one_kind(before), lines_of_one_kind(after));
    let (mut old, mut new) = (words(&before), words(&after));
    if old.len() + new.len() > MOST_UNITS {
        (old, new) = (sentences(&before), sentences(&after));
    }
    let (olds, news) = (keys(&old), keys(&new));
    let mut pieces = Vec::new();
    for op in capture_diff_slices(Algorithm::Myers, &olds, &news) {
        let (removed, added) = (joined(&old[op.old_range()]), joined(&new[op.new_range()]));
        match op {
            DiffOp::Equal { .. } => pieces.push(Piece::Same(added)),
            _ => {
                pieces.extend((!removed.is_empty()).then_some(Piece::Removed(removed)));
                pieces.extend((!added.is_empty()).then_some(Piece::Added(added)));
            }
        }
    }
    pieces
}

/// Joins what two people made of one text.
pub fn merge(base: &str, mine: &str, theirs: &str) -> Merged {
    let texts = [base, mine, theirs].map(lines_of_one_kind);
    let cut: fn(&str) -> Vec<Unit<'_>> =
        if texts.iter().map(|text| sentences(text).len()).sum::<usize>() > MOST_UNITS {
            lines
        } else {
            sentences
        };
    let [base, mine, theirs] = [&texts[0], &texts[1], &texts[2]].map(|text| cut(text));
    let in_mine = matches(&base, &mine);
    let in_theirs = matches(&base, &theirs);
    let mut out: Vec<Unit<'_>> = Vec::new();
    let mut clashes = Vec::new();
    let (mut b, mut m, mut t) = (0, 0, 0);
    loop {
        let anchor = (b..base.len()).find_map(|at| Some((at, in_mine[at]?, in_theirs[at]?)));
        let (b2, m2, t2) = anchor.unwrap_or((base.len(), mine.len(), theirs.len()));
        let (was, ours, others) = (&base[b..b2], &mine[m..m2], &theirs[t..t2]);
        if keys(others) == keys(was) || keys(ours) == keys(others) {
            out.extend(ours);
        } else if keys(ours) == keys(was) {
            out.extend(others);
        } else {
            if was.is_empty() {
                out.extend(others);
            }
            out.extend(ours);
            clashes.push(Clash { before: joined(was), mine: joined(ours), theirs: joined(others) });
        }
        let Some((at, in_mine, in_theirs)) = anchor else {
            break;
        };
        // The same in all three; a gap that only they changed is theirs.
        let gap = if mine[in_mine].gap == base[at].gap { theirs[in_theirs].gap } else { mine[in_mine].gap };
        out.push(Unit { text: mine[in_mine].text, gap });
        (b, m, t) = (b2 + 1, m2 + 1, t2 + 1);
    }
    Merged { text: joined(&out).trim_end().to_owned(), clashes }
}

/// A word, sentence or line, and the white space after it, which does not count in comparing.
#[derive(Debug, Clone, Copy)]
struct Unit<'a> {
    text: &'a str,
    gap: &'a str,
}

fn keys<'a>(units: &[Unit<'a>]) -> Vec<&'a str> {
    units.iter().map(|unit| unit.text).collect()
}

/// For each unit of `base`, where it stands in `other`.
fn matches(base: &[Unit<'_>], other: &[Unit<'_>]) -> Vec<Option<usize>> {
    let mut places = vec![None; base.len()];
    for op in capture_diff_slices(Algorithm::Myers, &keys(base), &keys(other)) {
        if let DiffOp::Equal { old_index, new_index, len } = op {
            for at in 0..len {
                places[old_index + at] = Some(new_index + at);
            }
        }
    }
    places
}

/// The units as text again. What stood at an end and now has something after it gets a space.
fn joined(units: &[Unit<'_>]) -> String {
    let mut text = String::new();
    for (at, unit) in units.iter().enumerate() {
        text.push_str(unit.text);
        let is_glued = unit.gap.is_empty() && at + 1 < units.len();
        text.push_str(if is_glued { " " } else { unit.gap });
    }
    text
}

fn lines_of_one_kind(text: &str) -> String {
    text.trim().replace("\r\n", "\n").replace('\r', "\n")
}

fn words(text: &str) -> Vec<Unit<'_>> {
    cut(text, |_, _| true)
}

fn sentences(text: &str) -> Vec<Unit<'_>> {
    let ends = ['.', '!', '?', '…', '。', '؟', '।'];
    cut(text, |word, gap| gap.contains('\n') || word.ends_with(ends))
}

fn lines(text: &str) -> Vec<Unit<'_>> {
    cut(text, |_, gap| gap.contains('\n'))
}

/// Cuts after each gap of white space where `ends`, told the text before and the gap, says so.
fn cut(text: &str, ends: impl Fn(&str, &str) -> bool) -> Vec<Unit<'_>> {
    let mut units = Vec::new();
    let mut start = 0;
    let mut at = 0;
    while at < text.len() {
        let word = at + text[at..].find(char::is_whitespace).unwrap_or(text.len() - at);
        let gap =
            word + text[word..].find(|letter: char| !letter.is_whitespace()).unwrap_or(text.len() - word);
        if gap == text.len() || ends(&text[start..word], &text[word..gap]) {
            units.push(Unit { text: &text[start..word], gap: &text[word..gap] });
            start = gap;
        }
        at = gap;
    }
    units
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = "Chest pain for two weeks. No fever.\n\nPlease advise.";

    #[test]
    fn changes_in_different_sentences_are_joined() {
        let cases = [
            // Nobody changed anything.
            (BASE, BASE, BASE),
            // One of them did.
            (
                "Chest pain since May. No fever.\n\nPlease advise.",
                BASE,
                "Chest pain since May. No fever.\n\nPlease advise.",
            ),
            (
                BASE,
                "Chest pain for two weeks. No fever.\n\nPlease see him.",
                "Chest pain for two weeks. No fever.\n\nPlease see him.",
            ),
            // Both did, in different places.
            (
                "Chest pain since May. No fever.\n\nPlease advise.",
                "Chest pain for two weeks. No fever.\n\nPlease see him.",
                "Chest pain since May. No fever.\n\nPlease see him.",
            ),
            // One took a sentence out, the other put one in.
            (
                "Chest pain for two weeks.\n\nPlease advise.",
                "Chest pain for two weeks. No fever.\n\nPlease advise. He smokes.",
                "Chest pain for two weeks.\n\nPlease advise. He smokes.",
            ),
            // Both did the same.
            ("Well again.", "Well again.", "Well again."),
        ];
        for (mine, theirs, both) in cases {
            let merged = merge(BASE, mine, theirs);
            assert_eq!((merged.text.as_str(), merged.clashes.len()), (both, 0), "{mine} | {theirs}");
        }
    }

    #[test]
    fn a_sentence_that_both_changed_is_mine_and_theirs_is_named() {
        let merged = merge(
            BASE,
            "Chest pain since May. No fever.\n\nPlease advise.",
            "Back pain for two weeks. No fever.\n\nPlease advise.",
        );
        assert_eq!(merged.text, "Chest pain since May. No fever.\n\nPlease advise.");
        let clash = Clash {
            before: "Chest pain for two weeks. ".into(),
            mine: "Chest pain since May. ".into(),
            theirs: "Back pain for two weeks. ".into(),
        };
        assert_eq!(merged.clashes, [clash]);
    }

    #[test]
    fn what_both_added_at_one_place_is_kept_twice() {
        let merged = merge("Chest pain.", "Chest pain. He smokes.", "Chest pain. He is 64.");
        assert_eq!(merged.text, "Chest pain. He is 64. He smokes.");
        assert_eq!(merged.clashes.len(), 1, "and somebody looks at it");
        let from_nothing = merge("", "Mine.", "Theirs.");
        assert_eq!(from_nothing.text, "Theirs. Mine.");
    }

    #[test]
    fn line_ends_of_forms_are_no_change() {
        let merged = merge("One.\nTwo.", "One.\r\nTwo.", "One.\nTwo. Three.");
        assert_eq!((merged.text.as_str(), merged.clashes.len()), ("One.\nTwo. Three.", 0));
        assert_eq!(diff("One.\r\nTwo.", "One.\nTwo."), [Piece::Same("One.\nTwo.".into())]);
    }

    #[test]
    fn a_difference_is_shown_by_words() {
        let pieces = diff("Chest pain for two weeks.", "Chest pain since May.");
        assert_eq!(
            pieces,
            [
                Piece::Same("Chest pain ".into()),
                Piece::Removed("for two weeks.".into()),
                Piece::Added("since May.".into()),
            ]
        );
    }

    #[test]
    fn nothing_that_either_wrote_is_lost_in_any_small_text() {
        // All texts of three places: base of A and B, mine with C of my own, theirs with D of theirs.
        let all = |letters: [&str; 3]| -> Vec<String> {
            let place = |n: usize, place: u32| letters[n / 3_usize.pow(place) % 3];
            (0..27).map(|n| (0..3).map(|at| place(n, at)).collect()).collect()
        };
        for base in all(["A. ", "B. ", ""]) {
            for mine in all(["A. ", "C. ", ""]) {
                assert_eq!(merge(&base, &mine, &base).text, mine.trim(), "only I changed {base}");
                assert_eq!(merge(&base, &base, &mine).text, mine.trim(), "only they changed {base}");
                assert_eq!(merge(&base, &mine, &mine).text, mine.trim(), "both changed {base} alike");
                for theirs in all(["B. ", "D. ", ""]) {
                    let case = format!("{base}| {mine}| {theirs}");
                    let merged = merge(&base, &mine, &theirs);
                    assert_eq!(merged.text.matches('C').count(), mine.matches('C').count(), "{case}");
                    let told: String = merged.clashes.iter().map(|clash| clash.theirs.as_str()).collect();
                    for written in theirs.matches('D').take(1) {
                        assert!(merged.text.contains(written) || told.contains(written), "{case}");
                    }
                    if merged.clashes.is_empty() {
                        assert_eq!(merged.text, merge(&base, &theirs, &mine).text, "{case}");
                    }
                }
            }
        }
    }

    #[test]
    fn long_and_strange_texts_come_out_whole() {
        for text in ["", " ", "\n\n", "…", "שלום. עולם.", "a\u{a0}b. c", "👩‍⚕️. 👩‍⚕️."]
        {
            assert_eq!(merge(text, text, text).text, lines_of_one_kind(text), "{text:?}");
            let again: String = diff("", text)
                .into_iter()
                .map(|piece| match piece {
                    Piece::Same(text) | Piece::Added(text) => text,
                    Piece::Removed(text) => panic!("{text:?} was never there"),
                })
                .collect();
            assert_eq!(again, lines_of_one_kind(text), "{text:?}");
        }
        let long = |word: &str| format!("{word} pain. ").repeat(5_000);
        let merged = merge(&long("Chest"), &long("Back"), &long("Knee"));
        assert_eq!(merged.text, long("Back").trim());
    }
}

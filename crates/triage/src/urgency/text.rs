//! Words of a letter, with their places and the breaks between them.

use std::ops::Range;

/// What stands between a word and the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Break {
    /// A space or a hyphen within a word.
    None,
    /// A comma, bracket or slash.
    Comma,
    /// A semicolon, colon or dash.
    Clause,
    /// The end of a sentence.
    Sentence,
    /// The end of a line.
    Line,
    /// An empty line.
    Paragraph,
}

/// A word in small letters, its byte range in the letter, and what stands before it.
#[derive(Debug, Clone)]
pub(super) struct Word {
    pub text: String,
    pub range: Range<usize>,
    pub before: Break,
}

/// Words after which a full stop does not end a sentence.
const ABBREVIATIONS: &[&str] =
    &["dr", "mr", "mrs", "ms", "prof", "st", "approx", "e.g", "i.e", "eg", "ie", "vs"];

/// Splits a letter into words. Digits with a decimal point stay together, as do `a&e` and `don't`.
pub(super) fn words(letter: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut between = Break::None;
    let mut dashes = String::new();
    let mut chars = letter.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if !c.is_alphanumeric() {
            dashes.push(c);
            between = between.max(break_of(c, words.last(), &dashes, chars.peek().map(|(_, next)| *next)));
            continue;
        }
        let mut end = at + c.len_utf8();
        let mut last = c;
        while let Some(&(next_at, next)) = chars.peek() {
            let following = letter[next_at + next.len_utf8()..].chars().next();
            let joins = match next {
                '&' | '\'' | '’' => following.is_some_and(char::is_alphanumeric),
                '.' => last.is_ascii_digit() && following.is_some_and(|c| c.is_ascii_digit()),
                _ => next.is_alphanumeric(),
            };
            if !joins {
                break;
            }
            end = next_at + next.len_utf8();
            last = next;
            chars.next();
        }
        let text = letter[at..end].to_lowercase().replace('’', "'");
        words.push(Word { text, range: at..end, before: between });
        between = Break::None;
        dashes.clear();
    }
    words
}

/// What a character between two words amounts to.
fn break_of(c: char, last: Option<&Word>, so_far: &str, next: Option<char>) -> Break {
    match c {
        '\n' if so_far.matches('\n').count() > 1 => Break::Paragraph,
        '\n' => Break::Line,
        '!' => Break::Sentence,
        // A question mark before a word means "suspected".
        '?' if next.is_some_and(char::is_alphanumeric) => Break::Comma,
        '?' => Break::Sentence,
        '.' if last.is_some_and(|word| ABBREVIATIONS.contains(&word.text.as_str())) => Break::None,
        '.' if next.is_some_and(char::is_alphanumeric) && last.is_some_and(|word| word.text.len() == 1) => {
            Break::None
        }
        '.' => Break::Sentence,
        ';' | ':' | '–' | '—' | '•' => Break::Clause,
        '-' if so_far.ends_with(" -") && next == Some(' ') => Break::Clause,
        ',' | '(' | ')' | '/' | '[' | ']' => Break::Comma,
        _ => Break::None,
    }
}

/// Whether `text` meets one word of a pattern: `a|b` is either, a closing `*` any ending.
fn word_fits(pattern: &str, text: &str) -> bool {
    pattern.split('|').any(|choice| match choice.strip_suffix('*') {
        Some(stem) => text.starts_with(stem),
        None => choice == text,
    })
}

/// How many words a `~` in a pattern may pass over.
const GAP: usize = 5;

/// The words that `pattern` meets beginning at `from`, all within one sentence. Patterns are words parted by spaces;
/// `~` passes over up to five words.
pub(super) fn meets(pattern: &str, words: &[Word], from: usize) -> Option<Range<usize>> {
    let first = pattern.split(' ').next()?;
    if !word_fits(first, &words.get(from)?.text) {
        return None;
    }
    let parts: Vec<&str> = pattern.split(' ').collect();
    rest_meets(&parts, words, from, from).map(|end| from..end)
}

fn rest_meets(parts: &[&str], words: &[Word], at: usize, from: usize) -> Option<usize> {
    let Some((part, rest)) = parts.split_first() else { return Some(at) };
    if *part == "~" {
        return (0..=GAP).find_map(|gap| rest_meets(rest, words, at + gap, from));
    }
    let word = words.get(at)?;
    if at > from && words[from + 1..=at].iter().any(|word| word.before >= Break::Sentence) {
        // A line may be broken within a sentence, but not a sentence within a phrase.
        let wrapped = words[from + 1..=at]
            .iter()
            .all(|word| word.before != Break::Sentence && word.before != Break::Paragraph);
        if !wrapped {
            return None;
        }
    }
    if word_fits(part, &word.text) { rest_meets(rest, words, at + 1, from) } else { None }
}

/// Every place at which one of `patterns` is met.
pub(super) fn find(patterns: &[&str], words: &[Word]) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for at in 0..words.len() {
        let longest =
            patterns.iter().filter_map(|pattern| meets(pattern, words, at)).max_by_key(|range| range.end);
        found.extend(longest);
    }
    found
}

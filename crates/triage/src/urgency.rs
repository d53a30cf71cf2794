//! A suggested urgency for a referral letter, by explicit red-flag rules.
//!
//! A rule fires on words that are asserted, present and said of the patient, within the rule's limits of age and sex;
//! an age or sex that is not known limits nothing. A suggestion may only raise attention: it never lowers a priority
//! that somebody has given. Sources of the rules: see the table in `urgency/rules.rs`.

mod context;
mod rules;
mod text;

use std::ops::Range;

use serde::{Deserialize, Serialize};

use context::{Letter, Status};
use rules::{MOLE, MOLE_POINTS, RULES, Rule, Test};

/// The version of the rules, to be stored with every suggestion.
pub const MODEL: &str = "rules-1";

/// The longest letter that is read, in bytes; the rest is not looked at.
pub const MAX_LETTER: usize = 60_000;

/// How soon a letter seems to need an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Label {
    /// Too little to say anything, or not in English.
    NotEnoughInformation,
    /// No rule met.
    Routine,
    /// Within about two weeks, or a test first.
    Urgent,
    /// An urgent suspected-cancer route.
    SuspectedCancer,
    /// Not an outpatient matter: same day.
    Emergency,
}

/// Sex, as far as rules ask for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sex {
    /// Female.
    Female,
    /// Male.
    Male,
}

/// One stretch of the letter that met a rule. A rule that needs several facts gives one reason for each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// The rule's id.
    pub rule: String,
    /// The part of medicine that it belongs to.
    pub area: String,
    /// The guideline behind it.
    pub source: String,
    /// What the rule alone suggests.
    pub level: Label,
    /// Byte offset of the first letter, on a character boundary.
    pub start: usize,
    /// Byte offset after the last letter, on a character boundary.
    pub end: usize,
    /// The words as they stand in the letter.
    pub words: String,
}

/// A suggestion with its reasons, the gravest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Urgency {
    /// The gravest level that a rule asks for.
    pub label: Label,
    /// Why.
    pub reasons: Vec<Reason>,
    /// The version of the rules.
    pub model: String,
}

/// Suggests an urgency for `letter`. `age` in years and `sex` come from the record; where they are `None`, they are
/// taken from the letter if it states them.
pub fn suggest(letter: &str, age: Option<u32>, sex: Option<Sex>) -> Urgency {
    let letter = shortened(letter);
    let words = text::words(letter);
    let enough = says_enough(&words);
    let age = age.or_else(|| stated_age(&words));
    let sex = sex.or_else(|| stated_sex(&words));
    let read = Letter::new(words);
    let mut reasons: Vec<Reason> = Vec::new();
    for rule in RULES {
        let applies = age.is_none_or(|age| (rule.age_min..=rule.age_max).contains(&age))
            && (rule.sex.is_none() || sex.is_none() || rule.sex == sex);
        if !applies || reasons.iter().any(|reason| reason.rule == rule.id) {
            continue;
        }
        for place in met(rule, letter, &read, age).unwrap_or_default() {
            let range = read.words[place.start].range.start..read.words[place.end - 1].range.end;
            reasons.push(Reason {
                rule: rule.id.into(),
                area: rule.area.into(),
                source: rule.source.into(),
                level: rule.level,
                start: range.start,
                end: range.end,
                words: letter[range].into(),
            });
        }
    }
    reasons.sort_by_key(|reason| std::cmp::Reverse(reason.level));
    let label = match reasons.first() {
        Some(reason) => reason.level,
        None if enough => Label::Routine,
        None => Label::NotEnoughInformation,
    };
    Urgency { label, reasons, model: MODEL.into() }
}

fn shortened(letter: &str) -> &str {
    let mut end = letter.len().min(MAX_LETTER);
    while !letter.is_char_boundary(end) {
        end -= 1;
    }
    &letter[..end]
}

/// The places that meet a rule, or `None` if it is not met.
fn met(rule: &Rule, whole: &str, letter: &Letter, age: Option<u32>) -> Option<Vec<Range<usize>>> {
    let asserted = |patterns: &[&str]| {
        letter
            .facts(patterns)
            .into_iter()
            .find(|(_, status)| *status == Status::Asserted)
            .map(|(place, _)| place)
    };
    match rule.test {
        Test::All(groups) => groups
            .iter()
            .enumerate()
            .map(|(number, patterns)| {
                // A known cancer may be long known.
                let past_counts = rule.id == "em-mscc" && number == 0;
                let past = || {
                    letter
                        .facts(patterns)
                        .into_iter()
                        .find(|(_, status)| *status == Status::Historical)
                        .map(|(place, _)| place)
                };
                asserted(patterns).or_else(|| if past_counts { past() } else { None })
            })
            .collect::<Option<Vec<_>>>()
            .map(without_repeats),
        Test::AtLeast(number, patterns) => {
            let found: Vec<Range<usize>> =
                without_repeats(patterns.iter().filter_map(|pattern| asserted(&[pattern])).collect());
            (found.len() >= number).then_some(found)
        }
        Test::Number(names, least) => number_after(whole, letter, names, least).map(|place| vec![place]),
        Test::Psa => {
            let threshold = match age {
                Some(..40) => return None,
                None | Some(40..50) => 2.5,
                Some(50..60) => 3.5,
                Some(60..70) => 4.5,
                Some(_) => 6.5,
            };
            number_after(whole, letter, &["psa"], threshold).map(|place| vec![place])
        }
        Test::Mole => {
            let mut places = vec![asserted(MOLE)?];
            let mut points = 0;
            for (worth, patterns) in MOLE_POINTS {
                if let Some(place) = asserted(patterns) {
                    points += worth;
                    places.push(place);
                }
            }
            (points >= 3).then_some(without_repeats(places))
        }
    }
}

fn without_repeats(places: Vec<Range<usize>>) -> Vec<Range<usize>> {
    let mut kept: Vec<Range<usize>> = Vec::new();
    for place in places {
        if !kept.iter().any(|other| other.start < place.end && place.start < other.end) {
            kept.push(place);
        }
    }
    kept
}

/// A name followed within five words by a number of at least `least` ("FIT result 84", "PSA of 7.2").
fn number_after(whole: &str, letter: &Letter, names: &[&str], least: f64) -> Option<Range<usize>> {
    let asserted = letter.facts(names).into_iter().filter(|(_, status)| *status == Status::Asserted);
    asserted.map(|(place, _)| place).find_map(|place| {
        let near = place.end..(place.end + 5).min(letter.words.len());
        let (at, value) = near
            .take_while(|at| letter.words[*at].before < text::Break::Sentence)
            .find_map(|at| figure(&letter.words[at].text).map(|value| (at, value)))?;
        let between = &whole[letter.words[place.end - 1].range.end..letter.words[at].range.start];
        let below = between.contains('<')
            || (place.end..at).any(|i| ["below", "under", "less"].contains(&letter.words[i].text.as_str()));
        // A number like 2026 is the year of the test, unless results are as large.
        let is_year = least < 2000.0 && (2000.0..2100.0).contains(&value);
        (value >= least && !below && !is_year).then_some(place.start..at + 1)
    })
}

/// The number at the beginning of a word, as in `84`, `7.2` or `84ug`.
fn figure(word: &str) -> Option<f64> {
    let end = word.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(word.len());
    word[..end].trim_end_matches('.').parse().ok()
}

/// The patient's age as the letter gives it: `67-year-old`, `52F`, `aged 60`, `60yo`.
fn stated_age(words: &[text::Word]) -> Option<u32> {
    let plausible = |text: &str| text.parse::<u32>().ok().filter(|age| *age <= 115);
    words.iter().enumerate().find_map(|(at, word)| {
        let next = |by: usize| words.get(at + by).map_or("", |word| word.text.as_str());
        let digits: String = word.text.chars().take_while(char::is_ascii_digit).collect();
        let rest = &word.text[digits.len()..];
        if !digits.is_empty()
            && ["f", "m", "yo", "y", "yr", "yrs"].contains(&rest)
            && (rest == "f" || rest == "m" || rest == "yo" || ["old", "f", "m"].contains(&next(1)))
        {
            return plausible(&digits);
        }
        if rest.is_empty()
            && (["yo"].contains(&next(1))
                || (["year", "years", "yr", "yrs"].contains(&next(1)) && ["old", "of"].contains(&next(2))))
        {
            return plausible(&word.text);
        }
        if rest.is_empty()
            && ["month", "months", "week", "weeks", "day", "days"].contains(&next(1))
            && next(2) == "old"
            && !digits.is_empty()
        {
            return Some(0);
        }
        if ["aged", "age"].contains(&word.text.as_str()) { plausible(next(1)) } else { None }
    })
}

/// The patient's sex as the letter gives it; the first mention counts.
fn stated_sex(words: &[text::Word]) -> Option<Sex> {
    words.iter().find_map(|word| {
        let suffix = word.text.trim_start_matches(|c: char| c.is_ascii_digit());
        let with_age = suffix.len() < word.text.len();
        match suffix {
            "f" if with_age => Some(Sex::Female),
            "m" if with_age => Some(Sex::Male),
            "woman" | "lady" | "female" | "girl" | "she" | "her" => Some(Sex::Female),
            "man" | "gentleman" | "male" | "boy" | "he" | "his" => Some(Sex::Male),
            _ => None,
        }
    })
}

/// Whether there are enough words, and English ones, to say that nothing was found.
fn says_enough(words: &[text::Word]) -> bool {
    const COMMON: &[&str] = &[
        "now", "ago", "year", "years", "weeks", "months", "likely", "normal", "old", "he", "she", "his",
        "her", "left", "right", "the", "a", "an", "of", "and", "or", "for", "to", "in", "on", "with", "no",
        "not", "is", "has", "please", "at", "this", "was", "since", "request", "review", "patient", "pain",
        "from", "by",
    ];
    let letters = words.iter().filter(|word| word.text.chars().any(char::is_alphabetic)).count();
    let common = words.iter().filter(|word| COMMON.contains(&word.text.as_str())).count();
    letters >= 4 && common * 25 >= letters
}

#[cfg(test)]
mod tests;

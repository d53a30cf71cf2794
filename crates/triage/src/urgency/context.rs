//! Whether a phrase of a letter is said of this patient, of now, and as a fact.
//!
//! In the manner of NegEx and ConText: cue words with a direction and a scope, words that end the scope, and phrases
//! that look like cues and are none. In doubt a phrase counts as asserted, because a suggestion may only raise.

use std::ops::Range;

use super::text::{Break, Word, find};

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

/// Years before this one, after "in", mean that something is over. It may safely fall behind the calendar.
const YEARS_PAST: std::ops::Range<u32> = 1930..2024;

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
const RELATIVES: &[&str] = &[
    "mother",
    "mother's",
    "father",
    "father's",
    "mum",
    "mum's",
    "mom",
    "dad",
    "dad's",
    "sister",
    "sister's",
    "brother",
    "brother's",
    "aunt",
    "aunt's",
    "uncle",
    "uncle's",
    "grandmother",
    "grandfather",
    "grandmother's",
    "grandfather's",
    "cousin",
    "cousin's",
    "son",
    "daughter",
    "parent",
    "parents",
    "sibling",
    "siblings",
    "wife",
    "husband",
    "partner",
    "niece",
    "nephew",
    "relative",
    "relatives",
    "friend",
    "friend's",
    "grandparent",
    "nan",
    "twin",
];

/// The section that a word stands in, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Section {
    Other,
    Past,
    Family,
    Advice,
}

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

    fn negated_before(&self, at: &Range<usize>) -> bool {
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

    fn begins_statement(&self, at: usize) -> bool {
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

    fn negated_after(&self, at: &Range<usize>) -> bool {
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

    fn historical(&self, at: &Range<usize>) -> bool {
        let start = self.sentence_start(at.start);
        let end = self.sentence_end(at.start);
        let now = &[
            "now",
            "worsening",
            "progressive",
            "ongoing",
            "recurrent",
            "recurring",
            "current",
            "currently",
            "still",
            "increasing",
            "new",
            "today",
            "again",
            "since",
            "persistent",
            "recent",
            "acute",
            "presents",
        ];
        for cue in (start..at.start).rev() {
            if self.gap(cue + 1) >= Break::Clause
                || self.is(
                    cue,
                    &["but", "however", "now", "currently", "presents", "today", "though", "although"],
                )
            {
                break;
            }
            let near = at.start - cue <= 4 && !self.commas(cue + 1, at.start);
            let time_follows = self.word(cue + 1).starts_with(|c: char| c.is_ascii_digit())
                || self.is(
                    cue + 1,
                    &[
                        "week", "weeks", "month", "months", "day", "days", "hour", "hours", "few", "two",
                        "three", "four", "six", "well", "fit", "year",
                    ],
                );
            if near
                && self.is(
                    cue,
                    &["previous", "previously", "prior", "past", "childhood", "historical", "longstanding"],
                )
                && !time_follows
                && self.word(cue) != "longstanding"
            {
                return true;
            }
            if self.is(cue, &["history", "hx"])
                && self.word(cue + 1) == "of"
                && at.start - cue <= 8
                && !self.commas(cue + 1, at.start)
            {
                let timed = |word: &str| {
                    [
                        "week", "weeks", "month", "months", "day", "days", "hour", "hours", "year", "years",
                        "short", "long", "52", "12", "7", "recent",
                    ]
                    .contains(&word)
                };
                let duration = (start..end)
                    .any(|i| timed(self.word(i)) && !(self.word(i) == "year" && self.word(i + 1) == "old"));
                let current = (start..end).any(|i| self.is(i, now));
                return !duration && !current;
            }
            let begins = cue == start || !self.commas(cue + 1, at.start);
            if at.start - cue <= 12 && begins && self.over(cue) {
                return true;
            }
        }
        for after in at.end..(at.end + 9).min(end) {
            if self.gap(after) >= Break::Clause
                || self.is(after, &["but", "now", "currently", "again", "since"])
            {
                return false;
            }
            if self.over(after) {
                return true;
            }
            if self.gap(after) == Break::Comma {
                return false;
            }
        }
        false
    }

    /// Whether a phrase at `at` says that something is over: "in 2009", "ten years ago", "as a child".
    fn over(&self, at: usize) -> bool {
        let year = |i: usize| self.word(i).parse().is_ok_and(|year: u32| YEARS_PAST.contains(&year));
        match self.word(at) {
            "in" => {
                year(at + 1)
                    || year(at + 2)
                    || (self.is(at + 1, &["childhood", "adolescence", "youth", "infancy"]))
                    || (self.is(at + 1, &["his", "her", "their", "the"])
                        && self.is(
                            at + 2,
                            &[
                                "teens",
                                "twenties",
                                "thirties",
                                "forties",
                                "fifties",
                                "past",
                                "childhood",
                                "20s",
                                "30s",
                                "40s",
                                "1970s",
                                "1980s",
                                "1990s",
                                "youth",
                            ],
                        ))
            }
            "as" => {
                self.is(at + 1, &["a", "an"])
                    && self.is(at + 2, &["child", "teenager", "baby", "boy", "girl", "infant", "student"])
            }
            "years" | "decades" | "yrs" => self.is(at + 1, &["ago", "previously", "earlier", "back"]),
            _ => year(at) && at > 0 && self.is(at - 1, &["circa", "of"]),
        }
    }

    fn family(&self, at: &Range<usize>) -> bool {
        let start = self.sentence_start(at.start);
        for cue in (start..at.start).rev() {
            if self.gap(cue + 1) >= Break::Clause && !self.is(cue, &["history", "fh", "fhx"]) {
                break;
            }
            // A new subject or a return to the present is the patient again.
            if self.is(
                cue,
                &[
                    "he",
                    "she",
                    "they",
                    "patient",
                    "himself",
                    "herself",
                    "but",
                    "now",
                    "presents",
                    "presenting",
                ],
            ) {
                break;
            }
            if self.word(cue) == "history" && cue > 0 && self.is(cue - 1, &["family", "familial"]) {
                return self.is(cue + 1, &["of", "includes", "including", "for", "positive", "is"])
                    && !self.new_statement_between(cue + 1, at.start);
            }
            if self.is(cue, RELATIVES) {
                let witness = (cue + 1..=cue + 3).any(|i| {
                    self.is(
                        i,
                        &[
                            "says",
                            "said",
                            "reports",
                            "reported",
                            "noticed",
                            "notices",
                            "saw",
                            "seen",
                            "witnessed",
                            "found",
                            "brought",
                            "concerned",
                            "worried",
                            "states",
                            "describes",
                            "called",
                            "rang",
                            "thinks",
                            "feels",
                            "present",
                            "accompanied",
                            "attended",
                            "confirms",
                            "observed",
                            "noted",
                            "tells",
                            "heard",
                        ],
                    )
                });
                let helper = cue > 0
                    && (cue.saturating_sub(2)..cue)
                        .any(|i| self.is(i, &["by", "with", "from", "for", "lives"]));
                let link = (cue + 1..at.start).any(|i| {
                    self.is(
                        i,
                        &[
                            "had",
                            "has",
                            "with",
                            "died",
                            "diagnosed",
                            "suffered",
                            "of",
                            "was",
                            "having",
                            "developed",
                            "experienced",
                            "is",
                            "who",
                            "both",
                            "affected",
                            "recently",
                        ],
                    )
                }) || self.word(cue).ends_with("'s");
                return link && !witness && !helper;
            }
        }
        (at.end..at.end + 6).take_while(|i| self.gap(*i) <= Break::Comma).any(|i| {
            (self.is(i, &["in", "affecting"])
                && (self.is(i + 1, RELATIVES)
                    || (self.is(i + 1, &["his", "her", "their", "a", "the", "my", "maternal", "paternal"])
                        && (self.is(i + 2, RELATIVES) || self.is(i + 3, RELATIVES)))))
                || (self.word(i) == "family" && self.word(i + 1) == "history")
        })
    }

    fn new_statement_between(&self, from: usize, to: usize) -> bool {
        (from + 1..=to).any(|i| self.gap(i) == Break::Comma || self.is(i, &["has", "noticed", "reports"]))
    }

    fn hypothetical(&self, at: &Range<usize>) -> bool {
        let start = self.sentence_start(at.start);
        for cue in (start..at.start).rev() {
            if self.is(cue, &["but", "however", "presents", "old", "yo"]) {
                break;
            }
            let before = if cue > start { self.word(cue - 1) } else { "" };
            let after = self.word(cue + 1);
            let is_cue = match self.word(cue) {
                "if" => {
                    ![
                        "wonder",
                        "wondering",
                        "wondered",
                        "grateful",
                        "appreciate",
                        "appreciated",
                        "as",
                        "even",
                        "happy",
                        "obliged",
                        "pleased",
                        "unsure",
                        "see",
                    ]
                    .contains(&before)
                        && !["possible", "you", "appropriate", "needed", "necessary", "able"].contains(&after)
                }
                "should" => ["he", "she", "they", "there", "symptoms", "any", "you"].contains(&after),
                "unless" | "warned" | "leaflet" | "whether" => true,
                "case" | "event" => ["in", "the"].contains(&before),
                "risk" | "risks" | "aware" | "chance" => after == "of",
                "watch" | "out" => after == "for",
                "safety" => after.starts_with("net"),
                "safetynetted" | "counselled" | "counseled" => true,
                "worried" | "anxious" | "afraid" | "fear" | "fears" | "frightened" => {
                    ["about", "of"].contains(&after)
                        && self.is(cue + 2, &["getting", "developing", "having", "possible", "future"])
                }
                "flags" | "flag" => (cue + 1..cue + 3)
                    .any(|i| self.is(i, &["discussed", "advice", "explained", "given", "symptoms"])),
                "were" => after == "to",
                _ => false,
            };
            if is_cue {
                return true;
            }
        }
        (at.end..at.end + 2).take_while(|i| self.gap(*i) == Break::None).any(|i| self.word(i) == "would")
    }
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
fn sections(words: &[Word]) -> Vec<Section> {
    let gap = |at: usize| words.get(at).map_or(Break::Paragraph, |word: &Word| word.before);
    let mut sections = vec![Section::Other; words.len()];
    for at in 0..words.len() {
        let opens = at == 0 || gap(at) >= Break::Sentence;
        if !opens {
            continue;
        }
        let Some((end, section)) = HEADINGS.iter().find_map(|(pattern, section)| {
            super::text::meets(pattern, words, at).map(|range| (range.end, *section))
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

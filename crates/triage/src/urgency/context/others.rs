//! Whether a phrase is said of somebody else, or of what may be.

use std::ops::Range;

use super::super::text::Break;
use super::Letter;

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

impl Letter {
    pub(super) fn family(&self, at: &Range<usize>) -> bool {
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

    pub(super) fn hypothetical(&self, at: &Range<usize>) -> bool {
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

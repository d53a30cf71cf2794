//! Whether a phrase is said of the past and over.

use std::ops::Range;

use super::super::text::Break;
use super::Letter;

/// Years before this one, after "in", mean that something is over. It may safely fall behind the calendar.
const YEARS_PAST: std::ops::Range<u32> = 1930..2024;

impl Letter {
    pub(super) fn historical(&self, at: &Range<usize>) -> bool {
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
}

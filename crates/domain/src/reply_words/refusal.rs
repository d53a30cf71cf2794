//! Whether words refuse messages: "please stop texting me", "don't message me again", "remove me from this list".

use super::fold::Clause;
use super::words::{BESIDE_STOP, CONDITIONS, MATTERS, MESSAGES, MESSAGING, NO, STOP, TO_MESSAGE, YES};

/// How plain a refusal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Degree {
    /// It may be one, or holds at some hours.
    Perhaps,
    Plain,
}

use Degree::{Perhaps, Plain};

/// Reads a clause.
pub(super) fn of(clause: &Clause) -> Option<Degree> {
    let bare = clause.bare();
    let words = Words(&bare);
    let found = [
        words.is_stop_alone(),
        words.opt_out(),
        words.stop_messages(),
        words.do_not_message(),
        words.want_none(),
        words.no_more(),
        words.off_the_list(),
        words.said_otherwise(),
    ];
    let degree = found.into_iter().flatten().max()?;
    let asks = clause.asks || words.first() == Some("how");
    Some(if asks && !words.asks_us() { Perhaps } else { degree })
}

/// Whether the message says something beside the refusal that a person should read.
pub(super) fn says_more(whole: &Clause) -> bool {
    let bare = whole.bare();
    bare.len() > 14 || bare.iter().any(|word| MATTERS.contains(word) || YES.contains(word))
}

struct Words<'a>(&'a [&'a str]);

impl<'a> Words<'a> {
    fn at(&self, at: usize) -> &'a str {
        self.0.get(at).copied().unwrap_or_default()
    }

    fn first(&self) -> Option<&'a str> {
        self.0.first().copied()
    }

    fn is_any(&self, at: usize, of: &[&str]) -> bool {
        self.0.get(at).is_some_and(|word| of.contains(word))
    }

    fn has(&self, some: &[&str]) -> bool {
        self.0.windows(some.len()).any(|window| window == some)
    }

    /// The first place from `from` on that holds none of these words, at most `most` further.
    fn behind(&self, from: usize, of: &[&str], most: usize) -> usize {
        (from..from + most).find(|at| !self.is_any(*at, of)).unwrap_or(from + most)
    }

    /// "Can you stop …" is a request, whatever its mark.
    fn asks_us(&self) -> bool {
        self.is_any(0, &["can", "could", "will", "would"]) && self.is_any(1, &["you", "u", "we", "i"])
    }

    /// A question about what was, or a condition: "did you stop texting me", "if you stop".
    fn is_about_past(&self) -> bool {
        self.has(&["why"]) || self.has(&["did"]) || self.has(&["didnt"]) || self.has(&["if", "you"])
    }

    /// Whether a negation governs the word: "don't want you to stop".
    fn is_negated(&self, at: usize) -> bool {
        const BETWEEN: &[&str] = &[
            "want", "wish", "to", "mean", "need", "like", "ever", "me", "i", "you", "u", "intend", "going",
            "just", "please",
        ];
        let mut before = at;
        while before > 0 && self.is_any(before - 1, BETWEEN) {
            before -= 1;
        }
        before > 0
            && self.is_any(
                before - 1,
                &["dont", "not", "never", "didnt", "wont", "cant", "without", "doesnt", "shouldnt"],
            )
    }

    /// Nothing but opt-out words, with answers beside them: "yes stop".
    fn is_stop_alone(&self) -> Option<Degree> {
        const ALSO: &[&str] = &["c", "change", "start", "unstop", "help", "info"];
        let is_known = |word: &&str| {
            STOP.contains(word)
                || BESIDE_STOP.contains(word)
                || ALSO.contains(word)
                || YES.contains(word)
                || NO.contains(word)
        };
        let stops = self.0.iter().any(|word| STOP.contains(word));
        let is_plain = self.0.iter().all(|word| STOP.contains(word) || BESIDE_STOP.contains(word));
        (stops && self.0.iter().all(is_known)).then_some(if is_plain { Plain } else { Perhaps })
    }

    /// Words that mean an opt-out wherever they stand, unless out of something else.
    fn opt_out(&self) -> Option<Degree> {
        let at = self.0.iter().position(|word| ["unsubscribe", "optout", "stopall"].contains(word))?;
        if self.is_negated(at) || self.is_about_past() {
            return None;
        }
        let next = self.behind(
            at + 1,
            &["me", "of", "from", "all", "these", "this", "your", "the", "please", "now"],
            6,
        );
        let ends =
            next >= self.0.len() || self.is_any(next, MESSAGES) || self.is_any(next, &["list", "service"]);
        Some(if ends { Plain } else { Perhaps })
    }

    /// Stop, end or cancel, and then messages or messaging.
    fn stop_messages(&self) -> Option<Degree> {
        const VERBS: &[&str] =
            &["stop", "stoping", "quit", "cease", "halt", "end", "discontinue", "cancel", "block"];
        const GAP: &[&str] = &[
            "please",
            "all",
            "the",
            "these",
            "this",
            "those",
            "your",
            "any",
            "my",
            "me",
            "us",
            "with",
            "of",
            "sending",
            "send",
            "getting",
            "receiving",
            "further",
            "more",
            "automated",
            "automatic",
            "daily",
            "constant",
            "so",
            "many",
            "appointment",
            "from",
            "stupid",
            "bloody",
            "damn",
            "fucking",
            "off",
        ];
        if self.is_about_past() {
            return None;
        }
        let turns_off = |at: usize| self.is_any(at, &["turn", "switch"]) && self.is_any(at + 1, &["off"]);
        (0..self.0.len()).filter(|at| self.is_any(*at, VERBS) || turns_off(*at)).find_map(|at| {
            // "End of message" is how some people sign.
            if self.is_negated(at) || (self.is_any(at, &["end"]) && self.is_any(at + 1, &["of"])) {
                return None;
            }
            let next = self.behind(at + 1, GAP, 8);
            if self.is_any(next, MESSAGES) && next > at {
                let limited = self.is_limited(at + 1);
                return Some(if limited { Perhaps } else { Plain });
            }
            if self.is_any(next, MESSAGING) {
                let meant = self.meant(next + 1);
                return if self.is_any(next, &["writing"]) { meant } else { meant.or(Some(Perhaps)) };
            }
            let sends = (at + 1..next).any(|at| self.is_any(at, &["sending"]));
            let to_me = (at + 1..next).any(|at| self.is_any(at, &["me", "these", "this"]));
            (sends && to_me && !self.is_any(next, &["letter", "letters", "emails"])).then_some(Perhaps)
        })
    }

    /// "Don't text me", "never contact this number again".
    fn do_not_message(&self) -> Option<Degree> {
        const GAP: &[&str] = &[
            "ever", "you", "u", "even", "call", "ring", "phone", "email", "or", "and", "be", "keep", "dare",
            "to", "continue", "go", "on", "again",
        ];
        const NOT_US: &[&str] = &["they", "you", "u", "he", "she", "we", "it", "i", "who", "doesnt"];
        if self.is_about_past() {
            return None;
        }
        (0..self.0.len()).filter(|at| self.is_any(*at, &["dont", "never", "not"])).find_map(|at| {
            // "I could not text", but "I asked you not to text me".
            let is_other = match self.at(at) {
                "not" => !self.is_any(at + 1, &["to"]),
                _ => at > 0 && self.is_any(at - 1, NOT_US),
            };
            if is_other {
                return None;
            }
            let next = self.behind(at + 1, GAP, 6);
            if self.is_any(next, &["send", "sending"]) {
                let rest = &self.0[next + 1..self.0.len().min(next + 7)];
                let messages = rest.iter().any(|word| MESSAGES.contains(word));
                let more = rest.iter().any(|word| {
                    ["anything", "anymore", "more", "again", "these", "this", "them"].contains(word)
                });
                let limited = self.is_limited(next + 1);
                return match (messages, more, limited) {
                    (true, _, false) => Some(Plain),
                    (true, _, true) | (_, true, _) => Some(Perhaps),
                    _ => None,
                };
            }
            if !self.is_any(next, TO_MESSAGE) {
                return None;
            }
            // "Don't bother" alone may be about the visit.
            let is_vague = next + 1 >= self.0.len() && self.is_any(next, &["bother", "write", "remind"]);
            if is_vague { Some(Perhaps) } else { self.meant(next + 1) }
        })
    }

    /// To whom a verb of messaging is said not to be done; `None` when it is somebody else.
    fn meant(&self, at: usize) -> Option<Degree> {
        let next = self.behind(at, &["to", "please"], 2);
        let is_us = next >= self.0.len()
            || self.is_any(
                next,
                &[
                    "me", "us", "this", "here", "anymore", "again", "now", "more", "on", "at", "after",
                    "before", "messages", "texts",
                ],
            );
        is_us.then(|| if self.is_limited(next) { Perhaps } else { Plain })
    }

    /// Whether what follows limits the refusal to some hours or some matters. "At this number" does not.
    fn is_limited(&self, from: usize) -> bool {
        (from..self.0.len()).any(|at| {
            self.is_any(at, CONDITIONS)
                && !(self.is_any(at, &["at"]) && self.is_any(at + 1, &["this", "all"]))
        })
    }

    /// "I don't want any more texts", "no longer wish to be contacted".
    fn want_none(&self) -> Option<Degree> {
        const GAP: &[&str] = &[
            "really",
            "actually",
            "even",
            "want",
            "wish",
            "need",
            "like",
            "would",
            "care",
            "to",
            "for",
            "agree",
            "consent",
            "require",
            "any",
            "anymore",
            "more",
            "get",
            "getting",
            "receive",
            "receiving",
            "have",
            "having",
            "be",
            "being",
            "sent",
            "these",
            "those",
            "this",
            "the",
            "your",
            "further",
            "you",
            "u",
            "sending",
            "send",
            "me",
            "of",
            "such",
            "from",
            "other",
            "appointment",
            "by",
            "automated",
            "a",
            "rather",
            "not",
            "keep",
            "via",
            "ur",
            "constant",
            "so",
            "many",
        ];
        const WANT: &[&str] = &["want", "wish", "like", "consent", "agree", "care", "rather"];
        const SENT: &[&str] =
            &["texted", "contacted", "messaged", "reminded", "messaging", "contacting", "reminding"];
        if self.is_about_past() {
            return None;
        }
        (0..self.0.len()).filter(|at| self.is_any(*at, &["dont", "nolonger", "never", "not"])).find_map(
            |at| {
                if at > 0 && self.is_any(at - 1, &["you", "u", "they", "we"]) {
                    return None;
                }
                let from = at.saturating_sub(1);
                let end = self.behind(at + 1, GAP, 14);
                let said = &self.0[from..end.min(self.0.len())];
                let wants = said.iter().any(|word| WANT.contains(word));
                let needs = said.iter().any(|word| ["need", "require"].contains(word));
                if !(wants || needs) || !(self.is_any(end, MESSAGES) || self.is_any(end, SENT)) {
                    return None;
                }
                let ends = end + 1 >= self.0.len()
                    || self.is_any(
                        end + 1,
                        &["again", "anymore", "from", "to", "on", "now", "ever", "here", "you", "by", "me"],
                    );
                Some(if wants && ends && !self.is_limited(at + 1) { Plain } else { Perhaps })
            },
        )
    }

    /// "No more texts", "no messages please".
    fn no_more(&self) -> Option<Degree> {
        if self.0 == ["no", "more"] {
            return Some(Perhaps);
        }
        (0..self.0.len()).filter(|at| self.is_any(*at, &["no"])).find_map(|at| {
            let more = self.is_any(at + 1, &["more", "further", "other"]);
            let next =
                self.behind(at + 1, &["more", "further", "other", "of", "these", "the", "your", "bloody"], 4);
            let is_noun = self.is_any(next, MESSAGES) && (more || at == 0);
            if !is_noun {
                return None;
            }
            let plural = self.0.get(next).is_some_and(|word| word.ends_with('s'));
            let ends = next + 1 >= self.0.len()
                || self
                    .is_any(next + 1, &["again", "anymore", "to", "from", "for", "on", "me", "ever", "now"]);
            match (more, plural, ends) {
                (true, _, true) | (false, true, true) => {
                    Some(if self.is_limited(next + 1) { Perhaps } else { Plain })
                }
                (true, _, false) => Some(Perhaps),
                _ => None,
            }
        })
    }

    /// "Remove me from this list", "take my number off".
    fn off_the_list(&self) -> Option<Degree> {
        (0..self.0.len())
            .filter(|at| self.is_any(*at, &["remove", "take", "delete", "get", "erase"]))
            .find_map(|at| {
                if self.is_negated(at) {
                    return None;
                }
                let rest = &self.0[at + 1..];
                let has = |some: &[&str]| rest.iter().any(|word| some.contains(word));
                if has(&["waiting", "waitlist", "queue"]) {
                    return None;
                }
                let is_number = self.is_any(at + 1, &["my", "this"]) && has(&["number"]);
                let goes = match self.at(at) {
                    "get" => has(&["off"]),
                    "take" => has(&["off", "from"]),
                    _ => true,
                };
                let me = self.is_any(at + 1, &["me"]);
                let away = has(&["from", "off"]);
                let end = at + 2 >= self.0.len() || (self.0.len() == at + 3 && away);
                if is_number && goes {
                    return Some(Plain);
                }
                match me {
                    true if away && has(&["list", "lists"]) => {
                        Some(if has(&["the"]) { Perhaps } else { Plain })
                    }
                    true if away && rest.iter().any(|word| MESSAGES.contains(word)) => Some(Plain),
                    true if away && has(&["system", "database", "records"]) => Some(Perhaps),
                    true if end && self.is_any(at, &["remove", "delete", "take"]) => Some(Perhaps),
                    _ => None,
                }
            })
    }

    /// Other ways of saying it.
    fn said_otherwise(&self) -> Option<Degree> {
        const PLAIN: &[&[&str]] = &[&["lose", "my", "number"]];
        const PERHAPS: &[&[&str]] = &[
            &["leave", "me", "alone"],
            &["withdraw", "consent"],
            &["withdraw", "my", "consent"],
            &["revoke", "consent"],
            &["revoke", "my", "consent"],
            &["revoke", "permission"],
            &["ive", "optedout"],
            &["have", "optedout"],
            &["i", "optedout"],
            &["how", "do", "i", "stop", "this"],
        ];
        const RUDE: &[&[&str]] = &[&["piss", "off"], &["fuck", "off"], &["go", "away"], &["get", "lost"]];
        // Pain that does not go away is something else.
        if RUDE.iter().any(|some| self.0.starts_with(some) && self.0.len() <= 3) {
            return Some(Perhaps);
        }
        if PLAIN.iter().any(|some| self.has(some)) {
            return Some(Plain);
        }
        PERHAPS.iter().any(|some| self.has(some)).then_some(Perhaps)
    }
}

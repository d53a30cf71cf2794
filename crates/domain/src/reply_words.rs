//! What a text message that a patient sends back means. A reader that would rather ask a person than guess.
//!
//! Stop words after the carriers' list and the rule that any reasonable way of refusing counts (design, DOMAIN section 6):
//! a refusal of messages is final however it is worded. Where one *may* be meant, it is taken as one and a person looks as
//! well: whoever is no longer written to and should be has their reminders made a task, and START brings them back. An
//! answer is the other way round: only what plainly answers the open question counts, as a visit that is wrongly taken for
//! confirmed is not reminded of again. Nothing that is sent back ever cancels an appointment.

mod fold;
mod refusal;
mod words;

#[cfg(test)]
mod tests;

use crate::coded;
use fold::{Clause, Message};

coded! {
    /// What the patient was asked and has not answered yet.
    Question {
        /// Whether they come to a booked visit.
        Visit = "visit",
        /// Whether an offered time suits them.
        Offer = "offer",
        /// Whether they still need what they wait for.
        StillNeeded = "still-needed",
    }
}

coded! {
    /// What a message that came back means.
    Meaning {
        /// No more messages. Final at once.
        Stop = "stop",
        /// Messages again: START and UNSTOP alone, never a yes.
        Return = "return",
        /// Who writes here?
        Help = "help",
        /// Yes to the open question.
        Confirm = "confirm",
        /// Another time, or not at all: the way to change is sent, nothing is given up.
        Change = "change",
        /// No to the open question.
        No = "no",
        /// Something for a person to read.
        Other = "other",
    }
}

coded! {
    /// Why it is read so.
    Reason {
        /// The message is a word that has this meaning.
        Keyword = "keyword",
        /// Words that refuse messages.
        Refusal = "refusal",
        /// Words that may refuse messages, or refuse them at some hours or in one matter.
        PerhapsRefusal = "perhaps-refusal",
        /// A refusal beside an answer or a wish.
        RefusalAndMore = "refusal-and-more",
        /// The number is not the patient's.
        WrongPerson = "wrong-person",
        /// The message is an answer to the open question.
        Answer = "answer",
        /// A wish to come at another time or not at all, in words.
        Wish = "wish",
        /// An answer and something that goes against it.
        Contradiction = "contradiction",
        /// An answer, and nothing was asked.
        NothingAsked = "nothing-asked",
        /// Thanks or a sign that wants no answer.
        Courtesy = "courtesy",
        /// Nothing to read in it.
        Empty = "empty",
        /// Words that the product does not read.
        FreeText = "free-text",
    }
}

/// A message as it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    pub meaning: Meaning,
    pub reason: Reason,
    /// A person looks at it, whatever the product does by itself.
    pub for_person: bool,
}

const fn sure(meaning: Meaning, reason: Reason) -> Reading {
    Reading { meaning, reason, for_person: false }
}

const fn and_a_person(meaning: Meaning, reason: Reason) -> Reading {
    Reading { meaning, reason, for_person: true }
}

/// Reads a message that came back while a question was open, or none was.
pub fn read(text: &str, open: Option<Question>) -> Reading {
    let message = Message::of(text);
    if message.is_reaction {
        // A phone's mark on our own words, which it repeats: "Liked “… reply STOP …”".
        return sure(Meaning::Other, Reason::Courtesy);
    }
    let whole = message.whole();
    if whole.words.is_empty() {
        return signs(&message, open);
    }
    keyword(&whole, open)
        .or_else(|| refused(&message, &whole))
        .or_else(|| wished(&message, &whole, open))
        .or_else(|| answered(&message, &whole, open))
        .unwrap_or_else(|| rest(&whole))
}

/// A message without a word.
fn signs(message: &Message, open: Option<Question>) -> Reading {
    match (message.nods, message.shakes, open) {
        (true, false, Some(_)) => sure(Meaning::Confirm, Reason::Answer),
        (true, false, None) => sure(Meaning::Other, Reason::Courtesy),
        (_, true, _) => and_a_person(Meaning::Other, Reason::FreeText),
        (false, false, _) => sure(Meaning::Other, Reason::Empty),
    }
}

/// Messages that are one word with a meaning of its own, and courtesies around it.
fn keyword(whole: &Clause, open: Option<Question>) -> Option<Reading> {
    let bare = whole.bare();
    let is_alone = bare.len() == whole.words.len();
    let said = bare.join(" ");
    let said = said.as_str();
    let stops = bare.iter().any(|word| words::STOP.contains(word));
    let is_stop = |word: &&str| words::STOP.contains(word) || words::BESIDE_STOP.contains(word);
    if (stops && bare.iter().all(is_stop)) || words::STOP_ELSEWHERE.contains(&said) {
        return Some(sure(Meaning::Stop, Reason::Keyword));
    }
    if words::STOP_OR_CANCEL.contains(&said) {
        return Some(match (is_alone, said, open) {
            // Carriers take it for an opt-out whatever we do. Whether a visit was meant is for a person to ask.
            (true, "cancel", Some(_)) => and_a_person(Meaning::Stop, Reason::Keyword),
            (true, _, _) => sure(Meaning::Stop, Reason::Keyword),
            (false, "cancel", Some(_)) => and_a_person(Meaning::Change, Reason::Wish),
            (false, _, _) => and_a_person(Meaning::Stop, Reason::PerhapsRefusal),
        });
    }
    if words::RETURN.contains(&said) {
        return Some(sure(Meaning::Return, Reason::Keyword));
    }
    if words::HELP.contains(&said) {
        return Some(sure(Meaning::Help, Reason::Keyword));
    }
    None
}

/// Refusals of messages, in words.
fn refused(message: &Message, whole: &Clause) -> Option<Reading> {
    let stop = |reason| Some(and_a_person(Meaning::Stop, reason));
    if whole.has_phrase(words::WRONG_PERSON) && !whole.asks {
        return stop(Reason::WrongPerson);
    }
    let mut found = None;
    let mut is_all = true;
    for clause in &message.clauses {
        match refusal::of(clause) {
            Some(degree) => found = found.max(Some(degree)),
            None => is_all &= clause.bare().is_empty(),
        }
    }
    let degree = match found {
        // Clauses that the writer did not mean: "please dont - message me".
        None => refusal::of(whole)?,
        Some(degree) => degree,
    };
    match degree {
        refusal::Degree::Perhaps => stop(Reason::PerhapsRefusal),
        refusal::Degree::Plain if !is_all || refusal::says_more(whole) => stop(Reason::RefusalAndMore),
        refusal::Degree::Plain => Some(sure(Meaning::Stop, Reason::Refusal)),
    }
}

/// A wish for another time, or not to come.
fn wished(message: &Message, whole: &Clause, open: Option<Question>) -> Option<Reading> {
    let said = whole.bare().join(" ");
    if words::CHANGE.contains(&said.as_str()) {
        return Some(match open {
            Some(_) => sure(Meaning::Change, Reason::Keyword),
            None => and_a_person(Meaning::Change, Reason::NothingAsked),
        });
    }
    if words::NO_PHRASES.contains(&said.as_str()) {
        return None;
    }
    let wishes = whole.has_phrase(words::CHANGE_PHRASES) && !whole.has_phrase(words::NO_CHANGE);
    if !wishes {
        return None;
    }
    let begins_with_yes = whole.bare().first().is_some_and(|word| words::YES.contains(word));
    let reason = match begins_with_yes || message.nods {
        true => Reason::Contradiction,
        false => Reason::Wish,
    };
    Some(and_a_person(Meaning::Change, reason))
}

/// A plain answer: every word of the message belongs to it.
fn answered(message: &Message, whole: &Clause, open: Option<Question>) -> Option<Reading> {
    let bare = whole.bare();
    let said = bare.join(" ");
    let said = said.as_str();
    let confirms = is_yes(&bare) || words::YES_PHRASES.contains(&said);
    let denies = words::NO.contains(&said) || words::NO_PHRASES.contains(&said);
    let meaning = match (confirms, denies) {
        (true, false) => Meaning::Confirm,
        (false, true) => Meaning::No,
        _ => return None,
    };
    Some(match (open, meaning) {
        (None, _) => and_a_person(Meaning::Other, Reason::NothingAsked),
        (Some(_), Meaning::Confirm) if message.shakes || whole.asks => {
            and_a_person(Meaning::Other, Reason::Contradiction)
        }
        (Some(_), Meaning::No) if message.nods => and_a_person(Meaning::Other, Reason::Contradiction),
        (Some(_), Meaning::Confirm) => sure(Meaning::Confirm, Reason::Answer),
        // What follows from a no is for a person to decide: nobody loses a visit or a place by a word.
        (Some(_), _) => and_a_person(meaning, Reason::Answer),
    })
}

/// "Yes", "yes ok", "ok confirmed", "yes I will be there".
fn is_yes(bare: &[&str]) -> bool {
    let mut left = bare;
    let mut yes = 0;
    while let Some((first, behind)) = left.split_first()
        && words::YES.contains(first)
    {
        yes += 1;
        left = behind;
    }
    yes > 0 && (left.is_empty() || words::YES_PHRASES.contains(&left.join(" ").as_str()))
}

fn rest(whole: &Clause) -> Reading {
    if whole.bare().is_empty() {
        return sure(Meaning::Other, Reason::Courtesy);
    }
    let begins = |list: &[&str]| whole.bare().first().is_some_and(|word| list.contains(word));
    let reason =
        if begins(words::YES) || begins(words::NO) { Reason::Contradiction } else { Reason::FreeText };
    and_a_person(Meaning::Other, reason)
}

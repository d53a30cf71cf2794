//! Whether an organisation's own words can be used.

use domain::language;
use domain::template::{Fault, Part, Piece, Place, Slot, Template, Texts, WrongText, pieces};

use super::fill::{Filling, fill, missing};
use super::{built_in, render, revealing};
use crate::segments::{Encoding, cost};

/// Longest subject, in characters: what fits on the line of a mail. Source: RFC 5322 section 2.1.1.
const LONGEST_SUBJECT: usize = 78;
/// Longest words on a link.
const LONGEST_ACTION: usize = 60;
/// Longest notice: phones cut what is longer.
const LONGEST_PUSH: usize = 150;
/// Longest mail.
const LONGEST_BODY: usize = 4_000;
/// Text messages that one message may cost.
const MOST_SEGMENTS: usize = 2;
/// Longest name of a place that is said back.
const LONGEST_NAME: usize = 40;

/// Everything that is wrong with the texts. `longest` has the longest values that can be expected, for which all must fit;
/// `names` say what the matter is, as those of the organisation's clinics.
pub fn faults(template: Template, own: &Texts, longest: &Filling<'_>, names: &[String]) -> Vec<WrongText> {
    let words = built_in::words(template);
    let design = words.design();
    let mut wrong = Vec::new();
    // Half a message in one language and half in another would be read by nobody. With no text at all, this language is given up.
    if !own.is_empty() && !language::is_product(longest.language) {
        let missing = design.parts().filter(|part| own.get(*part).is_empty());
        wrong.extend(missing.map(|part| WrongText { part, fault: Fault::NotWritten }));
    }
    for part in Part::ALL.iter().copied().filter(|part| !own.get(*part).is_empty()) {
        let text = own.get(part);
        let mut say = |fault: Fault| wrong.push(WrongText { part, fault });
        if design.texts.get(part).is_empty() {
            say(Fault::NoSuchPart);
            continue;
        }
        if text.chars().any(|letter| is_control(letter, part)) {
            say(Fault::ControlCharacter);
        }
        if part.is_seen_by_others()
            && let Some(word) = revealing::word(text, names, longest.to.organisation, longest.language)
        {
            say(Fault::Revealing { word });
        }
        let places = wrong_places(text, part, words.slots);
        if !places.is_empty() {
            places.into_iter().for_each(say);
            continue;
        }
        let filled = fill(text, part, words.slots, longest).unwrap_or_default();
        match most(part) {
            Some(most) if filled.chars().count() > most => say(Fault::TooLong { most }),
            _ => {}
        }
        if part == Part::Sms {
            too_many(template, text, longest).into_iter().for_each(&mut say);
        }
        if template == Template::OneTimeCode && part != Part::Subject {
            wrong_code(text, part).into_iter().for_each(&mut say);
        }
    }
    wrong
}

fn most(part: Part) -> Option<usize> {
    match part {
        Part::Subject => Some(LONGEST_SUBJECT),
        Part::Action => Some(LONGEST_ACTION),
        Part::Push => Some(LONGEST_PUSH),
        Part::Body => Some(LONGEST_BODY),
        // Its room is counted in messages.
        Part::Sms => None,
    }
}

/// Line ends make the paragraphs of a mail and have no place in a line. The line and paragraph separators of Unicode are no
/// control characters by name alone.
fn is_control(letter: char, part: Part) -> bool {
    match letter {
        '\n' => part != Part::Body,
        '\u{2028}' | '\u{2029}' => true,
        letter => letter.is_control(),
    }
}

fn wrong_places(text: &str, part: Part, slots: &[Slot]) -> Vec<Fault> {
    let Some(there) = pieces(text) else {
        return vec![Fault::LoneBrace];
    };
    let known: Vec<Place> =
        slots.iter().filter(|slot| slot.may.contains(&part)).map(|slot| slot.place).collect();
    let unknown = there.iter().find_map(|piece| match piece {
        Piece::Place(name) if known.iter().all(|place| place.code() != *name) => Some(Fault::UnknownPlace {
            name: name.chars().take(LONGEST_NAME).collect(),
            known: known.clone(),
        }),
        _ => None,
    });
    unknown.into_iter().chain(missing(text, part, slots).into_iter().map(Fault::MissingPlace)).collect()
}

/// The whole text message is counted: who is speaking, the link and the phone are part of it.
fn too_many(template: Template, text: &str, longest: &Filling<'_>) -> Option<Fault> {
    let alone = Texts { sms: text.to_owned(), ..Texts::default() };
    let cost = cost(&render(template, &alone, longest).sms);
    (cost.segments > MOST_SEGMENTS).then_some(Fault::TooManySegments {
        segments: cost.segments,
        most: MOST_SEGMENTS,
        is_unicode: cost.encoding == Encoding::Ucs2,
    })
}

fn wrong_code(text: &str, part: Part) -> Vec<Fault> {
    let mut wrong = Vec::new();
    if part == Part::Sms && !matches!(pieces(text).unwrap_or_default().first(), Some(Piece::Place("code"))) {
        wrong.push(Fault::CodeNotFirst);
    }
    let small = text.to_lowercase();
    if ["://", "www."].iter().any(|sign| small.contains(sign)) {
        wrong.push(Fault::Address);
    }
    wrong
}

//! What fills the places of a message, and a message's words with their places filled.

use domain::day_notices::{DayNotice, Tally};
use domain::notice::StaffNotice;
use domain::template::{Part, Piece, Place, Slot, Template, Texts, pieces};

use super::layout::clean;
use super::{To, When, built_in, day_words, notice_words};

/// Everything that a message may say.
#[derive(Debug, Clone, Copy)]
pub struct Filling<'a> {
    /// The patient; or a colleague, with their whole name.
    pub to: To<'a>,
    pub when: When,
    pub until: When,
    /// What a missed visit costs.
    pub cost: &'a str,
    pub code: &'a str,
    /// How long the code works.
    pub minutes: u32,
    pub clinician: &'a str,
    /// As in "from 1 to 8 March 2026".
    pub days: &'a str,
    pub reference: &'a str,
    pub notice: StaffNotice,
    /// Of a notice about a clinician's own days: what it is about and what it counts. The day is that of `when`.
    pub day: Option<(DayNotice, Tally)>,
    /// In a letter to a clinician without an account alone: the patient's name, date of birth and number.
    pub about: &'a str,
    /// There too: the report, or what the patient was told; may be empty. Its lines are kept.
    pub text: &'a str,
    /// In which the words are, BCP 47 in small letters. What Waymark puts around and into them in another language than its own
    /// are names and figures alone.
    pub language: &'a str,
}

impl Filling<'_> {
    /// What has happened, and what follows.
    fn happened(&self) -> (String, String) {
        match self.day {
            Some((about, tally)) => day_words(about, &tally, self.when),
            None => {
                let (what, then) = notice_words(self.notice);
                (what.to_owned(), then.to_owned())
            }
        }
    }

    fn value(&self, place: Place) -> String {
        match place {
            Place::When => self.when.spoken(self.language),
            Place::Until => self.until.spoken(self.language),
            Place::Organisation => clean(self.to.organisation),
            Place::Phone => clean(self.to.phone),
            Place::Cost => clean(self.cost),
            Place::Code => clean(self.code),
            Place::Minutes => self.minutes.to_string(),
            Place::Name | Place::Who => clean(self.to.first_name.unwrap_or_default()),
            Place::Clinician => clean(self.clinician),
            Place::Days => self.days.to_owned(),
            Place::Reference => clean(self.reference),
            Place::What => self.happened().0,
            Place::Then => self.happened().1,
            Place::About => clean(self.about),
        }
    }
}

/// A text with its places filled; `None` when a brace stands alone, or when nothing fills a place of this part. What was put
/// in is not looked through again.
pub(super) fn fill(text: &str, part: Part, slots: &[Slot], with: &Filling<'_>) -> Option<String> {
    let mut filled = String::with_capacity(text.len() + 40);
    for piece in pieces(text)? {
        match piece {
            Piece::Words(words) => filled.push_str(words),
            Piece::Place(name) => {
                let slot = slots.iter().find(|slot| slot.place.code() == name)?;
                if !slot.may.contains(&part) {
                    return None;
                }
                filled.push_str(&with.value(slot.place));
            }
        }
    }
    Some(filled)
}

/// The places that a text must have and has not.
pub(super) fn missing(text: &str, part: Part, slots: &[Slot]) -> Vec<Place> {
    let there = pieces(text).unwrap_or_default();
    slots
        .iter()
        .filter(|slot| slot.must.contains(&part) && !there.contains(&Piece::Place(slot.place.code())))
        .map(|slot| slot.place)
        .collect()
}

/// The paragraphs of a text that somebody typed: an empty line is between two.
pub(super) fn paragraphs(text: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let mut is_new = true;
    for line in text.lines().map(clean) {
        match all.last_mut() {
            _ if line.is_empty() => is_new = true,
            Some(last) if !is_new => {
                last.push(' ');
                last.push_str(&line);
            }
            _ => {
                all.push(line);
                is_new = false;
            }
        }
    }
    all
}

/// The words of one message, as they are said to its receiver.
pub(super) struct Said {
    pub subject: String,
    pub sms: String,
    pub body: Vec<String>,
    pub action: String,
    pub push: String,
}

/// The organisation's own words where it has some that can be used, else the product's. A text that was stored and cannot be
/// used any more never keeps a message from leaving.
pub(super) fn said(template: Template, own: &Texts, with: &Filling<'_>) -> Said {
    let words = built_in::words(template);
    let line = |part: Part, otherwise: &str| {
        let own =
            own_line(template, own.get(part), part, words.slots, with).filter(|_| !otherwise.is_empty());
        own.unwrap_or_else(|| ours(otherwise, part, words.slots, with))
    };
    let body = own_body(template, &own.body, words.slots, with)
        .unwrap_or_else(|| words.body.iter().map(|line| ours(line, Part::Body, words.slots, with)).collect());
    Said {
        subject: line(Part::Subject, words.subject),
        sms: line(Part::Sms, words.sms),
        body,
        action: line(Part::Action, words.action),
        push: line(Part::Push, words.push),
    }
}

/// The product's own text. A test fills every one of them.
fn ours(text: &str, part: Part, slots: &[Slot], with: &Filling<'_>) -> String {
    fill(text, part, slots, with).unwrap_or_else(|| text.to_owned())
}

fn own_line(
    template: Template,
    text: &str,
    part: Part,
    slots: &[Slot],
    with: &Filling<'_>,
) -> Option<String> {
    if text.is_empty() {
        return None;
    }
    let filled = fill(text, part, slots, with).filter(|_| missing(text, part, slots).is_empty());
    if filled.is_none() {
        tracing::warn!(%template, %part, "an organisation's own words cannot be used");
    }
    filled.map(|filled| clean(&filled))
}

fn own_body(template: Template, text: &str, slots: &[Slot], with: &Filling<'_>) -> Option<Vec<String>> {
    own_line(template, text, Part::Body, slots, with)?;
    paragraphs(text).iter().map(|line| fill(line, Part::Body, slots, with)).collect()
}

//! What can be wrong with a text that an organisation writes, and how to put it right.

use super::{Part, Place};

/// A text that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrongText {
    pub part: Part,
    pub fault: Fault,
}

/// Why a text cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The message has no such text.
    NoSuchPart,
    /// A brace that no other one belongs to.
    LoneBrace,
    /// Nothing fills this place here; the places that are filled.
    UnknownPlace { name: String, known: Vec<Place> },
    /// Without it the message does not say what it must.
    MissingPlace(Place),
    /// The code must come first, so that a phone offers to fill it in.
    CodeNotFirst,
    /// A message with a code has no address, so that nobody learns to follow one.
    Address,
    /// A character that is no letter, or a line end where there is one line.
    ControlCharacter,
    /// Longer than `most` characters with its places filled.
    TooLong { most: usize },
    /// More text messages than one message may cost, with the longest values.
    TooManySegments { segments: usize, most: usize, is_unicode: bool },
    /// The product has no words of its own in this language.
    NotWritten,
    /// Says to others than the receiver what the matter is.
    Revealing { word: String },
}

impl Fault {
    /// What to do about it, for whoever wrote the text.
    pub fn remedy(&self) -> String {
        match self {
            Self::NoSuchPart => "This message has no such text. Leave it empty.".to_owned(),
            Self::LoneBrace => "Close each { with a }. Braces are for places alone.".to_owned(),
            Self::UnknownPlace { name, known } if known.is_empty() => {
                format!("Nothing fills {{{name}}} here. Write the words.")
            }
            Self::UnknownPlace { name, known } => {
                let known: Vec<String> = known.iter().map(|place| format!("{{{place}}}")).collect();
                format!("Nothing fills {{{name}}} here. Use {}, or write the words.", known.join(", "))
            }
            Self::MissingPlace(place) => {
                format!("Add {{{place}}}. The message does not say enough without it.")
            }
            Self::CodeNotFirst => "Begin with {code}, so that phones offer to fill it in.".to_owned(),
            Self::Address => {
                "Leave the web address out, so that nobody learns to follow one from a message with a code."
                    .to_owned()
            }
            Self::ControlCharacter => {
                "Write it on one line, without characters that cannot be seen.".to_owned()
            }
            Self::TooLong { most } => format!("Shorten it to {most} characters, with its places filled."),
            Self::TooManySegments { segments, most, is_unicode } => {
                let why = if *is_unicode {
                    " Some of its letters leave less than half the room of a message."
                } else {
                    ""
                };
                format!(
                    "Shorten it. With the longest times it takes {segments} text messages; {most} are the most.{why}"
                )
            }
            Self::NotWritten => {
                "Write this text too. Waymark has no words of its own in this language.".to_owned()
            }
            Self::Revealing { word } => format!(
                "Leave “{word}” out. Others can read this on a locked screen or in a list, and it says what the matter is."
            ),
        }
    }
}

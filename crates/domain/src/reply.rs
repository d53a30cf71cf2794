//! Canned replies: texts with places for a name, a clinic and a number.

/// The places that a reply may have, with what fills them.
pub const PLACES: [&str; 3] = ["first name", "service", "phone"];

/// What fills the places.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Filling<'a> {
    pub first_name: &'a str,
    pub service: &'a str,
    pub phone: &'a str,
}

/// The text with its places filled. What is no place stays as it is.
pub fn fill(text: &str, with: &Filling<'_>) -> String {
    let mut filled = String::with_capacity(text.len());
    for piece in pieces(text) {
        match piece {
            Piece::Words(words) => filled.push_str(words),
            Piece::Place(name) => match name.trim() {
                "first name" => filled.push_str(with.first_name),
                "service" => filled.push_str(with.service),
                "phone" => filled.push_str(with.phone),
                _ => {
                    filled.push('{');
                    filled.push_str(name);
                    filled.push('}');
                }
            },
        }
    }
    filled
}

/// The first place in a text that nothing fills.
pub fn unknown_place(text: &str) -> Option<&str> {
    pieces(text).find_map(|piece| match piece {
        Piece::Place(name) if !PLACES.contains(&name.trim()) => Some(name),
        _ => None,
    })
}

enum Piece<'a> {
    Words(&'a str),
    /// What stands between braces.
    Place(&'a str),
}

fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        if let Some(after) = rest.strip_prefix('{')
            && let Some((name, behind)) = after.split_once('}')
            && !name.contains('{')
        {
            rest = behind;
            return Some(Piece::Place(name));
        }
        // An opening brace that nothing closes is a letter like others.
        let from = rest.chars().next().map_or(0, char::len_utf8);
        let end = rest[from..].find('{').map_or(rest.len(), |at| from + at);
        let (words, behind) = rest.split_at(end);
        rest = behind;
        Some(Piece::Words(words))
    })
}

/// A reply that a fresh organisation begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standard {
    pub title: &'static str,
    pub text: &'static str,
    pub audience: Audience,
    /// Code of the act for which it is offered; empty: for any.
    pub act: &'static str,
}

crate::coded! {
    /// For whom a reply is written.
    Audience {
        Patient = "patient",
        Colleague = "colleague",
    }
}

/// The replies of a fresh organisation.
pub const STANDARD: &[Standard] = &[
    Standard {
        title: "Ask for a list of medicines",
        text: "Dear {first name}, please send us a list of the medicines you take, with the doses. A photo of the boxes is enough. If that is hard, call us on {phone}.",
        audience: Audience::Patient,
        act: "ask",
    },
    Standard {
        title: "Decline: looked after by the doctor",
        text: "Dear {first name}, we have read your doctor's letter with care. You do not need a visit to the {service} for this. Your doctor has our advice on what to do next. If you get worse, tell your doctor, or call us on {phone}.",
        audience: Audience::Patient,
        act: "decline",
    },
    Standard {
        title: "Ask for results",
        text: "Thank you for this referral to the {service}. Please add the latest results that it rests on, so that we can decide.",
        audience: Audience::Colleague,
        act: "ask",
    },
    Standard {
        title: "Thanks, we look into it",
        text: "Thank you. We look into it and answer here.",
        audience: Audience::Colleague,
        act: "",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    const WITH: Filling = Filling { first_name: "Margaret", service: "Heart clinic", phone: "0113 496 0000" };

    #[test]
    fn places_are_filled_and_everything_else_stays() {
        for (text, expected) in [
            ("Dear {first name},", "Dear Margaret,"),
            ("{service}: {phone}", "Heart clinic: 0113 496 0000"),
            ("{ phone }", "0113 496 0000"),
            ("a {colour} b", "a {colour} b"),
            ("open { brace", "open { brace"),
            ("a { b {phone}", "a { b 0113 496 0000"),
            ("ä{phone}ö", "ä0113 496 0000ö"),
            ("", ""),
        ] {
            assert_eq!(fill(text, &WITH), expected, "{text}");
        }
    }

    #[test]
    fn a_place_that_nothing_fills_is_named() {
        assert_eq!(unknown_place("Dear {first name}, {colour}"), Some("colour"));
        assert_eq!(unknown_place("Dear {first name} { "), None);
    }

    #[test]
    fn the_replies_to_begin_with_can_be_filled() {
        for reply in STANDARD {
            assert_eq!(unknown_place(reply.text), None, "{}", reply.title);
        }
    }
}

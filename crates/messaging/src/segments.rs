//! How many SMS a text costs: GSM 7-bit (3GPP TS 23.038 section 6.2.1) where every character is in the table or
//! its extension, UCS-2 otherwise.

/// How the text is coded on the air.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// 160 septets in one message, 153 in each part of a longer one.
    Gsm7,
    /// 70 UTF-16 units in one message, 67 in each part of a longer one.
    Ucs2,
}

impl Encoding {
    /// As providers and the command line call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gsm7 => "GSM-7",
            Self::Ucs2 => "UCS-2",
        }
    }
}

/// What a text costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    pub encoding: Encoding,
    /// Septets, or UTF-16 units; padding at the end of a part is not counted.
    pub units: usize,
    /// Messages to pay for; an empty text has none.
    pub segments: usize,
}

/// The default alphabet of 3GPP TS 23.038, without the escape.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
/// The extension table: each costs two septets, which are never parted.
const EXTENDED: &str = "\u{c}^{}\\[~]|€";

/// Counts units and segments as the networks do: a two-unit character is never split over two parts.
pub fn cost(text: &str) -> Cost {
    match text.chars().map(gsm_width).collect::<Option<Vec<usize>>>() {
        Some(widths) => {
            Cost { encoding: Encoding::Gsm7, units: widths.iter().sum(), segments: parts(&widths, 160, 153) }
        }
        None => {
            let widths: Vec<usize> = text.chars().map(char::len_utf16).collect();
            Cost { encoding: Encoding::Ucs2, units: widths.iter().sum(), segments: parts(&widths, 70, 67) }
        }
    }
}

/// Typographic quotes, dashes, dots and spaces as their plain forms, so that one of them does not halve the room
/// of a message. Letters are left alone: a person's name is theirs.
pub fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '‘' | '’' | '‚' | '′' => out.push('\''),
            '“' | '”' | '„' | '″' => out.push('"'),
            '‐' | '‑' | '–' | '—' | '−' => out.push('-'),
            '…' => out.push_str("..."),
            '\u{a0}' | '\u{2007}' | '\u{2009}' | '\u{202f}' | '\t' => out.push(' '),
            '\u{200b}' | '\u{feff}' => {}
            c => out.push(c),
        }
    }
    out
}

fn gsm_width(c: char) -> Option<usize> {
    if BASIC.contains(c) {
        Some(1)
    } else if EXTENDED.contains(c) {
        Some(2)
    } else {
        None
    }
}

fn parts(widths: &[usize], single: usize, each: usize) -> usize {
    let total: usize = widths.iter().sum();
    if total == 0 {
        return 0;
    }
    if total <= single {
        return 1;
    }
    let (mut count, mut used) = (1, 0);
    for width in widths {
        if used + width > each {
            count += 1;
            used = 0;
        }
        used += width;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_alphabet_is_complete() {
        assert_eq!(BASIC.chars().count(), 127);
        assert_eq!(EXTENDED.chars().count(), 10);
    }

    #[test]
    fn one_typographic_quote_halves_the_room_and_plain_gives_it_back() {
        let text = format!("{}’", "a".repeat(100));
        assert_eq!(cost(&text).segments, 2);
        assert_eq!(cost(&plain(&text)), Cost { encoding: Encoding::Gsm7, units: 101, segments: 1 });
        assert_eq!(cost("").segments, 0);
    }

    #[test]
    fn a_two_unit_character_is_never_split() {
        let text = format!("{}€{}", "a".repeat(152), "a".repeat(152));
        assert_eq!(cost(&text).segments, 3);
    }
}

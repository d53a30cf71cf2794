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

/// Counts units and segments as the networks do: a two-unit character is never split over two parts, so that a text may
/// take more parts than its units alone would.
pub fn cost(text: &str) -> Cost {
    counted(text.chars().map(Ok::<char, std::convert::Infallible>))
}

/// The same of a text in UTF-16, where half of a surrogate pair may stand alone: it goes out as the one unit that it is.
pub fn cost_utf16(units: &[u16]) -> Cost {
    counted(char::decode_utf16(units.iter().copied()))
}

fn counted<E>(letters: impl Iterator<Item = Result<char, E>>) -> Cost {
    let letters: Vec<Option<char>> = letters.map(Result::ok).collect();
    match letters.iter().map(|letter| letter.and_then(gsm_width)).collect::<Option<Vec<usize>>>() {
        Some(widths) => {
            Cost { encoding: Encoding::Gsm7, units: widths.iter().sum(), segments: parts(&widths, 160, 153) }
        }
        None => {
            let widths: Vec<usize> = letters.iter().map(|letter| letter.map_or(1, char::len_utf16)).collect();
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
        // 306 septets are two parts, unless the character that straddles them moves.
        let text = format!("{}€{}", "a".repeat(152), "a".repeat(151));
        assert_eq!(cost(&text), Cost { encoding: Encoding::Gsm7, units: 305, segments: 2 });
        // The same with pairs of UTF-16 units: 66, a pair that does not fit, 66.
        let text = format!("{}😀{}", "ж".repeat(66), "ж".repeat(66));
        assert_eq!(cost(&text), Cost { encoding: Encoding::Ucs2, units: 134, segments: 3 });
        assert_eq!(cost(&"😀".repeat(35)).segments, 1);
        assert_eq!(cost(&"😀".repeat(36)), Cost { encoding: Encoding::Ucs2, units: 72, segments: 2 });
        // Of the 67 units of a part, a pair leaves one empty: 33 pairs a part.
        assert_eq!(cost(&"😀".repeat(66)).segments, 2);
        assert_eq!(cost(&"😀".repeat(67)).segments, 3);
    }

    #[test]
    fn room_ends_where_the_standard_says() {
        for (letter, length, segments) in [
            ("a", 160, 1),
            ("a", 161, 2),
            ("a", 306, 2),
            ("a", 307, 3),
            ("€", 80, 1),
            ("€", 81, 2),
            // 76 of them fill 152 of the 153 septets of a part.
            ("€", 152, 2),
            ("€", 153, 3),
            ("ж", 70, 1),
            ("ж", 71, 2),
            ("ж", 134, 2),
            ("ж", 135, 3),
        ] {
            assert_eq!(cost(&letter.repeat(length)).segments, segments, "{length} times {letter}");
        }
        for letter in "@£$¥èéùìòÇØøÅåΔΦΓΛΩΠΨΣΘΞÆæßÉ¤¡ÄÖÑÜ§¿äöñüà\r\n".chars()
        {
            assert_eq!(cost(&letter.to_string()), Cost { encoding: Encoding::Gsm7, units: 1, segments: 1 });
        }
        for letter in "\u{c}^{}\\[~]|€".chars() {
            assert_eq!(cost(&letter.to_string()), Cost { encoding: Encoding::Gsm7, units: 2, segments: 1 });
        }
        // National letters of other tables, a tab, typographic marks: none of them is in the default alphabet.
        for letter in "çáíóúÀâêŵłşğ\t’“–…`\u{1b}\u{a0}".chars() {
            assert_eq!(cost(&letter.to_string()).encoding, Encoding::Ucs2, "{letter:?}");
        }
    }

    #[test]
    fn half_of_a_pair_counts_as_one_unit_and_two_halves_as_one_character() {
        let half = [0xd83d];
        assert_eq!(cost_utf16(&half), Cost { encoding: Encoding::Ucs2, units: 1, segments: 1 });
        let pair: Vec<u16> = "😀".encode_utf16().collect();
        assert_eq!(cost_utf16(&pair), cost("😀"));
        let mut text = vec![0x61; 66];
        text.extend([0xdc00, 0xd83d]);
        text.extend([0x61; 66]);
        assert_eq!(cost_utf16(&text), Cost { encoding: Encoding::Ucs2, units: 134, segments: 2 });
    }
}

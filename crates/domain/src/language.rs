//! Languages that patients speak, by their BCP 47 tags.

/// The commoner ones with their English names, in the order of the names.
pub const NAMED: [(&str, &str); 24] = [
    ("ar", "Arabic"),
    ("bn", "Bengali"),
    ("bfi", "British Sign Language"),
    ("zh", "Chinese"),
    ("cs", "Czech"),
    ("en", "English"),
    ("fr", "French"),
    ("de", "German"),
    ("gu", "Gujarati"),
    ("hi", "Hindi"),
    ("it", "Italian"),
    ("fa", "Persian"),
    ("pl", "Polish"),
    ("pt", "Portuguese"),
    ("pa", "Punjabi"),
    ("ro", "Romanian"),
    ("so", "Somali"),
    ("es", "Spanish"),
    ("ta", "Tamil"),
    ("tr", "Turkish"),
    ("uk", "Ukrainian"),
    ("ur", "Urdu"),
    ("vi", "Vietnamese"),
    ("cy", "Welsh"),
];

/// A language's English name; the tag itself where it is none of the commoner ones.
pub fn name(tag: &str) -> &str {
    let language = bare(tag);
    NAMED.iter().find(|(known, _)| *known == language).map_or(tag, |(_, name)| name)
}

/// The language of the product's own words.
pub const PRODUCT: &str = "en";

/// A tag as it is kept.
pub fn tidy(tag: &str) -> String {
    tag.trim().to_lowercase()
}

/// A tag under which words are written: all English is one, because the product's own words are in it whatever the country.
pub fn written(tag: &str) -> String {
    let tag = tidy(tag);
    if is_product(&tag) { PRODUCT.to_owned() } else { tag }
}

/// The language without country or script.
pub fn bare(tag: &str) -> &str {
    tag.split('-').next().unwrap_or(tag)
}

/// Whether the product's own words are in it.
pub fn is_product(tag: &str) -> bool {
    bare(tag) == PRODUCT
}

/// In which language something is said: the first of those that are wanted in which it is written, as it stands or without
/// country. In the product's own it is always written.
pub fn chosen(wanted: &[&str], written: &[&str]) -> String {
    for tag in wanted.iter().map(|tag| tidy(tag)) {
        for candidate in [tag.as_str(), bare(&tag)] {
            if written.contains(&candidate) {
                return candidate.to_owned();
            }
        }
        if is_product(&tag) {
            break;
        }
    }
    PRODUCT.to_owned()
}

/// Whether this can be a language's tag.
pub fn is_tag(text: &str) -> bool {
    (2..=35).contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_said_in_the_first_language_in_which_it_is_written() {
        for (wanted, written, language) in [
            (vec!["pl"], vec!["pl", "cy"], "pl"),
            (vec!["pl-PL"], vec!["pl"], "pl"),
            (vec!["pt-BR"], vec!["pt", "pt-br"], "pt-br"),
            (vec!["bfi", "pl", "cy"], vec!["cy"], "cy"),
            (vec!["so", "cy"], vec!["pl"], "en"),
            (vec!["en-GB"], vec!["en"], "en"),
            // Who reads English gets the product's English before the house's Welsh.
            (vec!["en-GB", "cy"], vec!["cy"], "en"),
            (vec!["en-GB", "cy"], vec!["cy", "en"], "en"),
            (vec!["", "cy"], vec!["cy"], "cy"),
            (vec![], vec!["cy"], "en"),
        ] {
            assert_eq!(chosen(&wanted, &written), language, "{wanted:?} {written:?}");
        }
    }

    #[test]
    fn words_in_english_are_written_under_one_tag() {
        for (tag, kept) in [(" EN-gb ", "en"), ("en", "en"), ("pt-BR", "pt-br"), ("eng", "eng"), ("", "")] {
            assert_eq!(written(tag), kept);
        }
    }

    #[test]
    fn languages_are_named_in_order_and_others_by_their_tag() {
        assert!(NAMED.is_sorted_by_key(|(_, name)| name));
        assert!(NAMED.iter().all(|(tag, _)| is_tag(tag)));
        assert_eq!((name("pl"), name("pt-BR"), name("xx")), ("Polish", "Portuguese", "xx"));
        assert!(!is_tag("p") && !is_tag("en gb") && !is_tag(&"x".repeat(36)));
    }
}

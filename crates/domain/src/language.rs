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
    let language = tag.split('-').next().unwrap_or(tag);
    NAMED.iter().find(|(known, _)| *known == language).map_or(tag, |(_, name)| name)
}

/// Whether this can be a language's tag.
pub fn is_tag(text: &str) -> bool {
    (2..=35).contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_named_in_order_and_others_by_their_tag() {
        assert!(NAMED.is_sorted_by_key(|(_, name)| name));
        assert!(NAMED.iter().all(|(tag, _)| is_tag(tag)));
        assert_eq!((name("pl"), name("pt-BR"), name("xx")), ("Polish", "Portuguese", "xx"));
        assert!(!is_tag("p") && !is_tag("en gb") && !is_tag(&"x".repeat(36)));
    }
}

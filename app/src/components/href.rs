/// An address that may stand in a link.
///
/// The renderer writes `href` as it is given, so a stored `javascript:` address would run. Only these pass: a path, query or
/// fragment of this site, and `https`, `http`, `mailto` and `tel` addresses. Anything else becomes `#`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Href(String);

impl Href {
    /// The address as it is written into the page.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Href {
    fn from(address: &str) -> Self {
        if allowed(address) { Href(address.to_owned()) } else { Href("#".to_owned()) }
    }
}

impl From<String> for Href {
    fn from(address: String) -> Self {
        Href::from(address.as_str())
    }
}

fn allowed(address: &str) -> bool {
    // Browsers drop tabs and line ends inside addresses and read `\` as `/`, so neither may stand in a checked one.
    if address.chars().any(|c| c.is_control() || c == '\\') {
        return false;
    }
    let own = address.starts_with('/') && !address.starts_with("//");
    let lower = address.to_ascii_lowercase();
    own || address.starts_with(['#', '?'])
        || ["https://", "http://", "mailto:", "tel:"].iter().any(|scheme| lower.starts_with(scheme))
}

#[cfg(test)]
mod tests {
    use super::Href;

    fn check(address: &str, expected: &str) {
        assert_eq!(Href::from(address).as_str(), expected, "{address:?}");
    }

    #[test]
    fn own_paths_and_known_schemes_pass_and_the_rest_become_a_bare_fragment() {
        for good in
            ["/my", "?page=2", "#main", "https://example.org/a", "tel:+441134960000", "mailto:a@example.org"]
        {
            check(good, good);
        }
        for bad in [
            "javascript:alert(1)",
            "JavaScript:alert(1)",
            " javascript:alert(1)",
            "java\tscript:alert(1)",
            "data:text/html,x",
            "//evil.example",
            "/\\evil.example",
            "/\t/evil.example",
            "",
        ] {
            check(bad, "#");
        }
    }
}

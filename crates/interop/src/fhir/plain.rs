//! Narrative (`text.div`) reduced to plain text. Narrative is hostile HTML and is never kept as markup.

/// The words of an XHTML fragment: tags, comments, scripts and styles go, blocks become lines, entities are decoded.
pub fn plain_text(html: &str) -> String {
    let mut out = String::new();
    let mut rest = html;
    while let Some(open) = rest.find('<') {
        push_words(&mut out, &rest[..open]);
        rest = &rest[open..];
        if let Some(comment) = rest.strip_prefix("<!--") {
            rest = comment.find("-->").map_or("", |end| &comment[end + 3..]);
            continue;
        }
        let Some(close) = rest.find('>') else {
            rest = "";
            break;
        };
        let inside = &rest[1..close];
        rest = &rest[close + 1..];
        let closing = inside.starts_with('/');
        let name: String = inside
            .trim_start_matches('/')
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .collect::<String>()
            .to_ascii_lowercase();
        match name.as_str() {
            "script" | "style" if !closing && !inside.ends_with('/') => {
                rest = after_words_of(&name, rest);
            }
            "br" | "p" | "div" | "li" | "tr" | "ul" | "ol" | "table" | "h1" | "h2" | "h3" | "h4" | "h5"
            | "h6" | "hr" | "pre" | "blockquote" => out.push('\n'),
            "td" | "th" => out.push(' '),
            _ => {}
        }
    }
    push_words(&mut out, rest);
    let lines = out.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

/// What follows the content of a script or style: its end tag, in either case, or nothing.
fn after_words_of<'a>(name: &str, mut rest: &'a str) -> &'a str {
    while let Some(at) = rest.find("</") {
        let tag = rest.get(at + 2..at + 2 + name.len());
        if tag.is_some_and(|tag| tag.eq_ignore_ascii_case(name)) {
            return &rest[at..];
        }
        rest = &rest[at + 2..];
    }
    ""
}

/// Text between tags: its own line breaks are only spaces, entities are decoded once.
fn push_words(out: &mut String, text: &str) {
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        push_spaced(out, &rest[..at]);
        rest = &rest[at..];
        let end = rest.bytes().take(12).position(|b| b == b';');
        match end.and_then(|end| Some((end, entity(&rest[1..end])?))) {
            Some((end, letter)) => {
                out.push(letter);
                rest = &rest[end + 1..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    push_spaced(out, rest);
}

fn push_spaced(out: &mut String, text: &str) {
    out.extend(text.chars().map(|c| if c.is_control() { ' ' } else { c }));
}

fn entity(name: &str) -> Option<char> {
    let number = |digits: &str, radix| {
        u32::from_str_radix(digits, radix).ok().and_then(char::from_u32).filter(|c| !c.is_control())
    };
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some(' '),
        _ => match name.strip_prefix('#')? {
            hex if hex.starts_with(['x', 'X']) => number(&hex[1..], 16),
            decimal => number(decimal, 10),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::plain_text;

    #[test]
    fn narrative_becomes_lines_of_words() {
        let html = "<div xmlns='x'><p>Fever &amp; rash,\n  38.5&#176;C</p><ul><li>one<li>two</ul></div>";
        assert_eq!(plain_text(html), "Fever & rash, 38.5°C\none\ntwo");
    }

    #[test]
    fn hostile_narrative_leaves_no_markup_and_no_script() {
        assert_eq!(plain_text("a<script>alert(1)</SCRIPT>b<!-- c -->d<img src=x onerror=y"), "abd");
        assert_eq!(plain_text("<style>x{}</style"), "");
        assert_eq!(plain_text("<script>'</b>'</é</script>after"), "after");
        assert_eq!(plain_text("1 &lt; 2 &bogus; &#xD800; &#0; é&é;<"), "1 < 2 &bogus; &#xD800; &#0; é&é;");
    }
}

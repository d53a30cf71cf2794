//! Narrative as plain text. The XHTML of a stranger is never kept or shown, only its words.

/// Elements after which a line ends.
const BLOCKS: &[&str] =
    &["p", "div", "br", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "hr"];
/// Elements whose content is not text.
const SILENT: &[&str] = &["script", "style", "head", "template"];

/// The words of an XHTML fragment (FHIR R4 `Narrative.div`): tags dropped, entities resolved, blank runs joined.
/// What comes out is text, to be escaped like any other text when it is shown.
pub fn plain_text(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    let mut silent: Option<&str> = None;
    while let Some(open) = rest.find('<') {
        if silent.is_none() {
            push_entities(&mut text, &rest[..open]);
        }
        rest = &rest[open..];
        if let Some(after) = rest.strip_prefix("<!--") {
            rest = after.find("-->").map_or("", |end| &after[end + 3..]);
            continue;
        }
        let Some(close) = rest.find('>') else {
            rest = "";
            break;
        };
        let tag = &rest[1..close];
        let (name, closing) = tag.strip_prefix('/').map_or((tag, false), |name| (name, true));
        let name: String =
            name.chars().take_while(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
        match silent {
            Some(waiting) if closing && waiting == name => silent = None,
            Some(_) => {}
            None => {
                if !closing && !tag.ends_with('/') {
                    silent = SILENT.iter().copied().find(|one| *one == name);
                }
                if BLOCKS.contains(&name.as_str()) {
                    text.push('\n');
                } else if matches!(name.as_str(), "td" | "th") {
                    text.push(' ');
                }
            }
        }
        rest = &rest[close + 1..];
    }
    if silent.is_none() {
        push_entities(&mut text, rest);
    }
    tidy(&text)
}

fn push_entities(out: &mut String, text: &str) {
    // Line breaks in XHTML source are only blanks.
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        push_blanked(out, &rest[..at]);
        rest = &rest[at + 1..];
        let end = rest.bytes().take(12).position(|byte| byte == b';');
        match end.and_then(|end| entity(&rest[..end]).map(|letter| (letter, end))) {
            Some((letter, end)) => {
                out.push(letter);
                rest = &rest[end + 1..];
            }
            None => out.push('&'),
        }
    }
    push_blanked(out, rest);
}

fn push_blanked(out: &mut String, text: &str) {
    out.extend(text.chars().map(|letter| if letter.is_whitespace() { ' ' } else { letter }));
}

fn entity(name: &str) -> Option<char> {
    let number = name.strip_prefix('#');
    let letter = match (name, number) {
        ("amp", _) => '&',
        ("lt", _) => '<',
        ("gt", _) => '>',
        ("quot", _) => '"',
        ("apos", _) => '\'',
        ("nbsp", _) => ' ',
        (_, Some(number)) => {
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)?
        }
        _ => return None,
    };
    Some(if letter.is_control() { ' ' } else { letter })
}

/// One blank between words, at most one empty line between paragraphs.
fn tidy(text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
        if !line.is_empty() || lines.last().is_some_and(|last| !last.is_empty()) {
            lines.push(line);
        }
    }
    lines.join("\n").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::plain_text;

    #[test]
    fn only_the_words_of_a_narrative_are_kept() {
        for (html, words) in [
            ("<div xmlns=\"http://www.w3.org/1999/xhtml\">Heart <b>fine</b>.</div>", "Heart fine."),
            ("<div><p>One</p><p>Two &amp; three &#8804; 4</p></div>", "One\n\nTwo & three ≤ 4"),
            ("<script>alert(1)</script>seen<style>p{}</style>", "seen"),
            ("a<!-- <b>hidden</b> -->b", "ab"),
            ("x &lt;img src=x onerror=1&gt;", "x <img src=x onerror=1>"),
            ("cut <b", "cut"),
            ("&bogus; &#xD800; &#0;é&", "&bogus; &#xD800; é&"),
            ("<script>never closed", ""),
        ] {
            assert_eq!(plain_text(html), words, "{html}");
        }
    }
}

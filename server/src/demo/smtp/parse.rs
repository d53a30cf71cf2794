//! What a person wants to see of a message: subject and plain text.
//!
//! Source: RFC 5322 (headers), RFC 2045 (encodings, multipart), RFC 2047 (encoded words). UTF-8 and Latin-1 only, which
//! is what our own sender writes; other bytes show as replacement characters.

/// Deeper parts are not looked into.
const MAX_DEPTH: usize = 8;

/// The value of the first header of that name, unfolded and decoded; empty when there is none.
pub fn header(raw: &[u8], name: &str) -> String {
    decode_words(&raw_header(split(raw).0, name))
}

/// The first `text/plain` part, decoded, with plain line ends; empty when there is none.
pub fn plain_text(raw: &[u8]) -> String {
    find_plain(raw, 0).unwrap_or_default()
}

fn find_plain(part: &[u8], depth: usize) -> Option<String> {
    let (head, body) = split(part);
    let kind = raw_header(head, "content-type");
    let lower = kind.to_ascii_lowercase();
    if lower.starts_with("multipart/") && depth < MAX_DEPTH {
        return parts(body, &boundary(&kind)?).into_iter().find_map(|inner| find_plain(inner, depth + 1));
    }
    if !(lower.is_empty() || lower.starts_with("text/plain")) {
        return None;
    }
    let bytes = match raw_header(head, "content-transfer-encoding").to_ascii_lowercase().as_str() {
        "base64" => base64(body),
        "quoted-printable" => quoted_printable(body),
        _ => body.to_vec(),
    };
    Some(in_charset(&bytes, &lower).replace("\r\n", "\n"))
}

/// Headers and what follows the first empty line.
fn split(raw: &[u8]) -> (&[u8], &[u8]) {
    let mut begin = 0;
    for line in raw.split_inclusive(|byte| *byte == b'\n') {
        let end = begin + line.len();
        if line == b"\r\n" || line == b"\n" {
            return (&raw[..begin], &raw[end..]);
        }
        begin = end;
    }
    (raw, &[])
}

fn raw_header(head: &[u8], name: &str) -> String {
    let text = String::from_utf8_lossy(head);
    let mut value: Option<String> = None;
    for line in text.lines() {
        match &mut value {
            Some(value) if line.starts_with([' ', '\t']) => {
                value.push(' ');
                value.push_str(line.trim());
            }
            Some(_) => break,
            None => {
                let found = line.split_once(':').filter(|(given, _)| given.eq_ignore_ascii_case(name));
                value = found.map(|(_, rest)| rest.trim().to_owned());
            }
        }
    }
    value.unwrap_or_default()
}

fn boundary(kind: &str) -> Option<String> {
    let at = kind.to_ascii_lowercase().find("boundary=")?;
    let rest = kind.get(at + "boundary=".len()..)?;
    let end = if rest.starts_with('"') { '"' } else { ';' };
    let value = rest.trim_start_matches('"').split(end).next()?.trim();
    (!value.is_empty()).then(|| value.to_owned())
}

fn parts<'a>(body: &'a [u8], boundary: &str) -> Vec<&'a [u8]> {
    let delimiter = format!("--{boundary}");
    let (mut parts, mut at, mut begin) = (Vec::new(), 0, None);
    for line in body.split_inclusive(|byte| *byte == b'\n') {
        if line.starts_with(delimiter.as_bytes()) {
            if let Some(begin) = begin {
                let part = &body[begin..at];
                parts.push(part.strip_suffix(b"\r\n").or(part.strip_suffix(b"\n")).unwrap_or(part));
            }
            begin = Some(at + line.len());
        }
        at += line.len();
    }
    parts
}

fn in_charset(bytes: &[u8], kind: &str) -> String {
    if kind.contains("iso-8859-1") {
        return bytes.iter().map(|byte| char::from(*byte)).collect();
    }
    String::from_utf8_lossy(bytes).into_owned()
}

/// `=?charset?B|Q?text?=`; blanks between two encoded words are dropped (RFC 2047 section 6.2).
fn decode_words(value: &str) -> String {
    let (mut out, mut rest, mut after_word) = (String::new(), value, false);
    while let Some(at) = rest.find("=?") {
        let (before, from) = rest.split_at(at);
        let Some((word, next)) = encoded_word(from) else {
            let (kept, next) = rest.split_at(at + 2);
            (out, rest, after_word) = (out + kept, next, false);
            continue;
        };
        if !(after_word && before.trim().is_empty()) {
            out.push_str(before);
        }
        (out, rest, after_word) = (out + &word, next, true);
    }
    out + rest
}

fn encoded_word(text: &str) -> Option<(String, &str)> {
    let (charset, rest) = text.strip_prefix("=?")?.split_once('?')?;
    let (encoding, rest) = rest.split_once('?')?;
    let (payload, next) = rest.split_once("?=")?;
    let bytes = match encoding {
        "B" | "b" => base64(payload.as_bytes()),
        "Q" | "q" => quoted_printable(payload.replace('_', " ").as_bytes()),
        _ => return None,
    };
    Some((in_charset(&bytes, &charset.to_ascii_lowercase()), next))
}

/// Lenient: letters outside the alphabet are passed over.
fn base64(text: &[u8]) -> Vec<u8> {
    let (mut out, mut bits, mut count) = (Vec::new(), 0_u32, 0_u32);
    for byte in text {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' => break,
            _ => continue,
        };
        bits = (bits << 6) | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count).to_le_bytes()[0]);
        }
    }
    out
}

fn quoted_printable(text: &[u8]) -> Vec<u8> {
    let (mut out, mut rest) = (Vec::new(), text);
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first != b'=' {
            out.push(*first);
        } else if let Some(next) = after.strip_prefix(b"\r\n").or(after.strip_prefix(b"\n")) {
            rest = next;
        } else if let Some(byte) = after.get(..2).and_then(hex) {
            out.push(byte);
            rest = &after[2..];
        } else {
            out.push(b'=');
        }
    }
    out
}

fn hex(digits: &[u8]) -> Option<u8> {
    digits.iter().try_fold(0_u8, |value, digit| {
        let digit = char::from(*digit).to_digit(16)?;
        Some((value << 4) | u8::try_from(digit).ok()?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_unfolded_and_decoded() {
        let raw = b"To: a@b\r\nSubject: =?utf-8?b?WW91ciBhcHBvaW50bWVudCDigJMg?=\r\n =?utf-8?Q?caf=C3=A9_3?= at\r\n 10:00\r\n\r\nx: y\r\n";
        assert_eq!(header(raw, "subject"), "Your appointment \u{2013} caf\u{e9} 3 at 10:00");
        assert_eq!(header(raw, "x"), "", "the body has no headers");
        assert_eq!(header(b"Subject: 5 =? 5 =?x?y", "Subject"), "5 =? 5 =?x?y");
    }

    #[test]
    fn the_plain_text_is_found_in_whatever_it_is_wrapped() {
        let raw = b"Content-Type: multipart/mixed; boundary=\"out\"\r\n\r\n--out\r\n\
            Content-Type: multipart/alternative;\r\n boundary=in\r\n\r\n--in\r\n\
            Content-Type: text/html\r\n\r\n<p>no</p>\r\n--in\r\n\
            Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
            A long =\r\nline=E2=80=A6\r\nand 1=2\r\n--in--\r\n--out\r\n\
            Content-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR\r\n--out--\r\n";
        assert_eq!(plain_text(raw), "A long line\u{2026}\nand 1=2");
        assert_eq!(
            plain_text(b"Subject: x\r\nContent-Transfer-Encoding: base64\r\n\r\naGVs\r\nbG8=\r\n"),
            "hello"
        );
        let latin = b"Content-Type: text/plain; charset=ISO-8859-1\r\n\r\ncaf\xe9";
        assert_eq!(plain_text(latin), "caf\u{e9}");
    }

    #[test]
    fn nonsense_and_endless_nesting_give_nothing() {
        assert_eq!(plain_text(b""), "");
        assert_eq!(plain_text(b"Content-Type: multipart/mixed\r\n\r\n--\r\n"), "");
        let nested = "Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n".repeat(1_000);
        assert_eq!(plain_text(nested.as_bytes()), "");
        let raw = b"Subject: =?utf-8?Q?=E2=80=A6?=\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=E";
        for cut in 0..=raw.len() {
            let _ = (header(&raw[..cut], "subject"), plain_text(&raw[..cut]));
        }
    }
}

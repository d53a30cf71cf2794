//! Content lines, unfolded (RFC 5545 section 3.1).
//!
//! Folds may lie inside a character, so lines are joined as bytes first. Most lines of a calendar are texts that nobody
//! reads: a line is only unfolded when it is asked for.

use std::borrow::Cow;

use memchr::memchr;

/// One content line.
#[derive(Debug, PartialEq)]
pub(super) struct Line<'a> {
    /// The number in the file of its first part, from 1.
    pub number: usize,
    /// Its first part, without the line break.
    head: &'a [u8],
    /// Its further parts as they stand in the file, with line breaks and the white space of the folds.
    rest: &'a [u8],
    break_at: u8,
}

impl<'a> Line<'a> {
    /// The whole line.
    pub fn bytes(&self) -> Cow<'a, [u8]> {
        if self.rest.is_empty() {
            return Cow::Borrowed(self.head);
        }
        let mut joined = Vec::with_capacity(self.head.len() + self.rest.len());
        joined.extend_from_slice(self.head);
        let mut rest = self.rest;
        while !rest.is_empty() {
            let (part, after) = cut(rest, self.break_at);
            joined.extend_from_slice(part.get(1..).unwrap_or_default());
            rest = after;
        }
        Cow::Owned(joined)
    }

    /// At least as long as the whole line is, in bytes.
    pub fn at_most(&self) -> usize {
        self.head.len() + self.rest.len()
    }

    /// The name, before the first semicolon or colon, and where it ends.
    pub fn name(&self) -> (Cow<'a, [u8]>, usize) {
        let end = |bytes: &[u8]| bytes.iter().position(|byte| matches!(byte, b';' | b':'));
        if let Some(end) = end(self.head) {
            return (Cow::Borrowed(self.head[..end].trim_ascii()), end);
        }
        let whole = self.bytes();
        let end = end(&whole).unwrap_or(whole.len());
        (Cow::Owned(whole[..end].trim_ascii().to_vec()), end)
    }

    /// Whether a colon stands in it.
    pub fn has_colon(&self) -> bool {
        memchr(b':', self.head).is_some() || memchr(b':', self.rest).is_some()
    }

    /// The text, with U+FFFD for what is not UTF-8.
    pub fn text(&self) -> Cow<'a, str> {
        match self.bytes() {
            Cow::Borrowed(bytes) => String::from_utf8_lossy(bytes),
            Cow::Owned(bytes) => Cow::Owned(match String::from_utf8(bytes) {
                Ok(text) => text,
                Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
            }),
        }
    }

    /// The name in `BEGIN:name` or `END:name`.
    pub fn after(&self, keyword: &str) -> Option<String> {
        if !self.may_start_with(keyword) {
            return None;
        }
        let bytes = self.bytes();
        let head = bytes.get(..keyword.len())?;
        if !head.eq_ignore_ascii_case(keyword.as_bytes()) {
            return None;
        }
        let rest = bytes[keyword.len()..].trim_ascii_start().strip_prefix(b":")?;
        Some(String::from_utf8_lossy(rest).trim().to_ascii_uppercase())
    }

    /// False where the first part tells already that it does not.
    fn may_start_with(&self, keyword: &str) -> bool {
        let seen = self.head.len().min(keyword.len());
        let is_alike = self.head[..seen].eq_ignore_ascii_case(&keyword.as_bytes()[..seen]);
        is_alike && (seen == keyword.len() || !self.rest.is_empty())
    }
}

/// The content lines of a file; empty lines are passed over.
pub(super) fn lines(bytes: &[u8]) -> Lines<'_> {
    let break_at = if memchr(b'\n', bytes).is_some() { b'\n' } else { b'\r' };
    Lines { rest: bytes, number: 0, break_at }
}

pub(super) struct Lines<'a> {
    rest: &'a [u8],
    number: usize,
    break_at: u8,
}

/// The first line without its break, and what follows it.
fn cut(bytes: &[u8], break_at: u8) -> (&[u8], &[u8]) {
    let (line, after) = match memchr(break_at, bytes) {
        Some(end) => (&bytes[..end], &bytes[end + 1..]),
        None => (bytes, &[][..]),
    };
    (line.strip_suffix(b"\r").unwrap_or(line), after)
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        let mut head: &[u8] = &[];
        while head.is_empty() {
            if self.rest.is_empty() {
                return None;
            }
            self.number += 1;
            (head, self.rest) = cut(self.rest, self.break_at);
        }
        let number = self.number;
        let folded = self.rest;
        while matches!(self.rest.first(), Some(b' ' | b'\t')) {
            self.number += 1;
            (_, self.rest) = cut(self.rest, self.break_at);
        }
        let rest = &folded[..folded.len() - self.rest.len()];
        Some(Line { number, head, rest, break_at: self.break_at })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_are_undone_even_inside_a_character_and_lines_keep_their_number() {
        let file = b"A:caf\xC3\r\n \xA9\r\n\r\n\tx\r\nB:2";
        let found: Vec<_> = lines(file).map(|l| (l.number, l.text().into_owned())).collect();
        assert_eq!(found, [(1, "A:café".to_owned()), (4, "\tx".to_owned()), (5, "B:2".to_owned())]);
    }

    #[test]
    fn old_line_ends_are_understood() {
        assert_eq!(lines(b"A:1\rB:2\r").count(), 2);
    }

    #[test]
    fn names_are_found_through_folds() {
        let file = b"B\r\n EGIN\r\n :VEVENT\r\nDT\r\n START;X=1:2\r\nEND:VEVENT\r\nENDS:1\r\n";
        let found: Vec<_> = lines(file).collect();
        assert_eq!(found[0].after("BEGIN").as_deref(), Some("VEVENT"));
        assert_eq!(found[1].name().0.as_ref(), b"DTSTART");
        assert_eq!(found[2].after("END").as_deref(), Some("VEVENT"));
        assert_eq!(found[3].after("END"), None);
        assert_eq!(found[0].after("END"), None);
    }
}

//! Content lines, unfolded (RFC 5545 section 3.1).
//!
//! The `ical` crate's own reader is not used for this: it ends silently at the first line that is not UTF-8, drops
//! white space around folds and counts unfolded lines, and a cut-off calendar would look like free time. Folds may lie
//! inside a character, so lines are joined as bytes first.

use std::borrow::Cow;

/// One content line.
#[derive(Debug, PartialEq)]
pub(super) struct Line<'a> {
    /// The number in the file of its first part, from 1.
    pub number: usize,
    pub bytes: Cow<'a, [u8]>,
}

impl Line<'_> {
    /// The text, with U+FFFD for what is not UTF-8.
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.bytes)
    }

    /// The name in `BEGIN:name` or `END:name`.
    pub fn after(&self, keyword: &str) -> Option<String> {
        let head = self.bytes.get(..keyword.len())?;
        let rest = &self.bytes[keyword.len()..];
        if !head.eq_ignore_ascii_case(keyword.as_bytes()) {
            return None;
        }
        let rest = rest.trim_ascii_start().strip_prefix(b":")?;
        Some(String::from_utf8_lossy(rest).trim().to_ascii_uppercase())
    }
}

/// The content lines of a file; empty lines are passed over.
pub(super) fn lines(bytes: &[u8]) -> Lines<'_> {
    let break_at = if bytes.contains(&b'\n') { b'\n' } else { b'\r' };
    Lines { rest: bytes, number: 0, break_at }
}

pub(super) struct Lines<'a> {
    rest: &'a [u8],
    number: usize,
    break_at: u8,
}

impl<'a> Lines<'a> {
    fn raw(&mut self) -> Option<&'a [u8]> {
        if self.rest.is_empty() {
            return None;
        }
        self.number += 1;
        let end = self.rest.iter().position(|b| *b == self.break_at);
        let line = &self.rest[..end.unwrap_or(self.rest.len())];
        self.rest = end.map_or(&[], |end| &self.rest[end + 1..]);
        Some(line.strip_suffix(b"\r").unwrap_or(line))
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        let mut first = self.raw()?;
        while first.is_empty() {
            first = self.raw()?;
        }
        let mut line = Line { number: self.number, bytes: Cow::Borrowed(first) };
        while matches!(self.rest.first(), Some(b' ' | b'\t')) {
            let part = self.raw()?;
            line.bytes.to_mut().extend_from_slice(&part[1..]);
        }
        Some(line)
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
}

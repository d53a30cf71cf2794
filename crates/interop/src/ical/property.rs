//! One content line: name, parameters, value (RFC 5545 section 3.1).

/// A property as its line says it.
#[derive(Debug, PartialEq)]
pub(super) struct Parts<'a> {
    /// Names in upper case, values without quotes. A list stays one text.
    pub params: Vec<(String, String)>,
    pub value: &'a str,
}

/// Reads what follows the name, which ends before byte `name_end`. Nothing where a quote does not end, a parameter has
/// no `=`, or there is no value.
///
/// `is_time`: the value is a date or time. Then a zone's name may hold a colon without quotes, as Outlook writes it:
/// `DTSTART;TZID=(UTC+01:00) Amsterdam:20270101T090000`.
pub(super) fn parts(text: &str, name_end: usize, is_time: bool) -> Option<Parts<'_>> {
    let rest = text.get(name_end..)?;
    let mut colon = value_at(rest)?;
    if is_time && !begins_with_date(rest[colon + 1..].trim_start()) {
        let last = rest.rfind(':').filter(|at| begins_with_date(&rest[at + 1..]));
        colon = last.unwrap_or(colon);
    }
    let mut params = Vec::new();
    let mut list = rest[..colon].trim();
    while let Some(next) = list.strip_prefix(';') {
        let (key, after) = next.split_once('=')?;
        let end = param_end(after)?;
        let value = after[..end].chars().filter(|c| *c != '"').collect::<String>();
        params.push((key.trim().to_ascii_uppercase(), value.trim().to_owned()));
        list = after[end..].trim_start();
    }
    list.is_empty().then(|| Parts { params, value: rest[colon + 1..].trim() })
}

/// The colon before the value: the first outside quotes.
fn value_at(rest: &str) -> Option<usize> {
    outside_quotes(rest, b':').filter(|at| *at < rest.len())
}

/// Where a parameter's value ends: before the next semicolon outside quotes.
fn param_end(after: &str) -> Option<usize> {
    outside_quotes(after, b';')
}

/// The first such byte outside quotes, or the length of the text; nothing where a quote does not end.
fn outside_quotes(text: &str, wanted: u8) -> Option<usize> {
    let mut quoted = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            byte if byte == wanted && !quoted => return Some(at),
            _ => {}
        }
    }
    (!quoted).then_some(text.len())
}

fn begins_with_date(text: &str) -> bool {
    text.bytes().filter(|byte| *byte != b'-').take(8).filter(u8::is_ascii_digit).count() == 8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Option<(Vec<(String, String)>, String)> {
        let end = line.find([';', ':']).unwrap_or(line.len());
        parts(line, end, line.starts_with("DT")).map(|parts| (parts.params, parts.value.to_owned()))
    }

    #[test]
    fn a_line_is_name_parameters_and_value() {
        let params = |list: &[(&str, &str)]| -> Vec<(String, String)> {
            list.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
        };
        for (line, expected) in [
            ("UID:a:b;c", Some((params(&[]), "a:b;c"))),
            (
                "DTSTART;TZID=Europe/London:20270101T090000",
                Some((params(&[("TZID", "Europe/London")]), "20270101T090000")),
            ),
            (
                "DTSTART;value=date-time;tzid=\"a:b;c\":20270101T090000",
                Some((params(&[("VALUE", "date-time"), ("TZID", "a:b;c")]), "20270101T090000")),
            ),
            (
                "DTSTART;TZID=(UTC+01:00) Amsterdam, Berlin:20270101T090000",
                Some((params(&[("TZID", "(UTC+01:00) Amsterdam, Berlin")]), "20270101T090000")),
            ),
            ("DTSTART;TZID=\"x:20270101T090000", None),
            ("DTSTART;TZID:20270101T090000", None),
            ("DTSTART", None),
            ("DTSTART:", Some((params(&[]), ""))),
        ] {
            let expected = expected.map(|(params, value)| (params, value.to_owned()));
            assert_eq!(read(line), expected, "{line}");
        }
    }
}

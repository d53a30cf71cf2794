//! Looks at the raw bytes before anything is parsed: size, encoding, nesting.

use serde_json::Value;

use crate::problem::Sink;

/// The largest file read, in bytes.
pub const MAX_BYTES: usize = 64 * 1024 * 1024;
/// The deepest nesting of objects and lists.
pub const MAX_NESTING: usize = 64;
/// The most values in a file, counted by the commas between them; keeps the memory of a parsed file within bounds.
pub const MAX_VALUES: usize = 4_000_000;

/// Parses the bytes, or says in one error why not.
pub(super) fn parse(bytes: &[u8], sink: &Sink) -> Option<Value> {
    let refuse = |problem: &str, remedy: &str| {
        sink.error("", problem, remedy);
        None
    };
    if bytes.len() > MAX_BYTES {
        return refuse("the file is larger than 64 MiB", "split it into several bundles");
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return refuse("the file is empty", "export it again");
    }
    let (nesting, commas) = measure(bytes);
    if commas > MAX_VALUES {
        return refuse("the file holds more than 4,000,000 values", "split it into several bundles");
    }
    if nesting > MAX_NESTING {
        return refuse("objects are nested more than 64 deep", "send plain FHIR R4 resources");
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        return refuse("the file is not UTF-8 text", "save it as JSON in UTF-8");
    };
    match serde_json::from_str::<Value>(text) {
        Ok(value) => Some(value),
        Err(e) if e.is_eof() => {
            sink.error(
                "",
                format!("the JSON ends too early (line {})", e.line()),
                "send the file again; it seems cut off",
            );
            None
        }
        Err(e) => {
            sink.error(
                "",
                format!("the file is not JSON (line {}, column {})", e.line(), e.column()),
                "send FHIR R4 as JSON; XML is not read",
            );
            None
        }
    }
}

/// The deepest nesting and the number of commas, counted outside strings, without parsing.
fn measure(bytes: &[u8]) -> (usize, usize) {
    let (mut depth, mut deepest, mut commas, mut quoted, mut escaped) =
        (0usize, 0usize, 0usize, false, false);
    for byte in bytes {
        if quoted {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => quoted = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => quoted = true,
            b'{' | b'[' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            b',' => commas += 1,
            _ => {}
        }
    }
    (deepest, commas)
}

#[cfg(test)]
mod tests {
    use super::measure;

    #[test]
    fn brackets_and_commas_inside_strings_are_not_counted() {
        assert_eq!(measure(br#"{"a":"[[[\"[[,,","b":[1]}"#), (2, 1));
        assert_eq!(measure(b"]]]]["), (1, 0));
    }
}

//! Limits that are checked on the raw bytes, so that a hostile file costs little.

use serde_json::Value;

use crate::problem::{Problem, Severity};

/// Largest file, in bytes: 64 MiB.
pub const MAX_BYTES: usize = 64 * 1024 * 1024;
/// Deepest nesting of arrays and objects.
pub const MAX_DEPTH: usize = 64;
/// Most values in a file (counted by the commas between them); keeps the parsed file within some hundreds of MiB.
pub const MAX_VALUES: usize = 4_000_000;

/// Parses JSON after checking size, encoding, nesting and number of values.
pub fn parse(bytes: &[u8]) -> Result<Value, Box<Problem>> {
    let refuse = |problem: String, remedy: &str| {
        Err(Box::new(Problem::new(Severity::Error, "(file)", problem, remedy)))
    };
    if bytes.len() > MAX_BYTES {
        return refuse(
            format!("The file is larger than {} MiB.", MAX_BYTES / (1024 * 1024)),
            "Split it into several bundles.",
        );
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let Ok(text) = std::str::from_utf8(bytes) else {
        return refuse("The file is not UTF-8 text.".into(), "Save it as UTF-8 (FHIR R4, section 2.6.2).");
    };
    let text = text.trim_ascii();
    if text.is_empty() {
        return refuse("The file is empty.".into(), "Send a FHIR R4 Bundle or resource as JSON.");
    }
    if text.starts_with('<') {
        return refuse("The file looks like XML.".into(), "Export it as FHIR JSON; XML is not read.");
    }
    let (depth, values) = measure(text.as_bytes());
    if depth > MAX_DEPTH {
        return refuse(
            format!("The file is nested more than {MAX_DEPTH} levels deep."),
            "No FHIR resource needs that; check the program that wrote the file.",
        );
    }
    if values > MAX_VALUES {
        return refuse(
            format!("The file holds more than {MAX_VALUES} values."),
            "Split it into several bundles.",
        );
    }
    match serde_json::from_str(text) {
        Ok(value) => Ok(value),
        // serde_json's own message may quote the text, so only the place is given.
        Err(error) => refuse(
            format!("The file is not valid JSON: line {}, column {}.", error.line(), error.column()),
            "Check that the file was copied whole and that it is one JSON document, not one per line.",
        ),
    }
}

/// Deepest nesting and number of commas outside strings; an unfinished string ends with the file.
fn measure(bytes: &[u8]) -> (usize, usize) {
    let (mut depth, mut deepest, mut commas) = (0_usize, 0, 0);
    let (mut in_string, mut escaped) = (false, false);
    for byte in bytes {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
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

//! Tables as comma-separated values (RFC 4180) that a spreadsheet may open.

/// One record with its line end. A field that a spreadsheet would take for a formula gets an apostrophe in front, and reads
/// as text (OWASP, CSV Injection: `=`, `+`, `-`, `@`, tab and carriage return at the beginning, also of the full-width kind).
pub fn record<T: AsRef<str>>(fields: &[T]) -> String {
    let fields: Vec<String> = fields.iter().map(|field| quoted(field.as_ref())).collect();
    fields.join(",") + "\r\n"
}

fn quoted(field: &str) -> String {
    let is_formula = field
        .trim_start_matches(' ')
        .starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    let guard = if is_formula { "'" } else { "" };
    if is_formula || field.contains(['"', ',', '\r', '\n', ';']) {
        format!("\"{guard}{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::record;

    #[test]
    fn fields_are_quoted_and_formulas_become_text() {
        for (field, written) in [
            ("plain", "plain"),
            ("", ""),
            ("O'Hale, Margaret", "\"O'Hale, Margaret\""),
            ("say \"so\"", "\"say \"\"so\"\"\""),
            ("two\nlines", "\"two\nlines\""),
            ("=1+1", "\"'=1+1\""),
            ("+447700900123", "\"'+447700900123\""),
            ("-2", "\"'-2\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            (" =cmd|' /C calc'!A0", "\"' =cmd|' /C calc'!A0\""),
            ("\t=1", "\"'\t=1\""),
            ("＝1", "\"'＝1\""),
            ("a=1", "a=1"),
        ] {
            assert_eq!(record(&[field]), format!("{written}\r\n"), "{field:?}");
        }
        assert_eq!(record(&["a", "b,c"]), "a,\"b,c\"\r\n");
    }
}

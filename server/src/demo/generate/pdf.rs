//! A letter as a small, valid PDF 1.4: one A4 page, Helvetica, no compression.

/// Characters per line at 10 points that stay inside the margins.
const LINE: usize = 92;
/// Lines that fit between the margins at 14 points' distance.
const LINES: usize = 52;

/// One page with `title` in bold and the text wrapped below it; a blank line starts a paragraph.
///
/// `drawing` holds graphics operators (ISO 32000-1 §8.5) for below the text, or nothing.
/// Text beyond Latin-1 is shown as `?`, text beyond the page is left out: letters here are short.
pub fn letter(title: &str, text: &str, drawing: &str) -> Vec<u8> {
    let mut content = b"BT /F2 13 Tf 56 780 Td ".to_vec();
    content.extend(show(title));
    content.extend(b" Tj /F1 10 Tf 14 TL 0 -26 Td\n");
    for line in wrap(text).iter().take(LINES) {
        content.extend(show(line));
        content.extend(b" Tj T*\n");
    }
    content.extend(b"ET\n");
    content.extend(drawing.bytes());

    let mut stream = format!("<< /Length {} >>\nstream\n", content.len()).into_bytes();
    stream.extend(content);
    stream.extend(b"\nendstream");
    let page: &[u8] = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R \
        /Resources << /Font << /F1 5 0 R /F2 6 0 R >> >> >>";
    let mut info = b"<< /Title ".to_vec();
    info.extend(show(title));
    info.extend(b" >>");
    assemble(&[
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        page,
        &stream,
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>",
        &info,
    ])
}

/// Objects 1…n (catalogue first, document information last) with cross-reference table and trailer
/// (ISO 32000-1 §7.5).
fn assemble(objects: &[&[u8]]) -> Vec<u8> {
    let mut file = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n".to_vec();
    let mut xref = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (object, number) in objects.iter().zip(1..) {
        xref.push_str(&format!("{:010} 00000 n \n", file.len()));
        file.extend(format!("{number} 0 obj\n").bytes());
        file.extend(*object);
        file.extend(b"\nendobj\n");
    }
    let start = file.len();
    let count = objects.len();
    file.extend(xref.bytes());
    file.extend(
        format!(
            "trailer\n<< /Size {} /Root 1 0 R /Info {count} 0 R >>\nstartxref\n{start}\n%%EOF\n",
            count + 1
        )
        .bytes(),
    );
    file
}

/// A literal string in Latin-1, which WinAnsiEncoding shares for all that we write.
fn show(text: &str) -> Vec<u8> {
    let mut shown = vec![b'('];
    for letter in text.chars() {
        let byte = u8::try_from(u32::from(letter)).ok().filter(|byte| !(0x7f..0xa0).contains(byte));
        match byte.unwrap_or(b'?') {
            byte @ (b'(' | b')' | b'\\') => shown.extend([b'\\', byte]),
            byte if byte < 0x20 => shown.push(b' '),
            byte => shown.push(byte),
        }
    }
    shown.push(b')');
    shown
}

fn wrap(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        let mut line = String::new();
        for word in paragraph.split_whitespace() {
            if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > LINE {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_and_foreign_letters_do_not_break_a_string() {
        assert_eq!(show("a(b)\\é£漢\t"), b"(a\\(b\\)\\\\\xe9\xa3? )");
    }

    #[test]
    fn lines_are_wrapped_between_words_and_paragraphs_kept() {
        let lines = wrap(&format!("{} end\n\nnext", "word ".repeat(40)));
        assert!(lines.iter().all(|line| line.len() <= LINE));
        assert_eq!(lines.last().map(String::as_str), Some("next"));
        assert!(lines.contains(&String::new()));
    }
}

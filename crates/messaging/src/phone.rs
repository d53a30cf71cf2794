//! Phone numbers as people type them, turned into E.164 (ITU-T E.164: "+", country code, at most 15 digits).

/// Why a number cannot be used, with the remedy in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PhoneProblem {
    #[error("enter a phone number")]
    Empty,
    #[error("use digits only, for example 07700 900123 or +44 7700 900123")]
    NotDigits,
    #[error("leave out the extension: a text message needs a direct number")]
    Extension,
    #[error("the number is too short: check that no digit is missing")]
    TooShort,
    #[error("the number is too long: check the digits")]
    TooLong,
    #[error("the number does not exist in its country's plan: check the digits")]
    NotInPlan,
    #[error("the default country code must be one to three digits, for example 44")]
    BadDefaultCountry,
}

/// Normalises `input`; a number without a country code belongs to `default_country_code` ("44", "1"; digits only).
///
/// Knows the trunk prefix 0 (dropped, except in Italy where it belongs to the number), the written "(0)" after a
/// country code, the international prefixes "+" and "00" (and "011" from countries under +1), and the ten digits
/// of the North American plan. It does not know whether a number is in use.
pub fn e164(input: &str, default_country_code: &str) -> Result<String, PhoneProblem> {
    let cc = default_country_code;
    if cc.is_empty() || cc.len() > 3 || cc.starts_with('0') || !cc.bytes().all(|b| b.is_ascii_digit()) {
        return Err(PhoneProblem::BadDefaultCountry);
    }
    let text = input.trim();
    let text = text.strip_prefix("tel:").unwrap_or(text);
    if text.is_empty() {
        return Err(PhoneProblem::Empty);
    }
    let lower = text.to_lowercase();
    if lower.contains("ext") || lower.contains('x') || lower.contains('#') || lower.contains(";") {
        return Err(PhoneProblem::Extension);
    }
    let mut digits = digits_of(text)?;
    let international = digits.starts_with('+');
    if international {
        digits.remove(0);
    }
    let full = if international {
        digits
    } else if let Some(rest) = digits.strip_prefix("00") {
        rest.to_owned()
    } else if cc == "1" && digits.starts_with("011") {
        digits[3..].to_owned()
    } else if cc == "1" {
        format!("1{}", digits.strip_prefix('1').unwrap_or(&digits))
    } else if cc == "39" {
        format!("39{digits}")
    } else if let Some(national) = digits.strip_prefix('0') {
        format!("{cc}{national}")
    } else if digits.starts_with(cc) && digits.len() >= 11 {
        digits
    } else {
        format!("{cc}{digits}")
    };
    check_plan(&full)?;
    Ok(format!("+{full}"))
}

/// Digits with an optional leading "+"; the usual separators and a written "(0)" after a country code fall away.
fn digits_of(text: &str) -> Result<String, PhoneProblem> {
    let text = if text.starts_with('+') || text.starts_with("00") {
        text.replacen("(0)", "", 1)
    } else {
        text.to_owned()
    };
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '0'..='9' => out.push(c),
            '+' if out.is_empty() => out.push('+'),
            ' ' | '\u{a0}' | '\u{202f}' | '-' | '‐' | '‑' | '–' | '.' | '/' | '(' | ')' => {}
            _ => return Err(PhoneProblem::NotDigits),
        }
    }
    Ok(out)
}

fn check_plan(full: &str) -> Result<(), PhoneProblem> {
    if full.len() < 8 {
        return Err(PhoneProblem::TooShort);
    }
    if full.len() > 15 {
        return Err(PhoneProblem::TooLong);
    }
    if full.starts_with('0') {
        return Err(PhoneProblem::NotInPlan);
    }
    if let Some(national) = full.strip_prefix('1') {
        // North American Numbering Plan: NPA-NXX-XXXX, where N is 2 to 9.
        match national.len() {
            0..=9 => return Err(PhoneProblem::TooShort),
            10 => {}
            _ => return Err(PhoneProblem::TooLong),
        }
        let b = national.as_bytes();
        if b[0] < b'2' || b[3] < b'2' {
            return Err(PhoneProblem::NotInPlan);
        }
    }
    if let Some(national) = full.strip_prefix("44") {
        // Ofcom's National Telephone Numbering Plan: nine or ten digits after the trunk 0, never beginning with 0.
        match national.len() {
            0..=8 => return Err(PhoneProblem::TooShort),
            9 | 10 => {}
            _ => return Err(PhoneProblem::TooLong),
        }
        if national.starts_with('0') {
            return Err(PhoneProblem::NotInPlan);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: &str, cc: &str, expected: Result<&str, PhoneProblem>) {
        assert_eq!(e164(input, cc), expected.map(str::to_owned), "{input} in {cc}");
    }

    #[test]
    fn what_people_type_becomes_e164() {
        check("07700 900123", "44", Ok("+447700900123"));
        check("(020) 7946-0018", "44", Ok("+442079460018"));
        check("+44 (0)7700 900123", "44", Ok("+447700900123"));
        check("0044 7700 900123", "1", Ok("+447700900123"));
        check("447700900123", "44", Ok("+447700900123"));
        check("7700900123", "44", Ok("+447700900123"));
        check("tel:+1-202-555-0143", "44", Ok("+12025550143"));
        check("(202) 555-0143", "1", Ok("+12025550143"));
        check("1 202.555.0143", "1", Ok("+12025550143"));
        check("011 44 7700 900123", "1", Ok("+447700900123"));
        check("06 698 1234", "39", Ok("+39066981234"));
    }

    #[test]
    fn what_cannot_be_used_is_refused_with_its_reason() {
        check("  ", "44", Err(PhoneProblem::Empty));
        check("my mobile", "44", Err(PhoneProblem::NotDigits));
        check("+44 +7700", "44", Err(PhoneProblem::NotDigits));
        check("020 7946 0018 ext 12", "44", Err(PhoneProblem::Extension));
        check("07700 9001", "44", Err(PhoneProblem::TooShort));
        check("07700 900123 4567", "44", Err(PhoneProblem::TooLong));
        check("102 555 0143", "1", Err(PhoneProblem::TooShort));
        check("(102) 555-0143", "1", Err(PhoneProblem::TooShort));
        check("+1 202 155 0143", "1", Err(PhoneProblem::NotInPlan));
        check("+0 7700 900123", "44", Err(PhoneProblem::NotInPlan));
        check("07700 900123", "+44", Err(PhoneProblem::BadDefaultCountry));
    }
}

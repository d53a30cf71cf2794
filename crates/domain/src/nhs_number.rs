//! NHS numbers.

/// An NHS number as it is stored, ten digits, if its check digit is right. Spaces and hyphens are passed over. Source: NHS
/// Data Dictionary, "NHS NUMBER": weights 10 to 2, modulus 11, a check digit of 10 is never given out.
pub fn nhs_number(typed: &str) -> Option<String> {
    let plain: String = typed.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    let digits: Vec<u32> = plain.chars().map(|c| c.to_digit(10)).collect::<Option<_>>()?;
    let (check, first) = digits.split_last()?;
    if first.len() != 9 || !plain.is_ascii() {
        return None;
    }
    let sum: u32 = first.iter().zip((2..=10).rev()).map(|(digit, weight)| digit * weight).sum();
    let expected = match 11 - sum % 11 {
        11 => 0,
        other => other,
    };
    (expected == *check).then_some(plain)
}

#[cfg(test)]
mod tests {
    use super::nhs_number;

    #[test]
    fn the_check_digit_decides() {
        for (typed, expected) in [
            ("943 476 5919", Some("9434765919")),
            ("943-476-5919", Some("9434765919")),
            ("4010232137", Some("4010232137")),
            ("0000000000", Some("0000000000")),
            ("9434765918", None),
            // The remainder would ask for a check digit of 10.
            ("0000000060", None),
            ("943476591", None),
            ("94347659190", None),
            ("943476591x", None),
            ("٩٤٣٤٧٦٥٩١٩", None),
            ("", None),
        ] {
            assert_eq!(nhs_number(typed).as_deref(), expected, "{typed}");
        }
    }
}

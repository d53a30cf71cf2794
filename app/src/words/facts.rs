//! How facts about a patient are written: numbers in groups as people read them out, days as the house writes them.

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// "999 258 3835": the groups of the NHS Data Dictionary and the NHS service manual. Anything but ten digits stays as it is.
pub fn nhs_number(number: &str) -> String {
    match (number.get(..3), number.get(3..6), number.get(6..)) {
        (Some(a), Some(b), Some(c))
            if number.len() == 10 && number.bytes().all(|digit| digit.is_ascii_digit()) =>
        {
            format!("{a} {b} {c}")
        }
        _ => number.to_owned(),
    }
}

/// "07700 900217" for a British mobile, as its owner says it; other numbers as they are kept.
pub fn phone(number: &str) -> String {
    match number.strip_prefix("+447").filter(|rest| rest.len() == 9 && rest.is_ascii()) {
        Some(rest) => format!("07{} {}", &rest[..3], &rest[3..]),
        None => number.to_owned(),
    }
}

/// "10 Jul 2016", "Jul 2016" or "2016", as much of a day as is known (FHIR R4, date). What is no day stays as it is.
pub fn day(date: &str) -> String {
    let mut parts = date.splitn(3, '-');
    let (year, month, day) = (parts.next().unwrap_or_default(), parts.next(), parts.next());
    let month = month.map(|month| month.parse().ok().and_then(|at: usize| MONTHS.get(at.wrapping_sub(1))));
    match (month, day.map(str::parse::<u8>)) {
        (Some(Some(month)), Some(Ok(day))) => format!("{day} {month} {year}"),
        (Some(Some(month)), None) => format!("{month} {year}"),
        _ => date.to_owned(),
    }
}

/// A kind of line of the record.
pub fn record_kind(kind: &str) -> &str {
    match kind {
        "condition" => "Condition",
        "medication" => "Medicine",
        "allergy" => "Allergy",
        "observation" => "Measurement",
        "procedure" => "Procedure",
        "immunisation" | "immunization" => "Vaccination",
        other => other,
    }
}

/// With a capital letter, as the first word of a line.
pub fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_people_read_them_out() {
        assert_eq!(nhs_number("9992583835"), "999 258 3835");
        assert_eq!(nhs_number("999"), "999");
        assert_eq!(nhs_number("99925838é"), "99925838é");
        assert_eq!(phone("+447700900217"), "07700 900217");
        assert_eq!(phone("020 7946 0100"), "020 7946 0100");
        assert_eq!(phone("+4930123456"), "+4930123456");
    }

    #[test]
    fn as_much_of_a_day_is_said_as_is_known() {
        for (date, said) in [
            ("2016-07-10", "10 Jul 2016"),
            ("2016-07", "Jul 2016"),
            ("2016", "2016"),
            ("2016-13-01", "2016-13-01"),
            ("2016-00-01", "2016-00-01"),
            ("", ""),
            ("yesterday", "yesterday"),
        ] {
            assert_eq!(day(date), said, "{date}");
        }
    }
}

//! Whether two referrals may be about the same need of the same person.
//!
//! A suggestion with its reasons: a person looks at both and decides. Nothing here closes, merges or holds back.

use std::collections::BTreeSet;

/// Days between two referrals for the same need: within a year.
const WITHIN_DAYS: i64 = 365;
/// Percent of shared words from which two letters are alike.
const ALIKE_PERCENT: u8 = 50;

/// What is compared of a referral.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared<'a> {
    /// The patient's row.
    pub patient: &'a str,
    pub nhs_number: Option<&'a str>,
    pub family: &'a str,
    pub given: &'a str,
    /// ISO 8601.
    pub birth_date: Option<&'a str>,
    pub service: &'a str,
    pub specialty: Option<&'a str>,
    pub letter: &'a str,
    /// Days since 1970.
    pub sent_day: i64,
    /// The higher, the more urgent.
    pub urgency: u8,
}

/// Why two referrals look like one need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    SamePatient,
    SameNumber,
    /// Under different rows: name and day of birth agree, and no numbers disagree.
    SameNameAndBirth,
    SameService,
    SameSpecialty,
    /// Percent of shared words.
    AlikeLetters(u8),
    /// Days between them.
    DaysApart(i64),
}

/// How alike two referrals are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Likeness {
    /// 0 … 100, for order alone.
    pub score: u8,
    pub reasons: Vec<Reason>,
    /// The one that was sent later asks for more urgency.
    pub later_is_more_urgent: bool,
}

/// Compares two referrals; `None`: they are of different people, for different needs, or too far apart.
pub fn likeness(one: &Compared, other: &Compared) -> Option<Likeness> {
    let apart = (one.sent_day - other.sent_day).abs();
    if apart > WITHIN_DAYS {
        return None;
    }
    let (person, person_score) = same_person(one, other)?;
    let alike = shared_percent(one.letter, other.letter);
    let specialty = one.specialty.is_some() && one.specialty == other.specialty;
    let (need, need_score) = if one.service == other.service {
        (Some(Reason::SameService), 30)
    } else if specialty {
        (Some(Reason::SameSpecialty), 20)
    } else if alike >= ALIKE_PERCENT {
        (None, 0)
    } else {
        return None;
    };
    let mut reasons = vec![person];
    reasons.extend(need);
    if alike >= ALIKE_PERCENT {
        reasons.push(Reason::AlikeLetters(alike));
    }
    reasons.push(Reason::DaysApart(apart));
    let near = 10 - 10 * apart / WITHIN_DAYS;
    let score = person_score + need_score + alike / 5 + u8::try_from(near).unwrap_or(0);
    let (earlier, later) = if one.sent_day <= other.sent_day { (one, other) } else { (other, one) };
    Some(Likeness {
        score: score.min(100),
        reasons,
        later_is_more_urgent: apart > 0 && later.urgency > earlier.urgency,
    })
}

fn same_person(one: &Compared, other: &Compared) -> Option<(Reason, u8)> {
    if one.patient == other.patient {
        return Some((Reason::SamePatient, 40));
    }
    match (number(one), number(other)) {
        (Some(a), Some(b)) => (a == b).then_some((Reason::SameNumber, 40)),
        _ => {
            let born = one.birth_date.is_some() && one.birth_date == other.birth_date;
            let named = name(one.family) == name(other.family) && name(one.given) == name(other.given);
            (born && named && !name(one.family).is_empty()).then_some((Reason::SameNameAndBirth, 30))
        }
    }
}

/// The digits of an NHS number; other lengths are none.
fn number(of: &Compared) -> Option<String> {
    let digits: String = of.nhs_number?.chars().filter(char::is_ascii_digit).collect();
    (digits.len() == 10).then_some(digits)
}

/// A name as it is compared: letters alone, small.
fn name(written: &str) -> String {
    written.chars().filter(|letter| letter.is_alphabetic()).flat_map(char::to_lowercase).collect()
}

/// Percent of the words of both that stand in both; short words say nothing. 0 when one has none.
fn shared_percent(one: &str, other: &str) -> u8 {
    let (one, other) = (words(one), words(other));
    let all = one.union(&other).count();
    if one.is_empty() || other.is_empty() {
        return 0;
    }
    u8::try_from(100 * one.intersection(&other).count() / all).unwrap_or(100)
}

fn words(text: &str) -> BTreeSet<String> {
    text.split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| word.chars().count() > 3)
        .map(str::to_lowercase)
        .collect()
}

/// Where words stand in `text` that the other text does not have: byte ranges on character boundaries, in order.
pub fn unlike(text: &str, other: &str) -> Vec<(usize, usize)> {
    let known: BTreeSet<String> =
        other.split(|letter: char| !letter.is_alphanumeric()).map(str::to_lowercase).collect();
    let mut spans: Vec<(usize, usize)> = Vec::new();
    let mut begun = None;
    for (at, letter) in text.char_indices().chain([(text.len(), ' ')]) {
        match (begun, letter.is_alphanumeric()) {
            (None, true) => begun = Some(at),
            (Some(start), false) => {
                if !known.contains(&text[start..at].to_lowercase()) {
                    // Neighbours with nothing but a space between them are one passage.
                    match spans.last_mut() {
                        Some(last) if text[last.1..start].trim().is_empty() => last.1 = at,
                        _ => spans.push((start, at)),
                    }
                }
                begun = None;
            }
            _ => {}
        }
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    const LETTER: &str = "Palpitations on most days for three months, with one faint. ECG attached.";

    fn referral() -> Compared<'static> {
        Compared {
            patient: "p1",
            nhs_number: Some("943 476 5919"),
            family: "O'Hale",
            given: "Margaret",
            birth_date: Some("1948-03-31"),
            service: "heart",
            specialty: Some("320"),
            letter: LETTER,
            sent_day: 20_000,
            urgency: 0,
        }
    }

    fn check(other: &Compared, expected: Option<&[Reason]>) {
        let found = likeness(&referral(), other);
        assert_eq!(found.as_ref().map(|found| found.reasons.as_slice()), expected, "{other:?}");
        assert_eq!(found, likeness(other, &referral()), "it does not matter which one is looked at first");
    }

    #[test]
    fn the_same_need_of_the_same_person_is_found_with_its_reasons() {
        use Reason::*;
        let again = referral();
        check(&again, Some(&[SamePatient, SameService, AlikeLetters(100), DaysApart(0)]));
        check(
            &Compared { letter: "Knee pain", ..referral() },
            Some(&[SamePatient, SameService, DaysApart(0)]),
        );
        check(
            &Compared { service: "rhythm", letter: "Knee pain", sent_day: 20_030, ..referral() },
            Some(&[SamePatient, SameSpecialty, DaysApart(30)]),
        );
        check(
            &Compared { service: "falls", specialty: None, ..referral() },
            Some(&[SamePatient, AlikeLetters(100), DaysApart(0)]),
        );
        check(
            &Compared { patient: "p2", nhs_number: Some("9434765919"), family: "Hall", ..referral() },
            Some(&[SameNumber, SameService, AlikeLetters(100), DaysApart(0)]),
        );
        check(
            &Compared { patient: "p2", nhs_number: None, family: "ohale", given: "MARGARET", ..referral() },
            Some(&[SameNameAndBirth, SameService, AlikeLetters(100), DaysApart(0)]),
        );
    }

    #[test]
    fn other_people_other_needs_and_other_years_are_not() {
        check(&Compared { service: "knee", specialty: Some("110"), letter: "Knee pain", ..referral() }, None);
        check(&Compared { sent_day: 20_366, ..referral() }, None);
        // Numbers that disagree are two people, whatever they are called.
        check(&Compared { patient: "p2", nhs_number: Some("9876543210"), ..referral() }, None);
        check(&Compared { patient: "p2", nhs_number: None, birth_date: None, ..referral() }, None);
        check(&Compared { patient: "p2", nhs_number: None, given: "Martha", ..referral() }, None);
        let nobody = Compared { patient: "p2", nhs_number: None, family: "-", given: "", ..referral() };
        let nameless = Compared { patient: "p3", ..nobody.clone() };
        assert_eq!(likeness(&nobody, &nameless), None);
    }

    #[test]
    fn what_is_more_alike_comes_first() {
        let score = |other: Compared| likeness(&referral(), &other).expect("alike").score;
        let same = score(referral());
        let later = score(Compared { sent_day: 20_300, ..referral() });
        let other_letter = score(Compared { letter: "Swollen ankles and breathless at night", ..referral() });
        let other_row = score(Compared { patient: "p2", nhs_number: None, ..referral() });
        assert!(same <= 100 && same > later && later > other_letter, "{same} {later} {other_letter}");
        assert!(same > other_row);
    }

    #[test]
    fn the_later_one_is_the_more_urgent_one_or_not() {
        let urgent = |sent_day, urgency| {
            likeness(&referral(), &Compared { sent_day, urgency, ..referral() })
                .expect("alike")
                .later_is_more_urgent
        };
        assert!(urgent(20_010, 1));
        assert!(!urgent(20_010, 0));
        assert!(!urgent(19_990, 1), "the earlier one is");
        assert!(!urgent(20_000, 1), "neither is later");
    }

    #[test]
    fn passages_that_only_one_letter_has_are_found() {
        let marked = |text: &str, other: &str| -> Vec<String> {
            unlike(text, other).into_iter().map(|(from, to)| text[from..to].to_owned()).collect()
        };
        assert_eq!(marked("one faint, ECG attached", "two faints. ecg attached"), ["one faint"]);
        assert_eq!(marked("same words", "words, same"), [""; 0]);
        assert_eq!(marked("Größe 180", "grosse"), ["Größe 180"]);
        assert_eq!(marked("", "x"), [""; 0]);
    }
}

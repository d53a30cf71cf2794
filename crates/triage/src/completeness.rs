//! What is missing from a referral, and what contradicts itself, before it is sent.
//!
//! Small enough to run in the browser while somebody types: no regular expressions, no tables.

use serde::{Deserialize, Serialize};

use crate::urgency::Sex;

/// The shortest reason for referral that is worth sending, in characters.
pub const REASON_MIN: usize = 20;

/// Where a required item lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An attached document.
    Document,
    /// A field of the form.
    Field,
}

/// Something that a service asks of every referral.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Required {
    /// The item's code, as in [`Present::documents`] or [`Present::fields`].
    pub code: String,
    /// Its name on the page.
    pub label: String,
    /// Where it lives.
    pub kind: Kind,
    /// How to put it right, as a sentence.
    pub remedy: String,
}

/// What a referral has.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Present {
    /// The codes of its documents.
    pub documents: Vec<String>,
    /// Its fields: code and value. A value of spaces counts as missing.
    pub fields: Vec<(String, String)>,
    /// The reason for referral.
    pub reason: String,
    /// The sex on the patient's record.
    pub sex: Option<Sex>,
}

/// Something missing or contradictory, with its remedy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missing {
    /// The required item's code, or `reason`, `sex_conflict`, `side_conflict`.
    pub code: String,
    /// Its name on the page.
    pub label: String,
    /// How to put it right, as a sentence.
    pub remedy: String,
}

/// Names everything that `present` lacks of `required`, in the order of `required`.
pub fn lacking(required: &[Required], present: &Present) -> Vec<Missing> {
    required
        .iter()
        .filter(|item| match item.kind {
            Kind::Document => !present.documents.contains(&item.code),
            Kind::Field => {
                !present.fields.iter().any(|(code, value)| *code == item.code && !value.trim().is_empty())
            }
        })
        .map(|item| say(&item.code, &item.label, &item.remedy))
        .collect()
}

/// What is wrong with a reason for referral that says nothing, or less than [`REASON_MIN`].
pub fn reason(text: &str) -> Option<Missing> {
    let remedy = match text.trim().chars().count() {
        0 => "Write why you refer, and what you ask of the service.",
        1..REASON_MIN => {
            "Say a little more: what is the matter, since when, what has been tried, and what you ask for."
        }
        _ => return None,
    };
    Some(say("reason", "Reason for referral", remedy))
}

/// Everything that is [`lacking`], a reason that says too little, and then what contradicts itself: a sex in the reason
/// other than the recorded one, a side (left or right) in the reason other than in the field `laterality` or `side`.
/// Empty means complete.
pub fn check(required: &[Required], present: &Present) -> Vec<Missing> {
    let mut missing = lacking(required, present);
    missing.extend(reason(&present.reason));
    let words = words(&present.reason);
    if let (Some(recorded), Some(said)) = (present.sex, said_sex(&words))
        && recorded != said
    {
        missing.push(say(
            "sex_conflict",
            "Sex",
            "The reason and the record give a different sex. Check that this is the right patient.",
        ));
    }
    let side = present
        .fields
        .iter()
        .find(|(code, _)| code == "laterality" || code == "side")
        .and_then(|(_, value)| said_side(&self::words(value)));
    if let (Some(field), Some(text)) = (side, said_side(&words))
        && field != text
    {
        missing.push(say(
            "side_conflict",
            "Side",
            "The reason and the form name different sides. Correct the one that is wrong.",
        ));
    }
    missing
}

fn say(code: &str, label: &str, remedy: &str) -> Missing {
    Missing { code: code.into(), label: label.into(), remedy: remedy.into() }
}

fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

/// The patient's sex as the text states it, beside an age (`54 year old man`, `52F`); `None` if it states both or
/// neither. Other people in the text are without an age and so do not count.
fn said_sex(words: &[String]) -> Option<Sex> {
    let noun = |word: &str| match word {
        "man" | "male" | "gentleman" | "boy" | "m" => Some(Sex::Male),
        "woman" | "female" | "lady" | "girl" | "f" => Some(Sex::Female),
        _ => None,
    };
    let mut said = words.iter().enumerate().filter_map(|(at, word)| {
        let digits = word.chars().take_while(char::is_ascii_digit).count();
        if digits == 0 || digits > 3 {
            return None;
        }
        match &word[digits..] {
            "" | "yo" => {
                let ahead = words[at + 1..].iter().take(4).map(String::as_str);
                let mut rest =
                    ahead.skip_while(|w| ["year", "years", "yr", "yrs", "yo", "y", "o", "old"].contains(w));
                let counts_years = words
                    .get(at + 1)
                    .is_some_and(|w| ["year", "years", "yr", "yrs", "yo", "y"].contains(&w.as_str()))
                    || word.ends_with("yo");
                let next = rest.next()?;
                // A lone letter after a bare number may be metres, so it needs the years.
                if counts_years || next.len() > 1 { noun(next) } else { None }
            }
            letter => noun(letter).filter(|_| letter.len() == 1 && at < 6),
        }
    });
    let first = said.next()?;
    said.all(|other| other == first).then_some(first)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Left,
    Right,
}

/// The side that a text names; `None` if it names both or neither.
fn said_side(words: &[String]) -> Option<Side> {
    let has = |choices: &[&str]| words.iter().any(|word| choices.contains(&word.as_str()));
    let both = has(&["bilateral", "both"]);
    match (has(&["left"]), has(&["right"])) {
        (true, false) if !both => Some(Side::Left),
        (false, true) if !both => Some(Side::Right),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(required: &[Required], present: &Present) -> Vec<String> {
        check(required, present).into_iter().map(|missing| missing.code).collect()
    }

    fn with_reason(reason: &str) -> Present {
        Present { reason: reason.into(), ..Present::default() }
    }

    const REASON: &str = "54 year old man with right knee pain, please assess for replacement.";

    #[test]
    fn missing_documents_and_fields_are_named_with_their_remedy() {
        let item = |code: &str, kind| Required {
            code: code.into(),
            label: code.to_uppercase(),
            kind,
            remedy: format!("Add {code}."),
        };
        let required =
            [item("xray", Kind::Document), item("allergies", Kind::Field), item("phone", Kind::Field)];
        let mut present = with_reason(REASON);
        present.fields = vec![("phone".into(), "  ".into()), ("allergies".into(), "none known".into())];
        let missing = check(&required, &present);
        assert_eq!(
            missing.iter().map(|m| (m.code.as_str(), m.remedy.as_str())).collect::<Vec<_>>(),
            [("xray", "Add xray."), ("phone", "Add phone.")]
        );
        present.fields.push(("phone".into(), "07700 900123".into()));
        present.documents.push("xray".into());
        assert!(check(&required, &present).is_empty());
    }

    #[test]
    fn a_reason_of_a_few_words_is_too_short() {
        assert_eq!(codes(&[], &with_reason("  knee pain          ")), ["reason"]);
        assert_eq!(codes(&[], &with_reason("éééééééééééééééééééé")), Vec::<String>::new());
    }

    #[test]
    fn a_sex_other_than_the_recorded_one_is_pointed_out() {
        for (reason, sex, conflict) in [
            (REASON, Sex::Male, false),
            (REASON, Sex::Female, true),
            ("52F with gallstones, please assess for surgery.", Sex::Male, true),
            ("52F with gallstones, please assess for surgery.", Sex::Female, false),
            ("Knee pain for 3 years; her wife, a woman of 50, drives her.", Sex::Male, false),
            ("Walks 100 m before the calf hurts, please assess.", Sex::Female, false),
        ] {
            let present = Present { sex: Some(sex), ..with_reason(reason) };
            assert_eq!(codes(&[], &present) == ["sex_conflict"], conflict, "{reason}");
        }
    }

    #[test]
    fn another_side_than_the_form_is_pointed_out() {
        for (side, conflict) in [("left", true), ("Right", false), ("bilateral", false), ("", false)] {
            let present = Present { fields: vec![("laterality".into(), side.into())], ..with_reason(REASON) };
            assert_eq!(codes(&[], &present) == ["side_conflict"], conflict, "{side}");
        }
    }
}

//! What was answered: read from a form, checked, and said in words.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::{Field, FieldKind, Form};
use crate::spoken;

/// Values by the code of the question, as they were typed or picked; a question without an answer has none.
pub type Answers = BTreeMap<String, Vec<String>>;

/// Longest answer in one line, in characters.
pub const LONGEST_LINE: usize = 300;
/// Longest answer in several lines, in characters.
pub const LONGEST_TEXT: usize = 5_000;

/// Names of the controls begin so.
const PREFIX: &str = "answer-";

/// An answer as people read it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Answer {
    pub label: String,
    pub text: String,
}

/// What is wrong with an answer, and how to put it right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub code: String,
    pub label: String,
    pub remedy: String,
    /// Nothing was answered; else what was answered does not fit.
    pub is_missing: bool,
}

/// The name of a question's control: `answer-weight`. A date has `_day`, `_month` and `_year` behind it.
pub fn control(code: &str) -> String {
    format!("{PREFIX}{code}")
}

/// Reads answers from the names and values of a form's controls. The parts of a date are put together as they were typed.
pub fn read_pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Answers {
    let mut answers = Answers::new();
    let mut dates: BTreeMap<&str, [&str; 3]> = BTreeMap::new();
    for (name, value) in pairs {
        let Some(rest) = name.strip_prefix(PREFIX) else {
            continue;
        };
        let value = value.trim();
        match rest.split_once('_') {
            Some((code, part)) => {
                let at = match part {
                    "day" => 0,
                    "month" => 1,
                    "year" => 2,
                    _ => continue,
                };
                dates.entry(code).or_default()[at] = value;
            }
            None if value.is_empty() => {}
            None => answers.entry(rest.to_owned()).or_default().push(value.to_owned()),
        }
    }
    for (code, parts) in dates {
        // One blank between the parts, so that they can be put back where they were typed.
        let typed = parts.join(" ");
        if !typed.trim().is_empty() {
            let whole = spoken::read_date(parts[0], parts[1], parts[2]);
            answers.insert(code.to_owned(), vec![whole.map_or(typed, |day| day.to_string())]);
        }
    }
    answers
}

impl Form {
    /// The questions that are asked, given the answers so far.
    pub fn asked(&self, answers: &Answers) -> Vec<&Field> {
        let mut asked: Vec<&Field> = Vec::new();
        for field in &self.fields {
            let holds = field.when.as_ref().is_none_or(|when| {
                asked.iter().any(|before| before.code == when.field)
                    && answers.get(&when.field).is_some_and(|values| values.contains(&when.is))
            });
            if holds {
                asked.push(field);
            }
        }
        asked
    }

    /// Everything that stands between these answers and sending: what is required and missing, and what does not fit.
    pub fn faults(&self, answers: &Answers) -> Vec<Fault> {
        self.asked(answers)
            .into_iter()
            .filter_map(|field| {
                let values = answers.get(&field.code).map_or(&[][..], Vec::as_slice);
                let (remedy, is_missing) = match field.read(values) {
                    Ok(read) if read.is_empty() && field.required => (field.please(), true),
                    Ok(_) => return None,
                    Err(remedy) => (remedy, false),
                };
                Some(Fault { code: field.code.clone(), label: field.label.clone(), remedy, is_missing })
            })
            .collect()
    }

    /// The questions with an answer that was picked and is no longer offered, because the question was changed since.
    pub fn withdrawn(&self, answers: &Answers) -> Vec<&Field> {
        self.asked(answers).into_iter().filter(|field| field.has_withdrawn(answers)).collect()
    }

    /// The answers as they are kept once sent: only what was asked, each in its one form. What does not fit is left out,
    /// so ask [`Self::faults`] first.
    pub fn settled(&self, answers: &Answers) -> Answers {
        self.asked(answers)
            .into_iter()
            .filter_map(|field| {
                let read = field.read(answers.get(&field.code)?).ok()?;
                (!read.is_empty()).then(|| (field.code.clone(), read))
            })
            .collect()
    }

    /// The answers in words, in the order of the questions.
    pub fn said(&self, answers: &Answers) -> Vec<Answer> {
        self.asked(answers)
            .into_iter()
            .filter_map(|field| {
                let values = answers.get(&field.code).filter(|values| !values.is_empty())?;
                Some(Answer { label: field.label.clone(), text: field.say(values) })
            })
            .collect()
    }
}

impl Field {
    /// Whether an answer was picked that is no longer offered.
    pub fn has_withdrawn(&self, answers: &Answers) -> bool {
        let picks = self.picks();
        let is_offered =
            |value: &String| value.trim().is_empty() || picks.iter().any(|(code, _)| code == value);
        !picks.is_empty() && answers.get(&self.code).is_some_and(|values| !values.iter().all(is_offered))
    }

    /// Reads what was typed; the error says how to put it right.
    ///
    /// # Errors
    /// The remedy, as a sentence.
    pub fn read(&self, values: &[String]) -> Result<Vec<String>, String> {
        let first = values.first().map_or("", |value| value.trim());
        if first.is_empty() {
            return Ok(Vec::new());
        }
        match self.kind {
            FieldKind::Text => fitting(first, LONGEST_LINE),
            FieldKind::LongText => fitting(first, LONGEST_TEXT),
            FieldKind::Number => self.number(first),
            FieldKind::Date => read_day(first)
                .map(|day| vec![day.to_string()])
                .ok_or_else(|| "Give a day, like 31 3 2026.".to_owned()),
            FieldKind::YesNo | FieldKind::Choice => self.picked(&values[..1]),
            FieldKind::Several => self.picked(values),
        }
    }

    fn number(&self, typed: &str) -> Result<Vec<String>, String> {
        let plain = typed.replace(',', ".");
        let is_plain = plain.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+'));
        let number = plain.parse::<f64>().ok().filter(|number| is_plain && number.is_finite());
        let fits = |number: f64| {
            self.min.is_none_or(|min| number >= min) && self.max.is_none_or(|max| number <= max)
        };
        match number {
            Some(number) if fits(number) => Ok(vec![number.to_string()]),
            _ => {
                let bounds = match (self.min, self.max) {
                    (Some(min), Some(max)) => format!(" from {min} to {max}"),
                    (Some(min), None) => format!(" from {min} up"),
                    (None, Some(max)) => format!(" up to {max}"),
                    (None, None) => String::new(),
                };
                let unit = if self.unit.is_empty() { String::new() } else { format!(", in {}", self.unit) };
                Err(format!("Give a number{bounds}{unit}, such as {}.", self.example()))
            }
        }
    }

    fn example(&self) -> f64 {
        match (self.min, self.max) {
            (Some(min), Some(max)) => ((min + max) / 2.0).round().clamp(min, max),
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => 12.5,
        }
    }

    fn picked(&self, values: &[String]) -> Result<Vec<String>, String> {
        let known = self.picks();
        if values.iter().all(|value| known.iter().any(|(code, _)| code == value)) {
            let mut picked = values.to_vec();
            picked.dedup();
            Ok(picked)
        } else {
            Err("Choose from the answers that are offered.".to_owned())
        }
    }

    fn please(&self) -> String {
        let what = if self.kind.decides() { "Choose an answer to" } else { "Answer" };
        format!("{what} “{}”.", self.label)
    }

    fn say(&self, values: &[String]) -> String {
        let first = values.first().map_or("", String::as_str);
        match self.kind {
            FieldKind::Number if !self.unit.is_empty() => format!("{first} {}", self.unit),
            FieldKind::Date => {
                read_day(first).map_or_else(|| first.to_owned(), |day| day.format("%-d %B %Y").to_string())
            }
            kind if kind.decides() => {
                values.iter().map(|value| self.pick_label(value)).collect::<Vec<_>>().join(", ")
            }
            _ => first.to_owned(),
        }
    }
}

fn fitting(text: &str, most: usize) -> Result<Vec<String>, String> {
    let length = text.chars().count();
    if length > most {
        return Err(format!("This is {length} characters long. Shorten it to {most}."));
    }
    Ok(vec![text.to_owned()])
}

fn read_day(text: &str) -> Option<NaiveDate> {
    spoken::read_day(text)
}

#[cfg(test)]
mod tests {
    use super::super::{Choice, When};
    use super::*;

    fn field(code: &str, kind: FieldKind) -> Field {
        Field {
            code: code.into(),
            label: code.to_uppercase(),
            hint: String::new(),
            kind,
            required: true,
            unit: String::new(),
            min: None,
            max: None,
            options: Vec::new(),
            when: None,
        }
    }

    fn form() -> Form {
        let side = Field {
            options: vec![
                Choice { code: "left".into(), label: "Left".into() },
                Choice { code: "right".into(), label: "Right".into() },
            ],
            ..field("side", FieldKind::Several)
        };
        let weight = Field {
            unit: "kg".into(),
            min: Some(2.0),
            max: Some(400.0),
            ..field("weight", FieldKind::Number)
        };
        let since = Field {
            when: Some(When { field: "smokes".into(), is: "yes".into() }),
            ..field("since", FieldKind::Date)
        };
        let more = Field {
            when: Some(When { field: "since".into(), is: "yes".into() }),
            required: false,
            ..field("more", FieldKind::LongText)
        };
        Form { fields: vec![field("smokes", FieldKind::YesNo), since, more, side, weight] }
    }

    fn answers(pairs: &[(&str, &str)]) -> Answers {
        read_pairs(pairs.iter().copied())
    }

    #[test]
    fn an_answer_that_is_no_longer_offered_is_noticed() {
        let with = |code: &str, values: &[&str]| {
            let values = values.iter().map(|value| (*value).to_owned()).collect();
            Answers::from([(code.to_owned(), values)])
        };
        let withdrawn = |answers: Answers| form().withdrawn(&answers).len();
        assert_eq!(withdrawn(with("side", &["left", "right"])), 0);
        assert_eq!(withdrawn(with("side", &["left", "both"])), 1);
        assert_eq!(withdrawn(with("side", &[""])), 0);
        assert_eq!(withdrawn(Answers::default()), 0);
    }

    #[test]
    fn controls_are_read_by_their_names_and_dates_put_together() {
        let read = answers(&[
            ("answer-side", "left"),
            ("answer-side", "right"),
            ("answer-since_day", "3"),
            ("answer-since_month", "3"),
            ("answer-since_year", "2020"),
            ("answer-weight", "  "),
            ("reason", "x"),
            ("answer-born_day", "the"),
            ("answer-born_month", ""),
            ("answer-born_year", "third"),
        ]);
        assert_eq!(read["side"], ["left", "right"]);
        assert_eq!(read["since"], ["2020-03-03"]);
        assert_eq!(read["born"], ["the  third"]);
        assert!(!read.contains_key("weight"));
    }

    #[test]
    fn what_is_not_asked_is_neither_missing_nor_kept() {
        let form = form();
        let codes = |pairs: &[(&str, &str)]| {
            form.faults(&answers(pairs)).into_iter().map(|fault| fault.code).collect::<Vec<_>>()
        };
        assert_eq!(codes(&[]), ["smokes", "side", "weight"]);
        let no = [("answer-smokes", "no"), ("answer-side", "left"), ("answer-weight", "80")];
        assert_eq!(codes(&no), Vec::<String>::new());
        let mut yes = no.to_vec();
        yes[0].1 = "yes";
        assert_eq!(codes(&yes), ["since"]);
        let mut stale = no.to_vec();
        stale.extend([("answer-since_day", "3"), ("answer-since_month", "3"), ("answer-since_year", "2020")]);
        assert!(!form.settled(&answers(&stale)).contains_key("since"));
    }

    #[test]
    fn each_kind_says_what_does_not_fit() {
        let form = form();
        for (code, typed, expected) in [
            ("weight", "80", Ok("80")),
            ("weight", "80,5", Ok("80.5")),
            ("weight", "1", Err("Give a number from 2 to 400, in kg, such as 201.")),
            ("weight", "NaN", Err("Give a number from 2 to 400, in kg, such as 201.")),
            ("weight", "1e2", Err("Give a number from 2 to 400, in kg, such as 201.")),
            ("since", "31 2 2020", Err("Give a day, like 31 3 2026.")),
            ("since", "2020-03-03", Ok("2020-03-03")),
            ("smokes", "perhaps", Err("Choose from the answers that are offered.")),
            ("side", "left", Ok("left")),
        ] {
            let read = form.field(code).unwrap().read(&[typed.to_owned()]);
            assert_eq!(
                read,
                expected.map(|one| vec![one.to_owned()]).map_err(str::to_owned),
                "{code} {typed}"
            );
        }
        let long = "é".repeat(LONGEST_LINE + 1);
        assert!(field("t", FieldKind::Text).read(&[long]).unwrap_err().contains("301 characters"));
    }

    #[test]
    fn answers_are_said_in_words_in_the_order_of_the_questions() {
        let given = answers(&[
            ("answer-weight", "80.5"),
            ("answer-side", "left"),
            ("answer-side", "right"),
            ("answer-smokes", "yes"),
            ("answer-since_day", "3"),
            ("answer-since_month", "3"),
            ("answer-since_year", "2020"),
        ]);
        let said: Vec<_> =
            form().said(&given).into_iter().map(|line| format!("{}: {}", line.label, line.text)).collect();
        assert_eq!(said, ["SMOKES: Yes", "SINCE: 3 March 2020", "SIDE: Left, Right", "WEIGHT: 80.5 kg"]);
    }
}

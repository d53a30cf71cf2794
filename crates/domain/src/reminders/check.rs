//! What can be wrong with rules, and how to put it right.

use chrono::NaiveTime;

use super::{MOST_CHASES, MOST_STEPS, Rules, Step};
use crate::delivery::Channel;
use crate::form::Problem;

/// A year: nobody plans further.
const MOST_DAYS: u32 = 365;
const MOST_HOURS: u32 = 24 * 14;
const MOST_WEEKS: u32 = 104;

impl Step {
    /// The time of day of a reminder that is counted in days.
    pub fn time(&self) -> NaiveTime {
        let nine = NaiveTime::from_hms_opt(9, 0, 0).unwrap_or_default();
        self.at.as_deref().and_then(time_of_day).unwrap_or(nine)
    }
}

/// `09:30`.
fn time_of_day(text: &str) -> Option<NaiveTime> {
    NaiveTime::parse_from_str(text, "%H:%M").ok().filter(|_| text.len() == 5)
}

impl Rules {
    /// Everything that is wrong; the paths are those of the fields.
    pub fn problems(&self) -> Vec<Problem> {
        let mut found = Vec::new();
        if self.visit.len() > MOST_STEPS {
            found.push(Problem::new("visit", format!("Remind of a visit at most {MOST_STEPS} times.")));
        }
        for (index, step) in self.visit.iter().enumerate() {
            let is_taken = self.visit[..index].iter().any(|other| other.code == step.code);
            for (field, remedy) in wrong(step, is_taken) {
                found.push(Problem::new(format!("visit[{index}].{field}"), remedy));
            }
            if step.say_cost && self.missed_cost.trim().is_empty() {
                let remedy = "Say what a missed visit costs, or leave the cost out of this reminder.";
                found.push(Problem::new(format!("visit[{index}].say_cost"), remedy));
            }
        }
        let cost = self.missed_cost.as_str();
        if cost.chars().count() > 30 || cost.contains(['{', '}', '/', '\n', '\r']) || cost.trim() != cost {
            found.push(Problem::new(
                "missed_cost",
                "Write an amount in up to 30 characters, like “about £160”.",
            ));
        }
        for (field, days) in
            [("choose_time_days", &self.choose_time_days), ("documents_days", &self.documents_days)]
        {
            let rises = days.windows(2).all(|pair| pair[0] < pair[1]);
            if days.len() > MOST_CHASES || !rises || days.iter().any(|days| !(1..=MOST_DAYS).contains(days)) {
                let remedy = format!(
                    "Give up to {MOST_CHASES} numbers of days from 1 to {MOST_DAYS}, each larger than the one before."
                );
                found.push(Problem::new(field, remedy));
            }
        }
        for (field, days) in [("missed_days", self.missed_days), ("survey_days", self.survey_days)] {
            if days.is_some_and(|days| days > 90) {
                found.push(Problem::new(field, "Give days from 0 to 90, or leave it empty."));
            }
        }
        if self.still_needed_weeks.is_some_and(|weeks| !(2..=MOST_WEEKS).contains(&weeks)) {
            let remedy = format!("Give weeks from 2 to {MOST_WEEKS}, or leave it empty.");
            found.push(Problem::new("still_needed_weeks", remedy));
        }
        found
    }
}

fn wrong(step: &Step, is_taken: bool) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    let mut say = |field, remedy: &str| found.push((field, remedy.to_owned()));
    let is_code = (1..=40).contains(&step.code.len())
        && step
            .code
            .chars()
            .all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-');
    if !is_code || is_taken {
        say("code", "Use small letters, digits and hyphens, up to 40, that no other reminder has.");
    }
    match (step.before_days, step.before_hours) {
        (Some(days), None) if days <= MOST_DAYS => {}
        (None, Some(hours)) if (1..=MOST_HOURS).contains(&hours) => {}
        (None, Some(_)) => say("before_hours", "Give hours from 1 to 336, or count in days."),
        (Some(_), None) => say("before_days", "Give days from 0 to 365."),
        (Some(_), Some(_)) | (None, None) => {
            say("before_days", "Give either days or hours before the visit.")
        }
    }
    match &step.at {
        Some(at) if time_of_day(at).is_none() => say("at", "Give a time of day like 09:00."),
        Some(_) if step.before_days.is_none() => {
            say("at", "A reminder that is counted in hours has no time of day.")
        }
        _ => {}
    }
    if matches!(step.by, Some(Channel::InApp | Channel::Push)) {
        say("by", "Choose text message, e-mail or letter. Notices go to those who asked for them as well.");
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(json: &str) -> Vec<String> {
        let rules: Rules = serde_json::from_str(json).expect(json);
        rules.problems().into_iter().map(|problem| problem.path).collect()
    }

    #[test]
    fn what_is_wrong_is_named_by_its_field() {
        assert_eq!(Rules::default().problems(), []);
        for (json, expected) in [
            (r#"{"visit":[]}"#, ""),
            (r#"{"visit":[{"code":"a","before_days":0,"at":"07:15"}]}"#, ""),
            (r#"{"visit":[{"code":"a"}]}"#, "visit[0].before_days"),
            (r#"{"visit":[{"code":"a","before_days":1,"before_hours":3}]}"#, "visit[0].before_days"),
            (r#"{"visit":[{"code":"a","before_days":366}]}"#, "visit[0].before_days"),
            (r#"{"visit":[{"code":"a","before_hours":0}]}"#, "visit[0].before_hours"),
            (r#"{"visit":[{"code":"a","before_days":1,"at":"9"}]}"#, "visit[0].at"),
            (r#"{"visit":[{"code":"a","before_days":1,"at":"24:00"}]}"#, "visit[0].at"),
            (r#"{"visit":[{"code":"a","before_hours":1,"at":"09:00"}]}"#, "visit[0].at"),
            (r#"{"visit":[{"code":"A b","before_days":1}]}"#, "visit[0].code"),
            (r#"{"visit":[{"code":"a","before_days":1},{"code":"a","before_days":2}]}"#, "visit[1].code"),
            (r#"{"visit":[{"code":"a","before_days":1,"by":"push"}]}"#, "visit[0].by"),
            (r#"{"visit":[{"code":"a","before_days":1,"say_cost":true}]}"#, "visit[0].say_cost"),
            (r#"{"visit":[{"code":"a","before_days":1,"say_cost":true}],"missed_cost":"about £160"}"#, ""),
            (r#"{"missed_cost":"see https://x.test/{when}"}"#, "missed_cost"),
            (r#"{"choose_time_days":[3,3]}"#, "choose_time_days"),
            (r#"{"choose_time_days":[0]}"#, "choose_time_days"),
            (r#"{"documents_days":[1,2,3,4,5,6,7]}"#, "documents_days"),
            (r#"{"missed_days":91}"#, "missed_days"),
            (r#"{"survey_days":91}"#, "survey_days"),
            (r#"{"still_needed_weeks":1}"#, "still_needed_weeks"),
        ] {
            assert_eq!(paths(json).join(" "), expected, "{json}");
        }
    }
}

//! What a service reminds its patients of, and when: rules in, planned steps out.
//!
//! The defaults follow the evidence (design, DOMAIN section 4): two reminders with an easy way to confirm or change a fortnight
//! and four days before (people give a time back early enough for somebody else), a third one the day before to those who
//! have not answered, and nothing at night.

mod chase;
mod check;
mod never;
mod plan;
mod waited;

#[cfg(test)]
mod clock_tests;

use serde::{Deserialize, Serialize};

use crate::coded;
use crate::delivery::Channel;

pub use chase::{CHASED_AT, Chase, next_chase};
pub use plan::{LEAD, Planned, Quiet, Skipped, decent, earlier, plan, skipped};
pub use waited::Waited;

/// Most reminders of one visit.
pub const MOST_STEPS: usize = 8;
/// Most reminders of one thing that is waited for.
pub const MOST_CHASES: usize = 6;

coded! {
    /// Who a reminder goes to.
    OnlyIf {
        Always = "always",
        /// Who has not said that they come.
        Unconfirmed = "unconfirmed",
    }
}

/// A reminder of a visit: so many days before at a time of day, or so many hours before. One of the two is given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Stable: what was sent under it is not sent again.
    pub code: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before_days: Option<u32>,
    /// Time of day with `before_days`, HH:MM on the clock of the recipient; left out: 09:00.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before_hours: Option<u32>,
    #[serde(default = "always", skip_serializing_if = "is_always")]
    pub only_if: OnlyIf,
    /// The way it goes where the patient can be reached by it; left out: as other messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Channel>,
    /// Asks the patient to say that they come.
    #[serde(default, skip_serializing_if = "is_false")]
    pub ask_confirm: bool,
    /// Says what a missed visit costs.
    #[serde(default, skip_serializing_if = "is_false")]
    pub say_cost: bool,
}

const fn always() -> OnlyIf {
    OnlyIf::Always
}

fn is_always(only: &OnlyIf) -> bool {
    *only == OnlyIf::Always
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
const fn is_false(is: &bool) -> bool {
    !*is
}

impl Step {
    /// A reminder so many days before, at nine, that asks for a confirmation.
    pub fn days_before(days: u32, only_if: OnlyIf) -> Self {
        let code = if days == 1 { "1-day".to_owned() } else { format!("{days}-days") };
        Self {
            code,
            before_days: Some(days),
            at: None,
            before_hours: None,
            only_if,
            by: None,
            ask_confirm: true,
            say_cost: false,
        }
    }
}

/// Everything that a service reminds of by itself. Silence never removes anybody from anything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rules {
    pub visit: Vec<Step>,
    /// What a missed visit costs, as the message says it ("about £160"); empty: it does not.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub missed_cost: String,
    /// Days after which whoever may choose a time and has not is asked again; a person is asked to call after the last.
    pub choose_time_days: Vec<u32>,
    /// Days after which whoever was asked for something is reminded of it; a person is asked to call after the last.
    pub documents_days: Vec<u32>,
    /// Days after a missed visit until the patient is offered another one, once; 0: at once. None: not by itself.
    #[serde(with = "never")]
    pub missed_days: Option<u32>,
    /// Every how many weeks somebody who waits is asked whether they still need it. None: never.
    #[serde(with = "never")]
    pub still_needed_weeks: Option<u32>,
    /// Days after a referral closed until the patient is asked how it was; 0: at once. None: never.
    #[serde(with = "never")]
    pub survey_days: Option<u32>,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            visit: vec![
                Step::days_before(14, OnlyIf::Always),
                Step::days_before(4, OnlyIf::Always),
                Step::days_before(1, OnlyIf::Unconfirmed),
            ],
            missed_cost: String::new(),
            choose_time_days: vec![3, 7, 14],
            documents_days: vec![3, 7],
            missed_days: Some(0),
            still_needed_weeks: Some(12),
            survey_days: Some(0),
        }
    }
}

impl Rules {
    /// Reads a service's stored rules; an empty text is the product's own. They were checked when they were written.
    pub fn read(stored: &str) -> Self {
        if stored.is_empty() { Self::default() } else { serde_json::from_str(stored).unwrap_or_default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read_as_they_were_written_and_what_is_left_out_is_the_products() {
        let rules = Rules::default();
        let text = serde_json::to_string(&rules).expect("text");
        assert_eq!(Rules::read(&text), rules);
        assert_eq!(Rules::read(""), rules);
        let never = Rules { survey_days: None, ..Rules::default() };
        let text = serde_json::to_string(&never).expect("text");
        assert!(text.contains(r#""survey_days":"never""#), "{text}");
        assert_eq!(Rules::read(&text), never);
        let own = Rules::read(
            r#"{"choose_time_days":[],"survey_days":null,"visit":[{"code":"x","before_hours":3}]}"#,
        );
        assert_eq!((own.choose_time_days.len(), own.survey_days, own.missed_days), (0, None, Some(0)));
        assert_eq!(
            (own.visit[0].before_hours, own.visit[0].only_if, own.visit[0].ask_confirm),
            (Some(3), OnlyIf::Always, false)
        );
    }
}

//! What patients are waited for, or wait for themselves, and when they are written to about it.

use chrono::{DateTime, Days, Utc};
use chrono_tz::Tz;

use super::Rules;
use super::chase::{CHASED_AT, Chase, next_chase};
use super::plan::{Quiet, decent};
use crate::calendar_days::at_wall;
use crate::coded;
use crate::referral::{NextStep, Plan, State};
use crate::role::Role;

coded! {
    /// What somebody is written to about until it has come.
    Waited {
        /// A time that they may choose.
        ChooseTime = "choose-time",
        /// What they were asked for.
        Documents = "documents",
        /// Another time after a missed visit, offered once.
        Missed = "missed",
        /// Whether they still need it.
        StillNeeded = "still-needed",
        /// How it was, asked once.
        Survey = "survey",
    }
}

impl Waited {
    /// What is waited for in a state.
    pub fn of(state: State, plan: Plan, rules: &Rules) -> Vec<Self> {
        let mut all = Vec::new();
        let asks_patient = plan.asked.is_none_or(|asked| asked.includes(Role::Patient));
        // Where the clinic finds a time, there may be none to choose.
        if plan.lets_choose_time(state) && plan.step != Some(NextStep::ClinicBooks) {
            all.push(Self::ChooseTime);
        }
        if state == State::InfoNeeded && asks_patient {
            all.push(Self::Documents);
        }
        // At once it is told with the act itself.
        if state == State::NoShow && rules.missed_days.is_some_and(|days| days > 0) {
            all.push(Self::Missed);
        }
        if state.can_choose_time() && plan.step != Some(NextStep::AdviceOnly) {
            all.push(Self::StillNeeded);
        }
        if state == State::Closed && rules.survey_days.is_some_and(|days| days > 0) {
            all.push(Self::Survey);
        }
        all
    }

    /// Whether anybody is waited for in a state, whatever the rules.
    pub const fn may_be_in(state: State) -> bool {
        state.can_choose_time() || matches!(state, State::InfoNeeded | State::Closed)
    }

    /// What is due of it at `now`, since when it is waited for and when was asked last.
    pub fn due(
        self,
        rules: &Rules,
        since: DateTime<Utc>,
        asked: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
        (zone, quiet): (Tz, Quiet),
    ) -> Chase {
        let once = |days: Option<u32>| match days {
            None => Chase::Never,
            Some(_) if asked.is_some() => Chase::Never,
            Some(days) => match after(since, u64::from(days), zone, quiet) {
                at if at <= now => Chase::Ask { days, next: at },
                at => Chase::Wait(at),
            },
        };
        match self {
            Self::ChooseTime => next_chase(&rules.choose_time_days, since, asked, now, zone, quiet),
            Self::Documents => next_chase(&rules.documents_days, since, asked, now, zone, quiet),
            Self::Missed => once(rules.missed_days),
            Self::Survey => once(rules.survey_days),
            Self::StillNeeded => {
                let Some(weeks) = rules.still_needed_weeks else { return Chase::Never };
                let days = weeks * 7;
                match after(asked.unwrap_or(since), u64::from(days), zone, quiet) {
                    at if at <= now => Chase::Ask { days, next: after(now, u64::from(days), zone, quiet) },
                    at => Chase::Wait(at),
                }
            }
        }
    }
}

/// So many days after an instant, at a decent hour of the day.
fn after(since: DateTime<Utc>, days: u64, zone: Tz, quiet: Quiet) -> DateTime<Utc> {
    let day = since.with_timezone(&zone).date_naive();
    let day = day.checked_add_days(Days::new(days)).unwrap_or(day);
    decent(at_wall(day, CHASED_AT, zone), zone, quiet)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::referral::Asked;

    fn codes(state: State, plan: Plan, rules: &Rules) -> Vec<&'static str> {
        Waited::of(state, plan, rules).into_iter().map(Waited::code).collect()
    }

    #[test]
    fn what_is_waited_for_follows_from_the_state_and_the_plan() {
        let usual = Rules::default();
        let later = Rules { missed_days: Some(2), survey_days: Some(1), ..Rules::default() };
        let plan = |step| Plan { step, ..Plan::default() };
        for (state, step, expected) in [
            (State::Accepted, None, vec!["choose-time", "still-needed"]),
            (State::Accepted, Some(NextStep::ClinicBooks), vec!["still-needed"]),
            (State::Accepted, Some(NextStep::AdviceOnly), vec![]),
            (State::NoShow, None, vec!["choose-time", "still-needed"]),
            (State::Booked, None, vec![]),
            (State::InfoNeeded, None, vec!["documents"]),
            (State::Closed, None, vec![]),
            (State::Received, None, vec![]),
        ] {
            assert_eq!(codes(state, plan(step), &usual), expected, "{state} {step:?}");
        }
        assert_eq!(codes(State::NoShow, Plan::default(), &later), ["choose-time", "missed", "still-needed"]);
        assert_eq!(codes(State::Closed, Plan::default(), &later), ["survey"]);
        let referrer = Plan { asked: Some(Asked::Referrer), ..Plan::default() };
        assert_eq!(codes(State::InfoNeeded, referrer, &usual), [""; 0]);
        for state in State::ALL {
            assert!(
                Waited::may_be_in(*state) || Waited::of(*state, Plan::default(), &later).is_empty(),
                "{state}"
            );
        }
    }

    #[test]
    fn whoever_waits_is_asked_again_and_again_and_other_things_once() {
        let at = |text: &str| format!("2026-{text}:00Z").parse::<DateTime<Utc>>().expect("an instant");
        let here = (chrono_tz::Europe::London, None);
        let rules = Rules { still_needed_weeks: Some(4), survey_days: Some(2), ..Rules::default() };
        let since = at("01-05T15:00");
        let need =
            |asked: Option<&str>, now| Waited::StillNeeded.due(&rules, since, asked.map(at), at(now), here);
        assert_eq!(need(None, "01-10T10:00"), Chase::Wait(at("02-02T09:30")));
        assert_eq!(need(None, "02-02T09:30"), Chase::Ask { days: 28, next: at("03-02T09:30") });
        assert_eq!(need(Some("02-02T09:30"), "02-20T09:30"), Chase::Wait(at("03-02T09:30")));
        let survey =
            |asked: Option<&str>, now| Waited::Survey.due(&rules, since, asked.map(at), at(now), here);
        assert!(matches!(survey(None, "01-07T09:30"), Chase::Ask { days: 2, .. }));
        assert_eq!(survey(Some("01-07T09:30"), "01-08T09:30"), Chase::Never);
        let never = Rules { still_needed_weeks: None, ..rules.clone() };
        assert_eq!(Waited::StillNeeded.due(&never, since, None, at("06-01T00:00"), here), Chase::Never);
    }
}

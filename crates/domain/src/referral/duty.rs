//! Who owes the next step, what it is, and by when.

use chrono::{DateTime, Duration, NaiveDate, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::State;
use crate::calendar_days::working_days_after;
use crate::{Priority, coded};

coded! {
    /// The next thing that has to happen.
    NextAction {
        FinishAndSend = "finish-and-send",
        Acknowledge = "acknowledge",
        Triage = "triage",
        GiveAdvice = "give-advice",
        GiveInformation = "give-information",
        ChooseTime = "choose-time",
        /// No time was free: the clinic finds one.
        FindTime = "find-time",
        ConfirmTime = "confirm-time",
        Attend = "attend",
        Rebook = "rebook",
        WriteReport = "write-report",
        AcknowledgeReport = "acknowledge-report",
        ConfirmCancellation = "confirm-cancellation",
        ReviewPause = "review-pause",
        /// The patient alone was asked for information.
        PatientAnswers = "patient-answers",
        /// The referrer alone was asked for information.
        ReferrerAnswers = "referrer-answers",
        /// A test comes before the visit.
        DoTest = "do-test",
        /// No visit: advice goes to the referrer.
        WriteAdvice = "write-advice",
        /// The report was read; visits or tests are still to come.
        FinishFollowUps = "finish-follow-ups",
    }
}

coded! {
    /// Which side's member of staff owns the referral now. The patient never owns it, even when the next
    /// step is theirs: somebody on the staff answers for it.
    Side {
        Referring = "referring",
        Receiving = "receiving",
    }
}

impl Side {
    /// Whether this side is the owner, given the owning and the receiving organisation.
    pub fn owns(self, owner: Option<uuid::Uuid>, receiving: uuid::Uuid) -> bool {
        let is_receiving = owner == Some(receiving);
        match self {
            Self::Receiving => is_receiving,
            Self::Referring => !is_receiving,
        }
    }
}

/// Working days for each duty; configuration per organisation, and where a service differs, per service.
/// Defaults: DOMAIN.md §2–3 (acknowledge 1; triage 2 / 5 / 5; told to expect contact within 40 / 5 / 2 days of being
/// sent for triage; that is an outer bound, so choosing a time is chased after 10 / 5 / 2; clinic letter within 7 days
/// of the visit).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Clocks {
    pub send_days: u32,
    pub acknowledge_days: u32,
    pub triage_routine_days: u32,
    pub triage_urgent_days: u32,
    pub triage_two_week_days: u32,
    pub information_days: u32,
    /// Working days from a request for advice until it is answered.
    pub advice_days: u32,
    /// Calendar days from sending until somebody has been in touch with the patient.
    pub contact_routine_days: u32,
    pub contact_urgent_days: u32,
    pub contact_two_week_days: u32,
    pub book_routine_days: u32,
    pub book_urgent_days: u32,
    pub book_two_week_days: u32,
    pub rebook_days: u32,
    /// Calendar days from the visit to the report.
    pub report_days: u32,
    pub acknowledge_report_days: u32,
    pub cancellation_days: u32,
    pub pause_days: u32,
    /// Working days from a breach until it is escalated once more, to whoever leads the organisation.
    pub escalate_days: u32,
    pub holidays: Vec<NaiveDate>,
    /// Calendar days from sending until the patient is seen, as the service promises for the referral's priority. It comes
    /// with the priority, so it is no part of what is stored here.
    #[serde(skip)]
    pub seen_days: Option<u32>,
}

/// Why clocks cannot be used: names the key and what it wants.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ClocksError(pub String);

/// Longest clock, in days: nothing waits for longer than two years unseen.
const LONGEST_DAYS: u32 = 730;

impl Clocks {
    /// The names of all durations, in the order in which they matter.
    pub const DURATIONS: &[&str] = &[
        "send_days",
        "acknowledge_days",
        "triage_routine_days",
        "triage_urgent_days",
        "triage_two_week_days",
        "information_days",
        "advice_days",
        "contact_routine_days",
        "contact_urgent_days",
        "contact_two_week_days",
        "book_routine_days",
        "book_urgent_days",
        "book_two_week_days",
        "rebook_days",
        "report_days",
        "acknowledge_report_days",
        "cancellation_days",
        "pause_days",
        "escalate_days",
    ];

    /// The same for a request for advice, which has days of its own until it is answered, however urgent it is.
    pub fn for_advice(self) -> Self {
        let days = self.advice_days;
        Self { triage_routine_days: days, triage_urgent_days: days, triage_two_week_days: days, ..self }
    }

    /// The same with what the service promises for a priority.
    pub fn seen_within(self, seen_days: Option<u32>) -> Self {
        Self { seen_days, ..self }
    }

    /// Reads an organisation's clocks with a service's own on top; both are JSON objects with the names of the fields
    /// here, and `""` is an empty one. Holidays of both count.
    ///
    /// # Errors
    /// Names the key that is unknown, is no whole number of days from 0 to 730, or no list of dates.
    pub fn read(organisation: &str, service: &str) -> Result<Self, ClocksError> {
        let mut all = serde_json::Map::new();
        let mut holidays = Vec::new();
        for layer in [organisation, service] {
            if layer.trim().is_empty() {
                continue;
            }
            let object: serde_json::Map<String, serde_json::Value> =
                serde_json::from_str(layer).map_err(|_| {
                    ClocksError("clocks: write a JSON object, such as {\"triage_routine_days\": 5}".into())
                })?;
            match object.get("holidays") {
                None => {}
                Some(serde_json::Value::Array(days)) => holidays.extend(days.clone()),
                Some(_) => {
                    return Err(ClocksError(
                        "holidays: give a list of dates, such as [\"2026-12-25\"]".into(),
                    ));
                }
            }
            all.extend(object);
        }
        if all.contains_key("holidays") {
            all.insert("holidays".into(), serde_json::Value::Array(holidays));
        }
        for (key, value) in all.iter().filter(|(key, _)| *key != "holidays") {
            if value.as_u64().is_none_or(|days| days > u64::from(LONGEST_DAYS)) {
                return Err(ClocksError(format!(
                    "{key}: give a whole number of days from 0 to {LONGEST_DAYS}"
                )));
            }
        }
        let mut read: Self = serde_json::from_value(serde_json::Value::Object(all))
            .map_err(|error| ClocksError(format!("clocks: {error}")))?;
        read.holidays.sort_unstable();
        read.holidays.dedup();
        Ok(read)
    }
}

impl Default for Clocks {
    fn default() -> Self {
        Self {
            send_days: 2,
            acknowledge_days: 1,
            triage_routine_days: 5,
            triage_urgent_days: 5,
            triage_two_week_days: 2,
            information_days: 5,
            advice_days: 2,
            contact_routine_days: 40,
            contact_urgent_days: 5,
            contact_two_week_days: 2,
            book_routine_days: 10,
            book_urgent_days: 5,
            book_two_week_days: 2,
            rebook_days: 5,
            report_days: 7,
            acknowledge_report_days: 5,
            cancellation_days: 2,
            pause_days: 20,
            escalate_days: 2,
            holidays: Vec::new(),
            seen_days: None,
        }
    }
}

/// What an open referral owes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duty {
    pub side: Side,
    pub next: NextAction,
    pub due: DateTime<Utc>,
}

/// When a state's duty is due at the latest, where the service promises by when the patient is seen: until a time is booked,
/// deciding and booking may take no longer than that. Once it is over they are overdue at once.
pub fn promised(state: State, due: DateTime<Utc>, seen_by: Option<DateTime<Utc>>) -> DateTime<Utc> {
    match (state, seen_by) {
        (State::Received | State::Accepted, Some(by)) => due.min(by),
        _ => due,
    }
}

/// The duty of a state entered at `since`; `None` exactly when the state is an end.
///
/// `until` is the instant that the state itself carries: the end of a booked visit, the expiry of a held time, the day by
/// which information was asked for.
pub fn duty(
    state: State,
    priority: Priority,
    clocks: &Clocks,
    since: DateTime<Utc>,
    until: Option<DateTime<Utc>>,
    zone: Tz,
) -> Option<Duty> {
    let days = |count| working_days_after(since, count, zone, &clocks.holidays);
    let by_priority = |routine, urgent, two_week| match priority {
        Priority::Routine => days(routine),
        Priority::Urgent => days(urgent),
        Priority::TwoWeekWait => days(two_week),
    };
    let book = || by_priority(clocks.book_routine_days, clocks.book_urgent_days, clocks.book_two_week_days);
    let (side, next, due) = match state {
        State::Draft => (Side::Referring, NextAction::FinishAndSend, days(clocks.send_days)),
        State::Sent => (Side::Receiving, NextAction::Acknowledge, days(clocks.acknowledge_days)),
        State::Received => (
            Side::Receiving,
            NextAction::Triage,
            by_priority(clocks.triage_routine_days, clocks.triage_urgent_days, clocks.triage_two_week_days),
        ),
        State::InfoNeeded => (
            Side::Receiving,
            NextAction::GiveInformation,
            until.unwrap_or_else(|| days(clocks.information_days)),
        ),
        State::Accepted | State::AppointmentCancelled => (Side::Receiving, NextAction::ChooseTime, book()),
        State::Offered => (Side::Receiving, NextAction::ConfirmTime, until.unwrap_or_else(book)),
        State::Booked => (Side::Receiving, NextAction::Attend, until.unwrap_or_else(book)),
        State::NoShow => (Side::Receiving, NextAction::Rebook, days(clocks.rebook_days)),
        State::Seen => {
            (Side::Receiving, NextAction::WriteReport, since + Duration::days(i64::from(clocks.report_days)))
        }
        State::OutcomeReceived => {
            (Side::Referring, NextAction::AcknowledgeReport, days(clocks.acknowledge_report_days))
        }
        State::CancelRequested => {
            (Side::Receiving, NextAction::ConfirmCancellation, days(clocks.cancellation_days))
        }
        State::Paused => {
            (Side::Receiving, NextAction::ReviewPause, until.unwrap_or_else(|| days(clocks.pause_days)))
        }
        State::Closed | State::Declined | State::Redirected | State::Cancelled | State::EnteredInError => {
            return None;
        }
    };
    Some(Duty { side, next, due })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_s_clocks_go_before_its_organisation_s_and_holidays_add_up() {
        let organisation = r#"{"triage_routine_days": 4, "report_days": 9, "holidays": ["2026-12-25"]}"#;
        let service = r#"{"triage_routine_days": 3, "holidays": ["2026-04-03", "2026-12-25"]}"#;
        let read = Clocks::read(organisation, service).unwrap();
        assert_eq!((read.triage_routine_days, read.report_days, read.acknowledge_days), (3, 9, 1));
        assert_eq!(read.holidays.len(), 2);
        assert_eq!(Clocks::read("", "").unwrap(), Clocks::default());
    }

    #[test]
    fn every_duration_has_its_name_in_the_list() {
        let value = serde_json::to_value(Clocks::default()).unwrap();
        let mut names: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
        names.retain(|name| *name != "holidays");
        let mut listed = Clocks::DURATIONS.to_vec();
        listed.sort_unstable();
        names.sort_unstable();
        assert_eq!(names, listed);
    }

    #[test]
    fn clocks_that_cannot_be_used_are_refused_by_name() {
        for (bad, named) in [
            (r#"{"triage_days": 3}"#, "triage_days"),
            (r#"{"report_days": -1}"#, "report_days"),
            (r#"{"report_days": 7000}"#, "report_days"),
            (r#"{"report_days": "soon"}"#, "report_days"),
            (r#"{"holidays": ["Christmas"]}"#, "clocks"),
            ("[]", "clocks"),
        ] {
            assert!(Clocks::read(bad, "").unwrap_err().0.contains(named), "{bad}");
        }
    }

    #[test]
    fn a_promise_shortens_deciding_and_booking_and_lengthens_nothing() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let (since, zone) = (at("2026-03-06T10:00:00Z"), chrono_tz::Europe::London);
        let owed = |state| duty(state, Priority::Routine, &Clocks::default(), since, None, zone).unwrap();
        let (early, late) = (at("2026-03-07T10:00:00Z"), at("2027-01-01T10:00:00Z"));
        for state in State::ALL.iter().copied().filter(|state| !state.is_ended()) {
            let own = owed(state).due;
            let is_bound = matches!(state, State::Received | State::Accepted);
            let expected = if is_bound { early.min(own) } else { own };
            assert_eq!(promised(state, own, Some(early)), expected, "{state}");
            assert_eq!(promised(state, own, Some(late)), own, "{state}");
            assert_eq!(promised(state, own, None), own, "{state}");
        }
    }

    #[test]
    fn exactly_the_open_states_owe_something() {
        let now = "2026-03-06T10:00:00Z".parse().expect("an instant");
        for state in State::ALL {
            for priority in Priority::ALL {
                let owed = duty(*state, *priority, &Clocks::default(), now, None, chrono_tz::Europe::London);
                assert_eq!(owed.is_none(), state.is_ended(), "{state}");
                if let Some(owed) = owed {
                    assert!(owed.due > now, "{state} is due in the future");
                }
            }
        }
    }
}

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
        GiveInformation = "give-information",
        ChooseTime = "choose-time",
        ConfirmTime = "confirm-time",
        Attend = "attend",
        Rebook = "rebook",
        WriteReport = "write-report",
        AcknowledgeReport = "acknowledge-report",
        ConfirmCancellation = "confirm-cancellation",
        ReviewPause = "review-pause",
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

/// Working days for each duty; configuration per organisation and service.
/// Defaults: DOMAIN.md §2–3 (acknowledge 1; triage 2 / 5 / 5; told to expect contact within 40 / 5 / 2 days is an
/// outer bound, so choosing a time is chased after 10 / 5 / 2; clinic letter within 7 days of the visit).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Clocks {
    pub send_days: u32,
    pub acknowledge_days: u32,
    pub triage_routine_days: u32,
    pub triage_urgent_days: u32,
    pub triage_two_week_days: u32,
    pub information_days: u32,
    pub book_routine_days: u32,
    pub book_urgent_days: u32,
    pub book_two_week_days: u32,
    pub rebook_days: u32,
    /// Calendar days from the visit to the report.
    pub report_days: u32,
    pub acknowledge_report_days: u32,
    pub cancellation_days: u32,
    pub pause_days: u32,
    pub holidays: Vec<NaiveDate>,
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
            book_routine_days: 10,
            book_urgent_days: 5,
            book_two_week_days: 2,
            rebook_days: 5,
            report_days: 7,
            acknowledge_report_days: 5,
            cancellation_days: 2,
            pause_days: 20,
            holidays: Vec::new(),
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

/// The duty of a state entered at `since`; `None` exactly when the state is an end.
///
/// `until` is the instant that the state itself carries: the end of a booked visit, the expiry of a held time.
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
        State::InfoNeeded => (Side::Receiving, NextAction::GiveInformation, days(clocks.information_days)),
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
        State::Paused => (Side::Receiving, NextAction::ReviewPause, days(clocks.pause_days)),
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

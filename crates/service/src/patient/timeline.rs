//! The history and what comes next, in plain words.

use contract::{AppointmentView, TimelineEntry, TimelineKind};
use domain::referral::{NextStep, State};
use domain::{Priority, spoken};
use store::entity::event;

use crate::facts;
use crate::unit::Case;

/// What has happened, oldest first, then what comes next.
pub fn timeline(
    case: &Case,
    history: &[event::Model],
    visit: Option<&AppointmentView>,
) -> Vec<TimelineEntry> {
    let mut entries: Vec<TimelineEntry> = history.iter().filter_map(|row| past(case, row)).collect();
    let (next, then) = ahead(case, visit);
    let entry =
        |when: &str, what: String, kind| TimelineEntry { when: when.to_owned(), what, detail: None, kind };
    entries.extend(next.map(|what| entry("Next", what, TimelineKind::Next)));
    entries.extend(then.map(|what| entry("Then", what, TimelineKind::Then)));
    entries
}

fn past(case: &Case, row: &event::Model) -> Option<TimelineEntry> {
    let hospital = &case.organisation.name;
    let what = match row.kind.as_str() {
        "referral_sent" => format!("{} sent it", case.row.referrer_name),
        "referral_received" => format!("{hospital} received it"),
        "information_asked" => "They asked for something more".to_owned(),
        "information_given" => "What they asked for arrived".to_owned(),
        "referral_accepted" => match case.priority() {
            Priority::Routine => "Accepted".to_owned(),
            Priority::Urgent => "Accepted as urgent".to_owned(),
            Priority::TwoWeekWait => "Accepted, to be seen very soon".to_owned(),
        },
        "referral_declined" => "Not taken on".to_owned(),
        "referral_redirected" => "Moved to another clinic".to_owned(),
        "appointment_offered" => format!("{hospital} offered you a time"),
        "waiting_list_joined" => "On the waiting list for other times".to_owned(),
        "waiting_list_left" => "Off the waiting list".to_owned(),
        "appointment_booked" => "A time was booked".to_owned(),
        "appointment_moved" => "The time was changed".to_owned(),
        "appointment_cancelled" => "The time was cancelled".to_owned(),
        "visit_missed" => "The visit was missed".to_owned(),
        "visit_recorded" => "You were seen".to_owned(),
        "report_sent" => format!("The report went to {}", case.row.referrer_name),
        "report_acknowledged" => format!("{} read the report", case.row.referrer_name),
        "referral_closed" => "Finished".to_owned(),
        "referral_reopened" => "Opened again".to_owned(),
        "cancellation_requested" => "Your referrer asked to cancel it".to_owned(),
        "cancellation_confirmed" | "referral_withdrawn" => "Cancelled".to_owned(),
        "referral_paused" => "Paused".to_owned(),
        "reminder_sent" => "We sent you a reminder".to_owned(),
        _ => return None,
    };
    let day = facts::instant(row.at).with_timezone(&case.zone()).date_naive();
    let shown =
        matches!(row.kind.as_str(), "information_asked" | "referral_declined" | "appointment_cancelled");
    Some(TimelineEntry {
        when: spoken::short_date(day),
        what,
        detail: row.why.clone().filter(|_| shown && case.row.patient_line.as_ref() == row.why.as_ref()),
        kind: TimelineKind::Past,
    })
}

fn ahead(case: &Case, visit: Option<&AppointmentView>) -> (Option<String>, Option<String>) {
    let report = || Some("Your visit, then a report to your doctor".to_owned());
    match case.state {
        State::Sent => {
            (Some("They confirm that they have it".to_owned()), Some("They read it and decide".to_owned()))
        }
        State::Received => (Some("They read it and decide".to_owned()), Some("You choose a time".to_owned())),
        State::InfoNeeded if !super::home::asks_patient(case) => (
            Some(format!("{} sends what they asked for", case.row.referrer_name)),
            Some("They read it and decide".to_owned()),
        ),
        State::InfoNeeded => {
            (Some("You send what they asked for".to_owned()), Some("They read it and decide".to_owned()))
        }
        State::Accepted if case.plan().step == Some(NextStep::TestFirst) => (
            Some(format!("First: {}", case.row.next_step_note.as_deref().unwrap_or("a test"))),
            Some("You choose a time".to_owned()),
        ),
        State::Accepted if case.plan().step == Some(NextStep::AdviceOnly) => {
            (Some("The specialist writes advice to your doctor".to_owned()), None)
        }
        State::Accepted | State::AppointmentCancelled | State::NoShow => {
            (Some("You choose a time".to_owned()), report())
        }
        State::Offered => (Some("You confirm the time that is held for you".to_owned()), report()),
        State::Booked => (
            visit.map(|visit| format!("Your visit: {}", visit.when)),
            Some("A report goes to your doctor".to_owned()),
        ),
        State::Seen => {
            (Some("The specialist writes the report".to_owned()), Some("Your doctor reads it".to_owned()))
        }
        State::OutcomeReceived => (Some("Your doctor reads the report".to_owned()), None),
        State::CancelRequested => (Some("The clinic confirms the cancellation".to_owned()), None),
        State::Paused => (Some("The clinic looks at it again".to_owned()), None),
        State::Draft
        | State::Closed
        | State::Declined
        | State::Redirected
        | State::Cancelled
        | State::EnteredInError => (None, None),
    }
}

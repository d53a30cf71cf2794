//! What happened and what comes next, as codes with the names that their words need.

use contract::{AppointmentView, TimelineEntry, TimelineKind, TimelineSays as S};
use domain::referral::{NextStep, State};
use domain::{Priority, spoken};
use store::entity::event;

use crate::facts;
use crate::unit::Case;

/// A line's code, and the name that its words have a place for.
type Said = (S, String);

fn plain(says: S) -> Said {
    (says, String::new())
}

/// What has happened, oldest first, then what comes next.
pub fn timeline(
    case: &Case,
    history: &[event::Model],
    visit: Option<&AppointmentView>,
) -> Vec<TimelineEntry> {
    let mut entries: Vec<TimelineEntry> = history.iter().filter_map(|row| past(case, row)).collect();
    let (next, then) = ahead(case, visit);
    let entry = |(says, name): Said, kind| TimelineEntry {
        says: says.code().to_owned(),
        name,
        kind,
        ..TimelineEntry::default()
    };
    entries.extend(next.map(|said| entry(said, TimelineKind::Next)));
    entries.extend(then.map(|said| entry(said, TimelineKind::Then)));
    entries
}

fn past(case: &Case, row: &event::Model) -> Option<TimelineEntry> {
    let (says, name) = match row.kind.as_str() {
        "referral_sent" => (S::ReferrerSent, case.row.referrer_name.clone()),
        "referral_received" => (S::Received, case.organisation.name.clone()),
        "information_asked" => plain(S::Asked),
        "information_given" => plain(S::Answered),
        "referral_accepted" => match case.priority() {
            Priority::Routine => plain(S::Accepted),
            Priority::Urgent => plain(S::AcceptedUrgent),
            Priority::TwoWeekWait => plain(S::AcceptedSoon),
        },
        "referral_declined" => plain(S::Declined),
        "referral_redirected" => plain(S::MovedOn),
        "appointment_offered" => (S::TimeOffered, case.organisation.name.clone()),
        "waiting_list_joined" => plain(S::WaitingListJoined),
        "waiting_list_left" => plain(S::WaitingListLeft),
        "appointment_booked" => plain(S::TimeBooked),
        "appointment_moved" => plain(S::TimeChanged),
        "booking_passed" => (S::BookingPassed, case.organisation.name.clone()),
        "appointment_cancelled" => plain(S::TimeCancelled),
        "visit_missed" => plain(S::Missed),
        "visit_recorded" => plain(S::Seen),
        "report_sent" => (S::ReportSent, case.row.referrer_name.clone()),
        "report_acknowledged" => (S::ReportRead, case.row.referrer_name.clone()),
        "referral_closed" => plain(S::Finished),
        "referral_reopened" => plain(S::Reopened),
        "cancellation_requested" => plain(S::CancellationAsked),
        "cancellation_confirmed" | "referral_withdrawn" => plain(S::Cancelled),
        "referral_paused" => plain(S::Paused),
        "reminder_sent" => plain(S::Reminded),
        "visit_confirmed" => plain(S::Confirmed),
        _ => return None,
    };
    let day = facts::instant(row.at).with_timezone(&case.zone()).date_naive();
    let shown =
        matches!(row.kind.as_str(), "information_asked" | "referral_declined" | "appointment_cancelled");
    Some(TimelineEntry {
        when: spoken::short_date(day),
        what: String::new(),
        says: says.code().to_owned(),
        name,
        detail: row.why.clone().filter(|_| shown && case.row.patient_line.as_ref() == row.why.as_ref()),
        kind: TimelineKind::Past,
    })
}

fn ahead(case: &Case, visit: Option<&AppointmentView>) -> (Option<Said>, Option<Said>) {
    let both = |next, then| (Some(plain(next)), Some(plain(then)));
    let one = |next| (Some(plain(next)), None);
    match case.state {
        State::Sent => both(S::TheyConfirm, S::TheyDecide),
        State::Received => both(S::TheyDecide, S::YouChoose),
        State::InfoNeeded if !super::home::asks_patient(case) => {
            (Some((S::ReferrerAnswers, case.row.referrer_name.clone())), Some(plain(S::TheyDecide)))
        }
        State::InfoNeeded => both(S::YouAnswer, S::TheyDecide),
        State::Accepted if case.plan().step == Some(NextStep::TestFirst) => {
            let test = case.row.next_step_note.clone().unwrap_or_default();
            (Some((S::TestFirst, test)), Some(plain(S::YouChoose)))
        }
        State::Accepted if case.plan().step == Some(NextStep::AdviceOnly) => one(S::AdviceOnly),
        State::Accepted | State::AppointmentCancelled | State::NoShow
            if case.plan().step == Some(NextStep::ClinicBooks) =>
        {
            both(S::ClinicFinds, S::VisitThenReport)
        }
        State::Accepted | State::AppointmentCancelled | State::NoShow => {
            both(S::YouChoose, S::VisitThenReport)
        }
        State::Offered => both(S::YouConfirm, S::VisitThenReport),
        State::Booked => (visit.map(|visit| (S::Visit, visit.when.clone())), Some(plain(S::ReportToDoctor))),
        State::Seen => both(S::ReportWritten, S::DoctorReads),
        State::OutcomeReceived => one(S::DoctorReadsReport),
        State::CancelRequested => one(S::ClinicCancels),
        State::Paused => one(S::ClinicReviews),
        State::Draft
        | State::Closed
        | State::Declined
        | State::Redirected
        | State::Cancelled
        | State::EnteredInError => (None, None),
    }
}

//! Words for referrals.

use domain::referral::{
    Act, Asked, Clock, FollowUpKind, FollowUpState, Kind, NextAction, NextStep, Standing, State,
};
use domain::{Priority, Role};

use crate::components::Meaning;

/// How the patient reads a state: the same word, colour and shape everywhere.
pub fn status_patient(state: State) -> (Meaning, &'static str) {
    match state {
        State::Draft => (Meaning::Waiting, "Being prepared"),
        State::Sent => (Meaning::Waiting, "Sent"),
        State::Received => (Meaning::Waiting, "Being read"),
        State::InfoNeeded => (Meaning::Attention, "Waiting for you"),
        State::Accepted => (Meaning::Attention, "Accepted – choose a time"),
        State::Offered => (Meaning::Attention, "Held for you – please confirm"),
        State::Booked => (Meaning::Done, "Booked"),
        State::AppointmentCancelled => (Meaning::Attention, "Choose another time"),
        State::NoShow => (Meaning::Attention, "We missed you – choose again"),
        State::Seen => (Meaning::Waiting, "Seen – report on its way"),
        State::OutcomeReceived => (Meaning::Done, "Seen – report sent"),
        State::Closed => (Meaning::Done, "Finished"),
        State::Declined => (Meaning::Stopped, "Not taken on – see what next"),
        State::Redirected => (Meaning::Waiting, "Moved to another clinic"),
        State::CancelRequested => (Meaning::Waiting, "Cancelling"),
        State::Cancelled | State::EnteredInError => (Meaning::Stopped, "Cancelled"),
        State::Paused => (Meaning::Waiting, "Paused"),
    }
}

/// How staff read a state.
pub fn status_staff(state: State) -> (Meaning, &'static str) {
    match state {
        State::Draft => (Meaning::Waiting, "Draft"),
        State::Sent => (Meaning::Attention, "Sent"),
        State::Received => (Meaning::Attention, "To triage"),
        State::InfoNeeded => (Meaning::Waiting, "Information needed"),
        State::Accepted => (Meaning::Waiting, "Accepted, to book"),
        State::Offered => (Meaning::Waiting, "Time held"),
        State::Booked => (Meaning::Done, "Booked"),
        State::AppointmentCancelled => (Meaning::Attention, "Appointment cancelled"),
        State::NoShow => (Meaning::Attention, "Did not attend"),
        State::Seen => (Meaning::Attention, "Seen, report due"),
        State::OutcomeReceived => (Meaning::Waiting, "Report sent"),
        State::Closed => (Meaning::Done, "Closed"),
        State::Declined => (Meaning::Stopped, "Declined with advice"),
        State::Redirected => (Meaning::Stopped, "Redirected"),
        State::CancelRequested => (Meaning::Attention, "Cancellation requested"),
        State::Cancelled => (Meaning::Stopped, "Cancelled"),
        State::Paused => (Meaning::Waiting, "Paused"),
        State::EnteredInError => (Meaning::Stopped, "Entered in error"),
    }
}

/// The next step, as a worklist names it.
pub fn next_action(code: &str) -> &'static str {
    match NextAction::from_code(code) {
        Some(NextAction::FinishAndSend) => "Finish and send",
        Some(NextAction::Acknowledge) => "Confirm receipt",
        Some(NextAction::Triage) => "Triage",
        Some(NextAction::GiveAdvice) => "Give advice",
        Some(NextAction::GiveInformation) => "Patient or referrer gives information",
        Some(NextAction::ChooseTime) => "Patient chooses a time",
        Some(NextAction::FindTime) => "Find a time: none was free",
        Some(NextAction::ConfirmTime) => "Patient confirms the time",
        Some(NextAction::Attend) => "Visit",
        Some(NextAction::Rebook) => "Rebook",
        Some(NextAction::WriteReport) => "Write the report",
        Some(NextAction::AcknowledgeReport) => "Acknowledge the report",
        Some(NextAction::ConfirmCancellation) => "Confirm the cancellation",
        Some(NextAction::ReviewPause) => "Review the pause",
        Some(NextAction::PatientAnswers) => "Patient gives information",
        Some(NextAction::ReferrerAnswers) => "Referrer gives information",
        Some(NextAction::DoTest) => "Test before the visit",
        Some(NextAction::WriteAdvice) => "Write advice to the referrer",
        Some(NextAction::FinishFollowUps) => "Finish the follow-ups",
        None => "Nothing more",
    }
}

/// A priority.
pub fn priority(priority: Priority) -> &'static str {
    match priority {
        Priority::Routine => "Routine",
        Priority::Urgent => "Urgent",
        Priority::TwoWeekWait => "Two-week wait",
    }
}

/// What is asked for.
pub fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Referral => "Referral",
        Kind::Advice => "Request for advice",
    }
}

/// How a referral from outside came.
pub fn came(code: &str) -> &'static str {
    match code {
        "fax" => "Fax",
        "phone" => "Phone call",
        _ => "Letter",
    }
}

/// A role.
pub fn role(role: Role) -> &'static str {
    match role {
        Role::Patient => "Patient",
        Role::Referrer => "Referrer",
        Role::Specialist => "Specialist",
        Role::Coordinator => "Coordinator",
        Role::Quality => "Quality lead",
        Role::Administrator => "Administrator",
        Role::System => "Waymark",
    }
}

/// A suggested urgency.
pub fn urgency(label: &str) -> (Meaning, &'static str) {
    match label {
        "emergency" => (Meaning::Stopped, "Emergency words: not an outpatient matter"),
        "suspected_cancer" => (Meaning::Attention, "Suspected cancer"),
        "urgent" => (Meaning::Attention, "Urgent"),
        "routine" => (Meaning::Done, "Routine"),
        _ => (Meaning::Waiting, "Not enough information"),
    }
}

/// How a document stands with the virus scanner; nothing to say of one that is clean, or where there is no scanner.
pub fn scan(code: &str) -> Option<(Meaning, &'static str)> {
    match code {
        "waiting" => Some((Meaning::Waiting, "Being checked for malware")),
        "infected" => Some((Meaning::Stopped, "Malware found: locked")),
        _ => None,
    }
}

/// For whom a document is, by the code of its readers.
pub fn readers(code: &str) -> &'static str {
    match code {
        "staff" => "Staff of both sides",
        "own" => "The own side alone",
        _ => "Everybody",
    }
}

/// What a clock measures.
pub fn clock(clock: Clock) -> &'static str {
    match clock {
        Clock::Acknowledge => "Receipt confirmed",
        Clock::Triage => "Decided",
        Clock::Contact => "Patient contacted",
        Clock::Seen => "Patient seen",
        Clock::Book => "Time booked",
        Clock::Report => "Report sent",
        Clock::Close => "Report acknowledged",
    }
}

/// How a clock stands.
pub fn standing(standing: Standing) -> (Meaning, &'static str) {
    match standing {
        Standing::Running => (Meaning::Waiting, "Running"),
        Standing::Paused => (Meaning::Waiting, "Stopped"),
        Standing::Met => (Meaning::Done, "In time"),
        Standing::Late => (Meaning::Attention, "Done late"),
        Standing::Breached => (Meaning::Stopped, "Overdue"),
        Standing::Void => (Meaning::Done, "No longer needed"),
    }
}

/// What the button of an act says.
pub fn act(act: Act) -> &'static str {
    match act {
        Act::Save => "Save",
        Act::Send => "Send referral",
        Act::Acknowledge => "Confirm receipt",
        Act::Assign => "Assign",
        Act::Ask => "Ask for information",
        Act::Answer => "Send the answer",
        Act::Accept => "Accept",
        Act::Decline => "Decline with advice",
        Act::Redirect => "Redirect to another clinic",
        Act::Forward => "Forward to another service here",
        Act::Offer => "Offer a time",
        Act::Hold => "Hold a time",
        Act::Lapse => "Give the time back",
        Act::Book => "Book a time",
        Act::Reschedule => "Change the time",
        Act::PassBooking => "Find a time for the patient",
        Act::CancelAppointment => "Cancel the appointment",
        Act::Arrive => "The patient has come",
        Act::MarkNoShow => "Did not attend",
        Act::RecordVisit => "Record the visit",
        Act::InterimNote => "Send a note",
        Act::Report => "Send the report",
        Act::Advise => "Give advice",
        Act::TurnIntoReferral => "Make it a referral",
        Act::AcknowledgeReport => "Acknowledge the report",
        Act::Close => "Close",
        Act::Reopen => "Open again",
        Act::RequestCancellation => "Ask to cancel",
        Act::ConfirmCancellation => "Confirm the cancellation",
        Act::Withdraw => "Take back",
        Act::Pause => "Pause",
        Act::Resume | Act::ResumeToBook => "Go on",
        Act::Escalate => "Escalate",
        Act::EnterInError => "Entered in error",
        Act::Resubmit => "Put it right and send again",
        Act::ReferOn => "Refer to another clinic as well",
        Act::PlanFollowUp => "Plan a follow-up",
        Act::SettleFollowUp => "Note what became of it",
        Act::NoteWishes => "What the patient needs",
        Act::JoinWaitingList => "Put on the waiting list",
        Act::LeaveWaitingList => "Take off the waiting list",
    }
}

/// A line of the history, as staff read it.
pub fn event(kind: &str) -> String {
    match kind {
        "referral_begun" => "Draft begun",
        "referral_saved" => "Draft saved",
        "referral_sent" => "Sent",
        "referral_received" => "Receipt confirmed",
        "information_asked" => "Information asked for",
        "information_given" => "Information given",
        "referral_accepted" => "Accepted",
        "referral_declined" => "Declined with advice",
        "referral_assigned" => "Given",
        "referral_forwarded" => "Forwarded",
        "referral_redirected" => "Redirected",
        "referral_paused" => "Paused",
        "referral_resumed" => "Gone on with",
        "referral_escalated" => "Overdue: escalated",
        "referral_entered_in_error" => "Entered in error",
        "patient_arrived" => "Patient arrived",
        "appointment_offered" => "Time offered",
        "appointment_held" => "Time held",
        "appointment_hold_lapsed" => "Held time given back",
        "appointment_booked" => "Booked",
        "appointment_moved" => "Time changed",
        "visit_replanned" => "New clock rules: the visit stays at the same time on the clock",
        "booking_passed" => "No time was free: the clinic finds one",
        "appointment_cancelled" => "Appointment cancelled",
        "visit_missed" => "Did not attend",
        "visit_recorded" => "Seen",
        "interim_note_written" => "Note sent",
        "report_sent" => "Report sent",
        "referral_keyed_in" => "Entered from outside",
        "advice_given" => "Advice given",
        "advice_turned_into_referral" => "Made a referral of",
        "report_acknowledged" => "Report acknowledged",
        "referral_closed" => "Closed",
        "reminder_sent" => "Reminder sent",
        "death_recorded" => "The patient has died",
        "death_undone" => "The patient lives: the death was entered in error",
        "need_confirmed" => "The patient says that they still need it",
        "need_denied" => "The patient says that they no longer need it",
        "visit_confirmed" => "The patient says that they are coming",
        "referral_resubmitted" => "Taken up again as a new draft",
        "referral_referred_on" => "Referred on as well",
        "follow_up_planned" => "Follow-up planned",
        "follow_up_settled" => "Follow-up",
        "waiting_list_joined" => "On the waiting list",
        "waiting_list_left" => "Off the waiting list",
        "referral_linked" => "Linked",
        "referral_told_apart" => "Judged not to be the same need as another",
        other => {
            let words = other.replace('_', " ");
            let mut letters = words.chars();
            return letters
                .next()
                .map_or(String::new(), |first| format!("{}{}", first.to_uppercase(), letters.as_str()));
        }
    }
    .to_owned()
}

/// What comes after acceptance.
pub fn next_step(step: NextStep) -> &'static str {
    match step {
        NextStep::Book => "The patient chooses a time",
        NextStep::BookNamed => "The patient chooses a time with a named colleague",
        NextStep::TestFirst => "A test comes first",
        NextStep::AdviceOnly => "No visit: advice to the referrer",
        NextStep::ClinicBooks => "The clinic finds a time",
    }
}

/// What an acceptance led to, after which the referral is somewhere and something comes next.
pub fn accepted((state, step): (State, Option<NextStep>)) -> &'static str {
    match (state, step) {
        (State::Offered, _) => {
            "Accepted. The best time is held for the patient, who is asked whether it suits."
        }
        (_, Some(NextStep::ClinicBooks)) => {
            "Accepted. No time is free soon enough: the clinic finds one, and the patient is told so."
        }
        _ => "Accepted. The patient is asked to choose a time.",
    }
}

/// Who is asked for information.
pub fn asked(asked: Asked) -> &'static str {
    match asked {
        Asked::Patient => "The patient",
        Asked::Referrer => "The referrer",
        Asked::Both => "The patient and the referrer",
    }
}

/// What is to come under a referral.
pub fn follow_up_kind(kind: FollowUpKind) -> &'static str {
    match kind {
        FollowUpKind::Visit => "Visit",
        FollowUpKind::Test => "Test",
        FollowUpKind::Referral => "Referral to another clinic",
    }
}

/// Where a follow-up is.
pub fn follow_up_state(state: FollowUpState) -> (Meaning, &'static str) {
    match state {
        FollowUpState::Planned => (Meaning::Waiting, "Planned"),
        FollowUpState::Booked => (Meaning::Waiting, "Booked"),
        FollowUpState::Done => (Meaning::Done, "Done"),
        FollowUpState::NotNeeded => (Meaning::Stopped, "Not needed"),
    }
}
/// How many follow-ups are due within a week, and how many of them are late.
pub fn follow_ups_due(all: usize, late: usize) -> String {
    match late {
        0 => format!("Follow-ups due ({all})"),
        _ => format!("Follow-ups due ({all}, {late} late)"),
    }
}

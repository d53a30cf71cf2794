//! Words for messages.

use contract::MessageTrace;
use domain::delivery::{Channel, DeliveryState};
use domain::letter::Outdated;
use domain::template::Template;

use crate::components::Meaning;

/// A channel.
pub fn channel(code: &str) -> &'static str {
    match Channel::from_code(code) {
        Some(Channel::Sms) => "Text message",
        Some(Channel::Email) => "E-mail",
        Some(Channel::Push) => "Notice",
        Some(Channel::InApp) => "In Waymark",
        Some(Channel::Letter) | None => "Letter",
    }
}

/// What stands beside the tick that stops a channel, and so what is agreed to.
pub fn no_more(channel: Channel) -> &'static str {
    match channel {
        Channel::Email => "No e-mails to this mailbox, but a code that I ask for",
        _ => "No text messages to this number",
    }
}

/// Which words a message has, in which language, and what they cost as text messages.
pub fn words_used(message: &MessageTrace) -> String {
    let is_for_many = Template::from_code(&message.line.template).is_some_and(Template::is_for_many);
    let version = match message.words_version {
        _ if is_for_many => "written for this sending to many".to_owned(),
        Some(version) => format!("version {version}"),
        None => "Waymark's own".to_owned(),
    };
    let language = message.language.as_deref().map(|tag| domain::language::name(tag).to_owned());
    let cost = message.segments.as_ref().map(|(segments, encoding)| format!("{segments} × {encoding}"));
    [Some(version), language, cost].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// A delivery state.
pub fn delivery(code: &str) -> (Meaning, &'static str) {
    match DeliveryState::from_code(code) {
        Some(DeliveryState::Created) => (Meaning::Waiting, "Waiting to be sent"),
        Some(DeliveryState::Sending) => (Meaning::Waiting, "Being sent"),
        Some(DeliveryState::Pending) => (Meaning::Waiting, "Accepted for sending"),
        Some(DeliveryState::Sent) => (Meaning::Done, "Sent"),
        Some(DeliveryState::Delivered) => (Meaning::Done, "Delivered"),
        Some(DeliveryState::TechnicalFailure) => (Meaning::Waiting, "Failed, will be tried again"),
        Some(DeliveryState::TemporaryFailure) => (Meaning::Attention, "Not delivered, given up for now"),
        Some(DeliveryState::PermanentFailure) => (Meaning::Stopped, "Cannot be delivered"),
        Some(DeliveryState::Withheld) => (Meaning::Stopped, "Not sent, no longer needed"),
        Some(DeliveryState::Unknown) | None => (Meaning::Attention, "Not known, being looked up"),
    }
}

/// What somebody is asked to see to.
pub fn task(kind: &str) -> &'static str {
    match kind {
        "reply" => "The patient texted back, and it needs a person to read it:",
        "chase-choose-time" => {
            "No time was chosen, and reminders did not help. Please call the patient; they keep their place."
        }
        "patient-died" => {
            "The patient has died. Visits, offers and messages are cancelled, and nobody writes to them. Please see what is left to \
             do for the family and the referrer, and then end the referral."
        }
        "patient-lives" => {
            "The patient was recorded as having died, in error. What was cancelled does not come back by itself: please call them and \
             decide what they need now."
        }
        "chase-documents" => {
            "What was asked for has not come, and reminders did not help. Please call the patient."
        }
        "not-needed" => {
            "The patient says that they no longer need it. Please talk with them and decide; nothing was changed."
        }
        "message-stopped" => {
            "A message was not sent: the patient wants no more by this way, and there is no other. Please reach them."
        }
        "message-too-late" => {
            "A reminder could not leave in time. The visit is still ahead: please make sure that the patient knows."
        }
        "message-unreachable" => {
            "The patient has no number, mailbox or address that works. Please reach them."
        }
        "message-returned" => {
            "The post brought a letter to the patient back. Please find out where they live now, and tell them what it said."
        }
        "message-unknown" => {
            "Nobody can tell whether a message to the patient left. Please make sure that they know."
        }
        "message-no-receipt" => {
            "No receipt came for a message within three days. Please make sure that they know."
        }
        _ => "A message to the patient did not arrive. Please reach them another way.",
    }
}

/// Why a reminder is left out.
pub fn left_out(code: &str) -> &'static str {
    match code {
        "passed" => "its time has passed",
        "too-near" => "it would come too near to the visit, or at night",
        "confirmed" => "the patient has said that they are coming",
        _ => "another one goes at the same time",
    }
}

/// A delivery state by the way that a message goes: a letter is printed and posted by people.
pub fn delivery_by(channel: &str, state: &str) -> (Meaning, &'static str) {
    match (Channel::from_code(channel), DeliveryState::from_code(state)) {
        (Some(Channel::Letter), Some(DeliveryState::Pending)) => {
            (Meaning::Waiting, "Waiting to be printed and posted")
        }
        (Some(Channel::Letter), Some(DeliveryState::Sent)) => (Meaning::Done, "Posted"),
        (Some(Channel::Letter), Some(DeliveryState::PermanentFailure)) => {
            (Meaning::Stopped, "Came back by post")
        }
        _ => delivery(state),
    }
}

/// Why a message did not go or arrive, as staff read it. Most of it comes from those who carry messages, in words already.
pub fn undelivered(error: &str) -> String {
    match Outdated::from_code(error) {
        Some(Outdated::Died) => "The patient has died",
        Some(Outdated::Expired) => "It was too late for it",
        Some(Outdated::VisitOver) => "The visit had begun before it was printed",
        Some(Outdated::VisitChanged) => "The visit is cancelled or at another time",
        Some(Outdated::Done) => "What it asks for has been done",
        Some(Outdated::ReferralOver) => "The referral has ended",
        None => error,
    }
    .to_owned()
}

/// Why nobody can print a letter.
pub fn stuck(code: &str) -> &'static str {
    match code {
        "address-returned" => "The post brought a letter back from the address in the record",
        _ => "There is no address in the record",
    }
}

/// What a message was about.
pub fn template(code: &str) -> &'static str {
    match code {
        "referral-received" => "Referral sent",
        "outside-referrer" => "To the referrer outside",
        "info-needed" => "Information needed",
        "accepted-choose-time" => "Choose a time",
        "accepted-wait" => "Accepted",
        "time-offered" => "A time is offered",
        "other-time-offered" => "Another time is offered",
        "offer-withdrawn" => "An offered time is taken back",
        "booking-confirmed" => "Appointment booked",
        "booking-changed" => "Appointment changed",
        "booking-cancelled" => "Appointment cancelled",
        "calendar-renewed" => "New entry for the calendar",
        "reminder-appointment" => "Reminder of the appointment",
        "reminder-confirm" => "Reminder, with a question",
        "reminder-cost" => "Reminder, with the cost of a missed visit",
        "still-needed" => "Is it still needed?",
        "reminder-choose-time" => "Reminder to choose a time",
        "reminder-document" => "Reminder to send a document",
        "visit-missed" => "Missed visit",
        "declined" => "Not taken on",
        "cancelled" => "Cancelled",
        "staff-invitation" => "Invitation of a colleague",
        "day-notice" => "A clinician’s day",
        "delegate-named" => "Delegate named",
        "emergency-access" => "Opened in an emergency",
        "privacy-notice" => "Emergency access to review",
        "one-time-code" => "Code to sign in",
        "survey-invite" => "Survey",
        "report-ready" => "Report sent",
        "news-to-many" => "News to many",
        "asked-of-many" => "Question to many",
        _ => "Notice to staff",
    }
}

//! Sentences for what went wrong.

use contract::{Conflict, PublicError, Why};

/// Heading and sentence for an error.
pub fn refusal(error: &PublicError) -> (&'static str, String) {
    match error {
        PublicError::NotFound => (
            "We cannot find this page",
            "It may have been moved, or it is not yours to see. Go back, or start again from the beginning."
                .to_owned(),
        ),
        PublicError::SignedOut => {
            ("Please sign in again", "You were signed out after a while without use.".to_owned())
        }
        PublicError::NotAllowed => (
            "You cannot do this",
            "Your role does not include it. Ask a colleague who can, or your administrator.".to_owned(),
        ),
        PublicError::Invalid { .. } => {
            ("Something has to be put right", "Check what you typed and send it again.".to_owned())
        }
        PublicError::Conflict { message } => ("This has changed meanwhile", message.clone()),
        PublicError::TooMany { wait_min } => (
            "Too many attempts",
            format!(
                "To keep records safe, please wait {wait_min} minutes and try again. If you need help now, phone us."
            ),
        ),
        PublicError::TooLarge { limit_mib } => {
            ("This is too large", format!("Send something smaller than {limit_mib} MB."))
        }
        PublicError::Broken { reference } => (
            "Sorry, something is wrong on our side",
            format!(
                "Nothing you sent was changed. Try again in a moment; if it stays, tell us this number: {reference}."
            ),
        ),
    }
}

/// What is in the way, and what to do about it.
pub fn conflict(conflict: &Conflict) -> String {
    let plain = match conflict {
        Conflict::State { state } => {
            return format!(
                "This referral is now “{}”, so this can no longer be done. The page shows it as it is now.",
                super::status_staff(*state).1
            );
        }
        Conflict::SendingMoved { stage } => {
            return format!(
                "This sending is now “{}”, so this can no longer be done. The page shows it as it is now.",
                super::sending_stage(*stage).1
            );
        }
        Conflict::VisitToCome { when } => {
            return format!(
                "The appointment is only on {when}, and this would say that the patient was seen. Write it into the thread for \
                 both sides instead. If they were seen before, record the visit first."
            );
        }
        Conflict::RecordTooLarge { limit_mib } => {
            return format!(
                "Together these documents are larger than {limit_mib} MB, too large for one download. Print the record, and \
                 fetch the documents one by one from the referral’s page."
            );
        }
        Conflict::DependedOn { remedies } => {
            return format!("Something else depends on it. {}", remedies.join(" "));
        }
        Conflict::Stale => {
            "Somebody else changed this referral while you were typing. Check what they changed, then send again."
        }
        Conflict::WordsChanged => {
            "Somebody else changed these words while you were writing. What they wrote stands beside yours. Take over what you need, then save again."
        }
        Conflict::KeyReused => {
            "The same request was sent before with other contents. Reload the page and try again."
        }
        Conflict::SlotTaken => "That time has just been taken. Choose another one.",
        Conflict::HoldLapsed => "The time is no longer held for you. Choose it again, or another one.",
        Conflict::CalendarUnknown => {
            "The clinic's calendar could not be checked, so no time can be promised now. Try again in a few minutes."
        }
        Conflict::PatientDied => "This record says that the patient has died.",
        Conflict::PreviewChanged => {
            "This is not the preview that is kept. Look at it again before you confirm."
        }
        Conflict::NobodyToSendTo => "Nobody would get this message. Change whom it looks for.",
        Conflict::PreviewOld => "This preview is older than a day. Make a new one.",
        Conflict::TimesFree => {
            "There are free times now. Choose one of them, or call the clinic if none suits you."
        }
        Conflict::NothingToSend => {
            "Nothing was done: the message has left or may still arrive, or its receiver has no such address any more."
        }
        Conflict::NoBookedTime => "There is no booked time to cancel.",
        Conflict::TestFirst => "A test comes first. We tell you when it is done and you can choose a time.",
        Conflict::AdviceOnly => "You need no visit for now: the specialist writes advice to your doctor.",
        Conflict::VisitOtherDay => {
            "The appointment is on another day. Change its time first, or record the visit."
        }
        Conflict::VisitNotBegun => "The visit has not begun yet, so nobody has missed it.",
        Conflict::OthersAsked => {
            "Somebody else was asked this time. Write it into the thread, or phone the clinic."
        }
        Conflict::ServiceClosed => {
            "This service takes no referrals any more. Begin a new one to another service."
        }
        Conflict::ReportUnread => "There is no final report yet that the referrer has acknowledged.",
        Conflict::ReferrerCloses => "The referrer acknowledges the report in Waymark; that closes it.",
        Conflict::TurningNotAgreed => {
            "The referrer has not agreed to that. Answer that the patient should be referred."
        }
        Conflict::FollowUpSettled => {
            "Somebody else has noted what became of it. The page shows it as it is now."
        }
        Conflict::RemindedToday => "The patient was reminded of this today already. Once a day is enough.",
        Conflict::NothingToRemind => {
            "The patient has nothing to do at the moment, so there is nothing to remind them of."
        }
        Conflict::DelegationEnded => "This was taken back before.",
        Conflict::ReviewedMeanwhile => "Somebody else has reviewed this one meanwhile. Their finding stands.",
        Conflict::SurveyAnswered => "You have answered this already. Thank you.",
        Conflict::DocumentInfected => {
            "Malware was found in this document, so it is not given out. Ask for it to be sent again."
        }
        Conflict::DocumentBeingChecked => {
            "This document is still being checked for malware. Try again in a minute."
        }
    };
    plain.to_owned()
}

/// Why one of many was left as it is.
pub fn left(why: &Why) -> String {
    match why {
        Why::NotYourRole => "Your role cannot do this here.".to_owned(),
        Why::Conflict(it) => conflict(it),
        Why::TooMany { wait_min } => format!("Too often: wait {wait_min} minutes."),
        Why::Fields { remedies } => remedies.join(" "),
    }
}

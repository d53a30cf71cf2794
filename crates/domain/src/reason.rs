//! Coded reasons: why somebody declined, asked, cancelled. Each organisation has its own list; these begin it.

use crate::referral::Act;

/// Acts that take a coded reason, in the order in which a referral meets them.
pub const ACTS: [Act; 11] = [
    Act::Ask,
    Act::Decline,
    Act::Redirect,
    Act::Forward,
    Act::Pause,
    Act::CancelAppointment,
    Act::MarkNoShow,
    Act::RequestCancellation,
    Act::ConfirmCancellation,
    Act::Withdraw,
    Act::Reopen,
];

/// Whether a reason speaks for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comment {
    Free,
    /// It is too general to stand alone.
    Forced,
}

/// A reason that a fresh organisation begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standard {
    pub act: Act,
    pub code: &'static str,
    pub label: &'static str,
    pub comment: Comment,
    /// What the patient could read; empty where nothing fits all.
    pub patient_line: &'static str,
}

/// Why patients give a time back, as they read it; the first where nothing is said. Codes of HL7's
/// appointment-cancellation-reason.
pub const PATIENT_CANCELS: [(&str, &str); 4] = [
    ("pat", "The day or time does not suit me any more"),
    ("pat-fb", "I feel better and do not need the visit"),
    ("pat-lt", "I cannot get there"),
    ("pat-mv", "I have moved away"),
];

/// The reasons of a fresh organisation, in our own words. What they cover follows what referral services count
/// (DOMAIN.md §1: e-RS review outcomes and reasons of non-attendance).
pub const STANDARD: &[Standard] = &[
    standard(
        Act::Ask,
        "more-history",
        "The history is too short to decide",
        "Please tell us when it began, how it has changed, and what you have tried so far.",
    ),
    standard(
        Act::Ask,
        "result-missing",
        "A result or report is missing",
        "Please send us the result or letter that we name here. A photo of it is enough.",
    ),
    standard(
        Act::Ask,
        "medicines-missing",
        "The list of medicines is missing",
        "Please send us a list of the medicines you take.",
    ),
    other(Act::Ask),
    standard(
        Act::Decline,
        "other-service",
        "Another kind of service fits better",
        "Another kind of clinic is better for this. Your doctor has our advice and will talk with you about it.",
    ),
    standard(
        Act::Decline,
        "criteria-not-met",
        "It does not meet the service's criteria",
        "Our clinic cannot take this on as things are now. Your doctor has our advice on what to do, and can ask us again if things change.",
    ),
    standard(
        Act::Decline,
        "care-at-practice",
        "It can be looked after in general practice",
        "You do not need a hospital visit for this now. Your doctor has our advice on how to go on.",
    ),
    standard(
        Act::Decline,
        "double",
        "It doubles a referral that is open",
        "You have another referral for the same matter. That one goes on, and nothing is lost.",
    ),
    standard(
        Act::Decline,
        "tests-first",
        "Tests are needed before a referral makes sense",
        "Some tests are needed first. Your doctor knows which, arranges them with you, and can then refer you again.",
    ),
    other(Act::Decline),
    standard(
        Act::Redirect,
        "fits-better",
        "The other service fits better",
        "Another clinic fits better. They have your doctor's letter and will write to you.",
    ),
    standard(
        Act::Redirect,
        "sooner-there",
        "The patient is seen sooner there",
        "Another clinic can see you sooner. They have your doctor's letter and will write to you.",
    ),
    standard(
        Act::Redirect,
        "nearer",
        "It is nearer to the patient",
        "Another clinic is nearer to you. They have your doctor's letter and will write to you.",
    ),
    other(Act::Redirect),
    standard(Act::Forward, "other-team", "Another of our teams looks after this", ""),
    standard(Act::Forward, "joint-care", "The other team knows the patient", ""),
    other(Act::Forward),
    standard(
        Act::Pause,
        "patient-asked",
        "The patient asked to wait",
        "You asked us to wait. You keep your place.",
    ),
    standard(
        Act::Pause,
        "not-fit",
        "The patient is not well enough now",
        "We wait until you are well enough. You keep your place.",
    ),
    standard(
        Act::Pause,
        "result-awaited",
        "A result has to come first",
        "We wait for a result before we go on. You keep your place.",
    ),
    other(Act::Pause),
    standard(
        Act::CancelAppointment,
        "clinician-away",
        "The clinician cannot be there",
        "We are sorry: your clinician cannot be there. Please choose another time.",
    ),
    standard(
        Act::CancelAppointment,
        "patient-cannot",
        "The patient cannot come",
        "You told us that you cannot come. Please choose another time.",
    ),
    standard(
        Act::CancelAppointment,
        "room-or-equipment",
        "Room or equipment is not available",
        "We are sorry: the room or equipment is not available. Please choose another time.",
    ),
    other(Act::CancelAppointment),
    standard(Act::MarkNoShow, "did-not-come", "Did not come, reason not known", ""),
    standard(Act::MarkNoShow, "came-too-late", "Came too late to be seen", ""),
    standard(Act::MarkNoShow, "cancelled-too-late", "Cancelled too late for somebody else to have it", ""),
    standard(Act::MarkNoShow, "unwell", "Was unwell", ""),
    standard(Act::MarkNoShow, "forgot", "Forgot", ""),
    other(Act::MarkNoShow),
    standard(Act::RequestCancellation, "better", "The patient is better", ""),
    standard(Act::RequestCancellation, "seen-elsewhere", "The patient was seen elsewhere", ""),
    standard(Act::RequestCancellation, "patient-declines", "The patient does not want it", ""),
    other(Act::RequestCancellation),
    standard(Act::ConfirmCancellation, "as-asked", "As the referrer asked", ""),
    other(Act::ConfirmCancellation),
    standard(Act::Withdraw, "sent-too-early", "It was sent too early", ""),
    standard(Act::Withdraw, "wrong-service", "It went to the wrong service", ""),
    other(Act::Withdraw),
    standard(Act::Reopen, "new-facts", "There are new facts", ""),
    standard(Act::Reopen, "ended-by-mistake", "It was ended by mistake", ""),
    other(Act::Reopen),
];

const fn standard(act: Act, code: &'static str, label: &'static str, patient_line: &'static str) -> Standard {
    Standard { act, code, label, comment: Comment::Free, patient_line }
}

const fn other(act: Act) -> Standard {
    Standard { act, code: "other", label: "Another reason", comment: Comment::Forced, patient_line: "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_act_that_takes_a_reason_has_several_and_another_one_with_a_comment() {
        for act in ACTS {
            let of_act: Vec<_> = STANDARD.iter().filter(|reason| reason.act == act).collect();
            assert!(of_act.len() > 1, "{act}");
            let last = of_act.last().unwrap();
            assert_eq!((last.code, last.comment), ("other", Comment::Forced), "{act}");
            for (at, reason) in of_act.iter().enumerate() {
                assert!(
                    of_act[..at].iter().all(|before| before.code != reason.code),
                    "{act} {}",
                    reason.code
                );
            }
        }
        assert!(STANDARD.iter().all(|reason| ACTS.contains(&reason.act)));
    }
}

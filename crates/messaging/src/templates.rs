//! Every message's words, in one place.
//!
//! The rule for all of them: first name at most, organisation, date, time, a safe link, a phone number. Never a
//! diagnosis, a specialty, the name of a clinic that reveals one, a procedure or a result: an SMS and a push
//! notice are read on a locked screen, and a mail subject in a list. The functions have no place for such things,
//! so they cannot slip in. Source: the privacy guidance of both health systems on reminders (minimum necessary).

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::spoken;

use crate::segments;

mod layout;
mod outside;

use layout::{Words, clean, compose, page};

/// Who a patient's message speaks to, and for whom.
#[derive(Debug, Clone, Copy)]
pub struct To<'a> {
    /// First name only; none leaves the greeting out.
    pub first_name: Option<&'a str>,
    /// The organisation as patients know it. Never the name of a clinic or specialty.
    pub organisation: &'a str,
    /// Where a person answers, as it should be read.
    pub phone: &'a str,
    /// A single-purpose, expiring address that reveals nothing.
    pub link: &'a str,
}

/// When an appointment is, in the words of its own place.
#[derive(Debug, Clone, Copy)]
pub struct When {
    pub at: DateTime<Utc>,
    /// The zone of the place, not of the server.
    pub zone: Tz,
    /// Decides whether the year must be said.
    pub now: DateTime<Utc>,
}

impl When {
    fn spoken(self) -> String {
        spoken::instant(self.at, self.zone, self.now)
    }
}

/// One message in the form of each channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// One GSM 7-bit message in the ordinary case.
    pub sms: String,
    /// The mail's subject line.
    pub subject: String,
    pub text: String,
    /// The same as `text`, as a whole HTML page; everything inserted is escaped.
    pub html: String,
    /// The text of a push notice: says only that there is something to see.
    pub push: String,
}

/// The referral has reached the service: the patient can follow it.
pub fn received_by_service(to: &To<'_>) -> Rendered {
    compose(
        to,
        Words {
            subject: "We have received your referral",
            sms: "we have received your referral. Follow it here:",
            body: &[
                "We have received your referral and will look at it.",
                "You can see what happens next, and what we need from you, on your referral page.",
            ],
            action: "See your referral",
            push: "There is news about your referral.",
        },
    )
}

/// Something is missing that only the patient can give.
pub fn info_needed_patient(to: &To<'_>) -> Rendered {
    compose(
        to,
        Words {
            subject: "We need something from you",
            sms: "we need some information from you before we can go on:",
            body: &[
                "We need some information from you before we can go on with your referral.",
                "Your referral page says what it is and lets you send it.",
            ],
            action: "Send the information",
            push: "We need something from you.",
        },
    )
}

/// Accepted: the patient chooses a time.
pub fn accepted_choose_time(to: &To<'_>) -> Rendered {
    compose(
        to,
        Words {
            subject: "Choose a time for your appointment",
            sms: "please choose a time for your appointment:",
            body: &[
                "Your referral has been accepted. Please choose a time for your appointment.",
                "If no time suits you, call us.",
            ],
            action: "Choose a time",
            push: "You can choose a time for your appointment.",
        },
    )
}

/// Accepted, with something to come before a time is chosen, or no visit at all.
pub fn accepted_wait(to: &To<'_>) -> Rendered {
    compose(
        to,
        Words {
            subject: "Your referral has been accepted",
            sms: "your referral has been accepted. See what happens next:",
            body: &["Your referral has been accepted. Your referral page says what happens next."],
            action: "See what happens next",
            push: "There is news about your referral.",
        },
    )
}

/// The clinic holds a time, `until` then, and asks whether it suits.
pub fn time_offered(to: &To<'_>, when: When, until: When) -> Rendered {
    let (at, until) = (when.spoken(), until.spoken());
    compose(
        to,
        Words {
            subject: "We offer you a time",
            sms: &format!("we offer you {at}. Does it suit you?"),
            body: &[
                &format!("We hold a time for you: {at}."),
                &format!(
                    "Please say by {until} whether it suits you. After that it goes to somebody else, and you keep your place."
                ),
            ],
            action: "Say whether it suits you",
            push: "We offer you a time. Please say whether it suits you.",
        },
    )
}

/// The same to somebody who has a time already: they keep it unless they take this one.
pub fn other_time_offered(to: &To<'_>, when: When, until: When) -> Rendered {
    let (at, until) = (when.spoken(), until.spoken());
    compose(
        to,
        Words {
            subject: "We offer you another time",
            sms: &format!("another time is free: {at}. Do you want it?"),
            body: &[
                &format!("Another time has come free, and we hold it for you: {at}."),
                &format!(
                    "Please say by {until} whether you want it. You keep the time that you have until you take this one."
                ),
            ],
            action: "Say whether you want it",
            push: "Another time has come free. Please say whether you want it.",
        },
    )
}

/// Booked: confirms at once. The calendar invitation travels with the mail.
pub fn booking_confirmed(to: &To<'_>, when: When) -> Rendered {
    let at = when.spoken();
    compose(
        to,
        Words {
            subject: "Your appointment is booked",
            sms: &format!("you are booked for {at}. Details or change:"),
            body: &[
                &format!("Your appointment is booked for {at}."),
                "The page below says where it is and how to prepare, and lets you change or cancel it.",
                "The attached invitation puts it into your calendar.",
            ],
            action: "See your appointment",
            push: "Your appointment is booked.",
        },
    )
}

/// Moved to another time; `when` is the new one.
pub fn booking_changed(to: &To<'_>, when: When) -> Rendered {
    let at = when.spoken();
    compose(
        to,
        Words {
            subject: "Your appointment has changed",
            sms: &format!("your appointment is now {at}. Details:"),
            body: &[
                &format!("Your appointment has been moved. It is now {at}."),
                "The attached invitation changes it in your calendar. If the new time does not suit you, change it on the page below or call us.",
            ],
            action: "See your appointment",
            push: "Your appointment has changed.",
        },
    )
}

/// Cancelled; `when` is the time that no longer holds.
pub fn booking_cancelled(to: &To<'_>, when: When) -> Rendered {
    let at = when.spoken();
    compose(
        to,
        Words {
            subject: "Your appointment is cancelled",
            sms: &format!("your appointment on {at} is cancelled. See:"),
            body: &[
                &format!("Your appointment on {at} is cancelled."),
                "The page below says what happens next.",
            ],
            action: "See what happens next",
            push: "Your appointment is cancelled.",
        },
    )
}

/// Before an appointment.
pub fn reminder_appointment(to: &To<'_>, when: When) -> Rendered {
    let at = when.spoken();
    compose(
        to,
        Words {
            subject: "Your appointment is coming up",
            sms: &format!("reminder: {at}. Confirm, change or cancel:"),
            body: &[
                &format!("This is a reminder of your appointment on {at}."),
                "If you cannot come, please change or cancel it, so that somebody else can have the time.",
            ],
            action: "Confirm, change or cancel",
            push: "Your appointment is coming up.",
        },
    )
}

/// No time chosen yet.
pub fn reminder_choose_time(to: &To<'_>) -> Rendered {
    compose(
        to,
        Words {
            subject: "Please choose a time for your appointment",
            sms: "you have not chosen an appointment time yet. Choose here:",
            body: &[
                "You have not chosen a time for your appointment yet. Please choose one, or call us if no time suits you.",
            ],
            action: "Choose a time",
            push: "You have not chosen an appointment time yet.",
        },
    )
}

/// A document that was asked for has not come.
pub fn reminder_document(to: &To<'_>) -> Rendered {
    compose(
        to,
        Words {
            subject: "We are still waiting for something from you",
            sms: "we are still waiting for something we asked you for. Send it here:",
            body: &[
                "We are still waiting for something that we asked you for. You can send it from your phone: a photograph is enough.",
            ],
            action: "Send it now",
            push: "We are still waiting for something from you.",
        },
    )
}

/// Declined: the reason stands behind the link only.
pub fn declined(to: &To<'_>) -> Rendered {
    compose(
        to,
        Words {
            subject: "There is news about your referral",
            sms: "there is news about your referral. Please read it here:",
            body: &[
                "There is news about your referral. Please read it on your referral page, which also says what you can do next.",
            ],
            action: "Read the news",
            push: "There is news about your referral.",
        },
    )
}

/// The patient did not come: no blame, a way on.
pub fn visit_missed(to: &To<'_>) -> Rendered {
    compose(
        to,
        Words {
            subject: "We missed you",
            sms: "we missed you at your appointment. Choose another time here:",
            body: &[
                "We missed you at your appointment. You can choose another time, or tell us if you no longer need it.",
            ],
            action: "Choose another time",
            push: "We missed you. You can choose another time.",
        },
    )
}

/// The referral was cancelled; the reason stands behind the link only.
pub fn cancelled(to: &To<'_>) -> Rendered {
    compose(
        to,
        Words {
            subject: "Your referral was cancelled",
            sms: "your referral was cancelled. See what this means:",
            body: &["Your referral was cancelled. If you did not expect this, please phone us."],
            action: "See your referral",
            push: "There is news about your referral.",
        },
    )
}

/// After the visit.
pub fn survey_invite(to: &To<'_>) -> Rendered {
    compose(
        to,
        Words {
            subject: "How was it for you?",
            sms: "how was your appointment? One short question:",
            body: &[
                "Please tell us how your appointment was. There is one short question, and room for more if you like.",
            ],
            action: "Answer the question",
            push: "How was your appointment? Please tell us.",
        },
    )
}

/// The report of the visit has gone back and can be read.
pub fn report_ready(to: &To<'_>) -> Rendered {
    compose(
        to,
        Words {
            subject: "There is something new to read",
            sms: "there is something new to read on your referral page:",
            body: &["There is something new to read on your referral page."],
            action: "Read it",
            push: "There is something new to read.",
        },
    )
}

/// Somebody who is not involved looked in an emergency.
pub fn emergency_access(to: &To<'_>) -> Rendered {
    compose(
        to,
        Words {
            subject: "Your record was opened in an emergency",
            sms: "a colleague opened your referral in an emergency. See who, and phone us if it seems wrong:",
            body: &[
                "A colleague who is not looking after your referral opened it in an emergency. They can look at it for one hour and change nothing.",
                "On your referral page, “Who looked” says who it was. If this seems wrong to you, please phone us.",
            ],
            action: "See who looked",
            push: "Your record was opened in an emergency.",
        },
    )
}

/// A code to prove that the phone or mailbox is the patient's. The code comes first, so that a phone offers to
/// fill it in; there is no link, so that nobody learns to follow one.
pub fn one_time_code(code: &str, organisation: &str, minutes: u32) -> Rendered {
    let (code, organisation) = (clean(code), clean(organisation));
    let sms = format!(
        "{code} is your Waymark code. It works for {minutes} minutes. Nobody from {organisation} will ask you for it."
    );
    let lines = [
        format!("{code} is your Waymark code. It works for {minutes} minutes."),
        format!(
            "Nobody from {organisation} will ask you for it. If you did not ask for a code, you need do nothing."
        ),
    ];
    Rendered {
        sms: segments::plain(&sms),
        subject: "Your Waymark code".to_owned(),
        text: format!("{}\n\n{}\n", lines[0], lines[1]),
        html: page("Your Waymark code", &lines, None, ""),
        push: "You asked for a code.".to_owned(),
    }
}

/// A mail to a new colleague, or to one whose way in was reset.
pub fn staff_invitation(name: &str, organisation: &str, link: &str) -> Rendered {
    let (name, organisation) = (clean(name), clean(organisation));
    let subject = format!("Your way in to Waymark at {organisation}");
    let lines = [
        format!("Hello {name}, you can sign in to Waymark at {organisation}."),
        "First choose a password and connect an authenticator app. The link works once, within 7 days."
            .to_owned(),
    ];
    Rendered {
        sms: segments::plain(&format!("{subject}: {link}")),
        text: format!("{}\n\n{}\n\nBegin: {link}\n", lines[0], lines[1]),
        html: page(&subject, &lines, Some(("Begin", link)), &organisation),
        push: subject.clone(),
        subject,
    }
}

/// A mail to a colleague who was named as a delegate; `days` as in "from 1 to 8 March 2026".
pub fn delegate_named(name: &str, clinician: &str, days: &str, organisation: &str, link: &str) -> Rendered {
    let (name, clinician, organisation) = (clean(name), clean(clinician), clean(organisation));
    let subject = format!("You may act in the name of {clinician}");
    let lines = [
        format!("Hello {name}, you may write, send and follow referrals in the name of {clinician} {days}."),
        "What you do is recorded with both names. If you did not expect this, tell them, or your administrator."
            .to_owned(),
    ];
    Rendered {
        sms: segments::plain(&format!("{subject}: {link}")),
        text: format!("{}\n\n{}\n\nSee it: {link}\n\n{organisation}\n", lines[0], lines[1]),
        html: page(&subject, &lines, Some(("See it", link)), &organisation),
        push: subject.clone(),
        subject,
    }
}

/// A mail to whoever answers for privacy: who opened what in an emergency, and where it is reviewed.
pub fn privacy_notice(who: &str, reference: &str, organisation: &str, link: &str) -> Rendered {
    let (who, reference, organisation) = (clean(who), clean(reference), clean(organisation));
    let subject = format!("Emergency access to referral {reference}");
    let lines = [
        format!("{who} opened referral {reference} in an emergency. They can look at it for one hour."),
        "The patient was told. Please review it within 72 hours.".to_owned(),
    ];
    Rendered {
        sms: segments::plain(&format!("{subject}: {link}")),
        text: format!("{}\n\n{}\n\nReview it: {link}\n\n{organisation}\n", lines[0], lines[1]),
        html: page(&subject, &lines, Some(("Review it", link)), &organisation),
        push: subject.clone(),
        subject,
    }
}

pub use domain::notice::StaffNotice;
pub use outside::{Outside, outside_referrer};

/// What has happened, and what follows from it.
const fn notice_words(notice: StaffNotice) -> (&'static str, &'static str) {
    use StaffNotice as N;
    match notice {
        N::Submitted => ("was sent", "Nothing is needed from you now."),
        N::Received => ("was received", "The service has it and reads it."),
        N::Missed => ("had a missed visit", "We help the patient to choose another time."),
        N::Note => ("has a note", "The specialist has written a note."),
        N::Closed => ("is closed", "The report was acknowledged."),
        N::CancellationAsked => ("may be cancelled", "The referrer asks to cancel it. Please confirm."),
        N::CancellationConfirmed => ("was cancelled", "The service has confirmed the cancellation."),
        N::Withdrawn => ("was taken back", "The referrer took it back."),
        N::Arrived => ("has arrived", "It waits on your worklist."),
        N::InformationAsked => ("needs information", "The service has asked you a question."),
        N::InformationGiven => {
            ("has new information", "The question was answered. It is back on your worklist.")
        }
        N::Accepted => ("was accepted", "The service has accepted it."),
        N::Declined => ("was declined", "The reason, and what may be done next, are in Waymark."),
        N::Booked => ("is booked", "A time was booked."),
        N::BookingChanged => ("has a new time", "The time was changed."),
        N::BookingCancelled => ("has lost its booking", "The booking was cancelled."),
        N::AdviceGiven => ("was answered", "Please read the advice and acknowledge it."),
        N::ReportReady => ("has a report", "Please read and acknowledge it."),
        N::PassedOn => ("has moved on", "Another service has it now."),
        N::EnteredInError => ("was entered in error", "It was taken back; nothing happens with it."),
        N::Message => ("has a message", "The other side wrote to you about it."),
        N::Asked => ("has a question for you", "A colleague asks you for something."),
        N::Infected => ("has a document with malware", "It is locked away. Ask for it to be sent again."),
        N::OfferOver => {
            ("needs another time", "The patient did not take the time that was offered. Find another one.")
        }
        N::Assigned => ("is yours", "A colleague gave it to you."),
        N::Overdue => ("is overdue", "Its next action is late, and it is yours."),
    }
}

/// A mail to a colleague: reference number and link only.
pub fn staff_notice(notice: StaffNotice, reference: &str, organisation: &str, link: &str) -> Rendered {
    let (what, then) = notice_words(notice);
    let (reference, organisation) = (clean(reference), clean(organisation));
    let subject = format!("Referral {reference} {what}");
    let line = format!("Referral {reference} {what}. {then}");
    Rendered {
        sms: segments::plain(&format!("{subject}: {link}")),
        text: format!(
            "{line}\n\nOpen it: {link}\n\n{organisation}\nThis mail carries no clinical content on purpose.\n"
        ),
        html: page(
            &subject,
            &[line],
            Some(("Open the referral", link)),
            &format!("{organisation}. This mail carries no clinical content on purpose."),
        ),
        push: subject.clone(),
        subject,
    }
}

/// The body of a push message for the service worker: `{"title","body","url"}`.
pub fn push_payload(rendered: &Rendered, link: &str) -> String {
    serde_json::json!({ "title": "Waymark", "body": rendered.push, "url": link }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::segments::{Encoding, cost};

    const LINK: &str = "https://waymark.northharbour.example/l/8Qx2Lk9ZpT7wVb3R";

    fn to(first_name: &str) -> To<'_> {
        To {
            first_name: Some(first_name),
            organisation: "North Harbour Hospitals Trust",
            phone: "020 7946 0018",
            link: LINK,
        }
    }

    fn when() -> When {
        // The longest that a time can read: a Wednesday in September at ten past ten.
        When {
            at: "2026-09-30T09:10:00Z".parse().expect("an instant"),
            zone: chrono_tz::Europe::London,
            now: "2026-09-01T09:00:00Z".parse().expect("an instant"),
        }
    }

    fn all(to: &To<'_>) -> Vec<Rendered> {
        vec![
            received_by_service(to),
            info_needed_patient(to),
            accepted_choose_time(to),
            accepted_wait(to),
            time_offered(to, when(), when()),
            other_time_offered(to, when(), when()),
            booking_confirmed(to, when()),
            booking_changed(to, when()),
            booking_cancelled(to, when()),
            reminder_appointment(to, when()),
            reminder_choose_time(to),
            reminder_document(to),
            declined(to),
            survey_invite(to),
            report_ready(to),
        ]
    }

    #[test]
    fn every_sms_fits_one_message_with_long_names_and_links() {
        for name in ["Ann", "Christopher-Alexander", "Zoë", "José", "Nguyễn"] {
            let to = to(name);
            for message in all(&to).iter().chain([&one_time_code("123456", to.organisation, 10)]) {
                let cost = cost(&message.sms);
                assert_eq!(
                    (cost.encoding, cost.segments),
                    (Encoding::Gsm7, 1),
                    "{} units: {}",
                    cost.units,
                    message.sms
                );
            }
            assert!(all(&to).iter().all(|m| m.sms.contains(LINK) && m.sms.starts_with("North Harbour")));
        }
    }

    #[test]
    fn the_words_name_no_clinic_and_stay_as_agreed() {
        let to = to("Ann");
        let texts: Vec<String> = all(&to).into_iter().map(|m| format!("{} | {}", m.sms, m.push)).collect();
        insta::assert_snapshot!(texts.join("\n"));
    }

    #[test]
    fn what_is_inserted_is_escaped_and_kept_on_one_line() {
        let bad = To {
            first_name: Some("<b>A</b>\r\nBcc: x"),
            organisation: "A & \"B\"",
            phone: "<1>",
            link: "https://a.example/?a=1&b=\"",
        };
        let message = booking_confirmed(&bad, when());
        assert!(!message.html.contains("<b>"));
        assert!(message.html.contains("A &amp; &quot;B&quot;"));
        assert!(message.html.contains("href=\"https://a.example/?a=1&amp;b=&quot;\""));
        assert!(message.text.starts_with("Hello <b>A</b> Bcc: x,\n"));
        assert!(!message.sms.contains('\n'));
        let notice = staff_notice(StaffNotice::Arrived, "R-1\r\nBcc: x", "Org", LINK);
        assert_eq!(notice.subject, "Referral R-1 Bcc: x has arrived");
    }

    #[test]
    fn a_staff_notice_and_a_code_say_only_what_they_must() {
        let notice = staff_notice(StaffNotice::Accepted, "WM-7F3K-21", "North Harbour", LINK);
        assert_eq!(notice.subject, "Referral WM-7F3K-21 was accepted");
        assert!(notice.text.contains(LINK));
        let code = one_time_code("123456", "North Harbour", 10);
        assert!(code.sms.starts_with("123456 is your Waymark code. "));
        assert!(
            !code.sms.contains("http") && !code.push.contains("123456") && !code.subject.contains("123456")
        );
        assert_eq!(
            push_payload(&code, "https://a.example/"),
            r#"{"body":"You asked for a code.","title":"Waymark","url":"https://a.example/"}"#
        );
    }
}

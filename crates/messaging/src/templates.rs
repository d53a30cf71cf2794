//! Every message's words, in one place: the product's own (`built_in`), an organisation's in their place (`fill`), whether
//! those can be used (`check`), and how they become a text message, a mail and a notice (`layout`).

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::day_notices::{DayNotice, Tally};
use domain::spoken;
use domain::template::{Design, Template, Texts, WrongText};

mod built_in;
mod check;
mod fill;
mod layout;
mod revealing;

pub use domain::notice::StaffNotice;
pub use fill::Filling;

/// Who a message speaks to, and for whom.
#[derive(Debug, Clone, Copy)]
pub struct To<'a> {
    /// A patient's first name only; none leaves it out of the greeting.
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
    fn spoken(self, language: &str) -> String {
        spoken::instant_in(language, self.at, self.zone, self.now)
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

/// A message in the organisation's own words. What it has not written, and what cannot be used, is said in the product's.
pub fn render(template: Template, own: &Texts, with: &Filling<'_>) -> Rendered {
    layout::lay_out(template, fill::said(template, own, with), with)
}

/// What a message is made of.
pub fn design(template: Template) -> Design {
    built_in::words(template).design()
}

/// Everything that is wrong with an organisation's own words. `longest` has the longest values that can be expected, for which
/// all must fit; `names` say what the matter is, as those of the organisation's clinics and specialties.
pub fn faults(template: Template, own: &Texts, longest: &Filling<'_>, names: &[String]) -> Vec<WrongText> {
    check::faults(template, own, longest, names)
}

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
        N::AskedDone => ("has an answer for you", "A colleague has done what you asked."),
        N::Infected => ("has a document with malware", "It is locked away. Ask for it to be sent again."),
        N::OfferOver => {
            ("needs another time", "The patient did not take the time that was offered. Find another one.")
        }
        N::InDoubt => {
            ("has a visit in doubt", "It is still booked, but perhaps cannot take place then. Please decide.")
        }
        N::Replanned => (
            "has a visit under new clock rules",
            "The clocks there change at other times than before. Visits stay at the time on the clock that was promised; please \
             look at the list of those that were moved for it.",
        ),
        N::Assigned => ("is yours", "A colleague gave it to you."),
        N::Overdue => ("is overdue", "Its next action is late, and it is yours."),
    }
}

/// What a clinician is told of their own days: figures, and never whose.
fn day_words(about: DayNotice, tally: &Tally, when: When) -> (String, String) {
    let day = || {
        let date = |at: DateTime<Utc>| at.with_timezone(&when.zone).date_naive();
        spoken::date(date(when.at), date(when.now))
    };
    let since = match changed(tally) {
        changes if changes.is_empty() => String::new(),
        changes => format!(" Since your last list: {changes}."),
    };
    match about {
        DayNotice::List => (
            format!("Your list for {}: {}", day(), counted(tally.visits, "visit")),
            format!("Who comes, and when, is in Waymark.{since}"),
        ),
        DayNotice::Changes => (
            format!("Your next visits have changed: {}", changed(tally)),
            "Which ones is in Waymark. You are told of changes shortly before a visit.".to_owned(),
        ),
        DayNotice::Reports => (
            format!("{} without outcome or report", counted(tally.reports, "visit")),
            "Please say how each went, or write its report. Patients and referrers wait for it.".to_owned(),
        ),
        DayNotice::Unread => (
            format!("{} in Waymark", counted(tally.unread, "unread message")),
            "You asked for one notice a day of what happens to your referrals.".to_owned(),
        ),
    }
}

fn counted(count: u32, what: &str) -> String {
    match count {
        0 => format!("no {what}s"),
        1 => format!("1 {what}"),
        several => format!("{several} {what}s"),
    }
}

/// "2 booked, 1 cancelled".
fn changed(tally: &Tally) -> String {
    [(tally.booked, "booked"), (tally.moved, "moved"), (tally.cancelled, "cancelled")]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect::<Vec<_>>()
        .join(", ")
}

/// The message as a test: whoever gets it sees that nobody else did.
pub fn as_test(rendered: Rendered) -> Rendered {
    const NOTE: &str = "This is a test of a message, with example data. No patient got it.";
    Rendered {
        sms: format!("Test: {}", rendered.sms),
        subject: format!("Test: {}", rendered.subject),
        text: format!("{NOTE}\n\n{}", rendered.text),
        html: rendered.html.replacen("<p", &format!("<p>{NOTE}</p>\n<p"), 1),
        push: format!("Test: {}", rendered.push),
    }
}

/// The answer to a text message that asks who writes: one message, in the plain alphabet.
pub fn help(organisation: &str, phone: Option<&str>) -> String {
    let call = phone.map_or(String::new(), |phone| format!(" Call {phone} to speak to somebody."));
    crate::segments::plain(&format!(
        "{organisation}: messages about your referral.{call} Reply STOP for no more texts, START for texts again."
    ))
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

    fn filling(to: To<'_>) -> Filling<'_> {
        // The longest that a time can read: a Wednesday in September at ten past ten.
        let when = When {
            at: "2026-09-30T09:10:00Z".parse().expect("an instant"),
            zone: chrono_tz::Europe::London,
            now: "2026-09-01T09:00:00Z".parse().expect("an instant"),
        };
        Filling {
            to,
            when,
            until: when,
            cost: "about £160",
            code: "123456",
            minutes: 10,
            clinician: "Dr Jane Roe",
            days: "from 1 until 8 March",
            reference: "WM-7F3K-21",
            notice: StaffNotice::Accepted,
            day: None,
            about: "Margaret Hale, born 31 March 1948",
            language: "en",
            text: "Sinus rhythm.\n\nNo further visits. <b>",
        }
    }

    fn plain(template: Template, to: To<'_>) -> Rendered {
        render(template, &Texts::default(), &filling(to))
    }

    fn all(to: To<'_>) -> Vec<Rendered> {
        use Template as T;
        [
            T::ReferralReceived,
            T::InfoNeeded,
            T::AcceptedChooseTime,
            T::AcceptedWait,
            T::TimeOffered,
            T::OtherTimeOffered,
            T::OfferWithdrawn,
            T::BookingConfirmed,
            T::BookingChanged,
            T::BookingCancelled,
            T::CalendarRenewed,
            T::ReminderAppointment,
            T::ReminderConfirm,
            T::ReminderChooseTime,
            T::ReminderDocument,
            T::StillNeeded,
            T::Declined,
            T::SurveyInvite,
            T::ReportReady,
            T::NewsToMany,
            T::AskedOfMany,
        ]
        .map(|template| plain(template, to))
        .to_vec()
    }

    #[test]
    fn every_sms_fits_one_message_with_long_names_and_links() {
        for name in ["Ann", "Christopher-Alexander", "Zoë", "José", "Nguyễn"] {
            let to = to(name);
            for message in all(to).iter().chain([&plain(Template::OneTimeCode, to)]) {
                let cost = cost(&message.sms);
                assert_eq!(
                    (cost.encoding, cost.segments),
                    (Encoding::Gsm7, 1),
                    "{} units: {}",
                    cost.units,
                    message.sms
                );
            }
            assert!(all(to).iter().all(|m| m.sms.contains(LINK) && m.sms.starts_with("North Harbour")));
        }
    }

    #[test]
    fn the_words_name_no_clinic_and_stay_as_agreed() {
        let to = to("Ann");
        let texts: Vec<String> = all(to).into_iter().map(|m| format!("{} | {}", m.sms, m.push)).collect();
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
        let message = plain(Template::BookingConfirmed, bad);
        assert!(!message.html.contains("<b>"));
        assert!(message.html.contains("A &amp; &quot;B&quot;"));
        assert!(message.html.contains("href=\"https://a.example/?a=1&amp;b=&quot;\""));
        assert!(message.text.starts_with("Hello <b>A</b> Bcc: x,\n"));
        assert!(!message.sms.contains('\n'));
        let with = Filling { reference: "R-1\r\nBcc: x", notice: StaffNotice::Arrived, ..filling(bad) };
        let notice = render(Template::StaffNotice, &Texts::default(), &with);
        assert_eq!(notice.subject, "Referral R-1 Bcc: x has arrived");
    }

    #[test]
    fn where_there_is_no_number_nobody_is_told_to_call_one() {
        let message = plain(Template::BookingConfirmed, To { phone: "", ..to("Ann") });
        assert!(message.sms.ends_with(LINK), "{}", message.sms);
        assert!(
            message.text.ends_with("Questions? Call North Harbour Hospitals Trust.\n"),
            "{}",
            message.text
        );
    }

    #[test]
    fn a_test_says_that_it_is_one_on_every_way() {
        let test = as_test(plain(Template::BookingConfirmed, to("Ann")));
        assert!(test.sms.starts_with("Test: North Harbour") && test.subject.starts_with("Test: Your"));
        assert!(test.push.starts_with("Test: ") && test.text.starts_with("This is a test "));
        assert!(
            test.html.contains("<p>This is a test of a message") && test.html.starts_with("<!doctype html>")
        );
    }

    #[test]
    fn a_staff_notice_and_a_code_say_only_what_they_must() {
        let notice = plain(Template::StaffNotice, to("Ann"));
        assert_eq!(notice.subject, "Referral WM-7F3K-21 was accepted");
        assert!(notice.text.contains(LINK));
        let code = plain(Template::OneTimeCode, to("Ann"));
        assert!(code.sms.starts_with("123456 is your Waymark code. "));
        assert!(
            !code.sms.contains("http") && !code.push.contains("123456") && !code.subject.contains("123456")
        );
        assert_eq!(
            push_payload(&code, "https://a.example/"),
            r#"{"body":"You asked for a code.","title":"Waymark","url":"https://a.example/"}"#
        );
    }

    #[test]
    fn a_notice_of_a_day_counts_and_names_nobody() {
        let to = to("Ann");
        let says = |about, tally| {
            let with = Filling { day: Some((about, tally)), ..filling(to) };
            render(Template::DayNotice, &Texts::default(), &with)
        };
        let five = Tally { visits: 5, booked: 1, cancelled: 2, ..Tally::default() };
        let list = says(DayNotice::List, five);
        assert_eq!(list.subject, "Your list for Wednesday 30 September: 5 visits");
        assert!(list.text.contains("Since your last list: 1 booked, 2 cancelled."), "{}", list.text);
        assert_eq!(list.sms, format!("{}: {LINK}", list.subject));
        assert!(says(DayNotice::List, Tally::default()).subject.ends_with(": no visits"));
        assert_eq!(
            says(DayNotice::Changes, five).subject,
            "Your next visits have changed: 1 booked, 2 cancelled"
        );
        let one = Tally { reports: 1, unread: 2, ..Tally::default() };
        assert_eq!(says(DayNotice::Reports, one).subject, "1 visit without outcome or report");
        assert_eq!(says(DayNotice::Unread, one).subject, "2 unread messages in Waymark");
    }

    #[test]
    fn a_letter_names_the_patient_inside_and_never_in_its_subject() {
        let doctor = To { first_name: Some("Dr Jane Roe\r\nBcc: x"), ..to("Ann") };
        let with = Filling { notice: StaffNotice::ReportReady, ..filling(doctor) };
        let letter = render(Template::OutsideReferrer, &Texts::default(), &with);
        assert_eq!(letter.subject, "Referral WM-7F3K-21 has a report");
        for words in
            ["Dear Dr Jane Roe", "Margaret Hale, born 31 March 1948", "Sinus rhythm.", "020 7946 0018"]
        {
            assert!(letter.text.contains(words), "{words}: {}", letter.text);
        }
        assert!(!letter.text.contains("\r"));
        assert!(
            !letter.html.contains("<b>") && !letter.push.contains("Hale") && !letter.sms.contains("Hale")
        );
    }
}

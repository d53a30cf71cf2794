//! Messages by name, the texts that each is made of, and the places in them that are filled for each receiver.

mod approval;
mod fault;

use serde::{Deserialize, Serialize};

use crate::coded;

pub use approval::may_approve;
pub use fault::{Fault, WrongText};

coded! {
    /// Which words a message uses.
    Template {
        ReferralReceived = "referral-received",
        InfoNeeded = "info-needed",
        AcceptedChooseTime = "accepted-choose-time",
        /// Accepted, and there is nothing to choose yet.
        AcceptedWait = "accepted-wait",
        /// The clinic holds a time and asks whether it suits.
        TimeOffered = "time-offered",
        /// The same to somebody who has a booked time and keeps it until they take this one.
        OtherTimeOffered = "other-time-offered",
        /// The clinic holds a time no longer that it had offered.
        OfferWithdrawn = "offer-withdrawn",
        BookingConfirmed = "booking-confirmed",
        BookingChanged = "booking-changed",
        BookingCancelled = "booking-cancelled",
        /// The entry for the calendar once more: the clock rules are other ones, the time on the clock is the same.
        CalendarRenewed = "calendar-renewed",
        ReminderAppointment = "reminder-appointment",
        /// The same, and asks whether the patient comes.
        ReminderConfirm = "reminder-confirm",
        /// The same, and says what a missed visit costs.
        ReminderCost = "reminder-cost",
        ReminderChooseTime = "reminder-choose-time",
        ReminderDocument = "reminder-document",
        /// Asks whoever waits for long whether they still need it.
        StillNeeded = "still-needed",
        VisitMissed = "visit-missed",
        Declined = "declined",
        Cancelled = "cancelled",
        OneTimeCode = "one-time-code",
        SurveyInvite = "survey-invite",
        ReportReady = "report-ready",
        /// To many at once: news about their care.
        NewsToMany = "news-to-many",
        /// To many at once, and nothing is lost without it.
        AskedOfMany = "asked-of-many",
        /// To a member of staff: reference number and link alone.
        StaffNotice = "staff-notice",
        /// To a clinician without an account: what became of the referral, with the report.
        OutsideReferrer = "outside-referrer",
        /// To a new colleague: the link by which they set password and authenticator.
        StaffInvitation = "staff-invitation",
        /// To a colleague: they may act in a clinician's name.
        DelegateNamed = "delegate-named",
        /// To a clinician: their own day, or what waits for them.
        DayNotice = "day-notice",
        /// To the patient: somebody looked in an emergency.
        EmergencyAccess = "emergency-access",
        /// To the privacy contact: the same, to be reviewed.
        PrivacyNotice = "privacy-notice",
    }
}

impl Template {
    /// Opens a way in by itself: shown to nobody but its receiver, and not kept once it has left.
    pub const fn is_secret(self) -> bool {
        matches!(self, Self::OneTimeCode | Self::StaffInvitation)
    }

    /// Reminds of a visit: out of date once that is at another time or not at all.
    pub const fn reminds_of_visit(self) -> bool {
        matches!(self, Self::ReminderAppointment | Self::ReminderConfirm | Self::ReminderCost)
    }

    /// One of a kind that its receiver can end: nobody waits for it, and nothing is lost without it.
    pub const fn can_be_ended(self) -> bool {
        matches!(
            self,
            Self::ReminderAppointment
                | Self::ReminderConfirm
                | Self::ReminderCost
                | Self::ReminderChooseTime
                | Self::ReminderDocument
                | Self::StillNeeded
                | Self::SurveyInvite
                | Self::AskedOfMany
        )
    }

    /// Is written anew for each sending to many.
    pub const fn is_for_many(self) -> bool {
        matches!(self, Self::NewsToMany | Self::AskedOfMany)
    }

    /// Goes to the patient; the others go to clinicians and colleagues.
    pub const fn is_for_patient(self) -> bool {
        !matches!(
            self,
            Self::StaffNotice
                | Self::OutsideReferrer
                | Self::StaffInvitation
                | Self::DelegateNamed
                | Self::DayNotice
                | Self::PrivacyNotice
        )
    }
}

coded! {
    /// One of the texts of a message.
    Part {
        /// The mail's subject line.
        Subject = "subject",
        /// A text message, between who is speaking and the link.
        Sms = "sms",
        /// The mail's paragraphs, with an empty line between two.
        Body = "body",
        /// What stands on the link of a mail.
        Action = "action",
        /// A notice on the screen of a phone.
        Push = "push",
    }
}

impl Part {
    /// Read by whoever holds the phone or sees the list of mails, not by the receiver alone.
    pub const fn is_seen_by_others(self) -> bool {
        matches!(self, Self::Subject | Self::Sms | Self::Push)
    }
}

coded! {
    /// A place in a text, written in braces as `{when}`.
    Place {
        /// Day and time of the visit.
        When = "when",
        /// Until when an offered time is held.
        Until = "until",
        Organisation = "organisation",
        /// What a missed visit costs, as the service says it.
        Cost = "cost",
        /// Where a person of the clinic answers.
        Phone = "phone",
        /// The one-time code.
        Code = "code",
        /// How long the code works.
        Minutes = "minutes",
        /// The receiver, where it is no patient.
        Name = "name",
        /// In whose name a colleague may act.
        Clinician = "clinician",
        /// On which days they may.
        Days = "days",
        /// Who opened a record in an emergency.
        Who = "who",
        /// The number of the referral.
        Reference = "reference",
        /// What has happened: to a referral "was accepted", on a day "Your list: 5 visits".
        What = "what",
        /// A sentence on what follows from it.
        Then = "then",
        /// The patient, in a letter to a clinician without an account.
        About = "about",
    }
}

/// The texts of one message; an empty one stands for the product's own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Texts {
    pub subject: String,
    pub sms: String,
    pub body: String,
    pub action: String,
    pub push: String,
}

impl Texts {
    pub fn get(&self, part: Part) -> &str {
        match part {
            Part::Subject => &self.subject,
            Part::Sms => &self.sms,
            Part::Body => &self.body,
            Part::Action => &self.action,
            Part::Push => &self.push,
        }
    }

    pub fn set(&mut self, part: Part, text: String) {
        match part {
            Part::Subject => self.subject = text,
            Part::Sms => self.sms = text,
            Part::Body => self.body = text,
            Part::Action => self.action = text,
            Part::Push => self.push = text,
        }
    }

    /// Nothing but the product's own words.
    pub fn is_empty(&self) -> bool {
        Part::ALL.iter().all(|part| self.get(*part).is_empty())
    }

    /// As they are kept: nothing around a text, lines that end alike.
    #[must_use]
    pub fn tidy(&self) -> Self {
        let mut tidy = Self::default();
        for part in Part::ALL {
            tidy.set(*part, self.get(*part).replace("\r\n", "\n").trim().to_owned());
        }
        tidy
    }
}

/// A place that a message has: in which of its texts it may stand, and in which it must.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    pub place: Place,
    pub may: &'static [Part],
    pub must: &'static [Part],
}

/// What a message is made of: the product's own texts and the places in them. A text that the message does not have is
/// empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Design {
    pub texts: Texts,
    pub slots: &'static [Slot],
}

impl Design {
    /// The texts that the message has, in the order of a form.
    pub fn parts(&self) -> impl Iterator<Item = Part> {
        Part::ALL.iter().copied().filter(|part| !self.texts.get(*part).is_empty())
    }
}

/// A piece of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    Words(&'a str),
    /// What stands between braces.
    Place(&'a str),
}

/// The pieces of a text; `None` when a brace stands alone or within braces.
pub fn pieces(text: &str) -> Option<Vec<Piece<'_>>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        let (words, from) = rest.split_at(at);
        let (name, behind) = from.strip_prefix('{')?.split_once('}')?;
        if name.contains('{') {
            return None;
        }
        if !words.is_empty() {
            pieces.push(Piece::Words(words));
        }
        pieces.push(Piece::Place(name.trim()));
        rest = behind;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Words(rest));
    }
    Some(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_falls_into_words_and_places_and_a_lone_brace_is_seen() {
        use Piece::{Place as P, Words as W};
        for (text, expected) in [
            ("", Some(vec![])),
            ("plain", Some(vec![W("plain")])),
            ("at {when}.", Some(vec![W("at "), P("when"), W(".")])),
            ("{ when }{until}", Some(vec![P("when"), P("until")])),
            ("ä{when}ö", Some(vec![W("ä"), P("when"), W("ö")])),
            ("a {when", None),
            ("a when}", None),
            ("{a{b}}", None),
            ("{when}}", None),
        ] {
            assert_eq!(pieces(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_kept_has_one_kind_of_line_end_and_nothing_around_it() {
        let typed = Texts { body: " One.\r\n\r\nTwo. \r\n".into(), push: "  ".into(), ..Texts::default() };
        assert_eq!(typed.tidy(), Texts { body: "One.\n\nTwo.".into(), ..Texts::default() });
        assert!(typed.tidy().tidy() == typed.tidy() && !typed.tidy().is_empty());
    }
}

//! Letters on paper: which of them are still true when somebody is about to print them.

use chrono::{DateTime, Utc};

use crate::coded;
use crate::template::Template;

/// Days that a letter takes, with the day on which it is printed.
pub const POST_DAYS: i64 = 5;

coded! {
    /// Why a letter is not printed any more.
    Outdated {
        /// The patient has died.
        Died = "died",
        /// It says itself until when it holds.
        Expired = "expired",
        /// The visit that it is about has begun.
        VisitOver = "visit-over",
        /// The visit that it is about is cancelled or at another time, or the offered time is not held any more.
        VisitChanged = "visit-changed",
        /// It asks for something that has been done.
        Done = "done",
        /// The referral has ended.
        ReferralOver = "referral-over",
    }
}

/// What is known of the visit that a letter is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AboutVisit {
    pub start: DateTime<Utc>,
    pub is_booked: bool,
    /// It is held for the patient to answer.
    pub is_held: bool,
}

/// What is known of the matter by now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Matter {
    pub has_died: bool,
    pub expires: Option<DateTime<Utc>>,
    /// `None`: it is about none, or that is not known.
    pub visit: Option<AboutVisit>,
    /// The referral has a booked visit, whichever.
    pub has_booked: bool,
    /// The referral has ended.
    pub is_over: bool,
}

/// Why a letter that waits for the printer should not be printed; `None`: it holds.
pub fn outdated(template: Template, matter: &Matter, now: DateTime<Utc>) -> Option<Outdated> {
    use Template as T;
    if matter.has_died && template.is_for_patient() {
        return Some(Outdated::Died);
    }
    if matter.expires.is_some_and(|expires| expires < now) {
        return Some(Outdated::Expired);
    }
    let visit = |holds: fn(&AboutVisit) -> bool| match &matter.visit {
        Some(visit) if !holds(visit) => Some(Outdated::VisitChanged),
        Some(visit) if visit.start <= now => Some(Outdated::VisitOver),
        _ => None,
    };
    let over = matter.is_over.then_some(Outdated::ReferralOver);
    match template {
        T::BookingConfirmed
        | T::BookingChanged
        | T::ReminderAppointment
        | T::ReminderConfirm
        | T::ReminderCost
        | T::CalendarRenewed => visit(|visit| visit.is_booked).or(over),
        T::TimeOffered | T::OtherTimeOffered => visit(|visit| visit.is_held).or(over),
        T::AcceptedChooseTime | T::ReminderChooseTime | T::VisitMissed => {
            over.or(matter.has_booked.then_some(Outdated::Done))
        }
        // It may say when a visit is that is another one by now.
        T::NewsToMany | T::AskedOfMany => visit(|visit| visit.is_booked),
        T::InfoNeeded | T::ReminderDocument | T::StillNeeded | T::AcceptedWait | T::OfferWithdrawn => over,
        // Works for ten minutes, and is for nobody else's eyes.
        T::OneTimeCode => Some(Outdated::Expired),
        T::ReferralReceived
        | T::BookingCancelled
        | T::Declined
        | T::Cancelled
        | T::SurveyInvite
        | T::ReportReady
        | T::StaffNotice
        | T::OutsideReferrer
        | T::StaffInvitation
        | T::DelegateNamed
        | T::DayNotice
        | T::EmergencyAccess
        | T::PrivacyNotice => None,
    }
}

/// The lines of an address as they stand in the window of an envelope: nothing blank, at most seven. Empty: no letter can go
/// there.
pub fn address_lines(address: &str) -> Vec<String> {
    let by_line: Vec<&str> = address.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let parts: Vec<&str> = match by_line[..] {
        // Records keep it on one line.
        [line] => line.split(',').map(str::trim).filter(|part| !part.is_empty()).collect(),
        _ => by_line,
    };
    let (first, rest) = parts.split_at(parts.len().min(6));
    let mut lines: Vec<String> = first.iter().map(|line| (*line).to_owned()).collect();
    if !rest.is_empty() {
        lines.push(rest.join(", "));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("an instant")
    }

    fn check(template: Template, change: impl FnOnce(&mut Matter), expected: Option<Outdated>) {
        let visit = AboutVisit { start: at("2026-03-10T10:00:00Z"), is_booked: true, is_held: false };
        let mut matter =
            Matter { has_died: false, expires: None, visit: Some(visit), has_booked: true, is_over: false };
        change(&mut matter);
        assert_eq!(
            outdated(template, &matter, at("2026-03-06T10:00:00Z")),
            expected,
            "{template}: {matter:?}"
        );
    }

    #[test]
    fn a_letter_about_a_visit_holds_while_the_visit_is_booked_and_ahead() {
        use Outdated::{Died, Expired, ReferralOver, VisitChanged, VisitOver};
        for template in [Template::BookingConfirmed, Template::ReminderAppointment] {
            check(template, |_| (), None);
            check(template, |matter| matter.visit = None, None);
            check(template, |matter| matter.has_died = true, Some(Died));
            check(template, |matter| matter.expires = Some(at("2026-03-06T09:00:00Z")), Some(Expired));
            check(template, |matter| matter.is_over = true, Some(ReferralOver));
            let over = |matter: &mut Matter| {
                matter.visit.iter_mut().for_each(|visit| visit.start = at("2026-03-06T10:00:00Z"));
            };
            check(template, over, Some(VisitOver));
            let moved = |matter: &mut Matter| {
                matter.visit.iter_mut().for_each(|visit| visit.is_booked = false);
            };
            check(template, moved, Some(VisitChanged));
        }
        check(Template::TimeOffered, |_| (), Some(VisitChanged));
        let held = |matter: &mut Matter| matter.visit.iter_mut().for_each(|visit| visit.is_held = true);
        check(Template::TimeOffered, held, None);
    }

    #[test]
    fn a_letter_that_asks_holds_until_it_is_answered_or_over() {
        check(Template::AcceptedChooseTime, |_| (), Some(Outdated::Done));
        check(Template::AcceptedChooseTime, |matter| matter.has_booked = false, None);
        check(Template::ReminderDocument, |matter| matter.is_over = true, Some(Outdated::ReferralOver));
    }

    #[test]
    fn news_holds_whenever_it_comes_and_a_code_never_does() {
        let late = |matter: &mut Matter| (matter.is_over, matter.visit) = (true, None);
        for template in [Template::Declined, Template::BookingCancelled, Template::ReportReady] {
            check(template, late, None);
        }
        check(Template::OneTimeCode, |_| (), Some(Outdated::Expired));
        // A clinician is told also of a patient who has died.
        check(Template::OutsideReferrer, |matter| matter.has_died = true, None);
    }

    #[test]
    fn addresses_fit_the_window() {
        let cases: [(&str, &[&str]); 5] = [
            ("", &[]),
            (" \n , ", &[]),
            ("12 Elm Road, Ashford, TN23 1AA", &["12 Elm Road", "Ashford", "TN23 1AA"]),
            (
                "Dr Hill\nHill Street Surgery\n4 Hill Street, Ashford",
                &["Dr Hill", "Hill Street Surgery", "4 Hill Street, Ashford"],
            ),
            ("1\n2\n3\n4\n5\n6\n7\n8", &["1", "2", "3", "4", "5", "6", "7, 8"]),
        ];
        for (address, lines) in cases {
            assert_eq!(address_lines(address), lines, "{address:?}");
        }
    }
}

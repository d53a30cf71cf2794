//! Words for messages' words.

use contract::SmsPreview;
use domain::template::{Part, Place, Template};

/// What a text message costs: "143 units of GSM-7: 1 text message, with the longest names and times 2."
pub fn sms_length(sms: &SmsPreview) -> String {
    let count = |segments: u64| match segments {
        1 => "1 text message".to_owned(),
        several => format!("{several} text messages"),
    };
    let most = match sms.most_segments {
        most if most == sms.segments => String::new(),
        most => format!(", with the longest names and times as {most}"),
    };
    let units = match sms.encoding.as_str() {
        "GSM-7" => format!("{} of the 160 units of one message are used", sms.units),
        _ => format!(
            "{} units, of which one message has only 70, because some letters or signs are not in the plain alphabet",
            sms.units
        ),
    };
    let units = if sms.segments > 1 && sms.encoding == "GSM-7" {
        format!("{} units; one message has 160, and 153 where there are several", sms.units)
    } else {
        units
    };
    format!("Counts as {}{most}. {units}.", count(sms.segments))
}

/// What a message is for, and when it leaves.
pub fn template_about(template: Template) -> &'static str {
    match template {
        Template::ReferralReceived => "The referral has reached you. The patient can follow it from now on.",
        Template::InfoNeeded => "You have asked the patient for something.",
        Template::AcceptedChooseTime => "The referral is accepted, and the patient chooses a time.",
        Template::AcceptedWait => "The referral is accepted, and there is no time to choose yet.",
        Template::TimeOffered => "You hold a time and ask whether it suits.",
        Template::OtherTimeOffered => "An earlier time has come free for somebody who has one already.",
        Template::OfferWithdrawn => "You take a time back that you had offered.",
        Template::BookingConfirmed => "A time is booked. The mail brings the invitation for the calendar.",
        Template::BookingChanged => "The appointment is at another time.",
        Template::BookingCancelled => "The appointment does not take place.",
        Template::CalendarRenewed => {
            "By mail alone: the clock rules are new, and the visit stays at its time on the clock."
        }
        Template::ReminderAppointment => "Some days before the appointment.",
        Template::ReminderConfirm => {
            "Some days before the appointment; the patient is asked whether they come."
        }
        Template::ReminderCost => "The same, and says what a missed appointment costs.",
        Template::StillNeeded => {
            "Asks whoever waits for long whether they still need it. No answer changes nothing."
        }
        Template::ReminderChooseTime => "The patient has not chosen a time yet.",
        Template::ReminderDocument => "What you asked for has not come yet.",
        Template::VisitMissed => "The patient did not come.",
        Template::Declined => "You do not take the referral on. The reason is on the patient’s page alone.",
        Template::Cancelled => "The referral was cancelled. The reason is on the patient’s page alone.",
        Template::OneTimeCode => "The code with which patients prove that it is them.",
        Template::SurveyInvite => "After the visit: one short question.",
        Template::ReportReady => "The report has gone back, and the patient can read it.",
        Template::NewsToMany => {
            "To many at once: news about their care. Whoever sends it writes their own words, and begins with these."
        }
        Template::AskedOfMany => {
            "To many at once, such as a survey. Whoever sends it writes their own words, and begins with these."
        }
        Template::StaffNotice => "Tells referrers and colleagues what has happened to a referral.",
        Template::OutsideReferrer => "A letter to a referrer who has no account, with the report.",
        Template::StaffInvitation => "The way in for a new colleague, or after a reset.",
        Template::DelegateNamed => "Tells a colleague that they may act in a clinician’s name.",
        Template::DayNotice => "Tells clinicians of their own days, as each of them chose.",
        Template::EmergencyAccess => {
            "Somebody who is not involved opened the patient’s record in an emergency."
        }
        Template::PrivacyNotice => "Asks whoever answers for privacy to review an emergency access.",
    }
}

/// What a text of a message is called.
pub fn part(part: Part) -> &'static str {
    match part {
        Part::Subject => "Subject of the mail",
        Part::Sms => "Text message",
        Part::Body => "Mail",
        Part::Action => "Words on the mail’s link",
        Part::Push => "Notice on a phone",
    }
}

/// What stands around a text, for whoever writes it.
pub fn part_hint(template: Template, part: Part) -> &'static str {
    match part {
        Part::Subject => "Others can read it in a list: nothing that says what the matter is",
        Part::Sms if template == Template::OneTimeCode => "Begin with the code. No web address",
        Part::Sms => {
            "Your organisation’s name comes before it; the link, and the phone where it fits, after it"
        }
        Part::Body if !template.is_for_patient() || template == Template::OneTimeCode => {
            "An empty line begins a new paragraph"
        }
        Part::Body => {
            "The greeting comes before it, the link and your phone after it. An empty line begins a new paragraph"
        }
        Part::Action => "What somebody does who follows it",
        Part::Push => "Read on a locked screen: say only that there is something to see",
    }
}

/// What fills a place.
pub fn place(place: Place) -> &'static str {
    match place {
        Place::When => "Day and time of the appointment, like “Tuesday 3 March, 2:15pm”",
        Place::Until => "Until when the time is held",
        Place::Organisation => "Your organisation’s name",
        Place::Cost => "What a missed appointment costs, as the service’s reminders say it",
        Place::Phone => "The clinic’s phone number, or your organisation’s",
        Place::Code => "The code, six digits",
        Place::Minutes => "For how many minutes the code works",
        Place::Name => "The name of whoever reads it",
        Place::Clinician => "In whose name they may act",
        Place::Days => "On which days, like “from Monday 2 March until Friday 6 March”",
        Place::Who => "Who opened the record",
        Place::Reference => "The number of the referral",
        Place::What => "What has happened, like “was accepted”",
        Place::Then => "A sentence on what follows from it",
        Place::About => "The patient: name, date of birth, number",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cost_of_a_text_is_said_with_its_reason() {
        let cost = |encoding: &str, units, segments, most_segments| {
            sms_length(&SmsPreview {
                text: String::new(),
                encoding: encoding.into(),
                units,
                segments,
                most_segments,
            })
        };
        assert_eq!(
            cost("GSM-7", 143, 1, 2),
            "Counts as 1 text message, with the longest names and times as 2. 143 of the 160 units of one message are used."
        );
        assert_eq!(
            cost("GSM-7", 170, 2, 2),
            "Counts as 2 text messages. 170 units; one message has 160, and 153 where there are several."
        );
        assert!(cost("UCS-2", 69, 1, 1).contains("69 units, of which one message has only 70"));
    }

    #[test]
    fn no_two_messages_and_no_two_places_are_explained_alike() {
        let mut abouts: Vec<&str> = Template::ALL.iter().map(|template| template_about(*template)).collect();
        let mut places: Vec<&str> = Place::ALL.iter().map(|known| place(*known)).collect();
        for texts in [&mut abouts, &mut places] {
            let count = texts.len();
            texts.sort_unstable();
            texts.dedup();
            assert_eq!(texts.len(), count);
        }
    }

    #[test]
    fn every_message_has_a_name_of_its_own() {
        let mut names: Vec<&str> =
            Template::ALL.iter().map(|template| super::super::template(template.code())).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Template::ALL.len());
    }
}

//! The words of messages.

use chrono_tz::Tz;
use domain::notice::StaffNotice;
use messaging::templates::{self as words, To, When};
use service::ports::{MessageFacts, Rendered, Template, Words};

/// The catalogue of `messaging`.
pub struct Catalogue {
    /// Calling code for numbers without one, like "44".
    pub default_country: String,
}

/// Minutes for which a one-time code works, as `service` decides it.
const CODE_MIN: u32 = 10;

impl Words for Catalogue {
    fn render(&self, template: Template, facts: &MessageFacts) -> Rendered {
        let to = To {
            first_name: Some(facts.first_name.as_str()).filter(|name| !name.is_empty()),
            organisation: &facts.organisation,
            phone: facts.phone.as_deref().unwrap_or_default(),
            link: &facts.link,
        };
        let (at, zone) = facts.visit.unwrap_or((facts.now, Tz::Europe__London));
        let when = When { at, zone, now: facts.now };
        let rendered = match template {
            Template::ReferralReceived => words::received_by_service(&to),
            Template::InfoNeeded => words::info_needed_patient(&to),
            Template::AcceptedChooseTime => words::accepted_choose_time(&to),
            Template::AcceptedWait => words::accepted_wait(&to),
            Template::TimeOffered => {
                words::time_offered(&to, when, When { at: facts.until.unwrap_or(at), ..when })
            }
            Template::OtherTimeOffered => {
                words::other_time_offered(&to, when, When { at: facts.until.unwrap_or(at), ..when })
            }
            Template::BookingConfirmed => words::booking_confirmed(&to, when),
            Template::BookingChanged => words::booking_changed(&to, when),
            Template::BookingCancelled => words::booking_cancelled(&to, when),
            Template::ReminderAppointment => words::reminder_appointment(&to, when),
            Template::ReminderChooseTime => words::reminder_choose_time(&to),
            Template::ReminderDocument => words::reminder_document(&to),
            Template::VisitMissed => words::visit_missed(&to),
            Template::Declined => words::declined(&to),
            Template::Cancelled => words::cancelled(&to),
            Template::OneTimeCode => words::one_time_code(&facts.code, &facts.organisation, CODE_MIN),
            Template::SurveyInvite => words::survey_invite(&to),
            Template::ReportReady => words::report_ready(&to),
            Template::StaffInvitation => {
                words::staff_invitation(&facts.first_name, &facts.organisation, &facts.link)
            }
            Template::DelegateNamed => {
                let (clinician, days) = facts.standing_in.clone().unwrap_or_default();
                words::delegate_named(&facts.first_name, &clinician, &days, &facts.organisation, &facts.link)
            }
            Template::EmergencyAccess => words::emergency_access(&to),
            Template::PrivacyNotice => {
                words::privacy_notice(&facts.first_name, &facts.reference, &facts.organisation, &facts.link)
            }
            Template::OutsideReferrer => {
                let (about, text) = facts.clinical.clone().unwrap_or_default();
                words::outside_referrer(
                    facts.notice.unwrap_or(StaffNotice::ReportReady),
                    &words::Outside {
                        person: &facts.first_name,
                        organisation: &facts.organisation,
                        phone: facts.phone.as_deref().unwrap_or_default(),
                        reference: &facts.reference,
                        about: &about,
                        text: &text,
                    },
                )
            }
            Template::StaffNotice => words::staff_notice(
                facts.notice.unwrap_or(StaffNotice::Overdue),
                &facts.reference,
                &facts.organisation,
                &facts.link,
            ),
        };
        let push = words::push_payload(&rendered, &facts.link);
        Rendered {
            sms: rendered.sms,
            subject: rendered.subject,
            text: rendered.text,
            html: rendered.html,
            push,
        }
    }

    fn phone(&self, typed: &str) -> String {
        messaging::phone::e164(typed, &self.default_country).unwrap_or_else(|_| typed.to_owned())
    }
}

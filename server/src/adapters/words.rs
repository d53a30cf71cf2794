//! The words of messages.

use chrono_tz::Tz;
use domain::day_notices::{DayNotice, Tally};
use domain::language;
use domain::notice::StaffNotice;
use domain::template::{Design, Texts, WrongText};
use messaging::templates::{self as words, Filling, To, When};
use service::ports::{MessageFacts, Rendered, Template, TextSize, Words};

/// The catalogue of `messaging`.
pub struct Catalogue {
    /// Calling code for numbers without one, like "44".
    pub default_country: String,
}

/// Minutes for which a one-time code works, as `service` decides it.
const CODE_MIN: u32 = 10;

/// A message that is not about something that has happened says this.
fn usual(template: Template) -> StaffNotice {
    match template {
        Template::OutsideReferrer => StaffNotice::ReportReady,
        _ => StaffNotice::Overdue,
    }
}

fn filling(template: Template, facts: &MessageFacts) -> Filling<'_> {
    let (clinician, days) =
        facts.standing_in.as_ref().map_or(("", ""), |(clinician, days)| (clinician.as_str(), days.as_str()));
    let (about, text) =
        facts.clinical.as_ref().map_or(("", ""), |(about, text)| (about.as_str(), text.as_str()));
    let (at, zone) = facts.visit.unwrap_or((facts.now, Tz::Europe__London));
    let when = When { at, zone, now: facts.now };
    Filling {
        to: To {
            first_name: Some(facts.first_name.as_str()).filter(|name| !name.is_empty()),
            organisation: &facts.organisation,
            phone: facts.phone.as_deref().unwrap_or_default(),
            link: &facts.link,
        },
        when,
        until: When { at: facts.until.unwrap_or(at), ..when },
        cost: &facts.cost,
        code: &facts.code,
        minutes: CODE_MIN,
        clinician,
        days,
        reference: &facts.reference,
        notice: facts.notice.unwrap_or_else(|| usual(template)),
        day: (template == Template::DayNotice)
            .then(|| facts.day.unwrap_or((DayNotice::List, Tally::default()))),
        about,
        text,
        language: if facts.language.is_empty() { language::PRODUCT } else { &facts.language },
    }
}

fn ported(rendered: words::Rendered, push: String) -> Rendered {
    let words::Rendered { sms, subject, text, html, push: notice } = rendered;
    Rendered { sms, subject, text, html, notice, push }
}

impl Words for Catalogue {
    fn render(&self, template: Template, own: &Texts, facts: &MessageFacts) -> Rendered {
        let rendered = words::render(template, own, &filling(template, facts));
        let push = words::push_payload(&rendered, &facts.link);
        ported(rendered, push)
    }

    fn as_test(&self, rendered: Rendered) -> Rendered {
        let Rendered { sms, subject, text, html, notice, push } = rendered;
        ported(words::as_test(words::Rendered { sms, subject, text, html, push: notice }), push)
    }

    fn design(&self, template: Template) -> Design {
        words::design(template)
    }

    fn faults(
        &self,
        template: Template,
        own: &Texts,
        longest: &MessageFacts,
        revealing: &[String],
    ) -> Vec<WrongText> {
        words::faults(template, own, &filling(template, longest), revealing)
    }

    fn help(&self, organisation: &str, phone: Option<&str>) -> String {
        words::help(organisation, phone)
    }

    fn size(&self, sms: &str) -> TextSize {
        let cost = messaging::segments::cost(sms);
        TextSize { encoding: cost.encoding.name(), segments: cost.segments, units: cost.units }
    }

    fn phone(&self, typed: &str) -> String {
        messaging::phone::e164(typed, &self.default_country).unwrap_or_else(|_| typed.to_owned())
    }
}

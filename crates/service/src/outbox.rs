//! Writing messages into the outbox, in the transaction of the change that causes them.

use chrono::{DateTime, Days, NaiveTime, Utc};
use domain::calendar_days::at_wall;
use domain::delivery::{Channel, DeliveryState};
use domain::notice::StaffNotice;
use domain::{OrganisationId, PatientId, PersonId};
use store::entity::{message, patient_link};

use crate::ports::{MessageFacts, Rendered, Template};
use crate::unit::{Case, Unit};
use crate::{ServiceError, ids, own_words};

mod post;

pub(crate) use post::Post;

/// How long a link in a message opens the way to the referral.
const LINK_DAYS: i64 = 90;

/// When a message may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// The person just asked for it.
    AtOnce,
    /// As soon as the hour is decent.
    Politely,
    /// Not before this instant, at a decent hour, and not at all after the second.
    Between(DateTime<Utc>, DateTime<Utc>),
}

impl When {
    /// When a message is due, and until when it may still go. `quiet` are the hours in which nobody is told.
    pub(crate) fn planned(
        self,
        now: DateTime<Utc>,
        zone: chrono_tz::Tz,
        quiet: Option<(NaiveTime, NaiveTime)>,
    ) -> (DateTime<Utc>, Option<DateTime<Utc>>) {
        match self {
            When::AtOnce => (now, None),
            When::Politely => (decent(now, zone, quiet), None),
            When::Between(from, until) => (decent(from, zone, quiet), Some(until)),
        }
    }
}

/// A message's facts, its calendar part and what makes it unique for its cause.
pub struct Letter {
    pub template: Template,
    pub facts: MessageFacts,
    pub calendar: Option<(Vec<u8>, String)>,
    /// The same cause and recipient give the same message.
    pub cause: String,
    pub when: When,
    /// The way that the patient wants it to come, where they can be reached by it.
    pub by: Option<Channel>,
    /// The version of the organisation's words in which it is said; 0: the product's.
    pub words_version: i64,
}

impl Letter {
    pub fn new(template: Template, cause: impl Into<String>) -> Self {
        Self {
            template,
            facts: MessageFacts::default(),
            calendar: None,
            cause: cause.into(),
            when: When::Politely,
            by: None,
            words_version: 0,
        }
    }
}

/// In which languages a patient is written to, the best first: that in which they want to be seen, their own, and the
/// organisation's.
pub(crate) fn languages(case: &Case) -> Vec<String> {
    let own = case.patient.language.clone();
    let wanted = crate::booking::wishes::language(&case.row, None);
    [wanted, own, Some(case.organisation.language.clone())].into_iter().flatten().collect()
}

/// Whether a patient hears of something the same day; a letter takes longer than most offers are held.
pub(crate) fn hears_soon(case: &Case) -> bool {
    case.row.patient_sees && (case.patient.phone.is_some() || case.patient.email.is_some())
}

impl Unit<'_> {
    /// Tells the patient: by text message, or mail, or letter, whichever reaches them; with a calendar part by
    /// mail as well; and by push where they asked for it.
    pub async fn tell_patient(&mut self, case: &Case, mut letter: Letter) -> Result<(), ServiceError> {
        if !case.row.patient_sees {
            return Ok(());
        }
        letter.facts.first_name = case.patient.given.split_whitespace().next().unwrap_or_default().to_owned();
        letter.facts.organisation = case.organisation.name.clone();
        letter.facts.phone = case.service.phone.clone().or_else(|| case.organisation.phone.clone());
        letter.facts.reference = case.row.reference.clone();
        letter.facts.now = self.call.now;
        if letter.facts.link.is_empty() && letter.template != Template::OneTimeCode {
            letter.facts.link = self.link(case).await?;
        }
        let rendered = self.worded(case.organisation_id(), &mut letter, &languages(case)).await?;
        let recipient = format!("patient:{}", case.patient.id);
        let (phone, email) = (case.patient.phone.clone(), case.patient.email.clone());
        let mut ways = Vec::new();
        let (phone, email) = match letter.by {
            Some(Channel::Email) if email.is_some() => (None, email),
            Some(Channel::Letter) if case.patient.address.is_some() => (None, None),
            _ => (phone, email),
        };
        match (phone, email, letter.calendar.is_some()) {
            (Some(phone), Some(email), true) => ways.extend([(Channel::Sms, phone), (Channel::Email, email)]),
            (Some(phone), _, _) => ways.push((Channel::Sms, phone)),
            (None, Some(email), _) => ways.push((Channel::Email, email)),
            (None, None, _) => {
                ways.push((Channel::Letter, case.patient.address.clone().unwrap_or_default()));
            }
        }
        if !matches!(letter.template, Template::OneTimeCode | Template::CalendarRenewed) {
            let organisation = OrganisationId(case.patient.organisation_id);
            let whose = (organisation, PatientId(case.patient.id));
            for browser in self.post.browsers(&self.tx, whose).await? {
                ways.push((Channel::Push, format!("{}/{}", browser.organisation_id, browser.id)));
            }
        }
        for (channel, address) in ways {
            self.enqueue(
                Some(case),
                case.organisation_id(),
                &recipient,
                channel,
                address,
                &letter,
                &rendered,
            );
        }
        Ok(())
    }

    /// Tells a member of staff by mail: reference number and link, nothing clinical.
    pub async fn tell_person(
        &mut self,
        case: &Case,
        organisation: OrganisationId,
        person: PersonId,
        what: StaffNotice,
        cause: &str,
    ) -> Result<(), ServiceError> {
        match store::people::find(&*self.tx, organisation, person).await? {
            Some(person) if person.status == "active" => self.tell_active(case, person, what, cause).await,
            _ => Ok(()),
        }
    }

    async fn tell_active(
        &mut self,
        case: &Case,
        person: store::entity::person::Model,
        what: StaffNotice,
        cause: &str,
    ) -> Result<(), ServiceError> {
        let mut letter = Letter::new(Template::StaffNotice, cause);
        letter.when = When::AtOnce;
        letter.facts = MessageFacts {
            first_name: person.name.clone(),
            organisation: case.organisation.name.clone(),
            reference: case.row.reference.clone(),
            link: format!("{}/referrals/{}", self.desk.settings.public_url, case.row.id),
            notice: Some(what),
            ..MessageFacts::default()
        };
        let rendered = self.worded(case.organisation_id(), &mut letter, &[]).await?;
        let recipient = format!("staff:{}", person.id);
        self.enqueue(
            Some(case),
            case.organisation_id(),
            &recipient,
            Channel::Email,
            person.email,
            &letter,
            &rendered,
        );
        Ok(())
    }

    /// Tells the referrer.
    pub async fn tell_referrer(
        &mut self,
        case: &Case,
        what: StaffNotice,
        cause: &str,
    ) -> Result<(), ServiceError> {
        match case.row.referrer_id {
            Some(person) => {
                let organisation = OrganisationId(case.row.referrer_organisation_id);
                let row = store::people::find(&*self.tx, organisation, PersonId(person)).await?;
                if let Some(row) = row.filter(|row| row.status == "active") {
                    return self.tell_active(case, row, what, cause).await;
                }
                // Who has left cannot be told: their colleagues look after it now.
                for colleague in store::people::with_roles(&*self.tx, organisation).await? {
                    if colleague.role == domain::Role::Referrer.code() {
                        self.tell_person(case, organisation, PersonId(colleague.id), what, cause).await?;
                    }
                }
                Ok(())
            }
            None => self.tell_outside(case, what, cause).await,
        }
    }

    /// Writes to a referrer without an account, by the way that they gave.
    pub async fn tell_outside_referrer(
        &mut self,
        case: &Case,
        to: &store::entity::outside_referrer::Model,
        what: StaffNotice,
        text: &str,
        cause: &str,
    ) -> Result<(), ServiceError> {
        let born = crate::facts::birth_date(&case.patient)
            .map_or(String::new(), |born| format!(", born {}", born.format("%-d %B %Y")));
        let number =
            case.patient.nhs_number.as_ref().map_or(String::new(), |number| format!(", NHS number {number}"));
        let about = format!("{} {}{born}{number}", case.patient.given, case.patient.family);
        let mut letter = Letter::new(Template::OutsideReferrer, cause);
        letter.when = When::AtOnce;
        letter.facts = MessageFacts {
            first_name: to.person.clone(),
            organisation: case.organisation.name.clone(),
            phone: case.service.phone.clone().or_else(|| case.organisation.phone.clone()),
            reference: case.row.reference.clone(),
            notice: Some(what),
            clinical: Some((about, text.to_owned())),
            ..MessageFacts::default()
        };
        let rendered = self.worded(case.organisation_id(), &mut letter, &[]).await?;
        let recipient = format!("outside:{}", case.row.id);
        let (channel, address) = match &to.email {
            Some(email) => (Channel::Email, email.clone()),
            None => (Channel::Letter, format!("{}\n{}\n{}", to.person, to.organisation, to.address)),
        };
        self.enqueue(Some(case), case.organisation_id(), &recipient, channel, address, &letter, &rendered);
        Ok(())
    }

    /// Writes to a colleague about something that is no referral.
    pub async fn tell_colleague(
        &mut self,
        person: &store::entity::person::Model,
        mut letter: Letter,
    ) -> Result<(), ServiceError> {
        letter.when = When::AtOnce;
        let organisation = OrganisationId(person.organisation_id);
        let row = store::directory::organisation(&*self.tx, organisation).await?;
        letter.facts.organisation = row.map_or(String::new(), |row| row.name);
        let rendered = self.worded(organisation, &mut letter, &[]).await?;
        let recipient = format!("staff:{}", person.id);
        let address = person.email.clone();
        self.enqueue(None, organisation, &recipient, Channel::Email, address, &letter, &rendered);
        Ok(())
    }

    /// Tells the receiving side's coordinators.
    pub async fn tell_coordinators(
        &mut self,
        case: &Case,
        what: StaffNotice,
        cause: &str,
    ) -> Result<(), ServiceError> {
        for person in store::people::with_roles(&*self.tx, case.organisation_id()).await? {
            if person.role == domain::Role::Coordinator.code() {
                self.tell_person(case, case.organisation_id(), PersonId(person.id), what, cause).await?;
            }
        }
        Ok(())
    }

    /// A fresh link for the patient, the same in all letters of one change. It reveals nothing: identity is proved behind it.
    async fn link(&mut self, case: &Case) -> Result<String, ServiceError> {
        if let Some((_, link)) = self.post.link.as_ref().filter(|(known, _)| *known == case.id()) {
            return Ok(link.clone());
        }
        let token = ids::token();
        let row = patient_link::Model {
            organisation_id: case.row.organisation_id,
            id: ids::fresh(self.call.now),
            token_hash: ids::hashed(&token),
            referral_id: case.row.id,
            created_at: self.call.now.timestamp_millis(),
            expires_at: (self.call.now + chrono::Duration::days(LINK_DAYS)).timestamp_millis(),
            revoked_at: None,
        };
        store::ways_in::insert_link(&self.tx, row).await?;
        let link = format!("{}/r/{token}", self.desk.settings.public_url);
        self.post.link = Some((case.id(), link.clone()));
        Ok(link)
    }

    /// A message in the words of the organisation that sends it, as they are now, in the first of these languages in which
    /// they are written. The letter keeps which they are.
    async fn worded(
        &mut self,
        organisation: OrganisationId,
        letter: &mut Letter,
        languages: &[String],
    ) -> Result<Rendered, ServiceError> {
        let all = self.post.words(&self.tx, organisation).await?;
        let languages: Vec<&str> = languages.iter().map(String::as_str).collect();
        let chosen = own_words::chosen(all, letter.template, &languages);
        letter.facts.language = chosen.language;
        letter.words_version = chosen.version;
        Ok(self.desk.ports.words.render(letter.template, &chosen.texts, &letter.facts))
    }

    #[allow(clippy::too_many_arguments, reason = "the columns of one row")]
    fn enqueue(
        &mut self,
        case: Option<&Case>,
        organisation: OrganisationId,
        recipient: &str,
        channel: Channel,
        address: String,
        letter: &Letter,
        rendered: &Rendered,
    ) {
        let now = self.call.now;
        let zone = case.map_or(chrono_tz::Europe::London, Case::zone);
        let quiet = self.desk.settings.quiet;
        let (due, expires) = letter.when.planned(now, zone, quiet);
        // A letter waits in the print queue; nothing dispatches it.
        let state = if channel == Channel::Letter { DeliveryState::Pending } else { DeliveryState::Created };
        let body = match channel {
            Channel::Sms => &rendered.sms,
            Channel::Push => &rendered.push,
            Channel::Email | Channel::Letter | Channel::InApp => &rendered.text,
        };
        let calendar = letter.calendar.clone().filter(|_| channel == Channel::Email);
        let row = message::Model {
            organisation_id: organisation.0,
            id: ids::fresh(now),
            dedupe_key: format!(
                "{}:{}:{channel}:{recipient}:{}",
                letter.template,
                letter.cause,
                ids::hashed(&address)
            ),
            referral_id: case.map(|case| case.row.id),
            recipient: recipient.to_owned(),
            channel: channel.code().to_owned(),
            template: letter.template.code().to_owned(),
            address,
            subject: rendered.subject.clone(),
            body: body.clone(),
            html: if channel == Channel::Email { rendered.html.clone() } else { String::new() },
            calendar_method: calendar.as_ref().map(|(_, method)| method.clone()),
            calendar: calendar.map(|(bytes, _)| bytes),
            state: state.code().to_owned(),
            due_at: due.timestamp_millis(),
            expires_at: expires.map(|at| at.timestamp_millis()),
            attempts: 0,
            leased_until: None,
            lease: None,
            provider_ref: None,
            error: None,
            created_at: now.timestamp_millis(),
            handed_at: None,
            final_at: None,
        };
        self.post.rows.push(row);
    }

    /// Sends a message of its own to whoever tries it out: to their mail, or to a number.
    pub(crate) fn send_test(
        &mut self,
        (organisation, person): (OrganisationId, PersonId),
        channel: Channel,
        address: String,
        letter: &Letter,
        rendered: &Rendered,
    ) {
        let recipient = format!("staff:{person}");
        self.enqueue(None, organisation, &recipient, channel, address, letter, rendered);
    }
}

/// The instant itself, or the end of the quiet hours in which it falls.
fn decent(at: DateTime<Utc>, zone: chrono_tz::Tz, quiet: Option<(NaiveTime, NaiveTime)>) -> DateTime<Utc> {
    let Some((from, to)) = quiet else {
        return at;
    };
    let local = at.with_timezone(&zone).naive_local();
    let (date, time) = (local.date(), local.time());
    let over_midnight = from > to;
    if over_midnight && time >= from {
        at_wall(date.checked_add_days(Days::new(1)).unwrap_or(date), to, zone)
    } else if time < to && (over_midnight || time >= from) {
        at_wall(date, to, zone)
    } else {
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_goes_at_night() {
        let quiet = NaiveTime::from_hms_opt(21, 0, 0).zip(NaiveTime::from_hms_opt(8, 0, 0));
        let cases = [
            ("2026-07-01T22:30:00Z", "2026-07-02T07:00:00Z"),
            ("2026-07-02T03:00:00Z", "2026-07-02T07:00:00Z"),
            ("2026-07-02T12:00:00Z", "2026-07-02T12:00:00Z"),
            ("2026-12-01T21:00:00Z", "2026-12-02T08:00:00Z"),
        ];
        for (at, expected) in cases {
            let at: DateTime<Utc> = at.parse().expect("an instant");
            assert_eq!(
                decent(at, chrono_tz::Europe::London, quiet)
                    .to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
                expected
            );
        }
    }
}

//! Writing messages into the outbox, in the transaction of the change that causes them.

use chrono::{DateTime, Duration, NaiveTime, Utc};
use contract::Conflict;
use domain::day_notices::Digest;
use domain::delivery::{Channel, DeliveryState};
use domain::letter::POST_DAYS;
use domain::notice::StaffNotice;
use domain::reminders::{LEAD, earlier};
use domain::{OrganisationId, PatientId, PersonId};
use store::entity::{message, patient, patient_link, words_version};
use uuid::Uuid;

use crate::booking::wishes;
use crate::ports::{MessageFacts, Template};
use crate::unit::{Case, Unit};
use crate::{Desk, ServiceError, day_notices, dispatch, facts, ids, own_words, sign_in};

mod post;
mod ways;

pub(crate) use domain::reminders::decent;
pub(crate) use post::Post;

/// How long a link in a message opens the way to the referral.
pub(crate) const LINK_DAYS: i64 = 90;

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
    /// The visit that it is about, without which it is pointless.
    pub visit: Option<Uuid>,
    /// The rule that asked for it, and which step of it.
    pub rule: Option<(String, String)>,
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
            visit: None,
            rule: None,
        }
    }
}

impl Letter {
    /// When a reminder of a visit is to be printed, so that it arrives at its moment; `None`: it is none.
    fn posted(&self) -> Option<DateTime<Utc>> {
        match self.when {
            When::Between(at, _) if self.template.reminds_of_visit() => Some(at - post()),
            _ => None,
        }
    }

    /// Until when a reminder of a visit says something; `None`: it is none.
    fn latest(&self) -> Option<DateTime<Utc>> {
        self.facts.visit.filter(|_| self.template.reminds_of_visit()).map(|(start, _)| start - LEAD)
    }
}

/// Whether a patient hears of something the same day; a letter takes longer than most offers are held.
pub(crate) fn hears_soon(case: &Case) -> bool {
    case.row.patient_sees && (case.patient.phone.is_some() || case.patient.email.is_some())
}

impl Unit<'_> {
    /// Tells the patient: by text message, or mail, or letter, whichever reaches them; with a calendar part by
    /// mail as well; and by push where they asked for it.
    pub async fn tell_patient(&mut self, case: &Case, mut letter: Letter) -> Result<(), ServiceError> {
        if !case.row.patient_sees || case.patient.deceased {
            return Ok(());
        }
        letter.facts.first_name = facts::first_name(&case.patient);
        letter.facts.organisation = case.organisation.name.clone();
        letter.facts.phone = case.service.phone.clone().or_else(|| case.organisation.phone.clone());
        letter.facts.reference = case.row.reference.clone();
        letter.facts.now = self.call.now;
        letter.facts.wanted_language = wishes::language(&case.row, None).unwrap_or_default();
        letter.facts.house_language.clone_from(&case.organisation.language);
        if letter.facts.link.is_empty() && letter.template != Template::OneTimeCode {
            letter.facts.link = self.link(case).await?;
        }
        let whose = (OrganisationId(case.patient.organisation_id), PatientId(case.patient.id));
        let browsers = self.post.browsers(&self.tx, whose).await?.to_vec();
        let closed = self.closed(case, &letter).await?;
        let ways = ways::ways(&ways::Choice {
            patient: &case.patient,
            browsers: &browsers,
            closed: &closed,
            by: letter.by,
            calendar: letter.calendar.is_some(),
            may_push: !matches!(letter.template, Template::OneTimeCode | Template::CalendarRenewed),
            patience_h: if letter.when == When::AtOnce { 0 } else { self.desk.settings.fall_back_hours },
        });
        let mut first = None;
        for way in ways {
            let to = Receiver::Patient(&case.patient);
            // By post it would come after the visit, or on the day of a later reminder.
            if way.channel == Channel::Letter && letter.posted().is_some_and(|at| at <= self.call.now) {
                continue;
            }
            let by = (way.channel, way.address);
            let id = match way.after_h {
                None => self.enqueue(Some(case), case.organisation_id(), to, by, &letter).await?,
                Some(hours) => self.enqueue_after(case, by, &letter, (first, hours)).await?,
            };
            first = first.or(Some(id));
        }
        Ok(())
    }

    /// The way that follows a notice if it stays unread for so many hours; at the latest when it still says something.
    async fn enqueue_after(
        &mut self,
        case: &Case,
        by: (Channel, String),
        letter: &Letter,
        (first, hours): (Option<Uuid>, i64),
    ) -> Result<Uuid, ServiceError> {
        let to = Receiver::Patient(&case.patient);
        let quiet = self.desk.settings.quiet;
        let id = self.enqueue(Some(case), case.organisation_id(), to, by, letter).await?;
        if let Some(row) = self.post.rows.last_mut().filter(|row| row.state == DeliveryState::Created.code())
        {
            let zone = row.zone.parse().unwrap_or(chrono_tz::Europe::London);
            let begins = facts::instant(row.due_at);
            // What follows a reminder says something as long as the visit is ahead.
            let until = letter.latest().or(row.expires_at.map(facts::instant));
            let wish = begins + Duration::hours(hours);
            let due = match until.map(|until| until - Duration::minutes(1)) {
                Some(latest) if decent(wish, zone, quiet) > latest => {
                    earlier(wish.min(latest), zone, quiet).map_or(begins, |at| at.max(begins))
                }
                _ => decent(wish, zone, quiet),
            };
            row.expires_at = until.map(|until| until.timestamp_millis());
            row.due_at = due.timestamp_millis();
            row.wish_at = Some(row.due_at);
            row.parent_id = first;
        }
        Ok(id)
    }

    /// The channels by which a letter would not arrive: nothing leaves this site by them; and for a way in, which nobody sees to
    /// if it is held back, those that the patient stopped or that are known not to arrive.
    async fn closed(&self, case: &Case, letter: &Letter) -> Result<Vec<Channel>, ServiceError> {
        let mut closed = Vec::new();
        let known = [(Channel::Sms, &case.patient.phone), (Channel::Email, &case.patient.email)];
        for (channel, address) in known {
            let mut leads_nowhere = !self.desk.settings.can(channel);
            if let (Template::OneTimeCode, Some(address), false) = (letter.template, address, leads_nowhere) {
                let point = store::consent::contact(&*self.tx, channel.code(), address).await?;
                leads_nowhere = point.is_some_and(|point| {
                    // A code that is asked for goes to a mailbox in any case.
                    point.bad_since.is_some() || (point.stopped_at.is_some() && channel == Channel::Sms)
                });
            }
            if leads_nowhere {
                closed.push(channel);
            }
        }
        Ok(closed)
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
        // What is late, or dangerous, reaches them whatever they chose.
        let must = matches!(what, StaffNotice::Overdue | StaffNotice::Infected);
        let by = match must || day_notices::digest_of(self, &person).await? == Digest::AtOnce {
            true => (Channel::Email, person.email),
            false => (Channel::InApp, "in-app".to_owned()),
        };
        self.enqueue(Some(case), case.organisation_id(), Receiver::Person(person.id), by, &letter).await?;
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
        let by = match &to.email {
            Some(email) => (Channel::Email, email.clone()),
            None => (Channel::Letter, format!("{}\n{}\n{}", to.person, to.organisation, to.address)),
        };
        self.enqueue(Some(case), case.organisation_id(), Receiver::Outside, by, &letter).await?;
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
        let by = (Channel::Email, person.email.clone());
        self.enqueue(None, organisation, Receiver::Person(person.id), by, &letter).await?;
        Ok(())
    }

    /// Writes to a clinician about their own days, by the way that they chose.
    pub(crate) async fn tell_of_day(
        &mut self,
        (organisation, person): (Uuid, Uuid),
        by: (Channel, String),
        mut letter: Letter,
    ) -> Result<(), ServiceError> {
        letter.when = When::AtOnce;
        self.enqueue(None, OrganisationId(organisation), Receiver::Person(person), by, &letter)
            .await
            .map(|_| ())
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
            asks: None,
            about_id: None,
        };
        store::ways_in::insert_link(&self.tx, row).await?;
        let link = format!("{}/r/{token}", self.desk.settings.public_url);
        self.post.link = Some((case.id(), link.clone()));
        Ok(link)
    }

    /// One message by one way. Whoever has no address at all is nobody's silence: somebody is asked to see to it.
    async fn enqueue(
        &mut self,
        case: Option<&Case>,
        organisation: OrganisationId,
        to: Receiver<'_>,
        (channel, address): (Channel, String),
        letter: &Letter,
    ) -> Result<Uuid, ServiceError> {
        let now = self.call.now;
        let patient = match to {
            Receiver::Patient(patient) => Some(patient),
            Receiver::Person(_) | Receiver::Outside => None,
        };
        let own_zone = patient.and_then(|patient| patient.zone.as_deref()).and_then(|zone| zone.parse().ok());
        let zone = own_zone.unwrap_or_else(|| case.map_or(chrono_tz::Europe::London, Case::zone));
        let (due, expires) = letter.when.planned(now, zone, self.desk.settings.quiet);
        let (due, expires) = match (letter.template, channel, letter.posted()) {
            (Template::OneTimeCode, ..) => (due, Some(now + Duration::minutes(sign_in::CODE_MIN))),
            (_, Channel::Letter, Some(at)) => (at, letter.latest().map(|until| until - post())),
            _ => (due, expires),
        };
        let unreachable = address.trim().is_empty();
        // A letter waits in the print queue; nothing dispatches it.
        let state = match channel {
            _ if unreachable => DeliveryState::Withheld,
            Channel::Letter => DeliveryState::Pending,
            // It has arrived by being written.
            Channel::InApp => DeliveryState::Delivered,
            _ => DeliveryState::Created,
        };
        let waited_for = letter.when == When::AtOnce && (patient.is_some() || letter.template.is_secret());
        let recipient = match to {
            Receiver::Patient(patient) => format!("patient:{}", patient.id),
            Receiver::Person(id) => format!("staff:{id}"),
            Receiver::Outside => format!("outside:{}", case.map(|case| case.row.id).unwrap_or_default()),
        };
        let calendar = letter.calendar.clone().filter(|_| channel == Channel::Email);
        let keeps_facts = patient.is_some() && !letter.template.is_secret();
        let mut row = message::Model {
            dedupe_key: format!(
                "{}:{}:{channel}:{recipient}:{}",
                letter.template,
                letter.cause,
                ids::hashed(&address)
            ),
            referral_id: case.map(|case| case.row.id),
            recipient,
            channel: channel.code().to_owned(),
            template: letter.template.code().to_owned(),
            address,
            calendar_method: calendar.as_ref().map(|(_, method)| method.clone()),
            calendar: calendar.map(|(bytes, _)| bytes),
            state: state.code().to_owned(),
            due_at: due.timestamp_millis(),
            expires_at: expires.map(|at| at.timestamp_millis()),
            error: unreachable.then(|| "there is no address, number or mailbox".to_owned()),
            handed_at: (state == DeliveryState::Delivered).then_some(now.timestamp_millis()),
            final_at: state.is_final().then_some(now.timestamp_millis()),
            rank: i64::from(!waited_for),
            polite: patient.is_some() && letter.when != When::AtOnce,
            patient_organisation_id: patient.map(|patient| patient.organisation_id),
            patient_id: patient.map(|patient| patient.id),
            person_id: match to {
                Receiver::Person(id) => Some(id),
                Receiver::Patient(_) | Receiver::Outside => None,
            },
            appointment_id: letter.visit,
            rule_id: letter.rule.as_ref().map(|(rule, _)| rule.clone()),
            step: letter.rule.as_ref().map(|(_, step)| step.clone()),
            zone: zone.name().to_owned(),
            wish_at: Some(due.timestamp_millis()),
            facts: keeps_facts.then(|| serde_json::to_string(&letter.facts)).transpose().map_err(broken)?,
            error_code: unreachable.then(|| "unreachable".to_owned()),
            needs_person: unreachable.then(|| "unreachable".to_owned()),
            ..blank(organisation, now)
        };
        let own = self.post.words(&self.tx, organisation).await?;
        let language = patient.and_then(|patient| patient.language.as_deref());
        fill_in(self.desk, &mut row, letter.template, own, &letter.facts, language);
        let id = row.id;
        self.post.rows.push(row);
        Ok(id)
    }

    /// A message of its own to whoever tries it out, to their mail or to a number: the newest words, approved or not.
    pub(crate) async fn send_test(
        &mut self,
        (organisation, person): (OrganisationId, PersonId),
        by: (Channel, String),
        words: Option<words_version::Model>,
        letter: &Letter,
    ) -> Result<(), ServiceError> {
        self.post.say(organisation, words);
        self.enqueue(None, organisation, Receiver::Person(person.0), by, letter).await.map(|_| ())
    }
}

impl Unit<'_> {
    /// The same message by another way, because it did not arrive by the first.
    pub(crate) async fn send_instead(
        &mut self,
        first: &message::Model,
        channel: Channel,
        address: String,
    ) -> Result<(), ServiceError> {
        self.send_once_more(first, (channel, address), "").await
    }

    /// The same message by the same way, because somebody wants it so.
    ///
    /// Errors: `NothingToSend` when it says nothing of use any more.
    pub(crate) async fn send_again(
        &mut self,
        first: &message::Model,
        channel: Channel,
        address: String,
    ) -> Result<(), ServiceError> {
        let mark = format!(":again-{}", self.call.now.timestamp_millis());
        self.send_once_more(first, (channel, address), &mark).await
    }

    async fn send_once_more(
        &mut self,
        first: &message::Model,
        (channel, address): (Channel, String),
        mark: &str,
    ) -> Result<(), ServiceError> {
        let now = self.call.now;
        let template = Template::from_code(&first.template);
        let facts: Option<MessageFacts> =
            first.facts.as_deref().and_then(|facts| serde_json::from_str(facts).ok());
        let (Some(template), Some(mut facts)) = (template, facts) else {
            return Err(ServiceError::Broken(format!(
                "message {} says nothing of what it was made of",
                first.id
            )));
        };
        facts.now = now;
        let cause = first.dedupe_key.find(&format!(":{}:", first.channel));
        let cause = &first.dedupe_key[..cause.unwrap_or(first.dedupe_key.len())];
        let zone = first.zone.parse().unwrap_or(chrono_tz::Europe::London);
        let due = decent(now, zone, self.desk.settings.quiet).timestamp_millis();
        // Of a reminder nothing but its first moment was out of date.
        let until = dispatch::pointless_from(&*self.tx, first).await?;
        let until = until.map(|until| if channel == Channel::Letter { until - post() } else { until });
        if until.is_some_and(|until| until <= now) {
            return Err(Conflict::NothingToSend.into());
        }
        let state = if channel == Channel::Letter { DeliveryState::Pending } else { DeliveryState::Created };
        let mut row = message::Model {
            id: ids::fresh(now),
            dedupe_key: format!("{cause}{mark}:{channel}:{}:{}", first.recipient, ids::hashed(&address)),
            channel: channel.code().to_owned(),
            address,
            calendar: None,
            calendar_method: None,
            state: state.code().to_owned(),
            due_at: due,
            wish_at: Some(due),
            expires_at: until.map(|until| until.timestamp_millis()),
            attempts: 0,
            leased_until: None,
            lease: None,
            provider: None,
            provider_ref: None,
            error: None,
            error_code: None,
            created_at: now.timestamp_millis(),
            handed_at: None,
            final_at: None,
            handing_at: None,
            look_at: None,
            looks: 0,
            read_at: None,
            fall_back_at: None,
            needs_person: None,
            task_id: None,
            parent_id: Some(first.id),
            encoding: None,
            segments: None,
            ..first.clone()
        };
        let own = self.post.words(&self.tx, OrganisationId(first.organisation_id)).await?;
        // In the language in which they were written to first.
        fill_in(self.desk, &mut row, template, own, &facts, first.language.as_deref());
        self.post.rows.push(row);
        Ok(())
    }
}

/// A message in which nothing is said yet, to nobody.
pub(crate) fn blank(organisation: OrganisationId, now: DateTime<Utc>) -> message::Model {
    message::Model {
        organisation_id: organisation.0,
        id: ids::fresh(now),
        dedupe_key: String::new(),
        referral_id: None,
        recipient: String::new(),
        channel: String::new(),
        template: String::new(),
        address: String::new(),
        subject: String::new(),
        body: String::new(),
        html: String::new(),
        calendar: None,
        calendar_method: None,
        state: DeliveryState::Created.code().to_owned(),
        due_at: now.timestamp_millis(),
        expires_at: None,
        attempts: 0,
        leased_until: None,
        lease: None,
        provider_ref: None,
        error: None,
        created_at: now.timestamp_millis(),
        handed_at: None,
        final_at: None,
        rank: 1,
        polite: false,
        patient_organisation_id: None,
        patient_id: None,
        person_id: None,
        appointment_id: None,
        rule_id: None,
        step: None,
        campaign_id: None,
        parent_id: None,
        zone: String::new(),
        wish_at: None,
        handing_at: None,
        look_at: None,
        looks: 0,
        fall_back_at: None,
        read_at: None,
        facts: None,
        language: None,
        words_version: None,
        encoding: None,
        segments: None,
        provider: None,
        error_code: None,
        needs_person: None,
        task_id: None,
    }
}

/// For whom a message is.
#[derive(Clone, Copy)]
enum Receiver<'a> {
    Patient(&'a patient::Model),
    /// A member of staff.
    Person(Uuid),
    /// A clinician without an account.
    Outside,
}

/// Puts a message into words, as they are now: those of the organisation that sends it, else the product's; in the language in
/// which the patient wants to be seen, else their own, else that of the organisation, as far as it is written in one of them.
pub(crate) fn fill_in(
    desk: &Desk,
    row: &mut message::Model,
    template: Template,
    all: &[words_version::Model],
    facts: &MessageFacts,
    language: Option<&str>,
) {
    let chosen = match &facts.own {
        Some(own) => {
            own_words::Chosen { language: own.language.clone(), version: 0, texts: own.texts.clone() }
        }
        None => own_words::chosen(all, template, &own_words::wanted(facts, language)),
    };
    let words = &desk.ports.words;
    let said = MessageFacts { language: chosen.language.clone(), ..facts.clone() };
    let rendered = words.render(template, &chosen.texts, &said);
    let rendered = if facts.is_test { words.as_test(rendered) } else { rendered };
    row.words_version = Some(chosen.version).filter(|version| *version != 0);
    row.language = Some(chosen.language);
    row.html = if row.channel == Channel::Email.code() { rendered.html } else { String::new() };
    row.subject = rendered.subject;
    row.body = match Channel::from_code(&row.channel) {
        Some(Channel::Sms) => {
            let size = words.size(&rendered.sms);
            row.encoding = Some(size.encoding.to_owned());
            row.segments = i64::try_from(size.segments).ok();
            rendered.sms
        }
        Some(Channel::Push) => rendered.push,
        _ => rendered.text,
    };
}

fn broken(error: serde_json::Error) -> ServiceError {
    ServiceError::Broken(error.to_string())
}

const fn post() -> Duration {
    Duration::days(POST_DAYS)
}

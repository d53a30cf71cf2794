//! What patients text back. A refusal is final at once, an answer to the open question is carried out, and whatever is neither is
//! read by a person.

use domain::delivery::Channel;
use domain::reply_words::{Meaning, Question, Reading, read};
use domain::{Actor, OrganisationId, PatientId, Principal, ReferralId};
use store::entity::{message, patient, received_message};
use uuid::Uuid;

use crate::consent::{Said, Saying};
use crate::hands::{self, Wanted};
use crate::outbox::{Letter, When};
use crate::ports::Template;
use crate::unit::{Begun, Case, Unit};
use crate::{Call, Desk, ServiceError, booking, consent, ids, referrals};

mod questions;

use questions::Open;

/// A text message that came in.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Inbound<'a> {
    /// E.164.
    pub from: &'a str,
    pub body: &'a str,
    /// The provider's own name for it; the same again is taken once.
    pub provider_ref: &'a str,
    /// The provider has answered it by itself already.
    pub is_answered: bool,
}

/// What the provider is asked to send back at once.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Reply {
    /// Empty: nothing.
    pub text: String,
}

/// What was kept of it, for what follows.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
struct Kept {
    organisation: Uuid,
    id: Uuid,
    referral: Option<Uuid>,
    meaning: Meaning,
    /// What a yes answers: an offer, or whether they come to a visit.
    takes: Option<(Question, Uuid)>,
    help: Option<String>,
}

/// Takes a text message. A repeat (same `provider_ref`) does nothing twice.
pub async fn take(desk: &Desk, call: &Call, inbound: &Inbound<'_>) -> Result<Reply, ServiceError> {
    let kept = Box::pin(keep(desk, call, inbound)).await?;
    if kept.meaning == Meaning::Stop {
        consent::settled(desk, Channel::Sms, inbound.from).await?;
    }
    if let (Some(referral), Some(what)) = (kept.referral, kept.takes) {
        Box::pin(carry_out(desk, call, inbound, &kept, (ReferralId(referral), what))).await?;
    }
    Ok(Reply { text: kept.help.unwrap_or_default() })
}

/// Writes down what came and what follows at once: a stop, a way to change, a person who is asked.
async fn keep(desk: &Desk, call: &Call, inbound: &Inbound<'_>) -> Result<Kept, ServiceError> {
    let mut unit = match Unit::begin(desk, call, "take-text", inbound).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let last = store::consent::last_to(&*unit.tx, Channel::Sms.code(), inbound.from).await?;
    let owners = store::consent::patients_at(&*unit.tx, Channel::Sms.code(), inbound.from).await?;
    let (asked, reading) = understood(&unit, inbound, &owners).await?;
    let id = ids::fresh(call.now);
    // Whoever was never texted may write all the same, to a number that stands on a letter.
    let case = match (&asked, last.as_ref().and_then(|row| row.referral_id)) {
        (Some(open), _) => Some(unit.case(open.case.id()).await?),
        (None, Some(referral)) => Some(unit.case(ReferralId(referral)).await?),
        (None, None) => questions::newest(&unit, &owners).await?,
    };
    let mut kept = Kept {
        organisation: case.as_ref().map_or(Uuid::nil(), |case| case.row.organisation_id),
        id,
        referral: case.as_ref().map(|case| case.row.id),
        meaning: reading.meaning,
        takes: None,
        help: None,
    };
    let row = received(call, inbound, (last.as_ref(), case.as_ref()), &kept, reading);
    store::consent::insert_received(&unit.tx, row).await?;
    let mut wants_person = reading.for_person;
    match reading.meaning {
        Meaning::Stop | Meaning::Return => {
            let said = if reading.meaning == Meaning::Stop { Said::Stopped } else { Said::Returned };
            let source = format!("sms:{}", inbound.provider_ref);
            let saying = Saying {
                channel: Channel::Sms,
                address: inbound.from,
                wording: inbound.body,
                source: &source,
                organisation: last.as_ref().map(|row| row.organisation_id),
                message: last.as_ref().map(|row| row.id),
            };
            consent::write(&mut unit, said, &saying).await?;
        }
        Meaning::Help if !inbound.is_answered => kept.help = help(&unit, last.as_ref()).await?,
        Meaning::Confirm => match &asked {
            Some(open) => kept.takes = Some((open.question, open.of.unwrap_or_default())),
            None => wants_person = true,
        },
        Meaning::Change => match &asked {
            Some(open) => way_to_change(&mut unit, &open.case, inbound).await?,
            None => wants_person = true,
        },
        Meaning::No => wants_person = true,
        Meaning::Help | Meaning::Other => {}
    }
    let outcome = match case {
        Some(case) if wants_person => {
            let cause = format!("text:{}", inbound.provider_ref);
            let wanted = Wanted {
                kind: "reply",
                text: inbound.body,
                message: kept_message(last.as_ref()),
                cause: &cause,
            };
            let task = hands::ask(&mut unit, &case, wanted).await?;
            (if task.is_some() { "asked-person" } else { "nothing" }, task)
        }
        None if wants_person => {
            // Nobody has this number: there is no referral to put it to.
            tracing::warn!(received = %id, "a text message from a number that is no patient's");
            ("nothing", None)
        }
        _ => (if reading.meaning == Meaning::Other { "nothing" } else { "done" }, None),
    };
    store::consent::answer_received(&unit.tx, (kept.organisation, id), outcome.0, outcome.1).await?;
    unit.finish(kept).await
}

fn kept_message(last: Option<&message::Model>) -> Option<Uuid> {
    last.map(|row| row.id)
}

fn received(
    call: &Call,
    inbound: &Inbound<'_>,
    (last, case): (Option<&message::Model>, Option<&Case>),
    kept: &Kept,
    reading: Reading,
) -> received_message::Model {
    received_message::Model {
        organisation_id: kept.organisation,
        id: kept.id,
        at: call.now.timestamp_millis(),
        channel: Channel::Sms.code().to_owned(),
        address: inbound.from.to_owned(),
        provider_ref: inbound.provider_ref.to_owned(),
        body: inbound.body.chars().take(2_000).collect(),
        meaning: reading.meaning.code().to_owned(),
        reason: reading.reason.code().to_owned(),
        outcome: String::new(),
        message_id: last.map(|row| row.id),
        referral_id: kept.referral,
        patient_organisation_id: case.map(|case| case.row.patient_organisation_id),
        patient_id: case.map(|case| case.row.patient_id),
        task_id: None,
    }
}

/// The open question, and what the text says to it. A wish for another time is understood unasked; a yes is not.
async fn understood(
    unit: &Unit<'_>,
    inbound: &Inbound<'_>,
    owners: &[patient::Model],
) -> Result<(Option<Open>, Reading), ServiceError> {
    if let Some(open) = questions::open(unit, inbound.from).await? {
        let reading = read(inbound.body, Some(open.question));
        return Ok((Some(open), reading));
    }
    if let Some(matter) = questions::matter(unit, owners).await? {
        let reading = read(inbound.body, Some(matter.question));
        if reading.meaning == Meaning::Change {
            return Ok((Some(matter), reading));
        }
    }
    Ok((None, read(inbound.body, None)))
}

/// Another time: the way to it, nothing else. The visit stays booked.
async fn way_to_change(unit: &mut Unit<'_>, case: &Case, inbound: &Inbound<'_>) -> Result<(), ServiceError> {
    let visit = booking::booked(unit, case).await?;
    let template = match visit {
        Some(_) => Template::ReminderAppointment,
        None => Template::ReminderChooseTime,
    };
    let mut letter = Letter::new(template, format!("text:{}", inbound.provider_ref));
    letter.facts.visit = visit.as_ref().map(booking::visit_time);
    letter.visit = visit.map(|visit| visit.id);
    letter.when = When::AtOnce;
    letter.by = Some(Channel::Sms);
    unit.tell_patient(case, letter).await
}

/// Who writes, and where a person answers.
async fn help(unit: &Unit<'_>, last: Option<&message::Model>) -> Result<Option<String>, ServiceError> {
    if !unit.desk.settings.answers_help {
        return Ok(None);
    }
    let Some(last) = last else { return Ok(None) };
    let row = store::directory::organisation(&*unit.tx, OrganisationId(last.organisation_id)).await?;
    Ok(row.map(|row| unit.desk.ports.words.help(&row.name, row.phone.as_deref())))
}

/// Does what a yes asks for, as the patient whose phone said it. What cannot be done is put to a person.
async fn carry_out(
    desk: &Desk,
    call: &Call,
    inbound: &Inbound<'_>,
    kept: &Kept,
    (referral, (question, what)): (ReferralId, (Question, Uuid)),
) -> Result<(), ServiceError> {
    let row = store::referrals::find(desk.store.reader(), store::referrals::Scope::Product, referral)
        .await?
        .ok_or(ServiceError::NotFound)?;
    let principal = Principal::Patient {
        organisation: OrganisationId(row.patient_organisation_id),
        patient: PatientId(row.patient_id),
        referral,
    };
    let key = format!("text:{}", inbound.provider_ref);
    let actor = Actor { principal, ..call.actor.clone() };
    let answer = Call { key: Some(key.clone()), ..Call::new(actor, call.now) };
    let shown = what.to_string();
    let done = match question {
        Question::Offer => booking::confirm_shown(desk, &answer, referral, &shown).await.map(|_| ()),
        Question::Visit => booking::say_coming(desk, &answer, referral, &shown).await,
        Question::StillNeeded => referrals::answer_need(desk, &answer, referral, true).await,
    };
    match done {
        Ok(()) => Ok(()),
        Err(ServiceError::Conflict(_) | ServiceError::NotFound | ServiceError::NotAllowed) => {
            let follow = Call { key: Some(format!("{key}:person")), ..call.clone() };
            let mut unit = match Unit::begin(desk, &follow, "ask-about-text", &kept.id).await? {
                Begun::Fresh(unit) => unit,
                Begun::Repeated(answer) => return Ok(answer),
            };
            let case = unit.case(referral).await?;
            let cause = format!("{key}:person");
            let wanted = Wanted { kind: "reply", text: inbound.body, message: None, cause: &cause };
            let task = hands::ask(&mut unit, &case, wanted).await?;
            let whose = (kept.organisation, kept.id);
            store::consent::answer_received(&unit.tx, whose, "asked-person", task).await?;
            unit.finish(()).await
        }
        Err(error) => Err(error),
    }
}

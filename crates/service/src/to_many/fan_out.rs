//! From those who were confirmed to messages in the outbox, a lot at a time. Each lot is one transaction that takes the campaign
//! first: on many servers nobody is written to twice, whoever cancels comes before a lot or after it, and after a crash the next
//! lot begins where the last one ended.

use chrono::{DateTime, Duration, Utc};
use domain::delivery::{Channel, DeliveryState};
use domain::to_many::{Agreed, LeftOut, Stage, Step};
use domain::{Actor, OrganisationId};
use store::entity::{campaign, campaign_recipient, message, patient, patient_link};
use uuid::Uuid;

use super::{acts, broken, purpose, set, stage, touched, words_of, zone_of};
use crate::outbox::{LINK_DAYS, blank, decent, fill_in};
use crate::ports::MessageFacts;
use crate::unit::{Begun, Unit};
use crate::{Call, Desk, ServiceError, facts, ids};

/// Messages of one transaction.
const LOT: u64 = 200;
/// Lots of one campaign before it is the others' turn.
const LOTS: usize = 100;
/// How long before it is due a message is written, in seconds: what is known of its receiver is fresh.
const AHEAD_S: i64 = 60;
/// How soon it is looked again whether all have left, in seconds.
const LOOK_AGAIN_S: i64 = 10;
/// What goes to many goes after everything else; see the dispatcher.
const RANK: i64 = 2;

/// Writes what is due soon; answers how many messages. Safe on many servers.
pub async fn go_on(desk: &Desk, now: DateTime<Utc>) -> Result<u64, ServiceError> {
    let soon = (now + Duration::seconds(AHEAD_S)).timestamp_millis();
    let mut written = 0;
    for row in store::campaigns::due(desk.store.reader(), soon).await? {
        let call = Call::new(Actor::system("send-to-many", ids::fresh(now)), now);
        for _ in 0..LOTS {
            match lot(desk, &call, (OrganisationId(row.organisation_id), row.id)).await {
                Ok(0) => break,
                Ok(some) => written += some,
                // One that is broken must not keep the others waiting.
                Err(error) => {
                    tracing::error!(campaign = %row.id, %error, "a sending to many could not go on");
                    break;
                }
            }
        }
    }
    Ok(written)
}

/// One lot; 0: nothing is due, or nothing is left.
async fn lot(
    desk: &Desk,
    call: &Call,
    (organisation, id): (OrganisationId, Uuid),
) -> Result<u64, ServiceError> {
    let mut unit = match Unit::begin(desk, call, "go-on-campaign", &id).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let Some(mut row) = store::campaigns::take(&unit.tx, organisation, id).await? else {
        return Ok(0);
    };
    let now = call.now.timestamp_millis();
    let soon = (call.now + Duration::seconds(AHEAD_S)).timestamp_millis();
    // Somebody may have been quicker: another server, or whoever held it back.
    if !matches!(stage(&row)?, Stage::Confirmed | Stage::Running)
        || row.next_due_at.is_none_or(|due| due > soon)
    {
        return Ok(0);
    }
    if stage(&row)? == Stage::Confirmed {
        row = acts::moved(row, Step::Begin, Agreed::ByOne)?;
        unit.record("begin-campaign", &touched(&row));
    }
    let people = store::campaigns::next(&unit.tx, &row, LOT).await?;
    if people.is_empty() {
        if store::campaigns::unsent(&*unit.tx, &row).await? == 0 {
            row = acts::moved(row, Step::Finish, Agreed::ByOne)?;
            (row.ended_at, row.next_due_at) = (Some(now), None);
            unit.record("finish-campaign", &touched(&row));
        } else {
            row.next_due_at = Some(soon + LOOK_AGAIN_S * 1000);
        }
        store::campaigns::save(&unit.tx, row).await?;
        return unit.finish(0).await;
    }
    let house =
        store::directory::organisation(&*unit.tx, organisation).await?.ok_or(ServiceError::NotFound)?;
    let ids: Vec<Uuid> = people.iter().map(|one| one.patient_id).collect();
    let patients = store::campaigns::patients(&*unit.tx, &ids).await?;
    let mut writer = Writer::of(desk, call, &row, zone_of(&house))?;
    let mut due = facts::instant(row.next_due_at.map_or(now, |due| due.max(now)));
    let pause =
        row.per_minute.map_or(Duration::zero(), |count| Duration::milliseconds(60_000 / count.max(1)));
    let (mut last, mut died, mut lost) = (None, Vec::new(), Vec::new());
    for one in &people {
        if due.timestamp_millis() > soon {
            break;
        }
        last = Some(one.seq);
        let known = patients.iter().find(|patient| {
            patient.id == one.patient_id && patient.organisation_id == one.patient_organisation_id
        });
        match known.filter(|patient| !patient.deceased) {
            None => died.push(one.seq),
            Some(patient) if writer.write(one, patient, due)? => {
                if one.channel != Channel::Letter.code() {
                    due = decent(due + pause, zone_of(&house), desk.settings.quiet);
                }
            }
            Some(_) => lost.push(one.seq),
        }
    }
    let Writer { rows, links, .. } = writer;
    store::campaigns::drop_some(&unit.tx, &row, &died, LeftOut::Died.code()).await?;
    store::campaigns::drop_some(&unit.tx, &row, &lost, LeftOut::NoAddress.code()).await?;
    if let (Some(first), Some(last)) = (people.first(), last) {
        store::campaigns::written(&unit.tx, &row, (first.seq, last), now).await?;
    }
    store::ways_in::insert_links(&unit.tx, links).await?;
    let written = rows.len() as u64;
    store::messages::enqueue(&unit.tx, rows).await?;
    row.next_due_at = Some(due.timestamp_millis());
    store::campaigns::save(&unit.tx, row).await?;
    // A lot in which everybody had died is not the end.
    unit.finish(written.max(u64::from(last.is_some()))).await
}

/// Puts messages together, each with its own link.
struct Writer<'a> {
    desk: &'a Desk,
    call: &'a Call,
    row: &'a campaign::Model,
    words: Vec<contract::ToManyWords>,
    purpose: domain::to_many::Purpose,
    zone: chrono_tz::Tz,
    rows: Vec<message::Model>,
    links: Vec<patient_link::Model>,
}

impl<'a> Writer<'a> {
    fn of(
        desk: &'a Desk,
        call: &'a Call,
        row: &'a campaign::Model,
        zone: chrono_tz::Tz,
    ) -> Result<Self, ServiceError> {
        let (words, purpose) = (words_of(row)?, purpose(row)?);
        Ok(Self { desk, call, row, words, purpose, zone, rows: Vec::new(), links: Vec::new() })
    }

    /// Answers whether there is an address by now.
    fn write(
        &mut self,
        one: &campaign_recipient::Model,
        patient: &patient::Model,
        due: DateTime<Utc>,
    ) -> Result<bool, ServiceError> {
        let (row, now) = (self.row, self.call.now);
        let channel = Channel::from_code(&one.channel).ok_or_else(|| broken(row, "channel"))?;
        let words = self.words.iter().find(|words| words.language == one.language);
        let words = words.ok_or_else(|| broken(row, "language"))?;
        let said: MessageFacts = serde_json::from_str(&one.facts).map_err(|_| broken(row, "facts"))?;
        let address = match channel {
            Channel::Sms => patient.phone.as_deref(),
            Channel::Email => patient.email.as_deref(),
            _ => patient.address.as_deref(),
        };
        let Some(address) = address.filter(|address| !address.trim().is_empty()) else {
            return Ok(false);
        };
        let token = ids::token();
        self.links.push(patient_link::Model {
            organisation_id: row.organisation_id,
            id: ids::fresh(now),
            token_hash: ids::hashed(&token),
            referral_id: one.referral_id,
            created_at: now.timestamp_millis(),
            expires_at: (due + Duration::days(LINK_DAYS)).timestamp_millis(),
            revoked_at: None,
            asks: None,
            about_id: None,
        });
        let link = format!("{}/r/{token}", self.desk.settings.public_url);
        let said = set::spoken(&said, words, link, facts::instant(row.previewed_at));
        let template = self.purpose.template();
        let recipient = format!("patient:{}", patient.id);
        let key = format!("{template}:{}:{channel}:{recipient}:{}", row.id, ids::hashed(address));
        let state = if channel == Channel::Letter { DeliveryState::Pending } else { DeliveryState::Created };
        let zone = patient.zone.as_deref().and_then(|zone| zone.parse().ok()).unwrap_or(self.zone);
        let mut message = message::Model {
            dedupe_key: key,
            referral_id: Some(one.referral_id),
            recipient,
            channel: channel.code().to_owned(),
            template: template.code().to_owned(),
            address: address.to_owned(),
            state: state.code().to_owned(),
            due_at: due.timestamp_millis(),
            wish_at: Some(due.timestamp_millis()),
            rank: RANK,
            polite: true,
            patient_organisation_id: Some(patient.organisation_id),
            patient_id: Some(patient.id),
            appointment_id: one.appointment_id,
            campaign_id: Some(row.id),
            zone: zone.name().to_owned(),
            facts: Some(
                serde_json::to_string(&said).map_err(|error| ServiceError::Broken(error.to_string()))?,
            ),
            ..blank(OrganisationId(row.organisation_id), now)
        };
        fill_in(self.desk, &mut message, template, &[], &said, None);
        self.rows.push(message);
        Ok(true)
    }
}

//! Sendings as they are looked at: who would get what, how far it is, what became of it.

use std::collections::HashMap;

use contract::{
    ToManyDifference, ToManyFate, ToManyLeftOut, ToManyLine, ToManyList, ToManyPage, ToManyPerson, ToManyWay,
};
use domain::delivery::{Channel, DeliveryState};
use domain::template::may_approve;
use domain::to_many::{Agreed, LeftOut, agreed};
use domain::{OrganisationId, PatientId, PersonId};
use store::campaigns::{Group, Line};
use store::entity::campaign;
use uuid::Uuid;

use super::{acts, form, id_of, purpose, sender, set, stage, touched, words_of, zone_of};
use crate::audit::Touched;
use crate::ports::MessageFacts;
use crate::{Call, Desk, ServiceError, admin, describe, facts, messages};

/// Sendings on one page.
const PAGE: usize = 30;
/// People on one page: each with everything that they are sent.
const PEOPLE: usize = 25;

/// The organisation's sendings, the newest first. Coordinators and administrators.
pub async fn list(desk: &Desk, call: &Call, before: &str) -> Result<ToManyList, ServiceError> {
    let organisation = sender(call)?;
    let db = desk.store.reader();
    let house = store::directory::organisation(db, organisation).await?.ok_or(ServiceError::NotFound)?;
    let mut rows = store::campaigns::list(db, organisation, before.parse().ok(), PAGE as u64 + 1).await?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let lines = rows.iter().map(|row| line(row, zone_of(&house))).collect::<Result<_, _>>()?;
    Ok(ToManyList { next: rows.last().filter(|_| more).map(|row| row.id.to_string()), lines })
}

fn line(row: &campaign::Model, zone: chrono_tz::Tz) -> Result<ToManyLine, ServiceError> {
    Ok(ToManyLine {
        id: row.id.to_string(),
        name: row.name.clone(),
        purpose: purpose(row)?,
        stage: stage(row)?,
        recipients: count(row.recipients),
        made: describe::day_and_clock(row.made_at, zone),
        by: row.made_by_name.clone(),
        starts: row.start_at.map(|at| describe::day_and_clock(at, zone)),
    })
}

/// One sending with some of those who were looked for: who gets it, or with `out` who does not, behind the place `after`.
/// Coordinators and administrators; looking is recorded of everybody who is named.
pub async fn page(
    desk: &Desk,
    call: &Call,
    id: &str,
    out: bool,
    after: &str,
) -> Result<ToManyPage, ServiceError> {
    let organisation = sender(call)?;
    let db = desk.store.reader();
    let row = store::campaigns::find(db, organisation, id_of(id)?).await?.ok_or(ServiceError::NotFound)?;
    let house = store::directory::organisation(db, organisation).await?.ok_or(ServiceError::NotFound)?;
    let zone = zone_of(&house);
    let group = if out { Group::LeftOut } else { Group::Recipients };
    let after = after.parse().unwrap_or(-1);
    let mut lines = store::campaigns::lines(db, &row, group, after, PEOPLE as u64 + 1).await?;
    let more = lines.len() > PEOPLE;
    lines.truncate(PEOPLE);
    let (difference, patients) = difference(db, &row).await?;
    let mut named = vec![touched(&row)];
    named.extend(lines.iter().map(|line| of_line(organisation, line)));
    named.extend(
        patients.into_iter().filter(|id| lines.iter().all(|line| line.patient_id != *id)).map(|id| Touched {
            organisation,
            entity: "patient",
            id: Some(id),
            patient: Some(PatientId(id)),
        }),
    );
    desk.record_reads(call, "read", &named).await?;
    let counts = store::campaigns::counts(db, &row).await?;
    let fates = store::campaigns::fates(db, &row).await?;
    let words = words_of(&row)?;
    let purpose = purpose(&row)?;
    let mut ways: Vec<ToManyWay> = Vec::new();
    let (mut left_out, mut written, mut dropped): (Vec<ToManyLeftOut>, _, _) = (Vec::new(), 0, 0);
    for one in counts {
        let number = count(one.count);
        match one.state.as_str() {
            "left-out" => {
                if let Some(reason) = LeftOut::from_code(&one.reason) {
                    left_out.push(ToManyLeftOut { reason, count: number });
                }
                continue;
            }
            "written" => written += number,
            "dropped" => dropped += number,
            _ => {}
        }
        let alike = |way: &&mut ToManyWay| {
            way.channel == one.channel && way.language == one.language && way.encoding == one.encoding
        };
        match ways.iter_mut().find(alike) {
            Some(way) => {
                way.count += number;
                way.segments += count(one.segments);
            }
            None => ways.push(ToManyWay {
                channel: one.channel,
                language: one.language,
                encoding: one.encoding,
                count: number,
                segments: count(one.segments),
            }),
        }
    }
    let waits = |fate: &store::campaigns::Fate| {
        matches!(
            DeliveryState::from_code(&fate.state),
            Some(DeliveryState::Created | DeliveryState::Sending | DeliveryState::TechnicalFailure)
        )
    };
    let over = fates.iter().filter(|fate| !waits(fate)).map(|fate| count(fate.count)).sum();
    let others = admin::holders(db, organisation, &acts::SENDERS, call.now).await?;
    let me = acts::person(call);
    let is_alone = me.is_some_and(|me| may_approve(Some(me), me, &others));
    let recipients = usize::try_from(row.recipients).unwrap_or(usize::MAX);
    let people = lines.iter().map(|line| person(desk, &row, purpose, &words, line, zone)).collect();
    let when = |at: Option<i64>, who: &Option<String>| {
        at.map(|at| format!("{}, {}", who.clone().unwrap_or_default(), describe::day_and_clock(at, zone)))
    };
    Ok(ToManyPage {
        line: line(&row, zone)?,
        version: row.version,
        set_hash: row.set_hash.clone(),
        previewed: describe::day_and_clock(row.previewed_at, zone),
        per_minute: row.per_minute,
        segments: ways.iter().map(|way| way.segments).sum(),
        ways,
        left_out,
        fates: fates
            .into_iter()
            .map(|fate| ToManyFate {
                channel: fate.channel,
                state: fate.state,
                why: fate.error_code,
                count: count(fate.count),
            })
            .collect(),
        written,
        dropped,
        over,
        difference,
        people,
        next: lines.last().filter(|_| more).map(|line| line.seq.to_string()),
        confirmed: when(row.confirmed_at, &row.confirmed_by_name),
        approved: when(row.approved_at, &row.approved_by_name),
        ended: row.ended_at.map(|at| match &row.ended_by_name {
            Some(who) => format!("{who}, {}", describe::day_and_clock(at, zone)),
            None => describe::day_and_clock(at, zone),
        }),
        needs_second: !is_alone && agreed(recipients, house.approve_many_above) == Agreed::NeedsSecond,
        may_approve: me.is_some_and(|me| may_approve(row.confirmed_by.map(PersonId), me, &others)),
        may_look: form::may_look(call),
        words,
    })
}

/// What was different at the confirmation, with names, and whose names they are.
async fn difference(
    db: &impl store::Db,
    row: &campaign::Model,
) -> Result<(Option<ToManyDifference>, Vec<Uuid>), ServiceError> {
    let kept = row.difference.as_deref().and_then(|kept| serde_json::from_str::<ToManyDifference>(kept).ok());
    let Some(mut kept) = kept else {
        return Ok((None, Vec::new()));
    };
    let ids: Vec<Uuid> = kept.some.iter().filter_map(|(id, _)| id.parse().ok()).collect();
    let names: HashMap<String, String> = store::campaigns::patients(db, &ids)
        .await?
        .into_iter()
        .map(|patient| (patient.id.to_string(), format!("{}, {}", patient.family, patient.given)))
        .collect();
    for (id, _) in &mut kept.some {
        *id = names.get(id).cloned().unwrap_or_default();
    }
    Ok((Some(kept), ids))
}

/// Whose record a line shows.
pub(super) fn of_line(organisation: OrganisationId, line: &Line) -> Touched {
    Touched {
        organisation,
        entity: "referral",
        id: Some(line.referral_id),
        patient: Some(PatientId(line.patient_id)),
    }
}

/// Somebody with everything that they are sent.
pub(super) fn person(
    desk: &Desk,
    row: &campaign::Model,
    purpose: domain::to_many::Purpose,
    words: &[contract::ToManyWords],
    line: &Line,
    zone: chrono_tz::Tz,
) -> ToManyPerson {
    let own = words.iter().find(|words| words.language == line.language);
    let said = serde_json::from_str::<MessageFacts>(&line.facts).ok();
    let shown = match (Channel::from_code(&line.channel), own, said) {
        (Some(channel), Some(own), Some(said)) => {
            Some(set::render(desk, purpose, channel, own, &said, facts::instant(row.previewed_at)))
        }
        _ => None,
    };
    let (subject, text) = shown.map_or((String::new(), String::new()), |shown| {
        let is_text = shown.channel == Channel::Sms.code();
        let subject = if is_text { String::new() } else { shown.subject };
        (subject, messages::without_links(&shown.body, &desk.settings.public_url))
    });
    ToManyPerson {
        referral: line.referral_id.to_string(),
        reference: line.reference.clone(),
        patient: format!("{}, {}", line.family, line.given),
        channel: line.channel.clone(),
        address: describe::masked(&line.channel, &line.address),
        language: line.language.clone(),
        subject,
        text,
        encoding: line.encoding.clone().unwrap_or_default(),
        segments: line.segments.map_or(0, count),
        left_out: line.reason.clone(),
        is_dropped: line.state == "dropped",
        message: line.message_id.map(|id| id.to_string()),
        sent_by: line.sent_by.clone().unwrap_or_default(),
        state: line.sent_state.clone(),
        why: line.error_code.clone().unwrap_or_default(),
        when: line
            .handed_at
            .or(line.due_at.filter(|due| *due < store::campaigns::HELD))
            .map(|at| describe::day_and_clock(at, zone)),
    }
}

pub(super) fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

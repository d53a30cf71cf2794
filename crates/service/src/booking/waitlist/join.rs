//! Onto the list, with what one wishes, and off it.

use std::collections::BTreeSet;

use contract::{Choice, FieldError, WaitingForm, WaitingInput};
use domain::policy::Relation;
use domain::referral::{Act, NextStep, State};
use domain::{ReferralId, ServiceId};
use scheduling::Window;
use scheduling::waitlist::{Entry, Freed, Seen};
use serde_json::json;
use store::Db;
use store::entity::waitlist_entry;
use uuid::Uuid;

use super::super::find::free_of_service;
use super::super::hold::{chooses, is_patient};
use super::super::search::{FARTHEST, Whose, sees_people};
use super::super::{booked, kept};
use super::{Said, people, said_in_words};
use crate::availability::WEEKDAYS;
use crate::unit::{Begun, Case, Unit, find_case};
use crate::{Call, Conflict, Desk, ServiceError, describe, ids};

/// Days of notice that can be asked for; the first is the default.
pub const NOTICES: [i64; 4] = [1, 3, 7, 14];

/// The question, with what is known. The patient and the receiving side.
pub async fn form(desk: &Desk, call: &Call, id: ReferralId) -> Result<WaitingForm, ServiceError> {
    let db = desk.store.reader();
    let case = find_case(desk, db, call, id).await?;
    if case.relation == Relation::Referring {
        return Err(ServiceError::NotAllowed);
    }
    desk.record_read(call, case.touched("referral")).await?;
    if is_patient(call) {
        chooses(case.plan().step)?;
    }
    let now = store::waitlist::of_referral(db, case.organisation_id(), id).await?;
    if now.is_none() && !(case.state.can_choose_time() || case.state == State::Booked) {
        return Err(Conflict::State { state: case.state }.into());
    }
    let booked = store::appointments::of_referral(db, case.organisation_id(), id)
        .await?
        .into_iter()
        .rev()
        .find(|row| row.state == "booked");
    let (place, _) = describe::place(db, &case).await?;
    let booked = match booked {
        Some(row) => Some(describe::appointment(db, &case, &row, call.now).await?.when),
        None => None,
    };
    let (sites, clinicians) = choices(db, &case).await?;
    let ways =
        [("sms", &case.patient.phone), ("email", &case.patient.email), ("letter", &case.patient.address)];
    let channels = ways
        .into_iter()
        .filter_map(|(code, address)| Some((code, address.as_ref()?)))
        .map(|(code, address)| (code.to_owned(), describe::masked(code, address)))
        .collect();
    Ok(WaitingForm {
        referral: id.to_string(),
        reference: case.row.reference.clone(),
        clinic: case.service.name.clone(),
        place,
        phone: case.service.phone.clone().or_else(|| case.organisation.phone.clone()),
        now: now.map(|entry| WaitingInput {
            weekdays: entry.weekdays,
            parts: entry.parts,
            sites: entry.sites,
            clinicians: entry.clinicians,
            only_these: if entry.only_these { "1".to_owned() } else { String::new() },
            notice: (entry.notice_hours / 24).to_string(),
            channel: entry.channel,
        }),
        sites,
        clinicians,
        booked,
        channels,
    })
}

/// Puts a referral on the list, or changes what is wished; the place is kept. The patient, and the receiving side for them.
///
/// What is free now and would fit was seen by the patient and did not suit: it is not offered again.
pub async fn join(
    desk: &Desk,
    call: &Call,
    id: ReferralId,
    input: &WaitingInput,
) -> Result<(), ServiceError> {
    let mut unit = match Unit::begin(desk, call, "join-waiting-list", &(id, input)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let mut case = unit.case(id).await?;
    unit.decide(&case, Act::JoinWaitingList).await?;
    chooses(case.plan().step)?;
    if case.patient.deceased {
        return Err(Conflict::PatientDied.into());
    }
    let (sites, clinicians) = choices(&*unit.tx, &case).await?;
    let read = read(&case, input, &sites, &clinicians)?;
    let known = store::waitlist::of_referral(&*unit.tx, case.organisation_id(), id).await?;
    let now = call.now.timestamp_millis();
    let seen = match is_patient(call) {
        true => seen(&unit, &case, &read).await?,
        false => known.as_ref().map_or(String::new(), |entry| entry.seen.clone()),
    };
    let names = sites.iter().chain(&clinicians).map(|one| (one.value.clone(), one.label.clone())).collect();
    let said = said_in_words(&read.said(), &names);
    let is_new = known.is_none();
    let row = waitlist_entry::Model {
        weekdays: read.weekdays,
        parts: read.parts,
        sites: read.sites,
        clinicians: read.clinicians,
        only_these: read.only_these,
        notice_hours: read.notice_days * 24,
        channel: read.channel,
        seen,
        changed_at: now,
        ..known.unwrap_or_else(|| waitlist_entry::Model {
            organisation_id: case.row.organisation_id,
            id: ids::fresh(call.now),
            referral_id: case.row.id,
            service_id: case.row.service_id,
            state: "waiting".to_owned(),
            // They have waited to be seen since the referral was sent, not since they said that no time suits.
            since: case.row.sent_at.unwrap_or(case.row.created_at),
            weekdays: String::new(),
            parts: String::new(),
            sites: String::new(),
            clinicians: String::new(),
            only_these: false,
            notice_hours: 24,
            channel: String::new(),
            seen: String::new(),
            added_by: call.actor.key(),
            added_by_name: case.signed(&call.actor),
            created_at: now,
            changed_at: now,
            ended_at: None,
            end_reason: None,
        })
    };
    match is_new {
        true => store::waitlist::insert(&unit.tx, row).await?,
        false => store::waitlist::update(&unit.tx, row).await?,
    }
    let why = Some(said.as_str()).filter(|said| !said.is_empty());
    unit.apply(&mut case, Act::JoinWaitingList, why, None, json!({ "changed": !is_new })).await?;
    unit.frees_time();
    unit.finish(()).await
}

/// Takes a referral off the list; a time that the list holds for it goes back. The patient, and the receiving side.
pub async fn leave(desk: &Desk, call: &Call, id: ReferralId) -> Result<(), ServiceError> {
    let mut unit = match Unit::begin(desk, call, "leave-waiting-list", &id).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let mut case = unit.case(id).await?;
    unit.decide(&case, Act::LeaveWaitingList).await?;
    if !super::end(&unit, &case, "left").await? {
        unit.record_act("leave-waiting-list", &case);
        return unit.finish(()).await;
    }
    if case.state == State::Offered && !kept(&unit, &case).await?.has_held() {
        case.row.appointment_id = None;
        unit.apply(&mut case, Act::Lapse, None, None, json!({})).await?;
    }
    unit.apply(&mut case, Act::LeaveWaitingList, None, None, json!({})).await?;
    unit.finish(()).await
}

/// Where and with whom a visit of the service can be, by name.
async fn choices(db: &impl Db, case: &Case) -> Result<(Vec<Choice>, Vec<Choice>), ServiceError> {
    let (organisation, service) = (case.organisation_id(), ServiceId(case.row.service_id));
    let rules = store::calendars::rules_of_service(db, organisation, service).await?;
    let people: BTreeSet<Uuid> = rules.iter().flat_map(sees_people).collect();
    let places: BTreeSet<Uuid> =
        rules.iter().filter_map(|row| row.site_id.or(case.service.site_id)).collect();
    let choice = |id: Uuid, name: &str| Choice { value: id.to_string(), label: name.to_owned(), hint: None };
    let sites = store::directory::sites_of(db, organisation).await?;
    let sites = sites.iter().filter(|row| places.contains(&row.id)).map(|row| choice(row.id, &row.name));
    let named = case.row.next_resource_id.filter(|_| case.plan().step == Some(NextStep::BookNamed));
    let clinicians = match named {
        // It is settled whom they see.
        Some(_) => Vec::new(),
        None => store::calendars::resources(db, organisation).await?,
    };
    let clinicians = clinicians.iter().filter(|row| people.contains(&row.id));
    Ok((sites.collect(), clinicians.map(|row| choice(row.id, &row.name)).collect()))
}

struct Read {
    weekdays: String,
    parts: String,
    sites: String,
    clinicians: String,
    only_these: bool,
    notice_days: i64,
    channel: String,
}

impl Read {
    fn said(&self) -> Said<'_> {
        Said {
            weekdays: &self.weekdays,
            parts: &self.parts,
            sites: &self.sites,
            clinicians: &self.clinicians,
            only_these: self.only_these,
        }
    }
}

/// Those of a comma list that are among the choices, in their order; `None` when one is not.
fn chosen_of(list: &str, choices: &[Choice]) -> Option<String> {
    let chosen: BTreeSet<&str> = list.split(',').map(str::trim).filter(|id| !id.is_empty()).collect();
    let known: Vec<&str> =
        choices.iter().map(|choice| choice.value.as_str()).filter(|id| chosen.contains(id)).collect();
    (known.len() == chosen.len()).then(|| known.join(","))
}

fn read(
    case: &Case,
    input: &WaitingInput,
    sites: &[Choice],
    clinicians: &[Choice],
) -> Result<Read, ServiceError> {
    let mut wrong = Vec::new();
    let (weekdays, parts) = match chosen(&input.weekdays, &input.parts) {
        Err(ServiceError::Invalid(fields)) => {
            wrong.extend(fields);
            Default::default()
        }
        other => other?,
    };
    let sites = chosen_of(&input.sites, sites);
    if sites.is_none() {
        wrong.push(FieldError::new("sites", "Choose the places in the list."));
    }
    let clinicians = chosen_of(&input.clinicians, clinicians);
    if clinicians.is_none() {
        wrong.push(FieldError::new("clinicians", "Choose the people in the list."));
    }
    let notice_days = match input.notice.trim() {
        "" => Some(NOTICES[0]),
        other => other.parse().ok().filter(|days| NOTICES.contains(days)),
    };
    if notice_days.is_none() {
        wrong.push(FieldError::new("notice", "Say how soon you can come: choose one of the answers."));
    }
    let is_known = match input.channel.as_str() {
        "" => true,
        "sms" => case.patient.phone.is_some(),
        "email" => case.patient.email.is_some(),
        "letter" => case.patient.address.is_some(),
        _ => false,
    };
    if !is_known {
        wrong.push(FieldError::new("channel", "Choose one of the ways in the list."));
    }
    match (wrong.is_empty(), notice_days) {
        (true, Some(notice_days)) => Ok(Read {
            weekdays,
            parts,
            sites: sites.unwrap_or_default(),
            clinicians: clinicians.unwrap_or_default(),
            only_these: input.only_these == "1",
            notice_days,
            channel: input.channel.clone(),
        }),
        _ => Err(ServiceError::Invalid(wrong)),
    }
}

/// Days of the week and parts of the day that somebody chose, as they are stored: comma lists in order.
pub(crate) fn chosen(weekdays: &str, parts: &str) -> Result<(String, String), ServiceError> {
    let set = |text: &str| -> BTreeSet<String> {
        text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
    };
    let listed = |all: &[&str], chosen: &BTreeSet<String>| -> Vec<String> {
        all.iter().filter(|code| chosen.contains(**code)).map(|code| (*code).to_owned()).collect()
    };
    let (days, times) = (set(weekdays), set(parts));
    let all: Vec<&str> = WEEKDAYS.iter().map(|(code, ..)| *code).collect();
    let (weekdays, parts) = (listed(&all, &days), listed(&["morning", "afternoon", "evening"], &times));
    let mut wrong = Vec::new();
    if weekdays.len() != days.len() {
        wrong.push(FieldError::new("weekdays", "Choose the days in the list."));
    }
    if parts.len() != times.len() {
        wrong.push(FieldError::new("parts", "Choose the times of day in the list."));
    }
    if wrong.is_empty() {
        Ok((weekdays.join(","), parts.join(",")))
    } else {
        Err(ServiceError::Invalid(wrong))
    }
}

/// The times that are free now and would fit.
async fn seen(unit: &Unit<'_>, case: &Case, read: &Read) -> Result<String, ServiceError> {
    let now = unit.call.now;
    let window = Window { from: now, to: now + FARTHEST };
    let service = ServiceId(case.row.service_id);
    let whose = case.row.next_resource_id.map_or(Whose::Anybody, |id| Whose::One(domain::ResourceId(id)));
    let kind = case.row.visit_kind.as_deref();
    let of = (case.organisation_id(), service);
    let found = free_of_service(unit.desk, &*unit.tx, unit.call, of, whose, kind, window).await?;
    let to = booked(unit, case).await?.map_or(window.to, |row| crate::facts::instant(row.start_at));
    let entry = Entry {
        id: String::new(),
        person: String::new(),
        class: 0,
        since: now,
        visit: people::visit(service, kind),
        from: now,
        to,
        notice_min: u32::try_from(read.notice_days * 24 * 60).unwrap_or(0),
        must: read.said().must(),
        like: read.said().like(),
        answer_min: Some(0),
        zone: case.zone(),
        is_asked: false,
        rests_until: None,
        seen: Seen::default(),
    };
    let rules = scheduling::waitlist::Rules { no_fill_min: 0, over_min: 0, quiet: None };
    let mut times: Vec<Freed> =
        found.iter().map(|found| people::freed(found, service, kind, case.service.site_id)).collect();
    times.retain(|time| scheduling::waitlist::passed_over(&entry, time, now, &rules).is_none());
    Ok(Seen::of(times.into_iter().map(|time| time.key)).to_string())
}

//! Who waits for a service, as the rules of the waiting list read it.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;
use domain::referral::{NextStep, State};
use domain::{OrganisationId, Priority, ReferralId, ResourceId, ServiceId};
use scheduling::waitlist::{Answered, Channel, Entry, Freed, Seen, answer_min};
use store::Db;
use store::waitlist::{Earlier, Waiting};
use uuid::Uuid;

use super::super::find::Found;
use super::super::search::FARTHEST;
use super::super::wishes::{self, step_free_sites};
use super::Said;
use crate::{ServiceError, facts};

/// Whoever did not answer is left alone for so long.
const REST: Duration = Duration::hours(24);

/// Somebody who waits: the row, and the entry made of it. Those who can be offered nothing now (a time is held for them, a
/// test comes first, it is on hold) have none.
pub struct Person {
    pub row: Waiting,
    pub channel: Option<Channel>,
    pub entry: Option<Entry>,
}

impl Person {
    pub fn referral(&self) -> ReferralId {
        ReferralId(self.row.referral_id)
    }

    pub fn priority(&self) -> Priority {
        Priority::from_code(&self.row.priority).unwrap_or(Priority::Routine)
    }

    pub fn name(&self) -> String {
        format!("{} {}", self.row.given, self.row.family)
    }
}

/// Everybody who waits for a service. Four statements, however many they are.
pub async fn of_service(
    db: &impl Db,
    (organisation, service): (OrganisationId, ServiceId),
    zone: Tz,
    now: DateTime<Utc>,
) -> Result<Vec<Person>, ServiceError> {
    let rows = store::waitlist::of_service(db, organisation, service).await?;
    let mut earlier: HashMap<Uuid, Vec<Earlier>> = HashMap::new();
    for offer in store::waitlist::earlier(db, organisation, service).await? {
        earlier.entry(offer.patient_id).or_default().push(offer);
    }
    let mut given_back: HashMap<Uuid, Vec<String>> = HashMap::new();
    for time in store::waitlist::given_back(db, organisation, service, now.timestamp_millis()).await? {
        let key = key(ResourceId(time.resource_id), facts::instant(time.start_at));
        given_back.entry(time.referral_id).or_default().push(key);
    }
    let horizon = now + FARTHEST;
    let step_free = step_free_sites(db, organisation).await?;
    let mut people: Vec<Person> = rows
        .into_iter()
        .map(|row| {
            let known = earlier.get(&row.patient_id).map_or(&[][..], Vec::as_slice);
            // What they had and gave back does not suit them.
            let own = given_back.remove(&row.referral_id).unwrap_or_default();
            person(row, (known, own, &step_free), service, zone, (now, horizon))
        })
        .collect();
    people.sort_by_key(|person| rank(person.priority()));
    Ok(people)
}

fn person(
    row: Waiting,
    (earlier, given_back, step_free): (&[Earlier], Vec<String>, &[String]),
    service: ServiceId,
    zone: Tz,
    (now, horizon): (DateTime<Utc>, DateTime<Utc>),
) -> Person {
    let channel = channel(&row);
    let state = State::from_code(&row.state);
    let step = row.next_step.as_deref().and_then(NextStep::from_code);
    let chooses = step.is_none_or(NextStep::lets_choose_time);
    let is_free = match state {
        Some(State::Accepted | State::AppointmentCancelled | State::NoShow | State::Booked) => {
            row.held == 0 && chooses
        }
        // Asked about a time of the list: they keep their place in the order.
        Some(State::Offered) => row.open_offers > 0,
        _ => false,
    };
    let priority = Priority::from_code(&row.priority).unwrap_or(Priority::Routine);
    let entry = is_free.then(|| {
        let said = said(&row);
        let (mut must, mut like) = (said.must(), said.like());
        wishes::add(&row.wishes, row.language.as_deref(), step_free, &mut must, &mut like);
        if step == Some(NextStep::BookNamed) {
            must.who = row.next_resource_id.map(|id| id.to_string()).into_iter().collect();
        }
        let mut seen = Seen::read(&row.seen);
        seen.add(given_back);
        let of_entry = earlier.iter().filter(|offer| offer.entry_id == row.id);
        seen.add(of_entry.map(|offer| key(ResourceId(offer.resource_id), facts::instant(offer.start_at))));
        Entry {
            id: row.id.to_string(),
            person: format!("{}/{}", row.patient_organisation_id, row.patient_id),
            class: rank(priority),
            since: facts::instant(row.since),
            visit: visit(service, row.visit_kind.as_deref()),
            from: now,
            // Whoever has a time wants an earlier one.
            to: row.booked_at.map_or(horizon, |at| facts::instant(at).min(horizon)),
            notice_min: u32::try_from(row.notice_hours * 60).unwrap_or(0),
            must,
            like,
            answer_min: channel.map(|channel| answer_min(channel, &answers(earlier))),
            zone,
            is_asked: row.open_offers > 0,
            rests_until: rests_until(earlier),
            seen,
        }
    });
    Person { row, channel, entry }
}

/// What somebody on the list said.
pub(super) fn said(row: &Waiting) -> Said<'_> {
    Said {
        weekdays: &row.weekdays,
        parts: &row.parts,
        sites: &row.sites,
        clinicians: &row.clinicians,
        only_these: row.only_these,
    }
}

/// The first way by which an offer reaches them, as messages are sent: what they asked for, then the quickest there is.
fn channel(row: &Waiting) -> Option<Channel> {
    let is_there = |value: &Option<String>| value.as_deref().is_some_and(|value| !value.trim().is_empty());
    match row.channel.as_str() {
        "email" if is_there(&row.email) => return Some(Channel::Email),
        "letter" if is_there(&row.address) => return Some(Channel::Letter),
        _ => {}
    }
    let ways = [
        (Channel::Push, row.browsers > 0),
        (Channel::Sms, is_there(&row.phone)),
        (Channel::Email, is_there(&row.email)),
        (Channel::Letter, is_there(&row.address)),
    ];
    ways.into_iter().find(|(_, there)| *there).map(|(channel, _)| channel)
}

/// How they answered before, the newest first. What was withdrawn says nothing of them.
fn answers(earlier: &[Earlier]) -> Vec<Answered> {
    earlier
        .iter()
        .filter_map(|offer| match offer.outcome.as_str() {
            "accepted" | "declined" => {
                let minutes = (offer.answered_at - offer.tell_at).max(0) / 60_000;
                Some(Answered::After(u32::try_from(minutes).unwrap_or(u32::MAX)))
            }
            "expired" => Some(Answered::Never),
            _ => None,
        })
        .collect()
}

fn rests_until(earlier: &[Earlier]) -> Option<DateTime<Utc>> {
    let last = earlier.iter().find(|offer| offer.outcome != "withdrawn")?;
    (last.outcome == "expired").then(|| facts::instant(last.answered_at) + REST)
}

/// The smaller, the more urgent.
pub fn rank(priority: Priority) -> u32 {
    match priority {
        Priority::TwoWeekWait => 1,
        Priority::Urgent => 2,
        Priority::Routine => 3,
    }
}

/// Names a time shortly: the quantum in which it begins, and the end of the resource's id, which is drawn at random.
pub fn key(resource: ResourceId, start: DateTime<Utc>) -> String {
    let id = resource.0.simple().to_string();
    format!("{}:{}", start.timestamp().div_euclid(300), &id[id.len() - 8..])
}

/// A free time of a service, as the list reads it. Sessions without a site of their own are at the service's, `otherwise`.
pub(in crate::booking) fn freed(
    found: &Found,
    service: ServiceId,
    kind: Option<&str>,
    otherwise: Option<Uuid>,
) -> Freed {
    let slot = &found.offer.slot;
    Freed {
        key: key(found.resource, slot.start),
        start: slot.start,
        zone: slot.zone,
        visit: visit(service, kind),
        who: found.resource.to_string(),
        site: found.offer.site.clone().or(otherwise.map(|id| id.to_string())).unwrap_or_default(),
        languages: found.languages.to_vec(),
    }
}

/// Names a kind of visit of a service: a time of one is none for who waits for another.
pub fn visit(service: ServiceId, kind: Option<&str>) -> String {
    format!("{service} {}", kind.unwrap_or_default())
}

/// The kinds of visit that these people wait for, each once.
pub fn kinds<'a>(all: impl Iterator<Item = &'a Option<String>>) -> BTreeSet<Option<String>> {
    all.cloned().collect()
}

//! Filling free times from the list.

use chrono::{DateTime, Duration, Utc};
use domain::delivery::Channel as Way;
use domain::place::Point;
use domain::referral::{Act, NextStep, State};
use domain::{OrganisationId, ReferralId, ResourceId, ServiceId};
use scheduling::Window;
use scheduling::waitlist::{self as list, Channel, Freed, Offered};
use serde_json::json;
use store::entity::{appointment, waitlist_offer};
use store::waitlist::Stale;

use super::super::find::{Found, free_of_service};
use super::super::hold::lock_both;
use super::super::kept;
use super::super::offer::put_before;
use super::super::search::{FARTHEST, Whose};
use super::people::{self, Person};
use super::rules;
use crate::outbox::When;
use crate::unit::{Begun, Case, Unit, visible_case};
use crate::{Call, Conflict, Desk, ServiceError, facts, ids};

/// Rounds for one service: a lost race, or a second place of one time, is looked at again.
const ROUNDS: usize = 8;

/// Offers what is free to whoever waits for it, and ends what must end; answers how many offers were made.
///
/// Safe on many servers at once: each offer is one transaction that the ledger and the list's own unique key decide.
pub async fn fill(desk: &Desk, call: &Call) -> Result<u64, ServiceError> {
    Box::pin(sweep(desk, call)).await?;
    let mut offered = 0;
    for waited in store::waitlist::services(desk.store.reader(), None).await? {
        let service = (OrganisationId(waited.organisation_id), ServiceId(waited.service_id));
        let mut within = whole(desk, call);
        for _ in 0..ROUNDS {
            match Box::pin(fill_service(desk, call, service, within)).await {
                Ok(round) => {
                    offered += round.made;
                    match round.again {
                        Some(again) => within = again,
                        None => break,
                    }
                }
                // What is wrong with one service keeps no other's patients waiting.
                Err(error) => {
                    tracing::error!(service = %service.1, %error, "a waiting list could not be filled");
                    break;
                }
            }
        }
    }
    Ok(offered)
}

/// All days of which times are offered from a list.
pub(super) fn whole(desk: &Desk, call: &Call) -> Window {
    let from = call.now + Duration::hours(i64::from(desk.settings.no_fill_hours));
    Window { from, to: call.now + FARTHEST }
}

/// What one look at a list came to.
struct Round {
    made: u64,
    /// Where something may be left to offer: around what was given, which may have a further place; everywhere, when
    /// somebody else was quicker and whoever wanted that time can have another. `None`: nowhere.
    again: Option<Window>,
}

/// Ends the entries of whoever has died, and of referrals that ended by a door that does not know the list.
async fn sweep(desk: &Desk, call: &Call) -> Result<(), ServiceError> {
    for stale in store::waitlist::stale(desk.store.reader()).await? {
        if let Err(error) = Box::pin(end_stale(desk, call, &stale)).await {
            tracing::error!(referral = %stale.referral_id, %error, "an entry of the waiting list could not be ended");
        }
    }
    Ok(())
}

async fn end_stale(desk: &Desk, call: &Call, stale: &Stale) -> Result<(), ServiceError> {
    let Begun::Fresh(mut unit) = Unit::begin::<_, ()>(desk, call, "end-waiting", &stale.referral_id).await?
    else {
        return Ok(());
    };
    let mut case = unit.case(ReferralId(stale.referral_id)).await?;
    let (reason, why) = match stale.died {
        1 => ("died", "The patient has died"),
        _ => ("over", "It is no longer waited for"),
    };
    if !super::end(&unit, &case, reason).await? {
        return Ok(());
    }
    if case.state == State::Offered && !kept(&unit, &case).await?.has_held() {
        // The time that the list held has gone back with the entry.
        case.row.appointment_id = None;
        unit.apply(&mut case, Act::Lapse, Some(why), None, json!({})).await?;
    } else if case.state.keeps_waiting() {
        unit.apply(&mut case, Act::LeaveWaitingList, Some(why), None, json!({})).await?;
    } else {
        unit.record("leave-waiting-list", &case.touched("referral"));
    }
    unit.finish(()).await
}

/// What would be offered now.
pub(super) struct Question {
    pub people: Vec<Person>,
    /// Positions in `people` of `entries`.
    pub at: Vec<usize>,
    pub entries: Vec<list::Entry>,
    pub found: Vec<Found>,
    pub freed: Vec<Freed>,
}

impl Question {
    pub fn person(&self, entry: usize) -> &Person {
        &self.people[self.at[entry]]
    }
}

/// Who waits for a service, and what is free of it.
pub(super) async fn question(
    desk: &Desk,
    call: &Call,
    (organisation, service): (OrganisationId, ServiceId),
    within: Window,
) -> Result<Question, ServiceError> {
    let db = desk.store.reader();
    let zone = store::directory::organisation(db, organisation)
        .await?
        .and_then(|row| row.zone.parse().ok())
        .unwrap_or(chrono_tz::Europe::London);
    let people = people::of_service(db, (organisation, service), zone, call.now).await?;
    let (at, entries): (Vec<usize>, Vec<list::Entry>) =
        people.iter().enumerate().filter_map(|(at, person)| Some((at, person.entry.clone()?))).unzip();
    let (mut found, mut freed) = (Vec::new(), Vec::new());
    // Nobody to ask: no need to look what is free.
    let idle = entries.iter().filter(|entry| !entry.is_asked);
    if let Some(last) = idle.map(|entry| entry.to).max().map(|last| last.min(within.to)) {
        // Whoever has a time wants an earlier one: nothing after it has to be known.
        let window = Window { from: within.from, to: last };
        let (own, of) = (system(call), (organisation, service));
        let site = store::directory::service(db, service).await?.and_then(|row| row.site_id);
        for kind in people::kinds(at.iter().map(|at| &people[*at].row.visit_kind)) {
            let kind = kind.as_deref();
            let times = free_of_service(desk, db, &own, of, Whose::Anybody, kind, window).await?;
            freed.extend(times.iter().map(|found| people::freed(found, service, kind, site)));
            found.extend(times);
        }
    }
    Ok(Question { people, at, entries, found, freed })
}

/// The list asks for the product, whoever looks at it: what is free does not depend on the reader.
fn system(call: &Call) -> Call {
    Call::new(domain::Actor::system("waiting-list", call.actor.request), call.now)
}

/// One batch for one service, of times that begin within a window.
async fn fill_service(
    desk: &Desk,
    call: &Call,
    service: (OrganisationId, ServiceId),
    within: Window,
) -> Result<Round, ServiceError> {
    let question = Box::pin(question(desk, call, service, within)).await?;
    let batch = list::fill(&question.entries, &question.freed, call.now, &rules(desk));
    let mut made = 0;
    for offered in &batch.offers {
        let passed: Vec<_> = offered
            .passed
            .iter()
            .map(|(entry, why)| json!({ "reference": question.person(*entry).row.reference, "why": why.words() }))
            .collect();
        let person = question.person(offered.entry);
        let found = &question.found[offered.freed];
        let time = Timed {
            resource: found.resource,
            start: found.offer.slot.start,
            site: question.freed[offered.freed].site.clone(),
        };
        let passed = serde_json::Value::from(passed).to_string();
        match offer(desk, call, person, &time, offered, passed).await {
            Ok(is_made) => made += u64::from(is_made),
            Err(error) => {
                tracing::error!(referral = %person.referral(), %error, "a time could not be offered");
            }
        }
    }
    let starts = || batch.offers.iter().map(|offered| question.freed[offered.freed].start);
    let again = match (starts().min(), starts().max()) {
        _ if made == 0 => None,
        _ if made < batch.offers.len() as u64 => Some(whole(desk, call)),
        (Some(first), Some(last)) => Some(Window { from: first, to: last + Duration::seconds(1) }),
        _ => None,
    };
    Ok(Round { made, again })
}

/// A free time, and where it is.
struct Timed {
    resource: ResourceId,
    start: DateTime<Utc>,
    /// The site's id; empty: not known.
    site: String,
}

/// Makes one offer. `false`: somebody was quicker, or it is no longer to be offered.
async fn offer(
    desk: &Desk,
    call: &Call,
    person: &Person,
    time: &Timed,
    offered: &Offered,
    passed: String,
) -> Result<bool, ServiceError> {
    // Boxed, as are the others here: a round of offers is deep, and a worker's stack is not.
    match Box::pin(try_offer(desk, call, person, time, offered, passed)).await {
        Err(ServiceError::Conflict(
            Conflict::SlotTaken | Conflict::CalendarUnknown | Conflict::State { .. } | Conflict::Stale,
        )) => Ok(false),
        other => other,
    }
}

/// The held time, the line in the history, the list's own row and the message, or nothing of it.
async fn try_offer(
    desk: &Desk,
    call: &Call,
    person: &Person,
    time: &Timed,
    offered: &Offered,
    passed: String,
) -> Result<bool, ServiceError> {
    let (resource, start) = (time.resource, time.start);
    let input = (person.row.id, resource, start);
    let Begun::Fresh(mut unit) = Unit::begin::<_, ()>(desk, call, "waiting-list-offer", &input).await? else {
        return Ok(false);
    };
    let Some(mut case) = visible_case(&*unit.tx, call, person.referral()).await? else {
        return Ok(false);
    };
    let known = store::waitlist::of_referral(&*unit.tx, case.organisation_id(), case.id()).await?;
    let chooses = case.plan().step.is_none_or(NextStep::lets_choose_time);
    let is_current = known.is_some_and(|entry| entry.id == person.row.id)
        && !case.patient.deceased
        && chooses
        && !kept(&unit, &case).await?.has_held();
    if !is_current {
        return Ok(false);
    }
    lock_both(&unit, &case, resource, start).await?;
    let put = put_before(&mut unit, &mut case, resource, start, offered.until);
    let (row, (_, mut letter)) = Box::pin(put).await?;
    let km = km_to(&unit, &case, &time.site).await?;
    let line = waitlist_offer::Model {
        sex: case.patient.sex.clone(),
        language: case.patient.language.clone().unwrap_or_else(|| quality::offers::NOT_KNOWN.to_owned()),
        distance: quality::offers::distance_band(km).to_owned(),
        ..line(&unit, &case, person, &row, offered, passed)
    };
    store::waitlist::insert_offer(&unit.tx, line).await?;
    letter.when = When::Between(offered.tell_at, offered.until);
    letter.by = match person.row.channel.as_str() {
        "email" => Some(Way::Email),
        "letter" => Some(Way::Letter),
        _ => None,
    };
    unit.tell_patient(&case, letter).await?;
    unit.finish(()).await?;
    Ok(true)
}

/// How far it is from the patient's home, where both are known.
async fn km_to(unit: &Unit<'_>, case: &Case, site: &str) -> Result<Option<f64>, ServiceError> {
    let sites = store::directory::sites_of(&*unit.tx, case.organisation_id()).await?;
    let there = sites
        .iter()
        .find(|row| row.id.to_string() == site)
        .and_then(|row| Point::new(row.latitude?, row.longitude?));
    let home = crate::referrals::home(&*unit.tx, &case.patient).await?;
    Ok(home.zip(there).map(|(home, there)| home.km_to(there)))
}

/// The offer as the list keeps it.
fn line(
    unit: &Unit<'_>,
    case: &Case,
    person: &Person,
    row: &appointment::Model,
    offered: &Offered,
    passed: String,
) -> waitlist_offer::Model {
    let now = unit.call.now;
    let today = now.with_timezone(&case.zone()).date_naive();
    let age = facts::birth_date(&case.patient).and_then(|born| facts::age(born, today));
    waitlist_offer::Model {
        organisation_id: case.row.organisation_id,
        id: ids::fresh(now),
        entry_id: person.row.id,
        referral_id: case.row.id,
        appointment_id: row.id,
        service_id: case.row.service_id,
        patient_organisation_id: case.row.patient_organisation_id,
        patient_id: case.row.patient_id,
        resource_id: row.resource_id,
        start_at: row.start_at,
        zone: row.zone.clone(),
        offered_at: now.timestamp_millis(),
        tell_at: offered.tell_at.timestamp_millis(),
        until_at: offered.until.timestamp_millis(),
        outcome: None,
        answered_at: None,
        priority: case.row.priority.clone(),
        channel: code(person.channel.unwrap_or(Channel::Letter)).to_owned(),
        age_band: quality::offers::age_band(age).to_owned(),
        why: offered.because.words(),
        passed,
        sex: String::new(),
        language: String::new(),
        distance: String::new(),
    }
}

/// The channel as it is stored and counted.
fn code(channel: Channel) -> &'static str {
    match channel {
        Channel::Push => "push",
        Channel::Sms => "sms",
        Channel::Email => "email",
        Channel::Letter => "letter",
    }
}

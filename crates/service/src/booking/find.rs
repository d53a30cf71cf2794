//! Which times are free: the clinicians' weekly sessions, less their calendars, less what is taken.

use chrono::{DateTime, Duration, NaiveDate, NaiveTime, TimeDelta, Utc};
use contract::{TimeOffer, TimesPage, TimesQuery};
use domain::calendar_days::at_wall;
use domain::policy::Relation;
use domain::{OrganisationId, ReferralId, ResourceId, ServiceId, spoken};
use scheduling::busy::{Busy, Effect};
use scheduling::offers::{Offer, PartOfDay, Preferences, Taken, Window, offers};
use scheduling::rule::WeeklyRule;
use store::Db;
use store::entity::availability_rule;

use crate::unit::{Case, find_case};
use crate::{Call, Desk, ServiceError, describe, facts};

/// How many days one page of times covers.
const PAGE_DAYS: i64 = 21;

/// The page on which a time is chosen. The patient and the receiving side.
pub async fn times(
    desk: &Desk,
    call: &Call,
    id: ReferralId,
    query: &TimesQuery,
) -> Result<TimesPage, ServiceError> {
    let db = desk.store.reader();
    let case = find_case(desk, db, call, id).await?;
    if case.relation == Relation::Referring {
        return Err(ServiceError::NotAllowed);
    }
    desk.record_read(call, case.touched("referral")).await?;
    if super::hold::is_patient(call) {
        super::hold::chooses(&case)?;
    }
    let zone = case.zone();
    let last = call.now + Duration::days(desk.settings.horizon_days);
    let from = query
        .from
        .parse::<NaiveDate>()
        .map_or(call.now, |day| at_wall(day, NaiveTime::MIN, zone).max(call.now));
    let to = (from + Duration::days(PAGE_DAYS)).min(last);
    let preferences = Preferences {
        part_of_day: match query.part.as_str() {
            "morning" => Some(PartOfDay::Morning),
            "afternoon" => Some(PartOfDay::Afternoon),
            _ => None,
        },
        ..Preferences::default()
    };
    let found = free_times(desk, db, call, &case, Window { from, to }, &preferences).await?;
    let mut best: Vec<TimeOffer> = found.iter().take(3).map(|found| offer(found, call.now)).collect();
    let mut all: Vec<&Found> = match preferences.part_of_day {
        Some(part) => found.iter().filter(|found| part == part_of(found)).collect(),
        None => found.iter().collect(),
    };
    all.sort_by_key(|found| (found.offer.slot.start, found.resource));
    best.iter_mut().for_each(|offer| {
        if offer.reason.is_none() {
            offer.reason = Some("next free time".to_owned());
        }
    });
    let (place, address) = describe::place(db, &case).await?;
    let mut page = TimesPage {
        referral: id.to_string(),
        patient: describe::patient(&case),
        clinic: case.service.name.clone(),
        place,
        address,
        length_min: case.service.visit_min,
        bring: case.service.patient_note.clone(),
        phone: case.service.phone.clone().or_else(|| case.organisation.phone.clone()),
        best,
        all: all
            .into_iter()
            .take(200)
            .map(|found| TimeOffer { reason: None, ..offer(found, call.now) })
            .collect(),
        more_from: (to < last).then(|| to.with_timezone(&zone).date_naive().to_string()),
        held: None,
        booked: None,
    };
    for row in store::appointments::of_referral(db, case.organisation_id(), id).await? {
        let view = describe::appointment(db, &case, &row, call.now).await?;
        match row.state.as_str() {
            "held" if row.hold_expires_at.is_some_and(|at| at > call.now.timestamp_millis()) => {
                page.held = Some(view)
            }
            "booked" => page.booked = Some(view),
            _ => {}
        }
    }
    Ok(page)
}

/// A free time of one clinician.
pub(super) struct Found {
    pub resource: ResourceId,
    pub who: String,
    pub offer: Offer,
}

/// All free times of the referral's service in a window, the best first.
pub(super) async fn free_times(
    desk: &Desk,
    db: &impl Db,
    call: &Call,
    case: &Case,
    window: Window,
    preferences: &Preferences,
) -> Result<Vec<Found>, ServiceError> {
    let service = ServiceId(case.row.service_id);
    // With a colleague named for the visit, the patient is offered their times alone; staff see all.
    let named = case.row.next_resource_id.filter(|_| super::hold::is_patient(call)).map(ResourceId);
    free_of_service(desk, db, call, (case.organisation_id(), service), named, window, preferences).await
}

/// When the first free time of a service begins, from the notice that a patient gets until so far ahead. `None` when
/// there is none, or no calendar covers the days: silence never means "free".
pub(crate) async fn first_free(
    desk: &Desk,
    db: &impl Db,
    call: &Call,
    service: (OrganisationId, ServiceId),
    ahead: Duration,
) -> Result<Option<DateTime<Utc>>, ServiceError> {
    let notice = Duration::hours(desk.settings.notice_hours);
    let window = Window { from: call.now + notice, to: call.now + ahead };
    let found = free_of_service(desk, db, call, service, None, window, &Preferences::default()).await?;
    Ok(found.into_iter().map(|found| found.offer.slot.start).min())
}

pub(super) async fn free_of_service(
    desk: &Desk,
    db: &impl Db,
    call: &Call,
    (organisation, service): (OrganisationId, ServiceId),
    named: Option<ResourceId>,
    window: Window,
    preferences: &Preferences,
) -> Result<Vec<Found>, ServiceError> {
    let rows = store::calendars::rules_of_service(db, organisation, service).await?;
    let mut resources: Vec<ResourceId> = rows.iter().map(|row| ResourceId(row.resource_id)).collect();
    resources.sort();
    resources.dedup();
    resources.retain(|resource| named.is_none_or(|named| named == *resource));
    let mut found = Vec::new();
    for resource in resources {
        let rules: Vec<WeeklyRule> =
            rows.iter().filter(|row| row.resource_id == resource.0).map(rule).collect::<Result<_, _>>()?;
        let Some(times) =
            of_resource(desk, db, call, organisation, resource, &rules, window, preferences).await?
        else {
            continue;
        };
        let who = store::calendars::resource(db, organisation, resource)
            .await?
            .map_or(String::new(), |row| row.name);
        found.extend(times.into_iter().map(|offer| Found { resource, who: who.clone(), offer }));
    }
    found.sort_by_key(|found| {
        let wanted = preferences.part_of_day.is_some_and(|part| part == part_of(found));
        (!wanted, found.offer.slot.start, found.resource)
    });
    Ok(found)
}

/// Free times of one clinician; `None` when their calendar does not cover the window: silence never means "free".
#[allow(clippy::too_many_arguments, reason = "each is a fact of its own")]
pub(super) async fn of_resource(
    desk: &Desk,
    db: &impl Db,
    call: &Call,
    organisation: OrganisationId,
    resource: ResourceId,
    rules: &[WeeklyRule],
    window: Window,
    preferences: &Preferences,
) -> Result<Option<Vec<Offer>>, ServiceError> {
    // Buffers and sessions reach over the window's edges.
    let (from, to) = (window.from - Duration::hours(12), window.to + Duration::hours(24));
    let (from_ms, to_ms) = (from.timestamp_millis(), to.timestamp_millis());
    if store::calendars::uncertain(db, organisation, resource, from_ms, to_ms).await? > 0 {
        return Ok(None);
    }
    let busy: Vec<Busy> = store::calendars::busy(db, organisation, resource, from_ms, to_ms)
        .await?
        .into_iter()
        .map(|row| Busy {
            start: facts::instant(row.start_at),
            end: facts::instant(row.end_at),
            effect: effect(&row.effect),
            uid: row.uid,
        })
        .collect();
    let (from_q, to_q) = (from.timestamp().div_euclid(300), to.timestamp().div_euclid(300));
    let taken: Vec<Taken> = store::appointments::taken(db, organisation, resource, from_q, to_q)
        .await?
        .into_iter()
        .map(|row| Taken {
            start_q: row.quantum,
            end_q: row.quantum,
            place: u32::try_from(row.place).unwrap_or(u32::MAX),
        })
        .collect();
    let notice = match call.actor.principal {
        domain::Principal::Patient { .. } => TimeDelta::hours(desk.settings.notice_hours),
        _ => TimeDelta::zero(),
    };
    Ok(Some(offers(rules, &busy, &taken, window, call.now, notice, 2_000, preferences)))
}

/// A stored rule as the engine reads it.
pub(crate) fn rule(row: &availability_rule::Model) -> Result<WeeklyRule, ServiceError> {
    let broken = |what: &str| ServiceError::Broken(format!("availability rule {}: {what}", row.id));
    let small = |value: i64, what: &str| u32::try_from(value).map_err(|_| broken(what));
    let time = |text: &str, what: &str| NaiveTime::parse_from_str(text, "%H:%M").map_err(|_| broken(what));
    Ok(WeeklyRule {
        id: row.id.to_string(),
        weekdays: row.weekdays.split(',').filter_map(crate::availability::weekday).collect(),
        from: time(&row.from_wall, "from_wall")?,
        to: time(&row.to_wall, "to_wall")?,
        zone: row.zone.parse().map_err(|_| broken("zone"))?,
        slot_min: small(row.slot_min, "slot_min")?,
        capacity: small(row.capacity, "capacity")?,
        buffer_before_min: small(row.buffer_before_min, "buffer_before_min")?,
        buffer_after_min: small(row.buffer_after_min, "buffer_after_min")?,
        valid_from: row.valid_from.parse().map_err(|_| broken("valid_from"))?,
        valid_to: row.valid_to.as_deref().and_then(|day| day.parse().ok()),
    })
}

/// A free time as the page shows it.
pub(super) fn offer(found: &Found, now: DateTime<Utc>) -> TimeOffer {
    let slot = &found.offer.slot;
    let today = now.with_timezone(&slot.zone).date_naive();
    let note = match slot.fold {
        None => "",
        Some(scheduling::Fold::First) => " (before the clocks go back)",
        Some(scheduling::Fold::Second) => " (after the clocks go back)",
    };
    TimeOffer {
        resource: found.resource.to_string(),
        start: slot.start.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
        clock: format!("{}{note}", spoken::clock(slot.start, slot.zone)),
        day: spoken::date(slot.wall.date(), today),
        date: slot.wall.date().to_string(),
        who: found.who.clone(),
        reason: found.offer.reason.map(|reason| reason.words().to_owned()),
    }
}

fn part_of(found: &Found) -> PartOfDay {
    PartOfDay::of_hour(chrono::Timelike::hour(&found.offer.slot.wall))
}

/// What a stored code says of a busy time; an unknown one counts as busy.
pub(crate) fn effect(code: &str) -> Effect {
    match code {
        "tentative" => Effect::Tentative,
        "out-of-office" => Effect::OutOfOffice,
        _ => Effect::Busy,
    }
}

//! Holding a time while the person makes up their mind.

use chrono::{DateTime, Duration, Utc};
use contract::{HoldOutcome, SlotInput};
use domain::notice::StaffNotice;
use domain::policy::Relation;
use domain::referral::{Act, NextStep, State};
use domain::{Principal, ReferralId, ResourceId, ServiceId, spoken};
use scheduling::{Offer, Rules, Window};
use serde_json::json;
use store::entity::appointment;
use store::{StoreError, Unique};

use super::find::{Found, free_times, offer};
use super::search::{Search, Whose, search, sees_people, session};
use super::{booked, held, look_again, waitlist};
use crate::unit::{Begun, Case, Unit, find_case};
use crate::{Call, Conflict, Desk, ServiceError, describe, facts, ids};

/// Holds a time for some minutes. When somebody was quicker, answers with times that are still free.
pub async fn hold(
    desk: &Desk,
    call: &Call,
    id: ReferralId,
    input: &SlotInput,
) -> Result<HoldOutcome, ServiceError> {
    let (resource, start) = readable_slot(desk, call, id, input).await?;
    Box::pin(look_again::calendars(desk, call, id, resource)).await?;
    let taken = match try_hold(desk, call, id, resource, start, input).await {
        Err(ServiceError::Conflict(Conflict::SlotTaken)) => true,
        other => return other.map(|appointment| HoldOutcome::Held { appointment }),
    };
    debug_assert!(taken);
    alternatives(desk, call, id, start).await
}

/// The times nearest to a lost one.
pub(super) async fn alternatives(
    desk: &Desk,
    call: &Call,
    id: ReferralId,
    lost: DateTime<Utc>,
) -> Result<HoldOutcome, ServiceError> {
    let db = desk.store.reader();
    let case = find_case(desk, db, call, id).await?;
    let last = call.now + Duration::days(desk.settings.horizon_days);
    let mut near: Vec<Found> = Vec::new();
    for days in [7, 28, desk.settings.horizon_days] {
        let from = (lost - Duration::days(days)).max(call.now);
        let window = Window { from, to: (lost + Duration::days(days)).min(last) };
        near = free_times(desk, db, call, &case, window).await?;
        if near.len() >= 3 {
            break;
        }
    }
    near.sort_by_key(|found| ((found.offer.slot.start - lost).abs(), found.resource));
    near.truncate(3);
    near.sort_by_key(|found| found.offer.slot.start);
    Ok(HoldOutcome::Taken {
        wanted: spoken::clock(lost, case.zone()),
        alternatives: near.iter().map(|found| offer(found, call.now)).collect(),
    })
}

async fn try_hold(
    desk: &Desk,
    call: &Call,
    id: ReferralId,
    resource: ResourceId,
    start: DateTime<Utc>,
    input: &SlotInput,
) -> Result<contract::AppointmentView, ServiceError> {
    let mut unit = match Unit::begin(desk, call, "hold", &(id, input)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let mut case = unit.case(id).await?;
    if is_patient(call) {
        may_choose(&case, resource)?;
    }
    lock_both(&unit, &case, resource, start).await?;
    if let Some(old) = held(&unit, &case).await? {
        give_back(&unit, old, "lapsed").await?;
    }
    let expires = call.now + Duration::minutes(desk.settings.hold_min);
    let row = place(&unit, &case, resource, start, Placing::Held { expires }).await?;
    if case.state != State::Booked {
        case.row.appointment_id = Some(row.id);
        let detail = json!({ "appointment": row.id, "start": start });
        unit.apply(&mut case, Act::Hold, None, Some(expires), detail).await?;
    } else {
        // A booked time is kept until the new one is confirmed.
        unit.decide(&case, Act::Reschedule).await?;
        unit.record("hold", &case.touched("appointment"));
    }
    let view = describe::appointment(&*unit.tx, &case, &row, call.now).await?;
    unit.finish(view).await
}

/// Whether the patient may choose a time with this clinician now.
pub(super) fn may_choose(case: &Case, resource: ResourceId) -> Result<(), ServiceError> {
    chooses(case)?;
    match case.row.next_resource_id {
        Some(named) if named != resource.0 => {
            Err(ServiceError::invalid("start", "Choose one of the times on the page."))
        }
        _ => Ok(()),
    }
}

/// Whether the patient chooses a time at all, as whoever accepted planned it.
pub(super) fn chooses(case: &Case) -> Result<(), ServiceError> {
    match case.plan().step {
        Some(NextStep::TestFirst) => Err(Conflict::TestFirst.into()),
        Some(NextStep::AdviceOnly) => Err(Conflict::AdviceOnly.into()),
        Some(NextStep::Book | NextStep::BookNamed | NextStep::ClinicBooks) | None => Ok(()),
    }
}

/// How a time is taken.
pub(super) enum Placing {
    Held {
        expires: DateTime<Utc>,
    },
    /// Staff offer it; held until it is answered.
    Offered {
        until: DateTime<Utc>,
    },
    Booked {
        overbook: Option<String>,
    },
}

/// Takes a time in the ledger, if the clinician's sessions and calendar offer it.
///
/// Errors: `SlotTaken` when it is not free any more, `CalendarUnknown` when that cannot be decided.
pub(super) async fn place(
    unit: &Unit<'_>,
    case: &Case,
    resource: ResourceId,
    start: DateTime<Utc>,
    placing: Placing,
) -> Result<appointment::Model, ServiceError> {
    let organisation = case.organisation_id();
    let window = Window { from: start, to: start + Duration::seconds(1) };
    let service = (organisation, ServiceId(case.row.service_id));
    let kind = case.row.visit_kind.as_deref();
    let read =
        || Box::pin(search(unit.desk, &*unit.tx, unit.call, service, Whose::One(resource), kind, window));
    let mut found = read().await?;
    if has_limit(&found.rules, resource) {
        // Of two who would be the last of the day, one waits here and then sees the other.
        store::free_busy::lock(&unit.tx, organisation, &[(resource.0, quantum(start))]).await?;
        found = read().await?;
    }
    if found.diaries.get(&resource.to_string()).is_some_and(|diary| diary.unknown) {
        return Err(Conflict::CalendarUnknown.into());
    }
    let free = scheduling::slots(&found.rules, &found.diaries, window, unit.call.now, kind);
    let mut overbooked = None;
    let chosen = match (free.into_iter().find(|offer| offer.slot.start == start), &placing) {
        // Free after all: nobody is booked beyond the capacity, whatever was feared.
        (Some(offer), _) => offer,
        (None, Placing::Booked { overbook: Some(reason) }) => {
            overbooked = Some(reason.clone());
            further_place(unit, case, resource, start, found).await?
        }
        (None, _) => return Err(Conflict::SlotTaken.into()),
    };
    let earlier = store::appointments::of_referral(&*unit.tx, organisation, case.id()).await?;
    let now = unit.call.now.timestamp_millis();
    let slot = &chosen.slot;
    let sequence = earlier.iter().map(|row| row.sequence + 1).max().unwrap_or(0);
    let offered_by = matches!(placing, Placing::Offered { .. }).then(|| unit.call.actor.label());
    let (state, expires, reason) = match placing {
        Placing::Offered { until } => ("held", Some(until.timestamp_millis()), None),
        Placing::Held { expires } => ("held", Some(expires.timestamp_millis()), None),
        Placing::Booked { .. } => ("booked", None, overbooked),
    };
    let row = appointment::Model {
        organisation_id: organisation.0,
        id: ids::fresh(unit.call.now),
        referral_id: case.row.id,
        service_id: case.row.service_id,
        resource_id: resource.0,
        state: state.to_owned(),
        start_at: slot.start.timestamp_millis(),
        end_at: slot.end.timestamp_millis(),
        zone: slot.zone.name().to_owned(),
        start_wall: slot.wall.format("%Y-%m-%dT%H:%M").to_string(),
        buffer_before_min: i64::from(slot.buffer_before_min),
        buffer_after_min: i64::from(slot.buffer_after_min),
        place: i64::from(chosen.place),
        overbook_reason: reason,
        hold_expires_at: expires,
        sequence,
        cancel_reason: None,
        booked_by: unit.call.actor.key(),
        created_at: now,
        changed_at: now,
        offered_by,
    };
    let also: Vec<(uuid::Uuid, i64)> =
        chosen.also.iter().filter_map(|(id, place)| Some((id.parse().ok()?, i64::from(*place)))).collect();
    match store::appointments::take(&unit.tx, row.clone(), slot.quanta(), &also).await {
        Err(StoreError::Duplicate(Unique::SlotLedger)) => Err(Conflict::SlotTaken.into()),
        other => {
            other?;
            Ok(row)
        }
    }
}

/// Before a time goes back and another one is taken: takes the weeks of both for this transaction, in one order, so that two
/// who change places never wait for each other crosswise. PostgreSQL; on SQLite nobody else writes.
pub(super) async fn lock_both(
    unit: &Unit<'_>,
    case: &Case,
    resource: ResourceId,
    start: DateTime<Utc>,
) -> Result<(), ServiceError> {
    if unit.desk.store.is_sqlite() {
        return Ok(());
    }
    let organisation = case.organisation_id();
    let mut weeks = store::appointments::held_by(&*unit.tx, organisation, case.id()).await?;
    if weeks.is_empty() {
        return Ok(());
    }
    let service = ServiceId(case.row.service_id);
    let rules = store::calendars::rules_of_service(&*unit.tx, organisation, service).await?;
    for row in rules.iter().filter(|row| sees_people(row).contains(&resource.0)) {
        let rooms = session(row, None)?.also.into_iter().flatten();
        weeks.extend(rooms.filter_map(|id| Some((id.parse().ok()?, quantum(start)))));
    }
    weeks.push((resource.0, quantum(start)));
    Ok(store::free_busy::lock(&unit.tx, organisation, &weeks).await?)
}

/// The ledger's quantum of an instant.
fn quantum(at: DateTime<Utc>) -> i64 {
    at.timestamp().div_euclid(scheduling::QUANTUM_SECONDS)
}

/// Whether so many visits a day are the most with this clinician.
fn has_limit(rules: &Rules, resource: ResourceId) -> bool {
    let id = resource.to_string();
    rules.sessions.iter().any(|session| session.daily_limit.is_some())
        || rules.resources.iter().any(|known| known.id == id && known.daily_limit.is_some())
}

/// A place beyond the capacity, for a deliberate overbooking: the session's own time, the lowest place that is free
/// in all its quanta. A room that is free goes with it; without one it is still booked, and the reason says why.
async fn further_place(
    unit: &Unit<'_>,
    case: &Case,
    resource: ResourceId,
    start: DateTime<Utc>,
    mut found: Search,
) -> Result<Offer, ServiceError> {
    let window = Window { from: start, to: start + Duration::seconds(1) };
    let kind = case.row.visit_kind.as_deref();
    // Visits stand in nobody's way now; leave, busy time and closed days do.
    if let Some(diary) = found.diaries.get_mut(&resource.to_string()) {
        diary.taken.clear();
    }
    found.rules.resources.iter_mut().for_each(|known| known.daily_limit = None);
    found.rules.sessions.iter_mut().for_each(|session| session.daily_limit = None);
    let ask = |found: &Search| {
        let free = scheduling::slots(&found.rules, &found.diaries, window, unit.call.now, kind);
        free.into_iter().find(|offer| offer.slot.start == start)
    };
    let offer = match ask(&found) {
        Some(offer) => offer,
        None => {
            found.rules.sessions.iter_mut().for_each(|session| session.also.clear());
            ask(&found).ok_or(Conflict::SlotTaken)?
        }
    };
    let quanta = offer.slot.quanta();
    let taken = store::appointments::taken(
        &*unit.tx,
        case.organisation_id(),
        resource,
        *quanta.start(),
        *quanta.end(),
    )
    .await?;
    let place = (0..100u32)
        .find(|place| taken.iter().all(|row| row.place != i64::from(*place)))
        .ok_or(Conflict::SlotTaken)?;
    Ok(Offer { place, ..offer })
}

/// Gives a held time back before it expires.
pub async fn release(desk: &Desk, call: &Call, id: ReferralId) -> Result<(), ServiceError> {
    let mut unit = match Unit::begin(desk, call, "release", &id).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let mut case = unit.case(id).await?;
    if case.roles_of(&call.actor).is_empty() {
        return Err(ServiceError::NotAllowed);
    }
    let Some(row) = held(&unit, &case).await? else {
        return unit.finish(()).await;
    };
    let why = (row.offered_by.is_some() && is_patient(call)).then_some("It does not suit me");
    lapse(&mut unit, &mut case, row, why).await?;
    unit.finish(()).await
}

/// Gives back every held time whose hold has ended; answers how many.
pub async fn lapse_expired(desk: &Desk, call: &Call) -> Result<u64, ServiceError> {
    let mut lapsed = 0;
    for row in store::appointments::expired_holds(desk.store.reader(), call.now.timestamp_millis()).await? {
        match Box::pin(lapse_one(desk, call, &row)).await {
            Ok(is_lapsed) => lapsed += u64::from(is_lapsed),
            // One that cannot be given back keeps no other one held.
            Err(error) => {
                tracing::error!(appointment = %row.id, %error, "a held time could not be given back")
            }
        }
    }
    Ok(lapsed)
}

async fn lapse_one(desk: &Desk, call: &Call, row: &appointment::Model) -> Result<bool, ServiceError> {
    let Begun::Fresh(mut unit) = Unit::begin::<_, ()>(desk, call, "lapse", &row.id).await? else {
        return Ok(false);
    };
    let mut case = unit.case(ReferralId(row.referral_id)).await?;
    // Read again inside the transaction: it may have been confirmed meanwhile.
    match held(&unit, &case).await? {
        Some(current) if current.id == row.id => {
            let why = current.offered_by.is_some().then_some("No answer in time");
            lapse(&mut unit, &mut case, current, why).await?;
        }
        _ => return Ok(false),
    }
    unit.finish(()).await?;
    Ok(true)
}

/// Gives a held time back; when staff had offered it, the coordinators are told that another one is wanted.
pub(super) async fn lapse(
    unit: &mut Unit<'_>,
    case: &mut Case,
    row: appointment::Model,
    why: Option<&str>,
) -> Result<(), ServiceError> {
    let detail = json!({ "appointment": row.id });
    let offered = row.offered_by.is_some().then(|| format!("offer-over:{}", row.id));
    let outcome = match unit.call.actor.principal {
        Principal::System { .. } => "expired",
        Principal::Patient { .. } => "declined",
        Principal::Staff { .. } | Principal::Client { .. } => "withdrawn",
    };
    let from_list = waitlist::settle(unit, &row, outcome).await?;
    give_back(unit, row, "lapsed").await?;
    if case.state == State::Offered {
        case.row.appointment_id = None;
        unit.apply(case, Act::Lapse, why, None, detail).await?;
        // What the list offered goes on to the next person; nobody has to look for another time.
        if let Some(cause) = offered.filter(|_| !from_list) {
            unit.tell_coordinators(case, StaffNotice::OfferOver, &cause).await?;
        }
    } else if case.state == State::Booked && offered.is_some() {
        // An earlier time that was not taken: the visit stays as it is.
        unit.apply(case, Act::Lapse, why, None, detail).await?;
    } else {
        unit.record("lapse", &case.touched("appointment"));
    }
    Ok(())
}

/// Frees an appointment's quanta and says what became of it.
pub(super) async fn give_back(
    unit: &Unit<'_>,
    mut row: appointment::Model,
    state: &str,
) -> Result<appointment::Model, ServiceError> {
    waitlist::settle(unit, &row, "withdrawn").await?;
    store::appointments::free(&unit.tx, &row).await?;
    unit.frees_time();
    row.state = state.to_owned();
    row.hold_expires_at = None;
    row.changed_at = unit.call.now.timestamp_millis();
    store::appointments::update(&unit.tx, row.clone()).await?;
    Ok(row)
}

/// Which time was meant. Whoever may not see the referral learns that first, and looks like nothing is there.
pub(super) async fn readable_slot(
    desk: &Desk,
    call: &Call,
    id: ReferralId,
    input: &SlotInput,
) -> Result<(ResourceId, DateTime<Utc>), ServiceError> {
    let unreadable = match slot_of(input) {
        Ok(slot) => return Ok(slot),
        Err(unreadable) => unreadable,
    };
    let case = find_case(desk, desk.store.reader(), call, id).await?;
    if case.relation == Relation::Referring || case.roles_of(&call.actor).is_empty() {
        return Err(ServiceError::NotAllowed);
    }
    call.trail.attempted("choose-time", case.touched("referral"));
    Err(unreadable)
}

/// Which time was meant.
fn slot_of(input: &SlotInput) -> Result<(ResourceId, DateTime<Utc>), ServiceError> {
    let choose = || ServiceError::invalid("start", "Choose one of the times on the page.");
    let resource = input.resource.parse().map_err(|_| choose())?;
    let start = input.start.parse::<DateTime<Utc>>().map_err(|_| choose())?;
    Ok((resource, start))
}

/// The held appointment of a referral that has not expired.
pub(super) async fn still_held(unit: &Unit<'_>, case: &Case) -> Result<appointment::Model, ServiceError> {
    let row = held(unit, case).await?.ok_or(Conflict::HoldLapsed)?;
    let expires = row.hold_expires_at.map(facts::instant);
    if expires.is_some_and(|at| at > unit.call.now) { Ok(row) } else { Err(Conflict::HoldLapsed.into()) }
}

/// Whether the actor is a patient.
pub(super) fn is_patient(call: &Call) -> bool {
    matches!(call.actor.principal, Principal::Patient { .. })
}

/// The booked appointment, for a move.
pub(super) async fn booked_now(
    unit: &Unit<'_>,
    case: &Case,
) -> Result<Option<appointment::Model>, ServiceError> {
    booked(unit, case).await
}

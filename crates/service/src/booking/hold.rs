//! Holding a time while the person makes up their mind.

use chrono::{DateTime, Duration, Utc};
use contract::{HoldOutcome, SlotInput};
use domain::notice::StaffNotice;
use domain::policy::Relation;
use domain::referral::{Act, NextStep, State};
use domain::{Principal, ReferralId, ResourceId, ServiceId, spoken};
use scheduling::offers::{Offer, Preferences, Window};
use serde_json::json;
use store::entity::appointment;
use store::{StoreError, Unique};

use super::find::{Found, free_times, of_resource, offer, rule};
use super::{booked, held, waitlist};
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
        near = free_times(desk, db, call, &case, window, &Preferences::default()).await?;
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
        Some(NextStep::Book | NextStep::BookNamed) | None => Ok(()),
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
    let rules: Vec<_> =
        store::calendars::rules_of_service(&*unit.tx, organisation, ServiceId(case.row.service_id))
            .await?
            .iter()
            .filter(|row| row.resource_id == resource.0)
            .map(rule)
            .collect::<Result<_, _>>()?;
    let window = Window { from: start, to: start + Duration::seconds(1) };
    let overbook = matches!(&placing, Placing::Booked { overbook: Some(_) });
    let free = of_resource(
        unit.desk,
        &*unit.tx,
        unit.call,
        organisation,
        resource,
        &rules,
        window,
        &Preferences::default(),
    )
    .await?
    .ok_or(Conflict::CalendarUnknown)?;
    let chosen = match free.into_iter().find(|offer| offer.slot.start == start) {
        Some(offer) => offer,
        None if overbook => further_place(unit, case, resource, start, &rules).await?,
        None => return Err(Conflict::SlotTaken.into()),
    };
    let now = unit.call.now.timestamp_millis();
    let slot = &chosen.slot;
    let sequence = store::appointments::of_referral(&*unit.tx, organisation, case.id())
        .await?
        .iter()
        .map(|row| row.sequence + 1)
        .max()
        .unwrap_or(0);
    let offered_by = matches!(placing, Placing::Offered { .. }).then(|| unit.call.actor.label());
    let (state, expires, reason) = match placing {
        Placing::Offered { until } => ("held", Some(until.timestamp_millis()), None),
        Placing::Held { expires } => ("held", Some(expires.timestamp_millis()), None),
        Placing::Booked { overbook } => ("booked", None, overbook),
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
    match store::appointments::take(&unit.tx, row.clone(), slot.quanta()).await {
        Err(StoreError::Duplicate(Unique::SlotLedger)) => Err(Conflict::SlotTaken.into()),
        other => {
            other?;
            Ok(row)
        }
    }
}

/// A place beyond the capacity, for a deliberate overbooking: the session's own time, the lowest place that is free
/// in all its quanta.
async fn further_place(
    unit: &Unit<'_>,
    case: &Case,
    resource: ResourceId,
    start: DateTime<Utc>,
    rules: &[scheduling::rule::WeeklyRule],
) -> Result<Offer, ServiceError> {
    let slot = rules
        .iter()
        .flat_map(|rule| rule.windows(start, start + Duration::seconds(1)))
        .find(|slot| slot.start == start)
        .ok_or(Conflict::SlotTaken)?;
    let quanta = slot.quanta();
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
    Ok(Offer { slot, place, reason: None })
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
        let Begun::Fresh(mut unit) = Unit::begin::<_, ()>(desk, call, "lapse", &row.id).await? else {
            continue;
        };
        let mut case = unit.case(ReferralId(row.referral_id)).await?;
        // Read again inside the transaction: it may have been confirmed meanwhile.
        match held(&unit, &case).await? {
            Some(current) if current.id == row.id => {
                let why = current.offered_by.is_some().then_some("No answer in time");
                lapse(&mut unit, &mut case, current, why).await?;
            }
            _ => continue,
        }
        unit.finish(()).await?;
        lapsed += 1;
    }
    Ok(lapsed)
}

/// Gives a held time back; when staff had offered it, the coordinators are told that another one is wanted.
async fn lapse(
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

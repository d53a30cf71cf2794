//! Holding a time while the person makes up their mind.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Duration, Utc};
use contract::{HoldOutcome, SlotInput};
use domain::notice::StaffNotice;
use domain::policy::Relation;
use domain::referral::{Act, Kind, NextStep, State, transition_of};
use domain::{OrganisationId, Principal, ReferralId, ResourceId, Role, ServiceId, dates, spoken};
use scheduling::ranking::spoken;
use scheduling::{Offer, Window};
use serde_json::json;
use store::appointments::Seat;
use store::entity::{appointment, referral};
use store::{StoreError, Unique};

use super::crowd::{FEW, Loss, Own, Turn, Wanted, has_it};
use super::find::{Found, free_times, offer};
use super::search::{FARTHEST, Search, Whose, search, sessions_with, sound};
use super::{kept, look_again, visit_time, waitlist};
use crate::outbox::Letter;
use crate::ports::Template;
use crate::unit::{Begun, Case, Unit, find_case, touched, visible_row};
use crate::{Call, Conflict, Desk, ServiceError, day_notices, describe, facts, ids};

/// Holds a time for some minutes. When somebody was quicker, answers with times that are still free.
pub async fn hold(
    desk: &Desk,
    call: &Call,
    id: ReferralId,
    input: &SlotInput,
) -> Result<HoldOutcome, ServiceError> {
    let (resource, start) = readable_slot(desk, call, id, input).await?;
    let mut own = None;
    if let Some((row, wanted)) = in_crowd(desk, call, id, resource, start).await? {
        match desk.crowds.turn(wanted).await {
            Turn::Lost(loss, nth) if !has_it(&loss, id) => {
                call.trail.attempted("hold", touched(&row, "referral"));
                return Ok(loss.told(nth));
            }
            Turn::Lost(..) => {}
            Turn::Own(turn) => own = Some(turn),
        }
    }
    Box::pin(look_again::calendars(desk, call, id, resource)).await?;
    match try_hold(desk, call, id, resource, start, input).await {
        Err(ServiceError::Conflict(Conflict::SlotTaken)) => {}
        other => return other.map(|appointment| HoldOutcome::Held { appointment }),
    }
    let few = own.as_ref().map_or(FEW, Own::few_for_all);
    let loss = lose(desk, call, id, (resource, start), (few, "")).await?;
    Ok(match own {
        Some(own) => own.lost(loss),
        None => loss.told(0),
    })
}

/// The crowd of patients that somebody is in: those who may hold a time now and are offered the same ones. Everybody else
/// tries, and is told what is in the way.
async fn in_crowd(
    desk: &Desk,
    call: &Call,
    id: ReferralId,
    resource: ResourceId,
    start: DateTime<Utc>,
) -> Result<Option<(referral::Model, Wanted)>, ServiceError> {
    if !is_patient(call) {
        return Ok(None);
    }
    let Some((row, _)) = visible_row(desk.store.reader(), call, id).await? else { return Ok(None) };
    let (Some(state), Some(kind)) = (State::from_code(&row.state), Kind::from_code(&row.kind)) else {
        return Ok(None);
    };
    let step = row.next_step.as_deref().and_then(NextStep::from_code);
    let may_hold = transition_of(kind, state, holding(state), Role::Patient).is_ok()
        && chooses(step).is_ok()
        && row.next_resource_id.is_none_or(|named| named == resource.0);
    let wanted = Wanted {
        organisation: OrganisationId(row.organisation_id),
        service: row.service_id,
        resource,
        start,
        kind: row.visit_kind.clone(),
        named: row.next_resource_id,
        step_free: super::wishes::is_step_free(&row),
        language: super::wishes::language(&row, None),
    };
    Ok(may_hold.then_some((row, wanted)))
}

/// The act with which a time is held: a booked one is kept until the new one is confirmed.
fn holding(state: State) -> Act {
    if state == State::Booked { Act::Reschedule } else { Act::Hold }
}

/// The times nearest to a lost one, for one who wanted it; for a kind of visit other than the planned one, if it is named.
pub(super) async fn alternatives(
    desk: &Desk,
    call: &Call,
    id: ReferralId,
    lost: (ResourceId, DateTime<Utc>),
    kind: &str,
) -> Result<HoldOutcome, ServiceError> {
    Ok(lose(desk, call, id, lost, (FEW, kind)).await?.told(0))
}

/// So many times nearest to a lost one, and who has it.
async fn lose(
    desk: &Desk,
    call: &Call,
    id: ReferralId,
    (resource, lost): (ResourceId, DateTime<Utc>),
    (few, kind): (usize, &str),
) -> Result<Loss, ServiceError> {
    let db = desk.store.reader();
    let mut case = find_case(desk, db, call, id).await?;
    if !kind.is_empty() {
        case.row.visit_kind = Some(kind.to_owned());
    }
    // What the referral names, as the crowd is told apart by it.
    let language = super::wishes::language(&case.row, None);
    let is_spoken = |found: &Found| language.as_ref().is_none_or(|wanted| spoken(&found.languages, wanted));
    let mut near: Vec<Found> = Vec::new();
    for around in [Duration::days(7), Duration::days(28), FARTHEST] {
        let window = Window { from: (lost - around).max(call.now), to: lost + around };
        near = free_times(desk, db, call, &case, window).await?;
        let suiting = near.iter().filter(|found| is_spoken(found)).count();
        // A month around is far enough to look for who speaks it.
        if suiting >= few || (around > Duration::days(7) && near.len() >= few) {
            break;
        }
    }
    near.sort_by_key(|found| (!is_spoken(found), (found.offer.slot.start - lost).abs(), found.resource));
    near.truncate(few);
    let from = lost.timestamp_millis();
    let has =
        store::appointments::touching(db, case.organisation_id(), Some(resource), from, from + 1).await?;
    Ok(Loss {
        wanted: spoken::clock(lost, case.zone()),
        others: near.iter().map(|found| offer(found, call.now)).collect(),
        holders: has.into_iter().map(|row| row.referral_id).collect(),
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
    unit.decide(&case, holding(case.state)).await?;
    lock_both(&unit, &case, resource, start).await?;
    let is_alive =
        |row: &&appointment::Model| row.hold_expires_at.is_some_and(|at| at > call.now.timestamp_millis());
    let is_same =
        |row: &&appointment::Model| (row.resource_id, row.start_at) == (resource.0, start.timestamp_millis());
    let kept = kept(&unit, &case).await?;
    if let Some(same) = kept.held().into_iter().filter(is_alive).find(is_same).cloned() {
        // Asked for once more, it is held as long as it was, and no longer. Whoever goes back to what they were offered
        // gives back what they had chosen beside it.
        if let Some(chosen) = kept.chosen.filter(|chosen| chosen.id != same.id) {
            give_back(&unit, chosen, "lapsed").await?;
        }
        unit.record("hold", &case.touched("appointment"));
        let view = describe::appointment(&*unit.tx, &case, &same, call.now).await?;
        return unit.finish(view).await;
    }
    if let Some(old) = kept.chosen {
        give_back(&unit, old, "lapsed").await?;
    }
    // An offer is kept, as a booked time is, until the new one is confirmed.
    let has_offer = match kept.offered {
        Some(over) if !is_alive(&&over) => {
            waitlist::settle(&unit, &over, "expired").await?;
            give_back(&unit, over, "lapsed").await?;
            false
        }
        other => other.is_some(),
    };
    let expires = call.now + Duration::minutes(desk.settings.hold_min);
    let row = place(&unit, &case, resource, start, Placing::Held { expires }).await?;
    if case.state != State::Booked && !has_offer {
        case.row.appointment_id = Some(row.id);
        let detail = json!({ "appointment": row.id, "start": start });
        unit.apply(&mut case, Act::Hold, None, Some(expires), detail).await?;
    } else {
        unit.record("hold", &case.touched("appointment"));
    }
    let view = describe::appointment(&*unit.tx, &case, &row, call.now).await?;
    unit.finish(view).await
}

/// Whether the patient may choose a time with this clinician now.
pub(super) fn may_choose(case: &Case, resource: ResourceId) -> Result<(), ServiceError> {
    chooses(case.plan().step)?;
    match case.row.next_resource_id {
        Some(named) if named != resource.0 => {
            Err(ServiceError::invalid("start", "Choose one of the times on the page."))
        }
        _ => Ok(()),
    }
}

/// Whether the patient chooses a time at all, as whoever accepted planned it.
pub(super) fn chooses(step: Option<NextStep>) -> Result<(), ServiceError> {
    match step {
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
    let found =
        Box::pin(search(unit.desk, &*unit.tx, unit.call, service, Whose::One(resource), kind, window))
            .await?;
    if found.diaries.get(&resource.to_string()).is_some_and(|diary| diary.unknown) {
        return Err(Conflict::CalendarUnknown.into());
    }
    let free = scheduling::slots(&found.rules, &found.diaries, window, unit.call.now, kind);
    let places: BTreeMap<String, u32> =
        found.rules.resources.iter().map(|known| (known.id.clone(), known.places)).collect();
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
        patient_confirmed_at: None,
        replan_at: None,
        plan_no: 0,
        site_id: chosen.site.as_ref().and_then(|site| site.parse().ok()).or(case.service.site_id),
    };
    let seat = |(id, place): &(String, u32)| {
        let among = Some(i64::from(places.get(id).copied().unwrap_or(1)));
        Some(Seat { resource: id.parse().ok()?, place: i64::from(*place), among })
    };
    let also: Vec<Seat> = chosen.also.iter().filter_map(seat).collect();
    let among = Some(i64::from(slot.capacity));
    match store::appointments::take(&unit.tx, row.clone(), slot.quanta(), among, &also).await {
        Err(StoreError::Duplicate(Unique::SlotLedger)) => Err(Conflict::SlotTaken.into()),
        other => {
            other?;
            Ok(row)
        }
    }
}

/// Before a time is looked at, taken or given back: takes the weeks of the old time and of the new one, with those of rooms
/// and machines, for this transaction, in one order. Two who change places never wait for each other crosswise, of two who
/// would be the last of a day one sees the other, and leave is entered before or after. PostgreSQL; on SQLite nobody else
/// writes.
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
    store::free_busy::beside(&unit.tx, organisation).await?;
    store::free_busy::one_at_a_time(&unit.tx, case.id()).await?;
    let mut weeks = store::appointments::held_by(&*unit.tx, organisation, case.id()).await?;
    let service = ServiceId(case.row.service_id);
    let rules = sessions_with(&*unit.tx, organisation, service, resource).await?;
    let mut all = BTreeSet::from([resource.0]);
    for row in &rules {
        let rooms = sound(row, None).into_iter().flat_map(|session| session.also).flatten();
        all.extend(rooms.filter_map(|id| id.parse::<uuid::Uuid>().ok()));
    }
    // A limit counts the whole local day, which may reach into another week.
    let day = Duration::days(1);
    weeks.extend(all.into_iter().flat_map(|id| [start - day, start + day].map(|at| (id, quantum(at)))));
    Ok(store::free_busy::lock(&unit.tx, organisation, &weeks).await?)
}

/// The same for an answer to what a referral has of times: nobody gives back what is confirmed at the same moment.
pub(super) async fn lock_own(unit: &Unit<'_>, case: &Case) -> Result<(), ServiceError> {
    if unit.desk.store.is_sqlite() {
        return Ok(());
    }
    let organisation = case.organisation_id();
    store::free_busy::beside(&unit.tx, organisation).await?;
    store::free_busy::one_at_a_time(&unit.tx, case.id()).await?;
    let weeks = store::appointments::held_by(&*unit.tx, organisation, case.id()).await?;
    Ok(store::free_busy::lock(&unit.tx, organisation, &weeks).await?)
}

/// The ledger's quantum of an instant.
fn quantum(at: DateTime<Utc>) -> i64 {
    at.timestamp().div_euclid(scheduling::QUANTUM_SECONDS)
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

/// Gives a held time back before it expires, of two what was chosen last.
pub async fn release(desk: &Desk, call: &Call, id: ReferralId) -> Result<(), ServiceError> {
    release_shown(desk, call, id, "").await
}

/// Gives the held time back that was shown, by its id.
pub async fn release_shown(
    desk: &Desk,
    call: &Call,
    id: ReferralId,
    shown: &str,
) -> Result<(), ServiceError> {
    let mut unit = match Unit::begin(desk, call, "release", &(id, shown)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let mut case = unit.case(id).await?;
    if case.roles_of(&call.actor).is_empty() {
        return Err(ServiceError::NotAllowed);
    }
    lock_own(&unit, &case).await?;
    let Some(row) = kept(&unit, &case).await?.meant(shown, call.now).cloned() else {
        return unit.finish(()).await;
    };
    let why = (row.offered_by.is_some() && is_patient(call)).then_some("It does not suit me");
    let ended = if is_patient(call) { Ended::Declined } else { Ended::Withdrawn };
    lapse(&mut unit, &mut case, row, why, ended).await?;
    unit.finish(()).await
}

/// Gives back every held time whose hold has ended; answers how many. One that cannot be given back stops no other.
pub async fn lapse_expired(desk: &Desk, call: &Call) -> Result<u64, ServiceError> {
    let mut lapsed = 0;
    for row in store::appointments::expired_holds(desk.store.reader(), call.now.timestamp_millis()).await? {
        match lapse_one(desk, call, row.id, ReferralId(row.referral_id)).await {
            Ok(is_done) => lapsed += u64::from(is_done),
            Err(error) => {
                tracing::error!(appointment = %row.id, %error, "a hold that ended is not given back")
            }
        }
    }
    Ok(lapsed)
}

async fn lapse_one(
    desk: &Desk,
    call: &Call,
    id: uuid::Uuid,
    referral: ReferralId,
) -> Result<bool, ServiceError> {
    let Begun::Fresh(mut unit) = Unit::begin::<_, ()>(desk, call, "lapse", &id).await? else {
        return Ok(false);
    };
    let mut case = unit.case(referral).await?;
    // Read again inside the transaction: it may have been confirmed meanwhile.
    lock_own(&unit, &case).await?;
    let kept = kept(&unit, &case).await?;
    let Some(current) = kept.held().into_iter().find(|current| current.id == id).cloned() else {
        return Ok(false);
    };
    let why = current.offered_by.is_some().then_some("No answer in time");
    lapse(&mut unit, &mut case, current, why, Ended::Expired).await?;
    unit.finish(()).await?;
    Ok(true)
}

/// How a held time ends that is not booked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// It does not suit the patient.
    Declined,
    /// The clinic takes it back; the patient knows only if they are told.
    Withdrawn,
    /// The clinic cannot keep it, and the patient sees that at once.
    Refused,
    Expired,
}

impl Ended {
    /// What becomes of an offer of the waiting list, by the codes of `waitlist_offer.outcome`.
    fn code(self) -> &'static str {
        match self {
            Self::Declined => "declined",
            Self::Withdrawn | Self::Refused => "withdrawn",
            Self::Expired => "expired",
        }
    }
}

/// Gives a held time back; when staff had offered it, the coordinators are told that another one is wanted, and the patient
/// when the clinic takes it back.
pub(super) async fn lapse(
    unit: &mut Unit<'_>,
    case: &mut Case,
    row: appointment::Model,
    why: Option<&str>,
    ended: Ended,
) -> Result<(), ServiceError> {
    let detail = json!({ "appointment": row.id });
    let others = kept(unit, case).await?;
    // The referral's own step is that of the offer, where there is one.
    let beside_offer = row.offered_by.is_none() && others.offered.is_some();
    let now = unit.call.now.timestamp_millis();
    let is_alive = |other: &appointment::Model| other.hold_expires_at.is_some_and(|at| at > now);
    let chosen = others.chosen.filter(|other| other.id != row.id && is_alive(other));
    let offered = row.offered_by.is_some().then(|| format!("offer-over:{}", row.id));
    let from_list = waitlist::settle(unit, &row, ended.code()).await?;
    if offered.is_some() && ended == Ended::Withdrawn {
        let mut letter = Letter::new(Template::OfferWithdrawn, format!("offer-withdrawn:{}", row.id));
        letter.facts.visit = Some(visit_time(&row));
        unit.tell_patient(case, letter).await?;
    }
    give_back(unit, row, "lapsed").await?;
    if case.state == State::Offered && !beside_offer {
        case.row.appointment_id = None;
        unit.apply(case, Act::Lapse, why, None, detail).await?;
        // What the list offered goes on to the next person; nobody has to look for another time.
        if let Some(cause) = offered.filter(|_| !from_list) {
            unit.tell_coordinators(case, StaffNotice::OfferOver, &cause).await?;
        }
        // What the patient has chosen beside it is still held, and becomes what is waited for.
        if let Some(chosen) = chosen {
            case.row.appointment_id = Some(chosen.id);
            let expires = chosen.hold_expires_at.map(facts::instant);
            let detail = json!({ "appointment": chosen.id, "start": facts::instant(chosen.start_at) });
            unit.apply(case, Act::Hold, None, expires, detail).await?;
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
pub(crate) async fn give_back(
    unit: &Unit<'_>,
    mut row: appointment::Model,
    state: &str,
) -> Result<appointment::Model, ServiceError> {
    waitlist::settle(unit, &row, "withdrawn").await?;
    store::appointments::free(&unit.tx, &row).await?;
    unit.frees_time();
    if row.state == "booked" {
        day_notices::was_given_back(unit, &row).await?;
    }
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
    let start = dates::instant(&input.start).ok_or_else(choose)?;
    Ok((resource, start))
}

/// A held appointment that has not expired.
pub(super) fn still_held(
    unit: &Unit<'_>,
    held: Option<appointment::Model>,
) -> Result<appointment::Model, ServiceError> {
    let row = held.ok_or(Conflict::HoldLapsed)?;
    let expires = row.hold_expires_at.map(facts::instant);
    if expires.is_some_and(|at| at > unit.call.now) { Ok(row) } else { Err(Conflict::HoldLapsed.into()) }
}

/// Refuses where a visit was to be moved and is not what is booked any more, or another time is held by now.
pub(super) async fn still_instead_of(
    unit: &Unit<'_>,
    case: &Case,
    input: &SlotInput,
) -> Result<(), ServiceError> {
    if input.instead_of.is_empty() {
        return Ok(());
    }
    let kept = kept(unit, case).await?;
    let is_still =
        kept.held().is_empty() && kept.booked.is_some_and(|row| row.id.to_string() == input.instead_of);
    if is_still { Ok(()) } else { Err(Conflict::Stale.into()) }
}

/// Whether the actor is a patient.
pub(super) fn is_patient(call: &Call) -> bool {
    matches!(call.actor.principal, Principal::Patient { .. })
}

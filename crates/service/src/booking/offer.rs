//! Staff put a time before the patient: held until it is answered, or until its time is over.

use chrono::{DateTime, Duration, Utc};
use contract::{AppointmentView, HoldOutcome, SlotInput, TimesQuery};
use domain::referral::{Act, State};
use domain::{Actor, ReferralId, ResourceId, ServiceId};
use scheduling::Window;
use serde_json::json;
use store::entity::appointment;

use super::find::best_times;
use super::hold::{Placing, alternatives, give_back, lock_both, place, readable_slot, still_instead_of};
use super::search::{FARTHEST, kind_of};
use super::{kept, look_again, pass};
use crate::outbox::{Letter, hears_soon};
use crate::ports::Template;
use crate::unit::{Begun, Case, Unit};
use crate::{Call, Conflict, Desk, ServiceError, describe};

/// An offer is over so long before the visit, so that a time nobody wants can still go to somebody else.
const BEFORE_VISIT: Duration = Duration::hours(2);
/// Nobody is asked to answer sooner than this.
const SHORTEST: Duration = Duration::minutes(30);

/// Offers a time: held for the installation's hours, but never longer than until two hours before the visit. The patient is
/// told and says whether it suits. When somebody was quicker, answers with times that are still free.
///
/// Errors: `Invalid` when the visit is too near to wait for an answer.
pub async fn offer(
    desk: &Desk,
    call: &Call,
    id: ReferralId,
    input: &SlotInput,
) -> Result<HoldOutcome, ServiceError> {
    let (resource, start) = readable_slot(desk, call, id, input).await?;
    Box::pin(look_again::calendars(desk, call, id, resource)).await?;
    let offered = async {
        let mut unit = match Unit::begin(desk, call, "offer", &(id, input)).await? {
            Begun::Fresh(unit) => unit,
            Begun::Repeated(answer) => return Ok(answer),
        };
        let mut case = unit.case(id).await?;
        unit.decide(&case, Act::Offer).await?;
        if input.only_open
            && !matches!(case.state, State::Accepted | State::AppointmentCancelled | State::NoShow)
        {
            return Err(Conflict::State { state: case.state }.into());
        }
        still_instead_of(&unit, &case, input).await?;
        if let Some(kind) = kind_of(&*unit.tx, &case, &input.visit_kind).await? {
            case.row.visit_kind = Some(kind);
        }
        let view = offer_now(&mut unit, &mut case, resource, start).await?;
        unit.finish(view).await
    };
    match offered.await {
        Err(ServiceError::Conflict(Conflict::SlotTaken)) => {
            alternatives(desk, call, id, (resource, start), &input.visit_kind).await
        }
        other => other.map(|appointment| HoldOutcome::Held { appointment }),
    }
}

/// Holds a time for the patient for the installation's hours, and tells them.
async fn offer_now(
    unit: &mut Unit<'_>,
    case: &mut Case,
    resource: ResourceId,
    start: DateTime<Utc>,
) -> Result<AppointmentView, ServiceError> {
    let until = until(unit.call.now, start, unit.desk.settings.offer_hours)?;
    lock_both(unit, case, resource, start).await?;
    let kept = kept(unit, case).await?;
    for old in [kept.offered, kept.chosen].into_iter().flatten() {
        give_back(unit, old, "lapsed").await?;
    }
    let (view, letter) = put_before(unit, case, resource, start, until).await?.1;
    unit.tell_patient(case, letter).await?;
    Ok(view)
}

/// Holds a time for the patient until then, and says so in the history; answers what was held, and the letter to send. A
/// booked time is kept until the new one is taken.
pub(super) async fn put_before(
    unit: &mut Unit<'_>,
    case: &mut Case,
    resource: ResourceId,
    start: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<(appointment::Model, (AppointmentView, Letter)), ServiceError> {
    let row = place(unit, case, resource, start, Placing::Offered { until }).await?;
    let detail = json!({ "appointment": row.id, "start": start, "until": until });
    let is_booked = case.state == State::Booked;
    if is_booked {
        // The visit that is booked stays what is waited for.
        unit.apply(case, Act::Offer, None, None, detail).await?;
    } else {
        case.row.appointment_id = Some(row.id);
        unit.apply(case, Act::Offer, None, Some(until), detail).await?;
    }
    let view = describe::appointment(&*unit.tx, case, &row, unit.call.now).await?;
    let template = if is_booked { Template::OtherTimeOffered } else { Template::TimeOffered };
    let mut letter = Letter::new(template, format!("offer:{}", row.id));
    letter.facts.visit = Some(super::visit_time(&row));
    letter.visit = Some(row.id);
    letter.facts.until = Some(until);
    letter.facts.place = view.place.clone();
    Ok((row, (view, letter)))
}

/// What acceptance led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AtAcceptance {
    /// The patient chooses among the free times.
    Chooses,
    /// The best time is held, and the patient was told.
    Offered,
    /// None is free while the visit should begin: the clinic finds one.
    ClinicBooks,
}

/// Looks for times for somebody who was just accepted. Where the service allows it, the best one that both sides can make is
/// held for the patient, who takes or changes it; where none is free in their window, the duty to book passes to the clinic.
pub(crate) async fn at_acceptance(
    unit: &mut Unit<'_>,
    case: &mut Case,
) -> Result<AtAcceptance, ServiceError> {
    let (organisation, service) = (case.organisation_id(), ServiceId(case.row.service_id));
    let holds = store::leave::booking_of(&*unit.tx, organisation, service)
        .await?
        .is_some_and(|row| row.holds_at_acceptance);
    let who = case.row.next_resource_id.map_or(String::new(), |id| id.to_string());
    let query = TimesQuery { who, ..TimesQuery::default() };
    let now = unit.call.now;
    let in_window = pass::window(case, now, now);
    // Whose window is over already cannot be seen in time any more, whoever books: the soonest time there is is the best that
    // anybody can do, and holding it is the answer. Where nothing is held, the clinic has the duty at once: it may squeeze
    // somebody in, the patient cannot.
    let window = match in_window {
        None if !holds || !hears_soon(case) => {
            Box::pin(pass::pass_on(unit, case)).await?;
            return Ok(AtAcceptance::ClinicBooks);
        }
        None => Window { from: now, to: now + FARTHEST },
        Some(window) => window,
    };
    // Nobody phones: the service's notice counts, as when the patient chooses.
    let own = Call::new(Actor::system("acceptance", unit.call.actor.request), unit.call.now);
    let best = Box::pin(best_times(unit.desk, &*unit.tx, &own, case, window, &query)).await?;
    let best = match in_window {
        Some(_) => best.first(),
        None => best.iter().min_by_key(|found| found.offer.slot.start),
    };
    let Some(first) = best else {
        Box::pin(pass::pass_on(unit, case)).await?;
        return Ok(AtAcceptance::ClinicBooks);
    };
    let (resource, start) = (first.resource, first.offer.slot.start);
    // A time that cannot be answered in time is left to whoever opens the page, or phones.
    if !holds || !hears_soon(case) || until(now, start, unit.desk.settings.offer_hours).is_err() {
        return otherwise(unit, case, in_window).await;
    }
    match Box::pin(offer_now(unit, case, resource, start)).await {
        // Somebody was quicker. The decision stands; the patient chooses among the others.
        Err(ServiceError::Conflict(Conflict::SlotTaken)) => otherwise(unit, case, in_window).await,
        other => other.map(|_| AtAcceptance::Offered),
    }
}

/// Nothing is held: the patient chooses, while a time in their window is free.
async fn otherwise(
    unit: &mut Unit<'_>,
    case: &mut Case,
    in_window: Option<Window>,
) -> Result<AtAcceptance, ServiceError> {
    if in_window.is_some() {
        return Ok(AtAcceptance::Chooses);
    }
    Box::pin(pass::pass_on(unit, case)).await?;
    Ok(AtAcceptance::ClinicBooks)
}

/// Until when an offer made now is held.
fn until(now: DateTime<Utc>, start: DateTime<Utc>, hours: i64) -> Result<DateTime<Utc>, ServiceError> {
    let until = (now + Duration::hours(hours)).min(start - BEFORE_VISIT);
    if until < now + SHORTEST {
        let remedy = "This time is too near to wait for an answer. Phone the patient and book it.";
        return Err(ServiceError::invalid("start", remedy));
    }
    Ok(until)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offer_ends_after_its_hours_but_before_the_visit() {
        let now: DateTime<Utc> = "2026-03-02T09:00:00Z".parse().expect("an instant");
        let check = |start: &str| {
            let start: DateTime<Utc> = start.parse().expect("an instant");
            until(now, start, 48).ok().map(|until| until.to_rfc3339_opts(chrono::SecondsFormat::Secs, true))
        };
        assert_eq!(check("2026-03-20T09:00:00Z").as_deref(), Some("2026-03-04T09:00:00Z"));
        assert_eq!(check("2026-03-03T09:00:00Z").as_deref(), Some("2026-03-03T07:00:00Z"));
        assert_eq!(check("2026-03-02T11:15:00Z"), None, "a quarter of an hour is too short");
        assert_eq!(check("2026-03-01T09:00:00Z"), None, "it is over");
    }
}

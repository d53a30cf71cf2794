//! Staff put a time before the patient: held until it is answered, or until its time is over.

use chrono::{DateTime, Duration, Utc};
use contract::{AppointmentView, HoldOutcome, SlotInput};
use domain::referral::{Act, State};
use domain::{ReferralId, ResourceId};
use serde_json::json;
use store::entity::appointment;

use super::held;
use super::hold::{Placing, alternatives, give_back, place, readable_slot};
use crate::outbox::Letter;
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
    let offered = async {
        let mut unit = match Unit::begin(desk, call, "offer", &(id, input)).await? {
            Begun::Fresh(unit) => unit,
            Begun::Repeated(answer) => return Ok(answer),
        };
        let mut case = unit.case(id).await?;
        unit.decide(&case, Act::Offer).await?;
        let until = until(call.now, start, desk.settings.offer_hours)?;
        if let Some(old) = held(&unit, &case).await? {
            give_back(&unit, old, "lapsed").await?;
        }
        let (view, letter) = put_before(&mut unit, &mut case, resource, start, until).await?.1;
        unit.tell_patient(&case, letter).await?;
        unit.finish(view).await
    };
    match offered.await {
        Err(ServiceError::Conflict(Conflict::SlotTaken)) => alternatives(desk, call, id, start).await,
        other => other.map(|appointment| HoldOutcome::Held { appointment }),
    }
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
    letter.facts.until = Some(until);
    letter.facts.place = view.place.clone();
    Ok((row, (view, letter)))
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

//! What the product does with letters by itself: it withholds what is out of date before anybody prints it, and says where no
//! letter can reach anybody, so that it goes by another way or a person sees to it (`dispatch::onward`).

use domain::delivery::DeliveryState;
use domain::letter::{AboutVisit, Matter, Outdated, outdated};
use domain::{Actor, OrganisationId, ReferralId};
use store::entity::message;
use store::messages::flight;
use store::print_queue::{Line, Pile};

use super::stuck;
use crate::ports::Template;
use crate::unit::{Begun, Unit, visible_case};
use crate::{Call, Desk, ServiceError, facts};

/// Letters of one organisation in one round.
const BATCH: u64 = 200;

/// Looks through all letters that wait for the printer; answers how many changed. Safe on many servers: each letter is a
/// command of its own, and what was done once is not done again.
pub async fn look_after(desk: &Desk, call: &Call) -> Result<u64, ServiceError> {
    let (db, now) = (desk.store.reader(), call.now.timestamp_millis());
    let mut changed = 0;
    for organisation in store::print_queue::organisations_waiting(db).await? {
        let organisation = OrganisationId(organisation);
        for pile in [Pile::ToPrint, Pile::Stuck] {
            let mut after = None;
            loop {
                let rows = store::print_queue::lines(db, organisation, pile, now, after, BATCH).await?;
                for row in &rows {
                    match one(desk, call, organisation, row).await {
                        Ok(is_changed) => changed += u64::from(is_changed),
                        // One that is broken must not keep the others waiting.
                        Err(error) => {
                            tracing::error!(letter = %row.id, %error, "a letter could not be looked after")
                        }
                    }
                }
                after = rows.last().map(|row| row.id);
                if (rows.len() as u64) < BATCH {
                    break;
                }
            }
        }
    }
    Ok(changed)
}

async fn one(
    desk: &Desk,
    call: &Call,
    organisation: OrganisationId,
    row: &Line,
) -> Result<bool, ServiceError> {
    let Begun::Fresh(unit) = Unit::begin::<_, ()>(desk, call, "look-after-letter", &row.id).await? else {
        return Ok(false);
    };
    let row = store::print_queue::by_ids(&*unit.tx, organisation, &[row.id]).await?.into_iter().next();
    let Some(row) = row.filter(|row| row.printed_at.is_none()) else {
        return Ok(false);
    };
    let message = store::print_queue::message(&*unit.tx, organisation, row.id).await?;
    let is_blank = |message: &message::Model| {
        message.state == "withheld" && message.needs_person.as_deref() == Some("unreachable")
    };
    let Some(message) = message.filter(|message| message.state == "pending" || is_blank(message)) else {
        return Ok(false);
    };
    let is_changed = if withhold_outdated(&unit, &row, &message).await? {
        true
    } else {
        let is_stuck = row.stuck.is_some() || is_blank(&message);
        match stuck(&row) {
            None if is_stuck => store::print_queue::unmark_stuck(&unit.tx, organisation, row.id).await?,
            None => false,
            // Nobody has to see to it any more: the same went by another way.
            Some(_) if is_stuck && message.needs_person.is_none() => {
                let now = call.now.timestamp_millis();
                let why = "it goes by another way";
                store::print_queue::withhold(&unit.tx, organisation, row.id, now, why).await?
            }
            Some(_) if is_stuck => false,
            Some(why) => {
                let now = call.now.timestamp_millis();
                store::print_queue::mark_stuck(&unit.tx, organisation, row.id, why, now).await?
            }
        }
    };
    if is_changed {
        unit.finish(()).await?;
    }
    Ok(is_changed)
}

/// Withholds a letter that is out of date; answers whether it was.
pub(super) async fn withhold_outdated(
    unit: &Unit<'_>,
    row: &Line,
    message: &message::Model,
) -> Result<bool, ServiceError> {
    let Some(template) = Template::from_code(&message.template) else {
        return Ok(false);
    };
    let matter = matter(unit, row, message).await?;
    let Some(why) = outdated(template, &matter, unit.call.now) else {
        return Ok(false);
    };
    let organisation = OrganisationId(message.organisation_id);
    let now = unit.call.now.timestamp_millis();
    let is_withheld = store::print_queue::withhold(&unit.tx, organisation, row.id, now, why.code()).await?;
    if is_withheld {
        happened(unit, message, "withheld", DeliveryState::Withheld, why.code()).await?;
        // Nobody printed it in time, and the visit is still ahead.
        if why == Outdated::Expired && template.reminds_of_visit() {
            flight::need_person(&unit.tx, &[message.id], "too-late").await?;
        }
    }
    Ok(is_withheld)
}

async fn matter(unit: &Unit<'_>, row: &Line, message: &message::Model) -> Result<Matter, ServiceError> {
    let mut matter = Matter {
        has_died: false,
        expires: message.expires_at.map(facts::instant),
        visit: None,
        has_booked: false,
        is_over: false,
    };
    let Some(referral) = row.referral_id.map(ReferralId) else {
        return Ok(matter);
    };
    let system = Call::new(Actor::system("letters", unit.call.actor.request), unit.call.now);
    if let Some(case) = visible_case(&*unit.tx, &system, referral).await? {
        matter.has_died = case.patient.deceased;
        matter.is_over = case.state.is_ended();
        let visits = store::appointments::of_referral(&*unit.tx, case.organisation_id(), referral).await?;
        matter.has_booked = visits.iter().any(|visit| visit.state == "booked");
        // Where the message does not name its visit, its cause does.
        let of_letter = visits.iter().find(|visit| match message.appointment_id {
            Some(id) => visit.id == id,
            None => message.dedupe_key.contains(&visit.id.to_string()),
        });
        matter.visit = of_letter.map(|visit| AboutVisit {
            start: facts::instant(visit.start_at),
            is_booked: visit.state == "booked",
            is_held: visit.state == "held",
        });
    }
    Ok(matter)
}

/// Writes what happened to a letter, for its trace.
pub(super) async fn happened(
    unit: &Unit<'_>,
    message: &message::Model,
    what: &'static str,
    state: DeliveryState,
    detail: &str,
) -> Result<(), ServiceError> {
    let line = crate::dispatch::told(message, unit.call.now, what, state, detail);
    Ok(store::messages::add_attempts(&unit.tx, &[line]).await?)
}

//! What people do with letters: print, post, and the way back of each.

use contract::{LetterAct, Printed};
use domain::delivery::DeliveryState;
use domain::{MessageId, OrganisationId, PatientId};
use store::entity::message;
use store::print_queue::Line;
use uuid::Uuid;

use super::{care, coordinator, stuck, touched};
use crate::unit::{Begun, Unit};
use crate::{Call, Conflict, Desk, ServiceError, ids};

/// Letters of one print.
const MOST: usize = 200;
/// Why a letter did not arrive, as the log of messages says it.
const RETURNED: &str = "the post brought it back";

/// Marks letters as printed that somebody is about to print. What is out of date by now is withheld, what has no address
/// stays for whoever was asked to see to it. Coordinators.
pub async fn print(desk: &Desk, call: &Call, chosen: &[String]) -> Result<Printed, ServiceError> {
    let organisation = coordinator(call)?;
    let mut unit = match Unit::begin(desk, call, "print-letters", &chosen).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let chosen: Vec<Uuid> = chosen.iter().filter_map(|id| id.parse().ok()).take(MOST).collect();
    if chosen.is_empty() {
        return Err(ServiceError::invalid("chosen", "Tick the letters that you want to print."));
    }
    let batch = ids::fresh(call.now);
    let mut done = Printed { batch: None, printed: 0, withheld: 0, stuck: 0, gone: 0 };
    let now = call.now.timestamp_millis();
    for row in store::print_queue::by_ids(&*unit.tx, organisation, &chosen).await? {
        let Some(message) = pending(&unit, organisation, &row).await? else {
            match stuck(&row) {
                Some(_) => done.stuck += 1,
                None => done.gone += 1,
            }
            continue;
        };
        if care::withhold_outdated(&unit, &row, &message).await? {
            done.withheld += 1;
        } else if stuck(&row).is_some() {
            done.stuck += 1;
        } else if store::print_queue::mark_printed(
            &unit.tx,
            organisation,
            row.id,
            batch,
            now,
            &call.actor.label(),
        )
        .await?
        {
            done.printed += 1;
            care::happened(&unit, &message, "printed", DeliveryState::Pending, &call.actor.label()).await?;
            unit.record("print-letter", &touched(organisation, &row));
        } else {
            done.gone += 1;
        }
    }
    done.batch = (done.printed > 0).then(|| batch.to_string());
    unit.finish(done).await
}

/// Does one act to one letter. Coordinators.
///
/// Errors: `Conflict` where it is not possible any more: somebody else was quicker.
pub async fn act(desk: &Desk, call: &Call, id: MessageId, what: LetterAct) -> Result<(), ServiceError> {
    let organisation = coordinator(call)?;
    let mut unit = match Unit::begin(desk, call, "letter", &(id, what)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let row = store::print_queue::by_ids(&*unit.tx, organisation, &[id.0]).await?.into_iter().next();
    let row = row.ok_or(ServiceError::NotFound)?;
    unit.attempts(touched(organisation, &row));
    if !one(&mut unit, organisation, &row, what).await? {
        return Err(Conflict::Stale.into());
    }
    unit.finish(()).await
}

/// Does one act to all letters of a print for which it is possible; answers to how many. Coordinators.
pub async fn act_on_batch(
    desk: &Desk,
    call: &Call,
    batch: &str,
    what: LetterAct,
) -> Result<usize, ServiceError> {
    let organisation = coordinator(call)?;
    let batch: Uuid = batch.parse().map_err(|_| ServiceError::NotFound)?;
    let mut unit = match Unit::begin(desk, call, "letter-batch", &(batch, what)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let rows = store::print_queue::of_batch(&*unit.tx, organisation, batch).await?;
    if rows.is_empty() {
        return Err(ServiceError::NotFound);
    }
    let mut done = 0;
    for row in rows {
        if one(&mut unit, organisation, &row, what).await? {
            done += 1;
        }
    }
    if done == 0 {
        return Err(Conflict::Stale.into());
    }
    unit.finish(done).await
}

async fn one(
    unit: &mut Unit<'_>,
    organisation: OrganisationId,
    row: &Line,
    what: LetterAct,
) -> Result<bool, ServiceError> {
    let (now, by) = (unit.call.now.timestamp_millis(), unit.call.actor.label());
    let (tx, id) = (&unit.tx, row.id);
    let (is_done, step) = match what {
        LetterAct::Posted => {
            (store::print_queue::mark_posted(tx, organisation, id, now, &by).await?, "posted")
        }
        LetterAct::NotPosted => {
            (store::print_queue::unmark_posted(tx, organisation, id).await?, "not-posted")
        }
        LetterAct::NotPrinted => {
            (store::print_queue::unmark_printed(tx, organisation, id).await?, "not-printed")
        }
        LetterAct::Returned => {
            (store::print_queue::mark_returned(tx, organisation, id, now, &by, RETURNED).await?, "returned")
        }
        LetterAct::ToldOtherwise => {
            let why = format!("told in another way, says {by}");
            (store::print_queue::withhold(tx, organisation, id, now, &why).await?, "given-up")
        }
    };
    if !is_done {
        return Ok(false);
    }
    if let Some(message) = store::print_queue::message(&**tx, organisation, id).await? {
        let state = DeliveryState::from_code(&message.state).unwrap_or(DeliveryState::Pending);
        care::happened(unit, &message, step, state, &by).await?;
    }
    if what == LetterAct::Returned {
        came_back(unit, row, now, &by).await?;
    }
    unit.record(command(what), &touched(organisation, row));
    Ok(true)
}

/// The address is marked. That somebody finds the right one is asked of them as for every message that did not arrive.
async fn came_back(unit: &mut Unit<'_>, row: &Line, now: i64, by: &str) -> Result<(), ServiceError> {
    let patient = row.patient_organisation_id.map(OrganisationId).zip(row.patient_id.map(PatientId));
    if let (Some(patient), true) = (patient, row.recipient.starts_with("patient:")) {
        store::print_queue::note_returned(&unit.tx, patient, row.goes_to(), now, by).await?;
    }
    Ok(())
}

/// What the audit calls it.
fn command(what: LetterAct) -> &'static str {
    match what {
        LetterAct::Posted => "post-letter",
        LetterAct::NotPosted => "unpost-letter",
        LetterAct::NotPrinted => "unprint-letter",
        LetterAct::Returned => "letter-returned",
        LetterAct::ToldOtherwise => "told-otherwise",
    }
}

/// The message behind a letter that waits for the printer and is due.
async fn pending(
    unit: &Unit<'_>,
    organisation: OrganisationId,
    row: &Line,
) -> Result<Option<message::Model>, ServiceError> {
    let message = store::print_queue::message(&*unit.tx, organisation, row.id).await?;
    let now = unit.call.now.timestamp_millis();
    Ok(message
        .filter(|message| message.state == "pending" && message.due_at <= now && row.printed_at.is_none()))
}

//! What people do with a sending: write it, look again, confirm, agree, hold it back, end it.

use std::time::Duration;

use contract::{ToManyConfirmed, ToManyInput};
use domain::template::may_approve;
use domain::to_many::{Agreed, Purpose, Stage, Step, agreed, next};
use domain::{OrganisationId, PersonId, Principal, Role};
use store::entity::{campaign, organisation};
use uuid::Uuid;

use super::{form, id_of, purpose, sender, set, stage, touched};
use crate::outbox::decent;
use crate::unit::{Begun, Unit};
use crate::{Call, Conflict, Desk, ServiceError, admin, clock, dispatch, facts, ids};

/// Who may write to many, and so agree.
pub(super) const SENDERS: [Role; 2] = [Role::Coordinator, Role::Administrator];
/// How often a step is tried again that met dispatchers on its way.
const ATTEMPTS: usize = 5;
/// Longest wait for what was being handed over when a sending was cancelled.
const PATIENCE: Duration = Duration::from_secs(60);

/// Writes a sending down, and works out who would get what; nothing is sent. Coordinators and administrators.
///
/// Errors: `Invalid` names every field that cannot be so.
pub async fn make(desk: &Desk, call: &Call, input: &ToManyInput) -> Result<String, ServiceError> {
    let organisation = sender(call)?;
    let mut unit = match Unit::begin(desk, call, "make-campaign", input).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let house = house(&unit, organisation).await?;
    let blank = campaign::Model {
        organisation_id: organisation.0,
        id: ids::fresh(call.now),
        name: String::new(),
        purpose: Purpose::Care.code().to_owned(),
        words: "[]".to_owned(),
        others: "house".to_owned(),
        letters: false,
        told_hours: 0,
        filter: "{}".to_owned(),
        start_at: None,
        per_minute: None,
        state: Stage::Draft.code().to_owned(),
        version: 0,
        set_hash: String::new(),
        previewed_at: call.now.timestamp_millis(),
        recipients: 0,
        left_out: 0,
        difference: None,
        made_at: call.now.timestamp_millis(),
        made_by: person(call).map(|person| person.0),
        made_by_name: call.actor.label(),
        confirmed_at: None,
        confirmed_by: None,
        confirmed_by_name: None,
        approved_at: None,
        approved_by_name: None,
        next_due_at: None,
        ended_at: None,
        ended_by_name: None,
    };
    let mut row = form::read(desk, &*unit.tx, call, input, (blank, &house)).await?;
    let worked = set::work_out(desk, &*unit.tx, call, &row, &house).await?;
    worked.keep(&mut row, call.now);
    store::campaigns::insert(&unit.tx, row.clone()).await?;
    store::campaigns::replace(&unit.tx, &row, worked.rows).await?;
    unit.record("make-campaign", &touched(&row));
    unit.finish(row.id.to_string()).await
}

/// Writes it anew, and works out anew who would get what. Coordinators and administrators.
///
/// Errors: `Invalid` as [`make`]; `SendingMoved` once it is confirmed; `PreviewChanged` when somebody else changed it meanwhile.
pub async fn change(desk: &Desk, call: &Call, id: &str, input: &ToManyInput) -> Result<(), ServiceError> {
    let organisation = sender(call)?;
    let id = id_of(id)?;
    let mut unit = match Unit::begin(desk, call, "change-campaign", &(id, input)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let row = taken(&unit, organisation, id).await?;
    is_draft(&row)?;
    same_version(&row, &input.version)?;
    let house = house(&unit, organisation).await?;
    let row = form::read(desk, &*unit.tx, call, input, (row, &house)).await?;
    looked(&mut unit, row, &house).await?;
    unit.finish(()).await
}

/// Does one step. `version` and `seen` are of what was shown. Coordinators and administrators; who confirmed does not agree as the
/// second person while there is somebody else.
///
/// Errors: `SendingMoved` where it is not possible from there; `PreviewChanged` when somebody changed it meanwhile;
/// `NobodyToSendTo`; `NotAllowed` for who may not be the second person.
pub async fn act(
    desk: &Desk,
    call: &Call,
    id: &str,
    step: &str,
    shown: (&str, &str),
) -> Result<ToManyConfirmed, ServiceError> {
    for _ in 0..ATTEMPTS {
        match once(desk, call, id, step, shown).await {
            // Holding back takes many rows that dispatchers take as well, in an order of their own: PostgreSQL ends one of the two.
            Err(ServiceError::Broken(why)) if why.contains("deadlock") => {
                tracing::warn!(campaign = %id, "two wanted the same messages; trying again");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            answer => return answer,
        }
    }
    once(desk, call, id, step, shown).await
}

async fn once(
    desk: &Desk,
    call: &Call,
    id: &str,
    step: &str,
    (version, seen): (&str, &str),
) -> Result<ToManyConfirmed, ServiceError> {
    let organisation = sender(call)?;
    let id = id_of(id)?;
    let mut unit = match Unit::begin(desk, call, "step-of-campaign", &(id, step, version, seen)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let row = taken(&unit, organisation, id).await?;
    let Some(step) = Step::from_code(step) else {
        // Whoever looks again changes nothing else.
        is_draft(&row)?;
        let house = house(&unit, organisation).await?;
        looked(&mut unit, row, &house).await?;
        return unit.finish(ToManyConfirmed::Goes).await;
    };
    match step {
        Step::Confirm | Step::Approve => agree(unit, row, step, (version, seen)).await,
        Step::GiveBack => {
            let row = moved(row, step, Agreed::ByOne)?;
            let row = campaign::Model { version: row.version + 1, confirmed_at: None, ..row };
            saved(&mut unit, row, "give-back-campaign").await?;
            unit.finish(ToManyConfirmed::Goes).await
        }
        Step::Pause => {
            let row = moved(row, step, Agreed::ByOne)?;
            store::campaigns::hold(&unit.tx, &row).await?;
            saved(&mut unit, row, "pause-campaign").await?;
            unit.finish(ToManyConfirmed::Goes).await
        }
        Step::Resume => {
            let mut row = moved(row, step, Agreed::ByOne)?;
            let now = call.now.timestamp_millis();
            row.next_due_at = Some(row.next_due_at.map_or(now, |due| due.max(now)));
            store::campaigns::let_go(&unit.tx, &row, now).await?;
            saved(&mut unit, row, "resume-campaign").await?;
            unit.finish(ToManyConfirmed::Goes).await
        }
        Step::Cancel => cancel(unit, row).await,
        // These it does by itself.
        Step::Begin | Step::Finish => Err(ServiceError::NotFound),
    }
}

/// Confirms what was shown, if it still is what would be sent; else shows it anew, with what is different.
async fn agree(
    mut unit: Unit<'_>,
    row: campaign::Model,
    step: Step,
    (version, seen): (&str, &str),
) -> Result<ToManyConfirmed, ServiceError> {
    let (desk, call) = (unit.desk, unit.call);
    let organisation = OrganisationId(row.organisation_id);
    let house = house(&unit, organisation).await?;
    let others = admin::holders(&*unit.tx, organisation, &SENDERS, call.now).await?;
    let me = person(call).ok_or(ServiceError::NotAllowed)?;
    let mut need = agreed(usize::try_from(row.recipients).unwrap_or(usize::MAX), house.approve_many_above);
    // Who is alone has nobody to ask.
    if may_approve(Some(me), me, &others) {
        need = Agreed::ByOne;
    }
    let mut after = moved(row.clone(), step, need)?;
    if step == Step::Approve && !may_approve(row.confirmed_by.map(PersonId), me, &others) {
        return Err(ServiceError::NotAllowed);
    }
    same_version(&row, version)?;
    if seen != row.set_hash {
        return Err(Conflict::PreviewChanged.into());
    }
    let worked = set::work_out(desk, &*unit.tx, call, &row, &house).await?;
    if worked.hash != row.set_hash {
        let before = store::campaigns::everybody(&*unit.tx, &row).await?;
        let different = set::difference(&before, &worked.rows);
        let mut row = campaign::Model {
            state: Stage::Draft.code().to_owned(),
            difference: serde_json::to_string(&different).ok(),
            ..row
        };
        worked.keep(&mut row, call.now);
        store::campaigns::replace(&unit.tx, &row, worked.rows).await?;
        saved(&mut unit, row, "look-at-campaign").await?;
        return unit.finish(ToManyConfirmed::Differs).await;
    }
    if row.recipients == 0 {
        return Err(Conflict::NobodyToSendTo.into());
    }
    let now = call.now.timestamp_millis();
    let (action, answer) = match (step, stage(&after)?) {
        (_, Stage::Awaiting) => ("confirm-campaign", ToManyConfirmed::Waits),
        (Step::Approve, _) => {
            after.approved_at = Some(now);
            after.approved_by_name = Some(call.actor.label());
            ("approve-campaign", ToManyConfirmed::Goes)
        }
        _ => ("confirm-campaign", ToManyConfirmed::Goes),
    };
    if step == Step::Confirm {
        after.confirmed_at = Some(now);
        after.confirmed_by = Some(me.0);
        after.confirmed_by_name = Some(call.actor.label());
    }
    after.difference = None;
    let start = facts::instant(after.start_at.map_or(now, |start| start.max(now)));
    after.next_due_at = Some(decent(start, super::zone_of(&house), desk.settings.quiet).timestamp_millis());
    saved(&mut unit, after, action).await?;
    unit.finish(answer).await
}

/// Ends it: what has not left never will. When it answers, none of it is on its way any more.
async fn cancel(mut unit: Unit<'_>, row: campaign::Model) -> Result<ToManyConfirmed, ServiceError> {
    let (desk, call) = (unit.desk, unit.call);
    let mut row = moved(row, Step::Cancel, Agreed::ByOne)?;
    row.ended_at = Some(call.now.timestamp_millis());
    row.ended_by_name = Some(call.actor.label());
    let why = format!("the sending to many was cancelled by {}", call.actor.label());
    let at = clock::now().max(call.now);
    let held = store::campaigns::withhold(&unit.tx, &row, at.timestamp_millis(), &why).await?;
    let happened: Vec<_> = held
        .into_iter()
        .map(|id| {
            let of = store::entity::message::Model {
                id,
                ..crate::outbox::blank(OrganisationId(row.organisation_id), at)
            };
            dispatch::told(&of, at, "withheld", domain::delivery::DeliveryState::Withheld, why.as_str())
        })
        .collect();
    store::messages::add_attempts(&unit.tx, &happened).await?;
    store::campaigns::drop_rest(&unit.tx, &row, "cancelled").await?;
    saved(&mut unit, row.clone(), "cancel-campaign").await?;
    let answer = unit.finish(ToManyConfirmed::Goes).await?;
    let begun = std::time::Instant::now();
    while begun.elapsed() < PATIENCE {
        let now = clock::now().timestamp_millis();
        if store::campaigns::leaving(desk.store.reader(), &row, now).await? == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(answer)
}

/// Works out anew who would get what.
async fn looked(
    unit: &mut Unit<'_>,
    mut row: campaign::Model,
    house: &organisation::Model,
) -> Result<(), ServiceError> {
    // The words say dates as they read now.
    row.previewed_at = unit.call.now.timestamp_millis();
    row.difference = None;
    let worked = set::work_out(unit.desk, &*unit.tx, unit.call, &row, house).await?;
    worked.keep(&mut row, unit.call.now);
    store::campaigns::replace(&unit.tx, &row, worked.rows).await?;
    saved(unit, row, "look-at-campaign").await
}

async fn saved(unit: &mut Unit<'_>, row: campaign::Model, action: &str) -> Result<(), ServiceError> {
    // Purpose and stage were read from codes that are known.
    purpose(&row)?;
    unit.record(action, &touched(&row));
    Ok(store::campaigns::save(&unit.tx, row).await?)
}

async fn taken(
    unit: &Unit<'_>,
    organisation: OrganisationId,
    id: Uuid,
) -> Result<campaign::Model, ServiceError> {
    let row = store::campaigns::take(&unit.tx, organisation, id).await?.ok_or(ServiceError::NotFound)?;
    unit.attempts(touched(&row));
    Ok(row)
}

async fn house(unit: &Unit<'_>, organisation: OrganisationId) -> Result<organisation::Model, ServiceError> {
    store::directory::organisation(&*unit.tx, organisation).await?.ok_or(ServiceError::NotFound)
}

/// Where the step leads.
pub(super) fn moved(row: campaign::Model, step: Step, need: Agreed) -> Result<campaign::Model, ServiceError> {
    let from = stage(&row)?;
    match next(from, step, need) {
        Some(to) => Ok(campaign::Model { state: to.code().to_owned(), ..row }),
        None => Err(Conflict::SendingMoved { stage: from }.into()),
    }
}

fn is_draft(row: &campaign::Model) -> Result<(), ServiceError> {
    match stage(row)? {
        Stage::Draft => Ok(()),
        stage => Err(Conflict::SendingMoved { stage }.into()),
    }
}

fn same_version(row: &campaign::Model, version: &str) -> Result<(), ServiceError> {
    match version.parse() == Ok(row.version) {
        true => Ok(()),
        false => Err(Conflict::PreviewChanged.into()),
    }
}

pub(super) fn person(call: &Call) -> Option<PersonId> {
    match &call.actor.principal {
        Principal::Staff { person, .. } => Some(*person),
        _ => None,
    }
}

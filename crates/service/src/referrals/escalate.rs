//! What nobody did in time: a named person is told and owns it.

use chrono::{DateTime, Utc};
use domain::calendar_days::working_days_after;
use domain::notice::StaffNotice;
use domain::referral::{Act, Side};
use domain::{OrganisationId, PersonId, ReferralId, Role};
use serde_json::json;
use store::entity::person;

use crate::unit::{Begun, Case, Unit};
use crate::{Call, Conflict, Desk, ServiceError, facts};

/// Referrals of one round.
const BATCH: u64 = 100;

/// Escalates what became overdue; answers how many. First to whoever answers for the service, and when that helped
/// nothing within the organisation's days, to whoever leads it. Safe on many servers: each is a command of its own.
pub async fn escalate_overdue(desk: &Desk, call: &Call) -> Result<u64, ServiceError> {
    let mut done = 0;
    let rows = store::referrals::to_escalate(desk.store.reader(), call.now.timestamp_millis(), BATCH).await?;
    for id in rows {
        match one(desk, call, ReferralId(id)).await {
            Ok(true) => done += 1,
            // Somebody acted meanwhile, or another server was quicker.
            Ok(false) | Err(ServiceError::Conflict(Conflict::Stale | Conflict::State { .. })) => {}
            // One that is broken must not keep the others silent.
            Err(error) => tracing::error!(referral = %id, %error, "a breach could not be escalated"),
        }
    }
    Ok(done)
}

async fn one(desk: &Desk, call: &Call, id: ReferralId) -> Result<bool, ServiceError> {
    let mut unit = match Unit::begin(desk, call, "escalate", &id).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let mut case = unit.case(id).await?;
    let Some(due) = case.row.due_at.filter(|due| *due < call.now.timestamp_millis()) else {
        return unit.finish(false).await;
    };
    if case.row.escalation > 0 && call.now < again(&case, due)? {
        return unit.finish(false).await;
    }
    let level = case.row.escalation + 1;
    let ours = Side::Receiving.owns(case.row.owner_organisation_id, case.row.organisation_id);
    let chosen = match (ours, level) {
        // The referring side's own clinician answers for it; there is nobody above in this product's knowledge.
        (false, _) => case.row.referrer_id.map(|id| (OrganisationId(case.row.referrer_organisation_id), id)),
        (true, 1) => lead(&unit, &case).await?.map(|row| (case.organisation_id(), row.id)),
        (true, _) => head(&unit, &case).await?.map(|row| (case.organisation_id(), row.id)),
    };
    let person = match chosen {
        Some((organisation, id)) => store::people::find(&*unit.tx, organisation, PersonId(id)).await?,
        None => None,
    };
    let name = person.as_ref().map(|person| person.name.clone());
    let detail = json!({ "level": level, "due": facts::instant(due), "name": name });
    unit.apply(&mut case, Act::Escalate, None, None, detail).await?;
    case.row.escalation = level;
    case.row.escalated_at = Some(call.now.timestamp_millis());
    if let Some(person) = &person {
        case.row.owner_person_id = Some(person.id);
        case.row.owner_name = Some(person.name.clone());
    }
    store::referrals::update(&unit.tx, case.row.clone()).await?;
    case.row.version += 1;
    if let Some(person) = person {
        let cause = format!("escalate:{}:{}:{level}", case.row.id, due);
        let organisation = OrganisationId(person.organisation_id);
        unit.tell_person(&case, organisation, PersonId(person.id), StaffNotice::Overdue, &cause).await?;
    }
    unit.finish(true).await
}

/// When a breach that was escalated once is escalated again.
fn again(case: &Case, due: i64) -> Result<DateTime<Utc>, ServiceError> {
    let clocks = case.clocks();
    let since = facts::instant(case.row.escalated_at.unwrap_or(due));
    Ok(working_days_after(since, clocks.escalate_days.max(1), case.zone(), &clocks.holidays))
}

/// Whoever sees a breach first: the person named for the service, else the first coordinator.
pub(crate) async fn lead(unit: &Unit<'_>, case: &Case) -> Result<Option<person::Model>, ServiceError> {
    let organisation = case.organisation_id();
    if let Some(id) = case.service.escalate_to {
        let named = store::people::find(&*unit.tx, organisation, PersonId(id)).await?;
        if let Some(named) = named.filter(|person| person.status == "active") {
            return Ok(Some(named));
        }
    }
    first_with(unit, organisation, Role::Coordinator).await
}

/// Whoever sees a breach that was escalated and still stands: the person named for the organisation, else the first
/// administrator.
async fn head(unit: &Unit<'_>, case: &Case) -> Result<Option<person::Model>, ServiceError> {
    let organisation = case.organisation_id();
    if let Some(id) = case.organisation.escalate_to {
        let named = store::people::find(&*unit.tx, organisation, PersonId(id)).await?;
        if let Some(named) = named.filter(|person| person.status == "active") {
            return Ok(Some(named));
        }
    }
    first_with(unit, organisation, Role::Administrator).await
}

async fn first_with(
    unit: &Unit<'_>,
    organisation: OrganisationId,
    role: Role,
) -> Result<Option<person::Model>, ServiceError> {
    let all = store::people::with_roles(&*unit.tx, organisation).await?;
    let first = all.into_iter().find(|person| person.status == "active" && person.role == role.code());
    match first {
        Some(first) => Ok(store::people::find(&*unit.tx, organisation, PersonId(first.id)).await?),
        None => Ok(None),
    }
}

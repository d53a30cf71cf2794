//! Giving a referral to a named colleague, or back to the team.

use contract::{AssignInput, BulkOutcome, WorklistPage};
use domain::notice::StaffNotice;
use domain::policy::{Capability, may};
use domain::referral::Act;
use domain::{OrganisationId, PersonId, Principal, ReferralId};
use serde_json::json;

use super::fitting_text;
use crate::unit::{Begun, Unit};
use crate::{Call, Desk, ServiceError, facts};

/// Most referrals that one command touches.
pub const BULK: usize = 200;

/// Makes a colleague of the receiving side the owner; an empty person gives it back to the team. The colleague is told.
pub async fn assign(
    desk: &Desk,
    call: &Call,
    id: ReferralId,
    input: &AssignInput,
) -> Result<(), ServiceError> {
    let mut unit = match Unit::begin(desk, call, "assign", &(id, input)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let mut case = unit.case(id).await?;
    unit.decide(&case, Act::Assign).await?;
    unit.same_version(&case, input.version)?;
    let note = fitting_text("text", &input.text)?;
    let chosen = chosen(&unit, case.organisation_id(), &input.person).await?;
    let (name, person) = match &chosen {
        Some(person) => (person.name.clone(), Some(person.id)),
        None => (case.service.team.clone(), None),
    };
    let detail = json!({ "owner": person, "name": name });
    unit.apply(&mut case, Act::Assign, Some(note), None, detail).await?;
    case.row.owner_person_id = person;
    case.row.owner_name = Some(name);
    store::referrals::update(&unit.tx, case.row.clone()).await?;
    case.row.version += 1;
    if let Some(person) = chosen.filter(|person| !is_me(call, person.id)) {
        let cause = format!("assign:{}:{}", case.row.id, case.row.version);
        let organisation = OrganisationId(person.organisation_id);
        unit.tell_person(&case, organisation, PersonId(person.id), StaffNotice::Assigned, &cause).await?;
    }
    unit.finish(()).await
}

/// Assigns many at once. Each is a command of its own: what cannot be assigned is named and left as it is.
pub async fn assign_all(
    desk: &Desk,
    call: &Call,
    ids: &[ReferralId],
    person: &str,
) -> Result<BulkOutcome, ServiceError> {
    super::bulk::each(desk, call, ids, |call, id, version| async move {
        let input = AssignInput { version, person: person.to_owned(), text: String::new() };
        assign(desk, &call, id, &input).await
    })
    .await
}

/// What one colleague owns, before it is handed to another or to the team: for leave. Coordinators. The most pressing
/// first, at most [`BULK`]; `next` says that there is more.
pub async fn owned(desk: &Desk, call: &Call, from: &str, to: &str) -> Result<WorklistPage, ServiceError> {
    let (organisation, from) = whose(call, from, to)?;
    let ids = store::referrals::owned_by(desk.store.reader(), organisation, from, BULK as u64 + 1).await?;
    let mut page = super::worklist::those(desk, call, &ids[..ids.len().min(BULK)]).await?;
    page.next = ids.get(BULK).map(|id| id.to_string());
    Ok(page)
}

/// Gives what one colleague owns to another, or to the team. Coordinators. Touches what they `seen`, as far as it is
/// still that colleague's: what came in meanwhile stays until somebody has looked at it.
pub async fn hand_over(
    desk: &Desk,
    call: &Call,
    from: &str,
    to: &str,
    seen: &[ReferralId],
) -> Result<BulkOutcome, ServiceError> {
    let (organisation, from) = whose(call, from, to)?;
    let owned =
        store::referrals::owned_by(desk.store.reader(), organisation, from, u64::from(u32::MAX)).await?;
    let ids: Vec<ReferralId> = seen.iter().copied().filter(|id| owned.contains(&id.0)).collect();
    assign_all(desk, call, &ids, to).await
}

fn whose(call: &Call, from: &str, to: &str) -> Result<(OrganisationId, PersonId), ServiceError> {
    let organisation = match (&call.actor.principal, may(&call.actor.principal, Capability::HandOver)) {
        (Principal::Staff { organisation, .. }, true) => *organisation,
        _ => return Err(ServiceError::NotAllowed),
    };
    let person =
        from.parse().map_err(|_| ServiceError::invalid("from", "Choose a colleague from the list."))?;
    if from == to {
        return Err(ServiceError::invalid("to", "Choose somebody else than the one who gives away."));
    }
    Ok((organisation, person))
}

async fn chosen(
    unit: &Unit<'_>,
    organisation: OrganisationId,
    person: &str,
) -> Result<Option<store::entity::person::Model>, ServiceError> {
    if person.is_empty() {
        return Ok(None);
    }
    let unknown = || ServiceError::invalid("person", "Choose a colleague from the list, or the team.");
    let id: PersonId = person.parse().map_err(|_| unknown())?;
    let found = store::people::find(&*unit.tx, organisation, id).await?.ok_or_else(unknown)?;
    let roles = store::people::roles(&*unit.tx, &found).await?;
    let works = roles.iter().any(|role| facts::works_referrals(role));
    if found.status == "active" && works { Ok(Some(found)) } else { Err(unknown()) }
}

fn is_me(call: &Call, id: uuid::Uuid) -> bool {
    matches!(&call.actor.principal, Principal::Staff { person, .. } if person.0 == id)
}

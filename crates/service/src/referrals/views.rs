//! Filters of a list that people keep under a name: each for themselves, coordinators for everybody. The address stays the
//! truth; a view is an address with a name.

use contract::{SavedView, SavedViewInput, WorklistQuery};
use domain::policy::{Capability, may};
use domain::{OrganisationId, PersonId, Principal};
use store::StoreError;
use store::entity::saved_view;
use store::referrals::Side;

use super::required_text;
use crate::audit::Touched;
use crate::unit::{Begun, Unit};
use crate::{Call, Desk, ServiceError, ids};

/// Views that one person may keep.
const MOST: u64 = 50;
/// Characters of a name.
const LONGEST_NAME: usize = 60;

/// Keeps the filters of a list under a name. Whoever may see the list; for everybody: coordinators.
///
/// Errors: `Invalid` names `name` when it is missing, too long or taken.
pub async fn save_view(
    desk: &Desk,
    call: &Call,
    side: Side,
    query: &WorklistQuery,
    input: &SavedViewInput,
) -> Result<(), ServiceError> {
    let (organisation, person) = who(call, side)?;
    let mut unit = match Unit::begin(desk, call, "save-view", &(list(side), query, input)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let name = checked_name(&input.name)?;
    if query.kept() == WorklistQuery::default() {
        return Err(ServiceError::invalid(
            "name",
            "Choose a state or a filter first: without one, this is the whole list. Words that are searched for are not kept.",
        ));
    }
    if store::views::number(&*unit.tx, organisation, person).await? >= MOST {
        return Err(ServiceError::invalid(
            "name",
            format!("You keep {MOST} views already. Remove one first."),
        ));
    }
    let row = saved_view::Model {
        organisation_id: organisation.0,
        id: ids::fresh(call.now),
        person_id: person.0,
        list: list(side).to_owned(),
        name: name.to_owned(),
        query: serde_json::to_string(&query.kept())
            .map_err(|error| ServiceError::Broken(error.to_string()))?,
        audience: audience(call, input)?.to_owned(),
        created_at: call.now.timestamp_millis(),
    };
    let id = row.id;
    store::views::insert(&unit.tx, row).await.map_err(taken)?;
    unit.record("save-view", &touched(organisation, id));
    unit.finish(()).await
}

/// Gives a view another name or audience. Whoever saved it; a shared one: every coordinator.
pub async fn rename_view(
    desk: &Desk,
    call: &Call,
    id: &str,
    input: &SavedViewInput,
) -> Result<(), ServiceError> {
    let mut unit = match Unit::begin(desk, call, "rename-view", &(id, input)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let mut row = changeable(&unit, id).await?;
    row.name = checked_name(&input.name)?.to_owned();
    row.audience = audience(call, input)?.to_owned();
    let (organisation, id) = (OrganisationId(row.organisation_id), row.id);
    store::views::update(&unit.tx, row).await.map_err(taken)?;
    unit.record("rename-view", &touched(organisation, id));
    unit.finish(()).await
}

/// Forgets a view. Whoever saved it; a shared one: every coordinator.
pub async fn remove_view(desk: &Desk, call: &Call, id: &str) -> Result<(), ServiceError> {
    let mut unit = match Unit::begin(desk, call, "remove-view", &id).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let row = changeable(&unit, id).await?;
    store::views::remove(&unit.tx, &row).await?;
    unit.record("remove-view", &touched(OrganisationId(row.organisation_id), row.id));
    unit.finish(()).await
}

/// The views of a list that whoever calls can use, by name.
pub(super) async fn views(
    db: &impl store::Db,
    call: &Call,
    side: Side,
) -> Result<Vec<SavedView>, ServiceError> {
    let Principal::Staff { organisation, person, .. } = call.actor.principal else {
        return Ok(Vec::new());
    };
    let rows = store::views::of_list(db, organisation, person, list(side)).await?;
    Ok(rows
        .into_iter()
        .map(|row| SavedView {
            id: row.id.to_string(),
            may_change: may_change(call, &row),
            is_shared: row.audience == "all",
            // A filter that a newer server wrote shows what this one understands of it.
            query: serde_json::from_str(&row.query).unwrap_or_default(),
            name: row.name,
        })
        .collect())
}

fn list(side: Side) -> &'static str {
    match side {
        Side::Receiving => "worklist",
        Side::Referring => "referrals",
    }
}

fn who(call: &Call, side: Side) -> Result<(OrganisationId, PersonId), ServiceError> {
    let capability = match side {
        Side::Receiving => Capability::Worklist,
        Side::Referring => Capability::Refer,
    };
    match call.actor.principal {
        Principal::Staff { organisation, person, .. } if may(&call.actor.principal, capability) => {
            Ok((organisation, person))
        }
        _ => Err(ServiceError::NotAllowed),
    }
}

async fn changeable(unit: &Unit<'_>, id: &str) -> Result<saved_view::Model, ServiceError> {
    let Principal::Staff { organisation, person, .. } = unit.call.actor.principal else {
        return Err(ServiceError::NotAllowed);
    };
    let id: uuid::Uuid = id.parse().map_err(|_| ServiceError::NotFound)?;
    let row = store::views::find(&*unit.tx, organisation, person, id).await?.ok_or(ServiceError::NotFound)?;
    if may_change(unit.call, &row) { Ok(row) } else { Err(ServiceError::NotAllowed) }
}

fn may_change(call: &Call, row: &saved_view::Model) -> bool {
    match call.actor.principal {
        Principal::Staff { person, .. } => {
            person.0 == row.person_id
                || (row.audience == "all" && may(&call.actor.principal, Capability::ShareViews))
        }
        _ => false,
    }
}

fn audience(call: &Call, input: &SavedViewInput) -> Result<&'static str, ServiceError> {
    match input.audience.as_str() {
        "all" if may(&call.actor.principal, Capability::ShareViews) => Ok("all"),
        "all" => Err(ServiceError::NotAllowed),
        _ => Ok("own"),
    }
}

fn checked_name(name: &str) -> Result<&str, ServiceError> {
    let name = required_text("name", name, "Give it a name, such as “Urgent, to triage”.")?;
    match name.chars().count() {
        ..=LONGEST_NAME => Ok(name),
        _ => Err(ServiceError::invalid(
            "name",
            format!("Give it a name of at most {LONGEST_NAME} characters."),
        )),
    }
}

fn taken(error: StoreError) -> ServiceError {
    match error {
        StoreError::Duplicate(_) => {
            ServiceError::invalid("name", "You have a view of this name. Choose another one.")
        }
        other => other.into(),
    }
}

fn touched(organisation: OrganisationId, id: uuid::Uuid) -> Touched {
    Touched { organisation, entity: "saved-view", id: Some(id), patient: None }
}

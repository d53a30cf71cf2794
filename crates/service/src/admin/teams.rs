//! Teams: named, with a phone and members, looking after one or several services.

use contract::{FieldError, TeamForm, TeamInput, TeamLine};
use domain::{OrganisationId, PersonId};
use store::entity::team;
use uuid::Uuid;

use super::{administrator, changes, people};
use crate::unit::{Begun, Unit};
use crate::{Call, Desk, ServiceError, ids};

/// The teams of the organisation, by name. Administrators.
pub async fn teams(desk: &Desk, call: &Call) -> Result<Vec<TeamLine>, ServiceError> {
    let organisation = administrator(call)?;
    let db = desk.store.reader();
    let services = store::directory::services_of(db, organisation).await?;
    let members = store::teams::members(db, organisation).await?;
    let people = people::staff(db, organisation).await?;
    let rows = store::teams::of_organisation(db, organisation).await?;
    Ok(rows
        .into_iter()
        .map(|row| TeamLine {
            id: row.id.to_string(),
            members: people
                .iter()
                .filter(|choice| {
                    members.iter().any(|(team, person)| *team == row.id && person.to_string() == choice.value)
                })
                .map(|choice| choice.label.clone())
                .collect(),
            services: services
                .iter()
                .filter(|service| service.team_id == Some(row.id))
                .map(|service| service.name.clone())
                .collect(),
            name: row.name,
            phone: row.phone.unwrap_or_default(),
        })
        .collect())
}

/// The form of a team, or of a new one. Administrators.
pub async fn team_form(desk: &Desk, call: &Call, id: Option<Uuid>) -> Result<TeamForm, ServiceError> {
    let organisation = administrator(call)?;
    let db = desk.store.reader();
    let people = people::staff(db, organisation).await?;
    let Some(id) = id else {
        return Ok(TeamForm { id: String::new(), input: TeamInput::default(), people, changes: Vec::new() });
    };
    let row = store::teams::find(db, organisation, id).await?.ok_or(ServiceError::NotFound)?;
    let own = store::directory::organisation(db, organisation).await?.ok_or(ServiceError::NotFound)?;
    let zone = own.zone.parse().unwrap_or(chrono_tz::Europe::London);
    let members = members_of(db, organisation, id).await?;
    Ok(TeamForm {
        id: row.id.to_string(),
        input: TeamInput {
            name: row.name.clone(),
            phone: row.phone.clone().unwrap_or_default(),
            members: members.iter().map(ToString::to_string).collect::<Vec<_>>().join(","),
        },
        people,
        changes: changes::newest(db, organisation, Some(row.id), zone).await?,
    })
}

/// Makes a team or changes it; its services show the new name at once. Administrators.
pub async fn save_team(
    desk: &Desk,
    call: &Call,
    id: Option<Uuid>,
    input: &TeamInput,
) -> Result<Uuid, ServiceError> {
    let organisation = administrator(call)?;
    let mut unit = match Unit::begin(desk, call, "save-team", &(id, input)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let before = match id {
        Some(id) => {
            Some(store::teams::find(&*unit.tx, organisation, id).await?.ok_or(ServiceError::NotFound)?)
        }
        None => None,
    };
    let mut wrong = Vec::new();
    let known = people::staff(&*unit.tx, organisation).await?;
    let mut members = Vec::new();
    for chosen in input.members.split(',').filter(|chosen| !chosen.is_empty()) {
        match chosen.parse::<PersonId>() {
            Ok(person) if known.iter().any(|choice| choice.value == chosen) => members.push(person),
            _ => wrong.push(FieldError::new("members", "Choose people from the list.")),
        }
    }
    let name = input.name.trim();
    wrong.extend(wrong_name(&unit, organisation, before.as_ref(), name).await?);
    if !wrong.is_empty() {
        return Err(ServiceError::Invalid(wrong));
    }
    let row = team::Model {
        organisation_id: organisation.0,
        id: before.as_ref().map_or_else(|| ids::fresh(call.now), |row| row.id),
        name: name.to_owned(),
        phone: Some(input.phone.trim().to_owned()).filter(|phone| !phone.is_empty()),
    };
    write(&mut unit, before.as_ref(), &row, &members).await?;
    unit.finish(row.id).await
}

pub(super) async fn wrong_name(
    unit: &Unit<'_>,
    organisation: OrganisationId,
    before: Option<&team::Model>,
    name: &str,
) -> Result<Option<FieldError>, ServiceError> {
    if name.is_empty() || name.chars().count() > 120 {
        let remedy = "Write the name that patients read, up to 120 characters.";
        return Ok(Some(FieldError::new("name", remedy)));
    }
    let other = store::teams::named(&*unit.tx, organisation, name).await?;
    let is_taken = other.is_some_and(|other| before.is_none_or(|before| before.id != other.id));
    Ok(is_taken.then(|| FieldError::new("name", "Another team has this name already. Choose another one.")))
}

/// Writes a team that was checked, with its members and the history of what changed.
pub(super) async fn write(
    unit: &mut Unit<'_>,
    before: Option<&team::Model>,
    row: &team::Model,
    members: &[PersonId],
) -> Result<(), ServiceError> {
    let organisation = OrganisationId(row.organisation_id);
    let old = members_of(&*unit.tx, organisation, row.id).await?;
    match before {
        Some(_) => store::teams::update(&unit.tx, row.clone()).await?,
        None => store::teams::insert(&unit.tx, row.clone()).await?,
    }
    let mut sorted = members.to_vec();
    sorted.sort_unstable_by_key(|person| person.0);
    sorted.dedup();
    if old != sorted {
        store::teams::set_members(&unit.tx, row, &sorted).await?;
    }
    let people = people::staff(&*unit.tx, organisation).await?;
    let names = |ids: &[PersonId]| {
        let is_in = |value: &str| ids.iter().any(|id| id.to_string() == value);
        let of = people.iter().filter(|choice| is_in(&choice.value)).map(|choice| choice.label.as_str());
        of.collect::<Vec<_>>().join(", ")
    };
    let text = |row: Option<&team::Model>| row.and_then(|row| row.phone.clone()).unwrap_or_default();
    let fields = vec![
        ("name".to_owned(), before.map_or(String::new(), |row| row.name.clone()), row.name.clone()),
        ("phone".to_owned(), text(before), text(Some(row))),
        ("members".to_owned(), names(&old), names(&sorted)),
    ];
    let subject = changes::Subject { organisation, entity: "team", id: row.id, name: &row.name };
    changes::record(unit, &subject, fields).await
}

/// The team of this name, made when there is none.
pub(super) async fn ensure(
    unit: &mut Unit<'_>,
    organisation: OrganisationId,
    name: &str,
) -> Result<team::Model, ServiceError> {
    if let Some(known) = store::teams::named(&*unit.tx, organisation, name).await? {
        return Ok(known);
    }
    let row = team::Model {
        organisation_id: organisation.0,
        id: ids::fresh(unit.call.now),
        name: name.to_owned(),
        phone: None,
    };
    write(unit, None, &row, &[]).await?;
    Ok(row)
}

pub(super) async fn members_of(
    db: &impl store::Db,
    organisation: OrganisationId,
    team: Uuid,
) -> Result<Vec<PersonId>, ServiceError> {
    let all = store::teams::members(db, organisation).await?;
    let mut members: Vec<PersonId> =
        all.into_iter().filter(|(of, _)| *of == team).map(|(_, person)| person).collect();
    members.sort_unstable_by_key(|person| person.0);
    Ok(members)
}

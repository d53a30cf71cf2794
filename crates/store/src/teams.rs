//! Teams and who belongs to them.

use domain::{OrganisationId, PersonId};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::entity::{team, team_member};
use crate::{StoreError, Tx, sql};

/// The teams of an organisation, by name.
pub async fn of_organisation(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
) -> Result<Vec<team::Model>, StoreError> {
    Ok(team::Entity::find()
        .filter(team::Column::OrganisationId.eq(organisation.0))
        .order_by_asc(team::Column::Name)
        .all(db)
        .await?)
}

pub async fn find(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    id: Uuid,
) -> Result<Option<team::Model>, StoreError> {
    Ok(team::Entity::find_by_id((organisation.0, id)).one(db).await?)
}

/// The team of this name, however its letters are cased.
pub async fn named(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    name: &str,
) -> Result<Option<team::Model>, StoreError> {
    let wanted = name.trim().to_lowercase();
    let all = of_organisation(db, organisation).await?;
    Ok(all.into_iter().find(|team| team.name.to_lowercase() == wanted))
}

pub async fn insert(tx: &Tx, row: team::Model) -> Result<(), StoreError> {
    sql::insert(&**tx, row).await
}

/// Changes a team, and the name under which its services show it.
pub async fn update(tx: &Tx, row: team::Model) -> Result<(), StoreError> {
    sql::run(
        &**tx,
        "update service set team = $3 where organisation_id = $1 and team_id = $2",
        [row.organisation_id.into(), row.id.into(), row.name.clone().into()],
    )
    .await?;
    sql::update(&**tx, row).await
}

/// Who belongs to the teams of an organisation: team and person.
pub async fn members(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
) -> Result<Vec<(Uuid, PersonId)>, StoreError> {
    let rows = team_member::Entity::find()
        .filter(team_member::Column::OrganisationId.eq(organisation.0))
        .order_by_asc(team_member::Column::PersonId)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| (row.team_id, PersonId(row.person_id))).collect())
}

/// Sets who belongs to a team.
pub async fn set_members(tx: &Tx, row: &team::Model, people: &[PersonId]) -> Result<(), StoreError> {
    sql::run(
        &**tx,
        "delete from team_member where organisation_id = $1 and team_id = $2",
        [row.organisation_id.into(), row.id.into()],
    )
    .await?;
    let rows: Vec<team_member::Model> = people
        .iter()
        .map(|person| team_member::Model {
            organisation_id: row.organisation_id,
            team_id: row.id,
            person_id: person.0,
        })
        .collect();
    if rows.is_empty() { Ok(()) } else { sql::insert_all(&**tx, rows).await }
}

//! Filters that people keep under a name.

use domain::{OrganisationId, PersonId};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use uuid::Uuid;

use crate::entity::saved_view;
use crate::{StoreError, Tx, sql};

/// What a person may use: their own views, and those of the organisation.
fn scope(organisation: OrganisationId, person: PersonId) -> Condition {
    use saved_view::Column as C;
    Condition::all()
        .add(C::OrganisationId.eq(organisation.0))
        .add(Condition::any().add(C::PersonId.eq(person.0)).add(C::Audience.eq("all")))
}

/// The views of a list that a person may use, by name.
pub async fn of_list(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    person: PersonId,
    list: &str,
) -> Result<Vec<saved_view::Model>, StoreError> {
    Ok(saved_view::Entity::find()
        .filter(scope(organisation, person))
        .filter(saved_view::Column::List.eq(list))
        .order_by_asc(saved_view::Column::Name)
        .order_by_asc(saved_view::Column::Id)
        .limit(100)
        .all(db)
        .await?)
}

/// One view that a person may use.
pub async fn find(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    person: PersonId,
    id: Uuid,
) -> Result<Option<saved_view::Model>, StoreError> {
    Ok(saved_view::Entity::find()
        .filter(scope(organisation, person))
        .filter(saved_view::Column::Id.eq(id))
        .one(db)
        .await?)
}

/// How many views a person keeps.
pub async fn number(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    person: PersonId,
) -> Result<u64, StoreError> {
    Ok(saved_view::Entity::find()
        .filter(saved_view::Column::OrganisationId.eq(organisation.0))
        .filter(saved_view::Column::PersonId.eq(person.0))
        .count(db)
        .await?)
}

/// Errors: `Duplicate` when the person has one of this name on this list.
pub async fn insert(tx: &Tx, row: saved_view::Model) -> Result<(), StoreError> {
    sql::insert(&**tx, row).await
}

/// Errors: `Duplicate` when the person has another one of this name on this list.
pub async fn update(tx: &Tx, row: saved_view::Model) -> Result<(), StoreError> {
    sql::update(&**tx, row).await
}

pub async fn remove(tx: &Tx, row: &saved_view::Model) -> Result<u64, StoreError> {
    sql::run(
        &**tx,
        "delete from saved_view where organisation_id = $1 and id = $2",
        [row.organisation_id.into(), row.id.into()],
    )
    .await
}

//! Coded reasons and canned replies of an organisation.

use domain::OrganisationId;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::entity::{reason, reply};
use crate::{StoreError, Tx, sql};

/// An organisation's reasons in the order of its forms; empty when it never changed them.
pub async fn reasons(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
) -> Result<Vec<reason::Model>, StoreError> {
    use reason::Column as C;
    Ok(reason::Entity::find()
        .filter(C::OrganisationId.eq(organisation.0))
        .order_by_asc(C::Position)
        .order_by_asc(C::Id)
        .all(db)
        .await?)
}

pub async fn insert_reasons(tx: &Tx, rows: Vec<reason::Model>) -> Result<(), StoreError> {
    sql::insert_all(&**tx, rows).await
}

pub async fn update_reason(tx: &Tx, row: reason::Model) -> Result<(), StoreError> {
    sql::update(&**tx, row).await
}

/// An organisation's canned replies by title; empty when it never changed them.
pub async fn replies(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
) -> Result<Vec<reply::Model>, StoreError> {
    use reply::Column as C;
    Ok(reply::Entity::find()
        .filter(C::OrganisationId.eq(organisation.0))
        .order_by_asc(C::Title)
        .all(db)
        .await?)
}

pub async fn insert_replies(tx: &Tx, rows: Vec<reply::Model>) -> Result<(), StoreError> {
    sql::insert_all(&**tx, rows).await
}

pub async fn update_reply(tx: &Tx, row: reply::Model) -> Result<(), StoreError> {
    sql::update(&**tx, row).await
}

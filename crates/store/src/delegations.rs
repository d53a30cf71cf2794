//! Colleagues who act in a referrer's name.

use domain::{OrganisationId, PersonId};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::entity::delegation;
use crate::{StoreError, Tx, sql};

/// What one clinician gave to one colleague, ever.
pub async fn between(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    clinician: PersonId,
    delegate: PersonId,
) -> Result<Vec<delegation::Model>, StoreError> {
    use delegation::Column as C;
    Ok(delegation::Entity::find()
        .filter(C::OrganisationId.eq(organisation.0))
        .filter(C::DelegateId.eq(delegate.0))
        .filter(C::ClinicianId.eq(clinician.0))
        .all(db)
        .await?)
}

/// What a colleague was given by anybody.
pub async fn to_delegate(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    delegate: PersonId,
) -> Result<Vec<delegation::Model>, StoreError> {
    use delegation::Column as C;
    Ok(delegation::Entity::find()
        .filter(C::OrganisationId.eq(organisation.0))
        .filter(C::DelegateId.eq(delegate.0))
        .order_by_asc(C::Id)
        .all(db)
        .await?)
}

/// What one clinician gave, or everybody of an organisation did; the newest first, at most 200.
pub async fn given(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    clinician: Option<PersonId>,
) -> Result<Vec<delegation::Model>, StoreError> {
    use delegation::Column as C;
    let mut query = delegation::Entity::find().filter(C::OrganisationId.eq(organisation.0));
    if let Some(clinician) = clinician {
        query = query.filter(C::ClinicianId.eq(clinician.0));
    }
    Ok(query.order_by_desc(C::Id).limit(200).all(db).await?)
}

pub async fn find(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    id: Uuid,
) -> Result<Option<delegation::Model>, StoreError> {
    Ok(delegation::Entity::find_by_id((organisation.0, id)).one(db).await?)
}

pub async fn insert(tx: &Tx, row: delegation::Model) -> Result<(), StoreError> {
    sql::insert(&**tx, row).await
}

/// Takes a delegation back; false when it was taken back before.
pub async fn end(tx: &Tx, row: &delegation::Model, by: &str, at: i64) -> Result<bool, StoreError> {
    let touched = sql::run(
        &**tx,
        "update delegation set ended_at = $3, ended_by = $4 \
         where organisation_id = $1 and id = $2 and ended_at is null",
        [row.organisation_id.into(), row.id.into(), at.into(), by.into()],
    )
    .await?;
    Ok(touched == 1)
}

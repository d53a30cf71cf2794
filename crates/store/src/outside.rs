//! Referrers without an account, and patients who may be the same person.

use domain::OrganisationId;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::entity::{outside_referrer, patient, referral};
use crate::{StoreError, Tx, sql};

pub async fn insert(tx: &Tx, row: outside_referrer::Model) -> Result<(), StoreError> {
    sql::insert(&**tx, row).await
}

/// From whom a referral came that was keyed in; `None` for all others.
pub async fn of_referral(
    db: &impl ConnectionTrait,
    row: &referral::Model,
) -> Result<Option<outside_referrer::Model>, StoreError> {
    Ok(outside_referrer::Entity::find_by_id((row.organisation_id, row.id)).one(db).await?)
}

/// Patients of an organisation with this NHS number or born on this day, by name; at most 50. Who of them may be the same
/// person is for the caller to judge.
pub async fn candidates(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    nhs_number: Option<&str>,
    birth_date: &str,
) -> Result<Vec<patient::Model>, StoreError> {
    use patient::Column as C;
    let mut any = Condition::any().add(C::BirthDate.eq(birth_date));
    if let Some(number) = nhs_number {
        any = any.add(C::NhsNumber.eq(number));
    }
    Ok(patient::Entity::find()
        .filter(C::OrganisationId.eq(organisation.0))
        .filter(any)
        .order_by_asc(C::Family)
        .order_by_asc(C::Id)
        .limit(50)
        .all(db)
        .await?)
}

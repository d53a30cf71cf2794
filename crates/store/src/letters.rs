//! What a draft's letter said before each save.

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::entity::{letter_version, referral};
use crate::{StoreError, Tx, sql};

/// Notes what a save replaces, and lets go of what was replaced before `before` (ms): no form is as old as that.
pub async fn replace(tx: &Tx, row: letter_version::Model, before: i64) -> Result<(), StoreError> {
    use letter_version::Column as C;
    letter_version::Entity::delete_many()
        .filter(C::OrganisationId.eq(row.organisation_id))
        .filter(C::ReferralId.eq(row.referral_id))
        .filter(C::ReplacedAt.lt(before))
        .exec(&**tx)
        .await?;
    sql::insert(&**tx, row).await
}

/// What was replaced since the referral had this version, oldest first: the first of them is what a form of that version
/// was made from. Empty when its letter was not changed since.
pub async fn since(
    db: &impl ConnectionTrait,
    row: &referral::Model,
    version: i64,
) -> Result<Vec<letter_version::Model>, StoreError> {
    use letter_version::Column as C;
    Ok(letter_version::Entity::find()
        .filter(C::OrganisationId.eq(row.organisation_id))
        .filter(C::ReferralId.eq(row.id))
        .filter(C::Version.gte(version))
        .order_by_asc(C::Version)
        .all(db)
        .await?)
}

/// Lets go of all of a referral's: it is no draft any more.
pub async fn forget(tx: &Tx, row: &referral::Model) -> Result<(), StoreError> {
    use letter_version::Column as C;
    letter_version::Entity::delete_many()
        .filter(C::OrganisationId.eq(row.organisation_id))
        .filter(C::ReferralId.eq(row.id))
        .exec(&**tx)
        .await?;
    Ok(())
}

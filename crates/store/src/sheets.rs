//! What referrals answer to their services.

use sea_orm::{ConnectionTrait, EntityTrait};

use crate::entity::{answer_sheet, referral};
use crate::{StoreError, Tx, sql};

/// The answers of a referral that was found within its own scope; none when it was never asked.
pub async fn of_referral(
    db: &impl ConnectionTrait,
    row: &referral::Model,
) -> Result<Option<answer_sheet::Model>, StoreError> {
    Ok(answer_sheet::Entity::find_by_id((row.organisation_id, row.id)).one(db).await?)
}

/// Writes the answers of a referral, over those that were there.
pub async fn put(tx: &Tx, row: answer_sheet::Model) -> Result<(), StoreError> {
    let key = (row.organisation_id, row.referral_id);
    match answer_sheet::Entity::find_by_id(key).one(&**tx).await? {
        Some(_) => sql::update(&**tx, row).await,
        None => sql::insert(&**tx, row).await,
    }
}

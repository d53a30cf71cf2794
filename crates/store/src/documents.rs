//! Documents attached to referrals; their bytes live elsewhere.

use domain::DocumentId;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder,
    QuerySelect,
};

use crate::entity::{document, referral};
use crate::{StoreError, Tx, sql};

pub async fn insert(tx: &Tx, row: document::Model) -> Result<(), StoreError> {
    sql::insert(&**tx, row).await
}

/// The documents of a referral that everybody reads who sees it, oldest first.
pub async fn of_referral(
    db: &impl ConnectionTrait,
    row: &referral::Model,
) -> Result<Vec<document::Model>, StoreError> {
    use document::Column as C;
    Ok(document::Entity::find()
        .filter(C::OrganisationId.eq(row.organisation_id))
        .filter(C::ReferralId.eq(row.id))
        .filter(C::Audience.eq("all"))
        .order_by_asc(C::CreatedAt)
        .all(db)
        .await?)
}

/// The documents of a referral that are not for everybody, oldest first. Who calls decides for each by its readers.
pub async fn confined(
    db: &impl ConnectionTrait,
    row: &referral::Model,
) -> Result<Vec<document::Model>, StoreError> {
    use document::Column as C;
    Ok(document::Entity::find()
        .filter(C::OrganisationId.eq(row.organisation_id))
        .filter(C::ReferralId.eq(row.id))
        .filter(C::Audience.ne("all"))
        .order_by_asc(C::CreatedAt)
        .order_by_asc(C::Id)
        .all(db)
        .await?)
}

/// One document of a referral that was found within its own scope, whoever its readers are.
pub async fn find(
    db: &impl ConnectionTrait,
    row: &referral::Model,
    id: DocumentId,
) -> Result<Option<document::Model>, StoreError> {
    use document::Column as C;
    let of_referral = C::ReferralId.eq(row.id);
    Ok(document::Entity::find_by_id((row.organisation_id, id.0)).filter(of_referral).one(db).await?)
}

/// A document of the same content on the same referral.
pub async fn same(
    db: &impl ConnectionTrait,
    row: &referral::Model,
    sha256: &str,
) -> Result<Option<document::Model>, StoreError> {
    Ok(of_referral(db, row).await?.into_iter().find(|document| document.sha256 == sha256))
}

/// Where a document's bytes lie, with the checksum of its content.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct Stored {
    pub storage_key: String,
    pub sha256: String,
}

/// The stored bytes of every organisation after a storage key, in its order; each once, however many rows share them.
pub async fn stored_after(
    db: &impl ConnectionTrait,
    storage_key: &str,
    limit: u32,
) -> Result<Vec<Stored>, StoreError> {
    sql::all(
        db,
        "select storage_key, min(sha256) as sha256 from document where storage_key > $1 \
         group by storage_key order by storage_key limit $2",
        [storage_key.into(), i64::from(limit).into()],
    )
    .await
}

/// Documents that wait for the scanner and were not looked at since `before` (ms), those looked at longest ago first.
pub async fn waiting(
    db: &impl ConnectionTrait,
    before: i64,
    limit: u64,
) -> Result<Vec<document::Model>, StoreError> {
    use document::Column as C;
    Ok(document::Entity::find()
        .filter(document::Column::Scan.eq("waiting"))
        .filter(Condition::any().add(C::ScannedAt.is_null()).add(C::ScannedAt.lt(before)))
        .order_by_asc(document::Column::ScannedAt)
        .order_by_asc(document::Column::Id)
        .limit(limit)
        .all(db)
        .await?)
}

/// Writes down what a look at a waiting document found; false when it was decided meanwhile.
pub async fn scanned(
    tx: &Tx,
    row: &document::Model,
    scan: &str,
    note: Option<&str>,
    at: i64,
) -> Result<bool, StoreError> {
    let touched = sql::run(
        &**tx,
        "update document set scan = $3, scan_note = $4, scanned_at = $5 \
         where organisation_id = $1 and id = $2 and scan = 'waiting'",
        [row.organisation_id.into(), row.id.into(), scan.into(), note.into(), at.into()],
    )
    .await?;
    Ok(touched == 1)
}

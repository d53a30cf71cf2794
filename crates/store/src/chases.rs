//! What patients are waited for, and when they are written to about it.

use domain::{OrganisationId, ReferralId};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::entity::{chase, referral};
use crate::{StoreError, Tx, sql};

/// Keeps these of a referral and no others: what was waited for before goes on as it was.
pub async fn keep(tx: &Tx, of: &referral::Model, rows: Vec<chase::Model>) -> Result<(), StoreError> {
    use chase::Column as C;
    let kept: Vec<String> = rows.iter().map(|row| row.what.clone()).collect();
    let others = chase::Entity::delete_many()
        .filter(C::OrganisationId.eq(of.organisation_id))
        .filter(C::ReferralId.eq(of.id))
        .filter(C::What.is_not_in(kept));
    others.exec(&**tx).await?;
    for row in rows {
        sql::run(
            &**tx,
            "insert into chase (organisation_id, referral_id, what, since, next_at) values ($1, $2, $3, $4, $5) \
             on conflict (organisation_id, referral_id, what) do nothing",
            [
                row.organisation_id.into(),
                row.referral_id.into(),
                row.what.as_str().into(),
                row.since.into(),
                row.next_at.into(),
            ],
        )
        .await?;
    }
    Ok(())
}

/// Those whose moment has come, the longest waiting first. Along the index of those that have one.
pub async fn due(db: &impl ConnectionTrait, now: i64, limit: u64) -> Result<Vec<chase::Model>, StoreError> {
    use chase::Column as C;
    Ok(chase::Entity::find()
        .filter(C::NextAt.lte(now))
        .order_by_asc(C::NextAt)
        .order_by_asc(C::ReferralId)
        .limit(limit)
        .all(db)
        .await?)
}

pub async fn find(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    referral: ReferralId,
    what: &str,
) -> Result<Option<chase::Model>, StoreError> {
    Ok(chase::Entity::find_by_id((organisation.0, referral.0, what.to_owned())).one(db).await?)
}

/// Takes one whose moment has come; false when another server was quicker, or it is gone.
pub async fn claim(tx: &Tx, row: &chase::Model) -> Result<bool, StoreError> {
    let touched = sql::run(
        &**tx,
        "update chase set next_at = null where organisation_id = $1 and referral_id = $2 and what = $3 and next_at = $4",
        [row.organisation_id.into(), row.referral_id.into(), row.what.as_str().into(), row.next_at.into()],
    )
    .await?;
    Ok(touched == 1)
}

pub async fn update(tx: &Tx, row: chase::Model) -> Result<(), StoreError> {
    sql::update(&**tx, row).await
}

pub async fn forget(tx: &Tx, row: &chase::Model) -> Result<u64, StoreError> {
    sql::run(
        &**tx,
        "delete from chase where organisation_id = $1 and referral_id = $2 and what = $3",
        [row.organisation_id.into(), row.referral_id.into(), row.what.as_str().into()],
    )
    .await
}

/// Looks anew at all that is not done of a service's referrals, as its rules are other ones now.
pub async fn look_anew(
    tx: &Tx,
    organisation: OrganisationId,
    service: Uuid,
    now: i64,
) -> Result<u64, StoreError> {
    sql::run(
        &**tx,
        "update chase set next_at = $3 where organisation_id = $1 and done_at is null and referral_id in \
         (select id from referral where organisation_id = $1 and service_id = $2)",
        [organisation.0.into(), service.into(), now.into()],
    )
    .await
}

//! What the quality page asks of the database.

use domain::OrganisationId;
use sea_orm::{ConnectionTrait, FromQueryResult};
use uuid::Uuid;

use crate::{StoreError, sql};

/// One step in the life of a referral.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Step {
    pub referral_id: Uuid,
    pub to_state: String,
    pub at: i64,
}

/// Every change of state of an organisation's referrals since an instant (ms), in order.
pub async fn steps(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    since: i64,
) -> Result<Vec<Step>, StoreError> {
    sql::all(
        db,
        "select referral_id, to_state, at from event where organisation_id = $1 and at >= $2 \
         and (from_state is null or from_state <> to_state) order by referral_id, at, id",
        [organisation.0.into(), since.into()],
    )
    .await
}

/// One answer to the short survey.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Answer {
    pub service: String,
    pub answered_at: i64,
    pub overall: i64,
    pub comment: Option<String>,
}

/// Answers since an instant (ms), newest first.
pub async fn answers(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    since: i64,
) -> Result<Vec<Answer>, StoreError> {
    sql::all(
        db,
        "select s.name as service, v.answered_at, v.overall, v.comment from survey v \
         join service s on s.organisation_id = v.organisation_id and s.id = v.service_id \
         where v.organisation_id = $1 and v.answered_at >= $2 and v.overall is not null \
         order by v.answered_at desc limit 5000",
        [organisation.0.into(), since.into()],
    )
    .await
}

/// How many surveys were sent since an instant (ms).
pub async fn invited(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    since: i64,
) -> Result<i64, StoreError> {
    Ok(sql::count(
        db,
        "select count(*) as n from survey where organisation_id = $1 and invited_at >= $2",
        [organisation.0.into(), since.into()],
    )
    .await?)
}

/// How often an act was done with a reason: the event's kind and detail, which holds the reason's label.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Reasoned {
    pub kind: String,
    pub detail: String,
}

/// Events since an instant (ms) that carry a coded reason, newest first; at most 20,000.
pub async fn reasoned(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    since: i64,
) -> Result<Vec<Reasoned>, StoreError> {
    sql::all(
        db,
        "select kind, detail from event where organisation_id = $1 and at >= $2 and detail like '%\"reason\":{%' \
         order by at desc limit 20000",
        [organisation.0.into(), since.into()],
    )
    .await
}

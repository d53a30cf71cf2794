//! Private feeds, how often they are read, and the visits that they show.

use domain::{OrganisationId, PatientId, ResourceId};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use crate::entity::{private_feed, private_feed_reading};
use crate::{StoreError, Tx, sql};

/// The feed of somebody that is in use.
pub async fn of(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    kind: &str,
    whose: Uuid,
) -> Result<Option<private_feed::Model>, StoreError> {
    use private_feed::Column as C;
    Ok(private_feed::Entity::find()
        .filter(C::OrganisationId.eq(organisation.0))
        .filter(C::Kind.eq(kind))
        .filter(C::Whose.eq(whose))
        .filter(C::RevokedAt.is_null())
        .one(db)
        .await?)
}

/// The feed in use whose address has this secret: the hash is the scope.
pub async fn by_token(
    db: &impl ConnectionTrait,
    token_hash: &str,
) -> Result<Option<private_feed::Model>, StoreError> {
    use private_feed::Column as C;
    Ok(private_feed::Entity::find()
        .filter(C::TokenHash.eq(token_hash))
        .filter(C::RevokedAt.is_null())
        .one(db)
        .await?)
}

pub async fn insert(tx: &Tx, row: private_feed::Model) -> Result<(), StoreError> {
    sql::insert(&**tx, row).await
}

/// Takes the feed of somebody back; answers how many were in use.
pub async fn revoke(
    tx: &Tx,
    organisation: OrganisationId,
    kind: &str,
    whose: Uuid,
    at: i64,
) -> Result<u64, StoreError> {
    sql::run(
        &**tx,
        "update private_feed set revoked_at = $4 \
         where organisation_id = $1 and kind = $2 and whose = $3 and revoked_at is null",
        [organisation.0.into(), kind.into(), whose.into(), at.into()],
    )
    .await
}

/// Notes what a feed says by now, and what of it the audit has. False where it was taken back meanwhile.
pub async fn note_content(tx: &Tx, row: &private_feed::Model) -> Result<bool, StoreError> {
    let touched = sql::run(
        &**tx,
        "update private_feed set etag = $3, modified_at = $4, told = $5, recorded_day = $6 \
         where organisation_id = $1 and id = $2 and revoked_at is null",
        [
            row.organisation_id.into(),
            row.id.into(),
            row.etag.as_str().into(),
            row.modified_at.into(),
            row.told.as_str().into(),
            row.recorded_day.as_str().into(),
        ],
    )
    .await?;
    Ok(touched == 1)
}

/// Counts one reading.
pub async fn count_reading(
    tx: &Tx,
    row: &private_feed::Model,
    day: &str,
    program: &str,
    at: i64,
) -> Result<(), StoreError> {
    sql::run(
        &**tx,
        "insert into private_feed_reading (organisation_id, feed_id, day, program, times, last_at) \
         values ($1, $2, $3, $4, 1, $5) on conflict (organisation_id, feed_id, day, program) \
         do update set times = private_feed_reading.times + 1, last_at = excluded.last_at",
        [row.organisation_id.into(), row.id.into(), day.into(), program.into(), at.into()],
    )
    .await
    .map(|_| ())
}

/// The newest days on which a feed was read, with each program.
pub async fn readings(
    db: &impl ConnectionTrait,
    row: &private_feed::Model,
    limit: u64,
) -> Result<Vec<private_feed_reading::Model>, StoreError> {
    use private_feed_reading::Column as C;
    Ok(private_feed_reading::Entity::find()
        .filter(C::OrganisationId.eq(row.organisation_id))
        .filter(C::FeedId.eq(row.id))
        .order_by_desc(C::LastAt)
        .limit(limit)
        .all(db)
        .await?)
}

/// Forgets readings of days before `day` (YYYY-MM-DD).
pub async fn forget_readings(tx: &Tx, day: &str) -> Result<u64, StoreError> {
    sql::run(&**tx, "delete from private_feed_reading where day < $1", [day.into()]).await
}

/// A visit as a feed shows it.
#[derive(Debug, Clone, FromQueryResult)]
pub struct FeedLine {
    pub organisation_id: Uuid,
    pub referral_id: Uuid,
    pub patient_id: Uuid,
    pub reference: String,
    pub state: String,
    pub start_at: i64,
    pub end_at: i64,
    pub zone: String,
    pub created_at: i64,
    pub changed_at: i64,
    /// The highest of all visits of the referral: what was sent last.
    pub sequence: i64,
    pub organisation: String,
    pub site: Option<String>,
    pub address: Option<String>,
}

const LINES: &str = "select a.organisation_id, a.referral_id, r.patient_id, r.reference, a.state, a.start_at, a.end_at, \
     a.zone, a.created_at, a.changed_at, o.name as organisation, s.name as site, s.address, \
     (select max(b.sequence) from appointment b where b.organisation_id = a.organisation_id \
     and b.referral_id = a.referral_id) as sequence from appointment a \
     join referral r on r.organisation_id = a.organisation_id and r.id = a.referral_id \
     join organisation o on o.id = a.organisation_id \
     join service v on v.organisation_id = a.organisation_id and v.id = a.service_id \
     left join site s on s.organisation_id = a.organisation_id and s.id = coalesce(a.site_id, v.site_id)";
/// A cancelled visit is shown while it lies ahead.
const SHOWN: &str =
    "(a.state in ('booked', 'fulfilled', 'no-show') or (a.state = 'cancelled' and a.start_at >= $5))";

/// The span of a feed, ms since 1970 UTC: from when visits are shown, until when, and what is ahead by now.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    pub from: i64,
    pub to: i64,
    pub now: i64,
}

/// Visits of the referrals that a patient sees, whichever organisation they are with, in order.
pub async fn of_patient(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    patient: PatientId,
    span: Span,
) -> Result<Vec<FeedLine>, StoreError> {
    let query = format!(
        "{LINES} where r.patient_organisation_id = $1 and r.patient_id = $2 and r.patient_sees \
         and r.state not in ('draft', 'entered-in-error') and a.start_at >= $3 and a.start_at < $4 and {SHOWN} \
         order by a.start_at, a.created_at, a.id"
    );
    all(db, &query, organisation, patient.0, span).await
}

/// Visits at which a clinician sees somebody, in order.
pub async fn of_clinician(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    resource: ResourceId,
    span: Span,
) -> Result<Vec<FeedLine>, StoreError> {
    let query = format!(
        "{LINES} where a.organisation_id = $1 and a.resource_id = $2 and r.state <> 'entered-in-error' \
         and a.start_at >= $3 and a.start_at < $4 and {SHOWN} order by a.start_at, a.created_at, a.id"
    );
    all(db, &query, organisation, resource.0, span).await
}

/// Visits that take a room's or a machine's time, in order. One that was cancelled takes none, and is not known any more.
pub async fn of_room(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    resource: ResourceId,
    span: Span,
) -> Result<Vec<FeedLine>, StoreError> {
    let query = format!(
        "{LINES} where a.organisation_id = $1 and r.state <> 'entered-in-error' \
         and a.start_at >= $3 and a.start_at < $4 and {SHOWN} and a.id in (select l.appointment_id \
         from slot_ledger l where l.organisation_id = $1 and l.resource_id = $2 \
         and l.quantum between $3 / 300000 and $4 / 300000) \
         order by a.start_at, a.created_at, a.id"
    );
    all(db, &query, organisation, resource.0, span).await
}

async fn all(
    db: &impl ConnectionTrait,
    query: &str,
    organisation: OrganisationId,
    whose: Uuid,
    span: Span,
) -> Result<Vec<FeedLine>, StoreError> {
    let values = [organisation.0.into(), whose.into(), span.from.into(), span.to.into(), span.now.into()];
    sql::all(db, query, values).await
}

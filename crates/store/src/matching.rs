//! Bulk matching: who waits for a time, and the plans made of that.

use domain::{OrganisationId, ReferralId, ServiceId};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use crate::entity::matching_plan;
use crate::{StoreError, Tx, sql};

/// A referral whose patient may choose a time and has none, with what decides which time is best.
#[derive(Debug, Clone, FromQueryResult)]
pub struct ToBook {
    pub id: Uuid,
    pub reference: String,
    pub service_id: Uuid,
    pub state: String,
    pub priority: String,
    pub next_step: Option<String>,
    pub next_resource_id: Option<Uuid>,
    pub visit_kind: Option<String>,
    /// JSON: what the patient needs and likes.
    pub wishes: String,
    pub version: i64,
    pub created_at: i64,
    pub sent_at: Option<i64>,
    pub patient_organisation_id: Uuid,
    pub patient_id: Uuid,
    pub given: String,
    pub family: String,
    /// The patient's own.
    pub language: Option<String>,
    /// What they said on the waiting list; null: they are not on it.
    pub weekdays: Option<String>,
    pub parts: Option<String>,
    pub notice_hours: Option<i64>,
    pub sites: Option<String>,
    pub clinicians: Option<String>,
    pub only_these: Option<bool>,
    /// Who saw the patient last, of this organisation.
    pub before: Option<Uuid>,
}

const TO_BOOK: &str = "select r.id, r.reference, r.service_id, r.state, r.priority, r.next_step, r.next_resource_id, r.visit_kind, r.wishes, r.version, \
         r.created_at, r.sent_at, r.patient_organisation_id, r.patient_id, p.given, p.family, p.language, w.weekdays, w.parts, \
         w.notice_hours, w.sites, w.clinicians, w.only_these, \
         (select a.resource_id from referral o cross join appointment a \
         where a.organisation_id = o.organisation_id and a.referral_id = o.id and a.service_id = r.service_id \
         and a.state = 'fulfilled' and o.patient_organisation_id = r.patient_organisation_id \
         and o.patient_id = r.patient_id order by a.start_at desc limit 1) as before \
         from referral r join patient p on p.organisation_id = r.patient_organisation_id and p.id = r.patient_id \
         left join waitlist_entry w on w.organisation_id = r.organisation_id and w.referral_id = r.id \
         and w.state = 'waiting' \
         where r.organisation_id = $1 and r.service_id = $2 and r.kind = 'referral' \
         and not p.deceased";

/// Of those: who is accepted and has no time, and who has one and waits on the list for an earlier one.
const HAS_NONE: &str = "r.state in ('accepted', 'appointment-cancelled', 'no-show')";
const WANTS_EARLIER: &str = "(r.state = 'booked' and w.id is not null)";

/// Everybody of a service who is accepted and has no time, the oldest first.
pub async fn to_book(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    service: ServiceId,
) -> Result<Vec<ToBook>, StoreError> {
    let sql = format!("{TO_BOOK} and {HAS_NONE} order by r.created_at, r.id");
    sql::all(db, &sql, [organisation.0.into(), service.0.into()]).await
}

/// Everybody of a service who has a time and waits on the list for an earlier one, the oldest first.
pub async fn wanting_earlier(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    service: ServiceId,
) -> Result<Vec<ToBook>, StoreError> {
    let sql = format!("{TO_BOOK} and {WANTS_EARLIER} order by r.created_at, r.id");
    sql::all(db, &sql, [organisation.0.into(), service.0.into()]).await
}

/// The same of one referral, if it is to book or to come earlier.
pub async fn one_to_book(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    service: ServiceId,
    referral: ReferralId,
) -> Result<Option<ToBook>, StoreError> {
    let sql = format!("{TO_BOOK} and ({HAS_NONE} or {WANTS_EARLIER}) and r.id = $3");
    sql::one(db, &sql, [organisation.0.into(), service.0.into(), referral.0.into()]).await
}

/// How many of a service have a time and wait on the list for an earlier one.
pub async fn count_wanting_earlier(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    service: ServiceId,
) -> Result<i64, StoreError> {
    Ok(sql::count(
        db,
        "select count(*) as n from referral r join waitlist_entry w on w.organisation_id = r.organisation_id \
         and w.referral_id = r.id and w.state = 'waiting' where r.organisation_id = $1 and r.service_id = $2 \
         and r.state = 'booked' and r.kind = 'referral'",
        [organisation.0.into(), service.0.into()],
    )
    .await?)
}

/// How many of a service are accepted and have no time.
pub async fn count_to_book(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    service: ServiceId,
) -> Result<i64, StoreError> {
    Ok(sql::count(
        db,
        "select count(*) as n from referral where organisation_id = $1 and service_id = $2 \
         and state in ('accepted', 'appointment-cancelled', 'no-show') and kind = 'referral'",
        [organisation.0.into(), service.0.into()],
    )
    .await?)
}

pub async fn insert(tx: &Tx, row: matching_plan::Model) -> Result<(), StoreError> {
    sql::insert(&**tx, row).await
}

pub async fn update(tx: &Tx, row: matching_plan::Model) -> Result<(), StoreError> {
    sql::update(&**tx, row).await
}

pub async fn find(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    id: Uuid,
) -> Result<Option<matching_plan::Model>, StoreError> {
    Ok(matching_plan::Entity::find_by_id((organisation.0, id)).one(db).await?)
}

/// The newest plans of an organisation that were applied.
pub async fn applied(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    limit: u64,
) -> Result<Vec<matching_plan::Model>, StoreError> {
    use matching_plan::Column as C;
    Ok(matching_plan::Entity::find()
        .filter(C::OrganisationId.eq(organisation.0))
        .filter(C::AppliedAs.is_not_null())
        .order_by_desc(C::CreatedAt)
        .limit(limit)
        .all(db)
        .await?)
}

/// A plan that was confirmed and is not carried out whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromQueryResult)]
pub struct UnderWay {
    pub organisation_id: Uuid,
    pub id: Uuid,
    pub applied_by: Uuid,
}

/// The plans that are being carried out in somebody's name, the oldest first.
pub async fn under_way(db: &impl ConnectionTrait) -> Result<Vec<UnderWay>, StoreError> {
    sql::all(
        db,
        "select organisation_id, id, applied_by from matching_plan where done_at is null and applied_by is not null \
         order by applied_at, id",
        [],
    )
    .await
}

/// A visit of a referral that is to be booked: what it has now, or what became of the last one.
#[derive(Debug, Clone, FromQueryResult)]
pub struct LastVisit {
    pub referral_id: Uuid,
    pub state: String,
    pub start_at: i64,
    pub zone: String,
    pub who: String,
    pub offered_by: Option<String>,
    pub created_at: i64,
}

/// All visits that these referrals ever had, the newest last.
pub async fn visits(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    ids: &[Uuid],
) -> Result<Vec<LastVisit>, StoreError> {
    let mut found = Vec::new();
    for some in ids.chunks(500) {
        let marks: Vec<String> = (0..some.len()).map(|at| format!("${}", at + 2)).collect();
        let mut values: Vec<sea_orm::Value> = vec![organisation.0.into()];
        values.extend(some.iter().map(|id| sea_orm::Value::from(*id)));
        let query = format!(
            "select a.referral_id, a.state, a.start_at, a.zone, c.name as who, a.offered_by, a.created_at from appointment a \
             join resource c on c.organisation_id = a.organisation_id and c.id = a.resource_id \
             where a.organisation_id = $1 and a.referral_id in ({}) order by a.created_at, a.id",
            marks.join(", ")
        );
        found.extend(sql::all::<LastVisit>(db, &query, values).await?);
    }
    Ok(found)
}

/// Whose referral it is.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Named {
    pub id: Uuid,
    pub given: String,
    pub family: String,
}

/// Whose referrals these are, among those that an organisation receives.
pub async fn names(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    ids: &[Uuid],
) -> Result<Vec<Named>, StoreError> {
    let mut found = Vec::new();
    for some in ids.chunks(500) {
        let marks: Vec<String> = (0..some.len()).map(|at| format!("${}", at + 2)).collect();
        let mut values: Vec<sea_orm::Value> = vec![organisation.0.into()];
        values.extend(some.iter().map(|id| sea_orm::Value::from(*id)));
        let query = format!(
            "select r.id, p.given, p.family from referral r \
             join patient p on p.organisation_id = r.patient_organisation_id and p.id = r.patient_id \
             where r.organisation_id = $1 and r.id in ({})",
            marks.join(", ")
        );
        found.extend(sql::all::<Named>(db, &query, values).await?);
    }
    Ok(found)
}

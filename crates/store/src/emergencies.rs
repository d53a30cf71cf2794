//! Emergency access: what was opened by whom, and its review.

use domain::{OrganisationId, PatientId, PersonId};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use crate::entity::{emergency, referral};
use crate::{StoreError, Tx, sql};

pub async fn insert(tx: &Tx, row: emergency::Model) -> Result<(), StoreError> {
    sql::insert(&**tx, row).await
}

/// The accesses of a person that have not ended at `now` (ms), newest first.
pub async fn open_of(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    person: PersonId,
    now: i64,
) -> Result<Vec<emergency::Model>, StoreError> {
    use emergency::Column as C;
    Ok(emergency::Entity::find()
        .filter(C::OrganisationId.eq(organisation.0))
        .filter(C::PersonId.eq(person.0))
        .filter(C::ExpiresAt.gt(now))
        .order_by_desc(C::OpenedAt)
        .all(db)
        .await?)
}

/// What waits for review first, oldest first; then what was reviewed, newest first.
pub async fn of_organisation(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    limit: u64,
) -> Result<Vec<emergency::Model>, StoreError> {
    use emergency::Column as C;
    let mut rows = emergency::Entity::find()
        .filter(C::OrganisationId.eq(organisation.0))
        .filter(C::ReviewedAt.is_null())
        .order_by_asc(C::OpenedAt)
        .limit(limit)
        .all(db)
        .await?;
    rows.extend(
        emergency::Entity::find()
            .filter(C::OrganisationId.eq(organisation.0))
            .filter(C::ReviewedAt.is_not_null())
            .order_by_desc(C::ReviewedAt)
            .limit(limit)
            .all(db)
            .await?,
    );
    Ok(rows)
}

/// Every access of every organisation that waits for its review, oldest first.
pub async fn every_waiting(db: &impl ConnectionTrait) -> Result<Vec<emergency::Model>, StoreError> {
    use emergency::Column as C;
    Ok(emergency::Entity::find().filter(C::ReviewedAt.is_null()).order_by_asc(C::OpenedAt).all(db).await?)
}

/// One access of an organisation.
pub async fn find(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    id: Uuid,
) -> Result<Option<emergency::Model>, StoreError> {
    Ok(emergency::Entity::find_by_id((organisation.0, id)).one(db).await?)
}

/// A reviewer's finding.
pub struct Finding<'a> {
    pub code: &'a str,
    pub note: &'a str,
    pub by: &'a str,
    pub at: i64,
}

/// Closes an access with a finding; false when somebody closed it before.
pub async fn review(tx: &Tx, row: &emergency::Model, finding: Finding<'_>) -> Result<bool, StoreError> {
    let touched = sql::run(
        &**tx,
        "update emergency set reviewed_at = $3, reviewed_by = $4, finding = $5, finding_note = $6 \
         where organisation_id = $1 and id = $2 and reviewed_at is null",
        [
            row.organisation_id.into(),
            row.id.into(),
            finding.at.into(),
            finding.by.into(),
            finding.code.into(),
            finding.note.into(),
        ],
    )
    .await?;
    Ok(touched == 1)
}

/// How often a person opened something.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct Count {
    pub person_id: Uuid,
    pub person_name: String,
    pub n: i64,
}

/// Accesses since an instant (ms) by person, the most first.
pub async fn counts(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    since: i64,
) -> Result<Vec<Count>, StoreError> {
    sql::all(
        db,
        "select person_id, max(person_name) as person_name, count(*) as n from emergency \
         where organisation_id = $1 and opened_at >= $2 group by person_id order by count(*) desc, max(person_name)",
        [organisation.0.into(), since.into()],
    )
    .await
}

/// Accesses that still wait for their review.
pub async fn waiting(db: &impl ConnectionTrait, organisation: OrganisationId) -> Result<i64, StoreError> {
    Ok(sql::count(
        db,
        "select count(*) as n from emergency where organisation_id = $1 and reviewed_at is null",
        [organisation.0.into()],
    )
    .await?)
}

/// The referrals of a patient to which an organisation is a party, newest first; drafts are nobody's yet.
pub async fn referrals_of(
    db: &impl ConnectionTrait,
    party: OrganisationId,
    patient_organisation: OrganisationId,
    patient: PatientId,
) -> Result<Vec<referral::Model>, StoreError> {
    use referral::Column as C;
    Ok(referral::Entity::find()
        .filter(C::PatientOrganisationId.eq(patient_organisation.0))
        .filter(C::PatientId.eq(patient.0))
        .filter(C::State.ne("draft"))
        .filter(
            sea_orm::Condition::any()
                .add(C::OrganisationId.eq(party.0))
                .add(C::ReferrerOrganisationId.eq(party.0)),
        )
        .order_by_desc(C::CreatedAt)
        .all(db)
        .await?)
}

/// The newest referral, to which an organisation is a party, of a patient with this NHS number (digits alone).
pub async fn by_nhs_number(
    db: &impl ConnectionTrait,
    party: OrganisationId,
    number: &str,
) -> Result<Option<Uuid>, StoreError> {
    #[derive(FromQueryResult)]
    struct Found {
        id: Uuid,
    }
    let found: Option<Found> = sql::one(
        db,
        "select r.id from referral r \
         join patient p on p.organisation_id = r.patient_organisation_id and p.id = r.patient_id \
         where p.nhs_number = $1 and r.state <> 'draft' \
         and (r.organisation_id = $2 or r.referrer_organisation_id = $2) order by r.created_at desc limit 1",
        [number.into(), party.0.into()],
    )
    .await?;
    Ok(found.map(|row| row.id))
}

/// The accesses to a patient's record since a moment (ms), newest first.
pub async fn of_patient(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    patient: PatientId,
    since: i64,
) -> Result<Vec<emergency::Model>, StoreError> {
    use emergency::Column as C;
    Ok(emergency::Entity::find()
        .filter(C::PatientOrganisationId.eq(organisation.0))
        .filter(C::PatientId.eq(patient.0))
        .filter(C::OpenedAt.gt(since))
        .order_by_desc(C::OpenedAt)
        .all(db)
        .await?)
}

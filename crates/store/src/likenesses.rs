//! Referrals that may be about the same need, and what was decided about them.

use domain::{OrganisationId, ReferralId};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter};
use uuid::Uuid;

use crate::entity::{likeness, patient, referral};
use crate::{StoreError, Tx, sql};

/// Another open referral of what may be the same person.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Candidate {
    pub id: Uuid,
    pub reference: String,
    pub state: String,
    pub priority: String,
    pub service_id: Uuid,
    pub service: String,
    pub specialty_code: Option<String>,
    pub reason: String,
    pub sent_at: Option<i64>,
    pub created_at: i64,
    pub patient_id: Uuid,
    pub nhs_number: Option<String>,
    pub family: String,
    pub given: String,
    pub birth_date: Option<String>,
    /// related or different, when somebody decided.
    pub verdict: Option<String>,
}

/// Open referrals of the organisation that was asked, other than this one, begun since an instant (ms), whose patient is
/// the same row, has the same NHS number, or was born on the same day with the same family name.
///
/// One statement: patients by primary key, `patient_number` and `patient_born`, referrals by `referral_patient`.
pub async fn candidates(
    db: &impl ConnectionTrait,
    row: &referral::Model,
    patient: &patient::Model,
    since: i64,
) -> Result<Vec<Candidate>, StoreError> {
    sql::all(
        db,
        "with alike as (select organisation_id, id from patient where organisation_id = $2 and id = $3 \
         union select organisation_id, id from patient where nhs_number = $4 \
         union select organisation_id, id from patient where birth_date = $5 and lower(family) = lower($6)) \
         select r.id, r.reference, r.state, r.priority, r.service_id, s.name as service, s.specialty_code, r.reason, \
         r.sent_at, r.created_at, p.id as patient_id, p.nhs_number, p.family, p.given, p.birth_date, l.verdict \
         from alike a \
         join referral r on r.patient_organisation_id = a.organisation_id and r.patient_id = a.id \
         join patient p on p.organisation_id = a.organisation_id and p.id = a.id \
         join service s on s.organisation_id = r.organisation_id and s.id = r.service_id \
         left join likeness l on l.organisation_id = r.organisation_id \
          and l.first_id = case when r.id < $7 then r.id else $7 end \
          and l.second_id = case when r.id < $7 then $7 else r.id end \
         where r.organisation_id = $1 and r.id <> $7 and r.due_at is not null and r.state <> 'draft' \
         and r.created_at >= $8 order by r.created_at desc limit 50",
        [
            row.organisation_id.into(),
            patient.organisation_id.into(),
            patient.id.into(),
            patient.nhs_number.clone().into(),
            patient.birth_date.clone().into(),
            patient.family.clone().into(),
            row.id.into(),
            since.into(),
        ],
    )
    .await
}

/// What was decided about two referrals.
pub async fn verdict(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    one: ReferralId,
    other: ReferralId,
) -> Result<Option<likeness::Model>, StoreError> {
    let key = (organisation.0, one.0.min(other.0), one.0.max(other.0));
    Ok(likeness::Entity::find_by_id(key).one(db).await?)
}

/// Referrals that somebody linked with this one.
pub async fn linked(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    id: ReferralId,
) -> Result<Vec<likeness::Model>, StoreError> {
    use likeness::Column as C;
    Ok(likeness::Entity::find()
        .filter(C::OrganisationId.eq(organisation.0))
        .filter(Condition::any().add(C::FirstId.eq(id.0)).add(C::SecondId.eq(id.0)))
        .filter(C::Verdict.eq("related"))
        .all(db)
        .await?)
}

/// Writes a verdict in place of an older one.
pub async fn judge(tx: &Tx, row: likeness::Model) -> Result<(), StoreError> {
    sql::run(
        &**tx,
        "delete from likeness where organisation_id = $1 and first_id = $2 and second_id = $3",
        [row.organisation_id.into(), row.first_id.into(), row.second_id.into()],
    )
    .await?;
    sql::insert(&**tx, row).await
}

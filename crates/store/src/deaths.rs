//! Patients who have died, and all that waits for them.

use domain::{OrganisationId, PatientId};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::entity::{death, message, referral};
use crate::{StoreError, Tx, sql};

/// What is recorded of a patient's death and holds.
pub async fn holding(
    db: &impl ConnectionTrait,
    (organisation, patient): (OrganisationId, PatientId),
) -> Result<Option<death::Model>, StoreError> {
    use death::Column as C;
    Ok(death::Entity::find()
        .filter(C::OrganisationId.eq(organisation.0))
        .filter(C::PatientId.eq(patient.0))
        .filter(C::UndoneAt.is_null())
        .one(db)
        .await?)
}

pub async fn insert(tx: &Tx, row: death::Model) -> Result<(), StoreError> {
    sql::insert(&**tx, row).await
}

pub async fn update(tx: &Tx, row: death::Model) -> Result<(), StoreError> {
    sql::update(&**tx, row).await
}

/// Says of a patient that they have died, or that they live; false where that is known.
pub async fn set_deceased(
    tx: &Tx,
    (organisation, patient): (OrganisationId, PatientId),
    deceased: bool,
) -> Result<bool, StoreError> {
    let query = "update patient set deceased = $3 where organisation_id = $1 and id = $2 and deceased <> $3";
    Ok(sql::run(&**tx, query, [organisation.0.into(), patient.0.into(), deceased.into()]).await? == 1)
}

/// A patient's messages that nobody has handed over, letters that were not printed among them.
pub async fn unsent(
    db: &impl ConnectionTrait,
    (organisation, patient): (OrganisationId, PatientId),
) -> Result<Vec<message::Model>, StoreError> {
    let query = "select m.* from message m where m.patient_organisation_id = $1 and m.patient_id = $2 \
                 and (m.state in ('created', 'technical-failure') or (m.state = 'sending' and m.handing_at = 0) \
                 or (m.channel = 'letter' and m.state = 'pending' and not exists (select 1 from paper_letter l \
                 where l.organisation_id = m.organisation_id and l.message_id = m.id and l.printed_at is not null))) \
                 order by m.id";
    let statement = sql::statement(db, query, [organisation.0.into(), patient.0.into()]);
    Ok(message::Entity::find().from_raw_sql(statement).all(db).await?)
}

/// Nobody has to see to messages that did not reach them, nor to call them.
pub async fn end_tasks(
    tx: &Tx,
    (organisation, patient): (OrganisationId, PatientId),
    at: i64,
) -> Result<(), StoreError> {
    sql::run(
        &**tx,
        "update message set needs_person = null where patient_organisation_id = $1 and patient_id = $2 \
         and needs_person is not null",
        [organisation.0.into(), patient.0.into()],
    )
    .await?;
    sql::run(
        &**tx,
        "update task set done_at = $3 where done_at is null and (kind like 'chase-%' or kind like 'message-%' \
         or kind in ('not-needed', 'reply')) and exists (select 1 from referral r where r.organisation_id = task.referral_organisation_id \
         and r.id = task.referral_id and r.patient_organisation_id = $1 and r.patient_id = $2)",
        [organisation.0.into(), patient.0.into(), at.into()],
    )
    .await?;
    Ok(())
}

/// Surveys that were not answered, of all referrals of a patient.
pub async fn end_surveys(
    tx: &Tx,
    (organisation, patient): (OrganisationId, PatientId),
) -> Result<u64, StoreError> {
    sql::run(
        &**tx,
        "delete from survey where answered_at is null and exists (select 1 from referral r \
         where r.organisation_id = survey.organisation_id and r.id = survey.referral_id \
         and r.patient_organisation_id = $1 and r.patient_id = $2)",
        [organisation.0.into(), patient.0.into()],
    )
    .await
}

/// Nothing of a patient's referrals is waited for any more.
pub async fn end_chases(
    tx: &Tx,
    (organisation, patient): (OrganisationId, PatientId),
) -> Result<u64, StoreError> {
    sql::run(
        &**tx,
        "delete from chase where exists (select 1 from referral r where r.organisation_id = chase.organisation_id \
         and r.id = chase.referral_id and r.patient_organisation_id = $1 and r.patient_id = $2)",
        [organisation.0.into(), patient.0.into()],
    )
    .await
}

/// The referrals of a patient that have been sent and are not over, oldest first.
pub async fn open_referrals(
    db: &impl ConnectionTrait,
    (organisation, patient): (OrganisationId, PatientId),
) -> Result<Vec<referral::Model>, StoreError> {
    use referral::Column as C;
    Ok(referral::Entity::find()
        .filter(C::PatientOrganisationId.eq(organisation.0))
        .filter(C::PatientId.eq(patient.0))
        .filter(C::EndedAt.is_null())
        .filter(C::State.ne("draft"))
        .order_by_asc(C::Id)
        .all(db)
        .await?)
}

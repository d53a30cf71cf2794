//! Words between colleagues about a referral, and what one asks of another.

use domain::{OrganisationId, PersonId};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder,
    QuerySelect,
};
use uuid::Uuid;

use crate::entity::{note, referral, task};
use crate::{StoreError, Tx, sql};

pub async fn add_note(tx: &Tx, row: note::Model) -> Result<(), StoreError> {
    sql::insert(&**tx, row).await
}

/// The notes of a referral that one side may read, oldest first.
pub async fn notes(
    db: &impl ConnectionTrait,
    row: &referral::Model,
    reader: OrganisationId,
) -> Result<Vec<note::Model>, StoreError> {
    use note::Column as C;
    let readable = Condition::any().add(C::Audience.eq("both")).add(C::AuthorOrganisationId.eq(reader.0));
    Ok(note::Entity::find()
        .filter(C::OrganisationId.eq(row.organisation_id))
        .filter(C::ReferralId.eq(row.id))
        .filter(readable)
        .order_by_asc(C::Id)
        .all(db)
        .await?)
}

pub async fn add_task(tx: &Tx, row: task::Model) -> Result<(), StoreError> {
    sql::insert(&**tx, row).await
}

/// The open task of a kind about messages to a patient, at the organisation that answers for the referral.
pub async fn open_about(
    db: &impl ConnectionTrait,
    organisation: Uuid,
    (patient_organisation, patient): (Uuid, Uuid),
    kind: &str,
) -> Result<Option<Uuid>, StoreError> {
    #[derive(FromQueryResult)]
    struct Row {
        id: Uuid,
    }
    let query = "select t.id from task t join referral r on r.organisation_id = t.referral_organisation_id and r.id = t.referral_id \
                 where t.referral_organisation_id = $1 and t.kind = $2 and t.done_at is null and t.message_id is not null \
                 and r.patient_organisation_id = $3 and r.patient_id = $4 order by t.id limit 1";
    let values = [organisation.into(), kind.into(), patient_organisation.into(), patient.into()];
    let row: Option<Row> = sql::one(db, query, values).await?;
    Ok(row.map(|row| row.id))
}

/// The messages of which somebody was asked by these tasks (task, message), oldest first.
pub async fn messages_of(db: &impl ConnectionTrait, tasks: &[Uuid]) -> Result<Vec<(Uuid, Uuid)>, StoreError> {
    use crate::entity::message::{Column as C, Entity};
    if tasks.is_empty() {
        return Ok(Vec::new());
    }
    Ok(Entity::find()
        .select_only()
        .columns([C::TaskId, C::Id])
        .filter(C::TaskId.is_in(tasks.iter().copied()))
        .order_by_asc(C::Id)
        .into_tuple()
        .all(db)
        .await?)
}

/// A task with the referral that it is about.
#[derive(Debug, Clone, FromQueryResult)]
pub struct OpenTask {
    pub id: Uuid,
    pub referral_id: Uuid,
    pub reference: String,
    pub given: String,
    pub family: String,
    pub text: String,
    pub asked_by: String,
    pub created_at: i64,
    /// Empty: one person asks another.
    pub kind: String,
    pub message_id: Option<Uuid>,
}

/// What is asked of a person and not done, oldest first; at most 50.
pub async fn open_tasks(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    person: PersonId,
) -> Result<Vec<OpenTask>, StoreError> {
    sql::all(
        db,
        "select t.id, t.referral_id, r.reference, p.given, p.family, t.text, t.asked_by, t.created_at, t.kind, t.message_id from task t \
         join referral r on r.organisation_id = t.referral_organisation_id and r.id = t.referral_id \
         join patient p on p.organisation_id = r.patient_organisation_id and p.id = r.patient_id \
         where t.organisation_id = $1 and t.person_id = $2 and t.done_at is null order by t.id limit 50",
        [organisation.0.into(), person.0.into()],
    )
    .await
}

/// What was asked of a colleague by words of a thread.
#[derive(Debug, Clone, FromQueryResult)]
pub struct AskedByNote {
    pub note_id: Uuid,
    pub person: String,
    pub done_at: Option<i64>,
}

/// What colleagues of one organisation were asked in the thread of a referral.
pub async fn asked(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    row: &referral::Model,
) -> Result<Vec<AskedByNote>, StoreError> {
    sql::all(
        db,
        "select t.note_id, p.name as person, t.done_at from task t \
         join person p on p.organisation_id = t.organisation_id and p.id = t.person_id \
         where t.organisation_id = $1 and t.referral_id = $2 and t.referral_organisation_id = $3 \
         and t.note_id is not null order by t.id",
        [organisation.0.into(), row.id.into(), row.organisation_id.into()],
    )
    .await
}

/// A task of somebody.
pub async fn task(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    person: PersonId,
    id: Uuid,
) -> Result<Option<task::Model>, StoreError> {
    use task::Column as C;
    let found = task::Entity::find_by_id((organisation.0, id)).filter(C::PersonId.eq(person.0));
    Ok(found.one(db).await?)
}

/// Ticks a task off; false when it is not theirs or was done before.
pub async fn finish_task(
    tx: &Tx,
    organisation: OrganisationId,
    person: PersonId,
    id: Uuid,
    at: i64,
) -> Result<bool, StoreError> {
    let touched = sql::run(
        &**tx,
        "update task set done_at = $4 \
         where organisation_id = $1 and person_id = $2 and id = $3 and done_at is null",
        [organisation.0.into(), person.0.into(), id.into(), at.into()],
    )
    .await?;
    Ok(touched == 1)
}

/// Gives everything that one colleague was asked, and has not done, to another.
pub async fn move_tasks(
    tx: &Tx,
    organisation: OrganisationId,
    from: PersonId,
    to: PersonId,
) -> Result<u64, StoreError> {
    sql::run(
        &**tx,
        "update task set person_id = $3 where organisation_id = $1 and person_id = $2 and done_at is null",
        [organisation.0.into(), from.0.into(), to.0.into()],
    )
    .await
}

//! What clinicians are told of their own days.

use domain::{OrganisationId, PersonId};
use sea_orm::{ConnectionTrait, EntityTrait, FromQueryResult};
use uuid::Uuid;

use crate::entity::{appointment, day_notice, visit_change};
use crate::{StoreError, Tx, sql};

/// What a person chose; `None`: nothing.
pub async fn find(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    person: PersonId,
) -> Result<Option<day_notice::Model>, StoreError> {
    Ok(day_notice::Entity::find_by_id((organisation.0, person.0)).one(db).await?)
}

/// Writes what a person chose.
pub async fn keep(tx: &Tx, row: day_notice::Model) -> Result<(), StoreError> {
    let query = "delete from day_notice where organisation_id = $1 and person_id = $2";
    sql::run(&**tx, query, [row.organisation_id.into(), row.person_id.into()]).await?;
    sql::insert(&**tx, row).await
}

/// Somebody who may be told, with what they chose where they did.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Receiver {
    pub organisation_id: Uuid,
    pub organisation: String,
    /// Of the organisation.
    pub zone: String,
    pub person_id: Uuid,
    pub name: String,
    pub email: String,
    pub status: String,
    pub valid_until: Option<String>,
    /// Who can be booked.
    pub resource_id: Option<Uuid>,
    pub daily: Option<String>,
    pub at_wall: Option<String>,
    pub if_empty: Option<bool>,
    pub changes: Option<String>,
    pub within_hours: Option<i64>,
    pub report_days: Option<i64>,
    pub digest: Option<String>,
    pub channel: Option<String>,
    pub phone: Option<String>,
}

const RECEIVERS: &str = "select p.organisation_id, o.name as organisation, o.zone, p.id as person_id, p.name, p.email, \
     p.status, p.valid_until, r.id as resource_id, d.daily, d.at_wall, d.if_empty, d.changes, d.within_hours, d.report_days, \
     d.digest, d.channel, d.phone from person p join organisation o on o.id = p.organisation_id \
     left join resource r on r.organisation_id = p.organisation_id and r.person_id = p.id and r.ended_at is null \
     left join day_notice d on d.organisation_id = p.organisation_id and d.person_id = p.id where p.status = 'active'";

/// Everybody who has days: who can be booked, and who wants one notice a day of their referrals.
pub async fn receivers(db: &impl ConnectionTrait) -> Result<Vec<Receiver>, StoreError> {
    let query =
        format!("{RECEIVERS} and (r.id is not null or d.digest = 'daily') order by p.organisation_id, p.id");
    sql::all(db, &query, []).await
}

/// Those of whose visits something changed before an instant (ms) and who have not heard of it.
pub async fn untold(db: &impl ConnectionTrait, before: i64) -> Result<Vec<Receiver>, StoreError> {
    let query = format!(
        "{RECEIVERS} and exists (select 1 from visit_change c where c.organisation_id = p.organisation_id \
         and c.person_id = p.id and c.told_at is null and c.at <= $1) order by p.organisation_id, p.id"
    );
    sql::all(db, &query, [before.into()]).await
}

/// The days of whose daily notices since an instant (ms) was seen to.
pub async fn told_since(db: &impl ConnectionTrait, since: i64) -> Result<Vec<(Uuid, String)>, StoreError> {
    #[derive(FromQueryResult)]
    struct Row {
        person_id: Uuid,
        day: String,
    }
    let rows: Vec<Row> =
        sql::all(db, "select person_id, day from day_told where at >= $1", [since.into()]).await?;
    Ok(rows.into_iter().map(|row| (row.person_id, row.day)).collect())
}

/// Takes the notice of a person's day; false when another server has.
pub async fn claim(
    tx: &Tx,
    (organisation, person): (Uuid, Uuid),
    day: &str,
    (at, reports): (i64, i64),
) -> Result<bool, StoreError> {
    let query = "insert into day_told (organisation_id, person_id, day, at, reports) values ($1, $2, $3, $4, $5) \
                 on conflict (organisation_id, person_id, day) do nothing";
    let values = [organisation.into(), person.into(), day.into(), at.into(), reports.into()];
    Ok(sql::run(&**tx, query, values).await? == 1)
}

/// When a person was reminded of reports last (ms).
pub async fn reports_told_at(
    db: &impl ConnectionTrait,
    (organisation, person): (Uuid, Uuid),
) -> Result<Option<i64>, StoreError> {
    #[derive(FromQueryResult)]
    struct Row {
        at: Option<i64>,
    }
    let query =
        "select max(at) as at from day_told where organisation_id = $1 and person_id = $2 and reports > 0";
    let row: Option<Row> = sql::one(db, query, [organisation.into(), person.into()]).await?;
    Ok(row.and_then(|row| row.at))
}

/// Booked visits of a clinician within a span (ms).
pub async fn visits(
    db: &impl ConnectionTrait,
    (organisation, resource): (Uuid, Uuid),
    (from, to): (i64, i64),
) -> Result<i64, StoreError> {
    let query = "select count(*) as n from appointment where organisation_id = $1 and resource_id = $2 and state = 'booked' \
                 and start_at >= $3 and start_at < $4";
    Ok(sql::count(db, query, [organisation.into(), resource.into(), from.into(), to.into()]).await?)
}

/// When visits of a clinician ended (ms, before `before`) of which nobody said how they went, or whose report is missing.
pub async fn without_report(
    db: &impl ConnectionTrait,
    (organisation, resource): (Uuid, Uuid),
    before: i64,
) -> Result<Vec<i64>, StoreError> {
    #[derive(FromQueryResult)]
    struct Row {
        end_at: i64,
    }
    let query = "select a.end_at from appointment a join referral r on r.organisation_id = a.organisation_id \
                 and r.id = a.referral_id where a.organisation_id = $1 and a.resource_id = $2 and a.end_at <= $3 \
                 and (a.state = 'booked' or (a.state = 'fulfilled' and r.state = 'seen' and r.appointment_id = a.id)) \
                 order by a.end_at desc limit 500";
    let rows: Vec<Row> = sql::all(db, query, [organisation.into(), resource.into(), before.into()]).await?;
    Ok(rows.into_iter().map(|row| row.end_at).collect())
}

/// Whether a clinician is on leave for a whole span (ms).
pub async fn is_away(
    db: &impl ConnectionTrait,
    (organisation, resource): (Uuid, Uuid),
    (from, to): (i64, i64),
) -> Result<bool, StoreError> {
    let query = "select count(*) as n from leave where organisation_id = $1 and resource_id = $2 and from_at <= $3 and to_at >= $4";
    Ok(sql::count(db, query, [organisation.into(), resource.into(), from.into(), to.into()]).await? > 0)
}

/// A time was booked or given back, for the clinician who is that resource. Whether they did it themselves is told by the key of
/// who acts.
pub async fn changed(
    tx: &Tx,
    id: Uuid,
    row: &appointment::Model,
    (before, after): (Option<i64>, Option<i64>),
    (actor, at): (&str, i64),
) -> Result<(), StoreError> {
    let person =
        "select person_id from resource where organisation_id = $1 and id = $2 and person_id is not null";
    #[derive(FromQueryResult)]
    struct Who {
        person_id: Uuid,
    }
    let who: Option<Who> =
        sql::one(&**tx, person, [row.organisation_id.into(), row.resource_id.into()]).await?;
    let Some(Who { person_id }) = who else {
        return Ok(());
    };
    let change = visit_change::Model {
        organisation_id: row.organisation_id,
        id,
        person_id,
        referral_id: row.referral_id,
        before_at: before,
        after_at: after,
        at,
        own: actor == format!("staff:{person_id}"),
        told_at: None,
    };
    sql::insert(&**tx, change).await
}

/// Takes all that a person has not heard of, oldest first; another server that comes at the same time gets nothing.
pub async fn take_changes(
    tx: &Tx,
    (organisation, person): (Uuid, Uuid),
    at: i64,
) -> Result<Vec<visit_change::Model>, StoreError> {
    let query = "update visit_change set told_at = $3 where organisation_id = $1 and person_id = $2 and told_at is null returning *";
    let values = [organisation.into(), person.into(), at.into()];
    let statement = sql::statement(&**tx, query, values);
    let mut rows = visit_change::Entity::find().from_raw_sql(statement).all(&**tx).await?;
    rows.sort_by_key(|row| row.id);
    Ok(rows)
}

/// Forgets what is older than an instant (ms).
pub async fn forget(tx: &Tx, before: i64) -> Result<(), StoreError> {
    sql::run(&**tx, "delete from visit_change where at < $1", [before.into()]).await?;
    sql::run(&**tx, "delete from day_told where at < $1", [before.into()]).await?;
    Ok(())
}

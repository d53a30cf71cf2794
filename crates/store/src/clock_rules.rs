//! What is planned for a wall time, for when the clock rules of its zone change; and which visits were moved by that.

use domain::OrganisationId;
use sea_orm::{ConnectionTrait, FromQueryResult};
use uuid::Uuid;

use crate::entity::replanned;
use crate::{StoreError, Tx, sql};

/// The latest edition of the time zone data by which what is planned was read again; `None`: none yet.
pub async fn newest_edition(db: &impl ConnectionTrait) -> Result<Option<String>, StoreError> {
    #[derive(FromQueryResult)]
    struct Row {
        edition: Option<String>,
    }
    let row: Option<Row> = sql::one(db, "select max(edition) as edition from zone_edition", []).await?;
    Ok(row.and_then(|row| row.edition))
}

/// Notes that everything was read by an edition (ms).
pub async fn note_edition(tx: &Tx, edition: &str, at: i64) -> Result<(), StoreError> {
    let query = "insert into zone_edition (edition, at) values ($1, $2) on conflict (edition) do nothing";
    sql::run(&**tx, query, [edition.into(), at.into()]).await.map(|_| ())
}

/// A held or booked visit with the wall time that its patient was promised.
#[derive(Debug, Clone, FromQueryResult)]
pub struct PlannedVisit {
    pub organisation_id: Uuid,
    pub id: Uuid,
    pub referral_id: Uuid,
    pub start_at: i64,
    pub zone: String,
    pub start_wall: String,
    /// It is on the list of visits to look at because of the clock rules, or somebody has decided about it (ms).
    pub is_listed: bool,
    pub settled_at: Option<i64>,
}

/// Held and booked visits of every organisation after an instant (ms), in order.
pub async fn visits_after(db: &impl ConnectionTrait, from: i64) -> Result<Vec<PlannedVisit>, StoreError> {
    sql::all(
        db,
        "select a.organisation_id, a.id, a.referral_id, a.start_at, a.zone, a.start_wall, k.id is not null as is_listed, \
         k.settled_at from appointment a left join rebooking k on k.organisation_id = a.organisation_id \
         and k.appointment_id = a.id and k.cause = 'clock-rules' \
         where a.state in ('held', 'booked') and a.start_at > $1 order by a.start_at, a.id",
        [from.into()],
    )
    .await
}

/// Writes down that a visit was moved.
pub async fn note_moved(tx: &Tx, row: replanned::Model) -> Result<(), StoreError> {
    sql::insert(&**tx, row).await
}

/// A visit to come that was moved.
#[derive(Debug, Clone, FromQueryResult)]
pub struct MovedLine {
    pub referral_id: Uuid,
    pub reference: String,
    pub given: String,
    pub family: String,
    pub service: String,
    pub resource: String,
    pub zone: String,
    pub from_at: i64,
    pub to_at: i64,
    pub edition: String,
    pub at: i64,
}

/// Moves of visits that are still booked or held and lie after an instant (ms), in order of the visits; of one visit the
/// earlier moves first.
pub async fn moved(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    after: i64,
) -> Result<Vec<MovedLine>, StoreError> {
    sql::all(
        db,
        "select m.referral_id, r.reference, p.given, p.family, s.name as service, q.name as resource, m.zone, m.from_at, \
         m.to_at, m.edition, m.at from replanned m \
         join appointment a on a.organisation_id = m.organisation_id and a.id = m.appointment_id \
         join referral r on r.organisation_id = m.organisation_id and r.id = m.referral_id \
         join patient p on p.organisation_id = r.patient_organisation_id and p.id = r.patient_id \
         join service s on s.organisation_id = a.organisation_id and s.id = a.service_id \
         join resource q on q.organisation_id = m.organisation_id and q.id = m.resource_id \
         where m.organisation_id = $1 and m.to_at > $2 and a.state in ('held', 'booked') order by m.to_at, m.id",
        [organisation.0.into(), after.into()],
    )
    .await
}

/// How many lines [`moved`] would have.
pub async fn count_moved(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    after: i64,
) -> Result<i64, StoreError> {
    Ok(sql::count(
        db,
        "select count(*) as n from replanned m join appointment a on a.organisation_id = m.organisation_id \
         and a.id = m.appointment_id and a.state in ('held', 'booked') where m.organisation_id = $1 and m.to_at > $2",
        [organisation.0.into(), after.into()],
    )
    .await?)
}

//! What goes onto paper for the hour when nothing works: the coming visits and the open referrals of a service.

use domain::OrganisationId;
use sea_orm::{ConnectionTrait, FromQueryResult};
use uuid::Uuid;

use crate::{StoreError, sql};

/// A visit that is held or booked.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Visit {
    pub start_at: i64,
    pub end_at: i64,
    pub zone: String,
    pub state: String,
    pub resource: String,
    pub reference: String,
    pub family: String,
    pub given: String,
    pub birth_date: Option<String>,
    pub nhs_number: Option<String>,
    pub phone: Option<String>,
}

/// Held and booked visits of a service that begin within a span (ms), in order. Walks `appointment_days`.
pub async fn visits(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    service: Uuid,
    from: i64,
    to: i64,
) -> Result<Vec<Visit>, StoreError> {
    sql::all(
        db,
        "select a.start_at, a.end_at, a.zone, a.state, c.name as resource, r.reference, p.family, p.given, \
         p.birth_date, p.nhs_number, p.phone from appointment a \
         join resource c on c.organisation_id = a.organisation_id and c.id = a.resource_id \
         join referral r on r.organisation_id = a.organisation_id and r.id = a.referral_id \
         join patient p on p.organisation_id = r.patient_organisation_id and p.id = r.patient_id \
         where a.organisation_id = $1 and a.service_id = $2 and a.start_at >= $3 and a.start_at < $4 \
         and a.state in ('held', 'booked') order by a.start_at, a.id",
        [organisation.0.into(), service.into(), from.into(), to.into()],
    )
    .await
}

/// An open referral.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Open {
    pub id: Uuid,
    pub reference: String,
    pub state: String,
    pub priority: String,
    pub owner_name: Option<String>,
    pub next_action: Option<String>,
    pub due_at: i64,
    pub sent_at: Option<i64>,
    pub family: String,
    pub given: String,
    pub birth_date: Option<String>,
    pub nhs_number: Option<String>,
    pub phone: Option<String>,
}

/// A page of the open referrals of a service, the most pressing first; continue after (due, id). Walks `referral_open`.
pub async fn open(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    service: Uuid,
    after: Option<(i64, Uuid)>,
    limit: u64,
) -> Result<Vec<Open>, StoreError> {
    let (due, id) = after.unwrap_or((i64::MIN, Uuid::nil()));
    let query = format!(
        "select r.id, r.reference, r.state, r.priority, r.owner_name, r.next_action, r.due_at, r.sent_at, \
         p.family, p.given, p.birth_date, p.nhs_number, p.phone from referral r \
         join patient p on p.organisation_id = r.patient_organisation_id and p.id = r.patient_id \
         where r.organisation_id = $1 and r.service_id = $2 and r.state <> 'draft' \
         and (r.due_at > $3 or (r.due_at = $3 and r.id > $4)) order by r.due_at, r.id limit {limit}"
    );
    sql::all(db, &query, [organisation.0.into(), service.into(), due.into(), id.into()]).await
}

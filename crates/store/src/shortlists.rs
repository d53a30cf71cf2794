//! The directory as a referrer looks through it, the waits of services, and what was chosen from a shortlist.

use domain::OrganisationId;
use sea_orm::{ConnectionTrait, EntityTrait, FromQueryResult};
use uuid::Uuid;

use crate::entity::{referral, service_choice, service_wait};
use crate::referrals::escaped;
use crate::{StoreError, Tx, sql};

/// A service with what a referrer compares.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Offered {
    pub id: Uuid,
    pub organisation_id: Uuid,
    pub name: String,
    pub organisation: String,
    pub specialty: Option<String>,
    pub specialty_code: Option<String>,
    pub phone: Option<String>,
    pub patient_note: Option<String>,
    pub required: String,
    pub zone: String,
    pub site: Option<String>,
    pub address: Option<String>,
    pub latitude: Option<f64>,
    pub longitude: Option<f64>,
    /// How many finished waits were looked at; `None` before the first look.
    pub waits: Option<i64>,
    pub median_days: Option<i64>,
    pub p90_days: Option<i64>,
    /// First and last visit of those waits (ms).
    pub first_at: Option<i64>,
    pub last_at: Option<i64>,
}

/// Services that take referrals, by name; at most 2,000. Every word must be found in the name, the specialty, the site,
/// the organisation or the conditions that the service names; `ids` and `specialty` narrow further.
pub async fn offered(
    db: &impl ConnectionTrait,
    words: &str,
    specialty: &str,
    ids: Option<&[Uuid]>,
) -> Result<Vec<Offered>, StoreError> {
    let mut values: Vec<sea_orm::Value> = Vec::new();
    let mut bind = |value: sea_orm::Value| {
        values.push(value);
        format!("${}", values.len())
    };
    let mut clauses = vec!["s.active".to_owned()];
    if let Some(ids) = ids {
        let marks: Vec<_> = ids.iter().map(|id| bind((*id).into())).collect();
        clauses.push(if marks.is_empty() {
            "1 = 0".to_owned()
        } else {
            format!("s.id in ({})", marks.join(", "))
        });
    }
    if !specialty.is_empty() {
        clauses.push(format!("s.specialty_code = {}", bind(specialty.into())));
    }
    for word in words.split_whitespace().take(5) {
        let mark = bind(format!("%{}%", escaped(&word.to_lowercase())).into());
        let columns = ["s.name", "s.specialty", "s.keywords", "t.name", "o.name"];
        let any: Vec<_> =
            columns.iter().map(|column| format!("lower({column}) like {mark} escape '!'")).collect();
        clauses.push(format!("({})", any.join(" or ")));
    }
    let query = format!(
        "select s.id, s.organisation_id, s.name, o.name as organisation, s.specialty, s.specialty_code, \
         coalesce(s.phone, o.phone) as phone, s.patient_note, s.required, coalesce(t.zone, o.zone) as zone, \
         t.name as site, t.address, t.latitude, t.longitude, w.waits, w.median_days, w.p90_days, \
         w.first_at, w.last_at from service s \
         join organisation o on o.id = s.organisation_id \
         left join site t on t.organisation_id = s.organisation_id and t.id = s.site_id \
         left join service_wait w on w.organisation_id = s.organisation_id and w.service_id = s.id \
         where {} order by s.name, s.id limit 2000",
        clauses.join(" and ")
    );
    sql::all(db, &query, values).await
}

/// A specialty that some service offers.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Specialty {
    pub code: String,
    pub name: Option<String>,
}

/// The specialties of services that take referrals, by name.
pub async fn specialties(db: &impl ConnectionTrait) -> Result<Vec<Specialty>, StoreError> {
    sql::all(
        db,
        "select specialty_code as code, max(specialty) as name from service \
         where active and specialty_code is not null and specialty_code <> '' group by specialty_code \
         order by 2, 1 limit 500",
        [],
    )
    .await
}

/// One finished wait: when it was sent and when the patient was first seen (ms).
#[derive(Debug, Clone, FromQueryResult)]
pub struct Finished {
    pub service_id: Uuid,
    pub sent_at: i64,
    pub seen_at: i64,
}

/// The waits of an organisation that ended with a first visit since an instant (ms), the last visit first.
pub async fn finished(
    db: &impl ConnectionTrait,
    organisation: OrganisationId,
    since: i64,
) -> Result<Vec<Finished>, StoreError> {
    sql::all(
        db,
        "select r.service_id, r.sent_at, min(e.at) as seen_at from event e \
         join referral r on r.organisation_id = e.organisation_id and r.id = e.referral_id \
         where e.organisation_id = $1 and e.at >= $2 and e.to_state = 'seen' \
         and r.sent_at is not null and r.state <> 'entered-in-error' \
         group by r.id, r.service_id, r.sent_at order by seen_at desc, r.id",
        [organisation.0.into(), since.into()],
    )
    .await
}

/// Replaces the waits of an organisation.
pub async fn put_waits(
    tx: &Tx,
    organisation: OrganisationId,
    rows: Vec<service_wait::Model>,
) -> Result<(), StoreError> {
    sql::run(&**tx, "delete from service_wait where organisation_id = $1", [organisation.0.into()]).await?;
    if rows.is_empty() { Ok(()) } else { sql::insert_all(&**tx, rows).await }
}

pub async fn add_choice(tx: &Tx, row: service_choice::Model) -> Result<(), StoreError> {
    sql::insert(&**tx, row).await
}

/// What was chosen from, for a referral that was found within its own scope.
pub async fn choice(
    db: &impl ConnectionTrait,
    row: &referral::Model,
) -> Result<Option<service_choice::Model>, StoreError> {
    Ok(service_choice::Entity::find_by_id((row.organisation_id, row.id)).one(db).await?)
}

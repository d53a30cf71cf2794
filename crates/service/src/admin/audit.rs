//! Searching the audit: who touched what, and what was refused.

use chrono::NaiveTime;
use contract::{AuditLine, AuditPage, AuditQuery};
use domain::calendar_days::at_wall;
use domain::{OrganisationId, dates};
use store::audit::Sought;
use store::entity::audit;
use store::referrals::Scope;

use crate::account::{home, zone};
use crate::audit::Touched;
use crate::emergency::overseer;
use crate::{Call, Desk, ServiceError, describe};

/// Lines on one page.
const PAGE: usize = 100;
/// Events read at once when they are taken out.
const AT_ONCE: u64 = 1_000;

/// Audit events of the organisation, newest first. Administrators and the privacy contact; looking is an event itself.
pub async fn search_audit(desk: &Desk, call: &Call, query: &AuditQuery) -> Result<AuditPage, ServiceError> {
    let db = desk.store.reader();
    let organisation = overseer(db, call).await?;
    let zone = zone(&home(db, organisation).await?);
    let sought = sought(db, organisation, zone, query).await?;
    let patient = sought.patient;
    let mut rows = store::audit::search(db, organisation, &sought, PAGE as u64 + 1).await?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let referrals = rows.iter().filter(|row| row.entity == "referral").filter_map(|row| row.entity_id);
    let ids = referrals.collect();
    let references = store::referrals::references(db, Scope::Organisation(organisation), ids).await?;
    let patient = patient.map(domain::PatientId);
    desk.record_read(call, Touched { organisation, entity: "audit", id: None, patient }).await?;
    Ok(AuditPage {
        next: rows.last().filter(|_| more).map(|row| row.id.to_string()),
        lines: rows
            .into_iter()
            .map(|row| AuditLine {
                when: describe::day_and_clock(row.at, zone),
                who: if row.actor_name.is_empty() { row.actor } else { row.actor_name },
                action: row.action,
                entity: row.entity,
                reference: row.entity_id.and_then(|id| references.get(&id).cloned()),
                is_refused: row.outcome == "refused",
            })
            .collect(),
    })
}

/// Events on their way out of the house.
#[derive(Debug)]
pub struct AuditExport {
    organisation: OrganisationId,
    sought: Sought,
}

impl AuditExport {
    /// The next ones, newest first; none once all are out.
    pub async fn next(&mut self, desk: &Desk) -> Result<Vec<audit::Model>, ServiceError> {
        let rows =
            store::audit::search(desk.store.reader(), self.organisation, &self.sought, AT_ONCE).await?;
        if let Some(last) = rows.last() {
            self.sought.after = Some(last.id);
        }
        Ok(rows)
    }
}

/// Whether whoever calls may take events out; asked before they are asked for a code.
pub async fn may_export_audit(desk: &Desk, call: &Call) -> Result<(), ServiceError> {
    overseer(desk.store.reader(), call).await.map(|_| ())
}

/// All events that a search finds, to be taken out. Administrators and the privacy contact; it is an event itself.
pub async fn export_audit(desk: &Desk, call: &Call, query: &AuditQuery) -> Result<AuditExport, ServiceError> {
    let db = desk.store.reader();
    let organisation = overseer(db, call).await?;
    let zone = zone(&home(db, organisation).await?);
    let query = AuditQuery { after: String::new(), ..query.clone() };
    let sought = sought(db, organisation, zone, &query).await?;
    let patient = sought.patient.map(domain::PatientId);
    desk.record_reads(call, "export", &[Touched { organisation, entity: "audit", id: None, patient }])
        .await?;
    Ok(AuditExport { organisation, sought })
}

async fn sought(
    db: &impl store::Db,
    organisation: OrganisationId,
    zone: chrono_tz::Tz,
    query: &AuditQuery,
) -> Result<Sought, ServiceError> {
    let day = |field: &str, text: &str, days: u64| match text.trim() {
        "" => Ok(None),
        text => dates::day(text)
            .map(|day| Some(at_wall(day + chrono::Days::new(days), NaiveTime::MIN, zone).timestamp_millis()))
            .ok_or_else(|| ServiceError::invalid(field, "Choose a day, such as 2026-03-31.")),
    };
    let patient = match query.reference.trim() {
        "" => None,
        reference => {
            let scope = Scope::Organisation(organisation);
            let wanted = crate::ids::tidy_reference(reference);
            let found = store::referrals::find_by_reference(db, scope, &wanted).await?;
            let found = found.ok_or_else(|| {
                ServiceError::invalid(
                    "reference",
                    "No referral of yours has this number. Check it letter by letter.",
                )
            })?;
            Some(found.patient_id)
        }
    };
    let text = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    Ok(Sought {
        from: day("from", &query.from, 0)?,
        to: day("to", &query.to, 1)?,
        patient,
        who: text(&query.who),
        outcome: text(&query.outcome),
        after: query.after.parse().ok(),
    })
}

//! Searching the audit: who touched what, and what was refused.

use chrono::{NaiveDate, NaiveTime};
use contract::{AuditLine, AuditPage, AuditQuery};
use domain::calendar_days::at_wall;
use store::audit::Sought;
use store::referrals::Scope;

use super::administrator;
use crate::audit::Touched;
use crate::{Call, Desk, ServiceError, describe};

/// Lines on one page.
const PAGE: usize = 100;

/// Audit events of the organisation, newest first. Administrators; looking is an event itself.
pub async fn search_audit(desk: &Desk, call: &Call, query: &AuditQuery) -> Result<AuditPage, ServiceError> {
    let organisation = administrator(call)?;
    let db = desk.store.reader();
    let row = store::directory::organisation(db, organisation).await?.ok_or(ServiceError::NotFound)?;
    let zone = row.zone.parse().unwrap_or(chrono_tz::Europe::London);
    let day = |field: &str, text: &str, days: u64| match text.trim() {
        "" => Ok(None),
        text => text
            .parse::<NaiveDate>()
            .map(|day| Some(at_wall(day + chrono::Days::new(days), NaiveTime::MIN, zone).timestamp_millis()))
            .map_err(|_| ServiceError::invalid(field, "Choose a day, such as 2026-03-31.")),
    };
    let patient = match query.reference.trim() {
        "" => None,
        reference => {
            let scope = Scope::Organisation(organisation);
            let wanted = reference.to_uppercase();
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
    let sought = Sought {
        from: day("from", &query.from, 0)?,
        to: day("to", &query.to, 1)?,
        patient,
        who: text(&query.who),
        outcome: text(&query.outcome),
        after: query.after.parse().ok(),
    };
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

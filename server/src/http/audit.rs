//! The audit as a file, for whoever answers for privacy.

use std::io;

use app::pages::audit_address;
use app::web::{Refused, Staff, Typed, Web, confirm_first};
use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use chrono::DateTime;
use contract::AuditQuery;
use futures::Stream;
use interop::fhir::audit_event::{AuditLine, audit_event};
use service::admin::{AuditExport, export_audit, may_export_audit};
use service::{Desk, ServiceError};
use store::entity::audit;
use tower_sessions::Session;

/// Administrators and the privacy contact with a fresh second factor: it takes much away at once. What the search finds, newest
/// first, a FHIR R4 AuditEvent on each line; streamed, so that no more than some lines are in memory.
pub async fn export(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Query(query): Query<AuditQuery>,
) -> Result<Response, Refused> {
    may_export_audit(&web.desk, &staff.call).await?;
    if let Some(answer) = confirm_first(&session, &audit_address(&query), &Typed::default()).await? {
        return Ok(answer);
    }
    let export = export_audit(&web.desk, &staff.call, &query).await?;
    let mut response = Body::from_stream(lines(web.desk.clone(), export)).into_response();
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, "application/fhir+ndjson"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"audit.ndjson\""),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    Ok(response)
}

/// An event as other systems read it, on one line.
pub fn line(row: &audit::Model) -> serde_json::Result<String> {
    serde_json::to_string(&audit_event(&AuditLine {
        id: row.id.to_string(),
        at: DateTime::from_timestamp_millis(row.at).unwrap_or_default(),
        actor: row.actor.clone(),
        actor_name: row.actor_name.clone(),
        action: row.action.clone(),
        entity: row.entity.clone(),
        entity_id: row.entity_id.map(|id| id.to_string()),
        patient_id: row.patient_id.map(|id| id.to_string()),
        is_allowed: row.outcome == "allowed",
        request_id: row.request_id.to_string(),
    }))
}

/// Some events after the other. A file that ends with an error is cut off, so that nobody takes it for all of them.
fn lines(desk: Desk, export: AuditExport) -> impl Stream<Item = io::Result<Bytes>> {
    futures::stream::try_unfold((desk, export), |(desk, mut export)| async move {
        let rows = export.next(&desk).await.map_err(|error: ServiceError| {
            tracing::error!(%error, "the audit could not be taken out to its end");
            io::Error::other("broken off")
        })?;
        let mut text = String::new();
        for row in &rows {
            text.push_str(&line(row)?);
            text.push('\n');
        }
        Ok((!rows.is_empty()).then_some((Bytes::from(text), (desk, export))))
    })
}

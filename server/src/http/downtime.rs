//! Files of the newest downtime lists.

use app::web::{Refused, Staff, Web};
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use service::downtime;

/// Coordinators. The page opens in a sandbox, where it can be printed; the table is an attachment.
pub async fn fetch(
    State(web): State<Web>,
    staff: Staff,
    Path(name): Path<String>,
) -> Result<Response, Refused> {
    let bytes = downtime::file(&web.desk, &staff.call, &name).await?;
    let is_table = name.ends_with(".csv");
    let (kind, policy) = match is_table {
        true => ("text/csv; charset=utf-8", "default-src 'none'; sandbox"),
        false => (
            "text/html; charset=utf-8",
            "default-src 'none'; style-src 'unsafe-inline'; sandbox allow-modals",
        ),
    };
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if is_table {
        // Names are small letters, digits and hyphens: service made them.
        let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""));
        headers.insert(
            header::CONTENT_DISPOSITION,
            disposition.unwrap_or(HeaderValue::from_static("attachment")),
        );
    }
    Ok(response)
}

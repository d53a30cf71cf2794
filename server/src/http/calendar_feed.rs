//! Private feeds, for calendar programs. Only with the secret in the address; without a session, and so without a cookie.

use app::web::{Refused, Web};
use axum::Extension;
use axum::extract::{Path, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, ETAG, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED,
    RETRY_AFTER, USER_AGENT,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::dates;
use service::private_feeds::{self, Asked};
use service::{ServiceError, clock};
use uuid::Uuid;

use crate::rim::ClientIp;

/// Whoever knows the address. An address that is none, was taken back or is not allowed any more is not found.
pub async fn read(
    State(web): State<Web>,
    client: Option<Extension<ClientIp>>,
    asking: Option<Extension<app::web::Asking>>,
    Path(file): Path<String>,
    headers: HeaderMap,
) -> Response {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let asked = Asked {
        if_none_match: text(IF_NONE_MATCH),
        if_modified_since: text(IF_MODIFIED_SINCE).as_deref().and_then(dates::http),
        program: text(USER_AGENT).unwrap_or_default(),
        address: client.map_or_else(|| "unknown".to_owned(), |client| client.0.0.to_string()),
        request: asking.map_or_else(Uuid::nil, |asking| asking.0.request),
    };
    let token = file.strip_suffix(".ics").unwrap_or(&file);
    match private_feeds::read(&web.desk, clock::now(), token, &asked).await {
        Ok(answer) => answered(answer),
        Err(ServiceError::TooMany { wait_min }) => {
            let mut response = Refused(ServiceError::TooMany { wait_min }).into_response();
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(u64::from(wait_min) * 60));
            response
        }
        Err(error) => Refused(error).into_response(),
    }
}

fn answered(answer: private_feeds::Answer) -> Response {
    let mut response = match answer.file {
        Some(file) => {
            let kind = [
                (CONTENT_TYPE, "text/calendar; charset=utf-8"),
                (CONTENT_DISPOSITION, "inline; filename=\"appointments.ics\""),
            ];
            (kind, file).into_response()
        }
        None => StatusCode::NOT_MODIFIED.into_response(),
    };
    let headers = response.headers_mut();
    // A program may keep it, and asks each time whether it still holds; nothing between us may.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    headers.insert(HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex"));
    let modified = answer.modified.format(dates::HTTP).to_string();
    for (name, value) in [(ETAG, answer.etag), (LAST_MODIFIED, modified)] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
    response
}

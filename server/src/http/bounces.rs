//! Reports of mail servers (RFC 3464), handed on by the site's own mail server. Only to an address that we have signed.

use app::web::Web;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use domain::Actor;
use messaging::bounce::Report;
use service::signed::{self, Use};
use service::{Call, ServiceError, clock, messages};
use uuid::Uuid;

/// A report about the mail that the address names: what stands behind the `+` of the mailbox to which it was sent. What is no
/// report, such as an answer from somebody who is on holiday, changes nothing.
pub async fn take(State(web): State<Web>, Path(token): Path<String>, body: Bytes) -> StatusCode {
    let Some(id) = signed::read(&web.desk, Use::Bounce, &token) else {
        return StatusCode::FORBIDDEN;
    };
    let Some(report) = Report::read(&body) else {
        return StatusCode::UNPROCESSABLE_ENTITY;
    };
    let Some(state) = report.state() else {
        return StatusCode::NO_CONTENT;
    };
    let call = Call::new(Actor::system("mail-report", Uuid::nil()), clock::now());
    let (class, subject, detail) = report.status;
    let code = format!("{class}.{subject}.{detail}");
    match messages::receipt(&web.desk, &call, id, state, (Some(&code), &report.words())).await {
        Ok(()) => StatusCode::NO_CONTENT,
        Err(ServiceError::NotFound) => StatusCode::NOT_FOUND,
        Err(error) => {
            tracing::error!(message = %id, %error, "a report could not be kept");
            StatusCode::INTERNAL_SERVER_ERROR
        }
    }
}

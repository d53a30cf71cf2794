//! Turning refusals into pages. What broke is logged once, here, and shown as a reference number alone.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use contract::PublicError;
use service::ServiceError;
use tower_sessions::Session;
use uuid::Uuid;

use super::form::lost_file;
use super::{Kept, Typed, keep};
use crate::words;

/// A refusal on its way out, for handlers that use `?`.
#[derive(Debug)]
pub struct Refused(pub ServiceError);

impl From<ServiceError> for Refused {
    fn from(error: ServiceError) -> Self {
        Self(error)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let error = public(self.0);
        let status = status(&error);
        let (heading, sentence) = words::refusal(&error);
        super::plain(status, heading, &sentence)
    }
}

/// The HTTP status of an error.
pub fn status(error: &PublicError) -> StatusCode {
    match error {
        PublicError::NotFound => StatusCode::NOT_FOUND,
        PublicError::SignedOut => StatusCode::UNAUTHORIZED,
        PublicError::NotAllowed => StatusCode::FORBIDDEN,
        PublicError::Invalid { .. } => StatusCode::UNPROCESSABLE_ENTITY,
        PublicError::Conflict { .. } => StatusCode::CONFLICT,
        PublicError::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
        PublicError::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
        PublicError::Broken { .. } => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// What the outside may learn of a refusal. A broken thing is logged here with the number that the page shows.
pub fn public(error: ServiceError) -> PublicError {
    match error {
        ServiceError::NotFound => PublicError::NotFound,
        ServiceError::NotAllowed => PublicError::NotAllowed,
        ServiceError::Invalid(fields) => PublicError::Invalid { fields },
        ServiceError::Conflict(conflict) => PublicError::Conflict { message: words::conflict(&conflict) },
        ServiceError::TooMany { wait_min } => PublicError::TooMany { wait_min },
        ServiceError::Broken(cause) => {
            let reference = reference();
            tracing::error!(%reference, %cause, "broken");
            PublicError::Broken { reference }
        }
    }
}

/// A form that was refused goes back to its page with everything that was typed. What is not about the form (not
/// found, broken) becomes a page of its own.
pub async fn refused_form(session: &Session, path: &str, typed: &Typed, error: ServiceError) -> Response {
    let (mut errors, message) = match public(error) {
        PublicError::Invalid { fields } => (fields, None),
        PublicError::Conflict { message } => (Vec::new(), Some(message)),
        other @ PublicError::TooMany { .. } => (Vec::new(), Some(words::refusal(&other).1)),
        PublicError::NotFound => return Refused(ServiceError::NotFound).into_response(),
        PublicError::NotAllowed => return Refused(ServiceError::NotAllowed).into_response(),
        other => {
            let (heading, sentence) = words::refusal(&other);
            return super::plain(StatusCode::INTERNAL_SERVER_ERROR, heading, &sentence);
        }
    };
    for file in &typed.files {
        if errors.iter().all(|error| error.field != file.field) {
            errors.push(lost_file(&file.field));
        }
    }
    let values = typed.pairs.iter().filter(|(name, _)| !secret(name)).cloned().collect();
    let kept =
        Kept { path: path.split(['?', '#']).next().unwrap_or(path).to_owned(), values, errors, message };
    match keep(session, kept).await {
        Ok(()) => Redirect::to(path).into_response(),
        Err(error) => broken(&error.to_string()),
    }
}

/// A page for something that broke.
pub(super) fn broken(cause: &str) -> Response {
    Refused(ServiceError::Broken(cause.to_owned())).into_response()
}

/// Fields that are never kept.
pub(super) fn secret(name: &str) -> bool {
    matches!(name, "password" | "code" | "key" | "credential") || name.ends_with("-password")
}

fn reference() -> String {
    let id = Uuid::new_v4().simple().to_string();
    format!("{}-{}", &id[..4], &id[4..8]).to_uppercase()
}

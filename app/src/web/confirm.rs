//! Sensitive acts ask for the second factor once more when the last proof is old. What was typed waits on the server.

use axum::response::{IntoResponse, Redirect, Response};
use serde::{Deserialize, Serialize};
use service::{ServiceError, clock};
use tower_sessions::Session;

use super::refuse::secret;
use super::{Kept, Refused, Typed, keep, keys};

/// Minutes for which a second factor counts as fresh (ASVS 5.0 V7.5.3: re-authenticate before sensitive acts).
const FRESH_MIN: i64 = 15;
/// Where somebody lands who confirmed without having come from a form.
const NOWHERE: &str = "/account";

/// A form that waits until somebody has proved who they are.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Waiting {
    /// The page of the form.
    pub(super) back: String,
    pub(super) values: Vec<(String, String)>,
}

/// Before a sensitive act: `None` when the second factor is fresh; else the way to prove it, from which somebody comes back to
/// the page at `back` with everything they typed.
pub async fn confirm_first(
    session: &Session,
    back: &str,
    typed: &Typed,
) -> Result<Option<Response>, Refused> {
    let proved: Option<i64> = session.get(keys::SECOND_FACTOR).await.map_err(broken)?;
    let fresh_since = clock::now().timestamp_millis() - FRESH_MIN * 60_000;
    if proved.is_some_and(|at| at > fresh_since) {
        return Ok(None);
    }
    let values = typed.pairs.iter().filter(|(name, _)| !secret(name)).cloned().collect();
    session.insert(keys::WAITING, Waiting { back: back.to_owned(), values }).await.map_err(broken)?;
    Ok(Some(Redirect::to("/account/confirm").into_response()))
}

/// After the proof: the session gets a new id, and the form that waited is shown again.
pub async fn confirmed(session: &Session) -> Result<Response, Refused> {
    let waiting: Option<Waiting> = session.remove(keys::WAITING).await.map_err(broken)?;
    session.insert(keys::SECOND_FACTOR, clock::now().timestamp_millis()).await.map_err(broken)?;
    session.cycle_id().await.map_err(broken)?;
    let Some(Waiting { back, values }) = waiting else {
        return Ok(Redirect::to(NOWHERE).into_response());
    };
    let message = "Thank you. Nothing was done yet: check what you typed and press the button again.";
    // A form without fields must not look as if it had worked.
    let values = if values.is_empty() { vec![("form".to_owned(), "confirmed".to_owned())] } else { values };
    let kept = Kept { path: back.clone(), values, message: Some(message.to_owned()), ..Kept::default() };
    keep(session, kept).await.map_err(broken)?;
    Ok(Redirect::to(&back).into_response())
}

fn broken(error: tower_sessions::session::Error) -> Refused {
    Refused(ServiceError::Broken(error.to_string()))
}

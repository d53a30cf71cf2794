//! Whoever is signed in and is refused leaves one row in the audit, whatever page or function refused them.

use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{MatchedPath, Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;
use service::Call;
use uuid::Uuid;

use super::Web;

/// Learns who asks, when a handler finds out.
#[derive(Debug, Clone, Default)]
pub struct Witness(Arc<Mutex<Seen>>);

#[derive(Debug, Default)]
struct Seen {
    call: Option<Call>,
    at_wrong_door: bool,
}

impl Witness {
    pub fn saw(&self, call: &Call) {
        self.with(|seen| seen.call = Some(call.clone()));
    }

    /// Staff at a door for patients, or a patient at one for staff: they are sent to sign in, and that is a refusal.
    pub fn saw_at_wrong_door(&self) {
        self.with(|seen| seen.at_wrong_door = true);
    }

    fn with<T>(&self, act: impl FnOnce(&mut Seen) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Around all pages: records a refusal ("not allowed", "not found", the wrong door) of somebody who is signed in, unless the
/// service has recorded it with more to say; else what was tried on a record in vain. The row names the route as it is
/// written, never what stood in the address but an id.
pub async fn witness(State(web): State<Web>, mut request: Request, next: Next) -> Response {
    let witness = Witness::default();
    request.extensions_mut().insert(witness.clone());
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let action = format!("{} {}", request.method(), route.unwrap_or_default());
    let id = request.uri().path().split('/').find_map(|part| part.parse::<Uuid>().ok());
    let response = next.run(request).await;
    let (call, at_wrong_door) = witness.with(|seen| (seen.call.take(), seen.at_wrong_door));
    let Some(call) = call else {
        return response;
    };
    let refused = [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN, StatusCode::NOT_FOUND];
    if at_wrong_door || refused.contains(&response.status()) {
        web.desk.record_denial(&call, &action, id);
    } else {
        web.desk.record_attempts(&call);
    }
    response
}

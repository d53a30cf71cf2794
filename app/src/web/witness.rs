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
pub struct Witness(Arc<Mutex<Option<Call>>>);

impl Witness {
    pub fn saw(&self, call: &Call) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(call.clone());
    }

    fn call(&self) -> Option<Call> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Around all pages: records a refusal ("not allowed", "not found") of somebody who is signed in, unless the service has
/// recorded it with more to say. The row names the route as it is written, never what stood in the address but an id.
pub async fn witness(State(web): State<Web>, mut request: Request, next: Next) -> Response {
    let witness = Witness::default();
    request.extensions_mut().insert(witness.clone());
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let action = format!("{} {}", request.method(), route.unwrap_or_default());
    let id = request.uri().path().split('/').find_map(|part| part.parse::<Uuid>().ok());
    let response = next.run(request).await;
    if matches!(response.status(), StatusCode::FORBIDDEN | StatusCode::NOT_FOUND)
        && let Some(call) = witness.call()
    {
        web.desk.record_denial(&call, &action, id);
    }
    response
}

//! A fault in our program costs one answer, not the server.

use std::panic::AssertUnwindSafe;

use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;
use futures::FutureExt;

use crate::logs::RequestId;

/// Turns a panic into a 500 page with the reference under which the log tells where it happened.
pub async fn catch(request: Request, next: Next) -> Response {
    let id = request.extensions().get::<RequestId>().cloned().unwrap_or_else(RequestId::fresh);
    match AssertUnwindSafe(next.run(request)).catch_unwind().await {
        Ok(response) => response,
        Err(_) => {
            tracing::error!(request_id = id.as_str(), "a request ended in a panic");
            broken(&id)
        }
    }
}

/// The page for a fault on our side.
pub fn broken(id: &RequestId) -> Response {
    app::web::plain(
        StatusCode::INTERNAL_SERVER_ERROR,
        "Something went wrong on our side",
        &format!("Try again later. If it happens again, tell us this reference: {}", id.as_str()),
    )
}

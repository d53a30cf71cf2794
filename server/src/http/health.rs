//! Is it alive, is it ready.

use app::web::Web;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::{Value, json};
use service::{clock, jobs};

/// The process answers.
pub async fn healthz() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

/// The database answers; says also whether messages are stuck, and whether a virus scanner that is configured answers. Without
/// it documents wait, and everything else goes on: that is no reason to send requests elsewhere.
pub async fn readyz(State(web): State<Web>) -> (StatusCode, Json<Value>) {
    if web.desk.store.ping().await.is_err() {
        return (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "status": "the database does not answer" })));
    }
    match jobs::overdue_messages(&web.desk, clock::now()).await {
        Ok(overdue) => {
            let mut said = json!({ "status": "ok", "overdue_messages": overdue });
            if jobs::has_scanner(&web.desk) {
                said["scanner"] = json!("ok");
            }
            if let Some(cause) = jobs::scanner_fault(&web.desk).await {
                tracing::warn!(%cause, "the virus scanner is not ready");
                said["status"] = json!("degraded");
                said["scanner"] = json!("does not answer");
            }
            (StatusCode::OK, Json(said))
        }
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "status": "the database cannot be read" }))),
    }
}

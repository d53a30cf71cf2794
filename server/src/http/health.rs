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

/// The database answers; says also whether messages are stuck.
pub async fn readyz(State(web): State<Web>) -> (StatusCode, Json<Value>) {
    if web.desk.store.ping().await.is_err() {
        return (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "status": "the database does not answer" })));
    }
    match jobs::overdue_messages(&web.desk, clock::now()).await {
        Ok(overdue) => (StatusCode::OK, Json(json!({ "status": "ok", "overdue_messages": overdue }))),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "status": "the database cannot be read" }))),
    }
}

//! HTTP that is not a page: documents, live notices, other systems, health.

pub mod audit;
pub mod bounces;
pub mod calendar_feed;
pub mod documents;
pub mod downtime;
pub mod fhir;
pub mod health;
pub mod live;
pub mod record;
pub mod twilio;

use app::web::Refused;
use axum::response::{IntoResponse, Response};
use service::ServiceError;
use tokio::sync::watch;

/// Tells long answers that the server stops.
#[derive(Clone)]
pub struct Stopping(pub watch::Receiver<bool>);

/// No such page.
pub async fn nothing_here() -> Response {
    Refused(ServiceError::NotFound).into_response()
}

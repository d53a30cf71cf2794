//! The receiving side's worklist: what has to be done, the most pressing first.

mod list;

pub use list::{List, list};

use axum::Router;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::get;
use contract::WorklistQuery;
use leptos::prelude::*;
use service::referrals;
use tower_sessions::Session;

use super::console::{Console, Section};
use crate::web::{Alive, Refused, Staff, Web, kept, page};

pub fn routes() -> Router<Web> {
    Router::new().route("/worklist", get(show))
}

/// Specialists and coordinators.
async fn show(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Query(query): Query<WorklistQuery>,
) -> Result<Response, Refused> {
    let data = referrals::worklist(&web.desk, &staff.call, &query).await?;
    let kept = kept(&session, "/worklist").await;
    let console = Console::new(&staff, Section::Worklist, &kept);
    let shown = List { path: "/worklist", empty: "Nothing is waiting for you here", query, data };
    Ok(page(&web, "Worklist", Alive::Plain, move || console.page("Worklist", list(&shown)).into_any()).await)
}

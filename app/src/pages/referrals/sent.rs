//! What the referring side sent or drafts.

use axum::Router;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::get;
use contract::WorklistQuery;
use leptos::prelude::*;
use service::referrals;
use tower_sessions::Session;

use crate::components::LinkButton;
use crate::pages::console::{Console, Section};
use crate::pages::worklist::{List, list};
use crate::web::{Alive, Refused, Staff, Web, kept, page};

pub fn routes() -> Router<Web> {
    Router::new().route("/referrals", get(show))
}

/// Referrers.
async fn show(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Query(query): Query<WorklistQuery>,
) -> Result<Response, Refused> {
    let data = referrals::worklist_sent(&web.desk, &staff.call, &query).await?;
    let kept = kept(&session, "/referrals").await;
    let console = Console::new(&staff, Section::Referrals, &kept);
    let shown = List { path: "/referrals", empty: "You have no open referrals", query, data, kept };
    let view = move || {
        let begin = view! {
            <p class="app-actions app-screen-only">
                <LinkButton label="Begin a referral" href="/referrals/new" />
                <a href="/referrals/delegates">"Delegates"</a>
            </p>
        };
        console.page_beside("My referrals", begin, list(&shown))
    };
    Ok(page(&web, "My referrals", Alive::Plain, view).await)
}

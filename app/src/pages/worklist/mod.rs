//! The receiving side's worklist: what has to be done, the most pressing first.

mod bulk;
mod keys;
mod list;
mod views;

pub use list::{List, list};

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::{get, post};
use contract::WorklistQuery;
use domain::policy::{Capability, may};
use leptos::prelude::*;
use service::{letters, referrals};
use tower_sessions::Session;

use crate::components::{LinkButton, Look};

use super::console::{Console, Section, done};
use crate::web::{Alive, Refused, Staff, Typed, Web, kept, page};

pub fn routes() -> Router<Web> {
    Router::new()
        .route("/worklist", get(show))
        .route("/worklist/chosen", post(bulk::preview))
        .route("/worklist/act", post(bulk::act))
        .route("/worklist/away", post(bulk::preview_of_hand_over))
        .route("/worklist/hand-over", post(bulk::hand_over))
        .route("/worklist/views", post(views::keep_view))
        .route("/worklist/views/{id}", post(views::change))
        .route("/tasks/{id}/done", post(finish_task))
}

/// Whoever was asked.
async fn finish_task(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(task): Path<String>,
    typed: Typed,
) -> Result<Response, Refused> {
    referrals::finish_task(&web.desk, &staff.keyed(typed.value("key")), &task).await?;
    let back = if typed.value("back") == "/referrals" { "/referrals" } else { "/worklist" };
    done(&session, back, "Done. It is off your list.").await
}

/// Specialists and coordinators.
async fn show(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Query(query): Query<WorklistQuery>,
) -> Result<Response, Refused> {
    let data = referrals::worklist(&web.desk, &staff.call, &query).await?;
    let letters_waiting = letters::waiting_long(&web.desk, &staff.call).await?;
    let kept = kept(&session, "/worklist").await;
    let console = Console::new(&staff, Section::Worklist, &kept);
    let shown = List { path: "/worklist", empty: "Nothing is waiting for you here", query, data, kept };
    let keys_in = may(&staff.call.actor.principal, Capability::KeyIn);
    let view = move || {
        let key_in = keys_in.then(|| {
            view! {
                <p class="app-actions app-screen-only">
                    <LinkButton label="Enter a fax, call or letter" href="/key-in" look=Look::Secondary />
                </p>
            }
        });
        let body = view! { {super::letters::waiting(letters_waiting)} {list(&shown)} };
        console.page_beside("Worklist", key_in, body)
    };
    Ok(page(&web, "Worklist", Alive::Plain, view).await)
}

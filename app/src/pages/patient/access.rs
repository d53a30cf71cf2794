//! Who looked: everybody who read or changed the record, staff and machines alike.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use contract::AccessLine;
use leptos::prelude::*;
use service::patient;

use super::frame::{Here, frame};
use crate::components::Empty;
use crate::web::{Alive, Kept, Patient, Refused, Web, page};

/// The list.
pub fn routes() -> Router<Web> {
    Router::new().route("/my/access", get(show))
}

async fn show(State(web): State<Web>, patient: Patient) -> Result<Response, Refused> {
    let lines = patient::looked(&web.desk, &patient.call).await?;
    Ok(page(&web, "Who looked", Alive::Plain, move || access_view(&lines)).await)
}

fn access_view(lines: &[AccessLine]) -> AnyView {
    let items = lines
        .iter()
        .cloned()
        .map(|line| {
            let organisation = Some(line.organisation).filter(|name| !name.is_empty() && line.who != "You");
            view! {
                <li class="app-look">
                    <span class="app-look__when">{line.when}</span>
                    " "
                    <span>
                        <strong>{line.who}</strong>
                        {organisation.map(|name| format!(", {name}"))}
                        <span class="app-look__what">{line.what}</span>
                    </span>
                </li>
            }
        })
        .collect_view();
    let list = if lines.is_empty() {
        view! { <Empty title="Nobody yet"><p>"As soon as somebody opens your record, it is written here."</p></Empty> }
            .into_any()
    } else {
        view! { <ol class="app-looks">{items}</ol> }.into_any()
    };
    let content = view! {
        <h1>"Who looked"</h1>
        <p>
            "Everybody who opened or changed your record here, newest first. “Waymark” is the computer, doing what staff set up. If something looks wrong, call the clinic."
        </p>
        {list}
    };
    frame(Here::Access, &Kept::default(), content.into_any())
}

//! How sending goes, and what is done with one message.

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::{get, post};
use contract::{ChannelFigures, MessageTrace, SendingPage};
use leptos::prelude::*;
use serde::Deserialize;
use service::messages;
use tower_sessions::Session;

use crate::components::{Button, Column, DataTable, Density, HiddenField, Look, Row};
use crate::pages::console::{Console, Section, id, key, outcome, to};
use crate::web::{Alive, Kept, Refused, Staff, Typed, Web, page};
use crate::words;

const PATH: &str = "/messages/sending";

pub fn routes() -> Router<Web> {
    Router::new()
        .route(PATH, get(show))
        .route("/messages/{id}/again", post(again))
        .route("/messages/{id}/take-back", post(take_back))
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Span {
    days: String,
}

/// Coordinators.
async fn show(State(web): State<Web>, staff: Staff, Query(span): Query<Span>) -> Result<Response, Refused> {
    let days = span.days.parse().unwrap_or(7);
    let data = messages::sending(&web.desk, &staff.call, days).await?;
    let console = Console::new(&staff, Section::Messages, &Kept::default());
    Ok(page(&web, "How sending goes", Alive::Plain, move || console.page("How sending goes", body(&data)))
        .await)
}

/// Coordinators of the receiver's side.
async fn again(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(message): Path<String>,
    typed: Typed,
) -> Result<Response, Refused> {
    let path = format!("/messages/{message}");
    let call = staff.keyed(typed.value("key"));
    let result = messages::send_again(&web.desk, &call, id(&message)?).await;
    outcome(&session, &path, &typed, result, "It is sent once more, as a message of its own.").await
}

/// Coordinators of the receiver's side.
async fn take_back(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(message): Path<String>,
    typed: Typed,
) -> Result<Response, Refused> {
    let path = format!("/messages/{message}");
    let call = staff.keyed(typed.value("key"));
    let result = messages::take_back(&web.desk, &call, id(&message)?).await;
    outcome(&session, &path, &typed, result, "It is taken back, and will not be sent.").await
}

fn body(data: &SendingPage) -> AnyView {
    let alarm = if data.late.is_empty() {
        view! { <p class="app-notice" role="status">"Nothing is late: whatever was due in the last quarter of an hour has left."</p> }
            .into_any()
    } else {
        let lines: Vec<_> = data
            .late
            .iter()
            .map(|late| {
                let count = counted(late.count);
                view! {
                    <li>{format!("{}: {count}, the oldest due {} minutes ago", words::channel(&late.channel), late.oldest_min)}</li>
                }
            })
            .collect();
        view! {
            <div class="app-notice app-notice--warning" role="alert">
                <p class="app-notice__title">"Messages are late"</p>
                <ul>{lines}</ul>
                <p>"Look at the provider's own status page, and at the log of the server for what it answers."</p>
            </div>
        }
        .into_any()
    };
    let open = view! {
        <p>
            {match data.open {
                0 => "Nobody has to see to a message.".to_owned(),
                open => format!("{} did not arrive, and somebody is asked to see to it.", counted(open)),
            }}
        </p>
    };
    let spans: Vec<_> = [1_u32, 7, 30, 90]
        .into_iter()
        .map(|days| {
            let label = if days == 1 { "the last day".to_owned() } else { format!("{days} days") };
            let here = (days == data.days).then_some("true");
            view! { <a href=to(format!("{PATH}?days={days}")) aria-current=here>{label}</a> }
        })
        .collect();
    let table = if data.channels.is_empty() {
        view! { <p>"Nothing was written in this time."</p> }.into_any()
    } else {
        let columns = [
            "By",
            "Delivered",
            "Left, no receipt yet",
            "Waiting",
            "Failed",
            "Not known",
            "Not sent",
            "Text messages paid for",
        ]
        .map(Column::new)
        .to_vec();
        let rows = data.channels.iter().map(row).collect();
        view! { <DataTable caption="Messages by how they go" columns rows density=Density::Dense /> }
            .into_any()
    };
    view! {
        <div class="app-stack">
            {alarm} {open} <nav aria-label="How far back">
                <p class="app-actions">{spans}</p>
            </nav> {table} <p class="app-actions"><a href="/messages">"All messages"</a></p>
        </div>
    }
    .into_any()
}

fn counted(count: u64) -> String {
    if count == 1 { "1 message".to_owned() } else { format!("{count} messages") }
}

fn row(figures: &ChannelFigures) -> Row {
    let list = |state: &str, count: u64| match count {
        0 => "–".into_any(),
        count => view! { <a href=to(format!("/messages?state={state}"))>{count}</a> }.into_any(),
    };
    Row::new(vec![
        words::channel(&figures.channel).into_any(),
        list("delivered", figures.delivered),
        list("sent", figures.sent),
        list("created", figures.waiting),
        list("permanent-failure", figures.failed),
        list("unknown", figures.unknown),
        list("withheld", figures.withheld),
        if figures.segments == 0 { "–".into_any() } else { figures.segments.into_any() },
    ])
}

/// What can be done with a message now.
pub fn acts(data: &MessageTrace) -> AnyView {
    let form = |act: &str, label: &'static str| {
        view! {
            <form method="post" action=to(format!("/messages/{}/{act}", data.line.id))>
                <HiddenField name="key" value=key() />
                <Button label look=Look::Secondary />
            </form>
        }
    };
    let again = data.may_send_again.then(|| form("again", "Send it once more"));
    let back = data.may_take_back.then(|| form("take-back", "Take it back"));
    view! { <div class="app-actions app-screen-only">{again} {back}</div> }.into_any()
}

//! What we sent you: every message, where it went, and whether it arrived.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use contract::SentMessage;
use leptos::prelude::*;
use service::patient;

use super::frame::{Here, frame};
use crate::components::{Empty, StatusTag};
use crate::web::{Alive, Kept, Patient, Refused, Web, page};
use crate::words;

/// The list.
pub fn routes() -> Router<Web> {
    Router::new().route("/my/messages", get(show))
}

async fn show(State(web): State<Web>, patient: Patient) -> Result<Response, Refused> {
    let messages = patient::sent(&web.desk, &patient.call).await?;
    Ok(page(&web, "What we sent you", Alive::Plain, move || messages_view(&messages)).await)
}

fn messages_view(messages: &[SentMessage]) -> AnyView {
    let items = messages.iter().cloned().map(message).collect_view();
    let list = if messages.is_empty() {
        view! { <Empty title="Nothing yet"><p>"When we write to you, it appears here too."</p></Empty> }
            .into_any()
    } else {
        view! { <ul class="app-sent">{items}</ul> }.into_any()
    };
    let content = view! {
        <h1>"What we sent you"</h1>
        <p>"Every text message, e-mail, letter and notice about your referrals. If one did not reach you, tell the clinic."</p>
        <p><a href="/my/contact">"How we reach you, and what to stop"</a></p>
        {list}
    };
    frame(Here::Messages, &Kept::default(), content.into_any())
}

fn message(message: SentMessage) -> AnyView {
    let (meaning, label) = words::delivery_by(&message.channel, &message.state);
    let to = format!("{} to {}", words::channel(&message.channel), message.address);
    let subject = Some(message.subject).filter(|subject| !subject.is_empty());
    view! {
        <li class="app-sent__message">
            <p><strong>{message.when}</strong>" "<span class="app-quiet">{to}</span></p>
            <p><StatusTag meaning label/></p>
            {subject.map(|subject| view! { <p><strong>{subject}</strong></p> })}
            <p class="app-sent__body">{message.body}</p>
        </li>
    }
    .into_any()
}

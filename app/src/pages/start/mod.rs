//! How a patient begins: the link in a message, or the reference number read out on the phone.

mod asked;
mod verify;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use contract::TextInput;
use leptos::prelude::*;
use service::sign_in::{self, LinkState};
use service::{clock, patient};
use tower_sessions::Session;

use super::patient::frame::{broken, fresh_key, open_frame};
use crate::components::{Button, HiddenField, LinkButton, Look, TextField, Width};
use crate::web::{
    Alive, Kept, Patient, Refused, Typed, Visitor, Web, kept, keys, page, page_with_status, refused_form,
};

/// Beginning, and proving who one is.
pub fn routes() -> Router<Web> {
    Router::new()
        .route("/start", get(show).post(find))
        .route("/r/{token}", get(open))
        .merge(asked::routes())
        .merge(verify::routes())
}

async fn show(State(web): State<Web>, session: Session) -> Response {
    let kept = kept(&session, "/start").await;
    page(&web, "Find your referral", Alive::Plain, move || start_view(&kept)).await
}

/// Anybody may try; attempts are counted by address. The answer is the same for a number that names nothing.
async fn find(
    State(web): State<Web>,
    visitor: Visitor,
    session: Session,
    typed: Typed,
) -> Result<Response, Refused> {
    let input = TextInput { text: typed.value("text").to_owned(), ..TextInput::default() };
    match sign_in::find_by_reference(&web.desk, clock::now(), &input, &visitor.address).await {
        Ok(ticket) => {
            session.insert(keys::TICKET, ticket).await.map_err(|error| broken(&error))?;
            Ok(Redirect::to("/verify").into_response())
        }
        Err(error) => Ok(refused_form(&session, "/start", &typed, error).await),
    }
}

/// A link from a message. It says which referral is meant, proves nothing, and leaves the address at once.
async fn open(
    State(web): State<Web>,
    session: Session,
    signed_in: Option<Patient>,
    Path(token): Path<String>,
) -> Result<Response, Refused> {
    let (status, heading, sentence) = match sign_in::open_link(&web.desk, clock::now(), &token).await? {
        LinkState::Open(ticket) => {
            if let Some(asks) = asked::page_of(&web, &ticket).await? {
                session.insert(keys::TICKET, ticket).await.map_err(|error| broken(&error))?;
                return Ok(Redirect::to(asks).into_response());
            }
            if let (Some(asking), Some(referral)) = (signed_in, ticket.referral)
                && patient::status(&web.desk, &asking.call, referral).await.is_ok()
            {
                return Ok(Redirect::to("/my").into_response());
            }
            session.insert(keys::TICKET, ticket).await.map_err(|error| broken(&error))?;
            return Ok(Redirect::to("/verify").into_response());
        }
        LinkState::Expired => (
            StatusCode::GONE,
            "This link is too old",
            "Links in our messages stop working after a while, to keep your record safe. Your referral is not affected.",
        ),
        LinkState::Unknown => (
            StatusCode::NOT_FOUND,
            "This link does not work",
            "Part of the address may be missing. Open it again from our message, or use your reference number.",
        ),
    };
    let body = move || {
        let content = view! {
            <h1>{heading}</h1>
            <p>{sentence}</p>
            <p>"You can also find your referral with the reference number from our message, like WM-7K3Q-92PD."</p>
            <div class="app-actions"><LinkButton label="Use my reference number" href="/start"/></div>
            <p>"Or call the clinic. The number is in our message and on your letter."</p>
        };
        open_frame(&Kept::default(), content.into_any())
    };
    Ok(page_with_status(&web, status, "This link does not work", Alive::Plain, body).await)
}

fn start_view(kept: &Kept) -> AnyView {
    let content = view! {
        <h1>"Find your referral"</h1>
        <p>"Type the reference number from our message or your letter."</p>
        <form method="post" action="/start">
            <HiddenField name="key" value=fresh_key()/>
            <TextField
                name="text"
                label="Reference number"
                hint="It looks like WM-7K3Q-92PD. Capitals and dashes do not matter."
                error=kept.error("text")
                value=kept.value("text", "")
                width=Width::Medium
                autocomplete="off"
                maxlength=40
            />
            <div class="app-actions"><Button label="Go on"/></div>
        </form>
        <h2>"No reference number?"</h2>
        <p>"Open the link in our text message or e-mail, or call the clinic that you were referred to."</p>
        <p class="app-quiet">"Do you work here? "<LinkButton label="Staff sign in" href="/sign-in" look=Look::Link/></p>
    };
    open_frame(kept, content.into_any())
}

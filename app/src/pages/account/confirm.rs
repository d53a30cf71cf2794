//! Proving the second factor once more, before something sensitive.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use leptos::prelude::*;
use service::{ServiceError, sign_in};
use tower_sessions::Session;

use crate::components::{Button, Look, PasskeyAct, PasskeyForm, TextField, TextKind, Width};
use crate::pages::console::{Console, Section};
use crate::web::{Alive, Kept, Refused, Staff, Typed, Web, confirmed, kept, page, refused_form};

const PATH: &str = "/account/confirm";

pub fn routes() -> Router<Web> {
    Router::new().route(PATH, get(show).post(confirm))
}

/// Staff.
async fn show(State(web): State<Web>, staff: Staff, session: Session) -> Result<Response, Refused> {
    let kept = kept(&session, PATH).await;
    let console = Console::new(&staff, Section::Account, &kept);
    let title = "Confirm that it is you";
    Ok(page(&web, title, Alive::Plain, move || console.page(title, body(&kept))).await)
}

/// Staff; attempts are counted, each code works once, and the session gets a new id.
async fn confirm(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    typed: Typed,
) -> Result<Response, Refused> {
    match sign_in::prove_again(&web.desk, &staff.call, typed.value("code")).await {
        Ok(()) => confirmed(&session).await,
        Err(error) => Ok(refused_form(&session, PATH, &typed, error).await),
    }
}

fn body(kept: &Kept) -> AnyView {
    view! {
        <p>
            "What you want to do is sensitive, and you signed in a while ago. Nothing that you typed is lost: you come back to "
            "the form."
        </p>
        <form class="app-stack app-code-input" method="post" action=PATH>
            <TextField
                name="code"
                label="Code"
                hint="The six digits of your authenticator, or a recovery code"
                kind=TextKind::Code
                width=Width::Medium
                error=kept.error("code")
            />
            <Button label="Confirm" />
        </form>
        <PasskeyForm act=PasskeyAct::Get action="/account/confirm/passkey" options="/sign-in/passkey/options">
            <Button label="Confirm with a passkey" look=Look::Secondary />
        </PasskeyForm>
    }
    .into_any()
}

/// What the session could not do.
pub(super) fn broken(error: tower_sessions::session::Error) -> Refused {
    Refused(ServiceError::Broken(error.to_string()))
}

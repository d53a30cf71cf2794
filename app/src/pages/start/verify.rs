//! Who is it? The date of birth, then a code that we send to the phone or mailbox on record.

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use contract::BirthDateInput;
use leptos::prelude::*;
use service::clock;
use service::sign_in::{self, Ticket};
use tower_sessions::Session;

use crate::components::{Button, DateOfBirthField, DateParts, HiddenField, TextField, TextKind, Width};
use crate::pages::patient::frame::{broken, fresh_key, open_frame};
use crate::web::{self, Alive, Kept, Refused, Typed, Visitor, Web, kept, keys, page, refused_form};

/// Both steps.
pub fn routes() -> Router<Web> {
    Router::new().route("/verify", get(show).post(ask)).route("/verify/code", get(show_code).post(prove))
}

/// The referral that is meant; without one, the way begins at its start.
async fn ticket(session: &Session) -> Result<Option<Ticket>, Refused> {
    session.get(keys::TICKET).await.map_err(|error| broken(&error))
}

fn begin() -> Response {
    Redirect::to("/start").into_response()
}

async fn show(State(web): State<Web>, session: Session) -> Result<Response, Refused> {
    if ticket(&session).await?.is_none() {
        return Ok(begin());
    }
    let kept = kept(&session, "/verify").await;
    Ok(page(&web, "Check that it is you", Alive::Plain, move || birth_date_view(&kept)).await)
}

/// Anybody with a link or number; counted by address and referral. Sends a code when the date of birth is right.
async fn ask(
    State(web): State<Web>,
    visitor: Visitor,
    session: Session,
    typed: Typed,
) -> Result<Response, Refused> {
    let Some(ticket) = ticket(&session).await? else {
        return Ok(begin());
    };
    let part = |name: &str| typed.value(name).to_owned();
    let born = BirthDateInput {
        day: part("birth_date_day"),
        month: part("birth_date_month"),
        year: part("birth_date_year"),
    };
    match sign_in::request_code(&web.desk, clock::now(), &ticket, &born, &visitor.address).await {
        Ok(()) => Ok(Redirect::to("/verify/code").into_response()),
        Err(error) => Ok(refused_form(&session, "/verify", &typed, error).await),
    }
}

async fn show_code(State(web): State<Web>, session: Session) -> Result<Response, Refused> {
    if ticket(&session).await?.is_none() {
        return Ok(begin());
    }
    let kept = kept(&session, "/verify/code").await;
    Ok(page(&web, "Type the code", Alive::Plain, move || code_view(&kept)).await)
}

/// Whoever has the code is signed in, for all referrals of that record.
async fn prove(
    State(web): State<Web>,
    visitor: Visitor,
    session: Session,
    typed: Typed,
) -> Result<Response, Refused> {
    let Some(ticket) = ticket(&session).await? else {
        return Ok(begin());
    };
    match sign_in::prove(&web.desk, clock::now(), &ticket, typed.value("code"), &visitor.address).await {
        Ok(principal) => {
            let back = web::sign_in(&session, &principal).await.map_err(|error| broken(&error))?;
            Ok(Redirect::to(back.as_deref().unwrap_or("/my")).into_response())
        }
        Err(error) => Ok(refused_form(&session, "/verify/code", &typed, error).await),
    }
}

fn birth_date_view(kept: &Kept) -> AnyView {
    let value = DateParts {
        day: kept.value("birth_date_day", ""),
        month: kept.value("birth_date_month", ""),
        year: kept.value("birth_date_year", ""),
    };
    let content = view! {
        <h1>"Check that it is you"</h1>
        <p>"Tell us your date of birth. Then we send a code to the phone or mailbox that the clinic has for you."</p>
        <form method="post" action="/verify">
            <HiddenField name="key" value=fresh_key()/>
            <DateOfBirthField name="birth_date" label="Your date of birth" error=kept.error("birth_date") value/>
            <div class="app-actions"><Button label="Send me a code"/></div>
        </form>
        {no_phone()}
    };
    open_frame(kept, content.into_any())
}

fn code_view(kept: &Kept) -> AnyView {
    let content = view! {
        <h1>"Type the code"</h1>
        <p>
            "If the date of birth matches our record, a code is on its way to you. It can take a minute, and works for 10 minutes."
        </p>
        <form method="post" action="/verify/code">
            <HiddenField name="key" value=fresh_key()/>
            <TextField
                name="code"
                label="Code"
                kind=TextKind::Code
                hint="6 digits"
                error=kept.error("code")
                width=Width::Short
                maxlength=12
            />
            <div class="app-actions"><Button label="Show my referral"/></div>
        </form>
        <h2>"No code?"</h2>
        <ul class="app-links">
            <li><a href="/verify">"Send a new code"</a></li>
            <li><a href="/start">"Use another reference number"</a></li>
        </ul>
        {no_phone()}
    };
    open_frame(kept, content.into_any())
}

fn no_phone() -> AnyView {
    view! { <p>"No phone with you, or a new number? Call the clinic. The number is in our message and on your letter."</p> }
        .into_any()
}

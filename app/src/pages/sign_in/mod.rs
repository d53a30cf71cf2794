//! Staff sign in with a password and then a one-time code, and anybody signs out.

mod elsewhere;
mod invited;
mod passkey;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use leptos::prelude::*;
use service::{ServiceError, clock, sign_in};
use tower_sessions::Session;

use super::console::said;
use crate::components::{
    Button, LinkButton, Look, PageFooter, PasskeyAct, PasskeyForm, PatientHeader, TextField, TextKind, Width,
};
use crate::web::{self, Alive, Kept, Refused, Staff, Typed, Visitor, Web, kept, keys, page, refused_form};

pub fn routes() -> Router<Web> {
    Router::new()
        .route("/sign-in", get(show_password).post(check_password))
        .route("/sign-in/code", get(show_code).post(check_code))
        .route("/sign-in/recovery", get(show_recovery).post(check_recovery))
        .route("/sign-out", post(sign_out))
        .merge(invited::routes())
        .merge(passkey::routes())
        .merge(elsewhere::routes())
}

/// Anybody.
async fn show_password(State(web): State<Web>, session: Session) -> Response {
    let kept = kept(&session, "/sign-in").await;
    let others =
        Others { passkeys: sign_in::has_passkeys(&web.desk), elsewhere: sign_in::sign_on_name(&web.desk) };
    page(&web, "Sign in", Alive::Plain, move || password_page(&kept, &others)).await
}

/// Anybody; attempts are counted by address and by account.
async fn check_password(
    State(web): State<Web>,
    session: Session,
    visitor: Visitor,
    typed: Typed,
) -> Result<Response, Refused> {
    let (email, password) = (typed.value("email"), typed.value("password"));
    match sign_in::check_password(&web.desk, clock::now(), email, password, &visitor.address).await {
        Ok(staff) => {
            session.insert(keys::PENDING, staff).await.map_err(broken)?;
            session.cycle_id().await.map_err(broken)?;
            Ok(Redirect::to("/sign-in/code").into_response())
        }
        Err(error) => Ok(refused_form(&session, "/sign-in", &typed, error).await),
    }
}

/// Whoever has given the right password.
async fn show_code(State(web): State<Web>, session: Session) -> Result<Response, Refused> {
    if session.get::<sign_in::Staff>(keys::PENDING).await.map_err(broken)?.is_none() {
        return Ok(Redirect::to("/sign-in").into_response());
    }
    let kept = kept(&session, "/sign-in/code").await;
    Ok(page(&web, "Enter your code", Alive::Plain, move || code_page(&kept)).await)
}

/// Whoever has given the right password; each code works once, attempts are counted.
async fn check_code(state: State<Web>, session: Session, typed: Typed) -> Result<Response, Refused> {
    check(state, session, typed, "/sign-in/code").await
}

/// Whoever has given the right password and has not got the authenticator at hand.
async fn show_recovery(State(web): State<Web>, session: Session) -> Result<Response, Refused> {
    if session.get::<sign_in::Staff>(keys::PENDING).await.map_err(broken)?.is_none() {
        return Ok(Redirect::to("/sign-in").into_response());
    }
    let kept = kept(&session, "/sign-in/recovery").await;
    Ok(page(&web, "Use a recovery code", Alive::Plain, move || recovery_page(&kept)).await)
}

/// Whoever has given the right password; each recovery code works once, attempts are counted.
async fn check_recovery(state: State<Web>, session: Session, typed: Typed) -> Result<Response, Refused> {
    check(state, session, typed, "/sign-in/recovery").await
}

async fn check(
    State(web): State<Web>,
    session: Session,
    typed: Typed,
    path: &str,
) -> Result<Response, Refused> {
    let Some(staff) = session.get::<sign_in::Staff>(keys::PENDING).await.map_err(broken)? else {
        return Ok(Redirect::to("/sign-in").into_response());
    };
    match sign_in::check_second_factor(&web.desk, clock::now(), &staff, typed.value("code")).await {
        Ok(principal) => {
            let back = web::sign_in(&session, &principal).await.map_err(broken)?;
            Ok(Redirect::to(back.as_deref().unwrap_or("/")).into_response())
        }
        Err(error) => Ok(refused_form(&session, path, &typed, error).await),
    }
}

/// Anybody. Staff often share a machine, so their browser is also told to forget what it kept of us; a patient's
/// phone keeps its subscription to notices.
async fn sign_out(session: Session, staff: Option<Staff>) -> Result<Response, Refused> {
    web::sign_out(&session).await.map_err(broken)?;
    let forget = if staff.is_some() { r#""cache", "storage""# } else { r#""cache""# };
    let mut response = Redirect::to("/").into_response();
    let name = HeaderName::from_static("clear-site-data");
    response.headers_mut().insert(name, HeaderValue::from_static(forget));
    Ok(response)
}

fn broken(error: tower_sessions::session::Error) -> Refused {
    Refused(ServiceError::Broken(error.to_string()))
}

fn frame(kept: &Kept, heading: &'static str, body: AnyView) -> AnyView {
    view! {
        <div class="app-frame">
            <PatientHeader nav=Vec::new() home="/" />
            <main id="main" tabindex="-1" class="app-main app-main--patient">
                <div class="app-sign-in app-stack">{said(kept)} <h1>{heading}</h1> {body}</div>
            </main>
            <PageFooter note="Patients: go to the start page and choose “I am a patient”." />
        </div>
    }
    .into_any()
}

/// Ways in besides the password.
#[derive(Clone)]
struct Others {
    passkeys: bool,
    /// What the identity provider is called.
    elsewhere: Option<String>,
}

impl Others {
    fn view(&self, kept: &Kept) -> AnyView {
        let elsewhere = self.elsewhere.as_ref().map(|name| {
            let label = format!("Sign on with {name}");
            view! { <LinkButton label href="/sign-in/elsewhere" look=Look::Secondary /> }
        });
        let passkey = self.passkeys.then(|| {
            view! {
                <PasskeyForm act=PasskeyAct::Get action="/sign-in/passkey" options="/sign-in/passkey/options">
                    <Button label="Sign in with a passkey" look=Look::Secondary />
                </PasskeyForm>
            }
        });
        let error = kept.error("sign_on").or_else(|| kept.error("passkey"));
        view! {
            // The summary of errors leads to these.
            <div class="app-stack" id="f-passkey">
                <div class="app-stack" id="f-sign_on">
                    {error.map(|words| view! { <p class="app-late">{words}</p> })}
                    {passkey}
                    {elsewhere}
                </div>
            </div>
        }
        .into_any()
    }
}

fn password_page(kept: &Kept, others: &Others) -> AnyView {
    let body = view! {
        <form class="app-stack" method="post" action="/sign-in">
            <TextField
                name="email"
                label="E-mail address"
                kind=TextKind::Email
                value=kept.value("email", "")
                error=kept.error("email")
                autocomplete="username"
            />
            <TextField
                name="password"
                label="Password"
                kind=TextKind::Password
                error=kept.error("password")
            />
            <Button label="Continue" />
        </form>
        {others.view(kept)}
        <p class="app-quiet">
            "Forgotten your password, or a new phone? Your administrator can give you a new one."
        </p>
    };
    frame(kept, "Sign in", body.into_any())
}

fn code_page(kept: &Kept) -> AnyView {
    let body = view! {
        <p>"Open your authenticator app and type the six digits it shows for Waymark."</p>
        <form class="app-stack app-code-input" method="post" action="/sign-in/code">
            <TextField
                name="code"
                label="Code"
                hint="It changes every 30 seconds, and each code works once"
                kind=TextKind::Code
                width=Width::Short
                error=kept.error("code")
            />
            <Button label="Sign in" />
        </form>
        <p>
            <a href="/sign-in/recovery">"I have not got my authenticator: use a recovery code"</a>
        </p>
        <p>
            <a href="/sign-in">"Start again with another account"</a>
        </p>
    };
    frame(kept, "Enter your code", body.into_any())
}

fn recovery_page(kept: &Kept) -> AnyView {
    let body = view! {
        <p>
            "Type one of the recovery codes that you kept when you connected your authenticator. Each works once; "
            "capital letters and hyphens do not matter."
        </p>
        <form class="app-stack" method="post" action="/sign-in/recovery">
            <TextField
                name="code"
                label="Recovery code"
                hint="Four groups of four, like 7K3Q-92PD-XF4M-T8WZ"
                width=Width::Medium
                autocomplete="off"
                error=kept.error("code")
            />
            <Button label="Sign in" />
        </form>
        <p>
            <a href="/sign-in/code">"Use the authenticator after all"</a>
        </p>
        <p class="app-quiet">"No code left? Your administrator can send you a new way in."</p>
    };
    frame(kept, "Use a recovery code", body.into_any())
}

//! An invited colleague chooses a password and connects an authenticator.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use contract::CredentialsInput;
use leptos::prelude::*;
use qrcode::{Color, QrCode};
use service::sign_in::{self, HalfSet, Invited};
use service::{ServiceError, clock};
use tower_sessions::Session;

use super::{broken, frame};
use crate::components::{Button, TextField, TextKind, Width};
use crate::pages::console::to;
use crate::web::{
    self, Alive, Kept, Refused, Typed, Visitor, Web, kept, keys, page, page_with_status, refused_form,
};

pub fn routes() -> Router<Web> {
    Router::new()
        .route("/invited/{token}", get(show).post(choose))
        .route("/invited/{token}/authenticator", get(show_code).post(connect))
}

/// Whoever has the link.
async fn show(
    State(web): State<Web>,
    session: Session,
    Path(token): Path<String>,
) -> Result<Response, Refused> {
    let invited = match sign_in::invited(&web.desk, clock::now(), &token).await {
        Ok(invited) => invited,
        Err(ServiceError::NotFound) => return Ok(over(&web).await),
        Err(other) => return Err(other.into()),
    };
    let path = format!("/invited/{token}");
    let kept = kept(&session, &path).await;
    Ok(page(&web, "Choose a password", Alive::Plain, move || password_page(&kept, &invited, &path)).await)
}

async fn over(web: &Web) -> Response {
    let view = || {
        let body = view! {
            <p>"It was used already, or it is older than a week. Ask your administrator for a new one."</p>
            <p>
                <a href="/sign-in">"Sign in"</a>
            </p>
        };
        frame(&Kept::default(), "This invitation is over", body.into_any())
    };
    page_with_status(web, StatusCode::GONE, "This invitation is over", Alive::Plain, view).await
}

/// Whoever has the link; attempts are counted by address.
async fn choose(
    State(web): State<Web>,
    session: Session,
    visitor: Visitor,
    Path(token): Path<String>,
    typed: Typed,
) -> Result<Response, Refused> {
    let input: CredentialsInput = typed.read();
    let chosen = sign_in::choose_password(&web.desk, clock::now(), &token, &input, &visitor.address).await;
    match chosen {
        Ok(half) => {
            session.insert(keys::INVITED, half).await.map_err(broken)?;
            session.cycle_id().await.map_err(broken)?;
            Ok(Redirect::to(&format!("/invited/{token}/authenticator")).into_response())
        }
        Err(ServiceError::NotFound) => Ok(over(&web).await),
        // A password is never kept to be shown again.
        Err(error) => {
            Ok(refused_form(&session, &format!("/invited/{token}"), &Typed::default(), error).await)
        }
    }
}

/// Whoever has the link and has chosen a password.
async fn show_code(
    State(web): State<Web>,
    session: Session,
    Path(token): Path<String>,
) -> Result<Response, Refused> {
    let first = format!("/invited/{token}");
    let Some(half) = session.get::<HalfSet>(keys::INVITED).await.map_err(broken)? else {
        return Ok(Redirect::to(&first).into_response());
    };
    let invited = match sign_in::invited(&web.desk, clock::now(), &token).await {
        Ok(invited) => invited,
        Err(ServiceError::NotFound) => return Ok(over(&web).await),
        Err(other) => return Err(other.into()),
    };
    let (address, secret) = half.authenticator(&invited)?;
    let path = format!("{first}/authenticator");
    let kept = kept(&session, &path).await;
    let view = move || code_page(&kept, &path, &address, &secret);
    Ok(page(&web, "Connect your authenticator", Alive::Plain, view).await)
}

/// Whoever has the link and has chosen a password; then they are signed in.
async fn connect(
    State(web): State<Web>,
    session: Session,
    visitor: Visitor,
    Path(token): Path<String>,
    typed: Typed,
) -> Result<Response, Refused> {
    let first = format!("/invited/{token}");
    let Some(half) = session.get::<HalfSet>(keys::INVITED).await.map_err(broken)? else {
        return Ok(Redirect::to(&first).into_response());
    };
    let code = typed.value("code");
    match sign_in::connect_authenticator(&web.desk, clock::now(), &half, code, &visitor.address).await {
        Ok(connected) => {
            session.remove::<HalfSet>(keys::INVITED).await.map_err(broken)?;
            session.insert(keys::RECOVERY_CODES, &connected.recovery_codes).await.map_err(broken)?;
            web::sign_in(&session, &connected.principal).await.map_err(broken)?;
            Ok(Redirect::to("/account/recovery").into_response())
        }
        Err(ServiceError::NotFound) => Ok(over(&web).await),
        Err(error) => Ok(refused_form(&session, &format!("{first}/authenticator"), &typed, error).await),
    }
}

fn password_page(kept: &Kept, invited: &Invited, path: &str) -> AnyView {
    let body = view! {
        <p>{format!("Hello {}. {} invites you to Waymark.", invited.name, invited.organisation)}</p>
        <form class="app-stack" method="post" action=to(path)>
            <p>"You sign in with " <strong>{invited.email.clone()}</strong> " and this password:"</p>
            <TextField
                name="password"
                label="Password"
                hint="At least 12 characters; four words that do not belong together are easy to keep"
                kind=TextKind::Password
                autocomplete="new-password"
                error=kept.error("password")
            />
            <TextField
                name="again"
                label="The same password again"
                kind=TextKind::Password
                autocomplete="new-password"
                error=kept.error("again")
            />
            <Button label="Continue" />
        </form>
    };
    frame(kept, "Choose a password", body.into_any())
}

fn code_page(kept: &Kept, path: &str, address: &str, secret: &str) -> AnyView {
    let groups: Vec<String> =
        secret.as_bytes().chunks(4).map(|group| String::from_utf8_lossy(group).into_owned()).collect();
    let body = view! {
        <p>
            "Besides the password you need a code from an authenticator app on your phone. Open the app, add an account, "
            "and scan this picture:"
        </p>
        {picture(address)}
        <p>"Or type this key into the app:"</p>
        <p>
            <code>{groups.join(" ")}</code>
        </p>
        <form class="app-stack app-code-input" method="post" action=to(path)>
            <TextField
                name="code"
                label="Code"
                hint="The six digits that the app shows now"
                kind=TextKind::Code
                width=Width::Short
                error=kept.error("code")
            />
            <Button label="Finish and sign in" />
        </form>
    };
    frame(kept, "Connect your authenticator", body.into_any())
}

/// A QR code as one path of squares; nothing when the address is too long for one.
fn picture(address: &str) -> AnyView {
    let Ok(code) = QrCode::new(address) else {
        return ().into_any();
    };
    let width = code.width();
    let mut path = String::new();
    for (at, colour) in code.to_colors().into_iter().enumerate() {
        if colour == Color::Dark {
            path.push_str(&format!("M{} {}h1v1h-1z", at % width + 4, at / width + 4));
        }
    }
    let size = width + 8;
    view! {
        <svg
            class="app-qr"
            role="img"
            aria-label="QR code for the authenticator app"
            viewBox=format!("0 0 {size} {size}")
            width="220"
            height="220"
        >
            <rect width=size height=size fill="#fff" />
            <path d=path fill="#000" />
        </svg>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::components::render;

    #[test]
    fn the_picture_is_a_square_of_dark_modules_with_a_quiet_zone() {
        let html = render(|| picture("otpauth://totp/Waymark:a@b.example?secret=ABC"));
        assert!(html.contains("M4 4h1v1h-1z"), "the first finder pattern begins after four light modules");
    }
}

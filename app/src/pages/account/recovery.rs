//! Recovery codes: how many are left, new ones, and the one time that they are shown.

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use contract::AccountPage;
use leptos::prelude::*;
use service::sign_in;
use tower_sessions::Session;

use super::confirm::broken;
use super::yes_no;
use crate::components::{Button, Card, Fact, Facts, HiddenField, LinkButton, Look, Meaning};
use crate::pages::console::{Console, Section, key};
use crate::web::{Alive, Kept, Refused, Staff, Typed, Web, confirm_first, keys, page};

const PATH: &str = "/account/recovery";
/// With fewer left it is time for new ones.
const FEW: i64 = 3;

pub fn routes() -> Router<Web> {
    Router::new().route(PATH, get(show).post(renew))
}

/// Staff: codes that were just made, once.
async fn show(State(web): State<Web>, staff: Staff, session: Session) -> Result<Response, Refused> {
    let codes: Option<Vec<String>> = session.remove(keys::RECOVERY_CODES).await.map_err(broken)?;
    let Some(codes) = codes else {
        return Ok(Redirect::to("/account").into_response());
    };
    let console = Console::new(&staff, Section::Account, &Kept::default());
    let title = "Your recovery codes";
    Ok(page(&web, title, Alive::Plain, move || console.page(title, list(&codes))).await)
}

/// Staff with a fresh second factor. Codes from before stop working.
async fn renew(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    typed: Typed,
) -> Result<Response, Refused> {
    if let Some(answer) = confirm_first(&session, "/account", &typed).await? {
        return Ok(answer);
    }
    let codes = sign_in::new_recovery_codes(&web.desk, &staff.call).await?;
    session.insert(keys::RECOVERY_CODES, &codes).await.map_err(broken)?;
    Ok(Redirect::to(PATH).into_response())
}

fn list(codes: &[String]) -> AnyView {
    let items: Vec<_> = codes
        .iter()
        .map(|code| {
            view! {
                <li>
                    <code>{code.clone()}</code>
                </li>
            }
        })
        .collect();
    view! {
        <div class="app-stack">
            <p class="app-lead">
                "Keep these where you keep your passport: printed, or in a password manager. They are shown this once."
            </p>
            <ol class="app-codes">{items}</ol>
            <p>
                "When you have not got your authenticator at hand, sign in with your password and one of these. Each works once, "
                "and nobody from Waymark will ever ask you for one."
            </p>
            <div class="app-actions app-screen-only">
                <LinkButton label="I have kept them" href="/" />
            </div>
        </div>
    }
    .into_any()
}

/// The authenticator and the recovery codes on the account's page.
pub(super) fn card(data: &AccountPage) -> AnyView {
    let left = match data.recovery_codes {
        0 => "none".to_owned(),
        1 => "1 code left".to_owned(),
        many => format!("{many} codes left"),
    };
    let meaning = if data.recovery_codes < FEW { Meaning::Attention } else { Meaning::Done };
    let items = vec![
        Fact::new("Authenticator", yes_no(data.has_authenticator, "Connected", "Not connected")),
        Fact::text("Recovery codes", left),
    ];
    let look = if data.recovery_codes < FEW { Look::Primary } else { Look::Secondary };
    view! {
        <Card title="Password and authenticator" meaning>
            <Facts items />
            <p>
                "A recovery code stands in for the authenticator once: for the day when your phone is lost or flat. New codes "
                "replace all from before."
            </p>
            <form method="post" action=PATH>
                <HiddenField name="key" value=key() />
                <Button label="Make new recovery codes" look />
            </form>
        </Card>
    }
    .into_any()
}

//! One's own account: how one comes in, and out.

mod confirm;
mod messages;
mod notices;
mod passkeys;
mod recovery;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use contract::AccountPage;
use leptos::prelude::*;
use service::account;
use tower_sessions::Session;

use crate::components::{Button, Card, Fact, Facts, HiddenField, Look, Meaning, StatusTag};
use crate::pages::console::{Console, Section, key};
use crate::web::{self, Alive, Kept, Refused, Staff, Typed, Web, confirm_first, kept, page};
use crate::words;

pub(in crate::pages) use passkeys::without_answer;

const PATH: &str = "/account";

pub fn routes() -> Router<Web> {
    Router::new()
        .route(PATH, get(show))
        .route("/account/sign-out", post(sign_out_everywhere))
        .merge(confirm::routes())
        .merge(messages::routes())
        .merge(notices::routes())
        .merge(passkeys::routes())
        .merge(recovery::routes())
}

/// Staff, about themselves.
async fn show(State(web): State<Web>, staff: Staff, session: Session) -> Result<Response, Refused> {
    let data = account::page(&web.desk, &staff.call).await?;
    let kept = kept(&session, PATH).await;
    let console = Console::new(&staff, Section::Account, &kept);
    Ok(page(&web, "Your account", Alive::Plain, move || console.page("Your account", body(&data, &kept)))
        .await)
}

/// Staff. Ends every session of theirs, this one as well.
async fn sign_out_everywhere(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    typed: Typed,
) -> Result<Response, Refused> {
    if let Some(answer) = confirm_first(&session, PATH, &typed).await? {
        return Ok(answer);
    }
    account::sign_out_everywhere(&web.desk, &staff.call).await?;
    web::sign_out(&session).await.map_err(confirm::broken)?;
    Ok(Redirect::to("/sign-in").into_response())
}

fn body(data: &AccountPage, kept: &Kept) -> AnyView {
    let roles: Vec<_> = data.roles.iter().map(|role| words::role(*role)).collect();
    let mut items = vec![
        Fact::text("Name", data.name.clone()),
        Fact::text("You sign in as", data.email.clone()),
        Fact::text("Organisation", data.organisation.clone()),
        Fact::text("Roles", roles.join(", ")),
    ];
    if let Some(day) = &data.last_day {
        items.push(Fact::text("Your last day here", day.clone()));
    }
    for (role, day) in &data.role_days {
        items
            .push(Fact::text(format!("Your last day as {}", words::role(*role).to_lowercase()), day.clone()));
    }
    view! {
        <div class="app-stack app-stack--loose">
            <Facts items />
            <ul>
                <li><a href="/account/messages">"What Waymark told you"</a></li>
                <li><a href="/account/notices">"Choose what you are told"</a></li>
            </ul>
            {recovery::card(data)}
            {passkeys::card(data, kept)}
            <Card title="Signed in elsewhere">
                <p>
                    "On a shared machine, or lost a laptop? This signs you out of every browser at once, this one as well."
                </p>
                <form method="post" action="/account/sign-out">
                    <HiddenField name="key" value=key() />
                    <Button label="Sign out everywhere" look=Look::Warning />
                </form>
            </Card>
        </div>
    }
    .into_any()
}

/// "Yes" or "No", with a shape.
fn yes_no(is: bool, yes: &'static str, no: &'static str) -> AnyView {
    let (meaning, label) = if is { (Meaning::Done, yes) } else { (Meaning::Attention, no) };
    view! { <StatusTag meaning label /> }.into_any()
}

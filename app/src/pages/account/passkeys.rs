//! Passkeys on the account's page: made, named, removed; and the proof by one.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use contract::AccountPage;
use leptos::prelude::*;
use service::sign_in::{self, Asked};
use tower_sessions::Session;

use super::confirm::broken;
use crate::components::{
    Button, Card, Column, DataTable, Empty, HiddenField, Level, Look, PasskeyAct, PasskeyForm, Row,
    TextField, Width,
};
use crate::pages::console::{id, key, outcome, to};
use crate::web::{Kept, Refused, Staff, Typed, Web, confirm_first, confirmed, keys, refused_form, status};

const PATH: &str = "/account";

pub fn routes() -> Router<Web> {
    Router::new()
        .route("/account/passkeys", post(add))
        .route("/account/passkeys/options", post(options))
        .route("/account/passkeys/{id}/remove", post(remove))
        .route("/account/confirm/passkey", post(confirm))
}

/// Staff with a fresh second factor: what a device is asked for a new passkey. Without one the form itself leads to the proof.
async fn options(State(web): State<Web>, staff: Staff, session: Session) -> Result<Response, Refused> {
    if confirm_first(&session, PATH, &Typed::default()).await?.is_some() {
        return Ok(status(&contract::PublicError::NotAllowed).into_response());
    }
    let (options, asked) = sign_in::ask_for_new_passkey(&web.desk, &staff.call).await?;
    session.insert(keys::PASSKEY, asked).await.map_err(broken)?;
    Ok(Json(options).into_response())
}

/// Staff with a fresh second factor: keeps what the device made.
async fn add(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    typed: Typed,
) -> Result<Response, Refused> {
    if let Some(answer) = confirm_first(&session, PATH, &typed).await? {
        return Ok(answer);
    }
    let added = match session.remove::<Asked>(keys::PASSKEY).await.map_err(broken)? {
        Some(asked) => {
            let (name, answer) = (typed.value("passkey_name"), typed.value("credential"));
            sign_in::add_passkey(&web.desk, &staff.call, &asked, name, answer).await
        }
        None => Err(sign_in::no_passkey()),
    };
    outcome(&session, PATH, &without_answer(&typed), added, "The passkey is added. You can sign in with it.")
        .await
}

/// Staff, one of their own; with a fresh second factor.
async fn remove(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(passkey): Path<String>,
    typed: Typed,
) -> Result<Response, Refused> {
    if let Some(answer) = confirm_first(&session, PATH, &typed).await? {
        return Ok(answer);
    }
    let removed = sign_in::remove_passkey(&web.desk, &staff.call, id(&passkey)?).await;
    outcome(&session, PATH, &typed, removed, "The passkey is removed. It signs nobody in any more.").await
}

/// Staff: proves by a passkey what `/account/confirm` proves by a code.
async fn confirm(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    typed: Typed,
) -> Result<Response, Refused> {
    let proved = match session.remove::<Asked>(keys::PASSKEY).await.map_err(broken)? {
        Some(asked) => {
            sign_in::prove_with_passkey(&web.desk, &staff.call, &asked, typed.value("credential")).await
        }
        None => Err(sign_in::no_passkey()),
    };
    match proved {
        Ok(()) => confirmed(&session).await,
        Err(error) => Ok(refused_form(&session, "/account/confirm", &without_answer(&typed), error).await),
    }
}

/// What was typed, without what the device answered: that is good for once.
pub(in crate::pages) fn without_answer(typed: &Typed) -> Typed {
    Typed {
        pairs: typed.pairs.iter().filter(|(name, _)| name != "credential").cloned().collect(),
        ..Typed::default()
    }
}

pub(super) fn card(data: &AccountPage, kept: &Kept) -> AnyView {
    let list = if data.passkeys.is_empty() {
        view! { <Empty title="You have no passkey yet" level=Level::Three /> }.into_any()
    } else {
        let columns = ["Device", "Added", "Last used", "Change"].map(Column::new).to_vec();
        let rows = data
            .passkeys
            .iter()
            .map(|line| {
                Row::new(vec![
                    line.name.clone().into_any(),
                    line.added.clone().into_any(),
                    line.used.clone().unwrap_or_else(|| "never".to_owned()).into_any(),
                    view! {
                        <form method="post" action=to(format!("/account/passkeys/{}/remove", line.id))>
                            <HiddenField name="key" value=key() />
                            <button type="submit" class="app-button app-button--link">
                                "Remove"
                                <span class="app-visually-hidden">{format!(" {}", line.name)}</span>
                            </button>
                        </form>
                    }
                    .into_any(),
                ])
            })
            .collect();
        view! { <DataTable caption="Your passkeys" columns rows /> }.into_any()
    };
    let form = if data.can_have_passkeys {
        new_form(kept)
    } else {
        view! {
            <p class="app-quiet">
                "This site is reached by an address without a name, so browsers allow no passkeys for it."
            </p>
        }
        .into_any()
    };
    view! {
        <Card title="Passkeys">
            <p>
                "A passkey signs you in with your finger, your face or your device’s PIN, without password and code."
            </p>
            {list}
            {form}
        </Card>
    }
    .into_any()
}

fn new_form(kept: &Kept) -> AnyView {
    let error = kept.error("passkey_name").or_else(|| kept.error("passkey"));
    let name = kept.value("passkey_name", "");
    view! {
        <PasskeyForm act=PasskeyAct::Create action="/account/passkeys" options="/account/passkeys/options">
            <TextField
                name="passkey_name"
                label="Name of the device"
                hint="Like “Work laptop”"
                width=Width::Medium
                maxlength=60
                value=name
                error
            />
            <Button label="Add a passkey" look=Look::Secondary />
        </PasskeyForm>
        <noscript>
            <p class="app-quiet">"To add a passkey, allow scripts for this site."</p>
        </noscript>
    }
    .into_any()
}

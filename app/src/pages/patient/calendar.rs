//! The patient's visits in their own calendar program.

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use leptos::prelude::*;
use service::private_feeds::{self, Whose};
use tower_sessions::Session;

use super::frame::{Here, back, broken, done, frame};
use crate::pages::private_feed;
use crate::web::{Alive, Patient, Refused, Typed, Web, kept, keys, page};

const PATH: &str = "/my/calendar";

/// The page and its two acts.
pub fn routes() -> Router<Web> {
    Router::new().route(PATH, get(show).post(renew)).route("/my/calendar/revoke", post(revoke))
}

async fn show(State(web): State<Web>, patient: Patient, session: Session) -> Result<Response, Refused> {
    let data = private_feeds::page(&web.desk, &patient.call, Whose::Own).await?;
    let address: Option<String> = session.remove(keys::FEED_ADDRESS).await.map_err(|error| broken(&error))?;
    let kept = kept(&session, PATH).await;
    let title = "Your visits in your own calendar";
    let view = move || {
        let content = view! {
            {back("Your referrals", "/my".to_owned())}
            <h1>{title}</h1>
            {private_feed::content(&data, address.clone(), PATH)}
        };
        frame(Here::Below, &kept, content.into_any())
    };
    Ok(page(&web, title, Alive::Plain, view).await)
}

/// The patient. The address before stops working.
async fn renew(
    State(web): State<Web>,
    patient: Patient,
    session: Session,
    _: Typed,
) -> Result<Response, Refused> {
    let address = private_feeds::renew(&web.desk, &patient.call, Whose::Own).await?;
    session.insert(keys::FEED_ADDRESS, address).await.map_err(|error| broken(&error))?;
    Ok(Redirect::to(PATH).into_response())
}

/// The patient.
async fn revoke(
    State(web): State<Web>,
    patient: Patient,
    session: Session,
    _: Typed,
) -> Result<Response, Refused> {
    private_feeds::revoke(&web.desk, &patient.call, Whose::Own).await?;
    done(
        &session,
        PATH,
        "The address no longer works. Calendar programs keep what they have read.".to_owned(),
    )
    .await
}

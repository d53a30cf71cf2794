//! The first screen.

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use contract::{PatientHome, StatusView};
use leptos::prelude::*;
use service::patient;
use tower_sessions::Session;

use super::frame::{Here, broken, frame};
use crate::components::{Disclosure, Empty, Notice, StatusCard};
use crate::islands::{LiveStatus, PushOptIn};
use crate::web::{self, Alive, Kept, Patient, Refused, Typed, Web, kept, page};
use crate::words;

/// The first screen and the way out.
pub fn routes() -> Router<Web> {
    Router::new().route("/my", get(show)).route("/my/sign-out", post(leave))
}

async fn show(State(web): State<Web>, patient: Patient, session: Session) -> Result<Response, Refused> {
    let data = patient::home(&web.desk, &patient.call).await?;
    let kept = kept(&session, "/my").await;
    Ok(page(&web, "Your referrals", Alive::Islands, move || home_view(&data, &kept)).await)
}

async fn leave(_: Patient, session: Session, _: Typed) -> Result<Response, Refused> {
    web::sign_out(&session).await.map_err(|error| broken(&error))?;
    Ok(Redirect::to("/start").into_response())
}

fn home_view(data: &PatientHome, kept: &Kept) -> AnyView {
    let cards = data.cards.iter().cloned().enumerate().map(|(index, view)| card(index, view)).collect_view();
    let empty = data.cards.is_empty().then(|| {
        view! {
            <Empty title="Nothing here yet">
                <p>"You have no referral here at the moment. When your doctor sends one, we write to you."</p>
            </Empty>
        }
    });
    let emergencies = data.emergencies.iter().map(|(who, day)| {
        view! {
            <Notice title=words::patient::opened_in_an_emergency(who, day)>
                <p>
                    <a href="/my/access">"See who looked"</a> " and what at. If it seems wrong to you, phone the clinic."
                </p>
            </Notice>
        }
    });
    let emergencies = emergencies.collect_view();
    let notices = data.vapid_public_key.clone().zip(data.cards.first()).map(|(key, first)| {
        view! { <PushOptIn referral=first.referral.clone() vapid_public_key=key/> }
    });
    let content = view! {
        <h1>"Hello "{data.first_name.clone()}</h1>
        {emergencies}
        {empty}
        {cards}
        {notices}
        <ul class="app-links app-screen-only">
            <li><a href="/my/messages">"What we sent you"</a></li>
            <li><a href="/my/access">"Who looked"</a></li>
            <li><a href="/my/calendar">"Your visits in your own calendar"</a></li>
        </ul>
    };
    frame(Here::Home, kept, content.into_any())
}

/// The newest card of a referral stands in an island that replaces it when something changes.
fn card(index: usize, view: StatusView) -> AnyView {
    let view = words::patient::written_out(view);
    let history = if index == 0 { Disclosure::Open } else { Disclosure::Closed };
    let (referral, version, updated) = (view.referral.clone(), view.version, view.updated.clone());
    view! {
        <LiveStatus referral version updated>
            <StatusCard view history/>
        </LiveStatus>
    }
    .into_any()
}

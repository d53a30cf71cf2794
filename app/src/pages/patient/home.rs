//! The first screen.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use contract::{PatientHome, StatusView};
use leptos::prelude::*;
use service::patient;
use tower_sessions::Session;

use super::frame::{Here, broken, done, frame, fresh_key, id};
use crate::components::{Button, Disclosure, Empty, HiddenField, Look, Notice, StatusCard};
use crate::islands::{LiveStatus, PushOptIn};
use crate::web::{self, Alive, Kept, Patient, Refused, Typed, Web, kept, page, refused_form};
use crate::words;

/// The first screen and the way out.
pub fn routes() -> Router<Web> {
    Router::new()
        .route("/my", get(show))
        .route("/my/sign-out", post(leave))
        .route("/my/{referral}/needed", post(say_needed))
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
        {data.needs.iter().map(|(referral, clinic)| needed(referral, clinic)).collect_view()}
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

/// The question that a message asked, for whoever came without its link.
fn needed(referral: &str, clinic: &str) -> AnyView {
    let path = format!("/my/{referral}/needed");
    let answers =
        [("yes", "Yes, I still need it", Look::Primary), ("no", "No, I no longer need it", Look::Secondary)];
    let answers = answers.map(|(value, label, look)| {
        view! {
            <form method="post" action=path.clone()>
                <HiddenField name="key" value=fresh_key()/>
                <HiddenField name="answer" value/>
                <Button label look/>
            </form>
        }
    });
    let answers = answers.collect_view();
    let waits = format!("You are waiting for {clinic}. You keep your place whatever you answer.");
    view! {
        <Notice title="Do you still need your appointment?">
            <p>{waits}" After a no, somebody from the clinic talks with you first."</p>
            <div class="app-actions">{answers}</div>
        </Notice>
    }
    .into_any()
}

/// The patient. A yes is noted; after a no a person talks with them.
async fn say_needed(
    State(web): State<Web>,
    patient: Patient,
    session: Session,
    Path(referral): Path<String>,
    typed: Typed,
) -> Result<Response, Refused> {
    let (call, answer) = (patient.keyed(typed.value("key")), typed.value("answer"));
    match patient::say_needed(&web.desk, &call, id(&referral)?, answer).await {
        Ok(()) if answer == "no" => done(&session, "/my", words::patient::THANKS_NOT_NEEDED.to_owned()).await,
        Ok(()) => done(&session, "/my", words::patient::THANKS_NEEDED.to_owned()).await,
        Err(error) => Ok(refused_form(&session, "/my", &typed, error).await),
    }
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

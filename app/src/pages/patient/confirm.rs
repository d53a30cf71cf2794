//! The held time, and a moment to make up one's mind.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use contract::{AppointmentView, StatusView};
use domain::ReferralId;
use leptos::prelude::*;
use service::{booking, patient};
use tower_sessions::Session;

use super::frame::{Here, back, done, frame, fresh_key, id, marked, sorry};
use crate::components::{Button, Fact, Facts, HiddenField, LinkButton, Look, visit};
use crate::islands::HoldClock;
use crate::web::{Alive, Kept, Patient, Refused, Typed, Web, kept, page, refused_form};
use crate::words;

/// Confirming, giving back, and the booked visit as a calendar file.
pub fn routes() -> Router<Web> {
    Router::new()
        .route("/my/{referral}/confirm", get(show).post(confirm))
        .route("/my/{referral}/release", post(release))
        .route("/my/{referral}/coming", post(come))
        .route("/my/{referral}/appointment.ics", get(invitation))
}

async fn show(
    State(web): State<Web>,
    patient: Patient,
    session: Session,
    Path(referral): Path<String>,
) -> Result<Response, Refused> {
    let view = patient::status(&web.desk, &patient.call, id(&referral)?).await?;
    let now = patient.call.now.timestamp();
    let held = view.held.clone().and_then(|visit| visit.hold_expires.map(|expires| (visit, expires)));
    let Some((visit, expires)) = held.filter(|(_, expires)| *expires > now) else {
        let times = format!("/my/{referral}/times");
        return sorry(&session, &times, "No time is held for you now. Choose one.").await;
    };
    let kept = kept(&session, &format!("/my/{referral}/confirm")).await;
    let body = move || confirm_view(&view, &visit, expires - now, &kept);
    Ok(page(&web, "Confirm your time", Alive::Islands, body).await)
}

/// The patient. Books the held time; one that was booked before goes back at the same moment.
async fn confirm(
    State(web): State<Web>,
    patient: Patient,
    session: Session,
    Path(referral): Path<String>,
    typed: Typed,
) -> Result<Response, Refused> {
    let call = patient.keyed(typed.value("key"));
    match booking::confirm_shown(&web.desk, &call, id(&referral)?, typed.value("held")).await {
        Ok(visit) => done(&session, "/my", format!("Booked: {}", visit.when)).await,
        Err(error) => Ok(refused_form(&session, &format!("/my/{referral}/times"), &typed, error).await),
    }
}

/// The patient. Gives the held time back and shows the list again; where they still have another one, that instead.
async fn release(
    State(web): State<Web>,
    patient: Patient,
    session: Session,
    Path(referral): Path<String>,
    typed: Typed,
) -> Result<Response, Refused> {
    let times = format!("/my/{referral}/times");
    let call = patient.keyed(typed.value("key"));
    let referral: ReferralId = id(&referral)?;
    if let Err(error) = booking::release_shown(&web.desk, &call, referral, typed.value("held")).await {
        return Ok(refused_form(&session, &times, &typed, error).await);
    }
    let left = patient::status_after(&web.desk, &patient.call, referral).await?;
    match words::patient::still_theirs(&left) {
        Some(said) => done(&session, "/my", said).await,
        None => done(&session, &times, "You gave the time back. Choose another one.".to_owned()).await,
    }
}

/// The patient. They come to the visit that was shown.
async fn come(
    State(web): State<Web>,
    patient: Patient,
    session: Session,
    Path(referral): Path<String>,
    typed: Typed,
) -> Result<Response, Refused> {
    let call = patient.keyed(typed.value("key"));
    match booking::say_coming(&web.desk, &call, id(&referral)?, typed.value("visit")).await {
        Ok(()) => done(&session, "/my", words::patient::THANKS_COMING.to_owned()).await,
        Err(error) => Ok(refused_form(&session, "/my", &typed, error).await),
    }
}

/// The patient. The booked visit for their own calendar.
async fn invitation(
    State(web): State<Web>,
    patient: Patient,
    Path(referral): Path<String>,
) -> Result<Response, Refused> {
    let referral: ReferralId = id(&referral)?;
    let bytes = booking::invitation(&web.desk, &patient.call, referral).await?;
    let headers = [
        (header::CONTENT_TYPE, "text/calendar; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"appointment.ics\""),
    ];
    Ok((headers, bytes).into_response())
}

fn confirm_view(view: &StatusView, visit: &AppointmentView, left_s: i64, kept: &Kept) -> AnyView {
    let mut facts = vec![Fact::text("Clinic", view.clinic.clone())];
    facts.extend(visit::facts(visit));
    let path = format!("/my/{}", view.referral);
    let kept_offer =
        view.kept_offer.as_ref().map(words::patient::kept_offer).map(|kept| view! { <p>{kept}</p> });
    // What the clinic offered is not given back by looking at other times: it is theirs until they confirm another one.
    let another = match visit.answer_by.is_some() {
        true => view! {
            <p><LinkButton label="Look at other times" href=format!("{path}/times") look=Look::Secondary/></p>
            <p class="app-hint">"You keep this time until you confirm another one."</p>
        }
        .into_any(),
        false => view! {
            <form method="post" action=format!("{path}/release")>
                {marked()}
                <HiddenField name="key" value=fresh_key()/>
                <HiddenField name="held" value=visit.id.clone()/>
                <div class="app-actions"><Button label="Choose another" look=Look::Secondary/></div>
            </form>
        }
        .into_any(),
    };
    let content = view! {
        {back("All times", format!("{path}/times"))}
        <h1>"Confirm your time"</h1>
        <p class="app-visit__when">{visit.when.clone()}</p>
        {match visit.answer_by.clone() {
            Some(by) => view! { <p>{format!("The clinic holds this time for you until {by}.")}</p> }.into_any(),
            None => view! {
                <HoldClock left_s again=format!("{path}/times")>
                    <p>{format!("We hold this time for you for {}.", words::patient::held_for(left_s))}</p>
                </HoldClock>
            }
            .into_any(),
        }}
        {kept_offer}
        <Facts items=facts/>
        <form class="app-hold-confirm" method="post" action=format!("{path}/confirm")>
            {marked()}
            <HiddenField name="key" value=fresh_key()/>
            <HiddenField name="held" value=visit.id.clone()/>
            <div class="app-actions"><Button label="Confirm this time"/></div>
        </form>
        {another}
    };
    frame(Here::Below, kept, content.into_any())
}

//! Choosing a time, and changing one that is booked. What is shown lives in the address.

mod view;

use axum::Router;
use axum::extract::{OriginalUri, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use contract::{HoldOutcome, SlotInput, TimesQuery};
use service::booking;
use tower_sessions::Session;

use super::frame::id;
use crate::web::{Alive, Patient, Refused, Typed, Web, kept, page, page_with_status, refused_form};

/// The list of times under its two names: choosing and changing.
pub fn routes() -> Router<Web> {
    Router::new()
        .route("/my/{referral}/times", get(show).post(hold))
        .route("/my/{referral}/change", get(show).post(hold))
        .route("/my/{referral}/find-time", post(find_time))
}

async fn show(
    State(web): State<Web>,
    patient: Patient,
    session: Session,
    OriginalUri(uri): OriginalUri,
    Path(referral): Path<String>,
    Query(query): Query<TimesQuery>,
) -> Result<Response, Refused> {
    let data = booking::times(&web.desk, &patient.call, id(&referral)?, &query).await?;
    let path = uri.path().to_owned();
    let kept = kept(&session, &path).await;
    let body = move || view::times(&path, &data, &query, &kept);
    Ok(page(&web, "Choose a time", Alive::Plain, body).await)
}

/// The patient. Holds the time for some minutes; when somebody was quicker, shows what is still free.
async fn hold(
    State(web): State<Web>,
    patient: Patient,
    session: Session,
    OriginalUri(uri): OriginalUri,
    Path(referral): Path<String>,
    typed: Typed,
) -> Result<Response, Refused> {
    let path = uri.path().to_owned();
    let input = view::slot(typed.value("slot"));
    // One form offers many times: each of them is a request of its own.
    let call = patient.keyed(&key_of(typed.value("key"), &input));
    match booking::hold(&web.desk, &call, id(&referral)?, &input).await {
        Ok(HoldOutcome::Held { .. }) => Ok(Redirect::to(&format!("/my/{referral}/confirm")).into_response()),
        Ok(HoldOutcome::Taken { wanted, alternatives }) => {
            let body = move || view::taken(&path, &wanted, &alternatives);
            Ok(page_with_status(&web, StatusCode::CONFLICT, "That time was just taken", Alive::Plain, body)
                .await)
        }
        Err(error) => Ok(refused_form(&session, &path, &typed, error).await),
    }
}

/// The patient. No time is soon enough: the duty to book passes to the clinic, which has a clock for it.
async fn find_time(
    State(web): State<Web>,
    patient: Patient,
    session: Session,
    Path(referral): Path<String>,
    typed: Typed,
) -> Result<Response, Refused> {
    let referral = id(&referral)?;
    let call = patient.keyed(typed.value("key"));
    match booking::pass_booking(&web.desk, &call, referral).await {
        Ok(()) => Ok(Redirect::to("/my").into_response()),
        Err(error) => Ok(refused_form(&session, &format!("/my/{referral}/times"), &typed, error).await),
    }
}

/// The form's key with the time it was pressed for; nothing where the form had none.
fn key_of(key: &str, input: &SlotInput) -> String {
    if key.is_empty() { String::new() } else { format!("{key}:{}:{}", input.start, input.resource) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_times_of_one_form_are_two_requests_with_keys_that_fit() {
        let key = uuid::Uuid::nil().to_string();
        let input =
            |start: &str| SlotInput { resource: key.clone(), start: start.into(), ..SlotInput::default() };
        let (a, b) =
            (key_of(&key, &input("2026-03-03T14:15:00Z")), key_of(&key, &input("2026-03-03T14:45:00Z")));
        assert_ne!(a, b);
        assert!(a.len() <= 100, "{}", a.len());
        assert_eq!(key_of("", &input("2026-03-03T14:15:00Z")), "");
    }
}

//! Sessions as a calendar file, out and in.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use domain::ResourceId;
use service::availability;
use tower_sessions::Session;

use super::{answer, keep_shown, taken_in};
use crate::pages::console::{Console, Section, id};
use crate::web::{Alive, Posted, Refused, Staff, Web, kept, page, refused_form};
use crate::words;

pub fn routes() -> Router<Web> {
    Router::new()
        .route("/availability/{resource}/hours.ics", get(file))
        .route("/availability/{resource}/hours", get(show).post(take))
        .route("/availability/{resource}/hours/look", post(look))
}

/// Specialists their own; coordinators and administrators any of their organisation.
async fn file(
    State(web): State<Web>,
    staff: Staff,
    Path(resource): Path<String>,
) -> Result<Response, Refused> {
    let file = availability::hours(&web.desk, &staff.call, id(&resource)?).await?;
    let headers = [
        (header::CONTENT_TYPE, "text/calendar; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"hours.ics\""),
    ];
    Ok((headers, file).into_response())
}

/// The same people.
async fn show(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(resource): Path<String>,
) -> Result<Response, Refused> {
    let resource: ResourceId = id(&resource)?;
    let data = availability::hours_page(&web.desk, &staff.call, resource).await?;
    let kept = kept(&session, &path(resource)).await;
    let console = Console::new(&staff, Section::Availability, &kept);
    let title = "Sessions from a calendar file";
    Ok(page(&web, title, Alive::Plain, move || console.page(title, taken_in::hours(&data, &kept))).await)
}

/// The same people. What is in the file is shown; nothing is saved.
async fn look(Path(resource): Path<String>, posted: Posted) -> Result<Response, Refused> {
    let resource: ResourceId = id(&resource)?;
    let (path, typed) = (path(resource), &posted.typed);
    let bytes = typed.files.first().map_or(&[][..], |file| &file.bytes);
    match availability::look_at_hours(&posted.desk, &posted.call, resource, &typed.read(), bytes).await {
        Ok(preview) => keep_shown(&posted, &path, "#preview", (taken_in::PREVIEW, &preview)).await,
        Err(error) => Ok(refused_form(&posted.session, &path, typed, error).await),
    }
}

/// The same people.
async fn take(Path(resource): Path<String>, posted: Posted) -> Result<Response, Refused> {
    let resource: ResourceId = id(&resource)?;
    match availability::take_hours(&posted.desk, &posted.call, resource, &posted.typed.read()).await {
        Ok(count) => answer(&posted, resource, Ok(()), &words::sessions_added(count)).await,
        Err(error) => Ok(refused_form(&posted.session, &path(resource), &posted.typed, error).await),
    }
}

fn path(resource: ResourceId) -> String {
    format!("/availability/{resource}/hours")
}

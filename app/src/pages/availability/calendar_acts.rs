//! What is done to the calendars that busy times come from.

use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::post;
use domain::{CalendarId, ResourceId};
use service::{ServiceError, availability};

use super::{answer_form, own};
use crate::pages::console::id;
use crate::web::{Posted, Refused, Web};

/// One clinician's or room's calendar, as the address names them.
type Which = Path<(String, String)>;

pub fn routes() -> Router<Web> {
    Router::new()
        .route("/availability/{resource}/subscribe", post(subscribe))
        .route("/availability/{resource}/calendars/{feed}/settings", post(change))
        .route("/availability/{resource}/calendars/{feed}/read", post(read))
        .route("/availability/{resource}/calendars/{feed}/calendar", post(replace))
        .route("/availability/{resource}/calendars/{feed}/source", post(change_source))
        .route("/availability/{resource}/calendars/{feed}/remove", post(remove))
}

fn ids(Path((resource, calendar)): Which) -> Result<(ResourceId, CalendarId), Refused> {
    Ok((id(&resource)?, id(&calendar)?))
}

/// Whoever sees the availability. The address is fetched at once.
async fn subscribe(Path(resource): Path<String>, posted: Posted) -> Result<Response, Refused> {
    let resource: ResourceId = id(&resource)?;
    let input = own(&posted.typed);
    let subscribed = availability::subscribe_calendar(&posted.desk, &posted.call, resource, &input).await;
    answer_form(&posted, resource, subscribed, "The calendar is read and will be kept up to date.").await
}

/// The same people.
async fn change(which: Which, posted: Posted) -> Result<Response, Refused> {
    let (resource, calendar) = ids(which)?;
    let input = own(&posted.typed);
    let changed = availability::change_calendar(&posted.desk, &posted.call, resource, calendar, &input).await;
    answer_form(&posted, resource, changed, "Saved. It counts from now on.").await
}

/// The same people.
async fn read(which: Which, posted: Posted) -> Result<Response, Refused> {
    let (resource, calendar) = ids(which)?;
    let read = availability::read_now(&posted.desk, &posted.call, resource, calendar).await;
    answer_form(&posted, resource, read, "The calendar was read just now.").await
}

/// The same people. A newer file takes the place of an uploaded one.
async fn replace(which: Which, posted: Posted) -> Result<Response, Refused> {
    let (resource, calendar) = ids(which)?;
    // Whether this clinician's availability is theirs to change.
    availability::may_change(&posted.desk, &posted.call, resource).await?;
    let replaced = match posted.typed.files.iter().find(|sent| !sent.bytes.is_empty()) {
        None => Err(ServiceError::invalid("file", "Choose a file first.")),
        Some(sent) => {
            availability::replace_calendar(&posted.desk, &posted.call, resource, calendar, &sent.bytes).await
        }
    };
    let message = "The newer file was read. Its busy times count in the place of the old ones.";
    answer_form(&posted, resource, replaced, message).await
}

/// The same people. The new address is fetched at once.
async fn change_source(which: Which, posted: Posted) -> Result<Response, Refused> {
    let (resource, calendar) = ids(which)?;
    let input = own(&posted.typed);
    let changed = availability::change_source(&posted.desk, &posted.call, resource, calendar, &input).await;
    let message = "The calendar was read there and will be kept up to date.";
    answer_form(&posted, resource, changed, message).await
}

/// The same people.
async fn remove(which: Which, posted: Posted) -> Result<Response, Refused> {
    let (resource, calendar) = ids(which)?;
    let removed = availability::remove_calendar(&posted.desk, &posted.call, resource, calendar).await;
    let message = "The calendar is taken away. Its busy times no longer count.";
    answer_form(&posted, resource, removed, message).await
}

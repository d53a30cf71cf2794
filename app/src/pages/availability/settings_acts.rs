//! What is done to leave, to the settings of clinicians and rooms, and to those of the house.

use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::post;
use contract::LeaveOutcome;
use domain::ResourceId;
use service::{ServiceError, availability};
use uuid::Uuid;

use super::{PATH, answer, answer_form, of, own, preview_at};
use crate::pages::console::{done, id, prefixed};
use crate::web::{Posted, Refused, Web, refused_form};
use crate::words;

pub fn routes() -> Router<Web> {
    Router::new()
        .route("/availability/{resource}/leave", post(add_leave))
        .route("/availability/{resource}/leave/{leave}/remove", post(remove_leave))
        .route("/availability/{resource}/settings", post(change_resource))
        .route("/availability/resources", post(add_resource))
        .route("/availability/services/{service}", post(set_booking))
}

/// Whoever sees the availability. Where booked visits would break, shows them first.
async fn add_leave(Path(resource): Path<String>, posted: Posted) -> Result<Response, Refused> {
    let resource: ResourceId = id(&resource)?;
    match availability::add_leave(&posted.desk, &posted.call, resource, &posted.typed.read()).await {
        Ok(LeaveOutcome::Preview(preview)) => preview_at(&posted, &of(resource), "#leave", &preview).await,
        Ok(saved) => answer(&posted, resource, Ok(()), &words::leave_saved(&saved)).await,
        Err(error) => answer(&posted, resource, Err(error), "").await,
    }
}

/// The same people.
async fn remove_leave(
    Path((resource, leave)): Path<(String, String)>,
    posted: Posted,
) -> Result<Response, Refused> {
    let (resource, leave): (ResourceId, Uuid) = (id(&resource)?, id(&leave)?);
    let removed = availability::remove_leave(&posted.desk, &posted.call, resource, leave).await;
    answer(&posted, resource, removed, "It is removed. Times are offered then again.").await
}

/// The same people.
async fn change_resource(Path(resource): Path<String>, posted: Posted) -> Result<Response, Refused> {
    let resource: ResourceId = id(&resource)?;
    let input = own(&posted.typed);
    let changed = availability::change_resource(&posted.desk, &posted.call, resource, &input).await;
    answer_form(&posted, resource, changed, "Saved. It counts from the next search on.").await
}

/// Coordinators and administrators.
async fn add_resource(posted: Posted) -> Result<Response, Refused> {
    match availability::add_resource(&posted.desk, &posted.call, &own(&posted.typed)).await {
        Ok(resource) => {
            answer(&posted, resource, Ok(()), "It is added, and can be chosen with sessions.").await
        }
        Err(error) => refused_house(&posted, error).await,
    }
}

/// Coordinators and administrators.
async fn set_booking(Path(service): Path<String>, posted: Posted) -> Result<Response, Refused> {
    match availability::set_booking(&posted.desk, &posted.call, id(&service)?, &own(&posted.typed)).await {
        Ok(()) => done(&posted.session, PATH, "Saved. It counts from the next search on.").await,
        Err(error) => refused_house(&posted, error).await,
    }
}

async fn refused_house(posted: &Posted, error: ServiceError) -> Result<Response, Refused> {
    let error = prefixed(posted.typed.value("form"), error);
    Ok(refused_form(&posted.session, PATH, &posted.typed, error).await)
}

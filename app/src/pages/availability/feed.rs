//! A clinician's visits, or a room's, in a calendar program.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use contract::{AvailabilityPage, FeedOf};
use domain::ResourceId;
use leptos::prelude::*;
use service::ServiceError;
use service::private_feeds::{self, Whose};
use tower_sessions::Session;

use crate::pages::console::{Console, Section, done, id, to};
use crate::pages::private_feed;
use crate::web::{Alive, Refused, Staff, Typed, Web, confirm_first, kept, keys, page};

pub fn routes() -> Router<Web> {
    Router::new()
        .route("/availability/{resource}/feed", get(show).post(renew))
        .route("/availability/{resource}/feed/revoke", post(revoke))
}

/// The way there, on the page of the availability.
pub(super) fn way(data: &AvailabilityPage) -> AnyView {
    let href = to(format!("/availability/{}/feed", data.resource));
    let label = match data.kind.as_str() {
        "clinician" => "Your visits in your own calendar",
        _ => "Its bookings in a calendar program",
    };
    view! {
        <p class="app-screen-only">
            <a href=href>{label}</a>
        </p>
    }
    .into_any()
}

fn path(resource: ResourceId) -> String {
    format!("/availability/{resource}/feed")
}

/// Clinicians their own; coordinators and administrators that of a room.
async fn show(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(resource): Path<String>,
) -> Result<Response, Refused> {
    let resource: ResourceId = id(&resource)?;
    let data = private_feeds::page(&web.desk, &staff.call, Whose::Resource(resource)).await?;
    let address: Option<String> = session.remove(keys::FEED_ADDRESS).await.map_err(broken)?;
    let kept = kept(&session, &path(resource)).await;
    let console = Console::new(&staff, Section::Availability, &kept);
    let heading = match data.of {
        FeedOf::Room => format!("{} in a calendar program", data.name),
        FeedOf::Patient | FeedOf::Clinician => "Your visits in your own calendar".to_owned(),
    };
    let view =
        move || console.page(heading.clone(), private_feed::content(&data, address.clone(), &path(resource)));
    Ok(page(&web, "Visits in a calendar program", Alive::Plain, view).await)
}

/// The same people, with a fresh second factor: the address works without signing in. The one before stops working.
async fn renew(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(resource): Path<String>,
    typed: Typed,
) -> Result<Response, Refused> {
    let resource: ResourceId = id(&resource)?;
    // Whoever may not have it is told so before they prove anything.
    private_feeds::page(&web.desk, &staff.call, Whose::Resource(resource)).await?;
    if let Some(answer) = confirm_first(&session, &path(resource), &typed).await? {
        return Ok(answer);
    }
    let address = private_feeds::renew(&web.desk, &staff.call, Whose::Resource(resource)).await?;
    session.insert(keys::FEED_ADDRESS, address).await.map_err(broken)?;
    Ok(Redirect::to(&path(resource)).into_response())
}

/// The same people.
async fn revoke(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(resource): Path<String>,
    _: Typed,
) -> Result<Response, Refused> {
    let resource: ResourceId = id(&resource)?;
    private_feeds::revoke(&web.desk, &staff.call, Whose::Resource(resource)).await?;
    done(
        &session,
        &path(resource),
        "The address no longer works. Calendar programs keep what they have read.",
    )
    .await
}

fn broken(error: tower_sessions::session::Error) -> Refused {
    Refused(ServiceError::Broken(error.to_string()))
}

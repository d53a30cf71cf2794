//! When a clinician sees people: weekly sessions, calendars and the coming days.

mod diary;
mod forms;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use contract::{AvailabilityPage, RuleInput};
use domain::ResourceId;
use leptos::prelude::*;
use serde::Deserialize;
use service::{ServiceError, availability};
use tower_sessions::Session;
use uuid::Uuid;

use super::admin::setup::{self, UnderWay};
use super::console::{Console, Section, choices, id, with_query};
use crate::components::{Button, Empty, Look, SelectField};
use crate::web::{Alive, Kept, Refused, Staff, Typed, Web, keep, kept, page, refused_form};

const PATH: &str = "/availability";

pub fn routes() -> Router<Web> {
    Router::new()
        .route(PATH, get(show))
        .route("/availability/{resource}/rules", post(add_rule))
        .route("/availability/{resource}/rules/{rule}/remove", post(remove_rule))
        .route("/availability/{resource}/subscribe", post(subscribe))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Whose {
    resource: String,
}

/// Specialists their own; coordinators and administrators any of their organisation.
async fn show(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Query(whose): Query<Whose>,
) -> Result<Response, Refused> {
    let wanted = match whose.resource.as_str() {
        "" => None,
        text => Some(id::<ResourceId>(text)?),
    };
    let kept = kept(&session, PATH).await;
    let console = Console::new(&staff, Section::Availability, &kept);
    match availability::page(&web.desk, &staff.call, wanted).await {
        Ok(data) => {
            let under_way = setup::under_way(&web, &staff).await?;
            let view = move || {
                let body = view! { {under_way.map(UnderWay::notice)} {body(&data, &kept)} };
                console.page(format!("Availability: {}", data.name), body)
            };
            Ok(page(&web, "Availability", Alive::Plain, view).await)
        }
        // Nobody can be booked yet: a page that says so helps more than "not found".
        Err(ServiceError::NotFound) if wanted.is_none() => {
            let view = move || {
                let empty = view! {
                    <Empty title="Nobody can be booked here yet">
                        <p>"An administrator invites a specialist first. Then their weekly sessions are entered here."</p>
                    </Empty>
                };
                console.page("Availability", empty)
            };
            Ok(page(&web, "Availability", Alive::Plain, view).await)
        }
        Err(error) => Err(Refused(error)),
    }
}

/// The same people as see the page.
async fn add_rule(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(resource): Path<String>,
    typed: Typed,
) -> Result<Response, Refused> {
    let resource: ResourceId = id(&resource)?;
    let input = RuleInput { weekdays: typed.joined("weekdays"), ..typed.read() };
    let added = availability::add_rule(&web.desk, &staff.keyed(typed.value("key")), resource, &input).await;
    answer(&session, resource, &typed, added, "The session is added. Its times are offered from now on.")
        .await
}

/// The same people as see the page.
async fn remove_rule(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path((resource, rule)): Path<(String, String)>,
    typed: Typed,
) -> Result<Response, Refused> {
    let (resource, rule): (ResourceId, Uuid) = (id(&resource)?, id(&rule)?);
    let removed =
        availability::remove_rule(&web.desk, &staff.keyed(typed.value("key")), resource, rule).await;
    answer(&session, resource, &typed, removed, "The session is removed. Visits booked in it stay booked.")
        .await
}

/// The same people as see the page. The address is fetched at once.
async fn subscribe(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(resource): Path<String>,
    typed: Typed,
) -> Result<Response, Refused> {
    let resource: ResourceId = id(&resource)?;
    let call = staff.keyed(typed.value("key"));
    let subscribed = availability::subscribe_calendar(&web.desk, &call, resource, typed.value("url")).await;
    answer(&session, resource, &typed, subscribed, "The calendar is read and will be kept up to date.").await
}

/// Back to the same clinician's page, with a word of success or with what to put right.
async fn answer(
    session: &Session,
    resource: ResourceId,
    typed: &Typed,
    result: Result<(), ServiceError>,
    message: &str,
) -> Result<Response, Refused> {
    let path = with_query(PATH, &[("resource", &resource.to_string())]);
    match result {
        Ok(()) => {
            let kept = Kept { path: PATH.to_owned(), message: Some(message.to_owned()), ..Kept::default() };
            keep(session, kept).await.map_err(|error| Refused(ServiceError::Broken(error.to_string())))?;
            Ok(Redirect::to(&path).into_response())
        }
        Err(error) => Ok(refused_form(session, &path, typed, error).await),
    }
}

fn body(data: &AvailabilityPage, kept: &Kept) -> AnyView {
    let whose = (data.resources.len() > 1).then(|| {
        view! {
            <form class="app-cluster app-screen-only" method="get" action=PATH>
                <SelectField
                    name="resource"
                    label="Whose availability"
                    choices=choices(&data.resources)
                    value=data.resource.clone()
                />
                <Button label="Show" look=Look::Secondary />
            </form>
        }
    });
    view! {
        <div class="app-stack app-stack--loose">
            <p class="app-lead">
                {format!("Free times are the weekly sessions, less what the calendars say. All times are {}.", data.zone)}
            </p>
            {whose}
            {diary::diary(data)}
            {forms::sessions(data, kept)}
            {forms::calendars(data, kept)}
        </div>
    }
    .into_any()
}

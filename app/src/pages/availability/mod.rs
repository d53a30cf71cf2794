//! When a clinician sees people: weekly sessions, calendars and the coming days.

mod calendar_acts;
mod calendars;
mod closed;
mod closed_acts;
mod feed;
mod forms;
mod hours_acts;
mod leave;
mod rebooking;
mod rebooking_acts;
mod session;
mod session_acts;
mod settings;
mod settings_acts;
mod taken_in;
mod week;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use contract::{AvailabilityPage, LeavePreview};
use domain::ResourceId;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use service::{ServiceError, availability};
use tower_sessions::Session;

use super::admin::setup::{self, UnderWay};
use super::console::{Console, Section, choices, id, outcome, prefixed, unprefixed, with_query};
use crate::components::{Button, Empty, Look, SelectField};
use crate::web::{Alive, Kept, Posted, Refused, Staff, Typed, Web, keep, kept, page};

pub(super) use leave::{PREVIEW, broken_visits};

const PATH: &str = "/availability";
const REBOOKING: &str = "/availability/rebooking";

pub fn routes() -> Router<Web> {
    Router::new()
        .route(PATH, get(show))
        .route("/availability/{resource}/day/{date}", get(day))
        .merge(session_acts::routes())
        .merge(calendar_acts::routes())
        .merge(settings_acts::routes())
        .merge(hours_acts::routes())
        .merge(closed_acts::routes())
        .merge(rebooking_acts::routes())
        .merge(feed::routes())
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Whose {
    resource: String,
    /// A day of the week that is shown, YYYY-MM-DD.
    week: String,
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
    match availability::page(&web.desk, &staff.call, wanted, &whose.week).await {
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

/// Shows what would break at a page, with what was typed.
async fn preview_at(
    posted: &Posted,
    path: &str,
    fragment: &str,
    preview: &LeavePreview,
) -> Result<Response, Refused> {
    keep_shown(posted, path, fragment, (leave::PREVIEW, preview)).await
}

/// Leads to a page that shows something under a name, with what was typed.
async fn keep_shown(
    posted: &Posted,
    path: &str,
    fragment: &str,
    (name, shown): (&str, &impl Serialize),
) -> Result<Response, Refused> {
    let broken = |cause: String| Refused(ServiceError::Broken(cause));
    let shown = serde_json::to_string(shown).map_err(|error| broken(error.to_string()))?;
    let mut values = posted.typed.pairs.clone();
    values.push((name.to_owned(), shown));
    let page = path.split('?').next().unwrap_or(path).to_owned();
    let kept = Kept { path: page, values, ..Kept::default() };
    keep(&posted.session, kept).await.map_err(|error| broken(error.to_string()))?;
    Ok(Redirect::to(&format!("{path}{fragment}")).into_response())
}

/// Specialists their own; coordinators and administrators any of their organisation.
async fn day(
    State(web): State<Web>,
    staff: Staff,
    Path((resource, date)): Path<(String, String)>,
) -> Result<Response, Refused> {
    let data = availability::day(&web.desk, &staff.call, id(&resource)?, &date).await?;
    let console = Console::new(&staff, Section::Availability, &Kept::default());
    let view = move || console.page(format!("The day of {}", data.name), week::day(&data));
    Ok(page(&web, "The day", Alive::Plain, view).await)
}

/// The fields of the form that was sent, as its input names them: several forms stand on the page.
fn own<T: serde::de::DeserializeOwned + Default>(typed: &Typed) -> T {
    unprefixed(typed.value("form"), typed).read()
}

/// The page of whose availability it is.
fn of(resource: ResourceId) -> String {
    with_query(PATH, &[("resource", &resource.to_string())])
}

/// Back to the same clinician's page, with a word of success or with what to put right.
async fn answer(
    posted: &Posted,
    resource: ResourceId,
    result: Result<(), ServiceError>,
    message: &str,
) -> Result<Response, Refused> {
    outcome(&posted.session, &of(resource), &posted.typed, result, message).await
}

/// The same for one of several forms of the page: what is to be put right has the names that the form gives its fields.
async fn answer_form(
    posted: &Posted,
    resource: ResourceId,
    result: Result<(), ServiceError>,
    message: &str,
) -> Result<Response, Refused> {
    let result = result.map_err(|error| prefixed(posted.typed.value("form"), error));
    answer(posted, resource, result, message).await
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
            {data.may_have_feed.then(|| feed::way(data))}
            {week::week(data)}
            {leave::leave(data, kept)}
            {forms::sessions(data, kept)}
            {settings::resource(data, kept)}
            {calendars::calendars(data, kept)}
            {settings::house(data, kept)}
        </div>
    }
    .into_any()
}

//! When a clinician sees people: weekly sessions, calendars and the coming days.

mod calendars;
mod closed;
mod feed;
mod forms;
mod leave;
mod rebooking;
mod session;
mod settings;
mod taken_in;
mod week;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use contract::{AvailabilityPage, LeaveOutcome, LeavePreview, OverVisitsInput, RebookingQuery, RuleInput};
use domain::{CalendarId, ResourceId};
use leptos::prelude::*;
use serde::Deserialize;
use service::{ServiceError, availability, clock_rules};
use tower_sessions::Session;
use uuid::Uuid;

use super::admin::setup::{self, UnderWay};
use super::console::{Console, Section, choices, done, id, prefixed, unprefixed, with_query};
use crate::components::{Button, Empty, Look, SelectField};
use crate::web::{Alive, Kept, Refused, Staff, Typed, Web, keep, kept, page, refused_form};
use crate::words;

pub(super) use leave::{PREVIEW, broken_visits};

const PATH: &str = "/availability";
const REBOOKING: &str = "/availability/rebooking";

pub fn routes() -> Router<Web> {
    Router::new()
        .route(PATH, get(show))
        .route("/availability/{resource}/rules", post(add_rule))
        .route("/availability/{resource}/rules/{rule}", get(show_rule).post(change_rule))
        .route("/availability/{resource}/rules/{rule}/remove", post(remove_rule))
        .route("/availability/{resource}/subscribe", post(subscribe))
        .route("/availability/{resource}/calendars/{feed}/settings", post(change_calendar))
        .route("/availability/{resource}/calendars/{feed}/read", post(read_calendar))
        .route("/availability/{resource}/calendars/{feed}/calendar", post(replace_calendar))
        .route("/availability/{resource}/calendars/{feed}/source", post(change_source))
        .route("/availability/{resource}/calendars/{feed}/remove", post(remove_calendar))
        .route("/availability/{resource}/leave", post(add_leave))
        .route("/availability/{resource}/leave/{leave}/remove", post(remove_leave))
        .route("/availability/{resource}/settings", post(change_resource))
        .route("/availability/{resource}/hours.ics", get(hours))
        .route("/availability/{resource}/hours", get(show_hours).post(take_hours))
        .route("/availability/{resource}/hours/look", post(look_at_hours))
        .route("/availability/{resource}/day/{date}", get(day))
        .merge(feed::routes())
        .route("/availability/resources", post(add_resource))
        .route("/availability/services/{service}", post(set_booking))
        .route("/availability/closed", get(show_closed).post(close_days))
        .route("/availability/closed/{closed}/remove", post(open_days))
        .route("/availability/rebooking", get(rebooking))
        .route("/availability/moved", get(moved))
        .route("/availability/rebooking/{visit}/keep", post(leave_as_it_is))
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

/// The same people as see the page.
async fn add_rule(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(resource): Path<String>,
    typed: Typed,
) -> Result<Response, Refused> {
    let resource: ResourceId = id(&resource)?;
    let input = session_input(&typed);
    let added = availability::add_rule(&web.desk, &staff.keyed(typed.value("key")), resource, &input).await;
    answer(&session, resource, &typed, added, "The session is added. Its times are offered from now on.")
        .await
}

/// Whoever may change the availability of whose session it is.
async fn show_rule(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path((resource, rule)): Path<(String, String)>,
) -> Result<Response, Refused> {
    let (resource, rule): (ResourceId, Uuid) = (id(&resource)?, id(&rule)?);
    let data = availability::rule(&web.desk, &staff.call, resource, rule).await?;
    let kept = kept(&session, &rule_path(resource, rule)).await;
    let console = Console::new(&staff, Section::Availability, &kept);
    let view = move || console.page("Change a weekly session", session::session(&data, &kept));
    Ok(page(&web, "Change a weekly session", Alive::Plain, view).await)
}

/// The same people. Where booked visits would lie in no session any more, shows them first.
async fn change_rule(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path((resource, rule)): Path<(String, String)>,
    typed: Typed,
) -> Result<Response, Refused> {
    let (resource, rule): (ResourceId, Uuid) = (id(&resource)?, id(&rule)?);
    let (call, input) = (staff.keyed(typed.value("key")), session_input(&typed));
    let changed =
        availability::change_rule(&web.desk, &call, resource, rule, &input, &over_visits(&typed)).await;
    after_rule(&session, resource, rule, &typed, changed, "The session is changed.").await
}

/// The same people, and in the same way.
async fn remove_rule(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path((resource, rule)): Path<(String, String)>,
    typed: Typed,
) -> Result<Response, Refused> {
    let (resource, rule): (ResourceId, Uuid) = (id(&resource)?, id(&rule)?);
    let call = staff.keyed(typed.value("key"));
    let removed = availability::remove_rule(&web.desk, &call, resource, rule, &over_visits(&typed)).await;
    after_rule(&session, resource, rule, &typed, removed, "The session is removed.").await
}

fn rule_path(resource: ResourceId, rule: Uuid) -> String {
    format!("/availability/{resource}/rules/{rule}")
}

fn session_input(typed: &Typed) -> RuleInput {
    RuleInput {
        weekdays: typed.joined("weekdays"),
        pool: typed.joined("pool"),
        rooms: typed.joined("rooms"),
        machines: typed.joined("machines"),
        ..typed.read()
    }
}

fn over_visits(typed: &Typed) -> OverVisitsInput {
    let (seen, visits) = (typed.value("seen").to_owned(), typed.value("visits_over").to_owned());
    OverVisitsInput { seen, visits }
}

/// What became of a session: back to the availability, or to the session with what is to be decided or put right.
async fn after_rule(
    session: &Session,
    resource: ResourceId,
    rule: Uuid,
    typed: &Typed,
    outcome: Result<LeaveOutcome, ServiceError>,
    done: &str,
) -> Result<Response, Refused> {
    let message = match outcome {
        Ok(LeaveOutcome::Preview(preview)) => {
            return preview_at(session, &rule_path(resource, rule), "#preview", typed, &preview).await;
        }
        Ok(saved) => format!("{done} {}", words::session_saved(&saved)),
        Err(error) => return Ok(refused_form(session, &rule_path(resource, rule), typed, error).await),
    };
    answer(session, resource, typed, Ok(()), &message).await
}

/// Shows what would break at a page, with what was typed.
async fn preview_at(
    session: &Session,
    path: &str,
    fragment: &str,
    typed: &Typed,
    preview: &LeavePreview,
) -> Result<Response, Refused> {
    let broken = |cause: String| Refused(ServiceError::Broken(cause));
    let shown = serde_json::to_string(preview).map_err(|error| broken(error.to_string()))?;
    let mut values = typed.pairs.clone();
    values.push((leave::PREVIEW.to_owned(), shown));
    let page = path.split('?').next().unwrap_or(path).to_owned();
    let kept = Kept { path: page, values, ..Kept::default() };
    keep(session, kept).await.map_err(|error| broken(error.to_string()))?;
    Ok(Redirect::to(&format!("{path}{fragment}")).into_response())
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
    let subscribed = availability::subscribe_calendar(&web.desk, &call, resource, &own(&typed)).await;
    answer(
        &session,
        resource,
        &typed,
        of_form(&typed, subscribed),
        "The calendar is read and will be kept up to date.",
    )
    .await
}

/// The same people as see the page.
async fn change_calendar(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path((resource, calendar)): Path<(String, String)>,
    typed: Typed,
) -> Result<Response, Refused> {
    let (resource, calendar): (ResourceId, CalendarId) = (id(&resource)?, id(&calendar)?);
    let call = staff.keyed(typed.value("key"));
    let changed = availability::change_calendar(&web.desk, &call, resource, calendar, &own(&typed)).await;
    answer(&session, resource, &typed, of_form(&typed, changed), "Saved. It counts from now on.").await
}

/// The same people as see the page.
async fn read_calendar(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path((resource, calendar)): Path<(String, String)>,
    typed: Typed,
) -> Result<Response, Refused> {
    let (resource, calendar): (ResourceId, CalendarId) = (id(&resource)?, id(&calendar)?);
    let call = staff.keyed(typed.value("key"));
    let read = availability::read_now(&web.desk, &call, resource, calendar).await;
    answer(&session, resource, &typed, of_form(&typed, read), "The calendar was read just now.").await
}

/// The same people as see the page. A newer file takes the place of an uploaded one.
async fn replace_calendar(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path((resource, calendar)): Path<(String, String)>,
    typed: Typed,
) -> Result<Response, Refused> {
    let (resource, calendar): (ResourceId, CalendarId) = (id(&resource)?, id(&calendar)?);
    // Whether this clinician's availability is theirs to change.
    availability::may_change(&web.desk, &staff.call, resource).await?;
    let call = staff.keyed(typed.value("key"));
    let replaced = match typed.files.iter().find(|sent| !sent.bytes.is_empty()) {
        None => Err(ServiceError::invalid("file", "Choose a file first.")),
        Some(sent) => availability::replace_calendar(&web.desk, &call, resource, calendar, &sent.bytes).await,
    };
    let message = "The newer file was read. Its busy times count in the place of the old ones.";
    answer(&session, resource, &typed, of_form(&typed, replaced), message).await
}

/// The same people as see the page. The new address is fetched at once.
async fn change_source(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path((resource, calendar)): Path<(String, String)>,
    typed: Typed,
) -> Result<Response, Refused> {
    let (resource, calendar): (ResourceId, CalendarId) = (id(&resource)?, id(&calendar)?);
    let call = staff.keyed(typed.value("key"));
    let changed = availability::change_source(&web.desk, &call, resource, calendar, &own(&typed)).await;
    let message = "The calendar was read there and will be kept up to date.";
    answer(&session, resource, &typed, of_form(&typed, changed), message).await
}

/// The same people as see the page.
async fn remove_calendar(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path((resource, calendar)): Path<(String, String)>,
    typed: Typed,
) -> Result<Response, Refused> {
    let (resource, calendar): (ResourceId, CalendarId) = (id(&resource)?, id(&calendar)?);
    let call = staff.keyed(typed.value("key"));
    let removed = availability::remove_calendar(&web.desk, &call, resource, calendar).await;
    answer(&session, resource, &typed, removed, "The calendar is taken away. Its busy times no longer count.")
        .await
}

/// The same people as see the page. Where booked visits would break, shows them first.
async fn add_leave(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(resource): Path<String>,
    typed: Typed,
) -> Result<Response, Refused> {
    let resource: ResourceId = id(&resource)?;
    let call = staff.keyed(typed.value("key"));
    let preview = match availability::add_leave(&web.desk, &call, resource, &typed.read()).await {
        Ok(LeaveOutcome::Preview(preview)) => preview,
        Ok(saved) => return answer(&session, resource, &typed, Ok(()), &words::leave_saved(&saved)).await,
        Err(error) => return answer(&session, resource, &typed, Err(error), "").await,
    };
    let path = with_query(PATH, &[("resource", &resource.to_string())]);
    preview_at(&session, &path, "#leave", &typed, &preview).await
}

/// The same people as see the page.
async fn remove_leave(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path((resource, leave)): Path<(String, String)>,
    typed: Typed,
) -> Result<Response, Refused> {
    let (resource, leave): (ResourceId, Uuid) = (id(&resource)?, id(&leave)?);
    let call = staff.keyed(typed.value("key"));
    let removed = availability::remove_leave(&web.desk, &call, resource, leave).await;
    answer(&session, resource, &typed, removed, "It is removed. Times are offered then again.").await
}

/// The same people as see the page.
async fn change_resource(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(resource): Path<String>,
    typed: Typed,
) -> Result<Response, Refused> {
    let resource: ResourceId = id(&resource)?;
    let call = staff.keyed(typed.value("key"));
    let changed = availability::change_resource(&web.desk, &call, resource, &own(&typed)).await;
    answer(&session, resource, &typed, of_form(&typed, changed), "Saved. It counts from the next search on.")
        .await
}

/// Coordinators and administrators.
async fn add_resource(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    typed: Typed,
) -> Result<Response, Refused> {
    let call = staff.keyed(typed.value("key"));
    match availability::add_resource(&web.desk, &call, &own(&typed)).await {
        Ok(resource) => {
            answer(&session, resource, &typed, Ok(()), "It is added, and can be chosen with sessions.").await
        }
        Err(error) => {
            let error = prefixed(typed.value("form"), error);
            Ok(refused_form(&session, PATH, &typed, error).await)
        }
    }
}

/// Coordinators and administrators.
async fn set_booking(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(service): Path<String>,
    typed: Typed,
) -> Result<Response, Refused> {
    let call = staff.keyed(typed.value("key"));
    match availability::set_booking(&web.desk, &call, id(&service)?, &own(&typed)).await {
        Ok(()) => done(&session, PATH, "Saved. It counts from the next search on.").await,
        Err(error) => {
            let error = prefixed(typed.value("form"), error);
            Ok(refused_form(&session, PATH, &typed, error).await)
        }
    }
}

/// Specialists their own; coordinators and administrators any of their organisation.
async fn hours(
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

/// Specialists their own; coordinators and administrators any of their organisation.
async fn show_hours(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(resource): Path<String>,
) -> Result<Response, Refused> {
    let resource: ResourceId = id(&resource)?;
    let data = availability::hours_page(&web.desk, &staff.call, resource).await?;
    let kept = kept(&session, &hours_path(resource)).await;
    let console = Console::new(&staff, Section::Availability, &kept);
    let title = "Sessions from a calendar file";
    Ok(page(&web, title, Alive::Plain, move || console.page(title, taken_in::hours(&data, &kept))).await)
}

/// The same people. What is in the file is shown; nothing is saved.
async fn look_at_hours(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(resource): Path<String>,
    typed: Typed,
) -> Result<Response, Refused> {
    let resource: ResourceId = id(&resource)?;
    let path = hours_path(resource);
    let bytes = typed.files.first().map_or(&[][..], |file| &file.bytes);
    let looked = availability::look_at_hours(&web.desk, &staff.call, resource, &typed.read(), bytes).await;
    let preview = match looked {
        Ok(preview) => preview,
        Err(error) => return Ok(refused_form(&session, &path, &typed, error).await),
    };
    let broken = |cause: String| Refused(ServiceError::Broken(cause));
    let shown = serde_json::to_string(&preview).map_err(|error| broken(error.to_string()))?;
    let mut values = typed.pairs.clone();
    values.push((taken_in::PREVIEW.to_owned(), shown));
    let kept = Kept { path: path.clone(), values, ..Kept::default() };
    keep(&session, kept).await.map_err(|error| broken(error.to_string()))?;
    Ok(Redirect::to(&format!("{path}#preview")).into_response())
}

/// The same people.
async fn take_hours(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(resource): Path<String>,
    typed: Typed,
) -> Result<Response, Refused> {
    let resource: ResourceId = id(&resource)?;
    let call = staff.keyed(typed.value("key"));
    match availability::take_hours(&web.desk, &call, resource, &typed.read()).await {
        Ok(count) => answer(&session, resource, &typed, Ok(()), &words::sessions_added(count)).await,
        Err(error) => Ok(refused_form(&session, &hours_path(resource), &typed, error).await),
    }
}

fn hours_path(resource: ResourceId) -> String {
    format!("/availability/{resource}/hours")
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

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Which {
    /// YYYY-MM-DD: the form begins with it.
    day: String,
}

/// Coordinators and administrators.
async fn show_closed(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Query(which): Query<Which>,
) -> Result<Response, Refused> {
    let data = availability::closed(&web.desk, &staff.call).await?;
    let kept = kept(&session, closed::PATH).await;
    let console = Console::new(&staff, Section::Availability, &kept);
    let view = move || console.page("Closed days", closed::closed(&data, &which.day, &kept));
    Ok(page(&web, "Closed days", Alive::Plain, view).await)
}

/// Coordinators and administrators. Where booked visits would break, shows them first.
async fn close_days(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    typed: Typed,
) -> Result<Response, Refused> {
    let call = staff.keyed(typed.value("key"));
    match availability::close_days(&web.desk, &call, &typed.read()).await {
        Ok(LeaveOutcome::Preview(preview)) => {
            preview_at(&session, closed::PATH, "#preview", &typed, &preview).await
        }
        Ok(saved) => done(&session, closed::PATH, &words::leave_saved(&saved)).await,
        Err(error) => Ok(refused_form(&session, closed::PATH, &typed, error).await),
    }
}

/// Coordinators and administrators.
async fn open_days(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(closed): Path<String>,
    typed: Typed,
) -> Result<Response, Refused> {
    let call = staff.keyed(typed.value("key"));
    availability::open_days(&web.desk, &call, id::<Uuid>(&closed)?).await?;
    done(&session, closed::PATH, "They are open again. Times are offered then.").await
}

/// Whoever sees availability.
async fn rebooking(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Query(query): Query<RebookingQuery>,
) -> Result<Response, Refused> {
    let data = availability::rebookings(&web.desk, &staff.call, &query).await?;
    let kept = kept(&session, REBOOKING).await;
    let console = Console::new(&staff, Section::Availability, &kept);
    let view = move || console.page("Visits to rebook", rebooking::rebooking(&data, &query));
    Ok(page(&web, "Visits to rebook", Alive::Plain, view).await)
}

/// Whoever sees availability.
async fn moved(State(web): State<Web>, staff: Staff, session: Session) -> Result<Response, Refused> {
    let data = clock_rules::moved(&web.desk, &staff.call).await?;
    let kept = kept(&session, PATH).await;
    let console = Console::new(&staff, Section::Availability, &kept);
    let view = move || console.page("Visits moved by new clock rules", leave::moved(&data));
    Ok(page(&web, "Visits moved by new clock rules", Alive::Plain, view).await)
}

/// Whoever sees availability. A visit in doubt stays as it is booked.
async fn leave_as_it_is(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(visit): Path<String>,
    typed: Typed,
) -> Result<Response, Refused> {
    let call = staff.keyed(typed.value("key"));
    availability::leave_as_it_is(&web.desk, &call, id::<Uuid>(&visit)?).await?;
    let part = with_query(REBOOKING, &[("show", typed.value("show")), ("after", typed.value("after"))]);
    done(&session, &part, "It stays as it is booked, and is off the list.").await
}

/// The fields of the form that was sent, as its input names them: several forms stand on the page.
fn own<T: serde::de::DeserializeOwned + Default>(typed: &Typed) -> T {
    unprefixed(typed.value("form"), typed).read()
}

/// What is to be put right, under the names that the form gives its fields.
fn of_form(typed: &Typed, result: Result<(), ServiceError>) -> Result<(), ServiceError> {
    result.map_err(|error| prefixed(typed.value("form"), error))
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

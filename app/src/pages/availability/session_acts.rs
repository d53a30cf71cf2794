//! What is done to weekly sessions.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use contract::{LeaveOutcome, OverVisitsInput, RuleInput};
use domain::ResourceId;
use service::{ServiceError, availability};
use tower_sessions::Session;
use uuid::Uuid;

use super::{answer, preview_at, session};
use crate::pages::console::{Console, Section, id};
use crate::web::{Alive, Posted, Refused, Staff, Typed, Web, kept, page, refused_form};
use crate::words;

pub fn routes() -> Router<Web> {
    Router::new()
        .route("/availability/{resource}/rules", post(add))
        .route("/availability/{resource}/rules/{rule}", get(show).post(change))
        .route("/availability/{resource}/rules/{rule}/remove", post(remove))
}

/// Whoever sees the availability.
async fn add(Path(resource): Path<String>, posted: Posted) -> Result<Response, Refused> {
    let resource: ResourceId = id(&resource)?;
    let input = session_input(&posted.typed);
    let added = availability::add_rule(&posted.desk, &posted.call, resource, &input).await;
    answer(&posted, resource, added, "The session is added. Its times are offered from now on.").await
}

/// Whoever may change the availability of whose session it is.
async fn show(
    State(web): State<Web>,
    staff: Staff,
    kept_for: Session,
    Path((resource, rule)): Path<(String, String)>,
) -> Result<Response, Refused> {
    let (resource, rule): (ResourceId, Uuid) = (id(&resource)?, id(&rule)?);
    let data = availability::rule(&web.desk, &staff.call, resource, rule).await?;
    let kept = kept(&kept_for, &path(resource, rule)).await;
    let console = Console::new(&staff, Section::Availability, &kept);
    let view = move || console.page("Change a weekly session", session::session(&data, &kept));
    Ok(page(&web, "Change a weekly session", Alive::Plain, view).await)
}

/// The same people. Where booked visits would lie in no session any more, shows them first.
async fn change(Path((resource, rule)): Path<(String, String)>, posted: Posted) -> Result<Response, Refused> {
    let (resource, rule): (ResourceId, Uuid) = (id(&resource)?, id(&rule)?);
    let (input, over) = (session_input(&posted.typed), over_visits(&posted.typed));
    let changed = availability::change_rule(&posted.desk, &posted.call, resource, rule, &input, &over).await;
    after(&posted, (resource, rule), changed, "The session is changed.").await
}

/// The same people, and in the same way.
async fn remove(Path((resource, rule)): Path<(String, String)>, posted: Posted) -> Result<Response, Refused> {
    let (resource, rule): (ResourceId, Uuid) = (id(&resource)?, id(&rule)?);
    let over = over_visits(&posted.typed);
    let removed = availability::remove_rule(&posted.desk, &posted.call, resource, rule, &over).await;
    after(&posted, (resource, rule), removed, "The session is removed.").await
}

fn path(resource: ResourceId, rule: Uuid) -> String {
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
async fn after(
    posted: &Posted,
    (resource, rule): (ResourceId, Uuid),
    outcome: Result<LeaveOutcome, ServiceError>,
    done: &str,
) -> Result<Response, Refused> {
    let path = path(resource, rule);
    match outcome {
        Ok(LeaveOutcome::Preview(preview)) => preview_at(posted, &path, "#preview", &preview).await,
        Ok(saved) => {
            let message = format!("{done} {}", words::session_saved(&saved));
            answer(posted, resource, Ok(()), &message).await
        }
        Err(error) => Ok(refused_form(&posted.session, &path, &posted.typed, error).await),
    }
}

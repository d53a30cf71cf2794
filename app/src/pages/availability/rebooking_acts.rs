//! Visits whose time no longer stands: the lists of them, and leaving one as it is.

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::{get, post};
use contract::RebookingQuery;
use service::{availability, clock_rules};
use tower_sessions::Session;
use uuid::Uuid;

use super::{PATH, REBOOKING, leave, rebooking};
use crate::pages::console::{Console, Section, done, id, with_query};
use crate::web::{Alive, Posted, Refused, Staff, Web, kept, page};

pub fn routes() -> Router<Web> {
    Router::new()
        .route("/availability/rebooking", get(show))
        .route("/availability/moved", get(moved))
        .route("/availability/rebooking/{visit}/keep", post(leave_as_it_is))
}

/// Whoever sees availability.
async fn show(
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

/// The same people.
async fn moved(State(web): State<Web>, staff: Staff, session: Session) -> Result<Response, Refused> {
    let data = clock_rules::moved(&web.desk, &staff.call).await?;
    let kept = kept(&session, PATH).await;
    let console = Console::new(&staff, Section::Availability, &kept);
    let view = move || console.page("Visits moved by new clock rules", leave::moved(&data));
    Ok(page(&web, "Visits moved by new clock rules", Alive::Plain, view).await)
}

/// The same people. A visit in doubt stays as it is booked.
async fn leave_as_it_is(Path(visit): Path<String>, posted: Posted) -> Result<Response, Refused> {
    availability::leave_as_it_is(&posted.desk, &posted.call, id::<Uuid>(&visit)?).await?;
    let (show, after) = (posted.typed.value("show"), posted.typed.value("after"));
    let part = with_query(REBOOKING, &[("show", show), ("after", after)]);
    done(&posted.session, &part, "It stays as it is booked, and is off the list.").await
}

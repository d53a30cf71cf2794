//! Days on which everybody is away: shown, closed, and opened again.

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::{get, post};
use contract::LeaveOutcome;
use serde::Deserialize;
use service::availability;
use tower_sessions::Session;
use uuid::Uuid;

use super::{closed, preview_at};
use crate::pages::console::{Console, Section, done, id};
use crate::web::{Alive, Posted, Refused, Staff, Web, kept, page, refused_form};
use crate::words;

pub fn routes() -> Router<Web> {
    Router::new()
        .route("/availability/closed", get(show).post(close))
        .route("/availability/closed/{closed}/remove", post(open))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Which {
    /// YYYY-MM-DD: the form begins with it.
    day: String,
}

/// Coordinators and administrators.
async fn show(
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

/// The same people. Where booked visits would break, shows them first.
async fn close(posted: Posted) -> Result<Response, Refused> {
    match availability::close_days(&posted.desk, &posted.call, &posted.typed.read()).await {
        Ok(LeaveOutcome::Preview(preview)) => preview_at(&posted, closed::PATH, "#preview", &preview).await,
        Ok(saved) => done(&posted.session, closed::PATH, &words::leave_saved(&saved)).await,
        Err(error) => Ok(refused_form(&posted.session, closed::PATH, &posted.typed, error).await),
    }
}

/// The same people.
async fn open(Path(closed): Path<String>, posted: Posted) -> Result<Response, Refused> {
    availability::open_days(&posted.desk, &posted.call, id::<Uuid>(&closed)?).await?;
    done(&posted.session, closed::PATH, "They are open again. Times are offered then.").await
}

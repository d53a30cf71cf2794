//! Signing on at the organisation's identity provider.

use axum::Router;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use service::clock;
use service::sign_in::{self, Away, Back, Returned};
use tower_sessions::Session;

use super::broken;
use crate::web::{self, Refused, Typed, Visitor, Web, keys, refused_form};

pub fn routes() -> Router<Web> {
    Router::new().route("/sign-in/elsewhere", get(go)).route("/sign-in/elsewhere/back", get(come_back))
}

/// Anybody; not found where no provider is configured. A link and no form, because a page may not send forms elsewhere.
/// Attempts are counted by address.
async fn go(State(web): State<Web>, session: Session, visitor: Visitor) -> Result<Response, Refused> {
    match sign_in::go_away(&web.desk, clock::now(), &visitor.address).await {
        Ok((address, away)) => {
            session.insert(keys::AWAY, away).await.map_err(broken)?;
            Ok(Redirect::to(&address).into_response())
        }
        Err(error) => Ok(refused_form(&session, "/sign-in", &Typed::default(), error).await),
    }
}

/// Whoever comes back from the provider; each answer is good for once.
async fn come_back(
    State(web): State<Web>,
    session: Session,
    visitor: Visitor,
    Query(returned): Query<Returned>,
) -> Result<Response, Refused> {
    let Some(away) = session.remove::<Away>(keys::AWAY).await.map_err(broken)? else {
        return Ok(Redirect::to("/sign-in").into_response());
    };
    match sign_in::come_back(&web.desk, clock::now(), &away, &returned, &visitor.address).await {
        Ok(Back::In(principal)) => {
            let back = web::sign_in(&session, &principal).await.map_err(broken)?;
            Ok(Redirect::to(back.as_deref().unwrap_or("/")).into_response())
        }
        Ok(Back::Halfway(staff)) => {
            session.insert(keys::PENDING, staff).await.map_err(broken)?;
            session.cycle_id().await.map_err(broken)?;
            Ok(Redirect::to("/sign-in/code").into_response())
        }
        Err(error) => Ok(refused_form(&session, "/sign-in", &Typed::default(), error).await),
    }
}

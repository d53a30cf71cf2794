//! Signing in with a passkey: both factors in one.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;
use axum::{Json, Router};
use service::clock;
use service::sign_in::{self, Asked};
use tower_sessions::Session;

use super::broken;
use crate::pages::account::without_answer;
use crate::web::{self, Refused, Typed, Visitor, Web, keys, refused_form};

pub fn routes() -> Router<Web> {
    Router::new().route("/sign-in/passkey", post(check)).route("/sign-in/passkey/options", post(options))
}

/// Anybody: what a device is asked. Attempts are counted by address.
async fn options(State(web): State<Web>, session: Session, visitor: Visitor) -> Result<Response, Refused> {
    let (options, asked) = sign_in::ask_for_passkey(&web.desk, clock::now(), &visitor.address).await?;
    session.insert(keys::PASSKEY, asked).await.map_err(broken)?;
    Ok(Json(options).into_response())
}

/// Anybody whose device answers; each question is good for one answer.
async fn check(
    State(web): State<Web>,
    session: Session,
    visitor: Visitor,
    typed: Typed,
) -> Result<Response, Refused> {
    let answered = match session.remove::<Asked>(keys::PASSKEY).await.map_err(broken)? {
        Some(asked) => {
            let answer = typed.value("credential");
            sign_in::sign_in_with_passkey(&web.desk, clock::now(), &asked, answer, &visitor.address).await
        }
        None => Err(sign_in::no_passkey()),
    };
    match answered {
        Ok(principal) => {
            let back = web::sign_in(&session, &principal).await.map_err(broken)?;
            Ok(Redirect::to(back.as_deref().unwrap_or("/")).into_response())
        }
        Err(error) => Ok(refused_form(&session, "/sign-in", &without_answer(&typed), error).await),
    }
}

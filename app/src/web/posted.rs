//! A form of staff, with everything that answering it takes.

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::response::{IntoResponse, Response};
use service::{Call, Desk};
use tower_sessions::Session;

use super::{Staff, Typed, Web};

/// What somebody of the staff sent.
pub struct Posted {
    pub desk: Desk,
    /// With the key of the form, so that a repeat is recognised.
    pub call: Call,
    pub session: Session,
    pub typed: Typed,
}

impl FromRequest<Web> for Posted {
    type Rejection = Response;

    async fn from_request(request: Request, web: &Web) -> Result<Self, Self::Rejection> {
        let (mut parts, body) = request.into_parts();
        let staff = <Staff as FromRequestParts<Web>>::from_request_parts(&mut parts, web).await?;
        let session =
            Session::from_request_parts(&mut parts, web).await.map_err(IntoResponse::into_response)?;
        let typed = Typed::from_request(Request::from_parts(parts, body), web).await?;
        Ok(Self { desk: web.desk.clone(), call: staff.keyed(typed.value("key")), session, typed })
    }
}

//! Who is asking: the parameter type of a handler is its permission.

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use domain::{Actor, Principal};
use service::{Call, clock};
use tower_sessions::Session;
use uuid::Uuid;

use super::session::Known;
use super::witness::Witness;
use super::{Refused, Web, keys};

/// The request's id and the client's address, set by the server around all pages.
#[derive(Debug, Clone)]
pub struct Asking {
    pub request: Uuid,
    pub address: String,
}

/// The address that a request came from, as far as it can be trusted.
#[derive(Debug, Clone)]
pub struct Visitor {
    pub address: String,
    pub request: Uuid,
}

/// A member of staff, signed in with both factors and still active.
#[derive(Debug, Clone)]
pub struct Staff {
    pub call: Call,
    /// They are their organisation's privacy contact.
    pub is_privacy_contact: bool,
}

/// A patient who has proved who they are.
#[derive(Debug, Clone)]
pub struct Patient {
    pub call: Call,
}

impl Staff {
    /// The call with the key of the form that was sent, so that a repeat is recognised.
    pub fn keyed(&self, key: &str) -> Call {
        keyed(&self.call, key)
    }

    pub fn name(&self) -> String {
        self.call.actor.label()
    }

    pub fn principal(&self) -> &Principal {
        &self.call.actor.principal
    }
}

impl Patient {
    /// The call with the key of the form that was sent, so that a repeat is recognised.
    pub fn keyed(&self, key: &str) -> Call {
        keyed(&self.call, key)
    }
}

fn keyed(call: &Call, key: &str) -> Call {
    Call { key: Some(key.to_owned()).filter(|key| !key.is_empty()), ..call.clone() }
}

impl FromRequestParts<Web> for Visitor {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &Web) -> Result<Self, Self::Rejection> {
        let address = parts
            .extensions
            .get::<Asking>()
            .map_or_else(|| "unknown".to_owned(), |asking| asking.address.clone());
        Ok(Self { address, request: request_id(parts) })
    }
}

impl FromRequestParts<Web> for Staff {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Self::Rejection> {
        match <Self as OptionalFromRequestParts<Web>>::from_request_parts(parts, web).await? {
            Some(staff) => Ok(staff),
            None => {
                if is_there::<Patient>(parts, web).await? {
                    note_wrong_door(parts);
                }
                Err(Redirect::to("/sign-in").into_response())
            }
        }
    }
}

impl OptionalFromRequestParts<Web> for Staff {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Option<Self>, Self::Rejection> {
        let Some(Known::Staff { organisation, person }) = known(parts).await? else {
            return Ok(None);
        };
        let staff = service::sign_in::Staff { organisation, person };
        let current = service::sign_in::current(&web.desk, &staff, clock::now()).await;
        let Some(principal) = current.map_err(|error| Refused(error).into_response())? else {
            return Ok(None);
        };
        let call = call(parts, principal);
        let contact = service::emergency::is_privacy_contact(&web.desk, &staff).await;
        let is_privacy_contact = contact.map_err(|error| Refused(error).into_response())?;
        Ok(Some(Self { call, is_privacy_contact }))
    }
}

impl FromRequestParts<Web> for Patient {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Self::Rejection> {
        match <Self as OptionalFromRequestParts<Web>>::from_request_parts(parts, web).await? {
            Some(patient) => Ok(patient),
            None => {
                if is_there::<Staff>(parts, web).await? {
                    note_wrong_door(parts);
                }
                Err(Redirect::to("/start").into_response())
            }
        }
    }
}

impl OptionalFromRequestParts<Web> for Patient {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &Web) -> Result<Option<Self>, Self::Rejection> {
        Ok(match known(parts).await? {
            Some(Known::Patient { principal }) => Some(Self { call: call(parts, principal) }),
            _ => None,
        })
    }
}

/// Whether somebody of this kind is signed in; the witness sees them.
async fn is_there<T>(parts: &mut Parts, web: &Web) -> Result<bool, Response>
where
    T: OptionalFromRequestParts<Web, Rejection = Response>,
{
    Ok(T::from_request_parts(parts, web).await?.is_some())
}

fn note_wrong_door(parts: &Parts) {
    if let Some(witness) = parts.extensions.get::<Witness>() {
        witness.saw_at_wrong_door();
    }
}

async fn known(parts: &mut Parts) -> Result<Option<Known>, Response> {
    let Some(session) = parts.extensions.get::<Session>().cloned() else {
        return Ok(None);
    };
    session.get(keys::PRINCIPAL).await.map_err(|error| super::refuse::broken(&error.to_string()))
}

fn call(parts: &Parts, principal: Principal) -> Call {
    let call = Call::new(Actor { principal, request: request_id(parts) }, clock::now());
    if let Some(witness) = parts.extensions.get::<Witness>() {
        witness.saw(&call);
    }
    call
}

fn request_id(parts: &Parts) -> Uuid {
    parts.extensions.get::<Asking>().map_or_else(Uuid::nil, |asking| asking.request)
}

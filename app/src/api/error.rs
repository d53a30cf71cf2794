//! What an island learns when a server function refuses.

use contract::PublicError;
use leptos::server_fn::codec::JsonEncoding;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use serde::{Deserialize, Serialize};

/// The public error on its way to an island. What went wrong on the wire itself is "broken" without a reference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiError(pub PublicError);

impl std::fmt::Display for ApiError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl FromServerFnError for ApiError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(_: ServerFnErrorErr) -> Self {
        // The text may hold what was sent, so it goes no further.
        Self(PublicError::Broken { reference: String::new() })
    }
}

#[cfg(feature = "ssr")]
impl ApiError {
    /// The error, and the status that goes with it: a refusal is not a fault of ours.
    pub fn refused(error: PublicError) -> Self {
        if let Some(response) = leptos::prelude::use_context::<leptos_axum::ResponseOptions>() {
            response.set_status(crate::web::status(&error));
        }
        Self(error)
    }
}

#[cfg(feature = "ssr")]
impl From<service::ServiceError> for ApiError {
    fn from(error: service::ServiceError) -> Self {
        Self::refused(crate::web::public(error))
    }
}

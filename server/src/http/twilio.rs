//! Delivery receipts from Twilio. Only with a right signature over our public address.

use std::sync::Arc;

use app::web::Web;
use axum::Extension;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use domain::{Actor, MessageId};
use messaging::signature::verify_twilio;
use messaging::sms::from_twilio;
use service::{Call, ServiceError, clock, messages};
use uuid::Uuid;

use crate::config::Config;

/// The address that providers were given, and the secrets that they sign with.
#[derive(Clone)]
pub struct Callback(Arc<(String, Vec<String>)>);

impl Callback {
    pub fn new(config: &Config) -> Self {
        let secrets = config.sms.accounts.iter().map(|account| account.auth_token.reveal().to_owned());
        Self(Arc::new((format!("{}/hooks/twilio/status", config.origin()), secrets.collect())))
    }
}

/// A receipt: `id` in the query is our message, `MessageStatus` its state.
pub async fn status(
    State(web): State<Web>,
    Extension(callback): Extension<Callback>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let (address, secrets) = &*callback.0;
    if secrets.is_empty() {
        return StatusCode::NOT_FOUND;
    }
    let query = query.unwrap_or_default();
    let params: Vec<(String, String)> = url::form_urlencoded::parse(&body)
        .map(|(key, value)| (key.into_owned(), value.into_owned()))
        .collect();
    let signature =
        headers.get("x-twilio-signature").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let address = format!("{address}?{query}");
    if !secrets.iter().any(|secret| verify_twilio(secret, &address, &params, signature)) {
        return StatusCode::FORBIDDEN;
    }
    let value = |name: &str| params.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let id = url::form_urlencoded::parse(query.as_bytes())
        .find(|(key, _)| key == "id")
        .map(|(_, id)| id.into_owned());
    let (Some(id), Some(status)) = (id.and_then(|id| id.parse::<MessageId>().ok()), value("MessageStatus"))
    else {
        return StatusCode::BAD_REQUEST;
    };
    let error = value("ErrorCode").and_then(|code| code.parse().ok());
    let code = error.map(|code: u32| code.to_string());
    let call = Call::new(Actor::system("twilio", Uuid::nil()), clock::now());
    let detail = match error {
        Some(code) => format!("{status}, error {code}"),
        None => status.to_owned(),
    };
    match messages::receipt(&web.desk, &call, id, from_twilio(status, error), (code.as_deref(), &detail))
        .await
    {
        Ok(()) => StatusCode::NO_CONTENT,
        Err(ServiceError::NotFound) => StatusCode::NOT_FOUND,
        Err(error) => {
            tracing::error!(message = %id, %error, "receipt could not be kept");
            StatusCode::INTERNAL_SERVER_ERROR
        }
    }
}

//! What Twilio tells us: receipts, and what people text back. Only with a right signature over our public address.

use std::sync::Arc;

use app::web::Web;
use axum::Extension;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::{Actor, MessageId};
use messaging::signature::verify_twilio;
use messaging::sms::from_twilio;
use service::inbound::{self, Inbound};
use service::{Call, Conflict, ServiceError, clock, messages};
use uuid::Uuid;

use crate::config::Config;

/// Our public address, and the secrets that providers sign with.
#[derive(Clone)]
pub struct Callback(Arc<(String, Vec<String>)>);

impl Callback {
    pub fn new(config: &Config) -> Self {
        let secrets = config.sms.accounts.iter().map(|account| account.auth_token.reveal().to_owned());
        Self(Arc::new((config.origin(), secrets.collect())))
    }

    /// The fields of a call with a right signature; else what it is answered.
    fn read(&self, path: &str, query: &str, headers: &HeaderMap, body: &[u8]) -> Result<Fields, StatusCode> {
        let (origin, secrets) = &*self.0;
        if secrets.is_empty() {
            return Err(StatusCode::NOT_FOUND);
        }
        let address = match query {
            "" => format!("{origin}{path}"),
            query => format!("{origin}{path}?{query}"),
        };
        let fields: Vec<(String, String)> = url::form_urlencoded::parse(body)
            .map(|(key, value)| (key.into_owned(), value.into_owned()))
            .collect();
        let signature =
            headers.get("x-twilio-signature").and_then(|value| value.to_str().ok()).unwrap_or_default();
        if secrets.iter().any(|secret| verify_twilio(secret, &address, &fields, signature)) {
            Ok(Fields(fields))
        } else {
            Err(StatusCode::FORBIDDEN)
        }
    }
}

struct Fields(Vec<(String, String)>);

impl Fields {
    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
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
    let query = query.unwrap_or_default();
    let fields = match callback.read("/hooks/twilio/status", &query, &headers, &body) {
        Ok(fields) => fields,
        Err(status) => return status,
    };
    let id = url::form_urlencoded::parse(query.as_bytes())
        .find(|(key, _)| key == "id")
        .map(|(_, id)| id.into_owned());
    let (Some(id), Some(status)) =
        (id.and_then(|id| id.parse::<MessageId>().ok()), fields.get("MessageStatus"))
    else {
        return StatusCode::BAD_REQUEST;
    };
    let error = fields.get("ErrorCode").and_then(|code| code.parse().ok());
    let code = error.map(|code: u32| code.to_string());
    let call = Call::new(Actor::system("twilio", Uuid::nil()), clock::now());
    let detail = match error {
        Some(code) => format!("{status}, error {code}"),
        None => status.to_owned(),
    };
    let why = (code.as_deref(), detail.as_str());
    match messages::receipt(&web.desk, &call, id, from_twilio(status, error), why).await {
        Ok(()) => StatusCode::NO_CONTENT,
        Err(ServiceError::NotFound) => StatusCode::NOT_FOUND,
        Err(error) => {
            tracing::error!(message = %id, %error, "receipt could not be kept");
            StatusCode::INTERNAL_SERVER_ERROR
        }
    }
}

/// A text message that somebody sent: `From`, `Body` and `MessageSid`; `OptOutType` when the provider has answered it already.
/// Answers with what is to be sent back at once, which is mostly nothing.
pub async fn inbound(
    State(web): State<Web>,
    Extension(callback): Extension<Callback>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let query = query.unwrap_or_default();
    let fields = match callback.read("/hooks/twilio/inbound", &query, &headers, &body) {
        Ok(fields) => fields,
        Err(status) => return status.into_response(),
    };
    let (Some(from), Some(body), Some(provider_ref)) =
        (fields.get("From"), fields.get("Body"), fields.get("MessageSid").filter(|sid| !sid.is_empty()))
    else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let is_answered = fields.get("OptOutType").is_some_and(|kind| !kind.is_empty());
    let mut call = Call::new(Actor::system("twilio", Uuid::nil()), clock::now());
    call.key = Some(format!("text:{provider_ref}"));
    match inbound::take(&web.desk, &call, &Inbound { from, body, provider_ref, is_answered }).await {
        Ok(reply) => ([(CONTENT_TYPE, "text/xml")], twiml(&reply.text)).into_response(),
        // The same name with other words: one of the two is not what it says.
        Err(ServiceError::Conflict(Conflict::KeyReused)) => StatusCode::CONFLICT.into_response(),
        Err(error) => {
            tracing::error!(%error, "a text message could not be taken");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Twilio's answer format; empty words send nothing.
fn twiml(text: &str) -> String {
    let words = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let inner = if words.is_empty() { String::new() } else { format!("<Message>{words}</Message>") };
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response>{inner}</Response>")
}

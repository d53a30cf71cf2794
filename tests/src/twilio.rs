//! A stand-in for Twilio: a real local server that takes what the real one takes, and no other field.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Json, Response};
use axum::{Router, routing::post};
use base64::Engine;
use serde_json::{Value, json};
use tokio::sync::Notify;

/// Account of the stand-in.
pub const ACCOUNT: &str = "AC00000000000000000000000000000001";
/// Its secret, which also signs receipts.
pub const TOKEN: &str = "a-secret-of-the-tests";

/// How it answers the next message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// 201, as always.
    Take,
    /// 500: nothing was taken.
    Fail,
    /// 503: nothing was taken, and it says so.
    Busy,
    /// 400 with error 21211: the number is not valid.
    Refuse,
    /// Takes the message, but the answer never comes.
    TakeAndHang,
    /// Takes the message, and then answers 500, when it is let.
    TakeAndFail,
    /// Answers with something that is none.
    Nonsense,
    /// 400 with error 21610: the receiver opted out.
    OptedOut,
    /// 429, with an hour to wait.
    SlowDown,
}

/// Clones are the same server.
#[derive(Clone, Default)]
pub struct Twilio(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    taken: Vec<Vec<(String, String)>>,
    moods: VecDeque<Mood>,
    asked: usize,
    faults: Vec<String>,
    gate: Arc<Notify>,
    fields: Option<BTreeSet<String>>,
}

impl Twilio {
    /// Starts it; answers where it is.
    pub async fn start() -> anyhow::Result<(String, Self)> {
        let twilio = Self::default();
        twilio.inner(|inner| inner.fields = known_fields());
        let path = "/2010-04-01/Accounts/{account}/Messages.json";
        let router = Router::new().route(path, post(take).get(list)).with_state(twilio.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok((format!("http://{address}"), twilio))
    }

    /// The next messages are answered so, one mood each.
    pub fn will(&self, moods: &[Mood]) {
        self.inner(|inner| inner.moods.extend(moods));
    }

    /// Lets one that waits in [`Mood::TakeAndFail`] fail.
    pub fn let_fail(&self) {
        self.inner(|inner| inner.gate.notify_one());
    }

    /// Words of all messages taken for this number, oldest first.
    pub fn texts(&self, to: &str) -> Vec<String> {
        self.all().iter().filter(|form| value(form, "To") == to).map(|form| value(form, "Body")).collect()
    }

    /// All messages taken, as forms, oldest first.
    pub fn all(&self) -> Vec<Vec<(String, String)>> {
        self.inner(|inner| inner.taken.clone())
    }

    /// How often somebody wanted to send.
    pub fn asked(&self) -> usize {
        self.inner(|inner| inner.asked)
    }

    /// What the real one would have refused.
    pub fn faults(&self) -> Vec<String> {
        self.inner(|inner| inner.faults.clone())
    }

    fn inner<T>(&self, look: impl FnOnce(&mut Inner) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn fault(&self, what: String) -> Response {
        self.inner(|inner| inner.faults.push(what.clone()));
        (StatusCode::BAD_REQUEST, Json(json!({ "code": 20001, "message": what }))).into_response()
    }
}

/// A field of a form; empty when it is not there.
fn value(form: &[(String, String)], name: &str) -> String {
    form.iter().find(|(key, _)| key == name).map_or(String::new(), |(_, value)| value.clone())
}

/// The fields that Twilio's own description names.
fn known_fields() -> Option<BTreeSet<String>> {
    let file = crate::samples()?.join("interop/sms/twilio-messages.openapi.json");
    let text = std::fs::read(file).expect("Twilio's description can be read");
    let api: Value = serde_json::from_slice(&text).expect("it is JSON");
    let operation = &api["paths"]["/2010-04-01/Accounts/{AccountSid}/Messages.json"]["post"];
    let form = &operation["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"];
    let fields = form["properties"].as_object().expect("it names the fields");
    Some(fields.keys().cloned().collect())
}

fn is_us(headers: &HeaderMap, account: &str) -> bool {
    let expected = base64::engine::general_purpose::STANDARD.encode(format!("{ACCOUNT}:{TOKEN}"));
    let given = headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
    account == ACCOUNT && given == format!("Basic {expected}")
}

async fn take(
    State(twilio): State<Twilio>,
    Path(account): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if !is_us(&headers, &account) {
        twilio.inner(|inner| inner.faults.push("wrong account or secret".to_owned()));
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let form: Vec<(String, String)> = url::form_urlencoded::parse(&body)
        .map(|(key, value)| (key.into_owned(), value.into_owned()))
        .collect();
    let known = twilio.inner(|inner| inner.fields.clone());
    for (field, _) in &form {
        if known.as_ref().is_some_and(|known| !known.contains(field)) {
            return twilio.fault(format!("there is no field {field}"));
        }
    }
    if !value(&form, "To").starts_with('+') || value(&form, "Body").is_empty() {
        return twilio.fault("To must be E.164, Body must not be empty".to_owned());
    }
    let mood = twilio.inner(|inner| {
        inner.asked += 1;
        inner.moods.pop_front().unwrap_or(Mood::Take)
    });
    match mood {
        Mood::Fail => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Mood::Busy => return StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Mood::Refuse => {
            let body = json!({ "code": 21211, "message": "Invalid 'To' Phone Number", "status": 400 });
            return (StatusCode::BAD_REQUEST, Json(body)).into_response();
        }
        Mood::OptedOut => {
            let body = json!({ "code": 21610, "message": "Attempt to send to unsubscribed recipient", "status": 400 });
            return (StatusCode::BAD_REQUEST, Json(body)).into_response();
        }
        Mood::Nonsense => return (StatusCode::CREATED, "<html>").into_response(),
        Mood::SlowDown => {
            return (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "3600")]).into_response();
        }
        Mood::Take | Mood::TakeAndHang | Mood::TakeAndFail => {}
    }
    let number = twilio.inner(|inner| {
        inner.taken.push(form.clone());
        inner.taken.len()
    });
    match mood {
        Mood::TakeAndHang => tokio::time::sleep(Duration::from_secs(600)).await,
        Mood::TakeAndFail => {
            let gate = twilio.inner(|inner| inner.gate.clone());
            gate.notified().await;
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
        _ => {}
    }
    (StatusCode::CREATED, Json(resource(&form, number, "queued"))).into_response()
}

async fn list(
    State(twilio): State<Twilio>,
    Path(account): Path<String>,
    Query(query): Query<Vec<(String, String)>>,
    headers: HeaderMap,
) -> Response {
    if !is_us(&headers, &account) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let to = value(&query, "To");
    let all = twilio.all();
    let found: Vec<Value> = all
        .iter()
        .zip(1..)
        .filter(|(form, _)| value(form, "To") == to)
        .map(|(form, number)| resource(form, number, "delivered"))
        .collect();
    Json(json!({ "messages": found, "next_page_uri": null })).into_response()
}

fn resource(form: &[(String, String)], number: usize, status: &str) -> Value {
    json!({
        "sid": format!("SM{number:032x}"), "account_sid": ACCOUNT, "status": status, "to": value(form, "To"),
        "from": value(form, "From"), "body": value(form, "Body"), "error_code": null, "error_message": null,
        "date_created": chrono::Utc::now().to_rfc2822(), "num_segments": "1", "price": null,
    })
}

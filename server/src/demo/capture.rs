//! Stand-ins for the outside world, only with `--demo`: text messages, mail and notices arrive here instead, and a
//! page shows what would have been sent, to whom and when.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use app::components::{Column, DataTable, Empty, Row};
use app::web::{Alive, Web, page};
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use base64::Engine;
use chrono::{DateTime, Utc};
use domain::{ReferralId, spoken};
use hmac::{Hmac, Mac};
use leptos::prelude::*;
use serde_json::{Value, json};
use service::clock;
use sha1::Sha1;
use store::StoreError;
use store::referrals::Scope;

use super::generate::{self, DemoPerson};
use super::load::{PASSWORD, demo, totp_now};
use super::smtp;

/// Account of the stand-in for text messages.
pub const ACCOUNT: &str = "ACdemodemodemodemodemodemodemodemo";
/// Secret of that account.
pub const TOKEN: &str = "demonstration";
/// Number that the demonstration sends from.
pub const FROM: &str = "+441632960000";
const KEPT: usize = 500;

/// A text message that would have been sent.
#[derive(Debug, Clone)]
struct Text {
    sid: String,
    to: String,
    body: String,
    at: DateTime<Utc>,
}

/// A notice that would have gone to a browser; only its receiver can read it.
#[derive(Debug, Clone)]
struct Notice {
    to: String,
    bytes: usize,
    ttl: String,
    at: DateTime<Utc>,
}

/// What was captured.
#[derive(Clone)]
pub struct Capture {
    texts: Arc<Mutex<VecDeque<Text>>>,
    notices: Arc<Mutex<VecDeque<Notice>>>,
    mail: smtp::Capture,
}

impl Capture {
    pub fn new(mail: smtp::Capture) -> Self {
        Self { texts: Arc::default(), notices: Arc::default(), mail }
    }
}

/// The stand-ins and the page.
pub fn routes(capture: Capture) -> Router<Web> {
    Router::new()
        .route("/demo", get(show))
        .route("/demo/messages.json", get(list))
        .route("/demo/twilio/2010-04-01/Accounts/{account}/Messages.json", post(take_text).get(list_texts))
        .route("/demo/push/{browser}", post(take_notice))
        .layer(Extension(capture))
}

async fn take_text(Extension(capture): Extension<Capture>, headers: HeaderMap, body: Bytes) -> Response {
    let expected = base64::engine::general_purpose::STANDARD.encode(format!("{ACCOUNT}:{TOKEN}"));
    let given = headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
    if given != format!("Basic {expected}") {
        return (StatusCode::UNAUTHORIZED, Json(json!({ "code": 20003, "message": "Authenticate" })))
            .into_response();
    }
    let form: Vec<(String, String)> = url::form_urlencoded::parse(&body)
        .map(|(key, value)| (key.into_owned(), value.into_owned()))
        .collect();
    let value =
        |name: &str| form.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value).to_owned();
    let text = Text {
        sid: format!("SM{}", hex::encode(rand::random::<[u8; 16]>())),
        to: value("To"),
        body: value("Body"),
        at: clock::now(),
    };
    push(&capture.texts, text.clone());
    let callback = value("StatusCallback");
    if !callback.is_empty() {
        tokio::spawn(receipt(callback, text.sid.clone()));
    }
    (StatusCode::CREATED, Json(resource(&text, "queued"))).into_response()
}

async fn list_texts(
    Extension(capture): Extension<Capture>,
    Query(query): Query<Vec<(String, String)>>,
) -> Json<Value> {
    let to = query.iter().find(|(key, _)| key == "To").map(|(_, to)| to.clone());
    let found: Vec<Value> = kept(&capture.texts)
        .iter()
        .filter(|text| to.as_ref().is_none_or(|to| *to == text.to))
        .map(|text| resource(text, "delivered"))
        .collect();
    Json(json!({ "messages": found, "next_page_uri": null }))
}

/// A delivery receipt, signed as the real provider signs it, a moment later.
async fn receipt(callback: String, sid: String) {
    tokio::time::sleep(Duration::from_millis(400)).await;
    let params = [("AccountSid", ACCOUNT), ("MessageSid", sid.as_str()), ("MessageStatus", "delivered")];
    let signed: String =
        params.iter().fold(callback.clone(), |all, (key, value)| format!("{all}{key}{value}"));
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(TOKEN.as_bytes()) else {
        return;
    };
    mac.update(signed.as_bytes());
    let signature = base64::engine::general_purpose::STANDARD.encode(mac.finalize().into_bytes());
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish();
    let sent = reqwest::Client::new()
        .post(&callback)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("x-twilio-signature", signature)
        .body(body)
        .send()
        .await;
    if let Err(error) = sent {
        tracing::warn!(%error, "the demonstration's receipt did not arrive");
    }
}

async fn take_notice(
    Extension(capture): Extension<Capture>,
    Path(browser): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let ttl = headers.get("ttl").and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    push(&capture.notices, Notice { to: browser, bytes: body.len(), ttl, at: clock::now() });
    StatusCode::CREATED
}

/// Everything captured, newest first, for scripts.
async fn list(Extension(capture): Extension<Capture>) -> Json<Value> {
    let texts = kept(&capture.texts);
    let texts = texts.iter().rev().map(|text| json!({ "to": text.to, "body": text.body, "at": text.at }));
    let mails = capture.mail.mails();
    let mails = mails.iter().rev().map(|mail| {
        json!({ "to": mail.to, "subject": mail.subject, "text": mail.text, "raw": String::from_utf8_lossy(&mail.raw) })
    });
    let notices = kept(&capture.notices);
    let notices = notices
        .iter()
        .rev()
        .map(|notice| json!({ "to": notice.to, "bytes": notice.bytes, "ttl": notice.ttl, "at": notice.at }));
    Json(json!({
        "texts": texts.collect::<Vec<_>>(), "mails": mails.collect::<Vec<_>>(), "notices": notices.collect::<Vec<_>>(),
    }))
}

async fn show(State(web): State<Web>, Extension(capture): Extension<Capture>) -> Response {
    let now = clock::now();
    let zone = chrono_tz::Europe::London;
    let people: Vec<[String; 5]> = people()
        .iter()
        .cloned()
        .map(|person| {
            let code = totp_now(&person, now);
            [person.name, person.role, person.organisation, person.email, code]
        })
        .collect();
    let texts: Vec<(String, String, String)> = kept(&capture.texts)
        .into_iter()
        .rev()
        .map(|text| (spoken::clock(text.at, zone), text.to, text.body))
        .collect();
    let mails: Vec<(String, String, String)> = capture
        .mail
        .mails()
        .into_iter()
        .rev()
        .map(|mail| (mail.to.join(", "), mail.subject, mail.text))
        .collect();
    let notices: Vec<(String, usize)> = kept(&capture.notices)
        .into_iter()
        .rev()
        .map(|notice| (spoken::clock(notice.at, zone), notice.bytes))
        .collect();
    let (given, family, born, mobile) = generate::FIRST_PATIENT;
    let reference = first_reference(&web).await;
    page(&web, "Demonstration", Alive::Plain, move || {
        let rows = people.iter().map(|person| Row::text(person.clone())).collect();
        let columns = ["Name", "Role", "Organisation", "E-mail", "Code now"].map(Column::new).to_vec();
        view! {
            <div class="app-frame">
                <main id="main" tabindex="-1" class="app-main app-main--console app-stack">
                    <h1>"Demonstration"</h1>
                    <p>
                        "Nothing leaves this machine. Here is what would have been sent, and how to sign in. "
                        <a href="/demo">"Show newer ones"</a> " · " <a href="/">"To the product"</a>
                    </p>
                    <h2>"Start as a patient"</h2>
                    <p>
                        {format!("{given} {family}, born {born}, mobile {mobile}. ")}
                        "Type the reference number " <strong>{reference.clone()}</strong> " at " <a href="/start">"the patients' entrance"</a>
                        ", or let a coordinator send a reminder and follow its link. The code to sign in with appears below."
                    </p>
                    <h2>"Text messages"</h2>
                    {if texts.is_empty() {
                        view! { <Empty title="No text messages yet">"They appear here as soon as somebody acts."</Empty> }.into_any()
                    } else {
                        view! { <ul class="app-stack">{texts.iter().map(|(at, to, body)| message(at, to, "", body)).collect_view()}</ul> }
                            .into_any()
                    }}
                    <h2>"Mail"</h2>
                    {if mails.is_empty() {
                        view! { <Empty title="No mail yet">"It appears here as soon as somebody acts."</Empty> }.into_any()
                    } else {
                        view! { <ul class="app-stack">{mails.iter().map(|(to, subject, text)| message("", to, subject, text)).collect_view()}</ul> }
                            .into_any()
                    }}
                    <h2>"Notices to browsers"</h2>
                    <p>
                        {if notices.is_empty() {
                            "None yet.".to_owned()
                        } else {
                            let last = &notices[0];
                            format!("{} so far, the last at {}: {} encrypted bytes.", notices.len(), last.0, last.1)
                        }}
                    </p>
                    <h2>"Sign in as"</h2>
                    <p>{format!("Everybody's password is {PASSWORD}. The code changes every 30 seconds and works once.")}</p>
                    <DataTable caption="People of the demonstration" columns rows />
                </main>
            </div>
        }
        .into_any()
    })
    .await
}

/// Everybody who can sign in; the generator is asked once.
fn people() -> &'static [DemoPerson] {
    static PEOPLE: OnceLock<Vec<DemoPerson>> = OnceLock::new();
    PEOPLE.get_or_init(|| demo(clock::now()).people)
}

/// The reference number of the first patient's open referral.
async fn first_reference(web: &Web) -> String {
    let db = web.desk.store.reader();
    let found = async {
        let named =
            store::directory::identified(db, "referral", generate::REFERRAL_IDENTIFIER, FIRST_REFERRAL)
                .await?;
        let Some(row) = named.first() else {
            return Ok(None);
        };
        store::referrals::find(db, Scope::Product, ReferralId(row.entity_id)).await
    };
    let found: Result<_, StoreError> = found.await;
    found.ok().flatten().map_or_else(|| "(none)".to_owned(), |row| row.reference)
}

/// The generator's name for the first patient's open referral.
const FIRST_REFERRAL: &str = "referral-0001";

fn message(at: &str, to: &str, subject: &str, body: &str) -> impl IntoView {
    let heading =
        [at, to, subject].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ");
    let words: Vec<AnyView> = body
        .split_inclusive(char::is_whitespace)
        .map(|word| {
            let link = word.trim();
            if link.starts_with("http://") || link.starts_with("https://") {
                let link = link.to_owned();
                view! { <a href=link.clone()>{link.clone()}</a> " " }.into_any()
            } else {
                word.to_owned().into_any()
            }
        })
        .collect();
    view! {
        <li>
            <p class="app-quiet">{heading}</p>
            <p class="app-letter">{words}</p>
        </li>
    }
}

fn resource(text: &Text, status: &str) -> Value {
    json!({
        "sid": text.sid, "status": status, "to": text.to, "from": FROM, "body": text.body, "error_code": null,
        "date_created": text.at.to_rfc2822(), "num_segments": "1",
    })
}

fn push<T>(list: &Mutex<VecDeque<T>>, item: T) {
    let mut list = list.lock().unwrap_or_else(PoisonError::into_inner);
    if list.len() >= KEPT {
        list.pop_front();
    }
    list.push_back(item);
}

fn kept<T: Clone>(list: &Mutex<VecDeque<T>>) -> Vec<T> {
    list.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
}

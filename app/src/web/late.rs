//! A form that comes after its session went idle. What was typed waits on the server for whoever typed it, and is shown
//! again at its page once the same person has signed in at the same browser. Only a browser at which somebody was signed in
//! can have anything kept, so strangers cannot fill the table.

use std::collections::HashMap;

use axum::body::to_bytes;
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::{HeaderMap, Method, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use serde::{Deserialize, Serialize};
use service::clock;
use tower_sessions::Session;
use tower_sessions::session::Error;

use super::confirm::Waiting;
use super::form::lost_file;
use super::refuse::{broken, secret};
use super::{Kept, keep, keys};

/// How long a form waits for its writer.
const KEPT_MIN: i64 = 30;
/// How many forms wait at once: one for each window that somebody may have open.
const MOST_FORMS: usize = 4;
/// Longest form that is kept: names and values, in bytes. The longest letter is 20,000 characters.
const MOST_BYTES: usize = 256 * 1024;
/// The same as it is sent, where a letter can take three bytes for each of its own.
const MOST_SENT: usize = 3 * MOST_BYTES;

/// Paths below which nothing is kept: ways in and out, and functions whose page keeps its own text.
const PASSED: [&str; 8] =
    ["/sign-in", "/sign-out", "/my/sign-out", "/account/confirm", "/start", "/verify", "/invited", "/api"];

/// A form that waits for its writer.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Late {
    /// `staff:<id>` or `patient:<id>`.
    who: String,
    /// When it came: ms since 1970.
    late_at: i64,
    /// Page that shows it, with its query.
    back: String,
    values: Vec<(String, String)>,
    /// Controls whose files are lost.
    files: Vec<String>,
}

/// Notes who was signed in until the session went idle; `data` is what that session remembered. A form that waited in it for
/// a fresh second factor goes on waiting.
pub async fn went_idle(
    session: &Session,
    who: &str,
    data: &HashMap<String, serde_json::Value>,
) -> Result<(), Error> {
    session.insert(keys::WAS, who).await?;
    let waiting = data.get(keys::WAITING).cloned();
    if let Some(Waiting { back, values }) = waiting.and_then(|value| serde_json::from_value(value).ok()) {
        let late_at = clock::now().timestamp_millis();
        add(session, Late { who: who.to_owned(), late_at, back, values, files: Vec::new() }).await?;
    }
    Ok(())
}

/// Around all pages: a form of somebody whose session went idle is kept, and they are asked to sign in.
pub async fn late(session: Session, request: Request, next: Next) -> Response {
    let who = if is_kept(&request) { writer(&session).await } else { None };
    let Some(who) = who else {
        return next.run(request).await;
    };
    let back = page_of(request.uri(), request.headers());
    let entrance = if who.starts_with("staff:") { "/sign-in" } else { "/start" };
    let message = match read(request).await {
        Some((values, files)) => {
            let late = Late { who, late_at: clock::now().timestamp_millis(), back, values, files };
            if let Err(error) = add(&session, late).await {
                return broken(&error.to_string());
            }
            "You were signed out because nothing was done for a while. What you typed is kept for 30 minutes: sign in \
             again, and it comes back."
        }
        None => {
            "You were signed out because nothing was done for a while, and what you sent is too long to be kept. Go \
             back in your browser and copy it before you sign in again."
        }
    };
    let kept = Kept {
        path: entrance.to_owned(),
        // With a value it is told from a word of success.
        values: vec![("form".to_owned(), "late".to_owned())],
        message: Some(message.to_owned()),
        ..Kept::default()
    };
    match keep(&session, kept).await {
        Ok(()) => Redirect::to(entrance).into_response(),
        Err(error) => broken(&error.to_string()),
    }
}

/// After a sign-in: forms of the same person are kept for their pages; answers the page of the newest. Those of anybody
/// else are forgotten.
pub(super) async fn come_back(session: &Session, who: &str) -> Result<Option<String>, Error> {
    session.remove::<String>(keys::WAS).await?;
    let waiting: Vec<Late> = session.remove(keys::LATE).await?.unwrap_or_default();
    let since = clock::now().timestamp_millis() - KEPT_MIN * 60_000;
    let mut newest = None;
    for late in waiting.into_iter().filter(|late| late.who == who && late.late_at > since) {
        let mut values = late.values;
        if values.is_empty() {
            values.push(("form".to_owned(), "late".to_owned()));
        }
        let message =
            "You were signed out before this was saved. Nothing was done yet: check it and send it again.";
        let kept = Kept {
            path: late.back.split(['?', '#']).next().unwrap_or_default().to_owned(),
            values,
            errors: late.files.iter().map(|field| lost_file(field)).collect(),
            message: Some(message.to_owned()),
        };
        keep(session, kept).await?;
        newest = Some(late.back);
    }
    Ok(newest)
}

async fn add(session: &Session, late: Late) -> Result<(), Error> {
    let mut all: Vec<Late> = session.get(keys::LATE).await?.unwrap_or_default();
    all.retain(|other| other.who == late.who && other.back != late.back);
    all.push(late);
    let too_many = all.len().saturating_sub(MOST_FORMS);
    all.drain(..too_many);
    session.insert(keys::LATE, all).await
}

/// Whether a request is a form that is worth keeping.
fn is_kept(request: &Request) -> bool {
    let path = request.uri().path();
    let is_passed = PASSED
        .iter()
        .any(|passed| path.strip_prefix(passed).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')));
    request.method() == Method::POST && !is_passed && kind(request.headers()).is_some()
}

/// Whose form this is, when nobody is signed in and somebody was.
async fn writer(session: &Session) -> Option<String> {
    // A session that cannot be read is the handler's to report.
    match session.get_value(keys::PRINCIPAL).await {
        Ok(None) => session.get(keys::WAS).await.ok().flatten(),
        _ => None,
    }
}

enum Form {
    Lines,
    Parts,
}

fn kind(headers: &HeaderMap) -> Option<Form> {
    let kind = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    if kind.starts_with("multipart/form-data") {
        Some(Form::Parts)
    } else if kind.starts_with("application/x-www-form-urlencoded") {
        Some(Form::Lines)
    } else {
        None
    }
}

/// The page that the form stood on, as the request says; forms about one referral stand on one of its pages, wherever they
/// are sent from.
fn page_of(uri: &Uri, headers: &HeaderMap) -> String {
    let from = headers.get(header::REFERER).and_then(|value| value.to_str().ok());
    // Whatever host it names, only a page of ours is gone to.
    let from = from.and_then(|from| from.parse::<Uri>().ok()).and_then(|from| from.path_and_query().cloned());
    let from = from.map(|page| page.to_string()).filter(|page| {
        page.starts_with('/') && page.len() > 1 && !page.starts_with("//") && !page.contains('\\')
    });
    let parts: Vec<&str> = uri.path().trim_matches('/').split('/').collect();
    match parts.as_slice() {
        ["referrals", id, act] if id.parse::<uuid::Uuid>().is_ok() => {
            let own = format!("/referrals/{id}");
            let otherwise = if *act == "edit" { uri.path().to_owned() } else { own.clone() };
            from.filter(|page| page.starts_with(&own)).unwrap_or(otherwise)
        }
        _ => from.unwrap_or_else(|| uri.path().to_owned()),
    }
}

/// What was typed, and the controls that brought files; nothing when it is too long, or breaks off.
async fn read(request: Request) -> Option<(Vec<(String, String)>, Vec<String>)> {
    let (mut values, mut files) = (Vec::new(), Vec::new());
    match kind(request.headers())? {
        Form::Lines => {
            let bytes = to_bytes(request.into_body(), MOST_SENT).await.ok()?;
            values = serde_urlencoded::from_bytes(&bytes).ok()?;
        }
        Form::Parts => {
            let mut form = Multipart::from_request(request, &()).await.ok()?;
            let mut length = 0;
            while let Some(mut part) = form.next_field().await.ok()? {
                let name = part.name().unwrap_or_default().to_owned();
                let is_file = part.file_name().is_some();
                let (mut bytes, mut is_empty) = (Vec::new(), true);
                while let Some(chunk) = part.chunk().await.ok()? {
                    is_empty &= chunk.is_empty();
                    if !is_file {
                        length += chunk.len();
                        bytes.extend_from_slice(&chunk);
                    }
                    if length > MOST_BYTES {
                        return None;
                    }
                }
                match (is_file, is_empty) {
                    (true, false) => files.push(name),
                    (true, true) => {}
                    (false, _) => values.push((name, String::from_utf8(bytes).ok()?)),
                }
            }
        }
    }
    values.retain(|(name, _): &(String, String)| !secret(name));
    let length: usize = values.iter().map(|(name, value)| name.len() + value.len()).sum();
    (length <= MOST_BYTES && files.len() <= MOST_FORMS).then_some((values, files))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_comes_back_to_the_page_that_it_stood_on_and_to_no_other_site() {
        let id = "0190a6a0-0000-7000-8000-000000000001";
        let times = format!("https://clinic.example/referrals/{id}/times");
        for (posted, referer, expected) in [
            (
                format!("/referrals/{id}/triage"),
                "https://clinic.example/worklist",
                format!("/referrals/{id}"),
            ),
            (format!("/referrals/{id}/edit"), "", format!("/referrals/{id}/edit")),
            (format!("/referrals/{id}/book"), &*times, format!("/referrals/{id}/times")),
            ("/admin/people".into(), "https://clinic.example/admin?tab=people#x", "/admin?tab=people".into()),
            ("/admin/people".into(), "", "/admin/people".into()),
            ("/admin/people".into(), "https://elsewhere.example//evil.example/x", "/admin/people".into()),
            ("/admin/people".into(), "nonsense", "/admin/people".into()),
        ] {
            let mut headers = HeaderMap::new();
            if !referer.is_empty() {
                headers.insert(header::REFERER, referer.parse().unwrap());
            }
            assert_eq!(page_of(&posted.parse().unwrap(), &headers), expected, "{posted} from {referer}");
        }
    }
}

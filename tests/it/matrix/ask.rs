//! Asking for one thing as one person, and what is kept of the answer.

use std::collections::BTreeSet;

use harness::{Answer, Browser};
use uuid::Uuid;

use super::policy::{Endpoint, Outcome};
use super::world::Thing;

/// What came back.
pub struct Seen {
    pub status: u16,
    /// Ids as the address names them; without the query.
    pub location: String,
    pub request: Uuid,
    /// Status, headers and body, with what differs in every answer taken out.
    pub bytes: String,
    /// Ids that the body names.
    ids: BTreeSet<Uuid>,
    is_sign_in: bool,
}

impl std::fmt::Display for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.status, self.location)
    }
}

impl Seen {
    pub fn outcome(&self) -> Outcome {
        match (self.status, self.location.as_str()) {
            (404, _) => Outcome::Missing,
            (403, _) => Outcome::Refused,
            (303, "/sign-in") => Outcome::Door("/sign-in"),
            (303, "/start") => Outcome::Door("/start"),
            (status, _) => Outcome::Status(status),
        }
    }

    /// Whether somebody got what they asked for: also a form that comes back with what to put right, or says that things have
    /// moved on.
    pub fn lets_in(&self) -> bool {
        // A refused form of the sign-in page leads back to it.
        match self.outcome() {
            Outcome::Status(status) => matches!(status, 200..=399 | 409 | 410 | 422),
            Outcome::Door(_) => self.is_sign_in,
            _ => false,
        }
    }

    /// How many of these ids the body names.
    pub fn named(&self, known: &[Uuid]) -> usize {
        known.iter().filter(|id| self.ids.contains(id)).count()
    }
}

/// Names in braces, as they stand in the thing.
fn filled(text: &str, thing: &Thing) -> String {
    let mut filled = text.replace("{token}", "AAAA").replace("{account}", "A1").replace("{browser}", "B1");
    for (name, value) in thing {
        filled = filled.replace(&format!("{{{name}}}"), value);
    }
    filled
}

pub async fn ask(browser: &Browser, endpoint: &Endpoint, thing: &Thing) -> Seen {
    let path = filled(&endpoint.path, thing);
    let form: Vec<(String, String)> =
        endpoint.form.iter().map(|(name, value)| (name.clone(), filled(value, thing))).collect();
    let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let answer = match endpoint.method.as_str() {
        "GET" if path.starts_with("/live") => browser.head_of(&path).await,
        "GET" => browser.get(&path).await,
        _ if path.ends_with("/documents") => browser.upload(&path, &form, "nothing.pdf", b"").await,
        _ if path == "/admin/configuration" => browser.upload(&path, &form, "a.json", b"{}").await,
        _ if path.ends_with("/calendar") => browser.upload(&path, &form, "a.ics", b"BEGIN:VCALENDAR").await,
        _ => browser.post(&path, &form).await,
    };
    seen(
        &answer,
        thing,
        ["/sign-in", "/start", "/verify", "/coming", "/still-needed"].iter().any(|own| path.starts_with(own)),
    )
}

fn seen(answer: &Answer, thing: &Thing, is_sign_in: bool) -> Seen {
    let named = |text: &str| {
        // The referral that is asked for may stand there under another name as well.
        let first = thing.get_key_value("referral");
        let long = first.into_iter().chain(thing).filter(|(_, value)| value.len() > 8);
        long.fold(text.to_owned(), |text, (name, value)| text.replace(value, &format!("{{{name}}}")))
    };
    let body = answer.text();
    // What is left is the id of something that was made.
    let to = named(&answer.location());
    let made: Vec<String> = ids(&to).map(|(_, id)| id.to_string()).collect();
    let to = made.iter().fold(to, |to, id| to.replace(id, "{new}"));
    let mut bytes = format!("{}\n", answer.status);
    for (name, value) in &answer.headers {
        // A session that was written sends its own cookie again, which says nothing new.
        if !["x-request-id", "date", "set-cookie"].contains(&name.as_str()) {
            bytes.push_str(&format!(
                "{name}: {}\n",
                named(&masked(&String::from_utf8_lossy(value.as_bytes())))
            ));
        }
    }
    bytes.push_str(&named(&masked(&body)));
    Seen {
        status: answer.status,
        location: to.split('?').next().unwrap_or_default().to_owned(),
        request: Uuid::parse_str(&answer.header("x-request-id")).unwrap_or_default(),
        bytes,
        ids: ids(&body).map(|(_, id)| id).collect(),
        is_sign_in,
    }
}

/// The ids in a text, and where they begin.
fn ids(text: &str) -> impl Iterator<Item = (usize, Uuid)> {
    let bytes = text.as_bytes();
    (0..bytes.len().saturating_sub(35)).filter_map(move |at| {
        let is_one = bytes[at + 8] == b'-'
            && bytes[at + 13] == b'-'
            && bytes[at + 18] == b'-'
            && bytes[at + 23] == b'-';
        let piece = is_one.then(|| text.get(at..at + 36)).flatten()?;
        Some((at, Uuid::parse_str(piece).ok()?))
    })
}

/// Without what is drawn anew for each page: its nonce, and the key of each form.
fn masked(text: &str) -> String {
    let mut masked = text.to_owned();
    for before in ["nonce=\"", "'nonce-", "name=\"key\" value=\""] {
        masked = masked
            .split(before)
            .enumerate()
            .map(|(at, piece)| match (at, piece.find(['"', '\''])) {
                (1.., Some(end)) => format!("*{}", &piece[end..]),
                _ => piece.to_owned(),
            })
            .collect::<Vec<_>>()
            .join(before);
    }
    masked
}

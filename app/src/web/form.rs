//! Forms: POST, then redirect. Refused, the page comes back with everything that was typed, kept on the server.

use axum::body::Bytes;
use axum::extract::multipart::MultipartError;
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use contract::FieldError;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tower_sessions::Session;

use super::{Sent, keys};

/// What a form sent, as it was typed.
#[derive(Debug, Clone, Default)]
pub struct Typed {
    pub pairs: Vec<(String, String)>,
    /// Files that were chosen; only forms that are sent in parts bring some.
    pub files: Vec<Sent>,
}

impl Typed {
    /// The value of a field; empty when it was not sent.
    pub fn value(&self, name: &str) -> &str {
        self.pairs.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    /// All values of a field that can be sent several times, joined by commas.
    pub fn joined(&self, name: &str) -> String {
        let values: Vec<_> =
            self.pairs.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str()).collect();
        values.join(",")
    }

    /// Reads the fields as an input of `contract`.
    pub fn read<T: DeserializeOwned + Default>(&self) -> T {
        // Names that are sent several times count once here; see `joined`.
        let mut seen = std::collections::BTreeMap::new();
        for (key, value) in &self.pairs {
            seen.entry(key.clone()).or_insert_with(|| value.clone());
        }
        let pairs: Vec<_> = seen.into_iter().collect();
        serde_urlencoded::to_string(&pairs)
            .ok()
            .and_then(|text| serde_urlencoded::from_str(&text).ok())
            .unwrap_or_default()
    }
}

/// Says at a control that the file chosen there has to be chosen again: no file is kept with what was typed.
pub(super) fn lost_file(field: &str) -> FieldError {
    FieldError::new(
        field,
        "Choose the file again. The words of a form are kept when it comes back, files are not.",
    )
}

impl<S: Send + Sync> FromRequest<S> for Typed {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        let unreadable = || {
            (StatusCode::BAD_REQUEST, "The form could not be read. Reload the page and try again.")
                .into_response()
        };
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        if kind.is_some_and(|kind| kind.starts_with("multipart/form-data")) {
            let form = Multipart::from_request(request, state).await.map_err(IntoResponse::into_response)?;
            return in_parts(form).await.map_err(IntoResponse::into_response);
        }
        let bytes = Bytes::from_request(request, state).await.map_err(IntoResponse::into_response)?;
        let pairs = serde_urlencoded::from_bytes(&bytes).map_err(|_| unreadable())?;
        Ok(Self { pairs, files: Vec::new() })
    }
}

/// A form that came in parts. A file control that nothing was chosen in brings nothing.
async fn in_parts(mut form: Multipart) -> Result<Typed, MultipartError> {
    let mut typed = Typed::default();
    while let Some(part) = form.next_field().await? {
        let field = part.name().unwrap_or_default().to_owned();
        match part.file_name().map(str::to_owned) {
            Some(file_name) => {
                let bytes = part.bytes().await?.to_vec();
                if !(file_name.is_empty() && bytes.is_empty()) {
                    typed.files.push(Sent { field, file_name, bytes });
                }
            }
            None => typed.pairs.push((field, part.text().await?)),
        }
    }
    Ok(typed)
}

/// A form that was refused.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Page to which it belongs.
    pub path: String,
    pub values: Vec<(String, String)>,
    pub errors: Vec<FieldError>,
    /// What happened, when it is not about one field; also a word of success.
    pub message: Option<String>,
}

impl Kept {
    /// What was typed in a field, or what stands in it otherwise.
    pub fn value(&self, name: &str, otherwise: &str) -> String {
        self.values
            .iter()
            .find(|(key, _)| key == name)
            .map_or_else(|| otherwise.to_owned(), |(_, value)| value.clone())
    }

    /// The message beside a field.
    pub fn error(&self, name: &str) -> Option<String> {
        self.errors.iter().find(|error| error.field == name).map(|error| error.message.clone())
    }
}

/// How many pages' forms a session keeps at once: one for each window that somebody may have open.
const MOST_KEPT: usize = 4;

/// Keeps a form for the page at its path, until it is shown once. A newer one for the same page takes its place.
pub async fn keep(session: &Session, kept: Kept) -> Result<(), tower_sessions::session::Error> {
    let mut all = all_kept(session).await;
    all.retain(|other| other.path != kept.path);
    all.push(kept);
    let too_many = all.len().saturating_sub(MOST_KEPT);
    all.drain(..too_many);
    session.insert(keys::KEPT, all).await
}

/// Takes what was kept for the page at `path`; nothing when there is nothing.
pub async fn kept(session: &Session, path: &str) -> Kept {
    let mut all = all_kept(session).await;
    let Some(at) = all.iter().position(|kept| kept.path == path) else {
        return Kept::default();
    };
    let kept = all.remove(at);
    // What cannot be taken out is shown once more, which harms nobody.
    let _ = match all.is_empty() {
        true => session.remove::<Vec<Kept>>(keys::KEPT).await.map(|_| ()),
        false => session.insert(keys::KEPT, all).await,
    };
    kept
}

/// Nothing when nothing is kept, or not in a form that is understood.
async fn all_kept(session: &Session) -> Vec<Kept> {
    session.get::<Vec<Kept>>(keys::KEPT).await.ok().flatten().unwrap_or_default()
}

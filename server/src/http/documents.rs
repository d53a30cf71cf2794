//! Files in and out. What comes in is recognised by its content; what goes out is an attachment in a sandbox.

use app::pages::admin::configuration;
use app::web::{Kept, Patient, Refused, Staff, Typed, Web, keep, media_type, refused_form};
use axum::extract::multipart::MultipartError;
use axum::extract::{Multipart, Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Redirect, Response};
use domain::{DocumentId, Principal, ReferralId, ResourceId};
use service::referrals::{Added, NewDocument, add_document, fetch_document};
use service::{Call, ServiceError, availability, emergency};
use tower_sessions::Session;

/// Largest configuration that is taken here, in bytes: it is kept in the session.
const MOST_CONFIGURATION: usize = 1_000_000;

/// What an upload form sent.
#[derive(Default)]
struct Upload {
    typed: Typed,
    file_name: String,
    bytes: Vec<u8>,
}

/// A patient adds a document to their referral.
pub async fn add_by_patient(
    State(web): State<Web>,
    patient: Patient,
    session: Session,
    Path(referral): Path<String>,
    form: Multipart,
) -> Result<Response, Refused> {
    let back = format!("/my/{referral}/documents");
    add(web, patient.call, session, &referral, &back, form).await
}

/// Staff add a document to a referral or a draft.
pub async fn add_by_staff(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(referral): Path<String>,
    form: Multipart,
) -> Result<Response, Refused> {
    add(web, staff.call, session, &referral, &format!("/referrals/{referral}"), form).await
}

async fn add(
    web: Web,
    mut call: Call,
    session: Session,
    referral: &str,
    back: &str,
    form: Multipart,
) -> Result<Response, Refused> {
    let id: ReferralId = referral.parse().map_err(|_| ServiceError::NotFound)?;
    let upload = match read(form).await {
        Ok(upload) => upload,
        Err(error) => return Ok(refused_form(&session, back, &Typed::default(), error).await),
    };
    let back = if upload.typed.value("back") == "edit" { format!("{back}/edit") } else { back.to_owned() };
    call.key = Some(upload.typed.value("key").to_owned()).filter(|key| !key.is_empty());
    let new = NewDocument {
        kind: upload.typed.value("kind").to_owned(),
        media_type: media_type(&upload.bytes).to_owned(),
        file_name: upload.file_name,
        bytes: upload.bytes,
    };
    // The bytes are here: from now on a lost connection changes nothing.
    let desk = web.desk.clone();
    let work = tokio::spawn(async move { add_document(&desk, &call, id, new).await });
    let added = work.await.map_err(|error| ServiceError::Broken(error.to_string()))?;
    let message = match added {
        Ok(Added::New(line)) => format!("{} was received.", line.file_name),
        Ok(Added::AlreadyThere(line)) => format!("{} was here already.", line.file_name),
        Err(error) => return Ok(refused_form(&session, &back, &upload.typed, error).await),
    };
    let kept = Kept { path: back.clone(), message: Some(message), ..Kept::default() };
    keep(&session, kept).await.map_err(|error| ServiceError::Broken(error.to_string()))?;
    Ok(Redirect::to(&back).into_response())
}

/// Staff add a calendar file to a clinician's availability.
pub async fn add_calendar(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(resource): Path<String>,
    form: Multipart,
) -> Result<Response, Refused> {
    let id: ResourceId = resource.parse().map_err(|_| ServiceError::NotFound)?;
    let back = "/availability";
    let upload = match read(form).await {
        Ok(upload) => upload,
        Err(error) => return Ok(refused_form(&session, back, &Typed::default(), error).await),
    };
    let Principal::Staff { organisation, .. } = staff.call.actor.principal else {
        return Err(ServiceError::NotAllowed.into());
    };
    // Whether this clinician's availability is theirs to change.
    availability::may_change(&web.desk, &staff.call, id).await?;
    let call = staff.keyed(upload.typed.value("key"));
    if upload.bytes.is_empty() {
        let error = ServiceError::invalid("file", "Choose a file first.");
        return Ok(refused_form(&session, back, &upload.typed, error).await);
    }
    let kept = availability::keep_calendar(
        &web.desk,
        &call,
        organisation,
        Some(id),
        &upload.file_name,
        &upload.bytes,
    )
    .await;
    let back = format!("{back}?resource={resource}");
    match kept {
        Err(error) => Ok(refused_form(&session, &back, &upload.typed, error).await),
        Ok(_) => {
            let message =
                Some("The calendar was read. Its busy times are taken off the free times.".to_owned());
            let kept = Kept { path: "/availability".to_owned(), message, ..Kept::default() };
            keep(&session, kept).await.map_err(|error| ServiceError::Broken(error.to_string()))?;
            Ok(Redirect::to(&back).into_response())
        }
    }
}

/// An administrator uploads a configuration. It waits in the session; the page shows what it would change.
pub async fn look_at_configuration(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    form: Multipart,
) -> Result<Response, Refused> {
    let back = configuration::PATH;
    service::admin::setup(&web.desk, &staff.call).await?;
    let upload = match read(form).await {
        Ok(upload) => upload,
        Err(error) => return Ok(refused_form(&session, back, &Typed::default(), error).await),
    };
    let text = match String::from_utf8(upload.bytes) {
        Ok(text) if text.len() <= MOST_CONFIGURATION => text,
        Ok(_) => {
            let remedy = "This file is larger than 1 MB. Take it in with “waymark config load”.";
            let error = ServiceError::invalid("file", remedy);
            return Ok(refused_form(&session, back, &upload.typed, error).await);
        }
        Err(_) => {
            let error = ServiceError::invalid("file", "This is not a text file. Send JSON or TOML.");
            return Ok(refused_form(&session, back, &upload.typed, error).await);
        }
    };
    let kept = session.insert(configuration::WAITING, text).await;
    kept.map_err(|error| ServiceError::Broken(error.to_string()))?;
    Ok(Redirect::to(back).into_response())
}

async fn read(mut form: Multipart) -> Result<Upload, ServiceError> {
    let unreadable = |error: MultipartError| {
        if error.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE {
            ServiceError::invalid("file", "This file is too large. Send a smaller one, or several.")
        } else {
            ServiceError::invalid("file", "The file did not arrive whole. Try again.")
        }
    };
    let mut upload = Upload::default();
    while let Some(field) = form.next_field().await.map_err(unreadable)? {
        let name = field.name().unwrap_or_default().to_owned();
        if name == "file" {
            upload.file_name = field.file_name().unwrap_or_default().to_owned();
            upload.bytes = field.bytes().await.map_err(unreadable)?.to_vec();
        } else {
            upload.typed.pairs.push((name, field.text().await.map_err(unreadable)?));
        }
    }
    Ok(upload)
}

/// Staff fetch a document.
pub async fn fetch_by_staff(
    State(web): State<Web>,
    staff: Staff,
    Path((referral, document)): Path<(String, String)>,
) -> Result<Response, Refused> {
    fetch(web, staff.call, &referral, &document).await
}

/// The patient fetches a document of their own.
pub async fn fetch_by_patient(
    State(web): State<Web>,
    patient: Patient,
    Path((referral, document)): Path<(String, String)>,
) -> Result<Response, Refused> {
    fetch(web, patient.call, &referral, &document).await
}

/// Staff fetch a document while they have emergency access to the patient.
pub async fn fetch_in_emergency(
    State(web): State<Web>,
    staff: Staff,
    Path((referral, document)): Path<(String, String)>,
) -> Result<Response, Refused> {
    let id: ReferralId = referral.parse().map_err(|_| ServiceError::NotFound)?;
    let document: DocumentId = document.parse().map_err(|_| ServiceError::NotFound)?;
    Ok(attached(emergency::document(&web.desk, &staff.call, id, document).await?))
}

async fn fetch(web: Web, call: Call, referral: &str, document: &str) -> Result<Response, Refused> {
    let id: ReferralId = referral.parse().map_err(|_| ServiceError::NotFound)?;
    let document: DocumentId = document.parse().map_err(|_| ServiceError::NotFound)?;
    Ok(attached(fetch_document(&web.desk, &call, id, document).await?))
}

/// A name under which the file can be opened once it is saved. Documents that another system sent are called by their title.
fn with_extension(name: String, media_type: &str) -> String {
    let known = match media_type {
        "application/pdf" => ".pdf",
        "image/jpeg" => ".jpg",
        "image/png" => ".png",
        "text/plain" => ".txt",
        _ => return name,
    };
    let has_one = name.rsplit_once('.').is_some_and(|(before, after)| {
        !before.is_empty()
            && (1..=4).contains(&after.len())
            && after.bytes().all(|b| b.is_ascii_alphanumeric())
    });
    if has_one { name } else { format!("{name}{known}") }
}

/// A document's name, type and bytes as something to be saved, never shown.
fn attached((name, media_type, bytes): (String, String, Vec<u8>)) -> Response {
    let name = with_extension(name, &media_type);
    let ascii: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || ".-_ ".contains(c) { c } else { '_' }).collect();
    let encoded: String =
        url::form_urlencoded::byte_serialize(name.as_bytes()).collect::<String>().replace('+', "%20");
    let disposition = format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{encoded}");
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    let value = |text: &str| {
        HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static("application/octet-stream"))
    };
    headers.insert(header::CONTENT_TYPE, value(&media_type));
    headers.insert(header::CONTENT_DISPOSITION, value(&disposition));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::with_extension;

    #[test]
    fn a_file_that_is_saved_has_an_extension() {
        for (name, media_type, saved) in [
            ("Discharge letter", "application/pdf", "Discharge letter.pdf"),
            ("ecg.pdf", "application/pdf", "ecg.pdf"),
            ("Letter of Dr. Osei", "text/plain", "Letter of Dr. Osei.txt"),
            ("photo", "image/jpeg", "photo.jpg"),
            ("anything", "application/octet-stream", "anything"),
        ] {
            assert_eq!(with_extension(name.to_owned(), media_type), saved);
        }
    }
}

//! The whole record of a referral as one download: the page, its documents, and the history as data.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use app::pages::record_document;
use app::web::{Refused, Staff, Typed, Web, confirm_first};
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use contract::WholeRecord;
use domain::ReferralId;
use futures::Stream;
use service::referrals::{RecordFile, document_file, may_record, record_files};
use service::{Desk, ServiceError};
use tower_sessions::Session;
use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{CompressionMethod, ZipWriter};

/// Staff of either side with a fresh second factor: it takes everything away at once. Streamed document by document, so that no more than one is in memory; all that can refuse it is
/// looked at before the first byte.
pub async fn record_zip(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(referral): Path<String>,
) -> Result<Response, Refused> {
    let id: ReferralId = referral.parse().map_err(|_| ServiceError::NotFound)?;
    // Whose referral it is not learns nothing of it by being asked for a code.
    may_record(&web.desk, &staff.call, id).await?;
    let back = format!("/referrals/{id}/record");
    if let Some(answer) = confirm_first(&session, &back, &Typed::default()).await? {
        return Ok(answer);
    }
    let (record, files) = record_files(&web.desk, &staff.call, id).await?;
    let name = format!("attachment; filename=\"record-{}.zip\"", record.page.reference);
    let first = vec![
        ("record.html".to_owned(), record_document(&record).into_bytes()),
        ("history.json".to_owned(), history(&record)?),
    ];
    let mut response = Body::from_stream(pieces(web.desk.clone(), first, files)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/zip"));
    // A reference is letters, digits and hyphens.
    let disposition = HeaderValue::from_str(&name).unwrap_or(HeaderValue::from_static("attachment"));
    headers.insert(header::CONTENT_DISPOSITION, disposition);
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

fn history(record: &WholeRecord) -> Result<Vec<u8>, ServiceError> {
    let page = &record.page;
    let data = serde_json::json!({
        "reference": page.reference,
        "state": page.state,
        "service": page.service,
        "organisation": page.organisation,
        "made": record.made,
        "history": record.history,
    });
    serde_json::to_vec_pretty(&data).map_err(|error| ServiceError::Broken(error.to_string()))
}

/// What has been written and not yet been sent.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Written {
    fn take(&self) -> Bytes {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner)).into()
    }
}

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// One file after the other; a document that cannot be read is named by a file that says so.
fn pieces(
    desk: Desk,
    first: Vec<(String, Vec<u8>)>,
    files: Vec<RecordFile>,
) -> impl Stream<Item = io::Result<Bytes>> {
    let written = Written::default();
    let archive = Some(ZipWriter::new_stream(written.clone()));
    let state = (desk, first.into_iter(), files.into_iter(), written, archive);
    futures::stream::unfold(state, |(desk, mut first, mut files, written, archive)| async move {
        let mut archive = archive?;
        let entry = match first.next() {
            Some(entry) => Some(entry),
            None => match files.next() {
                Some(file) => Some(document(&desk, &file).await),
                None => None,
            },
        };
        let (done, archive) = match entry {
            Some((name, bytes)) => (add(&mut archive, &name, &bytes), Some(archive)),
            None => (archive.finish().map(|_| ()).map_err(io::Error::other), None),
        };
        let piece = done.map(|()| written.take());
        Some((piece, (desk, first, files, written, archive)))
    })
}

async fn document(desk: &Desk, file: &RecordFile) -> (String, Vec<u8>) {
    match document_file(desk, file).await {
        Ok(bytes) => (format!("documents/{}", file.name), bytes),
        Err(error) => {
            tracing::error!(%error, "a document of a record could not be read");
            let words = "This document could not be read when the record was made. Fetch it from the referral's page, or \
                         ask whoever runs Waymark.\n";
            (format!("documents/{} - could not be read.txt", file.name), words.as_bytes().to_vec())
        }
    }
}

fn add(archive: &mut ZipWriter<StreamWriter<Written>>, name: &str, bytes: &[u8]) -> io::Result<()> {
    // Photos and PDFs are compressed already, and the rest is small.
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    archive.start_file(name, options).map_err(io::Error::other)?;
    archive.write_all(bytes)
}

//! Files that come with words: a decision, a note, a report. Their bytes are stored before the act, their row is written
//! with it, so that a refused act leaves no document.

use domain::policy::papers::{Readers, may_read};
use domain::{OrganisationId, ReferralId};
use sha2::{Digest, Sha256};
use store::entity::document;
use uuid::Uuid;

use super::NewDocument;
use super::documents::{check, tidy_name};
use crate::unit::{Case, Unit, find_case};
use crate::{Call, Desk, ServiceError, describe, ids};

/// A file whose bytes are stored and that no row names yet.
pub(super) struct Enclosure {
    file_name: String,
    media_type: String,
    size_bytes: i64,
    pub sha256: String,
    key: String,
}

/// Whether the act took the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Taken,
    /// The act was a repeat, which had taken the file the first time.
    Spare,
}

/// Stores the bytes of a file for an act on a referral that the caller sees.
///
/// Errors: `Invalid` for `file` when it is empty, too large or of a kind that we do not take.
pub(super) async fn put(
    desk: &Desk,
    call: &Call,
    id: ReferralId,
    file: Option<NewDocument>,
) -> Result<Option<Enclosure>, ServiceError> {
    let Some(file) = file else {
        return Ok(None);
    };
    check(desk, &file)?;
    let case = find_case(desk, desk.store.reader(), call, id).await?;
    store(desk, call, case.organisation_id(), file).await.map(Some)
}

/// Stores the bytes of a file for a referral that is about to be made at an organisation.
///
/// Errors: as [`put`].
pub(super) async fn put_beforehand(
    desk: &Desk,
    call: &Call,
    organisation: OrganisationId,
    file: Option<NewDocument>,
) -> Result<Option<Enclosure>, ServiceError> {
    let Some(file) = file else {
        return Ok(None);
    };
    check(desk, &file)?;
    store(desk, call, organisation, file).await.map(Some)
}

async fn store(
    desk: &Desk,
    call: &Call,
    organisation: OrganisationId,
    file: NewDocument,
) -> Result<Enclosure, ServiceError> {
    let key = format!("{organisation}/{}", ids::fresh(call.now));
    let enclosure = Enclosure {
        size_bytes: i64::try_from(file.bytes.len()).unwrap_or(i64::MAX),
        sha256: hex::encode(Sha256::digest(&file.bytes)),
        file_name: tidy_name(&file.file_name),
        media_type: file.media_type,
        key: key.clone(),
    };
    desk.ports.documents.put(&key, file.bytes).await.map_err(ServiceError::Broken)?;
    Ok(enclosure)
}

/// After the act: the bytes go again unless the act took them.
pub(super) async fn settle<T>(
    desk: &Desk,
    enclosure: Option<&Enclosure>,
    done: Result<(T, Fate), ServiceError>,
) -> Result<T, ServiceError> {
    if let (Some(enclosure), Ok((_, Fate::Spare)) | Err(_)) = (enclosure, &done) {
        desk.ports.documents.delete(&enclosure.key).await.map_err(ServiceError::Broken)?;
    }
    done.map(|(answer, _)| answer)
}

/// Writes the row of a file with the act that it came with. `enclosed_in` is the note or report, if it is one.
pub(super) async fn enclose(
    unit: &mut Unit<'_>,
    case: &Case,
    enclosure: Option<&Enclosure>,
    kind: &str,
    readers: Readers,
    enclosed_in: Option<Uuid>,
) -> Result<(), ServiceError> {
    let Some(file) = enclosure else {
        return Ok(());
    };
    let row = document::Model {
        organisation_id: case.row.organisation_id,
        id: ids::fresh(unit.call.now),
        referral_id: case.row.id,
        kind: kind.to_owned(),
        file_name: file.file_name.clone(),
        media_type: file.media_type.clone(),
        size_bytes: file.size_bytes,
        sha256: file.sha256.clone(),
        storage_key: file.key.clone(),
        added_by: unit.call.actor.key(),
        added_by_name: unit.call.actor.label(),
        created_at: unit.call.now.timestamp_millis(),
        scan: if unit.desk.ports.scanner.is_some() { "waiting" } else { "unscanned" }.to_owned(),
        scan_note: None,
        scanned_at: None,
        audience: readers.code().to_owned(),
        author_organisation_id: unit.call.actor.organisation().map(|organisation| organisation.0),
        enclosed_in,
        version: 1,
        replaces: None,
    };
    let mut touched = case.touched("document");
    touched.id = Some(row.id);
    store::documents::insert(&unit.tx, row).await?;
    unit.record("add-document", &touched);
    Ok(())
}

/// Whether whoever calls may read a document of a referral that they see. What cannot be read off its row is refused.
pub(super) fn is_readable(call: &Call, case: &Case, row: &document::Model) -> bool {
    let author = row.author_organisation_id.map(OrganisationId);
    Readers::from_code(&row.audience)
        .is_some_and(|readers| may_read(readers, author, case.relation, call.actor.organisation()))
}

/// The documents that whoever calls may read besides those for everybody.
pub(super) async fn confined(
    db: &impl store::Db,
    call: &Call,
    case: &Case,
) -> Result<Vec<document::Model>, ServiceError> {
    let mut rows = store::documents::confined(db, &case.row).await?;
    rows.retain(|row| is_readable(call, case, row));
    Ok(rows)
}

/// Those of them that came with a note or report.
pub(super) fn with(case: &Case, rows: &[document::Model], enclosed_in: Uuid) -> Vec<contract::DocumentLine> {
    let of_it = rows.iter().filter(|row| row.enclosed_in == Some(enclosed_in));
    of_it.map(|row| describe::document(case, row)).collect()
}

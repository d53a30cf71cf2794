//! Documents: added by the referrer, the patient or a coordinator; fetched by whoever may see the referral.

use contract::DocumentLine;
use domain::notice::StaffNotice;
use domain::policy::Relation;
use domain::policy::delegation::InName;
use domain::policy::papers::Readers;
use domain::referral::State;
use domain::{DocumentId, ReferralId};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use store::entity::document;

use super::answer::answered;
use crate::facts::RequiredItem;
use crate::ports::Scan;
use crate::unit::{Begun, Unit, find_case, involvement};
use crate::{Call, Conflict, Desk, ServiceError, describe, ids};

/// A file that somebody sent. Its media type has been found by looking into the content.
pub struct NewDocument {
    /// Code of a required item, or "other".
    pub kind: String,
    pub file_name: String,
    /// One of [`KINDS`].
    pub media_type: String,
    pub bytes: Vec<u8>,
}

/// Whether it is new or was there already.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Added {
    New(DocumentLine),
    AlreadyThere(DocumentLine),
}

/// How long what could not be decided waits for the next look.
const SCAN_AGAIN: chrono::Duration = chrono::Duration::minutes(1);
/// Documents that one round of the scanner looks at.
const SCANNED_AT_ONCE: u64 = 20;

/// Media types that we take, by content.
pub const KINDS: [&str; 6] =
    ["application/pdf", "image/jpeg", "image/png", "image/heif", "image/tiff", "text/plain"];

/// Adds a document. Where it was asked for, adding what is missing answers the question.
pub async fn add_document(
    desk: &Desk,
    call: &Call,
    id: ReferralId,
    new: NewDocument,
) -> Result<Added, ServiceError> {
    // Whoever may not see the referral learns that first, whatever else is wrong.
    let case = find_case(desk, desk.store.reader(), call, id).await?;
    let item = case.items().into_iter().find(|item| item.code == new.kind);
    let taken = may_add(call, &case).and_then(|()| check(desk, &new)).and_then(|()| match &item {
        Some(item) => fits(item, &new, desk.settings.document_bytes),
        None => Ok(()),
    });
    if let Err(refusal) = taken {
        call.trail.attempted("add-document", case.touched("referral"));
        return Err(refusal);
    }
    let sha256 = hex::encode(Sha256::digest(&new.bytes));
    // The bytes go to their store first: a row never points at nothing. What no row points at is harmless.
    let key = format!("{}/{}", case.row.organisation_id, ids::fresh(call.now));
    let size_bytes = i64::try_from(new.bytes.len()).unwrap_or(i64::MAX);
    desk.ports.documents.put(&key, new.bytes).await.map_err(ServiceError::Broken)?;
    let added =
        write(desk, call, id, &new.kind, &new.file_name, &new.media_type, size_bytes, &sha256, &key).await;
    if !matches!(added, Ok(Added::New(_))) {
        desk.ports.documents.delete(&key).await.map_err(ServiceError::Broken)?;
    }
    added
}

/// Whether a file is one that we take.
///
/// Errors: `Invalid` for `file`, with what to send instead.
pub(super) fn check(desk: &Desk, new: &NewDocument) -> Result<(), ServiceError> {
    if new.bytes.is_empty() {
        let remedy = match new.file_name.is_empty() {
            true => "Choose a file first.",
            false => "This file is empty. Choose another one.",
        };
        return Err(ServiceError::invalid("file", remedy));
    }
    if new.bytes.len() as u64 > desk.settings.document_bytes {
        let limit = desk.settings.document_bytes / (1024 * 1024);
        return Err(ServiceError::invalid(
            "file",
            format!("This file is larger than {limit} MB. Send a smaller one."),
        ));
    }
    if !KINDS.contains(&new.media_type.as_str()) {
        return Err(ServiceError::invalid(
            "file",
            "Send a PDF, a photo (JPEG, PNG, HEIC, TIFF) or a plain text file.",
        ));
    }
    Ok(())
}

#[allow(clippy::too_many_arguments, reason = "the columns of one row")]
async fn write(
    desk: &Desk,
    call: &Call,
    id: ReferralId,
    kind: &str,
    file_name: &str,
    media_type: &str,
    size_bytes: i64,
    sha256: &str,
    key: &str,
) -> Result<Added, ServiceError> {
    let mut unit = match Unit::begin(desk, call, "add-document", &(id, kind, sha256)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => {
            return Ok(match answer {
                Added::New(line) | Added::AlreadyThere(line) => Added::AlreadyThere(line),
            });
        }
    };
    let mut case = unit.case(id).await?;
    may_add(call, &case)?;
    if let Some(known) = store::documents::same(&*unit.tx, &case.row, sha256).await? {
        return Ok(Added::AlreadyThere(describe::document(&case, &known)));
    }
    let required = case.required();
    let items = case.items();
    let kind = items.iter().find(|item| item.code == kind).map_or("other", |item| &item.code).to_owned();
    let file_name = tidy_name(file_name);
    let older = newest_version(&unit, &case, &kind, &file_name).await?;
    let row = document::Model {
        organisation_id: case.row.organisation_id,
        id: ids::fresh(call.now),
        referral_id: case.row.id,
        kind,
        file_name,
        media_type: media_type.to_owned(),
        size_bytes,
        sha256: sha256.to_owned(),
        storage_key: key.to_owned(),
        added_by: call.actor.key(),
        added_by_name: call.actor.label(),
        created_at: call.now.timestamp_millis(),
        scan: if desk.ports.scanner.is_some() { "waiting" } else { "unscanned" }.to_owned(),
        scan_note: None,
        scanned_at: None,
        audience: Readers::All.code().to_owned(),
        author_organisation_id: call.actor.organisation().map(|organisation| organisation.0),
        enclosed_in: None,
        version: older.as_ref().map_or(1, |older| older.version + 1),
        replaces: older.map(|older| older.id),
    };
    store::documents::insert(&unit.tx, row.clone()).await?;
    let mut touched = case.touched("document");
    touched.id = Some(row.id);
    unit.record("add-document", &touched);
    let line = describe::document(&case, &row);
    let documents = store::documents::of_referral(&*unit.tx, &case.row).await?;
    let is_answer = case.state == State::InfoNeeded && super::answer::may_answer(call, &case);
    if is_answer && crate::facts::missing(&required, &documents).is_empty() {
        answered(&mut unit, &mut case, None).await?;
    } else {
        unit.notify(&case);
    }
    unit.finish(Added::New(line)).await
}

/// The newest document of this kind and name; what is added now becomes its next version, and it is kept.
async fn newest_version(
    unit: &Unit<'_>,
    case: &crate::unit::Case,
    kind: &str,
    file_name: &str,
) -> Result<Option<document::Model>, ServiceError> {
    let name = file_name.to_lowercase();
    let documents = store::documents::of_referral(&*unit.tx, &case.row).await?;
    let same = documents.into_iter().filter(|row| row.kind == kind && row.file_name.to_lowercase() == name);
    Ok(same.max_by_key(|row| row.version))
}

/// Whether a file is what the service takes for this item.
fn fits(item: &RequiredItem, new: &NewDocument, limit: u64) -> Result<(), ServiceError> {
    let is_kind = item.kinds.is_empty() || item.kinds.contains(&new.media_type);
    let is_small = new.bytes.len() as u64 <= most_bytes(item, limit);
    if is_kind && is_small {
        return Ok(());
    }
    let what = if is_kind { "This file is too large" } else { "This file is of another kind" };
    let remedy = format!("{what}. For “{}” send {}.", item.label, accepts(item, limit));
    Err(ServiceError::invalid("file", remedy))
}

fn most_bytes(item: &RequiredItem, limit: u64) -> u64 {
    item.max_mb.map_or(limit, |most| limit.min(u64::from(most) * 1_000_000))
}

/// What is taken for an item, in words: "PDF or photo, up to 5 MB".
pub(crate) fn accepts(item: &RequiredItem, limit: u64) -> String {
    let all: Vec<&str> =
        KINDS.iter().copied().filter(|kind| item.kinds.iter().any(|own| own == kind)).collect();
    let mut names: Vec<&str> = if all.is_empty() { KINDS.to_vec() } else { all }
        .into_iter()
        .map(|kind| match kind {
            "application/pdf" => "a PDF",
            "text/plain" => "plain text",
            _ => "a photo",
        })
        .collect();
    names.dedup();
    let kinds = match names.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, before)) => format!("{} or {last}", before.join(", ")),
        None => String::new(),
    };
    format!("{kinds}, up to {} MB", most_bytes(item, limit) / 1_000_000)
}

fn may_add(call: &Call, case: &crate::unit::Case) -> Result<(), ServiceError> {
    if case.state.is_ended() {
        return Err(Conflict::State { state: case.state }.into());
    }
    let facts = involvement(&case.row);
    let roles = domain::policy::acting_roles(&call.actor.principal, case.relation, &facts);
    // A draft is its referrer's; once sent, a colleague may add what they have, in their own name.
    if case.in_name == InName::Nobody && case.state == State::Draft {
        return Err(ServiceError::NotAllowed);
    }
    if roles.is_empty() || (case.relation == Relation::Receiving && case.state == State::Draft) {
        return Err(ServiceError::NotAllowed);
    }
    Ok(())
}

/// A document's bytes, for whoever may see the referral. The read is recorded before they leave.
pub async fn fetch_document(
    desk: &Desk,
    call: &Call,
    id: ReferralId,
    document: DocumentId,
) -> Result<(String, String, Vec<u8>), ServiceError> {
    let case = find_case(desk, desk.store.reader(), call, id).await?;
    document_of(desk, call, &case, document, "read").await
}

/// A document of a referral that the reader may see; the read is recorded as `action`.
pub(crate) async fn document_of(
    desk: &Desk,
    call: &Call,
    case: &crate::unit::Case,
    document: DocumentId,
    action: &str,
) -> Result<(String, String, Vec<u8>), ServiceError> {
    let db = desk.store.reader();
    let row = store::documents::find(db, &case.row, document).await?.ok_or(ServiceError::NotFound)?;
    let mut touched = case.touched("document");
    touched.id = Some(row.id);
    if !super::enclose::is_readable(call, case, &row) {
        desk.record_refusal(call, "read", &touched);
        return Err(ServiceError::NotFound);
    }
    match row.scan.as_str() {
        "clean" | "unscanned" => desk.record_reads(call, action, &[touched]).await?,
        held => {
            desk.record_refusal(call, action, &touched);
            return Err(match held {
                "infected" => Conflict::DocumentInfected.into(),
                _ => Conflict::DocumentBeingChecked.into(),
            });
        }
    }
    let bytes = stored_bytes(desk, &row).await?;
    Ok((row.file_name, row.media_type, bytes))
}

/// A document's bytes as they were taken in, for callers who have recorded the read.
pub(super) async fn stored_bytes(desk: &Desk, row: &document::Model) -> Result<Vec<u8>, ServiceError> {
    let bytes = desk.ports.documents.get(&row.storage_key).await.map_err(ServiceError::Broken)?;
    if hex::encode(Sha256::digest(&bytes)) != row.sha256 {
        return Err(ServiceError::Broken(format!("document {} does not match its checksum", row.id)));
    }
    Ok(bytes)
}

/// Lets the scanner look at what waits; answers how many were decided. What it cannot decide waits on, and is looked at
/// again after the others.
pub(crate) async fn scan_waiting(desk: &Desk, call: &Call) -> Result<u64, ServiceError> {
    let Some(scanner) = &desk.ports.scanner else {
        return Ok(0);
    };
    let mut decided = 0;
    let before = (call.now - SCAN_AGAIN).timestamp_millis();
    for row in store::documents::waiting(desk.store.reader(), before, SCANNED_AT_ONCE).await? {
        let verdict = match desk.ports.documents.get(&row.storage_key).await {
            Ok(bytes) => scanner.scan(&bytes).await,
            Err(why) => Scan::Undecided(why),
        };
        match settle_scan(desk, call, &row, &verdict).await {
            Ok(is_decided) => decided += u64::from(is_decided),
            // One that cannot be settled goes behind the others, and stays locked.
            Err(error) => {
                tracing::error!(document = %row.id, %error, "a scanned document could not be settled");
                let tx = desk.store.write_tx().await?;
                let note = Some("the verdict could not be recorded");
                store::documents::scanned(&tx, &row, "waiting", note, call.now.timestamp_millis()).await?;
                tx.commit().await?;
            }
        }
    }
    Ok(decided)
}

/// Records what the scanner said of one document, and tells both sides of malware. Whether it is decided now.
async fn settle_scan(
    desk: &Desk,
    call: &Call,
    row: &document::Model,
    verdict: &Scan,
) -> Result<bool, ServiceError> {
    let (scan, note) = match verdict {
        Scan::Clean => ("clean", None),
        Scan::Infected(name) => ("infected", Some(name.as_str())),
        Scan::Undecided(why) => ("waiting", Some(why.as_str())),
    };
    let is_decided = scan != "waiting";
    if !is_decided {
        tracing::warn!(document = %row.id, "a document could not be scanned");
    }
    let mut unit = match Unit::begin::<_, ()>(desk, call, "scan", &row.id).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(()) => return Ok(false),
    };
    if !store::documents::scanned(&unit.tx, row, scan, note, call.now.timestamp_millis()).await? {
        return Ok(false);
    }
    if is_decided {
        let case = unit.case(ReferralId(row.referral_id)).await?;
        let mut touched = case.touched("document");
        touched.id = Some(row.id);
        unit.record(if scan == "clean" { "scan-clean" } else { "scan-infected" }, &touched);
        if scan == "infected" {
            let cause = format!("infected:{}", row.id);
            unit.tell_coordinators(&case, StaffNotice::Infected, &cause).await?;
            unit.tell_referrer(&case, StaffNotice::Infected, &cause).await?;
        }
        unit.notify(&case);
    }
    unit.finish(()).await?;
    Ok(is_decided)
}

/// A name without folders and control characters, at most 120 characters long.
pub(super) fn tidy_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String = last.chars().filter(|letter| !letter.is_control()).take(120).collect();
    if clean.trim().is_empty() { "document".to_owned() } else { clean.trim().to_owned() }
}

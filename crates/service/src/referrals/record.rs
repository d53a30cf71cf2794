//! The whole record of a referral: to print, and to take away with its documents.

use contract::{AppointmentLine, HistoryEntry, LookLine, WholeRecord};
use domain::policy::Relation;
use domain::{OrganisationId, Principal, ReferralId, spoken};
use store::entity::document;

use super::documents::stored_bytes;
use crate::unit::{Case, find_case};
use crate::{Call, Conflict, Desk, ServiceError, describe, facts};

/// Most bytes of documents in one download. Looked at before the first byte leaves, so that none breaks off in the middle.
pub const RECORD_BYTES: u64 = 512 * 1024 * 1024;
/// Looks that a record names.
const MOST_LOOKS: u64 = 500;

/// A document that goes into the download.
#[derive(Debug, Clone)]
pub struct RecordFile {
    /// Name within the download: numbered, so that no two are the same.
    pub name: String,
    row: document::Model,
}

/// Whether whoever calls may take the record of a referral away; nothing is read yet.
pub async fn may_record(desk: &Desk, call: &Call, id: ReferralId) -> Result<(), ServiceError> {
    staff_case(desk, call, id).await.map(|_| ())
}

/// Everything that whoever calls may see of a referral, for printing. Staff of either side; the read is recorded.
pub async fn record(desk: &Desk, call: &Call, id: ReferralId) -> Result<WholeRecord, ServiceError> {
    let case = staff_case(desk, call, id).await?;
    let mut touched = case.touched("referral");
    touched.entity = "record";
    desk.record_reads(call, "print", &[touched]).await?;
    whole(desk, call, &case).await
}

/// The same with the documents that may be given out, for a download. The read is recorded once, as an export.
///
/// Errors: `Conflict` when the documents are larger than [`RECORD_BYTES`] together.
pub async fn record_files(
    desk: &Desk,
    call: &Call,
    id: ReferralId,
) -> Result<(WholeRecord, Vec<RecordFile>), ServiceError> {
    let case = staff_case(desk, call, id).await?;
    let documents = documents(desk.store.reader(), call, &case).await?;
    let clean: Vec<_> =
        documents.into_iter().filter(|row| matches!(row.scan.as_str(), "clean" | "unscanned")).collect();
    let bytes: u64 = clean.iter().map(|row| u64::try_from(row.size_bytes).unwrap_or(0)).sum();
    if bytes > RECORD_BYTES {
        return Err(Conflict::RecordTooLarge { limit_mib: RECORD_BYTES / (1024 * 1024) }.into());
    }
    let mut touched = case.touched("referral");
    touched.entity = "record";
    desk.record_reads(call, "export", &[touched]).await?;
    let files = clean
        .into_iter()
        .enumerate()
        .map(|(at, row)| RecordFile { name: format!("{:02} {}", at + 1, safe_name(&row.file_name)), row })
        .collect();
    Ok((whole(desk, call, &case).await?, files))
}

/// The bytes of a file that [`record_files`] named.
pub async fn document_file(desk: &Desk, file: &RecordFile) -> Result<Vec<u8>, ServiceError> {
    stored_bytes(desk, &file.row).await
}

/// Every document of a referral that whoever calls may read, oldest first: those for everybody, and those for staff or for
/// their own side.
async fn documents(
    db: &impl store::Db,
    call: &Call,
    case: &Case,
) -> Result<Vec<document::Model>, ServiceError> {
    let mut all = store::documents::of_referral(db, &case.row).await?;
    all.extend(super::enclose::confined(db, call, case).await?);
    all.sort_by_key(|row| (row.created_at, row.id));
    Ok(all)
}

async fn staff_case(desk: &Desk, call: &Call, id: ReferralId) -> Result<Case, ServiceError> {
    if !matches!(call.actor.principal, Principal::Staff { .. }) {
        return Err(ServiceError::NotAllowed);
    }
    find_case(desk, desk.store.reader(), call, id).await
}

async fn whole(desk: &Desk, call: &Call, case: &Case) -> Result<WholeRecord, ServiceError> {
    let db = desk.store.reader();
    let zone = case.zone();
    let mut page = super::read::page_of(desk, call, case).await?;
    let documents = documents(db, call, case).await?;
    page.documents = documents.iter().map(|row| describe::document(case, row)).collect();
    let mut appointments = Vec::new();
    for row in store::appointments::of_referral(db, case.organisation_id(), case.id()).await? {
        let zone: chrono_tz::Tz = row.zone.parse().unwrap_or(zone);
        let resource =
            store::calendars::resource(db, case.organisation_id(), domain::ResourceId(row.resource_id))
                .await?;
        appointments.push(AppointmentLine {
            when: spoken::instant(facts::instant(row.start_at), zone, call.now),
            length_min: (row.end_at - row.start_at) / 60_000,
            who: resource.map_or(String::new(), |resource| resource.name),
            state: row.state,
            why: row.cancel_reason,
        });
    }
    let history = store::referrals::history(db, &case.row)
        .await?
        .into_iter()
        .map(|row| {
            let line = describe::history(case, &row);
            HistoryEntry {
                at: facts::instant(row.at).to_rfc3339(),
                kind: row.kind,
                from: row.from_state,
                to: row.to_state,
                who: row.actor_name,
                reason: line.reason,
                why: line.why,
            }
        })
        .collect();
    Ok(WholeRecord {
        page,
        appointments,
        looks: looks(db, call, case, &documents).await?,
        history,
        made: describe::day_and_clock(call.now.timestamp_millis(), zone),
        made_by: call.actor.label(),
    })
}

/// Who looked: all for the side that answers for the record; the referring side learns of its own colleagues alone.
async fn looks(
    db: &impl store::Db,
    call: &Call,
    case: &Case,
    documents: &[document::Model],
) -> Result<Vec<LookLine>, ServiceError> {
    let mut ids = vec![case.row.id];
    ids.extend(documents.iter().map(|row| row.id));
    let mut rows = store::audit::of_referral(db, &case.row, &ids, MOST_LOOKS).await?;
    if case.relation != Relation::Receiving {
        let own = call.actor.organisation().unwrap_or(OrganisationId(uuid::Uuid::nil()));
        let colleagues = store::people::of_organisation(db, own).await?;
        let keys: Vec<String> = colleagues.into_iter().map(|person| format!("staff:{}", person.id)).collect();
        rows.retain(|row| keys.contains(&row.actor));
    }
    Ok(rows
        .into_iter()
        .map(|row| LookLine {
            when: describe::day_and_clock(row.at, case.zone()),
            who: row.actor_name,
            action: row.action,
            entity: row.entity,
            is_refused: row.outcome != "allowed",
        })
        .collect())
}

/// A file name that every system takes, and that leads out of no folder.
fn safe_name(name: &str) -> String {
    let kept: String = name
        .chars()
        .map(|letter| if letter.is_alphanumeric() || "-_. ()".contains(letter) { letter } else { '_' })
        .collect();
    let kept = kept.trim_matches(['.', ' ']);
    if kept.is_empty() { "document".to_owned() } else { kept.chars().take(100).collect() }
}

#[cfg(test)]
mod tests {
    use super::safe_name;

    #[test]
    fn a_name_in_the_download_leads_nowhere_else() {
        for (name, safe) in [
            ("ecg.pdf", "ecg.pdf"),
            ("../../etc/passwd", "_.._etc_passwd"),
            ("C:\\a\\b.pdf", "C__a_b.pdf"),
            ("Überweisung 3.pdf", "Überweisung 3.pdf"),
            ("...", "document"),
            ("", "document"),
        ] {
            assert_eq!(safe_name(name), safe, "{name}");
        }
        assert_eq!(safe_name(&"x".repeat(300)).len(), 100);
    }
}

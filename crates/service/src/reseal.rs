//! Sealing older documents anew after the key was changed, so that the old key can be thrown away.

use serde::Serialize;

use crate::{Desk, ServiceError};

/// Documents that are looked at together.
const BATCH: u32 = 200;

/// Whether it is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Opens each, compares and counts.
    DryRun,
    Write,
}

/// What became of all documents.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Resealed {
    pub documents: u64,
    /// Sealed anew, or to be: with an older key, or not at all.
    pub resealed: u64,
    /// Storage key and what is wrong with it; these stay as they are.
    pub problems: Vec<(String, String)>,
}

/// Looks at the stored bytes of every document of every organisation and seals with the current key what is not. Safe while the
/// server runs, if it knows both keys, and safe to begin again: what is done is done. `progress` is told how many were looked at.
pub async fn reseal(
    desk: &Desk,
    mode: Mode,
    mut progress: impl FnMut(u64),
) -> Result<Resealed, ServiceError> {
    let mut all = Resealed::default();
    let mut after = String::new();
    loop {
        let rows = store::documents::stored_after(desk.store.reader(), &after, BATCH).await?;
        let Some(last) = rows.last() else {
            return Ok(all);
        };
        after = last.storage_key.clone();
        for row in &rows {
            let documents = &desk.ports.documents;
            let done = match mode {
                Mode::DryRun => documents.try_reseal(&row.storage_key, &row.sha256).await,
                Mode::Write => documents.reseal(&row.storage_key, &row.sha256).await,
            };
            all.documents += 1;
            match done {
                Ok(is_anew) => all.resealed += u64::from(is_anew),
                Err(problem) => all.problems.push((row.storage_key.clone(), problem)),
            }
        }
        progress(all.documents);
    }
}

//! Loading the table of postcodes from which distances are computed.

use interop::problem::Problem;
use serde::Serialize;

use crate::{Desk, ServiceError};

/// Postcodes of one transaction: the database is free for others in between.
const AT_ONCE: usize = 6_000;

/// What became of a table.
#[derive(Debug, Clone, Serialize)]
pub struct Loaded {
    /// Postcodes with a place that were written, or would be.
    pub postcodes: usize,
    /// Lines that name no place.
    pub without_place: usize,
    /// Lines that cannot be used; with any, nothing is written.
    pub faults: usize,
    #[serde(skip)]
    pub problems: Vec<Problem>,
}

/// Whether a good table is written or only read.
pub use crate::import::Mode;

/// Loads a table; the same one twice changes nothing. `progress` is told how many of how many are written.
pub async fn load(
    desk: &Desk,
    bytes: &[u8],
    mode: Mode,
    progress: impl Fn(usize, usize),
) -> Result<Loaded, ServiceError> {
    let reading = interop::postcodes::read(bytes);
    let loaded = Loaded {
        postcodes: reading.places.len(),
        without_place: reading.without_place,
        faults: reading.faults,
        problems: reading.problems,
    };
    if loaded.faults > 0 || mode == Mode::DryRun {
        return Ok(loaded);
    }
    // One code twice in a statement would be refused: the last line of a code counts.
    let mut places: Vec<_> = reading.places.iter().map(|place| (place.code.as_str(), place.point)).collect();
    places.reverse();
    places.sort_by_key(|(code, _)| *code);
    places.dedup_by_key(|(code, _)| *code);
    let mut written = 0;
    for chunk in places.chunks(AT_ONCE) {
        let tx = desk.store.write_tx().await?;
        store::postcodes::put(&tx, chunk).await?;
        tx.commit().await?;
        written += chunk.len();
        progress(written, places.len());
    }
    Ok(Loaded { postcodes: written, ..loaded })
}

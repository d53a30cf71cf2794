//! The kept corpus of the fuzz targets (`cargo xtask fuzz`), replayed, with what a file cut or changed at each place does.

#[path = "../../../fuzz/src/checks.rs"]
mod checks;

use std::path::Path;
use std::time::{Duration, Instant};

fn corpus(name: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(name);
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .expect("a corpus")
        .map(|entry| entry.expect("an entry").path())
        .map(|path| (path.display().to_string(), std::fs::read(&path).expect("a file")))
        .collect();
    files.sort();
    assert!(files.len() >= 10, "{}: {} files", folder.display(), files.len());
    files
}

/// Each file as it is; then, as long as there is time, with one byte of it changed.
fn replay(name: &str, check: fn(&[u8])) {
    let files = corpus(name);
    for (path, data) in &files {
        let begun = Instant::now();
        check(data);
        assert!(begun.elapsed() < Duration::from_secs(20), "{path} takes {:?}", begun.elapsed());
    }
    let begun = Instant::now();
    let mut lot: u64 = 1;
    while begun.elapsed() < Duration::from_secs(2) {
        // Numerical Recipes' linear congruence; the same bytes each time, as far as time allows.
        lot = lot.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let place = |of: usize, shift: u32| usize::try_from(lot >> shift).expect("fits") % of.max(1);
        let mut data = files[place(files.len(), 33)].1.clone();
        let at = place(data.len(), 20);
        if let Some(byte) = data.get_mut(at) {
            *byte = lot.to_be_bytes()[0];
        }
        if lot.is_multiple_of(5) {
            data.truncate(at);
        }
        check(&data);
    }
}

#[test]
fn calendars_of_the_corpus_hold_their_laws() {
    replay("calendar", checks::calendar);
}

#[test]
fn rules_of_the_corpus_hold_their_laws() {
    replay("rule", checks::rule);
}

#[test]
fn sessions_of_the_corpus_hold_their_laws() {
    replay("slots", checks::slots);
}

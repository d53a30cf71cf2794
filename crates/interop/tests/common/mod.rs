//! Sample files that are kept outside the project.

use std::path::{Path, PathBuf};

/// The samples' folder, from `WAYMARK_SAMPLES` or beside the workspace. Where it is missing, tests say so and pass,
/// except with `CI=true`.
pub fn samples(folder: &str) -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let root = std::env::var_os("WAYMARK_SAMPLES").map_or(beside, PathBuf::from);
    let path = root.join(folder);
    if path.exists() {
        return Some(path);
    }
    assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "samples are missing: {}", path.display());
    println!("skipped: no samples at {} (set WAYMARK_SAMPLES)", path.display());
    None
}

/// All files below a folder, in order of name.
pub fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("a readable entry").path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.extension().is_some_and(|e| e == ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}

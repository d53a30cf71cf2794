//! Real input that is kept outside the project.

use std::path::{Path, PathBuf};

/// The folder of samples: `WAYMARK_SAMPLES`, or `../shared/data` beside the project. Without one a test is skipped, and
/// fails in CI.
pub fn samples() -> Option<PathBuf> {
    let folder = std::env::var_os("WAYMARK_SAMPLES")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"), PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{} is missing", folder.display());
    println!("skipped: {} is missing", folder.display());
    None
}

/// All files below a folder whose name ends so, in order of name; with `""` all files.
pub fn all_below(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(&folder).expect("the samples can be read").flatten() {
            let path = entry.path();
            if path.is_dir() {
                waiting.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

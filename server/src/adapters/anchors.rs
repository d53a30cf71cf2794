//! Heads of the audit chains in a file outside the database.

use std::fs::{OpenOptions, create_dir_all, read_to_string};
use std::io::Write;
use std::path::PathBuf;
use std::sync::Mutex;

use service::ports::Anchors;

/// Appends a line for each anchor to `audit.jsonl` and syncs it.
pub struct FileAnchors {
    file: PathBuf,
    one_at_a_time: Mutex<()>,
}

impl FileAnchors {
    /// `folder` is made when missing.
    pub fn new(folder: PathBuf) -> Self {
        Self { file: folder.join("audit.jsonl"), one_at_a_time: Mutex::new(()) }
    }
}

impl Anchors for FileAnchors {
    fn append(&self, line: &str) -> Result<(), String> {
        let _guard = self.one_at_a_time.lock().map_err(|_| "the anchor file's lock is broken".to_owned())?;
        let write = || -> std::io::Result<()> {
            if let Some(folder) = self.file.parent() {
                create_dir_all(folder)?;
            }
            let mut file = OpenOptions::new().create(true).append(true).open(&self.file)?;
            file.write_all(format!("{line}\n").as_bytes())?;
            file.sync_data()
        };
        write().map_err(|error| format!("anchor file: {error}"))
    }

    fn lines(&self) -> Result<Vec<String>, String> {
        match read_to_string(&self.file) {
            Ok(text) => Ok(text.lines().map(str::to_owned).collect()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(format!("anchor file: {error}")),
        }
    }
}

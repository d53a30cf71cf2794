//! Downtime lists in a folder: whole editions, swapped at once, readable by their owner without the server.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use app::pages::downtime;
use chrono::{DateTime, Utc};
use contract::DowntimeSheet;
use domain::OrganisationId;
use service::downtime::Edition;
use service::ports::Papers;

/// Editions that are kept beside the newest.
const OLDER: usize = 1;
/// The link that names the newest edition.
const CURRENT: &str = "current";
const FORMAT: &str = "%Y%m%dT%H%M%S%3fZ";

/// `FOLDER/ORGANISATION/EDITION/…`, with `current` beside the editions. Folders 0700, files 0600.
pub struct FilePapers {
    folder: PathBuf,
    failure: Mutex<Option<(DateTime<Utc>, String)>>,
}

impl FilePapers {
    /// `folder` is made when missing.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder, failure: Mutex::new(None) }
    }

    fn of(&self, organisation: OrganisationId) -> PathBuf {
        self.folder.join(organisation.to_string())
    }

    fn edition(&self, organisation: OrganisationId, made: DateTime<Utc>) -> PathBuf {
        self.of(organisation).join(made.format(FORMAT).to_string())
    }
}

impl Papers for FilePapers {
    fn print(&self, sheet: &DowntimeSheet) -> Vec<(&'static str, Vec<u8>)> {
        let mut table = String::from("\u{feff}");
        for row in downtime::rows(sheet) {
            table.push_str(&interop::csv::record(&row));
        }
        vec![("html", downtime::html(sheet).into_bytes()), ("csv", table.into_bytes())]
    }

    fn start(&self, organisation: OrganisationId, made: DateTime<Utc>) -> Result<(), String> {
        private_folder(&self.edition(organisation, made)).map_err(said)
    }

    fn add(
        &self,
        organisation: OrganisationId,
        made: DateTime<Utc>,
        name: &str,
        bytes: &[u8],
    ) -> Result<(), String> {
        let file = self.edition(organisation, made).join(name);
        let write = || -> io::Result<()> {
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
            file.write_all(bytes)?;
            file.sync_all()
        };
        write().map_err(said)
    }

    fn finish(
        &self,
        organisation: OrganisationId,
        made: DateTime<Utc>,
        house: &str,
        said_made: &str,
        clinics: &[(String, String)],
    ) -> Result<(), String> {
        let index = downtime::index(house, said_made, clinics);
        self.add(organisation, made, "index.html", index.as_bytes())?;
        let place = self.of(organisation);
        let edition = made.format(FORMAT).to_string();
        let swap = || -> io::Result<()> {
            fs::File::open(place.join(&edition))?.sync_all()?;
            let next = place.join(format!(".{CURRENT}-{edition}"));
            symlink(&edition, &next)?;
            fs::rename(&next, place.join(CURRENT))?;
            fs::File::open(&place)?.sync_all()
        };
        swap().map_err(said)?;
        forget(&place, &edition).map_err(said)
    }

    fn newest(&self, organisation: OrganisationId) -> Result<Option<Edition>, String> {
        let current = self.of(organisation).join(CURRENT);
        let edition = match fs::read_link(&current) {
            Ok(edition) => edition,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(said(error)),
        };
        let name = edition.to_string_lossy();
        let made = chrono::NaiveDateTime::parse_from_str(&name, FORMAT)
            .map_err(|_| "the newest downtime lists have a name that is none of ours".to_owned())?
            .and_utc();
        let list = || -> io::Result<Vec<(String, u64)>> {
            let mut files = Vec::new();
            for entry in fs::read_dir(&current)? {
                let entry = entry?;
                let name = entry.file_name().to_string_lossy().into_owned();
                if name != "index.html" {
                    files.push((name, entry.metadata()?.len()));
                }
            }
            files.sort();
            Ok(files)
        };
        Ok(Some(Edition { made, files: list().map_err(said)? }))
    }

    fn read(&self, organisation: OrganisationId, name: &str) -> Result<Option<Vec<u8>>, String> {
        // Only what is listed is read, so that a name leads nowhere else.
        let listed = self
            .newest(organisation)?
            .is_some_and(|edition| edition.files.iter().any(|(known, _)| known == name));
        if !listed {
            return Ok(None);
        }
        fs::read(self.of(organisation).join(CURRENT).join(name)).map(Some).map_err(said)
    }

    fn place(&self, organisation: OrganisationId) -> String {
        let place = self.of(organisation).join(CURRENT);
        std::path::absolute(&place).unwrap_or(place).display().to_string()
    }

    fn note(&self, failure: Option<(DateTime<Utc>, String)>) {
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = failure;
    }

    fn failure(&self) -> Option<(DateTime<Utc>, String)> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn private_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Removes editions but the newest and [`OLDER`], and what was begun and never finished.
fn forget(place: &Path, newest: &str) -> io::Result<()> {
    let mut editions = Vec::new();
    for entry in fs::read_dir(place)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type()?.is_dir() && name.as_str() < newest {
            editions.push(name);
        }
    }
    editions.sort();
    let keep = editions.len().saturating_sub(OLDER);
    for name in &editions[..keep] {
        match fs::remove_dir_all(place.join(name)) {
            // Another server has forgotten it.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            other => other?,
        }
    }
    Ok(())
}

fn said(error: io::Error) -> String {
    format!("downtime lists: {error}")
}

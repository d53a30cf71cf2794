//! `waymark import`

use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use domain::{Actor, OrganisationId, ResourceId};
use service::import::{self, ImportReport, Mode, Outcome};
use service::{Call, Desk, ServiceError, clock};
use uuid::Uuid;

use super::Done;
use crate::config::Config;
use crate::open;

/// Take in FHIR R4 bundles and calendars. Each file goes in whole, or is refused with a list of problems by path.
#[derive(Args)]
pub struct Import {
    /// Files; `-` reads one from standard input.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Whose calendar a .ics file is; without it the calendar stays unassigned.
    #[arg(long, value_name = "ID")]
    resource: Option<ResourceId>,
    /// Where things go that name no organisation [default: the oldest one].
    #[arg(long, value_name = "ID")]
    organisation: Option<Uuid>,
    /// Read and judge, and write nothing.
    #[arg(long)]
    dry_run: bool,
}

/// More than this is not read.
const MOST_BYTES: u64 = 256 * 1024 * 1024;

impl Import {
    pub async fn run(&self, config: &Config) -> anyhow::Result<Done> {
        let desk = open::desk(config, open::database(config).await?)?;
        let mut good = true;
        for file in &self.files {
            let name = file.display().to_string();
            let bytes = match read(file) {
                Ok(bytes) => bytes,
                Err(error) => bail!("{name}: {error}"),
            };
            let report = match self.take(&desk, &name, &bytes).await {
                Ok(report) => report,
                Err(ServiceError::Invalid(fields)) => {
                    let words: Vec<String> = fields
                        .into_iter()
                        .map(|field| format!("--{}: {}", field.field, field.message))
                        .collect();
                    bail!("{}", words.join("; "));
                }
                Err(error) => return Err(error).context(name),
            };
            good &= report.outcome != Outcome::Refused;
            for problem in &report.problems {
                println!(
                    "{}",
                    serde_json::json!({
                        "file": report.file, "path": problem.path, "severity": problem.severity,
                        "problem": problem.problem, "remedy": problem.remedy,
                    })
                );
            }
            println!(
                "{}",
                serde_json::json!({ "file": report.file, "outcome": report.outcome, "counts": report.counts })
            );
        }
        Ok(if good { Done::Good } else { Done::ProblemsFound })
    }

    async fn take(&self, desk: &Desk, name: &str, bytes: &[u8]) -> Result<ImportReport, ServiceError> {
        let call = Call::new(Actor::system("import", Uuid::new_v4()), clock::now());
        let mode = if self.dry_run { Mode::DryRun } else { Mode::Write };
        let into = self.organisation.map(OrganisationId);
        if is_calendar(name, bytes) {
            import::calendar(desk, &call, name, bytes, self.resource, into, mode).await
        } else {
            import::fhir(desk, &call, name, bytes, into, mode).await
        }
    }
}

fn read(file: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let limit = MOST_BYTES + 1;
    if file == Path::new("-") {
        std::io::stdin().take(limit).read_to_end(&mut bytes)?;
    } else {
        std::fs::File::open(file)?.take(limit).read_to_end(&mut bytes)?;
    }
    if bytes.len() as u64 > MOST_BYTES {
        return Err(std::io::Error::other("larger than 256 MiB; split it"));
    }
    Ok(bytes)
}

fn is_calendar(name: &str, bytes: &[u8]) -> bool {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(64)]).to_uppercase();
    name.to_lowercase().ends_with(".ics")
        || head.trim_start_matches('\u{feff}').trim_start().starts_with("BEGIN:VCALENDAR")
}

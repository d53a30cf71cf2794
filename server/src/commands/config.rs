//! `waymark config`

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Subcommand;
use domain::{Actor, OrganisationId};
use service::admin::config::{Mode, export_config, load_config, read};
use service::{Call, Desk, ServiceError, clock};
use uuid::Uuid;

use super::Done;
use crate::config::Config;
use crate::open;

/// The installation's configuration, and an organisation's.
#[derive(Subcommand)]
pub enum ConfigVerb {
    /// Read the installation's configuration and say what is wrong with it. Example: waymark config check
    Check,
    /// Take an organisation's configuration in: clocks, sites, teams, people, services with all that they ask. Whole, or not
    /// at all with a list of problems by path. Example: waymark config load clinic.json --dry-run
    Load {
        /// JSON or TOML; `-` reads standard input.
        file: PathBuf,
        /// Organisation [default: the oldest one].
        #[arg(long, value_name = "ID")]
        organisation: Option<Uuid>,
        /// Say what would change, and write nothing.
        #[arg(long)]
        dry_run: bool,
    },
    /// Write an organisation's configuration as JSON, as `load` takes it. Example: waymark config export > clinic.json
    Export {
        /// Organisation [default: the oldest one].
        #[arg(value_name = "ID")]
        organisation: Option<Uuid>,
    },
}

impl ConfigVerb {
    pub async fn run(&self, config: &Config) -> anyhow::Result<Done> {
        match self {
            // It has been read before any verb runs.
            Self::Check => Ok(Done::Good),
            Self::Export { organisation } => {
                let desk = open::desk(config, open::database(config).await?)?;
                let organisation = which(&desk, *organisation, "ID").await?;
                let document = export_config(&desk, &call(), Some(organisation)).await?;
                println!("{}", serde_json::to_string_pretty(&document)?);
                Ok(Done::Good)
            }
            Self::Load { file, organisation, dry_run } => {
                let name = file.display().to_string();
                let text = super::text_of(file).with_context(|| name.clone())?;
                let document = match read(&text) {
                    Ok(document) => document,
                    Err(problem) => {
                        say_problem(&name, &problem);
                        return Ok(Done::ProblemsFound);
                    }
                };
                let desk = open::desk(config, open::database(config).await?)?;
                let organisation = which(&desk, *organisation, "--organisation").await?;
                let mode = if *dry_run { Mode::DryRun } else { Mode::Write };
                let report = load_config(&desk, &call(), Some(organisation), &document, mode).await?;
                for problem in &report.problems {
                    say_problem(&name, problem);
                }
                for change in report.changes.iter().filter(|_| report.problems.is_empty()) {
                    println!("{}", serde_json::to_string(change)?);
                }
                let is_good = report.problems.is_empty();
                let outcome = match (is_good, dry_run) {
                    (false, _) => "refused",
                    (true, true) => "checked",
                    (true, false) => "written",
                };
                let changes = if is_good { report.changes.len() } else { 0 };
                println!("{}", serde_json::json!({ "file": name, "outcome": outcome, "changes": changes }));
                Ok(if is_good { Done::Good } else { Done::ProblemsFound })
            }
        }
    }
}

fn say_problem(file: &str, problem: &contract::ConfigProblem) {
    println!(
        "{}",
        serde_json::json!({ "file": file, "path": problem.path, "severity": "error", "remedy": problem.remedy })
    );
}

fn call() -> Call {
    Call::new(Actor::system("config", Uuid::new_v4()), clock::now())
}

async fn which(desk: &Desk, wanted: Option<Uuid>, argument: &str) -> anyhow::Result<OrganisationId> {
    let all = store::directory::organisations(desk.store.reader()).await.map_err(ServiceError::from)?;
    let found = match wanted {
        Some(id) => all.iter().find(|row| row.id == id),
        None => all.first(),
    };
    match (found, wanted) {
        (Some(row), _) => Ok(OrganisationId(row.id)),
        (None, Some(_)) => bail!("{argument}: no organisation has this id; `waymark user list` shows them"),
        (None, None) => {
            bail!("there is no organisation yet; `waymark user add` makes one with its first administrator")
        }
    }
}

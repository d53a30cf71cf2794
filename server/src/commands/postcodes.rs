//! `waymark postcodes`

use std::io::{IsTerminal, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Subcommand;
use service::postcodes::{self, Mode};

use super::Done;
use crate::config::Config;
use crate::open;

/// Where postcodes are.
#[derive(Subcommand)]
pub enum Postcodes {
    /// Load a CSV table with the columns postcode, latitude and longitude. Example: waymark postcodes import postcodes.csv
    Import {
        /// The table; `-` reads it from standard input.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Read and judge, and write nothing.
        #[arg(long)]
        dry_run: bool,
    },
}

/// More than this is not read: the largest national tables have half of it.
const MOST_BYTES: u64 = 1024 * 1024 * 1024;

impl Postcodes {
    pub async fn run(&self, config: &Config) -> anyhow::Result<Done> {
        let Self::Import { file, dry_run } = self;
        let name = file.display().to_string();
        let bytes = read(file).with_context(|| name.clone())?;
        let desk = open::desk(config, open::database(config).await?)?;
        let mode = if *dry_run { Mode::DryRun } else { Mode::Write };
        let shows = std::io::stderr().is_terminal();
        let loaded = postcodes::load(&desk, &bytes, mode, |written, all| {
            if shows {
                let percent = written * 100 / all.max(1);
                // A progress line that cannot be written is no reason to stop.
                let _ = write!(std::io::stderr(), "\r{written} of {all} postcodes ({percent} %)");
            }
        })
        .await?;
        if shows {
            eprintln!();
        }
        for problem in &loaded.problems {
            println!(
                "{}",
                serde_json::json!({
                    "file": name, "path": problem.path, "severity": problem.severity,
                    "problem": problem.problem, "remedy": problem.remedy,
                })
            );
        }
        println!(
            "{}",
            serde_json::json!({
                "file": name, "postcodes": loaded.postcodes, "without_place": loaded.without_place,
                "faults": loaded.faults, "written": loaded.faults == 0 && !dry_run,
            })
        );
        Ok(if loaded.faults == 0 { Done::Good } else { Done::ProblemsFound })
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
        return Err(std::io::Error::other("larger than 1 GiB; split it"));
    }
    Ok(bytes)
}

//! `waymark documents`

use std::io::{IsTerminal, Write};

use clap::Subcommand;
use service::reseal::{self, Mode};

use super::Done;
use crate::config::Config;
use crate::open;

/// Documents, as they are stored.
#[derive(Subcommand)]
pub enum Documents {
    /// Seal every document that is not sealed with `documents.key` anew with it: after a change of the key, with the old one as
    /// `documents.older_key`. Once a run without --dry-run leaves no problem, the old key is needed no more. Example: waymark documents reseal --dry-run
    Reseal {
        /// Open and compare each, and write nothing.
        #[arg(long)]
        dry_run: bool,
    },
}

impl Documents {
    pub async fn run(&self, config: &Config) -> anyhow::Result<Done> {
        let Self::Reseal { dry_run } = self;
        let desk = open::desk(config, open::database(config).await?)?;
        let mode = if *dry_run { Mode::DryRun } else { Mode::Write };
        let shows = std::io::stderr().is_terminal();
        let all = reseal::reseal(&desk, mode, |looked_at| {
            if shows {
                // A progress line that cannot be written is no reason to stop.
                let _ = write!(std::io::stderr(), "\r{looked_at} documents");
            }
        })
        .await?;
        if shows {
            eprintln!();
        }
        for (document, problem) in &all.problems {
            let line = serde_json::json!({ "document": document, "severity": "error", "problem": problem });
            println!("{line}");
        }
        println!(
            "{}",
            serde_json::json!({
                "documents": all.documents, "resealed": all.resealed, "problems": all.problems.len(),
                "written": !dry_run,
            })
        );
        Ok(if all.problems.is_empty() { Done::Good } else { Done::ProblemsFound })
    }
}

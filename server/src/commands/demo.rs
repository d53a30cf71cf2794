//! `waymark demo`

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;
use service::clock;

use super::Done;
use crate::config::Config;
use crate::demo::load;
use crate::open;

/// Write the demonstration into an empty database, through the import, or its files into a folder.
#[derive(Args)]
pub struct Demo {
    /// Write the files here instead of importing them.
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// Generate and count, and write nothing.
    #[arg(long)]
    dry_run: bool,
}

impl Demo {
    pub async fn run(&self, config: &Config) -> anyhow::Result<Done> {
        let demo = load::demo(clock::now());
        if self.dry_run {
            println!("{}", serde_json::json!({ "files": demo.files.len(), "people": demo.people.len() }));
            return Ok(Done::Good);
        }
        if let Some(folder) = &self.out {
            std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
            for file in &demo.files {
                std::fs::write(folder.join(&file.name), &file.bytes)?;
                println!("{}", serde_json::json!({ "file": file.name, "bytes": file.bytes.len() }));
            }
            return Ok(Done::Good);
        }
        let desk = open::desk(config, open::database(config).await?)?;
        if !load::is_empty(&desk).await? {
            bail!("the database is not empty; name another one with database_url");
        }
        for report in load::load(&desk, clock::now()).await? {
            println!("{}", serde_json::json!({ "file": report.file, "counts": report.counts }));
        }
        Ok(Done::Good)
    }
}

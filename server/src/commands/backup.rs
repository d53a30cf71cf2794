//! `waymark backup`

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;
use store::Store;

use super::Done;
use crate::config::Config;

/// Copy the embedded database, while it is in use, into a new file. Documents are files below data_dir: copy them too.
#[derive(Args)]
pub struct Backup {
    /// The new file; it must not exist yet.
    to: PathBuf,
    /// Say what would be copied, and do nothing.
    #[arg(long)]
    dry_run: bool,
}

impl Backup {
    pub async fn run(&self, config: &Config) -> anyhow::Result<Done> {
        if self.to.exists() {
            bail!("{}: it exists already; name a new file", self.to.display());
        }
        let store = Store::open(config.database_url.reveal()).await?;
        if !store.is_sqlite() {
            bail!("this is PostgreSQL: back it up with pg_dump or your database's own tools");
        }
        if !self.dry_run {
            store.backup_sqlite(&self.to.display().to_string()).await?;
        }
        let bytes = std::fs::metadata(&self.to).map(|file| file.len()).unwrap_or(0);
        println!("{}", serde_json::json!({ "to": self.to, "bytes": bytes, "dry_run": self.dry_run }));
        store.close().await?;
        Ok(Done::Good)
    }
}

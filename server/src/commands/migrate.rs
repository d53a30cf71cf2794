//! `waymark migrate`

use clap::Args;
use store::Store;

use super::Done;
use crate::config::Config;

/// Bring the database's schema up to date.
#[derive(Args)]
pub struct Migrate {
    /// Say which steps are pending, and do nothing.
    #[arg(long)]
    dry_run: bool,
}

impl Migrate {
    pub async fn run(&self, config: &Config) -> anyhow::Result<Done> {
        std::fs::create_dir_all(&config.data_dir)?;
        let store = Store::open(config.database_url.reveal()).await?;
        let pending = migrations::pending(store.writer()).await?;
        for name in &pending {
            println!("{}", serde_json::json!({ "migration": name, "applied": !self.dry_run }));
        }
        if !self.dry_run {
            migrations::up(store.writer()).await?;
        }
        store.close().await?;
        Ok(Done::Good)
    }
}

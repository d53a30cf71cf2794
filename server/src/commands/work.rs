//! `waymark work`

use std::time::Duration;

use clap::Args;
use tokio::sync::watch;

use super::Done;
use super::serve::wait_for_signal;
use crate::config::Config;
use crate::session::SqlSessions;
use crate::{jobs, logs, open};

/// Do what the product does by itself, without pages: send messages, watch clocks, read calendars. Beside any number of servers on
/// one PostgreSQL.
#[derive(Args)]
pub struct Work {}

impl Work {
    pub async fn run(&self, config: Config) -> anyhow::Result<Done> {
        logs::init(std::env::var("WAYMARK_LOG").ok().as_deref())?;
        let desk = open::desk(&config, open::database(&config).await?)?;
        let (stop, stopping) = watch::channel(false);
        let sessions = SqlSessions::new(desk.store.clone(), config.session);
        let mut timers = jobs::start(&desk, &sessions, &stopping);
        eprintln!("Waymark works. Stop it with Ctrl+C.");
        tracing::info!("working");
        wait_for_signal(stop).await;
        let ended = tokio::time::timeout(Duration::from_secs(8), async {
            while timers.join_next().await.is_some() {}
        });
        if ended.await.is_err() {
            tracing::warn!("a timer did not end in time");
        }
        desk.store.clone().close().await?;
        tracing::info!("stopped");
        Ok(Done::Good)
    }
}

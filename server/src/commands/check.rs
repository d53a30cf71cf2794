//! `waymark check`

use clap::Args;
use service::{check, clock, jobs};

use super::Done;
use crate::config::Config;
use crate::open;

/// Check the whole database: invariants, the audit chain and its anchors. A line for each rule.
#[derive(Args)]
pub struct Check {}

impl Check {
    pub async fn run(&self, config: &Config) -> anyhow::Result<Done> {
        let desk = open::desk(config, open::database(config).await?)?;
        // Rows that a server wrote a moment ago may still wait for its sealer.
        jobs::seal(&desk, clock::now()).await?;
        let findings = check::check(&desk, clock::now()).await?;
        let mut good = true;
        for finding in &findings {
            good &= finding.count == 0;
            println!("{}", serde_json::to_string(finding)?);
        }
        Ok(if good { Done::Good } else { Done::ProblemsFound })
    }
}

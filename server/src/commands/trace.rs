//! `waymark message trace`

use clap::Args;
use domain::MessageId;
use service::messages;

use super::Done;
use crate::config::Config;
use crate::open;

/// A message from its rule to its receipt: a line each for the rule, the row, and whatever happened to it.
/// Example: waymark message trace 0199f3a2-…
#[derive(Args)]
pub struct Trace {
    /// The message's id, as the message log's address shows it.
    id: MessageId,
}

impl Trace {
    pub async fn run(&self, config: &Config) -> anyhow::Result<Done> {
        let desk = open::desk(config, open::database(config).await?)?;
        let Some(lines) = messages::traced(&desk, self.id).await? else {
            eprintln!("ID: there is no message {}", self.id);
            return Ok(Done::ProblemsFound);
        };
        for line in lines {
            println!("{}", serde_json::to_string(&line)?);
        }
        Ok(Done::Good)
    }
}

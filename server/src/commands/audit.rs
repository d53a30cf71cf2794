//! `waymark audit`

use std::io::{ErrorKind, Write};

use anyhow::Context;
use chrono::{DateTime, Utc};
use clap::Subcommand;
use domain::OrganisationId;
use service::{check, clock, jobs};
use store::audit::Sought;
use uuid::Uuid;

use super::Done;
use crate::config::Config;
use crate::http::audit::line;
use crate::open;

#[derive(Subcommand)]
pub enum Audit {
    /// Walk every organisation's chain and compare it with its anchors. A line for each. Example: waymark audit verify
    Verify,
    /// Write audit events as FHIR R4 AuditEvent, one a line, newest first. Example: waymark audit export --from 2026-03-01T00:00:00Z
    Export {
        /// Organisation [default: all].
        #[arg(long)]
        organisation: Option<Uuid>,
        /// From this instant on.
        #[arg(long)]
        from: Option<DateTime<Utc>>,
        /// Before this instant.
        #[arg(long)]
        to: Option<DateTime<Utc>>,
        /// Events about this patient only.
        #[arg(long)]
        patient: Option<Uuid>,
    },
}

/// Events read at once.
const PAGE: u64 = 1_000;

impl Audit {
    pub async fn run(&self, config: &Config) -> anyhow::Result<Done> {
        let desk = open::desk(config, open::database(config).await?)?;
        match self {
            Self::Verify => {
                // Rows that a server wrote a moment ago may still wait for its sealer.
                jobs::seal(&desk, clock::now()).await?;
                let reports = check::verify_audit(&desk).await?;
                let mut good = true;
                for report in &reports {
                    good &= report.ok;
                    println!("{}", serde_json::to_string(report)?);
                }
                Ok(if good { Done::Good } else { Done::ProblemsFound })
            }
            Self::Export { organisation, from, to, patient } => {
                let db = desk.store.reader();
                let all = store::directory::organisations(db).await?;
                let mut out = std::io::stdout().lock();
                'organisations: for row in
                    all.iter().filter(|row| organisation.is_none_or(|wanted| wanted == row.id))
                {
                    let mut sought = Sought {
                        from: from.map(|at| at.timestamp_millis()),
                        to: to.map(|at| at.timestamp_millis()),
                        patient: *patient,
                        ..Sought::default()
                    };
                    loop {
                        let rows = store::audit::search(db, OrganisationId(row.id), &sought, PAGE).await?;
                        let Some(last) = rows.last() else {
                            break;
                        };
                        sought.after = Some(last.id);
                        for row in &rows {
                            match writeln!(out, "{}", line(row)?) {
                                // Whoever reads has seen enough, such as `head`.
                                Err(error) if error.kind() == ErrorKind::BrokenPipe => break 'organisations,
                                written => written.context("standard output")?,
                            }
                        }
                    }
                }
                Ok(Done::Good)
            }
        }
    }
}

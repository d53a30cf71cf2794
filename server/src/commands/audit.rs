//! `waymark audit`

use std::io::Write;

use anyhow::Context;
use chrono::{DateTime, Utc};
use clap::Subcommand;
use domain::OrganisationId;
use interop::fhir::audit_event::{AuditLine, audit_event};
use service::{check, clock, jobs};
use store::audit::Sought;
use uuid::Uuid;

use super::Done;
use crate::config::Config;
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
                for row in all.iter().filter(|row| organisation.is_none_or(|wanted| wanted == row.id)) {
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
                            let line = serde_json::to_string(&audit_event(&line(row)))?;
                            writeln!(out, "{line}").context("standard output")?;
                        }
                    }
                }
                Ok(Done::Good)
            }
        }
    }
}

fn line(row: &store::entity::audit::Model) -> AuditLine {
    AuditLine {
        id: row.id.to_string(),
        at: DateTime::from_timestamp_millis(row.at).unwrap_or_default(),
        actor: row.actor.clone(),
        actor_name: row.actor_name.clone(),
        action: row.action.clone(),
        entity: row.entity.clone(),
        entity_id: row.entity_id.map(|id| id.to_string()),
        patient_id: row.patient_id.map(|id| id.to_string()),
        is_allowed: row.outcome == "allowed",
        request_id: row.request_id.to_string(),
    }
}

//! The whole-database check: invariants, the audit chain, and its anchors outside.

use chrono::{DateTime, Utc};
use domain::OrganisationId;
use serde::Serialize;

use crate::{Desk, ServiceError};

/// A rule that was looked at. `count` 0 means that it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub rule: String,
    pub count: u64,
    /// Ids to look at.
    pub examples: Vec<String>,
}

/// Looks at every rule; answers one finding each.
pub async fn check(desk: &Desk, now: DateTime<Utc>) -> Result<Vec<Finding>, ServiceError> {
    let db = desk.store.reader();
    let broken = store::invariants::check(db, now.timestamp_millis()).await?;
    let mut findings: Vec<Finding> = store::invariants::rules()
        .map(|rule| {
            let found = broken.iter().find(|violation| violation.rule == rule);
            Finding {
                rule: rule.to_owned(),
                count: found.map_or(0, |violation| violation.count),
                examples: found.map_or(Vec::new(), |violation| {
                    violation.examples.iter().map(ToString::to_string).collect()
                }),
            }
        })
        .collect();
    let mut faults = Vec::new();
    for organisation in store::directory::organisations(db).await? {
        if let Some(seq) = store::audit::first_fault(db, OrganisationId(organisation.id)).await? {
            faults.push(format!("{} at {seq}", organisation.id));
        }
    }
    findings.push(finding("the audit chain is unbroken", faults));
    findings.push(finding("the audit chain agrees with its anchors", anchor_faults(desk).await?));
    Ok(findings)
}

fn finding(rule: &str, examples: Vec<String>) -> Finding {
    Finding {
        rule: rule.to_owned(),
        count: examples.len() as u64,
        examples: examples.into_iter().take(5).collect(),
    }
}

async fn anchor_faults(desk: &Desk) -> Result<Vec<String>, ServiceError> {
    #[derive(serde::Deserialize)]
    struct Anchor {
        organisation: uuid::Uuid,
        seq: i64,
        hash: String,
    }
    let mut faults = Vec::new();
    for line in desk.ports.anchors.lines().map_err(ServiceError::Broken)? {
        let Ok(anchor) = serde_json::from_str::<Anchor>(&line) else {
            faults.push("a line of the anchor file cannot be read".to_owned());
            continue;
        };
        let sealed =
            store::audit::sealed(desk.store.reader(), OrganisationId(anchor.organisation), anchor.seq)
                .await?;
        if sealed.as_deref() != Some(anchor.hash.as_str()) {
            faults.push(format!("{} at {}", anchor.organisation, anchor.seq));
        }
    }
    Ok(faults)
}

//! The whole-database check: invariants, the audit chain, and its anchors outside.

use chrono::{DateTime, Utc};
use domain::OrganisationId;
use serde::Serialize;

use crate::booking::search::{closed_days, sound};
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
    let unreviewed = crate::emergency::without_reviewer(db).await?;
    let unreviewed = unreviewed.iter().map(ToString::to_string).collect();
    findings.push(finding(
        "emergency access that waits for its review has somebody who may review it",
        unreviewed,
    ));
    let astray = crate::clock_rules::astray(desk, now).await?.iter().map(ToString::to_string).collect();
    findings.push(finding("visits and due times to come are at the wall times that were promised", astray));
    let (mut faults, mut strays) = (Vec::new(), Vec::new());
    let (mut sessions, mut closed) = (Vec::new(), Vec::new());
    for organisation in store::directory::organisations(db).await? {
        let of = OrganisationId(organisation.id);
        let rules = store::calendars::rules(db, of).await?;
        sessions.extend(rules.iter().filter(|row| sound(row, None).is_none()).map(|row| row.id.to_string()));
        let days = store::leave::all_closures(db, of).await?;
        closed.extend(days.iter().filter(|row| closed_days(row).is_none()).map(|row| row.id.to_string()));
        let walk = store::audit::walk(db, OrganisationId(organisation.id)).await?;
        faults.extend(walk.first_fault.map(|seq| format!("{} at {seq}", organisation.id)));
        strays.extend(walk.strays.iter().map(ToString::to_string));
    }
    findings.push(finding("every stored session is one that can take place", sessions));
    findings.push(finding("closed days are days", closed));
    findings.push(finding("the audit chain is unbroken", faults));
    findings.push(finding("every audit event is in the chain or waits for it", strays));
    findings.push(finding("the audit chain agrees with its anchors", anchor_faults(desk).await?));
    Ok(findings)
}

/// What `waymark audit verify` says of one organisation's chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChainReport {
    pub organisation: String,
    /// First and last event that fits.
    pub from: Option<DateTime<Utc>>,
    pub to: Option<DateTime<Utc>>,
    /// Events that fit.
    pub events: i64,
    pub ok: bool,
    /// Where the chain breaks: `event 17`, `anchor 1000`, or `event ID is not in the chain`.
    pub first_fault: Option<String>,
}

/// Walks every organisation's chain and compares it with its anchors.
pub async fn verify_audit(desk: &Desk) -> Result<Vec<ChainReport>, ServiceError> {
    let db = desk.store.reader();
    let anchors = anchor_faults(desk).await?;
    let mut reports = Vec::new();
    for organisation in store::directory::organisations(db).await? {
        let walk = store::audit::walk(db, OrganisationId(organisation.id)).await?;
        let id = organisation.id.to_string();
        let anchor = anchors.iter().find_map(|fault| fault.strip_prefix(&id)?.strip_prefix(" at "));
        let first_fault = walk
            .first_fault
            .map(|seq| format!("event {seq}"))
            .or_else(|| anchor.map(|seq| format!("anchor {seq}")))
            .or_else(|| walk.strays.first().map(|id| format!("event {id} is not in the chain")));
        reports.push(ChainReport {
            organisation: id,
            from: walk.from.map(crate::facts::instant),
            to: walk.to.map(crate::facts::instant),
            events: walk.events,
            ok: first_fault.is_none(),
            first_fault,
        });
    }
    // Anchors of an organisation that is gone altogether, or that cannot be read.
    let known: Vec<String> = reports.iter().map(|report| report.organisation.clone()).collect();
    for fault in anchors.iter().filter(|fault| known.iter().all(|id| !fault.starts_with(id.as_str()))) {
        reports.push(ChainReport {
            organisation: String::new(),
            from: None,
            to: None,
            events: 0,
            ok: false,
            first_fault: Some(format!("anchor {fault}")),
        });
    }
    Ok(reports)
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

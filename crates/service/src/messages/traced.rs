//! A message from its rule to its receipt, for the command line.

use domain::MessageId;
use serde::Serialize;

use crate::{Desk, ServiceError, describe, facts};

/// One line of a trace, in the order in which it happened. Instants are in UTC; addresses are masked, words are not shown.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum Told {
    /// The rule that asked for it; none: somebody's act did.
    Rule { rule: Option<String>, step: Option<String>, cause: String },
    /// The row, as it is now.
    Message(Box<Row>),
    /// Each thing that happened to it: hand-overs, look-ups, receipts.
    Happened { at: String, act: String, state: String, detail: String },
    /// Its receiver has read it.
    Read { at: String },
}

/// A message's row.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    pub id: String,
    pub template: String,
    pub words_version: Option<i64>,
    pub language: Option<String>,
    pub channel: String,
    pub address: String,
    pub state: String,
    pub wished: Option<String>,
    pub due: String,
    pub expires: Option<String>,
    pub attempts: i64,
    pub provider: Option<String>,
    pub provider_ref: Option<String>,
    pub error_code: Option<String>,
    pub instead_of: Option<String>,
    pub needs_person: Option<String>,
}

/// All that is known of a message; `None`: there is none of this id.
pub async fn traced(desk: &Desk, id: MessageId) -> Result<Option<Vec<Told>>, ServiceError> {
    let db = desk.store.reader();
    let Some(row) = store::messages::by_id(db, id).await? else {
        return Ok(None);
    };
    let at = |ms: i64| facts::instant(ms).to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
    let attempts = store::messages::attempts(db, &row).await?;
    let cause = row.dedupe_key.find(&format!(":{}:", row.channel)).unwrap_or(row.dedupe_key.len());
    let mut all = vec![
        Told::Rule {
            rule: row.rule_id.clone(),
            step: row.step.clone(),
            cause: row.dedupe_key[..cause].to_owned(),
        },
        Told::Message(Box::new(Row {
            id: row.id.to_string(),
            template: row.template.clone(),
            words_version: row.words_version,
            language: row.language.clone(),
            address: describe::masked(&row.channel, &row.address),
            channel: row.channel.clone(),
            state: row.state.clone(),
            wished: row.wish_at.map(at),
            due: at(row.due_at),
            expires: row.expires_at.map(at),
            attempts: row.attempts,
            provider: row.provider.clone(),
            provider_ref: row.provider_ref.clone(),
            error_code: row.error_code.clone(),
            instead_of: row.parent_id.map(|id| id.to_string()),
            needs_person: row.needs_person.clone(),
        })),
    ];
    all.extend(attempts.into_iter().map(|one| Told::Happened {
        at: at(one.at),
        act: one.what,
        state: one.state,
        detail: one.detail,
    }));
    all.extend(row.read_at.map(|ms| Told::Read { at: at(ms) }));
    Ok(Some(all))
}

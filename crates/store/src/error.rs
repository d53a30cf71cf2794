//! What a statement can answer besides rows.

use sea_orm::{DbErr, SqlErr};

/// Which unique key refused a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unique {
    /// Somebody holds that time already.
    SlotLedger,
    /// The same message was written before.
    Message,
    /// The same command was carried out before.
    Idempotency,
    /// Somebody has an offer of the waiting list already, or is on it.
    WaitingList,
    /// Any other key, as the database names it.
    Other(String),
}

/// A refusal or a failure of the database.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A unique key refused the row.
    #[error("already there: {0:?}")]
    Duplicate(Unique),
    /// The row was changed by somebody else since it was read.
    #[error("changed by somebody else")]
    Stale,
    /// The database failed.
    #[error(transparent)]
    Broken(DbErr),
}

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(message)) => Self::Duplicate(which(&message)),
            _ => Self::Broken(error),
        }
    }
}

fn which(message: &str) -> Unique {
    if message.contains("slot_ledger") {
        Unique::SlotLedger
    } else if message.contains("message_unique_dedupe") || message.contains("message.dedupe_key") {
        Unique::Message
    } else if message.contains("waitlist_") {
        Unique::WaitingList
    } else if message.contains("idempotency") {
        Unique::Idempotency
    } else {
        Unique::Other(message.to_owned())
    }
}

//! The one way to change the database.

use std::ops::Deref;

use sea_orm::{DatabaseTransaction, DbErr, SqliteTransactionMode, TransactionOptions, TransactionTrait};

use crate::{Store, StoreError};

/// A write transaction. Dropped without [`Tx::commit`], nothing of it happened.
pub struct Tx(DatabaseTransaction);

impl Store {
    /// Begins a write transaction: on SQLite it takes the write lock at once (a deferred transaction that reads
    /// first fails under concurrency instead of waiting), on PostgreSQL it relies on unique keys and row versions.
    pub async fn write_tx(&self) -> Result<Tx, StoreError> {
        let options = TransactionOptions {
            isolation_level: None,
            access_mode: None,
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        };
        Ok(Tx(self.writer().begin_with_options(options).await?))
    }
}

impl Tx {
    /// Makes it all happen.
    pub async fn commit(self) -> Result<(), StoreError> {
        self.0.commit().await.map_err(broken)
    }
}

impl Deref for Tx {
    type Target = DatabaseTransaction;
    fn deref(&self) -> &DatabaseTransaction {
        &self.0
    }
}

fn broken(error: DbErr) -> StoreError {
    StoreError::from(error)
}

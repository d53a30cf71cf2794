//! Commands that were carried out.

use sea_orm::{ConnectionTrait, DbBackend, EntityTrait};

use crate::entity::idempotency;
use crate::{StoreError, Tx, sql};

/// What an actor's key stands for, if it was used.
pub async fn find(
    db: &impl ConnectionTrait,
    actor: &str,
    key: &str,
) -> Result<Option<idempotency::Model>, StoreError> {
    Ok(idempotency::Entity::find_by_id((actor.to_owned(), key.to_owned())).one(db).await?)
}

/// Waits until a twin of the command (same actor and key) has ended, so that its answer is found. On SQLite the write
/// lock does that already.
pub async fn wait_for_twin(tx: &Tx, actor: &str, key: &str) -> Result<(), StoreError> {
    if tx.get_database_backend() == DbBackend::Postgres {
        let name = format!("{actor} {key}");
        let lock = "select pg_advisory_xact_lock(hashtextextended($1, 0))";
        tx.query_one_raw(sql::statement(&**tx, lock, [name.into()])).await?;
    }
    Ok(())
}

/// Writes the answer of a command. `Duplicate(Idempotency)` when a twin was quicker.
pub async fn insert(tx: &Tx, row: idempotency::Model) -> Result<(), StoreError> {
    sql::insert(&**tx, row).await
}

/// Forgets commands older than `before` (ms).
pub async fn forget(tx: &Tx, before: i64) -> Result<u64, StoreError> {
    sql::run(&**tx, "delete from idempotency where at < $1", [before.into()]).await
}

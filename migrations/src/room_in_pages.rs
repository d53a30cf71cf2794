//! Room beside the rows of the outbox for what they become next.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261201_000060_leave_room_in_pages"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        set(manager, "set (fillfactor = 60)").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        set(manager, "reset (fillfactor)").await
    }
}

/// On PostgreSQL a message that passes the fence is written beside its old row, and no index is touched (a heap-only tuple),
/// as long as its page has room. SQLite writes rows in place.
async fn set(manager: &SchemaManager<'_>, what: &str) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    if connection.get_database_backend() == DbBackend::Postgres {
        connection.execute_unprepared(&format!("alter table message {what}")).await?;
    }
    Ok(())
}

//! The way to what a member of staff was told.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::ConnectionTrait;

pub struct Migration;

/// What was written before has its receiver in words alone.
const UP: &[&str] = &[
    "create index message_staff on message (person_id, id) where person_id is not null",
    "create index message_staff_unread on message (person_id, id) where person_id is not null and read_at is null",
];
const DOWN: &[&str] = &["drop index message_staff_unread", "drop index message_staff"];

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261201_000055_find_what_staff_were_told"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, DOWN).await
    }
}

async fn run(manager: &SchemaManager<'_>, statements: &[&str]) -> Result<(), DbErr> {
    for statement in statements {
        manager.get_connection().execute_unprepared(statement).await?;
    }
    Ok(())
}

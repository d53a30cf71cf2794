//! Tasks that know the words of the thread by which they were asked, and who asked.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::ConnectionTrait;

use crate::table::Addition;

pub struct Migration;

const ADDITION: Addition = Addition {
    table: "task",
    columns: &[
        ("note_id", "uuid", "the words of the thread that ask; null: from before this was kept"),
        ("asked_by_id", "uuid", "who asks, of the same organisation; they are told once it is done"),
    ],
};

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261130_000026_add_note_of_tasks"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        for statement in ADDITION.statements(connection.get_database_backend()) {
            connection.execute_unprepared(&statement).await?;
        }
        connection
            .execute_unprepared("create index task_referral on task (organisation_id, referral_id, id)")
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        connection.execute_unprepared("drop index task_referral").await?;
        for (column, ..) in ADDITION.columns {
            connection.execute_unprepared(&format!("alter table task drop column {column}")).await?;
        }
        Ok(())
    }
}

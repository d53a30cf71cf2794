//! Whether documents were looked at by a virus scanner.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::ConnectionTrait;

use crate::table::Addition;

pub struct Migration;

const ADDITION: Addition = Addition {
    table: "document",
    columns: &[
        (
            "scan",
            "text not null default 'unscanned'",
            "unscanned (there was no scanner), waiting, clean, infected",
        ),
        ("scan_note", "text", "what was found, or why it still waits; never contents"),
        ("scanned_at", "int", "ms since 1970 UTC: the last look"),
    ],
};

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261122_000003_add_scan_of_documents"
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
            .execute_unprepared("create index document_waiting on document (scan, scanned_at, id)")
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        connection.execute_unprepared("drop index document_waiting").await?;
        for (column, ..) in ADDITION.columns {
            connection.execute_unprepared(&format!("alter table document drop column {column}")).await?;
        }
        Ok(())
    }
}

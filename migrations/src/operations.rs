//! What whoever runs an installation looks at: which servers work, and alarms of messages that are late.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::ConnectionTrait;

use crate::table::Table;

pub struct Migration;

const TABLES: [Table; 2] = [
    Table {
        name: "server_seen",
        comment: "A process that works on this database; each start is a row.",
        columns: &[
            ("id", "uuid not null", "drawn at the start"),
            ("name", "text not null", "of its machine"),
            ("version", "text not null", ""),
            ("started_at", "int not null", "ms since 1970 UTC"),
            ("seen_at", "int not null", "ms since 1970 UTC"),
        ],
        constraints: &["primary key (id)"],
        indexes: &[],
    },
    Table {
        name: "sending_alarm",
        comment: "Messages of an organisation that should have left a quarter of an hour ago and had not, by channel.",
        columns: &[
            ("organisation_id", "uuid not null", ""),
            ("id", "uuid not null", ""),
            ("channel", "text not null", ""),
            ("raised_at", "int not null", "ms since 1970 UTC"),
            ("oldest_at", "int not null", "ms since 1970 UTC; when the first of them should have left"),
            ("most", "int not null", "most messages that were late at the same time"),
            ("cleared_at", "int", "ms since 1970 UTC"),
        ],
        constraints: &["primary key (organisation_id, id)"],
        indexes: &[
            ("unique_open", "(organisation_id, channel) where cleared_at is null"),
            ("raised", "(raised_at)"),
        ],
    },
];

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261201_000070_watch_operations"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        for statement in TABLES.iter().flat_map(|table| table.statements(connection.get_database_backend())) {
            connection.execute_unprepared(&statement).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in TABLES {
            manager.get_connection().execute_unprepared(&format!("drop table {}", table.name)).await?;
        }
        Ok(())
    }
}

//! Whoever is a specialist no longer is not offered, though their diary stays.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::ConnectionTrait;

use crate::table::Addition;

pub struct Migration;

const ADDITION: Addition = Addition {
    table: "resource",
    columns: &[(
        "ended_at",
        "int",
        "ms since 1970 UTC; the specialist role was taken away then, and nobody is seen any more; null: it was not",
    )],
};

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261130_000045_add_end_of_resources"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        for statement in ADDITION.statements(connection.get_database_backend()) {
            connection.execute_unprepared(&statement).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        for (column, ..) in ADDITION.columns {
            let drop = format!("alter table {} drop column {column}", ADDITION.table);
            connection.execute_unprepared(&drop).await?;
        }
        Ok(())
    }
}

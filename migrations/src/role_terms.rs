//! Last days of single roles: a locum coordinator who stays a specialist.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::ConnectionTrait;

use crate::table::{Addition, Column};

pub struct Migration;

const ADDITIONS: &[Addition] = &[Addition {
    table: "person_role",
    columns: &[("valid_until", "text", "YYYY-MM-DD, the last day in the organisation's zone; null: no end")],
}];

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261130_000018_end_roles"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        let backend = connection.get_database_backend();
        for statement in ADDITIONS.iter().flat_map(|addition| addition.statements(backend)) {
            connection.execute_unprepared(&statement).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        for addition in ADDITIONS {
            for (column, ..) in addition.columns as &[Column] {
                let statement = format!("alter table {} drop column {column}", addition.table);
                connection.execute_unprepared(&statement).await?;
            }
        }
        Ok(())
    }
}

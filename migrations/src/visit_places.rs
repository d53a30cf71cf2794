//! Where each visit takes place: a session may be at another site than its service.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::ConnectionTrait;

use crate::table::Addition;

pub struct Migration;

const ADDITION: Addition = Addition {
    table: "appointment",
    columns: &[(
        "site_id",
        "uuid",
        "the site of the session; null: where the service is, or from before this was kept",
    )],
};

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261130_000027_add_site_of_visits"
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
            connection
                .execute_unprepared(&format!("alter table {} drop column {column}", ADDITION.table))
                .await?;
        }
        Ok(())
    }
}

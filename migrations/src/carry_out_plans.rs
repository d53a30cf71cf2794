//! Plans of bulk matching that are carried out by themselves once they are confirmed.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::ConnectionTrait;

use crate::table::Addition;

pub struct Migration;

const ADDITION: Addition = Addition {
    table: "matching_plan",
    columns: &[
        (
            "applied_by",
            "uuid",
            "in whose name the lines are carried out; null: not confirmed, or from before this was kept",
        ),
        ("done_at", "int", "ms since 1970 UTC; when every line had been looked at"),
    ],
};

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261130_000040_carry_out_plans"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        for statement in ADDITION.statements(connection.get_database_backend()) {
            connection.execute_unprepared(&statement).await?;
        }
        // Few plans are under way at once: the job that looks for them reads nothing else.
        let index =
            "create index matching_plan_under_way on matching_plan (applied_at) where done_at is null";
        connection.execute_unprepared(index).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        connection.execute_unprepared("drop index matching_plan_under_way").await?;
        for (column, ..) in ADDITION.columns {
            connection.execute_unprepared(&format!("alter table matching_plan drop column {column}")).await?;
        }
        Ok(())
    }
}

//! A calendar that did not answer in time before a booking counts as old until it is read.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::ConnectionTrait;

use crate::table::{Addition, Column};

pub struct Migration;

const ADDITION: Addition = Addition {
    table: "calendar",
    columns: &[(
        "unsure_since",
        "int",
        "ms since 1970 UTC; asked before a booking it did not answer in time, and was not read since; null: it was",
    )],
};

/// More is asked of a collection than before: what it was known by says nothing of that.
const ASK_ANEW: &str = "update calendar set etag = null where kind = 'caldav'";

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261130_000045_doubt_calendars"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        for statement in ADDITION.statements(connection.get_database_backend()) {
            connection.execute_unprepared(&statement).await?;
        }
        connection.execute_unprepared(ASK_ANEW).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        for (column, ..) in ADDITION.columns as &[Column] {
            connection.execute_unprepared(&format!("alter table calendar drop column {column}")).await?;
        }
        Ok(())
    }
}

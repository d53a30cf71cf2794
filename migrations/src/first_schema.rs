//! The first schema.

mod calendars;
mod directory;
mod messages;
mod records;
mod referrals;

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

use crate::table::{self, Table};

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261122_000001_create_first_schema"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        let backend = connection.get_database_backend();
        for table in tables() {
            for statement in table.statements(backend) {
                connection.execute_unprepared(&statement).await?;
            }
        }
        for statement in append_only(backend) {
            connection.execute_unprepared(&statement).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        for table in tables().rev() {
            connection.execute_unprepared(&format!("drop table {}", table.name)).await?;
        }
        Ok(())
    }
}

fn tables() -> impl DoubleEndedIterator<Item = &'static Table> {
    directory::TABLES
        .iter()
        .chain(referrals::TABLES)
        .chain(calendars::TABLES)
        .chain(messages::TABLES)
        .chain(records::TABLES)
}

/// Tables whose rows are written once: the database itself refuses to change or delete them.
const APPEND_ONLY: [&str; 3] = ["event", "audit", "audit_seal"];

fn append_only(backend: DbBackend) -> Vec<String> {
    let mut statements = Vec::new();
    if backend == DbBackend::Postgres {
        statements.push(
            "create function refuse_change() returns trigger language plpgsql as \
             $$ begin raise exception 'rows of % are written once', tg_table_name; end $$"
                .to_owned(),
        );
    }
    statements.extend(APPEND_ONLY.iter().flat_map(|table| table::append_only(table, backend)));
    statements
}

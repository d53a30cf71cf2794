//! Calendars that are read again and again: when next, how politely, with which sign-in, and what old news is worth.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::ConnectionTrait;

use crate::table::{Addition, Column};

pub struct Migration;

const ADDITION: Addition = Addition {
    table: "calendar",
    columns: &[
        ("kind", "text not null default 'file'", "file, feed (iCalendar over HTTP) or caldav (RFC 4791)"),
        ("last_modified", "text", "Last-Modified of what is kept, sent back when it is asked for again"),
        ("next_at", "int", "ms since 1970 UTC; when it is read again; null: at once"),
        ("failures", "int not null default 0", "readings that failed since the last good one"),
        ("refresh_min", "int", "minutes between readings that the calendar asks for (RFC 7986 section 5.7)"),
        ("username", "text", "of a CalDAV collection"),
        ("secret", "bytes", "its password, sealed with the key of the documents"),
        ("stale_hours", "int not null default 24", "hours after which what was read counts as old"),
        (
            "when_stale",
            "text not null default 'warn'",
            "warn: times are offered and staff are told; refuse: none are offered until it is read again",
        ),
    ],
};

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261130_000022_read_calendars_politely"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        let feeds = "update calendar set kind = 'feed' where url is not null".to_owned();
        for statement in ADDITION.statements(connection.get_database_backend()).into_iter().chain([feeds]) {
            connection.execute_unprepared(&statement).await?;
        }
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

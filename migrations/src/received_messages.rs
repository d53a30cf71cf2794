//! What patients text back.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::ConnectionTrait;

use crate::table::Table;

pub struct Migration;

const TABLE: Table = Table {
    name: "received_message",
    comment: "What somebody sent back, how it was read, and what became of it.",
    columns: &[
        ("organisation_id", "uuid not null", "who wrote to them last; nil: nobody ever did"),
        ("id", "uuid not null", ""),
        ("at", "int not null", "ms since 1970 UTC"),
        ("channel", "text not null", ""),
        ("address", "text not null", "who sent it"),
        ("provider_ref", "text not null", "of the provider that brought it"),
        ("body", "text not null", "as it came"),
        ("meaning", "text not null", "as it was read"),
        ("reason", "text not null", "why so"),
        ("outcome", "text not null", "what was done: done, asked-person, nothing, refused"),
        ("message_id", "uuid", "the last message before it"),
        ("referral_id", "uuid", "that it seems to be about"),
        ("patient_organisation_id", "uuid", ""),
        ("patient_id", "uuid", ""),
        ("task_id", "uuid", "with which somebody was asked to read it"),
    ],
    constraints: &["primary key (organisation_id, id)"],
    indexes: &[("unique_ref", "(channel, provider_ref)"), ("referral", "(organisation_id, referral_id, id)")],
};

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261201_000055_keep_what_is_texted_back"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        for statement in TABLE.statements(connection.get_database_backend()) {
            connection.execute_unprepared(&statement).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared("drop table received_message").await.map(|_| ())
    }
}

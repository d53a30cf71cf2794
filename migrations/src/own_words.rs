//! Messages in an organisation's own words.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::ConnectionTrait;

use crate::table::Table;

pub struct Migration;

const TABLE: Table = Table {
    name: "own_words",
    comment: "An organisation's own texts of a message. Without a row, and for an empty text, the product's words are used.",
    columns: &[
        ("organisation_id", "uuid not null references organisation (id)", ""),
        ("template", "text not null", "code of the message"),
        ("subject", "text not null", "of the mail"),
        ("sms", "text not null", "between who is speaking and the link"),
        ("body", "text not null", "paragraphs of the mail, an empty line between two"),
        ("action", "text not null", "on the link of the mail"),
        ("push", "text not null", "the notice on a phone"),
        ("version", "int not null", "rises with each change; the history is in the table change"),
        ("changed_at", "int not null", "ms since 1970 UTC"),
        ("changed_by_name", "text not null", ""),
    ],
    constraints: &["primary key (organisation_id, template)"],
    indexes: &[],
};

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261130_000025_add_own_words_of_messages"
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
        manager.get_connection().execute_unprepared("drop table own_words").await?;
        Ok(())
    }
}

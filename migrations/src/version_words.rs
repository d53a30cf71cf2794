//! Versions of messages' words, for each language, with whoever wrote and approved them.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::ConnectionTrait;

use crate::table::{Addition, Table};

pub struct Migration;

const VERSIONS: Table = Table {
    name: "words_version",
    comment: "What an organisation wrote of a message in one language, version by version. The newest approved one is sent; an \
              empty text in it stands for the words of the product.",
    columns: &[
        ("organisation_id", "uuid not null references organisation (id)", ""),
        ("template", "text not null", "code of the message"),
        ("language", "text not null", "BCP 47, small letters"),
        ("version", "int not null", "from 1 on, without a gap, drafts too"),
        ("subject", "text not null", "of the mail"),
        ("sms", "text not null", "between who is speaking and the link"),
        ("body", "text not null", "paragraphs of the mail, an empty line between two"),
        ("action", "text not null", "on the link of the mail"),
        ("push", "text not null", "the notice on a phone"),
        ("written_at", "int not null", "ms since 1970 UTC"),
        ("written_by", "uuid", "person; null: no member of staff, or from before this was kept"),
        ("written_by_name", "text not null", ""),
        ("from_version", "int", "the older version that was brought back with it"),
        ("approved_at", "int", "ms since 1970 UTC; null: a draft, or one that was written over before"),
        ("approved_by", "uuid", "person"),
        ("approved_by_name", "text", ""),
    ],
    constraints: &["primary key (organisation_id, template, language, version)"],
    indexes: &[],
};

const LANGUAGE: Addition = Addition {
    table: "organisation",
    columns: &[(
        "language",
        "text not null default 'en'",
        "BCP 47, small letters: of messages to patients whose own language has no words",
    )],
};

/// What was written before was sent, so it counts as approved by whoever wrote it. The table `own_words` stays for servers of
/// the version before and is not read any more.
const COPY: &str = "insert into words_version (organisation_id, template, language, version, subject, sms, body, action, push, \
    written_at, written_by_name, approved_at, approved_by_name) \
    select organisation_id, template, 'en', version, subject, sms, body, action, push, changed_at, changed_by_name, changed_at, \
    changed_by_name from own_words";

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261130_000049_version_words_of_messages"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        let backend = connection.get_database_backend();
        for statement in VERSIONS.statements(backend).into_iter().chain(LANGUAGE.statements(backend)) {
            connection.execute_unprepared(&statement).await?;
        }
        connection.execute_unprepared(COPY).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        connection.execute_unprepared("drop table words_version").await?;
        connection.execute_unprepared("alter table organisation drop column language").await?;
        Ok(())
    }
}

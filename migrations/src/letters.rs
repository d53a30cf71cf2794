//! What a draft's letter said before each save, so that two people who write on it can be helped to join their words.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::ConnectionTrait;

use crate::table::Table;

pub struct Migration;

const TABLE: Table = Table {
    name: "letter_version",
    comment: "What a draft said until a save replaced it. Gone once the draft is sent or taken back.",
    columns: &[
        ("organisation_id", "uuid not null", ""),
        ("referral_id", "uuid not null", ""),
        ("version", "int not null", "version of the referral that said this"),
        ("reason", "text not null", "the letter"),
        ("priority", "text not null", "code"),
        ("replaced_at", "int not null", "ms since 1970 UTC"),
        ("replaced_by", "text not null", "key of the actor whose save replaced it"),
        ("replaced_by_name", "text not null", ""),
    ],
    constraints: &[
        "primary key (organisation_id, referral_id, version)",
        "foreign key (organisation_id, referral_id) references referral (organisation_id, id)",
    ],
    indexes: &[],
};

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261123_000009_keep_letters_of_drafts"
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
        manager.get_connection().execute_unprepared("drop table letter_version").await?;
        Ok(())
    }
}

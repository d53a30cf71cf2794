//! What a patient needs at a visit, and when they like to come.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::ConnectionTrait;

use crate::table::Addition;

pub struct Migration;

const ADDITION: Addition = Addition {
    table: "referral",
    columns: &[(
        "wishes",
        "text not null default '{}'",
        "JSON: language (BCP 47), step_free, weekdays and parts of the day as comma lists",
    )],
};

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261130_000028_add_wishes_of_referrals"
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
        manager.get_connection().execute_unprepared("alter table referral drop column wishes").await?;
        Ok(())
    }
}

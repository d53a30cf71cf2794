//! Indexes by which whoever texts or writes back is found, whatever else there is.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::ConnectionTrait;

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261201_000056_add_ways_to_addresses"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for statement in [
            "create index patient_phone on patient (phone) where phone is not null",
            "create index patient_email on patient (email) where email is not null",
            "create index message_sent_to on message (address, handed_at) where handed_at is not null",
        ] {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for index in ["message_sent_to", "patient_email", "patient_phone"] {
            manager.get_connection().execute_unprepared(&format!("drop index {index}")).await?;
        }
        Ok(())
    }
}

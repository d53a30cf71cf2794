//! Indexes by which a referral's own rows are found, whatever else the organisation has.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::ConnectionTrait;

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261130_000046_add_ways_to_rows"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for statement in [
            // With the id it is in the order in which messages are listed: without, SQLite walks the whole log instead.
            "drop index message_referral",
            "create index message_referral on message (organisation_id, referral_id, created_at, id)",
            "create index waitlist_offer_referral on waitlist_offer (organisation_id, referral_id)",
        ] {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for statement in [
            "drop index waitlist_offer_referral",
            "drop index message_referral",
            "create index message_referral on message (organisation_id, referral_id, created_at)",
        ] {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }
}

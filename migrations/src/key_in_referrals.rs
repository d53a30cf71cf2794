//! Referrals that came on paper or by phone, from referrers without an account.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::ConnectionTrait;

use crate::table::Table;

pub struct Migration;

const TABLE: Table = Table {
    name: "outside_referrer",
    comment: "A referral that was keyed in for somebody outside: how it came, from whom, and where answers go.",
    columns: &[
        ("organisation_id", "uuid not null", "of the referral"),
        ("referral_id", "uuid not null", ""),
        ("came", "text not null", "fax, phone, letter"),
        (
            "received_day",
            "text not null",
            "ISO 8601, in the zone of the organisation; the clocks run from it",
        ),
        ("entered_at", "int not null", "ms since 1970 UTC: when it really was entered"),
        ("entered_by", "text not null", "name of who keyed it in"),
        ("person", "text not null", "who referred"),
        ("organisation", "text not null", "where they work"),
        ("email", "text", "mailbox that may receive data of patients; answers go there"),
        ("address", "text not null", "for letters; empty: not known"),
    ],
    constraints: &[
        "primary key (organisation_id, referral_id)",
        "foreign key (organisation_id, referral_id) references referral (organisation_id, id)",
        "check (came in ('fax', 'phone', 'letter'))",
    ],
    indexes: &[],
};

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261123_000007_key_in_referrals"
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
        manager.get_connection().execute_unprepared("drop table outside_referrer").await?;
        Ok(())
    }
}

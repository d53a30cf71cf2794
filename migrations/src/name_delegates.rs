//! Colleagues who act in a referrer's name.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::ConnectionTrait;

use crate::table::Table;

pub struct Migration;

const TABLE: Table = Table {
    name: "delegation",
    comment: "A colleague who may write, send and follow referrals in a clinician's name for a time.",
    columns: &[
        ("organisation_id", "uuid not null", "of both"),
        ("id", "uuid not null", ""),
        ("clinician_id", "uuid not null", "in whose name"),
        ("delegate_id", "uuid not null", "who acts"),
        ("from_day", "text not null", "first day, ISO 8601, in the zone of the organisation"),
        ("until_day", "text not null", "last day, the same way"),
        ("created_at", "int not null", "ms since 1970 UTC"),
        ("created_by", "text not null", "name of who gave it: the clinician or an administrator"),
        ("ended_at", "int", "ms since 1970 UTC: taken back before its last day"),
        ("ended_by", "text", "name of who took it back"),
    ],
    constraints: &[
        "primary key (organisation_id, id)",
        "foreign key (organisation_id, clinician_id) references person (organisation_id, id)",
        "foreign key (organisation_id, delegate_id) references person (organisation_id, id)",
        "check (clinician_id <> delegate_id)",
        "check (from_day <= until_day)",
    ],
    indexes: &[
        ("delegate", "(organisation_id, delegate_id, clinician_id)"),
        ("clinician", "(organisation_id, clinician_id, id)"),
    ],
};

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261123_000007_name_delegates"
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
        manager.get_connection().execute_unprepared("drop table delegation").await?;
        Ok(())
    }
}

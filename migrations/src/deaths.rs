//! That a patient has died: who recorded it, and who took it back where it was a mistake.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::ConnectionTrait;

use crate::table::Table;

pub struct Migration;

const TABLE: Table = Table {
    name: "death",
    comment: "Each time that a patient was recorded as having died. The one that holds is not taken back; patient.deceased says the same.",
    columns: &[
        ("organisation_id", "uuid not null", "of the patient"),
        ("id", "uuid not null", ""),
        ("patient_id", "uuid not null", ""),
        ("source", "text not null", "staff, import"),
        ("died_on", "text", "YYYY-MM-DD, where it is known"),
        ("recorded_at", "int not null", "ms since 1970 UTC"),
        ("recorded_by_name", "text not null", ""),
        ("undone_at", "int", "ms since 1970 UTC; it was entered in error"),
        ("undone_by_name", "text", ""),
        ("undone_why", "text", ""),
    ],
    constraints: &[
        "primary key (organisation_id, id)",
        "foreign key (organisation_id, patient_id) references patient (organisation_id, id)",
    ],
    indexes: &[("unique_open", "(organisation_id, patient_id) where undone_at is null")],
};

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261201_000062_record_deaths"
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
        manager.get_connection().execute_unprepared("drop table death").await?;
        Ok(())
    }
}

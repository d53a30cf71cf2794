//! Several causes can speak against one visit: each is kept, and the visit is off the list when all are gone.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::ConnectionTrait;

pub struct Migration;

const UP: [&str; 2] = [
    "drop index rebooking_unique_appointment",
    "create unique index rebooking_unique_cause on rebooking (organisation_id, appointment_id, cause, cause_id)",
];

/// The newest cause stays, as before.
const DOWN: [&str; 3] = [
    "delete from rebooking where exists (select 1 from rebooking n where n.organisation_id = rebooking.organisation_id \
     and n.appointment_id = rebooking.appointment_id and (n.created_at > rebooking.created_at \
     or (n.created_at = rebooking.created_at and n.id > rebooking.id)))",
    "drop index rebooking_unique_cause",
    "create unique index rebooking_unique_appointment on rebooking (organisation_id, appointment_id)",
];

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261130_000044_keep_each_cause_of_visits_in_doubt"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for statement in UP {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for statement in DOWN {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }
}

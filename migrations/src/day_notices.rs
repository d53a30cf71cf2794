//! What clinicians want to be told of their own days, what of it they were told, and changes that they have not heard of yet.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::ConnectionTrait;

use crate::table::Table;

pub struct Migration;

const TABLES: [Table; 3] = [
    Table {
        name: "day_notice",
        comment: "What a member of staff chose to be told of their own days. No row: the defaults of the product.",
        columns: &[
            ("organisation_id", "uuid not null", ""),
            ("person_id", "uuid not null", ""),
            ("daily", "text not null", "off, today, tomorrow: which day the daily list counts"),
            ("at_wall", "text not null", "HH:MM on the clock of the organisation"),
            ("if_empty", "bool not null", "whether a day without visits is told as well"),
            ("changes", "text not null", "off, at-once, daily"),
            ("within_hours", "int not null", "changes of visits that begin within so many hours"),
            ("report_days", "int", "days after a visit without outcome or report; null: no reminder"),
            ("digest", "text not null", "at-once, daily, in-app: what happens to their referrals"),
            ("channel", "text not null", "in-app, email, sms"),
            ("phone", "text", "E.164, for sms"),
            ("changed_at", "int not null", "ms since 1970 UTC"),
        ],
        constraints: &[
            "primary key (organisation_id, person_id)",
            "foreign key (organisation_id, person_id) references person (organisation_id, id)",
        ],
        indexes: &[],
    },
    Table {
        name: "day_told",
        comment: "A local day whose daily notice a person had, or was spared. Whichever server writes it tells them.",
        columns: &[
            ("organisation_id", "uuid not null", ""),
            ("person_id", "uuid not null", ""),
            ("day", "text not null", "YYYY-MM-DD on the clock of the organisation"),
            ("at", "int not null", "ms since 1970 UTC"),
            ("reports", "int not null", "visits of which they were reminded; 0: they were not"),
        ],
        constraints: &["primary key (organisation_id, person_id, day)"],
        indexes: &[("at", "(at)")],
    },
    Table {
        name: "visit_change",
        comment: "A visit of the next days that was booked or given back, until its clinician has heard of it. A moved one is two.",
        columns: &[
            ("organisation_id", "uuid not null", ""),
            ("id", "uuid not null", "rises"),
            ("person_id", "uuid not null", "who sees the patient"),
            ("referral_id", "uuid not null", ""),
            ("before_at", "int", "ms since 1970 UTC; the start of a time that was given back"),
            ("after_at", "int", "ms since 1970 UTC; the start of a time that was booked"),
            ("at", "int not null", "ms since 1970 UTC"),
            ("own", "bool not null", "the clinician did it"),
            ("told_at", "int", "ms since 1970 UTC; told, or nothing to tell"),
        ],
        constraints: &["primary key (organisation_id, id)"],
        indexes: &[("untold", "(organisation_id, person_id, at) where told_at is null"), ("at", "(at)")],
    },
];

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261201_000058_tell_clinicians"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        for statement in TABLES.iter().flat_map(|table| table.statements(connection.get_database_backend())) {
            connection.execute_unprepared(&statement).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in TABLES {
            manager.get_connection().execute_unprepared(&format!("drop table {}", table.name)).await?;
        }
        Ok(())
    }
}

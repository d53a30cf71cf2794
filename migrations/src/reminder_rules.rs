//! What a service reminds its patients of is its own; a patient can say that they come; a link can ask something.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::ConnectionTrait;

use crate::table::Addition;

pub struct Migration;

const ADDITIONS: &[Addition] = &[
    Addition {
        table: "service",
        columns: &[(
            "reminders",
            "text not null default ''",
            "JSON, see domain::reminders; empty: those of the product",
        )],
    },
    Addition {
        table: "appointment",
        columns: &[
            (
                "patient_confirmed_at",
                "int",
                "ms since 1970 UTC; when the patient said that they come to this time",
            ),
            (
                "replan_at",
                "int",
                "ms since 1970 UTC; since when its reminders are to be planned anew, as the rules are other ones; null: they are not",
            ),
            ("plan_no", "int not null default 0", "how often its reminders were planned anew"),
        ],
    },
    Addition {
        table: "patient_link",
        columns: &[
            (
                "asks",
                "text",
                "visit: whether the patient comes; still-needed: whether they still need it; null: nothing",
            ),
            ("about_id", "uuid", "the visit that is asked about"),
        ],
    },
];

/// Few rows at a time: what waits to be planned anew.
const INDEX: &str = "create index appointment_replan on appointment (replan_at) where replan_at is not null";

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261130_000052_reminder_rules"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        for addition in ADDITIONS {
            for statement in addition.statements(connection.get_database_backend()) {
                connection.execute_unprepared(&statement).await?;
            }
        }
        connection.execute_unprepared(INDEX).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        connection.execute_unprepared("drop index appointment_replan").await?;
        for addition in ADDITIONS {
            for (column, ..) in addition.columns {
                let statement = format!("alter table {} drop column {column}", addition.table);
                connection.execute_unprepared(&statement).await?;
            }
        }
        Ok(())
    }
}

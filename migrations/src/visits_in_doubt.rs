//! Visits that stay booked though something speaks against their time, listed until somebody has looked at them; and calendars of
//! one content for several resources.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

use crate::table::{Addition, Table};

pub struct Migration;

const SETTLED: Addition = Addition {
    table: "rebooking",
    columns: &[
        (
            "settled_at",
            "int",
            "ms since 1970 UTC; somebody decided that the visit stays as it is; null: nobody yet",
        ),
        ("settled_by_name", "text", ""),
    ],
};

/// The table as it is from now on, for SQLite, which cannot change a constraint.
const REBOOKING: Table = Table {
    name: "rebooking",
    comment: "A visit that cannot, or perhaps cannot, take place when it was booked. Whether it was cancelled, and whether \
              another time is booked by now, is read from the visit and the referral.",
    columns: &[
        ("organisation_id", "uuid not null", ""),
        ("id", "uuid not null", ""),
        ("appointment_id", "uuid not null", ""),
        ("referral_id", "uuid not null", ""),
        ("resource_id", "uuid not null", "with whom it was"),
        ("start_at", "int not null", "ms since 1970 UTC; when it was"),
        ("cause", "text not null", "leave, closure, calendar, session or left"),
        ("cause_id", "uuid not null", "of the leave, closed days, calendar, session or person"),
        ("created_at", "int not null", "ms since 1970 UTC"),
        ("created_by_name", "text not null", ""),
        (
            "settled_at",
            "int",
            "ms since 1970 UTC; somebody decided that the visit stays as it is; null: nobody yet",
        ),
        ("settled_by_name", "text", ""),
    ],
    constraints: &[
        "primary key (organisation_id, id)",
        "foreign key (organisation_id, referral_id) references referral (organisation_id, id)",
        "check (cause in ('leave', 'closure', 'calendar', 'session', 'left'))",
    ],
    indexes: &[
        ("unique_appointment", "(organisation_id, appointment_id)"),
        ("referral", "(organisation_id, referral_id)"),
    ],
};

/// More causes than leave and closed days.
fn widen(backend: DbBackend) -> Vec<String> {
    if backend == DbBackend::Postgres {
        let mut all = vec![
            "alter table rebooking drop constraint rebooking_cause_check".to_owned(),
            "alter table rebooking add constraint rebooking_cause_check \
             check (cause in ('leave', 'closure', 'calendar', 'session', 'left'))"
                .to_owned(),
        ];
        all.extend(SETTLED.statements(backend));
        return all;
    }
    let mut all = vec![
        "alter table rebooking rename to rebooking_before".to_owned(),
        "drop index rebooking_unique_appointment".to_owned(),
        "drop index rebooking_referral".to_owned(),
    ];
    all.extend(REBOOKING.statements(backend));
    all.push(
        "insert into rebooking (organisation_id, id, appointment_id, referral_id, resource_id, start_at, cause, cause_id, \
         created_at, created_by_name) select organisation_id, id, appointment_id, referral_id, resource_id, start_at, cause, \
         cause_id, created_at, created_by_name from rebooking_before"
            .to_owned(),
    );
    all.push("drop table rebooking_before".to_owned());
    all
}

const UNREADABLE: Addition = Addition {
    table: "calendar",
    columns: &[(
        "expand_after",
        "int",
        "ms since 1970 UTC; what is kept could not be read, and is not tried again before; null: it could",
    )],
};

/// One file may be the calendar of several clinicians.
const CALENDARS: [&str; 2] = [
    "drop index calendar_unique_content",
    "create unique index calendar_unique_content on calendar (organisation_id, sha256, resource_id)",
];

/// "This session does not take place" means the session, whoever of several sees people in it.
const SESSIONS: &str = "update closure set resource_id = null where rule_id is not null";

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261130_000030_list_visits_in_doubt"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        let backend = connection.get_database_backend();
        let mut widened = widen(backend);
        widened.extend(UNREADABLE.statements(backend));
        for statement in widened.iter().map(String::as_str).chain(CALENDARS).chain([SESSIONS]) {
            connection.execute_unprepared(statement).await?;
        }
        Ok(())
    }

    /// The causes stay wide, and what is in the list stays there.
    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        for addition in [SETTLED, UNREADABLE] {
            for (column, ..) in addition.columns {
                let statement = format!("alter table {} drop column {column}", addition.table);
                connection.execute_unprepared(&statement).await?;
            }
        }
        Ok(())
    }
}

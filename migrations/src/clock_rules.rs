//! What a new edition of the time zone data changed: visits that were moved, those that could not be, and which edition was
//! looked at last.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

use crate::table::Table;

pub struct Migration;

const EDITION: Table = Table {
    name: "zone_edition",
    comment: "Editions of the IANA time zone data by which what is planned has been read again. A program with an older one \
              leaves the plans alone.",
    columns: &[
        ("edition", "text not null", "like 2025b; later ones sort later"),
        ("at", "int not null", "ms since 1970 UTC"),
    ],
    constraints: &["primary key (edition)"],
    indexes: &[],
};

const REPLANNED: Table = Table {
    name: "replanned",
    comment: "A visit whose instant was moved so that its wall time stays, because the clock rules of its zone changed.",
    columns: &[
        ("organisation_id", "uuid not null", ""),
        ("id", "uuid not null", ""),
        ("appointment_id", "uuid not null", ""),
        ("referral_id", "uuid not null", ""),
        ("resource_id", "uuid not null", "who sees the patient"),
        ("zone", "text not null", "IANA name"),
        ("start_wall", "text not null", "YYYY-MM-DDTHH:MM, as it was promised and still is"),
        ("from_at", "int not null", "ms since 1970 UTC; where it was planned before"),
        ("to_at", "int not null", "ms since 1970 UTC; where it is planned now"),
        ("edition", "text not null", "of the time zone data by which it was moved"),
        ("at", "int not null", "ms since 1970 UTC; when it was moved"),
    ],
    constraints: &[
        "primary key (organisation_id, id)",
        "foreign key (organisation_id, referral_id) references referral (organisation_id, id)",
    ],
    indexes: &[("to_come", "(organisation_id, to_at)"), ("referral", "(organisation_id, referral_id)")],
};

const CAUSES: &str = "check (cause in ('leave', 'closure', 'calendar', 'session', 'left', 'clock-rules'))";

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
        ("cause", "text not null", "leave, closure, calendar, session, left or clock-rules"),
        (
            "cause_id",
            "uuid not null",
            "of the leave, closed days, calendar, session or person; for clock rules the visit itself",
        ),
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
        CAUSES,
    ],
    indexes: &[
        ("unique_cause", "(organisation_id, appointment_id, cause, cause_id)"),
        ("referral", "(organisation_id, referral_id)"),
    ],
};

/// One cause more.
fn widen(backend: DbBackend) -> Vec<String> {
    if backend == DbBackend::Postgres {
        return vec![
            "alter table rebooking drop constraint rebooking_cause_check".to_owned(),
            format!("alter table rebooking add constraint rebooking_cause_check {CAUSES}"),
        ];
    }
    let mut all = vec![
        "alter table rebooking rename to rebooking_before".to_owned(),
        "drop index rebooking_unique_cause".to_owned(),
        "drop index rebooking_referral".to_owned(),
    ];
    all.extend(REBOOKING.statements(backend));
    let columns = "organisation_id, id, appointment_id, referral_id, resource_id, start_at, cause, cause_id, created_at, \
                   created_by_name, settled_at, settled_by_name";
    all.push(format!("insert into rebooking ({columns}) select {columns} from rebooking_before"));
    all.push("drop table rebooking_before".to_owned());
    all
}

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261130_000047_replan_by_clock_rules"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        let backend = connection.get_database_backend();
        let tables = [EDITION.statements(backend), REPLANNED.statements(backend)].concat();
        for statement in tables.iter().chain(&widen(backend)) {
            connection.execute_unprepared(statement).await?;
        }
        Ok(())
    }

    /// The causes stay wide, and what is in the list stays there.
    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [REPLANNED.name, EDITION.name] {
            manager.get_connection().execute_unprepared(&format!("drop table {table}")).await?;
        }
        Ok(())
    }
}

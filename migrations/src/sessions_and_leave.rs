//! Clinic lists in full, leave and closed days, what a service lets book, bookings that leave broke, and free and busy packed
//! by week for the search.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

use crate::table::{Addition, Column, Table};

pub struct Migration;

const ADDITIONS: &[Addition] = &[
    Addition {
        table: "availability_rule",
        columns: &[
            (
                "pool",
                "text not null default ''",
                "comma list of further resources: any one of them sees people",
            ),
            (
                "also",
                "text not null default '[]'",
                "JSON list of lists of resources: one of each must be free as well, such as rooms and machines",
            ),
            (
                "visits",
                "text not null default '[]'",
                "JSON list of {kind, length_min}; empty: one kind of slot_min minutes",
            ),
            ("step_min", "int", "minutes from one beginning to the next; null: the length of the visit"),
            ("every_weeks", "int not null default 1", "2: every other week, counted from valid_from"),
            ("dates", "text not null default ''", "comma list of further single dates, YYYY-MM-DD"),
            ("daily_limit", "int", "most visits that one clinician begins in it on one day; null: none"),
            ("notice_min", "int", "minutes of notice of its own; null: as the service"),
            ("site_id", "uuid", "where; null: at the service's site"),
        ],
    },
    Addition {
        table: "resource",
        columns: &[
            ("places", "int not null default 1", "of a room or machine: how many visits use it at once"),
            ("daily_limit", "int", "most visits that begin on one local day; null: none"),
            ("languages", "text not null default ''", "comma list of BCP 47 tags that a clinician speaks"),
            (
                "is_machine",
                "bool not null default false",
                "of the kind room: a machine that is booked like one",
            ),
        ],
    },
    Addition {
        table: "site",
        columns: &[("step_free", "bool not null default false", "one gets in without a step")],
    },
    Addition {
        table: "referral",
        columns: &[("visit_kind", "text", "which of the service's kinds of visit; null: the first")],
    },
];

const TABLES: &[Table] = &[
    Table {
        name: "leave",
        comment: "A stretch during which a resource sees nobody.",
        columns: &[
            ("organisation_id", "uuid not null", ""),
            ("id", "uuid not null", ""),
            ("resource_id", "uuid not null", ""),
            ("from_at", "int not null", "ms since 1970 UTC"),
            ("to_at", "int not null", "ms since 1970 UTC; the first moment back"),
            ("zone", "text not null", "IANA zone in which the wall times are meant"),
            ("from_wall", "text not null", "YYYY-MM-DDTHH:MM, local"),
            ("to_wall", "text not null", "YYYY-MM-DDTHH:MM, local"),
            ("note", "text not null", "for colleagues"),
            ("created_at", "int not null", "ms since 1970 UTC"),
            ("created_by_name", "text not null", ""),
        ],
        constraints: &[
            "primary key (organisation_id, id)",
            "foreign key (organisation_id, resource_id) references resource (organisation_id, id)",
            "check (to_at > from_at)",
        ],
        indexes: &[("resource", "(organisation_id, resource_id, to_at)")],
    },
    Table {
        name: "closure",
        comment: "Local dates on which sessions do not take place.",
        columns: &[
            ("organisation_id", "uuid not null references organisation (id)", ""),
            ("id", "uuid not null", ""),
            ("resource_id", "uuid", "only with this one; null: everybody"),
            ("rule_id", "uuid", "only this session; null: all"),
            ("from_day", "text not null", "YYYY-MM-DD, local"),
            ("to_day", "text not null", "YYYY-MM-DD, local, included"),
            ("note", "text not null", "for colleagues"),
            ("created_at", "int not null", "ms since 1970 UTC"),
            ("created_by_name", "text not null", ""),
        ],
        constraints: &["primary key (organisation_id, id)", "check (to_day >= from_day)"],
        indexes: &[("days", "(organisation_id, to_day)")],
    },
    Table {
        name: "service_booking",
        comment: "How times of a service are booked, where it is not as everywhere.",
        columns: &[
            ("organisation_id", "uuid not null", ""),
            ("service_id", "uuid not null", ""),
            (
                "notice_hours",
                "int",
                "between now and the first time a patient is offered; null: as everywhere",
            ),
            ("horizon_days", "int", "how far ahead times are offered; null: as everywhere"),
            (
                "holds_at_acceptance",
                "bool not null",
                "on acceptance the best time is held and put before the patient at once",
            ),
        ],
        constraints: &[
            "primary key (organisation_id, service_id)",
            "foreign key (organisation_id, service_id) references service (organisation_id, id)",
        ],
        indexes: &[],
    },
    Table {
        name: "rebooking",
        comment: "A booked visit that leave, a closed day or a changed session broke. Whether another time is booked by now is \
                  read from the referral.",
        columns: &[
            ("organisation_id", "uuid not null", ""),
            ("id", "uuid not null", ""),
            ("appointment_id", "uuid not null", "the visit that was cancelled"),
            ("referral_id", "uuid not null", ""),
            ("resource_id", "uuid not null", "with whom it was"),
            ("start_at", "int not null", "ms since 1970 UTC; when it was"),
            ("cause", "text not null", "leave or closure"),
            ("cause_id", "uuid not null", ""),
            ("created_at", "int not null", "ms since 1970 UTC"),
            ("created_by_name", "text not null", ""),
        ],
        constraints: &[
            "primary key (organisation_id, id)",
            "foreign key (organisation_id, referral_id) references referral (organisation_id, id)",
            "check (cause in ('leave', 'closure'))",
        ],
        indexes: &[
            ("unique_appointment", "(organisation_id, appointment_id)"),
            ("referral", "(organisation_id, referral_id)"),
        ],
    },
    Table {
        name: "taken_week",
        comment: "What the ledger holds of a resource, packed by week, so that a search reads few rows. Kept in the \
                  transaction of each booking; the ledger decides.",
        columns: &[
            ("organisation_id", "uuid not null", ""),
            ("resource_id", "uuid not null", ""),
            ("week", "int not null", "whole 2016 quanta since 1970-01-01 UTC, a Thursday"),
            (
                "taken",
                "text not null",
                "for each visit first quantum of the week + number of quanta @ place : minute of the week at which it \
                 begins, and a semicolon: 120+6@0:605;",
            ),
        ],
        constraints: &["primary key (organisation_id, resource_id, week)"],
        indexes: &[],
    },
    Table {
        name: "busy_week",
        comment: "Busy times of a calendar, packed by week as taken_week; replaced as a whole with calendar_busy.",
        columns: &[
            ("organisation_id", "uuid not null", ""),
            ("calendar_id", "uuid not null", ""),
            ("week", "int not null", "as in taken_week"),
            (
                "busy",
                "text not null",
                "for each stretch minute of the week + minutes, and a semicolon: 600+60;",
            ),
        ],
        constraints: &[
            "primary key (organisation_id, calendar_id, week)",
            "foreign key (organisation_id, calendar_id) references calendar (organisation_id, id)",
        ],
        indexes: &[],
    },
];

/// What the ledger holds already, packed.
fn pack(backend: DbBackend) -> String {
    let joined =
        if backend == DbBackend::Postgres { "string_agg(entry, '')" } else { "group_concat(entry, '')" };
    format!(
        "insert into taken_week (organisation_id, resource_id, week, taken) \
         select organisation_id, resource_id, week, {joined} from ( \
         select l.organisation_id, l.resource_id, min(l.quantum) / 2016 as week, \
         (min(l.quantum) % 2016) || '+' || count(*) || '@' || l.place || ':' || \
         (a.start_at / 60000 - (min(l.quantum) / 2016) * 10080) || ';' as entry \
         from slot_ledger l join appointment a on a.organisation_id = l.organisation_id and a.id = l.appointment_id \
         group by l.organisation_id, l.resource_id, l.appointment_id, l.place, a.start_at) visits \
         group by organisation_id, resource_id, week"
    )
}

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261130_000021_add_sessions_leave_and_packed_weeks"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        let backend = connection.get_database_backend();
        let additions = ADDITIONS.iter().flat_map(|addition| addition.statements(backend));
        let tables = TABLES.iter().flat_map(|table| table.statements(backend));
        // A calendar that is not expanded is not read as free: the job expands each anew, and packs what it finds.
        let expand = "update calendar set expanded_from = null, expanded_to = null".to_owned();
        for statement in additions.chain(tables).chain([pack(backend), expand]) {
            connection.execute_unprepared(&statement).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        for table in TABLES.iter().rev() {
            connection.execute_unprepared(&format!("drop table {}", table.name)).await?;
        }
        for addition in ADDITIONS {
            for (column, ..) in addition.columns as &[Column] {
                let statement = format!("alter table {} drop column {column}", addition.table);
                connection.execute_unprepared(&statement).await?;
            }
        }
        Ok(())
    }
}

//! What a referrer and a patient compare services by, and what they chose.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::ConnectionTrait;

use crate::table::{Addition, Column, Table};

pub struct Migration;

const ADDITIONS: &[Addition] = &[
    Addition {
        table: "patient",
        columns: &[
            (
                "latitude",
                "real",
                "of the home, degrees WGS 84; null: by the address's postcode, if that is known",
            ),
            ("longitude", "real", ""),
        ],
    },
    Addition {
        table: "service",
        columns: &[
            ("specialty", "text", "name of the specialty, as people read it"),
            ("keywords", "text not null default ''", "conditions and other words by which referrers find it"),
        ],
    },
];

const TABLES: &[Table] = &[
    Table {
        name: "postcode",
        comment: "Where postcodes are; loaded by the installation, the same for every organisation.",
        columns: &[
            ("code", "text not null primary key", "capitals and digits alone"),
            ("latitude", "real not null", "degrees WGS 84"),
            ("longitude", "real not null", ""),
        ],
        constraints: &[],
        indexes: &[],
    },
    Table {
        name: "service_wait",
        comment: "How long the last patients of a service waited, from sending to the first visit; counted each hour.",
        columns: &[
            ("organisation_id", "uuid not null", ""),
            ("service_id", "uuid not null", ""),
            ("waits", "int not null", "how many were counted"),
            ("median_days", "int", "null: too few"),
            ("p90_days", "int", ""),
            ("first_at", "int not null", "ms since 1970 UTC: first visit counted"),
            ("last_at", "int not null", "last visit counted"),
            ("computed_at", "int not null", "ms since 1970 UTC"),
        ],
        constraints: &[
            "primary key (organisation_id, service_id)",
            "foreign key (organisation_id, service_id) references service (organisation_id, id)",
        ],
        indexes: &[],
    },
    Table {
        name: "service_choice",
        comment: "Which services a patient chose from, and why this one.",
        columns: &[
            ("organisation_id", "uuid not null", "of the referral"),
            ("referral_id", "uuid not null", ""),
            ("at", "int not null", "ms since 1970 UTC"),
            ("offered", "text not null", "JSON: name, wait and distance of each, as they were shown"),
            ("reason", "text not null", "the patient's reason"),
            ("by_name", "text not null", "who wrote it down"),
        ],
        constraints: &[
            "primary key (organisation_id, referral_id)",
            "foreign key (organisation_id, referral_id) references referral (organisation_id, id)",
        ],
        indexes: &[],
    },
];

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261123_000007_compare_services"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        let backend = connection.get_database_backend();
        for statement in ADDITIONS.iter().flat_map(|addition| addition.statements(backend)) {
            connection.execute_unprepared(&statement).await?;
        }
        for statement in TABLES.iter().flat_map(|table| table.statements(backend)) {
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

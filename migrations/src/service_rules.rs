//! What a service asks: its form, criteria and priorities; answers, teams, maps, versions of documents.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::ConnectionTrait;

use crate::table::{Addition, Column, Table};

pub struct Migration;

const ADDITIONS: &[Addition] = &[
    Addition {
        table: "service",
        columns: &[
            (
                "form",
                "text not null default ''",
                "JSON list of the questions that every referral answers; empty: none",
            ),
            ("form_version", "int not null default 0", "rises with each change of the questions"),
            (
                "criteria",
                "text not null default ''",
                "JSON list of rules that a referral has to meet; empty: none",
            ),
            (
                "priorities",
                "text not null default ''",
                "JSON list of the priorities that can be asked for and what they mean here; empty: all",
            ),
            ("team_id", "uuid", "the named team; service.team holds its name, as everybody reads it"),
        ],
    },
    Addition {
        table: "site",
        columns: &[("map_url", "text", "address of a map; null: made from the coordinates")],
    },
    Addition {
        table: "document",
        columns: &[
            ("version", "int not null default 1", "rises when the same document is added again"),
            ("replaces", "uuid", "the version before, which is kept"),
        ],
    },
];

const TABLES: &[Table] = &[
    Table {
        name: "answer_sheet",
        comment: "What a referral answers to its service: one row for each referral that was asked.",
        columns: &[
            ("organisation_id", "uuid not null", "the receiving organisation, as of the referral"),
            ("referral_id", "uuid not null", ""),
            ("answers", "text not null", "JSON: lists of values by the code of the question"),
            (
                "form",
                "text not null",
                "JSON list of the questions as they were answered; empty while it is a draft",
            ),
            ("form_version", "int not null", "version of the questions then"),
            ("overrides", "text not null", "JSON: reasons for sending in spite of a warning"),
            ("saved_at", "int not null", "ms since 1970 UTC"),
        ],
        constraints: &[
            "primary key (organisation_id, referral_id)",
            "foreign key (organisation_id, referral_id) references referral (organisation_id, id)",
        ],
        indexes: &[],
    },
    Table {
        name: "team",
        comment: "People who look after one or several services together.",
        columns: &[
            ("organisation_id", "uuid not null references organisation (id)", ""),
            ("id", "uuid not null", ""),
            ("name", "text not null", "as the patient reads it"),
            ("phone", "text", "for patients and colleagues"),
        ],
        constraints: &["primary key (organisation_id, id)"],
        indexes: &[("unique_name", "(organisation_id, name)")],
    },
    Table {
        name: "team_member",
        comment: "Who belongs to a team.",
        columns: &[
            ("organisation_id", "uuid not null", ""),
            ("team_id", "uuid not null", ""),
            ("person_id", "uuid not null", ""),
        ],
        constraints: &[
            "primary key (organisation_id, team_id, person_id)",
            "foreign key (organisation_id, team_id) references team (organisation_id, id)",
            "foreign key (organisation_id, person_id) references person (organisation_id, id)",
        ],
        indexes: &[],
    },
];

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261123_000005_add_rules_of_services"
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

//! Who was asked, what comes after acceptance, times that staff offer, documents that go with words, and follow-ups.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::ConnectionTrait;

use crate::table::{Addition, Column, Table};

pub struct Migration;

const ADDITIONS: &[Addition] = &[
    Addition {
        table: "referral",
        columns: &[
            ("asked_of", "text", "patient, referrer or both; null: nothing is asked now"),
            ("next_step", "text", "book, book-named, test-first, advice-only; null: not decided"),
            ("next_step_note", "text", "which test, or the name of the colleague"),
            ("next_resource_id", "uuid", "with book-named: whose times are offered"),
            ("parent_kind", "text", "beside: its parent goes on; null: it continues its parent"),
        ],
    },
    Addition {
        table: "document",
        columns: &[
            (
                "audience",
                "text not null default 'all'",
                "all: also the patient; staff: both sides; own: the author's organisation alone",
            ),
            ("author_organisation_id", "uuid", "the side that added it; null: not known or the patient"),
            ("enclosed_in", "uuid", "the note or report with which it came"),
        ],
    },
    Addition {
        table: "appointment",
        columns: &[("offered_by", "text", "who offered the held time; null: the patient chose it")],
    },
];

const TABLES: &[Table] = &[Table {
    name: "follow_up",
    comment: "What is still to come under a referral: a visit, a test, a referral of its own.",
    columns: &[
        ("organisation_id", "uuid not null", "the receiving organisation, as of the referral"),
        ("id", "uuid not null", ""),
        ("referral_id", "uuid not null", ""),
        ("kind", "text not null", "visit, test, referral"),
        ("what", "text not null", "in the words of whoever planned it"),
        ("due_on", "text not null", "date, in the zone of the organisation"),
        ("due_at", "int not null", "ms since 1970 UTC: the end of that working day"),
        ("state", "text not null", "planned, booked, done, not-needed"),
        ("owner_person_id", "uuid", "null: the team"),
        ("owner_name", "text not null", ""),
        ("note", "text", "why it is not needed, or how it went"),
        ("child_id", "uuid", "with a referral: the one that was made"),
        ("created_at", "int not null", "ms since 1970 UTC"),
        ("created_by_name", "text not null", ""),
        ("changed_at", "int not null", "ms since 1970 UTC"),
    ],
    constraints: &[
        "primary key (organisation_id, id)",
        "foreign key (organisation_id, referral_id) references referral (organisation_id, id)",
        "check (state in ('planned', 'booked', 'done', 'not-needed'))",
    ],
    indexes: &[
        ("referral", "(organisation_id, referral_id, id)"),
        ("due", "(organisation_id, state, due_at, id)"),
        ("child", "(child_id)"),
    ],
}];

/// The same content may come again with other words, for other readers.
const CONTENT: &[&str] = &[
    "drop index if exists document_unique_content",
    "create unique index document_unique_content on document (organisation_id, referral_id, sha256) \
     where audience = 'all'",
];

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261123_000016_add_plans_offers_and_follow_ups"
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
        for statement in CONTENT {
            connection.execute_unprepared(statement).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        connection.execute_unprepared("drop index document_unique_content").await?;
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

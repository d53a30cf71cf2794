//! Clocks of a service, escalation, pauses, and referrals that come from referrals.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::ConnectionTrait;

use crate::table::{Addition, Column, Table, append_only};

pub struct Migration;

const ADDITIONS: &[Addition] = &[
    Addition {
        table: "organisation",
        columns: &[(
            "escalate_to",
            "uuid",
            "person who is told when a breach was escalated and still stands",
        )],
    },
    Addition {
        table: "service",
        columns: &[
            (
                "clocks",
                "text not null default ''",
                "JSON like organisation.clocks, over them; empty: the same",
            ),
            ("escalate_to", "uuid", "person who owns what is overdue; null: the first coordinator"),
        ],
    },
    Addition {
        table: "referral",
        columns: &[
            (
                "escalation",
                "int not null default 0",
                "how often this duty was escalated; 0 again with each new duty",
            ),
            ("escalated_at", "int", "ms since 1970 UTC: the last time"),
            ("paused_from", "text", "state before the pause; null when not paused"),
            (
                "parent_organisation_id",
                "uuid",
                "organisation that was asked first, when this came by redirection",
            ),
            ("parent_id", "uuid", "the referral that this one continues"),
        ],
    },
];

const TABLES: &[Table] = &[
    Table {
        name: "change",
        comment: "What administrators changed: one row for each field, written with the change. Append-only.",
        columns: &[
            ("organisation_id", "uuid not null references organisation (id)", ""),
            ("id", "uuid not null", ""),
            ("at", "int not null", "ms since 1970 UTC"),
            ("actor", "text not null", "staff:<id>"),
            ("actor_name", "text not null", ""),
            ("entity", "text not null", "organisation, service, person"),
            ("entity_id", "uuid not null", ""),
            ("entity_name", "text not null", "as it was called then"),
            ("field", "text not null", "name of the form's field"),
            ("before", "text not null", "empty: there was nothing"),
            ("after", "text not null", "empty: there is nothing any more"),
        ],
        constraints: &["primary key (organisation_id, id)"],
        indexes: &[("entity", "(organisation_id, entity, entity_id, id)")],
    },
    Table {
        name: "note",
        comment: "The thread of a referral: words between colleagues, of one side or of both. Append-only.",
        columns: &[
            ("organisation_id", "uuid not null", "the receiving organisation, as of the referral"),
            ("id", "uuid not null", ""),
            ("referral_id", "uuid not null", ""),
            ("at", "int not null", "ms since 1970 UTC"),
            ("author", "text not null", "actor key"),
            ("author_name", "text not null", ""),
            ("author_organisation_id", "uuid not null", "the side that wrote it"),
            ("audience", "text not null", "own: the author's organisation alone; both: both sides"),
            ("text", "text not null", ""),
        ],
        constraints: &[
            "primary key (organisation_id, id)",
            "foreign key (organisation_id, referral_id) references referral (organisation_id, id)",
            "check (audience in ('own', 'both'))",
        ],
        indexes: &[("referral", "(organisation_id, referral_id, id)")],
    },
    Table {
        name: "task",
        comment: "Something that one colleague is asked to do about a referral.",
        columns: &[
            ("organisation_id", "uuid not null", "of the person"),
            ("id", "uuid not null", ""),
            ("person_id", "uuid not null", "who is asked"),
            ("referral_organisation_id", "uuid not null", ""),
            ("referral_id", "uuid not null", ""),
            ("text", "text not null", "what is asked"),
            ("asked_by", "text not null", "name of who asks"),
            ("created_at", "int not null", "ms since 1970 UTC"),
            ("done_at", "int", "ms since 1970 UTC"),
        ],
        constraints: &[
            "primary key (organisation_id, id)",
            "foreign key (organisation_id, person_id) references person (organisation_id, id)",
            "foreign key (referral_organisation_id, referral_id) references referral (organisation_id, id)",
        ],
        indexes: &[("open", "(organisation_id, person_id, done_at, id)")],
    },
    Table {
        name: "invitation",
        comment: "A colleague who may set a password and an authenticator, once.",
        columns: &[
            ("organisation_id", "uuid not null", ""),
            ("id", "uuid not null", ""),
            ("person_id", "uuid not null", ""),
            ("token_hash", "text not null", "hex SHA-256 of the link's token"),
            ("created_at", "int not null", "ms since 1970 UTC"),
            ("expires_at", "int not null", "ms since 1970 UTC"),
            ("used_at", "int", "ms since 1970 UTC"),
        ],
        constraints: &[
            "primary key (organisation_id, id)",
            "foreign key (organisation_id, person_id) references person (organisation_id, id)",
        ],
        indexes: &[("unique_token", "(token_hash)")],
    },
];

const INDEXES: &[&str] = &[
    "create index referral_parent on referral (parent_organisation_id, parent_id)",
    "create index referral_owner on referral (organisation_id, owner_person_id, due_at, id)",
    "create index referral_open on referral (organisation_id, service_id, due_at, id)",
];

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261122_000002_add_escalation_and_redirection"
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
        for statement in ["change", "note"].iter().flat_map(|table| append_only(table, backend)) {
            connection.execute_unprepared(&statement).await?;
        }
        for statement in INDEXES {
            connection.execute_unprepared(statement).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        for index in ["referral_parent", "referral_owner", "referral_open"] {
            connection.execute_unprepared(&format!("drop index {index}")).await?;
        }
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

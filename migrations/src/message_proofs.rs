//! What a message needs to be proved from its rule to its receipt, and who wants none.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::ConnectionTrait;

use crate::table::{Addition, Table, append_only};

pub struct Migration;

const ADDITIONS: &[Addition] = &[
    Addition {
        table: "message",
        columns: &[
            ("rank", "int not null default 1", "0 somebody waits for it, 1 ordinary, 2 one of many"),
            ("polite", "bool not null default false", "not in the quiet hours of its receiver"),
            ("patient_organisation_id", "uuid", "of the patient whom it is for"),
            ("patient_id", "uuid", ""),
            ("person_id", "uuid", "member of staff whom it is for"),
            ("appointment_id", "uuid", "pointless when that visit no longer is"),
            ("rule_id", "text", "reminder rule that asked for it"),
            ("step", "text", "of the rule"),
            ("campaign_id", "uuid", "the sending to many that it is part of"),
            ("parent_id", "uuid", "message in whose place it is sent, by another way"),
            ("zone", "text not null default ''", "IANA zone of its receiver"),
            ("wish_at", "int", "ms since 1970 UTC; when it should have left, whatever delayed it"),
            (
                "handing_at",
                "int",
                "ms since 1970 UTC; handed over from then on; 0: leased and not yet; null: by a program that did not say",
            ),
            ("look_at", "int", "ms since 1970 UTC; its outcome is looked up then"),
            ("looks", "int not null default 0", "how often it was looked up"),
            ("fall_back_at", "int", "ms since 1970 UTC; unread by then, it goes by another way"),
            ("read_at", "int", "ms since 1970 UTC; its receiver opened it"),
            ("facts", "text", "JSON; what it says, put into words anew before it leaves"),
            ("language", "text", "BCP 47, of its words"),
            ("words_version", "int", "of the organisation's own words; null: the product's"),
            ("encoding", "text", "of a text message: GSM-7 or UCS-2"),
            ("segments", "int", "of a text message"),
            ("provider", "text", "which provider took it"),
            ("error_code", "text", "the provider's, or ours"),
            (
                "needs_person",
                "text",
                "why somebody has to see to it: failed, unknown, no-receipt, stopped, unreachable",
            ),
            ("task_id", "uuid", "with which somebody was asked to"),
        ],
    },
    Addition { table: "message_attempt", columns: &[("id", "uuid", "rises; null before it was kept")] },
    Addition {
        table: "patient",
        columns: &[
            ("zone", "text", "IANA zone where they are, as they say; null: that of the clinic"),
            (
                "prefers",
                "text",
                "the way by which they want to hear first: sms, email, push, letter; null: no choice",
            ),
        ],
    },
    Addition {
        table: "task",
        columns: &[
            ("kind", "text not null default ''", "what it is about; empty: one person asks another"),
            ("message_id", "uuid", "the message that could not be sent"),
        ],
    },
];

const TABLES: &[Table] = &[
    Table {
        name: "contact_point",
        comment: "What is known of an address, whoever writes to it. Addresses of which nothing is known have no row.",
        columns: &[
            ("channel", "text not null", "sms or email"),
            ("address", "text not null", "as messages carry it"),
            (
                "stopped_at",
                "int",
                "ms since 1970 UTC; its owner wants no messages; null: none, or asked for again",
            ),
            ("bad_since", "int", "ms since 1970 UTC; the provider says that nothing arrives there"),
            ("bad_code", "text", "the provider's"),
        ],
        constraints: &["primary key (channel, address)"],
        indexes: &[],
    },
    Table {
        name: "consent_event",
        comment: "The consent ledger: what somebody said of messages to them. contact_point is its sum.",
        columns: &[
            ("id", "uuid primary key not null", ""),
            ("at", "int not null", "ms since 1970 UTC"),
            ("channel", "text not null", ""),
            ("address", "text not null", ""),
            ("what", "text not null", "stopped, returned, bad, good"),
            ("wording", "text not null", "as they said it, or what was put before them"),
            ("source", "text not null", "sms:<sid>, mail:<message>, page, staff:<id>, provider"),
            ("actor", "text not null", ""),
            ("organisation_id", "uuid", "whose message it answers"),
            ("patient_id", "uuid", ""),
            ("message_id", "uuid", ""),
        ],
        constraints: &["check (what in ('stopped', 'returned', 'bad', 'good'))"],
        indexes: &[("address", "(channel, address, id)")],
    },
];

/// The states are written out, so that a query with the same words finds the index on SQLite.
const INDEXES: &[&str] = &[
    "create index message_parent on message (parent_id) where parent_id is not null",
    "create index message_unread on message (patient_id) where read_at is null and patient_id is not null",
    "create index message_due on message (channel, rank, due_at, id) where state in ('created', 'technical-failure')",
    "create index message_leased on message (leased_until) where state = 'sending'",
    "create index message_look on message (look_at) where state = 'unknown'",
    "create index message_receipt on message (handed_at) where state in ('pending', 'sent')",
    "create index message_person on message (created_at) where needs_person is not null and task_id is null",
    "create index message_address on message (channel, address) where state in ('created', 'sending', 'technical-failure', 'unknown')",
];

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261201_000048_prove_messages"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        let backend = connection.get_database_backend();
        let added = ADDITIONS.iter().flat_map(|addition| addition.statements(backend));
        let made = TABLES.iter().flat_map(|table| table.statements(backend));
        for statement in added.chain(made).chain(append_only("consent_event", backend)) {
            connection.execute_unprepared(&statement).await?;
        }
        for statement in INDEXES {
            connection.execute_unprepared(statement).await?;
        }
        // What was written before waits as long as it had to.
        connection.execute_unprepared("update message set wish_at = due_at").await?;
        connection.execute_unprepared("drop index message_queue").await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        let names = INDEXES.iter().filter_map(|statement| statement.split(' ').nth(2));
        for name in names {
            connection.execute_unprepared(&format!("drop index {name}")).await?;
        }
        for table in TABLES {
            connection.execute_unprepared(&format!("drop table {}", table.name)).await?;
        }
        for addition in ADDITIONS {
            for (column, ..) in addition.columns {
                let drop = format!("alter table {} drop column {column}", addition.table);
                connection.execute_unprepared(&drop).await?;
            }
        }
        connection.execute_unprepared("create index message_queue on message (state, due_at)").await?;
        Ok(())
    }
}

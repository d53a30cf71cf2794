//! One message to many patients: what is sent, who gets it, and who gets none and why.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::ConnectionTrait;

use crate::table::{Addition, Table};

pub struct Migration;

const ORGANISATION: Addition = Addition {
    table: "organisation",
    columns: &[(
        "approve_many_above",
        "int not null default 100",
        "one message to more patients than this needs a second person who agrees",
    )],
};

const TABLES: &[Table] = &[
    Table {
        name: "campaign",
        comment: "One message that is sent to many patients of an organisation.",
        columns: &[
            ("organisation_id", "uuid not null references organisation (id)", ""),
            ("id", "uuid not null", ""),
            ("name", "text not null", "as staff call it; no patient reads it"),
            ("purpose", "text not null", "care: about their care; other: anything else"),
            (
                "words",
                "text not null",
                "JSON; language and texts, the first is the language of those who read none of them",
            ),
            (
                "others",
                "text not null",
                "house: who reads none of the languages gets the first; leave-out: nothing",
            ),
            ("letters", "bool not null", "a letter to those whom nothing else reaches"),
            (
                "told_hours",
                "int not null",
                "who was written to with many others so many hours ago is left out; 0: nobody",
            ),
            ("filter", "text not null", "JSON; who is looked for"),
            ("start_at", "int", "ms since 1970 UTC; not before; null: at once"),
            ("per_minute", "int", "most messages in a minute; null: as fast as they go"),
            ("state", "text not null", ""),
            ("version", "int not null", "rises with every change of who gets what"),
            ("set_hash", "text not null", "of who gets what, as it was shown"),
            ("previewed_at", "int not null", "ms since 1970 UTC; when that was worked out"),
            ("recipients", "int not null", ""),
            ("left_out", "int not null", ""),
            ("difference", "text", "JSON; what was different when it was to be confirmed"),
            ("made_at", "int not null", "ms since 1970 UTC"),
            ("made_by", "uuid", ""),
            ("made_by_name", "text not null", ""),
            ("confirmed_at", "int", "ms since 1970 UTC"),
            ("confirmed_by", "uuid", ""),
            ("confirmed_by_name", "text", ""),
            ("approved_at", "int", "ms since 1970 UTC; a second person agreed"),
            ("approved_by_name", "text", ""),
            ("next_due_at", "int", "ms since 1970 UTC; when the next of its messages leaves"),
            ("ended_at", "int", "ms since 1970 UTC"),
            ("ended_by_name", "text", "who cancelled it"),
        ],
        constraints: &[
            "primary key (organisation_id, id)",
            "check (purpose in ('care', 'other'))",
            "check (state in ('draft', 'awaiting', 'confirmed', 'running', 'paused', 'done', 'cancelled'))",
        ],
        indexes: &[("due", "(next_due_at) where state in ('confirmed', 'running')")],
    },
    Table {
        name: "campaign_recipient",
        comment: "A patient who was looked for with a campaign: what they get, or why they get nothing.",
        columns: &[
            ("organisation_id", "uuid not null", ""),
            ("campaign_id", "uuid not null", ""),
            ("patient_organisation_id", "uuid not null", ""),
            ("patient_id", "uuid not null", ""),
            ("seq", "int not null", "in the order in which they are written to"),
            ("referral_id", "uuid not null", "about which they are written to"),
            (
                "state",
                "text not null",
                "chosen, left-out; written: its message is in the outbox; dropped: left out after it was confirmed",
            ),
            ("reason", "text", "why they get nothing"),
            ("channel", "text not null", ""),
            ("address", "text not null", "as it was shown"),
            ("language", "text not null", "BCP 47"),
            ("facts", "text not null", "JSON; what the words are filled with"),
            ("appointment_id", "uuid", "the visit that the words name"),
            ("encoding", "text", "of a text message: GSM-7 or UCS-2"),
            ("segments", "int", "of a text message"),
            ("written_at", "int", "ms since 1970 UTC"),
        ],
        constraints: &[
            "primary key (organisation_id, campaign_id, patient_organisation_id, patient_id)",
            "foreign key (organisation_id, campaign_id) references campaign (organisation_id, id)",
            "check (state in ('chosen', 'left-out', 'written', 'dropped'))",
        ],
        indexes: &[
            ("order", "(organisation_id, campaign_id, state, seq)"),
            ("told", "(organisation_id, patient_id, written_at) where written_at is not null"),
        ],
    },
];

const INDEX: &str =
    "create index message_campaign on message (campaign_id, patient_id) where campaign_id is not null";

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261201_000057_write_to_many"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        let backend = connection.get_database_backend();
        let made = TABLES.iter().flat_map(|table| table.statements(backend));
        for statement in ORGANISATION.statements(backend).into_iter().chain(made) {
            connection.execute_unprepared(&statement).await?;
        }
        connection.execute_unprepared(INDEX).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for statement in [
            "drop index message_campaign",
            "drop table campaign_recipient",
            "drop table campaign",
            "alter table organisation drop column approve_many_above",
        ] {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }
}

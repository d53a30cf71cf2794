//! Private feeds: secret addresses at which calendar programs read somebody's visits.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::ConnectionTrait;

use crate::table::Table;

pub struct Migration;

const TABLES: &[Table] = &[
    Table {
        name: "private_feed",
        comment: "A secret address at which calendar programs read visits of one patient, one clinician or one room.",
        columns: &[
            ("organisation_id", "uuid not null", "of the patient record, or of the resource"),
            ("id", "uuid not null", ""),
            ("kind", "text not null", "patient: whose is a patient; resource: a clinician or a room"),
            ("whose", "uuid not null", "patient id or resource id"),
            (
                "made_by",
                "uuid",
                "the person of staff who made it, with whose work it ends; null for patients",
            ),
            ("token_hash", "text not null", "SHA-256 in hex of the secret part of the address"),
            ("created_at", "int not null", "ms since 1970 UTC"),
            ("revoked_at", "int", "ms since 1970 UTC; taken back, or replaced by a newer one"),
            ("etag", "text not null", "entity tag of what was read last; empty: nothing yet"),
            ("modified_at", "int not null", "ms since 1970 UTC; since when that is what it says"),
            (
                "told",
                "text not null",
                "visits that the audit says were read here, one a line: referral, sequence, state",
            ),
            ("recorded_day", "text not null", "YYYY-MM-DD in UTC of the newest reading that the audit has"),
        ],
        constraints: &["primary key (organisation_id, id)", "check (kind in ('patient', 'resource'))"],
        indexes: &[
            ("unique_token", "(token_hash)"),
            ("unique_live", "(organisation_id, kind, whose) where revoked_at is null"),
        ],
    },
    Table {
        name: "private_feed_reading",
        comment: "How often a private feed was read on a day, by which kind of program.",
        columns: &[
            ("organisation_id", "uuid not null", ""),
            ("feed_id", "uuid not null", ""),
            ("day", "text not null", "YYYY-MM-DD in UTC"),
            ("program", "text not null", "one of a few names; never what the program says of itself"),
            ("times", "int not null", ""),
            ("last_at", "int not null", "ms since 1970 UTC"),
        ],
        constraints: &[
            "primary key (organisation_id, feed_id, day, program)",
            "foreign key (organisation_id, feed_id) references private_feed (organisation_id, id)",
        ],
        indexes: &[("day", "(day)")],
    },
];

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261201_000050_add_private_feeds"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        let backend = connection.get_database_backend();
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
        Ok(())
    }
}

//! Letters on paper: who printed and posted which, what came back, and which address no letter reaches.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::ConnectionTrait;

use crate::table::Table;

pub struct Migration;

const TABLES: &[Table] = &[
    Table {
        name: "paper_letter",
        comment: "What people did with a message that goes by post. A message without a row waits to be printed.",
        columns: &[
            ("organisation_id", "uuid not null", "as of the message"),
            ("message_id", "uuid not null", ""),
            ("batch_id", "uuid", "printed together; null: not printed"),
            ("printed_at", "int", "ms since 1970 UTC"),
            ("printed_by_name", "text", ""),
            ("posted_at", "int", "ms since 1970 UTC"),
            ("posted_by_name", "text", ""),
            ("returned_at", "int", "ms since 1970 UTC: the post brought it back"),
            ("returned_by_name", "text", ""),
            (
                "stuck",
                "text",
                "no-address or address-returned: it cannot be printed, and somebody was asked to see to it",
            ),
            ("stuck_at", "int", "ms since 1970 UTC"),
        ],
        constraints: &[
            "primary key (organisation_id, message_id)",
            "foreign key (organisation_id, message_id) references message (organisation_id, id)",
            "check (posted_at is null or printed_at is not null)",
            "check (returned_at is null or posted_at is not null)",
            "check (stuck is null or stuck in ('no-address', 'address-returned'))",
        ],
        indexes: &[("batch", "(organisation_id, batch_id)")],
    },
    Table {
        name: "returned_address",
        comment: "An address of a patient from which the post brought a letter back. Another address is another row.",
        columns: &[
            ("organisation_id", "uuid not null", "of the patient record"),
            ("patient_id", "uuid not null", ""),
            ("address", "text not null", "as it stood in the record"),
            ("at", "int not null", "ms since 1970 UTC"),
            ("by_name", "text not null", ""),
        ],
        constraints: &[
            "primary key (organisation_id, patient_id, address)",
            "foreign key (organisation_id, patient_id) references patient (organisation_id, id)",
        ],
        indexes: &[],
    },
];

const INDEX: &str =
    "create index message_letter on message (organisation_id, state, id) where channel = 'letter'";

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261201_000051_add_print_queue"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        let backend = connection.get_database_backend();
        let tables = TABLES.iter().flat_map(|table| table.statements(backend));
        for statement in tables.chain([INDEX.to_owned()]) {
            connection.execute_unprepared(&statement).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        connection.execute_unprepared("drop index message_letter").await?;
        for table in TABLES.iter().rev() {
            connection.execute_unprepared(&format!("drop table {}", table.name)).await?;
        }
        Ok(())
    }
}

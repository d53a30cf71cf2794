//! Coded reasons and canned replies of an organisation.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::ConnectionTrait;

use crate::table::Table;

pub struct Migration;

const TABLES: &[Table] = &[
    Table {
        name: "reason",
        comment: "Coded reasons that forms offer. An organisation without rows uses the product's own list.",
        columns: &[
            ("organisation_id", "uuid not null references organisation (id)", ""),
            ("id", "uuid not null", ""),
            ("act", "text not null", "code of the act that takes the reason"),
            ("code", "text not null", "stable; events keep it with the label of then"),
            ("label", "text not null", "as staff read it"),
            ("comment_forced", "bool not null", "the reason is too general to stand without a comment"),
            ("patient_line", "text not null", "what the patient could read; empty: nothing is suggested"),
            ("active", "bool not null", "whether forms offer it"),
            ("position", "int not null", "order in the form"),
        ],
        constraints: &["primary key (organisation_id, id)"],
        indexes: &[("unique_code", "(organisation_id, act, code)")],
    },
    Table {
        name: "reply",
        comment: "Canned replies. An organisation without rows uses the product's own list.",
        columns: &[
            ("organisation_id", "uuid not null references organisation (id)", ""),
            ("id", "uuid not null", ""),
            ("title", "text not null", "as the list shows it"),
            ("text", "text not null", "with places such as {first name}"),
            ("audience", "text not null", "patient or colleague"),
            ("act", "text not null", "code of the act for which it is offered; empty: any"),
            ("active", "bool not null", "whether forms offer it"),
        ],
        constraints: &["primary key (organisation_id, id)", "check (audience in ('patient', 'colleague'))"],
        indexes: &[("unique_title", "(organisation_id, title)")],
    },
];

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261123_000006_add_reasons_and_replies"
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
        for table in TABLES.iter().rev() {
            manager.get_connection().execute_unprepared(&format!("drop table {}", table.name)).await?;
        }
        Ok(())
    }
}

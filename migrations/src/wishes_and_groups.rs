//! Where and with whom somebody on the waiting list would rather be seen, and by what groups the offers are reported.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::ConnectionTrait;

use crate::table::Addition;

pub struct Migration;

const ADDITIONS: &[Addition] = &[
    Addition {
        table: "waitlist_entry",
        columns: &[
            ("sites", "text not null default ''", "comma list of sites at which they would rather be seen"),
            ("clinicians", "text not null default ''", "comma list of resources whom they would rather see"),
            ("only_these", "bool not null default false", "nothing else of places and people suits them"),
        ],
    },
    Addition {
        table: "waitlist_offer",
        columns: &[
            (
                "sex",
                "text not null default ''",
                "of the patient, when it was offered; empty: from before this was kept",
            ),
            (
                "language",
                "text not null default ''",
                "BCP 47 tag, or 'not known'; empty: from before this was kept",
            ),
            ("distance", "text not null default ''", "band of kilometres; empty: from before this was kept"),
        ],
    },
];

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261130_000041_add_wishes_and_groups"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        for addition in ADDITIONS {
            for statement in addition.statements(connection.get_database_backend()) {
                connection.execute_unprepared(&statement).await?;
            }
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        for addition in ADDITIONS {
            for (column, ..) in addition.columns {
                let drop = format!("alter table {} drop column {column}", addition.table);
                connection.execute_unprepared(&drop).await?;
            }
        }
        Ok(())
    }
}

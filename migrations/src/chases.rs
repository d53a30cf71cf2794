//! What patients are waited for, and when they are written to about it again.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

use crate::table::Table;

pub struct Migration;

const TABLE: Table = Table {
    name: "chase",
    comment: "Something of a referral that its patient is written to about until it has come; gone when nothing is waited for.",
    columns: &[
        ("organisation_id", "uuid not null", ""),
        ("referral_id", "uuid not null", ""),
        ("what", "text not null", "choose-time, documents, missed, still-needed, survey"),
        ("since", "int not null", "ms since 1970 UTC; it is counted from then"),
        ("asked_at", "int", "ms since 1970 UTC; when they were written to last"),
        (
            "next_at",
            "int",
            "ms since 1970 UTC; when it is looked at next; null: the rules ask nobody, or it is done",
        ),
        ("done_at", "int", "ms since 1970 UTC; all was asked; a person has it now where one is to"),
    ],
    constraints: &[
        "primary key (organisation_id, referral_id, what)",
        "foreign key (organisation_id, referral_id) references referral (organisation_id, id)",
    ],
    indexes: &[("next", "(next_at) where next_at is not null")],
};

/// Whoever is waited for already is counted from now on: nobody is written to three times because of a newer version.
fn begin(backend: DbBackend) -> String {
    let now = match backend {
        DbBackend::Postgres => "(extract(epoch from now()) * 1000)::bigint",
        _ => "unixepoch() * 1000",
    };
    let waiting = "state in ('accepted', 'offered', 'appointment-cancelled', 'no-show')";
    format!(
        "insert into chase (organisation_id, referral_id, what, since, next_at) \
         select organisation_id, id, 'still-needed', {now}, {now} from referral where {waiting} \
         union all select organisation_id, id, 'choose-time', {now}, {now} from referral where {waiting} \
         union all select organisation_id, id, 'documents', {now}, {now} from referral where state = 'info-needed'"
    )
}

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261130_000054_chases"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        let backend = connection.get_database_backend();
        for statement in TABLE.statements(backend) {
            connection.execute_unprepared(&statement).await?;
        }
        connection.execute_unprepared(&begin(backend)).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared("drop table chase").await?;
        Ok(())
    }
}

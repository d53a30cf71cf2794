//! Requests for advice beside referrals.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

pub struct Migration;

const COLUMNS: &[&str] = &["kind", "patient_sees", "may_turn"];

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261123_000007_ask_for_advice"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        // Truth is written differently by the two.
        let (kind, yes, no) = match connection.get_database_backend() {
            DbBackend::Postgres => ("boolean", "true", "false"),
            _ => ("integer", "1", "0"),
        };
        for statement in [
            "alter table referral add column kind text not null default 'referral'".to_owned(),
            format!("alter table referral add column patient_sees {kind} not null default {yes}"),
            format!("alter table referral add column may_turn {kind} not null default {no}"),
        ] {
            connection.execute_unprepared(&statement).await?;
        }
        if connection.get_database_backend() == DbBackend::Postgres {
            for (column, comment) in [
                ("kind", "referral, advice"),
                ("patient_sees", "false: a question between colleagues, which the patient is not shown"),
                (
                    "may_turn",
                    "the referrer agrees that the specialist makes a referral of the request for advice",
                ),
            ] {
                let statement = format!("comment on column referral.{column} is '{comment}'");
                connection.execute_unprepared(&statement).await?;
            }
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in COLUMNS {
            let statement = format!("alter table referral drop column {column}");
            manager.get_connection().execute_unprepared(&statement).await?;
        }
        Ok(())
    }
}

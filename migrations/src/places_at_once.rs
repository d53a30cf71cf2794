//! How many people can be seen at once where a visit was made: one who is seen alone shares the time with nobody.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

use crate::table::Addition;

pub struct Migration;

const ADDITION: Addition = Addition {
    table: "slot_ledger",
    columns: &[(
        "among",
        "int",
        "places at once of the session, or of the room or machine, when it was taken; no more visits share the quantum, but by an \
         overbooking; null: not known, or from before this was kept",
    )],
};

/// What the ledger holds, packed without the places at once.
fn pack(backend: DbBackend) -> String {
    let joined =
        if backend == DbBackend::Postgres { "string_agg(entry, '')" } else { "group_concat(entry, '')" };
    format!(
        "insert into taken_week (organisation_id, resource_id, week, taken) \
         select organisation_id, resource_id, week, {joined} from ( \
         select l.organisation_id, l.resource_id, min(l.quantum) / 2016 as week, \
         (min(l.quantum) % 2016) || '+' || count(*) || '@' || l.place || ':' || \
         (a.start_at / 60000 - (min(l.quantum) / 2016) * 10080) || ';' as entry \
         from slot_ledger l join appointment a on a.organisation_id = l.organisation_id and a.id = l.appointment_id \
         group by l.organisation_id, l.resource_id, l.appointment_id, l.place, a.start_at) visits \
         group by organisation_id, resource_id, week"
    )
}

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261130_000042_add_places_at_once"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        for statement in ADDITION.statements(connection.get_database_backend()) {
            connection.execute_unprepared(&statement).await?;
        }
        Ok(())
    }

    /// Packed weeks name the places as well, so they are packed anew.
    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        for (column, ..) in ADDITION.columns {
            let drop = format!("alter table {} drop column {column}", ADDITION.table);
            connection.execute_unprepared(&drop).await?;
        }
        connection.execute_unprepared("delete from taken_week").await?;
        connection.execute_unprepared(&pack(connection.get_database_backend())).await?;
        Ok(())
    }
}

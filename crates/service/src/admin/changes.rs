//! The history of what administrators set.

use contract::ChangeLine;
use domain::OrganisationId;
use store::entity::change;

use crate::audit::Touched;
use crate::unit::Unit;
use crate::{ServiceError, describe, ids};

/// A thing whose fields are set.
pub(super) struct Subject<'a> {
    pub organisation: OrganisationId,
    pub entity: &'static str,
    pub id: uuid::Uuid,
    pub name: &'a str,
}

/// Writes a row for each field that differs, and the audit row. `fields` are name, before, after.
pub(super) async fn record(
    unit: &mut Unit<'_>,
    subject: &Subject<'_>,
    fields: Vec<(String, String, String)>,
) -> Result<(), ServiceError> {
    let rows = fields
        .into_iter()
        .filter(|(_, before, after)| before != after)
        .map(|(field, before, after)| change::Model {
            organisation_id: subject.organisation.0,
            id: ids::fresh(unit.call.now),
            at: unit.call.now.timestamp_millis(),
            actor: unit.call.actor.key(),
            actor_name: unit.call.actor.label(),
            entity: subject.entity.to_owned(),
            entity_id: subject.id,
            entity_name: subject.name.to_owned(),
            field,
            before,
            after,
        })
        .collect();
    store::directory::insert_changes(&unit.tx, rows).await?;
    let touched = Touched {
        organisation: subject.organisation,
        entity: subject.entity,
        id: Some(subject.id),
        patient: None,
    };
    unit.record("configure", &touched);
    Ok(())
}

/// The newest changes of one thing, or of everything.
pub(super) async fn newest(
    db: &impl store::Db,
    organisation: OrganisationId,
    entity: Option<uuid::Uuid>,
    zone: chrono_tz::Tz,
) -> Result<Vec<ChangeLine>, ServiceError> {
    let rows = store::directory::changes(db, organisation, entity, 50).await?;
    Ok(rows
        .into_iter()
        .map(|row| ChangeLine {
            when: describe::day_and_clock(row.at, zone),
            who: row.actor_name,
            entity: row.entity,
            what: row.entity_name,
            field: row.field,
            before: row.before,
            after: row.after,
        })
        .collect())
}

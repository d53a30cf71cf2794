//! What stands around messages that are about to leave, read once for all of them.

use std::collections::{HashMap, HashSet};

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use crate::StoreError;
use crate::entity::{appointment, contact_point, message, patient, push_subscription};

/// By id, as they are now.
#[derive(Debug, Default)]
pub struct Around {
    pub patients: HashMap<Uuid, patient::Model>,
    pub appointments: HashMap<Uuid, appointment::Model>,
    /// Those that still take notices.
    pub browsers: HashMap<Uuid, push_subscription::Model>,
    /// Numbers and mailboxes at which nothing arrives, as channel and address.
    pub bad: HashSet<(String, String)>,
    /// Campaigns of theirs that are paused or cancelled, with their state.
    pub standing_still: HashMap<Uuid, String>,
    /// Those of the notices before them that their receiver has read.
    pub read: HashSet<Uuid>,
}

/// The patients, visits and browsers of these messages: at most seven statements.
pub async fn around(db: &impl ConnectionTrait, rows: &[message::Model]) -> Result<Around, StoreError> {
    let mut all = Around::default();
    let patients = ids(rows.iter().filter_map(|row| row.patient_id));
    if !patients.is_empty() {
        let organisations = ids(rows.iter().filter_map(|row| row.patient_organisation_id));
        let found = patient::Entity::find()
            .filter(patient::Column::OrganisationId.is_in(organisations))
            .filter(patient::Column::Id.is_in(patients))
            .all(db)
            .await?;
        let wanted: HashSet<_> =
            rows.iter().map(|row| (row.patient_organisation_id, row.patient_id)).collect();
        let theirs = |row: &patient::Model| wanted.contains(&(Some(row.organisation_id), Some(row.id)));
        all.patients = found.into_iter().filter(theirs).map(|row| (row.id, row)).collect();
    }
    let visits = ids(rows.iter().filter_map(|row| row.appointment_id));
    if !visits.is_empty() {
        let found = appointment::Entity::find().filter(appointment::Column::Id.is_in(visits)).all(db).await?;
        all.appointments = found.into_iter().map(|row| (row.id, row)).collect();
    }
    let browsers = ids(rows.iter().filter(|row| row.channel == "push").filter_map(browser_of));
    if !browsers.is_empty() {
        let found = push_subscription::Entity::find()
            .filter(push_subscription::Column::Id.is_in(browsers))
            .filter(push_subscription::Column::GoneAt.is_null())
            .all(db)
            .await?;
        all.browsers = found.into_iter().map(|row| (row.id, row)).collect();
    }
    let mut addresses: Vec<&str> =
        rows.iter().filter(|row| row.patient_id.is_some()).map(|row| row.address.as_str()).collect();
    addresses.sort_unstable();
    addresses.dedup();
    if !addresses.is_empty() {
        let found = contact_point::Entity::find()
            .filter(contact_point::Column::Channel.is_in(["sms", "email"]))
            .filter(contact_point::Column::Address.is_in(addresses))
            .filter(contact_point::Column::BadSince.is_not_null())
            .all(db)
            .await?;
        all.bad = found.into_iter().map(|row| (row.channel, row.address)).collect();
    }
    let campaigns = ids(rows.iter().filter_map(|row| row.campaign_id));
    all.standing_still = crate::campaigns::standing_still(db, &campaigns).await?.into_iter().collect();
    let firsts = ids(rows.iter().filter_map(|row| row.parent_id));
    if !firsts.is_empty() {
        use message::Column as C;
        let found: Vec<Uuid> = message::Entity::find()
            .select_only()
            .column(C::Id)
            .filter(C::Id.is_in(firsts))
            .filter(C::ReadAt.is_not_null())
            .into_tuple()
            .all(db)
            .await?;
        all.read = found.into_iter().collect();
    }
    Ok(all)
}

/// The subscription that a notice goes to.
pub fn browser_of(row: &message::Model) -> Option<Uuid> {
    row.address.split_once('/').and_then(|(_, id)| id.parse().ok())
}

fn ids(some: impl Iterator<Item = Uuid>) -> Vec<Uuid> {
    let mut all: Vec<Uuid> = some.collect();
    all.sort_unstable();
    all.dedup();
    all
}

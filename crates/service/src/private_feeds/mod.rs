//! Private feeds: a secret address at which somebody's calendar program reads their visits, without signing in.
//!
//! Whoever knows the address reads the feed, so it says no more than an invitation does, is shown once, is kept as a hash, and
//! ends when it is taken back, when its owner's work here ends, or when a newer one is made.

mod content;
mod read;

pub use read::{Answer, Asked, read};

use contract::{FeedOf, FeedReading, PrivateFeedPage};
use domain::policy::{Capability, may};
use domain::{OrganisationId, PatientId, PersonId, Principal, ResourceId, Role};
use store::Db;
use store::entity::{private_feed, resource};
use uuid::Uuid;

use crate::audit::{self, Outcome, Touched};
use crate::{Call, Desk, ServiceError, availability, describe, ids};

/// Lines of the list of readings.
const SHOWN: u64 = 60;
/// For so many days the list knows when a feed was read.
const KEPT_DAYS: i64 = 90;

/// Whose feed somebody asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// The patient who calls.
    Own,
    /// A clinician's, for that clinician alone; or a room's, for coordinators and administrators.
    Resource(ResourceId),
}

/// The owner of a feed, checked for whoever calls.
struct Owner {
    of: FeedOf,
    name: String,
    organisation: OrganisationId,
    kind: &'static str,
    whose: Uuid,
    made_by: Option<PersonId>,
}

/// Whether there is an address, since when, and when it was read. About nobody but its owner, so looking leaves no row.
pub async fn page(desk: &Desk, call: &Call, whose: Whose) -> Result<PrivateFeedPage, ServiceError> {
    let db = desk.store.reader();
    let owner = owner(db, call, whose).await?;
    let row = store::private_feeds::of(db, owner.organisation, owner.kind, owner.whose).await?;
    let zone = availability::zone_of(db, owner.organisation).await?;
    let readings = match &row {
        Some(row) => store::private_feeds::readings(db, row, SHOWN).await?,
        None => Vec::new(),
    };
    Ok(PrivateFeedPage {
        of: owner.of,
        name: owner.name,
        made: row.map(|row| describe::day_and_clock(row.created_at, zone)),
        readings: readings
            .into_iter()
            .map(|reading| FeedReading {
                when: describe::day_and_clock(reading.last_at, zone),
                program: reading.program,
                times: reading.times,
            })
            .collect(),
    })
}

/// Makes an address; the one before stops working. Answers it, this once: it is kept as a hash alone, so that no answer is
/// kept for a repeat either.
pub async fn renew(desk: &Desk, call: &Call, whose: Whose) -> Result<String, ServiceError> {
    let owner = owner(desk.store.reader(), call, whose).await?;
    let token = ids::token();
    let now = call.now.timestamp_millis();
    let tx = desk.store.write_tx().await?;
    store::private_feeds::revoke(&tx, owner.organisation, owner.kind, owner.whose, now).await?;
    let row = private_feed::Model {
        organisation_id: owner.organisation.0,
        id: ids::fresh(call.now),
        kind: owner.kind.to_owned(),
        whose: owner.whose,
        made_by: owner.made_by.map(|person| person.0),
        token_hash: ids::hashed(&token),
        created_at: now,
        revoked_at: None,
        etag: String::new(),
        modified_at: now,
        told: String::new(),
        recorded_day: String::new(),
    };
    store::private_feeds::insert(&tx, row).await?;
    record(&tx, call, "make-feed", &owner).await?;
    tx.commit().await?;
    Ok(format!("{}/calendar/{token}.ics", desk.settings.public_url))
}

/// Takes the address back: from now on it leads nowhere.
pub async fn revoke(desk: &Desk, call: &Call, whose: Whose) -> Result<(), ServiceError> {
    let owner = owner(desk.store.reader(), call, whose).await?;
    let tx = desk.store.write_tx().await?;
    let now = call.now.timestamp_millis();
    store::private_feeds::revoke(&tx, owner.organisation, owner.kind, owner.whose, now).await?;
    record(&tx, call, "end-feed", &owner).await?;
    Ok(tx.commit().await?)
}

/// Forgets when feeds were read, long ago. What of it the audit has stays there.
pub(crate) async fn forget(tx: &store::Tx, now: chrono::DateTime<chrono::Utc>) -> Result<(), ServiceError> {
    let day = (now - chrono::Duration::days(KEPT_DAYS)).date_naive().to_string();
    store::private_feeds::forget_readings(tx, &day).await?;
    Ok(())
}

async fn record(tx: &store::Tx, call: &Call, action: &str, owner: &Owner) -> Result<(), ServiceError> {
    let touched = Touched {
        organisation: owner.organisation,
        entity: "calendar-feed",
        id: Some(owner.whose),
        patient: (owner.of == FeedOf::Patient).then_some(PatientId(owner.whose)),
    };
    let row = audit::row(&call.actor, call.now, action, &touched, Outcome::Allowed);
    store::audit::record(tx, vec![row]).await?;
    call.trail.left(touched.id, Outcome::Allowed);
    Ok(())
}

async fn owner(db: &impl Db, call: &Call, whose: Whose) -> Result<Owner, ServiceError> {
    match (whose, &call.actor.principal) {
        (Whose::Own, Principal::Patient { organisation, patient, .. }) => {
            let row = store::patients::find(db, *organisation, *patient).await?;
            if row.is_none_or(|row| row.deceased) {
                return Err(ServiceError::NotFound);
            }
            Ok(Owner {
                of: FeedOf::Patient,
                name: String::new(),
                organisation: *organisation,
                kind: "patient",
                whose: patient.0,
                made_by: None,
            })
        }
        (Whose::Resource(id), Principal::Staff { person, .. }) => {
            let (organisation, row) = availability::theirs(db, call, Some(id)).await?;
            let of = of(&row);
            if !may_have(&call.actor.principal, &row) {
                return Err(ServiceError::NotAllowed);
            }
            Ok(Owner {
                of,
                name: row.name,
                organisation,
                kind: "resource",
                whose: id.0,
                made_by: Some(*person),
            })
        }
        _ => Err(ServiceError::NotAllowed),
    }
}

fn of(row: &resource::Model) -> FeedOf {
    if row.person_id.is_some() { FeedOf::Clinician } else { FeedOf::Room }
}

/// Whether somebody of staff, as they are now, may have the feed of a resource: clinicians their own, coordinators and
/// administrators that of a room.
pub(crate) fn may_have(principal: &Principal, row: &resource::Model) -> bool {
    let Principal::Staff { person, roles, .. } = principal else {
        return false;
    };
    row.ended_at.is_none()
        && may(principal, Capability::Availability)
        && match row.person_id {
            Some(own) => own == person.0 && roles.contains(&Role::Specialist),
            None => roles.iter().any(|role| matches!(role, Role::Coordinator | Role::Administrator)),
        }
}

//! A clinician's hours as a calendar file, for other programs (VAVAILABILITY, RFC 7953).

use chrono::Duration;
use domain::{ResourceId, dates};
use scheduling::{Away, Rules};

use super::{theirs, zone_of};
use crate::booking::search::{closure, sound};
use crate::{Call, Desk, ServiceError};

/// Leave of so many days to come stands in the file.
const AHEAD_DAYS: i64 = 400;

/// Sessions, closed days and leave from today on. Specialists their own; coordinators and administrators any of their
/// organisation.
pub async fn hours(desk: &Desk, call: &Call, resource: ResourceId) -> Result<Vec<u8>, ServiceError> {
    let db = desk.store.reader();
    let (organisation, row) = theirs(db, call, Some(resource)).await?;
    let zone = zone_of(db, organisation).await?;
    let today = call.now.with_timezone(&zone).date_naive();
    let mut rules = Rules::of_zone(zone);
    for rule in store::calendars::rules_of_resource(db, organisation, resource).await? {
        rules.sessions.extend(sound(&rule, None));
    }
    for day in store::leave::closures_of(db, organisation, resource, &today.to_string()).await? {
        rules.closed.push(closure(&day));
    }
    let (from, to) =
        (call.now.timestamp_millis(), (call.now + Duration::days(AHEAD_DAYS)).timestamp_millis());
    for leave in store::leave::touching(db, organisation, &[row.id], from, to).await? {
        let wall = |text: &str| {
            dates::wall(text).ok_or_else(|| ServiceError::Broken(format!("leave {}: wall time", leave.id)))
        };
        let (from, to) = (wall(&leave.from_wall)?, wall(&leave.to_wall)?);
        rules.away.push(Away { who: row.id.to_string(), from, to });
    }
    let (who, uid) = (row.id.to_string(), format!("hours-{}", row.id));
    Ok(crate::calendar::publish(&rules, &who, today, (&uid, &row.name), call.now))
}

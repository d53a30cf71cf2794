//! Calendars: imported files and subscribed feeds, and the busy times that they mean.

use chrono::{DateTime, Duration, Utc};
use domain::policy::{Capability, may};
use domain::{CalendarId, OrganisationId, Principal, ResourceId};
use interop::problem::Severity;
use scheduling::{Busy, merge};
use sha2::{Digest, Sha256};
use store::calendars::BusyRow;
use store::entity::calendar;

use super::theirs;
use crate::audit::Touched;
use crate::calendar::BusyReading;
use crate::ports::Fetched;
use crate::unit::{Begun, Unit};
use crate::{Call, Desk, ServiceError, ids};

/// Busy times are known from so many days back …
const BACK_DAYS: i64 = 30;
/// … to so many days beyond the booking horizon.
const BEYOND_DAYS: i64 = 30;
/// The most busy times of one calendar that are kept: they are written in one transaction, for which others wait.
const MOST_KEPT: usize = 10_000;

/// Keeps a calendar file; without a resource it stays unassigned and is shown to the administrator.
/// The same content again changes nothing but its owner.
pub async fn keep_calendar(
    desk: &Desk,
    call: &Call,
    organisation: OrganisationId,
    resource: Option<ResourceId>,
    name: &str,
    bytes: &[u8],
) -> Result<CalendarId, ServiceError> {
    let read = read(desk, call, organisation, bytes).await?;
    let sha256 = hex::encode(Sha256::digest(bytes));
    let mut unit = match Unit::begin(desk, call, "keep-calendar", &(organisation, resource, &sha256)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    if let Principal::Staff { organisation: own, .. } = &call.actor.principal
        && (*own != organisation || !may(&call.actor.principal, Capability::Availability))
    {
        return Err(ServiceError::NotAllowed);
    }
    let now = call.now.timestamp_millis();
    let known = store::calendars::same(&*unit.tx, organisation, &sha256).await?;
    let is_new = known.is_none();
    let mut row = known.unwrap_or_else(|| calendar::Model {
        organisation_id: organisation.0,
        id: ids::fresh(call.now),
        resource_id: None,
        name: read.name.clone().unwrap_or_else(|| name.to_owned()),
        url: None,
        etag: None,
        content: bytes.to_vec(),
        sha256,
        fetched_at: now,
        checked_at: None,
        last_error: None,
        expanded_from: None,
        expanded_to: None,
    });
    row.resource_id = resource.map(|resource| resource.0).or(row.resource_id);
    if is_new {
        store::calendars::insert(&unit.tx, row.clone()).await?;
    }
    read.keep(&unit, &mut row).await?;
    store::calendars::update(&unit.tx, row.clone()).await?;
    unit.record(
        "keep-calendar",
        &Touched { organisation, entity: "calendar", id: Some(row.id), patient: None },
    );
    unit.finish(CalendarId(row.id)).await
}

/// Subscribes to a feed for a resource: it is fetched at once, and then politely again and again.
pub async fn subscribe_calendar(
    desk: &Desk,
    call: &Call,
    resource: ResourceId,
    url: &str,
) -> Result<(), ServiceError> {
    let (organisation, resource) = theirs(desk.store.reader(), call, Some(resource)).await?;
    let url = url.trim();
    let known = ["https://", "http://", "webcal://"].iter().any(|scheme| url.starts_with(scheme));
    if !known || url.len() > 2000 {
        return Err(ServiceError::invalid(
            "url",
            "Paste the calendar's address. It begins with https:// or webcal://.",
        ));
    }
    let fetched = desk.ports.feeds.fetch(url, None).await.map_err(|why| ServiceError::invalid("url", why))?;
    let Fetched::Calendar { bytes, etag } = fetched else {
        return Err(ServiceError::invalid(
            "url",
            "The address answered without a calendar. Check it in a browser.",
        ));
    };
    let read = read(desk, call, organisation, &bytes).await.map_err(|error| match error {
        ServiceError::Invalid(fields) => ServiceError::invalid(
            "url",
            fields.first().map_or_else(String::new, |field| field.message.clone()),
        ),
        other => other,
    })?;
    let mut unit = match Unit::begin(desk, call, "subscribe-calendar", &(resource.id, url)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let now = call.now.timestamp_millis();
    let mut row = calendar::Model {
        organisation_id: organisation.0,
        id: ids::fresh(call.now),
        resource_id: Some(resource.id),
        name: read.name.clone().unwrap_or_else(|| "Subscribed calendar".to_owned()),
        url: Some(url.to_owned()),
        etag,
        sha256: hex::encode(Sha256::new().chain_update(url).chain_update(resource.id).finalize()),
        content: bytes,
        fetched_at: now,
        checked_at: Some(now),
        last_error: None,
        expanded_from: None,
        expanded_to: None,
    };
    if store::calendars::same(&*unit.tx, organisation, &row.sha256).await?.is_some() {
        return Err(ServiceError::invalid("url", "This calendar is subscribed already."));
    }
    store::calendars::insert(&unit.tx, row.clone()).await?;
    read.keep(&unit, &mut row).await?;
    store::calendars::update(&unit.tx, row.clone()).await?;
    unit.record(
        "subscribe-calendar",
        &Touched { organisation, entity: "calendar", id: Some(row.id), patient: None },
    );
    unit.finish(()).await
}

/// Says whose calendar it is. Administrators.
pub async fn assign_calendar(
    desk: &Desk,
    call: &Call,
    id: CalendarId,
    resource: &str,
) -> Result<(), ServiceError> {
    let mut unit = match Unit::begin(desk, call, "assign-calendar", &(id, resource)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let Principal::Staff { organisation, .. } = call.actor.principal else {
        return Err(ServiceError::NotAllowed);
    };
    if !may(&call.actor.principal, Capability::Administer) {
        return Err(ServiceError::NotAllowed);
    }
    let mut row = store::calendars::find(&*unit.tx, organisation, id).await?.ok_or(ServiceError::NotFound)?;
    let choose = || ServiceError::invalid("resource", "Choose whose calendar it is.");
    let resource: ResourceId = resource.parse().map_err(|_| choose())?;
    let resource = store::calendars::resource(&*unit.tx, organisation, resource).await?.ok_or_else(choose)?;
    row.resource_id = Some(resource.id);
    store::calendars::update(&unit.tx, row).await?;
    unit.record(
        "assign-calendar",
        &Touched { organisation, entity: "calendar", id: Some(id.0), patient: None },
    );
    unit.finish(()).await
}

/// Looks at feeds whose turn it is, and expands calendars whose busy times end too soon; answers how many it handled.
pub async fn refresh(desk: &Desk, call: &Call) -> Result<u64, ServiceError> {
    let db = desk.store.reader();
    let mut handled = 0;
    let before = (call.now - Duration::minutes(desk.settings.feed_minutes)).timestamp_millis();
    for row in store::calendars::due_for_refresh(db, before).await? {
        let answer =
            desk.ports.feeds.fetch(row.url.as_deref().unwrap_or_default(), row.etag.as_deref()).await;
        refreshed(desk, call, row, answer).await?;
        handled += 1;
    }
    let needed = (call.now + Duration::days(desk.settings.horizon_days + 7)).timestamp_millis();
    for mut row in store::calendars::due_for_expansion(db, needed).await? {
        let read = read(desk, call, OrganisationId(row.organisation_id), &row.content).await;
        let Begun::Fresh(unit) = Unit::begin::<_, ()>(desk, call, "expand-calendar", &row.id).await? else {
            continue;
        };
        match read {
            Ok(read) => {
                read.keep(&unit, &mut row).await?;
                store::calendars::update(&unit.tx, row).await?;
            }
            // It was kept by older rules; its busy time ends where it ended.
            Err(ServiceError::Invalid(_)) => {}
            Err(broken) => return Err(broken),
        }
        unit.finish(()).await?;
        handled += 1;
    }
    Ok(handled)
}

async fn refreshed(
    desk: &Desk,
    call: &Call,
    mut row: calendar::Model,
    answer: Result<Fetched, String>,
) -> Result<(), ServiceError> {
    // Read before the transaction begins: it takes its time.
    let read = match &answer {
        Ok(Fetched::Calendar { bytes, .. }) => {
            match read(desk, call, OrganisationId(row.organisation_id), bytes).await {
                Ok(read) => Some(read),
                Err(ServiceError::Invalid(_)) => None,
                Err(broken) => return Err(broken),
            }
        }
        _ => None,
    };
    let Begun::Fresh(unit) = Unit::begin::<_, ()>(desk, call, "refresh-calendar", &row.id).await? else {
        return Ok(());
    };
    let now = call.now.timestamp_millis();
    row.checked_at = Some(now);
    match answer {
        Err(why) => row.last_error = Some(why),
        Ok(Fetched::NotModified) => {
            row.fetched_at = now;
            row.last_error = None;
        }
        Ok(Fetched::Calendar { bytes, etag }) => match read {
            None => {
                row.last_error =
                    Some("The address no longer answers with a calendar that can be read.".to_owned())
            }
            Some(read) => {
                row.content = bytes;
                row.etag = etag;
                row.fetched_at = now;
                row.last_error = None;
                read.keep(&unit, &mut row).await?;
            }
        },
    }
    store::calendars::update(&unit.tx, row).await?;
    unit.finish(()).await
}

/// What a calendar file says for the time that bookings need.
struct Read {
    name: Option<String>,
    busy: Vec<BusyRow>,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
}

impl Read {
    /// Writes the busy times of `row`, whose calendar this is.
    async fn keep(&self, unit: &Unit<'_>, row: &mut calendar::Model) -> Result<(), ServiceError> {
        store::calendars::replace_busy(&unit.tx, row, &self.busy).await?;
        row.expanded_from = Some(self.from.timestamp_millis());
        row.expanded_to = Some(self.to.timestamp_millis());
        Ok(())
    }
}

/// Reads a calendar file apart from the server. Of which something could not be understood is refused: a time that is
/// not known is not free.
async fn read(
    desk: &Desk,
    call: &Call,
    organisation: OrganisationId,
    bytes: &[u8],
) -> Result<Read, ServiceError> {
    let zone: chrono_tz::Tz = store::directory::organisation(desk.store.reader(), organisation)
        .await?
        .and_then(|row| row.zone.parse().ok())
        .unwrap_or(chrono_tz::Europe::London);
    let from = call.now - Duration::days(BACK_DAYS);
    let to = call.now + Duration::days(desk.settings.horizon_days + BEYOND_DAYS);
    let reading =
        desk.ports.calendars.busy(bytes.to_vec(), from, to, zone).await.map_err(ServiceError::Broken)?;
    let mut reading = readable(reading)?;
    if reading.busy.len() > MOST_KEPT {
        // What lies side by side needs no rows of its own.
        reading.busy = merge(reading.busy);
    }
    if reading.busy.len() > MOST_KEPT {
        let remedy = "This calendar has more busy times than can be kept. Export a shorter period.";
        return Err(ServiceError::invalid("file", remedy));
    }
    Ok(Read { name: reading.name, busy: reading.busy.iter().map(busy_row).collect(), from, to })
}

fn readable(reading: BusyReading) -> Result<BusyReading, ServiceError> {
    let errors: Vec<_> = reading
        .problems
        .iter()
        .map(|problem| &problem.problem)
        .filter(|problem| problem.severity == Severity::Error)
        .map(|problem| {
            let whole = match problem.path.as_str() {
                "" => format!("{}. {}.", problem.problem, problem.remedy),
                path => format!("{path}: {}. {}.", problem.problem, problem.remedy),
            };
            contract::FieldError::new("file", sentence(&whole))
        })
        .collect();
    if errors.is_empty() { Ok(reading) } else { Err(ServiceError::Invalid(errors)) }
}

/// The same with a capital at each beginning and one full stop at the end.
fn sentence(text: &str) -> String {
    let parts = text.split(". ").map(|part| {
        let mut letters = part.trim_end_matches('.').chars();
        letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect::<String>())
    });
    format!("{}.", parts.collect::<Vec<_>>().join(". "))
}

fn busy_row(busy: &Busy) -> BusyRow {
    BusyRow {
        start_at: busy.start.timestamp_millis(),
        end_at: busy.end.timestamp_millis(),
        effect: busy.effect.code().to_owned(),
        uid: busy.uid.chars().take(255).collect(),
    }
}

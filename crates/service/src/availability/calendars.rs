//! Calendars: imported files, subscribed feeds and CalDAV collections, and the busy times that they mean.

mod clashes;
mod polling;
mod reading;
mod renewing;

pub(crate) use polling::{expand_all, recheck};
pub use polling::{read_now, refresh};
pub use renewing::{change_source, replace_calendar};

use contract::{CalendarInput, CalendarRuleInput};
use domain::policy::{Capability, may};
use domain::{CalendarId, OrganisationId, Principal, ResourceId};
use sha2::{Digest, Sha256};
use store::entity::calendar;

use self::polling::{ask, next_reading, sealed_under};
use self::reading::{Read, read};
use super::theirs;
use crate::audit::Touched;
use crate::ports::{Fetched, Known, Source, Waits};
use crate::unit::{Begun, Unit};
use crate::{Call, Desk, ServiceError, ids};

/// Hours after which what was read counts as old, unless somebody says otherwise.
const STALE_HOURS: i64 = 24;

/// Keeps a calendar file; without a resource it stays unassigned and is shown to the administrator. The same content again for
/// the same resource changes nothing; for another one it is another calendar.
pub async fn keep_calendar(
    desk: &Desk,
    call: &Call,
    organisation: OrganisationId,
    resource: Option<ResourceId>,
    name: &str,
    bytes: &[u8],
) -> Result<CalendarId, ServiceError> {
    let read = read(desk, call, organisation, bytes, Waits::Reading).await?;
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
    let same = store::calendars::same(&*unit.tx, organisation, &sha256).await?;
    let known = match resource {
        None => same.into_iter().next(),
        Some(resource) => {
            let (own, others): (Vec<_>, Vec<_>) =
                same.into_iter().partition(|row| row.resource_id == Some(resource.0));
            own.into_iter().next().or_else(|| others.into_iter().find(|row| row.resource_id.is_none()))
        }
    };
    let is_new = known.is_none();
    let mut row = known.unwrap_or_else(|| calendar::Model {
        name: read.name.clone().unwrap_or_else(|| name.to_owned()),
        content: bytes.to_vec(),
        sha256,
        ..fresh(organisation, call)
    });
    row.resource_id = resource.map(|resource| resource.0).or(row.resource_id);
    if is_new {
        store::calendars::insert(&unit.tx, row.clone()).await?;
    }
    read.keep(&mut unit, &mut row).await?;
    store::calendars::update(&unit.tx, row.clone()).await?;
    unit.record(
        "keep-calendar",
        &Touched { organisation, entity: "calendar", id: Some(row.id), patient: None },
    );
    unit.finish(CalendarId(row.id)).await
}

/// Subscribes to a calendar for a resource, an iCalendar feed or a CalDAV collection: it is read at once, and then politely
/// again and again. A password is kept sealed.
pub async fn subscribe_calendar(
    desk: &Desk,
    call: &Call,
    resource: ResourceId,
    input: &CalendarInput,
) -> Result<(), ServiceError> {
    let (organisation, resource) = theirs(desk.store.reader(), call, Some(resource)).await?;
    let wanted = wanted(input)?;
    let (bytes, known, read) = first_reading(desk, call, organisation, &wanted).await?;
    let mut unit = match Unit::begin(desk, call, "subscribe-calendar", &(resource.id, input)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let id = ids::fresh(call.now);
    let secret = sealed(desk, organisation, id, &wanted)?;
    let mut row = calendar::Model {
        id,
        resource_id: Some(resource.id),
        name: read.name.clone().unwrap_or_else(|| "Subscribed calendar".to_owned()),
        kind: if secret.is_some() { "caldav" } else { "feed" }.to_owned(),
        username: wanted.login.map(|(user, _)| user),
        secret,
        etag: known.etag,
        last_modified: known.last_modified,
        sha256: identity(&wanted.url, resource.id),
        content: bytes,
        checked_at: Some(call.now.timestamp_millis()),
        url: Some(wanted.url),
        ..fresh(organisation, call)
    };
    if !store::calendars::same(&*unit.tx, organisation, &row.sha256).await?.is_empty() {
        return Err(ServiceError::invalid("url", "This calendar is subscribed already."));
    }
    store::calendars::insert(&unit.tx, row.clone()).await?;
    read.keep(&mut unit, &mut row).await?;
    row.next_at = Some(next_reading(&row, None, desk.settings.feed_minutes, call.now).timestamp_millis());
    store::calendars::update(&unit.tx, row.clone()).await?;
    unit.record(
        "subscribe-calendar",
        &Touched { organisation, entity: "calendar", id: Some(row.id), patient: None },
    );
    unit.finish(()).await
}

/// What the address answers, and what that says; refused with words beside the field that is to be put right.
async fn first_reading(
    desk: &Desk,
    call: &Call,
    organisation: OrganisationId,
    wanted: &Wanted,
) -> Result<(Vec<u8>, Known, Read), ServiceError> {
    let (from, to) = reading::span(desk, call).await?;
    let login = wanted.login.as_ref().map(|(user, password)| (user.as_str(), password.as_str()));
    let source = Source { url: &wanted.url, login, known: Known::default(), from, to };
    let fetched = ask(desk, source).await.map_err(|fault| {
        let field = if fault.is_sign_in { "password" } else { "url" };
        ServiceError::invalid(field, capital(&fault.words))
    })?;
    let Fetched::Calendar { bytes, known } = fetched else {
        return Err(ServiceError::invalid(
            "url",
            "The address answered without a calendar. Check it in a browser.",
        ));
    };
    match read(desk, call, organisation, &bytes, Waits::Reading).await {
        Ok(read) => Ok((bytes, known, read)),
        Err(ServiceError::Invalid(fields)) => Err(ServiceError::invalid("url", trouble(&fields))),
        Err(other) => Err(other),
    }
}

/// The first thing in a calendar that cannot be read, and how many more there are.
fn trouble(fields: &[contract::FieldError]) -> String {
    let first = fields.first().map_or_else(String::new, |field| field.message.clone());
    match fields.len().saturating_sub(1) {
        0 => first,
        1 => format!("{first} One more thing in it cannot be read."),
        more => format!("{first} {more} more things in it cannot be read."),
    }
}

/// A subscription's password, as it is kept.
fn sealed(
    desk: &Desk,
    organisation: OrganisationId,
    id: uuid::Uuid,
    wanted: &Wanted,
) -> Result<Option<Vec<u8>>, ServiceError> {
    let Some((_, password)) = &wanted.login else {
        return Ok(None);
    };
    let under = sealed_under(organisation.0, id);
    desk.ports.secrets.seal(&under, password.as_bytes()).map(Some).map_err(ServiceError::Broken)
}

/// By this a subscription of a resource is known again.
fn identity(url: &str, resource: uuid::Uuid) -> String {
    hex::encode(Sha256::new().chain_update(url).chain_update(resource).finalize())
}

/// Says from when on what was read of a calendar counts as old, and whether times are offered then. Whoever may change the
/// resource's availability.
pub async fn change_calendar(
    desk: &Desk,
    call: &Call,
    resource: ResourceId,
    id: CalendarId,
    input: &CalendarRuleInput,
) -> Result<(), ServiceError> {
    let mut unit = match Unit::begin(desk, call, "change-calendar", &(resource, id, input)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let mut row = own(&unit, resource, id).await?;
    let hours = input.stale_hours.trim().parse::<i64>().ok().filter(|hours| (1..=720).contains(hours));
    let Some(hours) = hours else {
        return Err(ServiceError::invalid("stale_hours", "Enter hours, from 1 to 720."));
    };
    if !matches!(input.when_stale.as_str(), "warn" | "refuse") {
        return Err(ServiceError::invalid(
            "when_stale",
            "Choose what happens when it was not read for long.",
        ));
    }
    (row.stale_hours, row.when_stale) = (hours, input.when_stale.clone());
    store::calendars::update(&unit.tx, row.clone()).await?;
    record(&mut unit, "change-calendar", &row);
    unit.finish(()).await
}

/// Takes a calendar away: its busy times no longer count. Whoever may change the resource's availability.
pub async fn remove_calendar(
    desk: &Desk,
    call: &Call,
    resource: ResourceId,
    id: CalendarId,
) -> Result<(), ServiceError> {
    let mut unit = match Unit::begin(desk, call, "remove-calendar", &(resource, id)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let row = own(&unit, resource, id).await?;
    clashes::forget(&unit, &row).await?;
    store::calendars::remove(&unit.tx, &row).await?;
    unit.frees_time();
    record(&mut unit, "remove-calendar", &row);
    unit.finish(()).await
}

/// A calendar of a resource that the caller may change.
async fn own(unit: &Unit<'_>, resource: ResourceId, id: CalendarId) -> Result<calendar::Model, ServiceError> {
    let (organisation, resource) = theirs(&*unit.tx, unit.call, Some(resource)).await?;
    let row = store::calendars::find(&*unit.tx, organisation, id).await?;
    row.filter(|row| row.resource_id == Some(resource.id)).ok_or(ServiceError::NotFound)
}

fn record(unit: &mut Unit<'_>, what: &str, row: &calendar::Model) {
    let organisation = OrganisationId(row.organisation_id);
    unit.record(what, &Touched { organisation, entity: "calendar", id: Some(row.id), patient: None });
}

/// A calendar of which nothing is known yet.
fn fresh(organisation: OrganisationId, call: &Call) -> calendar::Model {
    calendar::Model {
        organisation_id: organisation.0,
        id: ids::fresh(call.now),
        resource_id: None,
        name: String::new(),
        url: None,
        etag: None,
        content: Vec::new(),
        sha256: String::new(),
        fetched_at: call.now.timestamp_millis(),
        checked_at: None,
        last_error: None,
        expanded_from: None,
        expanded_to: None,
        kind: "file".to_owned(),
        last_modified: None,
        next_at: None,
        failures: 0,
        refresh_min: None,
        username: None,
        secret: None,
        stale_hours: STALE_HOURS,
        when_stale: "warn".to_owned(),
        expand_after: None,
        unsure_since: None,
    }
}

/// Which calendar is wanted, checked.
struct Wanted {
    url: String,
    /// User name and password of a CalDAV collection.
    login: Option<(String, String)>,
}

fn wanted(input: &CalendarInput) -> Result<Wanted, ServiceError> {
    let mut fields = Vec::new();
    let mut bad = |field: &str, remedy: &str| fields.push(contract::FieldError::new(field, remedy));
    let url = input.url.trim().to_owned();
    let is_collection = input.kind == "caldav";
    let schemes: &[&str] = match is_collection {
        true => &["https://", "http://"],
        false => &["https://", "http://", "webcal://", "webcals://"],
    };
    let begins = |scheme: &str| url.get(..scheme.len()).is_some_and(|head| head.eq_ignore_ascii_case(scheme));
    if !schemes.iter().any(|scheme| begins(scheme)) || url.len() > 2000 {
        bad(
            "url",
            match is_collection {
                true => "Paste the address of one calendar on the CalDAV server. It begins with https://.",
                false => "Paste the calendar's address. It begins with https://, http:// or webcal://.",
            },
        );
    }
    let user = input.username.trim().to_owned();
    if is_collection && (user.is_empty() || user.len() > 200 || user.contains(':')) {
        bad("username", "Enter the user name on the calendar server, without a colon.");
    }
    if is_collection && (input.password.is_empty() || input.password.len() > 500) {
        bad("password", "Enter the password, better one made for this alone (an app password).");
    }
    if !fields.is_empty() {
        return Err(ServiceError::Invalid(fields));
    }
    Ok(Wanted { url, login: is_collection.then(|| (user, input.password.clone())) })
}

/// The same with a capital letter and a full stop.
fn capital(words: &str) -> String {
    let mut letters = words.trim_end_matches('.').chars();
    let first = letters.next().map_or(String::new(), |first| first.to_uppercase().collect());
    format!("{first}{}.", letters.as_str())
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
    let same = store::calendars::same(&*unit.tx, organisation, &row.sha256).await?;
    if same.iter().any(|other| other.id != row.id && other.resource_id == Some(resource.id)) {
        let remedy = "They have this calendar already. Choose somebody else, or leave it.";
        return Err(ServiceError::invalid("resource", remedy));
    }
    clashes::forget(&unit, &row).await?;
    row.resource_id = Some(resource.id);
    store::calendars::update(&unit.tx, row.clone()).await?;
    clashes::heed(&mut unit, &row, &[]).await?;
    unit.record(
        "assign-calendar",
        &Touched { organisation, entity: "calendar", id: Some(id.0), patient: None },
    );
    unit.finish(()).await
}

//! A calendar that stays the same one and says something new: a newer file, another address, another password. Until the new
//! one is read, the old busy times count, so that nothing is free in between.

use contract::CalendarInput;
use domain::{CalendarId, ResourceId};
use sha2::{Digest, Sha256};

use super::polling::next_reading;
use super::reading::read;
use super::{first_reading, identity, own, record, sealed, theirs, wanted};
use crate::ports::Waits;
use crate::unit::{Begun, Unit};
use crate::{Call, Desk, ServiceError};

/// Puts a newer file in the place of an uploaded one: its busy times for the old ones, in one transaction. Whoever may change
/// the resource's availability.
///
/// Errors: `Invalid` on `file` when it cannot be read, or is another calendar of the same resource already; the old one stays.
pub async fn replace_calendar(
    desk: &Desk,
    call: &Call,
    resource: ResourceId,
    id: CalendarId,
    bytes: &[u8],
) -> Result<(), ServiceError> {
    let db = desk.store.reader();
    let (organisation, whose) = theirs(db, call, Some(resource)).await?;
    let known = store::calendars::find(db, organisation, id).await?;
    known.filter(|row| row.resource_id == Some(whose.id)).ok_or(ServiceError::NotFound)?;
    let read = read(desk, call, organisation, bytes, Waits::Reading).await?;
    let sha256 = hex::encode(Sha256::digest(bytes));
    let mut unit = match Unit::begin(desk, call, "replace-calendar", &(resource, id, &sha256)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let mut row = own(&unit, resource, id).await?;
    if row.url.is_some() {
        let remedy = "This calendar is subscribed and keeps itself up to date. Change its address instead.";
        return Err(ServiceError::invalid("file", remedy));
    }
    let same = store::calendars::same(&*unit.tx, organisation, &sha256).await?;
    if same.iter().any(|other| other.id != row.id && other.resource_id == row.resource_id) {
        let remedy =
            "This file is another of the calendars here. Take this one away, or choose a newer file.";
        return Err(ServiceError::invalid("file", remedy));
    }
    row.name = read.name.clone().unwrap_or(row.name);
    (row.content, row.sha256) = (bytes.to_vec(), sha256);
    (row.fetched_at, row.last_error) = (call.now.timestamp_millis(), None);
    read.keep(&mut unit, &mut row).await?;
    store::calendars::update(&unit.tx, row.clone()).await?;
    unit.frees_time();
    record(&mut unit, "replace-calendar", &row);
    unit.finish(()).await
}

/// Reads a subscribed calendar from another address, or with another user name and password, and from then on always. What is
/// left empty stays, but the password: a kept one goes to no address that it was not given for. Whoever may change the
/// resource's availability.
///
/// Errors: `Invalid` on `url`, `username` or `password` when it cannot be read so; everything stays as it was.
pub async fn change_source(
    desk: &Desk,
    call: &Call,
    resource: ResourceId,
    id: CalendarId,
    input: &CalendarInput,
) -> Result<(), ServiceError> {
    let db = desk.store.reader();
    let (organisation, resource) = theirs(db, call, Some(resource)).await?;
    let known = store::calendars::find(db, organisation, id).await?;
    let known = known.filter(|row| row.resource_id == Some(resource.id)).ok_or(ServiceError::NotFound)?;
    let Some(url) = known.url else {
        let remedy = "This calendar is a file. Replace it with a newer one to renew it.";
        return Err(ServiceError::invalid("url", remedy));
    };
    if known.kind == "feed" && input.url.trim().is_empty() {
        return Err(ServiceError::invalid("url", "Enter the new address of the calendar."));
    }
    let or = |given: &str, kept: String| if given.trim().is_empty() { kept } else { given.to_owned() };
    let wanted = wanted(&CalendarInput {
        kind: known.kind,
        url: or(&input.url, url),
        username: or(&input.username, known.username.unwrap_or_default()),
        password: input.password.clone(),
    })?;
    let (bytes, marks, read) = first_reading(desk, call, organisation, &wanted).await?;
    let mut unit = match Unit::begin(desk, call, "change-source", &(resource.id, id, input)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let mut row = own(&unit, ResourceId(resource.id), id).await?;
    let sha256 = identity(&wanted.url, resource.id);
    let same = store::calendars::same(&*unit.tx, organisation, &sha256).await?;
    if same.iter().any(|other| other.id != row.id) {
        let remedy = "This calendar is subscribed already, on another card here.";
        return Err(ServiceError::invalid("url", remedy));
    }
    row.secret = sealed(desk, organisation, row.id, &wanted)?;
    row.username = wanted.login.map(|(user, _)| user);
    row.name = read.name.clone().unwrap_or(row.name);
    (row.url, row.sha256, row.content) = (Some(wanted.url), sha256, bytes);
    (row.etag, row.last_modified) = (marks.etag, marks.last_modified);
    let now = call.now.timestamp_millis();
    (row.fetched_at, row.checked_at) = (now, Some(now));
    (row.failures, row.last_error, row.unsure_since) = (0, None, None);
    read.keep(&mut unit, &mut row).await?;
    row.next_at = Some(next_reading(&row, None, desk.settings.feed_minutes, call.now).timestamp_millis());
    store::calendars::update(&unit.tx, row.clone()).await?;
    unit.frees_time();
    record(&mut unit, "change-source", &row);
    unit.finish(()).await
}

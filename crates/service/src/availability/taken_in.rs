//! Hours that a calendar file describes (VAVAILABILITY, RFC 7953), taken in as weekly sessions and leave.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{NaiveDateTime, Timelike};
use contract::{FieldError, HoursPage, HoursPreview, RuleInput, TakeHoursInput};
use domain::calendar_days::at_wall;
use domain::{OrganisationId, ResourceId, ServiceId, dates, spoken};
use scheduling::{Away, Closed, Rules, Session};
use store::appointments::BrokenLine;
use store::entity::{availability_rule, closure, leave, resource};

use super::{WEEKDAYS, broken, page, rules, theirs};
use crate::audit::Touched;
use crate::unit::{Begun, Unit};
use crate::{Call, Desk, ServiceError, facts, ids};

/// The most that is taken in at once of each.
const MOST: usize = 200;
/// The note of leave that a file brought.
const NOTE: &str = "From a calendar file";

/// What can be chosen where hours are taken in. Whoever may change the resource's availability.
pub async fn hours_page(desk: &Desk, call: &Call, resource: ResourceId) -> Result<HoursPage, ServiceError> {
    let db = desk.store.reader();
    let (organisation, row) = theirs(db, call, Some(resource)).await?;
    let services = store::directory::services_of(db, organisation).await?;
    let choices = page::session_choices(row.id, &services, &[], &[]);
    Ok(HoursPage { resource: row.id.to_string(), name: row.name, services: choices.services })
}

/// What of a file would be taken in; nothing is saved. Whoever may change the resource's availability.
///
/// Errors: `Invalid` on `file` when it has no hours that can be weekly sessions, with what is wrong.
pub async fn look_at_hours(
    desk: &Desk,
    call: &Call,
    resource: ResourceId,
    input: &TakeHoursInput,
    bytes: &[u8],
) -> Result<HoursPreview, ServiceError> {
    let (organisation, row) = theirs(desk.store.reader(), call, Some(resource)).await?;
    let zone = super::zone_of(desk.store.reader(), organisation).await?;
    let minutes = input.slot_min.trim().parse::<u32>().ok().filter(|minutes| (5..=720).contains(minutes));
    let Some(minutes) = minutes else {
        return Err(ServiceError::invalid("slot_min", "Enter the minutes of one visit, from 5 to 720."));
    };
    if bytes.is_empty() {
        return Err(ServiceError::invalid("file", "Choose a file first."));
    }
    let read =
        desk.ports.calendars.hours(bytes.to_vec(), minutes, zone).await.map_err(ServiceError::Broken)?;
    let read = read.map_err(|why| {
        ServiceError::invalid(
            "file",
            format!("These hours cannot be taken in: {}.", why.trim_end_matches('.')),
        )
    })?;
    if read.sessions.is_empty() {
        let remedy = "There are no hours in this file. Busy times are added under “Calendars”.";
        return Err(ServiceError::invalid("file", remedy));
    }
    let unit = match Unit::begin::<_, ()>(desk, call, "look-at-hours", &resource).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(()) => return Err(ServiceError::invalid("file", "Choose the file again.")),
    };
    let hours = checked(&unit, organisation, &row, &read, input).await?;
    let everything = store::calendars::resources(&*unit.tx, organisation).await?;
    let services = store::directory::services_of(&*unit.tx, organisation).await?;
    let today = call.now.with_timezone(&zone).date_naive();
    let mut sessions = Vec::new();
    for rule in hours.sessions.values() {
        let service = services.iter().find(|service| service.id == rule.service_id);
        let name = service.map_or(String::new(), |service| service.name.clone());
        sessions.push(page::rule_line(rule, name, (&everything, &[]), today));
    }
    let closed = hours.closed.iter().map(|day| spoken::date(day.from, today)).collect();
    let wall = |wall: NaiveDateTime| wall.format("%Y-%m-%dT%H:%M").to_string();
    let away = hours.away.iter().map(|away| page::stretch(&wall(away.from), &wall(away.to), today)).collect();
    let hours = serde_json::to_string(&read).map_err(|error| ServiceError::Broken(error.to_string()))?;
    Ok(HoursPreview { hours, sessions, closed, away })
}

/// Takes in what was previewed; answers how many sessions. Visits that are booked during leave of the file stay booked and are
/// listed. Whoever may change the resource's availability.
pub async fn take_hours(
    desk: &Desk,
    call: &Call,
    resource: ResourceId,
    input: &TakeHoursInput,
) -> Result<u64, ServiceError> {
    let mut unit = match Unit::begin(desk, call, "take-hours", &(resource, input)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let (organisation, row) = theirs(&*unit.tx, call, Some(resource)).await?;
    let zone = super::zone_of(&*unit.tx, organisation).await?;
    let read: Rules = serde_json::from_str(&input.hours)
        .map_err(|_| ServiceError::invalid("file", "Choose the file again."))?;
    store::free_busy::alone(&unit.tx, organisation).await?;
    let hours = checked(&unit, organisation, &row, &read, input).await?;
    let (created_at, by) = (call.now.timestamp_millis(), call.actor.label());
    let count = hours.sessions.len() as u64;
    for day in &hours.closed {
        let of = day.session.as_ref().and_then(|id| hours.sessions.get(id));
        let Some(rule) = of else { continue };
        let days = closure::Model {
            organisation_id: organisation.0,
            id: ids::fresh(call.now),
            resource_id: None,
            rule_id: Some(rule.id),
            from_day: day.from.to_string(),
            to_day: day.to.unwrap_or(day.from).to_string(),
            note: NOTE.to_owned(),
            created_at,
            created_by_name: by.clone(),
        };
        store::leave::insert_closure(&unit.tx, days).await?;
    }
    let mut doubtful: Vec<BrokenLine> = Vec::new();
    for away in &hours.away {
        let lines = take_leave(&mut unit, organisation, &row, zone, away).await?;
        doubtful.extend(lines);
    }
    // One mail, however many leaves the file has.
    broken::tell(&mut unit, organisation, &doubtful).await?;
    let services: BTreeSet<uuid::Uuid> = hours.sessions.values().map(|rule| rule.service_id).collect();
    for rule in hours.sessions.into_values() {
        store::calendars::insert_rule(&unit.tx, rule).await?;
    }
    for service in services {
        rules::take_in(&unit, organisation, ServiceId(service)).await?;
    }
    unit.frees_time();
    let id = Some(row.id);
    unit.record("take-hours", &Touched { organisation, entity: "availability", id, patient: None });
    unit.finish(count).await
}

/// Writes leave of the file, and lists the visits that stay booked over it; answers them.
async fn take_leave(
    unit: &mut Unit<'_>,
    organisation: OrganisationId,
    of: &resource::Model,
    zone: chrono_tz::Tz,
    away: &Away,
) -> Result<Vec<BrokenLine>, ServiceError> {
    let now = unit.call.now;
    let at = |wall: NaiveDateTime| at_wall(wall.date(), wall.time(), zone).timestamp_millis();
    let wall = |wall: NaiveDateTime| wall.format("%Y-%m-%dT%H:%M").to_string();
    let row = leave::Model {
        organisation_id: organisation.0,
        id: ids::fresh(now),
        resource_id: of.id,
        from_at: at(away.from),
        to_at: at(away.to),
        zone: zone.name().to_owned(),
        from_wall: wall(away.from),
        to_wall: wall(away.to),
        note: NOTE.to_owned(),
        created_at: now.timestamp_millis(),
        created_by_name: unit.call.actor.label(),
    };
    let (id, from, to) = (row.id, row.from_at.max(now.timestamp_millis()), row.to_at);
    store::leave::insert(&unit.tx, row).await?;
    let one = Some(ResourceId(of.id));
    let mut lines = store::appointments::touching(&*unit.tx, organisation, one, from, to).await?;
    lines.retain(|line| line.state == "booked" && facts::instant(line.start_at) > now);
    broken::list_all(unit, organisation, &lines, "", ("leave", id)).await?;
    Ok(lines)
}

/// What a file says, as it is stored.
struct Hours {
    /// By the file's own names.
    sessions: BTreeMap<String, availability_rule::Model>,
    closed: Vec<Closed>,
    away: Vec<Away>,
}

async fn checked(
    unit: &Unit<'_>,
    organisation: OrganisationId,
    of: &resource::Model,
    read: &Rules,
    input: &TakeHoursInput,
) -> Result<Hours, ServiceError> {
    if read.sessions.len() > MOST || read.away.len() > MOST || read.closed.len() > MOST {
        let remedy = "This file has more than 200 sessions, days or leaves. Export a shorter period.";
        return Err(ServiceError::invalid("file", remedy));
    }
    let zone = super::zone_of(&*unit.tx, organisation).await?;
    let now = unit.call.now.with_timezone(&zone).naive_local();
    let known = store::calendars::rules_of_resource(&*unit.tx, organisation, ResourceId(of.id)).await?;
    let mut sessions = BTreeMap::new();
    for session in &read.sessions {
        let row = rules::read(unit, organisation, of.id, &typed(session, input)?).await.map_err(at_file)?;
        let meant = session.zone.unwrap_or(read.zone);
        if row.zone != meant.name() {
            let remedy = format!(
                "The file’s hours are in {}, and this service sees people in {}. Choose another service, or export them anew.",
                meant.name(),
                row.zone
            );
            return Err(ServiceError::invalid("file", remedy));
        }
        // The same file once more, or these very hours: twice the same session would be twice the places.
        if !known.iter().any(|other| is_same(other, &row)) {
            sessions.insert(session.id.clone(), row);
        }
    }
    let mut closed = read.closed.clone();
    closed.retain(|day| day.to.unwrap_or(day.from) >= now.date());
    let mut away = read.away.clone();
    away.retain(|away| away.from < away.to && away.to > now);
    let from = unit.call.now.timestamp_millis();
    let known = store::leave::touching(&*unit.tx, organisation, &[of.id], from, i64::MAX).await?;
    let wall = |wall: NaiveDateTime| wall.format("%Y-%m-%dT%H:%M").to_string();
    away.retain(|away| {
        let (from, to) = (wall(away.from), wall(away.to));
        !known.iter().any(|row| (&row.from_wall, &row.to_wall) == (&from, &to))
    });
    if sessions.is_empty() && away.is_empty() {
        let remedy =
            "Everything in this file is here already. Change it where it stands, or choose another file.";
        return Err(ServiceError::invalid("file", remedy));
    }
    // Sessions were checked as they would be typed.
    let beside = Rules { closed, away, ..Rules::of_zone(zone) };
    beside.check().map_err(|wrong| {
        ServiceError::invalid("file", format!("Something in this file cannot be right: {}.", wrong.fault))
    })?;
    let (closed, away) = (beside.closed, beside.away);
    Ok(Hours { sessions, closed, away })
}

/// Whether two sessions of somebody see people at the same times, for the same service.
fn is_same(one: &availability_rule::Model, other: &availability_rule::Model) -> bool {
    let when = |row: &availability_rule::Model| {
        let wall = (row.from_wall.clone(), row.to_wall.clone(), row.zone.clone());
        let days = (row.weekdays.clone(), row.every_weeks, row.dates.clone(), row.valid_to.clone());
        (row.service_id, wall, days)
    };
    // Of every other week, the first day says which.
    when(one) == when(other)
        && (one.valid_from == other.valid_from || (one.every_weeks == 1 && one.valid_from < other.valid_from))
}

/// A session of the file as it would be typed.
fn typed(session: &Session, input: &TakeHoursInput) -> Result<RuleInput, ServiceError> {
    if session.from.second() != 0 || session.to.second() != 0 {
        return Err(ServiceError::invalid("file", "Its hours do not begin and end on whole minutes."));
    }
    let day = |day: &chrono::NaiveDate| day.to_string();
    let codes = WEEKDAYS.iter().filter(|(_, day, _)| session.weekdays.contains(day)).map(|(code, ..)| *code);
    Ok(RuleInput {
        service: input.service.clone(),
        weekdays: codes.collect::<Vec<_>>().join(","),
        from: session.from.format("%H:%M").to_string(),
        to: session.to.format("%H:%M").to_string(),
        slot_min: input.slot_min.clone(),
        valid_from: session.valid_from.as_ref().map_or(String::new(), day),
        // Programs write the last year of all for what has no end.
        valid_to: session.valid_to.as_ref().filter(|to| **to <= dates::LAST).map_or(String::new(), day),
        dates: session.dates.iter().map(day).collect::<Vec<_>>().join(", "),
        every_weeks: session.every_weeks.to_string(),
        ..RuleInput::default()
    })
}

/// What is wrong with a session of the file is wrong with the file, but for what was chosen beside it.
fn at_file(error: ServiceError) -> ServiceError {
    match error {
        ServiceError::Invalid(fields) => ServiceError::Invalid(
            fields
                .into_iter()
                .map(|error| match error.field.as_str() {
                    "service" | "slot_min" => error,
                    _ => FieldError::new("file", error.message),
                })
                .collect(),
        ),
        other => other,
    }
}

//! Leave, and sessions that do not take place: never over booked visits in silence.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use contract::{FieldError, LeaveInput, LeaveOutcome};
use domain::calendar_days::at_wall;
use domain::{OrganisationId, ResourceId, dates};
use store::appointments::BrokenLine;
use store::entity::{availability_rule, closure, leave};
use uuid::Uuid;

use super::{broken, theirs};
use crate::audit::Touched;
use crate::booking;
use crate::unit::{Begun, Unit};
use crate::{Call, Desk, ServiceError, facts, ids};

/// Leave is entered for at most so many days at once.
const LONGEST_DAYS: i64 = 400;
/// Longest note, in characters.
const LONGEST_NOTE: usize = 200;

/// What was entered, checked.
struct Entered {
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    from_wall: chrono::NaiveDateTime,
    to_wall: chrono::NaiveDateTime,
    first: NaiveDate,
    last: NaiveDate,
    zone: chrono_tz::Tz,
    note: String,
    /// The one session that does not take place.
    rule: Option<availability_rule::Model>,
}

/// Enters leave, or days on which one session does not take place. Specialists for themselves, coordinators and
/// administrators for anybody.
///
/// Where booked visits would break, nothing is saved until they were shown: the answer is then the preview, and the same
/// input with its `seen` saves. Each broken visit is cancelled, its patient told once and asked to choose again, and it stays
/// on the list of [`super::rebookings`] until another time is booked.
pub async fn add_leave(
    desk: &Desk,
    call: &Call,
    resource: ResourceId,
    input: &LeaveInput,
) -> Result<LeaveOutcome, ServiceError> {
    let mut unit = match Unit::begin(desk, call, "add-leave", &(resource, input)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let (organisation, resource) = theirs(&*unit.tx, call, Some(resource)).await?;
    let id = ResourceId(resource.id);
    let entered = read(&unit, organisation, id, input).await?;
    store::free_busy::alone(&unit.tx, organisation).await?;
    let broken = breaking(&unit, organisation, id, &entered).await?;
    if input.seen != broken::fingerprint(&broken) && !broken.is_empty() {
        return broken::preview(unit, organisation, &broken).await.map(LeaveOutcome::Preview);
    }
    let cause = keep(&unit, organisation, id, &entered).await?;
    let why = match (&entered.rule, resource.kind.as_str()) {
        (Some(_), _) => "This clinic does not take place that day".to_owned(),
        (None, "room") => format!("{} cannot be used then", resource.name),
        (None, _) => format!("{} is away then", resource.name),
    };
    let outcome = broken::cancel_all(&mut unit, organisation, &broken, &why, cause).await?;
    unit.record(
        "add-leave",
        &Touched { organisation, entity: "availability", id: Some(cause.1), patient: None },
    );
    unit.finish(outcome).await
}

/// Takes leave, or a session's closed days, back. Visits that it broke stay cancelled.
pub async fn remove_leave(
    desk: &Desk,
    call: &Call,
    resource: ResourceId,
    leave: Uuid,
) -> Result<(), ServiceError> {
    let mut unit = match Unit::begin(desk, call, "remove-leave", &(resource, leave)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let (organisation, resource) = theirs(&*unit.tx, call, Some(resource)).await?;
    let is_leave = store::leave::find(&*unit.tx, organisation, leave)
        .await?
        .is_some_and(|row| row.resource_id == resource.id);
    let removed = match is_leave {
        true => {
            // Visits that stayed booked over it are no longer in doubt.
            store::leave::forget_cause(&unit.tx, organisation, ("leave", leave), &[]).await?;
            store::leave::delete(&unit.tx, organisation, leave).await?
        }
        false => {
            let id = ResourceId(resource.id);
            let known = store::leave::closures_of(&*unit.tx, organisation, id, "").await?;
            let rules = store::calendars::rules_of_resource(&*unit.tx, organisation, id).await?;
            // Closed days of the whole organisation are not one clinician's to open.
            let is_theirs = |row: &closure::Model| {
                row.resource_id == Some(id.0) || rules.iter().any(|rule| Some(rule.id) == row.rule_id)
            };
            match known.iter().any(|row| row.id == leave && is_theirs(row)) {
                true => {
                    store::leave::forget_cause(&unit.tx, organisation, ("closure", leave), &[]).await?;
                    store::leave::delete_closure(&unit.tx, organisation, leave).await?
                }
                false => 0,
            }
        }
    };
    if removed == 0 {
        return Err(ServiceError::NotFound);
    }
    unit.frees_time();
    unit.record(
        "remove-leave",
        &Touched { organisation, entity: "availability", id: Some(leave), patient: None },
    );
    unit.finish(()).await
}

async fn read(
    unit: &Unit<'_>,
    organisation: OrganisationId,
    resource: ResourceId,
    input: &LeaveInput,
) -> Result<Entered, ServiceError> {
    let mut fields = Vec::new();
    let mut bad = |field: &str, remedy: &str| fields.push(FieldError::new(field, remedy));
    let zone = super::zone_of(&*unit.tx, organisation).await?;
    let today = unit.call.now.with_timezone(&zone).date_naive();
    let date = dates::day;
    let first = date(&input.from_day);
    let last = if input.to_day.trim().is_empty() { first } else { date(&input.to_day) };
    if first.is_none_or(|first| first < today) {
        bad("from_day", "Enter the first day, from today on, like 2026-08-03.");
    }
    // What is left empty is no second mistake.
    if last.is_none() && !input.to_day.trim().is_empty() {
        bad("to_day", "Enter the last day, like 2026-08-14, or leave it empty.");
    }
    let clock = |text: &str| match text.trim() {
        "" => Some(None),
        text => NaiveTime::parse_from_str(text, "%H:%M").ok().map(Some),
    };
    let (from_time, to_time) = (clock(&input.from_time), clock(&input.to_time));
    // Of a session there are whole days without it: a part of one would close all of it, over visits that were not shown.
    let is_session = !input.rule.trim().is_empty();
    let whole =
        "A session does not take place on whole days. Leave the time empty, or choose “All: I am away”.";
    for (field, time, example) in [
        ("from_time", from_time, "Enter a time, like 13:00, or leave it empty."),
        ("to_time", to_time, "Enter a time, like 17:00, or leave it empty."),
    ] {
        match time {
            None => bad(field, example),
            Some(Some(_)) if is_session => bad(field, whole),
            Some(_) => {}
        }
    }
    let note = input.note.trim();
    if note.chars().count() > LONGEST_NOTE {
        bad("note", "Use at most 200 characters.");
    }
    let known = store::calendars::rules_of_resource(&*unit.tx, organisation, resource).await?;
    let rule = match input.rule.trim() {
        "" => None,
        wanted => match known.into_iter().find(|row| row.id.to_string() == wanted) {
            Some(row) => Some(row),
            None => {
                bad("rule", "Choose a session from the list.");
                None
            }
        },
    };
    let (Some(first), Some(last), Some(from_time), Some(to_time), true) =
        (first, last, from_time, to_time, fields.is_empty())
    else {
        return Err(ServiceError::Invalid(fields));
    };
    let from_wall = first.and_time(from_time.unwrap_or(NaiveTime::MIN));
    // Without a time, the whole last day is meant.
    let to_wall = match to_time {
        Some(time) => last.and_time(time),
        None => (last + Days::new(1)).and_time(NaiveTime::MIN),
    };
    if to_wall <= from_wall || (last - first).num_days() > LONGEST_DAYS {
        let remedy = "Choose an end after the beginning, and at most 400 days.";
        return Err(ServiceError::invalid("to_day", remedy));
    }
    let at = |wall: chrono::NaiveDateTime| at_wall(wall.date(), wall.time(), zone);
    Ok(Entered {
        from: at(from_wall),
        to: at(to_wall),
        from_wall,
        to_wall,
        first,
        last,
        zone,
        note: note.to_owned(),
        rule,
    })
}

/// Held and booked visits that cannot take place then.
async fn breaking(
    unit: &Unit<'_>,
    organisation: OrganisationId,
    resource: ResourceId,
    entered: &Entered,
) -> Result<Vec<BrokenLine>, ServiceError> {
    let day = chrono::Duration::days(1);
    let (one, from, to) = match entered.rule {
        None => (Some(resource), entered.from, entered.to),
        // The days are the session's own, by the clock of its place, and it may run past midnight.
        Some(_) => (None, entered.from - day, entered.to + day),
    };
    // A visit that goes on now is not undone.
    let from = from.max(unit.call.now).timestamp_millis();
    let mut lines =
        store::appointments::touching(&*unit.tx, organisation, one, from, to.timestamp_millis()).await?;
    if let Some(rule) = &entered.rule {
        let session = booking::search::sound(rule, None);
        let who = booking::search::sees_people(rule);
        let zone = session.as_ref().and_then(|session| session.zone).unwrap_or(entered.zone);
        // One that is not sound is held on no day.
        let holds = |day: &NaiveDate| session.as_ref().is_some_and(|session| session.holds_on(*day));
        let hours: Vec<(DateTime<Utc>, DateTime<Utc>)> = entered
            .first
            .iter_days()
            .take_while(|day| *day <= entered.last)
            .filter(holds)
            .filter_map(|day| session.as_ref()?.hours_on(day))
            .map(|(opens, closes)| {
                (at_wall(opens.date(), opens.time(), zone), at_wall(closes.date(), closes.time(), zone))
            })
            .collect();
        lines.retain(|line| {
            let start = facts::instant(line.start_at);
            line.service_id == rule.service_id
                && who.contains(&line.resource_id)
                && hours.iter().any(|(opens, closes)| *opens <= start && start < *closes)
        });
    }
    Ok(lines)
}

/// Writes the leave, or the session's closed days; answers what it is and its id.
async fn keep(
    unit: &Unit<'_>,
    organisation: OrganisationId,
    resource: ResourceId,
    entered: &Entered,
) -> Result<(&'static str, Uuid), ServiceError> {
    let id = ids::fresh(unit.call.now);
    let (created_at, created_by_name) = (unit.call.now.timestamp_millis(), unit.call.actor.label());
    if let Some(rule) = &entered.rule {
        let row = closure::Model {
            organisation_id: organisation.0,
            id,
            // The session does not take place, whoever of several would have seen people in it.
            resource_id: None,
            rule_id: Some(rule.id),
            from_day: entered.first.to_string(),
            to_day: entered.last.to_string(),
            note: entered.note.clone(),
            created_at,
            created_by_name,
        };
        store::leave::insert_closure(&unit.tx, row).await?;
        return Ok(("closure", id));
    }
    let wall = |wall: chrono::NaiveDateTime| wall.format("%Y-%m-%dT%H:%M").to_string();
    let row = leave::Model {
        organisation_id: organisation.0,
        id,
        resource_id: resource.0,
        from_at: entered.from.timestamp_millis(),
        to_at: entered.to.timestamp_millis(),
        zone: entered.zone.name().to_owned(),
        from_wall: wall(entered.from_wall),
        to_wall: wall(entered.to_wall),
        note: entered.note.clone(),
        created_at,
        created_by_name,
    };
    store::leave::insert(&unit.tx, row).await?;
    Ok(("leave", id))
}

//! Leave, and sessions that do not take place: never over booked visits in silence.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use contract::{
    BrokenVisit, FieldError, LeaveInput, LeaveOutcome, LeavePreview, RebookingLine, RebookingPage,
};
use domain::calendar_days::at_wall;
use domain::policy::{Capability, may};
use domain::{OrganisationId, Principal, ReferralId, ResourceId, spoken};
use sha2::{Digest, Sha256};
use store::appointments::BrokenLine;
use store::entity::{availability_rule, closure, leave, rebooking};
use uuid::Uuid;

use super::theirs;
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
/// on the list of [`rebookings`] until another time is booked.
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
    let broken = broken(&unit, organisation, id, &entered).await?;
    let seen = fingerprint(&broken);
    if !broken.is_empty() && input.seen != seen {
        let mut once = std::collections::HashSet::new();
        let shown = broken.iter().filter(|line| once.insert(line.referral_id));
        let touched: Vec<_> = shown.map(|line| seen_of(organisation, line)).collect();
        let visits = broken.iter().map(|line| described(line, call.now)).collect();
        // Nothing is changed; on SQLite whoever records the look waits for the end of this transaction.
        drop(unit);
        desk.record_reads(call, "list", &touched).await?;
        return Ok(LeaveOutcome::Preview(LeavePreview { seen, visits }));
    }
    let mut weeks = Vec::new();
    for line in &broken {
        weeks.extend(
            store::appointments::held_by(&*unit.tx, organisation, ReferralId(line.referral_id)).await?,
        );
    }
    // In the order of whoever moves a visit meanwhile.
    store::free_busy::lock(&unit.tx, organisation, &weeks).await?;
    let (cause, cause_id) = keep(&unit, organisation, id, &entered).await?;
    let why = match entered.rule {
        None => format!("{} is away then", resource.name),
        Some(_) => "This clinic does not take place that day".to_owned(),
    };
    let mut cancelled = 0;
    for line in &broken {
        let mut case = unit.case(ReferralId(line.referral_id)).await?;
        if Box::pin(booking::break_visit(&mut unit, &mut case, line.id, &why)).await? {
            store::leave::insert_rebooking(&unit.tx, rebooking_row(&unit, line, cause, cause_id)).await?;
            cancelled += 1;
        }
    }
    unit.record(
        "add-leave",
        &Touched { organisation, entity: "availability", id: Some(cause_id), patient: None },
    );
    unit.finish(LeaveOutcome::Saved { cancelled }).await
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
        true => store::leave::delete(&unit.tx, organisation, leave).await?,
        false => {
            let known =
                store::leave::closures_of(&*unit.tx, organisation, ResourceId(resource.id), "").await?;
            match known.iter().any(|row| row.id == leave && row.resource_id == Some(resource.id)) {
                true => store::leave::delete_closure(&unit.tx, organisation, leave).await?,
                false => 0,
            }
        }
    };
    if removed == 0 {
        return Err(ServiceError::NotFound);
    }
    unit.record(
        "remove-leave",
        &Touched { organisation, entity: "availability", id: Some(leave), patient: None },
    );
    unit.finish(()).await
}

/// Visits that leave or a closed day broke, until another time is booked. The receiving side's staff who see availability.
pub async fn rebookings(desk: &Desk, call: &Call) -> Result<RebookingPage, ServiceError> {
    let Principal::Staff { organisation, .. } = &call.actor.principal else {
        return Err(ServiceError::NotAllowed);
    };
    if !may(&call.actor.principal, Capability::Availability) {
        return Err(ServiceError::NotAllowed);
    }
    let db = desk.store.reader();
    let zone = super::zone_of(db, *organisation).await?;
    let rows = store::leave::rebookings(db, *organisation).await?;
    let touched: Vec<_> = rows
        .iter()
        .map(|row| Touched {
            organisation: *organisation,
            entity: "referral",
            id: Some(row.referral_id),
            patient: None,
        })
        .collect();
    desk.record_reads(call, "list", &touched).await?;
    let lines = rows
        .into_iter()
        .map(|row| RebookingLine {
            referral: row.referral_id.to_string(),
            reference: row.reference,
            patient: format!("{} {}", row.given, row.family),
            service: row.service,
            with: row.resource,
            was: spoken::instant(facts::instant(row.start_at), zone, call.now),
            state: row.state,
            priority: row.priority,
            owner: row.owner_name.unwrap_or_default(),
            next_action: row.next_action.unwrap_or_default(),
            due: row.due_at.map(|at| spoken::instant(facts::instant(at), zone, call.now)).unwrap_or_default(),
            overdue: row.due_at.is_some_and(|at| at < call.now.timestamp_millis()),
            cause: row.cause,
            entered_by: row.created_by_name,
            entered: spoken::instant(facts::instant(row.created_at), zone, call.now),
        })
        .collect();
    Ok(RebookingPage { lines })
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
    let date = |text: &str| text.trim().parse::<NaiveDate>().ok();
    let first = date(&input.from_day);
    let last = if input.to_day.trim().is_empty() { first } else { date(&input.to_day) };
    if first.is_none_or(|first| first < today) {
        bad("from_day", "Enter the first day, from today on, like 2026-08-03.");
    }
    if last.is_none() {
        bad("to_day", "Enter the last day, like 2026-08-14, or leave it empty.");
    }
    let clock = |text: &str| match text.trim() {
        "" => Some(None),
        text => NaiveTime::parse_from_str(text, "%H:%M").ok().map(Some),
    };
    let (from_time, to_time) = (clock(&input.from_time), clock(&input.to_time));
    if from_time.is_none() {
        bad("from_time", "Enter a time, like 13:00, or leave it empty.");
    }
    if to_time.is_none() {
        bad("to_time", "Enter a time, like 17:00, or leave it empty.");
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
async fn broken(
    unit: &Unit<'_>,
    organisation: OrganisationId,
    resource: ResourceId,
    entered: &Entered,
) -> Result<Vec<BrokenLine>, ServiceError> {
    // A visit that goes on now is not undone.
    let from = entered.from.max(unit.call.now).timestamp_millis();
    let (one, to) = match entered.rule {
        None => (Some(resource), entered.to),
        // A session that begins on the last day may run past midnight.
        Some(_) => (None, entered.to + chrono::Duration::days(1)),
    };
    let mut lines =
        store::appointments::touching(&*unit.tx, organisation, one, from, to.timestamp_millis()).await?;
    if let Some(rule) = &entered.rule {
        let session = booking::search::session(rule, None)?;
        let who = booking::search::sees_people(rule);
        let zone = session.zone.unwrap_or(entered.zone);
        let hours: Vec<(DateTime<Utc>, DateTime<Utc>)> = entered
            .first
            .iter_days()
            .take_while(|day| *day <= entered.last)
            .filter(|day| session.holds_on(*day))
            .filter_map(|day| session.hours_on(day))
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
            resource_id: Some(resource.0),
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

fn rebooking_row(unit: &Unit<'_>, line: &BrokenLine, cause: &str, cause_id: Uuid) -> rebooking::Model {
    rebooking::Model {
        organisation_id: unit.call.actor.organisation().map_or(Uuid::nil(), |organisation| organisation.0),
        id: ids::fresh(unit.call.now),
        appointment_id: line.id,
        referral_id: line.referral_id,
        resource_id: line.resource_id,
        start_at: line.start_at,
        cause: cause.to_owned(),
        cause_id,
        created_at: unit.call.now.timestamp_millis(),
        created_by_name: unit.call.actor.label(),
    }
}

fn seen_of(organisation: OrganisationId, line: &BrokenLine) -> Touched {
    Touched { organisation, entity: "referral", id: Some(line.referral_id), patient: None }
}

fn described(line: &BrokenLine, now: DateTime<Utc>) -> BrokenVisit {
    let zone = line.zone.parse().unwrap_or(chrono_tz::Europe::London);
    BrokenVisit {
        referral: line.referral_id.to_string(),
        patient: format!("{} {}", line.given, line.family),
        reference: line.reference.clone(),
        when: spoken::instant(facts::instant(line.start_at), zone, now),
        held: line.state == "held",
    }
}

/// Which visits were shown: another one that is booked meanwhile is shown first.
fn fingerprint(broken: &[BrokenLine]) -> String {
    let mut ids: Vec<Uuid> = broken.iter().map(|line| line.id).collect();
    ids.sort();
    let mut hash = Sha256::new();
    ids.iter().for_each(|id| hash.update(id.as_bytes()));
    hex::encode(&hash.finalize()[..16])
}

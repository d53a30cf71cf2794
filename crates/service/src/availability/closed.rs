//! Days on which the whole organisation is closed: nobody is seen, whoever's session it would be.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use contract::{ClosedInput, ClosedPage, FieldError, LeaveLine, LeaveOutcome};
use domain::calendar_days::at_wall;
use domain::policy::{Capability, may};
use domain::referral::Clocks;
use domain::{OrganisationId, Principal, dates, spoken};
use store::appointments::BrokenLine;
use store::entity::closure;
use uuid::Uuid;

use super::broken;
use crate::audit::Touched;
use crate::unit::{Begun, Unit};
use crate::{Call, Desk, ServiceError, facts, ids};

/// As many days at once at most.
const LONGEST_DAYS: i64 = 400;
/// Longest note, in characters.
const LONGEST_NOTE: usize = 200;

/// Closed days that are not over, and holidays of the clocks on which times are still offered: a holiday only decides when
/// things are due, until somebody closes it. Coordinators and administrators.
pub async fn closed(desk: &Desk, call: &Call) -> Result<ClosedPage, ServiceError> {
    let organisation = caring(call)?;
    let db = desk.store.reader();
    let zone = super::zone_of(db, organisation).await?;
    let today = call.now.with_timezone(&zone).date_naive();
    let row = store::directory::organisation(db, organisation).await?.ok_or(ServiceError::NotFound)?;
    let mut closed = store::leave::closures(db, organisation, &today.to_string(), "9999-12-31").await?;
    closed.retain(of_everybody);
    let is_closed =
        |day: &NaiveDate| closed.iter().any(|row| (&row.from_day..=&row.to_day).contains(&&day.to_string()));
    let holidays = Clocks::read(&row.clocks, "").unwrap_or_default().holidays;
    let mut open: Vec<NaiveDate> =
        holidays.into_iter().filter(|day| *day >= today && !is_closed(day)).collect();
    open.sort_unstable();
    let said = |day: &str| dates::day(day).map_or_else(|| day.to_owned(), |day| spoken::date(day, today));
    let lines = closed
        .iter()
        .map(|row| LeaveLine {
            id: row.id.to_string(),
            when: match row.from_day == row.to_day {
                true => said(&row.from_day),
                false => format!("{} to {}", said(&row.from_day), said(&row.to_day)),
            },
            session: None,
            is_everybody: true,
            note: row.note.clone(),
            by: row.created_by_name.clone(),
        })
        .collect();
    let open_holidays = open.into_iter().map(|day| (day.to_string(), spoken::date(day, today))).collect();
    Ok(ClosedPage { lines, open_holidays })
}

/// Closes the whole organisation on some days. Coordinators and administrators.
///
/// Where booked visits would break, nothing is saved until they were shown, as with leave.
pub async fn close_days(desk: &Desk, call: &Call, input: &ClosedInput) -> Result<LeaveOutcome, ServiceError> {
    let organisation = caring(call)?;
    let mut unit = match Unit::begin(desk, call, "close-days", input).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let zone = super::zone_of(&*unit.tx, organisation).await?;
    let (first, last) = days(input, call.now.with_timezone(&zone).date_naive())?;
    let note = input.note.trim();
    if note.chars().count() > LONGEST_NOTE {
        return Err(ServiceError::invalid("note", "Use at most 200 characters."));
    }
    store::free_busy::alone(&unit.tx, organisation).await?;
    let broken = on_days(&unit, organisation, zone, (first, last)).await?;
    if !broken.is_empty() && input.seen != broken::fingerprint(&broken) {
        return broken::preview(unit, organisation, &broken).await.map(LeaveOutcome::Preview);
    }
    let row = closure::Model {
        organisation_id: organisation.0,
        id: ids::fresh(call.now),
        resource_id: None,
        rule_id: None,
        from_day: first.to_string(),
        to_day: last.to_string(),
        note: note.to_owned(),
        created_at: call.now.timestamp_millis(),
        created_by_name: call.actor.label(),
    };
    let id = row.id;
    store::leave::insert_closure(&unit.tx, row).await?;
    let why = "The clinic is closed then";
    let outcome = broken::cancel_all(&mut unit, organisation, &broken, why, ("closure", id)).await?;
    unit.record("close-days", &Touched { organisation, entity: "availability", id: Some(id), patient: None });
    unit.finish(outcome).await
}

/// Opens closed days again. Visits that they broke stay cancelled. Coordinators and administrators.
pub async fn open_days(desk: &Desk, call: &Call, id: Uuid) -> Result<(), ServiceError> {
    let organisation = caring(call)?;
    let mut unit = match Unit::begin(desk, call, "open-days", &id).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let known = store::leave::closures(&*unit.tx, organisation, "", "9999-12-31").await?;
    if !known.iter().any(|row| row.id == id && of_everybody(row)) {
        return Err(ServiceError::NotFound);
    }
    store::leave::forget_cause(&unit.tx, organisation, ("closure", id), &[]).await?;
    store::leave::delete_closure(&unit.tx, organisation, id).await?;
    unit.frees_time();
    unit.record("open-days", &Touched { organisation, entity: "availability", id: Some(id), patient: None });
    unit.finish(()).await
}

fn caring(call: &Call) -> Result<OrganisationId, ServiceError> {
    let is_allowed = may(&call.actor.principal, Capability::Availability) && super::page::sees_others(call);
    match &call.actor.principal {
        Principal::Staff { organisation, .. } if is_allowed => Ok(*organisation),
        _ => Err(ServiceError::NotAllowed),
    }
}

fn of_everybody(row: &closure::Model) -> bool {
    row.resource_id.is_none() && row.rule_id.is_none()
}

/// The first and the last day that are meant.
fn days(input: &ClosedInput, today: NaiveDate) -> Result<(NaiveDate, NaiveDate), ServiceError> {
    let mut fields = Vec::new();
    let first = dates::day(&input.from_day).filter(|first| *first >= today);
    if first.is_none() {
        fields.push(FieldError::new("from_day", "Enter the first day, from today on, like 2026-12-25."));
    }
    let last = if input.to_day.trim().is_empty() { first } else { dates::last_day(&input.to_day) };
    let fits = |first: NaiveDate, last: NaiveDate| (0..=LONGEST_DAYS).contains(&(last - first).num_days());
    match (first, last) {
        (Some(first), Some(last)) if fits(first, last) => return Ok((first, last)),
        (None, _) => {}
        (Some(_), _) => fields.push(FieldError::new(
            "to_day",
            "Enter a last day that is not before the first, at most 400 days later, or leave it empty.",
        )),
    }
    Err(ServiceError::Invalid(fields))
}

/// Held and booked visits to come that take place on some days, by the organisation's clock: one that begins the evening before
/// and lasts into a closed day is broken, one of a closed day's session that begins after midnight is not.
async fn on_days(
    unit: &Unit<'_>,
    organisation: OrganisationId,
    zone: chrono_tz::Tz,
    (first, last): (NaiveDate, NaiveDate),
) -> Result<Vec<BrokenLine>, ServiceError> {
    let (from, to) = span(zone, (first, last));
    let now = unit.call.now;
    let from = from.max(now).timestamp_millis();
    let mut lines =
        store::appointments::touching(&*unit.tx, organisation, None, from, to.timestamp_millis()).await?;
    lines.retain(|line| facts::instant(line.start_at) > now);
    Ok(lines)
}

/// From when until when days are in a zone: the second is the first moment after them.
pub(crate) fn span(
    zone: chrono_tz::Tz,
    (first, last): (NaiveDate, NaiveDate),
) -> (DateTime<Utc>, DateTime<Utc>) {
    let midnight = |day: NaiveDate| at_wall(day, NaiveTime::MIN, zone);
    (midnight(first), midnight(last + Days::new(1)))
}

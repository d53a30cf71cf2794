//! The availability page: sessions, calendars with their freshness, and the diary of the coming days.

use std::collections::HashSet;

use chrono::Duration;
use contract::{AvailabilityPage, CalendarLine, Choice, DiaryLine, RuleLine};
use domain::{ResourceId, Role, spoken};
use store::entity::calendar;

use super::theirs;
use crate::audit::Touched;
use crate::{Call, Desk, ServiceError, describe, facts};

/// How many days of the diary are shown.
const DIARY_DAYS: i64 = 14;

/// A resource's availability; their own when none is named.
pub async fn page(
    desk: &Desk,
    call: &Call,
    wanted: Option<ResourceId>,
) -> Result<AvailabilityPage, ServiceError> {
    let db = desk.store.reader();
    let (organisation, resource) = theirs(db, call, wanted).await?;
    let id = ResourceId(resource.id);
    let zone: chrono_tz::Tz = store::directory::organisation(db, organisation)
        .await?
        .and_then(|row| row.zone.parse().ok())
        .unwrap_or(chrono_tz::Europe::London);
    let today = call.now.with_timezone(&zone).date_naive();
    let services = store::directory::services_of(db, organisation).await?;
    let named = |service: uuid::Uuid| {
        services.iter().find(|row| row.id == service).map_or(String::new(), |row| row.name.clone())
    };
    let rules = store::calendars::rules_of_resource(db, organisation, id)
        .await?
        .into_iter()
        .map(|row| RuleLine {
            id: row.id.to_string(),
            service: named(row.service_id),
            weekdays: days(&row.weekdays),
            times: format!("{} to {}", spoken::wall(&row.from_wall), spoken::wall(&row.to_wall)),
            slot_min: row.slot_min,
            capacity: row.capacity,
            valid: match row.valid_to {
                Some(to) => format!("{} to {}", said(&row.valid_from, today), said(&to, today)),
                None => format!("from {}", said(&row.valid_from, today)),
            },
        })
        .collect();
    let all = store::calendars::calendars(db, organisation).await?;
    let calendars = all
        .iter()
        .filter(|row| row.resource_id == Some(resource.id))
        .map(|row| calendar_line(row, Some(resource.name.clone()), zone))
        .collect();
    let (from, to) = (call.now - Duration::hours(12), call.now + Duration::days(DIARY_DAYS));
    let (from, to) = (from.timestamp_millis(), to.timestamp_millis());
    let visits = store::appointments::day(db, organisation, id, from, to).await?;
    // Somebody who comes twice is listed twice, and read once.
    let mut once = HashSet::new();
    let touched: Vec<_> = visits
        .iter()
        .filter(|visit| once.insert(visit.referral_id))
        .map(|visit| Touched { organisation, entity: "referral", id: Some(visit.referral_id), patient: None })
        .collect();
    desk.record_reads(call, "list", &touched).await?;
    let mut diary: Vec<(i64, DiaryLine)> = visits
        .into_iter()
        .map(|visit| {
            let kind = match visit.state.as_str() {
                "fulfilled" => "seen",
                "no-show" => "missed",
                other => other,
            };
            let line = DiaryLine {
                day: spoken::date(facts::instant(visit.start_at).with_timezone(&zone).date_naive(), today),
                clock: span(visit.start_at, visit.end_at, zone),
                what: format!("{} {} · {}", visit.given, visit.family, visit.reference),
                referral: Some(visit.referral_id.to_string()),
                kind: kind.to_owned(),
            };
            (visit.start_at, line)
        })
        .collect();
    for busy in store::calendars::busy(db, organisation, id, from, to).await? {
        let line = DiaryLine {
            day: spoken::date(
                facts::instant(busy.start_at.max(from)).with_timezone(&zone).date_naive(),
                today,
            ),
            clock: span(busy.start_at, busy.end_at, zone),
            what: busy.effect.replace('-', " "),
            referral: None,
            kind: "busy".to_owned(),
        };
        diary.push((busy.start_at, line));
    }
    diary.sort_by_key(|(at, _)| *at);
    Ok(AvailabilityPage {
        resource: resource.id.to_string(),
        name: resource.name,
        zone: zone.name().to_owned(),
        resources: if sees_others(call) { choices(desk, organisation).await? } else { Vec::new() },
        services: services
            .iter()
            .map(|row| Choice { value: row.id.to_string(), label: row.name.clone(), hint: None })
            .collect(),
        rules,
        calendars,
        diary: diary.into_iter().map(|(_, line)| line).collect(),
        today: spoken::date(today, today),
    })
}

/// Whether somebody may look at availability other than their own.
fn sees_others(call: &Call) -> bool {
    call.actor.is(Role::Coordinator) || call.actor.is(Role::Administrator)
}

/// The organisation's resources, to choose from.
pub(crate) async fn choices(
    desk: &Desk,
    organisation: domain::OrganisationId,
) -> Result<Vec<Choice>, ServiceError> {
    let rows = store::calendars::resources(desk.store.reader(), organisation).await?;
    Ok(rows
        .into_iter()
        .map(|row| Choice { value: row.id.to_string(), label: row.name, hint: None })
        .collect())
}

/// A calendar with its freshness.
pub(crate) fn calendar_line(
    row: &calendar::Model,
    whose: Option<String>,
    zone: chrono_tz::Tz,
) -> CalendarLine {
    CalendarLine {
        id: row.id.to_string(),
        name: row.name.clone(),
        url: row.url.clone(),
        whose,
        fresh: format!("Read {}", describe::day_and_clock(row.fetched_at, zone)),
        error: row.last_error.clone(),
    }
}

/// A stored day in words.
fn said(day: &str, today: chrono::NaiveDate) -> String {
    day.parse().map_or_else(|_| day.to_owned(), |day| spoken::date(day, today))
}

fn days(codes: &str) -> String {
    super::WEEKDAYS
        .iter()
        .filter(|(code, ..)| codes.split(',').any(|day| day == *code))
        .map(|(.., name)| *name)
        .collect::<Vec<_>>()
        .join(", ")
}

fn span(start: i64, end: i64, zone: chrono_tz::Tz) -> String {
    if end - start >= 24 * 3_600_000 {
        return "all day".to_owned();
    }
    format!("{} to {}", spoken::clock(facts::instant(start), zone), spoken::clock(facts::instant(end), zone))
}

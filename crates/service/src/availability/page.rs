//! The availability page: sessions, leave, calendars with their freshness, and the week.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use contract::{
    AvailabilityPage, CalendarLine, CalendarRuleInput, Choice, LeaveLine, ResourceInput, RuleLine,
    ServiceBookingInput, SessionChoices,
};
use domain::{ResourceId, Role, dates, spoken};
use store::entity::{availability_rule, calendar, resource, service, site};
use uuid::Uuid;

use super::theirs;
use crate::booking::search::sound;
use crate::{Call, Desk, ServiceError, describe};

/// A resource's availability; their own when none is named.
pub async fn page(
    desk: &Desk,
    call: &Call,
    wanted: Option<ResourceId>,
    week_of: &str,
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
    let everything = store::calendars::resources(db, organisation).await?;
    let sites = store::directory::sites_of(db, organisation).await?;
    let rules = store::calendars::rules_of_resource(db, organisation, id).await?;
    let leave = leave_lines(db, organisation, id, &rules, zone, call.now).await?;
    let rules = rules
        .iter()
        .map(|row| {
            let mut line = rule_line(row, named(row.service_id), (&everything, &sites), today);
            let owner =
                everything.iter().find(|other| other.id == row.resource_id && other.id != resource.id);
            line.of = owner.map(|owner| owner.name.clone());
            line
        })
        .collect();
    let all = store::calendars::calendars(db, organisation).await?;
    let calendars = all
        .iter()
        .filter(|row| row.resource_id == Some(resource.id))
        .map(|row| calendar_line(row, Some(resource.name.clone()), zone, call.now))
        .collect();
    Ok(AvailabilityPage {
        resource: resource.id.to_string(),
        zone: zone.name().to_owned(),
        resources: if sees_others(call) { choices(desk, organisation).await? } else { Vec::new() },
        choices: session_choices(resource.id, &services, &sites, &everything),
        rules,
        calendars,
        today: spoken::date(today, today),
        leave,
        week: Box::pin(super::week::week(
            desk,
            call,
            (organisation, id),
            zone,
            dates::day(week_of).unwrap_or(today),
        ))
        .await?,
        kind: kind_of(&resource).to_owned(),
        settings: settings(&resource),
        to_rebook: store::leave::rebookings(db, organisation, call.now.timestamp_millis()).await?.len()
            as u64,
        moved: crate::clock_rules::how_many_moved(db, organisation, call.now).await?,
        may_add: sees_others(call),
        may_have_feed: crate::private_feeds::may_have(&call.actor.principal, &resource),
        bookings: if sees_others(call) { bookings(db, organisation, &services).await? } else { Vec::new() },
        name: resource.name,
    })
}

/// Whether somebody may look at availability other than their own.
pub(super) fn sees_others(call: &Call) -> bool {
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
    now: DateTime<Utc>,
) -> CalendarLine {
    CalendarLine {
        id: row.id.to_string(),
        name: row.name.clone(),
        kind: row.kind.clone(),
        whose,
        fresh: format!("Read {}", describe::day_and_clock(row.fetched_at, zone)),
        next: row.next_at.map(|at| describe::day_and_clock(at, zone)),
        error: row.last_error.clone(),
        stale: store::calendars::is_stale(row, now.timestamp_millis()),
        rule: CalendarRuleInput {
            stale_hours: row.stale_hours.to_string(),
            when_stale: row.when_stale.clone(),
        },
        is_plain: row
            .url
            .as_deref()
            .and_then(|url| url.trim().get(..7))
            .is_some_and(|head| head.eq_ignore_ascii_case("http://")),
        username: row.username.clone().unwrap_or_default(),
        host: row.url.as_deref().map_or(String::new(), host),
    }
}

/// The server of an address, without who signs in there and the rest, which may be what keeps the calendar private.
fn host(url: &str) -> String {
    let rest = url.trim().split_once("://").map_or(url.trim(), |(_, rest)| rest);
    let server = rest.split(['/', '?', '#']).next().unwrap_or_default();
    server.rsplit('@').next().unwrap_or_default().to_lowercase()
}

fn choice(id: Uuid, label: &str) -> Choice {
    Choice { value: id.to_string(), label: label.to_owned(), hint: None }
}

/// What can be chosen for a session of a resource.
pub(super) fn session_choices(
    of: Uuid,
    services: &[service::Model],
    sites: &[site::Model],
    everything: &[resource::Model],
) -> SessionChoices {
    let others = |fits: fn(&resource::Model) -> bool| -> Vec<Choice> {
        let fitting = everything.iter().filter(|row| row.id != of && fits(row));
        fitting.map(|row| choice(row.id, &row.name)).collect()
    };
    SessionChoices {
        services: services.iter().map(|row| choice(row.id, &row.name)).collect(),
        sites: sites.iter().map(|row| choice(row.id, &row.name)).collect(),
        clinicians: others(|row| row.kind == "clinician"),
        rooms: others(|row| row.kind == "room" && !row.is_machine),
        machines: others(|row| row.kind == "room" && row.is_machine),
    }
}

/// How each service books.
async fn bookings(
    db: &impl store::Db,
    organisation: domain::OrganisationId,
    services: &[service::Model],
) -> Result<Vec<(Choice, ServiceBookingInput)>, ServiceError> {
    let set = store::leave::bookings(db, organisation).await?;
    let text = |value: Option<i64>| value.map_or(String::new(), |value| value.to_string());
    let one = |service: &service::Model| {
        let own = set.iter().find(|row| row.service_id == service.id);
        let input = own.map_or_else(ServiceBookingInput::default, |row| ServiceBookingInput {
            notice_hours: text(row.notice_hours),
            horizon_days: text(row.horizon_days),
            holds_at_acceptance: if row.holds_at_acceptance { "1".to_owned() } else { String::new() },
        });
        (choice(service.id, &service.name), input)
    };
    Ok(services.iter().map(one).collect())
}

fn kind_of(row: &resource::Model) -> &'static str {
    match (row.kind.as_str(), row.is_machine) {
        ("room", true) => "machine",
        ("room", false) => "room",
        _ => "clinician",
    }
}

fn settings(row: &resource::Model) -> ResourceInput {
    ResourceInput {
        name: row.name.clone(),
        daily_limit: row.daily_limit.map_or(String::new(), |limit| limit.to_string()),
        languages: row.languages.replace(',', ", "),
        places: row.places.to_string(),
        kind: kind_of(row).to_owned(),
    }
}

/// A session as the list shows it; one that is not sound as well, so that it can be changed or taken away.
pub(super) fn rule_line(
    row: &availability_rule::Model,
    service: String,
    (everything, sites): (&[resource::Model], &[site::Model]),
    today: NaiveDate,
) -> RuleLine {
    let session = sound(row, None);
    let name = |id: &String| {
        everything
            .iter()
            .find(|other| other.id.to_string() == *id)
            .map_or(String::new(), |other| other.name.clone())
    };
    let read = session.as_ref();
    let all = read.map_or(&[][..], |session| &session.visits);
    let kinds = all.iter().filter(|visit| !visit.kind.is_empty());
    RuleLine {
        id: row.id.to_string(),
        service,
        weekdays: days(&row.weekdays),
        times: format!("{} to {}", spoken::wall(&row.from_wall), spoken::wall(&row.to_wall)),
        slot_min: row.slot_min,
        capacity: row.capacity,
        valid: match &row.valid_to {
            Some(to) => format!("{} to {}", said(&row.valid_from, today), said(to, today)),
            None => format!("from {}", said(&row.valid_from, today)),
        },
        every_weeks: row.every_weeks,
        dates: read.map_or(Vec::new(), |session| {
            session.dates.iter().map(|date| spoken::date(*date, today)).collect()
        }),
        step_min: row.step_min,
        buffer_before_min: row.buffer_before_min,
        buffer_after_min: row.buffer_after_min,
        daily_limit: row.daily_limit,
        notice_min: row.notice_min,
        visits: kinds.map(|visit| (visit.kind.clone(), i64::from(visit.length_min))).collect(),
        site: row
            .site_id
            .and_then(|id| sites.iter().find(|site| site.id == id))
            .map(|site| site.name.clone()),
        pool: read.map_or(Vec::new(), |session| session.who.iter().skip(1).map(name).collect()),
        also: read.map_or(Vec::new(), |session| {
            session.also.iter().map(|group| group.iter().map(name).collect()).collect()
        }),
        of: None,
        unsound: session.is_none(),
    }
}

/// Leave and closed days that are not over.
async fn leave_lines(
    db: &impl store::Db,
    organisation: domain::OrganisationId,
    resource: ResourceId,
    rules: &[availability_rule::Model],
    zone: chrono_tz::Tz,
    now: DateTime<Utc>,
) -> Result<Vec<LeaveLine>, ServiceError> {
    let today = now.with_timezone(&zone).date_naive();
    let leave =
        store::leave::touching(db, organisation, &[resource.0], now.timestamp_millis(), i64::MAX).await?;
    let mut lines: Vec<(String, LeaveLine)> = leave
        .into_iter()
        .map(|row| {
            let line = LeaveLine {
                id: row.id.to_string(),
                when: stretch(&row.from_wall, &row.to_wall, today),
                session: None,
                is_everybody: false,
                note: row.note,
                by: row.created_by_name,
            };
            (row.from_wall, line)
        })
        .collect();
    for row in store::leave::closures_of(db, organisation, resource, &today.to_string()).await? {
        let when = match row.from_day == row.to_day {
            true => said(&row.from_day, today),
            false => format!("{} to {}", said(&row.from_day, today), said(&row.to_day, today)),
        };
        let of = |rule: &availability_rule::Model| {
            format!("{}, {} to {}", days(&rule.weekdays), rule.from_wall, rule.to_wall)
        };
        let rule = row.rule_id.map(|id| rules.iter().find(|rule| rule.id == id));
        // Days without somebody else's session.
        if rule == Some(None) {
            continue;
        }
        let line = LeaveLine {
            id: row.id.to_string(),
            when,
            session: rule.flatten().map(of),
            is_everybody: row.resource_id.is_none() && row.rule_id.is_none(),
            note: row.note,
            by: row.created_by_name,
        };
        lines.push((row.from_day, line));
    }
    lines.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(lines.into_iter().map(|(_, line)| line).collect())
}

/// Two wall times in words: whole days without times, an end at midnight as the day before.
pub(super) fn stretch(from: &str, to: &str, today: NaiveDate) -> String {
    let (Some(from), Some(to)) = (dates::wall(from), dates::wall(to)) else {
        return format!("{from} to {to}");
    };
    let midnight = chrono::NaiveTime::MIN;
    if from.time() == midnight && to.time() == midnight {
        let last = to.date() - chrono::Days::new(1);
        return match from.date() == last {
            true => spoken::date(last, today),
            false => format!("{} to {}", spoken::date(from.date(), today), spoken::date(last, today)),
        };
    }
    let one = |wall: NaiveDateTime| format!("{}, {}", spoken::date(wall.date(), today), wall.format("%H:%M"));
    match from.date() == to.date() {
        true => format!("{} to {}", one(from), to.format("%H:%M")),
        false => format!("{} to {}", one(from), one(to)),
    }
}

/// A stored day in words.
fn said(day: &str, today: chrono::NaiveDate) -> String {
    dates::day(day).map_or_else(|| day.to_owned(), |day| spoken::date(day, today))
}

fn days(codes: &str) -> String {
    super::WEEKDAYS
        .iter()
        .filter(|(code, ..)| codes.split(',').any(|day| day == *code))
        .map(|(.., name)| *name)
        .collect::<Vec<_>>()
        .join(", ")
}

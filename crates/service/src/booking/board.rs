//! The coordinator's board: sessions, booked, held and free times of everybody, by day or week.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike, Duration, NaiveDate, NaiveTime, Utc};
use contract::{
    BoardDay, BoardFree, BoardPage, BoardPerson, BoardQuery, BoardRow, BoardTime, BoardVisit, Choice,
};
use domain::calendar_days::at_wall;
use domain::policy::{Capability, may};
use domain::referral::NextStep;
use domain::{OrganisationId, Principal, Priority, ResourceId, ServiceId, spoken};
use scheduling::Window;
use store::Db;
use store::appointments::BoardLine;
use store::entity::{resource, service};
use uuid::Uuid;

use super::find::{Found, free_of_service};
use super::search::{Whose, session};
use super::waitlist::{each_once, rank, wishes_in_words};
use crate::{Call, Desk, ServiceError, facts};

/// People who could have a time, as shown.
const PEOPLE: usize = 50;

fn theirs(call: &Call) -> Result<OrganisationId, ServiceError> {
    match (&call.actor.principal, may(&call.actor.principal, Capability::Worklist)) {
        (Principal::Staff { organisation, .. }, true) => Ok(*organisation),
        _ => Err(ServiceError::NotAllowed),
    }
}

/// The board of a day or a week. The receiving side.
pub async fn board(desk: &Desk, call: &Call, query: &BoardQuery) -> Result<BoardPage, ServiceError> {
    let organisation = theirs(call)?;
    let db = desk.store.reader();
    let zone: chrono_tz::Tz = store::directory::organisation(db, organisation)
        .await?
        .and_then(|row| row.zone.parse().ok())
        .unwrap_or(chrono_tz::Europe::London);
    let today = call.now.with_timezone(&zone).date_naive();
    let asked = query.day.parse::<NaiveDate>().unwrap_or(today);
    let (first, days) = match query.span.as_str() {
        "week" => (asked - Duration::days(i64::from(asked.weekday().num_days_from_monday())), 7),
        _ => (asked, 1),
    };
    let last = first + Duration::days(days);
    let (from, to) = (at_wall(first, NaiveTime::MIN, zone), at_wall(last, NaiveTime::MIN, zone));
    let all = store::directory::services_of(db, organisation).await?;
    let services: Vec<&service::Model> =
        all.iter().filter(|row| query.service.is_empty() || row.id.to_string() == query.service).collect();
    if services.is_empty() && !query.service.is_empty() {
        return Err(ServiceError::NotFound);
    }
    let ids: Vec<Uuid> = services.iter().map(|row| row.id).collect();
    let visits = store::appointments::board(db, organisation, from.timestamp_millis(), to.timestamp_millis())
        .await?
        .into_iter()
        .filter(|line| ids.contains(&line.service_id))
        .collect::<Vec<_>>();
    let seen = each_once(organisation, visits.iter().map(|line| line.referral_id));
    desk.record_reads(call, "list", &seen).await?;
    let mut free: Vec<(Uuid, Found)> = Vec::new();
    let mut to_book = 0;
    for service in &services {
        let id = ServiceId(service.id);
        to_book += store::matching::count_to_book(db, organisation, id).await?;
        if to > call.now {
            let window = Window { from: from.max(call.now), to };
            let of = (organisation, id);
            let found = free_of_service(desk, db, call, of, Whose::Anybody, None, window).await?;
            free.extend(found.into_iter().map(|found| (service.id, found)));
        }
    }
    let mut sessions = Vec::new();
    for service in &services {
        for session in sessions_of(db, organisation, ServiceId(service.id), zone, (first, days)).await? {
            sessions.push((service.id, session));
        }
    }
    let resources = store::calendars::resources(db, organisation).await?;
    let shown = Shown { call, zone, services: &all, visits: &visits, free: &free, sessions: &sessions };
    Ok(BoardPage {
        title: match days {
            1 => spoken::date(first, today),
            _ => {
                format!("{} to {}", spoken::date(first, today), spoken::date(last - Duration::days(1), today))
            }
        },
        before: (first - Duration::days(days)).to_string(),
        after: last.to_string(),
        first: first.to_string(),
        services: all
            .iter()
            .filter(|row| row.active)
            .map(|row| Choice { value: row.id.to_string(), label: row.name.clone(), hint: None })
            .collect(),
        days: (0..days).map(|day| shown.day(first + Duration::days(day), &resources, today)).collect(),
        to_book,
    })
}

/// When the sessions of a service begin and end on these days, and whose they are.
async fn sessions_of(
    db: &impl Db,
    organisation: OrganisationId,
    service: ServiceId,
    zone: chrono_tz::Tz,
    (first, days): (NaiveDate, i64),
) -> Result<Vec<Hours>, ServiceError> {
    let mut found = Vec::new();
    for row in store::calendars::rules_of_service(db, organisation, service).await? {
        let session = session(&row, None)?;
        let zone = session.zone.unwrap_or(zone);
        let at = |wall: chrono::NaiveDateTime| at_wall(wall.date(), wall.time(), zone);
        let ids: BTreeSet<&String> = session.who.iter().chain(session.also.iter().flatten()).collect();
        for day in (0..days).map(|day| first + Duration::days(day)).filter(|day| session.holds_on(*day)) {
            if let Some((opens, closes)) = session.hours_on(day) {
                let whose = ids.iter().filter_map(|id| id.parse().ok());
                found.extend(whose.map(|id| (id, at(opens), at(closes))));
            }
        }
    }
    Ok(found)
}

/// Whose session, when it begins and when it ends.
type Hours = (ResourceId, DateTime<Utc>, DateTime<Utc>);

/// What the board has read.
struct Shown<'a> {
    call: &'a Call,
    zone: chrono_tz::Tz,
    services: &'a [service::Model],
    visits: &'a [BoardLine],
    free: &'a [(Uuid, Found)],
    sessions: &'a [(Uuid, Hours)],
}

impl Shown<'_> {
    fn day(&self, day: NaiveDate, resources: &[resource::Model], today: NaiveDate) -> BoardDay {
        let rows = resources.iter().filter_map(|resource| self.row(day, resource)).collect();
        BoardDay { day: spoken::date(day, today), rows }
    }

    fn is_on(&self, at: DateTime<Utc>, day: NaiveDate) -> bool {
        at.with_timezone(&self.zone).date_naive() == day
    }

    fn service(&self, id: Uuid) -> String {
        self.services.iter().find(|row| row.id == id).map_or(String::new(), |row| row.name.clone())
    }

    /// One resource's day; `None` when it has nothing to do.
    fn row(&self, day: NaiveDate, resource: &resource::Model) -> Option<BoardRow> {
        let mut spans: BTreeMap<(DateTime<Utc>, DateTime<Utc>), Vec<String>> = BTreeMap::new();
        for (service, (id, from, to)) in self.sessions {
            if id.0 == resource.id && self.is_on(*from, day) {
                let names = spans.entry((*from, *to)).or_default();
                let name = self.service(*service);
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        let visits: Vec<BoardVisit> = self
            .visits
            .iter()
            .filter(|line| line.resource_id == resource.id && self.is_on(facts::instant(line.start_at), day))
            .map(|line| self.visit(line))
            .collect();
        let free: Vec<BoardFree> = self
            .free
            .iter()
            .filter(|(_, found)| found.resource.0 == resource.id && self.is_on(found.offer.slot.start, day))
            .map(|(service, found)| BoardFree {
                clock: spoken::clock(found.offer.slot.start, self.zone),
                service: service.to_string(),
                resource: found.resource.to_string(),
                start: found.offer.slot.start.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
            })
            .collect();
        if spans.is_empty() && visits.is_empty() {
            return None;
        }
        let is_ahead = spans.keys().any(|(_, to)| *to > self.call.now);
        Some(BoardRow {
            who: resource.name.clone(),
            unknown: is_ahead && free.is_empty() && visits.is_empty(),
            sessions: spans
                .into_iter()
                .map(|((from, to), names)| {
                    let (from, to) = (spoken::clock(from, self.zone), spoken::clock(to, self.zone));
                    format!("{}, {from} to {to}", spoken::list(&names))
                })
                .collect(),
            visits,
            free,
        })
    }

    fn visit(&self, line: &BoardLine) -> BoardVisit {
        let clock = |at: i64| spoken::clock(facts::instant(at), self.zone);
        BoardVisit {
            clock: format!("{} to {}", clock(line.start_at), clock(line.end_at)),
            state: match (line.state.as_str(), &line.offered_by) {
                ("held", Some(_)) => "offered".to_owned(),
                (state, _) => state.to_owned(),
            },
            patient: format!("{} {}", line.given, line.family),
            referral: line.referral_id.to_string(),
            reference: line.reference.clone(),
            service: self.service(line.service_id),
            until: line
                .hold_expires_at
                .filter(|_| line.state == "held")
                .map_or(String::new(), |at| spoken::instant(facts::instant(at), self.zone, self.call.now)),
        }
    }
}

/// Who could have a free time of the board. The receiving side.
pub async fn time(
    desk: &Desk,
    call: &Call,
    (service, resource, start): (&str, &str, &str),
) -> Result<BoardTime, ServiceError> {
    let organisation = theirs(call)?;
    let db = desk.store.reader();
    let service: ServiceId = service.parse().map_err(|_| ServiceError::NotFound)?;
    let resource: ResourceId = resource.parse().map_err(|_| ServiceError::NotFound)?;
    let start: DateTime<Utc> = start.parse().map_err(|_| ServiceError::NotFound)?;
    let services = store::directory::services_of(db, organisation).await?;
    let named = services.into_iter().find(|row| row.id == service.0).ok_or(ServiceError::NotFound)?;
    let known =
        store::calendars::resource(db, organisation, resource).await?.ok_or(ServiceError::NotFound)?;
    let zone: chrono_tz::Tz = store::directory::organisation(db, organisation)
        .await?
        .and_then(|row| row.zone.parse().ok())
        .unwrap_or(chrono_tz::Europe::London);
    let mut rows = store::matching::to_book(db, organisation, service).await?;
    rows.retain(|row| {
        let step = row.next_step.as_deref().and_then(NextStep::from_code);
        step.is_none_or(NextStep::lets_choose_time)
    });
    let since = |row: &store::matching::ToBook| facts::instant(row.sent_at.unwrap_or(row.created_at));
    rows.sort_by_key(|row| {
        let priority = Priority::from_code(&row.priority).unwrap_or(Priority::Routine);
        (rank(priority), since(row), row.id)
    });
    rows.truncate(PEOPLE);
    let seen = each_once(organisation, rows.iter().map(|row| row.id));
    desk.record_reads(call, "list", &seen).await?;
    Ok(BoardTime {
        when: spoken::instant(start, zone, call.now),
        who: known.name,
        service: named.name,
        service_id: service.to_string(),
        resource: resource.to_string(),
        start: start.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
        day: start.with_timezone(&zone).date_naive().to_string(),
        people: rows
            .iter()
            .map(|row| BoardPerson {
                referral: row.id.to_string(),
                reference: row.reference.clone(),
                patient: format!("{} {}", row.given, row.family),
                priority: row.priority.clone(),
                waited_days: (call.now - since(row)).num_days(),
                wishes: wishes_in_words(
                    row.weekdays.as_deref().unwrap_or(""),
                    row.parts.as_deref().unwrap_or(""),
                ),
            })
            .collect(),
    })
}

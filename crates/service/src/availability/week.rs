//! A resource's week, or one day of it: sessions with the visits in them, and what lies beside.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, Datelike, Days, Duration, NaiveDate, NaiveTime, Utc};
use contract::{DayPage, DiaryLine, SessionBlock, WeekDay, WeekView};
use domain::calendar_days::at_wall;
use domain::policy::{Capability, may};
use domain::{OrganisationId, ResourceId, dates, spoken};
use scheduling::{Closed, Session};
use store::Db;
use store::appointments::DayLine;
use uuid::Uuid;

use super::page::calendar_line;
use super::theirs;
use crate::audit::Touched;
use crate::booking::search::{closure, sound};
use crate::{Call, Desk, ServiceError, facts};

/// The day of a resource.
pub async fn day(
    desk: &Desk,
    call: &Call,
    resource: ResourceId,
    date: &str,
) -> Result<DayPage, ServiceError> {
    let db = desk.store.reader();
    let (organisation, row) = theirs(db, call, Some(resource)).await?;
    let zone = super::zone_of(db, organisation).await?;
    let first = dates::day(date).ok_or(ServiceError::NotFound)?;
    Ok(DayPage {
        resource: row.id.to_string(),
        name: row.name,
        zone: zone.name().to_owned(),
        week: days(desk, call, (organisation, resource), zone, first, 1).await?,
        printed: spoken::instant(call.now, zone, call.now),
    })
}

/// The week that has a date in it.
pub(super) async fn week(
    desk: &Desk,
    call: &Call,
    of: (OrganisationId, ResourceId),
    zone: chrono_tz::Tz,
    date: NaiveDate,
) -> Result<WeekView, ServiceError> {
    let monday = date - Days::new(u64::from(date.weekday().num_days_from_monday()));
    days(desk, call, of, zone, monday, 7).await
}

async fn days(
    desk: &Desk,
    call: &Call,
    (organisation, resource): (OrganisationId, ResourceId),
    zone: chrono_tz::Tz,
    first: NaiveDate,
    count: u64,
) -> Result<WeekView, ServiceError> {
    let db = desk.store.reader();
    let midnight = |date: NaiveDate| at_wall(date, NaiveTime::MIN, zone);
    let (from, to) = (midnight(first), midnight(first + Days::new(count)));
    let (from_ms, to_ms) = (from.timestamp_millis(), to.timestamp_millis());
    let visits = store::appointments::day(db, organisation, resource, from_ms, to_ms).await?;
    // Somebody who comes twice is listed twice, and read once.
    let mut once = HashSet::new();
    let touched: Vec<_> = visits
        .iter()
        .filter(|visit| once.insert(visit.referral_id))
        .map(|visit| Touched { organisation, entity: "referral", id: Some(visit.referral_id), patient: None })
        .collect();
    desk.record_reads(call, "list", &touched).await?;
    let mut sessions = sessions(db, organisation, resource, zone, first, count).await?;
    let mut beside: Vec<(DateTime<Utc>, DiaryLine)> = Vec::new();
    // Whoever enters hours for others need not see their referrals.
    let may_open = may(&call.actor.principal, Capability::Worklist);
    for visit in visits {
        let mut line = visit_line(&visit, zone, call.now);
        line.referral = line.referral.filter(|_| may_open);
        let start = facts::instant(visit.start_at);
        let fitting = sessions.iter_mut().flat_map(|(_, blocks)| blocks.iter_mut());
        match fitting.into_iter().find(|block| block.opens <= start && start < block.closes) {
            Some(block) => block.lines.push(line),
            None => beside.push((start, line)),
        }
    }
    // What lasts several days is on each of them, as far as it is in it.
    let by_day = |(start, end): (i64, i64)| -> Vec<(i64, i64)> {
        let edge = |at: u64| midnight(first + Days::new(at)).timestamp_millis();
        let part = |at: u64| (start.max(edge(at)), end.min(edge(at + 1)));
        (0..count).map(part).filter(|(start, end)| start < end).collect()
    };
    for busy in store::calendars::busy(db, organisation, resource, from_ms, to_ms).await? {
        for (start_ms, end_ms) in by_day((busy.start_at, busy.end_at)) {
            let line = stretch(start_ms, end_ms, zone, call.now, "busy", busy.effect.replace('-', " "));
            beside.push((facts::instant(start_ms), line));
        }
    }
    for leave in store::leave::touching(db, organisation, &[resource.0], from_ms, to_ms).await? {
        let what = if leave.note.is_empty() { "on leave".to_owned() } else { leave.note.clone() };
        for (start_ms, end_ms) in by_day((leave.from_at, leave.to_at)) {
            let line = stretch(start_ms, end_ms, zone, call.now, "leave", what.clone());
            beside.push((facts::instant(start_ms), line));
        }
    }
    beside.sort_by_key(|(at, _)| *at);
    let today = call.now.with_timezone(&zone).date_naive();
    let days = (0..count)
        .map(|at| {
            let date = first + Days::new(at);
            let own = |at: &DateTime<Utc>| at.with_timezone(&zone).date_naive() == date;
            WeekDay {
                date: date.to_string(),
                day: spoken::date(date, today),
                is_today: date == today,
                sessions: sessions.remove(&date).unwrap_or_default().into_iter().map(Block::shown).collect(),
                beside: beside.iter().filter(|(at, _)| own(at)).map(|(_, line)| line.clone()).collect(),
            }
        })
        .collect();
    let calendars = store::calendars::calendars(db, organisation).await?;
    let own = calendars.iter().filter(|row| row.resource_id == Some(resource.0));
    let unknown = store::free_busy::uncertain(
        db,
        organisation,
        &[resource.0],
        (from_ms, to_ms),
        call.now.timestamp_millis(),
    )
    .await?;
    Ok(WeekView {
        days,
        from: first.to_string(),
        before: (first - Days::new(count)).to_string(),
        after: (first + Days::new(count)).to_string(),
        fresh: own.min_by_key(|row| row.fetched_at).map(|row| calendar_line(row, None, zone, call.now).fresh),
        // Of days that are over nothing has to be known.
        unknown: !unknown.is_empty() && to > call.now,
    })
}

/// A session on a day, with its instants.
struct Block {
    opens: DateTime<Utc>,
    closes: DateTime<Utc>,
    times: String,
    service: String,
    site: Option<String>,
    closed: Option<String>,
    rule: String,
    lines: Vec<DiaryLine>,
}

impl Block {
    fn shown(self) -> SessionBlock {
        SessionBlock {
            times: self.times,
            service: self.service,
            site: self.site,
            closed: self.closed,
            rule: self.rule,
            at: self.opens.timestamp_millis(),
            booked: self.lines.len() as u64,
            lines: self.lines,
        }
    }
}

async fn sessions(
    db: &impl Db,
    organisation: OrganisationId,
    resource: ResourceId,
    zone: chrono_tz::Tz,
    first: NaiveDate,
    count: u64,
) -> Result<BTreeMap<NaiveDate, Vec<Block>>, ServiceError> {
    let rows = store::calendars::rules_of_resource(db, organisation, resource).await?;
    let services = store::directory::services_of(db, organisation).await?;
    let sites = store::directory::sites_of(db, organisation).await?;
    let last = first + Days::new(count);
    let stored = store::leave::closures(db, organisation, &first.to_string(), &last.to_string()).await?;
    let closures = stored.iter().map(|row| (closure(row), row.note.clone())).collect::<Vec<_>>();
    // Of a session its own date counts; days on which nobody is seen are days of the organisation's clock.
    let own = super::zone_of(db, organisation).await?;
    let is_closed = |closed: &Closed, session: &Session, date, (opens, closes)| {
        let days = super::span_of_days(own, (closed.from, closed.to.unwrap_or(closed.from)));
        let holds = match closed.session {
            Some(_) => closed.holds_on(date),
            None => days.0 <= opens && closes <= days.1,
        };
        holds && closed.means(session, &resource.to_string())
    };
    let mut all: BTreeMap<NaiveDate, Vec<Block>> = BTreeMap::new();
    let name =
        |id: Uuid| services.iter().find(|row| row.id == id).map_or(String::new(), |row| row.name.clone());
    for row in &rows {
        let Some(session) = sound(row, None) else { continue };
        let here = session.zone.unwrap_or(zone);
        for date in first.iter_days().take_while(|date| *date < last).filter(|date| session.holds_on(*date)) {
            let Some((opens, closes)) = session.hours_on(date) else { continue };
            let at = |wall: chrono::NaiveDateTime| at_wall(wall.date(), wall.time(), here);
            let hours = (at(opens), at(closes));
            let closed = closures.iter().find(|(closed, _)| is_closed(closed, &session, date, hours));
            all.entry(date).or_default().push(Block {
                opens: at(opens),
                closes: at(closes),
                times: format!("{} to {}", spoken::clock(at(opens), zone), spoken::clock(at(closes), zone)),
                service: name(row.service_id),
                site: row.site_id.and_then(|id| sites.iter().find(|s| s.id == id)).map(|s| s.name.clone()),
                closed: closed.map(|(_, note)| note.clone()),
                rule: row.id.to_string(),
                lines: Vec::new(),
            });
        }
    }
    all.values_mut().for_each(|blocks| blocks.sort_by_key(|block| block.opens));
    Ok(all)
}

fn visit_line(visit: &DayLine, zone: chrono_tz::Tz, now: DateTime<Utc>) -> DiaryLine {
    let kind = match (visit.state.as_str(), &visit.offered_by) {
        ("fulfilled", _) => "seen",
        ("no-show", _) => "missed",
        ("held", Some(_)) => "offered",
        (other, _) => other,
    };
    let over = if visit.overbook_reason.is_some() { " · overbooked" } else { "" };
    let what = format!("{} {} · {}{over}", visit.given, visit.family, visit.reference);
    let line = stretch(visit.start_at, visit.end_at, zone, now, kind, what);
    DiaryLine { referral: Some(visit.referral_id.to_string()), ..line }
}

fn stretch(
    start: i64,
    end: i64,
    zone: chrono_tz::Tz,
    now: DateTime<Utc>,
    kind: &str,
    what: String,
) -> DiaryLine {
    let (start, end) = (facts::instant(start), facts::instant(end));
    let clock = if end - start >= Duration::hours(23) {
        "all day".to_owned()
    } else {
        format!("{} to {}", spoken::clock(start, zone), spoken::clock(end, zone))
    };
    DiaryLine {
        day: spoken::date(start.with_timezone(&zone).date_naive(), now.with_timezone(&zone).date_naive()),
        clock,
        what,
        referral: None,
        kind: kind.to_owned(),
        at: start.timestamp_millis(),
    }
}

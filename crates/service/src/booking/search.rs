//! What the engine is asked with: a service's sessions, and the diaries of everybody and everything that they name.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Duration, NaiveDate, NaiveTime, Utc};
use domain::place::Point;
use domain::{OrganisationId, Principal, ResourceId, ServiceId, dates};
use scheduling::{
    Busy, Closed, Diaries, Diary, Effect, Resource, Rules, Session, Site, Taken, Visit, Window,
};
use store::Db;
use store::calendars::Bookable;
use store::entity::{availability_rule, site};
use uuid::Uuid;

use crate::unit::Case;
use crate::{Call, Desk, ServiceError, facts};

/// A question's rules and diaries. Read by a number of statements that does not grow with clinicians, visits or days.
pub(crate) struct Search {
    pub rules: Rules,
    pub diaries: Diaries,
    /// Names of resources by id.
    pub names: BTreeMap<String, String>,
    /// The kinds of visit of the sessions that were read.
    pub kinds: Vec<String>,
    /// Names of sites by id, once they are known and sessions are at several.
    pub places: BTreeMap<String, String>,
    /// How far ahead the service offers times.
    pub horizon: DateTime<Utc>,
}

/// Times further ahead are never offered, whatever a service says; each search ends where its service does.
pub(crate) const FARTHEST: Duration = Duration::days(366);

/// So much around a window is read: buffers and sessions reach over its edges, and limits count whole local days.
const AROUND: Duration = Duration::hours(36);

/// Under this name closed days stand in the diaries of everybody whom they concern.
pub(crate) const CLOSED: &str = "closed";

/// Whose times are wanted.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Whose {
    Anybody,
    One(ResourceId),
}

/// Reads everything that decides about times of a service that begin within a window. `kind` is the kind of visit.
pub(crate) async fn search(
    desk: &Desk,
    db: &impl Db,
    call: &Call,
    (organisation, service): (OrganisationId, ServiceId),
    whose: Whose,
    kind: Option<&str>,
    window: Window,
) -> Result<Search, ServiceError> {
    let mut rows = match whose {
        Whose::Anybody => store::calendars::rules_of_service(db, organisation, service).await?,
        Whose::One(id) => sessions_with(db, organisation, service, id).await?,
    };
    rows.retain(|row| sound(row, kind).is_some());
    let kinds = kinds(&rows)?;
    let mut sessions: Vec<Session> = rows.iter().filter_map(|row| session(row, kind).ok()).collect();
    if let Whose::One(id) = whose {
        sessions.iter_mut().for_each(|session| session.who.retain(|who| *who == id.to_string()));
    }
    let named: BTreeSet<&String> =
        sessions.iter().flat_map(|s| s.who.iter().chain(s.also.iter().flatten())).collect();
    let ids: Vec<Uuid> = named.into_iter().filter_map(|id| id.parse().ok()).collect();
    let resources = store::calendars::bookable_of(db, organisation, &ids).await?;
    let booking = store::leave::booking_of(db, organisation, service).await?;
    let days = booking.as_ref().and_then(|row| row.horizon_days).unwrap_or(desk.settings.horizon_days);
    let hours = booking.as_ref().and_then(|row| row.notice_hours).unwrap_or(desk.settings.notice_hours);
    let horizon = call.now + Duration::days(days);
    // What lies beyond is not offered, so it need not be known.
    let window = Window { from: window.from, to: window.to.min(horizon + Duration::seconds(1)) };
    let mut rules = Rules::of_zone(chrono_tz::UTC);
    rules.sessions = sessions;
    let (of_sessions, closed_days) = closed(db, organisation, window).await?;
    rules.closed = of_sessions;
    rules.resources = resources.iter().map(known).collect();
    match call.actor.principal {
        // Staff phone the patient: they may book at once, whatever the session asks for.
        Principal::Staff { .. } => {
            rules.sessions.iter_mut().for_each(|session| session.notice_min = Some(0));
        }
        _ => rules.notice_min = minutes(hours),
    }
    rules.horizon_days = u32::try_from(days).ok();
    let mut diaries = diaries(db, organisation, &ids, window, call.now).await?;
    // Whoever is suspended or has had their last day sees nobody.
    for (who, gone) in resources.iter().filter_map(|row| Some((row, crate::availability::gone_from(row)?))) {
        let (start, end) = (gone.max(window.from - AROUND), window.to + AROUND);
        let stretch = Busy { start, end, effect: Effect::OutOfOffice, uid: String::new() };
        diaries.entry(who.id.to_string()).or_default().busy.push(stretch);
    }
    for closed in &closed_days {
        for id in ids.iter().filter(|id| closed.who.is_none_or(|one| one == **id)) {
            let (start, end) = (closed.from, closed.to);
            let stretch = Busy { start, end, effect: Effect::OutOfOffice, uid: CLOSED.to_owned() };
            diaries.entry(id.to_string()).or_default().busy.push(stretch);
        }
    }
    let names = resources.into_iter().map(|row| (row.id.to_string(), row.name)).collect();
    Ok(Search { rules, diaries, names, kinds, places: BTreeMap::new(), horizon })
}

impl Search {
    /// Adds what is known of the organisation's sites, and how far they are from the patient. Sessions without a site of
    /// their own are at the service's.
    pub fn at_sites(&mut self, sites: &[site::Model], otherwise: Option<Uuid>, home: Option<Point>) {
        for session in &mut self.rules.sessions {
            session.site = session.site.take().or_else(|| otherwise.map(|id| id.to_string()));
        }
        let used: BTreeSet<&String> = self.rules.sessions.iter().filter_map(|s| s.site.as_ref()).collect();
        if used.len() > 1 {
            self.places = sites.iter().map(|row| (row.id.to_string(), row.name.clone())).collect();
        }
        let km = |row: &site::Model| {
            let at = Point::new(row.latitude?, row.longitude?)?;
            Some(home?.km_to(at))
        };
        self.rules.sites = sites
            .iter()
            .map(|row| Site { id: row.id.to_string(), step_free: row.step_free, km: km(row) })
            .collect();
    }
}

/// A stored session as the engine reads it, unless it is one that nothing here would have stored. Of such a one nothing is
/// known, so nothing of it is free; and it keeps nobody from the others. `waymark check` names it.
pub(crate) fn sound(row: &availability_rule::Model, kind: Option<&str>) -> Option<Session> {
    let read = session(row, kind).map_err(|error| error.to_string());
    let read = read.and_then(|session| session.check().map(|()| session).map_err(|wrong| wrong.to_string()));
    read.inspect_err(|why| tracing::error!(rule = %row.id, %why, "a stored session is not sound")).ok()
}

/// A stored session as the engine reads it.
pub(crate) fn session(row: &availability_rule::Model, kind: Option<&str>) -> Result<Session, ServiceError> {
    let broken = |what: &str| ServiceError::Broken(format!("availability rule {}: {what}", row.id));
    let small = |value: i64, what: &str| u32::try_from(value).map_err(|_| broken(what));
    let some = |value: Option<i64>, what: &str| value.map(|value| small(value, what)).transpose();
    let time = |text: &str, what: &str| NaiveTime::parse_from_str(text, "%H:%M").map_err(|_| broken(what));
    let day = |text: &str, what: &str| dates::day(text).ok_or_else(|| broken(what));
    let single = row.dates.split(',').filter(|text| !text.trim().is_empty());
    let mut visits = visits(row)?;
    if visits.is_empty() {
        // A session that names no kinds takes every one.
        let kind = kind.unwrap_or_default().to_owned();
        visits.push(Visit { kind, length_min: small(row.slot_min, "slot_min")? });
    }
    Ok(Session {
        id: row.id.to_string(),
        who: sees_people(row).iter().map(Uuid::to_string).collect(),
        also: serde_json::from_str(&row.also).map_err(|_| broken("also"))?,
        site: row.site_id.map(|id| id.to_string()),
        weekdays: row.weekdays.split(',').filter_map(crate::availability::weekday).collect(),
        every_weeks: small(row.every_weeks, "every_weeks")?,
        valid_from: Some(day(&row.valid_from, "valid_from")?),
        valid_to: row
            .valid_to
            .as_deref()
            .map(|text| dates::last_day(text).ok_or_else(|| broken("valid_to")))
            .transpose()?,
        dates: single.map(|text| day(text, "dates")).collect::<Result<_, _>>()?,
        from: time(&row.from_wall, "from_wall")?,
        to: time(&row.to_wall, "to_wall")?,
        zone: Some(row.zone.parse().map_err(|_| broken("zone"))?),
        visits,
        step_min: some(row.step_min, "step_min")?,
        capacity: small(row.capacity, "capacity")?,
        buffer_before_min: small(row.buffer_before_min, "buffer_before_min")?,
        buffer_after_min: small(row.buffer_after_min, "buffer_after_min")?,
        daily_limit: some(row.daily_limit, "daily_limit")?,
        notice_min: some(row.notice_min, "notice_min")?,
    })
}

/// The sessions of a service in which one clinician sees people.
pub(crate) async fn sessions_with(
    db: &impl Db,
    organisation: OrganisationId,
    service: ServiceId,
    who: ResourceId,
) -> Result<Vec<availability_rule::Model>, ServiceError> {
    let mut rows = store::calendars::rules_with(db, organisation, service, who).await?;
    rows.retain(|row| sees_people(row).contains(&who.0));
    Ok(rows)
}

/// Whoever sees people in a session: any one of them.
pub(crate) fn sees_people(row: &availability_rule::Model) -> Vec<Uuid> {
    let mut all = vec![row.resource_id];
    all.extend(row.pool.split(',').filter_map(|id| id.trim().parse::<Uuid>().ok()));
    all.dedup();
    all
}

/// The kinds of visit that sessions name, in their order.
pub(crate) fn kinds(rows: &[availability_rule::Model]) -> Result<Vec<String>, ServiceError> {
    let mut all = Vec::new();
    for row in rows {
        for visit in visits(row)? {
            if !all.contains(&visit.kind) {
                all.push(visit.kind);
            }
        }
    }
    Ok(all)
}

/// A kind of visit that staff choose for a referral; `None` where they leave it open.
///
/// Errors: `Invalid` for one that no session of the service has.
pub(crate) async fn kind_of(db: &impl Db, case: &Case, chosen: &str) -> Result<Option<String>, ServiceError> {
    let chosen = chosen.trim();
    if chosen.is_empty() {
        return Ok(None);
    }
    let service = ServiceId(case.row.service_id);
    let mut rows = store::calendars::rules_of_service(db, case.organisation_id(), service).await?;
    rows.retain(|row| sound(row, None).is_some());
    match kinds(&rows)?.into_iter().find(|kind| kind == chosen) {
        Some(kind) => Ok(Some(kind)),
        None => Err(ServiceError::invalid("visit_kind", "Choose a kind of visit from the list.")),
    }
}

fn visits(row: &availability_rule::Model) -> Result<Vec<Visit>, ServiceError> {
    serde_json::from_str(&row.visits)
        .map_err(|_| ServiceError::Broken(format!("availability rule {}: visits", row.id)))
}

fn known(row: &Bookable) -> Resource {
    Resource {
        id: row.id.to_string(),
        places: u32::try_from(row.places).unwrap_or(1),
        daily_limit: row.daily_limit.and_then(|limit| u32::try_from(limit).ok()),
        languages: row
            .languages
            .split(',')
            .map(|tag| tag.trim().to_owned())
            .filter(|t| !t.is_empty())
            .collect(),
    }
}

fn minutes(hours: i64) -> u32 {
    u32::try_from(hours.saturating_mul(60)).unwrap_or(0)
}

/// Days on which nobody is seen, or one person sees nobody, from the first moment to the last by the organisation's clock.
pub(crate) struct ClosedDays {
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
    /// `None`: nobody sees anybody.
    pub who: Option<Uuid>,
}

/// Closed days that can touch the window: of single sessions, by the date on which each begins; and of people, by what takes
/// place on those days.
async fn closed(
    db: &impl Db,
    organisation: OrganisationId,
    window: Window,
) -> Result<(Vec<Closed>, Vec<ClosedDays>), ServiceError> {
    let day = |at: DateTime<Utc>, days: i64| (at + Duration::days(days)).date_naive().to_string();
    let rows = store::leave::closures(db, organisation, &day(window.from, -2), &day(window.to, 2)).await?;
    let (of_people, of_sessions): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row.rule_id.is_none());
    let sessions = of_sessions.into_iter().map(closure).collect();
    if of_people.is_empty() {
        return Ok((sessions, Vec::new()));
    }
    let zone = crate::availability::zone_of(db, organisation).await?;
    let days = of_people.into_iter().map(|row| {
        let read = closure(row);
        let (from, to) = crate::availability::span_of_days(zone, (read.from, read.to.unwrap_or(read.from)));
        ClosedDays { from, to, who: row.resource_id }
    });
    Ok((sessions, days.collect()))
}

/// Of [`closed`] what holds whatever the session.
pub(crate) async fn days_without_anybody(
    db: &impl Db,
    organisation: OrganisationId,
    window: Window,
) -> Result<Vec<ClosedDays>, ServiceError> {
    Ok(closed(db, organisation, window).await?.1)
}

/// Stored closed days as the engine reads them. What cannot be read is closed for ever: a time is free only if that is known.
pub(crate) fn closure(row: &store::entity::closure::Model) -> Closed {
    let days = closed_days(row).unwrap_or_else(|| {
        tracing::error!(closure = %row.id, "stored closed days cannot be read");
        (dates::FIRST, dates::LAST)
    });
    Closed {
        from: days.0,
        to: Some(days.1),
        who: row.resource_id.map(|id| id.to_string()),
        site: None,
        session: row.rule_id.map(|id| id.to_string()),
    }
}

/// The first and the last day of stored closed days.
pub(crate) fn closed_days(row: &store::entity::closure::Model) -> Option<(NaiveDate, NaiveDate)> {
    dates::day(&row.from_day).zip(dates::last_day(&row.to_day)).filter(|(from, to)| from <= to)
}

/// The diaries of resources around a window.
async fn diaries(
    db: &impl Db,
    organisation: OrganisationId,
    ids: &[Uuid],
    window: Window,
    now: DateTime<Utc>,
) -> Result<Diaries, ServiceError> {
    let (from, to) = (window.from - AROUND, window.to + AROUND);
    let (from_ms, to_ms) = (from.timestamp_millis(), to.timestamp_millis());
    let uncertain =
        store::free_busy::uncertain(db, organisation, ids, (from_ms.max(0), to_ms), now.timestamp_millis())
            .await?;
    let busy =
        store::free_busy::busy(db, organisation, ids, from_ms.div_euclid(60_000), to_ms.div_euclid(60_000))
            .await?;
    let quantum = |ms: i64| ms.div_euclid(300_000);
    let taken = store::free_busy::taken(db, organisation, ids, quantum(from_ms), quantum(to_ms)).await?;
    let leave = store::leave::touching(db, organisation, ids, from_ms, to_ms).await?;
    let mut diaries: BTreeMap<Uuid, Diary> = BTreeMap::new();
    let at = |minute: i64| facts::instant(minute * 60_000);
    let stretch = |start, end, effect| Busy { start, end, effect, uid: String::new() };
    for (id, stretches) in busy {
        let all = stretches.into_iter().map(|b| stretch(at(b.from_min), at(b.to_min), Effect::Busy));
        diaries.entry(id).or_default().busy.extend(all);
    }
    for row in leave {
        let away = stretch(facts::instant(row.from_at), facts::instant(row.to_at), Effect::OutOfOffice);
        diaries.entry(row.resource_id).or_default().busy.push(away);
    }
    for (id, visits) in taken {
        diaries.entry(id).or_default().taken = visits
            .into_iter()
            .map(|visit| Taken {
                at: at(visit.at_min),
                start_q: visit.start_q,
                end_q: visit.end_q,
                place: u32::try_from(visit.place).unwrap_or(u32::MAX),
                among: visit.among.map(|among| u32::try_from(among).unwrap_or(u32::MAX)),
            })
            .collect();
    }
    for id in uncertain {
        diaries.entry(id).or_default().unknown = true;
    }
    Ok(diaries.into_iter().map(|(id, diary)| (id.to_string(), diary)).collect())
}

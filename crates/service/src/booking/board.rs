//! The coordinator's board: sessions, booked, held and free times of everybody, by day or week.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike, Duration, NaiveDate, NaiveTime, Utc};
use contract::{
    BoardDay, BoardFree, BoardPage, BoardPerson, BoardQuery, BoardRow, BoardTime, BoardVisit, Choice,
};
use domain::calendar_days::at_wall;
use domain::policy::{Capability, Relation, may};
use domain::referral::NextStep;
use domain::{OrganisationId, Principal, Priority, ReferralId, ResourceId, ServiceId, dates, spoken};
use scheduling::{Busy, Diaries, Diary, Effect, Rules, Window};
use store::appointments::BoardLine;
use store::entity::{resource, service};
use uuid::Uuid;

use super::find::Found;
use super::hold::{Ended, lapse};
use super::kept;
use super::search::{CLOSED, Search, Whose, search};
use super::taken::as_if_empty;
use super::waitlist::{Said, each_once, kinds, names, rank, said_in_words};
use crate::unit::{Begun, Unit};
use crate::{Call, Conflict, Desk, ServiceError, facts};

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
    let asked = dates::day(&query.day).unwrap_or(today);
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
    let (mut sessions, mut unknown) = (Vec::new(), BTreeSet::new());
    let mut to_book = 0;
    for service in &services {
        let id = ServiceId(service.id);
        to_book += store::matching::count_to_book(db, organisation, id).await?;
        let (of, all) = ((organisation, id), Window { from, to });
        let search = Box::pin(search(desk, db, call, of, Whose::Anybody, None, all)).await?;
        if to > call.now {
            let window = Window { from: from.max(call.now), to };
            free.extend(of_any_kind(&search, window, call.now).into_iter().map(|found| (service.id, found)));
        }
        let here = sessions_of(&search, zone, (first, days));
        sessions.extend(here.into_iter().map(|hours| (service.id, hours)));
        let silent = search.diaries.iter().filter(|(_, diary)| diary.unknown);
        unknown.extend(silent.filter_map(|(who, _)| who.parse::<ResourceId>().ok()));
    }
    let resources = store::calendars::resources(db, organisation).await?;
    let shown = Shown {
        call,
        zone,
        services: &all,
        visits: &visits,
        free: &free,
        sessions: &sessions,
        unknown: &unknown,
    };
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

/// Times that are free for any kind of visit that the sessions take, each once.
fn of_any_kind(search: &Search, window: Window, now: DateTime<Utc>) -> Vec<Found> {
    let mut all = BTreeMap::new();
    // Without a kind it is the first of each session, and what a session takes that names none.
    for kind in std::iter::once(None).chain(search.kinds.iter().map(|kind| Some(kind.as_str()))) {
        for offer in scheduling::slots(&search.rules, &search.diaries, window, now, kind) {
            all.entry((offer.slot.start, offer.who.clone())).or_insert(offer);
        }
    }
    search.named(all.into_values().collect())
}

/// When the sessions of a service begin and end on these days, whose they are, and what stands against them.
fn sessions_of(search: &Search, zone: chrono_tz::Tz, (first, days): (NaiveDate, i64)) -> Vec<Hours> {
    let mut found = Vec::new();
    for session in &search.rules.sessions {
        let here = session.zone.unwrap_or(zone);
        let at = |wall: chrono::NaiveDateTime| at_wall(wall.date(), wall.time(), here);
        let ids: BTreeSet<&String> = session.who.iter().chain(session.also.iter().flatten()).collect();
        for day in (0..days).map(|day| first + Duration::days(day)).filter(|day| session.holds_on(*day)) {
            let Some((opens, closes)) = session.hours_on(day) else { continue };
            let (opens, closes) = (at(opens), at(closes));
            for (id, whose) in ids.iter().filter_map(|id| Some((*id, id.parse().ok()?))) {
                let is_whole = |busy: &Busy| busy.uid == CLOSED && busy.start <= opens && closes <= busy.end;
                let closed =
                    search.rules.closed.iter().any(|one| one.holds_on(day) && one.means(session, id))
                        || search.diaries.get(id).is_some_and(|diary| diary.busy.iter().any(is_whole));
                let against = match closed {
                    true => "does not take place".to_owned(),
                    false => {
                        search.diaries.get(id).map_or(String::new(), |d| against(d, (opens, closes), zone))
                    }
                };
                found.push(Hours { whose, opens, closes, against, is_closed: closed });
            }
        }
    }
    found
}

/// What of leave, closed days and calendars falls into a session's hours: "on leave", or "busy 9:00am to 10:00am".
fn against(diary: &Diary, (opens, closes): (DateTime<Utc>, DateTime<Utc>), zone: chrono_tz::Tz) -> String {
    let what = |busy: &Busy| match (busy.uid.as_str(), busy.effect) {
        (CLOSED, _) => "closed",
        (_, Effect::OutOfOffice) => "on leave",
        _ => "busy",
    };
    let mut parts: Vec<(DateTime<Utc>, DateTime<Utc>, &str)> = diary
        .busy
        .iter()
        .filter(|busy| busy.start < closes && opens < busy.end)
        .map(|busy| (busy.start.max(opens), busy.end.min(closes), what(busy)))
        .collect();
    parts.sort();
    // Stretches that touch are said as one.
    let mut said: Vec<(DateTime<Utc>, DateTime<Utc>, &str)> = Vec::new();
    for (start, end, what) in parts {
        match said.last_mut().filter(|last| start <= last.1 && last.2 == what) {
            Some(last) => last.1 = last.1.max(end),
            None => said.push((start, end, what)),
        }
    }
    let words = said.into_iter().map(|(start, end, what)| match start == opens && end == closes {
        true => what.to_owned(),
        false => format!("{what} {} to {}", spoken::clock(start, zone), spoken::clock(end, zone)),
    });
    words.collect::<Vec<_>>().join(", ")
}

/// A session of somebody on a day.
struct Hours {
    whose: ResourceId,
    opens: DateTime<Utc>,
    closes: DateTime<Utc>,
    /// Leave, busy time or a closed day, in words; empty: nothing.
    against: String,
    is_closed: bool,
}

/// What the board has read.
struct Shown<'a> {
    call: &'a Call,
    zone: chrono_tz::Tz,
    services: &'a [service::Model],
    visits: &'a [BoardLine],
    free: &'a [(Uuid, Found)],
    sessions: &'a [(Uuid, Hours)],
    /// Whose calendars could not be read.
    unknown: &'a BTreeSet<ResourceId>,
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
        type Span = (DateTime<Utc>, DateTime<Utc>);
        let mut spans: BTreeMap<(Span, &str), Vec<String>> = BTreeMap::new();
        let mut is_ahead = false;
        for (service, hours) in self.sessions {
            if hours.whose.0 == resource.id && self.is_on(hours.opens, day) {
                let span = ((hours.opens, hours.closes), hours.against.as_str());
                let names = spans.entry(span).or_default();
                let name = self.service(*service);
                if !names.contains(&name) {
                    names.push(name);
                }
                is_ahead |= hours.closes > self.call.now && !hours.is_closed;
            }
        }
        let visits: Vec<BoardVisit> = self
            .visits
            .iter()
            .filter(|line| line.resource_id == resource.id && self.is_on(facts::instant(line.start_at), day))
            .map(|line| self.visit(line, resource))
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
        let unknown = is_ahead && self.unknown.contains(&ResourceId(resource.id));
        Some(BoardRow {
            who: resource.name.clone(),
            unknown,
            full: is_ahead && !unknown && free.is_empty() && resource.kind == "clinician",
            sessions: spans
                .into_iter()
                .map(|(((from, to), against), names)| {
                    let (from, to) = (spoken::clock(from, self.zone), spoken::clock(to, self.zone));
                    let against = if against.is_empty() { String::new() } else { format!(" – {against}") };
                    format!("{}, {from} to {to}{against}", spoken::list(&names))
                })
                .collect(),
            visits,
            free,
        })
    }

    fn visit(&self, line: &BoardLine, resource: &resource::Model) -> BoardVisit {
        let clock = |at: i64| spoken::clock(facts::instant(at), self.zone);
        BoardVisit {
            clock: format!("{} to {}", clock(line.start_at), clock(line.end_at)),
            state: match (line.state.as_str(), &line.offered_by) {
                ("held", Some(_)) => "offered".to_owned(),
                (state, _) => state.to_owned(),
            },
            patient: format!("{} {}", line.given, line.family),
            referral: line.referral_id.to_string(),
            appointment: line.id.to_string(),
            reference: line.reference.clone(),
            service: self.service(line.service_id),
            is_confirmed: line.patient_confirmed_at.is_some(),
            overbooked: line.overbook_reason.clone().unwrap_or_default(),
            again: (line.state == "booked"
                && line.seen_by == resource.id
                && facts::instant(line.start_at) > self.call.now)
                .then(|| BoardFree {
                    clock: clock(line.start_at),
                    service: line.service_id.to_string(),
                    resource: resource.id.to_string(),
                    start: facts::instant(line.start_at).to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
                }),
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
    let start = dates::instant(start).ok_or(ServiceError::NotFound)?;
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
        // Whoever is to be seen by somebody named cannot have a time of another.
        let named = row.next_resource_id.filter(|_| step == Some(NextStep::BookNamed));
        step.is_none_or(NextStep::lets_choose_time) && named.is_none_or(|named| named == resource.0)
    });
    let at = At { organisation, service, resource, start };
    let (mut free, mut has) = (BTreeSet::new(), BTreeSet::new());
    for kind in kinds(rows.iter().map(|row| &row.visit_kind)) {
        match at.stands(desk, call, kind.as_deref()).await? {
            Stands::Free => free.insert(kind),
            Stands::Taken => has.insert(kind),
            Stands::Not => false,
        };
    }
    // A kind of visit that the session does not take cannot be given there; while one is free, nobody is overbooked.
    let stands = match (free.is_empty(), has.is_empty()) {
        (false, _) => Stands::Free,
        (true, false) => Stands::Taken,
        // None of those who are to book can have it, if there is anybody: how it stands is another question.
        (true, true) => at.stands_for_any(desk, call).await?,
    };
    let is_taken = stands == Stands::Taken;
    rows.retain(|row| if is_taken { has.contains(&row.visit_kind) } else { free.contains(&row.visit_kind) });
    let since = |row: &store::matching::ToBook| facts::instant(row.sent_at.unwrap_or(row.created_at));
    rows.sort_by_key(|row| {
        let priority = Priority::from_code(&row.priority).unwrap_or(Priority::Routine);
        (rank(priority), since(row), row.id)
    });
    rows.truncate(PEOPLE);
    let seen = each_once(organisation, rows.iter().map(|row| row.id));
    desk.record_reads(call, "list", &seen).await?;
    let names = names(db, organisation).await?;
    Ok(BoardTime {
        when: spoken::instant(start, zone, call.now),
        who: known.name,
        service: named.name,
        service_id: service.to_string(),
        resource: resource.to_string(),
        start: start.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
        day: start.with_timezone(&zone).date_naive().to_string(),
        is_taken,
        is_none: stands == Stands::Not,
        people: rows
            .iter()
            .map(|row| BoardPerson {
                referral: row.id.to_string(),
                reference: row.reference.clone(),
                patient: format!("{} {}", row.given, row.family),
                priority: row.priority.clone(),
                waited_days: (call.now - since(row)).num_days(),
                wishes: said_in_words(&Said::from(row), &names),
            })
            .collect(),
    })
}

/// A time of the board.
struct At {
    organisation: OrganisationId,
    service: ServiceId,
    resource: ResourceId,
    start: DateTime<Utc>,
}

/// How it stands for one kind of visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stands {
    Free,
    /// Somebody has it.
    Taken,
    /// The sessions do not have it, or the clinician is not there.
    Not,
}

impl At {
    /// How it stands for whichever kind of visit the sessions take: free for one is free, taken for one is taken.
    async fn stands_for_any(&self, desk: &Desk, call: &Call) -> Result<Stands, ServiceError> {
        let window = Window { from: self.start, to: self.start + Duration::seconds(1) };
        let (of, whose) = ((self.organisation, self.service), Whose::One(self.resource));
        let known = Box::pin(search(desk, desk.store.reader(), call, of, whose, None, window)).await?.kinds;
        let mut best = Stands::Not;
        for kind in std::iter::once(None).chain(known.iter().map(|kind| Some(kind.as_str()))) {
            match self.stands(desk, call, kind).await? {
                Stands::Free => return Ok(Stands::Free),
                Stands::Taken => best = Stands::Taken,
                Stands::Not => {}
            }
        }
        Ok(best)
    }

    async fn stands(&self, desk: &Desk, call: &Call, kind: Option<&str>) -> Result<Stands, ServiceError> {
        let window = Window { from: self.start, to: self.start + Duration::seconds(1) };
        let (of, whose) = ((self.organisation, self.service), Whose::One(self.resource));
        let db = desk.store.reader();
        let search = Box::pin(search(desk, db, call, of, whose, kind, window)).await?;
        let is_there = |rules: &Rules, diaries: &Diaries| {
            let found = scheduling::slots(rules, diaries, window, call.now, kind);
            found.iter().any(|offer| offer.slot.start == self.start)
        };
        if is_there(&search.rules, &search.diaries) {
            return Ok(Stands::Free);
        }
        let (rules, diaries) = as_if_empty(&search.rules, &search.diaries);
        Ok(if is_there(&rules, &diaries) { Stands::Taken } else { Stands::Not })
    }
}

/// Takes a held or offered time back, from the board; which one, by its id. The receiving side.
///
/// Errors: `Conflict` when nothing is held any more.
pub async fn withdraw(
    desk: &Desk,
    call: &Call,
    id: ReferralId,
    appointment: &str,
) -> Result<(), ServiceError> {
    let mut unit = match Unit::begin(desk, call, "withdraw-time", &(id, appointment)).await? {
        Begun::Fresh(unit) => unit,
        Begun::Repeated(answer) => return Ok(answer),
    };
    let mut case = unit.case(id).await?;
    if case.relation != Relation::Receiving {
        return Err(ServiceError::NotAllowed);
    }
    let kept = kept(&unit, &case).await?;
    let row = kept.meant(appointment, call.now).cloned().ok_or(Conflict::HoldLapsed)?;
    lapse(&mut unit, &mut case, row, Some("The clinic took the time back"), Ended::Withdrawn).await?;
    unit.finish(()).await
}

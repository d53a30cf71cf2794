//! Which times are free: the clinicians' weekly sessions, less their calendars, less what is taken.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use chrono::{DateTime, Duration, NaiveTime, Utc};
use contract::{Choice, TimeOffer, TimesPage, TimesQuery};
use domain::calendar_days::at_wall;
use domain::policy::Relation;
use domain::{OrganisationId, Priority, ReferralId, ResourceId, ServiceId, dates, spoken};
use scheduling::{Ask, Offer, PartOfDay, Reason, Wants, Window};
use store::Db;
use store::entity::appointment;

use super::pass;
use super::search::{Search, Whose, search};
use super::taken::taken_times;
use super::wishes;
use crate::unit::{Case, find_case};
use crate::{Call, Desk, ServiceError, describe, facts};

/// The most times that one page lists.
const MOST_TIMES: usize = 600;
/// How many days one page of times covers.
const PAGE_DAYS: i64 = 28;

/// The page on which a time is chosen. The patient and the receiving side.
pub async fn times(
    desk: &Desk,
    call: &Call,
    id: ReferralId,
    query: &TimesQuery,
) -> Result<TimesPage, ServiceError> {
    let db = desk.store.reader();
    let mut case = find_case(desk, db, call, id).await?;
    if case.relation == Relation::Referring {
        return Err(ServiceError::NotAllowed);
    }
    let planned = case.row.visit_kind.clone();
    if !super::hold::is_patient(call) && !query.kind.is_empty() {
        case.row.visit_kind = Some(query.kind.clone());
    }
    desk.record_read(call, case.touched("referral")).await?;
    if super::hold::is_patient(call) {
        super::hold::chooses(case.plan().step)?;
    }
    let zone = case.zone();
    let from =
        dates::day(&query.from).map_or(call.now, |day| at_wall(day, NaiveTime::MIN, zone).max(call.now));
    let to = from + Duration::days(PAGE_DAYS);
    let listing = match super::hold::is_patient(call) || query.taken.is_empty() {
        true => Listing::Free,
        false => Listing::Everything,
    };
    let mut found = Box::pin(choices(desk, db, call, &case, Window { from, to }, query, listing)).await?;
    if case.row.visit_kind != planned && !found.kinds.contains(&query.kind) {
        // An address with a kind that is gone shows what is planned.
        case.row.visit_kind = planned;
        found = Box::pin(choices(desk, db, call, &case, Window { from, to }, query, listing)).await?;
    }
    let last = found.horizon;
    let ends = window_ends(&case);
    let best: Vec<TimeOffer> = found
        .best
        .iter()
        .map(|best| {
            let is_earliest = best.offer.reasons.first() == Some(&Reason::Earliest);
            let reason = match ends {
                _ if !is_earliest => None,
                _ if !query.from.is_empty() => Some("earliest free time from that day on"),
                Some(ends) if best.offer.slot.start < ends => Some("earliest in your window"),
                _ => None,
            };
            let plain = offer(best, call.now);
            TimeOffer { reason: reason.map(str::to_owned).or(why(&best.offer.reasons)), ..plain }
        })
        .collect();
    let in_window = match found.earliest {
        Some(at) => ends.is_none_or(|ends| at < ends),
        // Nothing in these weeks; there may be something later that is soon enough. Of a narrowed list nobody asks.
        None => match pass::window(&case, to, call.now).filter(|_| *query == TimesQuery::default()) {
            Some(rest) => !Box::pin(best_times(desk, db, call, &case, rest, query)).await?.is_empty(),
            None => false,
        },
    };
    let (place, address) = describe::place(db, &case).await?;
    let mut page = TimesPage {
        referral: id.to_string(),
        patient: describe::patient(&case),
        clinic: case.service.name.clone(),
        place,
        address,
        length_min: found.lengths.map_or(case.service.visit_min, |(shortest, _)| shortest),
        longest_min: found
            .lengths
            .filter(|(shortest, longest)| shortest < longest)
            .map(|(_, longest)| longest),
        no_sessions: found.no_sessions,
        waits: store::waitlist::of_referral(db, case.organisation_id(), id).await?.is_some(),
        bring: case.service.patient_note.clone(),
        phone: case.service.phone.clone().or_else(|| case.organisation.phone.clone()),
        best,
        all: found.times.iter().map(|found| TimeOffer { reason: None, ..offer(found, call.now) }).collect(),
        more_from: (to < last).then(|| to.with_timezone(&zone).date_naive().to_string()),
        held: None,
        kept_offer: None,
        booked: None,
        clinicians: found.clinicians,
        sites: found.sites,
        languages: found.languages,
        kind: case.row.visit_kind.clone().unwrap_or_default(),
        kinds: match super::hold::is_patient(call) {
            true => Vec::new(),
            false => found.kinds,
        },
        window_ends: ends.map(|at| spoken::instant(at, zone, call.now)),
        in_window,
        window_over: ends.is_some_and(|ends| ends <= call.now),
        outdated: match super::hold::is_patient(call) {
            true => Vec::new(),
            false => found.outdated,
        },
        taken: found.taken.iter().map(|found| offer(found, call.now)).collect(),
        clinic_books: case.plan().step == Some(domain::referral::NextStep::ClinicBooks),
    };
    let visits = store::appointments::of_referral(db, case.organisation_id(), id).await?;
    // Their own time is not somebody else's.
    let own: BTreeSet<(String, String)> = visits
        .iter()
        .filter(|row| matches!(row.state.as_str(), "held" | "booked"))
        .map(|row| (row.resource_id.to_string(), starts(facts::instant(row.start_at))))
        .collect();
    page.taken.retain(|other| !own.contains(&(other.resource.clone(), other.start.clone())));
    let is_held =
        |row: &&appointment::Model| row.hold_expires_at.is_some_and(|at| at > call.now.timestamp_millis());
    let mut held = visits.iter().rev().filter(|row| row.state == "held").filter(is_held);
    if let Some(row) = held.next() {
        page.held = Some(describe::appointment(db, &case, row, call.now).await?);
    }
    if let Some(row) = held.find(|row| row.offered_by.is_some()) {
        page.kept_offer = Some(describe::appointment(db, &case, row, call.now).await?);
    }
    if let Some(row) = visits.iter().rev().find(|row| row.state == "booked") {
        page.booked = Some(describe::appointment(db, &case, row, call.now).await?);
    }
    Ok(page)
}

/// Why a time is among the best, and how it differs from those above it.
fn why(reasons: &[Reason]) -> Option<String> {
    let first = reasons.first()?;
    let differs = reasons[1..]
        .iter()
        .find(|reason| matches!(reason, Reason::AnotherDay | Reason::AnotherTime | Reason::AnotherClinician));
    Some(match differs {
        Some(differs) => format!("{}, {}", first.words(), differs.words()),
        None => first.words().to_owned(),
    })
}

/// A free time of one clinician.
pub(crate) struct Found {
    pub resource: ResourceId,
    pub who: String,
    /// Where, if the service is at several places.
    pub place: Option<String>,
    /// What they speak.
    pub languages: Arc<[String]>,
    pub offer: Offer,
}

/// What a page of times is made of.
struct Times {
    best: Vec<Found>,
    times: Vec<Found>,
    /// For staff: times that others have.
    taken: Vec<Found>,
    /// The soonest free time of the page, whatever it shows first.
    earliest: Option<DateTime<Utc>>,
    /// Minutes of the visit, if all times are as long.
    /// The shortest and the longest, in minutes; `None`: there is no time.
    lengths: Option<(i64, i64)>,
    /// No session takes this kind of visit.
    no_sessions: bool,
    horizon: DateTime<Utc>,
    clinicians: Vec<Choice>,
    sites: Vec<Choice>,
    languages: Vec<Choice>,
    kinds: Vec<String>,
    /// Clinicians whose calendars are old.
    outdated: Vec<String>,
}

/// What is read of a span.
#[derive(Clone, Copy)]
enum Listing {
    Free,
    /// For staff: also what others have.
    Everything,
}

/// The best times and all of a span, as the address asks for them.
async fn choices(
    desk: &Desk,
    db: &impl Db,
    call: &Call,
    case: &Case,
    window: Window,
    query: &TimesQuery,
    listing: Listing,
) -> Result<Times, ServiceError> {
    let mut search = search_of(desk, db, call, case, window).await?;
    let sites = store::directory::sites_of(db, case.organisation_id()).await?;
    let home = crate::referrals::home(db, &case.patient).await?;
    search.at_sites(&sites, case.service.site_id, home);
    let ask = ask(db, call, case, window, query).await?;
    let found = scheduling::choices(&search.rules, &search.diaries, &ask, MOST_TIMES);
    let earliest = found.times.first().map(|offer| offer.slot.start);
    let lengths: BTreeSet<i64> =
        found.times.iter().map(|offer| (offer.slot.end - offer.slot.start).num_minutes()).collect();
    let mut clinicians: Vec<Choice> = search
        .rules
        .sessions
        .iter()
        .flat_map(|session| &session.who)
        .collect::<BTreeSet<_>>()
        .into_iter()
        .filter_map(|id| search.names.get(id).map(|name| choice(id, name)))
        .collect();
    clinicians.sort_by(|a, b| a.label.cmp(&b.label));
    let known: Vec<uuid::Uuid> = search.names.keys().filter_map(|id| id.parse().ok()).collect();
    let outdated =
        store::calendars::outdated(db, case.organisation_id(), &known, call.now.timestamp_millis()).await?;
    let outdated: BTreeSet<String> =
        outdated.iter().filter_map(|id| search.names.get(&id.to_string()).cloned()).collect();
    let used = |id: &str| search.rules.sessions.iter().any(|session| session.site.as_deref() == Some(id));
    let sites = sites.iter().map(|row| choice(&row.id.to_string(), &row.name));
    let languages: BTreeSet<&String> =
        search.rules.resources.iter().flat_map(|resource| &resource.languages).collect();
    let times = search.named(found.times);
    let taken = match listing {
        Listing::Everything => taken_times(&search, &ask),
        Listing::Free => Vec::new(),
    };
    Ok(Times {
        best: search.named(found.best),
        times,
        taken,
        earliest,
        lengths: lengths.first().copied().zip(lengths.last().copied()),
        no_sessions: search.rules.sessions.is_empty(),
        horizon: search.horizon,
        kinds: std::mem::take(&mut search.kinds),
        clinicians,
        sites: sites.filter(|site| used(&site.value)).collect(),
        outdated: outdated.into_iter().collect(),
        languages: languages.into_iter().map(|tag| choice(tag, tag)).collect(),
    })
}

fn choice(value: &str, label: &str) -> Choice {
    Choice { value: value.to_owned(), label: label.to_owned(), hint: None }
}

/// The question that a referral and the page's address ask.
async fn ask(
    db: &impl Db,
    call: &Call,
    case: &Case,
    window: Window,
    query: &TimesQuery,
) -> Result<Ask, ServiceError> {
    let list = |text: &str| -> Vec<String> {
        text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
    };
    let part = match query.part.as_str() {
        "morning" => vec![PartOfDay::Morning],
        "afternoon" => vec![PartOfDay::Afternoon],
        "evening" => vec![PartOfDay::Evening],
        _ => Vec::new(),
    };
    let must = Wants {
        who: list(&query.who),
        sites: list(&query.site),
        weekdays: list(&query.days).iter().filter_map(|code| crate::availability::weekday(code)).collect(),
        parts: part,
        language: Some(query.language.trim().to_owned()).filter(|tag| !tag.is_empty()),
        step_free: query.step_free == "1" || wishes::is_step_free(&case.row),
    };
    let like = wishes::liked(case);
    let before = store::appointments::last_with(db, &case.row).await?.map(|id| id.to_string());
    let visit = case.row.visit_kind.clone();
    Ok(Ask { window, now: call.now, visit, must, like, before, limit: 3 })
}

/// Rules and diaries for times of a referral. With a colleague named for the visit, the patient is offered their times
/// alone; staff see all.
async fn search_of(
    desk: &Desk,
    db: &impl Db,
    call: &Call,
    case: &Case,
    window: Window,
) -> Result<Search, ServiceError> {
    let named = case.row.next_resource_id.filter(|_| super::hold::is_patient(call));
    let whose = named.map_or(Whose::Anybody, |id| Whose::One(ResourceId(id)));
    let service = (case.organisation_id(), ServiceId(case.row.service_id));
    Box::pin(search(desk, db, call, service, whose, case.row.visit_kind.as_deref(), window)).await
}

/// All free times of the referral's service in a window, the soonest first, where the patient can get in.
pub(crate) async fn free_times(
    desk: &Desk,
    db: &impl Db,
    call: &Call,
    case: &Case,
    window: Window,
) -> Result<Vec<Found>, ServiceError> {
    let mut search = search_of(desk, db, call, case, window).await?;
    let step_free = wishes::is_step_free(&case.row);
    if step_free || search.rules.sessions.iter().any(|session| session.site.is_some()) {
        let sites = store::directory::sites_of(db, case.organisation_id()).await?;
        search.at_sites(&sites, case.service.site_id, None);
    }
    let must = Wants { step_free, ..Wants::default() };
    let visit = case.row.visit_kind.clone();
    let ask = Ask { window, now: call.now, visit, must, like: Wants::default(), before: None, limit: 0 };
    Ok(search.named(scheduling::suiting(&search.rules, &search.diaries, &ask)))
}

/// The best times of a referral's service in a window, as the patient's wishes and the history have it.
pub(crate) async fn best_times(
    desk: &Desk,
    db: &impl Db,
    call: &Call,
    case: &Case,
    window: Window,
    query: &TimesQuery,
) -> Result<Vec<Found>, ServiceError> {
    Ok(choices(desk, db, call, case, window, query, Listing::Free).await?.best)
}

/// When the first free time of a service begins, from the notice that a patient gets until so far ahead. `None` when
/// there is none, or no calendar covers the days: silence never means "free".
pub(crate) async fn first_free(
    desk: &Desk,
    db: &impl Db,
    call: &Call,
    service: (OrganisationId, ServiceId),
    ahead: Duration,
) -> Result<Option<DateTime<Utc>>, ServiceError> {
    let notice = Duration::hours(desk.settings.notice_hours);
    let window = Window { from: call.now + notice, to: call.now + ahead };
    let search = Box::pin(search(desk, db, call, service, Whose::Anybody, None, window)).await?;
    let free = scheduling::slots(&search.rules, &search.diaries, window, call.now, None);
    Ok(free.first().map(|offer| offer.slot.start))
}

/// All free times of a service for one kind of visit in a window, the soonest first; of everybody, or of one.
pub(super) async fn free_of_service(
    desk: &Desk,
    db: &impl Db,
    call: &Call,
    service: (OrganisationId, ServiceId),
    whose: Whose,
    kind: Option<&str>,
    window: Window,
) -> Result<Vec<Found>, ServiceError> {
    let search = Box::pin(search(desk, db, call, service, whose, kind, window)).await?;
    let free = scheduling::slots(&search.rules, &search.diaries, window, call.now, kind);
    Ok(search.named(free))
}

/// Until when the visit should have begun, as the service's priorities have it; `None` where they say nothing.
pub(crate) fn window_ends(case: &Case) -> Option<DateTime<Utc>> {
    let sent = facts::instant(case.row.sent_at.unwrap_or(case.row.created_at));
    window_ends_of(&case.service.priorities, case.priority(), sent, case.zone())
}

/// The same of a referral that was sent then, from its service's priorities as they are stored: the end of the local day.
pub(super) fn window_ends_of(
    priorities: &str,
    priority: Priority,
    sent: DateTime<Utc>,
    zone: chrono_tz::Tz,
) -> Option<DateTime<Utc>> {
    let all = domain::priority::OfferedPriority::read(priorities).ok()?;
    let days = all.into_iter().find(|offered| offered.code == priority)?.days?;
    Some(end_of_day(sent, i64::from(days), zone))
}

/// The end of the local day that is so many days after an instant.
pub(super) fn end_of_day(from: DateTime<Utc>, days: i64, zone: chrono_tz::Tz) -> DateTime<Utc> {
    at_wall(from.with_timezone(&zone).date_naive() + Duration::days(days + 1), NaiveTime::MIN, zone)
}

impl Search {
    /// Offers with the names of whoever sees the patient.
    pub(super) fn named(&self, offers: Vec<Offer>) -> Vec<Found> {
        let spoken: HashMap<&str, Arc<[String]>> = self
            .rules
            .resources
            .iter()
            .map(|resource| (resource.id.as_str(), resource.languages.clone().into()))
            .collect();
        offers
            .into_iter()
            .filter_map(|offer| {
                let resource = offer.who.parse().ok()?;
                let who = self.names.get(&offer.who).cloned().unwrap_or_default();
                let place = offer.site.as_ref().and_then(|site| self.places.get(site).cloned());
                let languages = spoken.get(offer.who.as_str()).cloned().unwrap_or_default();
                Some(Found { resource, who, place, languages, offer })
            })
            .collect()
    }
}

/// An instant as pages and forms name times.
fn starts(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

/// A free time as the page shows it.
pub(crate) fn offer(found: &Found, now: DateTime<Utc>) -> TimeOffer {
    let slot = &found.offer.slot;
    let today = now.with_timezone(&slot.zone).date_naive();
    TimeOffer {
        resource: found.resource.to_string(),
        start: starts(slot.start),
        clock: spoken::clock(slot.start, slot.zone),
        day: spoken::date(slot.wall.date(), today),
        date: slot.wall.date().to_string(),
        who: found.who.clone(),
        place: found.place.clone(),
        reason: found.offer.reasons.first().map(|reason| reason.words().to_owned()),
    }
}

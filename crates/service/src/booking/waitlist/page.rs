//! The list as staff see it: in order, with what would be offered next, what was, and to whom.

use std::collections::{BTreeSet, HashMap, HashSet};

use contract::{NextOffer, OfferGroup, PassedOver, PastOffer, WaitedService, WaitingLine, WaitingPage};
use domain::policy::{Capability, may};
use domain::{OrganisationId, Principal, ServiceId, spoken};
use quality::offers::{Fact, Outcome, by_group};
use scheduling::waitlist::{self as list, Channel};
use store::waitlist::{Counted, OfferLine};
use uuid::Uuid;

use super::fill::{Question, question, whole};
use super::people::{Person, said};
use super::{names, rules, said_in_words};
use crate::audit::Touched;
use crate::{Call, Desk, ServiceError, describe, facts};

/// Offers of the history that are shown.
const HISTORY: u64 = 50;
/// Times that would be offered next, as shown.
const NEXT: usize = 20;
/// How far back the report looks, in days.
const REPORT_DAYS: i64 = 365;

/// People in order that one page shows.
const ON_A_PAGE: usize = 50;

/// The waiting list of one service; of the first that has one, if none is named. A page of it, before which so many others
/// come. The receiving side.
pub async fn page(desk: &Desk, call: &Call, wanted: &str, after: usize) -> Result<WaitingPage, ServiceError> {
    let organisation = match (&call.actor.principal, may(&call.actor.principal, Capability::Worklist)) {
        (Principal::Staff { organisation, .. }, true) => *organisation,
        _ => return Err(ServiceError::NotAllowed),
    };
    let db = desk.store.reader();
    let waiting: HashMap<_, _> = store::waitlist::services(db, Some(organisation))
        .await?
        .into_iter()
        .map(|row| (row.service_id, row.n))
        .collect();
    let services: Vec<WaitedService> = store::directory::services_of(db, organisation)
        .await?
        .into_iter()
        .filter(|row| row.active || waiting.contains_key(&row.id))
        .map(|row| WaitedService {
            id: row.id.to_string(),
            name: row.name,
            waiting: waiting.get(&row.id).copied().unwrap_or(0),
        })
        .collect();
    let chosen = match wanted.is_empty() {
        true => services.iter().find(|row| row.waiting > 0).or(services.first()),
        false => Some(services.iter().find(|row| row.id == wanted).ok_or(ServiceError::NotFound)?),
    };
    let mut shown = WaitingPage {
        service: chosen.cloned(),
        services: services.clone(),
        lines: Vec::new(),
        after: 0,
        more_after: None,
        next: Vec::new(),
        history: Vec::new(),
        groups: groups(desk, call, organisation).await?,
    };
    let Some(service) = chosen.and_then(|row| row.id.parse::<ServiceId>().ok()) else {
        return Ok(shown);
    };
    let question = Box::pin(question(desk, call, (organisation, service), whole(desk, call))).await?;
    let zone = store::directory::organisation(db, organisation)
        .await?
        .and_then(|row| row.zone.parse().ok())
        .unwrap_or(chrono_tz::Europe::London);
    let history = store::waitlist::history(db, organisation, service, HISTORY).await?;
    let asked: HashMap<_, _> = history
        .iter()
        .filter(|offer| offer.outcome.is_none())
        .map(|offer| (offer.referral_id, offer))
        .collect();
    let names = names(db, organisation).await?;
    let all = in_order(&question, call);
    let after = after.min(all.len());
    shown.after = after as u64;
    shown.more_after = (all.len() > after + ON_A_PAGE).then(|| (after + ON_A_PAGE) as u64);
    let on_page: Vec<&Person> = all.into_iter().skip(after).take(ON_A_PAGE).collect();
    shown.lines = lines(&on_page, call, &names, |person| {
        asked.get(&person.row.referral_id).map_or(String::new(), |offer| {
            format!("is asked about {}", when(offer.start_at, &offer.zone, call))
        })
    });
    shown.next = next(&question, desk, call);
    shown.history = history.iter().map(|offer| past(offer, zone, call)).collect();
    // Whoever would be asked next is named as well, and those who are passed over for them.
    let references: HashSet<&String> = shown
        .next
        .iter()
        .flat_map(|offer| {
            std::iter::once(&offer.reference).chain(offer.passed.iter().map(|one| &one.reference))
        })
        .collect();
    let next = question.people.iter().filter(|person| references.contains(&person.row.reference));
    let named = on_page.iter().copied().chain(next).map(|person| person.row.referral_id);
    let seen = each_once(organisation, named.chain(history.iter().map(|offer| offer.referral_id)));
    desk.record_reads(call, "list", &seen).await?;
    Ok(shown)
}

/// One look at each referral, however often a page names it.
pub(in crate::booking) fn each_once(
    organisation: OrganisationId,
    ids: impl Iterator<Item = Uuid>,
) -> Vec<Touched> {
    let ids: BTreeSet<Uuid> = ids.collect();
    ids.into_iter()
        .map(|id| Touched { organisation, entity: "referral", id: Some(id), patient: None })
        .collect()
}

fn waited_days(person: &Person, call: &Call) -> i64 {
    (call.now - facts::instant(person.row.since)).num_days()
}

/// Everybody in order; whoever cannot be asked now comes where they would.
fn in_order<'a>(question: &'a Question, call: &Call) -> Vec<&'a Person> {
    let mut people: Vec<&Person> = question.people.iter().collect();
    people.sort_by_key(|person| {
        let waited = -waited_days(person, call);
        (super::people::rank(person.priority()), waited, person.row.since, person.row.id)
    });
    people
}

fn lines(
    people: &[&Person],
    call: &Call,
    names: &HashMap<String, String>,
    now: impl Fn(&Person) -> String,
) -> Vec<WaitingLine> {
    people
        .iter()
        .map(|person| WaitingLine {
            referral: person.row.referral_id.to_string(),
            reference: person.row.reference.clone(),
            patient: person.name(),
            priority: person.row.priority.clone(),
            waited_days: waited_days(person, call),
            wishes: said_in_words(&said(&person.row), names),
            notice_days: person.row.notice_hours / 24,
            reach: reach(person),
            now: match (now(person), &person.entry) {
                (asked, _) if !asked.is_empty() => asked,
                (_, None) if person.row.held > 0 => "is choosing a time".to_owned(),
                (_, None) => "on hold".to_owned(),
                (_, Some(entry)) if entry.rests_until.is_some_and(|until| until > call.now) => {
                    "did not answer; is asked again tomorrow".to_owned()
                }
                _ => String::new(),
            },
            booked: person
                .row
                .booked_at
                .map(|at| spoken::instant(facts::instant(at), zone_of(person), call.now)),
        })
        .collect()
}

fn zone_of(person: &Person) -> chrono_tz::Tz {
    person.entry.as_ref().map_or(chrono_tz::Europe::London, |entry| entry.zone)
}

/// "2 hours by text message".
fn reach(person: &Person) -> String {
    let Some(channel) = person.channel else {
        return "cannot be reached".to_owned();
    };
    let by = match channel {
        Channel::Push => "by notice",
        Channel::Sms => "by text message",
        Channel::Email => "by mail",
        Channel::Letter => "by letter",
    };
    let minutes = person.entry.as_ref().and_then(|entry| entry.answer_min).unwrap_or(channel.default_min());
    match minutes {
        ..120 => format!("{minutes} minutes {by}"),
        120..2_880 => format!("{} hours {by}", minutes / 60),
        _ => format!("{} days {by}", minutes / 1_440),
    }
}

fn next(question: &Question, desk: &Desk, call: &Call) -> Vec<NextOffer> {
    let batch = list::fill(&question.entries, &question.freed, call.now, &rules(desk));
    batch
        .offers
        .into_iter()
        .take(NEXT)
        .map(|offered| {
            let (person, found) = (question.person(offered.entry), &question.found[offered.freed]);
            NextOffer {
                when: spoken::instant(found.offer.slot.start, found.offer.slot.zone, call.now),
                who: found.who.clone(),
                patient: person.name(),
                reference: person.row.reference.clone(),
                why: offered.because.words(),
                passed: offered
                    .passed
                    .iter()
                    .map(|(entry, why)| PassedOver {
                        reference: question.person(*entry).row.reference.clone(),
                        why: why.words(),
                    })
                    .collect(),
            }
        })
        .collect()
}

fn when(at: i64, zone: &str, call: &Call) -> String {
    spoken::instant(facts::instant(at), zone.parse().unwrap_or(chrono_tz::Europe::London), call.now)
}

fn past(offer: &OfferLine, zone: chrono_tz::Tz, call: &Call) -> PastOffer {
    PastOffer {
        referral: offer.referral_id.to_string(),
        reference: offer.reference.clone(),
        patient: format!("{} {}", offer.given, offer.family),
        when: when(offer.start_at, &offer.zone, call),
        who: offer.who.clone(),
        offered: describe::day_and_clock(offer.tell_at, zone),
        until: describe::day_and_clock(offer.until_at, zone),
        outcome: offer.outcome.clone().unwrap_or_default(),
        why: offer.why.clone(),
        passed: serde_json::from_str(&offer.passed).unwrap_or_default(),
    }
}

/// Offers and what became of them, by urgency, way of reaching people, age, sex, language and distance.
pub(crate) async fn groups(
    desk: &Desk,
    call: &Call,
    organisation: OrganisationId,
) -> Result<Vec<OfferGroup>, ServiceError> {
    let since = (call.now - chrono::Duration::days(REPORT_DAYS)).timestamp_millis();
    let rows = store::waitlist::counted(desk.store.reader(), organisation, since).await?;
    let facts: Vec<Fact> = rows.into_iter().map(fact).collect();
    Ok(by_group(&facts)
        .into_iter()
        .map(|line| OfferGroup {
            by: line.by,
            group: line.group,
            counts: line
                .shown
                .map(|counts| [counts.offered, counts.accepted, counts.declined, counts.expired]),
        })
        .collect())
}

fn fact(row: Counted) -> Fact {
    let mut groups = vec![
        ("urgency", row.priority),
        ("channel", row.channel),
        ("age", row.age_band),
        ("sex", row.sex),
        ("language", row.language),
        ("distance", row.distance),
    ];
    // Offers from before a group was kept say nothing of it.
    groups.retain(|(_, group)| !group.is_empty());
    Fact {
        groups,
        outcome: match row.outcome.as_deref() {
            Some("accepted") => Outcome::Accepted,
            Some("declined") => Outcome::Declined,
            Some("expired") => Outcome::Expired,
            Some(_) => Outcome::Withdrawn,
            None => Outcome::Open,
        },
    }
}

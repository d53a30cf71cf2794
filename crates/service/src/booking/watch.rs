//! Whoever could choose a time and can no longer, because the last one in their window is gone: the clinic finds one.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use contract::TimesQuery;
use domain::referral::{Act, NextStep};
use domain::{OrganisationId, Priority, ReferralId, ServiceId};
use scheduling::Window;
use store::entity::service;
use store::matching::ToBook;

use super::find::window_ends_of;
use super::pass::{has_time, pass_on};
use super::search::{FARTHEST, Search, Whose, search};
use super::waitlist::kinds;
use crate::unit::{Begun, Unit};
use crate::{Call, Desk, ServiceError, facts};

/// Looks again at everybody who is to choose a time, also after a cancellation or a missed visit, and passes the duty to book
/// to the clinic where none is free in their window any more; answers for how many.
pub async fn watch_windows(desk: &Desk, call: &Call) -> Result<u64, ServiceError> {
    let mut passed = 0;
    for organisation in store::directory::organisations(desk.store.reader()).await? {
        let zone = organisation.zone.parse().unwrap_or(chrono_tz::Europe::London);
        let id = OrganisationId(organisation.id);
        for service in store::directory::services_of(desk.store.reader(), id).await? {
            match Box::pin(of_service(desk, call, (id, zone), &service)).await {
                Ok(some) => passed += some,
                Err(error) => {
                    tracing::error!(service = %service.id, %error, "its times could not be looked through")
                }
            }
        }
    }
    Ok(passed)
}

async fn of_service(
    desk: &Desk,
    call: &Call,
    (organisation, zone): (OrganisationId, chrono_tz::Tz),
    service: &service::Model,
) -> Result<u64, ServiceError> {
    let db = desk.store.reader();
    let id = ServiceId(service.id);
    let mut rows = store::matching::to_book(db, organisation, id).await?;
    rows.retain(|row| matches!(step(row), None | Some(NextStep::Book | NextStep::BookNamed)));
    let mut passed = 0;
    for kind in kinds(rows.iter().map(|row| &row.visit_kind)) {
        let whole = Window { from: call.now, to: call.now + FARTHEST };
        let (of, kind) = ((organisation, id), kind.as_deref());
        let search = Box::pin(search(desk, db, call, of, Whose::Anybody, kind, whole)).await?;
        let mut undecided = Vec::new();
        let free = scheduling::slots(&search.rules, &search.diaries, whole, call.now, kind);
        for row in rows.iter().filter(|row| row.visit_kind.as_deref() == kind) {
            // A window that is over has no time in it.
            let to = ends(row, service, zone).map_or(whole.to, |at| at.min(whole.to));
            let named = row.next_resource_id.map(|id| id.to_string());
            // Where there are steps is no time for who cannot manage them; the transaction below looks with all they need.
            let has_time = !super::wishes::needs_no_steps(&row.wishes)
                && free.iter().any(|offer| {
                    offer.slot.start < to && named.as_ref().is_none_or(|named| *named == offer.who)
                });
            if has_time {
                continue;
            }
            if is_unsure(&search, named.as_deref(), kind) {
                undecided.push(row.id);
                continue;
            }
            match Box::pin(pass(desk, call, ReferralId(row.id))).await {
                Ok(is_passed) => passed += u64::from(is_passed),
                Err(error) => {
                    tracing::error!(referral = %row.id, %error, "the duty to book could not be passed on")
                }
            }
        }
        if !undecided.is_empty() {
            let calendars: Vec<_> = unread(&search).collect();
            tracing::warn!(
                service = %service.id, ?calendars, referrals = ?undecided,
                "calendars cannot be relied on: whether these patients have a time left is not known"
            );
        }
    }
    Ok(passed)
}

/// Whose calendars cannot be relied on: nothing of them is free, and nothing is known.
fn unread(search: &Search) -> impl Iterator<Item = &String> {
    search.diaries.iter().filter(|(_, diary)| diary.unknown).map(|(id, _)| id)
}

/// Whether somebody who may see the patient, or a room or machine that this takes, has a calendar that cannot be relied on.
/// Where only others have one, what is known is all there is.
fn is_unsure(search: &Search, named: Option<&str>, kind: Option<&str>) -> bool {
    let unread: BTreeSet<&String> = unread(search).collect();
    search
        .rules
        .sessions
        .iter()
        .filter(|session| kind.is_none_or(|kind| session.visits.iter().any(|visit| visit.kind == kind)))
        .filter(|session| named.is_none_or(|named| session.who.iter().any(|who| who == named)))
        .any(|session| {
            let who = session.who.iter().filter(|who| named.is_none_or(|named| *who == named));
            who.chain(session.also.iter().flatten()).any(|id| unread.contains(id))
        })
}

fn step(row: &ToBook) -> Option<NextStep> {
    row.next_step.as_deref().and_then(NextStep::from_code)
}

fn ends(row: &ToBook, service: &service::Model, zone: chrono_tz::Tz) -> Option<DateTime<Utc>> {
    let priority = Priority::from_code(&row.priority).unwrap_or(Priority::Routine);
    window_ends_of(&service.priorities, priority, facts::instant(row.sent_at.unwrap_or(row.created_at)), zone)
}

/// Looks once more in the transaction that decides: a time may have come free, or been chosen.
async fn pass(desk: &Desk, call: &Call, id: ReferralId) -> Result<bool, ServiceError> {
    let Begun::Fresh(mut unit) = Unit::begin::<_, ()>(desk, call, "watch-window", &id).await? else {
        return Ok(false);
    };
    let mut case = unit.case(id).await?;
    let still = matches!(case.plan().step, None | Some(NextStep::Book | NextStep::BookNamed));
    if !still || unit.decide(&case, Act::PassBooking).await.is_err() {
        return Ok(false);
    }
    let whole = Window { from: call.now, to: call.now + FARTHEST };
    let named = case.row.next_resource_id.map(|id| id.to_string());
    let (of, kind) = ((case.organisation_id(), ServiceId(case.row.service_id)), case.row.visit_kind.clone());
    let found = Box::pin(search(desk, &*unit.tx, call, of, Whose::Anybody, kind.as_deref(), whole)).await?;
    // A calendar may have failed since: then nothing is decided.
    if is_unsure(&found, named.as_deref(), kind.as_deref()) {
        return Ok(false);
    }
    let who = case.row.next_resource_id.map_or(String::new(), |id| id.to_string());
    let query = TimesQuery { who, ..TimesQuery::default() };
    if Box::pin(has_time(desk, &*unit.tx, call, &case, &query)).await? {
        return Ok(false);
    }
    pass_on(&mut unit, &mut case).await?;
    unit.finish(()).await?;
    Ok(true)
}

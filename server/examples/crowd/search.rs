//! Specialists with full diaries, and the search for a time among them.

use std::collections::BTreeSet;
use std::time::Instant;

use anyhow::Context;
use domain::referral::State;
use sea_orm::EntityTrait;
use serde_json::{Value, json};
use service::{Desk, clock};
use store::calendars::BusyRow;
use store::entity::{appointment, availability_rule, calendar, referral, resource};
use uuid::Uuid;

use crate::{DAY, Lots, at, hospital};

/// An accepted referral of the hospital whose service gets the specialists.
pub async fn accepted(desk: &Desk) -> anyhow::Result<referral::Model> {
    let organisation = hospital(desk).await?;
    let mut rows = referral::Entity::find().all(desk.store.reader()).await?;
    rows.retain(|row| row.organisation_id == organisation.0 && row.state == State::Accepted.code());
    rows.sort_by_key(|row| row.id);
    rows.into_iter().next().context("the demonstration has an accepted referral")
}

pub async fn specialists(desk: &Desk, n: u64, busy: u64, seed: u64) -> anyhow::Result<Value> {
    let case = accepted(desk).await?;
    let (organisation, now) = (case.organisation_id, clock::now().timestamp_millis());
    // The diaries are full of somebody else's visits.
    let others = referral::Entity::find().all(desk.store.reader()).await?;
    let other = others.into_iter().find(|row| row.organisation_id == organisation && row.id != case.id);
    let other = other.context("the demonstration has several referrals")?;
    let today = now.div_euclid(DAY) * DAY;
    let mut lots = Lots(seed);
    let tx = desk.store.write_tx().await?;
    let mut booked = 0;
    for number in 0..n {
        let resource_id = lots.id(now);
        let resource = resource::Model {
            organisation_id: organisation,
            id: resource_id,
            kind: "clinician".to_owned(),
            person_id: None,
            name: format!("Dr Number {number}"),
            places: 1,
            daily_limit: None,
            languages: String::new(),
            is_machine: false,
            ended_at: None,
        };
        store::calendars::insert_resource(&tx, resource).await?;
        store::calendars::insert_rule(&tx, nine_to_five(&case, resource_id, lots.id(now))).await?;
        // Half of what is busy comes from a calendar, at any minute; half are bookings of the sessions' own times.
        let calendar = calendar::Model {
            organisation_id: organisation,
            id: lots.id(now),
            resource_id: Some(resource_id),
            name: format!("Calendar {number}"),
            url: None,
            etag: None,
            content: Vec::new(),
            sha256: format!("{number:064}"),
            fetched_at: now,
            checked_at: None,
            last_error: None,
            expanded_from: Some(now - 30 * DAY),
            expanded_to: Some(now + 400 * DAY),
            kind: "file".to_owned(),
            last_modified: None,
            next_at: None,
            failures: 0,
            refresh_min: None,
            username: None,
            secret: None,
            stale_hours: 24,
            when_stale: "warn".to_owned(),
            expand_after: None,
            unsure_since: None,
        };
        let stretches = (0..busy / 2).map(|_| {
            let start = today + i64::try_from(lots.below(28 * 1_440)).unwrap_or(0) * 60_000;
            let long = 10 + i64::try_from(lots.below(80)).unwrap_or(0);
            BusyRow {
                start_at: start,
                end_at: start + long * 60_000,
                effect: "busy".to_owned(),
                uid: String::new(),
            }
        });
        let stretches: Vec<BusyRow> = stretches.collect();
        store::calendars::insert(&tx, calendar.clone()).await?;
        store::calendars::replace_busy(&tx, &calendar, &stretches).await?;
        let mut times = BTreeSet::new();
        while (times.len() as u64) < busy - busy / 2 {
            // Half hours from eight to sixteen UTC, on any of the 28 days.
            times.insert((lots.below(28), lots.below(16)));
        }
        for (day, slot) in times {
            let (day, slot) = (i64::try_from(day)?, i64::try_from(slot)?);
            let start = today + day * DAY + 8 * 3_600_000 + slot * 1_800_000;
            let visit = visit(&other, resource_id, lots.id(now), start, now);
            let first = start / 300_000;
            store::appointments::take(&tx, visit, first..=first + 5, Some(1), &[]).await?;
            booked += 1;
        }
    }
    tx.commit().await?;
    Ok(json!({ "referral": case.id, "specialists": n, "bookings": booked, "busy": n * (busy / 2) }))
}

fn nine_to_five(case: &referral::Model, resource_id: Uuid, id: Uuid) -> availability_rule::Model {
    availability_rule::Model {
        organisation_id: case.organisation_id,
        id,
        resource_id,
        service_id: case.service_id,
        weekdays: "MO,TU,WE,TH,FR".to_owned(),
        from_wall: "09:00".to_owned(),
        to_wall: "17:00".to_owned(),
        zone: "Europe/London".to_owned(),
        slot_min: 30,
        capacity: 1,
        buffer_before_min: 0,
        buffer_after_min: 5,
        valid_from: "2020-01-01".to_owned(),
        valid_to: None,
        pool: String::new(),
        also: "[]".to_owned(),
        visits: "[]".to_owned(),
        step_min: Some(30),
        every_weeks: 1,
        dates: String::new(),
        daily_limit: None,
        notice_min: None,
        site_id: None,
    }
}

pub fn visit(
    case: &referral::Model,
    resource_id: Uuid,
    id: Uuid,
    start: i64,
    now: i64,
) -> appointment::Model {
    appointment::Model {
        organisation_id: case.organisation_id,
        id,
        referral_id: case.id,
        service_id: case.service_id,
        resource_id,
        state: "booked".to_owned(),
        start_at: start,
        end_at: start + 1_800_000,
        zone: "Europe/London".to_owned(),
        start_wall: "2026-01-01T09:00".to_owned(),
        buffer_before_min: 0,
        buffer_after_min: 0,
        place: 0,
        overbook_reason: None,
        site_id: None,
        hold_expires_at: None,
        sequence: 0,
        cancel_reason: None,
        booked_by: "system:crowd".to_owned(),
        created_at: now,
        changed_at: now,
        offered_by: None,
        patient_confirmed_at: None,
        replan_at: None,
        plan_no: 0,
    }
}

pub async fn search(desk: &Desk, n: u64) -> anyhow::Result<Value> {
    let id = domain::ReferralId(accepted(desk).await?.id);
    let actor = domain::Actor::system("crowd", Uuid::nil());
    let mut took = Vec::new();
    let (mut statements, mut times) = (0, 0);
    for _ in 0..n {
        let call = service::Call::new(actor.clone(), clock::now());
        let (before, begun) = (desk.store.statements(), Instant::now());
        let query = contract::TimesQuery::default();
        times = service::booking::times(desk, &call, id, &query).await?.all.len();
        took.push(begun.elapsed().as_secs_f64() * 1e3);
        statements = desk.store.statements() - before;
    }
    Ok(json!({
        "p50_ms": at(&mut took, 50), "p99_ms": at(&mut took, 99), "statements": statements, "times": times,
    }))
}

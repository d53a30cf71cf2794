//! Bookings as the product makes them: how many a second, and what many who want one time are told.

use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, ensure};
use chrono::{DateTime, Utc};
use contract::{HoldOutcome, SlotInput, TimesQuery};
use domain::{Actor, OrganisationId, PatientId, Principal, ReferralId, Role};
use serde_json::{Value, json};
use service::{Call, Desk, booking, clock};
use store::entity::{patient, referral};
use tokio::sync::Mutex;
use uuid::Uuid;

use crate::search::{accepted, visit};
use crate::{COORDINATOR, Lots, at, count, insert};

/// So many more referrals like an accepted one, each of a patient of its own.
async fn rivals(desk: &Desk, n: u64) -> anyhow::Result<Vec<referral::Model>> {
    let case = accepted(desk).await?;
    let home = OrganisationId(case.patient_organisation_id);
    let model = store::patients::find(desk.store.reader(), home, PatientId(case.patient_id)).await?;
    let model = model.context("the referral has a patient")?;
    let now = clock::now().timestamp_millis();
    let (mut lots, mut all) = (Lots(n ^ now.unsigned_abs()), Vec::new());
    while (all.len() as u64) < n {
        let (mut patients, mut rows) = (Vec::new(), Vec::new());
        for _ in 0..(n - all.len() as u64).min(200) {
            // Nobody is told: a phone number of the demonstration would be texted a thousand times.
            let patient = patient::Model {
                id: lots.id(now),
                nhs_number: None,
                phone: None,
                email: None,
                ..model.clone()
            };
            let id = lots.id(now);
            rows.push(referral::Model {
                id,
                reference: format!("WM-{}", &id.simple().to_string()[12..].to_uppercase()),
                patient_id: patient.id,
                appointment_id: None,
                next_resource_id: None,
                ..case.clone()
            });
            patients.push(patient);
        }
        insert(desk, patients).await?;
        insert(desk, rows.clone()).await?;
        all.extend(rows);
    }
    Ok(all)
}

pub async fn coordinator(desk: &Desk) -> anyhow::Result<Actor> {
    let row = store::people::by_email(desk.store.reader(), COORDINATOR).await?;
    let row = row.context("this is not the demonstration")?;
    let principal = Principal::Staff {
        organisation: OrganisationId(row.organisation_id),
        person: domain::PersonId(row.id),
        roles: vec![Role::Coordinator],
        name: row.name,
    };
    Ok(Actor { principal, request: Uuid::from_bytes(rand::random()) })
}

/// Times of the referral's service, of which none stands in another one's way: of each clinician some, an hour apart.
async fn free(desk: &Desk, of: &referral::Model, n: usize) -> anyhow::Result<Vec<SlotInput>> {
    let actor = coordinator(desk).await?;
    // Beyond the notice that patients get.
    let from = (clock::now() + chrono::Duration::days(3)).date_naive().to_string();
    let ask = async |who: String| {
        let query = TimesQuery { from: from.clone(), who, ..TimesQuery::default() };
        let call = Call::new(actor.clone(), clock::now());
        anyhow::Ok(booking::times(desk, &call, ReferralId(of.id), &query).await?)
    };
    let clinicians = ask(String::new()).await?.clinicians;
    let each = n.div_ceil(clinicians.len().max(1)) + 1;
    let mut all = Vec::new();
    for clinician in clinicians {
        let mut last = DateTime::<Utc>::MIN_UTC;
        let mut some = 0;
        for offer in ask(clinician.value).await?.all {
            let start: DateTime<Utc> = offer.start.parse()?;
            if some < each && start.signed_duration_since(last) >= chrono::Duration::hours(1) {
                (last, some) = (start, some + 1);
                all.push(SlotInput { resource: offer.resource, start: offer.start, ..SlotInput::default() });
            }
        }
        if all.len() >= n {
            break;
        }
    }
    anyhow::ensure!(all.len() >= n, "there are fewer free times than are wanted");
    all.truncate(n);
    Ok(all)
}

/// Each of these once, by so many at a time; answers how long that took.
async fn by<T, F>(
    clients: u64,
    all: Vec<T>,
    act: impl Fn(T) -> F + Clone + Send + 'static,
) -> anyhow::Result<f64>
where
    T: Send + 'static,
    F: Future<Output = anyhow::Result<()>> + Send,
{
    let left = Arc::new(Mutex::new(all));
    let begun = Instant::now();
    let mut workers = tokio::task::JoinSet::new();
    for _ in 0..clients {
        let (left, act) = (left.clone(), act.clone());
        workers.spawn(async move {
            loop {
                let next = left.lock().await.pop();
                match next {
                    Some(next) => act(next).await?,
                    None => return anyhow::Ok(()),
                }
            }
        });
    }
    while let Some(done) = workers.join_next().await {
        done??;
    }
    Ok(begun.elapsed().as_secs_f64())
}

/// Bookings a second, and rows a second that are written alone, each in a transaction of its own.
pub async fn book(desk: &Desk, n: u64, clients: u64) -> anyhow::Result<Value> {
    let cases = rivals(desk, n).await?;
    let slots = free(desk, &cases[0], usize::try_from(n)?).await?;
    let actor = coordinator(desk).await?;
    let now = clock::now().timestamp_millis();
    let mut lots = Lots(now.unsigned_abs());
    let resource: Uuid = slots[0].resource.parse()?;
    let alone: Vec<_> = cases
        .iter()
        .map(|case| visit(case, resource, lots.id(now), now, now))
        .map(|row| store::entity::appointment::Model { state: "cancelled".to_owned(), ..row })
        .collect();
    let booked_before = count(desk, "select count(*) as n from appointment where state = 'booked'").await?;
    let before = desk.store.statements();
    let own = desk.clone();
    let pairs: Vec<_> = cases.iter().map(|case| ReferralId(case.id)).zip(slots).collect();
    let booking_s = by(clients, pairs, move |(id, slot)| {
        let (desk, call) = (own.clone(), Call::new(actor.clone(), clock::now()));
        async move {
            let outcome = booking::staff_book(&desk, &call, id, &slot).await?;
            ensure!(matches!(outcome, HoldOutcome::Held { .. }), "a free time was not booked");
            Ok(())
        }
    })
    .await?;
    let statements = (desk.store.statements() - before) / n.max(1);
    let booked =
        count(desk, "select count(*) as n from appointment where state = 'booked'").await? - booked_before;
    ensure!(u64::try_from(booked)? == n, "{booked} of {n} are booked");
    let own = desk.clone();
    let alone_s = by(clients, alone, move |row| {
        let desk = own.clone();
        async move {
            let tx = desk.store.write_tx().await?;
            store::appointments::keep(&tx, row).await?;
            Ok(tx.commit().await?)
        }
    })
    .await?;
    let per_second = |seconds: f64| n as f64 / seconds;
    Ok(json!({
        "bookings": n, "clients": clients, "statements": statements,
        "booked_per_second": per_second(booking_s), "rows_per_second": per_second(alone_s),
    }))
}

/// What became of many who wanted one time at once.
#[derive(Default)]
struct Wave {
    held: Vec<ReferralId>,
    /// How long each of the others waited to be told, in ms.
    told: Vec<f64>,
    told_fewer_than_three: u64,
    broken: u64,
}

/// All of these ask for one time in the same moment.
async fn wave(
    desk: &Desk,
    cases: &[referral::Model],
    wanted: &SlotInput,
    now: DateTime<Utc>,
) -> anyhow::Result<Wave> {
    let mut attempts = tokio::task::JoinSet::new();
    let start = Arc::new(tokio::sync::Barrier::new(cases.len()));
    for case in cases.iter().cloned() {
        let (desk, wanted, start) = (desk.clone(), wanted.clone(), start.clone());
        attempts.spawn(async move {
            let principal = Principal::Patient {
                organisation: OrganisationId(case.patient_organisation_id),
                patient: PatientId(case.patient_id),
                referral: ReferralId(case.id),
            };
            let actor = Actor { principal, request: Uuid::from_bytes(rand::random()) };
            start.wait().await;
            let begun = Instant::now();
            let id = ReferralId(case.id);
            let outcome = booking::hold(&desk, &Call::new(actor, now), id, &wanted).await;
            (id, outcome, begun.elapsed().as_secs_f64() * 1e3)
        });
    }
    let mut wave = Wave::default();
    while let Some(outcome) = attempts.join_next().await {
        match outcome? {
            (id, Ok(HoldOutcome::Held { .. }), _) => wave.held.push(id),
            (_, Ok(HoldOutcome::Taken { alternatives, .. }), took) => {
                wave.told_fewer_than_three += u64::from(alternatives.len() < 3);
                wave.told.push(took);
            }
            (_, Err(_), _) => wave.broken += 1,
        }
    }
    Ok(wave)
}

/// How many got a time that all want at once, and within how long the others were told. A second crowd comes while the
/// first one's holds run out.
pub async fn stampede(desk: &Desk, n: u64, capacity: u64) -> anyhow::Result<Value> {
    let cases = rivals(desk, 2 * n).await?;
    let wanted = free(desk, &cases[0], 1).await?.remove(0);
    let organisation = OrganisationId(cases[0].organisation_id);
    let resource: domain::ResourceId = wanted.resource.parse()?;
    for mut rule in store::calendars::rules_of_resource(desk.store.reader(), organisation, resource).await? {
        rule.capacity = i64::try_from(capacity)?;
        let tx = desk.store.write_tx().await?;
        store::calendars::update_rule(&tx, rule).await?;
        tx.commit().await?;
    }
    let (first, second) = cases.split_at(cases.len() / 2);
    let now = clock::now();
    let before = wave(desk, first, &wanted, now).await?;
    let late = now + chrono::Duration::minutes(desk.settings.hold_min + 1);
    let (lapsed, after) =
        tokio::join!(service::jobs::lapse_holds(desk, late), wave(desk, second, &wanted, late));
    lapsed?;
    let mut after = after?;
    // Whoever asked before the holds were over asks again.
    let again: Vec<_> =
        second.iter().filter(|case| !after.held.contains(&ReferralId(case.id))).cloned().collect();
    let rest = wave(desk, &again, &wanted, late).await?;
    after.held.extend(rest.held);
    let overlaps = "select count(*) as n from (select 1 from slot_ledger group by organisation_id, resource_id, quantum \
         having count(*) > (select max(capacity) from availability_rule r where r.resource_id = slot_ledger.resource_id)) beyond";
    let waves = [(&before.told, before.broken), (&after.told, after.broken), (&rest.told, rest.broken)];
    let mut told: Vec<f64> = waves.iter().flat_map(|(told, _)| told.iter().copied()).collect();
    let few = before.told_fewer_than_three + after.told_fewer_than_three + rest.told_fewer_than_three;
    Ok(json!({
        "clients": n, "capacity": capacity, "held": before.held.len(), "held_after": after.held.len(),
        "broken": waves.iter().map(|(_, broken)| broken).sum::<u64>(), "told_fewer_than_three": few,
        "overlaps": count(desk, overlaps).await?,
        "told_p50_ms": at(&mut told, 50), "told_p99_ms": at(&mut told, 99), "told_most_ms": at(&mut told, 100),
    }))
}

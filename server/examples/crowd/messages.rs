//! Messages by the thousand to a stand-in provider on this machine, and the rate of the bare statements beside it.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use domain::Actor;
use domain::delivery::Channel;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use service::consent::{self, Said, Saying};
use service::{Call, Desk, clock, jobs};
use store::entity::{message, patient};
use store::messages::flight::{self, Lease};
use uuid::Uuid;

use crate::booking::coordinator;
use crate::search::accepted;
use crate::stand_in::{Keeps, StandIn};
use crate::{Lots, at, count, insert};

/// Rows of a lot of the bare statements, as many as the product leases.
const LOT: u64 = 256;

/// A text message of the product's own, as a model.
async fn a_text(desk: &Desk) -> anyhow::Result<Option<message::Model>> {
    use message::Column as C;
    let texts = message::Entity::find().filter(C::Channel.eq("sms")).filter(C::Facts.is_not_null());
    Ok(texts.one(desk.store.reader()).await?)
}

/// Due reminders to as many patients, each with a number of their own, as the outbox writes them.
pub async fn write(desk: &Desk, n: u64, lots: &mut Lots, mark: &str) -> anyhow::Result<Vec<String>> {
    write_due(desk, n, lots, mark, |_, now| now - 1_000).await
}

/// Likewise, each due when `due` says (its number and now; ms).
async fn write_due(
    desk: &Desk,
    n: u64,
    lots: &mut Lots,
    mark: &str,
    due: impl Fn(u64, i64) -> i64,
) -> anyhow::Result<Vec<String>> {
    let case = accepted(desk).await?;
    let person = patient::Entity::find_by_id((case.patient_organisation_id, case.patient_id))
        .one(desk.store.reader())
        .await?
        .context("the referral has a patient")?;
    let model = match a_text(desk).await? {
        Some(model) => model,
        None => {
            let call = Call::new(coordinator(desk).await?, clock::now());
            service::referrals::remind(desk, &call, domain::ReferralId(case.id), case.version).await?;
            a_text(desk).await?.context("a reminder is a text message")?
        }
    };
    let now = clock::now().timestamp_millis();
    let mut numbers = Vec::new();
    while (numbers.len() as u64) < n {
        let some = (n - numbers.len() as u64).min(200);
        let (mut patients, mut rows) = (Vec::new(), Vec::new());
        for _ in 0..some {
            let id = lots.id(now);
            let address = format!("+4475{:08}", lots.below(100_000_000));
            let patient = patient::Model {
                id: lots.id(now),
                nhs_number: None,
                phone: Some(address.clone()),
                email: None,
                ..person.clone()
            };
            rows.push(message::Model {
                id,
                dedupe_key: format!("{mark}:{}", numbers.len()),
                referral_id: Some(case.id),
                address: address.clone(),
                state: "created".to_owned(),
                // Written long ago, so that each is put into its last words.
                created_at: now - 86_400_000,
                due_at: due(numbers.len() as u64, now),
                wish_at: Some(due(numbers.len() as u64, now)),
                expires_at: None,
                appointment_id: None,
                patient_id: Some(patient.id),
                patient_organisation_id: Some(patient.organisation_id),
                attempts: 0,
                polite: false,
                rank: 1,
                provider_ref: None,
                handed_at: None,
                final_at: None,
                handing_at: None,
                lease: None,
                leased_until: None,
                ..model.clone()
            });
            patients.push(patient);
            numbers.push(address);
        }
        insert(desk, patients).await?;
        insert(desk, rows).await?;
    }
    Ok(numbers)
}

/// What the demonstration left in the outbox goes first.
pub async fn jobs_done(desk: &Desk) -> anyhow::Result<()> {
    while jobs::dispatch(desk, clock::now()).await? > 0 {}
    Ok(())
}

/// So many workers at once; answers how long they took, in seconds.
async fn together<F>(workers: u64, work: impl Fn() -> F) -> anyhow::Result<f64>
where
    F: Future<Output = anyhow::Result<()>> + Send + 'static,
{
    let begun = Instant::now();
    let mut all = tokio::task::JoinSet::new();
    for _ in 0..workers {
        all.spawn(work());
    }
    while let Some(done) = all.join_next().await {
        done??;
    }
    Ok(begun.elapsed().as_secs_f64())
}

/// Sends N due reminders with so many dispatchers, and moves as many rows by the bare statements: leased and settled in
/// lots, nothing else.
pub async fn messages(
    desk: &Desk,
    n: u64,
    workers: u64,
    seed: u64,
    stand_in: &StandIn,
) -> anyhow::Result<Value> {
    let mut lots = Lots(seed);
    jobs_done(desk).await?;
    write(desk, n, &mut lots, "bare").await?;
    desk.store.know_tables().await?;
    let bare_s = together(workers, || {
        let desk = desk.clone();
        async move {
            loop {
                let now = clock::now().timestamp_millis();
                let lease = Lease { id: Uuid::from_bytes(rand::random()), now, until: now + 120_000 };
                let tx = desk.store.write_tx().await?;
                let rows = flight::lease(&tx, lease, Channel::Sms, 1, LOT).await?;
                tx.commit().await?;
                if rows.is_empty() {
                    return anyhow::Ok(());
                }
                let tx = desk.store.write_tx().await?;
                let all: Vec<_> = rows.iter().map(|row| (row.id, "x", "sms-1")).collect();
                flight::accepted(&tx, lease.id, now, domain::delivery::DeliveryState::Pending, &all).await?;
                tx.commit().await?;
            }
        }
    })
    .await?;
    write(desk, n, &mut lots, "sent").await?;
    desk.store.know_tables().await?;
    let sent_s = together(workers, || {
        let desk = desk.clone();
        async move {
            while jobs::round(&desk, Channel::Sms, clock::now()).await? > 0 {}
            anyhow::Ok(())
        }
    })
    .await?;
    let (taken, twice) = stand_in.look(|all| {
        let ours = all.ids.values();
        ours.fold((0_u64, 0_u64), |(taken, twice), times| (taken + 1, twice + u64::from(*times > 1)))
    });
    let left = count(
        desk,
        "select count(*) as n from message where dedupe_key like 'sent:%' and state <> 'pending'",
    )
    .await?;
    ensure!(taken >= n, "{taken} of {n} were handed over");
    Ok(json!({
        "messages": n, "workers": workers, "handed_over": taken, "twice": twice, "left": left,
        "sent_per_second": n as f64 / sent_s, "bare_per_second": n as f64 / bare_s,
    }))
}

/// N messages to as many numbers while dispatchers run, and a STOP of each number at the same time. Answers how many were handed
/// over after their STOP was answered, and how many before.
pub async fn stops(desk: &Desk, n: u64, seed: u64, stand_in: &StandIn) -> anyhow::Result<Value> {
    let mut lots = Lots(seed);
    jobs_done(desk).await?;
    stand_in.look(|all| all.keeps = Keeps::Numbers);
    let running = Arc::new(AtomicBool::new(true));
    let mut senders = tokio::task::JoinSet::new();
    for _ in 0..2 {
        let (desk, running) = (desk.clone(), running.clone());
        senders.spawn(async move {
            while running.load(Ordering::Relaxed) {
                if jobs::round(&desk, Channel::Sms, clock::now()).await? == 0 {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            }
            anyhow::Ok(())
        });
    }
    let mut answered = HashMap::new();
    let mut number = 0;
    while number < n {
        let some = (n - number).min(50);
        for address in write(desk, some, &mut lots, &format!("stop{number}")).await? {
            let call = Call::new(Actor::system("bench", Uuid::nil()), clock::now());
            let saying = Saying {
                channel: Channel::Sms,
                address: &address,
                wording: "STOP",
                source: "sms:bench",
                organisation: None,
                message: None,
            };
            consent::say(desk, &call, Said::Stopped, &saying).await?;
            answered.insert(address, Instant::now());
        }
        number += some;
    }
    running.store(false, Ordering::Relaxed);
    while let Some(done) = senders.join_next().await {
        done??;
    }
    let (mut before, mut after) = (0_u64, 0_u64);
    stand_in.look(|all| {
        for (address, at) in &answered {
            for handed in all.numbers.get(address).map_or(&[][..], Vec::as_slice) {
                if handed > at { after += 1 } else { before += 1 }
            }
        }
    });
    Ok(json!({ "stops": n, "handed_over_before": before, "handed_over_after": after }))
}

/// RATE messages a second that fall due over so many seconds, sent as the server sends, while bookings are made beside it.
/// Answers how late they came to the provider.
pub async fn lateness(
    desk: &Desk,
    seconds: u64,
    rate: u64,
    bookings: u64,
    stand_in: &StandIn,
) -> anyhow::Result<Value> {
    jobs_done(desk).await?;
    stand_in.look(|all| all.keeps = Keeps::Numbers);
    let mut lots = Lots(seconds ^ rate);
    let n = seconds * rate;
    let from = clock::now().timestamp_millis() + 5_000;
    let step = |i: u64| from + i64::try_from(i * 1_000 / rate.max(1)).unwrap_or_default();
    write_due(desk, n, &mut lots, "late", |i, _| step(i)).await?;
    let running = Arc::new(AtomicBool::new(true));
    let sender = {
        let (desk, running) = (desk.clone(), running.clone());
        tokio::spawn(async move {
            // As `server/src/jobs.rs` does: all that is due, then a second of rest.
            while running.load(Ordering::Relaxed) {
                while jobs::round(&desk, Channel::Sms, clock::now()).await? > 0 {}
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            anyhow::Ok(())
        })
    };
    let booked = crate::booking::book(desk, bookings, 8).await?;
    let end = Instant::now() + Duration::from_secs(120);
    let waiting = "select count(*) as n from message where dedupe_key like 'late:%' and state <> 'pending'";
    while count(desk, waiting).await? > 0 && Instant::now() < end {
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    running.store(false, Ordering::Relaxed);
    sender.await??;
    use message::Column as C;
    let rows = message::Entity::find().filter(C::DedupeKey.like("late:%")).all(desk.store.reader()).await?;
    let mut late = Vec::new();
    stand_in.look(|all| {
        for row in &rows {
            if let Some(came) = all.arrivals.get(&row.id) {
                late.push((came.timestamp_millis() - row.due_at) as f64 / 1e3);
            }
        }
    });
    Ok(json!({
        "messages": n, "handed_over": late.len(), "booked_per_second": booked["booked_per_second"],
        "p50_s": at(&mut late, 50), "p99_s": at(&mut late, 99), "most_s": at(&mut late, 100),
    }))
}

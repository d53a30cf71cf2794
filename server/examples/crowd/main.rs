//! Fills a database for measurements, and measures what can only be seen from inside: `crowd URL VERB NUMBER…`.
//!
//! - `referrals N SEED`: N open referrals with their patients and events, for the demonstration's hospital;
//! - `events N`: N events on one of its referrals, whose id is answered;
//! - `bare N`: a worklist's queries alone, N times;
//! - `specialists N BUSY SEED`: N specialists for the service of a referral that was accepted, whose id is answered, each
//!   with sessions on working days and BUSY busy times and bookings in the coming 28 days;
//! - `search N`: the search for that referral's times alone, N times, with its statements;
//! - `book N CLIENTS`: N times booked by so many at once, and as many single rows written as durably, one a transaction;
//! - `stampede N CAPACITY`: N patients hold one time of so many places, all at once;
//! - `messages N WORKERS SEED`: N due reminders sent by so many dispatchers to a stand-in provider, and as many rows moved by the
//!   bare statements;
//! - `lateness SECONDS RATE BOOKINGS`: how late so many messages a second leave while bookings are made;
//! - `kills N DEAF`: `kill -9` at named places of dispatch, N times, at a provider that lists what it took (0) or nothing (1);
//! - `hooks N SEED`: N calls of the provider, right, repeated, out of order and falsified;
//! - `stops N SEED`: N numbers stopped while messages to them are being sent;
//! - `audit N`: N audit rows, sealed and verified;
//! - `seal SECONDS RATE`: RATE audit rows a second while the sealer works as it does in the server.
//!
//! One JSON object on standard output. Nothing here is a real person.

mod booking;
mod hooks;
mod kills;
mod messages;
mod search;
mod stand_in;

use std::collections::BTreeMap;
use std::io::Write;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use domain::OrganisationId;
use domain::referral::{NextAction, State};
use sea_orm::{ActiveModelTrait, ConnectionTrait, EntityTrait, IntoActiveModel, ModelTrait, Statement};
use serde_json::{Value, json};
use server::config::Config;
use server::open;
use service::{Desk, check, clock, jobs};
use sha2::{Digest, Sha256};
use store::entity::{audit, event, patient, referral};
use store::referrals::{Filter, Side};
use uuid::Uuid;

/// A coordinator of the demonstration's hospital (`server/src/demo/generate/people.rs`).
const COORDINATOR: &str = "grace.whitlock@wrenfield-hospitals.example";
const DAY: i64 = 86_400_000;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [url, verb, numbers @ ..] = args.as_slice() else {
        bail!("crowd wants a database and a verb, for example: crowd sqlite:waymark.db referrals 1000 1");
    };
    let numbers = numbers.iter().map(|word| word.parse::<u64>()).collect::<Result<Vec<_>, _>>()?;
    // Whoever was first has set it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    // A sender that is killed shares these with whoever started it.
    let folder = std::env::var_os("CROWD_DIR").map(std::path::PathBuf::from);
    let is_child = folder.is_some();
    let own = std::env::temp_dir().join(format!("waymark-crowd-{}", std::process::id()));
    let folder = folder.unwrap_or(own);
    let (provider, stand_in) = stand_in::StandIn::start().await?;
    let provider = std::env::var("CROWD_PROVIDER").unwrap_or(provider);
    let own = [
        ("database_url", url.clone()),
        ("data_dir", folder.display().to_string()),
        ("sms.provider_base_url", provider.clone()),
        ("sms.account_sid", "AC0".to_owned()),
        ("sms.auth_token", "t".to_owned()),
        ("sms.from", "+441632960000".to_owned()),
    ];
    let config = Config::load(&own.map(|(key, value)| (key.to_owned(), value)), &BTreeMap::new(), None)?;
    let desk = open::desk(&config, open::database(&config).await?)?;
    let said = match (verb.as_str(), numbers.as_slice()) {
        ("referrals", [n, seed]) => referrals(&desk, *n, *seed).await?,
        ("events", [n]) => events(&desk, *n).await?,
        ("bare", [n]) => bare(&desk, *n).await?,
        ("specialists", [n, busy, seed]) => search::specialists(&desk, *n, *busy, *seed).await?,
        ("search", [n]) => search::search(&desk, *n).await?,
        ("book", [n, clients]) => booking::book(&desk, *n, *clients).await?,
        ("stampede", [n, capacity]) => booking::stampede(&desk, *n, *capacity).await?,
        ("messages", [n, workers, seed]) => messages::messages(&desk, *n, *workers, *seed, &stand_in).await?,
        ("stops", [n, seed]) => messages::stops(&desk, *n, *seed, &stand_in).await?,
        ("lateness", [seconds, rate, bookings]) => {
            messages::lateness(&desk, *seconds, *rate, *bookings, &stand_in).await?
        }
        ("kills", [n, deaf]) => {
            let own = kills::Own { url, folder: &folder, provider: &provider };
            kills::kills(&desk, own, *n, *deaf == 1, &stand_in).await?
        }
        ("work", [ahead]) => kills::work(&desk, *ahead).await?,
        ("hooks", [n, seed]) => hooks::hooks(&desk, &config, *n, *seed).await?,
        ("audit", [n]) => audited(&desk, *n).await?,
        ("seal", [seconds, rate]) => sealed(&desk, *seconds, *rate).await?,
        other => bail!("there is no {other:?}"),
    };
    desk.store.clone().close().await?;
    // It holds nothing but a key that was made for this run.
    if !is_child {
        let _ = std::fs::remove_dir_all(folder);
    }
    std::io::stdout().write_all(said.to_string().as_bytes())?;
    Ok(())
}

async fn hospital(desk: &Desk) -> anyhow::Result<OrganisationId> {
    let person = store::people::by_email(desk.store.reader(), COORDINATOR).await?;
    Ok(OrganisationId(person.context("this is not the demonstration")?.organisation_id))
}

/// Lots as in `xtask/src/bench/lots.rs` (SplitMix64).
struct Lots(u64);

impl Lots {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % end
    }

    fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[usize::try_from(self.below(of.len() as u64)).expect("an index of a slice fits")]
    }

    fn id(&mut self, ms: i64) -> Uuid {
        let mut random = [0; 10];
        for byte in &mut random {
            *byte = u8::try_from(self.below(256)).expect("a byte");
        }
        domain::v7(ms, random)
    }
}

/// Open states with what is owed in them, most of the referrals where they wait longest.
const STATES: [(State, NextAction); 8] = [
    (State::Sent, NextAction::Acknowledge),
    (State::Received, NextAction::Triage),
    (State::Received, NextAction::Triage),
    (State::InfoNeeded, NextAction::GiveInformation),
    (State::Accepted, NextAction::ChooseTime),
    (State::Accepted, NextAction::ChooseTime),
    (State::AppointmentCancelled, NextAction::ChooseTime),
    (State::Seen, NextAction::WriteReport),
];
const FAMILIES: [&str; 12] = [
    "Ashby",
    "Bellweather",
    "Carrow",
    "Dunmore",
    "Eastlake",
    "Fenwick",
    "Garside",
    "Holloway",
    "Ingram",
    "Jessop",
    "Kettle",
    "Lowther",
];
const GIVEN: [&str; 8] = ["Ada", "Bruno", "Clara", "Dev", "Elsie", "Femi", "Grace", "Hugo"];

async fn referrals(desk: &Desk, n: u64, seed: u64) -> anyhow::Result<Value> {
    let db = desk.store.writer();
    let organisation = hospital(desk).await?;
    let like = referral::Entity::find().all(db).await?;
    let like: Vec<_> = like
        .into_iter()
        .filter(|row| row.organisation_id == organisation.0 && row.due_at.is_some())
        .collect();
    ensure!(!like.is_empty(), "the demonstration has open referrals");
    let services = store::directory::services_of(db, organisation).await?;
    let now = clock::now().timestamp_millis();
    let mut lots = Lots(seed);
    let begun = Instant::now();
    let mut left = n;
    while left > 0 {
        let some = left.min(200);
        left -= some;
        let (mut patients, mut rows, mut events) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..some {
            let model = lots.one(&like).clone();
            let sent = now - i64::try_from(lots.below(120))? * DAY - i64::try_from(lots.below(86_400_000))?;
            // A fifth is late; the rest is due within the coming weeks.
            let due =
                now + i64::try_from(lots.below(25))? * DAY - 5 * DAY + i64::try_from(lots.below(28_800_000))?;
            let (state, next) = *lots.one(&STATES);
            let patient = patient::Model {
                organisation_id: model.patient_organisation_id,
                id: lots.id(sent),
                nhs_number: None,
                family: (*lots.one(&FAMILIES)).to_owned(),
                given: (*lots.one(&GIVEN)).to_owned(),
                birth_date: Some(format!(
                    "19{:02}-{:02}-{:02}",
                    lots.below(100),
                    1 + lots.below(12),
                    1 + lots.below(28)
                )),
                sex: "unknown".to_owned(),
                phone: None,
                email: None,
                address: None,
                language: None,
                deceased: false,
                created_at: sent,
                latitude: None,
                longitude: None,
                zone: None,
                prefers: None,
            };
            let id = lots.id(sent);
            let hex = id.simple().to_string();
            events.push(event::Model {
                organisation_id: organisation.0,
                id: lots.id(sent),
                referral_id: id,
                at: sent,
                kind: "referral_sent".to_owned(),
                actor: "system:crowd".to_owned(),
                actor_name: "Waymark".to_owned(),
                from_state: None,
                to_state: state.code().to_owned(),
                why: None,
                detail: "{}".to_owned(),
            });
            rows.push(referral::Model {
                id,
                reference: format!("WM-{}", &hex[12..].to_uppercase()),
                patient_id: patient.id,
                service_id: lots.one(&services).id,
                state: state.code().to_owned(),
                next_action: Some(next.code().to_owned()),
                priority: (*lots.one(&["routine", "routine", "routine", "urgent", "two-week-wait"]))
                    .to_owned(),
                due_at: Some(due),
                created_at: sent,
                sent_at: Some(sent),
                received_at: Some(sent),
                state_since: sent,
                ended_at: None,
                appointment_id: None,
                // None of them is new to whoever escalates.
                escalation: 2,
                escalated_at: Some(now),
                parent_id: None,
                parent_organisation_id: None,
                paused_from: None,
                version: 1,
                ..model
            });
            patients.push(patient);
        }
        insert(desk, patients).await?;
        insert(desk, rows).await?;
        insert(desk, events).await?;
    }
    if desk.store.is_sqlite() {
        db.execute_unprepared("analyze").await?;
    } else {
        db.execute_unprepared("vacuum analyze").await?;
    }
    while jobs::fold_tallies(desk).await? > 0 {}
    let open = count(desk, "select count(*) as n from referral where due_at is not null").await?;
    Ok(json!({ "open": open, "seconds": begun.elapsed().as_secs_f64() }))
}

async fn insert<M, A>(desk: &Desk, rows: Vec<M>) -> anyhow::Result<()>
where
    M: ModelTrait + IntoActiveModel<A>,
    M::Entity: EntityTrait<Model = M, ActiveModel = A>,
    A: ActiveModelTrait<Entity = M::Entity> + sea_orm::ActiveModelBehavior + Send,
{
    let tx = desk.store.write_tx().await?;
    let rows = rows.into_iter().map(IntoActiveModel::into_active_model);
    M::Entity::insert_many(rows).exec_without_returning(&*tx).await?;
    Ok(tx.commit().await?)
}

async fn count(desk: &Desk, sql: &str) -> anyhow::Result<i64> {
    let db = desk.store.reader();
    let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await?;
    Ok(row.context("a row")?.try_get("", "n")?)
}

async fn events(desk: &Desk, n: u64) -> anyhow::Result<Value> {
    let organisation = hospital(desk).await?;
    let lines =
        store::referrals::worklist(desk.store.reader(), organisation, Side::Receiving, &Filter::default(), 1)
            .await?;
    let line = lines.first().context("an open referral")?;
    let now = clock::now().timestamp_millis();
    let mut lots = Lots(n);
    let mut left = i64::try_from(n)?;
    while left > 0 {
        let some = left.min(200);
        let rows = (0..some)
            .map(|at| {
                let at = now - (left - at) * 60_000;
                event::Model {
                    organisation_id: line.organisation_id,
                    id: lots.id(at),
                    referral_id: line.id,
                    at,
                    kind: "reminder_sent".to_owned(),
                    actor: "system:crowd".to_owned(),
                    actor_name: "Waymark".to_owned(),
                    from_state: Some(line.state.clone()),
                    to_state: line.state.clone(),
                    why: Some("Reminded of what is still to be done, as agreed on the telephone.".to_owned()),
                    detail: "{}".to_owned(),
                }
            })
            .collect();
        left -= some;
        insert(desk, rows).await?;
    }
    Ok(json!({ "referral": line.id }))
}

/// Milliseconds at which so many percent were done.
fn at(took: &mut [f64], percent: usize) -> f64 {
    took.sort_by(f64::total_cmp);
    took.get((took.len().saturating_sub(1)) * percent / 100).copied().unwrap_or_default()
}

async fn bare(desk: &Desk, n: u64) -> anyhow::Result<Value> {
    let (organisation, db) = (hospital(desk).await?, desk.store.reader());
    let now = clock::now().timestamp_millis();
    let today = store::tallies::day(now);
    let (mut list, mut counts) = (Vec::new(), Vec::new());
    for _ in 0..n {
        let begun = Instant::now();
        store::referrals::worklist(db, organisation, Side::Receiving, &Filter::default(), 51).await?;
        list.push(begun.elapsed().as_secs_f64() * 1e3);
        let begun = Instant::now();
        store::tallies::counts(db, organisation, Side::Receiving, now, [today - 7, today - 28, today - 90])
            .await?;
        counts.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    Ok(json!({
        "list_p50_ms": at(&mut list, 50), "list_p99_ms": at(&mut list, 99),
        "counts_p50_ms": at(&mut counts, 50), "counts_p99_ms": at(&mut counts, 99),
    }))
}

fn row(organisation: OrganisationId, at: i64, lots: &mut Lots) -> audit::Model {
    audit::Model {
        organisation_id: organisation.0,
        id: lots.id(at),
        at,
        actor: format!("staff:{}", lots.id(at)),
        actor_name: "Dr Daniel Okafor".to_owned(),
        action: "read".to_owned(),
        entity: "referral".to_owned(),
        entity_id: Some(lots.id(at)),
        patient_id: Some(lots.id(at)),
        outcome: "allowed".to_owned(),
        request_id: lots.id(at),
    }
}

async fn write(desk: &Desk, rows: Vec<audit::Model>) -> anyhow::Result<()> {
    let tx = desk.store.write_tx().await?;
    store::audit::record(&tx, rows).await?;
    Ok(tx.commit().await?)
}

async fn audited(desk: &Desk, n: u64) -> anyhow::Result<Value> {
    let organisation = hospital(desk).await?;
    let mut lots = Lots(1);
    let mut left = n;
    while left > 0 {
        let some = left.min(2_000);
        left -= some;
        let now = clock::now().timestamp_millis();
        write(desk, (0..some).map(|_| row(organisation, now, &mut lots)).collect()).await?;
    }
    let begun = Instant::now();
    let mut sealed = 0;
    loop {
        let more = jobs::seal(desk, clock::now()).await?;
        if more == 0 {
            break;
        }
        sealed += more;
    }
    let sealing = begun.elapsed().as_secs_f64();
    let begun = Instant::now();
    let reports = check::verify_audit(desk).await?;
    let verifying = begun.elapsed().as_secs_f64();
    ensure!(reports.iter().all(|report| report.ok), "the chain is whole");
    let events: i64 = reports.iter().map(|report| report.events).sum();
    // The yardstick: the same number of hashes over as many bytes, and nothing else.
    let begun = Instant::now();
    let mut hash = [0u8; 32];
    let bytes = [7u8; 420];
    for _ in 0..events {
        hash = Sha256::new().chain_update(hash).chain_update(bytes).finalize().into();
    }
    let hashing = begun.elapsed().as_secs_f64();
    Ok(json!({
        "sealed": sealed, "sealed_per_second": sealed as f64 / sealing, "events": events,
        "verified_per_second": events as f64 / verifying, "hashed_per_second": events as f64 / hashing,
        "last": hex::encode(hash),
    }))
}

async fn sealed(desk: &Desk, seconds: u64, rate: u64) -> anyhow::Result<Value> {
    let organisation = hospital(desk).await?;
    while jobs::seal(desk, clock::now()).await? > 0 {}
    let begun = Instant::now();
    let long = Duration::from_secs(seconds);
    let (stop, mut stopping) = tokio::sync::watch::channel(false);
    let sealer = {
        let desk = desk.clone();
        tokio::spawn(async move {
            // As `server/src/jobs.rs` does: a round, a pause, a round.
            let mut sealed = 0;
            loop {
                sealed += jobs::seal(&desk, clock::now()).await?;
                tokio::select! {
                    _ = stopping.wait_for(|stop| *stop) => break,
                    () = tokio::time::sleep(Duration::from_millis(500)) => {}
                }
            }
            Ok::<u64, service::ServiceError>(sealed)
        })
    };
    let mut lots = Lots(2);
    let (mut written, mut most) = (0u64, 0i64);
    let mut ages = Vec::new();
    let mut looked = Instant::now();
    while begun.elapsed() < long {
        let due = (begun.elapsed().as_secs_f64() * rate as f64) as u64;
        let some = due.saturating_sub(written).min(500);
        if some < 50 {
            tokio::time::sleep(Duration::from_millis(5)).await;
            continue;
        }
        let now = clock::now().timestamp_millis();
        write(desk, (0..some).map(|_| row(organisation, now, &mut lots)).collect()).await?;
        written += some;
        if looked.elapsed() > Duration::from_millis(200) {
            looked = Instant::now();
            most = most.max(count(desk, "select count(*) as n from audit_pending").await?);
            let oldest = count(
                desk,
                "select coalesce(min(a.at), 0) as n from audit_pending p \
                 join audit a on a.organisation_id = p.organisation_id and a.id = p.audit_id",
            )
            .await?;
            if oldest > 0 {
                ages.push((clock::now().timestamp_millis() - oldest) as f64);
            }
        }
    }
    let writing = begun.elapsed().as_secs_f64();
    let left = count(desk, "select count(*) as n from audit_pending").await?;
    // Nobody waits for it when the sealer has ended by itself; its answer tells.
    let _ = stop.send(true);
    let sealed = sealer.await??;
    while jobs::seal(desk, clock::now()).await? > 0 {}
    Ok(json!({
        "written": written, "written_per_second": written as f64 / writing, "sealed_meanwhile": sealed,
        "waiting_most": most, "waiting_at_the_end": left, "oldest_p50_ms": at(&mut ages, 50),
        "oldest_most_ms": at(&mut ages, 100),
    }))
}

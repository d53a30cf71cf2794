//! How the installation works: messages that are late raise an alarm and clear it, and servers say that they are there. The page
//! counts over all organisations of the installation, and shows neither them nor a message.

use chrono::{DateTime, Duration, Utc};
use contract::{AlarmLine, DueMessages, OperationsPage, ProviderLine, ServerLine};
use domain::delivery::DeliveryState;
use domain::policy::{Capability, may};
use domain::{Actor, OrganisationId, Principal};
use store::entity::{sending_alarm, server_seen};
use uuid::Uuid;

use crate::audit::{self, Outcome, Touched};
use crate::{Call, Desk, ServiceError, account, describe, facts, ids};

/// Minutes after which something that should have left is an alarm.
const LATE_MIN: i64 = 15;
/// Minutes after which a server that said nothing is not there.
const GONE_MIN: i64 = 2;
/// Days for which servers and alarms are listed.
const KEPT_DAYS: i64 = 30;
/// Alarms that the page lists.
const ALARMS: u64 = 20;
/// Of so many messages, failures say something of a provider.
const ENOUGH: u64 = 5;

/// A running process.
#[derive(Debug, Clone)]
pub struct Server {
    pub id: Uuid,
    /// Of its machine.
    pub name: String,
    pub version: String,
    pub started: DateTime<Utc>,
}

impl Server {
    /// This process, as it starts.
    pub fn starting(name: &str, version: &str, now: DateTime<Utc>) -> Self {
        Self { id: ids::fresh(now), name: name.to_owned(), version: version.to_owned(), started: now }
    }
}

/// Says that a server is there, raises alarms of what is late, and clears those of what is not any more; answers how many it
/// raised or cleared. On many servers each alarm is raised once and cleared once.
pub async fn watch(desk: &Desk, server: &Server, now: DateTime<Utc>) -> Result<u64, ServiceError> {
    let at = now.timestamp_millis();
    let tx = desk.store.write_tx().await?;
    let row = server_seen::Model {
        id: server.id,
        name: server.name.clone(),
        version: server.version.clone(),
        started_at: server.started.timestamp_millis(),
        seen_at: at,
    };
    store::operations::seen(&tx, &row).await?;
    let late = store::operations::late(&*tx, at - LATE_MIN * 60_000).await?;
    let open = store::operations::open_alarms(&*tx).await?;
    let mut traces = Vec::new();
    let mut trace = |action: &'static str, alarm: &sending_alarm::Model| {
        let touched = Touched {
            organisation: OrganisationId(alarm.organisation_id),
            entity: "sending-alarm",
            id: Some(alarm.id),
            patient: None,
        };
        let actor = Actor::system("watch-sending", ids::fresh(now));
        traces.push(audit::row(&actor, now, action, &touched, Outcome::Allowed));
    };
    for one in &late {
        let known = open
            .iter()
            .find(|row| (row.organisation_id, &row.channel) == (one.organisation_id, &one.channel));
        if let Some(known) = known {
            store::operations::grow(&tx, known, one.count).await?;
            continue;
        }
        let alarm = sending_alarm::Model {
            organisation_id: one.organisation_id,
            id: ids::fresh(now),
            channel: one.channel.clone(),
            raised_at: at,
            oldest_at: one.oldest,
            most: one.count,
            cleared_at: None,
        };
        if store::operations::raise(&tx, &alarm).await? {
            tracing::error!(channel = alarm.channel, count = one.count, "messages are late");
            trace("raise-alarm", &alarm);
        }
    }
    for known in &open {
        let is_late = late
            .iter()
            .any(|one| (one.organisation_id, &one.channel) == (known.organisation_id, &known.channel));
        if !is_late && store::operations::clear(&tx, known, at).await? {
            tracing::info!(channel = known.channel, "messages leave in time again");
            trace("clear-alarm", known);
        }
    }
    let done = traces.len() as u64;
    store::audit::record(&tx, traces).await?;
    tx.commit().await?;
    Ok(done)
}

/// Forgets servers and alarms of long ago.
pub(crate) async fn forget(tx: &store::Tx, now: DateTime<Utc>) -> Result<(), ServiceError> {
    Ok(store::operations::forget(tx, (now - Duration::days(KEPT_DAYS)).timestamp_millis()).await?)
}

/// The page of whoever runs the installation. Administrators. Counts alone: looking leaves no row.
pub async fn page(desk: &Desk, call: &Call) -> Result<OperationsPage, ServiceError> {
    let organisation = match (&call.actor.principal, may(&call.actor.principal, Capability::Administer)) {
        (Principal::Staff { organisation, .. }, true) => *organisation,
        _ => return Err(ServiceError::NotAllowed),
    };
    let db = desk.store.reader();
    let (now, zone) = (call.now, account::zone(&account::home(db, organisation).await?));
    let said = |ms: i64| describe::day_and_clock(ms, zone);
    let minutes = |ms: i64| u64::try_from((now - facts::instant(ms)).num_minutes()).unwrap_or_default();
    let count = |count: i64| u64::try_from(count).unwrap_or_default();
    let (unknown, oldest) = store::operations::unknown(db).await?;
    let alarms = store::operations::alarms(db, ALARMS).await?;
    let waiting = store::operations::waiting(db, now.timestamp_millis()).await?;
    let since = (now - Duration::days(KEPT_DAYS)).timestamp_millis();
    let servers = store::operations::servers(db, since).await?;
    Ok(OperationsPage {
        alarms: alarms
            .into_iter()
            .map(|row| AlarmLine {
                raised: said(row.raised_at),
                cleared: row.cleared_at.map(said),
                most: count(row.most),
                channel: row.channel,
            })
            .collect(),
        waiting: waiting
            .into_iter()
            .map(|row| DueMessages {
                count: count(row.count),
                oldest_min: minutes(row.oldest),
                is_late: minutes(row.oldest) >= u64::try_from(LATE_MIN).unwrap_or_default(),
                channel: row.channel,
            })
            .collect(),
        providers: providers(db, now).await?,
        unknown: count(unknown),
        unknown_min: oldest.map_or(0, minutes),
        servers: servers
            .into_iter()
            .map(|row| ServerLine {
                started: said(row.started_at),
                seen: said(row.seen_at),
                is_there: now - facts::instant(row.seen_at) < Duration::minutes(GONE_MIN),
                name: row.name,
                version: row.version,
            })
            .collect(),
    })
}

/// What became of the last day's messages, by channel and provider.
async fn providers(db: &impl store::Db, now: DateTime<Utc>) -> Result<Vec<ProviderLine>, ServiceError> {
    let since = (now - Duration::days(1)).timestamp_millis();
    let mut all: Vec<ProviderLine> = Vec::new();
    for organisation in store::directory::organisations(db).await? {
        for row in store::operations::by_provider(db, organisation.id, since).await? {
            let is_same = |line: &ProviderLine| line.channel == row.channel && line.provider == row.provider;
            let at = all.iter().position(is_same).unwrap_or_else(|| {
                all.push(ProviderLine {
                    channel: row.channel.clone(),
                    provider: row.provider.clone(),
                    ..ProviderLine::default()
                });
                all.len() - 1
            });
            let count = u64::try_from(row.count).unwrap_or_default();
            let line = &mut all[at];
            match DeliveryState::from_code(&row.state) {
                Some(DeliveryState::Delivered | DeliveryState::Pending | DeliveryState::Sent) => {
                    line.arrived += count;
                }
                Some(DeliveryState::TemporaryFailure | DeliveryState::PermanentFailure) => {
                    line.failed += count
                }
                Some(DeliveryState::Unknown) => line.unknown += count,
                Some(DeliveryState::Withheld) => line.withheld += count,
                Some(DeliveryState::Created | DeliveryState::Sending | DeliveryState::TechnicalFailure)
                | None => line.waiting += count,
            }
        }
    }
    for line in &mut all {
        let asked = line.arrived + line.failed + line.unknown;
        line.is_failing = asked >= ENOUGH && (line.failed + line.unknown) * 10 > asked;
    }
    all.sort_by(|a, b| (&a.channel, &a.provider).cmp(&(&b.channel, &b.provider)));
    Ok(all)
}

//! `kill -9` at named places on a message's way, and what is left of it when another process goes on.

use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, ensure};
use domain::delivery::DeliveryState;
use domain::{Actor, MessageId};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use service::inbound::{self, Inbound};
use service::{Call, Desk, clock, jobs, messages};
use store::entity::message;
use uuid::Uuid;

use crate::messages::{jobs_done, write};
use crate::stand_in::{Keeps, Mood, StandIn};
use crate::{Lots, count};

/// Where a sender dies: most are marked in the product (development builds alone), two are the provider's doing.
const PLACES: [&str; 12] = [
    "leased",
    "prepared",
    "fenced",
    "unaccepted",
    "unread",
    "answered",
    "written",
    "looked-up",
    "fan-out",
    "receipt",
    "fallback",
    "stop",
];
/// Seconds between two kills on the clock of the senders: longer than a lease, and than a provider may take to list a message.
const APART_S: i64 = 1_200;
const LEASE_OVER_S: i64 = 300;

/// How a sender is started.
#[derive(Clone, Copy)]
pub struct Own<'a> {
    pub url: &'a str,
    pub folder: &'a Path,
    pub provider: &'a str,
}

/// What a sender does: all that is due, as of so many seconds ahead; or the one thing that `CROWD_ABOUT` names.
pub async fn work(desk: &Desk, ahead: u64) -> anyhow::Result<Value> {
    let now = || clock::now() + chrono::Duration::seconds(i64::try_from(ahead).unwrap_or_default());
    let call = Call::new(Actor::system("twilio", Uuid::nil()), now());
    let about = std::env::var("CROWD_ABOUT").unwrap_or_default();
    match about.split(' ').collect::<Vec<_>>().as_slice() {
        ["receipt", id] => {
            let id: MessageId = id.parse().context("a message")?;
            messages::receipt(desk, &call, id, DeliveryState::Delivered, (None, "delivered")).await?;
        }
        ["stop", from, sid] => {
            let call = Call { key: Some(format!("text:{sid}")), ..call };
            let inbound = Inbound { from, body: "STOP", provider_ref: sid, is_answered: false };
            inbound::take(desk, &call, &inbound).await?;
        }
        _ => loop {
            let sent = jobs::dispatch(desk, now()).await?;
            let seen = jobs::see_on(desk, now()).await? + jobs::replan_reminders(desk, now()).await?;
            if sent == 0 && seen == 0 {
                break;
            }
        },
    }
    Ok(json!({}))
}

#[derive(Default)]
struct Tally {
    kills: u64,
    messages: u64,
    lost: u64,
    duplicates: u64,
    unmarked: u64,
    more_than_one: u64,
    unknown: u64,
    faults: Vec<String>,
}

struct Run<'a> {
    desk: &'a Desk,
    own: Own<'a>,
    stand_in: &'a StandIn,
    ahead: i64,
    tally: Tally,
}

/// N kills, at each place in turn. A provider that is deaf takes messages and lists none of them.
pub async fn kills(
    desk: &Desk,
    own: Own<'_>,
    n: u64,
    deaf: bool,
    stand_in: &StandIn,
) -> anyhow::Result<Value> {
    ensure!(cfg!(debug_assertions), "a release cannot be told to die: build for development");
    jobs_done(desk).await?;
    // What the demonstration has planned for later is not what is counted.
    let others = "update message set state = 'withheld', final_at = 1, needs_person = null \
        where state in ('created', 'technical-failure', 'unknown')";
    desk.store.writer().execute_unprepared(others).await?;
    stand_in.look(|all| (all.keeps, all.is_deaf) = (Keeps::All, deaf));
    let mut run = Run { desk, own, stand_in, ahead: 0, tally: Tally::default() };
    let mut lots = Lots(n ^ u64::from(deaf));
    let mut round = 0;
    while run.tally.kills < n {
        for place in PLACES {
            run.ahead += APART_S;
            let before = run.tally.kills;
            let duplicates = run.tally.duplicates;
            let mark = format!("kill{}{round}{place}", if deaf { "deaf" } else { "" });
            // One at a time where a crash may cost one; else some side by side.
            write(desk, if deaf { 1 } else { 20 }, &mut lots, &mark).await?;
            run.at(place, &mark).await.with_context(|| mark.clone())?;
            run.judge(place, &mark).await?;
            if run.tally.duplicates - duplicates > run.tally.kills - before {
                run.tally.more_than_one += 1;
            }
        }
        round += 1;
    }
    let tally = run.tally;
    Ok(json!({
        "kills": tally.kills, "places": PLACES.len(), "messages": tally.messages, "lost": tally.lost,
        "duplicates": tally.duplicates, "unmarked": tally.unmarked, "more_than_one": tally.more_than_one,
        "unknown": tally.unknown, "faults": tally.faults,
    }))
}

impl Run<'_> {
    /// A sender of its own, so many seconds ahead; `true`: it was killed.
    async fn sender(&mut self, ahead: i64, die_at: &str, about: &str) -> anyhow::Result<bool> {
        self.stand_in.ahead(ahead);
        let mut child = Command::new(std::env::current_exe()?)
            .args([self.own.url, "work", &ahead.to_string()])
            .env("CROWD_DIR", self.own.folder)
            .env("CROWD_PROVIDER", self.own.provider)
            .env("CROWD_ABOUT", about)
            .env("WAYMARK_DIE_AT", die_at)
            .stdout(Stdio::null())
            .spawn()?;
        self.stand_in.look(|all| all.victim = child.id());
        let status = tokio::task::spawn_blocking(move || child.wait()).await??;
        let killed = status.signal() == Some(9);
        ensure!(killed || status.success(), "a sender ended with {status}");
        self.tally.kills += u64::from(killed);
        Ok(killed)
    }

    async fn killed(&mut self, ahead: i64, die_at: &str, about: &str) -> anyhow::Result<()> {
        ensure!(self.sender(ahead, die_at, about).await?, "{die_at} was not reached");
        Ok(())
    }

    async fn killed_by_provider(&mut self, mood: Mood) -> anyhow::Result<()> {
        self.stand_in.look(|all| all.mood = mood);
        let killed = self.sender(self.ahead, "", "").await;
        self.stand_in.look(|all| all.mood = Mood::Take);
        ensure!(killed?, "{mood:?} killed nobody");
        Ok(())
    }

    /// Dies at the place, and lets others go on until nothing is due.
    async fn at(&mut self, place: &str, mark: &str) -> anyhow::Result<()> {
        let ahead = self.ahead;
        match place {
            "unaccepted" => self.killed_by_provider(Mood::KillBefore).await?,
            "unread" => self.killed_by_provider(Mood::KillAfter).await?,
            "looked-up" => {
                self.killed_by_provider(Mood::KillAfter).await?;
                self.killed(ahead + LEASE_OVER_S, place, "").await?;
            }
            "fan-out" => {
                self.plan_again().await?;
                self.killed(ahead, place, "").await?;
                self.sender(ahead, "", "").await?;
                let planned = self.planned().await?;
                self.plan_again().await?;
                self.sender(ahead, "", "").await?;
                let expected = self.planned().await?;
                if planned != expected || planned == 0 {
                    self.fault(format!("{mark}: {planned} reminders were planned, not {expected}"));
                }
            }
            "receipt" => {
                self.sender(ahead, "", "").await?;
                let about = format!("receipt {}", self.first(mark).await?.id);
                self.killed(ahead, place, &about).await?;
                self.sender(ahead, "", &about).await?;
                let row = self.first(mark).await?;
                let told = store::messages::attempts(self.desk.store.reader(), &row).await?;
                let told = told.iter().filter(|one| one.what == "receipt").count();
                if (row.state.as_str(), told) != ("delivered", 1) {
                    self.fault(format!("{mark}: {} with {told} receipts", row.state));
                }
            }
            "fallback" => {
                let query = format!(
                    "update message set state = 'permanent-failure', final_at = 1, needs_person = 'failed' \
                     where dedupe_key = '{mark}:0'"
                );
                self.desk.store.writer().execute_unprepared(&query).await?;
                self.killed(ahead, place, "").await?;
            }
            "stop" => {
                let row = self.first(mark).await?;
                let about = format!("stop {} {mark}", row.address);
                self.killed(ahead, place, &about).await?;
                // The provider has no answer, and repeats it.
                self.sender(ahead, "", &about).await?;
            }
            _ => self.killed(ahead, place, "").await?,
        }
        for later in [0, LEASE_OVER_S, 2 * LEASE_OVER_S] {
            self.sender(ahead + later, "", "").await?;
        }
        Ok(())
    }

    async fn first(&self, mark: &str) -> anyhow::Result<message::Model> {
        let first = message::Entity::find().filter(message::Column::DedupeKey.eq(format!("{mark}:0")));
        first.one(self.desk.store.reader()).await?.context("it was written")
    }

    /// All visits get their reminders anew.
    async fn plan_again(&self) -> anyhow::Result<()> {
        for statement in [
            "update message set state = 'withheld' where state = 'created' and dedupe_key like '%:planned:%'",
            "update appointment set replan_at = 1 where state = 'booked'",
        ] {
            self.desk.store.writer().execute_unprepared(statement).await?;
        }
        Ok(())
    }

    async fn planned(&self) -> anyhow::Result<i64> {
        let query =
            "select count(*) as n from message where state = 'created' and dedupe_key like '%:planned:%'";
        count(self.desk, query).await
    }

    fn fault(&mut self, what: String) {
        self.tally.lost += 1;
        self.tally.faults.push(what);
    }

    async fn judge(&mut self, place: &str, mark: &str) -> anyhow::Result<()> {
        use message::Column as C;
        let db = self.desk.store.reader();
        let all =
            message::Entity::find().filter(C::DedupeKey.starts_with(format!("{mark}:"))).all(db).await?;
        let (rows, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|row| row.channel == "sms");
        let odd = if matches!(place, "fallback" | "stop") { format!("{mark}:0") } else { String::new() };
        for row in rows {
            let times = self.stand_in.look(|all| all.taken.get(&row.id).map_or(0, Vec::len)) as u64;
            self.tally.messages += 1;
            if row.dedupe_key == odd {
                let seen_to = row.task_id.is_some() || row.needs_person.is_none();
                let good = match place {
                    "stop" => row.state == "withheld" && times == 0,
                    _ => others.len() + usize::from(row.task_id.is_some()) == 1 && seen_to && times == 0,
                };
                if !good {
                    let what = format!("{mark}: {} {times} {}", row.state, others.len());
                    self.fault(what);
                }
                continue;
            }
            let told = store::messages::attempts(db, &row).await?;
            let doubted = told.iter().any(|one| one.state == "unknown");
            self.tally.unknown += u64::from(doubted);
            let arrived = matches!(row.state.as_str(), "pending" | "sent" | "delivered");
            if !arrived || times == 0 {
                self.fault(format!("{mark}: {} after {times}", row.state));
            }
            if times > 1 {
                self.tally.duplicates += times - 1;
                self.tally.unmarked += u64::from(!doubted);
            }
        }
        Ok(())
    }
}

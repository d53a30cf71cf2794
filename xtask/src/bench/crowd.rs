//! Measurements with a crowd in the database: worklist, history, audit and sealing, each on both databases.

mod bookings;
mod messages;

use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use serde_json::Value;

use super::evidence::{Evidence, Group, rounded};
use super::http::Client;
use super::served::{COORDINATOR, Place};
use crate::needs;
use crate::postgres::Postgres;
use crate::tree::{self, Profile};

/// What is measured, and how large.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    pub profile: Profile,
    pub referrals: u64,
    pub events: u64,
    pub audit: u64,
    pub specialists: u64,
    /// Busy times and bookings of each of them in 28 days.
    pub busy: u64,
    pub seconds: u64,
    pub seed: u64,
    /// Due reminders.
    pub messages: u64,
    /// Numbers that are stopped while they are written to.
    pub stops: u64,
    /// `kill -9` while messages are sent.
    pub kills: u32,
    /// Calls of a provider.
    pub calls: u64,
}

/// Requests a second of the worklist's load.
const PER_SECOND: u64 = 50;
/// Audit rows a second of the sealer's load: a tenth more than is asked, so that a late timer does not count.
const WRITES: u64 = 2_200;
/// Audit rows a second that are asked.
const LEAST_WRITES: u64 = 2_000;
/// Connections of a load; more than can wait at once when answers take what they may.
const CONNECTIONS: usize = 16;
/// What an answer may take, in milliseconds, 99 times of 100.
const MOST_MS: f64 = 100.0;

/// What an answer of the search may take, likewise.
const MOST_SEARCH_MS: f64 = 50.0;

/// What one measurement does on one database: its figures, and whether they are what is asked.
type Measure = fn(&Bench, &Place, &str) -> anyhow::Result<(Vec<Group>, bool)>;

struct Bench {
    plan: Plan,
    crowd: PathBuf,
}

/// Runs the measurement of this name on SQLite and on PostgreSQL.
///
/// # Errors
/// When something cannot be built or started.
pub fn run(name: &str, plan: Plan, args: &[String]) -> anyhow::Result<u8> {
    needs::install(&[needs::Need::Build, needs::Need::Database])?;
    let waymark = tree::build_server(plan.profile)?;
    let bench = Bench { plan, crowd: build_crowd(plan.profile)? };
    let built = if plan.profile == Profile::Release { "a release build" } else { "a development build" };
    let (title, about, measure): (&str, String, Measure) = match name {
        "worklist" => (
            "A worklist of many",
            format!(
                "{} open referrals in the demonstration's hospital, {built}. As a coordinator, {PER_SECOND} requests a second \
                 for {} s over HTTP, on a timetable that does not wait for answers: first page, second page, and narrowed by \
                 state and age, by whom it waits for and priority, and by what is late. A time counts from when the request \
                 should have begun. Each answer shows 50 rows, their counts, and writes 50 audit rows to the disk before it \
                 leaves. The bare query is the page's own list and count, run alone in one process beside the same database. \
                 `tests/it/worklist.rs` asserts that a page takes the same number of statements for many as for few.",
                plan.referrals, plan.seconds
            ),
            worklist,
        ),
        "search" => (
            "Search for a time among many specialists",
            format!(
                "{} specialists of one service with sessions of eight hours on working days, half an hour each and five \
                 minutes after it, each with {} busy times and bookings in 28 days, {built}. As a coordinator, {PER_SECOND} \
                 requests a second for {} s over HTTP, on a timetable that does not wait for answers, for the page that ranks \
                 the best offers and lists every free time of 28 days. A time counts from when the request should have begun. \
                 `tests/it/sessions.rs` asserts that a search takes the same number of statements for many as for few. The bare \
                 search is the page's own, alone in one process beside the same database.",
                plan.specialists, plan.busy, plan.seconds
            ),
            search,
        ),
        "booking" => (
            "Bookings beside bare rows",
            format!("{} {} specialists, {built}.", bookings::ABOUT_BOOKING, plan.specialists),
            bookings::booking,
        ),
        "messaging" => (
            "Messages",
            format!("{} All but the kills: {built}.", messages::ABOUT.join("\n\n")),
            messages::measure,
        ),
        "stampede" => (
            "A stampede on one time",
            format!("{} {} specialists, {built}.", bookings::ABOUT_STAMPEDE, plan.specialists),
            bookings::stampede,
        ),
        "history" => (
            "A referral with a long history",
            format!(
                "The page of a referral with {} events, {built}, read one after another for {} s over HTTP by a coordinator.",
                plan.events, plan.seconds
            ),
            history,
        ),
        "audit" => (
            "Verifying the audit",
            format!(
                "{} audit rows of one organisation, sealed and then verified by what `waymark audit verify` calls, {built}. \
                 The yardstick is as many SHA-256 hashes of the same length in one process, and nothing else.",
                plan.audit
            ),
            audit,
        ),
        _ => (
            "The sealer under load",
            format!(
                "{WRITES} audit rows a second for {} s, written in transactions as reads write them, {built}, while the sealer \
                 works as it does in the server: a round, half a second of pause, a round.",
                plan.seconds
            ),
            seal,
        ),
    };
    let mut evidence = Evidence::begin(name, title, super::typed(args), Some(plan.seed))?;
    evidence.about.push(about);
    evidence.about.push(
        "Both databases write to the disk before they acknowledge (SQLite: WAL, synchronous=FULL; PostgreSQL: fsync and \
         synchronous_commit on). Load, product and database share the machine."
            .to_owned(),
    );
    let mut good = true;
    let mut one = |place: &Place, database: &str| -> anyhow::Result<()> {
        let (groups, is_good) = measure(&bench, place, database)?;
        evidence.groups.extend(groups);
        good &= is_good;
        Ok(())
    };
    one(&Place::with_demonstration(&waymark, None)?, "SQLite")?;
    let postgres = Postgres::start_durable()?;
    one(&Place::with_demonstration(&waymark, Some(postgres.url.clone()))?, "PostgreSQL")?;
    if name == "messaging" {
        let (group, is_good) = messages::notices(&bench)?;
        evidence.groups.push(group);
        good &= is_good;
    }
    evidence.write()?;
    Ok(u8::from(!good))
}

/// Filling and looking from inside is an example of the server: it knows the tables and the jobs.
fn build_crowd(profile: Profile) -> anyhow::Result<PathBuf> {
    let mut command = tree::cargo();
    command.args(["build", "--package", "server", "--bin", "waymark", "--example", "crowd"]);
    if profile == Profile::Release {
        command.arg("--release");
    }
    tree::done(&mut command)?;
    Ok(tree::target().join(profile.folder()).join("examples/crowd"))
}

impl Bench {
    fn crowd(&self, place: &Place, verb: &str, numbers: &[u64]) -> anyhow::Result<Value> {
        let numbers: Vec<String> = numbers.iter().map(u64::to_string).collect();
        let out = Command::new(&self.crowd).arg(&place.database).arg(verb).args(&numbers).output()?;
        ensure!(out.status.success(), "crowd {verb}: {}", String::from_utf8_lossy(&out.stderr));
        serde_json::from_slice(&out.stdout).with_context(|| format!("crowd {verb} said no JSON"))
    }
}

impl Bench {
    /// The senders that are killed are built for development; so is what they are started from.
    fn crowd_to_kill(&self, like: &Place, numbers: &[u64]) -> anyhow::Result<Value> {
        let crowd = build_crowd(Profile::Dev)?;
        let bench = Self { plan: self.plan, crowd };
        bench.crowd(like, "kills", numbers)
    }

    fn notices(&self, n: u64) -> anyhow::Result<Value> {
        let mut command = tree::cargo();
        command.args(["build", "--package", "messaging", "--example", "notices"]);
        if self.plan.profile == Profile::Release {
            command.arg("--release");
        }
        tree::done(&mut command)?;
        let out = Command::new(self.crowd.with_file_name("notices")).arg(n.to_string()).output()?;
        ensure!(out.status.success(), "notices: {}", String::from_utf8_lossy(&out.stderr));
        serde_json::from_slice(&out.stdout).context("notices said no JSON")
    }
}

fn figure(said: &Value, name: &str) -> f64 {
    said[name].as_f64().unwrap_or_default()
}

fn worklist(bench: &Bench, place: &Place, database: &str) -> anyhow::Result<(Vec<Group>, bool)> {
    let filled = bench.crowd(place, "referrals", &[bench.plan.referrals, bench.plan.seed])?;
    let bare = bench.crowd(place, "bare", &[200])?;
    let served = place.serve()?;
    let mut coordinator = place.sign_in(COORDINATOR)?;
    // At a start the lists on paper are made; the load begins when they are.
    let begun = Instant::now();
    while coordinator.get("/downtime")?.text().contains("None have been made yet") {
        ensure!(begun.elapsed() < Duration::from_secs(300), "the downtime lists were not made");
        std::thread::sleep(Duration::from_millis(200));
    }
    let first = coordinator.get("/worklist")?.text();
    let after = first
        .split("after=")
        .nth(1)
        .and_then(|rest| rest.split(['"', '&']).next())
        .context("a second page")?;
    let paths = [
        "/worklist".to_owned(),
        format!("/worklist?after={after}"),
        "/worklist?state=received&age=8-28".to_owned(),
        "/worklist?waiting=patient&priority=urgent".to_owned(),
        "/worklist?overdue=1".to_owned(),
    ];
    // Not counted: caches, connections.
    paced(&coordinator, &paths, Duration::from_secs(2))?;
    let load = paced(&coordinator, &paths, Duration::from_secs(bench.plan.seconds))?;
    served.stop()?;
    let (list, counts) = (figure(&bare, "list_p50_ms"), figure(&bare, "counts_p50_ms"));
    let mut group = Group::new(format!("{database}: worklist"));
    group.add("open referrals", filled["open"].clone(), "");
    group.add("requests", load.took.len(), "");
    group.add("p50", rounded(load.at(50)), "ms");
    group.must("p99", rounded(load.at(99)), "ms", &format!("≤ {MOST_MS}"));
    group.add("longest", rounded(load.at(100)), "ms");
    group.must("answers other than 200", load.failed, "", "0");
    group.add("bare list, p50", rounded(list), "ms");
    group.add("bare list, p99", rounded(figure(&bare, "list_p99_ms")), "ms");
    group.add("bare counts, p50", rounded(counts), "ms");
    group.add("page to bare queries, p50", rounded(load.at(50) / (list + counts).max(f64::EPSILON)), "");
    let good = load.failed == 0 && load.at(99) <= MOST_MS;
    Ok((vec![group], good))
}

fn search(bench: &Bench, place: &Place, database: &str) -> anyhow::Result<(Vec<Group>, bool)> {
    let plan = &bench.plan;
    let said = bench.crowd(place, "specialists", &[plan.specialists, plan.busy, plan.seed])?;
    let id = said["referral"].as_str().context("the id of the referral")?;
    let bare = bench.crowd(place, "search", &[100])?;
    let served = place.serve()?;
    let mut coordinator = place.sign_in(COORDINATOR)?;
    let begun = Instant::now();
    while coordinator.get("/downtime")?.text().contains("None have been made yet") {
        ensure!(begun.elapsed() < Duration::from_secs(300), "the downtime lists were not made");
        std::thread::sleep(Duration::from_millis(200));
    }
    let path = format!("/referrals/{id}/times");
    let shown = coordinator.get(&path)?;
    ensure!(shown.status == 200, "the page answered {}", shown.status);
    let listed = shown.text().matches("name=\"slot-").count();
    ensure!(listed >= 20, "the page lists {listed} times");
    let paths = [path];
    paced(&coordinator, &paths, Duration::from_secs(2))?;
    let load = paced(&coordinator, &paths, Duration::from_secs(plan.seconds))?;
    served.stop()?;
    let mut group = Group::new(format!("{database}: search"));
    group.add("specialists", plan.specialists, "");
    group.add("bookings", said["bookings"].clone(), "");
    group.add("busy times of calendars", said["busy"].clone(), "");
    group.add("times listed", listed, "");
    group.add("statements of a search", bare["statements"].clone(), "");
    group.add("bare search, p50", rounded(figure(&bare, "p50_ms")), "ms");
    group.add("bare search, p99", rounded(figure(&bare, "p99_ms")), "ms");
    group.add("requests", load.took.len(), "");
    group.add("p50", rounded(load.at(50)), "ms");
    group.must("p99", rounded(load.at(99)), "ms", &format!("≤ {MOST_SEARCH_MS}"));
    group.add("longest", rounded(load.at(100)), "ms");
    group.must("answers other than 200", load.failed, "", "0");
    let good = load.failed == 0 && load.at(99) <= MOST_SEARCH_MS;
    Ok((vec![group], good))
}

fn history(bench: &Bench, place: &Place, database: &str) -> anyhow::Result<(Vec<Group>, bool)> {
    let said = bench.crowd(place, "events", &[bench.plan.events])?;
    let id = said["referral"].as_str().context("the id of the referral")?;
    let served = place.serve()?;
    let mut coordinator = place.sign_in(COORDINATOR)?;
    let path = format!("/referrals/{id}");
    let long = Duration::from_secs(bench.plan.seconds);
    let shown = coordinator.get(&path)?;
    ensure!(shown.status == 200, "the page answered {}", shown.status);
    let events = shown.text().matches("app-timeline__item").count();
    ensure!(events as u64 >= bench.plan.events, "the page shows {events} events");
    let mut load = Load::default();
    let begun = Instant::now();
    while begun.elapsed() < long {
        let asked = Instant::now();
        let status = coordinator.get(&path)?.status;
        load.count(asked.elapsed(), status);
    }
    load.took.sort();
    served.stop()?;
    let mut group = Group::new(format!("{database}: history"));
    group.add("events on the page", bench.plan.events, "");
    group.add("bytes of the page", shown.body.len(), "");
    group.add("requests", load.took.len(), "");
    group.must("p50", rounded(load.at(50)), "ms", &format!("≤ {MOST_MS}"));
    group.add("p99", rounded(load.at(99)), "ms");
    group.must("answers other than 200", load.failed, "", "0");
    let good = load.failed == 0 && load.at(50) <= MOST_MS;
    Ok((vec![group], good))
}

fn audit(bench: &Bench, place: &Place, database: &str) -> anyhow::Result<(Vec<Group>, bool)> {
    const LEAST: f64 = 100_000.0;
    let said = bench.crowd(place, "audit", &[bench.plan.audit])?;
    let begun = Instant::now();
    let (is_good, report) = verified(place)?;
    let whole = begun.elapsed().as_secs_f64();
    ensure!(is_good, "waymark audit verify found a fault: {report}");
    let (verified, hashed) = (figure(&said, "verified_per_second"), figure(&said, "hashed_per_second"));
    let mut group = Group::new(format!("{database}: audit"));
    group.add("events", said["events"].clone(), "");
    group.must("verified per second", verified.round(), "", "≥ 100,000");
    group.add("hashes alone per second", hashed.round(), "");
    group.add("verifying to hashing alone", rounded(verified / hashed), "");
    group.add("`waymark audit verify`, from start to end", rounded(whole), "s");
    group.add("sealed per second, one round after the other", figure(&said, "sealed_per_second").round(), "");
    Ok((vec![group], verified >= LEAST))
}

fn verified(place: &Place) -> anyhow::Result<(bool, String)> {
    let out = place.command(&["audit", "verify"])?.output().context("waymark audit verify")?;
    Ok((out.status.success(), String::from_utf8_lossy(&out.stdout).into_owned()))
}

fn seal(bench: &Bench, place: &Place, database: &str) -> anyhow::Result<(Vec<Group>, bool)> {
    const MOST_WAIT_MS: f64 = 1_500.0;
    let said = bench.crowd(place, "seal", &[bench.plan.seconds, WRITES])?;
    let (is_good, report) = verified(place)?;
    ensure!(is_good, "waymark audit verify found a fault: {report}");
    let (written, oldest) = (figure(&said, "written_per_second"), figure(&said, "oldest_most_ms"));
    let mut group = Group::new(format!("{database}: sealing"));
    group.must("audit rows written per second", written.round(), "", &format!("≥ {LEAST_WRITES}"));
    group.add("rows written", said["written"].clone(), "");
    group.add("rows sealed meanwhile", said["sealed_meanwhile"].clone(), "");
    group.add("most rows that waited", said["waiting_most"].clone(), "");
    group.add("rows that waited at the end", said["waiting_at_the_end"].clone(), "");
    group.add("age of the oldest that waited, p50", rounded(figure(&said, "oldest_p50_ms")), "ms");
    group.must("age of the oldest that waited, most", rounded(oldest), "ms", &format!("≤ {MOST_WAIT_MS}"));
    let good = written >= LEAST_WRITES as f64 && oldest <= MOST_WAIT_MS;
    Ok((vec![group], good))
}

/// What a load counted; times sorted once it has ended.
#[derive(Debug, Default)]
struct Load {
    took: Vec<Duration>,
    failed: u64,
}

impl Load {
    fn count(&mut self, took: Duration, status: u16) {
        if status == 200 {
            self.took.push(took);
        } else {
            self.failed += 1;
        }
    }

    /// Milliseconds within which so many percent were answered.
    fn at(&self, percent: usize) -> f64 {
        let at = self.took.len().saturating_sub(1) * percent / 100;
        self.took.get(at).map_or(0.0, |took| took.as_secs_f64() * 1e3)
    }
}

/// Requests on a timetable: each begins when it should, whether or not the one before was answered, as long as a connection
/// is free; its time counts from when it should have begun.
fn paced(like: &Client, paths: &[String], long: Duration) -> anyhow::Result<Load> {
    let next = AtomicU64::new(0);
    let begun = Instant::now();
    let loads: Vec<Load> = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..CONNECTIONS)
            .map(|_| {
                let (mut client, next) = (like.twin("br"), &next);
                scope.spawn(move || {
                    let mut load = Load::default();
                    loop {
                        let at = next.fetch_add(1, Ordering::Relaxed);
                        let due = begun + Duration::from_millis(at * 1000 / PER_SECOND);
                        if due >= begun + long {
                            return load;
                        }
                        std::thread::sleep(due.saturating_duration_since(Instant::now()));
                        let path = &paths[usize::try_from(at).unwrap_or(0) % paths.len()];
                        let status = client.get(path).map_or(0, |answer| answer.status);
                        load.count(due.elapsed(), status);
                    }
                })
            })
            .collect();
        clients.into_iter().map(|client| client.join().expect("a client does not panic")).collect()
    });
    let mut load = Load::default();
    for one in loads {
        load.took.extend(one.took);
        load.failed += one.failed;
    }
    load.took.sort();
    ensure!(!load.took.is_empty(), "nothing was answered");
    Ok(load)
}

/// The size that is agreed, and what it takes to say another.
impl Default for Plan {
    fn default() -> Self {
        Self {
            profile: Profile::Dev,
            referrals: 100_000,
            events: 1_000,
            audit: 1_000_000,
            specialists: 200,
            busy: 100,
            seconds: 30,
            seed: 1,
            messages: 1_000_000,
            stops: 100_000,
            kills: 104,
            calls: 100_000,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_are_taken_of_the_answered() {
        let mut load = Load::default();
        for ms in 1..=100 {
            load.count(Duration::from_millis(ms), 200);
        }
        load.count(Duration::from_millis(1), 500);
        assert_eq!((load.at(50), load.at(99), load.at(100), load.failed), (50.0, 99.0, 100.0, 1));
        assert_eq!(Load::default().at(99), 0.0);
    }
}

//! Bookings under `kill -9`: many clients race for a few times, the server is killed, and nothing that it had
//! acknowledged may be gone (promise P1).

mod judge;
mod race;

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};

use self::judge::{Facts, Verdict, judge};
use self::race::{Deed, Op, Outcome, Stakes};
use super::evidence::{Evidence, Group, rounded};
use super::http::Client;
use super::lots::Lots;
use super::served::{COORDINATOR, Place, Served};
use crate::needs;
use crate::postgres::Postgres;
use crate::tree::{self, Profile};

/// How much is asked.
pub struct Plan {
    pub kills: u32,
    pub attempts: u64,
    pub seed: u64,
}

/// Clients that race.
const CLIENTS: usize = 16;
/// Between two runs of `waymark check`, in kills.
const CHECK_EVERY: u32 = 10;

/// Races and kills on both databases. 1 when anything is lost, doubled or broken.
///
/// # Errors
/// When something cannot be built or started.
pub fn run(profile: Profile, plan: &Plan, args: &[String]) -> anyhow::Result<u8> {
    needs::install(&[needs::Need::Build, needs::Need::Database])?;
    let waymark = tree::build_server(profile)?;
    let reader = build_reader(profile)?;
    let title = "Bookings under kill -9";
    let mut evidence = Evidence::begin("kill", title, super::typed(args), Some(plan.seed))?;
    evidence.about.push(format!(
        "{CLIENTS} clients, each on a connection of its own, book the same few times for the demonstration's referrals over \
         HTTP, move them and give them back, as a coordinator does. The server is killed with `kill -9` at a random moment \
         0.05–0.6 s after the race began, and started again over the same database, until there were at least {} kills and \
         {} attempts. Each call is noted with its key: answered, refused, or unknown.",
        plan.kills, plan.attempts
    ));
    evidence.about.push(
        "After each start every unknown call and some answered ones are sent again with the same key. Then the database is \
         read, not by the product's own check but by a reader of its own, and compared with the notes: each acknowledged \
         booking is there as booked, or ended by a command that was really sent; each command has one effect; what was \
         refused has none; no two bookings share a clinician's time, now or at any moment in between that the notes prove. \
         `waymark check` runs on the database as the killed server left it."
            .to_owned(),
    );
    evidence.about.push(
        "Both databases write to the disk before they acknowledge (SQLite: WAL, synchronous=FULL; PostgreSQL: fsync and \
         synchronous_commit on). A killed process is not a power cut: what the disk itself does is not measured here."
            .to_owned(),
    );
    let mut good = true;
    let place = Place::with_demonstration(&waymark, None)?;
    good &= one(&place, "SQLite", &reader, plan, &mut evidence)?;
    let postgres = Postgres::start_durable()?;
    let place = Place::with_demonstration(&waymark, Some(postgres.url.clone()))?;
    good &= one(&place, "PostgreSQL", &reader, plan, &mut evidence)?;
    evidence.write()?;
    Ok(u8::from(!good))
}

/// The reader is an example of the store: it knows the tables, and the database library that the product uses.
fn build_reader(profile: Profile) -> anyhow::Result<std::path::PathBuf> {
    let mut command = tree::cargo();
    // Named together, so that nothing is compiled a second time for other features.
    command.args(["build", "--package", "server", "--package", "store", "--example", "bookings"]);
    if profile == Profile::Release {
        command.arg("--release");
    }
    tree::done(&mut command)?;
    Ok(tree::target().join(profile.folder()).join("examples/bookings"))
}

/// What a run on one database counted.
#[derive(Default)]
struct Tally {
    kills: u32,
    unsent: u64,
    unknown: u64,
    /// Unknown calls that turned out to have been carried out.
    unknown_done: u64,
    replayed: u64,
    replayed_differently: u64,
    checks: u32,
    bad_checks: u32,
    restarts: Vec<Duration>,
    faults: Vec<String>,
}

fn one(
    place: &Place,
    name: &str,
    reader: &std::path::Path,
    plan: &Plan,
    evidence: &mut Evidence,
) -> anyhow::Result<bool> {
    let begun = Instant::now();
    let read = || facts(reader, &place.database);
    let before = read()?;
    let mut served = place.serve()?;
    let signed_in = place.sign_in(COORDINATOR)?;
    let stakes = Stakes::find(&mut signed_in.twin("identity"), &before)?;
    let mut lots = Lots::new(plan.seed);
    let mut history: Vec<Op> = Vec::new();
    let mut tally = Tally::default();
    let mut verdict = Verdict::default();
    while tally.kills < plan.kills || (history.len() as u64) < plan.attempts {
        let seed = lots.next();
        let numbered = history.len();
        let race = race::begin(&signed_in, &stakes, begun, seed, CLIENTS, numbered);
        std::thread::sleep(Duration::from_millis(50 + lots.below(551)));
        served.kill()?;
        tally.kills += 1;
        let fresh = race.end();
        ensure!(
            !fresh.iter().any(|op| op.outcome == Outcome::SignedOut),
            "{name}: the session did not survive"
        );
        let at = history.len();
        tally.unsent += fresh.iter().filter(|op| op.outcome == Outcome::NotSent).count() as u64;
        history.extend(fresh.into_iter().filter(|op| op.outcome != Outcome::NotSent));
        if tally.kills % CHECK_EVERY == 1 {
            check(place, &mut tally)?;
        }
        let left = read()?;
        served = place.serve()?;
        tally.restarts.push(served.ready_after);
        repeat(&mut signed_in.twin("identity"), &mut history, at, &left, begun, &mut lots, &mut tally);
        verdict = judge(&history, &before, &read()?);
        if tally.kills % 10 == 0 || !verdict.is_good() {
            eprintln!("{name}: {} kills, {} attempts, {verdict:?}", tally.kills, history.len());
        }
        if !verdict.is_good() {
            break;
        }
    }
    finish(place, served, &mut tally)?;
    let broken = history.iter().filter(|op| op.worst_status >= 500).count();
    let good = verdict.is_good() && broken == 0 && tally.bad_checks == 0 && tally.replayed_differently == 0;
    for fault in verdict.faults.iter().chain(&tally.faults).take(20) {
        eprintln!("{name}: {fault}");
    }
    if broken > 0 {
        eprintln!("{name}: the server said:\n{}", place.said());
    }
    evidence.groups.push(group(name, &stakes, &history, &tally, &verdict, broken, begun.elapsed()));
    Ok(good)
}

/// Sends again, with the same key: all unknown calls of the round, and some that were answered.
fn repeat(
    client: &mut Client,
    history: &mut [Op],
    from: usize,
    left: &Facts,
    begun: Instant,
    lots: &mut Lots,
    tally: &mut Tally,
) {
    let mut answered = 0;
    for op in &mut history[from..] {
        let was_done = left.has(&op.key);
        let again = match op.outcome {
            Outcome::Unknown => true,
            Outcome::Done => answered < 5 && lots.below(4) == 0,
            _ => false,
        };
        if !again {
            continue;
        }
        let was = op.outcome;
        race::send(client, op, begun);
        if was == Outcome::Done {
            answered += 1;
            tally.replayed += 1;
        } else {
            tally.unknown += 1;
            tally.unknown_done += u64::from(was_done);
        }
        // What was carried out answers as it did the first time.
        let same = !was_done || op.outcome == Outcome::Done || matches!(op.deed, Deed::GiveBack);
        if !same || op.outcome == Outcome::Unknown {
            tally.replayed_differently += 1;
            tally
                .faults
                .push(format!("{} had been carried out, and its repeat was {:?}", op.key, op.outcome));
        }
    }
}

fn check(place: &Place, tally: &mut Tally) -> anyhow::Result<()> {
    let (good, said) = place.check()?;
    tally.checks += 1;
    if !good {
        tally.bad_checks += 1;
        tally.faults.push(format!("waymark check: {said}"));
    }
    Ok(())
}

fn finish(place: &Place, served: Served, tally: &mut Tally) -> anyhow::Result<()> {
    served.stop()?;
    check(place, tally)
}

fn facts(reader: &std::path::Path, database: &str) -> anyhow::Result<Facts> {
    let out = Command::new(reader).arg(database).output().context("the reader")?;
    ensure!(out.status.success(), "the reader: {}", String::from_utf8_lossy(&out.stderr));
    serde_json::from_slice(&out.stdout).context("what the reader says")
}

fn group(
    name: &str,
    stakes: &Stakes,
    history: &[Op],
    tally: &Tally,
    verdict: &Verdict,
    broken: usize,
    took: Duration,
) -> Group {
    let count = |fits: &dyn Fn(&Op) -> bool| history.iter().filter(|op| fits(op)).count();
    let books = |op: &Op| matches!(op.deed, Deed::Book { .. });
    let mut group = Group::new(name);
    group.must("kills (`kill -9`)", tally.kills, "", "at least 20");
    group.must("racing attempts", history.len(), "", "at least 5,000");
    group.add("referrals racing", stakes.referrals(), "");
    group.add("times they race for", stakes.slots(), "");
    group.add("bookings acknowledged", count(&|op| books(op) && op.outcome == Outcome::Done), "");
    group.add(
        "bookings refused: somebody was quicker",
        count(&|op| books(op) && op.outcome == Outcome::Refused),
        "",
    );
    group.add("cancellations answered", count(&|op| !books(op)), "");
    group.add("cancellations carried out", verdict.given_back, "");
    group.add("calls unknown when the server died", tally.unknown, "");
    group.add("of these carried out before it died", tally.unknown_done, "");
    group.add("answered calls sent again", tally.replayed, "");
    group.must("repeats that answered otherwise", tally.replayed_differently, "", "0");
    group.must("acknowledged bookings lost", verdict.lost, "", "0");
    group.must("commands with more than one effect", verdict.doubled, "", "0");
    group.must("effects without a command", verdict.unexplained, "", "0");
    group.must("bookings that overlap at the end", verdict.overlaps, "", "0");
    group.must("bookings that overlapped on the way", verdict.overlapped, "", "0");
    group.add("spans of holding compared", verdict.spans, "");
    group.must("responses of 500 and above", broken, "", "0");
    group.must("`waymark check` runs not good", format!("{} of {}", tally.bad_checks, tally.checks), "", "0");
    let mut restarts = tally.restarts.clone();
    restarts.sort();
    let ms = |at: Option<&Duration>| at.map_or(0.0, |at| rounded(at.as_secs_f64() * 1e3));
    group.add("restart until ready, median", ms(restarts.get(restarts.len() / 2)), "ms");
    group.add("restart until ready, worst", ms(restarts.last()), "ms");
    group.add("whole run", took.as_secs(), "s");
    group
}

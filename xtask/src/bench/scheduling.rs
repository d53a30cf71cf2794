//! How long the calendar engine takes, beside engines of others at the same work in the same run.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, ensure};
use serde::Deserialize;
use serde_json::json;

use super::evidence::{Evidence, Group, rounded};
use super::lots::Lots;
use super::twin;
use crate::needs;
use crate::tree::{self, cargo, done};

/// A year of the large calendar.
const WINDOW: [&str; 2] = ["2011-11-01T00:00:00Z", "2012-11-01T00:00:00Z"];

type Busy = (String, String, String);

/// What `crates/interop/examples/calendars.rs` answers.
#[derive(Deserialize)]
struct Ours {
    old_us: f64,
    new_us: f64,
    starts: Vec<String>,
    parse_us: f64,
    events: usize,
    expand_us: f64,
    busy: Vec<Busy>,
}

/// What `bench.py` answers.
#[derive(Deserialize)]
struct Python {
    distant_us: f64,
    starts: Vec<String>,
    parse_us: f64,
    expand_us: f64,
    busy: Vec<Busy>,
}

/// What `bench.mjs` answers.
#[derive(Deserialize)]
struct Node {
    distant_us: f64,
    starts: usize,
    parse_us: f64,
    events: usize,
}

/// What the peers written in Rust answer.
#[derive(Deserialize)]
struct Crates {
    distant_us: f64,
    starts: Vec<String>,
    parse_us: f64,
    events: usize,
}

/// What `crates/scheduling/examples/slots.rs` and `slots.mjs` answer.
#[derive(Deserialize)]
struct Slots {
    us: f64,
    slots: Vec<String>,
}

/// Measures recurrence, calendars and slots; answers the record, not yet written, and whether all is as it is asked. Equal
/// answers are proved before any ratio is told.
///
/// # Errors
/// When something cannot be built or run, or the engines do not agree.
pub fn measure(seed: u64, args: &[String]) -> anyhow::Result<(Evidence, bool)> {
    let mut evidence = Evidence::begin("scheduling", "Scheduling", super::typed(args), Some(seed))?;
    evidence.about.push(
        "Medians. A weekday rule from 1997 and the same from 2025, Europe/London, asked for June 2026. A large calendar \
         (4,778 events) read, and expanded over a year. The slots of one specialist over 28 days, every day from 7 \
         to 19 o'clock, a visit of 15 minutes each quarter of an hour with 5 minutes kept free before and 10 after it, beside \
         500 busy times drawn by lot. Peers at the same work in the same run, and with the same answers."
            .to_owned(),
    );
    let made = tempfile::tempdir()?;
    let mut file = tree::samples().join("scheduling/large-calendar.ics");
    let mut which = "Large calendar, of the samples";
    if !file.is_file() {
        file = made.path().join("twin.ics");
        std::fs::write(&file, twin::calendar(seed))?;
        which = "Large calendar, a generated twin of the samples'";
    }
    done(cargo().args(["build", "--release", "-p", "interop", "--example", "calendars"]))?;
    done(cargo().args(["build", "--release", "-p", "scheduling", "--example", "slots"]))?;
    let folder = tree::root().join("end2end/peers/calendar");
    let peers = tree::target().join("peers/calendar-rust");
    done(
        cargo()
            .args(["build", "--release", "--locked", "--manifest-path"])
            .arg(folder.join("rust/Cargo.toml"))
            .arg("--target-dir")
            .arg(&peers),
    )?;
    needs::node_packages(&folder)?;
    let python = needs::python("calendar", &folder)?;
    let example = |name: &str| Command::new(tree::target().join("release/examples").join(name));
    let ours: Ours = answer(example("calendars").arg(&file).args(WINDOW))?;
    let crates: Crates = answer(Command::new(peers.join("release/waymark-peer-calendar")).arg(&file))?;
    let node: Node = answer(Command::new("node").arg(folder.join("bench.mjs")).arg(&file))?;
    let python: Python = answer(Command::new(python).arg(folder.join("bench.py")).arg(&file).args(WINDOW))?;
    let (own, theirs) = slots(seed, &folder, &mut example("slots"))?;

    ensure!(ours.starts.len() == 22 && ours.starts == python.starts, "the rule's starts differ");
    ensure!(crates.starts == ours.starts, "the crate rrule finds other starts: {:?}", crates.starts);
    ensure!(node.starts == 22, "rrule.js finds {} starts", node.starts);
    ensure!(node.events == ours.events, "ical.js reads {} events, we {}", node.events, ours.events);
    ensure!(crates.events == ours.events, "calcard reads {} events, we {}", crates.events, ours.events);
    let mut busy = ours.busy;
    busy.sort();
    busy.dedup();
    ensure!(busy == python.busy, "busy times of the large calendar differ");
    ensure!(!own.slots.is_empty() && own.slots == theirs.slots, "the free slots differ");

    let ratio = |theirs: f64, own: f64| rounded(theirs / own);
    let mut distant = Group::new("Distant recurrence: 22 results in June 2026");
    distant.must("rule from 1997", rounded(ours.old_us), "µs", "≤ 50 µs");
    distant.must("as a multiple of the rule from 2025", ratio(ours.old_us, ours.new_us), "", "≤ 1.5");
    distant.add("Rust crate rrule 0.14", rounded(crates.distant_us), "µs");
    distant.add("python-dateutil", rounded(python.distant_us), "µs");
    distant.add("rrule.js", rounded(node.distant_us), "µs");
    let mut large = Group::new(which);
    large.add("events", ours.events, "");
    large.add("read", rounded(ours.parse_us / 1e3), "ms");
    let calcard = ratio(crates.parse_us, ours.parse_us);
    large.must("calcard takes so many times as long to read", calcard, "", "≥ 1");
    large.must("ical.js takes so many times as long to read", ratio(node.parse_us, ours.parse_us), "", "≥ 5");
    large.add(
        "PyPI icalendar takes so many times as long to read",
        ratio(python.parse_us, ours.parse_us),
        "",
    );
    large.add("occurrences in the year, the same set", busy.len(), "");
    large.add("expanded", rounded(ours.expand_us / 1e3), "ms");
    let expand = ratio(python.expand_us, ours.expand_us);
    large.must("recurring-ical-events takes so many times as long to expand", expand, "", "≥ 50");
    let mut free = Group::new("Slots: one specialist, 28 days, 500 busy times, a 15-minute grid, buffers");
    free.add("free slots, the same", own.slots.len(), "");
    free.add("found", rounded(own.us), "µs");
    free.must("slot-calculator takes so many times as long", ratio(theirs.us, own.us), "", "≥ 100");
    let is_good = ours.old_us <= 50.0
        && ours.old_us <= 1.5 * ours.new_us
        && crates.parse_us >= ours.parse_us
        && node.parse_us >= 5.0 * ours.parse_us
        && python.expand_us >= 50.0 * ours.expand_us
        && theirs.us >= 100.0 * own.us;
    evidence.groups = vec![distant, large, free];
    Ok((evidence, is_good))
}

/// The free slots as we find them, and as slot-calculator does.
///
/// Busy times begin and end ten minutes after a quarter. With their buffers they fill whole quarters: between these the
/// other one leaves its grid.
fn slots(seed: u64, folder: &Path, ours: &mut Command) -> anyhow::Result<(Slots, Slots)> {
    let mut lots = Lots::new(seed);
    let at =
        |day: u64, minute: u64| format!("2026-03-{:02}T{:02}:{:02}:00Z", 2 + day, minute / 60, minute % 60);
    let busy: Vec<(String, String)> = (0..500)
        .map(|_| {
            let (day, quarter, long) = (lots.below(28), lots.below(48), 1 + lots.below(2));
            let minute = 7 * 60 + 15 * quarter + 10;
            (at(day, minute), at(day, minute + 15 * long))
        })
        .collect();
    let asked = json!({ "from": at(0, 0), "to": at(28, 0), "busy": busy });
    let folder_of_files = tempfile::tempdir()?;
    let file = folder_of_files.path().join("asked.json");
    std::fs::write(&file, asked.to_string())?;
    let theirs = Command::new("node").arg(folder.join("slots.mjs")).arg(&file).output()?;
    ensure!(theirs.status.success(), "slots.mjs: {}", String::from_utf8_lossy(&theirs.stderr));
    Ok((answer(ours.arg(&file))?, serde_json::from_slice(&theirs.stdout)?))
}

fn answer<T: serde::de::DeserializeOwned>(command: &mut Command) -> anyhow::Result<T> {
    let line = tree::shown(command);
    let out = command.output().with_context(|| format!("could not start `{line}`"))?;
    let said = String::from_utf8_lossy(&out.stderr);
    ensure!(out.status.success(), "`{line}` ended with {}: {said}", out.status);
    serde_json::from_slice(&out.stdout).with_context(|| format!("`{line}` answered no JSON"))
}

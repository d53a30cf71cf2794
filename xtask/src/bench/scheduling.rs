//! How long the calendar engine takes, beside engines of others at the same work in the same run.

use std::process::Command;

use anyhow::{Context, ensure};
use serde::Deserialize;

use super::evidence::{Evidence, Group, rounded};
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

/// Measures recurrence and calendars. Equal answers are proved before any ratio is told.
///
/// # Errors
/// When something cannot be built or run, or the engines do not agree.
pub fn run(args: &[String]) -> anyhow::Result<u8> {
    let mut evidence = Evidence::begin("scheduling", "Calendars and recurrence", super::typed(args), None)?;
    evidence.about.push(
        "Medians. A weekday rule from 1997 and the same from 2025, Europe/London, asked for June 2026. The large calendar of \
         the samples (4,778 events) read, and expanded over a year; peers at the same work in the same run, and with the \
         same answers."
            .to_owned(),
    );
    let file = tree::samples().join("scheduling/large-calendar.ics");
    ensure!(file.is_file(), "the large calendar is missing: {}", file.display());
    done(cargo().args(["build", "--release", "--package", "interop", "--example", "calendars"]))?;
    let folder = tree::root().join("end2end/peers/calendar");
    needs::node_packages(&folder)?;
    let python = needs::python("calendar", &folder)?;
    let ours: Ours =
        answer(Command::new(tree::target().join("release/examples/calendars")).arg(&file).args(WINDOW))?;
    let node: Node = answer(Command::new("node").arg(folder.join("bench.mjs")).arg(&file))?;
    let python: Python = answer(Command::new(python).arg(folder.join("bench.py")).arg(&file).args(WINDOW))?;

    ensure!(ours.starts.len() == 22 && ours.starts == python.starts, "the rule's starts differ");
    ensure!(node.starts == 22, "rrule.js finds {} starts", node.starts);
    ensure!(node.events == ours.events, "ical.js reads {} events, we {}", node.events, ours.events);
    let mut busy = ours.busy;
    busy.sort();
    busy.dedup();
    ensure!(busy == python.busy, "busy times of the large calendar differ");

    let ratio = |theirs: f64, own: f64| rounded(theirs / own);
    let mut distant = Group::new("Distant recurrence: 22 results in June 2026");
    distant.must("rule from 1997", rounded(ours.old_us), "µs", "≤ 50 µs");
    distant.must("as a multiple of the rule from 2025", ratio(ours.old_us, ours.new_us), "", "≤ 1.5");
    distant.add("python-dateutil", rounded(python.distant_us), "µs");
    distant.add("rrule.js", rounded(node.distant_us), "µs");
    let mut large = Group::new("Large calendar");
    large.add("events", ours.events, "");
    large.add("read", rounded(ours.parse_us / 1e3), "ms");
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
    let is_good = ours.old_us <= 50.0
        && ours.old_us <= 1.5 * ours.new_us
        && node.parse_us >= 5.0 * ours.parse_us
        && python.expand_us >= 50.0 * ours.expand_us;
    evidence.groups = vec![distant, large];
    evidence.write()?;
    Ok(u8::from(!is_good))
}

fn answer<T: serde::de::DeserializeOwned>(command: &mut Command) -> anyhow::Result<T> {
    let line = tree::shown(command);
    let out = command.output().with_context(|| format!("could not start `{line}`"))?;
    let said = String::from_utf8_lossy(&out.stderr);
    ensure!(out.status.success(), "`{line}` ended with {}: {said}", out.status);
    serde_json::from_slice(&out.stdout).with_context(|| format!("`{line}` answered no JSON"))
}

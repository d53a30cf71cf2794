//! `cargo xtask bench matching`: many waiting patients to many slots, against OR-Tools on the same question.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, ensure};
use serde_json::Value;

use super::evidence::{Evidence, Group, rounded};
use crate::{needs, tree};

/// Patients, slots, options of each.
const SIZES: [(u64, u64, u64); 2] = [(10_000, 12_000, 50), (50_000, 60_000, 30)];
/// Times each solver is asked; the shortest counts, so that what else the machine does counts least.
const TIMES: usize = 3;
/// How many times OR-Tools' time may be taken.
const MOST: f64 = 2.0;

/// Measures and leaves evidence; 1 when an optimum differs or takes too long.
///
/// # Errors
/// When something cannot be built, installed or run.
pub fn run(seed: u64, args: &[String]) -> anyhow::Result<u8> {
    needs::install(&[needs::Need::Build, needs::Need::Python])?;
    let ours = build()?;
    let scripts = tree::root().join("xtask/src/bench/matching");
    let python = needs::python("matching", &scripts)?;
    let mut evidence = Evidence::begin("matching", "Bulk matching", super::typed(args), Some(seed))?;
    evidence.about.push(
        "Made-up waiting lists: each patient has a target and can take slots after it, nearer ones more often; a cost is the \
         minutes beyond the target, a quarter of the slots cost a week more. `scheduling::matching::assign` (release build, one \
         thread) and OR-Tools' minimum cost flow (PyPI, one thread) get the same costs in the same run, in turn; times are \
         the processor's, the shortest of three counts. With one class both seek as many patients as possible and then the least cost."
            .to_owned(),
    );
    evidence.about.push(
        "With three classes the optimum is lexicographic: the most urgent class first, in number and then in cost. The greedy \
         answer lets each patient, by class and place in the list, take the best of what is left."
            .to_owned(),
    );
    let folder = tempfile::tempdir()?;
    let mut good = true;
    for size @ (patients, slots, options) in SIZES {
        let (mut best, mut theirs) = (f64::MAX, f64::MAX);
        let (mut found, mut optimum) = (Value::Null, Value::Null);
        for _ in 0..TIMES {
            found = ask(&ours, size, 1, seed, folder.path())?;
            best = best.min(number(&found, "seconds"));
            optimum = said(Command::new(&python).arg(scripts.join("flow.py")).arg(folder.path()))?;
            theirs = theirs.min(number(&optimum, "seconds"));
        }
        let class = &found["classes"][0];
        let is_same = class["placed"] == optimum["placed"] && class["cost"] == optimum["cost"];
        let mut group = Group::new(format!("{patients} patients, {slots} slots, {options} options each"));
        group.add("placed", class["placed"].clone(), "");
        group.add("cost", class["cost"].clone(), "");
        group.must("optimum", if is_same { "the same" } else { "another" }, "", "the same");
        group.add("time", rounded(best), "s");
        group.add("OR-Tools' time", rounded(theirs), "s");
        group.must("time to OR-Tools' time", rounded(best / theirs), "", &format!("≤ {MOST}"));
        good &= is_same && best / theirs <= MOST;
        evidence.groups.push(group);
        let fair = ask(&ours, size, 3, seed, folder.path())?;
        let mut group =
            Group::new(format!("{patients} patients in three classes, against the greedy answer"));
        group.add("time", rounded(number(&fair, "seconds")), "s");
        for class in fair["classes"].as_array().context("classes")? {
            let name = |what: &str| format!("class {}: {what}", class["class"]);
            for (what, ours, greedy) in [
                ("placed", "placed", "greedy_placed"),
                ("cost", "cost", "greedy_cost"),
                ("would rather have a slot of their own class", "envious", "greedy_envious"),
            ] {
                group.add(&name(what), class[ours].clone(), "");
                group.add(&name(&format!("{what}, greedy")), class[greedy].clone(), "");
            }
        }
        evidence.groups.push(group);
    }
    evidence.write()?;
    Ok(u8::from(!good))
}

fn build() -> anyhow::Result<std::path::PathBuf> {
    let mut command = tree::cargo();
    command.args(["build", "--release", "--package", "scheduling", "--example", "matching"]);
    tree::done(&mut command)?;
    Ok(tree::target().join("release/examples/matching"))
}

fn ask(
    ours: &Path,
    (patients, slots, options): (u64, u64, u64),
    classes: u64,
    seed: u64,
    folder: &Path,
) -> anyhow::Result<Value> {
    let numbers = [patients, slots, options, classes, seed].map(|number| number.to_string());
    said(Command::new(ours).args(numbers).arg(folder))
}

fn said(command: &mut Command) -> anyhow::Result<Value> {
    let line = tree::shown(command);
    let out = command.output().with_context(|| line.clone())?;
    ensure!(out.status.success(), "{line}: {}", String::from_utf8_lossy(&out.stderr));
    serde_json::from_slice(&out.stdout).with_context(|| format!("{line} said no JSON"))
}

fn number(said: &Value, name: &str) -> f64 {
    said[name].as_f64().unwrap_or_default()
}

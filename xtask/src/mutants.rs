//! `cargo xtask mutants`: changes the pure policy in every way that cargo-mutants knows, and sees whether a test of `domain`
//! notices. What came of it is left in `docs/evidence`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};
use serde_json::Value;

use crate::Misuse;
use crate::bench::evidence::{Evidence, Group, rounded};
use crate::tree::{self, cargo, done};

pub const USAGE: &str = "mutants [policy|times|--sum]       change domain's rules in every way, see whether its tests notice; --sum adds parts up";

/// The tool and its version, from crates.io.
const TOOL: (&str, &str) = ("cargo-mutants", "27.1.0");

/// The policy: who may see and do what, which act leads where.
const POLICY: &[&str] = &[
    "actor.rs",
    "emergency.rs",
    "policy.rs",
    "policy/delegation.rs",
    "policy/papers.rs",
    "role.rs",
    "referral/act.rs",
    "referral/kind.rs",
    "referral/machine.rs",
    "referral/state.rs",
];

/// Who owes what by when, and what others call it.
const TIMES: &[&str] = &[
    "calendar_days.rs",
    "delivery.rs",
    "priority.rs",
    "referral/clock.rs",
    "referral/duty.rs",
    "referral/mapping.rs",
    "referral/plan.rs",
    "referral/waiting.rs",
];

/// Both parts with their names.
const PARTS: [(&str, &[&str]); 2] = [("policy", POLICY), ("times", TIMES)];

/// The test that is left out.
const SLOW: &str = "no_open_referral_is_without_owner";

/// The tool's report, below the folder of a run.
const REPORT: &str = "mutants.out/outcomes.json";

/// The least share of mutants that tests must kill, in percent.
const ASKED: f64 = 95.0;

/// What came of the mutants of one file.
#[derive(Debug, Default, PartialEq)]
struct Tally {
    /// A test failed.
    killed: u64,
    /// No test noticed.
    survived: Vec<String>,
    /// The tests no longer came to an end, which is noticed too.
    stuck: u64,
    /// It does not compile, so it is no mutant.
    unviable: u64,
}

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Wish {
    All,
    /// One of the two parts; its evidence counts what of the other one was run before.
    Part(&'static str),
    Sum,
}

/// Runs all mutants, or one part of them; fails when too many live.
///
/// # Errors
/// [`Misuse`] for an unknown argument; otherwise when the tool cannot be installed or run.
pub fn run(args: &[String]) -> anyhow::Result<u8> {
    match parse(args)? {
        Wish::Part(part) => {
            mutate(part)?;
            sum()
        }
        Wish::Sum => sum(),
        Wish::All => {
            let folder = folder();
            if folder.exists() {
                std::fs::remove_dir_all(&folder).with_context(|| folder.display().to_string())?;
            }
            for (part, _) in PARTS {
                mutate(part)?;
            }
            sum()
        }
    }
}

fn parse(args: &[String]) -> Result<Wish, Misuse> {
    match args {
        [] => Ok(Wish::All),
        [sum] if sum == "--sum" => Ok(Wish::Sum),
        [name] => match PARTS.iter().find(|(part, _)| part == name) {
            Some((part, _)) => Ok(Wish::Part(part)),
            None => Err(Misuse(format!("there is no part {name:?}\nUsage: cargo xtask {USAGE}"))),
        },
        _ => Err(Misuse(format!("Usage: cargo xtask {USAGE}"))),
    }
}

/// Where each run leaves what came of it.
fn folder() -> PathBuf {
    tree::target().join("mutants")
}

fn mutate(part: &str) -> anyhow::Result<()> {
    let program = install()?;
    let out = folder().join(part);
    std::fs::create_dir_all(&out)?;
    let mut command = Command::new(program);
    command.current_dir(tree::root()).args(["mutants", "--package", "domain", "--test-package", "domain"]);
    command.args(["--baseline", "skip", "--timeout", "30", "--jobs", "1", "--no-shuffle"]);
    command.arg("--output").arg(&out);
    for file in PARTS.iter().filter(|(name, _)| *name == part).flat_map(|(_, files)| *files) {
        command.args(["--file", &format!("crates/domain/src/{file}")]);
    }
    // A test of random sequences takes seconds for each mutant, and what only luck would find does not count here.
    command.args(["--", "--lib", "--", "--skip", SLOW]);
    // What others wrote stays compiled from one run to the next.
    command.env("CARGO_TARGET_DIR", tree::target().join("mutants-build"));
    // Its status says that some lived; how many, and which, is read from its report.
    let line = tree::shown(&command);
    eprintln!("+ {line}");
    command.status().with_context(|| format!("could not start `{line}`"))?;
    let report = out.join(REPORT);
    ensure!(report.is_file(), "it left no {}", report.display());
    Ok(())
}

/// Adds up what the runs left, as evidence.
fn sum() -> anyhow::Result<u8> {
    let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
    let mut runs = Vec::new();
    for entry in std::fs::read_dir(folder()).context("nothing has been run")?.flatten() {
        let Ok(text) = std::fs::read_to_string(entry.path().join(REPORT)) else {
            continue;
        };
        runs.push(entry.file_name().to_string_lossy().into_owned());
        count(&text, &mut tallies)?;
    }
    ensure!(!tallies.is_empty(), "there was no mutant");
    let share = share(tallies.values());
    let command = match runs.as_slice() {
        [part] => format!("cargo xtask mutants {part}"),
        _ => "cargo xtask mutants".to_owned(),
    };
    let mut evidence = Evidence::begin("mutants", "Mutants of the rules", command, None)?;
    evidence.about = vec![format!(
        "{} {} changes each of `domain`'s rules in every way it knows: an answer replaced by another, an operator by its \
         opposite, an arm of a match left out. A mutant is killed when a test of `domain` fails or no longer ends. What does \
         not compile is no mutant. The test of random sequences is left out, so that luck kills none.",
        TOOL.0, TOOL.1
    )];
    let mut all = Group::new("All rules");
    let of = |count: fn(&Tally) -> u64| tallies.values().map(count).sum::<u64>();
    all.add("mutants", of(|tally| tally.killed + tally.stuck + tally.survived.len() as u64), "");
    all.add("killed by a failing test", of(|tally| tally.killed), "");
    all.add("killed by no end", of(|tally| tally.stuck), "");
    all.add("lived", of(|tally| tally.survived.len() as u64), "");
    all.must("killed", rounded(share), "%", &format!("≥ {ASKED}"));
    evidence.groups.push(all);
    let mut each = Group::new("Each file");
    for (file, tally) in &tallies {
        each.add(file, rounded(self::share([tally].into_iter())), "% killed");
    }
    evidence.groups.push(each);
    let mut lived = Group::new("Lived");
    for (file, tally) in &tallies {
        for mutant in &tally.survived {
            lived.add(file, mutant.as_str(), "");
        }
    }
    if !lived.figures.is_empty() {
        evidence.groups.push(lived);
    }
    evidence.write()?;
    Ok(u8::from(share < ASKED))
}

/// The tool, below the target folder, so that nothing is put on the machine.
fn install() -> anyhow::Result<PathBuf> {
    let root = tree::target().join("tools");
    let program = root.join("bin").join(TOOL.0);
    if !is_there(&program) {
        let mut command = cargo();
        command.args(["install", TOOL.0, "--version", TOOL.1, "--locked", "--root"]).arg(&root);
        done(&mut command)?;
    }
    Ok(program)
}

fn is_there(program: &Path) -> bool {
    let said = Command::new(program).args(["mutants", "--version"]).output();
    said.is_ok_and(|said| String::from_utf8_lossy(&said.stdout).contains(TOOL.1))
}

/// Adds the outcomes of a report of the tool, by file below `domain/src`.
fn count(json: &str, tallies: &mut BTreeMap<String, Tally>) -> anyhow::Result<()> {
    let report: Value = serde_json::from_str(json).context(REPORT)?;
    for outcome in report["outcomes"].as_array().context("a report without outcomes")? {
        // The baseline has no mutant.
        let Some(mutant) = outcome["scenario"].get("Mutant") else {
            continue;
        };
        let file = mutant["file"].as_str().context("a mutant without a file")?;
        let file = file.rsplit_once("domain/src/").map_or(file, |(_, file)| file).to_owned();
        let tally = tallies.entry(file).or_default();
        match outcome["summary"].as_str() {
            Some("CaughtMutant") => tally.killed += 1,
            Some("Timeout") => tally.stuck += 1,
            Some("Unviable") => tally.unviable += 1,
            Some("MissedMutant") => {
                let name = mutant["name"].as_str().unwrap_or("?");
                tally.survived.push(name.split_once("domain/src/").map_or(name, |(_, name)| name).to_owned());
            }
            other => anyhow::bail!("a mutant came out as {other:?}"),
        }
    }
    Ok(())
}

/// How many of those that compile were killed, in percent.
fn share<'a>(tallies: impl Iterator<Item = &'a Tally>) -> f64 {
    let (mut killed, mut all) = (0, 0);
    for tally in tallies {
        killed += tally.killed + tally.stuck;
        all += tally.killed + tally.stuck + tally.survived.len() as u64;
    }
    if all == 0 { 100.0 } else { 100.0 * killed as f64 / all as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = r#"{"outcomes": [
        {"scenario": "Baseline", "summary": "Success"},
        {"scenario": {"Mutant": {"file": "crates/domain/src/policy.rs", "name": "crates/domain/src/policy.rs:1:2: replace may -> bool with true"}}, "summary": "CaughtMutant"},
        {"scenario": {"Mutant": {"file": "crates/domain/src/policy.rs", "name": "crates/domain/src/policy.rs:9:2: replace may -> bool with false"}}, "summary": "MissedMutant"},
        {"scenario": {"Mutant": {"file": "crates/domain/src/policy.rs", "name": "x"}}, "summary": "Timeout"},
        {"scenario": {"Mutant": {"file": "crates/domain/src/role.rs", "name": "y"}}, "summary": "Unviable"}
    ]}"#;

    #[test]
    fn the_report_is_counted_by_file() {
        let mut tallies = BTreeMap::new();
        count(SAMPLE, &mut tallies).unwrap();
        let policy = Tally {
            killed: 1,
            survived: vec!["policy.rs:9:2: replace may -> bool with false".into()],
            stuck: 1,
            unviable: 0,
        };
        assert_eq!(tallies["policy.rs"], policy);
        assert_eq!(tallies["role.rs"].unviable, 1);
        assert_eq!(rounded(share(tallies.values())), 66.67, "what does not compile does not count");
    }

    #[test]
    fn a_part_is_named() {
        assert_eq!(parse(&["policy".to_owned()]).unwrap(), Wish::Part("policy"));
        assert_eq!(parse(&[]).unwrap(), Wish::All);
        assert!(parse(&["manners".to_owned()]).unwrap_err().0.contains("manners"));
    }

    #[test]
    fn every_rule_that_is_named_is_there() {
        for file in PARTS.iter().flat_map(|(_, files)| *files) {
            assert!(tree::root().join("crates/domain/src").join(file).is_file(), "{file}");
        }
    }
}

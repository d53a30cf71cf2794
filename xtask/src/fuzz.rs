//! `cargo xtask fuzz`: files drawn by lot and steered by what they reach (libFuzzer) against the calendar's reader and engine.
//!
//! The targets and what must hold of each file lie in `fuzz`, apart from the workspace. What a run finds is kept below
//! `target/fuzz`; `--keep` takes into `fuzz/corpus`, which the ordinary tests replay, what reaches something new.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, ensure};

use crate::Misuse;
use crate::bench::evidence::{Evidence, Group};
use crate::tree::{self, cargo, done, shown};

pub const USAGE: &str = "fuzz [calendar|rule|slots] [--seconds N] [--keep]   hostile files against reader and engine; --keep adds to the corpus";

const TARGETS: [&str; 3] = ["calendar", "rule", "slots"];
/// Counters in every branch, for libFuzzer to steer by. No sanitizer: our code has nothing unsafe.
const COUNTERS: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1 --cfg=fuzzing";
/// The longest file tried, in bytes; the seconds that one may take; and the megabytes.
const LIMITS: [&str; 3] = ["-max_len=6000", "-timeout=30", "-rss_limit_mb=1500"];
/// The fewest files that reach every branch, however often each runs through it.
const FEW: [&str; 2] = ["-set_cover_merge=1", "-use_counters=0"];

/// What was asked for.
#[derive(Debug, PartialEq, Eq)]
struct Wish {
    targets: Vec<&'static str>,
    seconds: u64,
    corpus: Corpus,
}

/// What becomes of files that reach something new.
#[derive(Debug, PartialEq, Eq)]
enum Corpus {
    AsItIs,
    Grows,
}

/// Runs one target, or all, each for the given time; fails when a file breaks what must hold.
///
/// # Errors
/// [`Misuse`] for an unknown argument; otherwise when something cannot be built or run.
pub fn run(args: &[String]) -> anyhow::Result<u8> {
    let wish = parse(args)?;
    let typed = format!("cargo xtask fuzz {}", args.join(" ")).trim_end().to_owned();
    let mut evidence = Evidence::begin("fuzz", "Hostile calendars, rules and sessions", typed, None)?;
    evidence.about.push(
        "libFuzzer over the calendar's reader, the recurrence engine and the slot engine, from the kept corpus on. A fault is a \
         panic, an overflow, a broken law (fuzz/src/checks.rs), more than 30 s or more than 1,500 MB for one file."
            .to_owned(),
    );
    let folder = tree::root().join("fuzz");
    let built = tree::target().join("fuzz");
    let host = host()?;
    // The flags are for the targets alone, not for what runs while they are built.
    done(
        cargo()
            .args(["build", "--release", "--locked", "--target", &host, "--manifest-path"])
            .arg(folder.join("Cargo.toml"))
            .arg("--target-dir")
            .arg(&built)
            .env("RUSTFLAGS", COUNTERS),
    )?;
    let mut status = 0;
    for target in &wish.targets {
        let program = built.join(&host).join("release").join(target);
        let group = fuzzed(target, &program, &built, &folder.join("corpus").join(target), &wish)?;
        status = status.max(group.1);
        evidence.groups.push(group.0);
    }
    if wish.targets.len() == TARGETS.len() {
        evidence.write()?;
    }
    Ok(status)
}

fn fuzzed(
    target: &str,
    program: &Path,
    built: &Path,
    corpus: &Path,
    wish: &Wish,
) -> anyhow::Result<(Group, u8)> {
    let (found, faults) = (built.join("found").join(target), built.join("faults"));
    std::fs::create_dir_all(&found)?;
    std::fs::create_dir_all(&faults)?;
    let prefix = faults.join(format!("{target}-"));
    let mut command = Command::new(program);
    command
        .args(LIMITS)
        .arg(format!("-max_total_time={}", wish.seconds))
        .arg(format!("-artifact_prefix={}", prefix.display()))
        .arg("-print_final_stats=1")
        .args([&found, corpus]);
    let line = shown(&command);
    eprintln!("+ {line}");
    let out = command.output().with_context(|| format!("could not start `{line}`"))?;
    let said = String::from_utf8_lossy(&out.stderr);
    let is_good = out.status.success();
    if !is_good {
        eprintln!("{}", tail(&said, 40));
    }
    if wish.corpus == Corpus::Grows && is_good {
        done(Command::new(program).args(LIMITS).args(FEW).args([corpus, &found]))?;
    }
    let number = |before: &str| last_number(&said, before).unwrap_or_default();
    let mut group = Group::new(target);
    group.add("files tried", number("stat::number_of_executed_units:"), "");
    group.add("time", wish.seconds, "s");
    group.add("branches reached", number("cov:"), "");
    group.add("largest memory", number("stat::peak_rss_mb:"), "MB");
    group.must("faults", u8::from(!is_good), "", "0");
    Ok((group, u8::from(!is_good)))
}

/// The number after the last such word.
fn last_number(text: &str, before: &str) -> Option<u64> {
    let (_, after) = text.rsplit_once(before)?;
    after.split_whitespace().next()?.parse().ok()
}

fn tail(text: &str, lines: usize) -> String {
    let all: Vec<&str> = text.lines().collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}

/// The triple of this machine, as `rustc` says it.
fn host() -> anyhow::Result<String> {
    let out = Command::new("rustc").current_dir(tree::root()).arg("-vV").output().context("rustc")?;
    let said = String::from_utf8_lossy(&out.stdout).into_owned();
    let host = said.lines().find_map(|line| line.strip_prefix("host: ")).map(str::to_owned);
    ensure!(out.status.success(), "`rustc -vV` ended with {}", out.status);
    host.context("`rustc -vV` names no host")
}

fn parse(args: &[String]) -> Result<Wish, Misuse> {
    let mut wish = Wish { targets: Vec::new(), seconds: 60, corpus: Corpus::AsItIs };
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--keep" => wish.corpus = Corpus::Grows,
            "--seconds" => {
                let seconds = args.next().and_then(|value| value.parse().ok()).filter(|seconds| *seconds > 0);
                wish.seconds = seconds.ok_or_else(|| {
                    Misuse("--seconds wants a whole number, for example --seconds 60".into())
                })?;
            }
            name => match TARGETS.iter().find(|target| **target == name) {
                Some(target) if wish.targets.is_empty() => wish.targets.push(target),
                _ => return Err(Misuse(format!("unknown argument {name:?}\nUsage: cargo xtask {USAGE}"))),
            },
        }
    }
    if wish.targets.is_empty() {
        wish.targets = TARGETS.to_vec();
    }
    Ok(wish)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(String::from).collect()
    }

    #[test]
    fn without_arguments_every_target_runs_for_a_minute() {
        let wish = parse(&[]).unwrap();
        assert_eq!((wish.targets.len(), wish.seconds, wish.corpus), (3, 60, Corpus::AsItIs));
    }

    #[test]
    fn a_bad_argument_is_refused_by_name() {
        for (line, name) in [("--seconds many", "--seconds"), ("--seconds 0", "--seconds"), ("fly", "fly")] {
            assert!(parse(&words(line)).unwrap_err().0.contains(name), "{line}");
        }
    }

    #[test]
    fn every_target_has_a_program_and_a_corpus() {
        for target in TARGETS {
            assert!(tree::root().join(format!("fuzz/src/bin/{target}.rs")).is_file());
            assert!(tree::root().join("fuzz/corpus").join(target).is_dir());
        }
    }

    #[test]
    fn figures_are_taken_from_what_libfuzzer_says() {
        let said = "#12 NEW cov: 7 ft: 1\n#20 DONE cov: 4859 ft: 2\nstat::number_of_executed_units: 32875\n";
        assert_eq!(last_number(said, "cov:"), Some(4859));
        assert_eq!(last_number(said, "stat::number_of_executed_units:"), Some(32_875));
        assert_eq!(last_number(said, "stat::peak_rss_mb:"), None);
    }
}

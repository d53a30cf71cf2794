//! `cargo xtask test`: the whole gate.

use std::time::Instant;

use crate::needs::{self, Need};
use crate::steps::{Bench, STEPS, Step};
use crate::{Misuse, tree};

pub const USAGE: &str =
    "test [--only STEP]                     fmt, bans, clippy, tests, journeys; a STEP is one of these";

/// How a step ended.
struct Ending {
    name: &'static str,
    passed: usize,
    failed: usize,
    seconds: f64,
}

/// Installs what is missing, goes through every step even after a failure, and prints a summary.
///
/// # Errors
/// [`Misuse`] for an unknown argument or packages that we may not install.
pub fn run(args: &[String]) -> anyhow::Result<u8> {
    let steps = parse(args)?;
    let mut wanted: Vec<Need> = steps.iter().flat_map(|step| step.needs).copied().collect();
    wanted.dedup();
    needs::install(&wanted)?;
    let mut bench = Bench::default();
    let mut endings = Vec::new();
    for step in steps {
        println!("\n== {}", step.name);
        let start = Instant::now();
        let (passed, failed) = counted((step.run)(&mut bench));
        endings.push(Ending { name: step.name, passed, failed, seconds: start.elapsed().as_secs_f64() });
    }
    drop(bench);
    let (text, failed) = summary(&endings);
    println!("\n{text}");
    Ok(u8::from(failed > 0))
}

fn parse(args: &[String]) -> Result<Vec<&'static Step>, Misuse> {
    match args {
        [] => Ok(STEPS.iter().collect()),
        [only, name] if only == "--only" => {
            STEPS.iter().find(|step| step.name == name).map(|step| vec![step]).ok_or_else(|| {
                let names: Vec<&str> = STEPS.iter().map(|step| step.name).collect();
                Misuse(format!("--only: there is no step {name:?}; there are {}", names.join(", ")))
            })
        }
        _ => Err(Misuse(format!("Usage: cargo xtask {USAGE}"))),
    }
}

/// A step's tests where it has some, else the step itself as one. What is ignored or skipped fails at the gate, where
/// everything needed is there.
fn counted(result: anyhow::Result<crate::output::Tally>) -> (usize, usize) {
    match result {
        Ok(tally) => {
            let left_out = tally.ignored + tally.skipped.len();
            for line in &tally.skipped {
                println!("{line}");
            }
            if left_out > 0 {
                println!("{left_out} tests did not run");
            }
            let failed = tally.failed + if tree::is_ci() { left_out } else { 0 };
            if tally.passed + failed == 0 { (1, 0) } else { (tally.passed, failed) }
        }
        Err(error) => {
            println!("{error:#}");
            (0, 1)
        }
    }
}

fn summary(endings: &[Ending]) -> (String, usize) {
    let mut text = String::new();
    for ending in endings {
        let word = if ending.failed == 0 { "ok" } else { "failed" };
        text.push_str(&format!("{:<10} {word:<7} {:>7.1} s\n", ending.name, ending.seconds));
    }
    let passed: usize = endings.iter().map(|ending| ending.passed).sum();
    let failed: usize = endings.iter().map(|ending| ending.failed).sum();
    text.push_str(&format!("{passed} passed, {failed} failed"));
    (text, failed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::Tally;

    #[test]
    fn a_step_without_tests_counts_as_one() {
        assert_eq!(counted(Ok(Tally::default())), (1, 0));
        assert_eq!(counted(Err(anyhow::anyhow!("no"))), (0, 1));
    }

    #[test]
    fn the_last_line_sums_up() {
        let ending = |name, passed, failed| Ending { name, passed, failed, seconds: 1.0 };
        let (text, failed) = summary(&[ending("fmt", 1, 0), ending("tests", 40, 2)]);
        assert_eq!(failed, 2);
        assert_eq!(text.lines().last(), Some("41 passed, 2 failed"));
        assert!(text.contains("tests      failed"));
    }

    #[test]
    fn a_step_that_is_not_there_is_named() {
        let error = parse(&["--only".into(), "flying".into()]).unwrap_err();
        assert!(error.0.contains("flying") && error.0.contains("clippy"));
    }
}

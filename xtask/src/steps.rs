//! The gate's steps, one function each.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

use crate::caldav::CalDav;
use crate::needs::{self, Need, WASM, locked_cargo};
use crate::output::Tally;
use crate::postgres::Postgres;
use crate::s3::S3;
use crate::tree::{self, Profile, cargo, done};
use crate::{bans, site};

/// One step: its name, what it needs from the machine, what it does.
#[derive(Debug)]
pub struct Step {
    pub name: &'static str,
    pub needs: &'static [Need],
    pub run: fn(&mut Bench) -> anyhow::Result<Tally>,
}

/// Every step, in order.
pub const STEPS: &[Step] = &[
    Step { name: "fmt", needs: &[], run: fmt },
    Step { name: "bans", needs: &[], run: ban_list },
    Step { name: "clippy", needs: &[Need::Build], run: clippy },
    Step { name: "tests", needs: &[Need::Build, Need::Database, Need::Python, Need::Scanner], run: tests },
    Step { name: "journeys", needs: &[Need::Build, Need::Database, Need::Browser], run: journeys },
];

/// What several steps share: the database server, started by the first that needs it, stopped when this is dropped.
#[derive(Default)]
pub struct Bench {
    postgres: Option<Postgres>,
}

impl Bench {
    fn postgres(&mut self) -> anyhow::Result<&str> {
        if self.postgres.is_none() {
            self.postgres = Some(Postgres::start()?);
        }
        Ok(self.postgres.as_ref().map(|server| server.url.as_str()).expect("it was started just above"))
    }
}

fn fmt(_: &mut Bench) -> anyhow::Result<Tally> {
    done(cargo().args(["fmt", "--all", "--check"]))?;
    Ok(Tally::default())
}

fn ban_list(_: &mut Bench) -> anyhow::Result<Tally> {
    match bans::check(&tree::root())? {
        0 => Ok(Tally::default()),
        found => bail!("{found} banned things found"),
    }
}

fn clippy(_: &mut Bench) -> anyhow::Result<Tally> {
    let deny = ["--", "-D", "warnings"];
    // Both are always run, so that one report has everything.
    let server = done(
        locked_cargo("clippy").args(["--workspace", "--exclude", "frontend", "--all-targets"]).args(deny),
    );
    let browser = done(locked_cargo("clippy").args(["--package", "frontend", "--target", WASM]).args(deny));
    server.and(browser)?;
    Ok(Tally::default())
}

fn tests(bench: &mut Bench) -> anyhow::Result<Tally> {
    let (s3, caldav) = (S3::start()?, CalDav::start()?);
    let mut command = locked_cargo("test");
    command.args(["--workspace", "--exclude", "frontend", "--no-fail-fast"]);
    command.args(["--", "--show-output"]);
    command.env("WAYMARK_TEST_S3", &s3.endpoint).env("WAYMARK_TEST_CALDAV", &caldav.origin);
    command.env("WAYMARK_SAMPLES", tree::samples()).env("WAYMARK_TEST_POSTGRES", bench.postgres()?);
    tallied(&mut command)
}

fn journeys(bench: &mut Bench) -> anyhow::Result<Tally> {
    let site = site::build(Profile::Dev)?;
    let waymark = tree::build_server(Profile::Dev)?;
    let chromium = needs::chromium().context("there is no chromium on PATH")?;
    let mut command = Command::new("npm");
    command
        .args(["test", "--silent"])
        .current_dir(tree::root().join("end2end"))
        .env("WAYMARK_BIN", waymark)
        .env("WAYMARK_SITE_DIR", site)
        .env("CHROMIUM", chromium)
        .env("WAYMARK_TEST_POSTGRES", bench.postgres()?);
    let tally = tallied(&mut command)?;
    if tally.passed + tally.failed == 0 {
        bail!("no journey ran");
    }
    Ok(tally)
}

/// Runs a test runner, shows its lines and counts its tests.
///
/// # Errors
/// When it fails for another reason than a failed test, for example because the tests do not compile.
pub fn tallied(command: &mut Command) -> anyhow::Result<Tally> {
    tallied_into(command, &mut std::io::stdout())
}

fn tallied_into(command: &mut Command, shown: &mut dyn Write) -> anyhow::Result<Tally> {
    let line = tree::shown(command);
    eprintln!("+ {line}");
    let mut child =
        command.stdout(Stdio::piped()).spawn().with_context(|| format!("could not start `{line}`"))?;
    let mut tally = Tally::default();
    if let Some(out) = child.stdout.take() {
        for line in BufReader::new(out).split(b'\n') {
            let line = line?;
            let line = String::from_utf8_lossy(&line);
            if tally.read(line.trim_end_matches('\r')) {
                writeln!(shown, "{line}")?;
            }
        }
    }
    let status = child.wait()?;
    if !status.success() && tally.failed == 0 {
        // A crashed or uncompiled test prints no count: the step is one failure beside what did pass.
        writeln!(shown, "`{line}` ended with {status}")?;
        tally.failed = 1;
    }
    Ok(tally)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sh(script: &str) -> Tally {
        // Not to standard output: the counts of these runs are not ours.
        tallied_into(Command::new("sh").args(["-c", script]), &mut std::io::sink()).unwrap()
    }

    #[test]
    fn a_runner_that_breaks_without_a_count_is_a_failure() {
        let tally = sh("echo 'test result: ok. 2 passed; 0 failed; 0 ignored'; exit 101");
        assert_eq!((tally.passed, tally.failed), (2, 1));
    }

    #[test]
    fn failed_tests_are_counted_once() {
        let tally = sh("echo 'test result: FAILED. 2 passed; 3 failed; 0 ignored'; exit 101");
        assert_eq!((tally.passed, tally.failed), (2, 3));
    }
}

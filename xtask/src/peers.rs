//! `cargo xtask peers`: what we send and show, judged by programs that others wrote.
//!
//! Each peer is a folder below `end2end/peers` with tests for node's runner, and the files that name what it needs:
//! `package-lock.json` for npm, `requirements.txt` for a Python environment of its own. Debian packages stand here.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, bail};

use crate::needs::{self, Need, Package};
use crate::output::Tally;
use crate::postgres::Postgres;
use crate::steps::tallied;
use crate::tree::{self, Profile, on_path};
use crate::{Misuse, site};

pub const USAGE: &str = "peers [NAME]                             calendar, fhir, mail, pages, push, sign-on, sms: outside programs judge what leaves Waymark";

/// An outside judge.
struct Peer {
    name: &'static str,
    packages: &'static [Package],
}

const JAVA: Package = Package { name: "default-jre-headless", is_there: || on_path("java").is_some() };

const PEERS: &[Peer] = &[
    Peer {
        name: "calendar",
        packages: &[
            Package {
                name: "cyrus-imapd",
                is_there: || {
                    Path::new("/usr/lib/cyrus/bin/master").is_file() || on_path("cyrmaster").is_some()
                },
            },
            Package { name: "cyrus-caldav", is_there: || Path::new("/usr/lib/cyrus/bin/httpd").is_file() },
            Package { name: "libsasl2-modules", is_there: || needs::is_installed("libsasl2-modules") },
        ],
    },
    Peer { name: "fhir", packages: &[] },
    Peer { name: "mail", packages: &[] },
    Peer { name: "pages", packages: &[JAVA] },
    Peer { name: "push", packages: &[] },
    Peer { name: "sign-on", packages: &[] },
    Peer { name: "sms", packages: &[] },
];

/// Runs one peer, or all, and says how each judged.
///
/// # Errors
/// [`Misuse`] for an unknown name or packages that we may not install; otherwise when something cannot be built.
pub fn run(args: &[String]) -> anyhow::Result<u8> {
    let peers = parse(args)?;
    needs::install(&[Need::Build, Need::Database, Need::Browser, Need::Python])?;
    let packages: Vec<&Package> = peers.iter().flat_map(|peer| peer.packages).collect();
    needs::install_packages(&packages)?;
    let site = site::build(Profile::Dev)?;
    let waymark = tree::build_server(Profile::Dev)?;
    let postgres = Postgres::start()?;
    let mut endings = Vec::new();
    for peer in peers {
        println!("\n== {}", peer.name);
        let begun = Instant::now();
        let outcome = judged(peer, &site, &waymark, &postgres.url);
        let tally = outcome.unwrap_or_else(|error| {
            println!("{error:#}");
            Tally::broken()
        });
        endings.push((peer.name, tally, begun.elapsed().as_secs_f64()));
    }
    println!();
    let mut is_good = true;
    for (name, tally, seconds) in &endings {
        // What did not run has not judged.
        let failed = tally.failed + tally.ignored + tally.skipped.len();
        is_good &= failed == 0 && tally.passed > 0;
        println!("{name:<10} {:>3} passed, {failed} failed {seconds:>8.1} s", tally.passed);
    }
    Ok(u8::from(!is_good))
}

fn judged(peer: &Peer, site: &Path, waymark: &Path, postgres: &str) -> anyhow::Result<Tally> {
    let folder = tree::root().join("end2end/peers").join(peer.name);
    let mut tests: Vec<PathBuf> = std::fs::read_dir(&folder)
        .with_context(|| folder.display().to_string())?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    tests.retain(|path| path.to_string_lossy().ends_with(".test.mjs"));
    tests.sort();
    if tests.is_empty() {
        bail!("{} has no tests", folder.display());
    }
    if folder.join("package-lock.json").is_file() {
        needs::node_packages(&folder)?;
    }
    let mut command = Command::new("node");
    command.args(["--test", "--test-concurrency=1"]).args(&tests).current_dir(&folder);
    if folder.join("requirements.txt").is_file() {
        command.env("PEER_PYTHON", needs::python(peer.name, &folder)?);
    }
    let chromium = needs::chromium().context("there is no chromium on PATH")?;
    command
        .env("WAYMARK_BIN", waymark)
        .env("WAYMARK_SITE_DIR", site)
        .env("WAYMARK_SAMPLES", tree::samples())
        .env("WAYMARK_TEST_POSTGRES", postgres)
        .env("CHROMIUM", chromium);
    tallied(&mut command)
}

fn parse(args: &[String]) -> Result<Vec<&'static Peer>, Misuse> {
    match args {
        [] => Ok(PEERS.iter().collect()),
        [name] => PEERS.iter().find(|peer| peer.name == name).map(|peer| vec![peer]).ok_or_else(|| {
            let names: Vec<&str> = PEERS.iter().map(|peer| peer.name).collect();
            Misuse(format!("there is no peer {name:?}; there are {}", names.join(", ")))
        }),
        _ => Err(Misuse(format!("Usage: cargo xtask {USAGE}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_that_is_not_there_is_named() {
        let error = parse(&["oracle".into()]).err().unwrap();
        assert!(error.0.contains("oracle") && error.0.contains("calendar"));
    }

    #[test]
    fn every_peer_has_tests_and_stands_in_the_usage() {
        for peer in PEERS {
            let folder = tree::root().join("end2end/peers").join(peer.name);
            let mut files = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name());
            assert!(files.any(|name| name.to_string_lossy().ends_with(".test.mjs")), "{}", folder.display());
            assert!(USAGE.contains(peer.name));
        }
    }
}

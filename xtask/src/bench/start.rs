//! How long it takes to be there: starts, and the size of what is built.

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};

use super::Start;
use super::evidence::{Evidence, Group, rounded};
use super::http::Client;
use super::served::free_address;
use crate::tree::{self, Profile};

/// Longest wait for a start.
const PATIENCE: Duration = Duration::from_secs(3_600);

/// Measures starts and sizes.
///
/// # Errors
/// When something cannot be built or does not start.
pub fn run(which: Start, args: &[String]) -> anyhow::Result<u8> {
    let mut evidence = Evidence::begin("start", "Starts and sizes", super::typed(args), None)?;
    evidence.about.push(
        "`cargo xtask run` from the moment it is called until `/healthz` answers. Cold: with an empty build folder and an \
         empty data folder, but with the crates downloaded and the system's packages installed. Second: the same command \
         again, nothing changed. `cargo xtask test` is timed whole, from an empty build folder."
            .to_owned(),
    );
    let mut starts = Group::new("Starts");
    let scratch = tempfile::Builder::new().prefix("waymark-start-").tempdir_in(tree::target())?;
    let data = scratch.path().join("var");
    if which == Start::Cold {
        let target = scratch.path().join("target");
        starts.add("cold `cargo xtask run`", seconds(started(&target, &data)?), "s");
        starts.add("second start", seconds(started(&target, &data)?), "s");
        std::fs::remove_dir_all(&target)?;
        let (took, passed) = tested(&scratch.path().join("test"))?;
        starts.add("cold `cargo xtask test`", seconds(took), "s");
        starts.add("its outcome", if passed { "passed" } else { "failed" }, "");
    } else {
        // Whatever there is to build is built by the first one.
        started(&tree::target(), &data)?;
        starts.add("second start", seconds(started(&tree::target(), &data)?), "s");
    }
    evidence.groups.push(starts);
    evidence.groups.push(sizes(scratch.path())?);
    evidence.write()?;
    Ok(0)
}

fn seconds(took: Duration) -> f64 {
    rounded(took.as_secs_f64())
}

/// Calls `cargo xtask run` and ends it once it answers.
fn started(target: &Path, data: &Path) -> anyhow::Result<Duration> {
    let address = free_address()?;
    let begun = Instant::now();
    let child = tree::cargo()
        .args(["xtask", "run", "--port", &address.port().to_string()])
        .env("CARGO_TARGET_DIR", target)
        .env("WAYMARK_DATA_DIR", data)
        .stdin(Stdio::null())
        .process_group(0)
        .spawn()
        .context("cargo xtask run")?;
    let mut product = Product(child);
    let mut client = Client::new(address, "identity");
    while begun.elapsed() < PATIENCE {
        if client.get("/healthz").is_ok_and(|answer| answer.status == 200) {
            return Ok(begun.elapsed());
        }
        if let Some(status) = product.0.try_wait()? {
            bail!("cargo xtask run ended with {status}");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    bail!("cargo xtask run did not answer within an hour")
}

/// cargo, xtask and the server, which are one group of processes. Ended when dropped.
struct Product(Child);

impl Drop for Product {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = Command::new("kill").args(["-TERM", "--", &format!("-{}", self.0.id())]).status();
        let _ = self.0.wait();
    }
}

fn tested(target: &Path) -> anyhow::Result<(Duration, bool)> {
    let begun = Instant::now();
    let status = tree::cargo().args(["xtask", "test"]).env("CARGO_TARGET_DIR", target).status()?;
    Ok((begun.elapsed(), status.success()))
}

fn sizes(scratch: &Path) -> anyhow::Result<Group> {
    let binary = tree::build_server(Profile::Release)?;
    let stripped = scratch.join("stripped");
    let status =
        Command::new("strip").arg("-o").arg(&stripped).arg(&binary).status().context("strip (binutils)")?;
    ensure!(status.success(), "strip ended with {status}");
    let mut group = Group::new("The server's binary, release");
    group.add("as built", std::fs::metadata(&binary)?.len(), "bytes");
    group.add("stripped", std::fs::metadata(&stripped)?.len(), "bytes");
    Ok(group)
}

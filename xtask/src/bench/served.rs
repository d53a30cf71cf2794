//! The product as a process of its own: started, killed, stopped, and signed in to.

use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};

use super::http::Client;
use crate::tree;

/// Everybody's password in the demonstration (`server/src/demo/load.rs`).
const PASSWORD: &str = "try-waymark-here";
/// A coordinator of the demonstration.
pub const COORDINATOR: &str = "grace.whitlock@wrenfield-hospitals.example";

/// Where and how one product runs. The database and the address stay the same over restarts.
pub struct Place {
    pub binary: PathBuf,
    pub folder: tempfile::TempDir,
    pub database: String,
    pub address: SocketAddr,
}

impl Place {
    /// A new place with the demonstration in its database. Without `database` it is an SQLite file in the folder.
    ///
    /// # Errors
    /// When the demonstration cannot be loaded.
    pub fn with_demonstration(binary: &Path, database: Option<String>) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("waymark-bench-").tempdir()?;
        let database =
            database.unwrap_or_else(|| format!("sqlite:{}", folder.path().join("waymark.db").display()));
        let place = Self { binary: binary.to_owned(), folder, database, address: free_address()? };
        let out = place.command(&["demo"])?.output().context("waymark demo")?;
        ensure!(out.status.success(), "waymark demo: {}", String::from_utf8_lossy(&out.stderr));
        Ok(place)
    }

    /// The program over this place's database.
    ///
    /// # Errors
    /// Never by itself; for callers that use `?`.
    pub fn command(&self, verb: &[&str]) -> anyhow::Result<Command> {
        let mut command = Command::new(&self.binary);
        command
            .args(verb)
            .current_dir(self.folder.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("WAYMARK_LISTEN", self.address.to_string())
            .env("WAYMARK_PUBLIC_URL", format!("http://{}", self.address))
            .env("WAYMARK_DATA_DIR", self.folder.path())
            .env("WAYMARK_DATABASE_URL", &self.database)
            .env("WAYMARK_SITE_DIR", tree::site())
            .env("WAYMARK_LOG", "warn")
            .stdin(Stdio::null());
        Ok(command)
    }

    /// Starts `waymark serve --demo` and waits until it is ready.
    ///
    /// # Errors
    /// When it ends instead, or is not ready within a minute.
    pub fn serve(&self) -> anyhow::Result<Served> {
        let log = File::options().create(true).append(true).open(self.log())?;
        let begun = Instant::now();
        let child = self
            .command(&["serve", "--demo"])?
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .with_context(|| format!("could not start {}", self.binary.display()))?;
        let mut served = Served { child, ready_after: Duration::ZERO };
        let mut client = Client::new(self.address, "identity");
        while begun.elapsed() < Duration::from_secs(60) {
            if client.get("/readyz").is_ok_and(|answer| answer.status == 200) {
                served.ready_after = begun.elapsed();
                return Ok(served);
            }
            if let Some(status) = served.child.try_wait()? {
                bail!("waymark ended with {status}:\n{}", self.said());
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        bail!("waymark was not ready within a minute:\n{}", self.said())
    }

    /// `waymark check`: true when all is good, and what it said.
    ///
    /// # Errors
    /// When it could not run.
    pub fn check(&self) -> anyhow::Result<(bool, String)> {
        let out = self.command(&["check"])?.output().context("waymark check")?;
        let said = String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr);
        match out.status.code() {
            Some(0) => Ok((true, said)),
            Some(1) => Ok((false, said)),
            _ => bail!("waymark check could not run: {said}"),
        }
    }

    /// What the server wrote so far.
    pub fn said(&self) -> String {
        std::fs::read_to_string(self.log()).unwrap_or_default()
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    /// Signs a member of staff in, with the code that the demonstration's page shows.
    ///
    /// # Errors
    /// When the sign-in is refused.
    pub fn sign_in(&self, email: &str) -> anyhow::Result<Client> {
        let mut client = Client::new(self.address, "identity");
        client.post("/sign-in", &[("email", email), ("password", PASSWORD)])?;
        let page = client.get("/demo")?.text();
        let code = page
            .split_once(email)
            .and_then(|(_, rest)| rest.split(['<', '>']).find(|cell| is_code(cell.trim())))
            .with_context(|| format!("/demo shows no code for {email}"))?;
        let answer = client.post("/sign-in/code", &[("code", code.trim())])?;
        ensure!(answer.header("location") == "/", "the sign-in of {email} was refused");
        Ok(client)
    }
}

fn is_code(cell: &str) -> bool {
    cell.len() == 6 && cell.bytes().all(|byte| byte.is_ascii_digit())
}

/// A running server. Killed when dropped.
pub struct Served {
    child: Child,
    /// From the start of the process until `/readyz` said so.
    pub ready_after: Duration,
}

impl Served {
    /// `kill -9`, and waits for the end.
    ///
    /// # Errors
    /// When the process cannot be reached.
    pub fn kill(mut self) -> anyhow::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Asks it to stop, and gives the time that took.
    ///
    /// # Errors
    /// When it does not end well within 15 seconds.
    pub fn stop(mut self) -> anyhow::Result<Duration> {
        let begun = Instant::now();
        tree::done(Command::new("kill").args(["-TERM", &self.child.id().to_string()]))?;
        while begun.elapsed() < Duration::from_secs(15) {
            if let Some(status) = self.child.try_wait()? {
                ensure!(status.success(), "waymark ended with {status}");
                return Ok(begun.elapsed());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        bail!("waymark did not stop within 15 s")
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An address of this machine that nobody uses.
///
/// # Errors
/// When there is none.
pub fn free_address() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

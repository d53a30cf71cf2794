//! A PostgreSQL of our own for the tests: started in a temporary folder, gone when we are.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use crate::needs::is_root;
use crate::tree::on_path;

/// Makes the cluster, starts the server, says `started`, and waits for the end of its standard input. That comes when it
/// is closed, or when whoever holds the other end dies in whatever way, so no server and no folder is left behind.
/// `$1` folder, `$2` programs, `$3` port, `$4` the user to become (empty: stay), `$5` `on` or `off`: write to the disk
/// before a commit is answered.
const KEEPER: &str = r#"
trap '' INT TERM HUP
as() { if [ -n "$user" ]; then setpriv --reuid="$user" --regid="$user" --init-groups --reset-env "$@"; else "$@"; fi; }
dir=$1 bin=$2 port=$3 user=$4 durable=$5
cd "$dir" || exit 1
if [ -n "$user" ]; then chown "$user:" "$dir" || exit 1; fi
as "$bin/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --locale=C --no-sync >"$dir/log" 2>&1 || { cat "$dir/log" >&2; exit 1; }
as "$bin/postgres" -D "$dir/data" -c listen_addresses=127.0.0.1 -c port="$port" -c unix_socket_directories="$dir" \
  -c fsync=$durable -c synchronous_commit=$durable -c full_page_writes=$durable -c max_connections=300 >>"$dir/log" 2>&1 &
server=$!
i=0
until "$bin/pg_isready" -q -h 127.0.0.1 -p "$port"; do
  i=$((i + 1))
  if [ $i -gt 300 ] || ! kill -0 $server 2>/dev/null; then cat "$dir/log" >&2; kill -QUIT $server 2>/dev/null; exit 1; fi
  sleep 0.1
done
echo started
while read -r _; do :; done
kill -INT "$(head -n 1 "$dir/data/postmaster.pid")"
wait $server
rm -rf "$dir"
"#;

/// A running server. Dropping it stops the server and removes its folder.
pub struct Postgres {
    keeper: Child,
    /// Where to connect: `postgres://postgres@127.0.0.1:PORT/postgres`. Its user may create databases.
    pub url: String,
}

impl Postgres {
    /// Starts a server on a free port that trusts the machine not to fail, for tests. Takes about a second.
    ///
    /// # Errors
    /// When PostgreSQL is not installed, or does not start; its log then stands on standard error.
    pub fn start() -> anyhow::Result<Self> {
        Self::start_with("off")
    }

    /// Starts a server that writes every commit to the disk, as in real use.
    ///
    /// # Errors
    /// As [`Postgres::start`].
    pub fn start_durable() -> anyhow::Result<Self> {
        Self::start_with("on")
    }

    fn start_with(durable: &str) -> anyhow::Result<Self> {
        let programs = programs().context("PostgreSQL is not installed (Debian's package postgresql)")?;
        let folder = tempfile::Builder::new().prefix("waymark-postgres-").tempdir()?.keep();
        // The server runs as another user when we are root: it must be able to reach its folder.
        std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o755))?;
        let port = free_port()?;
        let user = if is_root() { "postgres" } else { "" };
        let mut keeper = Command::new("sh")
            .args(["-c", KEEPER, "postgres-keeper"])
            .args([folder.as_path(), programs.as_path()])
            .args([port.to_string().as_str(), user, durable])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("could not start sh")?;
        let mut line = String::new();
        if let Some(out) = keeper.stdout.take() {
            BufReader::new(out).read_line(&mut line)?;
        }
        if line.trim() != "started" {
            keeper.wait()?;
            bail!("PostgreSQL did not start; its log is in {}", folder.join("log").display());
        }
        Ok(Self { keeper, url: format!("postgres://postgres@127.0.0.1:{port}/postgres") })
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let end = Instant::now() + Duration::from_secs(20);
        while Instant::now() < end && matches!(self.keeper.try_wait(), Ok(None)) {
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// The folder with `initdb` and `postgres`: beside the one on `PATH`, where `pg_config` says, or the newest of Debian's
/// versioned folders.
pub fn programs() -> Option<PathBuf> {
    let beside = on_path("initdb")
        .and_then(|file| file.canonicalize().ok())
        .and_then(|file| file.parent().map(Path::to_path_buf));
    let told = Command::new("pg_config")
        .arg("--bindir")
        .output()
        .ok()
        .map(|out| PathBuf::from(String::from_utf8_lossy(&out.stdout).trim()));
    let mut versions: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin"))
        .collect();
    versions.sort();
    let complete =
        |dir: &PathBuf| ["initdb", "postgres", "pg_isready"].iter().all(|name| dir.join(name).is_file());
    beside.into_iter().chain(told).chain(versions.into_iter().rev()).find(complete)
}

fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_answers_and_is_gone_when_dropped() {
        if programs().is_none() {
            assert!(!crate::tree::is_ci(), "PostgreSQL is not installed");
            println!("skipped: PostgreSQL is not installed");
            return;
        }
        let server = Postgres::start().unwrap();
        let port = server.url.trim_end_matches("/postgres").rsplit(':').next().unwrap();
        let address = format!("127.0.0.1:{port}");
        assert!(std::net::TcpStream::connect(&address).is_ok());
        drop(server);
        assert!(std::net::TcpStream::connect(&address).is_err());
    }
}

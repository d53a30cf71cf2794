//! An S3 server of our own for the tests: moto, in memory, gone when we are.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use crate::{needs, tree};

/// Longest wait for its start.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running server. Ended when dropped.
pub struct S3 {
    child: Child,
    /// Where it is: `http://127.0.0.1:PORT`.
    pub endpoint: String,
}

impl S3 {
    /// Installs what `tests/requirements.txt` names, unless it is there, and starts it on a free port.
    ///
    /// # Errors
    /// When it cannot be installed or does not start.
    pub fn start() -> anyhow::Result<Self> {
        let python = needs::python("s3", &tree::root().join("tests"))?;
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let program = python.with_file_name("moto_server");
        let child = Command::new(&program)
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("could not start {}", program.display()))?;
        let mut server = Self { child, endpoint: format!("http://127.0.0.1:{port}") };
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() {
                return Ok(server);
            }
            if let Some(status) = server.child.try_wait()? {
                bail!("{} ended with {status}", program.display());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        bail!("{} did not answer within a minute", program.display())
    }
}

impl Drop for S3 {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

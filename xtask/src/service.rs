//! Programs that listen on a port of this machine while the tests run.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

/// Longest wait for its start.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running program. Ended when dropped.
pub struct Service(Child);

/// A port on which nobody listens now.
///
/// # Errors
/// When the system gives none.
pub fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

impl Service {
    /// Starts a program and waits until it listens on its port.
    ///
    /// # Errors
    /// When it does not start, ends, or does not listen within a minute.
    pub fn start(command: &mut Command, port: u16) -> anyhow::Result<Self> {
        let name = command.get_program().to_string_lossy().into_owned();
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("could not start {name}"))?;
        let mut service = Self(child);
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() {
                return Ok(service);
            }
            if let Some(status) = service.0.try_wait()? {
                bail!("{name} ended with {status}");
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        bail!("{name} did not answer within a minute")
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

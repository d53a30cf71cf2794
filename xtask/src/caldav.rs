//! A CalDAV server of our own for the tests: Radicale, with one account, gone when we are.

use std::process::Command;

use anyhow::Context;

use crate::service::{Service, free_port};
use crate::{needs, tree};

/// The account that the tests have there, as `htpasswd` writes it.
const ACCOUNT: &str = "doctor:a secret: of ümlauts\n";

/// A running server. Ended when dropped.
pub struct CalDav {
    _service: Service,
    _folder: tempfile::TempDir,
    /// Where it is: `http://127.0.0.1:PORT`.
    pub origin: String,
}

impl CalDav {
    /// Installs what `tests/requirements.txt` names, unless it is there, and starts it on a free port.
    ///
    /// # Errors
    /// When it cannot be installed or does not start.
    pub fn start() -> anyhow::Result<Self> {
        let python = needs::python("tests", &tree::root().join("tests"))?;
        let folder = tempfile::tempdir().context("no folder for the CalDAV server")?;
        let accounts = folder.path().join("accounts");
        std::fs::write(&accounts, ACCOUNT)?;
        let port = free_port()?;
        let mut command = Command::new(python.with_file_name("radicale"));
        command.args(["--server-hosts", &format!("127.0.0.1:{port}"), "--auth-type", "htpasswd"]);
        command.arg("--auth-htpasswd-filename").arg(&accounts);
        command.args([
            "--auth-htpasswd-encryption",
            "plain",
            "--auth-delay",
            "0",
            "--logging-level",
            "error",
        ]);
        command.arg("--storage-filesystem-folder").arg(folder.path().join("collections"));
        let service = Service::start(&mut command, port)?;
        Ok(Self { _service: service, _folder: folder, origin: format!("http://127.0.0.1:{port}") })
    }
}

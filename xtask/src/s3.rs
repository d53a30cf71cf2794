//! An S3 server of our own for the tests: moto, in memory, gone when we are.

use std::process::Command;

use crate::service::{Service, free_port};
use crate::{needs, tree};

/// A running server. Ended when dropped.
pub struct S3 {
    _service: Service,
    /// Where it is: `http://127.0.0.1:PORT`.
    pub endpoint: String,
}

impl S3 {
    /// Installs what `tests/requirements.txt` names, unless it is there, and starts it on a free port.
    ///
    /// # Errors
    /// When it cannot be installed or does not start.
    pub fn start() -> anyhow::Result<Self> {
        let python = needs::python("tests", &tree::root().join("tests"))?;
        let port = free_port()?;
        let mut command = Command::new(python.with_file_name("moto_server"));
        command.args(["-H", "127.0.0.1", "-p", &port.to_string()]);
        Ok(Self {
            _service: Service::start(&mut command, port)?,
            endpoint: format!("http://127.0.0.1:{port}"),
        })
    }
}

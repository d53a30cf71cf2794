//! Where things are, and how cargo is called.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

/// The repository's root: the parent of this crate's folder.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("this crate lies one folder below the root")
        .to_path_buf()
}

/// Cargo's target folder: `CARGO_TARGET_DIR` where it is set, else `target` under the root.
pub fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(dir) => root().join(dir),
        None => root().join("target"),
    }
}

/// Where the site (scripts, styles, icons) is written: `target/site`, beside whatever cargo builds.
pub fn site() -> PathBuf {
    target().join("site")
}

/// The folder of public sample data that tests read: `WAYMARK_SAMPLES`, else `../shared/data`.
pub fn samples() -> PathBuf {
    let samples =
        std::env::var_os("WAYMARK_SAMPLES").map_or_else(|| root().join("../shared/data"), PathBuf::from);
    samples.canonicalize().unwrap_or(samples)
}

/// Whether this is the gate (`CI=true`), where nothing may be skipped.
pub fn is_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| value == "true" || value == "1")
}

/// Size and speed of what is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// Quick to build.
    Dev,
    /// Quick to run; the browser's part small.
    Release,
}

impl Profile {
    /// Folder under the target folder that holds the server's binary.
    pub fn folder(self) -> &'static str {
        match self {
            Self::Dev => "debug",
            Self::Release => "release",
        }
    }
}

/// A cargo command in the root.
///
/// `cargo run` puts the variables of *this* package into our environment. Build scripts that watch them would run again,
/// and with them half of the tree, so they are taken out.
pub fn cargo() -> Command {
    let mut command = Command::new("cargo");
    command.current_dir(root());
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name == "CARGO" || name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&*name);
        }
    }
    if is_ci() {
        command.env("CARGO_INCREMENTAL", "0");
    }
    command
}

/// Prints the command, runs it, and fails when it fails.
///
/// # Errors
/// When the program is missing or ends with another status than 0.
pub fn done(command: &mut Command) -> anyhow::Result<()> {
    let line = shown(command);
    eprintln!("+ {line}");
    let status = command.status().with_context(|| format!("could not start `{line}`"))?;
    if !status.success() {
        bail!("`{line}` ended with {status}");
    }
    Ok(())
}

/// The command as one would type it, without its environment.
pub fn shown(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|arg| arg.to_string_lossy().into_owned()));
    words.join(" ")
}

/// The full path of a program on `PATH`.
pub fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|dir| dir.join(program)).find(|file| file.is_file())
}

/// Builds the server's binary and gives its path.
///
/// # Errors
/// When it does not compile.
pub fn build_server(profile: Profile) -> anyhow::Result<PathBuf> {
    let mut command = cargo();
    command.args(["build", "--package", "server", "--bin", "waymark"]);
    if profile == Profile::Release {
        command.arg("--release");
    }
    done(&mut command)?;
    Ok(target().join(profile.folder()).join("waymark"))
}

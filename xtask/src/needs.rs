//! What a chore needs from the machine, and how the missing part is installed.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Context;

use crate::tree::{cargo, done, on_path};
use crate::{Misuse, postgres};

/// The browser's compilation target.
pub const WASM: &str = "wasm32-unknown-unknown";

/// A Debian package that a chore needs, and how to tell that what it brings is there already.
pub struct Package {
    pub name: &'static str,
    pub is_there: fn() -> bool,
}

const BUILD: &[Package] = &[
    Package { name: "build-essential", is_there: || on_path("cc").is_some() && on_path("make").is_some() },
    Package { name: "pkg-config", is_there: || on_path("pkg-config").is_some() },
    Package {
        name: "libssl-dev",
        is_there: || quiet(Command::new("pkg-config").args(["--exists", "openssl"])),
    },
];

const DATABASE: &[Package] = &[Package { name: "postgresql", is_there: || postgres::programs().is_some() }];

const SCANNER: &[Package] = &[Package { name: "clamav-daemon", is_there: || on_path("clamd").is_some() }];

const PYTHON: &[Package] = &[Package {
    name: "python3-venv",
    is_there: || quiet(Command::new("python3").args(["-c", "import ensurepip, venv"])),
}];

const BROWSER: &[Package] = &[Package { name: "chromium", is_there: || chromium().is_some() }];

/// What a chore is going to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Compile the server and the browser's part.
    Build,
    /// Start a PostgreSQL.
    Database,
    /// Drive a browser.
    Browser,
    /// Make a Python environment.
    Python,
    /// Let a virus scanner look at files.
    Scanner,
}

/// Says what is missing for these needs and installs it.
///
/// # Errors
/// [`Misuse`] with the exact line to run when packages are missing and we may not install them; otherwise when an
/// installation fails.
pub fn install(needs: &[Need]) -> anyhow::Result<()> {
    let wanted = needs.iter().flat_map(|need| match need {
        Need::Build => BUILD,
        Need::Database => DATABASE,
        Need::Browser => BROWSER,
        Need::Python => PYTHON,
        Need::Scanner => SCANNER,
    });
    install_packages(&wanted.collect::<Vec<_>>())?;
    if needs.contains(&Need::Build) && !has_wasm_target() {
        eprintln!("Installing the Rust target {WASM}");
        if on_path("rustup").is_none() {
            return Err(Misuse(format!(
                "the Rust target {WASM} is missing and there is no rustup to add it. Install Rust by rustup (https://rustup.rs)."
            ))
            .into());
        }
        done(Command::new("rustup").args(["target", "add", WASM]))?;
    }
    if needs.contains(&Need::Browser) {
        node_packages(&crate::tree::root().join("end2end"))?;
    }
    Ok(())
}

/// Says which of these Debian packages are missing and installs them.
///
/// # Errors
/// As [`install`].
pub fn install_packages(packages: &[&Package]) -> anyhow::Result<()> {
    let missing: Vec<&str> =
        packages.iter().filter(|package| !(package.is_there)()).map(|package| package.name).collect();
    if missing.is_empty() {
        return Ok(());
    }
    eprintln!("Installing Debian packages: {}", missing.join(", "));
    apt(&missing)
}

/// Whether Debian's package manager has installed it, for packages that bring no program.
pub fn is_installed(package: &str) -> bool {
    quiet(Command::new("dpkg").args(["--status", package]))
}

/// The browser that the journeys drive.
pub fn chromium() -> Option<PathBuf> {
    on_path("chromium")
}

fn apt(packages: &[&str]) -> anyhow::Result<()> {
    let line = install_line(packages);
    if on_path("apt-get").is_none() {
        return Err(Misuse(format!(
            "there is no apt-get here. Install by other means what Debian calls: {}",
            packages.join(" ")
        ))
        .into());
    }
    let prefix: &[&str] = if is_root() {
        &[]
    } else if quiet(Command::new("sudo").args(["-n", "true"])) {
        &["sudo", "-n"]
    } else {
        return Err(Misuse(format!(
            "packages are missing and may not be installed from here. Run this line, then start again:\n    {line}"
        ))
        .into());
    };
    let run = |args: &[&str]| {
        let mut words: Vec<&str> = prefix.to_vec();
        words.extend(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
        words.extend(args);
        done(Command::new(words[0]).args(&words[1..]))
    };
    run(&["update", "-q"])?;
    let mut install = vec!["install", "-y", "-q", "--no-install-recommends"];
    install.extend(packages);
    run(&install)
}

fn install_line(packages: &[&str]) -> String {
    format!("sudo apt-get update && sudo apt-get install -y --no-install-recommends {}", packages.join(" "))
}

/// Whether this process may do anything: `id -u` says 0.
pub fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|out| out.stdout.trim_ascii() == b"0")
}

fn has_wasm_target() -> bool {
    Command::new("rustc")
        .current_dir(crate::tree::root())
        .args(["--print", "target-libdir", "--target", WASM])
        .output()
        .is_ok_and(|out| {
            let dir = String::from_utf8_lossy(&out.stdout);
            out.status.success() && Path::new(dir.trim()).is_dir()
        })
}

/// Installs what the folder's `package-lock.json` names, unless exactly that is installed.
///
/// # Errors
/// [`Misuse`] when there is no node; otherwise when the installation fails.
pub fn node_packages(folder: &Path) -> anyhow::Result<()> {
    if on_path("npm").is_none() || on_path("node").is_none() {
        return Err(Misuse(
            "the browser journeys need node (20 or later) and npm. Install them, then start again.".into(),
        )
        .into());
    }
    let lock = folder.join("package-lock.json");
    let shown = lock.display().to_string();
    let lock = std::fs::read(lock).with_context(|| format!("{shown} cannot be read"))?;
    let stamp = folder.join("node_modules/.installed-lock");
    if std::fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    eprintln!("Installing the npm packages of {shown}");
    done(Command::new("npm").current_dir(folder).args(["ci", "--no-audit", "--no-fund"]))?;
    std::fs::write(&stamp, lock).with_context(|| format!("node_modules beside {shown} cannot be written"))
}

/// A Python environment with exactly what the folder's `requirements.txt` names; its interpreter.
///
/// # Errors
/// When the environment cannot be made or a package not be installed.
pub fn python(name: &str, folder: &Path) -> anyhow::Result<PathBuf> {
    let wanted = std::fs::read(folder.join("requirements.txt"))?;
    let place = crate::tree::target().join("peers").join(name);
    let stamp = place.join("requirements.txt");
    let python = place.join("bin/python");
    if std::fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(python);
    }
    done(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&place))?;
    done(
        Command::new(&python)
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"])
            .arg(folder.join("requirements.txt")),
    )?;
    std::fs::write(&stamp, wanted)?;
    Ok(python)
}

fn quiet(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Adds `--locked` at the gate, where a lockfile that lags behind is a fault.
pub fn locked_cargo(verb: &str) -> Command {
    let mut command = cargo();
    command.arg(verb);
    if crate::tree::is_ci() {
        command.arg("--locked");
    }
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_to_run_names_every_missing_package() {
        assert_eq!(
            install_line(&["pkg-config", "libssl-dev"]),
            "sudo apt-get update && sudo apt-get install -y --no-install-recommends pkg-config libssl-dev"
        );
    }
}

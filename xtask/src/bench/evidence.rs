//! What a measurement leaves: `docs/evidence/<name>.json`, and a page made from that file alone.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Context;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::tree;

/// One measurement with what is needed to repeat it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Evidence {
    pub name: String,
    pub title: String,
    /// What was done, in words.
    pub about: Vec<String>,
    /// The exact command.
    pub command: String,
    pub commit: String,
    /// When it began, RFC 3339 in UTC.
    pub date: String,
    /// Seed of everything that is drawn by lot; none where nothing is.
    pub seed: Option<u64>,
    pub machine: Machine,
    pub groups: Vec<Group>,
}

/// Where it ran.
#[derive(Debug, Serialize, Deserialize)]
pub struct Machine {
    pub cores: usize,
    pub memory_mb: u64,
}

/// Figures that belong together.
#[derive(Debug, Serialize, Deserialize)]
pub struct Group {
    pub title: String,
    pub figures: Vec<Figure>,
}

/// One number, or a word such as "good".
#[derive(Debug, Serialize, Deserialize)]
pub struct Figure {
    pub name: String,
    pub value: Value,
    /// `ms`, `bytes`; empty for counts and ratios.
    pub unit: String,
    /// What is asked of it; empty when it is only reported.
    pub bar: String,
}

impl Group {
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), figures: Vec::new() }
    }

    /// A figure that is only reported.
    pub fn add(&mut self, name: &str, value: impl Into<Value>, unit: &str) {
        self.must(name, value, unit, "");
    }

    /// A figure with what is asked of it.
    pub fn must(&mut self, name: &str, value: impl Into<Value>, unit: &str, bar: &str) {
        let (name, unit, bar) = (name.to_owned(), unit.to_owned(), bar.to_owned());
        self.figures.push(Figure { name, value: value.into(), unit, bar });
    }
}

impl Evidence {
    /// An empty record of a measurement that begins now.
    ///
    /// # Errors
    /// When git or the clock does not answer.
    pub fn begin(name: &str, title: &str, command: String, seed: Option<u64>) -> anyhow::Result<Self> {
        Ok(Self {
            name: name.to_owned(),
            title: title.to_owned(),
            about: Vec::new(),
            command,
            commit: commit()?,
            date: said(Command::new("date").args(["-u", "+%Y-%m-%dT%H:%M:%SZ"]))?,
            seed,
            machine: Machine::this()?,
            groups: Vec::new(),
        })
    }

    /// Adds what another measurement of the same run left in its file.
    ///
    /// # Errors
    /// When that has left none.
    pub fn take_in(&mut self, name: &str) -> anyhow::Result<()> {
        let text = std::fs::read_to_string(folder().join(format!("{name}.json"))).context(name.to_owned())?;
        let other: Self = serde_json::from_str(&text).context("this is no evidence file")?;
        let alone = format!("{}: alone in [{name}.md]({name}.md).", other.title);
        self.about
            .extend(other.about.into_iter().filter(|known| !self.about.contains(known)).collect::<Vec<_>>());
        self.about.push(alone);
        self.groups.extend(other.groups);
        Ok(())
    }

    /// Writes the file, and the page from the file.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn write(&self) -> anyhow::Result<()> {
        std::fs::create_dir_all(folder())?;
        let file = folder().join(format!("{}.json", self.name));
        std::fs::write(&file, serde_json::to_string_pretty(self)? + "\n").context("docs/evidence")?;
        let page = page(&std::fs::read_to_string(&file)?)?;
        std::fs::write(file.with_extension("md"), &page).context("docs/evidence")?;
        println!("{page}");
        Ok(())
    }
}

impl Machine {
    fn this() -> anyhow::Result<Self> {
        let text = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
        let kib = text.lines().find_map(|line| line.strip_prefix("MemTotal:")).unwrap_or_default();
        let kib: u64 = kib.trim().trim_end_matches(" kB").parse().unwrap_or(0);
        Ok(Self { cores: std::thread::available_parallelism()?.get(), memory_mb: kib / 1024 })
    }
}

/// The page of a file's text.
///
/// # Errors
/// When the text is no such file.
pub fn page(json: &str) -> anyhow::Result<String> {
    let made: Evidence = serde_json::from_str(json).context("this is no evidence file")?;
    let mut text = format!("# {}\n\n", made.title);
    for paragraph in &made.about {
        text.push_str(&format!("{paragraph}\n\n"));
    }
    text.push_str(&format!(
        "- Command: `{}`\n- Commit: `{}`\n- Begun: {}\n",
        made.command, made.commit, made.date
    ));
    if let Some(seed) = made.seed {
        text.push_str(&format!("- Seed: {seed}\n"));
    }
    let at = &made.machine;
    text.push_str(&format!(
        "- Cores: {}, memory {} MB\n- Figures as data: [{}.json]({}.json)\n",
        at.cores, at.memory_mb, made.name, made.name
    ));
    for group in &made.groups {
        text.push_str(&format!("\n## {}\n\n| figure | value | asked |\n|---|---:|---|\n", group.title));
        for figure in &group.figures {
            let value = shown(&figure.value, &figure.unit);
            text.push_str(&format!("| {} | {value} | {} |\n", figure.name, figure.bar));
        }
    }
    Ok(text)
}

fn shown(value: &Value, unit: &str) -> String {
    let number = match value {
        Value::String(word) => word.clone(),
        other => other.to_string(),
    };
    if unit.is_empty() { number } else { format!("{number} {unit}") }
}

/// Rounded to two decimals, so that no figure pretends more than was measured.
pub fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

fn folder() -> PathBuf {
    tree::root().join("docs/evidence")
}

fn commit() -> anyhow::Result<String> {
    let git = |args: &[&str]| said(Command::new("git").current_dir(tree::root()).args(args));
    let head = git(&["rev-parse", "--short=12", "HEAD"])?;
    let built =
        ["Cargo.lock", "Cargo.toml", "app", "crates", "frontend", "migrations", "public", "server", "xtask"];
    let mut asked = vec!["status", "--porcelain", "--"];
    asked.extend(built);
    let changed = git(&asked)?.lines().count();
    Ok(if changed == 0 { head } else { format!("{head} and {changed} uncommitted files") })
}

fn said(command: &mut Command) -> anyhow::Result<String> {
    let line = tree::shown(command);
    let out = command.output().with_context(|| format!("could not start `{line}`"))?;
    anyhow::ensure!(out.status.success(), "`{line}` ended with {}", out.status);
    Ok(String::from_utf8_lossy(&out.stdout).trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_page_says_what_its_file_says() {
        for entry in std::fs::read_dir(folder()).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.extension().is_some_and(|ext| ext == "json") {
                let made = page(&std::fs::read_to_string(&path).unwrap()).unwrap();
                assert_eq!(
                    std::fs::read_to_string(path.with_extension("md")).unwrap(),
                    made,
                    "{}",
                    path.display()
                );
            }
        }
    }

    #[test]
    fn a_figure_is_shown_with_its_unit() {
        assert_eq!(shown(&3.into(), "ms"), "3 ms");
        assert_eq!(shown(&"good".into(), ""), "good");
    }
}

//! The verbs of the command line. Exit status: 0 done and good, 1 done and problems found, 2 misuse or could not run.

mod audit;
mod backup;
mod calendar;
mod check;
mod config;
mod demo;
mod documents;
mod import;
mod lines;
mod message;
mod migrate;
mod postcodes;
mod serve;
mod trace;
mod user;
mod webhook;
mod work;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::{Config, environment};

/// An open digital referral management system.
#[derive(Parser)]
#[command(name = "waymark", version)]
struct Line {
    /// Configuration file [default: waymark.toml, if there is one].
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Serve pages and send messages. Example: waymark serve --demo
    Serve(serve::Serve),
    /// Do what the product does by itself, without pages. Example: waymark work
    Work(work::Work),
    /// Bring the database's schema up to date. Example: waymark migrate --dry-run
    Migrate(migrate::Migrate),
    /// Write the demonstration into an empty database, or its files into a folder. Example: waymark demo --out demo/
    Demo(demo::Demo),
    /// Take in FHIR bundles and calendars. Example: waymark import bundle.json diary.ics --resource 0199…
    Import(import::Import),
    /// Where postcodes are, for distances. Example: waymark postcodes import postcodes.csv
    #[command(subcommand)]
    Postcodes(postcodes::Postcodes),
    /// Documents, as they are stored. Example: waymark documents reseal --dry-run
    #[command(subcommand)]
    Documents(documents::Documents),
    /// What a calendar, a rule or weekly sessions come to. Example: waymark calendar busy diary.ics --from T --to T
    #[command(subcommand)]
    Calendar(calendar::Calendar),
    /// Assign many waiting patients to many slots. Example: waymark match waiting.json
    Match(calendar::Match),
    /// What messages say and cost. Example: waymark message segments texts.jsonl
    #[command(subcommand)]
    Message(message::Message),
    /// Whether calls from outside are to be believed. Example: waymark webhook verify calls.jsonl
    #[command(subcommand)]
    Webhook(webhook::Webhook),
    /// Read a calendar from standard input for the program that called.
    #[command(name = crate::adapters::apart::VERB, hide = true)]
    ReadCalendar,
    /// Check the whole database. Example: waymark check
    Check(check::Check),
    /// The installation's configuration, and an organisation's. Example: waymark config export > clinic.json
    #[command(subcommand)]
    Config(config::ConfigVerb),
    /// People and systems that may sign in. Example: waymark user add --email a@b.example --name "A B" --role referrer
    #[command(subcommand)]
    User(user::User),
    /// Look along the audit's chain, or write it out. Example: waymark audit verify
    #[command(subcommand)]
    Audit(audit::Audit),
    /// Copy the embedded database while it is in use. Example: waymark backup /safe/waymark.db
    Backup(backup::Backup),
}

/// What a verb came to.
pub enum Done {
    Good,
    ProblemsFound,
}

/// The text of a file; `-` is standard input. At most 4 MiB and one byte, so that what is too large is seen to be.
fn text_of(file: &std::path::Path) -> std::io::Result<String> {
    use std::io::Read;
    let limit = service::admin::config::MOST_BYTES as u64 + 1;
    let mut text = String::new();
    match file == std::path::Path::new("-") {
        true => std::io::stdin().take(limit).read_to_string(&mut text)?,
        false => std::fs::File::open(file)?.take(limit).read_to_string(&mut text)?,
    };
    Ok(text)
}

/// Reads the command line and does what it says.
pub fn run() -> ExitCode {
    let line = Line::parse();
    if matches!(line.verb, Verb::ReadCalendar) {
        return crate::adapters::apart::answer().unwrap_or(ExitCode::from(2));
    }
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        eprintln!("the cryptography provider was installed before");
    }
    let overrides = match &line.verb {
        Verb::Serve(serve) => serve.overrides(),
        _ => Vec::new(),
    };
    // These look at files alone, wherever they are run.
    let config = match &line.verb {
        Verb::Calendar(_) | Verb::Match(_) | Verb::Webhook(_) => None,
        Verb::Message(verb) if verb.is_apart() => None,
        _ => match Config::load(&overrides, &environment(), line.config.as_deref()) {
            Ok(config) => Some(config),
            Err(error) => {
                eprintln!("{error}");
                return ExitCode::from(2);
            }
        },
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("the runtime could not start: {error}");
            return ExitCode::from(2);
        }
    };
    let done = runtime.block_on(async {
        match (line.verb, config) {
            (Verb::Calendar(verb), _) => verb.run().await,
            (Verb::Match(verb), _) => verb.run(),
            (Verb::Webhook(verb), _) => verb.run(),
            (Verb::Message(verb), None) => verb.run_apart(),
            (verb, Some(config)) => with_config(verb, config).await,
            (_, None) => Err(anyhow::anyhow!("there is no configuration")),
        }
    });
    // What is still being written elsewhere has had its time.
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    match done {
        Ok(Done::Good) => ExitCode::SUCCESS,
        Ok(Done::ProblemsFound) => ExitCode::from(1),
        Err(error) if error.is::<ReaderGone>() => ExitCode::SUCCESS,
        Err(error) => {
            complain(&format!("{error:#}"));
            ExitCode::from(2)
        }
    }
}

/// Whoever read the output has seen enough and gone away: the work ends, and that is no fault.
#[derive(Debug, thiserror::Error)]
#[error("nobody reads the output any more")]
struct ReaderGone;

/// Writes a line to standard error. Where nobody reads that either, there is nobody to tell.
fn complain(line: &str) {
    use std::io::Write;
    drop(writeln!(std::io::stderr(), "{line}"));
}

async fn with_config(verb: Verb, config: Config) -> anyhow::Result<Done> {
    match verb {
        Verb::Serve(serve) => serve.run(config).await,
        Verb::Work(work) => work.run(config).await,
        Verb::Migrate(migrate) => migrate.run(&config).await,
        Verb::Demo(demo) => demo.run(&config).await,
        Verb::Import(import) => import.run(&config).await,
        Verb::Postcodes(postcodes) => postcodes.run(&config).await,
        Verb::Documents(documents) => documents.run(&config).await,
        Verb::Calendar(verb) => verb.run().await,
        Verb::Match(verb) => verb.run(),
        Verb::Webhook(verb) => verb.run(),
        Verb::Message(verb) => verb.run(&config).await,
        // It was answered before anything else was looked at.
        Verb::ReadCalendar => Ok(Done::Good),
        Verb::Check(check) => check.run(&config).await,
        Verb::Audit(audit) => audit.run(&config).await,
        Verb::Config(verb) => verb.run(&config).await,
        Verb::User(user) => user.run(&config).await,
        Verb::Backup(backup) => backup.run(&config).await,
    }
}

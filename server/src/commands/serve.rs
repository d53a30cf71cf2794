//! `waymark serve`

use std::time::Duration;

use anyhow::Context;
use clap::Args;
use service::{Desk, clock};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use super::Done;
use crate::config::{Config, environment};
use crate::demo::capture::{ACCOUNT, Capture, FROM, TOKEN};
use crate::demo::{generate, load, smtp};
use crate::rim::{self, Limits};
use crate::session::SqlSessions;
use crate::{jobs, logs, open, router};

/// Time for live connections to end once a stop was asked for.
const GRACE: Duration = Duration::from_secs(8);

/// Serve pages and send messages.
#[derive(Args)]
pub struct Serve {
    /// Load the demonstration into an empty database, and capture all messages on a page instead of sending them.
    #[arg(long)]
    demo: bool,
    /// Address to listen on, like 127.0.0.1:3000.
    #[arg(long)]
    listen: Option<String>,
}

impl Serve {
    /// What the command line decides of the configuration.
    pub fn overrides(&self) -> Vec<(String, String)> {
        self.listen.iter().map(|listen| ("listen".to_owned(), listen.clone())).collect()
    }

    pub async fn run(&self, config: Config) -> anyhow::Result<Done> {
        logs::init(std::env::var("WAYMARK_LOG").ok().as_deref())?;
        let (config, capture) = if self.demo { self.demonstration(config).await? } else { (config, None) };
        let desk = open::desk(&config, open::database(&config).await?)?;
        if self.demo && load::is_empty(&desk).await? {
            eprintln!("Loading the demonstration …");
            load::load(&desk, clock::now()).await?;
        }
        serve(config, desk, capture).await?;
        Ok(Done::Good)
    }

    /// All messages go to stand-ins in this very process; nothing leaves the machine.
    async fn demonstration(&self, config: Config) -> anyhow::Result<(Config, Option<Capture>)> {
        let (address, mail) = smtp::Capture::start().await.context("the demonstration's mailbox")?;
        let mut overrides = self.overrides();
        let origin = config.origin();
        let push_origins = [config.push.allowed_origins.clone(), vec![origin.clone()]].concat().join(",");
        let own = [
            ("sms.provider_base_url", format!("{origin}/demo/twilio")),
            ("sms.account_sid", ACCOUNT.to_owned()),
            ("sms.auth_token", TOKEN.to_owned()),
            ("sms.from", FROM.to_owned()),
            ("email.host", address.ip().to_string()),
            ("email.port", address.port().to_string()),
            ("email.tls", "none".to_owned()),
            ("email.from", "Waymark demonstration <no-reply@waymark.example>".to_owned()),
            ("push.allowed_origins", push_origins),
            ("push.subject", "mailto:demo@waymark.example".to_owned()),
            ("messages.quiet_from", String::new()),
            ("messages.quiet_to", String::new()),
        ];
        overrides.extend(own.map(|(key, value)| (key.to_owned(), value)));
        let config = Config::load(&overrides, &environment(), None)?;
        Ok((config, Some(Capture::new(mail))))
    }
}

async fn serve(config: Config, desk: Desk, capture: Option<Capture>) -> anyhow::Result<()> {
    let listener = TcpListener::bind(config.listen)
        .await
        .with_context(|| format!("listen: {} cannot be used", config.listen))?;
    let (stop, stopping) = watch::channel(false);
    let sessions = SqlSessions::new(desk.store.clone(), config.session);
    let is_demo = capture.is_some();
    let app = router::router(&config, &desk, stopping.clone(), capture);
    let mut timers = jobs::start(&desk, &sessions, &stopping);
    tokio::spawn(wait_for_signal(stop));
    tracing::info!(listen = %config.listen, "serving");
    eprintln!("Waymark is at {}", config.origin());
    if is_demo {
        greet(&config);
    }
    let limits = Limits {
        max_connections: config.limits.max_connections,
        header_timeout: config.limits.header_timeout,
        shutdown_grace: GRACE,
    };
    rim::serve(listener, app, limits, stopping).await?;
    let ended =
        tokio::time::timeout(Duration::from_secs(2), async { while timers.join_next().await.is_some() {} })
            .await;
    if ended.is_err() {
        tracing::warn!("a timer did not end in time");
    }
    desk.store.clone().close().await?;
    tracing::info!("stopped");
    Ok(())
}

pub async fn wait_for_signal(stop: watch::Sender<bool>) {
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        tracing::error!("signals cannot be watched");
        return;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    eprintln!("Stopping …");
    // Nobody left to tell means that the server has ended already.
    let _ = stop.send(true);
}

fn greet(config: &Config) {
    let (given, family, born, mobile) = generate::FIRST_PATIENT;
    eprintln!("\nDemonstration: nothing leaves this machine.");
    eprintln!("  Messages and sign-in codes: {}/demo", config.origin());
    eprintln!("  Everybody's password: {}", load::PASSWORD);
    let mut roles: Vec<String> = Vec::new();
    for person in load::demo(clock::now()).people {
        if !roles.contains(&person.role) {
            eprintln!("  {:<14} {:<22} {}", person.role, person.name, person.email);
            roles.push(person.role);
        }
    }
    eprintln!("  {:<14} {given} {family}, born {born}, mobile {mobile}\n", "patient");
}

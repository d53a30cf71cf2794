//! Opening what a configuration names: database, channels, documents, feeds; together they make the desk.

use anyhow::Context;
use base64::Engine;
use connect::documents::{DocumentConfig, DocumentStore, S3Config};
use connect::http::{GuardedClient, HttpConfig};
use connect::scanner::Scanner;
use connect::sealed::{Key, Keys};
use connect::sign_on::{SignOn, SignOnConfig};
use messaging::email::{Email, EmailConfig, Tls};
use messaging::push::{Push, PushConfig, generate_vapid};
use messaging::sms::{TwilioConfig, TwilioSms};

use service::ports::Ports;
use service::{Desk, Settings};
use store::Store;

use crate::adapters::{
    Apart, Catalogue, Channels, Clamd, Elsewhere, FileAnchors, FilePapers, Folder, GuardedFeeds, Providers,
    SealedSecrets,
};
use crate::config::{Config, DocumentStore as DocumentPlace, MailTls};

/// Opens the database and brings its schema up to date.
pub async fn database(config: &Config) -> anyhow::Result<Store> {
    std::fs::create_dir_all(&config.data_dir)
        .with_context(|| format!("data_dir: {} cannot be made", config.data_dir.display()))?;
    let store = Store::open(config.database_url.reveal()).await?;
    migrations::up(store.writer()).await.context("the schema could not be brought up to date")?;
    Ok(store)
}

/// The desk over a database, with the channels that are configured.
pub fn desk(config: &Config, store: Store) -> anyhow::Result<Desk> {
    let push = push(config)?;
    let settings = Settings {
        public_url: config.origin(),
        quiet: config.messages.quiet,
        hold_min: config.booking.hold_min,
        answers_help: config.sms.answers_help,
        fall_back_hours: config.messages.fall_back_hours,
        offer_hours: config.booking.offer_hours,
        no_fill_hours: config.booking.no_fill_hours,
        horizon_days: config.booking.horizon_days,
        notice_hours: config.booking.notice_hours,
        document_bytes: config.documents.max_bytes,
        feed_minutes: i64::try_from(config.feeds.poll.as_secs() / 60).unwrap_or(15).max(1),
        organizer: organizer(config),
        sends_mail: config.email.host.is_some(),
        sends_texts: !config.sms.accounts.is_empty(),
        vapid_public_key: push.as_ref().map(|push| push.public_key().to_owned()),
    };
    let ports = Ports {
        couriers: Box::new(Channels { sms: providers(config)?, email: email(config)?, push }),
        words: Box::new(Catalogue { default_country: config.sms.default_country.clone() }),
        documents: Box::new(Folder(
            DocumentStore::open(&documents(config))?.with_keys(document_keys(config)?),
        )),
        scanner: scanner(config)?,
        feeds: Box::new(GuardedFeeds(GuardedClient::new(HttpConfig {
            allowed_origins: config.feeds.allowed_origins.clone(),
            ..HttpConfig::default()
        })?)),
        secrets: Box::new(SealedSecrets(document_keys(config)?)),
        calendars: Box::new(Apart::default()),
        anchors: Box::new(FileAnchors::new(
            config.audit.anchor_dir.clone().unwrap_or_else(|| config.data_dir.join("anchors")),
        )),
        sign_on: sign_on(config)?,
        papers: Box::new(FilePapers::new(
            config.downtime.folder.clone().unwrap_or_else(|| config.data_dir.join("downtime")),
        )),
    };
    Ok(Desk::new(store, settings, ports))
}

/// The address in the sender of mails, such as `Referrals <referrals@example.org>`; where no mail leaves, one of the
/// site's that takes none.
fn organizer(config: &Config) -> String {
    let sender = config.email.from.as_str();
    let inner = sender.rsplit_once('<').map_or(sender, |(_, rest)| rest.trim_end().trim_end_matches('>'));
    match inner.trim() {
        "" => format!("no-reply@{}", config.public_url.host_str().unwrap_or("localhost")),
        address => address.to_owned(),
    }
}

fn providers(config: &Config) -> anyhow::Result<Providers> {
    let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build()?;
    let callback = config.public_url.join("/hooks/twilio/status")?;
    let mut all = Vec::new();
    for account in &config.sms.accounts {
        let settings = TwilioConfig {
            base_url: account.base_url.clone(),
            account_sid: account.sid.clone(),
            auth_token: account.auth_token.reveal().to_owned(),
            from: account.from.clone(),
            status_callback: Some(callback.clone()),
        };
        all.push(TwilioSms::new(settings, client.clone())?);
    }
    Ok(Providers::new(all))
}

fn email(config: &Config) -> anyhow::Result<Option<Email>> {
    let Some(host) = &config.email.host else {
        return Ok(None);
    };
    let (user, password) = match &config.email.sign_in {
        Some((user, password)) => (user.clone(), password.reveal().to_owned()),
        None => (String::new(), String::new()),
    };
    Ok(Some(Email::new(EmailConfig {
        host: host.clone(),
        port: config.email.port,
        tls: match config.email.tls {
            MailTls::None => Tls::None,
            MailTls::Starttls => Tls::StartTls,
            MailTls::Implicit => Tls::Implicit,
        },
        user,
        password,
        from: config.email.from.clone(),
        bounces: config.email.bounces.clone(),
    })?))
}

fn documents(config: &Config) -> DocumentConfig {
    match &config.documents.store {
        DocumentPlace::Folder => DocumentConfig::Folder(config.data_dir.join("documents")),
        DocumentPlace::S3 { endpoint, bucket, region, access_key, secret_key } => {
            DocumentConfig::S3(S3Config {
                endpoint: endpoint.to_string(),
                bucket: bucket.clone(),
                region: region.clone(),
                access_key: access_key.clone(),
                secret_key: secret_key.reveal().to_owned(),
            })
        }
    }
}

/// Notices to browsers, once the operator has given an address for the push services.
fn push(config: &Config) -> anyhow::Result<Option<Push>> {
    if config.push.subject.is_empty() {
        return Ok(None);
    }
    let push = Push::new(PushConfig {
        private_key: vapid(config)?,
        subject: config.push.subject.clone(),
        extra_origins: config.push.allowed_origins.clone(),
    })?;
    Ok(Some(push))
}

/// The configured VAPID key, or one made at the first start and kept beside the data.
fn vapid(config: &Config) -> anyhow::Result<String> {
    if let Some(key) = &config.push.vapid_private_key {
        return Ok(key.reveal().to_owned());
    }
    own_secret(config, "vapid.key", || generate_vapid().private_key)
}

/// The keys that documents are sealed with: the configured one, or one made at the first start. What was stored before
/// documents were sealed can still be read.
fn document_keys(config: &Config) -> anyhow::Result<Keys> {
    let current = match &config.documents.key {
        Some(key) => key.reveal().to_owned(),
        None => own_secret(config, "documents.key", || {
            base64::engine::general_purpose::STANDARD.encode(rand::random::<[u8; 32]>())
        })?,
    };
    let mut keys = Keys::new(Key::from_base64("documents.key", &current)?);
    if let Some(older) = &config.documents.older_key {
        keys = keys.with_older([Key::from_base64("documents.older_key", older.reveal())?]);
    }
    Ok(keys.allowing_plain())
}

fn sign_on(config: &Config) -> anyhow::Result<Option<Box<dyn service::ports::SignOn>>> {
    let Some(provider) = &config.sign_on else {
        return Ok(None);
    };
    let settings = SignOnConfig {
        issuer: provider.issuer.clone(),
        client: provider.client.clone(),
        secret: provider.secret.reveal().to_owned(),
        redirect: config.public_url.join("/sign-in/elsewhere/back")?.to_string(),
        trusted: provider.trusted.clone(),
    };
    Ok(Some(Box::new(Elsewhere {
        name: provider.name.clone(),
        issuer: provider.issuer.clone(),
        provider: SignOn::new(settings).context("sign_on.issuer")?,
    })))
}

fn scanner(config: &Config) -> anyhow::Result<Option<Box<dyn service::ports::Scanner>>> {
    let Some(address) = &config.documents.scanner else {
        return Ok(None);
    };
    Ok(Some(Box::new(Clamd(Scanner::new(address)?))))
}

/// A secret of this site, made at the first start and kept beside the data.
fn own_secret(config: &Config, name: &str, make: impl FnOnce() -> String) -> anyhow::Result<String> {
    let file = config.data_dir.join(name);
    if !file.exists() {
        std::fs::create_dir_all(&config.data_dir)?;
        // Whoever is first has made it for all.
        match write_secret(&file, &make()) {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            other => other.with_context(|| file.display().to_string())?,
        }
    }
    let text = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
    Ok(text.trim().to_owned())
}

/// Writes a file that only its owner can read, whole or not at all.
fn write_secret(file: &std::path::Path, text: &str) -> std::io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let half = file.with_extension(format!("{}.new", std::process::id()));
    let mut open = std::fs::OpenOptions::new();
    let mut handle = open.write(true).create_new(true).mode(0o600).open(&half)?;
    handle.write_all(text.as_bytes())?;
    handle.sync_all()?;
    let linked = std::fs::hard_link(&half, file);
    std::fs::remove_file(&half)?;
    linked
}

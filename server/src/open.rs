//! Opening what a configuration names: database, channels, documents, feeds; together they make the desk.

use anyhow::{Context, bail};
use connect::documents::{DocumentConfig, DocumentStore, S3Config};
use connect::http::{GuardedClient, HttpConfig};
use messaging::email::{Email, EmailConfig, Tls};
use messaging::push::{Push, PushConfig, generate_vapid};
use messaging::sms::{TwilioConfig, TwilioSms};

use service::ports::Ports;
use service::{Desk, Settings};
use store::Store;

use crate::adapters::{Catalogue, Channels, FileAnchors, Folder, GuardedFeeds};
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
        horizon_days: config.booking.horizon_days,
        notice_hours: config.booking.notice_hours,
        document_bytes: config.documents.max_bytes,
        feed_minutes: i64::try_from(config.feeds.poll.as_secs() / 60).unwrap_or(15).max(1),
        organizer: organizer(config),
        vapid_public_key: push.as_ref().map(|push| push.public_key().to_owned()),
    };
    let ports = Ports {
        couriers: Box::new(Channels { sms: sms(config)?, email: email(config)?, push }),
        words: Box::new(Catalogue { default_country: config.sms.default_country.clone() }),
        documents: Box::new(Folder(DocumentStore::open(&documents(config))?)),
        feeds: Box::new(GuardedFeeds(GuardedClient::new(HttpConfig {
            allowed_origins: config.feeds.allowed_origins.clone(),
            ..HttpConfig::default()
        })?)),
        anchors: Box::new(FileAnchors::new(
            config.audit.anchor_dir.clone().unwrap_or_else(|| config.data_dir.join("anchors")),
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

fn sms(config: &Config) -> anyhow::Result<Option<TwilioSms>> {
    let Some(account) = &config.sms.account else {
        return Ok(None);
    };
    let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build()?;
    let callback = config.public_url.join("/hooks/twilio/status")?;
    let sms = TwilioSms::new(
        TwilioConfig {
            base_url: config.sms.provider_base_url.clone(),
            account_sid: account.sid.clone(),
            auth_token: account.auth_token.reveal().to_owned(),
            from: account.from.clone(),
            status_callback: Some(callback),
        },
        client,
    )?;
    Ok(Some(sms))
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
    let file = config.data_dir.join("vapid.key");
    match std::fs::read_to_string(&file) {
        Ok(key) => Ok(key.trim().to_owned()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let keys = generate_vapid();
            write_secret(&file, &keys.private_key)?;
            Ok(keys.private_key)
        }
        Err(error) => bail!("{}: {error}", file.display()),
    }
}

/// Writes a file that only its owner can read.
fn write_secret(file: &std::path::Path, text: &str) -> anyhow::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut open = std::fs::OpenOptions::new();
    let mut handle = open.write(true).create_new(true).mode(0o600).open(file)?;
    Ok(handle.write_all(text.as_bytes())?)
}

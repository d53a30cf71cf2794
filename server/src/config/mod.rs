//! What a site decides: defaults, then `waymark.toml`, then the environment, then the command line.
//!
//! [`keys::KEYS`] describes every key once; the reader, the environment's names and the table in
//! `docs/OPERATIONS.md` all follow from it.

pub mod keys;
mod nearest;
mod secret;
mod sources;
mod values;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::NaiveTime;
use url::Url;

pub use secret::Secret;
use sources::gather;
use values::Values;

/// Everything that a site can decide. Read once, at start.
#[derive(Debug, Clone)]
pub struct Config {
    pub listen: SocketAddr,
    /// Where browsers find the site; scheme, host and port only.
    pub public_url: Url,
    pub data_dir: PathBuf,
    /// `sqlite:PATH` or `postgres://…`; may hold a password.
    pub database_url: Secret,
    pub site_dir: PathBuf,
    pub sms: Sms,
    pub email: Email,
    pub messages: Messages,
    pub push: Push,
    pub booking: Booking,
    pub documents: Documents,
    pub feeds: Feeds,
    pub audit: Audit,
    pub downtime: Downtime,
    pub limits: Limits,
    pub session: Idle,
    /// None: staff sign in here alone.
    pub sign_on: Option<SignOn>,
    pub trust: Trust,
}

/// Text messages.
#[derive(Debug, Clone)]
pub struct Sms {
    /// In the order in which they are used: the second while the first is in trouble. None: no text messages leave this site.
    pub accounts: Vec<SmsAccount>,
    /// HELP is answered here, and not by the provider.
    pub answers_help: bool,
    /// Calling code without `+`, for numbers written without one.
    pub default_country: String,
}

/// An account with a provider of text messages.
#[derive(Debug, Clone)]
pub struct SmsAccount {
    pub base_url: Url,
    pub sid: String,
    pub auth_token: Secret,
    pub from: String,
}

/// Outgoing mail.
#[derive(Debug, Clone)]
pub struct Email {
    /// None: no mail leaves this site.
    pub host: Option<String>,
    pub port: u16,
    pub tls: MailTls,
    /// None: the mail server wants no sign-in.
    pub sign_in: Option<(String, Secret)>,
    pub from: String,
    /// Where reports go; empty: to the sender.
    pub bounces: String,
}

/// How the connection to the mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailTls {
    None,
    Starttls,
    Implicit,
}

/// All messages to patients.
#[derive(Debug, Clone, Copy)]
pub struct Messages {
    /// Local times between which patients get no message that can wait; from may be later than to. None: no such hours.
    pub quiet: Option<(NaiveTime, NaiveTime)>,
    /// Hours for which a notice on a screen may stay unread.
    pub fall_back_hours: i64,
}

/// Picking a time.
#[derive(Debug, Clone, Copy)]
pub struct Booking {
    /// Minutes for which a chosen time is held.
    pub hold_min: i64,
    /// Hours for which a time is held that staff offer a patient.
    pub offer_hours: i64,
    /// Hours before a visit within which the waiting list offers its time to nobody.
    pub no_fill_hours: u32,
    /// Hours between now and the first time offered to a patient.
    pub notice_hours: i64,
    /// How many days ahead times are offered.
    pub horizon_days: i64,
}

/// Web Push (RFC 8030, RFC 8292).
#[derive(Debug, Clone)]
pub struct Push {
    /// None: no push messages leave this site.
    pub vapid_private_key: Option<Secret>,
    pub subject: String,
    pub allowed_origins: Vec<String>,
}

/// Uploaded documents.
#[derive(Debug, Clone)]
pub struct Documents {
    pub store: DocumentStore,
    pub max_bytes: u64,
    /// None: made at the first start and kept beside the data.
    pub key: Option<Secret>,
    pub older_key: Option<Secret>,
    /// Address of clamd; None: documents are not scanned.
    pub scanner: Option<String>,
}

/// The identity provider at which staff may sign on (OpenID Connect).
#[derive(Debug, Clone)]
pub struct SignOn {
    /// As the provider writes it itself: compared letter by letter.
    pub issuer: String,
    pub client: String,
    pub secret: Secret,
    /// What the button says.
    pub name: String,
    /// Values of `amr` or `acr` that say that a second factor was given there.
    pub trusted: Vec<String>,
}

/// Where documents are kept.
#[derive(Debug, Clone)]
pub enum DocumentStore {
    /// In a folder below `data_dir`.
    Folder,
    S3 {
        endpoint: Url,
        bucket: String,
        region: String,
        access_key: String,
        secret_key: Secret,
    },
}

/// Subscribed calendars.
#[derive(Debug, Clone)]
pub struct Feeds {
    pub allowed_origins: Vec<String>,
    pub poll: Duration,
}

/// The audit chain.
#[derive(Debug, Clone)]
pub struct Audit {
    /// Where heads of the chain are written outside the database; None: nowhere.
    pub anchor_dir: Option<PathBuf>,
}

/// Lists for the hour when nothing works.
#[derive(Debug, Clone)]
pub struct Downtime {
    /// None: below `data_dir`.
    pub folder: Option<PathBuf>,
}

/// What one client, and all together, may take.
#[derive(Debug, Clone)]
pub struct Limits {
    pub max_connections: usize,
    pub header_timeout: Duration,
    pub body_bytes: usize,
    pub request_timeout: Duration,
}

/// How long somebody stays signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Idle {
    /// Minutes without a request after which staff are signed out.
    pub staff_min: u32,
    /// The same for patients, and for who has not signed in yet.
    pub patient_min: u32,
    /// Hours after signing in at which everybody is signed out.
    pub absolute_h: u32,
}

/// Whom we believe about where a request came from.
#[derive(Debug, Clone, Copy)]
pub struct Trust {
    /// Proxies in front of us that add to `X-Forwarded-For`.
    pub proxy_hops: usize,
}

/// One thing that is wrong: which key, where it was given, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{key} ({source_name}): {remedy}")]
pub struct Problem {
    /// As in the table of keys, or as it was written when no such key exists.
    pub key: String,
    pub source_name: String,
    pub remedy: String,
}

/// Everything that is wrong with a configuration, a line each.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct ConfigError(pub Vec<Problem>);

impl Config {
    /// Reads defaults ← file ← environment ← `overrides` (key and value, from the command line).
    ///
    /// The file is `file`, else `WAYMARK_CONFIG`, else `waymark.toml` in the working folder when there is one.
    ///
    /// # Errors
    /// All unknown keys, unfit values and keys that are missing beside others, at once.
    pub fn load(
        overrides: &[(String, String)],
        env: &BTreeMap<String, String>,
        file: Option<&Path>,
    ) -> Result<Self, ConfigError> {
        let mut values = gather(overrides, env, file);
        let config = build(&mut values);
        values.finish()?;
        config.ok_or_else(|| ConfigError(Vec::new()))
    }

    /// Whether browsers reach the site by https.
    pub fn is_https(&self) -> bool {
        self.public_url.scheme() == "https"
    }

    /// The site's origin as browsers write it, for example `https://refer.example.org`.
    pub fn origin(&self) -> String {
        self.public_url.origin().ascii_serialization()
    }
}

/// The process's environment, for [`Config::load`]. What is not UTF-8 gets a replacement character.
pub fn environment() -> BTreeMap<String, String> {
    let text = |os: std::ffi::OsString| os.to_string_lossy().into_owned();
    std::env::vars_os().map(|(name, value)| (text(name), text(value))).collect()
}

/// None only when a problem was noted.
fn build(values: &mut Values) -> Option<Config> {
    let data_dir = PathBuf::from(values.text("data_dir"));
    let listen = values.address("listen");
    let public_url = values.origin_url("public_url");
    let database_url = database_url(values, &data_dir);
    let site_dir = PathBuf::from(values.text("site_dir"));
    let sms = sms(values);
    let email = email(values);
    let messages =
        Messages { quiet: quiet(values), fall_back_hours: values.small("messages.fall_back_hours").into() };
    let push = push(values);
    let booking = Booking {
        hold_min: values.small("booking.hold_min").into(),
        offer_hours: values.small("booking.offer_hours").into(),
        no_fill_hours: values.small("booking.no_fill_hours"),
        notice_hours: values.small("booking.notice_hours").into(),
        horizon_days: values.small("booking.horizon_days").into(),
    };
    let documents = documents(values);
    let feeds = Feeds {
        allowed_origins: values.origins("feeds.allowed_origins"),
        poll: Duration::from_secs(values.whole("feeds.poll_minutes") * 60),
    };
    let downtime = Downtime { folder: values.optional("downtime.folder").map(PathBuf::from) };
    let audit = Audit { anchor_dir: values.optional("audit.anchor_dir").map(PathBuf::from) };
    let limits = Limits {
        max_connections: values.size("limits.max_connections"),
        header_timeout: Duration::from_secs(values.whole("limits.header_timeout_s")),
        body_bytes: values.size("limits.body_bytes"),
        request_timeout: Duration::from_secs(values.whole("limits.request_timeout_s")),
    };
    let session = Idle {
        staff_min: values.small("session.staff_idle_min"),
        patient_min: values.small("session.patient_idle_min"),
        absolute_h: values.small("session.absolute_h"),
    };
    let sign_on = sign_on(values);
    let trust = Trust { proxy_hops: values.size("trust.proxy_hops") };
    Some(Config {
        listen: listen?,
        public_url: public_url?,
        data_dir,
        database_url,
        site_dir,
        sms: sms?,
        email,
        messages,
        push,
        booking,
        documents: documents?,
        feeds,
        audit,
        downtime,
        limits,
        session,
        sign_on,
        trust,
    })
}

fn database_url(values: &mut Values, data_dir: &Path) -> Secret {
    let Some(url) = values.optional("database_url") else {
        return Secret::new(format!("sqlite:{}", data_dir.join("waymark.db").display()));
    };
    if !["sqlite:", "postgres:", "postgresql:"].iter().any(|kind| url.starts_with(kind)) {
        values.refuse("database_url", "begin it with sqlite: or postgres:");
    }
    Secret::new(url)
}

fn sms(values: &mut Values) -> Option<Sms> {
    let default_country = values.text("sms.default_country");
    if default_country.is_empty() || default_country.len() > 3 || !digits(&default_country) {
        values.refuse(
            "sms.default_country",
            "give a calling code of one to three digits, without +, such as 44",
        );
    }
    let answers_help = values.text("sms.help_by") == "waymark";
    let first =
        sms_account(values, ["sms.provider_base_url", "sms.account_sid", "sms.auth_token", "sms.from"])?;
    let keys = ["sms.second_base_url", "sms.second_account_sid", "sms.second_auth_token", "sms.second_from"];
    let second = sms_account(values, keys)?;
    Some(Sms { accounts: first.into_iter().chain(second).collect(), answers_help, default_country })
}

/// An account by its keys: address, account, token and sender. `None`: its address is none.
fn sms_account(values: &mut Values, keys: [&'static str; 4]) -> Option<Option<SmsAccount>> {
    let base_url = values.url(keys[0]);
    let [sid, token, from] = [keys[1], keys[2], keys[3]].map(|key| values.optional(key));
    if sid.is_none() && token.is_none() && from.is_none() {
        return base_url.map(|_| None);
    }
    let all = "account_sid, auth_token and from belong together";
    let (sid, token, from) = (
        values.needed(keys[1], sid, all),
        Secret::new(values.needed(keys[2], token, all)),
        values.needed(keys[3], from, all),
    );
    Some(Some(SmsAccount { base_url: base_url?, sid, auth_token: token, from }))
}

fn email(values: &mut Values) -> Email {
    let host = values.optional("email.host");
    let port = u16::try_from(values.whole("email.port")).unwrap_or(u16::MAX);
    let tls = match values.text("email.tls").as_str() {
        "none" => MailTls::None,
        "implicit" => MailTls::Implicit,
        _ => MailTls::Starttls,
    };
    let sign_in = match (values.optional("email.user"), values.optional("email.password")) {
        (None, None) => None,
        (user, password) => {
            let both = "user and password belong together";
            let user = values.needed("email.user", user, both);
            Some((user, Secret::new(values.needed("email.password", password, both))))
        }
    };
    let from = values.optional("email.from");
    let from = if host.is_some() {
        values.needed("email.from", from, "mail needs a sender when email.host is given")
    } else {
        from.unwrap_or_default()
    };
    let bounces = values.optional("email.bounces").unwrap_or_default();
    Email { host, port, tls, sign_in, from, bounces }
}

fn quiet(values: &mut Values) -> Option<(NaiveTime, NaiveTime)> {
    match (values.time_of_day("messages.quiet_from"), values.time_of_day("messages.quiet_to")) {
        (Some(from), Some(to)) => Some((from, to)),
        (None, None) => None,
        (given, _) => {
            let missing = if given.is_some() { "messages.quiet_to" } else { "messages.quiet_from" };
            values.refuse(missing, "give both times, or an empty text for both");
            None
        }
    }
}

fn push(values: &mut Values) -> Push {
    let vapid_private_key = values.optional("push.vapid_private_key").map(Secret::new);
    let subject = values.optional("push.subject");
    let allowed_origins = values.origins("push.allowed_origins");
    let subject = if vapid_private_key.is_some() {
        let subject = values.needed("push.subject", subject, "push services ask whom they can reach");
        if !subject.is_empty() && !subject.starts_with("mailto:") && !subject.starts_with("https:") {
            values.refuse("push.subject", "begin it with mailto: or https: (RFC 8292 section 2.1)");
        }
        subject
    } else {
        subject.unwrap_or_default()
    };
    Push { vapid_private_key, subject, allowed_origins }
}

fn documents(values: &mut Values) -> Option<Documents> {
    let max_bytes = values.whole("documents.max_bytes");
    let kind = values.text("documents.store");
    let endpoint = values.optional("documents.endpoint");
    let bucket = values.optional("documents.bucket");
    let region = values.text("documents.region");
    let access_key = values.optional("documents.access_key");
    let secret_key = values.optional("documents.secret_key");
    let key = values.optional("documents.key");
    let older_key = values.optional("documents.older_key").map(Secret::new);
    let scanner = values.optional("documents.scanner");
    if kind != "s3" {
        let key = key.map(Secret::new);
        return Some(Documents { store: DocumentStore::Folder, max_bytes, key, older_key, scanner });
    }
    let why = "documents.store = \"s3\" needs it";
    let given = values.needed("documents.endpoint", endpoint, why);
    let bucket = values.needed("documents.bucket", bucket, why);
    let access_key = values.needed("documents.access_key", access_key, why);
    let secret_key = Secret::new(values.needed("documents.secret_key", secret_key, why));
    let endpoint = if given.is_empty() { None } else { values.url("documents.endpoint") };
    let several = "documents.store = \"s3\" is shared by several servers, which need the same key";
    let key = Some(Secret::new(values.needed("documents.key", key, several)));
    let store = DocumentStore::S3 { endpoint: endpoint?, bucket, region, access_key, secret_key };
    Some(Documents { store, max_bytes, key, older_key, scanner })
}

fn sign_on(values: &mut Values) -> Option<SignOn> {
    let issuer = values.optional("sign_on.issuer");
    let client = values.optional("sign_on.client");
    let secret = values.optional("sign_on.secret");
    let name = values.text("sign_on.name");
    let trusted = values.list("sign_on.trusted");
    if issuer.is_none() && client.is_none() && secret.is_none() {
        return None;
    }
    let all = "issuer, client and secret belong together";
    let issuer = values.needed("sign_on.issuer", issuer, all);
    if !issuer.is_empty() && !Url::parse(&issuer).is_ok_and(|url| matches!(url.scheme(), "http" | "https")) {
        values
            .refuse("sign_on.issuer", "give an address that begins with https://, as the provider writes it");
    }
    Some(SignOn {
        issuer,
        client: values.needed("sign_on.client", client, all),
        secret: Secret::new(values.needed("sign_on.secret", secret, all)),
        name,
        trusted,
    })
}

fn digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

//! The product, running over a private database, with stand-ins for everything outside.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use anyhow::Context;
use axum::Router;
use sea_orm::{ConnectionTrait, Statement};
use server::config::Config;
use server::demo::smtp::{self, Mail};
use server::{open, router};
use service::{Desk, check, clock, jobs};
use tempfile::TempDir;
use tokio::sync::watch;

use crate::databases::{self, Kind, Private};
use crate::provider::{CLIENT, CLIENT_SECRET};
use crate::{ACCOUNT, Browser, Clamd, Feed, Provider, PushService, TOKEN, Twilio};

/// How a test's app differs from the ordinary one.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Keys of the configuration, as on the command line.
    pub overrides: Vec<(&'static str, &'static str)>,
    /// An empty database instead of the demonstration.
    pub is_empty: bool,
    /// A virus scanner looks at documents.
    pub scans: bool,
    /// Staff may sign on at an identity provider.
    pub signs_on: bool,
}

impl Options {
    /// The ordinary app with one key set.
    pub fn with(key: &'static str, value: &'static str) -> Self {
        Self { overrides: vec![(key, value)], ..Self::default() }
    }

    /// The ordinary app with a virus scanner.
    pub fn scanning() -> Self {
        Self { scans: true, ..Self::default() }
    }

    /// The ordinary app with an identity provider.
    pub fn signing_on() -> Self {
        Self { signs_on: true, ..Self::default() }
    }

    /// An app over an empty database.
    pub fn empty() -> Self {
        Self { is_empty: true, ..Self::default() }
    }
}

/// The running product.
pub struct TestApp {
    pub kind: Kind,
    pub config: Config,
    pub desk: Desk,
    pub router: Router,
    /// Sends the stop.
    pub stop: watch::Sender<bool>,
    pub twilio: Twilio,
    pub push: PushService,
    pub clamd: Clamd,
    pub feed: Feed,
    pub provider: Provider,
    /// Everything below `data_dir`.
    pub folder: TempDir,
    mail: smtp::Capture,
    database: Private,
    leaves_messages: AtomicBool,
    expected: Mutex<Vec<String>>,
    pub(crate) browsers: Mutex<BTreeMap<String, Browser>>,
}

impl TestApp {
    pub(crate) async fn start(kind: Kind, options: Options) -> anyhow::Result<Self> {
        // Whoever was first has set it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        // This program is no `waymark`: calendars are read by the test `hostile_calendars::reader`.
        server::adapters::apart::call_with(&["--exact", "hostile_calendars::reader", "--nocapture"]);
        let folder = TempDir::with_prefix("waymark-test-")?;
        let database = match options.is_empty {
            true => databases::empty(kind, folder.path()).await?,
            false => databases::copy(kind, folder.path()).await?,
        };
        let (sms, twilio) = Twilio::start().await?;
        let (smtp, mail) = smtp::Capture::start().await?;
        let push = PushService::start().await?;
        let (scanner, clamd) = Clamd::start().await?;
        let provider = Provider::start().await?;
        let feed = Feed::start().await?;
        let caldav =
            std::env::var("WAYMARK_TEST_CALDAV").map(|origin| format!(",{origin}")).unwrap_or_default();
        let sign_on = |value: &str| if options.signs_on { value.to_owned() } else { String::new() };
        let own = [
            ("data_dir", folder.path().display().to_string()),
            ("database_url", database.url.clone()),
            ("site_dir", folder.path().join("site").display().to_string()),
            ("public_url", "http://waymark.test".to_owned()),
            ("sms.provider_base_url", sms.clone()),
            ("sms.account_sid", ACCOUNT.to_owned()),
            ("sms.auth_token", TOKEN.to_owned()),
            ("sms.from", "+441632960000".to_owned()),
            ("email.host", smtp.ip().to_string()),
            ("email.port", smtp.port().to_string()),
            ("email.tls", "none".to_owned()),
            ("email.from", "Waymark <no-reply@waymark.test>".to_owned()),
            ("push.subject", "mailto:operator@waymark.test".to_owned()),
            ("push.allowed_origins", push.origin().to_owned()),
            ("feeds.allowed_origins", format!("{}{caldav}", feed.origin())),
            ("documents.scanner", if options.scans { scanner } else { String::new() }),
            ("sign_on.issuer", sign_on(provider.origin())),
            ("sign_on.client", sign_on(CLIENT)),
            ("sign_on.secret", sign_on(CLIENT_SECRET)),
            ("messages.fall_back_hours", "0".to_owned()),
            ("messages.quiet_from", String::new()),
            ("messages.quiet_to", String::new()),
        ];
        let given = options.overrides.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        let overrides: Vec<_> =
            own.into_iter().map(|(key, value)| (key.to_owned(), value)).chain(given).collect();
        let config = Config::load(&overrides, &BTreeMap::new(), None)?;
        let desk = open::desk(&config, open::database(&config).await?)?;
        let (stop, stopping) = watch::channel(false);
        let router = router::router(&config, &desk, stopping, None);
        Ok(Self {
            kind,
            config,
            desk,
            router,
            stop,
            twilio,
            push,
            clamd,
            feed,
            provider,
            folder,
            mail,
            database,
            leaves_messages: AtomicBool::new(false),
            expected: Mutex::default(),
            browsers: Mutex::default(),
        })
    }

    /// A browser that nobody has used yet.
    pub fn browser(&self) -> Browser {
        Browser::new(self.router.clone())
    }

    /// All mail received, oldest first.
    pub fn mails(&self) -> Vec<Mail> {
        self.mail.mails()
    }

    /// Sends what is due, until nothing is.
    pub async fn deliver(&self) {
        while jobs::dispatch(&self.desk, clock::now()).await.expect("messages are sent") > 0 {}
    }

    /// This test ends with messages that are due.
    pub fn leaves_messages(&self) {
        self.leaves_messages.store(true, Ordering::SeqCst);
    }

    /// This test breaks a rule on purpose.
    pub fn breaks(&self, rule: &str) {
        self.expected.lock().unwrap_or_else(PoisonError::into_inner).push(rule.to_owned());
    }

    /// A number from the database, selected as `n`.
    pub async fn count(&self, sql: &str) -> i64 {
        let db = self.desk.store.reader();
        let statement = Statement::from_string(db.get_database_backend(), sql);
        let row = db.query_one_raw(statement).await.expect(sql).expect("a row");
        row.try_get::<i64>("", "n").or_else(|_| row.try_get::<i32>("", "n").map(i64::from)).expect("a number")
    }

    /// Texts from the database, selected as `t`.
    pub async fn texts(&self, sql: &str) -> Vec<String> {
        let db = self.desk.store.reader();
        let statement = Statement::from_string(db.get_database_backend(), sql);
        let rows = db.query_all_raw(statement).await.expect(sql);
        rows.iter().map(|row| row.try_get("", "t").expect("a text")).collect()
    }

    /// Runs a statement that the product does not have; answers the database's refusal.
    pub async fn raw(&self, sql: &str) -> Result<(), String> {
        let done = self.desk.store.writer().execute_unprepared(sql).await;
        done.map(|_| ()).map_err(|error| error.to_string())
    }

    /// Lets everybody's second factor look old, as after half an hour at work.
    pub async fn age_second_factors(&self) {
        let aged = r#"update session set data = replace(data, '"second_factor":1', '"second_factor":')"#;
        self.raw(aged).await.expect("aged");
    }

    /// Takes the roles away that somebody has besides one.
    pub async fn only(&self, who: &str, role: &str) {
        let id = self.literal(self.staff(who).await.id);
        let rest = format!("delete from person_role where person_id = {id} and role <> '{role}'");
        self.raw(&rest).await.expect("taken");
    }

    /// A UUID as this database writes it in a statement.
    pub fn literal(&self, id: uuid::Uuid) -> String {
        match self.kind {
            Kind::Sqlite => format!("x'{}'", id.simple()),
            Kind::Postgres => format!("'{id}'::uuid"),
        }
    }

    /// The rules that do not hold now.
    pub async fn findings(&self) -> Vec<String> {
        let findings = check::check(&self.desk, clock::now()).await.expect("the check runs");
        findings.into_iter().filter(|finding| finding.count > 0).map(|finding| finding.rule).collect()
    }

    pub(crate) async fn must_be_sound(&self) {
        let expected = self.expected.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let seal =
            async { while jobs::seal(&self.desk, clock::now()).await.expect("the audit is sealed") > 0 {} };
        seal.await;
        assert_eq!(self.findings().await, expected, "rules that do not hold");
        assert_eq!(self.twilio.faults(), Vec::<String>::new(), "what Twilio would have refused");
        assert_eq!(self.push.faults(), Vec::<String>::new(), "what a browser would have refused");
        if !self.leaves_messages.load(Ordering::SeqCst) {
            let now = clock::now().timestamp_millis();
            let due = format!(
                "select template || ' by ' || channel as t from message \
                 where state in ('created', 'sending', 'unknown', 'technical-failure') and due_at <= {now}"
            );
            assert_eq!(self.texts(&due).await, Vec::<String>::new(), "messages left behind");
        }
    }

    pub(crate) async fn end(self) {
        // Live pages may be waiting for it.
        let _ = self.stop.send(true);
        let Self { desk, router, database, .. } = self;
        drop(router);
        // Both may be gone already, when the test wanted so.
        let _ = desk.store.clone().close().await;
        let dropped = database.drop_it().await.context("the test's database");
        assert!(dropped.is_ok(), "{dropped:?}");
    }
}

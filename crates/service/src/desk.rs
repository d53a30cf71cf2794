//! The desk at which all service functions work: database, outside services, settings.

use std::sync::Arc;

use chrono::{DateTime, NaiveTime, Utc};
use domain::delivery::Channel;
use domain::{Actor, ReferralId};
use store::Store;
use tokio::sync::{broadcast, watch};

use crate::audit::{ReadAudit, Trail};
use crate::booking::crowd::Crowds;
use crate::ports::Ports;

/// What an installation decides.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Origin under which patients and staff reach us, without a slash at the end.
    pub public_url: String,
    /// No message to a patient between these local times, unless they just asked for it.
    pub quiet: Option<(NaiveTime, NaiveTime)>,
    /// Whether a text message that asks who writes is answered here, and not by the provider.
    pub answers_help: bool,
    /// Hours after which a patient who has not read a notice on their screen is told by another way; 0: at once.
    pub fall_back_hours: i64,
    /// Minutes for which a chosen time is held.
    pub hold_min: i64,
    /// Hours for which a time is held that staff offer a patient.
    pub offer_hours: i64,
    /// Hours before a visit within which the waiting list offers its time to nobody.
    pub no_fill_hours: u32,
    /// How many days ahead times are offered.
    pub horizon_days: i64,
    /// Hours between now and the first time offered to a patient.
    pub notice_hours: i64,
    /// Bytes of one document.
    pub document_bytes: u64,
    /// Minutes between looks at a subscribed calendar.
    pub feed_minutes: i64,
    /// Mail address that invitations name as the organizer: the sender's, so that replies arrive.
    pub organizer: String,
    /// Whether mail leaves at all. Where it does not, nobody is invited by mail.
    pub sends_mail: bool,
    /// Whether text messages leave at all. Where they do not, patients are told by the next way.
    pub sends_texts: bool,
    /// Public key for Web Push, when configured.
    pub vapid_public_key: Option<String>,
}

impl Settings {
    /// Whether anything leaves this site by a channel.
    pub const fn can(&self, channel: Channel) -> bool {
        match channel {
            Channel::Sms => self.sends_texts,
            Channel::Email => self.sends_mail,
            Channel::Push | Channel::InApp | Channel::Letter => true,
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            public_url: "http://127.0.0.1:3000".to_owned(),
            quiet: NaiveTime::from_hms_opt(21, 0, 0).zip(NaiveTime::from_hms_opt(8, 0, 0)),
            answers_help: false,
            fall_back_hours: 8,
            hold_min: 5,
            offer_hours: 48,
            no_fill_hours: 24,
            horizon_days: 84,
            notice_hours: 24,
            document_bytes: 20 * 1024 * 1024,
            feed_minutes: 15,
            organizer: "no-reply@waymark.invalid".to_owned(),
            sends_mail: true,
            sends_texts: true,
            vapid_public_key: None,
        }
    }
}

/// Told to live pages after a change was committed: they read again what they may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Notice {
    pub referral: ReferralId,
    pub version: i64,
}

/// Shared by every request and job. Cheap to clone.
#[derive(Clone)]
pub struct Desk {
    pub store: Store,
    pub settings: Arc<Settings>,
    pub(crate) ports: Arc<Ports>,
    pub(crate) notices: broadcast::Sender<Notice>,
    pub(crate) reads: ReadAudit,
    pub(crate) wake: Arc<watch::Sender<()>>,
    pub(crate) freed: Arc<tokio::sync::Notify>,
    pub(crate) crowds: Crowds,
}

/// A request: who, when, and the key under which a repeat is recognised.
#[derive(Debug, Clone)]
pub struct Call {
    pub actor: Actor,
    pub now: DateTime<Utc>,
    /// Chosen by the caller (a hidden form field, an `Idempotency-Key`); at most 100 characters count.
    pub key: Option<String>,
    /// What it has left in the audit.
    pub trail: Trail,
}

impl Call {
    /// A request without a key.
    pub fn new(actor: Actor, now: DateTime<Utc>) -> Self {
        Self { actor, now, key: None, trail: Trail::default() }
    }
}

impl Desk {
    /// Sets the desk up; spawns the writer that makes reads' audit rows durable.
    pub fn new(store: Store, settings: Settings, ports: Ports) -> Self {
        let (notices, _) = broadcast::channel(1024);
        Self {
            reads: ReadAudit::start(store.clone()),
            store,
            settings: Arc::new(settings),
            ports: Arc::new(ports),
            notices,
            wake: Arc::new(watch::Sender::new(())),
            freed: Arc::new(tokio::sync::Notify::new()),
            crowds: Crowds::default(),
        }
    }

    /// Committed changes from now on. A receiver that lags reads everything again.
    pub fn watch(&self) -> broadcast::Receiver<Notice> {
        self.notices.subscribe()
    }

    /// Answers when a time has come free, or somebody waits for one.
    pub async fn time_freed(&self) {
        self.freed.notified().await;
    }

    /// Changes when a message may be waiting to be sent.
    pub fn letters(&self) -> watch::Receiver<()> {
        self.wake.subscribe()
    }
}

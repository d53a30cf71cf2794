//! Who is signed in: browser sessions over our own table, and the cookie.
//!
//! A session that ended stays ended, whatever a request still under way wants to save (promise P8).

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use store::{Store, StoreError, sessions};
use time::OffsetDateTime;
use tower_sessions::cookie::SameSite;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{Error, Result};
use tower_sessions::{Expiry, SessionManagerLayer, SessionStore};

pub use crate::config::Idle;

/// The session's entry that says who is signed in: `staff:<id>` or `patient:<id>`. Kept in a column, so that all
/// sessions of one person can be ended.
pub const PRINCIPAL_KEY: &str = "principal_key";
/// The session's entry that says who signed in when: `{"who": …, "at": ms since 1970}`; the absolute limit counts from
/// here, whatever id the session has since got.
const SIGNED_IN: &str = "signed_in";
/// Being seen is written down at most this often, so that reading a page does not write each time.
const SEEN_EVERY_MS: i64 = 60_000;
const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 3_600_000;
/// How long it is remembered whose session a browser had after its end, so that a form that comes then is not lost.
const REMEMBERED_MS: i64 = 24 * HOUR_MS;
/// What [`SessionStore::delete`] answers for a session that has ended already.
pub const ENDED: &str = "the session has ended";

/// Whose session it was.
#[derive(Debug, Clone)]
pub struct Was {
    /// `staff:<id>` or `patient:<id>`.
    pub who: String,
    /// What it remembered.
    pub data: HashMap<String, Value>,
}

type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// The sessions of a site. Cheap to clone.
#[derive(Clone)]
pub struct SqlSessions {
    store: Store,
    rules: Idle,
    clock: Clock,
}

impl fmt::Debug for SqlSessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqlSessions").field("rules", &self.rules).finish_non_exhaustive()
    }
}

impl SqlSessions {
    /// Sessions in `store`, by the clock of the machine.
    pub fn new(store: Store, rules: Idle) -> Self {
        Self::with_clock(store, rules, Utc::now)
    }

    /// The same, where `clock` says what time it is.
    pub fn with_clock(
        store: Store,
        rules: Idle,
        clock: impl Fn() -> DateTime<Utc> + Send + Sync + 'static,
    ) -> Self {
        Self { store, rules, clock: Arc::new(clock) }
    }

    /// The layer that gives each request its `tower_sessions::Session`. The cookie ends with the browser; the server
    /// ends it earlier. `__Host-` ties it to this host alone, which browsers grant over https only.
    pub fn layer(&self, is_https: bool) -> SessionManagerLayer<Self> {
        SessionManagerLayer::new(self.clone())
            .with_name(if is_https { "__Host-waymark" } else { "waymark" })
            .with_secure(is_https)
            .with_http_only(true)
            .with_same_site(SameSite::Lax)
            .with_path("/")
            .with_expiry(Expiry::OnSessionEnd)
    }

    /// Whether a session is alive now, without counting as use of it: long-lived streams ask this every few seconds.
    ///
    /// # Errors
    /// The database failed.
    pub async fn is_alive(&self, id: &Id) -> std::result::Result<bool, StoreError> {
        let now = self.now();
        let row = sessions::find(self.store.reader(), &hash(id), now).await?;
        Ok(row.is_some_and(|row| self.is_awake(&row, now)))
    }

    /// Who was signed in with a session that nobody ended and that is not alive any more.
    ///
    /// # Errors
    /// The database failed.
    pub async fn was(&self, id: &Id) -> std::result::Result<Option<Was>, StoreError> {
        let now = self.now();
        let row = sessions::not_ended(self.store.reader(), &hash(id)).await?;
        let Some(row) = row.filter(|row| row.expires_at <= now || !self.is_awake(row, now)) else {
            return Ok(None);
        };
        let data: HashMap<String, Value> = serde_json::from_str(&row.data).unwrap_or_default();
        let before = || data.get(app::web::keys::WAS).and_then(Value::as_str).map(str::to_owned);
        let who = row.principal.clone().or_else(before);
        Ok(who.map(|who| Was { who, data }))
    }

    /// Ends all sessions of one person, at once; answers how many.
    ///
    /// # Errors
    /// The database failed.
    pub async fn revoke_principal(&self, principal: &str) -> std::result::Result<u64, StoreError> {
        sessions::revoke_principal(self.store.writer(), principal, self.now()).await
    }

    /// Deletes rows that have not been alive for a day; answers how many. To be called by a job.
    ///
    /// # Errors
    /// The database failed.
    pub async fn purge(&self) -> std::result::Result<u64, StoreError> {
        sessions::purge(self.store.writer(), self.now() - REMEMBERED_MS).await
    }

    fn is_awake(&self, row: &sessions::Session, now: i64) -> bool {
        let is_staff = row.principal.as_deref().is_some_and(|principal| principal.starts_with("staff:"));
        let idle_min = if is_staff { self.rules.staff_min } else { self.rules.patient_min };
        now - row.seen_at < i64::from(idle_min) * MINUTE_MS
    }

    fn now(&self) -> i64 {
        (self.clock)().timestamp_millis()
    }

    /// When a new row ends. A session that merely got a new id ends when the old one would have.
    fn ends_at(&self, record: &mut Record, now: i64) -> i64 {
        let mut began = now;
        if let Some(who) = record.data.get(PRINCIPAL_KEY).cloned() {
            let noted = record.data.get(SIGNED_IN).filter(|noted| noted["who"] == who);
            match noted.and_then(|noted| noted["at"].as_i64()) {
                Some(at) => began = at,
                None => {
                    record.data.insert(SIGNED_IN.to_owned(), json!({ "who": who, "at": now }));
                }
            }
        }
        began.saturating_add(i64::from(self.rules.absolute_h) * HOUR_MS)
    }
}

#[async_trait]
impl SessionStore for SqlSessions {
    async fn create(&self, record: &mut Record) -> Result<()> {
        let now = self.now();
        // Ids are 128 random bits; the loop is for the law, not for the odds.
        for _ in 0..3 {
            let expires_at = self.ends_at(record, now);
            let new = sessions::Session {
                data: encode(record)?,
                principal: named(record),
                created_at: now,
                seen_at: now,
                expires_at,
            };
            match sessions::create(self.store.writer(), &hash(&record.id), &new).await {
                Ok(()) => return Ok(()),
                Err(StoreError::Duplicate(_)) => record.id = Id::default(),
                Err(error) => return Err(broken(error)),
            }
        }
        Err(Error::Backend("no free session id was found".to_owned()))
    }

    async fn save(&self, record: &Record) -> Result<()> {
        let (data, principal) = (encode(record)?, named(record));
        // No row: the session ended meanwhile, and stays so. The request's answer is none the worse for it.
        sessions::save(self.store.writer(), &hash(&record.id), &data, principal.as_deref(), self.now())
            .await
            .map(|_| ())
            .map_err(broken)
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let now = self.now();
        let hash = hash(id);
        let row = sessions::find(self.store.reader(), &hash, now).await.map_err(broken)?;
        let Some(row) = row.filter(|row| self.is_awake(row, now)) else {
            return Ok(None);
        };
        if now - row.seen_at >= SEEN_EVERY_MS {
            sessions::touch(self.store.writer(), &hash, now).await.map_err(broken)?;
        }
        let data = serde_json::from_str(&row.data).map_err(|error| Error::Decode(error.to_string()))?;
        let expiry_date = OffsetDateTime::from_unix_timestamp(row.expires_at / 1_000)
            .map_err(|error| Error::Decode(error.to_string()))?;
        Ok(Some(Record { id: *id, data, expiry_date }))
    }

    /// Refused, as [`ENDED`], for a session that has ended already: `cycle_id` must not move a dead one to a new id. Who
    /// signs out takes that refusal for success. One that was never kept is no error.
    async fn delete(&self, id: &Id) -> Result<()> {
        match sessions::revoke(self.store.writer(), &hash(id), self.now()).await.map_err(broken)? {
            sessions::Revoked::Now | sessions::Revoked::Unknown => Ok(()),
            sessions::Revoked::Before => Err(Error::Backend(ENDED.to_owned())),
        }
    }
}

/// Only this is kept: who reads the table cannot sign in with it.
fn hash(id: &Id) -> String {
    hex::encode(Sha256::digest(id.0.to_le_bytes()))
}

fn encode(record: &Record) -> Result<String> {
    serde_json::to_string(&record.data).map_err(|error| Error::Encode(error.to_string()))
}

fn named(record: &Record) -> Option<String> {
    record.data.get(PRINCIPAL_KEY).and_then(Value::as_str).map(str::to_owned)
}

fn broken(error: StoreError) -> Error {
    Error::Backend(error.to_string())
}

#[cfg(test)]
#[path = "session_tests.rs"]
mod tests;

//! Documents and feeds.

use async_trait::async_trait;
use connect::caldav::{Collection, fetch_collection};
use connect::documents::{DocumentStore, Resealed};
use connect::feeds::{Feed, FeedProblem, fetch_feed};
use connect::http::{Conditional, GuardedClient};
use connect::scanner::Verdict;
use connect::sealed::{self, Keys, Place};
use service::ports::{Documents, FeedFault, Feeds, Fetched, Known, Scan, Scanner, Secrets, Source};

/// The configured document store.
pub struct Folder(pub DocumentStore);

#[async_trait]
impl Documents for Folder {
    async fn put(&self, key: &str, bytes: Vec<u8>) -> Result<(), String> {
        self.0.put(key, bytes).await.map(|_| ()).map_err(|error| error.to_string())
    }

    async fn get(&self, key: &str) -> Result<Vec<u8>, String> {
        self.0.get(key).await.map(Vec::from).map_err(|error| error.to_string())
    }

    async fn delete(&self, key: &str) -> Result<(), String> {
        self.0.delete(key).await.map_err(|error| error.to_string())
    }

    async fn try_reseal(&self, key: &str, sha256: &str) -> Result<bool, String> {
        let found = self.0.try_reseal(key, sha256).await.map_err(|error| error.to_string())?;
        Ok(found == Resealed::Anew)
    }

    async fn reseal(&self, key: &str, sha256: &str) -> Result<bool, String> {
        let done = self.0.reseal(key, sha256).await.map_err(|error| error.to_string())?;
        Ok(done == Resealed::Anew)
    }
}

/// ClamAV's daemon.
pub struct Clamd(pub connect::scanner::Scanner);

#[async_trait]
impl Scanner for Clamd {
    async fn scan(&self, bytes: &[u8]) -> Scan {
        match self.0.scan(bytes).await {
            Verdict::Clean => Scan::Clean,
            Verdict::Infected { name } => Scan::Infected(name),
            Verdict::Undecided { why } => Scan::Undecided(why),
        }
    }

    async fn ready(&self) -> Result<(), String> {
        self.0.ping().await.map_err(|error| error.to_string())
    }
}

/// Subscribed calendars through the guarded client.
pub struct GuardedFeeds(pub GuardedClient);

#[async_trait]
impl Feeds for GuardedFeeds {
    async fn fetch(&self, source: Source<'_>) -> Result<Fetched, FeedFault> {
        let known = Conditional { etag: source.known.etag, last_modified: source.known.last_modified };
        let feed = match source.login {
            None => fetch_feed(&self.0, source.url, &known).await,
            Some((username, password)) => {
                let Source { url: address, from, to, .. } = source;
                fetch_collection(&self.0, Collection { address, username, password, from, to }, &known).await
            }
        };
        match feed {
            Feed::Calendar { bytes, validators } => Ok(Fetched::Calendar {
                bytes: bytes.to_vec(),
                known: Known { etag: validators.etag, last_modified: validators.last_modified },
            }),
            Feed::NotModified => Ok(Fetched::NotModified),
            Feed::Problem(problem) => Err(FeedFault {
                words: problem.to_string(),
                after_s: problem.retry_after_s(),
                passes: problem.may_pass(),
                is_sign_in: problem == FeedProblem::SignIn,
                is_unreadable: false,
            }),
        }
    }
}

/// Secrets of others, sealed as documents are.
pub struct SealedSecrets(pub Keys);

impl Secrets for SealedSecrets {
    fn seal(&self, under: &str, plain: &[u8]) -> Result<Vec<u8>, String> {
        sealed::seal(&self.0, &Place::of_key(under), plain).map_err(|error| error.to_string())
    }

    fn open(&self, under: &str, stored: &[u8]) -> Result<Vec<u8>, String> {
        let stored = bytes::Bytes::copy_from_slice(stored);
        let plain = sealed::open(&self.0, &Place::of_key(under), stored);
        plain.map(|plain| plain.to_vec()).map_err(|error| error.to_string())
    }

    fn derived(&self, label: &str) -> Vec<[u8; 32]> {
        self.0.derived(label)
    }

    fn is_old(&self, stored: &[u8]) -> bool {
        !self.0.is_current(stored)
    }
}

//! Documents and feeds.

use async_trait::async_trait;
use connect::documents::{DocumentStore, Resealed};
use connect::feeds::{Feed, fetch_feed};
use connect::http::{Conditional, GuardedClient};
use connect::scanner::Verdict;
use service::ports::{Documents, Feeds, Fetched, Scan, Scanner};

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
    async fn fetch(&self, url: &str, etag: Option<&str>) -> Result<Fetched, String> {
        let known = Conditional { etag: etag.map(str::to_owned), last_modified: None };
        match fetch_feed(&self.0, url, &known).await {
            Feed::Calendar { bytes, validators } => {
                Ok(Fetched::Calendar { bytes: bytes.to_vec(), etag: validators.etag })
            }
            Feed::NotModified => Ok(Fetched::NotModified),
            Feed::Problem(problem) => Err(problem.to_string()),
        }
    }
}

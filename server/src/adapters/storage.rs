//! Documents and feeds.

use async_trait::async_trait;
use connect::documents::DocumentStore;
use connect::feeds::{Feed, fetch_feed};
use connect::http::{Conditional, GuardedClient};
use service::ports::{Documents, Feeds, Fetched};

/// The configured document store.
pub struct Folder(pub DocumentStore);

#[async_trait]
impl Documents for Folder {
    async fn put(&self, key: &str, bytes: Vec<u8>) -> Result<(), String> {
        self.0.put(key, bytes).await.map(|_| ()).map_err(|error| error.to_string())
    }

    async fn get(&self, key: &str) -> Result<Vec<u8>, String> {
        self.0.get(key).await.map(|bytes| bytes.to_vec()).map_err(|error| error.to_string())
    }

    async fn delete(&self, key: &str) -> Result<(), String> {
        self.0.delete(key).await.map_err(|error| error.to_string())
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

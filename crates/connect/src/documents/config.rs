//! Which store documents lie in, and how it is reached.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use object_store::ObjectStore;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::local::LocalFileSystem;

use super::DocumentError;

/// Where to keep documents.
#[derive(Clone)]
pub enum DocumentConfig {
    /// A folder, made if it is missing.
    Folder(PathBuf),
    /// An S3-compatible bucket.
    S3(S3Config),
}

/// How to reach a bucket.
#[derive(Clone)]
pub struct S3Config {
    /// The service's address; `http://` is taken for a service on the same machine only.
    pub endpoint: String,
    pub bucket: String,
    /// Empty: `us-east-1`, which services without regions take.
    pub region: String,
    pub access_key: String,
    pub secret_key: String,
}

impl fmt::Debug for S3Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S3Config")
            .field("endpoint", &self.endpoint)
            .field("bucket", &self.bucket)
            .finish_non_exhaustive()
    }
}

/// Opens the store; a folder is made, a bucket is not looked at before the first use.
pub(super) fn open(cfg: &DocumentConfig) -> Result<Arc<dyn ObjectStore>, DocumentError> {
    match cfg {
        DocumentConfig::Folder(folder) => {
            let unusable = DocumentError::Config {
                field: "documents.folder",
                remedy: "use a folder that we may write to",
            };
            if std::fs::create_dir_all(folder).is_err() {
                return Err(unusable);
            }
            let store = LocalFileSystem::new_with_prefix(folder).map_err(|_| unusable)?;
            // Durable before it is acknowledged, like the row that names it.
            Ok(Arc::new(store.with_fsync(true).with_automatic_cleanup(true)))
        }
        DocumentConfig::S3(s3) => Ok(Arc::new(open_s3(s3)?)),
    }
}

fn open_s3(cfg: &S3Config) -> Result<AmazonS3, DocumentError> {
    let endpoint = url::Url::parse(&cfg.endpoint).map_err(|_| DocumentError::Config {
        field: "documents.endpoint",
        remedy: "use the service's https address",
    })?;
    let here = matches!(endpoint.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
    if endpoint.scheme() != "https" && !here {
        return Err(DocumentError::Config {
            field: "documents.endpoint",
            remedy: "use https, unless the service runs on this machine",
        });
    }
    if cfg.bucket.is_empty() {
        return Err(DocumentError::Config { field: "documents.bucket", remedy: "give the bucket's name" });
    }
    AmazonS3Builder::new()
        .with_endpoint(cfg.endpoint.trim_end_matches('/'))
        .with_bucket_name(&cfg.bucket)
        .with_region(if cfg.region.is_empty() { "us-east-1" } else { &cfg.region })
        .with_access_key_id(&cfg.access_key)
        .with_secret_access_key(&cfg.secret_key)
        .with_allow_http(here)
        .build()
        .map_err(|_| DocumentError::Config { field: "documents", remedy: "check endpoint, bucket and keys" })
}

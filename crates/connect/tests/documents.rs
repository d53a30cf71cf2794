//! The document store on a real folder.
#![allow(clippy::unwrap_used)]

use std::convert::Infallible;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use connect::documents::{DocumentConfig, DocumentError, DocumentStore, S3Config};
use futures::{StreamExt, TryStreamExt};

fn store(folder: &Path) -> DocumentStore {
    DocumentStore::open(&DocumentConfig::Folder(folder.join("made/by/us"))).unwrap()
}

fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut todo = vec![folder.to_owned()];
    while let Some(next) = todo.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { todo.push(path) } else { found.push(path.display().to_string()) }
        }
    }
    found
}

#[tokio::test]
async fn a_document_comes_back_as_it_went_in() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    let stored = store.put("org-1/01jabc", "hello").await.unwrap();
    assert_eq!(stored.bytes, 5);
    assert_eq!(stored.sha256, "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
    assert_eq!(store.get("org-1/01jabc").await.unwrap(), "hello");
    let (length, stream) = store.get_stream("org-1/01jabc").await.unwrap();
    let parts: Vec<Bytes> = stream.try_collect().await.unwrap();
    assert_eq!((length, parts.concat()), (5, b"hello".to_vec()));

    assert!(matches!(store.put("org-1/01jabc", "other").await, Err(DocumentError::Exists)));
    assert_eq!(store.get("org-1/01jabc").await.unwrap(), "hello", "a document is written once");

    store.delete("org-1/01jabc").await.unwrap();
    store.delete("org-1/01jabc").await.unwrap();
    assert!(!store.exists("org-1/01jabc").await.unwrap());
    assert!(matches!(store.get("org-1/01jabc").await, Err(DocumentError::NotFound)));
    assert!(store.put("empty", "").await.is_ok());
    assert_eq!(store.get("empty").await.unwrap(), "");
}

#[tokio::test]
async fn a_document_of_several_parts_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    let chunks = (0..25_u8).map(|i| Ok::<_, Infallible>(Bytes::from(vec![i; 500_000])));
    let stored = store.put_stream("big", futures::stream::iter(chunks), 12_500_000).await.unwrap();
    assert_eq!(stored.bytes, 12_500_000);
    let back = store.get("big").await.unwrap();
    assert!((0..25).all(|i| back[i * 500_000] == i as u8 && back[(i + 1) * 500_000 - 1] == i as u8));
}

#[tokio::test]
async fn an_oversize_upload_stops_early_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    let read = Arc::new(AtomicUsize::new(0));
    let counter = read.clone();
    // 200 MB are on offer; the limit is 20.
    let offered = futures::stream::iter(0..200).map(move |_| {
        counter.fetch_add(1, Ordering::Relaxed);
        Ok::<_, Infallible>(Bytes::from(vec![7_u8; 1_000_000]))
    });
    let result = store.put_stream("big", offered, 20_000_000).await;
    assert!(matches!(result, Err(DocumentError::TooLarge { max_bytes: 20_000_000 })));
    assert_eq!(read.load(Ordering::Relaxed), 21);
    assert!(!store.exists("big").await.unwrap());
    assert_eq!(files(folder.path()), Vec::<String>::new());
}

#[tokio::test]
async fn an_upload_that_breaks_off_or_is_dropped_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    let broken = futures::stream::iter([Ok(Bytes::from(vec![1; 6_000_000])), Err("gone")]);
    assert!(matches!(store.put_stream("broken", broken, 10_000_000).await, Err(DocumentError::Interrupted)));

    let endless = futures::stream::once(async { Ok::<_, Infallible>(Bytes::from(vec![1; 6_000_000])) })
        .chain(futures::stream::pending());
    let dropped =
        tokio::time::timeout(Duration::from_millis(300), store.put_stream("dropped", endless, 10_000_000));
    assert!(dropped.await.is_err());
    for _ in 0..50 {
        if files(folder.path()).is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(files(folder.path()), Vec::<String>::new());
}

#[tokio::test]
async fn names_that_we_did_not_generate_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    for key in [
        "",
        "/",
        "../x",
        "a/../b",
        "a//b",
        "/a",
        "a/",
        "A",
        "a.pdf",
        "a b",
        "é",
        "a\\b",
        "a%2e",
        &"a".repeat(201),
    ] {
        assert!(matches!(store.put(key, "x").await, Err(DocumentError::BadKey)), "{key}");
        assert!(matches!(store.get(key).await, Err(DocumentError::BadKey)), "{key}");
    }
}

#[test]
fn a_bucket_is_spoken_to_in_the_clear_on_this_machine_only() {
    rustls::crypto::ring::default_provider().install_default().ok();
    let open = |endpoint: &str| {
        let s3 = S3Config {
            endpoint: endpoint.to_owned(),
            bucket: "waymark".to_owned(),
            region: String::new(),
            access_key: "key".to_owned(),
            secret_key: "secret".to_owned(),
        };
        assert!(!format!("{s3:?}").contains("secret"));
        DocumentStore::open(&DocumentConfig::S3(s3)).map(|_| ()).map_err(|e| e.to_string())
    };
    assert_eq!(open("http://127.0.0.1:5300"), Ok(()));
    assert_eq!(open("https://s3.example"), Ok(()));
    assert_eq!(
        open("http://s3.example"),
        Err("documents.endpoint: use https, unless the service runs on this machine".to_owned())
    );
}

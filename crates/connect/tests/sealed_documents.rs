//! The document store with keys and without: on a folder, and on the S3 server at `WAYMARK_TEST_S3` (the address of
//! PyPI's `moto_server` or the like, which makes a bucket for whoever asks).
#![allow(clippy::unwrap_used)]

use std::convert::Infallible;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use connect::documents::{DocumentConfig, DocumentError, DocumentStore, Resealed, S3Config, Stored};
use connect::sealed::{CHUNK_BYTES, Key, Keys, MAGIC, Place, SealedError, seal, sealed_length};
use futures::TryStreamExt;
use sha2::{Digest, Sha256};

fn key(first: u8) -> Key {
    Key::from_bytes(&std::array::from_fn(|i| first + i as u8))
}

fn keys() -> Keys {
    Keys::new(key(0))
}

fn folder_store(folder: &Path) -> DocumentStore {
    DocumentStore::open(&DocumentConfig::Folder(folder.to_owned())).unwrap()
}

/// A bucket, or `None` where no server is given.
async fn s3_store() -> Option<DocumentStore> {
    let Ok(endpoint) = std::env::var("WAYMARK_TEST_S3") else {
        println!("skipped: no S3 server (set WAYMARK_TEST_S3)");
        return None;
    };
    rustls::crypto::ring::default_provider().install_default().ok();
    let endpoint = endpoint.trim_end_matches('/');
    // Made already: the store says so if it cannot be used.
    reqwest::Client::new().put(format!("{endpoint}/waymark-test")).send().await.unwrap();
    let config = S3Config {
        endpoint: endpoint.to_owned(),
        bucket: "waymark-test".to_owned(),
        region: String::new(),
        access_key: "test".to_owned(),
        secret_key: "test".to_owned(),
    };
    Some(DocumentStore::open(&DocumentConfig::S3(config)).unwrap())
}

/// A part of names that no other run uses.
fn fresh() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    format!("{}-{}", std::process::id(), since.as_nanos())
}

/// Bytes that differ from one another, given in pieces as an upload arrives.
fn content(length: usize) -> Vec<u8> {
    (0..length).map(|i| (i % 251) as u8).collect()
}

async fn put_in_pieces(
    store: &DocumentStore,
    key: &str,
    content: &[u8],
    max_bytes: u64,
) -> Result<Stored, DocumentError> {
    let pieces = content.chunks(8_000).map(|piece| Ok::<_, Infallible>(Bytes::copy_from_slice(piece)));
    store.put_stream(key, futures::stream::iter(pieces.collect::<Vec<_>>()), max_bytes).await
}

async fn read_stream(store: &DocumentStore, key: &str) -> Result<(u64, Vec<u8>), DocumentError> {
    let (length, stream) = store.get_stream(key).await?;
    let parts: Vec<Bytes> = stream.try_collect().await?;
    Ok((length, parts.concat()))
}

/// What every store must do, sealed or not: documents come back as they went in, told and counted as they are.
async fn documents_come_back(store: &DocumentStore) {
    let run = fresh();
    // Nothing, a letter, and borders of chunks.
    for length in [0, 1, 5_000, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, CHUNK_BYTES * 2] {
        let (whole, pieces) = (format!("org-1/{run}-{length}-a"), format!("org-1/{run}-{length}-b"));
        let content = content(length);
        let told = Stored { bytes: length as u64, sha256: hex::encode(Sha256::digest(&content)) };
        assert_eq!(store.put(&whole, content.clone()).await.unwrap(), told);
        assert_eq!(put_in_pieces(store, &pieces, &content, length as u64).await.unwrap(), told);
        for key in [&whole, &pieces] {
            assert!(store.get(key).await.unwrap() == content, "{length} bytes");
            assert!(read_stream(store, key).await.unwrap() == (length as u64, content.clone()), "{length}");
            assert!(matches!(store.put(key, "other").await, Err(DocumentError::Exists)));
            store.delete(key).await.unwrap();
            assert!(matches!(store.get(key).await, Err(DocumentError::NotFound)));
            assert!(matches!(store.get_stream(key).await.map(|_| ()), Err(DocumentError::NotFound)));
        }
    }
    // More than one part of an upload, complete and then broken off after the first.
    let (large, content) = (format!("org-1/{run}-large"), content(5_300_000));
    put_in_pieces(store, &large, &content, 5_300_000).await.unwrap();
    assert!(store.get(&large).await.unwrap() == content);
    store.delete(&large).await.unwrap();
    let refused = put_in_pieces(store, &large, &content, 5_299_999).await;
    assert!(matches!(refused, Err(DocumentError::TooLarge { max_bytes: 5_299_999 })));
    assert!(!store.exists(&large).await.unwrap());
}

async fn refusal(store: &DocumentStore, key: &str) -> SealedError {
    let (whole, streamed) = (store.get(key).await.unwrap_err(), read_stream(store, key).await.unwrap_err());
    let (DocumentError::Sealed(whole), DocumentError::Sealed(streamed)) = (whole, streamed) else {
        panic!("{key}");
    };
    assert_eq!(whole, streamed);
    whole
}

/// After a change of the key; `raw` is the same store without keys.
async fn older_ones_are_sealed_anew(raw: &DocumentStore) {
    let run = fresh();
    let name = |what: &str| format!("org-1/{run}-{what}");
    let hash = |content: &[u8]| hex::encode(Sha256::digest(content));
    let (before, alone) = (raw.clone().with_keys(keys()), raw.clone().with_keys(Keys::new(key(9))));
    let both = raw.clone().with_keys(Keys::new(key(9)).with_older([key(0)]).allowing_plain());
    let large = content(CHUNK_BYTES * 3 + 5);
    before.put(&name("letter"), "Dear colleague").await.unwrap();
    before.put(&name("large"), large.clone()).await.unwrap();
    before.put(&name("empty"), "").await.unwrap();
    raw.put(&name("plain"), "from before").await.unwrap();
    both.put(&name("new"), "just now").await.unwrap();
    let all: [(&str, &[u8], Resealed); 5] = [
        ("letter", b"Dear colleague", Resealed::Anew),
        ("large", &large, Resealed::Anew),
        ("empty", b"", Resealed::Anew),
        ("plain", b"from before", Resealed::Anew),
        ("new", b"just now", Resealed::Already),
    ];
    for (what, content, expected) in all {
        assert_eq!(both.needs_sealing(&name(what)).await.unwrap(), expected, "{what}");
        assert_eq!(both.try_reseal(&name(what), &hash(content)).await.unwrap(), expected, "{what}");
        assert_eq!(both.reseal(&name(what), &hash(content)).await.unwrap(), expected, "{what}");
        assert_eq!(both.reseal(&name(what), &hash(content)).await.unwrap(), Resealed::Already, "{what}");
        assert!(alone.get(&name(what)).await.unwrap() == content, "the new key alone opens {what}");
        assert!(before.get(&name(what)).await.is_err(), "the old one does not open {what}");
    }
    // What is not what its row says stays as it is: other content, damaged, not there, or without its key.
    before.put(&name("other"), "swapped").await.unwrap();
    let refused = both.reseal(&name("other"), &hash(b"what was stored")).await;
    assert!(matches!(refused, Err(DocumentError::OtherContent)), "{refused:?}");
    let place = name("damaged");
    let mut damaged = seal(&keys(), &Place::of_key(&place), b"Dear colleague").unwrap();
    *damaged.last_mut().unwrap() ^= 1;
    raw.put(&place, damaged.clone()).await.unwrap();
    for refused in [
        both.try_reseal(&place, &hash(b"Dear colleague")).await,
        both.reseal(&place, &hash(b"Dear colleague")).await,
    ] {
        assert!(matches!(refused, Err(DocumentError::Sealed(SealedError::Altered))), "{refused:?}");
    }
    assert_eq!(raw.get(&place).await.unwrap_err().to_string(), SealedError::NoKeys.to_string());
    assert_eq!(before.get(&name("other")).await.unwrap(), "swapped");
    let refused = alone.reseal(&name("other"), &hash(b"swapped")).await;
    assert!(matches!(refused, Err(DocumentError::Sealed(SealedError::UnknownKey(_)))), "{refused:?}");
    let refused = both.reseal(&name("nowhere"), &hash(b"")).await;
    assert!(matches!(refused, Err(DocumentError::NotFound)), "{refused:?}");
}

/// What sealing adds; `raw` is the same store without keys.
async fn what_was_tampered_with_is_refused(raw: &DocumentStore) {
    let run = fresh();
    let name = |what: &str| format!("org-1/{run}-{what}");
    let store = raw.clone().with_keys(keys());

    store.put(&name("letter"), "Dear colleague").await.unwrap();
    assert_eq!(refusal(raw, &name("letter")).await, SealedError::NoKeys);
    let without = raw.clone().with_keys(Keys::new(key(9)));
    assert_eq!(refusal(&without, &name("letter")).await, SealedError::UnknownKey(key(0).id()));
    let rotated = raw.clone().with_keys(Keys::new(key(9)).with_older([key(0)]));
    assert_eq!(rotated.get(&name("letter")).await.unwrap(), "Dear colleague");

    raw.put(&name("plain"), "from before").await.unwrap();
    raw.put(&name("empty"), "").await.unwrap();
    assert_eq!(refusal(&store, &name("plain")).await, SealedError::NotSealed);
    assert_eq!(refusal(&store, &name("empty")).await, SealedError::NotSealed);
    let lenient = raw.clone().with_keys(keys().allowing_plain());
    assert_eq!(lenient.get(&name("plain")).await.unwrap(), "from before");
    assert_eq!(read_stream(&lenient, &name("plain")).await.unwrap(), (11, b"from before".to_vec()));
    assert_eq!(read_stream(&lenient, &name("empty")).await.unwrap(), (0, Vec::new()));
    assert_eq!(lenient.get(&name("letter")).await.unwrap(), "Dear colleague");

    let content = content(CHUNK_BYTES * 2 + 9);
    let from = name("from");
    let sealed = seal(&keys(), &Place::of_key(&from), &content).unwrap();
    raw.put(&from, sealed.clone()).await.unwrap();
    assert!(read_stream(&store, &from).await.unwrap() == (content.len() as u64, content));
    raw.put(&name("moved"), sealed.clone()).await.unwrap();
    let elsewhere = format!("org-2/{run}-moved");
    raw.put(&elsewhere, sealed.clone()).await.unwrap();
    for key in [&name("moved"), &elsewhere] {
        assert_eq!(refusal(&store, key).await, SealedError::Altered);
    }
    // Cut within the header, after it, and where the second chunk ends; a bit turned in the last chunk.
    let chunks_end = sealed_length(CHUNK_BYTES as u64 * 2) as usize;
    let mut flipped = sealed.clone();
    flipped[chunks_end + 3] ^= 4;
    for damaged in [&sealed[..40], &sealed[..77], &sealed[..chunks_end], &flipped] {
        raw.delete(&from).await.unwrap();
        raw.put(&from, damaged.to_vec()).await.unwrap();
        assert_eq!(refusal(&store, &from).await, SealedError::Altered, "{} bytes", damaged.len());
    }
}

#[tokio::test]
async fn on_a_folder_documents_come_back_sealed_or_not() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder_store(folder.path());
    documents_come_back(&store).await;
    documents_come_back(&store.with_keys(keys())).await;
}

#[tokio::test]
async fn on_a_folder_what_was_tampered_with_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    what_was_tampered_with_is_refused(&folder_store(folder.path())).await;
}

#[tokio::test]
async fn on_a_folder_older_ones_are_sealed_anew() {
    let folder = tempfile::tempdir().unwrap();
    older_ones_are_sealed_anew(&folder_store(folder.path())).await;
}

#[tokio::test]
async fn on_a_folder_only_sealed_bytes_lie() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder_store(folder.path()).with_keys(keys());
    store.put("org-1/letter", "Dear colleague, ".repeat(10_000)).await.unwrap();
    let lying = std::fs::read(folder.path().join("org-1/letter")).unwrap();
    assert!(lying.starts_with(&MAGIC));
    assert_eq!(lying.len() as u64, sealed_length(160_000));
    assert!(!lying.windows(8).any(|w| w == b"olleague"));
    assert!(!format!("{store:?}").contains("cipher"));
}

#[tokio::test]
async fn on_s3_documents_come_back_sealed_or_not() {
    let Some(store) = s3_store().await else { return };
    documents_come_back(&store).await;
    documents_come_back(&store.with_keys(keys())).await;
}

#[tokio::test]
async fn on_s3_what_was_tampered_with_is_refused() {
    let Some(store) = s3_store().await else { return };
    what_was_tampered_with_is_refused(&store).await;
}

#[tokio::test]
async fn on_s3_older_ones_are_sealed_anew() {
    let Some(store) = s3_store().await else { return };
    older_ones_are_sealed_anew(&store).await;
}

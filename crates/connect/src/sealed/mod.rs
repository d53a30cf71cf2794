//! Documents sealed at rest: encrypted before they reach the store, opened after they leave it.
//!
//! Each document has a data key of its own, made at random and kept in the document's header under one of our
//! [`Keys`]; so a new key of ours needs no document to be written anew. What lies in the store is
//!
//! | bytes | what |
//! | --- | --- |
//! | 8 | magic, [`MAGIC`] |
//! | 1 | version of this format, 1 |
//! | 8 | id of the key that holds the data key ([`KeyId`]) |
//! | 12 | nonce of the data key, random |
//! | 48 | the data key, AES-256-GCM under our key: 32 bytes and a tag of 16 |
//! | rest | the content in chunks of 64 KiB, the last one shorter, each with a tag of 16 |
//!
//! The data key's associated data are the first 17 bytes of the header, then organisation and name of the
//! [`Place`], each as UTF-8 behind its length in bytes (four bytes, big-endian): a document that was moved to
//! another name, or another organisation, does not open. The chunks are the STREAM construction over AES-256-GCM
//! under the data key (Hoang and others, "Online Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance",
//! CRYPTO 2015, <https://eprint.iacr.org/2015/189>): the nonce is seven zero bytes (no data key serves twice), the
//! chunk's number from 0 in four bytes, big-endian, and 1 for the last chunk, otherwise 0. So chunks cannot be
//! changed, left out, put in another order or cut off. An empty document is one empty chunk; otherwise the last
//! chunk is never empty.
//!
//! Sealing adds 77 bytes and 16 for each chunk ([`sealed_length`]). It hides the content, neither the length nor the
//! name. Random nonces allow 2^32 documents under one key of ours (NIST SP 800-38D, section 8.3); rotate it before.

mod keys;
mod stream;

use bytes::Bytes;

pub use keys::{Key, KeyId, Keys};
pub use stream::{Opener, Sealer};

/// Begins every sealed document. No text and no format that we take begins like this.
pub const MAGIC: [u8; 8] = *b"\x89WMDOC\x1a\n";
/// The version that is written, and the only one that is read so far.
const VERSION: u8 = 1;
/// Where the header's parts end.
const KEY_ID_AT: usize = 9;
const NONCE_AT: usize = 17;
const DATA_KEY_AT: usize = 29;
/// Length of the header.
pub const HEADER_BYTES: usize = 77;
/// Content of one chunk.
pub const CHUNK_BYTES: usize = 64 * 1024;
/// Each chunk and the data key are followed by a tag.
const TAG_BYTES: usize = 16;

/// Where a document belongs; it opens nowhere else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'a> {
    /// Whose document it is.
    pub organisation: &'a str,
    /// The name in the store.
    pub name: &'a str,
}

impl<'a> Place<'a> {
    /// Reads a storage key, `organisation/name`; the name bound is the whole key. Without a `/` the organisation is
    /// empty.
    pub fn of_key(key: &'a str) -> Self {
        Self { organisation: key.split_once('/').map_or("", |(organisation, _)| organisation), name: key }
    }
}

/// Why a document was not sealed or opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealedError {
    /// A key in the configuration cannot be used.
    #[error("{field}: {remedy}")]
    Config { field: &'static str, remedy: &'static str },
    #[error("the stored document is not sealed, and documents from before sealing are not allowed")]
    NotSealed,
    #[error("the stored document is sealed, and no key is configured")]
    NoKeys,
    #[error("the stored document is sealed in version {0}, which this program does not know")]
    UnknownVersion(u8),
    #[error("the stored document is sealed with the key {0}, which is not among the configured ones")]
    UnknownKey(KeyId),
    /// Also with the right id but another key, which only happens by intent.
    #[error("the stored document was changed, cut short or moved from another name")]
    Altered,
    #[error("the document could not be sealed: {0}")]
    Failed(&'static str),
}

/// Whether these bytes, or the beginning of them, are a sealed document.
pub fn is_sealed(stored: &[u8]) -> bool {
    stored.starts_with(&MAGIC)
}

/// Length of a document of `plain` bytes once it is sealed.
pub fn sealed_length(plain: u64) -> u64 {
    let chunks = plain.div_ceil(CHUNK_BYTES as u64).max(1);
    plain.saturating_add(HEADER_BYTES as u64).saturating_add(chunks.saturating_mul(TAG_BYTES as u64))
}

/// Length of a document that is `sealed` bytes long while sealed; refused where no document has that length. What
/// the store says is not proved before the document has been opened.
pub fn plain_length(sealed: u64) -> Result<u64, SealedError> {
    let body = sealed.checked_sub(HEADER_BYTES as u64).ok_or(SealedError::Altered)?;
    let chunks = body.div_ceil((CHUNK_BYTES + TAG_BYTES) as u64).max(1);
    let plain = body.checked_sub(chunks * TAG_BYTES as u64).ok_or(SealedError::Altered)?;
    if sealed_length(plain) == sealed { Ok(plain) } else { Err(SealedError::Altered) }
}

/// Seals a document that is at hand. For large ones see [`Sealer`].
pub fn seal(keys: &Keys, place: &Place<'_>, plain: &[u8]) -> Result<Vec<u8>, SealedError> {
    let length = sealed_length(plain.len() as u64);
    let mut sealed = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
    let mut sealer = Sealer::begin(keys, place, &mut sealed)?;
    sealer.push(plain, &mut sealed)?;
    sealer.finish(&mut sealed)?;
    Ok(sealed)
}

/// Opens a document that is at hand. One from before sealing is given back as it is where `keys` allow that. For
/// large ones see [`Opener`].
pub fn open(keys: &Keys, place: &Place<'_>, stored: Bytes) -> Result<Bytes, SealedError> {
    let Some((mut opener, body)) = Opener::begin(keys, place, &stored)? else {
        return Ok(stored);
    };
    let mut plain = Vec::with_capacity(body.len());
    opener.push(body, &mut plain)?;
    opener.finish(&mut plain)?;
    Ok(plain.into())
}

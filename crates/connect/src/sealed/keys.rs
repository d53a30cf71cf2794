//! Our keys, and the data keys that they hold.

use std::fmt;
use std::path::Path;

use aes_gcm::aead::{Aead, Generate, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::{DATA_KEY_AT, HEADER_BYTES, KEY_ID_AT, MAGIC, NONCE_AT, Place, SealedError, VERSION, is_sealed};

/// A document's own key.
pub(super) type DataKey = [u8; 32];

/// Set before a key when its id is computed, so that the id says nothing about any other use of it.
const ID_LABEL: &[u8] = b"waymark document key id 1\0";

/// Set before a key when other secrets are derived from it.
const ROOT_LABEL: &[u8] = b"waymark derived secrets 1\0";

/// Names a key without giving it away: the first 8 bytes of a SHA-256 over a label and the key. Shown in lower-case
/// hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct KeyId([u8; 8]);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

/// One of our keys: 32 bytes from a good source of randomness (`openssl rand -base64 32`).
#[derive(Clone)]
pub struct Key {
    id: KeyId,
    cipher: Aes256Gcm,
    /// From which other secrets are derived, so that none of them says anything about the key.
    root: [u8; 32],
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Key {
    /// Reads a key in base64 (RFC 4648 section 4, with padding); white space around it does not count. `field` is
    /// the name in the configuration that an error points at.
    pub fn from_base64(field: &'static str, text: &str) -> Result<Self, SealedError> {
        let remedy = "give 32 bytes in base64, such as from `openssl rand -base64 32`";
        let bytes = STANDARD.decode(text.trim()).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        bytes.map(|bytes| Self::from_bytes(&bytes)).ok_or(SealedError::Config { field, remedy })
    }

    /// Reads a file that holds a key in base64 and nothing else.
    pub fn from_file(field: &'static str, path: &Path) -> Result<Self, SealedError> {
        let text = std::fs::read_to_string(path).map_err(|_| SealedError::Config {
            field,
            remedy: "name a file that we may read and that holds one key in base64",
        })?;
        Self::from_base64(field, &text)
    }

    /// Takes a key as it is.
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        let digest = Sha256::new().chain_update(ID_LABEL).chain_update(bytes).finalize();
        let mut id = [0; 8];
        id.copy_from_slice(&digest[..8]);
        let root = Sha256::new().chain_update(ROOT_LABEL).chain_update(bytes).finalize().into();
        Self { id: KeyId(id), cipher: Aes256Gcm::new(bytes.into()), root }
    }

    pub fn id(&self) -> KeyId {
        self.id
    }
}

/// The keys in use. To rotate: make a new key the current one and keep the one before it among the older ones for
/// as long as documents sealed with it are kept.
#[derive(Debug, Clone)]
pub struct Keys {
    /// Seals what is written.
    current: Key,
    /// Open what was written before.
    older: Vec<Key>,
    plain: Plain,
}

/// What is done with a stored document that has no header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Plain {
    Refused,
    Allowed,
}

impl Keys {
    /// Seals and opens with this key alone; what is not sealed is refused.
    pub fn new(current: Key) -> Self {
        Self { current, older: Vec::new(), plain: Plain::Refused }
    }

    /// Adds keys that open only.
    pub fn with_older(mut self, older: impl IntoIterator<Item = Key>) -> Self {
        self.older.extend(older);
        self
    }

    /// Gives back, as they are, documents from before sealing. Until this is taken away again, whoever can write to
    /// the store can also put unsealed bytes in a document's place; only the checksum in its row then tells.
    pub fn allowing_plain(self) -> Self {
        Self { plain: Plain::Allowed, ..self }
    }

    /// Whether a stored document, or the beginning of it, is sealed with the key that seals what is written now.
    pub fn is_current(&self, stored: &[u8]) -> bool {
        is_sealed(stored) && stored.get(KEY_ID_AT..NONCE_AT) == Some(&self.current.id.0)
    }

    /// A secret for another use, from each of our keys, that of the present one first. `label` names the use.
    pub fn derived(&self, label: &str) -> Vec<[u8; 32]> {
        let all = std::iter::once(&self.current).chain(&self.older);
        all.map(|key| Sha256::new().chain_update(key.root).chain_update(label.as_bytes()).finalize().into())
            .collect()
    }

    pub(super) fn allow_plain(&self) -> bool {
        self.plain == Plain::Allowed
    }

    /// Makes a data key and the header that holds it.
    pub(super) fn wrap(&self, place: &Place<'_>) -> Result<(DataKey, Vec<u8>), SealedError> {
        let no_random = |_| SealedError::Failed("the system gave no random bytes");
        let data_key = DataKey::try_generate().map_err(no_random)?;
        let nonce = Nonce::try_generate().map_err(no_random)?;
        let mut header = Vec::with_capacity(HEADER_BYTES);
        header.extend_from_slice(&MAGIC);
        header.push(VERSION);
        header.extend_from_slice(&self.current.id.0);
        let aad = associated_data(&header, place)?;
        let wrapped = self.current.cipher.encrypt(&nonce, Payload { msg: &data_key, aad: &aad });
        header.extend_from_slice(&nonce);
        header.extend(wrapped.map_err(|_| SealedError::Failed("its name is too long"))?);
        Ok((data_key, header))
    }

    /// Takes the data key out of a header, which begins with the magic.
    pub(super) fn unwrap(
        &self,
        place: &Place<'_>,
        header: &[u8; HEADER_BYTES],
    ) -> Result<DataKey, SealedError> {
        let version = header[MAGIC.len()];
        if version != VERSION {
            return Err(SealedError::UnknownVersion(version));
        }
        let mut id = [0; 8];
        id.copy_from_slice(&header[KEY_ID_AT..NONCE_AT]);
        let key = std::iter::once(&self.current)
            .chain(&self.older)
            .find(|key| key.id.0 == id)
            .ok_or(SealedError::UnknownKey(KeyId(id)))?;
        let aad = associated_data(&header[..NONCE_AT], place)?;
        let nonce = Nonce::try_from(&header[NONCE_AT..DATA_KEY_AT]).map_err(|_| SealedError::Altered)?;
        let payload = Payload { msg: &header[DATA_KEY_AT..], aad: &aad };
        let data_key = key.cipher.decrypt(&nonce, payload).map_err(|_| SealedError::Altered)?;
        DataKey::try_from(data_key).map_err(|_| SealedError::Altered)
    }
}

/// The header's open part and the place. Lengths stand in front, so that no two places read the same.
fn associated_data(open_part: &[u8], place: &Place<'_>) -> Result<Vec<u8>, SealedError> {
    let mut data = open_part.to_vec();
    for text in [place.organisation, place.name] {
        let length = u32::try_from(text.len()).map_err(|_| SealedError::Failed("its name is too long"))?;
        data.extend_from_slice(&length.to_be_bytes());
        data.extend_from_slice(text.as_bytes());
    }
    Ok(data)
}

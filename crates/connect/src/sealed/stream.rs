//! Sealing and opening piece by piece: either holds one chunk, whatever the document's length.

use std::fmt;

use aead_stream::{DecryptorBE32, EncryptorBE32};
use aes_gcm::Aes256Gcm;

use super::{CHUNK_BYTES, HEADER_BYTES, Keys, Place, SealedError, TAG_BYTES, is_sealed};

/// The nonce's fixed part: zero, because no data key serves for a second document.
const NONCE_PREFIX: [u8; 7] = [0; 7];

/// Seals a document while it arrives.
pub struct Sealer {
    stream: EncryptorBE32<Aes256Gcm>,
    /// Content that may still turn out to be the last chunk.
    held: Vec<u8>,
}

impl Sealer {
    /// Makes a data key and writes the header to `sealed`.
    pub fn begin(keys: &Keys, place: &Place<'_>, sealed: &mut Vec<u8>) -> Result<Self, SealedError> {
        let (data_key, header) = keys.wrap(place)?;
        sealed.extend(header);
        let stream = EncryptorBE32::new((&data_key).into(), (&NONCE_PREFIX).into());
        Ok(Self { stream, held: Vec::with_capacity(CHUNK_BYTES + TAG_BYTES) })
    }

    /// Takes the next piece, of any length, and adds to `sealed` the chunks that are complete.
    pub fn push(&mut self, mut plain: &[u8], sealed: &mut Vec<u8>) -> Result<(), SealedError> {
        while let Some(rest) = fill(&mut self.held, plain, CHUNK_BYTES) {
            self.stream.encrypt_next_in_place(b"", &mut self.held).map_err(|_| TOO_LONG)?;
            sealed.append(&mut self.held);
            plain = rest;
        }
        Ok(())
    }

    /// Adds the last chunk to `sealed`. Without it the document does not open.
    pub fn finish(mut self, sealed: &mut Vec<u8>) -> Result<(), SealedError> {
        self.stream.encrypt_last_in_place(b"", &mut self.held).map_err(|_| TOO_LONG)?;
        sealed.append(&mut self.held);
        Ok(())
    }
}

/// 2^32 chunks are 256 TiB, far beyond what a store holds.
const TOO_LONG: SealedError = SealedError::Failed("it is too long");

/// Opens a document while it arrives. What it has given so far is genuine, but only [`Opener::finish`] tells that it
/// is the whole document.
pub struct Opener {
    stream: DecryptorBE32<Aes256Gcm>,
    /// Sealed bytes that may still turn out to be the last chunk.
    held: Vec<u8>,
}

impl Opener {
    /// Reads the header and gives back what follows it. `stored` is the whole document or the first
    /// [`HEADER_BYTES`] of it at least. `None`: it is not sealed, and `keys` allow that.
    pub fn begin<'b>(
        keys: &Keys,
        place: &Place<'_>,
        stored: &'b [u8],
    ) -> Result<Option<(Self, &'b [u8])>, SealedError> {
        if !is_sealed(stored) {
            return if keys.allow_plain() { Ok(None) } else { Err(SealedError::NotSealed) };
        }
        let (header, body) = stored.split_first_chunk::<HEADER_BYTES>().ok_or(SealedError::Altered)?;
        let data_key = keys.unwrap(place, header)?;
        let stream = DecryptorBE32::new((&data_key).into(), (&NONCE_PREFIX).into());
        Ok(Some((Self { stream, held: Vec::with_capacity(CHUNK_BYTES + TAG_BYTES) }, body)))
    }

    /// Takes the next piece, of any length, and adds to `plain` the chunks that are complete.
    pub fn push(&mut self, mut sealed: &[u8], plain: &mut Vec<u8>) -> Result<(), SealedError> {
        while let Some(rest) = fill(&mut self.held, sealed, CHUNK_BYTES + TAG_BYTES) {
            self.stream.decrypt_next_in_place(b"", &mut self.held).map_err(|_| SealedError::Altered)?;
            plain.append(&mut self.held);
            sealed = rest;
        }
        Ok(())
    }

    /// Adds the last chunk to `plain`; refused when there was more to the document.
    pub fn finish(mut self, plain: &mut Vec<u8>) -> Result<(), SealedError> {
        self.stream.decrypt_last_in_place(b"", &mut self.held).map_err(|_| SealedError::Altered)?;
        plain.append(&mut self.held);
        Ok(())
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sealer").field("held_bytes", &self.held.len()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Opener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opener").field("held_bytes", &self.held.len()).finish_non_exhaustive()
    }
}

/// Fills `held` up to `size` from `input`. Gives what is left once `held` is full and cannot be the last chunk,
/// because something follows; otherwise `None`, and all of `input` is held.
fn fill<'b>(held: &mut Vec<u8>, input: &'b [u8], size: usize) -> Option<&'b [u8]> {
    match input.split_at_checked(size - held.len()) {
        Some((now, rest)) if !rest.is_empty() => {
            held.extend_from_slice(now);
            Some(rest)
        }
        _ => {
            held.extend_from_slice(input);
            None
        }
    }
}

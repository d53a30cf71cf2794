//! Chance that can be repeated: splitmix64, and ids made from names.

use uuid::{Builder, Uuid};

/// Sebastiano Vigna's splitmix64 (public domain, <https://prng.di.unimi.it/splitmix64.c>). Not for secrets.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// A stream for one purpose, so that a new purpose does not disturb the others.
    pub fn new(seed: u64, purpose: &str) -> Self {
        Self(seed ^ fnv1a(purpose))
    }

    /// The next 64 bits.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from `low` to `high`, both included; `low` when the range is empty.
    pub fn between(&mut self, low: u32, high: u32) -> u32 {
        let span = u64::from(high.saturating_sub(low)) + 1;
        low + u32::try_from(self.next() % span).unwrap_or(0)
    }

    /// True once in `n` times on average.
    pub fn one_in(&mut self, n: u32) -> bool {
        self.between(1, n) == 1
    }

    /// One of a list that is not empty.
    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        let last = u32::try_from(from.len().saturating_sub(1)).unwrap_or(0);
        from[self.between(0, last) as usize]
    }
}

/// A stable id for a thing of that name: version 5 and variant bits, bytes from the seeded stream.
pub fn id(seed: u64, name: &str) -> Uuid {
    let mut random = Random::new(seed, name);
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&random.next().to_be_bytes());
    bytes[8..].copy_from_slice(&random.next().to_be_bytes());
    Builder::from_sha1_bytes(bytes).into_uuid()
}

/// FNV-1a, 64 bits.
fn fnv1a(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_is_splitmix64() {
        // First outputs of the reference implementation for the seed 1234567.
        let mut random = Random(1_234_567);
        assert_eq!([random.next(), random.next()], [6_457_827_717_110_365_317, 3_203_168_211_198_807_973]);
    }

    #[test]
    fn ids_are_stable_by_name_and_differ_by_seed() {
        assert_eq!(id(7, "patient/1"), id(7, "patient/1"));
        assert_ne!(id(7, "patient/1"), id(7, "patient/2"));
        assert_ne!(id(7, "patient/1"), id(8, "patient/1"));
    }
}

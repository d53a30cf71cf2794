//! Fresh ids, references, tokens and codes: the one place that draws random numbers.

use std::sync::atomic::{AtomicU32, Ordering};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use rand::Rng;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// A fresh id that sorts by `now`, and within one millisecond by the order in which this process made it
/// (RFC 9562 §6.2, a counter in the leading random bits), so that two events of one act keep their order.
pub fn fresh(now: DateTime<Utc>) -> Uuid {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let count = MADE.fetch_add(1, Ordering::Relaxed);
    let mut random: [u8; 10] = rand::rng().random();
    // 4 + 8 + 6 + 8 bits lie around the version and variant bits.
    random[0] = (count >> 22) as u8 & 0x0f;
    random[1] = (count >> 14) as u8;
    random[2] = (count >> 8) as u8 & 0x3f;
    random[3] = count as u8;
    domain::v7(now.timestamp_millis(), random)
}

/// A secret of 128 bits for a link, as text that fits into a URL.
pub fn token() -> String {
    URL_SAFE_NO_PAD.encode(rand::rng().random::<[u8; 16]>())
}

/// SHA-256 in hex: how a token is kept.
pub fn hashed(secret: &str) -> String {
    hex::encode(Sha256::digest(secret.as_bytes()))
}

/// Six digits.
pub fn code() -> String {
    format!("{:06}", rand::rng().random_range(0..1_000_000))
}

/// Letters and digits that are not mistaken for one another when read out.
const CLEAR: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/// A reference number that a person can read out on the phone: `WM-7K3Q-92PD`.
pub fn reference() -> String {
    let mut rng = rand::rng();
    let mut group =
        || -> String { (0..4).map(|_| char::from(CLEAR[rng.random_range(0..CLEAR.len())])).collect() };
    format!("WM-{}-{}", group(), group())
}

/// A recovery code: 80 random bits that a person can copy from paper, `7K3Q-92PD-XF4M-T8WZ`.
pub fn recovery_code() -> String {
    let mut rng = rand::rng();
    let mut group =
        || -> String { (0..4).map(|_| char::from(CLEAR[rng.random_range(0..CLEAR.len())])).collect() };
    [group(), group(), group(), group()].join("-")
}

/// A recovery code as typed by a person, brought into the form that is hashed; `None` when it cannot be one.
pub fn tidy_recovery_code(typed: &str) -> Option<String> {
    let clean: String = typed
        .chars()
        .filter(|letter| !letter.is_whitespace() && *letter != '-')
        .map(|letter| letter.to_ascii_uppercase())
        .collect();
    (clean.len() == 16 && clean.bytes().all(|letter| CLEAR.contains(&letter))).then_some(clean)
}

/// A reference as typed by a person, brought into the form in which it is kept.
pub fn tidy_reference(typed: &str) -> String {
    let clean: String =
        typed.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_uppercase()).collect();
    let body = clean.strip_prefix("WM").unwrap_or(&clean);
    if body.len() == 8 { format!("WM-{}-{}", &body[..4], &body[4..]) } else { typed.trim().to_owned() }
}

/// SHA-256 of a file in hex, to tell one from another.
pub fn digest(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// A secret for an authenticator app: 20 bytes, as RFC 4226 section 4 advises.
pub fn secret() -> Vec<u8> {
    rand::rng().random::<[u8; 20]>().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_one_millisecond_keep_their_order() {
        let now = "2026-03-06T10:00:00Z".parse().expect("an instant");
        let ids: Vec<_> = (0..1000).map(|_| fresh(now)).collect();
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn a_recovery_code_is_read_however_it_is_typed_and_nothing_else_is() {
        let code = recovery_code();
        let tidy = tidy_recovery_code(&code).expect("it is one");
        assert_eq!(tidy_recovery_code(&format!(" {} ", code.to_lowercase().replace('-', " "))), Some(tidy));
        assert_ne!(code, recovery_code());
        for other in ["123456", "", "7K3Q-92PD-XF4M-T8W", "7K3Q-92PD-XF4M-T8W1", "7K3Q-92PD-XF4M-T8WZ-AAAA"] {
            assert_eq!(tidy_recovery_code(other), None, "{other}");
        }
    }

    #[test]
    fn a_reference_survives_being_read_out() {
        assert_eq!(tidy_reference("wm 7k3q 92pd"), "WM-7K3Q-92PD");
        assert_eq!(tidy_reference("7K3Q92PD"), "WM-7K3Q-92PD");
        assert_eq!(tidy_reference("nonsense"), "WM-NONS-ENSE");
        assert_eq!(tidy_reference("no"), "no");
    }
}

//! A stand-in for a device with passkeys: answers WebAuthn questions as a browser and its authenticator do.
//!
//! Source: Web Authentication level 3, sections 6.1 (authenticator data) and 6.5 (attested credential data); RFC 9052 (COSE).

use std::sync::{Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const USER_PRESENT: u8 = 0x01;
const USER_VERIFIED: u8 = 0x04;
const ATTESTED: u8 = 0x40;

/// A device of one person.
pub struct Authenticator {
    /// Where the browser is, as it says.
    pub origin: String,
    /// Whether the person's finger, face or PIN was checked.
    pub verifies: bool,
    keys: Mutex<Vec<Held>>,
}

#[derive(Clone)]
struct Held {
    id: Vec<u8>,
    site: String,
    user: String,
    key: SigningKey,
    counter: u32,
}

impl Authenticator {
    pub fn new(origin: &str) -> Self {
        Self { origin: origin.to_owned(), verifies: true, keys: Mutex::default() }
    }

    /// Makes a passkey; answers what the browser sends.
    pub fn create(&self, options: &Value) -> String {
        let asked = &options["publicKey"];
        assert_eq!(asked["authenticatorSelection"]["residentKey"], "required", "{options}");
        assert_eq!(asked["authenticatorSelection"]["userVerification"], "required", "{options}");
        assert!(
            asked["pubKeyCredParams"].as_array().is_some_and(|all| all.iter().any(|one| one["alg"] == -7))
        );
        let site = text(&asked["rp"]["id"]);
        let held = Held {
            id: rand::random::<[u8; 16]>().to_vec(),
            user: text(&asked["user"]["id"]),
            key: fresh_key(),
            counter: 0,
            site: site.clone(),
        };
        let mut data = self.head(&site, ATTESTED, 0);
        data.extend_from_slice(&[0; 16]);
        data.extend_from_slice(&u16::try_from(held.id.len()).expect("short").to_be_bytes());
        data.extend_from_slice(&held.id);
        data.extend_from_slice(&cose(&held.key));
        // {"fmt": "none", "attStmt": {}, "authData": bytes}
        let mut attestation = vec![0xa3];
        for part in [&b"\x63fmt\x64none"[..], b"\x67attStmt\xa0", b"\x68authData"] {
            attestation.extend_from_slice(part);
        }
        attestation.extend_from_slice(&[0x59]);
        attestation.extend_from_slice(&u16::try_from(data.len()).expect("short").to_be_bytes());
        attestation.extend_from_slice(&data);
        let id = URL_SAFE_NO_PAD.encode(&held.id);
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).push(held);
        json!({
            "id": id, "rawId": id, "type": "public-key", "extensions": {},
            "response": {
                "clientDataJSON": URL_SAFE_NO_PAD.encode(self.client_data("webauthn.create", asked)),
                "attestationObject": URL_SAFE_NO_PAD.encode(attestation),
            },
        })
        .to_string()
    }

    /// Answers with the newest passkey that it has for the site.
    pub fn get(&self, options: &Value) -> String {
        let asked = &options["publicKey"];
        assert_eq!(asked["userVerification"], "required", "{options}");
        let site = text(&asked["rpId"]);
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let held = keys.iter_mut().rev().find(|held| held.site == site).expect("a passkey for the site");
        held.counter += 1;
        let data = self.head(&site, 0, held.counter);
        let client = self.client_data("webauthn.get", asked);
        let signed = [data.as_slice(), &Sha256::digest(&client)].concat();
        let signature: Signature = held.key.sign(&signed);
        let id = URL_SAFE_NO_PAD.encode(&held.id);
        json!({
            "id": id, "rawId": id, "type": "public-key", "extensions": {},
            "response": {
                "clientDataJSON": URL_SAFE_NO_PAD.encode(client),
                "authenticatorData": URL_SAFE_NO_PAD.encode(data),
                "signature": URL_SAFE_NO_PAD.encode(signature.to_der().as_bytes()),
                "userHandle": held.user,
            },
        })
        .to_string()
    }

    /// Another device with the same keys as they are now: a clone.
    pub fn cloned(&self) -> Self {
        let keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Self { origin: self.origin.clone(), verifies: self.verifies, keys: Mutex::new(keys) }
    }

    fn head(&self, site: &str, flags: u8, counter: u32) -> Vec<u8> {
        let mut data = Sha256::digest(site.as_bytes()).to_vec();
        data.push(USER_PRESENT | flags | if self.verifies { USER_VERIFIED } else { 0 });
        data.extend_from_slice(&counter.to_be_bytes());
        data
    }

    fn client_data(&self, kind: &str, asked: &Value) -> Vec<u8> {
        json!({ "type": kind, "challenge": asked["challenge"], "origin": self.origin, "crossOrigin": false })
            .to_string()
            .into_bytes()
    }
}

fn fresh_key() -> SigningKey {
    loop {
        // All but one in 2^32 random numbers are keys.
        if let Ok(key) = SigningKey::from_slice(&rand::random::<[u8; 32]>()) {
            return key;
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// {1: 2 (EC2), 3: -7 (ES256), -1: 1 (P-256), -2: x, -3: y}
fn cose(key: &SigningKey) -> Vec<u8> {
    let point = key.verifying_key().to_encoded_point(false);
    let mut map = vec![0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20];
    map.extend_from_slice(point.x().expect("not the point at infinity"));
    map.extend_from_slice(&[0x22, 0x58, 0x20]);
    map.extend_from_slice(point.y().expect("not compressed"));
    map
}

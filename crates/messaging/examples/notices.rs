//! How many notices a second are encrypted and signed, beside the cryptography alone: `notices N`. One JSON object on standard
//! output.
//!
//! The cryptography alone is what RFC 8291 and RFC 8292 cannot do without, by the very libraries that the product uses: a fresh
//! P-256 key, one agreement, the derivations of HKDF, AES-128-GCM, and a signature with ES256.

use std::io::Write;
use std::time::Instant;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hkdf::Hkdf;
use jwt_simple::prelude::{Claims, Duration, ECDSAP256KeyPairLike, ES256KeyPair};
use messaging::push::{Delivery, Push, PushConfig, Subscription, Urgency, generate_vapid};
use openssl::bn::BigNumContext;
use openssl::derive::Deriver;
use openssl::ec::{EcGroup, EcKey, PointConversionForm};
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::symm::{Cipher, encrypt_aead};
use sha2::Sha256;

/// Bytes of a notice, as ours are: a sentence.
const PAYLOAD: &[u8] = b"Something new is waiting for you. Open Waymark to read it, whenever it suits you.";

type Made<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Made<()> {
    let n: u32 = std::env::args().nth(1).and_then(|word| word.parse().ok()).unwrap_or(5_000);
    // Whoever was first has set it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let browser = browser()?;
    let push = Push::new(PushConfig {
        private_key: generate_vapid().private_key,
        subject: "mailto:ops@clinic.example".to_owned(),
        extra_origins: Vec::new(),
    })
    .map_err(|error| format!("{error:?}"))?;
    let to = Subscription {
        endpoint: "https://updates.push.services.mozilla.com/wpush/v2/x".to_owned(),
        p256dh: URL_SAFE_NO_PAD.encode(public_of(&browser)?),
        auth: URL_SAFE_NO_PAD.encode([7_u8; 16]),
    };
    let how = Delivery { ttl_s: 86_400, urgency: Urgency::Normal, topic: Some("waymark".to_owned()) };
    let receiver = public_of(&browser)?;
    let signer = ES256KeyPair::generate();
    let (mut ours, mut bare) = (0.0, 0.0);
    let mut bytes = 0;
    // In turns, so that whatever else the machine does strikes both.
    for _ in 0..10 {
        let begun = Instant::now();
        for _ in 0..n / 10 {
            bytes += push.sealed(&to, PAYLOAD, &how).map_err(|error| format!("{error:?}"))?.len();
        }
        ours += begun.elapsed().as_secs_f64();
        let begun = Instant::now();
        for _ in 0..n / 10 {
            bytes += alone(&browser, &receiver, &signer)?;
        }
        bare += begun.elapsed().as_secs_f64();
    }
    let per_second = |seconds: f64| f64::from(n) / seconds;
    let said = format!(
        "{{\"notices\":{n},\"bytes\":{bytes},\"sealed_per_second\":{},\"bare_per_second\":{}}}",
        per_second(ours),
        per_second(bare)
    );
    std::io::stdout().write_all(said.as_bytes())?;
    Ok(())
}

fn browser() -> Made<EcKey<Private>> {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1)?;
    Ok(EcKey::generate(&group)?)
}

fn public_of(key: &EcKey<Private>) -> Made<Vec<u8>> {
    let mut room = BigNumContext::new()?;
    Ok(key.public_key().to_bytes(key.group(), PointConversionForm::UNCOMPRESSED, &mut room)?)
}

/// One notice's cryptography and nothing else; answers the length of what it made.
fn alone(browser: &EcKey<Private>, receiver: &[u8], signer: &ES256KeyPair) -> Made<usize> {
    let fresh = EcKey::generate(browser.group())?;
    let sender = public_of(&fresh)?;
    let (fresh, theirs) = (PKey::from_ec_key(fresh)?, PKey::from_ec_key(browser.clone())?);
    let mut deriver = Deriver::new(&fresh)?;
    deriver.set_peer(&theirs)?;
    let shared = deriver.derive_to_vec()?;
    let (mut ikm, mut key, mut nonce) = ([0_u8; 32], [0_u8; 16], [0_u8; 12]);
    let salt: [u8; 16] = std::array::from_fn(|n| sender[n + 1]);
    let info = [b"WebPush: info\0", receiver, &sender].concat();
    let derived = |what: hkdf::InvalidLength| what.to_string();
    Hkdf::<Sha256>::new(Some(&[7; 16]), &shared).expand(&info, &mut ikm).map_err(derived)?;
    let hkdf = Hkdf::<Sha256>::new(Some(&salt), &ikm);
    hkdf.expand(b"Content-Encoding: aes128gcm\0", &mut key).map_err(derived)?;
    hkdf.expand(b"Content-Encoding: nonce\0", &mut nonce).map_err(derived)?;
    let mut tag = [0_u8; 16];
    let sealed = encrypt_aead(Cipher::aes_128_gcm(), &key, Some(&nonce), &[], PAYLOAD, &mut tag)?;
    let token = signer.sign(Claims::create(Duration::from_hours(12)))?;
    Ok(sealed.len() + token.len())
}

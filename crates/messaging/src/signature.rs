//! `X-Twilio-Signature`: who calls our status hook is proved by HMAC-SHA1 over the public address as called and
//! the sorted form ("Validating Signatures from Twilio", Twilio's usage guide for security).
//!
//! [`standard`] is what everybody else signs with.
//!
//! The caller gives the address from its configured public base, never from a Host or Forwarded header.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use url::Url;

pub mod standard;

/// Why a call from outside is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("there is no signature")]
    NoSignature,
    /// Another secret, another address, or something was changed on the way.
    #[error("the signature does not match")]
    OtherSignature,
    #[error("the address has no bodySHA256, so the signature covers no body")]
    NoDigest,
    #[error("the body is not the one that bodySHA256 names")]
    OtherBody,
    #[error("the signature is made in a way that is not known")]
    UnknownAlgorithm,
    #[error("the secret is no base64, or empty")]
    BadSecret,
    #[error("the timestamp is no whole number of seconds")]
    BadTimestamp,
    #[error("it was signed more than five minutes ago")]
    TooOld,
    #[error("it is signed for more than five minutes from now")]
    TooNew,
}

/// With which function a call is signed. The vendor names it in the header `X-Twilio-Webhooks-Signature-Settings` when it is
/// signed with a shared key; without that header it is SHA-1. Source: the vendor's library for Python, 9.13, `request_validator`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Algorithm {
    #[default]
    Sha1,
    Sha256,
}

impl Algorithm {
    /// By its name, in any case.
    pub fn named(name: &str) -> Option<Self> {
        match name.trim().to_ascii_uppercase().as_str() {
            "HMAC_SHA1" => Some(Self::Sha1),
            "HMAC_SHA256" => Some(Self::Sha256),
            _ => None,
        }
    }

    /// From the value of the settings header: `key=…,algorithm=HMAC_SHA256`.
    ///
    /// # Errors
    /// [`Refusal::UnknownAlgorithm`] for a name that the vendor has invented since.
    pub fn of_settings(header: &str) -> Result<Self, Refusal> {
        let named = header.split(',').filter_map(|part| part.split_once('=')).find_map(|(name, value)| {
            (name.trim() == "algorithm" && !value.trim().is_empty()).then(|| value.trim())
        });
        named.map_or(Ok(Self::default()), |name| Self::named(name).ok_or(Refusal::UnknownAlgorithm))
    }

    fn sign(self, secret: &str, text: &str) -> String {
        let key = secret.as_bytes();
        match self {
            Self::Sha1 => STANDARD.encode(mac::<Hmac<Sha1>>(key, text)),
            Self::Sha256 => STANDARD.encode(mac::<Hmac<Sha256>>(key, text)),
        }
    }
}

/// True when `header` signs this form-encoded callback. `url` is the full public address, query included; `params`
/// are the decoded form fields in any order. Compares in constant time; the address counts with its port and without it, as
/// in the vendor's own libraries, because the vendor signs now one and now the other.
pub fn verify_twilio(auth_token: &str, url: &str, params: &[(String, String)], header: &str) -> bool {
    check_twilio(auth_token, url, params, header, Algorithm::Sha1).is_ok()
}

/// True when `header` signs the address and the `bodySHA256` in its query is that of `body` (callbacks in JSON).
pub fn verify_twilio_json(auth_token: &str, url: &str, body: &[u8], header: &str) -> bool {
    check_twilio_json(auth_token, url, body, header, Algorithm::Sha1).is_ok()
}

/// [`verify_twilio`] with a reason.
///
/// # Errors
/// Why the callback is not believed.
pub fn check_twilio(
    secret: &str,
    url: &str,
    params: &[(String, String)],
    header: &str,
    algorithm: Algorithm,
) -> Result<(), Refusal> {
    if header.is_empty() {
        return Err(Refusal::NoSignature);
    }
    let mut fields: Vec<(&str, &str)> = params.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    fields.sort_unstable();
    // A repeated name counts once per distinct value.
    fields.dedup();
    let form: String = fields.into_iter().flat_map(|(k, v)| [k, v]).collect();
    let is_signed = spellings(url).iter().any(|spelling| {
        let expected = algorithm.sign(secret, &format!("{spelling}{form}"));
        bool::from(expected.as_bytes().ct_eq(header.as_bytes()))
    });
    if is_signed { Ok(()) } else { Err(Refusal::OtherSignature) }
}

/// [`verify_twilio_json`] with a reason.
///
/// # Errors
/// Why the callback is not believed. A body that nothing in the address speaks of is never believed.
pub fn check_twilio_json(
    secret: &str,
    url: &str,
    body: &[u8],
    header: &str,
    algorithm: Algorithm,
) -> Result<(), Refusal> {
    let claimed = Url::parse(url)
        .ok()
        .and_then(|u| u.query_pairs().find(|(k, _)| k == "bodySHA256").map(|(_, v)| v.into_owned()))
        .filter(|claimed| !claimed.is_empty())
        .ok_or(Refusal::NoDigest)?;
    check_twilio(secret, url, &[], header, algorithm)?;
    let actual: String = Sha256::digest(body).iter().map(|b| format!("{b:02x}")).collect();
    match bool::from(claimed.to_ascii_lowercase().as_bytes().ct_eq(actual.as_bytes())) {
        true => Ok(()),
        false => Err(Refusal::OtherBody),
    }
}

fn mac<M: Mac + hmac::digest::KeyInit>(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = <M as Mac>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

/// The address as given, and with its port left out, or the scheme's default port added. Worked out on the text, because a
/// URL library would also rewrite the escapes that the signature covers.
fn spellings(url: &str) -> Vec<String> {
    let mut all = vec![url.to_owned()];
    let Some((scheme, rest)) = url.split_once("://") else { return all };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (host, tail) = rest.split_at(end);
    // In [::1] the colons belong to the address, and before @ to a password.
    let from = host.rfind([']', '@']).map_or(0, |at| at + 1);
    match host[from..].rfind(':').map(|at| from + at) {
        Some(colon) => all.push(format!("{scheme}://{}{tail}", &host[..colon])),
        None => {
            let port = if scheme.eq_ignore_ascii_case("https") { 443 } else { 80 };
            all.push(format!("{scheme}://{host}:{port}{tail}"));
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sign(token: &str, text: &str) -> String {
        let mut mac = Hmac::<Sha1>::new_from_slice(token.as_bytes()).expect("any length");
        mac.update(text.as_bytes());
        STANDARD.encode(mac.finalize().into_bytes())
    }

    fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
        list.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn the_port_counts_either_way_as_in_the_vendor_s_libraries() {
        let form = pairs(&[("A", "1")]);
        let signed = |url: &str| sign("t", &format!("{url}A1"));
        let bare = signed("https://a.example/hook?x=1");
        assert!(verify_twilio("t", "https://a.example/hook?x=1", &form, &bare));
        assert!(verify_twilio("t", "https://a.example:443/hook?x=1", &form, &bare));
        assert!(verify_twilio("t", "https://a.example:8443/hook?x=1", &form, &bare));
        assert!(!verify_twilio("other", "https://a.example/hook?x=1", &form, &bare));
        let with = signed("https://a.example:443/hook?x=1");
        assert!(verify_twilio("t", "https://a.example/hook?x=1", &form, &with));
        assert!(!verify_twilio("t", "https://a.example:8443/hook?x=1", &form, &with));
        assert!(!verify_twilio("t", "http://a.example/hook?x=1", &form, &with));
        let six = signed("http://[::1]/hook");
        assert!(verify_twilio("t", "http://[::1]:8080/hook", &form, &six));
        assert!(verify_twilio("t", "http://[::1]/hook", &form, &signed("http://[::1]:80/hook")));
        let userinfo = signed("https://u:p@a.example/hook");
        assert!(verify_twilio("t", "https://u:p@a.example:9/hook", &form, &userinfo));
        assert!(!verify_twilio("t", "https://u@a.example/hook", &form, &userinfo));
    }

    #[test]
    fn a_call_that_names_its_function_is_judged_by_it() {
        let text = "https://a.example/A1";
        let mut mac = Hmac::<Sha256>::new_from_slice(b"t").expect("any length");
        mac.update(text.as_bytes());
        let header = STANDARD.encode(mac.finalize().into_bytes());
        let judged = |settings: &str, header: &str| {
            let algorithm = Algorithm::of_settings(settings)?;
            check_twilio("t", "https://a.example/", &pairs(&[("A", "1")]), header, algorithm)
        };
        let settings = "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256";
        assert_eq!(judged(settings, &header), Ok(()));
        assert_eq!(judged("", &sign("t", text)), Ok(()));
        assert_eq!(judged("key=1, algorithm=", &sign("t", text)), Ok(()));
        assert_eq!(judged("", &header), Err(Refusal::OtherSignature));
        assert_eq!(judged(settings, &sign("t", text)), Err(Refusal::OtherSignature));
        assert_eq!(judged("algorithm=HMAC_SHA512", &header), Err(Refusal::UnknownAlgorithm));
        assert_eq!(judged("", ""), Err(Refusal::NoSignature));
    }

    #[test]
    fn no_parameters_and_empty_ones_are_covered_as_well() {
        assert!(verify_twilio("t", "https://a.example/h", &[], &sign("t", "https://a.example/h")));
        let form = pairs(&[("A", ""), ("B", "")]);
        assert!(verify_twilio("t", "https://a.example/h", &form, &sign("t", "https://a.example/hAB")));
        assert!(!verify_twilio("t", "https://a.example/h", &form, &sign("t", "https://a.example/h")));
    }

    #[test]
    fn repeated_names_are_sorted_by_value_and_counted_once() {
        let header = sign("t", "https://a.example/A1A2B3");
        assert!(verify_twilio(
            "t",
            "https://a.example/",
            &pairs(&[("B", "3"), ("A", "2"), ("A", "1"), ("A", "2")]),
            &header
        ));
    }

    #[test]
    fn a_changed_json_body_or_a_missing_digest_is_refused() {
        let url =
            "https://a.example/h?bodySHA256=2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
        let header = sign("t", url);
        assert!(verify_twilio_json("t", url, b"hello", &header));
        assert!(!verify_twilio_json("t", url, b"hullo", &header));
        assert!(!verify_twilio_json("t", "https://a.example/h", b"hello", &sign("t", "https://a.example/h")));
        let judged =
            |url: &str, body: &[u8], header: &str| check_twilio_json("t", url, body, header, Algorithm::Sha1);
        assert_eq!(judged(url, b"hullo", &header), Err(Refusal::OtherBody));
        assert_eq!(judged(url, b"hello", "x"), Err(Refusal::OtherSignature));
        let without = "https://a.example/h?bodySHA256=";
        assert_eq!(judged(without, b"", &sign("t", without)), Err(Refusal::NoDigest));
    }
}

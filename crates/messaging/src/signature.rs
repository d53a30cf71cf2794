//! `X-Twilio-Signature`: who calls our status hook is proved by HMAC-SHA1 over the public address as called and
//! the sorted form ("Validating Signatures from Twilio", Twilio's usage guide for security).
//!
//! The caller gives the address from its configured public base, never from a Host or Forwarded header.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use url::Url;

/// True when `header` signs this form-encoded callback. `url` is the full public address, query included; `params`
/// are the decoded form fields in any order. Compares in constant time; the address counts with and without the
/// scheme's default port, as in the vendor's own library.
pub fn verify_twilio(auth_token: &str, url: &str, params: &[(String, String)], header: &str) -> bool {
    let mut fields: Vec<(&str, &str)> = params.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    fields.sort_unstable();
    // A repeated name counts once per distinct value.
    fields.dedup();
    let form: String = fields.into_iter().flat_map(|(k, v)| [k, v]).collect();
    spellings(url).iter().any(|spelling| signed(auth_token, &format!("{spelling}{form}"), header))
}

/// True when `header` signs the address and the `bodySHA256` in its query is that of `body` (callbacks in JSON).
pub fn verify_twilio_json(auth_token: &str, url: &str, body: &[u8], header: &str) -> bool {
    let Some(claimed) = Url::parse(url)
        .ok()
        .and_then(|u| u.query_pairs().find(|(k, _)| k == "bodySHA256").map(|(_, v)| v.into_owned()))
    else {
        return false;
    };
    let actual: String = Sha256::digest(body).iter().map(|b| format!("{b:02x}")).collect();
    bool::from(claimed.to_ascii_lowercase().as_bytes().ct_eq(actual.as_bytes()))
        && verify_twilio(auth_token, url, &[], header)
}

fn signed(auth_token: &str, text: &str, header: &str) -> bool {
    let mut mac =
        Hmac::<Sha1>::new_from_slice(auth_token.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(text.as_bytes());
    let expected = STANDARD.encode(mac.finalize().into_bytes());
    bool::from(expected.as_bytes().ct_eq(header.as_bytes()))
}

/// The address as given, and with the default port added or left out. Worked out on the text, because a URL
/// library would also rewrite the escapes that the signature covers.
fn spellings(url: &str) -> Vec<String> {
    let mut all = vec![url.to_owned()];
    let Some((scheme, rest)) = url.split_once("://") else { return all };
    let port = match scheme {
        "https" => ":443",
        "http" => ":80",
        _ => return all,
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (host, tail) = rest.split_at(end);
    match host.strip_suffix(port) {
        Some(bare) => all.push(format!("{scheme}://{bare}{tail}")),
        None if !host.rsplit(']').next().unwrap_or(host).contains(':') => {
            all.push(format!("{scheme}://{host}{port}{tail}"));
        }
        None => {}
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
    fn the_default_port_counts_either_way_and_another_port_does_not() {
        let header = sign("t", "https://a.example/hook?x=1A1");
        let form = pairs(&[("A", "1")]);
        assert!(verify_twilio("t", "https://a.example/hook?x=1", &form, &header));
        assert!(verify_twilio("t", "https://a.example:443/hook?x=1", &form, &header));
        assert!(!verify_twilio("t", "https://a.example:8443/hook?x=1", &form, &header));
        assert!(!verify_twilio("other", "https://a.example/hook?x=1", &form, &header));
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
    }
}

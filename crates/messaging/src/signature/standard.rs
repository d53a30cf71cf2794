//! Standard Webhooks: id, time and body signed with HMAC-SHA256. Source: the Standard Webhooks specification, versions of
//! signatures `v1` (github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md).

use base64::Engine as _;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use chrono::{DateTime, Utc};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::Refusal;

/// How far the time of signing may lie from now, either way. Source: the specification's "around 5 minutes", which is also
/// what its own libraries allow.
pub const TOLERANCE_S: i64 = 5 * 60;

/// Secrets are written with and without the padding at their end.
const SECRET: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The three headers of a delivery.
#[derive(Debug, Clone, Copy)]
pub struct Delivery<'a> {
    /// `webhook-id`: the same for every repeat, so whoever takes it in remembers it.
    pub id: &'a str,
    /// `webhook-timestamp`: whole seconds since 1970 UTC.
    pub timestamp: &'a str,
    /// `webhook-signature`: one or more `v1,` with base64, parted by spaces; while a secret is renewed there are two.
    pub signature: &'a str,
}

/// Whether the delivery was signed with this secret, `whsec_` and base64, not longer ago than [`TOLERANCE_S`]. `body` is taken
/// byte by byte as it came. That it comes a second time is for the caller to see, by its id.
///
/// # Errors
/// Why it is not to be believed.
pub fn verify(secret: &str, delivery: &Delivery<'_>, body: &[u8], now: DateTime<Utc>) -> Result<(), Refusal> {
    if delivery.id.is_empty() || delivery.timestamp.is_empty() || delivery.signature.is_empty() {
        return Err(Refusal::NoSignature);
    }
    let bare = secret.strip_prefix("whsec_").unwrap_or(secret);
    let key = SECRET.decode(bare).ok().filter(|key| !key.is_empty()).ok_or(Refusal::BadSecret)?;
    let is_number = delivery.timestamp.bytes().all(|digit| digit.is_ascii_digit());
    let signed_at: i64 =
        delivery.timestamp.parse().ok().filter(|_| is_number).ok_or(Refusal::BadTimestamp)?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("HMAC takes a key of any length");
    mac.update(format!("{}.{}.", delivery.id, delivery.timestamp).as_bytes());
    mac.update(body);
    let expected = mac.finalize().into_bytes();
    let is_ours = |given: &str| {
        let bytes = given.strip_prefix("v1,").and_then(|text| STANDARD.decode(text).ok());
        bytes.is_some_and(|bytes| bool::from(bytes.as_slice().ct_eq(expected.as_slice())))
    };
    if !delivery.signature.split_ascii_whitespace().any(is_ours) {
        return Err(Refusal::OtherSignature);
    }
    // Last, so that nobody learns anything of a clock with a signature that is not ours.
    match now.timestamp().saturating_sub(signed_at) {
        late if late > TOLERANCE_S => Err(Refusal::TooOld),
        late if late < -TOLERANCE_S => Err(Refusal::TooNew),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's own libraries.
    const SECRET_TEXT: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const AT: &str = "1614265330";
    const BODY: &[u8] = br#"{"test": 2432232314}"#;
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    fn after(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_614_265_330 + seconds, 0).expect("an instant")
    }

    fn judged(signature: &str, body: &[u8], seconds: i64) -> Result<(), Refusal> {
        verify(SECRET_TEXT, &Delivery { id: ID, timestamp: AT, signature }, body, after(seconds))
    }

    #[test]
    fn the_published_example_is_believed_for_five_minutes_either_way() {
        for seconds in [0, 300, -300] {
            assert_eq!(judged(SIGNATURE, BODY, seconds), Ok(()));
        }
        assert_eq!(judged(SIGNATURE, BODY, 301), Err(Refusal::TooOld));
        assert_eq!(judged(SIGNATURE, BODY, -301), Err(Refusal::TooNew));
    }

    #[test]
    fn one_of_several_signatures_is_enough_and_other_versions_are_passed_over() {
        let several = format!("v1a,{} v1,AAAA v2,x garbage v1,%% {SIGNATURE}", &SIGNATURE[3..]);
        assert_eq!(judged(&several, BODY, 0), Ok(()));
        assert_eq!(judged(&several.replace("v1,g0", "v2,g0"), BODY, 0), Err(Refusal::OtherSignature));
    }

    #[test]
    fn every_bit_of_id_time_body_and_signature_counts() {
        for at in 0..BODY.len() * 8 {
            let mut body = BODY.to_vec();
            body[at / 8] ^= 1 << (at % 8);
            assert_eq!(judged(SIGNATURE, &body, 0), Err(Refusal::OtherSignature), "bit {at}");
        }
        let with = |id, timestamp| {
            verify(SECRET_TEXT, &Delivery { id, timestamp, signature: SIGNATURE }, BODY, after(0))
        };
        assert_eq!(with("msg_p5jXN8AQM9LWM0D4loKWxJej", AT), Err(Refusal::OtherSignature));
        assert_eq!(with(ID, "1614265331"), Err(Refusal::OtherSignature));
        // What reads as the same number is another text.
        assert_eq!(with(ID, "01614265330"), Err(Refusal::OtherSignature));
        for wrong in ["+1614265330", "1614265330.0", "soon", "-1", "99999999999999999999"] {
            assert_eq!(with(ID, wrong), Err(Refusal::BadTimestamp), "{wrong}");
        }
        assert_eq!(with("", AT), Err(Refusal::NoSignature));
    }

    #[test]
    fn a_secret_that_is_no_base64_or_empty_is_named() {
        let delivery = Delivery { id: ID, timestamp: AT, signature: SIGNATURE };
        for secret in ["whsec_", "", "whsec_%%%"] {
            assert_eq!(verify(secret, &delivery, BODY, after(0)), Err(Refusal::BadSecret), "{secret}");
        }
        assert_eq!(
            verify(&SECRET_TEXT[6..], &delivery, BODY, after(0)),
            Ok(()),
            "the prefix may be left out"
        );
    }
}

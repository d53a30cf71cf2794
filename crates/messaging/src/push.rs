//! Web Push: RFC 8030 delivery, RFC 8291 encryption (aes128gcm), RFC 8292 identification (VAPID).
//!
//! The crate `web-push` encrypts and signs; the request is sent with our own client, because the crate's answer
//! parser drops `Retry-After`, and its default audience drops a port.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::RngCore;
use reqwest::redirect;
use url::Url;
use web_push::{
    ContentEncoding, PartialVapidSignatureBuilder, SubscriptionInfo, VapidSignatureBuilder,
    WebPushMessageBuilder,
};

use crate::{ConfigError, DeliveryState, Handed, SendError, retry_after};

pub use web_push::Urgency;

/// Longest wait for one exchange.
const TIMEOUT: Duration = Duration::from_secs(15);
/// Most that a push service must take is 4096 octets of body (RFC 8030 section 7.2), which leaves 3993 of text (RFC 8291 section 4).
pub const MAX_PAYLOAD: usize = 3_800;

/// Hosts of the push services of the browsers in use; a subscription's address comes from a browser, so nothing
/// else may be called. A leading dot stands for any name below it.
const KNOWN_HOSTS: &[&str] = &[
    "fcm.googleapis.com",
    "updates.push.services.mozilla.com",
    "web.push.apple.com",
    ".push.apple.com",
    ".notify.windows.com",
];

/// Who we are to the push services.
#[derive(Clone)]
pub struct PushConfig {
    /// The ES256 private key, 32 bytes in base64url: made by [`generate_vapid`].
    pub private_key: String,
    /// `mailto:` or `https:` address of the operator; one that cannot be reached is refused by Apple.
    pub subject: String,
    /// Exact origins (`http://127.0.0.1:9012`) allowed besides the known services: for tests only.
    pub extra_origins: Vec<String>,
}

impl fmt::Debug for PushConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PushConfig").field("subject", &self.subject).finish_non_exhaustive()
    }
}

/// A pair of VAPID keys in base64url without padding.
#[derive(Clone)]
pub struct VapidKeys {
    pub private_key: String,
    /// The uncompressed point: the browser's `applicationServerKey`.
    pub public_key: String,
}

/// Makes a new pair. Changing it makes every subscription void, so it is made once and kept.
pub fn generate_vapid() -> VapidKeys {
    loop {
        let mut scalar = [0_u8; 32];
        rand::rng().fill_bytes(&mut scalar);
        let private_key = URL_SAFE_NO_PAD.encode(scalar);
        // One number in 2^32 is not below the curve's order: draw again.
        if let Ok(key) = VapidSignatureBuilder::from_base64_no_sub(&private_key) {
            return VapidKeys { public_key: URL_SAFE_NO_PAD.encode(key.get_public_key()), private_key };
        }
    }
}

/// A browser's subscription, as its `toJSON()` gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    pub endpoint: String,
    /// The browser's public key, base64url.
    pub p256dh: String,
    /// The shared authentication secret, base64url.
    pub auth: String,
}

impl Subscription {
    /// An uncompressed P-256 point and 16 octets (RFC 8291 sections 3.1 and 3.2). Whether the point lies on the
    /// curve shows at encryption.
    fn well_formed(&self) -> bool {
        let bytes = |text: &str| URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).unwrap_or_default();
        let point = bytes(&self.p256dh);
        point.len() == 65 && point[0] == 4 && bytes(&self.auth).len() == 16
    }
}

/// How the push service should treat the message.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// How long it may wait for the device, in seconds.
    pub ttl_s: u32,
    pub urgency: Urgency,
    /// A newer message with the same topic replaces an older one; letters and digits, at most 32.
    pub topic: Option<String>,
}

/// Sends push messages; cheap to clone.
#[derive(Clone)]
pub struct Push {
    cfg: Arc<PushConfig>,
    key: PartialVapidSignatureBuilder,
    http: reqwest::Client,
}

impl Push {
    /// Takes the settings and makes a client that follows no redirects and uses no proxy.
    pub fn new(cfg: PushConfig) -> Result<Self, ConfigError> {
        let unusable = || ConfigError::new("push.private_key", "use a generated key: 32 bytes in base64url");
        // The crate panics on a key of another length.
        if URL_SAFE_NO_PAD.decode(&cfg.private_key).map(|k| k.len()) != Ok(32) {
            return Err(unusable());
        }
        let key = VapidSignatureBuilder::from_base64_no_sub(&cfg.private_key).map_err(|_| unusable())?;
        let reachable = cfg
            .subject
            .strip_prefix("mailto:")
            .is_some_and(|a| a.contains('@') && !a.ends_with("@localhost"))
            || Url::parse(&cfg.subject)
                .is_ok_and(|u| u.scheme() == "https" && u.host_str() != Some("localhost"));
        if !reachable {
            return Err(ConfigError::new(
                "push.subject",
                "use a real mailto: or https: address of the operator",
            ));
        }
        let http = reqwest::Client::builder()
            .redirect(redirect::Policy::none())
            .no_proxy()
            .timeout(TIMEOUT)
            .build()
            .map_err(|_| {
                ConfigError::new(
                    "push",
                    "the HTTPS client could not be made: check the machine's certificates",
                )
            })?;
        Ok(Self { cfg: Arc::new(cfg), key, http })
    }

    /// The public key for the browser, base64url.
    pub fn public_key(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.key.get_public_key())
    }

    /// True when this subscription has a push service's address and keys of the right form: ask before it is saved.
    pub fn accepts(&self, to: &Subscription) -> bool {
        self.guarded(&to.endpoint).is_some() && to.well_formed()
    }

    /// Encrypts and sends `payload` (at most [`MAX_PAYLOAD`] bytes). 404 and 410 mean [`SendError::Gone`]; 429 and
    /// 5xx are temporary with the service's `Retry-After`; 401 and 403 are temporary (our key); everything else,
    /// 413 and redirects included, is permanent. A lost answer is temporary too: a topic makes a repeat harmless.
    pub async fn send(&self, to: &Subscription, payload: &[u8], how: &Delivery) -> Result<Handed, SendError> {
        let url = self.guarded(&to.endpoint).ok_or_else(|| {
            SendError::permanent("endpoint", "the address is not that of a known push service")
        })?;
        if payload.len() > MAX_PAYLOAD {
            return Err(SendError::permanent("413", "the push message is too long"));
        }
        let message = self.encrypt(to, &url, payload, how)?;
        let content =
            message.payload.ok_or_else(|| SendError::permanent("payload", "the push message is empty"))?;

        let mut request = self
            .http
            .post(url)
            .header("TTL", message.ttl.to_string())
            .header("Content-Encoding", content.content_encoding.to_str())
            .header("Content-Type", "application/octet-stream");
        if let Some(urgency) = message.urgency {
            request = request.header("Urgency", urgency.to_string());
        }
        if let Some(topic) = message.topic {
            request = request.header("Topic", topic);
        }
        for (name, value) in content.crypto_headers {
            request = request.header(name, value);
        }
        let answer = request.body(content.content).send().await.map_err(|e| {
            match SendError::from_http(&e, "the push service") {
                SendError::Unknown { why } => SendError::temporary(why),
                other => other,
            }
        })?;

        let retry_after = retry_after::from_headers(answer.headers());
        match answer.status().as_u16() {
            200..=299 => {
                let location =
                    answer.headers().get("location").and_then(|v| v.to_str().ok()).unwrap_or_default();
                Ok(Handed { provider_ref: location.to_owned(), state: DeliveryState::Sent })
            }
            404 | 410 => Err(SendError::Gone),
            status @ (401 | 403) => Err(SendError::Temporary {
                why: format!(
                    "the push service refused our key ({status}): check push.private_key and push.subject"
                ),
                retry_after,
            }),
            429 => Err(SendError::Temporary {
                why: "the push service asks us to slow down".to_owned(),
                retry_after,
            }),
            413 => Err(SendError::permanent("413", "the push message is too long")),
            status @ 500..=599 => {
                Err(SendError::Temporary { why: format!("the push service answered {status}"), retry_after })
            }
            status => Err(SendError::permanent(status.to_string(), "the push service refused the message")),
        }
    }

    /// What goes to the push service for a browser: the encrypted notice (RFC 8291), signed anew (RFC 8292), and not sent.
    ///
    /// # Errors
    /// When the subscription cannot be used, or the topic.
    pub fn sealed(&self, to: &Subscription, payload: &[u8], how: &Delivery) -> Result<Vec<u8>, SendError> {
        let url = self.guarded(&to.endpoint).ok_or_else(|| {
            SendError::permanent("endpoint", "the address is not that of a known push service")
        })?;
        let message = self.encrypt(to, &url, payload, how)?;
        Ok(message.payload.map(|payload| payload.content).unwrap_or_default())
    }

    fn encrypt(
        &self,
        to: &Subscription,
        url: &Url,
        payload: &[u8],
        how: &Delivery,
    ) -> Result<web_push::WebPushMessage, SendError> {
        let unusable = || {
            SendError::permanent("subscription", "the subscription's keys cannot be used: subscribe again")
        };
        if !to.well_formed() {
            return Err(unusable());
        }
        let info = SubscriptionInfo::new(
            url.as_str(),
            to.p256dh.trim_end_matches('='),
            to.auth.trim_end_matches('='),
        );
        let mut vapid = self.key.clone().add_sub_info(&info);
        // RFC 8292 section 2: the audience is the origin, with its port. The crate would leave the port out.
        vapid.add_claim("aud", url.origin().ascii_serialization());
        vapid.add_claim("sub", self.cfg.subject.as_str());
        let signature = vapid
            .build()
            .map_err(|_| SendError::permanent("vapid", "the push message could not be signed"))?;

        let mut message = WebPushMessageBuilder::new(&info);
        message.set_payload(ContentEncoding::Aes128Gcm, payload);
        message.set_vapid_signature(signature);
        message.set_ttl(how.ttl_s);
        message.set_urgency(how.urgency);
        if let Some(topic) = &how.topic {
            // Apple refuses punctuation, although RFC 8030 section 5.4 allows the whole base64url alphabet.
            if topic.is_empty() || topic.len() > 32 || !topic.bytes().all(|b| b.is_ascii_alphanumeric()) {
                return Err(SendError::permanent("topic", "a topic has 1 to 32 letters and digits"));
            }
            message.set_topic(topic.clone());
        }
        message.build().map_err(|_| unusable())
    }

    fn guarded(&self, endpoint: &str) -> Option<Url> {
        let url = Url::parse(endpoint).ok()?;
        if !url.username().is_empty() || url.password().is_some() {
            return None;
        }
        let origin = url.origin().ascii_serialization();
        if self.cfg.extra_origins.iter().any(|o| o.trim_end_matches('/') == origin) {
            return Some(url);
        }
        let host = url.host_str()?;
        let known = KNOWN_HOSTS.iter().any(|k| host == *k || (k.starts_with('.') && host.ends_with(k)));
        (url.scheme() == "https" && url.port().is_none() && known).then_some(url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(extra: &[&str]) -> Push {
        rustls::crypto::ring::default_provider().install_default().ok();
        Push::new(PushConfig {
            private_key: generate_vapid().private_key,
            subject: "mailto:ops@clinic.example".to_owned(),
            extra_origins: extra.iter().map(|s| (*s).to_owned()).collect(),
        })
        .expect("good settings")
    }

    #[test]
    fn only_known_push_services_may_be_called() {
        let push = push(&["http://127.0.0.1:9012"]);
        for good in [
            "https://fcm.googleapis.com/fcm/send/abc",
            "https://updates.push.services.mozilla.com/wpush/v2/x",
            "https://web.push.apple.com/Q",
            "https://wns2-am3p.notify.windows.com/w/?token=x",
            "http://127.0.0.1:9012/notify/1",
        ] {
            assert!(push.guarded(good).is_some(), "{good}");
        }
        for bad in [
            "http://fcm.googleapis.com/fcm/send/abc",
            "https://fcm.googleapis.com:8443/x",
            "https://fcm.googleapis.com.evil.example/x",
            "https://evilnotify.windows.com/x",
            "https://fcm.googleapis.com@evil.example/x",
            "https://10.0.0.1/x",
            "http://127.0.0.1:9013/notify/1",
            "http://127.0.0.1:9012@evil.example/",
            "not an address",
        ] {
            assert!(push.guarded(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_subject_that_cannot_be_reached_and_a_bad_key_are_refused() {
        let keys = generate_vapid();
        let new = |key: &str, subject: &str| {
            rustls::crypto::ring::default_provider().install_default().ok();
            Push::new(PushConfig {
                private_key: key.to_owned(),
                subject: subject.to_owned(),
                extra_origins: vec![],
            })
            .err()
            .map(|e| e.field)
        };
        assert_eq!(new(&keys.private_key, "mailto:ops@clinic.example"), None);
        assert_eq!(new(&keys.private_key, "mailto:ops@localhost"), Some("push.subject"));
        assert_eq!(new("AAAA", "mailto:ops@clinic.example"), Some("push.private_key"));
        assert_eq!(URL_SAFE_NO_PAD.decode(&keys.public_key).map(|k| k.len()), Ok(65));
    }
}

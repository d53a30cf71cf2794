//! Web Push over real HTTP: a stand-in receives, the browser's side decrypts and checks the signature.
#![allow(clippy::unwrap_used)]

mod common;

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use common::{Answer, StandIn};
use jwt_simple::prelude::*;
use messaging::push::{Delivery, MAX_PAYLOAD, Push, PushConfig, Subscription, Urgency, generate_vapid};
use messaging::{DeliveryState, Handed, SendError};

struct Browser {
    keys: ece::EcKeyComponents,
    auth: Vec<u8>,
    subscription: Subscription,
}

fn browser(origin: &str) -> Browser {
    let (pair, auth) = ece::generate_keypair_and_auth_secret().unwrap();
    let keys = pair.raw_components().unwrap();
    let subscription = Subscription {
        endpoint: format!("{origin}/notify/abc"),
        p256dh: URL_SAFE_NO_PAD.encode(keys.public_key()),
        auth: URL_SAFE_NO_PAD.encode(auth),
    };
    Browser { keys, auth: auth.to_vec(), subscription }
}

fn sender(origin: &str) -> Push {
    common::tls_ready();
    Push::new(PushConfig {
        private_key: generate_vapid().private_key,
        subject: "mailto:ops@clinic.example".to_owned(),
        extra_origins: vec![origin.to_owned()],
    })
    .unwrap()
}

fn how() -> Delivery {
    Delivery { ttl_s: 3600, urgency: Urgency::High, topic: Some("appt42".to_owned()) }
}

#[tokio::test]
async fn the_browser_can_read_it_and_the_service_can_tell_who_sent_it() {
    let created = Answer::Reply("201 Created", "location: https://push.example/m/1\r\n", String::new());
    let mut stand_in = StandIn::start(vec![created]).await;
    let (push, browser) = (sender(&stand_in.origin), browser(&stand_in.origin));
    assert!(push.accepts(&browser.subscription));

    let text = "You have an update. Ünïcode too.";
    let handed = push.send(&browser.subscription, text.as_bytes(), &how()).await;
    assert_eq!(
        handed,
        Ok(Handed { provider_ref: "https://push.example/m/1".to_owned(), state: DeliveryState::Sent })
    );

    let seen = stand_in.next().await;
    assert_eq!((seen.method.as_str(), seen.target.as_str()), ("POST", "/notify/abc"));
    assert_eq!(seen.header("ttl"), Some("3600"));
    assert_eq!(seen.header("urgency"), Some("high"));
    assert_eq!(seen.header("topic"), Some("appt42"));
    assert_eq!(seen.header("content-encoding"), Some("aes128gcm"));
    assert_eq!(seen.header("content-type"), Some("application/octet-stream"));
    assert_eq!(ece::decrypt(&browser.keys, &browser.auth, &seen.body).unwrap(), text.as_bytes());

    // RFC 8292 section 3: "vapid t=<token>, k=<key>".
    let (token, key) =
        seen.header("authorization").unwrap().strip_prefix("vapid t=").unwrap().split_once(", k=").unwrap();
    assert_eq!(key, push.public_key());
    let verifier = ES256PublicKey::from_bytes(&URL_SAFE_NO_PAD.decode(key).unwrap()).unwrap();
    let claims = verifier.verify_token::<NoCustomClaims>(token, None).unwrap();
    let payload: serde_json::Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap()).unwrap();
    assert_eq!(payload["aud"], stand_in.origin.as_str(), "the audience keeps its port");
    assert_eq!(payload["sub"], "mailto:ops@clinic.example");
    let life = claims.expires_at.unwrap() - claims.issued_at.unwrap();
    assert!(life.as_hours() <= 24, "RFC 8292 section 2 allows a day at most");
}

#[tokio::test]
async fn the_services_answers_say_what_to_do_next() {
    let answer = |status, headers| Answer::Reply(status, headers, String::new());
    let mut stand_in = StandIn::start(vec![
        answer("410 Gone", ""),
        answer("404 Not Found", ""),
        answer("429 Too Many Requests", "retry-after: 30\r\n"),
        answer("503 Service Unavailable", ""),
        answer("413 Payload Too Large", ""),
        answer("307 Temporary Redirect", "location: http://127.0.0.1:1/\r\n"),
        Answer::HangUp,
    ])
    .await;
    let (push, browser) = (sender(&stand_in.origin), browser(&stand_in.origin));
    let mut outcomes = Vec::new();
    for _ in 0..7 {
        outcomes.push(push.send(&browser.subscription, b"x", &how()).await.unwrap_err());
        stand_in.next().await;
    }
    assert_eq!(outcomes[0], SendError::Gone);
    assert_eq!(outcomes[1], SendError::Gone);
    assert!(
        matches!(&outcomes[2], SendError::Temporary { retry_after: Some(t), .. } if *t == Duration::from_secs(30))
    );
    assert!(matches!(&outcomes[3], SendError::Temporary { retry_after: None, .. }));
    assert!(matches!(&outcomes[4], SendError::Permanent { code, .. } if code == "413"));
    assert!(matches!(&outcomes[5], SendError::Permanent { code, .. } if code == "307"));
    assert!(matches!(&outcomes[6], SendError::Temporary { .. }));
}

#[tokio::test]
async fn hostile_subscriptions_are_refused_before_anything_is_sent() {
    let push = sender("http://127.0.0.1:9");
    let good = browser("http://127.0.0.1:9").subscription;
    let code = |e: SendError| match e {
        SendError::Permanent { code, .. } => code,
        other => panic!("{other:?}"),
    };
    let mut off_curve = [7_u8; 65];
    off_curve[0] = 4;
    for (subscription, expected) in [
        (Subscription { endpoint: "https://169.254.169.254/latest".to_owned(), ..good.clone() }, "endpoint"),
        (Subscription { p256dh: "AAAA".to_owned(), ..good.clone() }, "subscription"),
        (Subscription { p256dh: URL_SAFE_NO_PAD.encode(off_curve), ..good.clone() }, "subscription"),
        (Subscription { auth: "AAAA".to_owned(), ..good.clone() }, "subscription"),
    ] {
        assert_eq!(code(push.send(&subscription, b"x", &how()).await.unwrap_err()), expected);
    }
    assert_eq!(code(push.send(&good, &[b'x'; MAX_PAYLOAD + 1], &how()).await.unwrap_err()), "413");
    let dashed = Delivery { topic: Some("a-b".to_owned()), ..how() };
    assert_eq!(code(push.send(&good, b"x", &dashed).await.unwrap_err()), "topic");
}

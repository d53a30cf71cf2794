//! SMS over real HTTP to a stand-in on loopback.
#![allow(clippy::unwrap_used)]

mod common;

use std::collections::BTreeSet;
use std::time::Duration;

use common::{Answer, Seen, StandIn};
use messaging::sms::{TwilioConfig, TwilioSms};
use messaging::{DeliveryState, Handed, SendError};
use url::Url;

const CREATED: &str =
    r#"{"sid":"SM123","status":"accepted","error_code":null,"to":"+447700900123","body":"x"}"#;

fn client(origin: &str, timeout: Duration) -> TwilioSms {
    common::tls_ready();
    let cfg = TwilioConfig {
        base_url: Url::parse(origin).unwrap(),
        account_sid: "AC00000000000000000000000000000000".to_owned(),
        auth_token: "0123456789abcdef".to_owned(),
        from: "+15005550006".to_owned(),
        status_callback: Some(Url::parse("https://clinic.example/hooks/sms?tenant=north").unwrap()),
    };
    TwilioSms::new(cfg, reqwest::Client::builder().read_timeout(timeout).build().unwrap()).unwrap()
}

async fn send_to(answer: Answer) -> (Result<Handed, SendError>, Seen) {
    let mut stand_in = StandIn::start(vec![answer]).await;
    let sms = client(&stand_in.origin, Duration::from_millis(300));
    let result = sms.send("+447700900123", "Héllo & goodbye? 100% €", "01J-abc").await;
    (result, stand_in.next().await)
}

fn reply(status: &'static str, body: &str) -> Answer {
    Answer::Reply(status, "content-type: application/json\r\n", body.to_owned())
}

#[tokio::test]
async fn a_message_is_sent_as_the_published_description_says() {
    let (result, seen) = send_to(reply("201 Created", CREATED)).await;
    assert_eq!(result, Ok(Handed { provider_ref: "SM123".to_owned(), state: DeliveryState::Pending }));
    assert_eq!(seen.method, "POST");
    assert_eq!(seen.target, "/2010-04-01/Accounts/AC00000000000000000000000000000000/Messages.json");
    assert_eq!(seen.header("content-type"), Some("application/x-www-form-urlencoded"));
    // printf AC00000000000000000000000000000000:0123456789abcdef | base64
    assert_eq!(
        seen.header("authorization"),
        Some("Basic QUMwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDowMTIzNDU2Nzg5YWJjZGVm")
    );
    assert!(seen.header("host").unwrap().starts_with("127.0.0.1:"));

    let form: Vec<(String, String)> = url::form_urlencoded::parse(&seen.body).into_owned().collect();
    assert_eq!(
        form,
        [
            ("To", "+447700900123"),
            ("From", "+15005550006"),
            ("Body", "Héllo & goodbye? 100% €"),
            ("StatusCallback", "https://clinic.example/hooks/sms?tenant=north&id=01J-abc"),
        ]
        .map(|(k, v)| (k.to_owned(), v.to_owned()))
    );
    if let Some(allowed) = described("post") {
        for (name, _) in form {
            assert!(allowed.contains(&name), "{name} is not a field of the Messages resource");
        }
    }
}

#[tokio::test]
async fn refusals_are_permanent_with_the_providers_code_and_without_the_number() {
    let body = r#"{"code":21211,"message":"The 'To' number +447700900123 is not valid.","status":400}"#;
    let (result, _) = send_to(reply("400 Bad Request", body)).await;
    assert_eq!(
        result,
        Err(SendError::Permanent { code: "21211".to_owned(), why: "the number is not valid".to_owned() })
    );

    let (result, _) = send_to(reply("422 Unprocessable Entity", "<html>")).await;
    assert!(matches!(result, Err(SendError::Permanent { code, .. }) if code == "422"));
}

#[tokio::test]
async fn faults_that_pass_are_temporary_and_keep_retry_after() {
    let slow = Answer::Reply("429 Too Many Requests", "retry-after: 7\r\n", String::new());
    let (result, _) = send_to(slow).await;
    assert!(
        matches!(result, Err(SendError::Temporary { retry_after: Some(t), .. }) if t == Duration::from_secs(7))
    );
    for status in ["503 Service Unavailable", "401 Unauthorized", "404 Not Found"] {
        let (result, _) = send_to(reply(status, "{}")).await;
        assert!(matches!(result, Err(SendError::Temporary { .. })), "{status}: {result:?}");
    }
    // Nobody listens: surely not sent.
    let sms = client("http://127.0.0.1:9", Duration::from_secs(1));
    assert!(matches!(sms.send("+447700900123", "x", "1").await, Err(SendError::Temporary { .. })));
}

#[tokio::test]
async fn an_outcome_that_cannot_be_known_is_called_unknown() {
    for answer in [
        Answer::Wait(Duration::from_secs(3)),
        Answer::HangUp,
        reply("500 Internal Server Error", ""),
        reply("502 Bad Gateway", ""),
        reply("201 Created", "not json"),
    ] {
        let (result, _) = send_to(answer.clone()).await;
        assert!(matches!(result, Err(SendError::Unknown { .. })), "{answer:?}: {result:?}");
    }
}

#[tokio::test]
async fn a_lookup_finds_a_message_by_recipient_and_exact_text() {
    let page = r#"{"messages":[
        {"sid":"SM1","status":"sent","error_code":null,"to":"+447700900123","body":"another"},
        {"sid":"SM2","status":"undelivered","error_code":30006,"to":"+447700900123","body":"Hello",
         "date_created":"Sun, 22 Nov 2026 17:00:02 +0000","date_sent":null}],
        "next_page_uri":null,"page":0}"#;
    let more = page.replace("null,\"page\"", "\"/2010-04-01/next\",\"page\"");
    let older = page.replace("17:00:02", "14:00:02");
    let mut stand_in = StandIn::start(vec![
        reply("200 OK", page),
        reply("200 OK", page),
        reply("200 OK", &more),
        reply("200 OK", &older),
        reply("500 Oops", ""),
    ])
    .await;
    let sms = client(&stand_in.origin, Duration::from_secs(1));
    let since = "2026-11-22T17:00:00Z".parse().unwrap();

    let found = sms.lookup("+447700900123", "Hello", since).await.unwrap();
    assert_eq!(found, [Handed { provider_ref: "SM2".to_owned(), state: DeliveryState::PermanentFailure }]);
    let seen = stand_in.next().await;
    assert_eq!(seen.method, "GET");
    let (path, query) = seen.target.split_once('?').unwrap();
    assert_eq!(path, "/2010-04-01/Accounts/AC00000000000000000000000000000000/Messages.json");
    let query: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    assert_eq!(query[0], ("To".to_owned(), "+447700900123".to_owned()));
    if let Some(allowed) = described("get") {
        assert!(query.iter().all(|(name, _)| allowed.contains(name)), "{query:?}");
    }

    let hello = async |body| sms.lookup("+447700900123", body, since).await;
    assert_eq!(hello("hello").await, Ok(Vec::new()));
    assert!(matches!(hello("hello").await, Err(SendError::Unknown { .. })), "there is a further page");
    assert_eq!(hello("Hello").await, Ok(Vec::new()), "an earlier message with the same words is another one");
    assert!(matches!(hello("Hello").await, Err(SendError::Unknown { .. })));
}

/// The names that the provider's own description allows for this method.
fn described(method: &str) -> Option<BTreeSet<String>> {
    let file: serde_json::Value =
        serde_json::from_str(&common::sample("interop/sms/twilio-messages.openapi.json")?).unwrap();
    let operation = &file["paths"]["/2010-04-01/Accounts/{AccountSid}/Messages.json"][method];
    let names: BTreeSet<String> = if method == "post" {
        let form =
            &operation["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]["properties"];
        form.as_object().unwrap().keys().cloned().collect()
    } else {
        let parameters = operation["parameters"].as_array().unwrap();
        parameters.iter().map(|p| p["name"].as_str().unwrap().to_owned()).collect()
    };
    assert!(names.contains("To"));
    Some(names)
}

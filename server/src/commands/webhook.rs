//! `waymark webhook`: whether a call from outside is to be believed.

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use messaging::signature::standard::{self, Delivery};
use messaging::signature::{Algorithm, Refusal, check_twilio, check_twilio_json};
use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Value, json};
use service::clock;

use super::Done;
use super::calendar::instant;
use super::lines::{Answer, answer_each, misread};

/// Calls from outside.
#[derive(Subcommand)]
pub enum Webhook {
    /// Whether each call was signed by whom it says, a JSON line each: id, valid, why (empty when it is valid).
    ///
    /// Twilio: url as called, params (an object of texts or lists of texts) or body as text (JSON with bodySHA256 in the url),
    /// signature or the header X-Twilio-Signature, secret. Standard Webhooks: body, the headers webhook-id, webhook-timestamp and
    /// webhook-signature, secret; the timestamp may be five minutes from now, which is --now, the line's own "now", or the clock.
    /// Ends with 1 when one is not valid, or when a line is not understood; that one is named on standard error with its number.
    #[command(
        after_help = "Example: echo '{\"id\":1,\"url\":\"https://a.example/h\",\"params\":{},\"signature\":\"…\",\"secret\":\"…\"}' | waymark webhook verify -"
    )]
    Verify(Verify),
}

#[derive(Args)]
pub struct Verify {
    /// JSON lines; `-` reads standard input.
    #[arg(value_name = "FILE", default_value = "-")]
    file: PathBuf,
    /// The time at which timestamps are judged [default: now].
    #[arg(long, value_name = "T", value_parser = instant)]
    now: Option<DateTime<Utc>>,
}

impl Webhook {
    pub fn run(&self) -> anyhow::Result<Done> {
        match self {
            Self::Verify(verb) => {
                let now = verb.now.unwrap_or_else(clock::now);
                answer_each(&verb.file, |line| verify(line, now))
            }
        }
    }
}

/// A call as somebody wrote it down.
#[derive(Deserialize)]
struct Called {
    id: Value,
    url: Option<String>,
    params: Option<Params>,
    body: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, Values>,
    signature: Option<String>,
    algorithm: Option<String>,
    secret: String,
    now: Option<Value>,
}

impl Called {
    /// All values of a header, whatever the case of its name.
    fn header(&self, name: &str) -> Option<&[String]> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, all)| all.0.as_slice())
    }

    fn first(&self, name: &str) -> &str {
        self.header(name).and_then(<[String]>::first).map_or("", |value| value.trim())
    }
}

fn verify(line: &str, now: DateTime<Utc>) -> Result<Answer, String> {
    let called: Called = serde_json::from_str(line).map_err(|error| misread(&error))?;
    let names = ["webhook-id", "webhook-timestamp", "webhook-signature"];
    let judged = match names.iter().any(|name| called.header(name).is_some()) {
        true => of_standard(&called, now)?,
        false => of_twilio(&called)?,
    };
    let why = judged.err().map_or(String::new(), |refusal| refusal.to_string());
    let is_good = why.is_empty();
    Ok(Answer { line: json!({ "id": called.id, "valid": is_good, "why": why }), is_good })
}

/// The outer error says what is missing in the line.
fn of_standard(called: &Called, now: DateTime<Utc>) -> Result<Result<(), Refusal>, String> {
    let body = called.body.as_deref().ok_or("missing field `body`: write it as text, as it came")?;
    let now = match &called.now {
        None | Some(Value::Null) => now,
        Some(given) => read_instant(given)
            .ok_or("now: give an instant such as 2027-01-01T00:00:00Z, or seconds since 1970")?,
    };
    let signatures = called.header("webhook-signature").unwrap_or_default().join(" ");
    let delivery = Delivery {
        id: called.first("webhook-id"),
        timestamp: called.first("webhook-timestamp"),
        signature: &signatures,
    };
    Ok(standard::verify(&called.secret, &delivery, body.as_bytes(), now))
}

fn of_twilio(called: &Called) -> Result<Result<(), Refusal>, String> {
    let url = called.url.as_deref().filter(|url| !url.is_empty()).ok_or("missing field `url`")?;
    let signature = called.signature.as_deref().unwrap_or_else(|| called.first("x-twilio-signature"));
    let algorithm = match &called.algorithm {
        Some(name) => Algorithm::named(name).ok_or(Refusal::UnknownAlgorithm),
        None => Algorithm::of_settings(called.first("x-twilio-webhooks-signature-settings")),
    };
    let algorithm = match algorithm {
        Ok(algorithm) => algorithm,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let form = |pairs: &[(String, String)]| check_twilio(&called.secret, url, pairs, signature, algorithm);
    let is_form =
        called.first("content-type").to_ascii_lowercase().starts_with("application/x-www-form-urlencoded");
    Ok(match (&called.params, &called.body) {
        (Some(_), Some(_)) => return Err("give params or body, not both".to_owned()),
        (Some(params), None) => form(&params.0),
        (None, None) => form(&[]),
        (None, Some(body)) if is_form => {
            form(&url::form_urlencoded::parse(body.as_bytes()).into_owned().collect::<Vec<_>>())
        }
        (None, Some(body)) => check_twilio_json(&called.secret, url, body.as_bytes(), signature, algorithm),
    })
}

fn read_instant(given: &Value) -> Option<DateTime<Utc>> {
    match given {
        Value::String(text) => instant(text).ok(),
        given => DateTime::from_timestamp(given.as_i64()?, 0),
    }
}

/// The values of one name: a text, or a list of them.
#[derive(Default)]
struct Values(Vec<String>);

impl<'de> Deserialize<'de> for Values {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let single = |value: Value| match value {
            Value::String(text) => Ok(text),
            // As the vendor's library for JavaScript puts it into the text that is signed.
            Value::Number(number) if number.is_i64() || number.is_u64() => Ok(number.to_string()),
            _ => Err(D::Error::custom("a value must be a text, or a list of texts")),
        };
        match Value::deserialize(deserializer)? {
            Value::Array(all) => all.into_iter().map(single).collect::<Result<_, _>>().map(Self),
            one => single(one).map(|text| Self(vec![text])),
        }
    }
}

/// Parameters by name; a name may come again, and a list stands for several values. A list of pairs is understood as well.
struct Params(Vec<(String, String)>);

impl Params {
    fn add(&mut self, name: &str, values: Values) {
        self.0.extend(values.0.into_iter().map(|value| (name.to_owned(), value)));
    }
}

impl<'de> Deserialize<'de> for Params {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;

        impl<'de> Visitor<'de> for Pairs {
            type Value = Params;

            fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.write_str("an object of parameters")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Params, A::Error> {
                let mut params = Params(Vec::new());
                while let Some((name, values)) = map.next_entry::<String, Values>()? {
                    params.add(&name, values);
                }
                Ok(params)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut pairs: A) -> Result<Params, A::Error> {
                let mut params = Params(Vec::new());
                while let Some((name, values)) = pairs.next_element::<(String, Values)>()? {
                    params.add(&name, values);
                }
                Ok(params)
            }
        }

        deserializer.deserialize_any(Pairs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(line: &str) -> Value {
        let now = DateTime::from_timestamp(1_614_265_330, 0).expect("an instant");
        match verify(line, now) {
            Ok(answer) => {
                assert_eq!(answer.is_good, answer.line["valid"] == json!(true));
                answer.line
            }
            Err(problem) => json!(problem),
        }
    }

    // Made with the vendor's library for Python, 9.13: RequestValidator("12345").compute_signature.
    const URL: &str = "https://mycompany.com/myapp.php?foo=1&bar=2";
    const SIGNATURE: &str = "RSOYDt4T1cUTdK1PDd93/VVr8B8=";

    fn form(params: &str) -> String {
        format!(r#"{{"id":"t","url":"{URL}","params":{params},"signature":"{SIGNATURE}","secret":"12345"}}"#)
    }

    #[test]
    fn the_vendor_s_own_example_is_valid_and_one_letter_off_is_not() {
        let params = r#"{"CallSid":"CA1234567890ABCDE","Caller":"+14158675309","Digits":"1234","From":"+14158675309","To":"+18005551212"}"#;
        assert_eq!(answered(&form(params)), json!({ "id": "t", "valid": true, "why": "" }));
        let listed = params
            .replace(r#""1234""#, r#"["1234","1234"]"#)
            .replace(r#""+18005551212""#, r#""+18005551212","Empty":[]"#);
        assert_eq!(answered(&form(&listed))["valid"], json!(true), "values count once, and none not at all");
        assert_eq!(answered(&form(&params.replace(r#""1234""#, "1234")))["valid"], json!(true));
        let pairs = r#"[["To","+18005551212"],["From","+14158675309"],["Digits","1234"],["Caller","+14158675309"],["CallSid","CA1234567890ABCDE"]]"#;
        assert_eq!(answered(&form(pairs))["valid"], json!(true));
        let headers = form(params)
            .replace(r#""signature":"#, r#""headers":{"x-twilio-SIGNATURE":"#)
            .replace(r#"","secret""#, r#""},"secret""#);
        assert_eq!(answered(&headers)["valid"], json!(true), "{headers}");
        let body = "To=%2B18005551212&From=%2B14158675309&Digits=1234&Caller=%2B14158675309&CallSid=CA1234567890ABCDE";
        let posted = form("0").replace(r#""params":0"#, &format!(r#""body":"{body}","headers":{{"Content-Type":"application/x-www-form-urlencoded; charset=UTF-8"}}"#));
        assert_eq!(answered(&posted)["valid"], json!(true), "{posted}");
        for (changed, why) in [
            (form(&params.replace("1234\"", "1235\"")), "the signature does not match"),
            (form(params).replace(SIGNATURE, ""), "there is no signature"),
            (
                form(params).replace(r#""secret""#, r#""algorithm":"HMAC_MD5","secret""#),
                "the signature is made in a way that is not known",
            ),
            (
                form(params).replace(r#""secret""#, r#""algorithm":"HMAC_SHA256","secret""#),
                "the signature does not match",
            ),
        ] {
            assert_eq!(answered(&changed), json!({ "id": "t", "valid": false, "why": why }), "{changed}");
        }
    }

    #[test]
    fn a_delivery_by_the_standard_is_judged_at_the_time_that_is_given() {
        let line = |more: &str| {
            format!(
                r#"{{"id":7,"body":"{{\"test\": 2432232314}}","headers":{{"Webhook-Id":"msg_p5jXN8AQM9LWM0D4loKWxJek","webhook-timestamp":"1614265330","webhook-signature":["v1,AAAA","v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="]}},"secret":"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"{more}}}"#
            )
        };
        assert_eq!(answered(&line("")), json!({ "id": 7, "valid": true, "why": "" }));
        for (now, why) in [
            ("1614265630", ""),
            ("1614265631", "it was signed more than five minutes ago"),
            (r#""2021-02-25T14:57:09Z""#, "it is signed for more than five minutes from now"),
        ] {
            assert_eq!(answered(&line(&format!(r#","now":{now}"#)))["why"], json!(why), "{now}");
        }
        let without = line("").replace(r#""webhook-timestamp":"1614265330","#, "");
        assert_eq!(answered(&without)["why"], json!("there is no signature"));
    }

    #[test]
    fn a_line_that_is_no_question_is_named() {
        for (line, problem) in [
            (r#"{"id":1,"secret":"s"}"#, "missing field `url`"),
            (r#"{"id":1,"url":"https://a.example/"}"#, "missing field `secret`"),
            (r#"{"url":"https://a.example/","secret":"s"}"#, "missing field `id`"),
            (r#"{"id":1,"url":"u","params":{},"body":"","secret":"s"}"#, "not both"),
            (r#"{"id":1,"url":"u","params":{"a":{}},"secret":"s"}"#, "a list of texts"),
            (r#"{"id":1,"url":"u","params":{"a":[null]},"secret":"s"}"#, "a list of texts"),
            (r#"{"id":1,"url":"u","params":7,"secret":"s"}"#, "an object of parameters"),
            (r#"{"id":1,"headers":{"webhook-id":"1"},"secret":"s"}"#, "missing field `body`"),
            (
                r#"{"id":1,"headers":{"webhook-id":"1"},"body":"","secret":"s","now":"soon"}"#,
                "give an instant",
            ),
            ("7", "expected struct"),
        ] {
            let said = answered(line);
            assert!(said.as_str().is_some_and(|said| said.contains(problem)), "{line}: {said}");
        }
    }
}

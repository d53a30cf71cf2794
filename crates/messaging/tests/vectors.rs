//! Published test vectors: signatures made by the vendor's library, segment counts that two calculators agree on.
#![allow(clippy::unwrap_used)]

mod common;

use messaging::segments::{Encoding, cost};
use messaging::signature::{verify_twilio, verify_twilio_json};
use serde_json::Value;

#[test]
fn every_signature_vector_is_judged_as_the_vendor_does() {
    let Some(text) = common::sample("interop/sms/signature-vectors.json") else { return };
    let file: Value = serde_json::from_str(&text).unwrap();
    let token = file["auth_token"].as_str().unwrap();
    let vectors = file["vectors"].as_array().unwrap();
    for v in vectors {
        let (url, header) = (v["url"].as_str().unwrap(), v["signature"].as_str().unwrap());
        let verdict = match v["body"].as_str() {
            Some(body) => verify_twilio_json(token, url, body.as_bytes(), header),
            None => {
                let params: Vec<(String, String)> = serde_json::from_value(v["params"].clone()).unwrap();
                verify_twilio(token, url, &params, header)
            }
        };
        assert_eq!(verdict, v["valid"].as_bool().unwrap(), "{}", v["name"]);
    }
    assert!(vectors.len() >= 8, "{} vectors", vectors.len());
}

#[test]
fn every_segment_vector_is_counted_as_two_calculators_do() {
    let Some(text) = common::sample("interop/sms/segment-vectors.json") else { return };
    let vectors: Vec<Value> = serde_json::from_str(&text).unwrap();
    for v in &vectors {
        let text = v["text"].as_str().unwrap();
        let got = cost(text);
        let encoding = if got.encoding == Encoding::Gsm7 { "GSM-7" } else { "UCS-2" };
        assert_eq!(encoding, v["encoding"].as_str().unwrap(), "{text}");
        assert_eq!(got.segments as u64, v["segments"].as_u64().unwrap(), "{text}");
        if let Some(units) = v["units"].as_u64() {
            assert_eq!(got.units as u64, units, "{text}");
        }
    }
    assert!(vectors.len() >= 14, "{} vectors", vectors.len());
}

//! FHIR R4 transaction bundles and the shapes that recur in them.

use chrono::{DateTime, SecondsFormat, Utc};
use chrono_tz::Tz;
use serde_json::{Value, json};
use uuid::Uuid;

use super::random;

/// Base of our own extensions and code systems.
pub const OWN: &str = "https://waymark.example/fhir/";

/// A transaction in the making. Each resource has a kind and a name from which its `fullUrl` follows.
pub struct Bundle {
    seed: u64,
    entries: Vec<Value>,
}

impl Bundle {
    pub fn new(seed: u64) -> Self {
        Self { seed, entries: Vec::new() }
    }

    /// Adds a resource, to be created unless one with its first identifier exists (`ifNoneExist`, FHIR R4 §3.1.0.8.1).
    pub fn add(&mut self, kind: &str, name: &str, mut resource: Value) {
        let id = self.id(kind, name);
        resource["resourceType"] = kind.into();
        resource["id"] = id.to_string().into();
        let mut request = json!({"method": "POST", "url": kind});
        let first = &resource["identifier"][0];
        if let (Some(system), Some(value)) = (first["system"].as_str(), first["value"].as_str()) {
            request["ifNoneExist"] = format!("identifier={system}|{value}").into();
        }
        self.entries
            .push(json!({"fullUrl": format!("urn:uuid:{id}"), "resource": resource, "request": request}));
    }

    /// A reference to a resource of this same bundle.
    pub fn reference(&self, kind: &str, name: &str) -> Value {
        json!({"reference": format!("urn:uuid:{}", self.id(kind, name))})
    }

    /// The finished file.
    pub fn bytes(self) -> Vec<u8> {
        let bundle = json!({"resourceType": "Bundle", "type": "transaction", "entry": self.entries});
        let mut bytes = serde_json::to_vec_pretty(&bundle).expect("a JSON value is always writable");
        bytes.push(b'\n');
        bytes
    }

    fn id(&self, kind: &str, name: &str) -> Uuid {
        random::id(self.seed, &format!("{kind}/{name}"))
    }
}

/// A conditional reference, for what an earlier bundle brought (FHIR R4 §3.1.0.11.2).
pub fn by_identifier(kind: &str, system: &str, value: &str, display: &str) -> Value {
    json!({"reference": format!("{kind}?identifier={system}|{value}"), "type": kind, "display": display})
}

pub fn identifier(system: &str, value: &str) -> Value {
    json!({"system": system, "value": value})
}

pub fn coding(system: &str, code: &str, display: &str) -> Value {
    json!({"system": system, "code": code, "display": display})
}

/// A coded concept with its words.
pub fn concept(system: &str, code: &str, display: &str) -> Value {
    json!({"coding": [coding(system, code, display)]})
}

/// One of our own extensions; `value` holds its `value[x]` or nested `extension`.
pub fn extension(name: &str, mut value: Value) -> Value {
    value["url"] = format!("{OWN}StructureDefinition/{name}").into();
    value
}

/// HL7's `timezone` extension.
pub fn zone_extension(zone: Tz) -> Value {
    json!({"url": "http://hl7.org/fhir/StructureDefinition/timezone", "valueCode": zone.name()})
}

/// A FHIR instant in UTC, to the second.
pub fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

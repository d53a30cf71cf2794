//! Audit events out, as FHIR R4 AuditEvent in the manner of the IHE Basic Audit Log Patterns (BALP 1.1.4).

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

/// One event of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditLine {
    pub id: String,
    pub at: DateTime<Utc>,
    /// Stable key of who acted: `staff:<id>`, `patient:<id>`, `client:<id>`, `system:<job>`.
    pub actor: String,
    pub actor_name: String,
    /// Our verb: `find`, `accept`, `list`, …
    pub action: String,
    /// What was touched: `referral`, `patient`, …
    pub entity: String,
    pub entity_id: Option<String>,
    pub patient_id: Option<String>,
    pub is_allowed: bool,
    pub request_id: String,
}

/// System of our own verbs and actor keys.
const OURS: &str = "https://waymark.example/fhir/audit";

/// The event as a FHIR R4 AuditEvent.
pub fn audit_event(line: &AuditLine) -> Value {
    let (code, interaction) = action(&line.action);
    let mut entities = Vec::new();
    if let Some(id) = &line.entity_id {
        entities.push(json!({
            "what": { "identifier": { "system": format!("{OURS}/{}", line.entity), "value": id } },
            "type": { "system": format!("{OURS}/entity"), "code": line.entity },
        }));
    }
    if let Some(patient) = &line.patient_id {
        entities.push(json!({
            "what": { "reference": format!("Patient/{patient}") },
            "type": { "system": "http://terminology.hl7.org/CodeSystem/audit-entity-type", "code": "1", "display": "Person" },
            "role": { "system": "http://terminology.hl7.org/CodeSystem/object-role", "code": "1", "display": "Patient" },
        }));
    }
    // The request, so that all events of one belong together.
    entities.push(json!({
        "what": { "identifier": { "system": format!("{OURS}/request"), "value": line.request_id } },
        "type": { "system": "https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType", "code": "XrequestId" },
    }));
    let mut event = json!({
        "resourceType": "AuditEvent",
        "id": line.id,
        "type": { "system": "http://terminology.hl7.org/CodeSystem/audit-event-type", "code": "rest", "display": "RESTful Operation" },
        "subtype": [
            { "system": "http://hl7.org/fhir/restful-interaction", "code": interaction },
            { "system": format!("{OURS}/action"), "code": line.action },
        ],
        "action": code,
        "recorded": line.at.to_rfc3339_opts(SecondsFormat::Millis, true),
        "outcome": if line.is_allowed { "0" } else { "4" },
        "agent": [{
            "who": { "identifier": { "system": format!("{OURS}/actor"), "value": line.actor } },
            "requestor": true,
        }],
        "source": { "observer": { "display": "Waymark" } },
        "entity": entities,
    });
    if is_emergency(&line.action) {
        event["purposeOfEvent"] = json!([{ "coding": [{
            "system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "BTG", "display": "break the glass",
        }] }]);
    }
    if !line.actor_name.trim().is_empty() {
        event["agent"][0]["who"]["display"] = json!(line.actor_name);
    }
    event
}

/// Whether a verb of ours says that somebody broke the glass.
fn is_emergency(verb: &str) -> bool {
    verb == "break-glass" || verb.starts_with("emergency-")
}

/// FHIR's action code and interaction for a verb of ours: what only looks is a read, everything else an update.
fn action(verb: &str) -> (&'static str, &'static str) {
    match verb {
        "find" | "read" | "detail" | "fetch-document" | "look" | "emergency-read" | "print" | "export" => {
            ("R", "read")
        }
        "list" | "search" => ("E", "search-type"),
        "begin" | "import" | "add-document" | "invite" => ("C", "create"),
        _ => ("U", "update"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_says_who_did_what_to_whom_and_whether_it_was_allowed() {
        let line = AuditLine {
            id: "e1".into(),
            at: "2026-03-06T10:00:00.250Z".parse().unwrap(),
            actor: "staff:p1".into(),
            actor_name: "Grace Whitlock".into(),
            action: "accept".into(),
            entity: "referral".into(),
            entity_id: Some("r1".into()),
            patient_id: Some("p9".into()),
            is_allowed: false,
            request_id: "q1".into(),
        };
        let event = audit_event(&line);
        assert_eq!(event["recorded"], "2026-03-06T10:00:00.250Z");
        assert_eq!((event["action"].as_str(), event["outcome"].as_str()), (Some("U"), Some("4")));
        assert_eq!(event["entity"][1]["what"]["reference"], "Patient/p9");
        let nameless = audit_event(&AuditLine { actor_name: String::new(), patient_id: None, ..line });
        assert_eq!(nameless["agent"][0]["who"]["display"], Value::Null);
        assert_eq!(nameless["entity"].as_array().map(Vec::len), Some(2));
        assert_eq!(event["purposeOfEvent"], Value::Null);
    }

    #[test]
    fn a_look_in_an_emergency_says_its_purpose() {
        for (verb, code) in [("emergency-read", "R"), ("break-glass", "U")] {
            let line = AuditLine {
                id: "e1".into(),
                at: "2026-03-06T10:00:00Z".parse().unwrap(),
                actor: "staff:p1".into(),
                actor_name: String::new(),
                action: verb.into(),
                entity: "referral".into(),
                entity_id: None,
                patient_id: None,
                is_allowed: true,
                request_id: "q1".into(),
            };
            let event = audit_event(&line);
            assert_eq!(event["purposeOfEvent"][0]["coding"][0]["code"], "BTG", "{verb}");
            assert_eq!(event["action"], code, "{verb}");
        }
    }
}

//! Where a reader has to take care: what must not be shown as fact, let anybody in, or cost much.

use interop::fhir::records::{ClinicalKind, Link};
use interop::fhir::{Reading, read};
use interop::problem::{Severity, refused};
use serde_json::{Value, json};

fn bundle(resources: &[Value]) -> Reading {
    let entries: Vec<Value> = resources.iter().map(|resource| json!({ "resource": resource })).collect();
    read(json!({"resourceType": "Bundle", "type": "collection", "entry": entries}).to_string().as_bytes())
}

fn patient() -> Value {
    json!({"resourceType": "Patient", "id": "p", "name": [{"family": "Okoro"}]})
}

fn request() -> Value {
    json!({"resourceType": "ServiceRequest", "id": "r", "status": "active", "subject": {"reference": "Patient/p"}})
}

fn paths(reading: &Reading, severity: Severity) -> Vec<&str> {
    let found = reading.problems.iter().filter(|problem| problem.severity == severity);
    found.map(|problem| problem.path.as_str()).collect()
}

#[test]
fn what_did_not_take_place_is_no_line_of_the_record() {
    let line = |kind: &str, status: &str, extra: Value| {
        let mut line = json!({"resourceType": kind, "status": status, "code": {"text": "x"},
            "vaccineCode": {"text": "x"}, "medicationCodeableConcept": {"text": "x"},
            "subject": {"reference": "Patient/p"}, "patient": {"reference": "Patient/p"}});
        if let (Some(line), Some(extra)) = (line.as_object_mut(), extra.as_object()) {
            line.extend(extra.clone());
        }
        line
    };
    let reading = bundle(&[
        patient(),
        line("Procedure", "not-done", json!({})),
        line("Immunization", "not-done", json!({})),
        line("MedicationStatement", "not-taken", json!({})),
        line("Observation", "entered-in-error", json!({})),
        line("Condition", "", json!({"verificationStatus": {"coding": [{"code": "refuted"}]}})),
        line("MedicationRequest", "stopped", json!({})),
    ]);
    assert!(!refused(&reading.problems), "{:#?}", reading.problems);
    let kept: Vec<_> = reading.records.items.iter().map(|item| (item.kind, item.active)).collect();
    assert_eq!(kept, [(ClinicalKind::Medication, false)]);
    assert_eq!(paths(&reading, Severity::Warning).len(), 3);
}

#[test]
fn a_request_entered_in_error_and_an_unknown_modifier_are_refused() {
    let mut wrong = request();
    wrong["status"] = json!("entered-in-error");
    assert_eq!(paths(&bundle(&[patient(), wrong]), Severity::Error), ["Bundle.entry[1].resource.status"]);
    let mut modified = request();
    modified["modifierExtension"] = json!([{"url": "https://a.example/not", "valueBoolean": true}]);
    let reading = bundle(&[patient(), modified]);
    assert_eq!(paths(&reading, Severity::Error), ["Bundle.entry[1].resource.modifierExtension"]);
    let nested = json!({"resourceType": "Bundle", "type": "batch", "entry": []});
    assert_eq!(paths(&bundle(&[patient(), nested]), Severity::Error), ["Bundle.entry[1].resource"]);
}

#[test]
fn a_role_that_is_not_active_lets_nobody_in() {
    let doctor = |id: &str, active: bool| {
        json!({"resourceType": "Practitioner", "id": id, "active": active,
        "name": [{"given": ["Jo"], "family": "Lee", "suffix": ["Nurse Practitioner"]}]})
    };
    let role = |of: &str, active: bool| {
        json!({"resourceType": "PractitionerRole", "active": active,
        "practitioner": {"reference": format!("Practitioner/{of}")}, "code": [{"coding": [{"code": "administrator"}]}]})
    };
    let reading = bundle(&[doctor("a", true), doctor("b", false), role("a", false), role("b", true)]);
    assert!(!refused(&reading.problems));
    assert!(reading.records.people.iter().all(|person| person.roles.is_empty()));
    assert_eq!(reading.records.people[0].name, "Jo Lee, Nurse Practitioner");
    assert_eq!(paths(&reading, Severity::Warning), ["Bundle.entry[2].resource", "Bundle.entry[3].resource"]);
}

#[test]
fn contained_medicines_are_read_and_contained_people_without_identifier_left_out() {
    let mut request = request();
    request["contained"] =
        json!([{"resourceType": "Practitioner", "id": "who", "name": [{"family": "Lee"}]}]);
    request["requester"] = json!({"reference": "#who"});
    let medicine = json!({"resourceType": "MedicationRequest", "status": "active", "subject": {"reference": "Patient/p"},
        "contained": [{"resourceType": "Medication", "id": "m", "code": {"text": "Aspirin 75 mg"}}],
        "medicationReference": {"reference": "#m"}});
    let reading = bundle(&[patient(), request, medicine]);
    assert!(!refused(&reading.problems), "{:#?}", reading.problems);
    assert_eq!(paths(&reading, Severity::Warning), ["Bundle.entry[1].resource.requester"]);
    assert_eq!(reading.records.items[0].words, "Aspirin 75 mg");
    assert_eq!(reading.records.referrals[0].requester, None);
}

#[test]
fn a_result_without_words_is_a_line_of_the_record_and_sections_are_read_to_the_end() {
    let result = json!({"resourceType": "DiagnosticReport", "status": "final", "basedOn": [{"reference": "ServiceRequest/r"}],
        "subject": {"reference": "Patient/p"}, "code": {"text": "Full blood count"}, "issued": "2026-01-02T09:00:00Z"});
    let mut plan = result.clone();
    plan["conclusion"] = json!("On plan.");
    plan["basedOn"] = json!([{"reference": "CarePlan/c"}]);
    let report = json!({"resourceType": "Composition", "status": "final", "date": "2026-01-02T09:00:00Z",
        "extension": [{"url": "https://waymark.example/fhir/StructureDefinition/based-on",
            "valueReference": {"reference": "ServiceRequest/r"}}],
        "section": [{"title": "Seen", "section": [{"title": "Heart", "text": {"div": "<div>Sound.</div>"}}]},
            {"text": {"div": "<div>Home.</div>"}}]});
    let reading =
        bundle(&[patient(), request(), result, plan, json!({"resourceType": "CarePlan", "id": "c"}), report]);
    assert!(!refused(&reading.problems), "{:#?}", reading.problems);
    assert_eq!(reading.records.items.len(), 2);
    assert_eq!(reading.records.reports.len(), 1);
    assert_eq!(reading.records.reports[0].text, "Seen\n\nHeart\nSound.\n\nHome.");
    assert_eq!(reading.records.reports[0].referral, Link::Key("ServiceRequest/r".into()));
}

#[test]
fn hostile_files_cost_little() {
    let started = std::time::Instant::now();
    let scripts = "<script></script><!---->&&&".repeat(100_000);
    let report = json!({"resourceType": "DiagnosticReport", "status": "final", "basedOn": [{"reference": "ServiceRequest/r"}],
        "subject": {"reference": "Patient/p"}, "issued": "2026-01-02T09:00:00Z", "text": {"div": scripts}});
    assert!(!refused(&bundle(&[patient(), request(), report]).problems));
    let many = format!("[{}0]", "0,".repeat(5_000_000));
    assert_eq!(read(many.as_bytes()).problems.len(), 1);
    let mut crowd: Vec<Value> = vec![patient()];
    for at in 0..5_000 {
        crowd.push(
            json!({"resourceType": "Practitioner", "id": format!("d{at}"), "name": [{"family": "Lee"}]}),
        );
        let mut request = request();
        request["id"] = json!(format!("r{at}"));
        request["requester"] = json!({"reference": format!("Practitioner/d{at}")});
        crowd.push(request);
    }
    let reading = bundle(&crowd);
    assert_eq!((reading.records.referrals.len(), reading.problems.len()), (5_000, 0));
    // Seconds in a debug build; anything quadratic takes minutes.
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
}

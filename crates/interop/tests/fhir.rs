//! Hand-written bundles: what each resource becomes, and how bad input is named.

use interop::fhir::records::{Identifier, Link, Priority, Sex};
use interop::fhir::{Reading, read};
use interop::problem::{Severity, refused};
use serde_json::{Value, json};

fn bundle(resources: &[Value]) -> Reading {
    let entries: Vec<Value> = resources
        .iter()
        .map(|r| json!({"fullUrl": format!("urn:uuid:{}", r["id"].as_str().unwrap_or("?")), "resource": r}))
        .collect();
    read(json!({"resourceType": "Bundle", "type": "transaction", "entry": entries}).to_string().as_bytes())
}

fn listed(reading: &Reading) -> String {
    let line = |p: &interop::problem::Problem| {
        format!("{:?} | {} | {} | {}", p.severity, p.path, p.problem, p.remedy)
    };
    reading.problems.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn patient() -> Value {
    json!({"resourceType": "Patient", "id": "pat", "name": [{"family": "Okoro", "given": ["Ada", "M"]}],
        "gender": "female", "birthDate": "1980-02-29",
        "telecom": [{"system": "phone", "value": "1"}, {"system": "phone", "use": "mobile", "value": "2"}],
        "managingOrganization": {"reference": "Organization?identifier=https://a.example/org|P1"}})
}

fn request() -> Value {
    json!({"resourceType": "ServiceRequest", "id": "req", "status": "active", "intent": "order", "priority": "urgent",
        "subject": {"reference": "urn:uuid:pat"}, "authoredOn": "2026-03-01T09:00:00Z",
        "requester": {"reference": "urn:uuid:role"},
        "performer": [{"reference": "HealthcareService?identifier=https://a.example/s|heart"}],
        "reasonCode": [{"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "I20"}], "text": "Angina"}],
        "note": [{"text": "Please see."}]})
}

fn staff() -> [Value; 3] {
    [
        json!({"resourceType": "Organization", "id": "org", "name": "Practice"}),
        json!({"resourceType": "Practitioner", "id": "doc", "name": [{"prefix": ["Dr"], "given": ["Jo"], "family": "Lee"}]}),
        json!({"resourceType": "PractitionerRole", "id": "role", "practitioner": {"reference": "Practitioner/doc"},
            "organization": {"reference": "urn:uuid:org"},
            "availableTime": [{"daysOfWeek": ["mon", "fri"], "availableStartTime": "09:00:00", "availableEndTime": "12:30:00"}]}),
    ]
}

#[test]
fn a_referral_with_all_its_parts_becomes_records() {
    let mut resources = vec![patient(), request()];
    resources.extend(staff());
    resources.extend([
        json!({"resourceType": "Task", "id": "task", "status": "accepted", "focus": {"reference": "urn:uuid:req"},
            "businessStatus": {"coding": [{"system": "https://waymark.example/fhir/CodeSystem/referral-state", "code": "accepted"}]},
            "owner": {"reference": "Practitioner/doc"}, "statusReason": {"text": "fits"}, "lastModified": "2026-03-02T09:00:00Z",
            "extension": [{"url": "https://waymark.example/fhir/StructureDefinition/state-history", "extension": [
                {"url": "state", "valueCode": "sent"}, {"url": "at", "valueInstant": "2026-03-01T09:00:00Z"},
                {"url": "by", "valueString": "Dr Lee"}]}]}),
        json!({"resourceType": "Appointment", "id": "app", "status": "booked", "basedOn": [{"reference": "ServiceRequest/req"}],
            "start": "2026-04-01T09:00:00+01:00", "end": "2026-04-01T09:30:00+01:00",
            "participant": [{"actor": {"reference": "urn:uuid:pat"}}, {"actor": {"reference": "urn:uuid:role"}}]}),
        json!({"resourceType": "DocumentReference", "id": "letter", "status": "current", "subject": {"reference": "urn:uuid:pat"},
            "content": [{"attachment": {"contentType": "text/plain", "url": "Binary/bin", "title": "Letter"}}],
            "context": {"related": [{"reference": "urn:uuid:req"}]}}),
        json!({"resourceType": "Binary", "id": "bin", "contentType": "text/plain", "data": "aGVs\nbG8="}),
        json!({"resourceType": "DiagnosticReport", "id": "rep", "status": "final", "basedOn": [{"reference": "urn:uuid:req"}],
            "issued": "2026-04-02T09:00:00Z", "performer": [{"reference": "urn:uuid:role"}],
            "text": {"status": "generated", "div": "<div>Seen.<script>x</script></div>"},
            "extension": [{"url": "https://waymark.example/fhir/StructureDefinition/acknowledged-at", "valueInstant": "2026-04-03T09:00:00Z"}]}),
        json!({"resourceType": "QuestionnaireResponse", "id": "ans", "basedOn": [{"reference": "urn:uuid:req"}],
            "authored": "2026-04-05T19:00:00Z", "item": [
                {"linkId": "overall", "answer": [{"valueCoding": {"code": "1"}}]},
                {"linkId": "why", "answer": [{"valueString": "Kind."}]}]}),
        json!({"resourceType": "MedicationRequest", "id": "med", "status": "active", "subject": {"reference": "urn:uuid:pat"},
            "medicationReference": {"reference": "urn:uuid:drug"}, "authoredOn": "2025-01-01"}),
        json!({"resourceType": "Medication", "id": "drug", "code": {"text": "Aspirin 75 mg"}}),
    ]);
    let reading = bundle(&resources);
    assert_eq!(listed(&reading), "");
    let r = &reading.records;
    let key = |name: &str| Link::Key(format!("urn:uuid:{name}"));
    assert_eq!((r.patients[0].given.as_str(), r.patients[0].sex), ("Ada M", Sex::Female));
    assert_eq!(r.patients[0].phone.as_deref(), Some("2"));
    let outside = Link::Identifier(Identifier { system: "https://a.example/org".into(), value: "P1".into() });
    assert_eq!(r.patients[0].organisation, Some(outside));
    let referral = &r.referrals[0];
    assert_eq!((&referral.patient, &referral.from), (&key("pat"), &Some(key("org"))));
    assert_eq!((&referral.requester, referral.priority), (&Some(key("doc")), Priority::Urgent));
    assert_eq!(referral.letter, "Angina\n\nPlease see.");
    let task = referral.task.as_ref().expect("a task");
    assert_eq!((task.state.as_deref(), task.history.len()), (Some("accepted"), 1));
    assert_eq!(task.owner, Some(key("doc")));
    assert_eq!(r.people[0].name, "Dr Jo Lee");
    assert_eq!(r.people[0].roles[0].availability[0].weekdays.len(), 2);
    assert_eq!(r.appointments[0].start.to_rfc3339(), "2026-04-01T08:00:00+00:00");
    assert_eq!(r.appointments[0].practitioner, Some(key("doc")));
    assert_eq!(
        (r.documents[0].bytes.as_slice(), &r.documents[0].referral),
        (&b"hello"[..], &Some(key("req")))
    );
    assert_eq!((r.reports[0].text.as_str(), &r.reports[0].author), ("Seen.", &Some(key("doc"))));
    assert!(r.reports[0].acknowledged_at.is_some());
    assert_eq!((r.answers[0].overall, r.answers[0].comment.as_deref()), (1, Some("Kind.")));
    assert_eq!(r.items[0].words, "Aspirin 75 mg");
}

#[test]
fn input_that_is_no_bundle_gets_one_clear_error() {
    let deep = format!("{{\"resourceType\":{}", "[".repeat(3000));
    let wide =
        format!(r#"{{"resourceType":"Bundle","type":"batch","entry":[{}]}}"#, vec!["{}"; 100_001].join(","));
    let inputs: Vec<(&str, Vec<u8>)> = vec![
        ("empty", vec![]),
        ("list", b"[]".to_vec()),
        ("object", b"{}".to_vec()),
        ("untyped bundle", br#"{"resourceType":"Bundle"}"#.to_vec()),
        ("empty bundle", br#"{"resourceType":"Bundle","type":"batch"}"#.to_vec()),
        ("null entry", br#"{"resourceType":"Bundle","type":"batch","entry":[null]}"#.to_vec()),
        ("cut off", br#"{"resourceType":"Bundle","type":"batch","entry":[{"resource":{"#.to_vec()),
        ("not UTF-8", b"{\"resourceType\":\"\xff\"}".to_vec()),
        ("deep", deep.into_bytes()),
        ("wide", wide.into_bytes()),
        ("xml", b"<Bundle/>".to_vec()),
        ("STU3", br#"{"resourceType":"ReferralRequest","id":"1"}"#.to_vec()),
        ("unknown", br#"{"resourceType":"Referral"}"#.to_vec()),
        ("outcome", br#"{"resourceType":"OperationOutcome"}"#.to_vec()),
        ("delete", br#"{"resourceType":"Bundle","type":"transaction","entry":[{"request":{"method":"DELETE","url":"Patient/1"}}]}"#.to_vec()),
    ];
    let all: Vec<String> =
        inputs.iter().map(|(name, bytes)| format!("# {name}\n{}", listed(&read(bytes)))).collect();
    insta::assert_snapshot!(all.join("\n"));
}

#[test]
fn each_bad_element_is_named_by_its_path() {
    let mut patient = patient();
    patient["birthDate"] = json!("29/02/1980");
    patient["gender"] = json!("F");
    let mut request = request();
    request["subject"] = json!({"reference": "urn:uuid:req"});
    request["requester"] = json!({"reference": "urn:uuid:nobody"});
    request["priority"] = json!("soon");
    request["authoredOn"] = json!(20260301);
    let twice = json!({"resourceType": "Organization", "id": "org", "name": "A"});
    let reading = bundle(&[
        patient,
        request,
        twice.clone(),
        twice,
        json!({"resourceType": "Task", "id": "t", "status": "requested", "focus": {"reference": "ServiceRequest/elsewhere"}}),
        json!({"resourceType": "Appointment", "id": "a", "status": "booked", "start": "2026-04-01", "participant": []}),
        json!({"resourceType": "DocumentReference", "id": "d", "status": "current",
            "content": [{"attachment": {"data": "%%%"}}]}),
        json!({"resourceType": "Location", "id": "l", "position": {"latitude": 91, "longitude": 0}}),
        json!({"resourceType": "PractitionerRole", "id": "r"}),
        json!({"resourceType": "QuestionnaireResponse", "id": "q", "basedOn": [{"reference": "urn:uuid:req"}],
            "item": [{"linkId": "overall", "answer": [{"valueInteger": 7}]}]}),
        json!({"resourceType": "Organization", "id": "z", "name": 5, "extension":
            [{"url": "http://hl7.org/fhir/StructureDefinition/timezone", "valueCode": "Mars/Base"}]}),
    ]);
    assert!(refused(&reading.problems));
    insta::assert_snapshot!(listed(&reading));
}

#[test]
fn a_lone_referral_keeps_links_that_leave_the_file() {
    let lone = json!({"resourceType": "ServiceRequest", "status": "active",
        "subject": {"reference": "Patient/77"}, "requester": {"type": "Practitioner", "identifier": {"system": "s", "value": "v"}}});
    let reading = read(lone.to_string().as_bytes());
    assert_eq!(listed(&reading), "");
    let referral = &reading.records.referrals[0];
    let at = |system: &str, value: &str| {
        Link::Identifier(Identifier { system: system.into(), value: value.into() })
    };
    assert_eq!(referral.patient, at("urn:ietf:rfc:3986", "Patient/77"));
    assert_eq!(referral.requester, Some(at("s", "v")));
}

#[test]
fn absolute_and_versioned_references_are_resolved_on_their_own_server() {
    let entry = |base: &str, r: Value| json!({"fullUrl": format!("{base}/{}/{}", r["resourceType"].as_str().unwrap(), r["id"].as_str().unwrap()), "resource": r});
    let mut request = request();
    request["subject"] = json!({"reference": "Patient/pat/_history/3"});
    request["requester"] = Value::Null;
    let file = json!({"resourceType": "Bundle", "type": "collection", "entry": [
        entry("https://a.example", patient()), entry("https://b.example", patient()), entry("https://b.example", request)]});
    let reading = read(file.to_string().as_bytes());
    assert_eq!(listed(&reading), "");
    assert_eq!(reading.records.referrals[0].patient, Link::Key("https://b.example/Patient/pat".into()));
}

#[test]
fn a_document_whose_bytes_are_elsewhere_is_left_out_with_a_warning() {
    let reading = bundle(&[
        patient(),
        json!({"resourceType": "DocumentReference", "id": "d", "status": "current",
            "content": [{"attachment": {"url": "https://a.example/file.pdf"}}]}),
    ]);
    assert!(!refused(&reading.problems));
    assert_eq!(reading.problems[0].severity, Severity::Warning);
    assert!(reading.records.documents.is_empty());
}

#[test]
fn problems_never_repeat_what_the_file_says_of_a_person() {
    let mut patient = patient();
    patient["birthDate"] = json!("SECRET");
    patient["name"] = json!("SECRET");
    patient["managingOrganization"] = json!({"reference": "SECRET"});
    assert!(!listed(&bundle(&[patient])).contains("SECRET"));
}

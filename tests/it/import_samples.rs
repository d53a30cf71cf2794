//! Real files of others: taken in, or refused with what is wrong and how to put it right. Never half.

use std::path::PathBuf;

use axum::body::Body;
use axum::http::Request;
use domain::{Actor, OrganisationId};
use harness::{Answer, Kind, Options, TestApp, all_below, both, samples};
use interop::problem::Severity;
use service::import::{self, ImportReport, Mode, Outcome};
use service::{Call, clock};

/// What an import writes besides the record that it took place.
const TABLES: [&str; 21] = [
    "organisation",
    "site",
    "service",
    "person",
    "person_role",
    "patient",
    "clinical_item",
    "external_identifier",
    "referral",
    "event",
    "document",
    "report",
    "survey",
    "resource",
    "availability_rule",
    "calendar",
    "calendar_busy",
    "appointment",
    "slot_ledger",
    "taken_week",
    "busy_week",
];

async fn rows(app: &TestApp) -> Vec<String> {
    let each = TABLES.map(|table| match app.kind {
        Kind::Sqlite => format!("select '{table} ' || count(*) as t from {table}"),
        Kind::Postgres => format!("select '{table} ' || count(*)::text as t from {table}"),
    });
    app.texts(&each.join(" union all ")).await
}

async fn take(app: &TestApp, name: &str, bytes: &[u8]) -> ImportReport {
    let call = Call::new(Actor::system("import", uuid::Uuid::nil()), clock::now());
    let report = match name.ends_with(".ics") {
        true => import::calendar(&app.desk, &call, name, bytes, None, None, Mode::Write).await,
        false => import::fhir(&app.desk, &call, name, bytes, None, Mode::Write).await,
    };
    report.unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Takes the file in twice; answers whether it went in.
async fn check(app: &TestApp, name: &str, bytes: &[u8]) -> bool {
    let before = rows(app).await;
    let report = take(app, name, bytes).await;
    let after = rows(app).await;
    if report.outcome == Outcome::Refused {
        let errors: Vec<_> =
            report.problems.iter().filter(|found| found.severity == Severity::Error).collect();
        assert!(!errors.is_empty(), "{name} was refused without a reason");
        assert!(
            errors.iter().all(|error| !error.problem.is_empty() && !error.remedy.is_empty()),
            "{name}: {errors:?}"
        );
        assert_eq!(after, before, "{name} was refused and left something behind");
        return false;
    }
    assert_eq!(report.outcome, Outcome::Imported, "{name}");
    let again = take(app, name, bytes).await;
    assert_eq!(again.outcome, Outcome::Imported, "{name}: {:?}", again.problems);
    assert_eq!(rows(app).await, after, "{name} changed something the second time");
    true
}

async fn check_all(app: &TestApp, folders: &[&str], ending: &str) -> (usize, usize) {
    let Some(samples) = samples() else {
        return (0, 0);
    };
    app.leaves_messages();
    let files: Vec<PathBuf> =
        folders.iter().flat_map(|folder| all_below(&samples.join("interop").join(folder), ending)).collect();
    assert!(!files.is_empty(), "there are samples");
    let mut taken = 0;
    for file in &files {
        let bytes = std::fs::read(file).expect("the sample can be read");
        let went_in = check(app, &file.display().to_string(), &bytes).await;
        println!("{} {}", if went_in { "taken in" } else { "refused " }, file.display());
        taken += usize::from(went_in);
    }
    (taken, files.len())
}

async fn post(app: &TestApp, token: Option<&str>, bytes: Vec<u8>) -> Answer {
    let mut request =
        Request::builder().method("POST").uri("/fhir/R4").header("content-type", "application/fhir+json");
    // Other systems are not browsers: they say nothing of where they come from.
    request = request.header("sec-fetch-site", "cross-site");
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    app.browser().send(request, Body::from(bytes)).await
}

async fn token_of(app: &TestApp, organisation: OrganisationId) -> String {
    let token = "0123456789abcdef0123456789abcdef".to_owned();
    let tx = app.desk.store.write_tx().await.expect("begun");
    let row = store::entity::api_client::Model {
        organisation_id: organisation.0,
        id: uuid::Uuid::from_bytes(rand::random()),
        name: "Practice system".to_owned(),
        token_hash: hex::encode(<sha2::Sha256 as sha2::Digest>::digest(token.as_bytes())),
        created_at: 0,
        revoked_at: None,
    };
    store::directory::insert_client(&tx, row).await.expect("written");
    tx.commit().await.expect("committed");
    token
}

both! {
    [Options::empty()]
    async fn every_fhir_sample_goes_in_whole_or_is_refused_with_remedies(app) {
        let (taken, all) = check_all(app, &["fhir/synthea-r4"], ".json").await;
        assert_eq!(taken, all, "whole records go in");
        let (taken, all) = check_all(app, &["fhir/ers-r4", "fhir/bars"], ".json").await;
        assert!(all == 0 || taken >= 3, "{taken} of {all}");
    }

    [Options::empty()]
    async fn every_calendar_sample_goes_in_whole_or_is_refused_with_remedies(app) {
        let (taken, all) = check_all(app, &["ical"], ".ics").await;
        assert!(all == 0 || taken * 2 > all, "{taken} of {all}");
        let unassigned = app.count("select count(*) as n from calendar where resource_id is null").await;
        assert_eq!(unassigned > 0, all > 0, "kept for the administrator");
    }

    async fn a_calendar_that_nests_three_thousand_levels_is_refused(app) {
        let deep = format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{}{}END:VCALENDAR\r\n",
                           "BEGIN:VEVENT\r\n".repeat(3000), "END:VEVENT\r\n".repeat(3000));
        assert!(!check(app, "deep.ics", deep.as_bytes()).await);
    }

    async fn what_is_not_fhir_is_refused(app) {
        let texts: [&[u8]; 6] = [b"{\"hello\": \"world\"}", b"[]", b"{", b"", b"\xff\xfe\x00", b"{\"resourceType\": \"Bundle\"}"];
        for bytes in texts {
            assert!(!check(app, "not-fhir.json", bytes).await, "{bytes:?}");
        }
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(!check(app, "deep.json", deep.as_bytes()).await);
    }

    async fn a_calendar_without_an_owner_is_shown_to_the_administrator(app) {
        let calendar = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//a//b\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260101T000000Z\r\n\
                        DTSTART:20260105T090000Z\r\nDTEND:20260105T100000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
        let call = Call::new(Actor::system("import", uuid::Uuid::nil()), clock::now());
        let trust = OrganisationId(app.staff("administrator").await.organisation_id);
        let report = import::calendar(&app.desk, &call, "whose.ics", calendar.as_bytes(), None, Some(trust), Mode::Write)
            .await.expect("taken in");
        assert_eq!(report.outcome, Outcome::Imported);
        app.sign_in("administrator").await.get("/admin").await.must_be(200).must_say("whose.ics");
    }

    async fn over_http_a_bundle_needs_a_token_and_gets_an_outcome(app) {
        let Some(samples) = samples() else { return };
        app.leaves_messages();
        let bundle = std::fs::read(samples.join("interop/fhir/synthea-r4/patient-00.json")).expect("a sample");
        let token = token_of(app, OrganisationId(app.staff("referrer").await.organisation_id)).await;
        let before = rows(app).await;
        for wrong in [None, Some(""), Some("0000")] {
            let answer = post(app, wrong, bundle.clone()).await.must_be(401);
            assert!(answer.text().contains("OperationOutcome"));
        }
        let answer = post(app, Some(&token), b"{\"resourceType\": \"Cake\"}".to_vec()).await.must_be(422);
        let outcome: serde_json::Value = serde_json::from_slice(&answer.body).expect("JSON");
        assert_eq!(outcome["resourceType"], "OperationOutcome");
        assert!(outcome["issue"].as_array().is_some_and(|all| all.iter().any(|one| one["severity"] == "error")));
        assert_eq!(rows(app).await, before);
        let answer = post(app, Some(&token), bundle.clone()).await.must_be(200);
        assert_eq!(answer.header("content-type"), "application/fhir+json");
        let after = rows(app).await;
        assert_ne!(after, before);
        post(app, Some(&token), bundle).await.must_be(200);
        assert_eq!(rows(app).await, after);
    }
}

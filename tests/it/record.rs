//! The whole record of a referral: printed, and taken away with its documents.

use std::io::{Cursor, Read};

use contract::NoteInput;
use domain::ReferralId;
use harness::{Answer, Options, PDF, TestApp, both};
use service::referrals;
use zip::ZipArchive;

/// A referral with words of both sides, a note for each side alone, and one for both.
async fn a_talked_about_referral(app: &TestApp) -> ReferralId {
    let id = app.an_accepted_referral().await;
    app.leaves_messages();
    for (role, audience, text) in [
        ("specialist", "own", "For the clinic alone"),
        ("referrer", "own", "For the practice alone"),
        ("specialist", "both", "For both sides"),
    ] {
        let input = NoteInput { text: text.to_owned(), audience: audience.to_owned(), person: String::new() };
        referrals::write_note(&app.desk, &app.call(role).await, id, &input, None).await.expect("written");
    }
    id
}

fn files(answer: &Answer) -> Vec<(String, Vec<u8>)> {
    let mut archive = ZipArchive::new(Cursor::new(answer.body.to_vec())).expect("a whole archive");
    (0..archive.len())
        .map(|at| {
            let mut file = archive.by_index(at).expect("a file");
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).expect("its bytes agree with its checksum");
            (file.name().to_owned(), bytes)
        })
        .collect()
}

fn text(files: &[(String, Vec<u8>)], name: &str) -> String {
    let found = files.iter().find(|(known, _)| known == name).expect("it is there");
    String::from_utf8(found.1.clone()).expect("text")
}

async fn looks(app: &TestApp, id: ReferralId, action: &str) -> i64 {
    let of = app.literal(id.0);
    app.count(&format!(
        "select count(*) as n from audit where entity_id = {of} and action = '{action}' and entity = 'record'"
    ))
    .await
}

both! {
    async fn each_side_prints_what_it_may_see_and_nothing_of_the_other_side_s_own(app) {
        let id = a_talked_about_referral(app).await;
        let path = format!("/referrals/{id}/record");
        let clinic = app.sign_in("specialist").await.get(&path).await.must_be(200).text();
        let practice = app.sign_in("referrer").await.get(&path).await.must_be(200).text();
        for (page, own, others) in [
            (&clinic, "For the clinic alone", "For the practice alone"),
            (&practice, "For the practice alone", "For the clinic alone"),
        ] {
            assert!(page.contains(own) && page.contains("For both sides") && !page.contains(others));
            for part in ["Palpitations on most days", "ecg.pdf", "Accepted", "Who looked", "Appointments"] {
                assert!(page.contains(part), "{part}");
            }
        }
        // Messages are the clinic's; who looked at the clinic is not the practice's to know.
        assert!(clinic.contains("What was sent, newest first") && !practice.contains("What was sent, newest first"));
        let specialist = app.staff("specialist").await.name;
        let looked = |page: &str| page.split("Who looked").nth(1).expect("the section").contains(&specialist);
        assert!(looked(&clinic) && !looked(&practice));
        assert_eq!(looks(app, id, "print").await, 2, "one event for each");
    }

    async fn the_download_holds_the_page_the_documents_and_the_history(app) {
        let id = a_talked_about_referral(app).await;
        let answer = app.sign_in("specialist").await.get(&format!("/referrals/{id}/record.zip")).await.must_be(200);
        assert_eq!(answer.header("content-type"), "application/zip");
        assert!(answer.header("content-disposition").starts_with("attachment; filename=\"record-WM-"));
        assert_eq!(answer.header("cache-control"), "no-store");
        let files = files(&answer);
        let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["record.html", "history.json", "documents/01 ecg.pdf"]);
        assert_eq!(files[2].1, PDF);
        let html = text(&files, "record.html");
        assert!(html.starts_with("<!DOCTYPE html>") && html.contains("For the clinic alone") && !html.contains("For the practice alone"));
        assert!(!html.contains("src=") && !html.contains("<script") && !html.contains("<link"), "it needs nothing else");
        let data: serde_json::Value = serde_json::from_str(&text(&files, "history.json")).expect("JSON");
        let kinds: Vec<&str> = data["history"].as_array().expect("a list").iter().filter_map(|event| event["kind"].as_str()).collect();
        assert!(kinds.contains(&"referral_sent") && kinds.contains(&"referral_accepted"), "{kinds:?}");
        assert_eq!(looks(app, id, "export").await, 1);
        // The patient learns of it.
        app.as_patient(id).await.get("/my/access").await.must_say("downloaded the whole record");
    }

    async fn documents_for_one_side_are_in_that_side_s_record_and_in_no_other(app) {
        let id = app.an_accepted_referral().await;
        app.leaves_messages();
        let enclosed = |name: &str, bytes: &[u8]| referrals::NewDocument {
            kind: "note".to_owned(), file_name: name.to_owned(), media_type: "application/pdf".to_owned(),
            bytes: [PDF, bytes].concat(),
        };
        for (role, audience, name) in [("specialist", "own", "clinic.pdf"), ("referrer", "own", "practice.pdf"), ("specialist", "both", "staff.pdf")] {
            let input = NoteInput { text: format!("See {name}"), audience: audience.to_owned(), person: String::new() };
            let file = enclosed(name, name.as_bytes());
            referrals::write_note(&app.desk, &app.call(role).await, id, &input, Some(file)).await.expect("written");
        }
        for (role, own, others) in [("specialist", "clinic.pdf", "practice.pdf"), ("referrer", "practice.pdf", "clinic.pdf")] {
            let browser = app.sign_in(role).await;
            let page = browser.get(&format!("/referrals/{id}/record")).await.must_be(200).text();
            let table = page.split("Documents of this referral").nth(1).and_then(|rest| rest.split("</table>").next()).expect("the table");
            for name in [own, "staff.pdf", "ecg.pdf"] {
                assert!(table.contains(name), "{role}: {name} in {table}");
            }
            assert!(!page.contains(others), "{role}: {page}");
            assert!(table.contains("The own side alone") && table.contains("Staff of both sides"), "{table}");
            let files = files(&browser.get(&format!("/referrals/{id}/record.zip")).await.must_be(200));
            let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
            assert_eq!(names.len(), 5, "{names:?}");
            assert!(names.iter().any(|name| name.ends_with(own)) && !names.iter().any(|name| name.ends_with(others)), "{names:?}");
        }
    }

    async fn it_is_nobody_else_s(app) {
        let id = app.an_accepted_referral().await;
        app.leaves_messages();
        for path in [format!("/referrals/{id}/record"), format!("/referrals/{id}/record.zip")] {
            for role in ["other-referrer", "administrator"] {
                app.sign_in(role).await.get(&path).await.must_be(404);
            }
            let patient = app.as_patient(id).await.get(&path).await;
            assert_eq!(patient.location(), "/sign-in", "{path}");
        }
        assert_eq!(looks(app, id, "print").await + looks(app, id, "export").await, 0);
    }

    [Options::scanning()]
    async fn a_document_that_is_still_being_checked_stays_out(app) {
        let id = app.an_accepted_referral().await;
        app.leaves_messages();
        let browser = app.sign_in("specialist").await;
        let waiting = files(&browser.get(&format!("/referrals/{id}/record.zip")).await.must_be(200));
        assert!(waiting.iter().all(|(name, _)| !name.starts_with("documents/")), "not looked at yet");
        assert!(text(&waiting, "record.html").contains("Being checked for malware"));
        while service::jobs::scan(&app.desk, service::clock::now()).await.expect("scanned") > 0 {}
        let clean = files(&browser.get(&format!("/referrals/{id}/record.zip")).await.must_be(200));
        assert!(clean.iter().any(|(name, _)| name == "documents/01 ecg.pdf"));
    }

    async fn a_document_that_cannot_be_read_is_named_and_the_rest_arrives(app) {
        let id = app.an_accepted_referral().await;
        app.leaves_messages();
        let of = app.literal(id.0);
        app.raw(&format!("update document set sha256 = 'no' where referral_id = {of}")).await.expect("set");
        let answer = app.sign_in("specialist").await.get(&format!("/referrals/{id}/record.zip")).await.must_be(200);
        let names: Vec<String> = files(&answer).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["record.html", "history.json", "documents/01 ecg.pdf - could not be read.txt"]);
    }

    async fn documents_too_large_for_one_download_are_refused_before_it_begins(app) {
        let id = app.an_accepted_referral().await;
        app.leaves_messages();
        let (of, bytes) = (app.literal(id.0), referrals::RECORD_BYTES + 1);
        app.raw(&format!("update document set size_bytes = {bytes} where referral_id = {of}")).await.expect("set");
        let browser = app.sign_in("specialist").await;
        browser.get(&format!("/referrals/{id}/record.zip")).await.must_be(409).must_say("too large for one download");
        browser.get(&format!("/referrals/{id}/record")).await.must_be(200);
    }
}

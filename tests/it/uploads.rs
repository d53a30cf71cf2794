//! Files in and out.

use axum::body::Body;
use axum::http::Request;
use bytes::Bytes;
use harness::{Kind, MALWARE, Options, PDF, TestApp, both};
use server::config::{Config, Secret};
use server::open;
use service::reseal::{self, Mode};
use service::{clock, jobs};

async fn refused(app: &TestApp, name: &str, bytes: &[u8]) {
    let id = app.begin().await;
    let browser = app.sign_in("referrer").await;
    let edit = format!("/referrals/{id}/edit");
    let form = [("kind", "ecg"), ("back", "edit")];
    browser.upload(&format!("/referrals/{id}/documents"), &form, name, bytes).await.must_lead_to(&edit);
    browser.get(&edit).await.must_be(200).must_say("Send a PDF, a photo");
    let count = format!("select count(*) as n from document where referral_id = {}", app.literal(id.0));
    assert_eq!(app.count(&count).await, 0);
}

fn stored(app: &TestApp) -> usize {
    harness::all_below(&app.folder.path().join("documents"), "").len()
}

both! {
    async fn two_hundred_megabytes_are_refused_with_a_page_that_says_the_limit(app) {
        let id = app.begin().await;
        let browser = app.sign_in("referrer").await;
        let before = stored(app);
        for announced in [false, true] {
            let piece = Bytes::from(vec![b'x'; 1024 * 1024]);
            let head = "--limit\r\nContent-Disposition: form-data; name=\"file\"; filename=\"scan.pdf\"\r\n\r\n%PDF-1.4";
            let pieces = std::iter::once(Bytes::from(head)).chain(std::iter::repeat_n(piece, 200));
            let body = Body::from_stream(futures::stream::iter(pieces.map(Ok::<_, std::io::Error>)));
            let mut request = Request::builder()
                .method("POST")
                .uri(format!("/referrals/{id}/documents"))
                .header("content-type", "multipart/form-data; boundary=limit");
            if announced {
                request = request.header("content-length", 200 * 1024 * 1024 + head.len());
            }
            browser.send(request, body).await.must_be(413).must_say("too large").must_say("20 MB");
        }
        assert_eq!(stored(app), before);
        browser.get(&format!("/referrals/{id}/edit")).await.must_be(200);
    }

    async fn a_program_called_pdf_is_refused(app) {
        refused(app, "letter.pdf", b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00").await;
    }

    async fn a_web_page_is_refused_whatever_it_is_called(app) {
        refused(app, "letter.txt", b"<!doctype html><html><script>alert(1)</script></html>").await;
        refused(app, "photo.png", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>").await;
    }

    async fn an_empty_file_is_refused(app) {
        let id = app.begin().await;
        let browser = app.sign_in("referrer").await;
        browser.upload(&format!("/referrals/{id}/documents"), &[("kind", "ecg")], "a.pdf", b"").await.must_be(303);
        browser.get(&format!("/referrals/{id}")).await.must_be(200).must_say("This file is empty");
    }

    async fn the_same_document_twice_is_one(app) {
        let id = app.begin().await;
        app.attach(id).await;
        let files = stored(app);
        app.attach(id).await;
        let page = app.sign_in("referrer").await.get(&format!("/referrals/{id}/edit")).await;
        page.must_be(200).must_say("ecg.pdf was here already.");
        let count = format!("select count(*) as n from document where referral_id = {}", app.literal(id.0));
        assert_eq!((app.count(&count).await, stored(app)), (1, files));
    }

    async fn a_document_leaves_as_an_attachment_in_a_sandbox(app) {
        let id = app.refer().await;
        let ids = store::documents::of_referral(app.desk.store.reader(), &app.referral(id).await).await;
        let document = ids.expect("documents can be read")[0].id;
        for role in ["referrer", "specialist"] {
            let answer = app.sign_in(role).await.get(&format!("/referrals/{id}/documents/{document}")).await.must_be(200);
            assert_eq!(answer.body, PDF);
            assert!(answer.header("content-disposition").starts_with("attachment;"));
            assert!(answer.header("content-security-policy").contains("sandbox"));
            assert_eq!(answer.header("content-type"), "application/pdf");
            assert_eq!(answer.header("x-content-type-options"), "nosniff");
            assert_eq!(answer.header("cache-control"), "no-store");
        }
        let other = app.sign_in("other-referrer").await;
        other.get(&format!("/referrals/{id}/documents/{document}")).await.must_be(404);
        app.as_patient(id).await.get(&format!("/my/{id}/documents/{document}")).await.must_be(200);
        app.deliver().await;
    }

    async fn the_patient_adds_what_is_asked_for(app) {
        let id = app.a_sent_referral().await;
        let form = [("triage-outcome", "ask"), ("triage-patient_line", "Please send us your old letter.")];
        app.act("specialist", id, "triage", &form).await;
        app.must_be_in(id, "info-needed").await;
        let browser = app.as_patient(id).await;
        browser.get("/my").await.must_be(200).must_say("Please send us your old letter.");
        let path = format!("/my/{id}/documents");
        browser.upload(&path, &[("kind", "other")], "letter.pdf", b"%PDF-1.4 another\n%%EOF").await.must_lead_to(&path);
        browser.get(&path).await.must_be(200).must_say("letter.pdf was received.");
        app.must_be_in(id, "received").await;
        app.deliver().await;
    }

    async fn documents_are_sealed_where_they_are_kept(app) {
        let id = app.a_sent_referral().await;
        app.deliver().await;
        let of = app.literal(id.0);
        let key = app.texts(&format!("select storage_key as t from document where referral_id = {of}")).await;
        let kept = std::fs::read(app.folder.path().join("documents").join(&key[0])).expect("kept");
        assert!(!kept.windows(8).any(|part| part == b"%PDF-1.4"), "the content cannot be read from outside");
        let document = app.texts(&format!("select file_name as t from document where referral_id = {of}")).await;
        assert_eq!(document, ["ecg.pdf"]);
        let page = app.sign_in("specialist").await.get(&format!("/referrals/{id}")).await.text();
        let path = page.split('"').find(|part| part.contains("/documents/")).expect("a link").to_owned();
        let got = app.sign_in("specialist").await.get(&path).await.must_be(200);
        assert_eq!(got.body, PDF);
    }

    async fn after_the_key_was_changed_every_document_is_sealed_anew_and_the_old_key_is_needed_no_more(app) {
        let id = app.a_sent_referral().await;
        app.deliver().await;
        let folder = app.folder.path().join("documents");
        let of = app.literal(id.0);
        let key = app.texts(&format!("select storage_key as t from document where referral_id = {of}")).await.remove(0);
        let before = std::fs::read(folder.join(&key)).expect("kept");
        let all = u64::try_from(app.count("select count(distinct storage_key) as n from document").await).expect("some");
        let config = |key: &str, older: Option<&str>| {
            let mut config = app.config.clone();
            config.documents.key = Some(Secret::new(key));
            config.documents.older_key = older.map(Secret::new);
            config
        };
        let (new, old) = ("bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmU=", std::fs::read_to_string(app.folder.path().join("documents.key")).expect("made at the start"));
        let desk = |config: &Config| open::desk(config, app.desk.store.clone()).expect("a desk");
        // Both keys: what is there can be read, and is counted before anything is written.
        let both = desk(&config(new, Some(old.trim())));
        let looked = reseal::reseal(&both, Mode::DryRun, |_| {}).await.expect("looked");
        assert_eq!((looked.documents, looked.resealed, looked.problems.len()), (all, all, 0));
        assert_eq!(std::fs::read(folder.join(&key)).expect("kept"), before);
        // Without the old key, or with a wrong one, looking says so before anybody relies on it.
        let wrong = desk(&config(new, Some("d3Jvbmd3cm9uZ3dyb25nd3Jvbmd3cm9uZ3dyb25nd3I=")));
        let looked = reseal::reseal(&wrong, Mode::DryRun, |_| {}).await.expect("looked");
        assert_eq!((looked.documents, looked.resealed, looked.problems.len() as u64), (all, 0, all));
        let mut damaged = before.clone();
        *damaged.last_mut().expect("bytes") ^= 1;
        std::fs::write(folder.join(&key), &damaged).expect("damaged");
        let looked = reseal::reseal(&both, Mode::DryRun, |_| {}).await.expect("looked");
        assert_eq!(looked.problems.iter().map(|(key, _)| key.as_str()).collect::<Vec<_>>(), [key.as_str()]);
        std::fs::write(folder.join(&key), &before).expect("as it was");
        // One was changed behind our back: it stays as it is and is named.
        let other = app.texts("select storage_key as t from document order by storage_key").await.into_iter().find(|other| *other != key).expect("another one");
        let changed = app.texts(&format!("select sha256 as t from document where storage_key = '{other}'")).await.remove(0);
        app.raw(&format!("update document set sha256 = 'other' where storage_key = '{other}'")).await.expect("set");
        let done = reseal::reseal(&both, Mode::Write, |_| {}).await.expect("done");
        assert_eq!((done.documents, done.resealed), (all, all - 1));
        assert!(done.problems.len() == 1 && done.problems[0].0 == other && done.problems[0].1.contains("checksum"), "{:?}", done.problems);
        app.raw(&format!("update document set sha256 = '{changed}' where storage_key = '{other}'")).await.expect("set");
        let rest = reseal::reseal(&both, Mode::Write, |_| {}).await.expect("done");
        assert_eq!((rest.resealed, rest.problems.len()), (1, 0));
        assert_ne!(std::fs::read(folder.join(&key)).expect("kept"), before);
        assert_eq!(stored(app) as u64, all, "nothing is left lying about");
        // The new key alone opens everything; the old one alone nothing.
        let call = app.call("specialist").await;
        let (alone, gone) = (desk(&config(new, None)), desk(&config(old.trim(), None)));
        let again = reseal::reseal(&alone, Mode::Write, |_| {}).await.expect("done");
        assert_eq!((again.documents, again.resealed, again.problems.len()), (all, 0, 0));
        let (_, files) = service::referrals::record_files(&alone, &call, id).await.expect("its record");
        assert_eq!(service::referrals::document_file(&alone, &files[0]).await.expect("read"), PDF);
        assert!(service::referrals::document_file(&gone, &files[0]).await.is_err());
    }

    [Options::scanning()] async fn a_document_is_locked_until_the_scanner_has_called_it_clean(app) {
        let id = app.a_sent_referral().await;
        app.deliver().await;
        let specialist = app.sign_in("specialist").await;
        let page = specialist.get(&format!("/referrals/{id}")).await.must_say("Being checked for malware").text();
        let path = page.split('"').find(|part| part.contains("/documents/")).expect("a link").to_owned();
        specialist.get(&path).await.must_be(409).must_say("still being checked");
        app.clamd.is_ill(true);
        assert_eq!(jobs::scan(&app.desk, clock::now()).await.expect("looked"), 0, "what is undecided is not clean");
        specialist.get(&path).await.must_be(409);
        app.clamd.is_ill(false);
        assert_eq!(jobs::scan(&app.desk, clock::now()).await.expect("looked"), 0, "not at once again");
        let later = clock::now() + chrono::Duration::minutes(2);
        assert_eq!(jobs::scan(&app.desk, later).await.expect("looked"), 1);
        assert_eq!(specialist.get(&path).await.must_be(200).body, PDF);
        assert!(!specialist.get(&format!("/referrals/{id}")).await.text().contains("Being checked"));
    }

    [Options::scanning()] async fn a_document_that_cannot_be_settled_does_not_hold_up_the_others(app) {
        let (broken, whole) = (app.begin().await, app.begin().await);
        app.attach(broken).await;
        app.attach(whole).await;
        // A state that this program does not know, which the database itself would refuse.
        let unguarded = match app.kind {
            Kind::Sqlite => "pragma ignore_check_constraints = on",
            Kind::Postgres => "alter table referral drop constraint referral_state_check",
        };
        app.raw(unguarded).await.expect("unguarded");
        let state = |state: &str| format!("update referral set state = '{state}' where id = {}", app.literal(broken.0));
        app.raw(&state("unheard-of")).await.expect("damaged");
        assert_eq!(jobs::scan(&app.desk, clock::now()).await.expect("looked"), 1);
        let scan = |id: domain::ReferralId| format!("select scan as t from document where referral_id = {}", app.literal(id.0));
        assert_eq!(app.texts(&scan(whole)).await, ["clean"]);
        assert_eq!(app.texts(&scan(broken)).await, ["waiting"], "and locked until it is known");
        app.raw(&state("draft")).await.expect("repaired");
        let later = clock::now() + chrono::Duration::minutes(2);
        assert_eq!(jobs::scan(&app.desk, later).await.expect("looked"), 1);
        assert_eq!(app.texts(&scan(broken)).await, ["clean"]);
    }

    [Options::scanning()] async fn malware_is_never_given_out_and_both_sides_are_told(app) {
        let id = app.a_sent_referral().await;
        app.deliver().await;
        let bad = [PDF, b"%", MALWARE, b"\n"].concat();
        let browser = app.sign_in("referrer").await;
        let form = [("kind", "other"), ("back", "detail")];
        browser.upload(&format!("/referrals/{id}/documents"), &form, "bad.pdf", &bad).await.must_be(303);
        assert_eq!(jobs::scan(&app.desk, clock::now()).await.expect("looked"), 2);
        let specialist = app.sign_in("specialist").await;
        let page = specialist.get(&format!("/referrals/{id}")).await.must_say("Malware found: locked").text();
        let mut statuses = Vec::new();
        for path in page.split('"').filter(|part| part.contains("/documents/")) {
            statuses.push(specialist.get(path).await.status);
        }
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409]);
        app.deliver().await;
        let told: Vec<String> = app.mails().into_iter().filter(|mail| mail.subject.contains("malware")).flat_map(|mail| mail.to).collect();
        for who in ["referrer", "coordinator"] {
            assert!(told.iter().any(|to| to == harness::person(who)), "{who}: {told:?}");
        }
    }
}

//! Who read and changed what is written down, chained, anchored, and shown to the patient.

use domain::ReferralId;
use harness::{Kind, TestApp, both};
use service::{clock, jobs};

async fn all(app: &TestApp) -> i64 {
    app.count("select count(*) as n from audit").await
}

/// What was written down of a referral since there were `before` rows of it.
async fn since(app: &TestApp, id: ReferralId, before: usize) -> Vec<String> {
    let of = app.literal(id.0);
    let list = format!("select action || ' ' || outcome as t from audit where entity_id = {of} order by id");
    app.texts(&list).await.split_off(before)
}

async fn seal(app: &TestApp) {
    while jobs::seal(&app.desk, clock::now()).await.expect("sealed") > 0 {}
}

/// From now on the database takes no row of the audit.
async fn shut(app: &TestApp) {
    if app.kind == Kind::Postgres {
        let refuse = "create function shut() returns trigger language plpgsql as $$ begin raise exception 'shut'; end $$";
        app.raw(refuse).await.expect("made");
        let on = "create trigger shut before insert on audit for each row execute function shut()";
        app.raw(on).await.expect("shut");
    } else {
        let on = "create trigger shut before insert on audit begin select raise(abort, 'shut'); end";
        app.raw(on).await.expect("shut");
    }
}

/// Takes away the trigger that refuses changes, as somebody with the database's password could.
async fn disarm(app: &TestApp, trigger: &str, table: &str) {
    let on = if app.kind == Kind::Postgres { format!(" on {table}") } else { String::new() };
    app.raw(&format!("drop trigger {trigger}{on}")).await.expect("dropped");
}

both! {
    async fn reading_a_referral_leaves_one_row_and_changing_it_too(app) {
        let id = app.a_sent_referral().await;
        app.deliver().await;
        let browser = app.sign_in("specialist").await;
        let (before, total) = (since(app, id, 0).await.len(), all(app).await);
        browser.get(&format!("/referrals/{id}")).await.must_be(200);
        assert_eq!(since(app, id, before).await, ["read allowed"]);
        assert_eq!(all(app).await, total + 1);
        app.act("specialist", id, "acknowledge", &[]).await;
        assert_eq!(since(app, id, before).await, ["read allowed", "acknowledge allowed"]);
        assert_eq!(all(app).await, total + 2);
        app.deliver().await;
    }

    async fn a_refused_look_is_written_down_as_well(app) {
        let id = app.a_sent_referral().await;
        app.deliver().await;
        let before = since(app, id, 0).await.len();
        app.sign_in("other-referrer").await.get(&format!("/referrals/{id}")).await.must_be(404);
        // The refusal does not wait for its row.
        for _ in 0..100 {
            if !since(app, id, before).await.is_empty() {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        assert_eq!(since(app, id, before).await, ["find refused"]);
    }

    async fn without_its_row_neither_a_change_nor_a_look_happens(app) {
        let id = app.a_sent_referral().await;
        app.leaves_messages();
        let draft = app.begin().await;
        let (referrer, specialist) = (app.sign_in("referrer").await, app.sign_in("specialist").await);
        let patient = app.as_patient(id).await;
        shut(app).await;
        let total = all(app).await;
        let before = (app.referral(id).await, app.referral(draft).await);
        let version = before.1.version.to_string();
        let form = [("version", version.as_str()), ("priority", "urgent"), ("reason", "Something else")];
        let version = before.0.version.to_string();
        let note = [("version", version.as_str()), ("write-note-text", "Seen")];
        for (browser, path, form) in [
            (&specialist, format!("/referrals/{id}/acknowledge"), &note[..1]),
            (&specialist, format!("/referrals/{id}/write-note"), &note[..]),
            (&referrer, format!("/referrals/{draft}/edit"), &form[..]),
            (&referrer, "/account/recovery".to_owned(), &form[..0]),
        ] {
            browser.post(&path, form).await.must_be(500);
        }
        let wrote = "select count(*) as n from note";
        assert_eq!(app.count(wrote).await, 0);
        assert_eq!((app.referral(id).await, app.referral(draft).await), before);
        for (browser, path) in [
            (&specialist, format!("/referrals/{id}")),
            (&specialist, "/worklist".to_owned()),
            (&patient, "/my".to_owned()),
        ] {
            let page = browser.get(&path).await.must_be(500).text();
            let name = app.patient_of(id).await.family;
            assert!(!page.contains(&name), "{path}: {page}");
        }
        assert_eq!(all(app).await, total);
    }

    async fn the_page_calls_a_look_a_look_and_names_the_referral(app) {
        let id = app.a_sent_referral().await;
        let specialist = app.sign_in("specialist").await;
        specialist.get("/worklist").await.must_be(200);
        specialist.get(&format!("/referrals/{id}")).await.must_be(200);
        let page = app.sign_in("administrator").await.get("/admin/audit").await.must_be(200).text();
        for part in ["saw it in a list", "looked at it", app.referral(id).await.reference.as_str()] {
            assert!(page.contains(part), "{part} in {page}");
        }
        for wrong in ["changed it (", &format!("/referrals/{id}")] {
            assert!(!page.contains(wrong), "{wrong} in {page}");
        }
        app.deliver().await;
    }

    async fn committed_rows_are_chained_and_the_head_is_kept_outside(app) {
        app.sign_in("specialist").await.get("/worklist").await.must_be(200);
        assert!(app.count("select count(*) as n from audit_pending").await > 0);
        seal(app).await;
        assert_eq!(app.count("select count(*) as n from audit_pending").await, 0);
        assert_eq!(app.count("select count(*) as n from audit_seal").await, all(app).await);
        jobs::anchor(&app.desk, clock::now()).await.expect("anchored");
        let file = app.folder.path().join("anchors/audit.jsonl");
        let lines = std::fs::read_to_string(file).expect("the anchor file is there");
        let last: serde_json::Value = serde_json::from_str(lines.lines().last().expect("a line")).expect("JSON");
        assert!(last["seq"].as_i64() > Some(0) && last["hash"].as_str().is_some_and(|hash| hash.len() == 64));
        assert_eq!(app.findings().await, Vec::<String>::new());
    }

    async fn the_database_itself_refuses_to_change_what_is_written_once(app) {
        for table in ["audit", "event", "audit_seal"] {
            let column = if table == "audit_seal" { "hash" } else { "actor" };
            for change in [format!("update {table} set {column} = 'x'"), format!("delete from {table}")] {
                let refusal = app.raw(&change).await.expect_err(&change);
                assert!(refusal.contains("written once"), "{change}: {refusal}");
            }
        }
    }

    async fn a_row_that_was_changed_behind_its_back_is_found(app) {
        seal(app).await;
        assert_eq!(app.findings().await, Vec::<String>::new());
        disarm(app, "audit_no_update", "audit").await;
        app.raw("update audit set actor_name = 'Nobody' where id = (select min(id::text)::uuid from audit)").await
            .or(app.raw("update audit set actor_name = 'Nobody' where id = (select min(id) from audit)").await)
            .expect("changed");
        app.breaks("the audit chain is unbroken");
        assert_eq!(app.findings().await, ["the audit chain is unbroken"]);
    }

    async fn a_chain_that_was_cut_short_is_found_by_its_anchor(app) {
        seal(app).await;
        jobs::anchor(&app.desk, clock::now()).await.expect("anchored");
        disarm(app, "audit_seal_no_delete", "audit_seal").await;
        app.raw("delete from audit_seal where seq = (select max(seq) from audit_seal)").await.expect("cut");
        let broken = ["every audit event is in the chain or waits for it", "the audit chain agrees with its anchors"];
        broken.iter().for_each(|rule| app.breaks(rule));
        assert_eq!(app.findings().await, broken);
        let reports = service::check::verify_audit(&app.desk).await.expect("verified");
        assert!(reports.iter().any(|report| report.first_fault.as_deref().is_some_and(|fault| fault.starts_with("anchor"))));
    }

    async fn a_row_that_was_put_in_behind_its_back_is_found(app) {
        seal(app).await;
        let made_up = app.literal(uuid::Uuid::from_u128(7));
        app.raw(&format!(
            "insert into audit (organisation_id, id, at, actor, actor_name, action, entity, entity_id, patient_id, outcome, \
             request_id) select organisation_id, {made_up}, at, actor, actor_name, action, entity, entity_id, patient_id, \
             outcome, request_id from audit where action <> '' limit 1"
        ))
        .await
        .expect("put in");
        app.breaks("every audit event is in the chain or waits for it");
        let reports = service::check::verify_audit(&app.desk).await.expect("verified");
        let faults: Vec<_> = reports.iter().filter_map(|report| report.first_fault.clone()).collect();
        assert_eq!(faults, [format!("event {} is not in the chain", uuid::Uuid::from_u128(7))]);
    }

    async fn the_patient_sees_who_looked(app) {
        let id = app.a_sent_referral().await;
        app.sign_in("specialist").await.get(&format!("/referrals/{id}")).await.must_be(200);
        let page = app.as_patient(id).await.get("/my/access").await.must_be(200);
        page.must_say("Dr Daniel Okafor").must_say("Wrenfield Hospitals NHS Trust");
    }

    async fn administrators_search_it_and_their_looking_is_written_down(app) {
        let id = app.a_sent_referral().await;
        app.deliver().await;
        app.sign_in("specialist").await.get(&format!("/referrals/{id}")).await.must_be(200);
        let admin = app.sign_in("administrator").await;
        let reference = app.referral(id).await.reference;
        let before = all(app).await;
        let page = admin.get(&format!("/admin/audit?reference={reference}&who=okafor")).await.must_be(200).text();
        assert!(page.contains("Dr Daniel Okafor") && !page.contains("Grace Whitlock"), "{page}");
        assert_eq!(all(app).await, before + 1, "the search itself");
        admin.get("/admin/audit?reference=WM-0000-0000").await.must_be(200).must_say("No referral of yours has this number");
        admin.get("/admin/audit?from=yesterday").await.must_be(200).must_say("Choose a day");
        admin.get("/admin/audit?who=nobody-of-this-name").await.must_be(200).must_say("No event fits");
        app.sign_in("coordinator").await.get("/admin/audit").await.must_be(403);
    }
}

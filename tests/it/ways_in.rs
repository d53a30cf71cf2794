//! Ways in for staff besides password and authenticator, and what ends them.

use harness::{Browser, TestApp, both, person};
use server::demo::load::PASSWORD;
use service::clock;

/// The recovery codes that a page shows.
fn codes_on(page: &str) -> Vec<String> {
    let parts = page.split("<code>").skip(1);
    parts.filter_map(|part| part.split("</code>").next()).map(str::to_owned).collect()
}

async fn make_codes(browser: &Browser) -> Vec<String> {
    browser.post("/account/recovery", &[]).await.must_lead_to("/account/recovery");
    codes_on(&browser.get("/account/recovery").await.must_be(200).text())
}

/// A browser in which the person has given the password.
async fn with_password(app: &TestApp, role: &str) -> Browser {
    let browser = app.browser();
    let form = [("email", person(role)), ("password", PASSWORD)];
    browser.post("/sign-in", &form).await.must_lead_to("/sign-in/code");
    browser
}

both! {
    async fn ten_recovery_codes_are_shown_once_and_each_signs_in_once(app) {
        let browser = app.sign_in("specialist").await;
        browser.get("/account").await.must_be(200).must_say("none");
        let codes = make_codes(&browser).await;
        assert_eq!(codes.len(), 10);
        browser.get("/account/recovery").await.must_lead_to("/account");
        browser.get("/account").await.must_say("10 codes left");
        for code in &codes {
            let kept = format!("select count(*) as n from session where data like '%{code}%'");
            assert_eq!(app.count(&kept).await, 0, "a code that was shown is not kept in readable form");
        }
        for (typed, expected) in [
            (codes[0].clone(), "/"),
            (codes[0].clone(), "/sign-in/recovery"),
            (format!(" {} ", codes[1].to_lowercase().replace('-', " ")), "/"),
            ("AAAA-BBBB-CCCC-DDDD".to_owned(), "/sign-in/recovery"),
            (String::new(), "/sign-in/recovery"),
        ] {
            let browser = with_password(app, "specialist").await;
            browser.get("/sign-in/recovery").await.must_be(200).must_say("Recovery code");
            browser.post("/sign-in/recovery", &[("code", &typed)]).await.must_lead_to(expected);
            if expected == "/" {
                browser.get("/worklist").await.must_be(200);
            } else {
                browser.get("/sign-in/recovery").await.must_say("or was used already");
                browser.get("/worklist").await.must_lead_to("/sign-in");
            }
        }
        app.browser().get("/sign-in/recovery").await.must_lead_to("/sign-in");
        browser.get("/account").await.must_say("8 codes left");
        let used = "select count(*) as n from audit where action = 'sign-in-recovery-code' and outcome = 'allowed'";
        assert_eq!(app.count(used).await, 2);
    }

    async fn new_recovery_codes_make_the_old_ones_void_and_are_nobody_elses(app) {
        let browser = app.sign_in("specialist").await;
        let old = make_codes(&browser).await;
        let new = make_codes(&browser).await;
        let theirs = make_codes(&app.sign_in("coordinator").await).await;
        for (code, expected) in [(&old[0], "/sign-in/recovery"), (&theirs[0], "/sign-in/recovery"), (&new[0], "/")] {
            let browser = with_password(app, "specialist").await;
            browser.post("/sign-in/recovery", &[("code", code)]).await.must_lead_to(expected);
        }
    }

    async fn a_reset_takes_the_recovery_codes_with_it(app) {
        make_codes(&app.sign_in("specialist").await).await;
        let path = format!("/admin/people/{}/reset", app.staff("specialist").await.id);
        app.sign_in("administrator").await.post(&path, &[]).await.must_lead_to("/admin");
        assert_eq!(app.count("select count(*) as n from recovery_code").await, 0);
        app.leaves_messages();
    }

    async fn what_is_sensitive_asks_once_more_who_it_is_and_loses_nothing(app) {
        let admin = app.sign_in("administrator").await;
        let coordinator = app.staff("coordinator").await;
        let path = format!("/admin/people/{}", coordinator.id);
        app.age_second_factors().await;
        let roles = [("roles", "quality"), ("roles", "coordinator")];
        admin.post(&format!("{path}/roles"), &roles).await.must_lead_to("/account/confirm");
        let held = "select count(*) as n from change where field = 'roles'";
        assert_eq!(app.count(held).await, 0, "nothing was done");
        admin.get("/account/confirm").await.must_be(200).must_say("Nothing that you typed is lost");
        admin.post("/account/confirm", &[("code", "000000")]).await.must_lead_to("/account/confirm");
        admin.get("/account/confirm").await.must_say("This code is not right");
        let before = admin.cookies();
        let code = app.next_one_time_password("administrator");
        admin.post("/account/confirm", &[("code", &code)]).await.must_lead_to(&path);
        assert_ne!(admin.cookies(), before, "the session has another id");
        let page = admin.get(&path).await.must_say("Nothing was done yet").text();
        let ticked = |role: &str| {
            page.split('<').any(|tag| tag.contains(&format!("value=\"{role}\"")) && tag.contains("checked"))
        };
        assert!(ticked("quality") && ticked("coordinator") && !ticked("specialist"), "{page}");
        admin.post(&format!("{path}/roles"), &roles).await.must_lead_to("/admin");
        assert_eq!(app.count(held).await, 1);
        // Each of the others asks as well.
        app.age_second_factors().await;
        for path in [
            format!("{path}/reset"),
            "/admin/people/new".to_owned(),
            "/account/recovery".to_owned(),
            "/account/sign-out".to_owned(),
            format!("{path}/sessions"),
            path.clone(),
            "/admin/configuration/apply".to_owned(),
        ] {
            admin.post(&path, &[("standing", "suspended")]).await.must_lead_to("/account/confirm");
        }
        assert_eq!(app.staff("coordinator").await.status, "active");
        // What takes everything away at once does so as well, and leads back to its page.
        admin.get("/admin/configuration/file").await.must_lead_to("/account/confirm");
        let id = app.an_accepted_referral().await;
        app.leaves_messages();
        let specialist = app.sign_in("specialist").await;
        app.age_second_factors().await;
        let zip = format!("/referrals/{id}/record.zip");
        app.sign_in("other-referrer").await.get(&zip).await.must_be(404);
        app.age_second_factors().await;
        specialist.get(&zip).await.must_lead_to("/account/confirm");
        let taken = "select count(*) as n from audit where action = 'export'";
        assert_eq!(app.count(taken).await, 0);
        let code = app.next_one_time_password("specialist");
        specialist.post("/account/confirm", &[("code", &code)]).await.must_lead_to(&format!("/referrals/{id}/record"));
        specialist.get(&zip).await.must_be(200);
        assert_eq!(app.count(taken).await, 1);
    }

    async fn the_review_of_access_shows_ways_in_and_ends_sessions(app) {
        let specialist = app.sign_in("specialist").await;
        let elsewhere = with_password(app, "specialist").await;
        let code = app.next_one_time_password("specialist");
        elsewhere.post("/sign-in/code", &[("code", &code)]).await.must_lead_to("/");
        make_codes(&specialist).await;
        let coordinator = app.literal(app.staff("coordinator").await.id);
        app.raw(&format!("update person set created_at = 1 where id = {coordinator}")).await.expect("long ago");
        let admin = app.sign_in("administrator").await;
        let page = admin.get("/admin/access").await.must_be(200).must_say("Who has access").text();
        let row = page.split("<tr").find(|row| row.contains(person("specialist"))).expect("a row").to_owned();
        for words in ["password, authenticator, 10 recovery codes", "2 open sessions", "Active", "End all sessions"] {
            assert!(row.contains(words), "{words}: {row}");
        }
        let never = page.split("<tr").find(|row| row.contains(person("coordinator"))).expect("a row");
        assert!(never.contains("never") && never.contains("Not used lately"), "{never}");
        assert!(!row.contains("Not used lately"), "{row}");
        let path = format!("/admin/people/{}/sessions", app.staff("specialist").await.id);
        admin.post(&path, &[]).await.must_lead_to("/admin/access");
        for browser in [&specialist, &elsewhere] {
            browser.get("/worklist").await.must_lead_to("/sign-in");
        }
        admin.get("/admin/history").await.must_say("open sessions");
        app.sign_in("coordinator").await.get("/admin/access").await.must_be(403);
    }

    async fn signing_out_everywhere_ends_every_session_of_ones_own(app) {
        let here = app.sign_in("specialist").await;
        let elsewhere = here.copy();
        let other = app.sign_in("coordinator").await;
        here.post("/account/sign-out", &[]).await.must_lead_to("/sign-in");
        for browser in [&here, &elsewhere] {
            browser.get("/worklist").await.must_lead_to("/sign-in");
        }
        other.get("/worklist").await.must_be(200);
    }

    async fn the_open_page_of_a_suspended_person_changes_nothing_and_goes_quiet(app) {
        use http_body_util::BodyExt;
        let id = app.a_sent_referral().await;
        app.leaves_messages();
        let browser = app.sign_in("specialist").await;
        let page = browser.get(&format!("/referrals/{id}")).await.must_be(200).text();
        let version = harness::slots(&page, "version")[0].clone();
        let live = browser.open(&format!("/live/{id}")).await;
        assert_eq!(live.status(), 200);
        app.do_to_colleague("specialist", "", &[("standing", "suspended")]).await.must_lead_to("/admin");
        let before = clock::now();
        let form = [("version", version.as_str()), ("triage-outcome", "accept"), ("triage-priority", "routine")];
        browser.post(&format!("/referrals/{id}/triage"), &form).await.must_lead_to("/sign-in");
        app.must_be_in(id, "sent").await;
        live.into_body().collect().await.expect("the stream ends");
        let took = (clock::now() - before).num_milliseconds();
        assert!(took < 5_000, "it went on for {took} ms");
        let form = [("email", person("specialist")), ("password", PASSWORD)];
        app.browser().post("/sign-in", &form).await.must_lead_to("/sign-in");
    }
}

//! Forms that come after their session went idle: kept for whoever typed them, and for nobody else.

use axum::body::Body;
use axum::http::Request;
use domain::ReferralId;
use harness::{Browser, TestApp, both, person, slots};
use server::demo::load::PASSWORD;

/// Lets every session be idle for longer than staff and patients may be.
async fn go_idle(app: &TestApp) {
    app.raw("update session set seen_at = seen_at - 1900000").await.expect("aged");
}

/// What stands in the text area of this name.
fn area(page: &str, name: &str) -> String {
    let at = page.find(&format!("name=\"{name}\"")).unwrap_or_else(|| panic!("no {name} in {page}"));
    let inside = page[at..].split_once('>').expect("the tag ends").1;
    inside.split("</textarea>").next().expect("the area ends").to_owned()
}

/// Signs somebody in at this browser; answers where they land. One-time passwords work once, so the steps are counted.
async fn sign_in_again(app: &TestApp, browser: &Browser, role: &str) -> String {
    browser
        .post("/sign-in", &[("email", person(role)), ("password", PASSWORD)])
        .await
        .must_lead_to("/sign-in/code");
    let code = app.next_one_time_password(role);
    browser.post("/sign-in/code", &[("code", &code)]).await.must_be(303).location()
}

/// A note that is being written when its session goes idle.
async fn a_late_note(app: &TestApp) -> (ReferralId, Browser) {
    let id = app.an_accepted_referral().await;
    app.deliver().await;
    let browser = app.sign_in("specialist").await;
    let path = format!("/referrals/{id}");
    let version = slots(&browser.get(&path).await.must_be(200).text(), "version").remove(0);
    go_idle(app).await;
    let form = [("form", "note"), ("version", version.as_str()), ("note-text", "An hour of thought.")];
    browser.post(&format!("{path}/note"), &form).await.must_lead_to("/sign-in");
    (id, browser)
}

async fn notes(app: &TestApp, id: ReferralId) -> i64 {
    let of = app.literal(id.0);
    app.count(&format!("select count(*) as n from report where referral_id = {of}")).await
}

both! {
    async fn what_was_typed_comes_back_after_signing_in_again_and_can_be_sent(app) {
        let (id, browser) = a_late_note(app).await;
        browser.get("/sign-in").await.must_say("What you typed is kept for 30 minutes");
        assert_eq!(sign_in_again(app, &browser, "specialist").await, format!("/referrals/{id}"));
        let page = browser.get(&format!("/referrals/{id}")).await.must_be(200)
            .must_say("You were signed out before this was saved").text();
        assert_eq!(area(&page, "note-text"), "An hour of thought.");
        assert_eq!(notes(app, id).await, 0, "nothing was done behind their back");
        let version = slots(&page, "version").remove(0);
        let form = [("form", "note"), ("version", version.as_str()), ("note-text", "An hour of thought.")];
        browser.post(&format!("/referrals/{id}/note"), &form).await.must_lead_to(&format!("/referrals/{id}"));
        assert_eq!(notes(app, id).await, 1);
        app.deliver().await;
    }

    async fn a_page_that_was_loaded_in_between_loses_nothing(app) {
        let id = app.an_accepted_referral().await;
        app.deliver().await;
        let browser = app.sign_in("specialist").await;
        go_idle(app).await;
        for path in [format!("/referrals/{id}"), "/worklist".to_owned()] {
            browser.get(&path).await.must_lead_to("/sign-in");
        }
        browser.get("/sign-in").await.must_be(200);
        let form = [("form", "note"), ("version", "1"), ("note-text", "Still here.")];
        browser.post(&format!("/referrals/{id}/note"), &form).await.must_lead_to("/sign-in");
        // Even when that was long ago, too.
        go_idle(app).await;
        let form = [("form", "note"), ("version", "1"), ("note-text", "Still here, again.")];
        browser.post(&format!("/referrals/{id}/note"), &form).await.must_lead_to("/sign-in");
        sign_in_again(app, &browser, "specialist").await;
        let page = browser.get(&format!("/referrals/{id}")).await.text();
        assert_eq!(area(&page, "note-text"), "Still here, again.");
    }

    async fn nobody_else_who_signs_in_there_sees_it_not_even_after_its_writer(app) {
        let (id, browser) = a_late_note(app).await;
        assert_eq!(sign_in_again(app, &browser, "coordinator").await, "/");
        browser.get("/worklist").await.must_be(200);
        let page = browser.get(&format!("/referrals/{id}")).await.must_be(200).text();
        assert!(!page.contains("An hour of thought."), "{page}");
        assert_eq!(app.count("select count(*) as n from session where data like '%An hour of thought.%'").await, 0, "it is gone");
    }

    async fn at_another_browser_nothing_is_shown(app) {
        let (id, _) = a_late_note(app).await;
        let other = app.browser();
        assert_eq!(sign_in_again(app, &other, "specialist").await, "/");
        let page = other.get(&format!("/referrals/{id}")).await.must_be(200).text();
        assert!(!page.contains("An hour of thought."), "{page}");
    }

    async fn after_half_an_hour_it_is_not_shown_any_more(app) {
        let (id, browser) = a_late_note(app).await;
        app.raw(r#"update session set data = replace(data, '"late_at":1', '"late_at":')"#).await.expect("aged");
        assert_eq!(sign_in_again(app, &browser, "specialist").await, "/");
        let page = browser.get(&format!("/referrals/{id}")).await.must_be(200).text();
        assert!(!page.contains("An hour of thought."), "{page}");
    }

    async fn a_patient_s_words_are_kept_too(app) {
        let id = app.a_sent_referral().await;
        let ask = [("triage-outcome", "ask"), ("triage-ask_reason", "more-history"), ("triage-patient_line", "Since when?")];
        app.act("specialist", id, "triage", &ask).await;
        let (browser, path) = (app.as_patient(id).await, format!("/my/{id}/documents"));
        let version = slots(&browser.get(&path).await.must_be(200).text(), "version").remove(0);
        go_idle(app).await;
        let body = format!("version={version}&text=Since+Easter.");
        let request = Request::builder().method("POST").uri(format!("/my/{id}/answer"))
            .header("content-type", "application/x-www-form-urlencoded")
            .header("referer", format!("http://waymark.test{path}"));
        browser.send(request, Body::from(body)).await.must_lead_to("/start");
        browser.get("/start").await.must_say("What you typed is kept");
        let reference = app.referral(id).await.reference;
        browser.post("/start", &[("text", &reference)]).await.must_lead_to("/verify");
        app.give_birth_date(&browser, id).await.must_lead_to("/verify/code");
        let code = app.code_for(id).await;
        browser.post("/verify/code", &[("code", &code)]).await.must_lead_to(&path);
        let page = browser.get(&path).await.must_say("You were signed out before this was saved").text();
        assert_eq!(area(&page, "text"), "Since Easter.");
        app.must_be_in(id, "info-needed").await;
        app.deliver().await;
    }

    async fn strangers_and_whoever_signed_out_have_nothing_kept(app) {
        let id = app.an_accepted_referral().await;
        app.deliver().await;
        let form = [("form", "note"), ("version", "1"), ("note-text", "Let me fill your disk.")];
        let path = format!("/referrals/{id}/note");
        let sessions = app.count("select count(*) as n from session").await;
        let stranger = app.browser();
        stranger.post(&path, &form).await.must_lead_to("/sign-in");
        let request = Request::builder().method("POST").uri(&path).header("cookie", "waymark=AAAAAAAAAAAAAAAAAAAAAA")
            .header("content-type", "application/x-www-form-urlencoded");
        stranger.send(request, Body::from("note-text=x")).await.must_lead_to("/sign-in");
        assert_eq!(app.count("select count(*) as n from session").await, sessions, "not even a session");
        let browser = app.sign_in("specialist").await;
        let other_window = browser.copy();
        browser.post("/sign-out", &[]).await.must_be(303);
        other_window.post(&path, &form).await.must_lead_to("/sign-in");
        assert_eq!(app.count("select count(*) as n from session where data like '%fill your disk%'").await, 0);
    }

    async fn a_file_is_not_kept_and_the_page_says_so(app) {
        let id = app.an_accepted_referral().await;
        app.deliver().await;
        let browser = app.sign_in("specialist").await;
        go_idle(app).await;
        let form = [("form", "note"), ("version", "1"), ("note-text", "See the letter.")];
        let path = format!("/referrals/{id}");
        browser.upload_as(&format!("{path}/note"), &form, ("note-file", "letter.pdf"), harness::PDF).await.must_lead_to("/sign-in");
        sign_in_again(app, &browser, "specialist").await;
        let page = browser.get(&path).await.must_be(200).must_say("Choose the file again").text();
        assert_eq!(area(&page, "note-text"), "See the letter.");
    }

    async fn what_is_too_long_is_not_kept_and_they_are_told_before_they_lose_it(app) {
        let id = app.an_accepted_referral().await;
        app.deliver().await;
        let browser = app.sign_in("specialist").await;
        go_idle(app).await;
        let text = "long ".repeat(60_000);
        let form = [("form", "note"), ("version", "1"), ("note-text", text.as_str())];
        browser.post(&format!("/referrals/{id}/note"), &form).await.must_lead_to("/sign-in");
        browser.get("/sign-in").await.must_say("too long to be kept").must_say("Go back in your browser");
        assert_eq!(app.count("select count(*) as n from session where data like '%long long%'").await, 0);
    }

    async fn a_browser_keeps_four_forms_at_most_and_no_secret(app) {
        let browser = app.sign_in("administrator").await;
        go_idle(app).await;
        for at in 0..6 {
            let form = [("name", "Kept words"), ("password", "hunter2"), ("code", "123456")];
            let path = format!("/admin/sites/{at}");
            browser.post(&path, &form).await.must_lead_to("/sign-in");
        }
        let kept = app.texts("select data as t from session where data like '%Kept words%'").await;
        assert_eq!(kept.len(), 1);
        assert_eq!(kept[0].matches("Kept words").count(), 4, "{}", kept[0]);
        assert!(!kept[0].contains("hunter2") && !kept[0].contains("123456"), "{}", kept[0]);
    }

    async fn a_form_that_waited_for_a_second_factor_waits_on(app) {
        let browser = app.sign_in("administrator").await;
        app.age_second_factors().await;
        let path = format!("/admin/people/{}", app.staff("specialist").await.id);
        let page = browser.get(&path).await.must_be(200).text();
        assert!(page.contains("/roles"), "{page}");
        let form = [("roles", "specialist"), ("roles", "referrer")];
        browser.post(&format!("{path}/roles"), &form).await.must_lead_to("/account/confirm");
        go_idle(app).await;
        browser.post("/account/confirm", &[("code", "000000")]).await.must_lead_to("/sign-in");
        assert_eq!(sign_in_again(app, &browser, "administrator").await, path);
        let page = browser.get(&path).await.must_be(200).must_say("You were signed out before this was saved").text();
        let is_ticked = page.split('<').any(|tag| tag.contains("value=\"referrer\"") && tag.contains("checked"));
        assert!(is_ticked, "{page}");
    }
}

//! Passkeys: a device stands in for password and code.

use harness::{Authenticator, Browser, TestApp, both};
use serde_json::Value;

const SITE: &str = "http://waymark.test";

async fn question(browser: &Browser, path: &str) -> Value {
    let answer = browser.post(path, &[]).await.must_be(200);
    serde_json::from_slice(&answer.body).expect("JSON")
}

/// The person adds a passkey from this device.
async fn add(browser: &Browser, device: &Authenticator, name: &str) -> harness::Answer {
    let answer = device.create(&question(browser, "/account/passkeys/options").await);
    browser.post("/account/passkeys", &[("passkey_name", name), ("credential", &answer)]).await
}

/// Somebody signs in with this device.
async fn sign_in(app: &TestApp, device: &Authenticator) -> (Browser, harness::Answer) {
    let browser = app.browser();
    let answer = device.get(&question(&browser, "/sign-in/passkey/options").await);
    let answered = browser.post("/sign-in/passkey", &[("credential", &answer)]).await;
    (browser, answered)
}

both! {
    async fn a_passkey_signs_in_without_password_and_code(app) {
        let device = Authenticator::new(SITE);
        let browser = app.sign_in("specialist").await;
        browser.get("/account").await.must_be(200).must_say("You have no passkey yet");
        add(&browser, &device, "Work laptop").await.must_lead_to("/account");
        browser.get("/account").await.must_say("The passkey is added").must_say("Work laptop").must_say("never");
        for _ in 0..2 {
            let (other, answered) = sign_in(app, &device).await;
            answered.must_lead_to("/");
            other.get("/worklist").await.must_be(200).must_say("Daniel Okafor");
        }
        let page = browser.get("/account").await.text();
        assert!(!page.contains("never"), "its use is noted");
        let signed = "select count(*) as n from audit where action = 'sign-in-passkey' and outcome = 'allowed'";
        assert_eq!(app.count(signed).await, 2);
        app.sign_in("administrator").await.get("/admin/access").await.must_say("1 passkey");
    }

    async fn an_answer_is_good_once_and_only_for_its_question(app) {
        let device = Authenticator::new(SITE);
        add(&app.sign_in("specialist").await, &device, "Phone").await.must_lead_to("/account");
        let browser = app.browser();
        let answer = device.get(&question(&browser, "/sign-in/passkey/options").await);
        // Another question was asked meanwhile.
        let newer = question(&browser, "/sign-in/passkey/options").await;
        browser.post("/sign-in/passkey", &[("credential", &answer)]).await.must_lead_to("/sign-in");
        browser.get("/sign-in").await.must_say("This passkey was not accepted");
        // The question is used up by a wrong answer.
        let right = device.get(&newer);
        browser.post("/sign-in/passkey", &[("credential", &right)]).await.must_lead_to("/sign-in");
        let (first, answered) = sign_in(app, &device).await;
        answered.must_lead_to("/");
        let replay = app.browser();
        question(&replay, "/sign-in/passkey/options").await;
        replay.post("/sign-in/passkey", &[("credential", &right)]).await.must_lead_to("/sign-in");
        first.get("/worklist").await.must_be(200);
        for nonsense in ["", "{}", "[1]", "null"] {
            let browser = app.browser();
            question(&browser, "/sign-in/passkey/options").await;
            browser.post("/sign-in/passkey", &[("credential", nonsense)]).await.must_lead_to("/sign-in");
        }
        app.browser().post("/sign-in/passkey", &[("credential", "{}")]).await.must_lead_to("/sign-in");
    }

    async fn another_site_an_unverified_person_and_a_clone_are_refused(app) {
        let browser = app.sign_in("specialist").await;
        let device = Authenticator::new(SITE);
        add(&browser, &device, "Phone").await.must_lead_to("/account");
        let mut elsewhere = device.cloned();
        elsewhere.origin = "https://waymark.test.evil.example".to_owned();
        let mut unverified = device.cloned();
        unverified.verifies = false;
        for device in [&elsewhere, &unverified] {
            let (browser, answered) = sign_in(app, device).await;
            answered.must_lead_to("/sign-in");
            browser.get("/worklist").await.must_lead_to("/sign-in");
        }
        let clone = device.cloned();
        sign_in(app, &device).await.1.must_lead_to("/");
        sign_in(app, &device).await.1.must_lead_to("/");
        sign_in(app, &clone).await.1.must_lead_to("/sign-in");
        // Nor is one made without knowing the person, or for another site.
        for mut bad in [Authenticator::new(SITE), Authenticator::new("https://evil.example")] {
            bad.verifies = bad.origin != SITE;
            add(&browser, &bad, "Bad").await.must_lead_to("/account");
            browser.get("/account").await.must_say("This passkey was not accepted");
        }
        assert_eq!(app.count("select count(*) as n from passkey").await, 1);
    }

    async fn a_passkey_that_was_removed_or_whose_owner_is_suspended_signs_nobody_in(app) {
        let browser = app.sign_in("specialist").await;
        let (phone, laptop) = (Authenticator::new(SITE), Authenticator::new(SITE));
        add(&browser, &phone, "Phone").await.must_lead_to("/account");
        add(&browser, &laptop, "Laptop").await.must_lead_to("/account");
        let page = browser.get("/account").await.text();
        let path = page.split('"').find(|part| part.starts_with("/account/passkeys/") && part.ends_with("/remove")).expect("a form").to_owned();
        app.sign_in("coordinator").await.post(&path, &[]).await.must_be(404);
        browser.post(&path, &[]).await.must_lead_to("/account");
        sign_in(app, &phone).await.1.must_lead_to("/sign-in");
        sign_in(app, &laptop).await.1.must_lead_to("/");
        app.do_to_colleague("specialist", "", &[("standing", "suspended")]).await.must_lead_to("/admin");
        sign_in(app, &laptop).await.1.must_lead_to("/sign-in");
    }

    async fn a_passkey_confirms_what_is_sensitive_but_not_somebody_elses(app) {
        let browser = app.sign_in("administrator").await;
        let (own, other) = (Authenticator::new(SITE), Authenticator::new(SITE));
        add(&browser, &own, "Own").await.must_lead_to("/account");
        add(&app.sign_in("specialist").await, &other, "Other").await.must_lead_to("/account");
        app.age_second_factors().await;
        // Without a fresh second factor no device is asked; the form leads to the proof.
        browser.post("/account/passkeys/options", &[]).await.must_be(403);
        browser.post("/account/passkeys", &[("passkey_name", "New")]).await.must_lead_to("/account/confirm");
        for (device, expected) in [(&other, "/account/confirm"), (&own, "/account")] {
            let answer = device.get(&question(&browser, "/sign-in/passkey/options").await);
            browser.post("/account/confirm/passkey", &[("credential", &answer)]).await.must_lead_to(expected);
        }
        browser.get("/account").await.must_say("Nothing was done yet").must_say("value=\"New\"");
        browser.post("/account/passkeys/options", &[]).await.must_be(200);
    }

    [harness::Options::with("public_url", "http://127.0.0.1:3000")]
    async fn a_site_without_a_name_offers_no_passkeys(app) {
        let browser = app.sign_in("specialist").await;
        let page = browser.get("/account").await.must_say("browsers allow no passkeys").text();
        assert!(!page.contains("data-passkey"));
        assert!(!app.browser().get("/sign-in").await.text().contains("data-passkey"));
        app.browser().post("/sign-in/passkey/options", &[]).await.must_be(422);
    }
}

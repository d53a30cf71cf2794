//! Who gets in, and who does not.

use harness::{Answer, both, person};
use server::demo::load::PASSWORD;

const WRONG: &str = "The e-mail address or the password is not right.";
const WRONG_CODE: &str = "This code is not right or is too old.";

/// A page without what is fresh on every page: keys, nonces, and what was typed.
fn plain(answer: &Answer, typed: &[&str]) -> String {
    let mut text = answer.text();
    for typed in typed {
        text = text.replace(typed, "…");
    }
    let mut out = String::new();
    for tag in text.split_inclusive('<') {
        let fresh = tag.contains("name=\"key\"") || tag.contains("nonce=");
        out.push_str(if fresh { tag.split_once(' ').map_or(tag, |(name, _)| name) } else { tag });
    }
    out
}

both! {
    async fn a_wrong_password_and_an_unknown_address_look_the_same(app) {
        let mut pages = Vec::new();
        for email in [person("specialist"), "nobody@wrenfield-hospitals.example"] {
            let browser = app.browser();
            let form = [("email", email), ("password", "not the password")];
            browser.post("/sign-in", &form).await.must_lead_to("/sign-in");
            let page = browser.get("/sign-in").await.must_be(200).must_say(WRONG);
            assert!(!page.text().contains("not the password"), "a password is never sent back");
            pages.push(plain(&page, &[email]));
        }
        assert_eq!(pages[0], pages[1]);
    }

    async fn a_one_time_password_works_once(app) {
        let code = app.one_time_password("specialist");
        let form = [("email", person("specialist")), ("password", PASSWORD)];
        for expected in ["/", "/sign-in/code"] {
            let browser = app.browser();
            browser.get("/sign-in/code").await.must_lead_to("/sign-in");
            browser.post("/sign-in", &form).await.must_lead_to("/sign-in/code");
            browser.get("/worklist").await.must_lead_to("/sign-in");
            browser.post("/sign-in/code", &[("code", &code)]).await.must_lead_to(expected);
        }
    }

    async fn after_ten_wrong_passwords_the_right_one_has_to_wait(app) {
        let browser = app.browser();
        for _ in 0..10 {
            browser.post("/sign-in", &[("email", person("specialist")), ("password", "guess")]).await.must_be(303);
        }
        let form = [("email", person("specialist")), ("password", PASSWORD)];
        browser.post("/sign-in", &form).await.must_lead_to("/sign-in");
        browser.get("/sign-in").await.must_be(200).must_say("please wait");
    }

    async fn signing_out_ends_the_session_for_good(app) {
        let browser = app.sign_in("specialist").await;
        let stolen = browser.copy();
        stolen.get("/worklist").await.must_be(200);
        browser.post("/sign-out", &[]).await.must_lead_to("/");
        for browser in [browser, stolen] {
            browser.get("/worklist").await.must_lead_to("/sign-in");
        }
    }

    async fn signing_in_gives_the_session_another_cookie(app) {
        let browser = app.browser();
        let form = [("email", person("specialist")), ("password", PASSWORD)];
        browser.post("/sign-in", &form).await.must_lead_to("/sign-in/code");
        let planted = browser.copy();
        let code = app.one_time_password("specialist");
        browser.post("/sign-in/code", &[("code", &code)]).await.must_lead_to("/");
        assert_ne!(browser.cookies(), planted.cookies());
        planted.get("/worklist").await.must_lead_to("/sign-in");
    }

    async fn the_next_request_of_a_suspended_person_is_refused(app) {
        let browser = app.sign_in("specialist").await;
        browser.get("/worklist").await.must_be(200);
        app.do_to_colleague("specialist", "", &[("standing", "suspended")]).await.must_lead_to("/admin");
        browser.get("/worklist").await.must_lead_to("/sign-in");
        let form = [("email", person("specialist")), ("password", PASSWORD)];
        app.browser().post("/sign-in", &form).await.must_lead_to("/sign-in");
    }

    async fn a_wrong_birth_date_a_right_one_and_an_unknown_number_look_the_same(app) {
        let id = app.a_sent_referral().await;
        app.deliver().await;
        let before = app.twilio.all().len();
        let reference = app.referral(id).await.reference;
        let mut pages = Vec::new();
        for (number, right) in [(reference.as_str(), true), (&reference, false), ("WM-2222-2222", false)] {
            let browser = app.browser();
            browser.post("/start", &[("text", number)]).await.must_lead_to("/verify");
            let verify = browser.get("/verify").await.must_be(200);
            let answer = match right {
                true => app.give_birth_date(&browser, id).await,
                false => {
                    let wrong = [("birth_date_year", "1901"), ("birth_date_month", "2"), ("birth_date_day", "3")];
                    browser.post("/verify", &wrong).await
                }
            };
            answer.must_lead_to("/verify/code");
            let page = browser.get("/verify/code").await.must_be(200);
            pages.push((plain(&verify, &[]), plain(&page, &[])));
        }
        assert!(pages.windows(2).all(|pair| pair[0] == pair[1]), "{pages:#?}");
        app.deliver().await;
        assert_eq!(app.twilio.all().len(), before + 1, "only the right one is sent a code");
    }

    async fn a_code_survives_four_wrong_guesses_but_not_five(app) {
        for (guesses, expected) in [(4, "/my"), (5, "/verify/code")] {
            let id = app.a_sent_referral().await;
            let browser = app.browser();
            browser.post("/start", &[("text", &app.referral(id).await.reference)]).await.must_lead_to("/verify");
            app.give_birth_date(&browser, id).await.must_lead_to("/verify/code");
            let code = app.code_for(id).await;
            let wrong = if code == "000000" { "111111" } else { "000000" };
            for _ in 0..guesses {
                browser.post("/verify/code", &[("code", wrong)]).await.must_lead_to("/verify/code");
                browser.get("/verify/code").await.must_be(200).must_say(WRONG_CODE);
            }
            browser.post("/verify/code", &[("code", &code)]).await.must_lead_to(expected);
        }
    }

    async fn a_code_works_once(app) {
        let id = app.a_sent_referral().await;
        let first = app.browser();
        first.post("/start", &[("text", &app.referral(id).await.reference)]).await.must_lead_to("/verify");
        let second = first.copy();
        app.give_birth_date(&first, id).await.must_lead_to("/verify/code");
        let code = app.code_for(id).await;
        first.post("/verify/code", &[("code", &code)]).await.must_lead_to("/my");
        // The first browser's session got another id, so the second one needs a ticket of its own.
        second.post("/start", &[("text", &app.referral(id).await.reference)]).await.must_lead_to("/verify");
        second.post("/verify/code", &[("code", &code)]).await.must_lead_to("/verify/code");
        second.get("/my").await.must_lead_to("/start");
    }

    async fn at_most_three_codes_an_hour_are_sent_for_a_referral(app) {
        let id = app.a_sent_referral().await;
        app.deliver().await;
        let before = app.twilio.all().len();
        let browser = app.browser();
        browser.post("/start", &[("text", &app.referral(id).await.reference)]).await.must_lead_to("/verify");
        for expected in ["/verify/code", "/verify/code", "/verify/code", "/verify"] {
            app.give_birth_date(&browser, id).await.must_lead_to(expected);
        }
        app.deliver().await;
        assert_eq!(app.twilio.all().len(), before + 3);
    }

    async fn an_old_link_says_so_and_an_unknown_one_is_not_found(app) {
        let id = app.a_sent_referral().await;
        let link = app.link_for(id).await;
        app.browser().get(&link).await.must_lead_to("/verify");
        app.raw("update patient_link set expires_at = 1").await.expect("set");
        let answer = app.browser().get(&link).await.must_be(410).must_say("This link is too old");
        assert!(!answer.text().contains(&app.referral(id).await.reference));
        app.browser().get("/r/AAAAAAAAAAAAAAAAAAAAAA").await.must_be(404).must_say("does not work");
    }
}

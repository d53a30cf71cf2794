//! Signing on at the organisation's identity provider (OpenID Connect), against a stand-in with real keys.

use harness::{Answer, Browser, Options, Signs, TestApp, Vouched, both, person};

const BACK: &str = "/sign-in/elsewhere/back";

/// Somebody goes to the provider, which vouches for them, and comes back.
async fn sign_on(app: &TestApp, vouched: Vouched) -> (Browser, Answer) {
    let browser = app.browser();
    browser.get("/sign-in").await.must_be(200).must_say("Sign on with your organisation");
    let away = browser.get("/sign-in/elsewhere").await.must_be(303).location();
    let back = app.provider.sign_on(&away, vouched);
    let answer = browser.get(&back).await;
    (browser, answer)
}

fn specialist() -> Vouched {
    Vouched::of("subject-1", person("specialist"))
}

async fn links(app: &TestApp) -> i64 {
    app.count("select count(*) as n from sign_on").await
}

fn trusting() -> Options {
    Options {
        overrides: vec![("sign_on.trusted", "otp,mfa"), ("sign_on.name", "Wrenfield")],
        ..Options::signing_on()
    }
}

both! {
    [Options::signing_on()]
    async fn who_signs_on_elsewhere_still_gives_our_second_factor(app) {
        let (browser, answer) = sign_on(app, specialist()).await;
        answer.must_lead_to("/sign-in/code");
        browser.get("/worklist").await.must_lead_to("/sign-in");
        browser.post("/sign-in/code", &[("code", "000000")]).await.must_lead_to("/sign-in/code");
        let code = app.one_time_password("specialist");
        browser.post("/sign-in/code", &[("code", &code)]).await.must_lead_to("/");
        browser.get("/worklist").await.must_be(200);
        assert_eq!(links(app).await, 1);
        assert_eq!(app.provider.faults(), Vec::<String>::new());
        // What the provider says of a second factor counts only where the site says so.
        let (_, answer) = sign_on(app, Vouched { amr: vec!["pwd", "otp"], ..specialist() }).await;
        answer.must_lead_to("/sign-in/code");
    }

    [trusting()]
    async fn where_the_site_trusts_it_the_providers_second_factor_is_enough(app) {
        let browser = app.browser();
        browser.get("/sign-in").await.must_say("Sign on with Wrenfield");
        let away = browser.get("/sign-in/elsewhere").await.location();
        let back = app.provider.sign_on(&away, Vouched { amr: vec!["pwd", "otp"], ..specialist() });
        browser.get(&back).await.must_lead_to("/");
        browser.get("/worklist").await.must_be(200).must_say("Daniel Okafor");
        // The same address again: the answer was used.
        browser.get(&back).await.must_lead_to("/sign-in");
        let signed = "select count(*) as n from audit where action = 'sign-in-elsewhere' and outcome = 'allowed'";
        assert_eq!(app.count(signed).await, 1);
        let other = app.browser();
        let away = other.get("/sign-in/elsewhere").await.location();
        let back = app.provider.sign_on(&away, Vouched { amr: vec!["pwd"], ..specialist() });
        other.get(&back).await.must_lead_to("/sign-in/code");
    }

    [Options::signing_on()]
    async fn the_subject_counts_once_it_is_known_whatever_becomes_of_the_address(app) {
        sign_on(app, specialist()).await.1.must_lead_to("/sign-in/code");
        let moved = Vouched { email: Some("new.name@wrenfield-hospitals.example".to_owned()), ..specialist() };
        sign_on(app, moved).await.1.must_lead_to("/sign-in/code");
        sign_on(app, Vouched { email: None, ..specialist() }).await.1.must_lead_to("/sign-in/code");
        // Nor does the address, given to somebody else there, make them this person.
        let (browser, answer) = sign_on(app, Vouched::of("subject-2", person("specialist"))).await;
        answer.must_lead_to("/sign-in");
        browser.get("/sign-in").await.must_say("Nobody who may sign in here has your address");
        assert_eq!(links(app).await, 1);
    }

    [Options::signing_on()]
    async fn other_keys_and_an_address_that_is_told_only_when_asked_work_as_well(app) {
        sign_on(app, Vouched { signs: Signs::Rs256, ..specialist() }).await.1.must_lead_to("/sign-in/code");
        let asked = Vouched { tells_in_token: false, ..Vouched::of("subject-9", "Grace.Whitlock@Wrenfield-Hospitals.example") };
        sign_on(app, asked).await.1.must_lead_to("/sign-in/code");
        assert_eq!(links(app).await, 2);
    }

    [Options::signing_on()]
    async fn what_proves_nothing_signs_nobody_on(app) {
        let untrusted = "could not be trusted";
        for (what, vouched, words) in [
            ("another nonce", Vouched { nonce: Some("planted"), ..specialist() }, untrusted),
            ("another audience", Vouched { audience: Some("another-site"), ..specialist() }, untrusted),
            ("another issuer", Vouched { issuer: Some("https://evil.example"), ..specialist() }, untrusted),
            ("too old", Vouched { lasts_s: -3600, ..specialist() }, untrusted),
            ("another key", Vouched { signs: Signs::WrongKey, ..specialist() }, untrusted),
            ("no signature", Vouched { signs: Signs::Not, ..specialist() }, untrusted),
            ("not verified", Vouched { is_verified: false, ..specialist() }, "has not verified your e-mail address"),
            ("no address", Vouched { email: None, ..specialist() }, "has not verified your e-mail address"),
            ("a stranger", Vouched::of("s", "nobody@wrenfield-hospitals.example"), "Ask your administrator to invite you"),
        ] {
            let (browser, answer) = sign_on(app, vouched).await;
            assert_eq!((answer.status, answer.location().as_str()), (303, "/sign-in"), "{what}");
            browser.get("/sign-in").await.must_say(words);
            browser.get("/worklist").await.must_lead_to("/sign-in");
            browser.get("/sign-in/code").await.must_lead_to("/sign-in");
        }
        assert_eq!(links(app).await, 0);
        let people = "select count(*) as n from person where email like 'nobody@%'";
        assert_eq!(app.count(people).await, 0, "nobody is made");
    }

    [Options::signing_on()]
    async fn a_suspended_person_is_not_let_in_by_the_provider_either(app) {
        sign_on(app, specialist()).await.1.must_lead_to("/sign-in/code");
        app.do_to_colleague("specialist", "", &[("standing", "suspended")]).await.must_lead_to("/admin");
        let (browser, answer) = sign_on(app, specialist()).await;
        answer.must_lead_to("/sign-in");
        browser.get("/sign-in").await.must_say("Nobody who may sign in here");
    }

    [Options::signing_on()]
    async fn an_answer_counts_only_in_the_browser_that_asked_and_once(app) {
        let (mine, theirs) = (app.browser(), app.browser());
        let away = mine.get("/sign-in/elsewhere").await.location();
        let back = app.provider.sign_on(&away, specialist());
        // A planted answer: the other browser asked nothing, or something else.
        theirs.get(&back).await.must_lead_to("/sign-in");
        theirs.get("/sign-in/elsewhere").await.must_be(303);
        theirs.get(&back).await.must_lead_to("/sign-in");
        theirs.get("/sign-in").await.must_say("does not belong to your sign-on");
        for (what, from, to) in [
            ("another state", "state=", "state=x"),
            ("no code", "code=", "nothing="),
            ("refused there", "?", "?error=access_denied&"),
            ("another provider", "&iss=", "&iss=https://evil.example/"),
        ] {
            let browser = app.browser();
            let away = browser.get("/sign-in/elsewhere").await.location();
            let back = app.provider.sign_on(&away, specialist());
            browser.get(&back.replacen(from, to, 1)).await.must_lead_to("/sign-in");
            browser.get("/sign-in/code").await.must_lead_to("/sign-in");
            // The right answer comes too late: the question is used up.
            assert_eq!(browser.get(&back).await.location(), "/sign-in", "{what}");
            browser.get("/sign-in/code").await.must_lead_to("/sign-in");
        }
        assert_eq!(links(app).await, 0);
    }

    [Options { overrides: vec![("sign_on.issuer", "http://127.0.0.1:9"), ("sign_on.client", "w"), ("sign_on.secret", "s")], ..Options::default() }]
    async fn a_provider_that_is_away_leaves_the_password(app) {
        let browser = app.browser();
        browser.get("/sign-in/elsewhere").await.must_lead_to("/sign-in");
        browser.get("/sign-in").await.must_say("cannot be reached now");
    }

    async fn a_site_without_a_provider_offers_none(app) {
        let page = app.browser().get("/sign-in").await.must_be(200).text();
        assert!(!page.contains("Sign on with"));
        app.browser().get("/sign-in/elsewhere").await.must_be(404);
        app.browser().get(&format!("{BACK}?code=x&state=y")).await.must_lead_to("/sign-in");
    }
}

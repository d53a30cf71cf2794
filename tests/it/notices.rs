//! Notices on the patient's phone (Web Push): they arrive, can be read by that browser alone, and reveal nothing.

use chrono::Duration;
use domain::ReferralId;
use harness::{Answer, Options, Subscribed, TestApp, both};
use service::{clock, jobs};

async fn subscribe(app: &TestApp, id: ReferralId, browser: &Subscribed) -> Answer {
    let fields = [
        ("referral", id.to_string()),
        ("endpoint", browser.endpoint.clone()),
        ("p256dh", browser.p256dh.clone()),
        ("auth", browser.auth.clone()),
    ];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    app.as_patient(id).await.post("/api/push-subscribe", &fields).await
}

async fn fates(app: &TestApp, id: ReferralId) -> Vec<String> {
    let of = app.literal(id.0);
    app.texts(&format!(
        "select state as t from message where channel = 'push' and referral_id = {of} order by id"
    ))
    .await
}

both! {
    async fn a_subscribed_browser_reads_that_something_happened_and_not_what(app) {
        let id = app.a_sent_referral().await;
        let phone = app.push.subscribe();
        subscribe(app, id, &phone).await.must_be(200);
        app.accept(id).await;
        app.deliver().await;
        let notices = app.push.notices(&phone.name);
        assert_eq!(notices.len(), 1, "{notices:?}");
        assert_eq!(notices[0]["body"], "You can choose a time for your appointment.");
        let url = notices[0]["url"].as_str().expect("an address");
        assert!(url.starts_with("/") || url.starts_with("http://waymark.test/"), "{url}");
        let shown = notices[0].to_string();
        let patient = app.patient_of(id).await;
        for secret in ["Heart", "Cardiology", "Palpitations", patient.family.as_str(), patient.given.as_str()] {
            assert!(!shown.contains(secret), "{shown}");
        }
        assert_eq!(fates(app, id).await, ["sent"]);
    }

    async fn a_browser_that_subscribes_twice_is_told_once(app) {
        let id = app.a_sent_referral().await;
        let phone = app.push.subscribe();
        subscribe(app, id, &phone).await.must_be(200);
        subscribe(app, id, &phone).await.must_be(200);
        app.accept(id).await;
        app.deliver().await;
        assert_eq!(app.push.notices(&phone.name).len(), 1);
    }

    async fn a_browser_that_is_gone_is_forgotten_and_the_text_message_still_leaves(app) {
        let id = app.a_sent_referral().await;
        let (old, new) = (app.push.subscribe(), app.push.subscribe());
        subscribe(app, id, &old).await.must_be(200);
        subscribe(app, id, &new).await.must_be(200);
        app.push.forget(&old.name);
        app.accept(id).await;
        app.deliver().await;
        assert_eq!((app.push.notices(&old.name).len(), app.push.notices(&new.name).len()), (0, 1));
        let mut fates = fates(app, id).await;
        fates.sort();
        assert_eq!(fates, ["permanent-failure", "sent"]);
        let left = app.count("select count(*) as n from push_subscription where gone_at is null").await;
        assert_eq!(left, 1, "the old browser is not asked again");
        let phone = app.patient_of(id).await.phone.expect("a phone");
        assert!(app.twilio.texts(&phone).iter().any(|text| text.contains("choose")), "by text as well");
    }

    async fn an_address_that_is_no_push_service_is_refused_and_nothing_is_kept(app) {
        let id = app.a_sent_referral().await;
        let good = app.push.subscribe();
        let long = format!("{}/{}", app.push.origin(), "x".repeat(2_000));
        for endpoint in ["http://127.0.0.1:1/", "https://10.0.0.1/", "file:///etc/passwd", "", &long] {
            let bad = Subscribed { endpoint: endpoint.to_owned(), ..good.clone() };
            let answer = subscribe(app, id, &bad).await;
            assert!((400..500).contains(&answer.status), "{endpoint}: {}", answer.status);
        }
        for (p256dh, auth) in [("", good.auth.as_str()), (good.p256dh.as_str(), "AAAA")] {
            let bad = Subscribed { p256dh: p256dh.to_owned(), auth: auth.to_owned(), ..good.clone() };
            let answer = subscribe(app, id, &bad).await;
            assert!((400..500).contains(&answer.status), "{}", answer.status);
        }
        assert_eq!(app.count("select count(*) as n from push_subscription").await, 0);
    }

    [Options::with("messages.fall_back_hours", "8")]
    async fn a_notice_that_stays_unread_is_followed_by_a_text_message(app) {
        let id = app.a_sent_referral().await;
        let phone = app.push.subscribe();
        subscribe(app, id, &phone).await.must_be(200);
        app.deliver().await;
        let before = app.twilio.all().len();
        app.accept(id).await;
        app.deliver().await;
        assert_eq!((app.push.notices(&phone.name).len(), app.twilio.all().len()), (1, before));
        jobs::dispatch(&app.desk, clock::now() + Duration::hours(7)).await.expect("dispatched");
        assert_eq!(app.twilio.all().len(), before);
        jobs::dispatch(&app.desk, clock::now() + Duration::hours(9)).await.expect("dispatched");
        assert_eq!(app.twilio.all().len(), before + 1);
    }

    [Options::with("messages.fall_back_hours", "8")]
    async fn a_notice_that_was_read_is_followed_by_nothing_and_one_that_did_not_arrive_at_once(app) {
        let id = app.a_sent_referral().await;
        let phone = app.push.subscribe();
        subscribe(app, id, &phone).await.must_be(200);
        app.deliver().await;
        let before = app.twilio.all().len();
        app.accept(id).await;
        app.deliver().await;
        app.as_patient(id).await.get("/my").await.must_be(200);
        jobs::dispatch(&app.desk, clock::now() + Duration::hours(9)).await.expect("dispatched");
        assert_eq!(app.twilio.all().len(), before, "they have seen it");
        app.push.forget(&phone.name);
        let call = app.call("coordinator").await;
        service::referrals::remind(&app.desk, &call, id, app.referral(id).await.version).await.expect("written");
        app.deliver().await;
        app.deliver().await;
        assert_eq!(app.twilio.all().len(), before + 1, "the browser is gone");
    }

    async fn patients_choose_how_they_are_reached_and_what_they_stop(app) {
        let id = app.a_sent_referral().await;
        app.deliver().await;
        let patient = app.patient_of(id).await;
        let row = app.literal(patient.id);
        app.raw(&format!("update patient set email = 'ann@mail.example' where id = {row}")).await.expect("set");
        let browser = app.as_patient(id).await;
        browser.get("/my/contact").await.must_be(200).must_say("Which way first?").must_say("No text messages to this number");
        let wrong = [("prefers", ""), ("zone", "Mars/Olympus")];
        browser.post("/my/contact", &wrong).await.must_lead_to("/my/contact");
        browser.get("/my/contact").await.must_say("Choose a time zone of the list");
        let form = [("prefers", "email"), ("zone", "Europe/Madrid"), ("stopped", "sms"), ("was", "")];
        browser.post("/my/contact", &form).await.must_lead_to("/my/contact");
        browser.get("/my/contact").await.must_say("Saved. We reach you like that from now on.").must_say("Europe/Madrid");
        let said = format!("select count(*) as n from consent_event where what = 'stopped' and source = 'page' and patient_id = {row}");
        assert_eq!(app.count(&said).await, 1);
        let (texts, mails) = (app.twilio.all().len(), app.mails().len());
        app.accept(id).await;
        app.deliver().await;
        assert_eq!(app.twilio.all().len(), texts);
        let mine = app.mails()[mails..].iter().filter(|mail| mail.to.iter().any(|to| to.contains("ann@mail.example"))).count();
        assert_eq!(mine, 1);
        let again = said.replace("'stopped'", "'returned'");
        browser.post("/my/contact", &[("prefers", ""), ("zone", ""), ("was", "")]).await.must_lead_to("/my/contact");
        assert_eq!(app.count(&again).await, 0, "the form was opened before the stop, and says nothing of it");
        let known = browser.get("/my/contact").await;
        known.must_say(r#"name="was" value="sms""#);
        browser.post("/my/contact", &[("prefers", ""), ("zone", ""), ("was", "sms")]).await.must_lead_to("/my/contact");
        assert_eq!(app.count(&again).await, 1);
    }
}

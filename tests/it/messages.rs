//! Messages leave once, at a decent hour, and their fate is known.

use axum::body::Body;
use axum::http::Request;
use base64::Engine;
use chrono::{DateTime, Duration, NaiveTime, Utc};
use contract::TriageInput;
use domain::ReferralId;
use harness::{Mood, Options, TOKEN, TestApp, both};
use hmac::{Hmac, Mac};
use service::{Conflict, ServiceError, clock, jobs, referrals};

fn signature(secret: &str, url: &str, form: &[(&str, &str)]) -> String {
    let mut sorted = form.to_vec();
    sorted.sort_unstable();
    let text = sorted.iter().fold(url.to_owned(), |all, (key, value)| format!("{all}{key}{value}"));
    let mut mac = Hmac::<sha1::Sha1>::new_from_slice(secret.as_bytes()).expect("any key");
    mac.update(text.as_bytes());
    base64::engine::general_purpose::STANDARD.encode(mac.finalize().into_bytes())
}

/// A receipt from the provider; answers the status.
async fn receipt(app: &TestApp, callback: &str, state: &str, secret: &str) -> u16 {
    let form = [("MessageSid", "SM1"), ("MessageStatus", state), ("AccountSid", harness::ACCOUNT)];
    let path = callback.trim_start_matches("http://waymark.test").to_owned();
    let request = Request::builder()
        .method("POST")
        .uri(path)
        .header("sec-fetch-site", "cross-site")
        .header("x-twilio-signature", signature(secret, callback, &form))
        .header("content-type", "application/x-www-form-urlencoded");
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    app.browser().send(request, Body::from(body)).await.status
}

/// The states of the text messages about a referral, oldest first.
async fn states(app: &TestApp, id: ReferralId) -> Vec<String> {
    let of = app.literal(id.0);
    app.texts(&format!(
        "select state as t from message where channel = 'sms' and referral_id = {of} order by id"
    ))
    .await
}

async fn due_now(app: &TestApp) {
    app.raw("update message set due_at = 0 where state = 'technical-failure'").await.expect("set");
}

/// A referral with nothing but the text message of its sending waiting.
async fn one_text_waiting(app: &TestApp) -> ReferralId {
    let id = app.a_sent_referral().await;
    app.raw("update message set state = 'withheld' where channel <> 'sms' and state = 'created'")
        .await
        .expect("set");
    assert_eq!(states(app, id).await, ["created"]);
    id
}

both! {
    async fn a_receipt_with_a_right_signature_moves_the_message_and_a_forged_one_does_not(app) {
        let id = one_text_waiting(app).await;
        app.deliver().await;
        assert_eq!(states(app, id).await, ["pending"]);
        let form = app.twilio.all().pop().expect("a text was taken");
        let callback = form.iter().find(|(key, _)| key == "StatusCallback").expect("asks for receipts").1.clone();
        assert!(callback.starts_with("http://waymark.test/hooks/twilio/status?id="), "{callback}");
        assert_eq!(receipt(app, &callback, "delivered", "a-forger's-secret").await, 403);
        assert_eq!(states(app, id).await, ["pending"]);
        assert_eq!(receipt(app, &callback, "delivered", TOKEN).await, 204);
        assert_eq!(states(app, id).await, ["delivered"]);
        assert_eq!(receipt(app, &callback, "sent", TOKEN).await, 204);
        assert_eq!(states(app, id).await, ["delivered"], "a late receipt undoes nothing");
        let log = app.sign_in("coordinator").await.get("/messages").await.must_be(200).must_say("Delivered");
        log.must_say(&app.referral(id).await.reference);
    }

    async fn what_a_provider_in_trouble_did_not_take_is_sent_once_later(app) {
        for mood in [Mood::Fail, Mood::Busy] {
            let id = one_text_waiting(app).await;
            let before = app.twilio.all().len();
            app.twilio.will(&[mood]);
            app.deliver().await;
            // Whether a 500 has taken it is not known: it is looked up first.
            jobs::rescue(&app.desk, clock::now() + Duration::seconds(100)).await.expect("looked up");
            assert_eq!(states(app, id).await, ["technical-failure"], "{mood:?}");
            app.deliver().await;
            assert_eq!(app.twilio.all().len(), before, "not before its time");
            due_now(app).await;
            app.deliver().await;
            assert_eq!(states(app, id).await, ["pending"]);
            assert_eq!(app.twilio.all().len(), before + 1);
        }
    }

    async fn a_number_that_is_not_valid_is_not_tried_again(app) {
        let id = one_text_waiting(app).await;
        app.twilio.will(&[Mood::Refuse]);
        app.deliver().await;
        assert_eq!(states(app, id).await, ["permanent-failure"]);
        due_now(app).await;
        app.deliver().await;
        assert_eq!(app.twilio.asked(), 1);
    }

    async fn what_a_dispatcher_had_in_hand_when_it_died_is_looked_up_and_not_sent_twice(app) {
        let id = one_text_waiting(app).await;
        app.twilio.will(&[Mood::TakeAndHang]);
        let desk = app.desk.clone();
        let sending = tokio::spawn(async move { jobs::dispatch(&desk, clock::now()).await });
        while app.twilio.all().is_empty() {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        sending.abort();
        assert!(sending.await.expect_err("it was ended").is_cancelled());
        assert_eq!(states(app, id).await, ["sending"]);
        app.deliver().await;
        assert_eq!(states(app, id).await, ["sending"], "another dispatcher leaves it alone");
        jobs::dispatch(&app.desk, clock::now() + Duration::minutes(3)).await.expect("dispatched");
        assert_eq!(states(app, id).await, ["delivered"]);
        assert_eq!((app.twilio.asked(), app.twilio.all().len()), (1, 1));
    }

    async fn a_one_time_code_is_not_kept(app) {
        let id = app.a_sent_referral().await;
        app.as_patient(id).await;
        let kept = app.texts("select body || html as t from message where template = 'one-time-code'").await;
        assert_eq!(kept, ["A way to sign in. It is shown to its receiver alone, and not kept."]);
        let page = app.as_patient(id).await.get("/my/messages").await.must_be(200);
        assert!(page.text().contains("not kept") || !page.text().contains("code"), "{}", page.text());
    }

    async fn what_the_patient_reads_says_nothing_clinical(app) {
        let id = app.an_accepted_referral().await;
        app.deliver().await;
        let patient = app.patient_of(id).await;
        let texts = app.twilio.texts(patient.phone.as_deref().expect("a phone"));
        assert_eq!(texts.len(), 2, "{texts:?}");
        for text in texts {
            for secret in ["Heart", "heart", "Cardiology", "Palpitations", patient.family.as_str()] {
                assert!(!text.contains(secret), "{text}");
            }
        }
    }

    [Options { overrides: vec![("messages.quiet_from", "21:00"), ("messages.quiet_to", "08:00")], ..Options::default() }]
    async fn nothing_that_can_wait_goes_to_a_patient_at_night(app) {
        let id = app.a_sent_referral().await;
        app.raw("update message set state = 'withheld' where state = 'created'").await.expect("set");
        let night = tomorrow_at(22, 30);
        let mut call = app.call("specialist").await;
        call.now = night;
        let input = TriageInput {
            version: app.referral(id).await.version,
            outcome: "accept".to_owned(),
            priority: "routine".to_owned(),
            ..TriageInput::default()
        };
        referrals::triage(&app.desk, &call, id, &input).await.expect("accepted");
        jobs::dispatch(&app.desk, night + Duration::minutes(1)).await.expect("dispatched");
        assert_eq!(states(app, id).await, ["withheld", "created"]);
        assert_eq!(app.twilio.asked(), 0);
        let morning = tomorrow_at(8, 0) + Duration::days(1);
        jobs::dispatch(&app.desk, morning - Duration::minutes(70)).await.expect("dispatched");
        assert_eq!(app.twilio.asked(), 0);
        jobs::dispatch(&app.desk, morning + Duration::minutes(70)).await.expect("dispatched");
        assert_eq!(app.twilio.asked(), 1);
    }

    async fn what_did_not_arrive_is_sent_once_more_and_what_waits_is_taken_back(app) {
        let id = one_text_waiting(app).await;
        let coordinator = app.sign_in("coordinator").await;
        let of = app.literal(id.0);
        let path = |id: &str| format!("/messages/{id}");
        let newest = async || {
            let call = app.call("coordinator").await;
            service::messages::log(&app.desk, &call, "", "").await.expect("the log").lines[0].id.clone()
        };
        let first = newest().await;
        coordinator.post(&format!("{}/again", path(&first)), &[]).await.must_lead_to(&path(&first));
        coordinator.get(&path(&first)).await.must_say("Nothing was done");
        app.twilio.will(&[Mood::Refuse]);
        app.deliver().await;
        assert_eq!(states(app, id).await, ["permanent-failure"]);
        coordinator.get(&path(&first)).await.must_say("Send it once more");
        coordinator.post(&format!("{}/again", path(&first)), &[]).await.must_lead_to(&path(&first));
        coordinator.get(&path(&first)).await.must_say("It is sent once more");
        app.deliver().await;
        assert_eq!(states(app, id).await, ["permanent-failure", "pending"]);
        app.raw(&format!("update message set state = 'created', due_at = due_at + 9000000 where state = 'pending' and referral_id = {of}"))
            .await
            .expect("set");
        let second = newest().await;
        coordinator.get(&path(&second)).await.must_say("Take it back");
        coordinator.post(&format!("{}/take-back", path(&second)), &[]).await.must_lead_to(&path(&second));
        assert_eq!(states(app, id).await, ["permanent-failure", "withheld"]);
    }

    async fn what_is_due_for_a_quarter_of_an_hour_is_an_alarm(app) {
        let id = one_text_waiting(app).await;
        let coordinator = app.sign_in("coordinator").await;
        coordinator.get("/messages/sending").await.must_be(200).must_say("Nothing is late");
        app.raw("update message set wish_at = wish_at - 1200000 where state = 'created'").await.expect("set");
        let page = coordinator.get("/messages/sending").await.must_be(200).must_say("Messages are late");
        page.must_say("1 message, the oldest due 20 minutes ago");
        // It waits for another attempt, which is no excuse.
        app.twilio.will(&[Mood::Busy]);
        app.deliver().await;
        assert_eq!(states(app, id).await, ["technical-failure"]);
        coordinator.get("/messages/sending").await.must_say("Messages are late");
        due_now(app).await;
        app.deliver().await;
        coordinator.get("/messages/sending").await.must_say("Nothing is late");
    }

    async fn a_patient_is_reminded_of_the_same_once_a_day_and_staff_are_told_so(app) {
        let id = app.an_accepted_referral().await;
        app.deliver().await;
        let call = app.call("coordinator").await;
        let version = app.referral(id).await.version;
        referrals::remind(&app.desk, &call, id, version).await.expect("reminded");
        let again = referrals::remind(&app.desk, &call, id, version).await.expect_err("once a day");
        assert!(matches!(again, ServiceError::Conflict(Conflict::RemindedToday)), "{again}");
        app.deliver().await;
        let count = format!("select count(*) as n from event where kind = 'reminder_sent' and referral_id = {}", app.literal(id.0));
        assert_eq!(app.count(&count).await, 1);
    }
}

/// An hour and minute of tomorrow in London.
fn tomorrow_at(hour: u32, minute: u32) -> DateTime<Utc> {
    let zone = chrono_tz::Europe::London;
    let day = clock::now().with_timezone(&zone).date_naive() + Duration::days(1);
    let wall = day.and_time(NaiveTime::from_hms_opt(hour, minute, 0).expect("a time of day"));
    wall.and_local_timezone(zone).earliest().expect("no clock changes at this hour").with_timezone(&Utc)
}

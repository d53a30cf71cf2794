//! What patients text back, and that a refusal is final at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::body::Body;
use axum::http::Request;
use base64::Engine;
use chrono::Duration;
use domain::ReferralId;
use domain::delivery::Channel;
use harness::{Mood, Options, TOKEN, TestApp, both};
use hmac::{Hmac, Mac};
use service::consent::{self, Said, Saying};
use service::{Call, clock, jobs};

use crate::sessions::{diary, free_day, must_book, no_sessions, session, times_on};

const HOOK: &str = "http://waymark.test/hooks/twilio/inbound";

fn signed(form: &[(&str, &str)], secret: &str) -> String {
    let mut sorted = form.to_vec();
    sorted.sort_unstable();
    let text = sorted.iter().fold(HOOK.to_owned(), |all, (key, value)| format!("{all}{key}{value}"));
    let mut mac = Hmac::<sha1::Sha1>::new_from_slice(secret.as_bytes()).expect("any key");
    mac.update(text.as_bytes());
    base64::engine::general_purpose::STANDARD.encode(mac.finalize().into_bytes())
}

/// A text message comes in; answers status and body.
async fn text(app: &TestApp, from: &str, body: &str, sid: &str, secret: &str) -> (u16, String) {
    let form = [("From", from), ("To", "+441632960000"), ("Body", body), ("MessageSid", sid)];
    let request = Request::builder()
        .method("POST")
        .uri("/hooks/twilio/inbound")
        .header("sec-fetch-site", "cross-site")
        .header("x-twilio-signature", signed(&form, secret))
        .header("content-type", "application/x-www-form-urlencoded");
    let words = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let answer = app.browser().send(request, Body::from(words)).await;
    (answer.status, answer.text())
}

async fn phone(app: &TestApp, id: ReferralId) -> String {
    app.patient_of(id).await.phone.expect("a phone")
}

/// How often the ledger says so of a number.
async fn said(app: &TestApp, what: &str, address: &str) -> i64 {
    app.count(&format!(
        "select count(*) as n from consent_event where what = '{what}' and address = '{address}'"
    ))
    .await
}

/// What the coordinators are asked, as kind and words.
async fn asked(app: &TestApp, id: ReferralId) -> Vec<String> {
    let of = app.literal(id.0);
    app.texts(&format!("select kind || ': ' || text as t from task where referral_id = {of} order by id"))
        .await
}

/// The first reminder of a booked visit, which asks whether they come, leaves now.
async fn ask_now(app: &TestApp, id: ReferralId) {
    let (of, now) = (app.literal(id.0), clock::now().timestamp_millis());
    let first =
        format!("select min(due_at) from message where referral_id = {of} and template = 'reminder-confirm'");
    app.raw(&format!(
        "update message set due_at = {now} where referral_id = {of} and channel = 'sms' and template = 'reminder-confirm' \
         and due_at = ({first})"
    ))
    .await
    .expect("due");
    app.deliver().await;
}

/// A visit in three weeks of somebody of this name.
async fn booked(app: &TestApp, given: &str) -> ReferralId {
    let id = app.an_accepted_referral().await;
    app.deliver().await;
    let whose = format!("(select id from patient where given = '{given}')");
    app.raw(&format!(
        "insert into patient (organisation_id, id, family, given, sex, deceased, created_at) \
         select organisation_id, {}, 'Twin', '{given}', sex, deceased, created_at from patient where id = {}",
        app.literal(uuid::Uuid::new_v4()),
        app.literal(app.patient_of(id).await.id)
    ))
    .await
    .expect("somebody else");
    app.raw(&format!("update referral set patient_id = {whose} where id = {}", app.literal(id.0)))
        .await
        .expect("theirs");
    let slot = times_on(app, id, free_day(app, 21).await).await.remove(0);
    must_book(app, id, &slot).await;
    app.deliver().await;
    id
}

both! {
    async fn one_phone_of_two_patients_answers_for_nobody_by_itself(app) {
        no_sessions(app).await;
        session(app, diary(app).await, |_| ()).await;
        let (first, second) = (booked(app, "Castor").await, booked(app, "Pollux").await);
        let (one, other) = (app.patient_of(first).await.id, app.patient_of(second).await.id);
        assert_ne!(one, other);
        for patient in [one, other] {
            app.raw(&format!("update patient set phone = '+447700900321' where id = {}", app.literal(patient))).await.expect("set");
        }
        let all = "update message set address = '+447700900321' where channel = 'sms' and state = 'created'";
        app.raw(all).await.expect("set");
        ask_now(app, first).await;
        ask_now(app, second).await;
        let said = "select count(*) as n from appointment where patient_confirmed_at is not null";
        assert_eq!(text(app, "+447700900321", "Y", "SM1", TOKEN).await.0, 200);
        assert_eq!(app.count(said).await, 0, "of two who were asked nobody knows who says it");
        assert_eq!(app.count("select count(*) as n from task where kind = 'reply'").await, 1);
        app.deliver().await;
    }

    async fn a_patient_whom_nobody_texted_is_read_by_a_person(app) {
        let id = app.a_sent_referral().await;
        let patient = app.literal(app.patient_of(id).await.id);
        app.raw(&format!("update patient set phone = '+447700900322', prefers = 'email', email = 'a@mail.example' where id = {patient}")).await.expect("set");
        app.deliver().await;
        assert_eq!(text(app, "+447700900322", "I can't come tomorrow", "SM1", TOKEN).await.0, 200);
        assert_eq!(asked(app, id).await, ["reply: I can't come tomorrow"]);
        app.deliver().await;
    }

    async fn stop_is_final_at_once_a_yes_does_not_lift_it_and_start_does(app) {
        let id = app.a_sent_referral().await;
        app.deliver().await;
        let number = phone(app, id).await;
        let before = app.twilio.all().len();
        app.accept(id).await;
        assert_eq!(text(app, &number, "Stop!", "SM1", TOKEN).await.0, 200);
        assert_eq!(said(app, "stopped", &number).await, 1);
        app.deliver().await;
        assert_eq!(app.twilio.all().len(), before, "what was written before it does not leave");
        assert_eq!(text(app, &number, "YES", "SM2", TOKEN).await.0, 200);
        assert_eq!(said(app, "returned", &number).await, 0);
        let version = app.referral(id).await.version;
        let call = app.call("coordinator").await;
        service::referrals::remind(&app.desk, &call, id, version).await.expect("written");
        app.deliver().await;
        assert_eq!(app.twilio.all().len(), before, "nor what is written after it");
        assert_eq!(text(app, &number, "start", "SM3", TOKEN).await.0, 200);
        assert_eq!(said(app, "returned", &number).await, 1);
        let call = Call { now: clock::now() + Duration::days(2), ..call };
        service::referrals::remind(&app.desk, &call, id, app.referral(id).await.version).await.expect("written");
        jobs::dispatch(&app.desk, call.now + Duration::minutes(1)).await.expect("dispatched");
        assert_eq!(app.twilio.all().len(), before + 1);
    }

    async fn whoever_stopped_texts_is_reached_by_another_way_or_a_person_is_asked(app) {
        let id = app.a_sent_referral().await;
        app.deliver().await;
        let (number, patient) = (phone(app, id).await, app.patient_of(id).await);
        assert_eq!(text(app, &number, "please no more texts", "SM1", TOKEN).await.0, 200);
        app.accept(id).await;
        app.deliver().await;
        jobs::see_on(&app.desk, clock::now()).await.expect("seen to");
        let of = app.literal(id.0);
        let others = format!("select count(*) as n from message where referral_id = {of} and parent_id is not null");
        let ways = i64::from(patient.email.is_some() || patient.address.is_some());
        assert_eq!(app.count(&others).await, ways);
        app.raw(&format!("update patient set email = null, address = null where id = {}", app.literal(patient.id))).await.expect("set");
        let call = app.call("coordinator").await;
        service::referrals::remind(&app.desk, &call, id, app.referral(id).await.version).await.expect("written");
        app.deliver().await;
        jobs::see_on(&app.desk, clock::now()).await.expect("seen to");
        jobs::see_on(&app.desk, clock::now()).await.expect("nothing twice");
        assert_eq!(asked(app, id).await, ["message-stopped: "]);
        // Whoever is asked first here is another coordinator.
        let reader = app.literal(app.staff("coordinator").await.id);
        app.raw(&format!("update task set person_id = {reader}")).await.expect("given");
        let page = app.sign_in("coordinator").await.get("/worklist").await.must_be(200);
        page.must_say("the patient wants no more by this way");
        app.deliver().await;
    }

    async fn the_same_text_is_taken_once_and_a_forged_one_never(app) {
        let id = app.a_sent_referral().await;
        app.deliver().await;
        let number = phone(app, id).await;
        assert_eq!(text(app, &number, "STOP", "SM9", "a-forger's-secret").await.0, 403);
        assert_eq!(said(app, "stopped", &number).await, 0);
        for _ in 0..3 {
            assert_eq!(text(app, &number, "When is my visit? I am worried", "SM9", TOKEN).await.0, 200);
        }
        assert_eq!(asked(app, id).await, ["reply: When is my visit? I am worried"]);
        assert_eq!(text(app, &number, "STOP", "SM9", TOKEN).await.0, 409, "the same name with other words");
        assert_eq!(said(app, "stopped", &number).await, 0);
        assert_eq!(text(app, &number, "STOP", "", TOKEN).await.0, 400);
        assert_eq!(app.count("select count(*) as n from received_message").await, 1);
        app.deliver().await;
    }

    async fn a_yes_to_an_offer_takes_it_and_cancel_takes_nothing_back(app) {
        let id = app.an_accepted_referral().await;
        app.offer(id).await;
        app.deliver().await;
        let number = phone(app, id).await;
        assert_eq!(text(app, &number, "yes please", "SM1", TOKEN).await.0, 200);
        app.must_be_in(id, "booked").await;
        // And then, to a reminder, that they are coming.
        let coming = "select count(*) as n from appointment where patient_confirmed_at is not null and referral_id = ";
        let coming = format!("{coming}{}", app.literal(id.0));
        app.deliver().await;
        assert_eq!(text(app, &number, "Y", "SM3", TOKEN).await.0, 200);
        assert_eq!(app.count(&coming).await, 0, "nobody has asked them yet");
        ask_now(app, id).await;
        assert_eq!(text(app, &number, "Y", "SM4", TOKEN).await.0, 200);
        assert_eq!(app.count(&coming).await, 1);
        assert_eq!(text(app, &number, "CANCEL", "SM2", TOKEN).await.0, 200);
        app.must_be_in(id, "booked").await;
        assert_eq!(said(app, "stopped", &number).await, 1);
        app.deliver().await;
    }

    async fn a_wish_to_change_is_answered_with_the_way_to_it_and_the_visit_stays_booked(app) {
        let id = app.an_accepted_referral().await;
        let slot = app.times(id).await.swap_remove(0);
        app.hold(id, &slot).await;
        app.confirm(id).await;
        app.deliver().await;
        let number = phone(app, id).await;
        let before = app.twilio.texts(&number).len();
        assert_eq!(text(app, &number, "C", "SM1", TOKEN).await.0, 200);
        app.deliver().await;
        app.must_be_in(id, "booked").await;
        let texts = app.twilio.texts(&number);
        assert_eq!(texts.len(), before + 1);
        assert!(texts[before].contains("Details or change: http"), "{}", texts[before]);
    }

    async fn somebody_whom_nobody_wrote_to_can_stop_as_well(app) {
        assert_eq!(text(app, "+447700900555", "stop", "SM1", TOKEN).await.0, 200);
        assert_eq!(said(app, "stopped", "+447700900555").await, 1);
        assert_eq!(text(app, "+447700900556", "hello?", "SM2", TOKEN).await.0, 200);
        assert_eq!(app.count("select count(*) as n from received_message where outcome = 'nothing'").await, 1);
    }

    [Options { overrides: vec![("sms.help_by", "waymark")], ..Options::default() }]
    async fn help_says_who_writes_where_the_provider_does_not(app) {
        let id = app.a_sent_referral().await;
        app.deliver().await;
        let (status, answer) = text(app, &phone(app, id).await, "help", "SM1", TOKEN).await;
        assert_eq!(status, 200);
        assert!(answer.contains("<Message>") && answer.contains("Reply STOP for no more texts"), "{answer}");
    }

    async fn an_opt_out_that_the_provider_knows_of_is_kept(app) {
        let id = app.a_sent_referral().await;
        app.twilio.will(&[Mood::OptedOut]);
        app.deliver().await;
        assert_eq!(said(app, "stopped", &phone(app, id).await).await, 1);
    }

    async fn no_message_is_handed_over_after_a_stop_was_written(app) {
        let id = app.a_sent_referral().await;
        app.raw("update message set state = 'withheld' where channel <> 'sms' and state = 'created'").await.expect("set");
        let of = app.literal(id.0);
        let stopping = Arc::new(AtomicBool::new(true));
        let mut senders = Vec::new();
        for _ in 0..2 {
            let (desk, on) = (app.desk.clone(), stopping.clone());
            senders.push(tokio::spawn(async move {
                while on.load(Ordering::Relaxed) {
                    jobs::round(&desk, Channel::Sms, clock::now()).await.expect("dispatched");
                    tokio::task::yield_now().await;
                }
            }));
        }
        for n in 0..40_u128 {
            let number = format!("+4477009{n:05}");
            for part in 0..3_u128 {
                app.raw(&format!(
                    "insert into message (organisation_id, id, dedupe_key, referral_id, recipient, channel, template, address, \
                     subject, body, html, state, due_at, attempts, created_at, patient_id) select organisation_id, {}, 'x{n}-{part}', \
                     referral_id, recipient, channel, template, '{number}', subject, 'Text {n} {part}', html, 'created', due_at, 0, \
                     created_at, patient_id from message where referral_id = {of} and channel = 'sms' limit 1",
                    app.literal(uuid::Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + n * 10 + part))
                ))
                .await
                .expect("written");
            }
            if n % 3 == 0 {
                tokio::time::sleep(std::time::Duration::from_millis(3)).await;
            }
            let call = Call::new(domain::Actor::system("twilio", uuid::Uuid::nil()), clock::now());
            let saying = Saying { channel: Channel::Sms, address: &number, wording: "STOP", source: "sms:x", organisation: None, message: None };
            consent::say(&app.desk, &call, Said::Stopped, &saying).await.expect("stopped");
            let then = app.twilio.texts(&number).len();
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            assert_eq!(app.twilio.texts(&number).len(), then, "{number}: handed over after it was stopped");
        }
        stopping.store(false, Ordering::Relaxed);
        for sender in senders {
            sender.await.expect("it ended");
        }
        let left = "select count(*) as n from message where dedupe_key like 'x%' and state not in ('pending', 'withheld')";
        assert_eq!(app.count(left).await, 0);
        assert!(app.count("select count(*) as n from message where dedupe_key like 'x%' and state = 'pending'").await > 0, "some were quicker");
    }
}

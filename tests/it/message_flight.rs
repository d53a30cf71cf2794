//! What can go wrong between the outbox and the phone, one thing at a time.

use chrono::{DateTime, Duration, Utc};
use domain::{MessageId, ReferralId};
use harness::{Mood, TestApp, both};
use service::{Call, clock, jobs, messages};

/// State and code of the one text message about a referral that is not withheld on purpose by the test.
async fn text_of(app: &TestApp, id: ReferralId) -> (String, String) {
    let of = app.literal(id.0);
    let columns = "state || '/' || coalesce(error_code, '')";
    let all = app
        .texts(&format!(
            "select {columns} as t from message where channel = 'sms' and referral_id = {of} order by id desc"
        ))
        .await;
    let (state, code) = all[0].split_once('/').expect("two columns");
    (state.to_owned(), code.to_owned())
}

async fn id_of(app: &TestApp, id: ReferralId) -> MessageId {
    let call = app.call("coordinator").await;
    let log = messages::log(&app.desk, &call, "", "").await.expect("the log");
    let about = app.referral(id).await.reference;
    let line = log.lines.iter().find(|line| line.channel == "sms" && line.about.contains(&about));
    line.expect("a text message").id.parse().expect("an id")
}

/// A referral with nothing but the text message of its sending waiting.
async fn one_text_waiting(app: &TestApp) -> ReferralId {
    let id = app.a_sent_referral().await;
    app.raw("update message set state = 'withheld' where channel <> 'sms' and state = 'created'")
        .await
        .expect("set");
    id
}

async fn dispatched(app: &TestApp, now: DateTime<Utc>) {
    while jobs::dispatch(&app.desk, now).await.expect("dispatched") > 0 {}
}

/// Until the stand-in has taken so many.
async fn taken(app: &TestApp, count: usize) {
    while app.twilio.all().len() < count {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
}

both! {
    async fn a_receipt_that_comes_before_the_answer_is_not_undone_by_it(app) {
        let id = one_text_waiting(app).await;
        app.twilio.will(&[Mood::TakeAndFail]);
        let desk = app.desk.clone();
        let sending = tokio::spawn(async move { jobs::dispatch(&desk, clock::now()).await });
        taken(app, 1).await;
        let call = Call::new(domain::Actor::system("twilio", uuid::Uuid::nil()), clock::now());
        let message = id_of(app, id).await;
        messages::receipt(&app.desk, &call, message, domain::delivery::DeliveryState::Delivered, (None, "delivered"))
            .await
            .expect("kept");
        app.twilio.let_fail();
        sending.await.expect("it ended").expect("dispatched");
        assert_eq!(text_of(app, id).await.0, "delivered");
        jobs::rescue(&app.desk, clock::now() + Duration::hours(1)).await.expect("looked");
        assert_eq!((text_of(app, id).await.0.as_str(), app.twilio.asked()), ("delivered", 1));
    }

    async fn many_dispatchers_hand_each_message_over_once(app) {
        let id = one_text_waiting(app).await;
        let of = app.literal(id.0);
        for n in 0..150_u128 {
            app.raw(&format!(
                "insert into message (organisation_id, id, dedupe_key, referral_id, recipient, channel, template, address, \
                 subject, body, html, state, due_at, attempts, created_at) select organisation_id, {}, 'x{n}', referral_id, \
                 recipient, channel, template, address, subject, 'Text {n}', html, state, due_at, 0, created_at from message \
                 where referral_id = {of} and channel = 'sms' and state = 'created' limit 1",
                app.literal(uuid::Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + n))
            ))
            .await
            .expect("written");
        }
        let some = (0..4).map(|_| {
            let desk = app.desk.clone();
            tokio::spawn(async move { while jobs::dispatch(&desk, clock::now()).await.expect("dispatched") > 0 {} })
        });
        for one in some.collect::<Vec<_>>() {
            one.await.expect("it ended");
        }
        let mut bodies: Vec<String> = app.twilio.all().iter()
            .map(|form| form.iter().find(|(key, _)| key == "Body").expect("words").1.clone())
            .collect();
        bodies.sort();
        bodies.dedup();
        assert_eq!((bodies.len(), app.twilio.asked()), (151, 151));
        assert_eq!(app.count("select count(*) as n from message where channel = 'sms' and state <> 'pending'").await, 0);
    }

    async fn what_was_leased_and_not_handed_over_is_sent_and_what_an_older_program_leased_is_looked_up(app) {
        let id = one_text_waiting(app).await;
        app.raw("update message set state = 'sending', attempts = 1, handing_at = 0, leased_until = 5 where channel = 'sms'")
            .await
            .expect("set");
        dispatched(app, clock::now()).await;
        assert_eq!((text_of(app, id).await.0.as_str(), app.twilio.asked()), ("pending", 1));

        let other = one_text_waiting(app).await;
        app.raw("update message set state = 'sending', attempts = 1, handing_at = null, leased_until = 5 where state = 'created'")
            .await
            .expect("set");
        jobs::rescue(&app.desk, clock::now()).await.expect("looked");
        assert_eq!((text_of(app, other).await.0.as_str(), app.twilio.asked()), ("unknown", 1), "it may have left");
        dispatched(app, clock::now() + Duration::seconds(150)).await;
        assert_eq!((text_of(app, other).await.0.as_str(), app.twilio.asked()), ("pending", 2), "it surely had not");
    }

    async fn what_the_provider_has_twice_stays_unknown_and_somebody_is_asked(app) {
        let id = one_text_waiting(app).await;
        app.twilio.will(&[Mood::Take, Mood::TakeAndFail]);
        app.deliver().await;
        // The provider has these words already, under a reference that we never learned.
        app.raw("update message set state = 'created', provider_ref = null where channel = 'sms'").await.expect("set");
        let desk = app.desk.clone();
        let sending = tokio::spawn(async move { jobs::dispatch(&desk, clock::now()).await });
        taken(app, 2).await;
        app.twilio.let_fail();
        sending.await.expect("it ended").expect("dispatched");
        assert_eq!(text_of(app, id).await.0, "unknown");
        for minutes in [1, 4, 15, 80, 200] {
            dispatched(app, clock::now() + Duration::minutes(minutes)).await;
        }
        assert_eq!((text_of(app, id).await.0.as_str(), app.twilio.asked()), ("unknown", 2), "not a third time");
        let ended = "select count(*) as n from message where state = 'unknown' and final_at is not null and needs_person = 'unknown'";
        assert_eq!(app.count(ended).await, 1);
        app.leaves_messages();
    }

    async fn nonsense_and_a_call_to_slow_down_each_have_a_clear_state(app) {
        let id = one_text_waiting(app).await;
        app.twilio.will(&[Mood::SlowDown]);
        app.deliver().await;
        assert_eq!(text_of(app, id).await, ("technical-failure".to_owned(), "later".to_owned()));
        dispatched(app, clock::now() + Duration::minutes(50)).await;
        assert_eq!(app.twilio.asked(), 1, "not before the hour is over");
        app.twilio.will(&[Mood::Nonsense]);
        dispatched(app, clock::now() + Duration::minutes(61)).await;
        assert_eq!(text_of(app, id).await, ("unknown".to_owned(), "unknown".to_owned()));
        app.leaves_messages();
    }

    async fn a_text_without_a_receipt_for_three_days_counts_as_not_delivered(app) {
        let id = one_text_waiting(app).await;
        app.deliver().await;
        jobs::rescue(&app.desk, clock::now() + Duration::hours(71)).await.expect("looked");
        assert_eq!(text_of(app, id).await.0, "pending");
        jobs::rescue(&app.desk, clock::now() + Duration::hours(73)).await.expect("looked");
        assert_eq!(text_of(app, id).await, ("temporary-failure".to_owned(), "no-receipt".to_owned()));
    }

    async fn what_was_planned_long_ago_goes_to_the_number_of_today(app) {
        let id = one_text_waiting(app).await;
        let patient = app.patient_of(id).await;
        app.raw(&format!(
            "update patient set phone = '+447700900987', given = 'Wilhelmina' where id = {}",
            app.literal(patient.id)
        ))
        .await
        .expect("moved");
        dispatched(app, clock::now() + Duration::minutes(5)).await;
        assert_eq!(app.twilio.texts(patient.phone.as_deref().expect("a phone")), Vec::<String>::new());
        assert_eq!(app.twilio.texts("+447700900987").len(), 1);
    }

    async fn a_number_at_which_nothing_arrives_is_not_tried_with_the_next_message_which_goes_another_way(app) {
        let id = one_text_waiting(app).await;
        app.twilio.will(&[Mood::Refuse]);
        app.deliver().await;
        let patient = app.literal(app.patient_of(id).await.id);
        let kept = "select count(*) as n from consent_event where what = 'bad' and source = 'provider:21211'";
        assert_eq!((text_of(app, id).await.0.as_str(), app.count(kept).await), ("permanent-failure", 1));
        app.raw(&format!("update patient set email = 'ann@mail.example' where id = {patient}")).await.expect("set");
        app.accept(id).await;
        app.deliver().await;
        assert_eq!(text_of(app, id).await, ("withheld".to_owned(), "bad-address".to_owned()));
        assert_eq!(app.twilio.asked(), 1, "it is not texted to again");
        jobs::see_on(&app.desk, clock::now()).await.expect("seen to");
        app.deliver().await;
        let mails = app.mails();
        let mine = mails.iter().filter(|mail| mail.to.iter().any(|to| to.contains("ann@mail.example")));
        assert_eq!(mine.count(), 2, "what was refused, and what came after it");
        // The clinic corrects the number.
        app.raw(&format!("update patient set phone = '+447700900432' where id = {patient}")).await.expect("set");
        let call = app.call("coordinator").await;
        service::referrals::remind(&app.desk, &call, id, app.referral(id).await.version).await.expect("written");
        app.deliver().await;
        assert_eq!(app.twilio.texts("+447700900432").len(), 1);
    }

    async fn whoever_has_died_or_has_no_number_any_more_is_not_texted(app) {
        for (set, state, code) in [("deceased = true", "withheld", "died"), ("phone = null", "withheld", "unreachable")] {
            let id = one_text_waiting(app).await;
            let patient = app.literal(app.patient_of(id).await.id);
            let sqlite = app.kind == harness::Kind::Sqlite;
            let set = if set.starts_with("dec") && sqlite { "deceased = 1" } else { set };
            app.raw(&format!("update patient set {set} where id = {patient}")).await.expect("set");
            dispatched(app, clock::now() + Duration::minutes(5)).await;
            assert_eq!(text_of(app, id).await, (state.to_owned(), code.to_owned()));
            let back = if sqlite { "deceased = 0" } else { "deceased = false" };
            app.raw(&format!("update patient set {back}, phone = '+447700900001' where id = {patient}")).await.expect("set");
        }
        assert_eq!(app.twilio.asked(), 0);
    }
}

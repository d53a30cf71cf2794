//! The same request twice is done once and answered the same.

use contract::NewReferral;
use harness::both;
use service::{Call, Conflict, ServiceError, referrals};

const REFERRALS: &str = "select count(*) as n from referral";

both! {
    async fn a_form_sent_twice_is_done_once_and_answered_the_same(app) {
        let id = app.an_accepted_referral().await;
        let browser = app.as_patient(id).await;
        let slot = app.times(id).await[0].clone();
        let form = [("key", "one-hold"), ("slot", slot.as_str())];
        for _ in 0..2 {
            browser.post(&format!("/my/{id}/times"), &form).await.must_lead_to(&format!("/my/{id}/confirm"));
        }
        let ours = format!("from appointment where referral_id = {}", app.literal(id.0));
        assert_eq!(app.count(&format!("select count(*) as n {ours}")).await, 1);
        for _ in 0..2 {
            browser.post(&format!("/my/{id}/confirm"), &[("key", "one-confirmation")]).await.must_lead_to("/my");
        }
        assert_eq!(app.texts(&format!("select state as t {ours}")).await, ["booked"]);
        let told = format!("select count(*) as n from message where template = 'booking-confirmed' and \
                            channel = 'sms' and referral_id = {}", app.literal(id.0));
        assert_eq!(app.count(&told).await, 1);
        app.deliver().await;
    }

    async fn a_key_that_comes_again_with_other_contents_is_refused(app) {
        let patients = app.patients().await;
        let service = app.service("Heart clinic").await.to_string();
        let call = Call { key: Some("once".to_owned()), ..app.call("referrer").await };
        let input = |row: usize| NewReferral {
            patient: patients[row].id.to_string(),
            service: service.clone(),
            ..NewReferral::default()
        };
        let before = app.count(REFERRALS).await;
        let first = referrals::begin(&app.desk, &call, &input(0)).await.expect("begun");
        let again = referrals::begin(&app.desk, &call, &input(0)).await.expect("the same answer");
        assert_eq!(again, first);
        let other = referrals::begin(&app.desk, &call, &input(1)).await;
        assert!(matches!(other, Err(ServiceError::Conflict(Conflict::KeyReused))), "{other:?}");
        assert_eq!(app.count(REFERRALS).await, before + 1);
    }

    async fn a_key_belongs_to_whoever_chose_it(app) {
        let service = app.service("Heart clinic").await.to_string();
        let mine = NewReferral {
            patient: app.patients().await[0].id.to_string(),
            service: service.clone(),
            ..NewReferral::default()
        };
        let call = Call { key: Some("shared".to_owned()), ..app.call("referrer").await };
        referrals::begin(&app.desk, &call, &mine).await.expect("begun");
        let other = Call { key: Some("shared".to_owned()), ..app.call("other-referrer").await };
        let refused = referrals::begin(&app.desk, &other, &mine).await;
        assert!(matches!(refused, Err(ServiceError::Invalid(_))), "not their patient: {refused:?}");
    }

    async fn ten_twins_at_once_have_one_effect_and_one_answer(app) {
        let input = NewReferral {
            patient: app.patients().await[0].id.to_string(),
            service: app.service("Heart clinic").await.to_string(),
            ..NewReferral::default()
        };
        let call = Call { key: Some("twins".to_owned()), ..app.call("referrer").await };
        let before = app.count(REFERRALS).await;
        let mut twins = tokio::task::JoinSet::new();
        for _ in 0..10 {
            let (desk, call, input) = (app.desk.clone(), call.clone(), input.clone());
            twins.spawn(async move { referrals::begin(&desk, &call, &input).await });
        }
        let mut answers = Vec::new();
        while let Some(answer) = twins.join_next().await {
            answers.push(answer.expect("no twin panics").expect("no twin breaks"));
        }
        answers.dedup();
        assert_eq!(answers.len(), 1);
        assert_eq!(app.count(REFERRALS).await, before + 1);
    }

    async fn ten_forms_at_once_with_one_key_have_one_effect(app) {
        let id = app.a_sent_referral().await;
        let browser = app.sign_in("specialist").await;
        let path = format!("/referrals/{id}/acknowledge");
        let version = app.referral(id).await.version.to_string();
        let form = [("key", "twins"), ("form", "acknowledge"), ("version", version.as_str())];
        let forms = (0..10).map(|_| browser.post(&path, &form));
        for answer in futures::future::join_all(forms).await {
            answer.must_lead_to(&format!("/referrals/{id}"));
        }
        let events = format!("select count(*) as n from event where to_state = 'received' and referral_id = {}",
                             app.literal(id.0));
        assert_eq!(app.count(&events).await, 1);
        app.must_be_in(id, "received").await;
        app.deliver().await;
    }
}

//! Probable duplicates: seen before a decision, compared side by side, linked or kept apart, never blocked.

use domain::ReferralId;
use harness::{TestApp, both};

async fn page(app: &TestApp, role: &str, id: ReferralId) -> String {
    app.sign_in(role).await.get(&format!("/referrals/{id}")).await.must_be(200).text()
}

async fn verdicts(app: &TestApp) -> i64 {
    app.count("select count(*) as n from likeness").await
}

both! {
    async fn a_second_referral_for_the_same_need_is_shown_before_it_is_decided(app) {
        let (first, second) = (app.a_sent_referral().await, app.a_sent_referral().await);
        app.leaves_messages();
        let (one, two) = (app.referral(first).await, app.referral(second).await);
        let shown = page(app, "specialist", second).await;
        assert!(shown.contains("Perhaps the same need") && shown.contains(&format!("Compare with {}", one.reference)));
        assert!(shown.contains("the same patient, the same service"));
        assert!(page(app, "specialist", first).await.contains(&format!("Compare with {}", two.reference)));
        // The referring side is not told what else the clinic holds.
        assert!(!page(app, "referrer", second).await.contains("Perhaps the same need"));
        // It is a hint: the second one is accepted all the same.
        app.accept(second).await;
    }

    async fn the_later_one_s_urgency_and_what_differs_are_pointed_out(app) {
        let (first, second) = (app.a_sent_referral().await, app.a_sent_referral().await);
        app.leaves_messages();
        let (one, two) = (app.literal(first.0), app.literal(second.0));
        let day = 86_400_000;
        let before = app.referral(first).await.sent_at.expect("sent") - 20 * day;
        app.raw(&format!("update referral set sent_at = {before}, created_at = {before} where id = {one}")).await.expect("set");
        app.raw(&format!("update referral set priority = 'urgent', reason = 'Palpitations, and now chest pain at rest' where id = {two}")).await.expect("set");
        let shown = page(app, "specialist", first).await;
        assert!(shown.contains("The later one asks for more urgency") && shown.contains("sent 20 days apart"));
        let coordinator = app.sign_in("coordinator").await;
        let path = format!("/referrals/{second}/compare/{first}");
        let compared = coordinator.get(&path).await.must_be(200).text();
        let later = app.referral(second).await.reference;
        assert!(compared.contains(&format!("{later}, the later one, asks for more urgency")));
        assert!(compared.contains("<mark>now chest pain at rest</mark>"), "the words that the other has not");
        assert!(compared.contains("app-differs"));
    }

    async fn both_reads_are_written_down_and_nobody_else_compares(app) {
        let (first, second) = (app.a_sent_referral().await, app.a_sent_referral().await);
        app.leaves_messages();
        let path = format!("/referrals/{first}/compare/{second}");
        let reads = async |id: ReferralId| {
            let of = app.literal(id.0);
            app.count(&format!("select count(*) as n from audit where entity_id = {of} and action = 'read'")).await
        };
        let before = (reads(first).await, reads(second).await);
        app.sign_in("specialist").await.get(&path).await.must_be(200);
        assert_eq!((reads(first).await, reads(second).await), (before.0 + 1, before.1 + 1));
        for (role, status) in [("referrer", 403), ("other-referrer", 404), ("administrator", 404)] {
            app.sign_in(role).await.get(&path).await.must_be(status);
            app.sign_in(role).await.post(&path, &[("act", "different")]).await.must_be(status);
        }
        assert_eq!(verdicts(app).await, 0);
        app.sign_in("specialist").await.get(&format!("/referrals/{first}/compare/{first}")).await.must_be(404);
    }

    async fn linked_they_name_each_other_and_kept_apart_they_are_not_shown_again(app) {
        let (first, second) = (app.a_sent_referral().await, app.a_sent_referral().await);
        app.leaves_messages();
        let browser = app.sign_in("coordinator").await;
        let path = format!("/referrals/{first}/compare/{second}");
        browser.post(&path, &[("act", "related")]).await.must_lead_to(&path);
        browser.get(&path).await.must_say("Linked. Each page names the other").must_say("Linked as the same need by");
        let one = app.referral(first).await.reference;
        let shown = page(app, "specialist", second).await;
        assert!(shown.contains("Linked as the same need:") && shown.contains(&format!("Linked to {one}")));
        // The other side learns nothing of it.
        assert!(!page(app, "referrer", second).await.contains("Linked as the same need"));
        // Thought better of: the verdict is replaced, from either side.
        let back = format!("/referrals/{second}/compare/{first}");
        browser.post(&back, &[("act", "different")]).await.must_lead_to(&back);
        assert_eq!(verdicts(app).await, 1);
        let two = app.referral(second).await.reference;
        for (id, other) in [(first, two), (second, one)] {
            let shown = page(app, "specialist", id).await;
            assert!(!shown.contains(&format!("Compare with {other}")) && !shown.contains("Linked as the same need:"));
        }
        browser.post(&path, &[("act", "merge")]).await.must_be(404);
    }

    async fn another_need_or_an_ended_referral_is_no_duplicate(app) {
        let (first, second) = (app.a_sent_referral().await, app.a_sent_referral().await);
        app.leaves_messages();
        let other = app.patients().await[1].id;
        let (of, patient) = (app.literal(first.0), app.literal(other));
        app.raw(&format!("update referral set patient_id = {patient} where id = {of}")).await.expect("set");
        let (one, two) = (app.referral(first).await.reference, app.referral(second).await.reference);
        let names = |shown: &str, other: &str| shown.contains(&format!("Compare with {other}"));
        assert!(!names(&page(app, "specialist", second).await, &one), "somebody else's");
        let third = app.a_sent_referral().await;
        assert!(names(&page(app, "specialist", third).await, &two));
        app.act("coordinator", second, "enter-in-error", &[("enter-in-error-text", "Sent twice")]).await;
        assert!(!names(&page(app, "specialist", third).await, &two), "ended");
    }
}

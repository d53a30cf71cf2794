//! Coded reasons and ready words: what forms offer, what the history keeps, what administrators change.

use domain::ReferralId;
use harness::{Answer, TestApp, both};

async fn page(app: &TestApp, role: &str, id: ReferralId) -> Answer {
    app.sign_in(role).await.get(&format!("/referrals/{id}")).await.must_be(200)
}

/// The values of the choices of a list whose label is this.
fn choice(page: &str, label: &str) -> String {
    let before = page.split(&format!(">{label}</option>")).next().expect("the choice");
    let tag = before.rsplit("<option").next().expect("a tag");
    tag.split("value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a value").to_owned()
}

async fn details(app: &TestApp, id: ReferralId, kind: &str) -> Vec<String> {
    let of = app.literal(id.0);
    app.texts(&format!("select detail as t from event where referral_id = {of} and kind = '{kind}'")).await
}

both! {
    async fn a_decline_keeps_its_reason_s_code_and_label_also_when_the_label_changes(app) {
        let id = app.a_sent_referral().await;
        app.deliver().await;
        let form = page(app, "specialist", id).await.text();
        let reason = choice(&form, "It can be looked after in general practice");
        assert_eq!(reason, "care-at-practice");
        let decline = [("triage-outcome", "decline"), ("triage-decline_reason", reason.as_str())];
        // Without a line for the patient it is not saved: the form comes back with one that fits the reason.
        app.act("specialist", id, "triage", &decline).await;
        app.must_be_in(id, "sent").await;
        let form = page(app, "specialist", id).await.must_say("You do not need a hospital visit for this now.").text();
        assert!(form.contains("What the patient reads was missing"), "{form}");
        let line = ("triage-patient_line", "Your doctor looks after this with our advice.");
        app.act("specialist", id, "triage", &[decline[0], decline[1], line]).await;
        app.must_be_in(id, "declined").await;
        let kept = details(app, id, "referral_declined").await;
        let reason = r#"{"reason":{"code":"care-at-practice","label":"It can be looked after in general practice"}"#;
        assert!(kept.len() == 1 && kept[0].starts_with(reason), "{kept:?}");
        let admin = app.sign_in("administrator").await;
        let list = admin.get("/admin/reasons").await.must_be(200).text();
        let path = list.split('"').zip(list.split('"').skip(1))
            .find(|(_, after)| after.contains("It can be looked after in general practice"))
            .map(|(href, _)| href.to_owned()).expect("a link");
        let form = [("label", "The practice can do this"), ("patient_line", ""), ("active", "1")];
        admin.post(&path, &form).await.must_lead_to("/admin/reasons");
        admin.get(&path).await.must_say("The practice can do this").must_say("It can be looked after in general practice");
        page(app, "referrer", id).await.must_say("It can be looked after in general practice: Your doctor looks after this");
        app.sign_in("quality").await.get("/quality").await.must_say("Declined with advice").must_say("It can be looked after in general practice");
        app.deliver().await;
    }

    async fn the_form_of_a_decision_wants_a_reason_that_belongs_to_it(app) {
        let id = app.a_sent_referral().await;
        app.deliver().await;
        let line = ("triage-patient_line", "Please send us your old letter.");
        for reason in [("triage-ask_reason", ""), ("triage-decline_reason", "double"), ("triage-ask_reason", "nonsense")] {
            app.act("specialist", id, "triage", &[("triage-outcome", "ask"), reason, line]).await;
            let page = page(app, "specialist", id).await.text();
            assert!(page.contains("Choose the reason that fits best.") || page.contains("Choose a reason from the list."), "{reason:?}: {page}");
            assert!(page.contains("href=\"#f-triage-ask_reason\""), "the summary leads to the list of this decision: {page}");
            assert!(page.contains("Please send us your old letter."), "what was typed is kept");
        }
        app.must_be_in(id, "sent").await;
        app.act("specialist", id, "triage", &[("triage-outcome", "ask"), ("triage-ask_reason", "more-history"), line]).await;
        app.must_be_in(id, "info-needed").await;
        app.deliver().await;
    }

    async fn a_reason_that_says_too_little_alone_needs_a_comment_and_others_do_not(app) {
        let id = app.a_sent_referral().await;
        app.deliver().await;
        app.act("referrer", id, "withdraw", &[("withdraw-reason", "other"), ("withdraw-text", " ")]).await;
        page(app, "referrer", id).await.must_say("says too little alone");
        app.must_be_in(id, "sent").await;
        app.act("referrer", id, "withdraw", &[("withdraw-reason", "wrong-service"), ("withdraw-text", "")]).await;
        app.must_be_in(id, "cancelled").await;
        page(app, "referrer", id).await.must_say("It went to the wrong service");
        app.deliver().await;
    }

    async fn ready_words_are_put_into_the_text_with_their_places_filled(app) {
        let id = app.a_sent_referral().await;
        app.deliver().await;
        let form = page(app, "specialist", id).await.text();
        let reply = choice(&form, "Ask for a list of medicines");
        let fields = [
            ("triage-outcome", "ask"), ("triage-patient_line", "Hello."), ("triage-reply-patient_line", reply.as_str()),
            ("triage-comment", "For the team"), ("fill", "patient_line"),
        ];
        app.act("specialist", id, "triage", &fields).await;
        app.must_be_in(id, "sent").await;
        let name = app.patient_of(id).await.given;
        let first = name.split_whitespace().next().expect("a name");
        let back = page(app, "specialist", id).await.must_say("For the team").text();
        assert!(back.contains("Hello.\n\nDear ") && back.contains(&format!("Dear {first}, please send us a list")), "{back}");
        assert!(!back.contains("{phone}") && !back.contains("{first name}"), "{back}");
        let none = [("triage-outcome", "ask"), ("fill", "patient_line")];
        app.act("specialist", id, "triage", &none).await;
        page(app, "specialist", id).await.must_say("Choose ready words from the list first.");
        // Another organisation's words are not theirs to use.
        let theirs = [("answer-reply-text", reply.as_str()), ("fill", "text")];
        app.sign_in("referrer").await.post(&format!("/referrals/{id}/answer"), &theirs).await.must_be(422);
    }

    async fn administrators_write_ready_words_and_a_place_that_nothing_fills_is_refused(app) {
        let admin = app.sign_in("administrator").await;
        let form = [("title", "Parking"), ("text", "Dear {nickname}"), ("audience", "patient"), ("active", "1")];
        admin.post("/admin/replies/new", &form).await.must_lead_to("/admin/replies/new");
        admin.get("/admin/replies/new").await.must_say("Nothing fills {nickname}").must_say("Parking");
        let form = [("title", "Parking"), ("text", "Dear {first name}, park behind the {service}."), ("audience", "patient"), ("active", "1")];
        admin.post("/admin/replies/new", &form).await.must_lead_to("/admin/reasons");
        admin.get("/admin/reasons").await.must_say("Parking").must_say("Thanks, we look into it");
        admin.post("/admin/replies/new", &form).await.must_lead_to("/admin/replies/new");
        admin.get("/admin/replies/new").await.must_say("There is a reply of this title already");
        admin.get("/admin/history").await.must_say("Parking");
        let id = app.a_sent_referral().await;
        app.deliver().await;
        page(app, "specialist", id).await.must_say("Parking");
        // What is no longer offered leaves the forms, not the list.
        let reason = [("act", "decline"), ("label", "Too far away"), ("active", "1")];
        admin.post("/admin/reasons/new", &reason).await.must_lead_to("/admin/reasons");
        page(app, "specialist", id).await.must_say(">Too far away</option>").must_say(">It doubles");
        app.sign_in("coordinator").await.get("/admin/reasons").await.must_be(403);
    }
}

//! One referral, from a draft to the quality page, by everybody concerned.

use harness::{TestApp, both, slots};

async fn survey_figures(app: &TestApp) -> (i64, i64) {
    let invited = app.count("select count(*) as n from survey").await;
    (invited, app.count("select count(*) as n from survey where answered_at is not null").await)
}

both! {
    async fn a_referral_goes_the_whole_way(app) {
        // Create: what is missing is named.
        let id = app.begin().await;
        app.send_with(id, "").await.must_lead_to(&format!("/referrals/{id}/edit"));
        let page = app.sign_in("referrer").await.get(&format!("/referrals/{id}/edit")).await;
        page.must_be(200).must_say("Write why you refer").must_say("Add a document");
        app.must_be_in(id, "draft").await;
        app.attach(id).await;
        app.send(id).await.must_lead_to(&format!("/referrals/{id}"));

        // Submit: both sides are told, and the patient by a link that reveals nothing.
        app.must_be_in(id, "sent").await;
        let link = app.link_for(id).await;
        let patient = app.patient_of(id).await;
        let told: Vec<String> = app.mails().into_iter().flat_map(|mail| mail.to).collect();
        assert!(told.iter().any(|to| to == harness::person("referrer")), "{told:?}");
        assert!(told.iter().any(|to| to == harness::person("coordinator")), "{told:?}");
        for text in app.twilio.texts(patient.phone.as_deref().expect("a phone")) {
            for secret in ["Heart", "Cardiology", "Palpitations", patient.family.as_str()] {
                assert!(!text.contains(secret), "{text}");
            }
        }

        // Triage.
        let row = app.referral(id).await;
        app.sign_in("specialist").await.get("/worklist").await.must_be(200).must_say(&row.id.to_string());
        app.act("specialist", id, "acknowledge", &[]).await;
        app.must_be_in(id, "received").await;
        app.accept(id).await;

        // Schedule: the link, then the date of birth and a code.
        let browser = app.browser();
        browser.get(&link).await.must_lead_to("/verify");
        app.prove(&browser, id).await;
        browser.get("/my").await.must_be(200).must_say(&row.reference).must_say(&format!("/my/{id}/times"));
        let later = (service::clock::now() + chrono::Duration::days(30)).date_naive();
        let page = browser.get(&format!("/my/{id}/times?from={later}")).await.must_be(200).text();
        let slot = slots(&page, "slot").first().cloned().expect("times are offered");
        browser.post(&format!("/my/{id}/times"), &[("slot", &slot)]).await
            .must_lead_to(&format!("/my/{id}/confirm"));
        app.must_be_in(id, "offered").await;
        browser.get(&format!("/my/{id}/confirm")).await.must_be(200);
        browser.post(&format!("/my/{id}/confirm"), &[]).await.must_lead_to("/my");
        app.must_be_in(id, "booked").await;
        app.deliver().await;
        let mails = app.mails();
        let invitation = mails.iter().rev()
            .find(|mail| mail.to.iter().any(|to| Some(to) == patient.email.as_ref()))
            .expect("the patient gets mail");
        let raw = String::from_utf8_lossy(&invitation.raw);
        assert!(raw.contains("text/calendar"), "{raw}");
        assert!(raw.to_uppercase().contains("METHOD=REQUEST"), "{raw}");
        browser.get(&format!("/my/{id}/appointment.ics")).await.must_be(200).must_say("BEGIN:VEVENT");
        let ours = app.literal(row.id);
        let planned = format!("select count(*) as n from message where template = 'reminder-confirm' and \
                               state = 'created' and expires_at is not null and referral_id = {ours}");
        assert_eq!(app.count(&planned).await, 3, "14, 4 and 1 days before");

        // Close: on evidence. Before its time the visit needs a word on when it was.
        app.act("specialist", id, "record-visit", &[]).await;
        app.must_be_in(id, "booked").await;
        let specialist = app.sign_in("specialist").await;
        specialist.get(&format!("/referrals/{id}")).await.must_say("The appointment is only on");
        app.act("specialist", id, "record-visit", &[("record-visit-text", "Seen in clinic.")]).await;
        app.must_be_in(id, "seen").await;
        app.act("specialist", id, "report", &[("report-text", "Ectopic beats. No treatment needed.")]).await;
        app.must_be_in(id, "outcome-received").await;
        let before = survey_figures(app).await;
        app.act("referrer", id, "acknowledge-report", &[]).await;
        app.must_be_in(id, "closed").await;
        app.deliver().await;
        browser.get(&format!("/my/{id}/survey")).await.must_be(200);
        let form = [("overall", "1"), ("comment", "Kind and quick.")];
        browser.post(&format!("/my/{id}/survey"), &form).await.must_be(303);
        assert_eq!(survey_figures(app).await, (before.0 + 1, before.1 + 1));
        app.sign_in("quality").await.get("/quality").await.must_be(200).must_say("Invited");
        app.deliver().await;
    }
}

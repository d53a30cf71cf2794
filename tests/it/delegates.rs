//! Colleagues who act in a referrer's name, and how often a draft's saving is history.

use contract::{DraftInput, NewReferral, TextInput};
use domain::ReferralId;
use harness::{TestApp, both};
use service::{Call, ServiceError, clock, referrals};

async fn events(app: &TestApp, id: ReferralId) -> Vec<String> {
    let of = app.literal(id.0);
    app.texts(&format!(
        "select kind || ' by ' || actor_name as t from event where referral_id = {of} order by at, id"
    ))
    .await
}

async fn save(app: &TestApp, call: &Call, id: ReferralId, reason: &str) -> Result<i64, ServiceError> {
    let version = app.referral(id).await.version;
    let input = DraftInput {
        version,
        priority: "routine".to_owned(),
        reason: reason.to_owned(),
        ..DraftInput::default()
    };
    referrals::save(&app.desk, call, id, &input).await
}

/// A draft of the clinician's, begun by the colleague.
async fn begun_for(app: &TestApp) -> ReferralId {
    let input = NewReferral {
        patient: app.patients().await[0].id.to_string(),
        service: app.service("Heart clinic").await.to_string(),
        in_name_of: app.staff("referrer").await.id.to_string(),
        ..NewReferral::default()
    };
    referrals::begin(&app.desk, &app.call("colleague").await, &input).await.expect("begun")
}

both! {
    async fn a_delegate_writes_sends_and_follows_in_the_clinician_s_name(app) {
        app.delegate("referrer", "colleague").await;
        let id = begun_for(app).await;
        let (clinician, colleague) = (app.staff("referrer").await, app.call("colleague").await);
        let row = app.referral(id).await;
        assert_eq!((row.referrer_id, row.owner_person_id), (Some(clinician.id), Some(clinician.id)));
        assert_eq!(row.referrer_name, clinician.name);
        save(app, &colleague, id, "Palpitations.").await.expect("saved");
        let browser = app.sign_in("colleague").await;
        let path = format!("/referrals/{id}/documents");
        browser.upload(&path, &[("kind", "ecg"), ("back", "edit")], "ecg.pdf", harness::PDF).await.must_be(303);
        let input = DraftInput {
            version: app.referral(id).await.version,
            priority: "routine".to_owned(),
            reason: "Palpitations on most days for three months, with one faint. Please assess.".to_owned(),
            ..DraftInput::default()
        };
        referrals::send(&app.desk, &colleague, id, &input).await.expect("sent");
        app.must_be_in(id, "sent").await;
        let both = format!("Dr Tom Pritchard for {}", clinician.name);
        for line in events(app, id).await {
            assert!(line.ends_with(&both), "{line}");
        }
        let of = app.literal(id.0);
        let audit = app.texts(&format!(
            "select action || ' by ' || actor_name as t from audit where entity_id = {of} and action in ('begin', 'save')"
        )).await;
        assert_eq!(audit.len(), 2);
        assert!(audit.iter().all(|line| line.ends_with(&both)), "{audit:?}");
        browser.get(&format!("/referrals/{id}")).await.must_be(200).must_say("for Dr Amara Osei");
        let (patient, service) = (app.patients().await[0].id, app.service("Skin clinic").await);
        let compare = format!("/referrals/new/compare?patient={patient}&chosen={service}");
        browser.get(&compare).await.must_be(200).must_say("In whose name?");
        app.deliver().await;
    }

    async fn a_colleague_who_is_not_named_looks_and_changes_nothing(app) {
        let id = app.begin().await;
        let colleague = app.call("colleague").await;
        let page = app.sign_in("colleague").await.get(&format!("/referrals/{id}")).await.must_be(200).text();
        assert!(!page.contains("id=\"act-") && page.contains("can name you as their delegate"), "{page}");
        let refused = save(app, &colleague, id, "Not mine to write.").await;
        assert!(matches!(refused, Err(ServiceError::NotAllowed)), "{refused:?}");
        let path = format!("/referrals/{id}/documents");
        let upload = [("kind", "ecg"), ("back", "edit")];
        app.sign_in("colleague").await.upload(&path, &upload, "ecg.pdf", harness::PDF).await.must_be(403);
        let version = app.referral(id).await.version;
        let text = TextInput { version, text: "No longer needed.".to_owned(), ..TextInput::default() };
        let refused = referrals::withdraw(&app.desk, &colleague, id, &text).await;
        assert!(matches!(refused, Err(ServiceError::NotAllowed)), "{refused:?}");
        assert_eq!(app.referral(id).await.reason, "");
        let input = NewReferral {
            patient: app.patients().await[0].id.to_string(),
            service: app.service("Skin clinic").await.to_string(),
            in_name_of: app.staff("referrer").await.id.to_string(),
            ..NewReferral::default()
        };
        let refused = referrals::begin(&app.desk, &colleague, &input).await;
        assert!(matches!(refused, Err(ServiceError::Invalid(fields)) if fields[0].field == "in_name_of"));
    }

    async fn a_colleague_who_is_named_gets_a_mail_that_says_for_whom_and_how_long(app) {
        app.delegate("referrer", "colleague").await;
        let (clinician, colleague) = (app.staff("referrer").await, app.staff("colleague").await);
        let mails = app.mails();
        let mail = mails.iter().find(|mail| mail.to.contains(&colleague.email)).expect("a mail");
        assert!(mail.subject.contains(&clinician.name), "{}", mail.subject);
        let raw = String::from_utf8_lossy(&mail.raw).into_owned();
        assert!(raw.contains("/referrals/delegates") && raw.contains("until"), "{raw}");
        assert_eq!(mails.iter().filter(|mail| mail.subject == mails[0].subject).count(), 1, "once");
    }

    async fn a_delegation_counts_at_once_and_ends_at_once(app) {
        let id = app.refer().await;
        let colleague = app.call("colleague").await;
        let delegation = app.delegate("referrer", "colleague").await;
        let page = app.sign_in("colleague").await.get(&format!("/referrals/{id}")).await.must_be(200).text();
        assert!(page.contains("act-withdraw"), "{page}");
        let later = Call { now: clock::now() + chrono::Duration::days(9), ..colleague.clone() };
        let version = app.referral(id).await.version;
        let text = TextInput { version, text: "Moved away.".to_owned(), ..TextInput::default() };
        let over = referrals::withdraw(&app.desk, &later, id, &text).await;
        assert!(matches!(over, Err(ServiceError::NotAllowed)), "its last day is over: {over:?}");
        let browser = app.sign_in("referrer").await;
        // A stranger cannot end it, nor see that there is one.
        app.sign_in("other-referrer").await
            .post(&format!("/referrals/delegates/{delegation}/end"), &[]).await.must_be(404);
        browser.post(&format!("/referrals/delegates/{delegation}/end"), &[]).await.must_lead_to("/referrals/delegates");
        browser.get("/referrals/delegates").await.must_say("Taken back");
        let ended = referrals::withdraw(&app.desk, &colleague, id, &text).await;
        assert!(matches!(ended, Err(ServiceError::NotAllowed)), "{ended:?}");
        app.must_be_in(id, "sent").await;
        app.deliver().await;
    }

    async fn what_is_typed_wrongly_is_said_beside_its_field_and_kept(app) {
        let browser = app.sign_in("referrer").await;
        let person = app.staff("colleague").await.id.to_string();
        let own = app.staff("referrer").await.id.to_string();
        for (person, from, until, says) in [
            (person.as_str(), "2026", "1999", "The last day lies before the first"),
            (person.as_str(), "1998", "1999", "This day is over"),
            (person.as_str(), "2100", "2190", "within a year"),
            (person.as_str(), "", "2190", "Give a day, month and year"),
            ("", "2100", "2100", "Choose a colleague who may refer"),
            (own.as_str(), "2100", "2100", "nobody needs to be named for themselves"),
        ] {
            let form = [
                ("person", person), ("from_day", "1"), ("from_month", "2"), ("from_year", from),
                ("until_day", "3"), ("until_month", "4"), ("until_year", until),
            ];
            browser.post("/referrals/delegates", &form).await.must_lead_to("/referrals/delegates");
            browser.get("/referrals/delegates").await.must_be(200).must_say(says);
        }
        // An administrator names somebody in anybody's name, of their own organisation.
        let administrator = app.sign_in("administrator").await;
        administrator.get("/admin/delegates").await.must_be(200).must_say("Nobody is named");
        let form = [("clinician", own.as_str()), ("person", person.as_str())];
        administrator.post("/admin/delegates", &form).await.must_lead_to("/admin/delegates");
        administrator.get("/admin/delegates").await.must_say("Choose in whose name");
        // In another's name only an administrator names somebody.
        let form = [("clinician", person.as_str()), ("person", own.as_str())];
        browser.post("/referrals/delegates", &form).await.must_be(403);
    }

    async fn a_draft_that_saves_itself_is_one_line_of_history_for_each_spell_of_writing(app) {
        let id = app.begin().await;
        let call = app.call("referrer").await;
        for (minutes, reason) in [(0, "Pal"), (1, "Palpi"), (2, "Palpitations"), (29, "Palpitations on"), (31, "… most days")] {
            let call = Call { now: call.now + chrono::Duration::minutes(minutes), ..call.clone() };
            save(app, &call, id, reason).await.expect("saved");
        }
        assert_eq!(app.referral(id).await.version, 6, "each save is a version");
        let of = app.literal(id.0);
        let saved = |table: &str, what: &str| format!("select count(*) as n from {table} where {what}");
        let events = saved("event", &format!("referral_id = {of} and kind = 'referral_saved'"));
        assert_eq!(app.count(&events).await, 2, "at the first save, and half an hour after it");
        let audit = saved("audit", &format!("entity_id = {of} and action = 'save'"));
        assert_eq!(app.count(&audit).await, 5, "the audit has each");
    }

    async fn the_list_shows_whose_they_are_what_is_asked_and_what_waits(app) {
        let own = app.begin().await;
        let colleague = app.sign_in("colleague").await;
        let shows = |page: &str, id: ReferralId| page.contains(&format!("/referrals/{id}\""));
        let page = colleague.get("/referrals?q=hale").await.must_be(200).text();
        assert!(shows(&page, own), "colleagues see each other's");
        for mine in ["own", "act"] {
            let page = colleague.get(&format!("/referrals?mine={mine}")).await.must_be(200).text();
            assert!(!shows(&page, own), "{mine}");
        }
        app.delegate("referrer", "colleague").await;
        for mine in ["own", "act"] {
            let page = colleague.get(&format!("/referrals?mine={mine}&q=hale")).await.must_be(200).text();
            assert!(shows(&page, own), "{mine}: a draft waits for the referrer, and the delegate follows it");
        }
        let page = colleague.get("/referrals?kind=advice").await.must_be(200).text();
        assert!(!shows(&page, own));
        let page = colleague.get("/referrals?kind=referral&mine=own").await.must_be(200).text();
        assert!(shows(&page, own));
        let service = app.service("Heart clinic").await;
        let page = colleague.get(&format!("/referrals?service={service}&mine=own")).await.must_be(200).text();
        assert!(shows(&page, own) && page.contains("Heart clinic, Wrenfield"));
        colleague.get("/referrals?kind=wish").await.must_be(422);
    }
}

//! Emergency access: loud, short, read only, and reviewed (PROMISES P15).

use domain::ReferralId;
use harness::{Answer, Browser, PDF, TestApp, both, person};
use service::clock;

const REASON: &str = "Collapsed in the waiting room, medication unknown";

/// The quality lead, who has no relation to any referral, asks for one.
async fn ask(app: &TestApp, browser: &Browser, which: &str, code: &str) -> Answer {
    let _ = app;
    browser.post("/emergency", &[("which", which), ("reason", REASON), ("code", code)]).await
}

/// Quality lead without other roles, signed in, with open access to the referral.
async fn opened(app: &TestApp, id: ReferralId) -> Browser {
    app.only("quality", "quality").await;
    let browser = app.sign_in("quality").await;
    let reference = app.referral(id).await.reference;
    let answer = ask(app, &browser, &reference, &app.next_one_time_password("quality")).await;
    answer.must_lead_to(&format!("/emergency/{id}"));
    browser
}

async fn looks(app: &TestApp) -> i64 {
    let looks = "select count(*) as n from audit where action = 'emergency-read' and outcome = 'allowed'";
    app.count(looks).await
}

both! {
    async fn in_an_emergency_one_patient_is_read_and_everybody_concerned_is_told_at_once(app) {
        let id = app.an_accepted_referral().await;
        app.deliver().await;
        let begun = clock::now();
        let browser = opened(app, id).await;
        let page = browser.get(&format!("/emergency/{id}")).await.must_be(200).must_say("You can read, and change nothing")
            .must_say("Palpitations on most days").must_say(REASON).text();
        assert!(!page.contains(&format!("/referrals/{id}/")), "no form of the referral's own page");
        let at = page.find(&format!("/emergency/{id}/documents/")).expect("a document");
        let link: String = page[at..].chars().take_while(|letter| *letter != '"').collect();
        let document = browser.get(&link).await.must_be(200);
        assert_eq!(document.body.as_ref(), PDF);
        assert!(document.header("content-disposition").starts_with("attachment"));
        assert!((clock::now() - begun).num_seconds() < 15, "seconds from the wish to the letter");
        assert_eq!(looks(app).await, 2, "the page and the document");
        // Both are told within the minute.
        let texts = app.twilio.all().len();
        app.deliver().await;
        assert_eq!(app.twilio.all().len(), texts + 1);
        let phone = app.patient_of(id).await.phone.expect("a phone");
        assert!(app.twilio.texts(&phone).last().expect("a text").contains("in an emergency"));
        let told = |email: &str| {
            app.mails().iter().any(|mail| mail.to.iter().any(|to| to == email) && mail.text.contains("/admin/emergencies"))
        };
        assert!(told(person("administrator")), "the administrators stand in for a privacy contact");
        let patient = app.as_patient(id).await;
        // The message's link leads to the first screen, which says it first.
        patient.get("/my").await.must_say("Ruth Castellan opened your record in an emergency on");
        patient.get("/my/access").await.must_say("Ruth Castellan").must_say("looked at it in an emergency")
            .must_say("opened it in an emergency");
        patient.get("/my/messages").await.must_say("in an emergency");
    }

    async fn a_named_privacy_contact_is_told_and_may_review(app) {
        let id = app.an_accepted_referral().await;
        let admin = app.sign_in("administrator").await;
        let name = harness::slots(&admin.get("/admin/organisation").await.text(), "name")[0].clone();
        let contact = app.staff("coordinator").await.id.to_string();
        let form = [("name", name.as_str()), ("zone", "Europe/London"), ("privacy_contact", &contact)];
        admin.post("/admin/organisation", &form).await.must_lead_to("/admin");
        let coordinator = app.sign_in("coordinator").await;
        opened(app, id).await.get(&format!("/emergency/{id}")).await.must_be(200);
        app.deliver().await;
        let to: Vec<String> = app.mails().into_iter().filter(|mail| mail.text.contains("/admin/emergencies"))
            .flat_map(|mail| mail.to).collect();
        assert_eq!(to, [person("coordinator")]);
        let reference = app.referral(id).await.reference;
        let page = coordinator.get("/admin/emergencies").await.must_be(200).must_say(REASON).must_say("What they looked at")
            .must_say(&format!("href=\"/admin/audit?reference={reference}\"")).text();
        assert!(!page.contains("Back to administration"), "that is not theirs: {page}");
        coordinator.get("/emergency").await.must_say("1 access waits for your review");
        app.sign_in("specialist").await.get("/admin/emergencies").await.must_be(403);
        // Of the administration the contact has the audit as well, to search and to take out.
        coordinator.get("/worklist").await.must_say("href=\"/admin/audit\"");
        let typed = reference.replace('-', " ").to_lowercase();
        coordinator.get(&format!("/admin/audit?reference={}", typed.replace(' ', "+"))).await.must_be(200)
            .must_say("opened it in an emergency");
        coordinator.get("/admin").await.must_be(403);
        let file = coordinator.get(&format!("/admin/audit/export?reference={reference}")).await.must_be(200);
        assert_eq!(file.header("content-type"), "application/fhir+ndjson");
        let events: Vec<serde_json::Value> = file.text().lines().map(|line| serde_json::from_str(line).expect("json")).collect();
        assert!(events.len() > 3 && events.iter().all(|event| event["resourceType"] == "AuditEvent"), "{}", file.text());
        assert_eq!(app.count("select count(*) as n from audit where action = 'export' and entity = 'audit'").await, 1);
        app.age_second_factors().await;
        coordinator.get("/admin/audit/export").await.must_lead_to("/account/confirm");
        let specialist = app.sign_in("specialist").await;
        specialist.get("/admin/audit").await.must_be(403);
        specialist.get("/admin/audit/export").await.must_be(403);
        assert!(!specialist.get("/worklist").await.text().contains("/admin/audit"));
    }

    async fn what_is_open_already_is_handed_back_and_nobody_is_told_twice(app) {
        let id = app.an_accepted_referral().await;
        let browser = opened(app, id).await;
        app.raw("update person set totp_last_step = 0").await.expect("set");
        let reference = app.referral(id).await.reference;
        ask(app, &browser, &reference, &app.next_one_time_password("quality")).await.must_lead_to(&format!("/emergency/{id}"));
        assert_eq!(app.count("select count(*) as n from emergency").await, 1);
        assert_eq!(app.count("select count(*) as n from message where template = 'emergency-access'").await, 1);
        app.deliver().await;
    }

    async fn nothing_can_be_written_and_no_other_door_opens(app) {
        let id = app.an_accepted_referral().await;
        app.leaves_messages();
        let browser = opened(app, id).await;
        let version = app.referral(id).await.version;
        for path in ["", "/edit", "/times", "/documents/00000000-0000-7000-8000-000000000000"] {
            browser.get(&format!("/referrals/{id}{path}")).await.must_be(404);
        }
        browser.get(&format!("/live/{id}")).await.must_be(404);
        let text = version.to_string();
        let form = [
            ("version", text.as_str()), ("triage-outcome", "accept"), ("triage-priority", "routine"), ("write-note-text", "x"),
            ("write-note-audience", "both"), ("report-text", "x"), ("text", "x"), ("assign-person", ""),
        ];
        for act in ["acknowledge", "triage", "report", "write-note", "assign", "remind", "pause", "cancel-appointment", "edit", "send", "book"] {
            let answer = browser.post(&format!("/referrals/{id}/{act}"), &form).await;
            // A form that does not say which time comes back before anybody looks whose referral it is.
            let comes_back = act == "book" && answer.location() == format!("/referrals/{id}/times");
            assert!(comes_back || matches!(answer.status, 403 | 404), "{act}: {}", answer.status);
            browser.post(&format!("/emergency/{id}"), &form).await.must_be(405);
        }
        browser.upload(&format!("/referrals/{id}/documents"), &[("kind", "ecg")], "ecg.pdf", PDF).await.must_be(404);
        assert_eq!(app.referral(id).await.version, version);
        let notes = "select count(*) as n from note";
        assert_eq!(app.count(notes).await, 0);
    }

    async fn it_is_one_patient_and_one_hour(app) {
        let id = app.an_accepted_referral().await;
        let other = app.a_sent_referral_of(1).await;
        app.leaves_messages();
        let same = app.a_sent_referral().await;
        let browser = opened(app, id).await;
        browser.get(&format!("/emergency/{other}")).await.must_be(404);
        browser.get(&format!("/emergency/{id}")).await.must_be(200).must_say(&app.referral(same).await.reference);
        browser.get(&format!("/emergency/{same}")).await.must_be(200);
        browser.get("/emergency").await.must_say("Open now");
        // Nobody else has it.
        app.sign_in("administrator").await.get(&format!("/emergency/{id}")).await.must_be(404);
        let lasts = "select count(*) as n from emergency where expires_at - opened_at = 3600000";
        assert_eq!(app.count(lasts).await, 1);
        let before = looks(app).await;
        app.raw("update emergency set opened_at = opened_at - 3600000, expires_at = expires_at - 3600000").await.expect("an hour passes");
        browser.get(&format!("/emergency/{id}")).await.must_be(404);
        let page = browser.get("/emergency").await.must_be(200).text();
        assert!(!page.contains("Open now"));
        assert_eq!(looks(app).await, before);
    }

    async fn what_is_not_enough_is_refused_with_its_remedy_and_kept(app) {
        let id = app.an_accepted_referral().await;
        app.leaves_messages();
        app.only("quality", "quality").await;
        let browser = app.sign_in("quality").await;
        let reference = app.referral(id).await.reference;
        let code = app.next_one_time_password("quality");
        for (which, reason, code, words) in [
            (reference.as_str(), REASON, "000000", "This code is not right"),
            (&reference, REASON, "", "Type the code"),
            (&reference, "because", &code, "Say in a sentence"),
            ("", REASON, &code, "Type the reference number"),
            ("WM-2222-2222", REASON, &code, "Nothing of your organisation has this number"),
        ] {
            browser.post("/emergency", &[("which", which), ("reason", reason), ("code", code)]).await.must_lead_to("/emergency");
            let page = browser.get("/emergency").await.must_say(words).must_say(reason).text();
            assert!(!page.contains(&format!("value=\"{code}\"")) || code.is_empty(), "a code is never shown again");
        }
        assert_eq!(app.count("select count(*) as n from emergency").await, 0);
        ask(app, &browser, &reference, &code).await.must_lead_to(&format!("/emergency/{id}"));
        // The same code again opens nothing.
        ask(app, &browser, &reference, &code).await.must_lead_to("/emergency");
        assert_eq!(app.count("select count(*) as n from emergency").await, 1);
    }

    async fn a_form_sent_twice_opens_once(app) {
        let id = app.an_accepted_referral().await;
        app.leaves_messages();
        app.only("quality", "quality").await;
        let browser = app.sign_in("quality").await;
        let reference = app.referral(id).await.reference;
        let code = app.next_one_time_password("quality");
        let form = [("key", "the-same"), ("which", reference.as_str()), ("reason", REASON), ("code", &code)];
        for _ in 0..2 {
            browser.post("/emergency", &form).await.must_lead_to(&format!("/emergency/{id}"));
        }
        assert_eq!(app.count("select count(*) as n from emergency").await, 1);
    }

    async fn whoever_works_on_it_needs_no_emergency_and_strangers_find_nothing(app) {
        let id = app.an_accepted_referral().await;
        app.leaves_messages();
        let reference = app.referral(id).await.reference;
        for (role, words) in [
            ("specialist", "You can open this one without an emergency"),
            ("other-referrer", "Nothing of your organisation has this number"),
        ] {
            let browser = app.sign_in(role).await;
            ask(app, &browser, &reference, &app.next_one_time_password(role)).await.must_lead_to("/emergency");
            browser.get("/emergency").await.must_say(words);
        }
        let refused = "select count(*) as n from audit where action = 'break-glass' and outcome = 'refused'";
        for _ in 0..50 {
            if app.count(refused).await > 0 {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        assert_eq!(app.count(refused).await, 1, "the stranger's attempt is on record");
        assert_eq!(app.count("select count(*) as n from emergency").await, 0);
    }

    async fn an_nhs_number_finds_the_patient(app) {
        let id = app.an_accepted_referral().await;
        app.leaves_messages();
        app.only("quality", "quality").await;
        let number = app.patient_of(id).await.nhs_number.expect("a number");
        let browser = app.sign_in("quality").await;
        let spaced = format!("{} {} {}", &number[..3], &number[3..6], &number[6..]);
        let answer = ask(app, &browser, &spaced, &app.next_one_time_password("quality")).await.must_be(303);
        assert!(answer.location().starts_with("/emergency/"), "{}", answer.location());
        browser.get(&answer.location()).await.must_be(200);
    }

    async fn every_access_is_reviewed_and_turns_red_after_three_days(app) {
        let id = app.an_accepted_referral().await;
        app.leaves_messages();
        let browser = opened(app, id).await;
        browser.get(&format!("/emergency/{id}")).await.must_be(200);
        let admin = app.sign_in("administrator").await;
        let page = admin.get("/admin/emergencies").await.must_be(200).must_say("Ruth Castellan").must_say(REASON)
            .must_say("once").must_say("Waiting for less than an hour").text();
        assert!(!page.contains("Late: waiting"));
        app.raw("update emergency set opened_at = opened_at - 72 * 3600000, expires_at = expires_at - 72 * 3600000").await.expect("aged");
        admin.get("/admin/emergencies").await.must_say("Late: waiting for 3 days").must_say("app-status--stopped");
        let access = page.split("/admin/emergencies/").nth(1).and_then(|rest| rest.split('"').next()).expect("a form").to_owned();
        let path = format!("/admin/emergencies/{access}");
        let field = |name: &str| format!("{access}-{name}");
        admin.post(&path, &[(&field("note"), "Looked into it.")]).await.must_lead_to("/admin/emergencies");
        admin.get("/admin/emergencies").await.must_say("Choose what you found").must_say("Looked into it.");
        let form = [(field("finding"), "justified"), (field("note"), "The ambulance asked for it.")];
        let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        app.sign_in("specialist").await.post(&path, &form).await.must_be(403);
        browser.post(&path, &form).await.must_lead_to("/admin/emergencies");
        browser.get("/admin/emergencies").await.must_be(200);
        assert_eq!(app.count("select count(*) as n from emergency where reviewed_at is not null").await, 0, "not their own");
        admin.post(&path, &form).await.must_lead_to("/admin/emergencies");
        admin.get("/admin/emergencies").await.must_say("Nothing waits for review").must_say("The ambulance asked for it.")
            .must_say("Justified: there was need enough");
        admin.post(&path, &form).await.must_lead_to("/admin/emergencies");
        admin.get("/admin/emergencies").await.must_say("Their finding stands");
    }

    async fn nobody_reviews_their_own(app) {
        let id = app.an_accepted_referral().await;
        app.leaves_messages();
        let admin = app.sign_in("administrator").await;
        let reference = app.referral(id).await.reference;
        ask(app, &admin, &reference, &app.next_one_time_password("administrator")).await.must_lead_to(&format!("/emergency/{id}"));
        admin.get("/admin/emergencies").await.must_say("somebody else reviews it");
        let access = app.texts(match app.kind {
            harness::Kind::Sqlite => "select lower(hex(id)) as t from emergency",
            harness::Kind::Postgres => "select id::text as t from emergency",
        }).await[0].clone();
        let access: uuid::Uuid = access.parse().expect("an id");
        let (finding, note) = (format!("{access}-finding"), format!("{access}-note"));
        let form = [(finding.as_str(), "justified"), (&note, "I know why.")];
        admin.post(&format!("/admin/emergencies/{access}"), &form).await.must_lead_to("/admin/emergencies");
        admin.get("/admin/emergencies").await.must_say("You opened this one yourself");
        assert_eq!(app.count("select count(*) as n from emergency where reviewed_at is not null").await, 0);
        // There is no other administrator and no privacy contact, so whoever leads quality steps in, and is told.
        app.deliver().await;
        let told: Vec<String> = app.mails().into_iter().filter(|mail| mail.text.contains("/admin/emergencies")).flat_map(|mail| mail.to).collect();
        assert_eq!(told, [person("quality")]);
        app.sign_in("specialist").await.get("/admin/emergencies").await.must_be(403);
        let quality = app.sign_in("quality").await;
        quality.get("/admin/emergencies").await.must_be(200).must_say(REASON);
        let form = [(finding.as_str(), "justified"), (&note, "The patient was in danger.")];
        quality.post(&format!("/admin/emergencies/{access}"), &form).await.must_lead_to("/admin/emergencies");
        admin.get("/admin/emergencies").await.must_say("Nothing waits for review").must_say("The patient was in danger.");
    }

    async fn where_nobody_could_review_it_the_page_the_set_up_and_the_check_say_so(app) {
        let id = app.an_accepted_referral().await;
        app.leaves_messages();
        app.raw("update person_role set role = 'coordinator' where role = 'quality' and not exists (select 1 from person_role other \
                 where other.organisation_id = person_role.organisation_id and other.person_id = person_role.person_id and other.role = 'coordinator')").await.expect("set");
        app.raw("delete from person_role where role = 'quality'").await.expect("set");
        let admin = app.sign_in("administrator").await;
        let reviewer = |page: &str| {
            let step = page.split("Say who reviews emergency access").nth(1).and_then(|rest| rest.split("</li>").next());
            step.expect("the step").to_owned()
        };
        let page = admin.get("/admin/setup").await.must_be(200).text();
        assert!(reviewer(&page).contains("If you like"), "{page}");
        let reference = app.referral(id).await.reference;
        ask(app, &admin, &reference, &app.next_one_time_password("administrator")).await.must_lead_to(&format!("/emergency/{id}"));
        admin.get("/admin/emergencies").await.must_say("Nobody here can review this one").must_say("Name a privacy contact");
        app.deliver().await;
        let rule = "emergency access that waits for its review has somebody who may review it";
        let findings = service::check::check(&app.desk, clock::now()).await.expect("checked");
        assert_eq!(findings.iter().find(|finding| finding.rule == rule).map(|finding| finding.count), Some(1));
        // A privacy contact is named, and it can be reviewed.
        let contact = app.literal(app.staff("coordinator").await.id);
        let hospital = app.literal(app.staff("coordinator").await.organisation_id);
        app.raw(&format!("update organisation set privacy_contact = {contact} where id = {hospital}")).await.expect("named");
        let page = admin.get("/admin/setup").await.text();
        assert!(reviewer(&page).contains("Done"), "{page}");
        app.sign_in("coordinator").await.get("/admin/emergencies").await.must_be(200).must_say(REASON);
    }

    async fn a_passkey_opens_it_as_well_as_a_code(app) {
        let id = app.an_accepted_referral().await;
        app.leaves_messages();
        app.only("quality", "quality").await;
        let browser = app.sign_in("quality").await;
        let device = harness::Authenticator::new("http://waymark.test");
        let asked = async |browser: &Browser, path: &str| -> serde_json::Value {
            serde_json::from_slice(&browser.post(path, &[]).await.must_be(200).body).expect("JSON")
        };
        let question = async |path: &str| asked(&browser, path).await;
        let other = harness::Authenticator::new("http://waymark.test");
        for (browser, device) in [(&browser, &device), (&app.sign_in("specialist").await, &other)] {
            let made = device.create(&asked(browser, "/account/passkeys/options").await);
            browser.post("/account/passkeys", &[("passkey_name", "Phone"), ("credential", &made)]).await.must_lead_to("/account");
        }
        browser.get("/emergency").await.must_say("Open it with a passkey instead of a code").must_say("data-along=\"open-emergency\"");
        let reference = app.referral(id).await.reference;
        let answer = device.get(&question("/sign-in/passkey/options").await);
        let short = [("which", reference.as_str()), ("reason", "because"), ("code", ""), ("credential", &answer)];
        browser.post("/emergency", &short).await.must_lead_to("/emergency");
        let page = browser.get("/emergency").await.must_say("Say in a sentence").text();
        assert!(!page.contains("authenticatorData"), "an answer is never kept");
        // A question is good for one answer, and somebody else's device is none.
        let form = [("which", reference.as_str()), ("reason", REASON), ("code", ""), ("credential", &answer)];
        browser.post("/emergency", &form).await.must_lead_to("/emergency");
        browser.get("/emergency").await.must_say("This passkey was not accepted");
        let wrong = other.get(&question("/sign-in/passkey/options").await);
        let form = [("which", reference.as_str()), ("reason", REASON), ("code", ""), ("credential", &wrong)];
        browser.post("/emergency", &form).await.must_lead_to("/emergency");
        assert_eq!(app.count("select count(*) as n from emergency").await, 0);
        let answer = device.get(&question("/sign-in/passkey/options").await);
        let form = [("which", reference.as_str()), ("reason", REASON), ("code", ""), ("credential", &answer)];
        browser.post("/emergency", &form).await.must_lead_to(&format!("/emergency/{id}"));
        browser.get(&format!("/emergency/{id}")).await.must_be(200).must_say(REASON);
    }
}

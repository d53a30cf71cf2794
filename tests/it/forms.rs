//! What services ask, as administrators set it: questions, rules, documents, priorities, and how a referral answers.

use domain::ReferralId;
use harness::{Browser, PDF, TestApp, both, slots};

const LETTER: &str = "Palpitations on most days for three months, with one faint. Please assess and advise.";

/// The path of the heart clinic's administration.
async fn heart(app: &TestApp) -> String {
    format!("/admin/services/{}", app.service("Heart clinic").await)
}

/// Adds an item to a list of the heart clinic.
async fn add(app: &TestApp, list: &str, form: &[(&str, &str)]) {
    let (admin, path) = (app.sign_in("administrator").await, heart(app).await);
    admin.post(&format!("{path}/{list}/new"), form).await.must_lead_to(&format!("{path}/rules"));
}

async fn ask_about_smoking(app: &TestApp) {
    add(app, "questions", &[("label", "Smokes?"), ("kind", "yes-no"), ("required", "1")]).await;
    let since = [("label", "Since when?"), ("kind", "date"), ("required", "1"), ("when", "smokes=yes")];
    add(app, "questions", &since).await;
    let weight = [("label", "Weight"), ("kind", "number"), ("unit", "kg"), ("min", "2"), ("max", "400")];
    add(app, "questions", &weight).await;
}

/// Sends the composer's form with more in it.
async fn compose(app: &TestApp, id: ReferralId, act: &str, more: &[(&str, &str)]) -> Browser {
    let browser = app.sign_in("referrer").await;
    let edit = format!("/referrals/{id}/edit");
    let version = slots(&browser.get(&edit).await.must_be(200).text(), "version")[0].clone();
    let mut form = vec![("act", act), ("version", version.as_str()), ("reason", LETTER)];
    if !more.iter().any(|(name, _)| *name == "priority") {
        form.push(("priority", "routine"));
    }
    form.extend_from_slice(more);
    browser.post(&edit, &form).await.must_be(303);
    browser
}

both! {
    async fn questions_are_asked_checked_kept_and_shown_as_they_were_answered(app) {
        ask_about_smoking(app).await;
        let (admin, path) = (app.sign_in("administrator").await, heart(app).await);
        let page = admin.get(&format!("{path}/rules")).await.must_be(200);
        page.must_say("number from 2 to 400 kg").must_say("only if “Smokes?” is Yes").must_say("Preview: nothing is sent");
        let id = app.begin().await;
        app.attach(id).await;
        let edit = format!("/referrals/{id}/edit");
        let browser = compose(app, id, "send", &[("answer-weight", "heavy")]).await;
        let page = browser.get(&edit).await.must_say("Choose an answer to “Smokes?”.");
        let page = page.must_say("Give a number from 2 to 400, in kg").must_say("value=\"heavy\"").text();
        assert!(page.contains("href=\"#f-answer-weight\""), "the summary leads to the field");
        assert!(!page.contains("Answer “Since when?”"), "what is not asked is not missing");
        // Saved though it is not complete, and asked for once the other answer makes it so.
        compose(app, id, "save", &[("answer-smokes", "yes"), ("answer-since-when_day", "31"), ("answer-since-when_month", "2")]).await;
        browser.get(&edit).await.must_say("The draft is saved.").must_say("value=\"31\"");
        let answers = [
            ("answer-smokes", "yes"), ("answer-since-when_day", "3"), ("answer-since-when_month", "3"),
            ("answer-since-when_year", "2019"), ("answer-weight", "80,5"), ("answer-nonsense", "x"),
        ];
        compose(app, id, "send", &answers).await;
        app.must_be_in(id, "sent").await;
        // The questions change; what was answered does not.
        admin.post(&format!("{path}/questions/weight"), &[("label", "How heavy?"), ("kind", "text")]).await.must_be(303);
        admin.post(&format!("{path}/rules"), &[("list", "questions"), ("code", "since-when"), ("act", "remove")]).await;
        let page = app.sign_in("specialist").await.get(&format!("/referrals/{id}")).await.must_be(200);
        page.must_say("Answers to the service").must_say("3 March 2019").must_say("80.5 kg").must_say("Smokes?");
        let sheets = app.texts("select form as t from answer_sheet").await;
        assert!(sheets.len() == 1 && sheets[0].contains("Since when?"), "{sheets:?}");
        let kept = app.texts("select answers as t from answer_sheet").await;
        assert!(!kept[0].contains("nonsense"), "{kept:?}");
        app.deliver().await;
    }

    async fn an_autosave_keeps_answers_and_one_of_last_week_leaves_them(app) {
        ask_about_smoking(app).await;
        let id = app.begin().await;
        let browser = app.sign_in("referrer").await;
        let (referral, version) = (id.to_string(), app.referral(id).await.version.to_string());
        let form = [
            ("referral", referral.as_str()), ("draft[version]", &version), ("draft[priority]", "urgent"),
            ("draft[reason]", LETTER), ("draft[pairs][0][0]", "form"), ("draft[pairs][0][1]", "1"),
            ("draft[pairs][1][0]", "answer-smokes"), ("draft[pairs][1][1]", "no"),
        ];
        browser.post("/api/draft-save", &form).await.must_be(200);
        let version = app.referral(id).await.version.to_string();
        let old = [
            ("referral", referral.as_str()), ("draft[version]", &version), ("draft[priority]", "urgent"),
            ("draft[reason]", LETTER),
        ];
        browser.post("/api/draft-save", &old).await.must_be(200);
        assert_eq!(app.texts("select answers as t from answer_sheet").await, [r#"{"smokes":["no"]}"#]);
        let form = [("referral", referral.as_str()), ("reason", LETTER)];
        let missing = browser.post("/api/draft-completeness", &form).await.must_be(200).text();
        assert!(missing.contains("\"ecg\"") && !missing.contains("answer-smokes"), "{missing}");
    }

    async fn an_answer_that_the_service_takes_away_is_asked_for_again_by_name(app) {
        let side = [("label", "Which leg swells?"), ("kind", "choice"), ("options", "Left\nRight"), ("required", "1")];
        add(app, "questions", &side).await;
        let long = [("label", "What was tried?"), ("kind", "long-text")];
        add(app, "questions", &long).await;
        let id = app.begin().await;
        app.attach(id).await;
        let answers = [("answer-which-leg-swells", "right"), ("answer-what-was-tried", "Rest.\nTablets.")];
        let browser = compose(app, id, "save", &answers).await;
        let edit = format!("/referrals/{id}/edit");
        let page = browser.get(&edit).await.must_say("The draft is saved.").text();
        assert!(!page.contains("no longer offered"), "{page}");
        let (admin, path) = (app.sign_in("administrator").await, heart(app).await);
        let without = [side[0], side[1], ("options", "Left\nBoth"), side[3]];
        admin.post(&format!("{path}/questions/which-leg-swells"), &without).await.must_be(303);
        // Whoever had the page open saves the answer that is gone; the page says so, and where.
        compose(app, id, "save", &answers).await;
        let page = browser.get(&edit).await.must_say("The service has changed its questions").text();
        assert!(page.contains("<a href=\"#f-answer-which-leg-swells\">Which leg swells?</a>"), "{page}");
        compose(app, id, "send", &[("answer-which-leg-swells", "left"), answers[1]]).await;
        app.must_be_in(id, "sent").await;
        let page = app.sign_in("specialist").await.get(&format!("/referrals/{id}")).await.text();
        let answer = page.split("Rest.").nth(1).unwrap_or_default();
        assert!(answer.trim_start_matches('\r').starts_with("\nTablets.</div>"), "its lines are kept: {page}");
        app.deliver().await;
    }

    async fn a_question_on_which_another_depends_stays(app) {
        ask_about_smoking(app).await;
        let (admin, path) = (app.sign_in("administrator").await, heart(app).await);
        let rules = format!("{path}/rules");
        admin.post(&rules, &[("list", "questions"), ("code", "smokes"), ("act", "remove")]).await.must_lead_to(&rules);
        admin.get(&rules).await.must_say("Something else depends on it").must_say("Smokes?");
        admin.post(&rules, &[("list", "questions"), ("code", "since-when"), ("act", "up")]).await.must_lead_to(&rules);
        admin.get(&rules).await.must_say("Something else depends on it");
        let bad = [("label", ""), ("kind", "choice"), ("options", ""), ("min", "few"), ("unit", "kg")];
        admin.post(&format!("{path}/questions/new"), &bad).await.must_lead_to(&format!("{path}/questions/new"));
        admin.get(&format!("{path}/questions/new")).await.must_say("Give a number").must_say("value=\"kg\"");
        let bad = [("label", ""), ("kind", "choice"), ("unit", "kg")];
        admin.post(&format!("{path}/questions/new"), &bad).await.must_be(303);
        let page = admin.get(&format!("{path}/questions/new")).await;
        page.must_say("Write the question").must_say("Only a number has a unit").must_say("one a line");
        let history = app.texts("select after as t from change where field = 'questions' order by id").await;
        assert_eq!(history.len(), 3, "{history:?}");
        app.sign_in("coordinator").await.get(&rules).await.must_be(403);
    }

    async fn a_stop_holds_and_a_warning_gives_way_to_a_reason(app) {
        ask_about_smoking(app).await;
        let (admin, path) = (app.sign_in("administrator").await, heart(app).await);
        let page = admin.get(&format!("{path}/criteria/new")).await.must_be(200);
        page.must_say("What does the rule look at?").must_say("The answer to “Smokes?”");
        admin.get(&format!("{path}/criteria/new?subject=answer:smokes")).await.must_say("It has to be one of");
        let stop = [
            ("subject", "answer:smokes"), ("label", "Non-smokers alone"), ("why", "Local pathway, 2026"), ("is", "no"),
            ("severity", "stop"),
        ];
        add(app, "criteria", &stop).await;
        let warn = [("subject", "age"), ("label", "People over 150"), ("from", "150"), ("severity", "warning")];
        add(app, "criteria", &warn).await;
        let never = [
            ("subject", "document:ecg"), ("label", "An ECG when urgent"), ("severity", "stop"), ("only_if", "priority=urgent"),
        ];
        add(app, "criteria", &never).await;
        // The letter and the answers are right; the rules are not met.
        let id = app.begin().await;
        app.attach(id).await;
        let edit = format!("/referrals/{id}/edit");
        let smoker = [
            ("answer-smokes", "yes"), ("answer-since-when_day", "3"), ("answer-since-when_month", "3"), ("answer-since-when_year", "2019"),
        ];
        let mut form = smoker.to_vec();
        form.push(("override-non-smokers-alone", "I insist."));
        let browser = compose(app, id, "send", &form).await;
        let page = browser.get(&edit).await.must_say("This service takes no other referrals").must_say("Local pathway, 2026");
        page.must_say("Put it right, or say why you refer in spite of it.").must_say("Not met: cannot be sent");
        app.must_be_in(id, "draft").await;
        compose(app, id, "send", &[("answer-smokes", "no")]).await;
        app.must_be_in(id, "draft").await;
        compose(app, id, "send", &[("answer-smokes", "no"), ("override-people-over-150", "He looks like it <b>.")]).await;
        app.must_be_in(id, "sent").await;
        let page = app.sign_in("specialist").await.get(&format!("/referrals/{id}")).await;
        let page = page.must_say("Sent in spite of").must_say("People over 150").must_say("He looks like it &lt;b&gt;.").text();
        assert!(!page.contains("Non-smokers alone"), "what was met is not overridden");
        // A document that a rule needs cannot be taken away.
        let rules = format!("{path}/rules");
        admin.post(&rules, &[("list", "documents"), ("code", "ecg"), ("act", "remove")]).await;
        admin.get(&rules).await.must_say("Something else depends on it");
        app.deliver().await;
    }

    async fn a_document_is_taken_as_the_service_wants_it(app) {
        let (admin, path) = (app.sign_in("administrator").await, heart(app).await);
        let bad = [("label", "ECG"), ("max_mb", "0")];
        admin.post(&format!("{path}/documents/ecg"), &bad).await.must_lead_to(&format!("{path}/documents/ecg"));
        admin.get(&format!("{path}/documents/ecg")).await.must_say("from 1 to 500 MB");
        let form = [("label", "ECG"), ("kinds", "image/png"), ("kinds", "image/jpeg"), ("max_mb", "1")];
        admin.post(&format!("{path}/documents/ecg"), &form).await.must_lead_to(&format!("{path}/rules"));
        let id = app.begin().await;
        let (browser, edit) = (app.sign_in("referrer").await, format!("/referrals/{id}/edit"));
        browser.get(&edit).await.must_say("As a photo, up to 1 MB");
        let upload = format!("/referrals/{id}/documents");
        let form = [("kind", "ecg"), ("back", "edit")];
        browser.upload(&upload, &form, "ecg.pdf", PDF).await.must_lead_to(&edit);
        browser.get(&edit).await.must_say("This file is of another kind. For “ECG” send a photo, up to 1 MB.");
        let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
        png.resize(1_000_001, 0);
        browser.upload(&upload, &form, "ecg.png", &png).await.must_lead_to(&edit);
        browser.get(&edit).await.must_say("This file is too large. For “ECG” send a photo, up to 1 MB.");
        png.truncate(900);
        browser.upload(&upload, &form, "ecg.png", &png).await.must_lead_to(&edit);
        browser.get(&edit).await.must_say("ecg.png was received.");
        // The same kind and name again is its next version; the first one stays to be fetched.
        png.push(1);
        browser.upload(&upload, &form, "ECG.png", &png).await.must_lead_to(&edit);
        let page = browser.get(&format!("/referrals/{id}")).await.must_be(200);
        let page = page.must_say("version 2").must_say("Older versions (1)").text();
        let links: Vec<&str> = page.split('"').filter(|part| part.contains("/documents/")).collect();
        assert_eq!(links.len(), 2, "{links:?}");
        for link in links {
            browser.get(link).await.must_be(200);
        }
        // Another name is another document.
        browser.upload(&upload, &form, "second.png", &[png, vec![2]].concat()).await.must_lead_to(&edit);
        assert_eq!(app.count("select max(version) as n from document").await, 2);
    }

    async fn a_service_offers_the_priorities_it_knows(app) {
        let (admin, path) = (app.sign_in("administrator").await, heart(app).await);
        let bad = [("urgent-days", "soon"), ("offered", "urgent")];
        admin.post(&format!("{path}/priorities"), &bad).await.must_lead_to(&format!("{path}/rules"));
        admin.get(&format!("{path}/rules")).await.must_say("from 1 to 730");
        let form = [
            ("offered", "routine"), ("offered", "urgent"), ("urgent-days", "14"), ("urgent-meaning", "Faints or getting worse"),
        ];
        admin.post(&format!("{path}/priorities"), &form).await.must_lead_to(&format!("{path}/rules"));
        let id = app.begin().await;
        app.attach(id).await;
        let browser = app.sign_in("referrer").await;
        let page = browser.get(&format!("/referrals/{id}/edit")).await;
        let page = page.must_say("Faints or getting worse – usually seen within 14 days").text();
        assert_eq!(slots(&page, "priority"), ["routine", "urgent"]);
        compose(app, id, "send", &[("priority", "two-week-wait")]).await;
        app.must_be_in(id, "draft").await;
        compose(app, id, "send", &[("priority", "urgent")]).await;
        app.must_be_in(id, "sent").await;
        app.deliver().await;
    }

    async fn a_declined_referral_is_asked_anew_with_its_answers_filled_in(app) {
        ask_about_smoking(app).await;
        let id = app.begin().await;
        app.attach(id).await;
        compose(app, id, "send", &[("answer-smokes", "no"), ("answer-weight", "77")]).await;
        let decline = [("triage-outcome", "decline"), ("triage-patient_line", "Your doctor will tell you more.")];
        app.act("specialist", id, "triage", &decline).await;
        app.must_be_in(id, "declined").await;
        add(app, "questions", &[("label", "Drinks?"), ("kind", "yes-no"), ("required", "1")]).await;
        let browser = app.sign_in("referrer").await;
        app.resubmit(id).await;
        let page = browser.get(&format!("/referrals/{id}")).await.must_say("Goes on as").text();
        let draft = page.split("Goes on as <a href=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a link");
        let page = browser.get(&format!("{draft}/edit")).await.must_be(200).must_say("Drinks?");
        page.must_say("value=\"77\"");
        app.deliver().await;
    }

    async fn sites_and_teams_are_shared_by_services(app) {
        let admin = app.sign_in("administrator").await;
        let bad = [("name", "North wing"), ("zone", "Europe/London"), ("latitude", "51.5")];
        admin.post("/admin/sites/new", &bad).await.must_lead_to("/admin/sites/new");
        admin.get("/admin/sites/new").await.must_say("both latitude and longitude").must_say("North wing");
        let site = [
            ("name", "North wing"), ("address", "2 North Road"), ("zone", "Europe/London"), ("latitude", "51.5"),
            ("longitude", "-0.25"),
        ];
        admin.post("/admin/sites/new", &site).await.must_lead_to("/admin/sites");
        let page = admin.get("/admin/sites").await.must_say("The site is saved.").must_say("2 North Road");
        page.must_say("openstreetmap.org/?mlat=51.5&amp;mlon=-0.25");
        // Two services name one team; the team's new name is theirs.
        for name in ["Sleep clinic", "Cough clinic"] {
            let form = [("name", name), ("team", "Chest team"), ("visit_min", "30"), ("active", "1")];
            admin.post("/admin/services/new", &form).await.must_lead_to("/admin");
        }
        assert_eq!(app.count("select count(*) as n from team where name = 'Chest team'").await, 1);
        let list = admin.get("/admin/teams").await.must_say("Chest team").text();
        let at = list.find("Chest team").expect("there");
        let path = list[..at].rsplit('"').nth(1).expect("a link").to_owned();
        let member = app.staff("specialist").await.id.to_string();
        let form = [("name", "Lung team"), ("phone", "01632 960500"), ("members", &member)];
        admin.post(&path, &form).await.must_lead_to("/admin/teams");
        admin.get("/admin/teams").await.must_say("Lung team").must_say("Cough clinic, Sleep clinic").must_say("Okafor");
        assert_eq!(app.count("select count(*) as n from service where team = 'Lung team'").await, 2);
        admin.post("/admin/teams/new", &[("name", "lung team")]).await.must_lead_to("/admin/teams/new");
        admin.get("/admin/teams/new").await.must_say("Another team has this name already");
    }
}

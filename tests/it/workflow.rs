//! Who owns a referral, where it moves, and what happens when nobody acts.

use chrono::Duration;
use contract::{AssignInput, PassOnInput, PauseInput, TextInput};
use domain::ReferralId;
use harness::{TestApp, both, slots};
use service::{Conflict, ServiceError, clock, jobs, referrals};

async fn assign(app: &TestApp, id: ReferralId, person: &str) -> Result<(), ServiceError> {
    let input = AssignInput {
        version: app.referral(id).await.version,
        person: person.to_owned(),
        text: "Could you look at this one?".to_owned(),
    };
    referrals::assign(&app.desk, &app.call("coordinator").await, id, &input).await
}

async fn make_late(app: &TestApp, id: ReferralId, days: i64) {
    let due = (clock::now() - Duration::days(days)).timestamp_millis();
    let of = app.literal(id.0);
    app.raw(&format!("update referral set due_at = {due} where id = {of}")).await.expect("set");
}

/// What is overdue in the demonstration itself is out of the way.
async fn escalate_the_demonstration(app: &TestApp) {
    while jobs::escalate(&app.desk, clock::now()).await.expect("escalated") > 0 {}
    app.deliver().await;
}

fn pass_on(version: i64, service: uuid::Uuid, line: &str) -> PassOnInput {
    PassOnInput {
        version,
        service: service.to_string(),
        text: "This fits there better.".to_owned(),
        patient_line: line.to_owned(),
        ..PassOnInput::default()
    }
}

async fn events(app: &TestApp, id: ReferralId, kind: &str) -> i64 {
    let of = app.literal(id.0);
    app.count(&format!("select count(*) as n from event where referral_id = {of} and kind = '{kind}'")).await
}

both! {
    async fn a_colleague_to_whom_it_is_given_owns_it_and_is_told(app) {
        let id = app.a_sent_referral().await;
        app.deliver().await;
        let before = app.referral(id).await;
        let specialist = app.staff("specialist").await;
        assign(app, id, &specialist.id.to_string()).await.expect("assigned");
        let after = app.referral(id).await;
        assert_eq!(after.owner_name.as_deref(), Some(specialist.name.as_str()));
        assert_eq!((after.due_at, after.next_action), (before.due_at, before.next_action), "the duty is the same");
        app.deliver().await;
        let mail = app.mails().pop().expect("a mail");
        assert_eq!(mail.to, std::slice::from_ref(&specialist.email));
        assert!(mail.subject.contains("is yours"), "{}", mail.subject);
        let page = app.sign_in("specialist").await.get("/worklist?owner=me").await.must_be(200).text();
        assert!(page.contains(&id.to_string()));
        let page = app.sign_in("specialist").await.get("/worklist?owner=team").await.must_be(200).text();
        assert!(!page.contains(&format!("/referrals/{id}\"")));
        assign(app, id, "").await.expect("given back");
        assert_eq!(app.referral(id).await.owner_name, before.owner_name);
        // The words between colleagues stay in the house.
        let page = app.sign_in("referrer").await.get(&format!("/referrals/{id}")).await.must_be(200).text();
        assert!(page.contains("Given to") && !page.contains("Could you look at this one"), "{page}");
    }

    async fn whoever_belongs_to_the_service_s_team_stands_first_and_is_marked(app) {
        let id = app.a_sent_referral().await;
        app.deliver().await;
        let specialist = app.staff("specialist").await;
        let text = format!(
            r#"{{"waymark_config":1,"teams":[{{"name":"Heart team","members":["{}"]}}],"services":[{{"name":"Heart clinic","team":"Heart team"}}]}}"#,
            specialist.email
        );
        let document = service::admin::config::read(&text).expect("it can be read");
        let admin = app.call("administrator").await;
        let report = service::admin::config::load_config(&app.desk, &admin, None, &document, service::admin::config::Mode::Write).await;
        assert_eq!(report.expect("taken in").problems, []);
        let page = app.sign_in("coordinator").await.get(&format!("/referrals/{id}")).await.must_be(200).text();
        let list = page.split("name=\"assign-person\"").nth(1).and_then(|rest| rest.split("</select>").next()).expect("a list");
        let marked = format!("{} – Heart team</option>", specialist.name);
        let at = |text: &str| list.find(text).unwrap_or_else(|| panic!("no {text} in {list}"));
        assert!(at(&marked) < at("Grace Whitlock</option>"), "{list}");
        assert_eq!(list.matches("– Heart team</option>").count(), 1, "{list}");
    }

    async fn what_a_priority_promises_is_a_clock_and_shortens_what_comes_before_the_visit(app) {
        let admin = app.sign_in("administrator").await;
        let path = format!("/admin/services/{}", app.service("Heart clinic").await);
        let form = [("offered", "routine"), ("routine-days", "3"), ("offered", "urgent")];
        admin.post(&format!("{path}/priorities"), &form).await.must_lead_to(&format!("{path}/rules"));
        let id = app.a_sent_referral().await;
        let sent = app.referral(id).await.sent_at.expect("sent");
        let promised = sent + Duration::days(3).num_milliseconds();
        app.act("specialist", id, "acknowledge", &[]).await;
        assert_eq!(app.referral(id).await.due_at, Some(promised), "five working days would be longer");
        app.accept(id).await;
        assert_eq!(app.referral(id).await.due_at, Some(promised), "so would ten");
        let page = app.sign_in("coordinator").await.get(&format!("/referrals/{id}")).await.must_be(200).text();
        assert!(page.contains("Patient seen"), "{page}");
        // While the patient is waited for, the promise stands still.
        let other = app.a_sent_referral().await;
        let ask = [("triage-outcome", "ask"), ("triage-ask_reason", "more-history"), ("triage-patient_line", "Since when?")];
        app.act("specialist", other, "triage", &ask).await;
        let of = app.literal(other.0);
        app.act("referrer", other, "answer", &[("answer-text", "Since March.")]).await;
        let due = app.referral(other).await.due_at.expect("due");
        let sent = app.texts(&format!("select cast(at as text) as t from event where referral_id = {of} and kind = 'referral_sent'")).await;
        let sent: i64 = sent[0].parse().expect("ms");
        assert!(due > sent + Duration::days(3).num_milliseconds(), "as long as the question was open");
        // A priority of which nothing is said has no such clock.
        let form = [("triage-outcome", "accept"), ("triage-priority", "urgent")];
        app.act("specialist", other, "triage", &form).await;
        let page = app.sign_in("coordinator").await.get(&format!("/referrals/{other}")).await.must_be(200).text();
        assert!(!page.contains("Patient seen"), "{page}");
        app.deliver().await;
    }

    async fn it_cannot_be_given_to_somebody_else_s_staff_or_to_whoever_does_not_work_on_referrals(app) {
        let id = app.a_sent_referral().await;
        for role in ["referrer", "administrator"] {
            let person = app.staff(role).await.id.to_string();
            let refused = assign(app, id, &person).await.expect_err("not theirs");
            assert!(matches!(refused, ServiceError::Invalid(_)), "{role}: {refused:?}");
        }
        app.deliver().await;
    }

    async fn a_draft_that_is_saved_again_and_again_is_due_as_it_was(app) {
        let id = app.begin().await;
        let before = app.referral(id).await;
        let browser = app.sign_in("referrer").await;
        for words in ["Palpitations", "Palpitations on most days"] {
            let version = app.referral(id).await.version.to_string();
            let form = [("act", "save"), ("version", version.as_str()), ("priority", "urgent"), ("reason", words)];
            browser.post(&format!("/referrals/{id}/edit"), &form).await.must_be(303);
        }
        let after = app.referral(id).await;
        assert_eq!(after.reason, "Palpitations on most days");
        assert_eq!(after.due_at, before.due_at);
    }

    async fn it_is_forwarded_in_the_house_with_its_history(app) {
        let id = app.an_accepted_referral().await;
        let (call, row) = (app.call("coordinator").await, app.referral(id).await);
        let target = app.service("Joint clinic").await;
        referrals::forward(&app.desk, &call, id, &pass_on(row.version, target, "")).await.expect("forwarded");
        let row = app.referral(id).await;
        assert_eq!((row.state.as_str(), row.service_id), ("received", target), "it is read anew");
        assert_eq!(events(app, id, "referral_sent").await, 1, "the same referral");
        app.sign_in("coordinator").await.get(&format!("/referrals/{id}")).await.must_say("Forwarded to Joint clinic");
        let again = referrals::forward(&app.desk, &call, id, &pass_on(row.version, target, "")).await;
        assert!(matches!(again, Err(ServiceError::Invalid(_))), "it is there already");
        app.deliver().await;
    }

    async fn it_is_redirected_as_a_new_referral_with_letter_and_documents(app) {
        let id = app.a_sent_referral().await;
        let row = app.referral(id).await;
        let call = app.call("specialist").await;
        let target = app.service("Joint clinic").await;
        let silent = referrals::redirect(&app.desk, &call, id, &pass_on(row.version, target, " ")).await;
        assert!(matches!(silent, Err(ServiceError::Invalid(_))), "the patient must be told why");
        let line = "Another clinic can see you sooner. They will write to you.";
        let next = referrals::redirect(&app.desk, &call, id, &pass_on(row.version, target, line)).await.expect("redirected");
        let (old, new) = (app.referral(id).await, app.referral(next).await);
        assert_eq!((old.state.as_str(), new.state.as_str()), ("redirected", "sent"));
        assert_eq!((new.parent_id, &new.reason, new.patient_id), (Some(id.0), &old.reason, old.patient_id));
        assert!(new.due_at.is_some() && new.owner_name.is_some() && new.reference != old.reference);
        let referrer = app.sign_in("referrer").await;
        referrer.get(&format!("/referrals/{id}")).await.must_be(200).must_say("Goes on as").must_say(&new.reference);
        let page = referrer.get(&format!("/referrals/{next}")).await.must_be(200).must_say("Continues").text();
        assert!(page.contains("ecg.pdf"), "the document came along");
        let of = app.literal(next.0);
        let document = app.texts(&format!("select storage_key as t from document where referral_id = {of}")).await;
        assert_eq!(document.len(), 1);
        app.as_patient(id).await.get("/my").await.must_be(200).must_say(line);
        app.deliver().await;
    }

    async fn a_pause_ends_on_its_day_and_goes_on_where_it_stopped(app) {
        let id = app.an_accepted_referral().await;
        let call = app.call("coordinator").await;
        let day = (clock::now() + Duration::days(30)).date_naive();
        let mut input = PauseInput {
            version: app.referral(id).await.version,
            until_day: day.format("%-d").to_string(),
            until_month: day.format("%-m").to_string(),
            until_year: day.format("%Y").to_string(),
            text: "You asked us to wait until you are back from your journey.".to_owned(),
            ..PauseInput::default()
        };
        let yesterday = PauseInput { until_year: "1999".into(), ..input.clone() };
        let refused = referrals::pause(&app.desk, &call, id, &yesterday).await;
        assert!(matches!(refused, Err(ServiceError::Invalid(fields)) if fields[0].field == "until"));
        referrals::pause(&app.desk, &call, id, &input).await.expect("paused");
        let row = app.referral(id).await;
        assert_eq!(row.state, "paused");
        assert!(row.due_wall.as_deref().is_some_and(|wall| wall.starts_with(&day.to_string())), "{:?}", row.due_wall);
        app.as_patient(id).await.get("/my").await.must_be(200).must_say("back from your journey");
        input.version = row.version;
        let twice = referrals::pause(&app.desk, &call, id, &input).await;
        assert!(matches!(twice, Err(ServiceError::Conflict(Conflict::State { .. }))), "{twice:?}");
        referrals::resume(&app.desk, &call, id, row.version).await.expect("resumed");
        let row = app.referral(id).await;
        assert_eq!((row.state.as_str(), row.paused_from), ("accepted", None), "it need not be read again");
        app.deliver().await;
    }

    async fn a_mistake_stays_in_the_record_struck_through(app) {
        let id = app.an_accepted_referral().await;
        let version = app.referral(id).await.version;
        let text = TextInput { version, text: "Wrong patient.".to_owned(), ..TextInput::default() };
        let call = app.call("coordinator").await;
        referrals::enter_in_error(&app.desk, &call, id, &text).await.expect("done");
        let row = app.referral(id).await;
        assert_eq!(row.state, "entered-in-error");
        assert!(row.owner_name.is_none() && row.due_at.is_none());
        app.sign_in("referrer").await.get(&format!("/referrals/{id}")).await.must_be(200).must_say("Entered in error");
        app.deliver().await;
    }

    async fn nobody_arrives_on_another_day(app) {
        let id = app.an_accepted_referral().await;
        let slot = app.times(id).await.first().cloned().expect("a time");
        app.hold(id, &slot).await.must_be(303);
        app.confirm(id).await.must_lead_to("/my");
        let version = app.referral(id).await.version;
        let early = referrals::arrive(&app.desk, &app.call("coordinator").await, id, version).await;
        assert!(matches!(early, Err(ServiceError::Conflict(_))), "{early:?}");
        app.deliver().await;
    }

    async fn what_nobody_does_in_time_gets_a_named_owner_who_is_told_once(app) {
        escalate_the_demonstration(app).await;
        let id = app.a_sent_referral().await;
        app.deliver().await;
        assert_eq!(jobs::escalate(&app.desk, clock::now()).await.expect("looked"), 0, "nothing is late");
        make_late(app, id, 1).await;
        let (coordinator, administrator) = (app.staff("coordinator").await, app.staff("administrator").await);
        let (first, second) = (app.literal(coordinator.id), app.literal(administrator.id));
        app.raw(&format!("update service set escalate_to = {first} where name = 'Heart clinic'")).await.expect("set");
        let of = app.literal(coordinator.organisation_id);
        app.raw(&format!("update organisation set escalate_to = {second} where id = {of}")).await.expect("set");
        let before = app.mails().len();
        assert_eq!(jobs::escalate(&app.desk, clock::now()).await.expect("escalated"), 1);
        assert_eq!(jobs::escalate(&app.desk, clock::now()).await.expect("looked"), 0, "once");
        app.deliver().await;
        let row = app.referral(id).await;
        assert_eq!((row.escalation, row.owner_person_id), (1, Some(coordinator.id)));
        let mails = app.mails();
        assert_eq!(mails.len(), before + 1);
        assert_eq!(mails[before].to, [coordinator.email]);
        assert!(mails[before].subject.contains("is overdue"));
        // Still nobody: after the organisation's days it goes to whoever leads it.
        let (before, of) = ((clock::now() - Duration::days(8)).timestamp_millis(), app.literal(id.0));
        app.raw(&format!("update referral set escalated_at = {before} where id = {of}")).await.expect("set");
        assert_eq!(jobs::escalate(&app.desk, clock::now()).await.expect("escalated"), 1);
        let row = app.referral(id).await;
        assert_eq!((row.escalation, row.owner_person_id), (2, Some(administrator.id)));
        assert_eq!(events(app, id, "referral_escalated").await, 2);
        // Whoever acts begins a new duty.
        app.act("specialist", id, "acknowledge", &[]).await;
        assert_eq!(app.referral(id).await.escalation, 0);
        app.leaves_messages();
    }

    async fn many_are_reminded_at_once_and_who_cannot_be_is_named(app) {
        let (first, second, closed) =
            (app.an_accepted_referral().await, app.an_accepted_referral().await, app.a_sent_referral().await);
        app.deliver().await;
        let browser = app.sign_in("coordinator").await;
        let ids = [first.to_string(), second.to_string(), closed.to_string()];
        let chosen: Vec<(&str, &str)> = ids.iter().map(|id| ("chosen", id.as_str())).collect();
        let back = "/worklist?state=accepted&q=a";
        let preview = [&[("act", "remind"), ("back", back)], &chosen[..]].concat();
        let page = browser.post("/worklist/chosen", &preview).await.must_be(200).must_say("Send 3 reminders");
        assert_eq!(slots(&page.text(), "back"), [back.replace('&', "&amp;")], "the list is found again");
        let before = app.twilio.all().len();
        assert_eq!(app.twilio.all().len(), before, "a preview sends nothing");
        browser.post("/worklist/act", &preview).await.must_lead_to(back);
        let reference = app.referral(closed).await.reference;
        browser.get("/worklist").await.must_say("2 reminders are on their way.").must_say(&format!("Not {reference}"));
        app.deliver().await;
        assert_eq!(app.twilio.all().len(), before + 2);
        browser.post("/worklist/chosen", &[("act", "remind"), ("back", back)]).await.must_lead_to(back);
        browser.post("/worklist/chosen", &[("act", "remind"), ("back", "/admin")]).await.must_lead_to("/worklist");
        browser.get("/worklist").await.must_say("Tick at least one referral");
        // Somebody else's referral is as if it were not there.
        let other = app.sign_in("referrer").await;
        other.post("/worklist/act", &preview).await.must_be(403);
        app.deliver().await;
        assert_eq!(app.twilio.all().len(), before + 2);
    }

    async fn before_a_leave_everything_is_handed_over(app) {
        let id = app.an_accepted_referral().await;
        let (from, to) = (app.staff("specialist").await, app.staff("coordinator").await);
        assign(app, id, &from.id.to_string()).await.expect("assigned");
        app.deliver().await;
        let form = [("from", from.id.to_string()), ("to", to.id.to_string())];
        let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        app.sign_in("specialist").await.post("/worklist/away", &form).await.must_be(403);
        app.sign_in("specialist").await.post("/worklist/hand-over", &form).await.must_be(403);
        // What would be handed over is read before it is.
        let browser = app.sign_in("coordinator").await;
        let page = browser.post("/worklist/away", &form).await.must_be(200).must_say(&app.referral(id).await.reference);
        let chosen = slots(&page.must_say("Hand over").text(), "chosen");
        assert!(chosen.contains(&id.to_string()), "{chosen:?}");
        assert_eq!(app.referral(id).await.owner_person_id, Some(from.id), "a preview changes nothing");
        let late = app.an_accepted_referral().await;
        assign(app, late, &from.id.to_string()).await.expect("assigned meanwhile");
        let back = "/worklist?state=accepted";
        let seen = chosen.iter().map(|id| ("chosen", id.as_str()));
        let form: Vec<_> = form.into_iter().chain(seen).chain([("back", back)]).collect();
        browser.post("/worklist/hand-over", &form).await.must_lead_to(back);
        browser.get(back).await.must_say("a new owner. To give some back, filter the list by the new owner");
        assert_eq!(app.referral(id).await.owner_person_id, Some(to.id));
        assert_eq!(app.referral(late).await.owner_person_id, Some(from.id), "nobody has seen it in the preview");
        assign(app, late, &to.id.to_string()).await.expect("handed over by hand");
        let same = [("from", form[0].1), ("to", form[0].1), ("back", back)];
        browser.post("/worklist/away", &same).await.must_lead_to(back);
        browser.get(back).await.must_say("Choose somebody else than the one who gives away.");
        let none = [("from", form[0].1), ("to", form[1].1), ("back", back)];
        browser.post("/worklist/away", &none).await.must_be(200).must_say("has no open referral");
        let left = app.literal(from.id);
        let left = format!("select count(*) as n from referral where owner_person_id = {left} and due_at is not null");
        assert_eq!(app.count(&left).await, 0);
        app.deliver().await;
    }

    async fn a_clock_that_is_over_shows_on_the_referral(app) {
        let id = app.a_sent_referral().await;
        let page = app.sign_in("coordinator").await.get(&format!("/referrals/{id}")).await.must_be(200);
        page.must_say("Receipt confirmed").must_say("Running");
        app.act("specialist", id, "acknowledge", &[]).await;
        app.sign_in("coordinator").await.get(&format!("/referrals/{id}")).await.must_say("In time");
        app.deliver().await;
    }

    async fn colleagues_write_to_each_other_and_the_other_side_reads_only_what_is_for_it(app) {
        let id = app.a_sent_referral().await;
        app.deliver().await;
        let (specialist, referrer) = (app.sign_in("specialist").await, app.sign_in("referrer").await);
        let path = format!("/referrals/{id}/write-note");
        let coordinator = app.staff("coordinator").await;
        let asks = coordinator.id.to_string();
        let form = [("write-note-text", "Is there an old ECG in the archive?"), ("write-note-audience", "own"), ("write-note-person", asks.as_str())];
        specialist.post(&path, &form).await.must_lead_to(&format!("/referrals/{id}"));
        let page = referrer.get(&format!("/referrals/{id}")).await.must_be(200).text();
        assert!(!page.contains("old ECG"), "for their side only");
        let theirs = app.sign_in("coordinator").await;
        let page = theirs.get("/worklist").await.must_say("Asked of you").must_say("Is there an old ECG").text();
        let task = page.split("/tasks/").nth(1).and_then(|rest| rest.split('/').next()).expect("a task").to_owned();
        specialist.post(&format!("/tasks/{task}/done"), &[]).await.must_be(404);
        let asked = format!("{} is asked to act on it", coordinator.name);
        specialist.get(&format!("/referrals/{id}")).await.must_say(&asked);
        theirs.post(&format!("/tasks/{task}/done"), &[]).await.must_lead_to("/worklist");
        assert!(!theirs.get("/worklist").await.text().contains("Asked of you"));
        let form = [("write-note-text", "Which tablets has she tried?"), ("write-note-audience", "both")];
        specialist.post(&path, &form).await.must_be(303);
        referrer.get(&format!("/referrals/{id}")).await.must_say("Which tablets has she tried?");
        app.deliver().await;
        let subjects: Vec<String> = app.mails().into_iter().map(|mail| mail.subject).collect();
        assert!(subjects.iter().any(|subject| subject.contains("has a message")), "{subjects:?}");
        assert!(subjects.iter().any(|subject| subject.contains("has a question for you")), "{subjects:?}");
        // Whoever asked is told that it is done, and reads it under their words; the other side reads nothing of it.
        let told = app.mails().into_iter().find(|mail| mail.subject.contains("has an answer for you")).expect("a mail");
        assert_eq!(told.to, [app.staff("specialist").await.email]);
        let done = format!("{} was asked to act – done ", coordinator.name);
        specialist.get(&format!("/referrals/{id}")).await.must_say(&done);
        assert!(!referrer.get(&format!("/referrals/{id}")).await.text().contains(&coordinator.name));
        app.as_patient(id).await.get("/my").await.must_be(200);
        let page = app.as_patient(id).await.get("/my").await.text();
        assert!(!page.contains("tablets"), "patients do not read the thread");
        specialist.post(&path, &[("write-note-text", " ")]).await.must_be(303);
        specialist.get(&format!("/referrals/{id}")).await.must_say("Write what you want to say.");
    }

    async fn a_comment_of_a_hundred_thousand_characters_is_refused_and_right_to_left_is_kept(app) {
        let id = app.a_sent_referral().await;
        app.deliver().await;
        let specialist = app.sign_in("specialist").await;
        let path = format!("/referrals/{id}/write-note");
        let long = "x".repeat(100_000);
        specialist.post(&path, &[("write-note-text", &long)]).await.must_be(303);
        specialist.get(&format!("/referrals/{id}")).await.must_say("This is 100000 characters long.");
        let arabic = "\u{645}\u{631}\u{62d}\u{628}\u{627} \u{202e}abc";
        specialist.post(&path, &[("write-note-text", arabic)]).await.must_be(303);
        specialist.get(&format!("/referrals/{id}")).await.must_say(arabic);
    }

    async fn what_was_declined_is_put_right_and_sent_again(app) {
        let id = app.a_sent_referral().await;
        let form = [("triage-outcome", "decline"), ("triage-patient_line", "Your doctor has our advice about tablets.")];
        app.act("specialist", id, "triage", &form).await;
        app.must_be_in(id, "declined").await;
        let path = format!("/referrals/{id}/resubmit");
        app.sign_in("specialist").await.post(&path, &[]).await.must_be(403);
        let (of, all) = (app.literal(id.0), "select count(*) as n from referral where parent_id = ");
        assert_eq!(app.count(&format!("{all}{of}")).await, 0, "only the side that sent it");
        let referrer = app.sign_in("referrer").await;
        referrer.get(&format!("/referrals/{id}")).await.must_say("Put it right and send again");
        app.resubmit(id).await;
        let page = referrer.get(&format!("/referrals/{id}")).await.must_say("Goes on as").text();
        let draft: ReferralId = page.split("Goes on as").nth(1).and_then(|rest| rest.split("/referrals/").nth(1))
            .and_then(|rest| rest.split('"').next()).and_then(|id| id.parse().ok()).expect("a link to the draft");
        app.must_be_in(draft, "draft").await;
        assert_eq!(app.referral(draft).await.reason, app.referral(id).await.reason);
        app.send(draft).await.must_lead_to(&format!("/referrals/{draft}"));
        app.must_be_in(draft, "sent").await;
        app.deliver().await;
    }
}

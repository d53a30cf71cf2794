//! Who is waited for is written to again, and then somebody calls. Silence takes nobody off anything.

use chrono::{DateTime, Duration, NaiveTime, Utc};
use contract::{TextInput, WaitingInput};
use domain::ReferralId;
use harness::{TestApp, both};
use service::{booking, jobs, referrals};

use crate::sessions::{day, diary, must_book, no_sessions, session, times_on};

/// So many days from today, at ten in London: whoever is written to that day has been.
fn later(days: i64) -> DateTime<Utc> {
    let wall = day(days).and_time(NaiveTime::from_hms_opt(10, 0, 0).expect("a time of day"));
    let at = wall.and_local_timezone(chrono_tz::Europe::London).earliest();
    at.expect("no clock changes at this hour").with_timezone(&Utc)
}

async fn chase(app: &TestApp, at: DateTime<Utc>) {
    jobs::chase(&app.desk, at).await.expect("looked at");
}

/// Template and step of what a referral's patient was written because of a rule, oldest first.
async fn written(app: &TestApp, id: ReferralId) -> Vec<String> {
    app.texts(&format!(
        "select template || ' ' || step as t from message where step is not null and channel = 'sms' and referral_id = {} \
         order by created_at, id",
        app.literal(id.0)
    ))
    .await
}

async fn tasks(app: &TestApp, id: ReferralId) -> Vec<String> {
    app.texts(&format!(
        "select kind as t from task where kind <> '' and referral_id = {} order by created_at",
        app.literal(id.0)
    ))
    .await
}

async fn waited(app: &TestApp, id: ReferralId) -> Vec<String> {
    app.texts(&format!("select what as t from chase where referral_id = {} order by what", app.literal(id.0)))
        .await
}

/// The heart clinic's rules, as they are stored.
async fn rules(app: &TestApp, json: &str) {
    let service = app.literal(app.service("Heart clinic").await);
    app.raw(&format!("update service set reminders = '{json}' where id = {service}")).await.expect("set");
}

both! {
    async fn who_does_not_choose_a_time_is_asked_three_times_and_then_called(app) {
        let id = app.an_accepted_referral().await;
        app.deliver().await;
        assert_eq!(waited(app, id).await, ["choose-time", "still-needed"]);
        chase(app, later(2)).await;
        assert_eq!(written(app, id).await, [""; 0]);
        for days in [3, 3, 7, 14] {
            chase(app, later(days)).await;
        }
        let asked = ["choose-time-3", "choose-time-7", "choose-time-14"].map(|step| format!("reminder-choose-time {step}"));
        assert_eq!(written(app, id).await, asked);
        chase(app, later(20)).await;
        assert_eq!(tasks(app, id).await, [""; 0]);
        for _ in 0..2 {
            chase(app, later(21)).await;
        }
        assert_eq!(tasks(app, id).await, ["chase-choose-time"]);
        assert_eq!(written(app, id).await.len(), 3);
        app.must_be_in(id, "accepted").await;
        // Whoever is asked first here is another coordinator.
        let reader = app.literal(app.staff("coordinator").await.id);
        app.raw(&format!("update task set person_id = {reader}")).await.expect("given");
        let staff = app.sign_in("coordinator").await;
        staff.get("/worklist").await.must_say("No time was chosen, and reminders did not help.");
        app.leaves_messages();
    }

    async fn a_server_that_stood_still_asks_once_and_a_booked_time_ends_it(app) {
        no_sessions(app).await;
        session(app, diary(app).await, |_| ()).await;
        let (late, books) = (app.an_accepted_referral_of(0, "routine").await, app.an_accepted_referral_of(1, "routine").await);
        let slot = times_on(app, books, day(20)).await.remove(0);
        must_book(app, books, &slot).await;
        assert_eq!(waited(app, books).await, [""; 0]);
        for _ in 0..2 {
            chase(app, later(15)).await;
        }
        assert_eq!(written(app, late).await, ["reminder-choose-time choose-time-14"]);
        assert!(written(app, books).await.iter().all(|one| one.starts_with("reminder-confirm")));
        app.leaves_messages();
    }

    async fn what_came_by_a_file_is_waited_for_as_well(app) {
        let forgotten = "select count(*) as n from referral r where r.kind = 'referral' and r.patient_sees and r.state = 'accepted' \
                         and not exists (select 1 from chase c where c.organisation_id = r.organisation_id and c.referral_id = r.id)";
        assert!(app.count("select count(*) as n from referral where state = 'accepted'").await > 0);
        assert_eq!(app.count(forgotten).await, 0);
    }

    async fn a_patient_who_comes_without_the_link_finds_the_question_and_answers_it(app) {
        rules(app, r#"{"choose_time_days":[],"still_needed_weeks":4}"#).await;
        let id = app.an_accepted_referral().await;
        app.deliver().await;
        let browser = app.as_patient(id).await;
        let question = "Do you still need your appointment?";
        assert!(!browser.get("/my").await.text().contains(question));
        chase(app, later(28)).await;
        browser.get("/my").await.must_say(question);
        let path = format!("/my/{id}/needed");
        browser.post(&path, &[]).await.must_lead_to("/my");
        browser.get("/my").await.must_say(question).must_say("Choose yes or no");
        browser.post(&path, &[("answer", "no")]).await.must_lead_to("/my");
        assert!(!browser.get("/my").await.text().contains(question));
        assert_eq!(tasks(app, id).await, ["not-needed"]);
        app.must_be_in(id, "accepted").await;
        app.leaves_messages();
    }

    async fn who_waits_on_the_list_has_answered(app) {
        let id = app.an_accepted_referral().await;
        booking::waitlist::join(&app.desk, &app.patient_call(id).await, id, &WaitingInput::default()).await.expect("waits");
        chase(app, later(4)).await;
        assert_eq!(written(app, id).await, [""; 0]);
        app.leaves_messages();
    }

    async fn whoever_waits_for_long_is_asked_whether_they_still_need_it_and_a_person_decides(app) {
        rules(app, r#"{"choose_time_days":[],"still_needed_weeks":4}"#).await;
        let id = app.an_accepted_referral().await;
        app.deliver().await;
        chase(app, later(27)).await;
        assert_eq!(written(app, id).await, [""; 0]);
        chase(app, later(28)).await;
        jobs::dispatch(&app.desk, later(28) + Duration::minutes(1)).await.expect("sent");
        assert_eq!(written(app, id).await, ["still-needed still-needed-28"]);
        let link = app.link_for(id).await;
        let browser = app.browser();
        for _ in 0..2 {
            browser.get(&link).await.must_lead_to("/still-needed");
            browser.get("/still-needed").await.must_say("Do you still need your appointment?");
        }
        let events = "select count(*) as n from event where kind like 'need_%' and referral_id = ";
        let events = format!("{events}{}", app.literal(id.0));
        assert_eq!(app.count(&events).await, 0, "looking changes nothing");
        // Silence is no answer: they are asked again four weeks later, and stay where they are.
        chase(app, later(57)).await;
        assert_eq!(written(app, id).await.len(), 2);
        app.must_be_in(id, "accepted").await;
        browser.post("/still-needed", &[("answer", "yes")]).await.must_lead_to("/still-needed");
        browser.get("/still-needed").await.must_say("You keep your place.");
        assert_eq!(tasks(app, id).await, [""; 0]);
        for _ in 0..2 {
            browser.post("/still-needed", &[("answer", "no")]).await.must_lead_to("/still-needed");
        }
        assert_eq!((app.count(&events).await, tasks(app, id).await), (2, vec!["not-needed".to_owned()]));
        app.must_be_in(id, "accepted").await;
        let staff = app.sign_in("coordinator").await;
        staff.get(&format!("/referrals/{id}")).await.must_say("The patient says that they no longer need it");
        app.leaves_messages();
    }

    async fn what_was_asked_for_is_asked_for_again_until_it_comes(app) {
        rules(app, r#"{"documents_days":[2]}"#).await;
        let id = app.a_sent_referral().await;
        let ask = [("triage-outcome", "ask"), ("triage-ask_of", "patient"), ("triage-patient_line", "Which tablets do you take?")];
        app.act("specialist", id, "triage", &ask).await;
        app.must_be_in(id, "info-needed").await;
        assert_eq!(waited(app, id).await, ["documents"]);
        chase(app, later(2)).await;
        assert_eq!(written(app, id).await, ["reminder-document documents-2"]);
        chase(app, later(4)).await;
        assert_eq!(tasks(app, id).await, ["chase-documents"]);
        app.leaves_messages();
    }

    async fn a_missed_visit_and_the_survey_come_when_the_service_says(app) {
        rules(app, r#"{"missed_days":2,"survey_days":1,"choose_time_days":[]}"#).await;
        no_sessions(app).await;
        session(app, diary(app).await, |_| ()).await;
        let id = app.an_accepted_referral().await;
        let slot = times_on(app, id, day(2)).await.remove(0);
        must_book(app, id, &slot).await;
        app.deliver().await;
        let mut call = app.call("coordinator").await;
        call.now = later(3);
        let version = app.referral(id).await.version;
        let input = TextInput { version, text: "Did not come.".to_owned(), reason: "did-not-come".to_owned() };
        let missed = referrals::mark_no_show(&app.desk, &call, id, &input).await;
        missed.expect("marked");
        let told = format!("select count(*) as n from message where template = 'visit-missed' and referral_id = {}", app.literal(id.0));
        assert_eq!(app.count(&told).await, 0, "not at once");
        for days in [4, 5, 5, 9] {
            chase(app, later(days)).await;
        }
        assert_eq!(app.count(&told).await, 1, "once");
        app.leaves_messages();
    }
}

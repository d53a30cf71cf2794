//! What a service reminds of: planned by its rules, confirmed by one tap, planned anew when the rules change.

use chrono::{DateTime, Duration, NaiveTime, Utc};
use contract::SlotInput;
use domain::ReferralId;
use harness::{TestApp, both};
use service::admin::config::{Mode, export_config, load_config, read};
use service::{ServiceError, asking, booking, clock, jobs, sign_in};
use store::entity::appointment;

use crate::sessions::{cancel, day, diary, hospital, must_book, no_sessions, session, times_on};

async fn one_session(app: &TestApp) {
    no_sessions(app).await;
    session(app, diary(app).await, |_| ()).await;
}

/// A visit booked so many days ahead.
async fn booked(app: &TestApp, ahead: i64) -> ReferralId {
    one_session(app).await;
    let id = app.an_accepted_referral().await;
    book(app, id, ahead).await;
    id
}

async fn book(app: &TestApp, id: ReferralId, ahead: i64) -> SlotInput {
    let slot = times_on(app, id, day(ahead)).await.remove(0);
    must_book(app, id, &slot).await;
    app.deliver().await;
    slot
}

async fn visit(app: &TestApp, id: ReferralId) -> appointment::Model {
    let rows = store::appointments::of_referral(app.desk.store.reader(), hospital(app).await, id).await;
    rows.expect("read").into_iter().rev().find(|row| row.state == "booked").expect("booked")
}

/// Step and state of the reminders of a referral, in the order in which they are due.
async fn reminders(app: &TestApp, id: ReferralId) -> Vec<String> {
    app.texts(&format!(
        "select step || ' ' || state as t from message where step is not null and referral_id = {} order by due_at, id",
        app.literal(id.0)
    ))
    .await
}

/// So many days before the visit, at a time of day in London.
async fn before(app: &TestApp, id: ReferralId, days: i64, hour: u32, minute: u32) -> DateTime<Utc> {
    let zone = chrono_tz::Europe::London;
    let start = DateTime::from_timestamp_millis(visit(app, id).await.start_at).expect("an instant");
    let wall = (start.with_timezone(&zone).date_naive() - Duration::days(days))
        .and_time(NaiveTime::from_hms_opt(hour, minute, 0).expect("a time of day"));
    wall.and_local_timezone(zone).earliest().expect("no clock changes at this hour").with_timezone(&Utc)
}

/// Sends the reminder of so many days before; answers the path of its link.
async fn reminded(app: &TestApp, id: ReferralId, days: i64) -> String {
    let due = before(app, id, days, 9, 0).await;
    jobs::dispatch(&app.desk, due - Duration::seconds(1)).await.expect("nothing is due");
    let texts = app.twilio.all().len();
    jobs::dispatch(&app.desk, due + Duration::seconds(1)).await.expect("sent");
    assert_eq!(app.twilio.all().len(), texts + 1, "{days} days before, at nine");
    app.link_for(id).await
}

both! {
    async fn a_visit_is_reminded_of_as_its_service_says_and_not_of_what_has_passed(app) {
        let id = booked(app, 20).await;
        assert_eq!(reminders(app, id).await, ["14-days created", "4-days created", "1-day created"]);
        let rule = app.texts("select distinct rule_id as t from message where step is not null").await;
        assert_eq!(rule, [format!("reminders:{}", app.service("Heart clinic").await)]);
        cancel(app, id).await;
        let withheld = ["14-days withheld", "4-days withheld", "1-day withheld"];
        assert_eq!(reminders(app, id).await, withheld);
        // Booked three days ahead: two of them have passed, and are never sent late.
        book(app, id, 3).await;
        let left: Vec<String> = reminders(app, id).await.into_iter().filter(|one| one.ends_with("created")).collect();
        assert_eq!(left, ["1-day created"]);
    }

    async fn staff_note_that_a_patient_told_them_that_they_come(app) {
        let id = booked(app, 20).await;
        let shown = visit(app, id).await.id.to_string();
        let staff = app.sign_in("coordinator").await;
        let (page, path) = (format!("/referrals/{id}"), format!("/referrals/{id}/coming"));
        staff.get(&page).await.must_say("They told you that they are coming");
        staff.post(&path, &[("coming-visit", &shown)]).await.must_lead_to(&page);
        staff.get(&page).await.must_say("Say who told you.");
        let told = [("coming-visit", shown.as_str()), ("coming-who", "family"), ("coming-how", "phone")];
        staff.post(&path, &told).await.must_lead_to(&page);
        staff.get(&page).await.must_say("Is coming, as they said").must_say("Somebody for the patient, by phone");
        assert!(visit(app, id).await.patient_confirmed_at.is_some());
        assert_eq!(reminders(app, id).await.last().map(String::as_str), Some("1-day withheld"));
        app.sign_in("referrer").await.post(&path, &told).await.must_be(403);
        app.leaves_messages();
    }

    async fn one_tap_confirms_a_visit_and_looking_at_the_link_does_not(app) {
        let id = booked(app, 20).await;
        let link = reminded(app, id, 14).await;
        let texts = app.twilio.texts(&app.patient_of(id).await.phone.expect("a phone"));
        assert!(texts.last().expect("a text").contains("Confirm or change"), "{texts:?}");
        let browser = app.browser();
        for _ in 0..2 {
            browser.get(&link).await.must_lead_to("/coming");
            browser.get("/coming").await.must_be(200).must_say("Are you coming?");
        }
        assert_eq!(visit(app, id).await.patient_confirmed_at, None, "looking changes nothing");
        let looks = "select count(*) as n from audit where actor = 'system:patient-link'";
        assert_eq!(app.count(looks).await, 2, "each look at the page is recorded");
        let staff = app.sign_in("coordinator").await;
        let page = format!("/referrals/{id}");
        assert!(!staff.get("/worklist?state=booked").await.text().contains("The patient is coming"));

        browser.post("/coming", &[]).await.must_lead_to("/coming");
        browser.get("/coming").await.must_say("Thank you. We expect you.");
        let at = visit(app, id).await.patient_confirmed_at;
        assert!(at.is_some());
        // Whoever has come that far is not reminded the day before; twice is once.
        browser.post("/coming", &[]).await.must_lead_to("/coming");
        assert_eq!(visit(app, id).await.patient_confirmed_at, at);
        let sent = reminders(app, id).await;
        assert_eq!(sent[1..], ["4-days created", "1-day withheld"], "{sent:?}");
        let told = format!("select count(*) as n from event where kind = 'visit_confirmed' and referral_id = {}", app.literal(id.0));
        assert_eq!(app.count(&told).await, 1);
        // Staff see it wherever they see the visit.
        staff.get(&page).await.must_say("Is coming, as they said").must_say("The patient says that they are coming");
        staff.get("/worklist?state=booked").await.must_say("The patient is coming");
        staff.get(&format!("/board?day={}", day(20))).await.must_say("the patient is coming");
        app.leaves_messages();
    }

    async fn a_patient_who_is_signed_in_says_so_on_their_first_screen(app) {
        let id = booked(app, 10).await;
        let browser = app.as_patient(id).await;
        browser.get("/my").await.must_say("I’m coming");
        let other = uuid::Uuid::from_bytes([7; 16]).to_string();
        browser.post(&format!("/my/{id}/coming"), &[("visit", &other)]).await;
        assert_eq!(visit(app, id).await.patient_confirmed_at, None, "another visit than the one that is booked");
        let shown = visit(app, id).await.id.to_string();
        browser.post(&format!("/my/{id}/coming"), &[("visit", &shown)]).await.must_lead_to("/my");
        browser.get("/my").await.must_say("You said that you are coming");
        // Nobody says it for them.
        let call = app.call("coordinator").await;
        let refused = booking::say_coming(&app.desk, &call, id, &shown).await.expect_err("staff do not");
        assert!(matches!(refused, ServiceError::NotAllowed), "{refused:?}");
    }

    async fn a_visit_that_is_moved_is_asked_about_anew(app) {
        let id = booked(app, 20).await;
        let link = reminded(app, id, 14).await;
        let token = link.trim_start_matches("/r/").to_owned();
        let sign_in::LinkState::Open(ticket) = sign_in::open_link(&app.desk, clock::now(), &token).await.expect("opened")
        else {
            panic!("the link is open")
        };
        asking::say_coming(&app.desk, clock::now(), &ticket).await.expect("confirmed");
        // One that failed and would be tried again is not sent either, once the time no longer holds.
        let failed = format!(
            "update message set state = 'technical-failure' where step = '4-days' and referral_id = {}",
            app.literal(id.0)
        );
        app.raw(&failed).await.expect("failed");
        book(app, id, 17).await;
        let now = reminders(app, id).await;
        assert!(now.contains(&"4-days withheld".to_owned()), "{now:?}");
        let ahead: Vec<&String> = now.iter().filter(|one| one.ends_with("created")).collect();
        assert_eq!(ahead, ["14-days created", "4-days created", "1-day created"]);
        assert_eq!(visit(app, id).await.patient_confirmed_at, None);
        // The link of before asks nothing any more, and confirms nothing.
        app.browser().get(&link).await.must_lead_to("/verify");
        asking::say_coming(&app.desk, clock::now() + Duration::seconds(1), &ticket).await.expect("it was answered before");
        assert_eq!(visit(app, id).await.patient_confirmed_at, None);
    }

    async fn other_rules_plan_visits_anew_and_nothing_is_sent_twice(app) {
        let id = booked(app, 20).await;
        let _ = reminded(app, id, 14).await;
        let service = app.service("Heart clinic").await;
        let page = format!("/admin/services/{service}/reminders");
        let administrator = app.sign_in("administrator").await;
        administrator.get(&page).await.must_be(200).must_say("These are the product’s own");
        let visit_day = day(20).to_string();
        administrator
            .get(&format!("{page}?day={visit_day}&time=10:00"))
            .await
            .must_say("14 days before, at 09:00")
            .must_say("only who has not said that they are coming");
        administrator.get(&format!("{page}?day={}", day(2))).await.must_say("not 4 days before, at 09:00: its time has passed");
        // A fortnight before stays, four days before goes at another time, three hours before comes, the day before goes.
        let form = [
            ("whole", "1"), ("step-0-code", "14-days"), ("step-0-days", "14"), ("step-0-at", "09:00"), ("step-0-how", "ask_confirm"),
            ("step-1-code", "4-days"), ("step-1-days", "4"), ("step-1-at", "17:30"), ("step-1-how", "ask_confirm"),
            ("step-3-hours", "72"), ("step-3-how", "say_cost"),
            ("missed_cost", "about £160"), ("choose_time_days", "3, 7, 14"), ("documents_days", "3, 7"),
            ("missed_days", "0"), ("survey_days", ""), ("still_needed_weeks", "8"),
        ];
        administrator.post(&page, &form).await.must_lead_to(&page);
        administrator.get(&page).await.must_say("The reminders are set").must_say("17:30");
        assert!(jobs::replan_reminders(&app.desk, clock::now()).await.expect("planned") >= 1);
        assert_eq!(jobs::replan_reminders(&app.desk, clock::now()).await.expect("planned"), 0);
        let now = reminders(app, id).await;
        assert!(!now[0].ends_with("withheld") && now[0].starts_with("14-days"), "{now:?}");
        assert_eq!(now.iter().filter(|one| one.starts_with("14-days")).count(), 1, "{now:?}");
        let ahead: Vec<&String> = now.iter().filter(|one| one.ends_with("created")).collect();
        assert_eq!(ahead, ["4-days created", "72-hours created"], "{now:?}");
        let due = format!("select due_at as n from message where step = '4-days' and state = 'created' and referral_id = {}", app.literal(id.0));
        assert_eq!(app.count(&due).await, before(app, id, 4, 17, 30).await.timestamp_millis());
        let body = format!("select body as t from message where step = '72-hours' and channel = 'sms' and referral_id = {}", app.literal(id.0));
        assert!(app.texts(&body).await[0].contains("Missing it costs about £160"));
        // What was changed stands in the history of the service.
        administrator.get(&format!("/admin/services/{service}/rules")).await.must_say("17:30").must_say("survey: after days never");
        app.leaves_messages();
    }

    async fn what_is_wrong_in_the_form_is_said_where_it_was_typed(app) {
        let service = app.service("Heart clinic").await;
        let page = format!("/admin/services/{service}/reminders");
        let administrator = app.sign_in("administrator").await;
        let form = [("whole", "1"), ("step-0-days", "400"), ("step-2-days", "3"), ("step-2-how", "say_cost"), ("choose_time_days", "7, 3")];
        administrator.post(&page, &form).await;
        let shown = administrator.get(&page).await.must_be(200);
        let shown = shown
            .must_say("Give days from 0 to 365.")
            .must_say("Say what a missed visit costs, or leave the cost out of this reminder.")
            .must_say("each larger than the one before");
        assert!(shown.text().contains("value=\"400\""), "what was typed stays");
        let stored = format!("select reminders as t from service where id = {}", app.literal(service));
        assert_eq!(app.texts(&stored).await, [""]);
    }

    async fn rules_travel_with_the_configuration(app) {
        let call = service::Call::new(domain::Actor::system("config", uuid::Uuid::from_bytes([1; 16])), clock::now());
        let of = hospital(app).await;
        let text = r#"{ "waymark_config": 1, "services": [{ "name": "Heart clinic", "reminders": {
            "visit": [{ "code": "week", "before_days": 7, "at": "18:00", "ask_confirm": true }],
            "choose_time_days": [2, 5], "survey_days": "never" } }] }"#;
        let id = booked(app, 20).await;
        let report = load_config(&app.desk, &call, Some(of), &read(text).expect("read"), Mode::Write).await.expect("judged");
        assert!(report.problems.is_empty(), "{:?}", report.problems);
        jobs::replan_reminders(&app.desk, clock::now()).await.expect("planned");
        let ahead: Vec<String> = reminders(app, id).await.into_iter().filter(|one| one.ends_with("created")).collect();
        assert_eq!(ahead, ["week created"]);
        let out = export_config(&app.desk, &call, Some(of)).await.expect("written out");
        let heart = out.services.iter().find(|service| service.name == "Heart clinic").expect("there");
        let rules = heart.reminders.as_ref().expect("rules");
        assert_eq!((rules.visit.len(), rules.survey_days, rules.missed_days), (1, None, Some(0)));
        let again = serde_json::to_string(&out).expect("JSON");
        assert_eq!(read(&again).expect("read again"), out);
        let wrong = text.replace(r#""before_days": 7"#, r#""before_days": 700"#);
        let report = load_config(&app.desk, &call, Some(of), &read(&wrong).expect("read"), Mode::Write).await.expect("judged");
        assert_eq!(report.problems[0].path, "services[0].reminders.visit[0].before_days");
    }
}

//! Clinicians are told of their own days, as each of them chose, once each.

use chrono::{DateTime, Duration, NaiveDate, NaiveTime, Utc};
use contract::{DayNoticesInput, HoldOutcome, SlotInput, TextInput};
use domain::ReferralId;
use domain::calendar_days::at_wall;
use harness::{Options, TestApp, both};
use service::{Call, ServiceError, booking, day_notices, jobs};
use store::entity::leave;
use uuid::Uuid;

use crate::sessions::{diary, free_day, hospital, must_book, no_sessions, session, times_on};

const LONDON: chrono_tz::Tz = chrono_tz::Europe::London;

fn at(day: NaiveDate, clock: &str) -> DateTime<Utc> {
    at_wall(day, NaiveTime::parse_from_str(clock, "%H:%M").expect("a time of day"), LONDON)
}

async fn tell(app: &TestApp, now: DateTime<Utc>) {
    jobs::tell_clinicians(&app.desk, now).await.expect("told");
}

/// What somebody was told of their days, oldest first.
async fn told(app: &TestApp, role: &str) -> Vec<String> {
    let person = app.literal(app.staff(role).await.id);
    app.texts(&format!(
        "select subject || ' by ' || channel as t from message where template = 'day-notice' and person_id = {person} order by id"
    ))
    .await
}

fn usual() -> DayNoticesInput {
    DayNoticesInput {
        daily: "today".to_owned(),
        at: "07:00".to_owned(),
        changes: "at-once".to_owned(),
        within_hours: "24".to_owned(),
        digest: "at-once".to_owned(),
        channel: "email".to_owned(),
        ..DayNoticesInput::default()
    }
}

async fn choose(app: &TestApp, role: &str, change: impl FnOnce(&mut DayNoticesInput)) {
    let mut input = usual();
    change(&mut input);
    day_notices::save(&app.desk, &app.call(role).await, &input).await.expect("chosen");
}

/// Nothing of the demonstration waits for the specialist's report.
async fn nothing_waits(app: &TestApp) {
    app.breaks("nothing but held, booked and past appointments holds time in the ledger");
    app.breaks("a booked referral has exactly one booked appointment");
    let resource = app.literal(diary(app).await.0);
    app.raw(&format!("update appointment set state = 'cancelled' where resource_id = {resource}"))
        .await
        .expect("set");
}

/// Afternoons of the specialist, and a day on which nobody comes yet.
async fn afternoons(app: &TestApp) -> NaiveDate {
    no_sessions(app).await;
    session(app, diary(app).await, |row| {
        row.from_wall = "14:00".to_owned();
        row.to_wall = "16:00".to_owned();
    })
    .await;
    free_day(app, 4).await
}

async fn coordinator_at(app: &TestApp, now: DateTime<Utc>) -> Call {
    Call { now, ..app.call("coordinator").await }
}

async fn book_at(app: &TestApp, id: ReferralId, slot: &SlotInput, now: DateTime<Utc>) {
    let call = coordinator_at(app, now).await;
    let outcome = booking::staff_book(&app.desk, &call, id, slot).await.expect("answered");
    assert!(matches!(outcome, HoldOutcome::Held { .. }), "{outcome:?}");
}

both! {
    async fn the_list_comes_once_a_day_from_however_many_servers_and_names_nobody(app) {
        let day = afternoons(app).await;
        choose(app, "specialist", |_| ()).await;
        let id = app.an_accepted_referral().await;
        app.leaves_messages();
        let slot = times_on(app, id, day).await.remove(0);
        must_book(app, id, &slot).await;
        tell(app, at(day, "06:59")).await;
        // A day without visits is told to whoever wants it; before that one there is such a day.
        tell(app, at(day.pred_opt().expect("a day"), "07:01")).await;
        assert_eq!(told(app, "specialist").await, [""; 0]);
        tokio::join!(tell(app, at(day, "07:01")), tell(app, at(day, "07:01")), tell(app, at(day, "07:02")));
        tell(app, at(day, "09:30")).await;
        let told = told(app, "specialist").await;
        assert!(told.len() == 1 && told[0].ends_with(": 1 visit by email"), "{told:?}");
        let bodies = app.texts("select body || html || subject as t from message where template = 'day-notice'").await;
        let patient = app.patient_of(id).await;
        assert!(bodies.iter().all(|body| !body.contains(&patient.family) && body.contains("/availability/")), "{bodies:?}");
        let browser = app.sign_in("specialist").await;
        let page = browser.get("/account/messages").await.must_say("Your list for").must_say("Open it").text();
        let open = page.find("action=\"/account/messages/").expect("a way in") + 8;
        let open = page[open..].split('"').next().expect("its end").to_owned();
        let leads = browser.post(&open, &[]).await.must_be(303).location();
        assert!(leads.starts_with("/availability/") && leads.ends_with(&day.to_string()), "{leads}");
        browser.get(&leads).await.must_be(200).must_say(&patient.family);
    }

    async fn a_day_on_which_the_clocks_change_has_one_list(app) {
        choose(app, "specialist", |wishes| {
            wishes.at = "01:30".to_owned();
            wishes.if_empty = "yes".to_owned();
            wishes.channel = "in-app".to_owned();
        }).await;
        app.leaves_messages();
        // Half past one is twice on 31 October 2027, and not at all on 28 March.
        for (now, lists) in [
            ("2027-03-28T01:29:00Z", 0),
            ("2027-03-28T01:30:00Z", 1),
            ("2027-03-28T02:30:00Z", 1),
            ("2027-10-31T00:29:00Z", 1),
            ("2027-10-31T00:30:00Z", 2),
            ("2027-10-31T01:30:00Z", 2),
            ("2027-10-31T02:30:00Z", 2),
        ] {
            tell(app, now.parse().expect("an instant")).await;
            assert_eq!(told(app, "specialist").await.len(), lists, "{now}");
        }
        let all = told(app, "specialist").await;
        assert_eq!(all[1].split(": ").nth(1), Some("no visits by in-app"));
        let states = app.texts("select distinct state as t from message where channel = 'in-app'").await;
        assert_eq!(states, ["delivered"], "what is only in Waymark has arrived");
    }

    async fn a_visit_that_moves_twice_within_a_minute_is_told_once(app) {
        let day = afternoons(app).await;
        choose(app, "specialist", |wishes| wishes.daily = "off".to_owned()).await;
        let id = app.an_accepted_referral().await;
        app.leaves_messages();
        let slots = times_on(app, id, day).await;
        let ten = at(day, "10:00");
        let after = |seconds: i64| ten + Duration::seconds(seconds);
        book_at(app, id, &slots[0], ten).await;
        tell(app, after(59)).await;
        assert_eq!(told(app, "specialist").await, [""; 0]);
        tell(app, after(61)).await;
        assert_eq!(told(app, "specialist").await, ["Your next visits have changed: 1 booked by email"]);
        book_at(app, id, &slots[1], after(100)).await;
        book_at(app, id, &slots[2], after(130)).await;
        tell(app, after(150)).await;
        tokio::join!(tell(app, after(161)), tell(app, after(161)), tell(app, after(162)));
        assert_eq!(told(app, "specialist").await[1..], ["Your next visits have changed: 1 moved by email"]);
        // There and back again is no change.
        book_at(app, id, &slots[3], after(200)).await;
        book_at(app, id, &slots[2], after(210)).await;
        tell(app, after(300)).await;
        assert_eq!(told(app, "specialist").await.len(), 2);
        let version = app.referral(id).await.version;
        let why = TextInput { text: "The clinic is closed".to_owned(), version, reason: "clinician-away".to_owned() };
        booking::cancel(&app.desk, &coordinator_at(app, after(400)).await, id, &why).await.expect("cancelled");
        tell(app, after(470)).await;
        assert_eq!(told(app, "specialist").await[2..], ["Your next visits have changed: 1 cancelled by email"]);
    }

    [Options { overrides: vec![("messages.quiet_from", "21:00"), ("messages.quiet_to", "08:00")], ..Options::default() }]
    async fn what_changes_at_night_waits_for_the_morning_and_what_is_far_away_is_not_told(app) {
        let day = afternoons(app).await;
        choose(app, "specialist", |wishes| wishes.daily = "off".to_owned()).await;
        let (id, far) = (app.an_accepted_referral().await, app.an_accepted_referral_of(1, "routine").await);
        app.leaves_messages();
        let slots = times_on(app, id, day).await;
        let eve = day.pred_opt().expect("a day");
        must_book(app, far, &slots[0]).await;
        book_at(app, id, &slots[1], at(eve, "22:00")).await;
        for clock in ["22:05", "23:59"] {
            tell(app, at(eve, clock)).await;
        }
        tell(app, at(day, "07:59")).await;
        assert_eq!(told(app, "specialist").await, [""; 0]);
        tell(app, at(day, "08:00")).await;
        assert_eq!(told(app, "specialist").await, ["Your next visits have changed: 1 booked by email"]);
    }

    async fn nobody_is_told_who_is_suspended_has_left_or_is_away(app) {
        let day = afternoons(app).await;
        choose(app, "specialist", |_| ()).await;
        let id = app.an_accepted_referral().await;
        app.leaves_messages();
        let slot = times_on(app, id, day).await.remove(0);
        must_book(app, id, &slot).await;
        let person = app.literal(app.staff("specialist").await.id);
        let set = async |what: &str| app.raw(&format!("update person set {what} where id = {person}")).await.expect("set");
        set("status = 'suspended'").await;
        tell(app, at(day, "07:01")).await;
        set(&format!("status = 'active', valid_until = '{}'", day.pred_opt().expect("a day"))).await;
        tell(app, at(day, "07:01")).await;
        set("valid_until = null").await;
        let row = leave::Model {
            organisation_id: hospital(app).await.0,
            id: Uuid::from_bytes(rand::random()),
            resource_id: diary(app).await.0,
            from_at: at(day, "00:00").timestamp_millis(),
            to_at: at(day.succ_opt().expect("a day"), "00:00").timestamp_millis(),
            zone: LONDON.name().to_owned(),
            from_wall: String::new(),
            to_wall: String::new(),
            note: String::new(),
            created_at: 0,
            created_by_name: String::new(),
        };
        let tx = app.desk.store.write_tx().await.expect("begun");
        store::leave::insert(&tx, row).await.expect("inserted");
        tx.commit().await.expect("committed");
        tell(app, at(day, "07:01")).await;
        assert_eq!(told(app, "specialist").await, [""; 0]);
        app.raw("delete from leave").await.expect("deleted");
        tell(app, at(day, "07:02")).await;
        assert_eq!(told(app, "specialist").await, [""; 0], "the day is done with");
        app.raw("delete from day_told").await.expect("deleted");
        tell(app, at(day, "07:02")).await;
        assert_eq!(told(app, "specialist").await.len(), 1);
    }

    async fn whoever_owes_a_report_is_reminded_and_again_a_week_later(app) {
        let day = afternoons(app).await;
        nothing_waits(app).await;
        choose(app, "specialist", |wishes| {
            wishes.daily = "off".to_owned();
            wishes.report_days = "5".to_owned();
        }).await;
        let id = app.an_accepted_referral().await;
        app.leaves_messages();
        let slot = times_on(app, id, day).await.remove(0);
        must_book(app, id, &slot).await;
        for days in [1, 5, 6, 7, 12] {
            tell(app, at(day + Duration::days(days), "07:01")).await;
        }
        assert_eq!(told(app, "specialist").await, ["1 visit without outcome or report by email"]);
        tell(app, at(day + Duration::days(13), "07:01")).await;
        assert_eq!(told(app, "specialist").await.len(), 2);
    }

    async fn whoever_wants_one_notice_a_day_has_one_and_all_of_it_in_waymark(app) {
        choose(app, "referrer", |wishes| {
            wishes.digest = "daily".to_owned();
            wishes.at = "17:00".to_owned();
        }).await;
        app.raw("update message set read_at = 1 where person_id is not null").await.expect("read");
        let id = app.a_sent_referral().await;
        app.deliver().await;
        let referrer = app.literal(app.staff("referrer").await.id);
        let ways = format!("select distinct channel as t from message where person_id = {referrer} and referral_id = {}", app.literal(id.0));
        assert_eq!(app.texts(&ways).await, ["in-app"]);
        let today = service::clock::now().with_timezone(&LONDON).date_naive();
        tell(app, at(today + Duration::days(1), "17:01")).await;
        assert_eq!(told(app, "referrer").await, ["1 unread message in Waymark by email"]);
        app.leaves_messages();
        // What is late reaches them by mail whatever they chose.
        jobs::escalate(&app.desk, service::clock::now() + Duration::days(90)).await.expect("escalated");
    }

    async fn what_somebody_chooses_is_theirs_alone_and_what_is_wrong_is_named(app) {
        let browser = app.sign_in("specialist").await;
        browser.get("/account").await.must_say("/account/notices");
        browser.get("/account/notices").await.must_say("List of your visits, once a day").must_say("Europe/London");
        let wrong = [
            ("daily", "today"), ("at", "25:00"), ("changes", "at-once"), ("within_hours", "90"), ("report_days", "x"),
            ("digest", "at-once"), ("channel", "sms"), ("phone", "12"),
        ];
        browser.post("/account/notices", &wrong).await.must_lead_to("/account/notices");
        let page = browser.get("/account/notices").await.text();
        for remedy in ["like 07:00", "from 1 to 72", "from 1 to 60", "your mobile phone, like"] {
            assert!(page.contains(remedy), "{remedy} in {page}");
        }
        let right = [
            ("daily", "tomorrow"), ("at", "18:30"), ("changes", "daily"), ("within_hours", "48"), ("report_days", ""),
            ("digest", "in-app"), ("channel", "sms"), ("phone", "07700 900123"),
        ];
        browser.post("/account/notices", &right).await.must_lead_to("/account/notices");
        browser.get("/account/notices").await.must_say("Saved.").must_say("+447700900123").must_say("18:30");
        let rows = app.texts("select daily || ' ' || channel || ' ' || coalesce(report_days, 0) as t from day_notice").await;
        assert_eq!(rows, ["tomorrow sms 0"]);
        let audit = "select count(*) as n from audit where action = 'choose-day-notices'";
        assert_eq!(app.count(audit).await, 1);
        let patient = app.patient_call(app.a_sent_referral().await).await;
        app.leaves_messages();
        let refused = day_notices::save(&app.desk, &patient, &usual()).await;
        assert!(matches!(refused, Err(ServiceError::NotAllowed)));
    }
}

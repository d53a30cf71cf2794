//! The waiting list: where and with whom, what is not offered back, what one fault leaves alone, and whose duty it is to book.

use contract::{TextInput, TimesQuery, WaitingInput};
use domain::ReferralId;
use harness::{TestApp, both};
use service::booking::{self, waitlist};
use service::{availability, clock, jobs};

use crate::sessions::{another, day, diary, hospital, no_sessions, session};

async fn resource_of_offer(app: &TestApp, id: ReferralId) -> Vec<String> {
    let of = app.literal(id.0);
    app.texts(&format!(
        "select c.name as t from waitlist_offer o join resource c on c.id = o.resource_id where o.referral_id = {of}"
    ))
    .await
}

async fn joins(app: &TestApp, id: ReferralId, input: &WaitingInput) {
    // Staff: what is free was not shown to the patient, and may be offered at once.
    let call = app.call("coordinator").await;
    waitlist::join(&app.desk, &call, id, input).await.expect("on the list");
}

async fn cancel_by_patient(app: &TestApp, id: ReferralId) {
    let version = app.referral(id).await.version;
    let why = TextInput { text: "I cannot come".into(), version, ..TextInput::default() };
    booking::cancel(&app.desk, &app.patient_call(id).await, id, &why).await.expect("cancelled");
}

both! {
    async fn of_those_who_have_waited_as_long_each_gets_whom_they_would_rather_see(app) {
        no_sessions(app).await;
        let (own, other) = (diary(app).await, another(app, "Dr Amara Holm", |_| {}).await);
        // One time with each, on one day.
        for one in [own, other] {
            let on = day(7).to_string();
            session(app, one, |row| {
                row.weekdays = String::new();
                row.dates = on;
                row.to_wall = "09:30".into();
            }).await;
        }
        let (first, second) =
            (app.an_accepted_referral_of(0, "routine").await, app.an_accepted_referral_of(1, "routine").await);
        app.leaves_messages();
        // By form: weekends and evenings can be chosen, and whom one would rather see.
        let patient = app.as_patient(first).await;
        let path = format!("/my/{first}/waiting");
        let page = patient.get(&path).await.must_say("Saturday").must_say("Evenings").must_say("Whom would you rather see?").text();
        assert!(page.contains(&other.to_string()));
        patient.post(&path, &[("clinicians", "0"), ("notice", "1")]).await.must_lead_to(&path);
        patient.get(&path).await.must_say("Choose the people in the list");
        let form = [("clinicians", other.to_string()), ("notice", "1".to_owned())];
        let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        patient.post(&path, &form).await.must_lead_to("/my");
        patient.get("/my").await.must_say("rather with Dr Amara Holm");
        joins(app, first, &WaitingInput { clinicians: other.to_string(), ..WaitingInput::default() }).await;
        joins(app, second, &WaitingInput { clinicians: own.to_string(), ..WaitingInput::default() }).await;
        let of = app.literal(first.0);
        app.raw(&format!("update waitlist_entry set seen = '' where referral_id = {of}")).await.expect("forgotten");
        app.sign_in("coordinator").await.get("/waiting").await.must_say("rather with Dr Amara Holm");
        assert_eq!(jobs::fill_from_waiting_list(&app.desk, clock::now()).await.expect("filled"), 2);
        assert_eq!(resource_of_offer(app, first).await, ["Dr Amara Holm"]);
        assert_ne!(resource_of_offer(app, second).await, ["Dr Amara Holm"]);
        // What the report divides people by is noted with the offer.
        let kept = "select count(*) as n from waitlist_offer where sex <> '' and language <> '' and distance <> ''";
        assert_eq!(app.count(kept).await, 2);
    }

    async fn who_wants_nobody_else_is_offered_nobody_else(app) {
        no_sessions(app).await;
        let (own, other) = (diary(app).await, another(app, "Dr Amara Holm", |_| {}).await);
        session(app, own, |row| row.to_wall = "09:30".into()).await;
        session(app, other, |row| row.valid_from = day(80).to_string()).await;
        let id = app.an_accepted_referral_of(0, "routine").await;
        app.leaves_messages();
        let only = WaitingInput { clinicians: other.to_string(), only_these: "1".into(), ..WaitingInput::default() };
        joins(app, id, &only).await;
        jobs::fill_from_waiting_list(&app.desk, clock::now()).await.expect("filled");
        assert_eq!(resource_of_offer(app, id).await, ["Dr Amara Holm"]);
    }

    async fn a_time_that_somebody_gave_back_is_not_offered_to_them(app) {
        no_sessions(app).await;
        let own = diary(app).await;
        let on = day(7).to_string();
        session(app, own, |row| {
            row.weekdays = String::new();
            row.dates = on;
            row.to_wall = "09:30".into();
        }).await;
        let id = app.an_accepted_referral_of(0, "routine").await;
        app.leaves_messages();
        let call = app.call("coordinator").await;
        let page = booking::times(&app.desk, &call, id, &TimesQuery::default()).await.expect("times");
        let time = page.all.first().expect("a time").clone();
        let slot = contract::SlotInput { resource: time.resource, start: time.start, ..Default::default() };
        booking::staff_book(&app.desk, &call, id, &slot).await.expect("booked");
        cancel_by_patient(app, id).await;
        joins(app, id, &WaitingInput::default()).await;
        assert_eq!(jobs::fill_from_waiting_list(&app.desk, clock::now()).await.expect("filled"), 0);
        app.must_be_in(id, "appointment-cancelled").await;
    }

    async fn what_is_broken_about_one_service_keeps_no_other_waiting(app) {
        let broken = app.literal(app.service("Heart clinic").await);
        let (first, second) = (app.an_accepted_referral_of(0, "routine").await, app.an_accepted_referral_of(1, "routine").await);
        app.leaves_messages();
        joins(app, first, &WaitingInput::default()).await;
        joins(app, second, &WaitingInput::default()).await;
        // The second waits for another service, which has a session; nothing can be read of the first's.
        let other = app.texts(&format!(
            "select cast(name as text) as t from service where id <> {broken} and id in (select service_id from availability_rule) \
             and organisation_id = (select organisation_id from service where id = {broken}) order by name"
        )).await;
        let other = app.literal(app.service(&other[0]).await);
        let of = app.literal(second.0);
        app.raw(&format!("update referral set service_id = {other} where id = {of}")).await.expect("moved");
        app.raw(&format!("update waitlist_entry set service_id = {other} where referral_id = {of}")).await.expect("moved");
        app.raw(&format!("update availability_rule set visits = 'nonsense' where service_id = {broken}")).await.expect("broken");
        assert!(jobs::fill_from_waiting_list(&app.desk, clock::now()).await.expect("goes on") >= 1);
        app.must_be_in(second, "offered").await;
        app.must_be_in(first, "accepted").await;
        app.raw(&format!("update availability_rule set visits = '[]' where service_id = {broken}")).await.expect("put right");
    }

    async fn one_calendar_that_cannot_be_read_leaves_open_what_hangs_on_it_and_nothing_else(app) {
        no_sessions(app).await;
        let (own, other) = (diary(app).await, another(app, "Dr Other", |_| ()).await);
        // Neither has a time: one because no session comes, of the other nothing is known.
        session(app, own, |row| row.valid_to = Some("2020-01-02".to_owned())).await;
        session(app, other, |_| ()).await;
        let mut all = Vec::new();
        for patient in 0..3 {
            all.push(app.an_accepted_referral_of(patient, "urgent").await);
        }
        app.leaves_messages();
        for (id, named) in [(all[0], own), (all[1], other)] {
            let (id, named) = (app.literal(id.0), app.literal(named.0));
            let change = "update referral set next_step = 'book-named', next_resource_id =";
            app.raw(&format!("{change} {named} where id = {id}")).await.expect("named");
        }
        let call = app.call("coordinator").await;
        let calendar = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Elsewhere//EN\r\nEND:VCALENDAR\r\n";
        let house = hospital(app).await;
        availability::keep_calendar(&app.desk, &call, house, Some(other), "diary.ics", calendar).await.expect("kept");
        let other = app.literal(other.0);
        let unread = |to: i64| format!("update calendar set expanded_to = {to} where resource_id = {other}");
        app.raw(&unread(1)).await.expect("not known any more");
        jobs::watch_windows(&app.desk, clock::now()).await.expect("looked");
        let step = |id: ReferralId| async move { app.referral(id).await.next_step.unwrap_or_default() };
        assert_eq!(step(all[0]).await, "clinic-books", "whom they are to see is known to have no time");
        assert_eq!(step(all[1]).await, "book-named");
        assert_ne!(step(all[2]).await, "clinic-books", "the other one may have one");
        // Known again, with a session that is over.
        app.raw(&unread(9_000_000_000_000)).await.expect("known");
        app.raw("update availability_rule set valid_from = '2020-01-01', valid_to = '2020-01-02'").await.expect("over");
        jobs::watch_windows(&app.desk, clock::now()).await.expect("looked");
        for id in all {
            assert_eq!(step(id).await, "clinic-books");
        }
    }

    async fn when_the_last_time_of_a_window_is_gone_the_clinic_finds_one(app) {
        no_sessions(app).await;
        let own = diary(app).await;
        session(app, own, |_| {}).await;
        let id = app.an_accepted_referral_of(0, "urgent").await;
        app.leaves_messages();
        let watch = || async { jobs::watch_windows(&app.desk, clock::now()).await.expect("looked") };
        watch().await;
        let step = |id: ReferralId| async move { app.referral(id).await.next_step.unwrap_or_default() };
        assert_ne!(step(id).await, "clinic-books", "times are free");
        // Booked, the sessions go, and the visit is cancelled: nothing is left to choose.
        let call = app.call("coordinator").await;
        let page = booking::times(&app.desk, &call, id, &TimesQuery::default()).await.expect("times");
        let time = page.all.first().expect("a time").clone();
        let slot = contract::SlotInput { resource: time.resource, start: time.start, ..Default::default() };
        booking::staff_book(&app.desk, &call, id, &slot).await.expect("booked");
        no_sessions(app).await;
        watch().await;
        assert_ne!(step(id).await, "clinic-books", "it is booked");
        cancel_by_patient(app, id).await;
        watch().await;
        assert_eq!(step(id).await, "clinic-books");
        let of = app.literal(id.0);
        let passed = format!("select count(*) as n from event where referral_id = {of} and kind = 'booking_passed'");
        assert_eq!(app.count(&passed).await, 1);
        watch().await;
        assert_eq!(app.count(&passed).await, 1, "once is enough");
        assert!(app.referral(id).await.due_at.is_some_and(|due| due > clock::now().timestamp_millis()), "a clock of its own");
    }
}

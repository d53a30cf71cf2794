//! Choosing a time: what is offered beside it, when the window is over, in which language, and what staff see of it.

use chrono::Duration;
use contract::{
    BoardQuery, HoldOutcome, ServiceBookingInput, SlotInput, TimesQuery, WaitingInput, WishesInput,
};
use domain::{ReferralId, ServiceId};
use harness::{TestApp, both};
use service::{Conflict, ServiceError, availability, booking, clock, jobs};

use crate::sessions::{another, day, diary, hospital, must_book, no_sessions, page, session, times_on};

/// The heart clinic sees people within so many days of being sent; this one was sent so many days ago.
async fn sent_days_ago(app: &TestApp, id: ReferralId, days: i64, within: u32) {
    let service = app.literal(app.service("Heart clinic").await);
    let offered = format!(r#"[{{"code":"routine","days":{within}}},{{"code":"urgent","days":{within}}}]"#);
    app.raw(&format!("update service set priorities = '{offered}' where id = {service}")).await.expect("set");
    let at = (clock::now() - Duration::days(days)).timestamp_millis();
    let of = app.literal(id.0);
    app.raw(&format!("update referral set sent_at = {at} where id = {of}")).await.expect("set");
}

async fn step(app: &TestApp, id: ReferralId) -> String {
    app.referral(id).await.next_step.unwrap_or_default()
}

/// What a referral holds: whether each is an offer, in the order in which they were made.
async fn held(app: &TestApp, id: ReferralId) -> Vec<bool> {
    let rows = store::appointments::of_referral(app.desk.store.reader(), hospital(app).await, id)
        .await
        .expect("read");
    rows.iter().filter(|row| row.state == "held").map(|row| row.offered_by.is_some()).collect()
}

async fn booked_at(app: &TestApp, id: ReferralId) -> Option<i64> {
    let rows = store::appointments::of_referral(app.desk.store.reader(), hospital(app).await, id)
        .await
        .expect("read");
    rows.iter().find(|row| row.state == "booked").map(|row| row.start_at)
}

fn at(slot: &SlotInput) -> i64 {
    slot.start.parse::<chrono::DateTime<chrono::Utc>>().expect("an instant").timestamp_millis()
}

async fn offer(app: &TestApp, id: ReferralId, slot: &SlotInput) {
    let outcome =
        booking::offer(&app.desk, &app.call("coordinator").await, id, slot).await.expect("answered");
    assert!(matches!(outcome, HoldOutcome::Held { .. }), "{outcome:?}");
}

/// The patient holds a time; answers its id.
async fn hold(app: &TestApp, id: ReferralId, slot: &SlotInput) -> String {
    match booking::hold(&app.desk, &app.patient_call(id).await, id, slot).await.expect("answered") {
        HoldOutcome::Held { appointment } => appointment.id,
        other => panic!("{other:?}"),
    }
}

async fn joins(app: &TestApp, id: ReferralId) {
    booking::waitlist::join(&app.desk, &app.patient_call(id).await, id, &WaitingInput::default())
        .await
        .expect("waits");
    let of = app.literal(id.0);
    app.raw(&format!("update waitlist_entry set seen = '' where referral_id = {of}"))
        .await
        .expect("forgotten");
}

async fn wants_polish(app: &TestApp, id: ReferralId) {
    let wishes = WishesInput { language: "pl".to_owned(), ..WishesInput::default() };
    booking::wishes::note(&app.desk, &app.patient_call(id).await, id, &wishes).await.expect("noted");
}

both! {
    async fn a_window_that_is_over_has_no_time_in_it_and_the_clinic_can_be_asked(app) {
        let (id, other) = (app.an_accepted_referral_of(0, "routine").await, app.an_accepted_referral_of(1, "routine").await);
        app.leaves_messages();
        sent_days_ago(app, other, 1, 60).await;
        sent_days_ago(app, id, 7, 3).await;
        let patient = app.as_patient(id).await;
        patient.get(&format!("/my/{id}/times")).await.must_say("You should have been seen before")
            .must_say("or ask the clinic to find a sooner one").must_say("Good choices");
        patient.post(&format!("/my/{id}/find-time"), &[]).await.must_lead_to("/my");
        assert_eq!(app.referral(id).await.next_action.as_deref(), Some("find-time"));
        let page = patient.get(&format!("/my/{id}/times")).await.must_say("The clinic is finding a time for you").text();
        assert!(!page.contains("There are free times now"), "{page}");
        // By itself the duty passes too, and of nobody who can still be seen in time.
        sent_days_ago(app, other, 1, 60).await;
        jobs::watch_windows(&app.desk, clock::now()).await.expect("looked");
        assert_ne!(step(app, other).await, "clinic-books");
        sent_days_ago(app, other, 7, 3).await;
        jobs::watch_windows(&app.desk, clock::now()).await.expect("looked");
        assert_eq!(step(app, other).await, "clinic-books");
    }

    async fn what_is_free_only_later_than_the_page_shows_is_free_all_the_same(app) {
        let id = app.an_accepted_referral().await;
        app.leaves_messages();
        no_sessions(app).await;
        session(app, diary(app).await, |row| row.valid_from = day(40).to_string()).await;
        let patient = app.as_patient(id).await;
        let asks = "Ask the clinic to find a time";
        let shown = patient.get(&format!("/my/{id}/times")).await.must_say("No time is free in these weeks").text();
        assert!(!shown.contains(asks), "{shown}");
        sent_days_ago(app, id, 1, 60).await;
        assert!(!patient.get(&format!("/my/{id}/times")).await.text().contains(asks));
        patient.post(&format!("/my/{id}/find-time"), &[]).await.must_be(303);
        patient.get(&format!("/my/{id}/times")).await.must_say("There are free times now");
        sent_days_ago(app, id, 1, 20).await;
        patient.get(&format!("/my/{id}/times")).await.must_say("No time is free before").must_say(asks);
    }

    async fn on_acceptance_past_the_window_the_soonest_time_is_held_or_the_clinic_finds_one(app) {
        let (id, other) = (app.a_sent_referral_of(0).await, app.a_sent_referral_of(1).await);
        app.leaves_messages();
        sent_days_ago(app, id, 7, 3).await;
        let accept = [("triage-outcome", "accept"), ("triage-priority", "routine")];
        app.act("specialist", id, "triage", &accept).await;
        app.must_be_in(id, "accepted").await;
        assert_eq!(step(app, id).await, "clinic-books");
        let service = ServiceId(app.service("Heart clinic").await);
        let holds = ServiceBookingInput { holds_at_acceptance: "1".to_owned(), ..ServiceBookingInput::default() };
        availability::set_booking(&app.desk, &app.call("coordinator").await, service, &holds).await.expect("set");
        sent_days_ago(app, other, 7, 3).await;
        app.act("specialist", other, "triage", &accept).await;
        app.must_be_in(other, "offered").await;
        // Not answered, the clinic has the duty.
        let later = clock::now() + Duration::hours(49);
        jobs::lapse_holds(&app.desk, later).await.expect("lapsed");
        app.must_be_in(other, "accepted").await;
        jobs::watch_windows(&app.desk, later).await.expect("looked");
        assert_eq!(step(app, other).await, "clinic-books");
    }

    async fn an_offer_is_kept_until_another_time_is_confirmed(app) {
        let id = app.an_accepted_referral().await;
        app.leaves_messages();
        no_sessions(app).await;
        session(app, diary(app).await, |_| ()).await;
        let slots = times_on(app, id, day(9)).await;
        offer(app, id, &slots[0]).await;
        let version = app.referral(id).await.version;
        let patient = app.as_patient(id).await;
        patient.get(&format!("/my/{id}/times")).await.must_say("You keep this time until you confirm another one");
        let chosen = hold(app, id, &slots[1]).await;
        assert_eq!(held(app, id).await, [true, false]);
        assert_eq!(app.referral(id).await.version, version, "the offer is still what is waited for");
        patient.get(&format!("/my/{id}/times")).await.must_say("Your other time is still kept").must_say("still kept for you, until");
        patient.get(&format!("/my/{id}/confirm")).await.must_say("still kept for you, until");
        // Nothing is confirmed in time: the offer stands as before, and is not what a late yes books.
        jobs::lapse_holds(&app.desk, clock::now() + Duration::minutes(6)).await.expect("lapsed");
        assert_eq!(held(app, id).await, [true]);
        app.must_be_in(id, "offered").await;
        let late = booking::confirm_shown(&app.desk, &app.patient_call(id).await, id, &chosen).await;
        assert!(matches!(late, Err(ServiceError::Conflict(Conflict::HoldLapsed))), "{late:?}");
        // Gone back to, what was chosen beside it is free again.
        hold(app, id, &slots[2]).await;
        hold(app, id, &slots[0]).await;
        assert_eq!(held(app, id).await, [true]);
        // Another one is confirmed: the offer goes back.
        let chosen = hold(app, id, &slots[1]).await;
        booking::confirm_shown(&app.desk, &app.patient_call(id).await, id, &chosen).await.expect("booked");
        assert_eq!((held(app, id).await, booked_at(app, id).await), (vec![], Some(at(&slots[1]))));
        app.must_be_in(id, "booked").await;
        assert!(times_on(app, id, day(9)).await.contains(&slots[0]), "it is free again");
    }

    async fn an_offer_can_be_taken_or_ended_while_another_time_is_held(app) {
        let (id, other) = (app.an_accepted_referral_of(0, "routine").await, app.an_accepted_referral_of(1, "routine").await);
        app.leaves_messages();
        no_sessions(app).await;
        session(app, diary(app).await, |_| ()).await;
        let slots = times_on(app, id, day(9)).await;
        offer(app, id, &slots[0]).await;
        hold(app, id, &slots[1]).await;
        let rows = store::appointments::of_referral(app.desk.store.reader(), hospital(app).await, id).await.expect("read");
        let offered = rows.iter().find(|row| row.offered_by.is_some()).expect("offered").id.to_string();
        booking::confirm_shown(&app.desk, &app.patient_call(id).await, id, &offered).await.expect("booked");
        assert_eq!((held(app, id).await, booked_at(app, id).await), (vec![], Some(at(&slots[0]))));
        // Taken back by the clinic, it leaves what the patient holds.
        offer(app, other, &slots[2]).await;
        hold(app, other, &slots[3]).await;
        let rows = store::appointments::of_referral(app.desk.store.reader(), hospital(app).await, other).await.expect("read");
        let offered = rows.iter().find(|row| row.offered_by.is_some()).expect("offered").id.to_string();
        let browser = app.sign_in("coordinator").await;
        let form = [("appointment", offered.as_str()), ("key", "take-back-the-offer-of-this-test")];
        browser.post(&format!("/referrals/{other}/take-back"), &form).await.must_be(303);
        assert_eq!(held(app, other).await, [false]);
        app.must_be_in(other, "offered").await;
        booking::confirm(&app.desk, &app.patient_call(other).await, other).await.expect("booked");
        assert_eq!(booked_at(app, other).await, Some(at(&slots[3])));
    }

    async fn a_waiting_list_offer_beside_which_another_time_is_taken_is_declined(app) {
        let id = app.an_accepted_referral().await;
        app.leaves_messages();
        no_sessions(app).await;
        let own = diary(app).await;
        session(app, own, |row| (row.weekdays, row.dates) = (String::new(), day(7).to_string())).await;
        joins(app, id).await;
        assert_eq!(jobs::fill_from_waiting_list(&app.desk, clock::now()).await.expect("filled"), 1);
        let outcomes = || async { app.texts("select coalesce(outcome, 'open') as t from waitlist_offer").await };
        let slots = times_on(app, id, day(7)).await;
        hold(app, id, &slots[1]).await;
        assert_eq!(outcomes().await, ["open"]);
        jobs::lapse_holds(&app.desk, clock::now() + Duration::minutes(6)).await.expect("lapsed");
        assert_eq!(outcomes().await, ["open"]);
        let chosen = hold(app, id, &slots[1]).await;
        booking::confirm_shown(&app.desk, &app.patient_call(id).await, id, &chosen).await.expect("booked");
        assert_eq!(outcomes().await, ["declined"]);
    }

    async fn the_language_that_a_patient_needs_counts_on_the_list_and_after_a_lost_race(app) {
        no_sessions(app).await;
        let (own, polish) = (diary(app).await, another(app, "Dr Nowak", |row| row.languages = "pl".to_owned()).await);
        let (first, second) =
            (app.an_accepted_referral_of(0, "routine").await, app.an_accepted_referral_of(1, "routine").await);
        app.leaves_messages();
        for one in [own, polish] {
            session(app, one, |row| {
                (row.weekdays, row.dates, row.to_wall) = (String::new(), day(7).to_string(), "09:30".into());
            }).await;
        }
        wants_polish(app, second).await;
        joins(app, first).await;
        joins(app, second).await;
        assert_eq!(jobs::fill_from_waiting_list(&app.desk, clock::now()).await.expect("filled"), 2);
        let who = |id: ReferralId| async move {
            let of = app.literal(id.0);
            app.texts(&format!(
                "select r.name as t from waitlist_offer o join resource r on r.organisation_id = o.organisation_id \
                 and r.id = o.resource_id where o.referral_id = {of}"
            )).await
        };
        assert_eq!(who(second).await, ["Dr Nowak"]);
        assert_ne!(who(first).await, ["Dr Nowak"]);
        // Somebody was quicker: what is told names whoever speaks it, though others are nearer.
        session(app, own, |_| ()).await;
        session(app, polish, |row| (row.from_wall, row.to_wall) = ("15:00".to_owned(), "17:00".to_owned())).await;
        let (third, taken) = (app.an_accepted_referral_of(2, "routine").await, times_on(app, first, day(12)).await.remove(0));
        must_book(app, app.an_accepted_referral_of(3, "routine").await, &taken).await;
        wants_polish(app, third).await;
        let lost = booking::hold(&app.desk, &app.patient_call(third).await, third, &taken).await.expect("answered");
        let HoldOutcome::Taken { alternatives, .. } = lost else { panic!("{lost:?}") };
        assert_eq!(alternatives.len(), 3);
        assert!(alternatives.iter().all(|time| time.who == "Dr Nowak"), "{alternatives:?}");
    }

    async fn a_line_is_skipped_whose_patient_needs_something_else_by_now(app) {
        let (first, second) =
            (app.an_accepted_referral_of(0, "urgent").await, app.an_accepted_referral_of(1, "urgent").await);
        app.leaves_messages();
        let call = app.call("coordinator").await;
        let input = contract::MatchingInput {
            services: app.service("Heart clinic").await.to_string(),
            from: day(2).to_string(),
            to: day(28).to_string(),
        };
        let plan = booking::matching::preview(&app.desk, &call, &input).await.expect("a plan");
        wants_polish(app, first).await;
        let shown = booking::matching::page(&app.desk, &call, &plan).await.expect("shown");
        let yes = contract::ApplyInput { fingerprint: shown.fingerprint, applied_as: "book".to_owned() };
        booking::matching::apply(&app.desk, &call, &plan, &yes).await.expect("applied");
        let shown = booking::matching::page(&app.desk, &call, &plan).await.expect("shown");
        let outcome = |id: ReferralId| shown.lines.iter().find(|line| line.referral == id.to_string()).expect("a line").outcome.clone();
        assert_eq!(outcome(first), "skipped: changed since the preview; look what suits now");
        assert_eq!(outcome(second), "done");
        app.must_be_in(first, "accepted").await;
    }

    async fn busy_time_of_several_days_is_on_each_of_them_and_a_session_leads_to_its_form(app) {
        let doctor = another(app, "Dr Amara Holm", |_| ()).await;
        let rule = session(app, doctor, |_| ()).await;
        // From a Monday to a Wednesday, on local days.
        let monday = (7..).map(day).find(|day| chrono::Datelike::weekday(day) == chrono::Weekday::Mon).expect("a Monday");
        let text = |after: i64| (monday + Duration::days(after)).format("%Y%m%d").to_string();
        let file = format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Elsewhere//EN\r\nBEGIN:VEVENT\r\nUID:course@elsewhere\r\n\
             DTSTAMP:20260101T000000Z\r\nDTSTART:{}T180000Z\r\nDTEND:{}T120000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
            text(0), text(2)
        );
        let call = app.call("coordinator").await;
        availability::keep_calendar(&app.desk, &call, hospital(app).await, Some(doctor), "diary.ics", file.as_bytes())
            .await.expect("kept");
        let browser = app.sign_in("coordinator").await;
        let busy = |after: i64| {
            let (path, browser) = (format!("/availability/{doctor}/day/{}", monday + Duration::days(after)), &browser);
            async move { browser.get(&path).await.text().contains("app-week__busy") }
        };
        assert_eq!([busy(0).await, busy(1).await, busy(2).await, busy(3).await], [true, true, true, false]);
        let week = browser.get(&format!("/availability?resource={doctor}&week={monday}")).await.text();
        assert_eq!(week.matches("app-week__busy").count(), 3, "{week}");
        assert!(week.contains(&format!("href=\"/availability/{doctor}/rules/{rule}\"")), "{week}");
    }

    async fn staff_see_the_best_times_and_the_board_those_of_every_kind_of_visit(app) {
        let id = app.an_accepted_referral().await;
        app.leaves_messages();
        no_sessions(app).await;
        let doctor = diary(app).await;
        session(app, doctor, |row| {
            row.visits = r#"[{"kind": "first", "length_min": 60}, {"kind": "later", "length_min": 15}]"#.to_owned();
            (row.to_wall, row.step_min) = ("10:00".to_owned(), Some(15));
        }).await;
        let browser = app.sign_in("coordinator").await;
        let best = page(app, id, &TimesQuery::default()).await.best;
        let reason = best[0].reason.clone().expect("a reason");
        browser.get(&format!("/referrals/{id}/times")).await.must_say("Good choices").must_say(&reason);
        let query = BoardQuery { day: day(5).to_string(), ..BoardQuery::default() };
        let board = booking::board::board(&app.desk, &app.call("coordinator").await, &query).await.expect("shown");
        let free: Vec<&str> = board.days[0].rows.iter().flat_map(|row| &row.free).map(|free| free.clock.as_str()).collect();
        assert_eq!(free, ["9:00am", "9:15am", "9:30am", "9:45am"]);
    }

    async fn however_many_times_were_free_on_joining_none_of_them_is_offered(app) {
        no_sessions(app).await;
        session(app, diary(app).await, |row| (row.to_wall, row.slot_min) = ("17:00".into(), 5)).await;
        let id = app.an_accepted_referral().await;
        app.leaves_messages();
        let call = app.patient_call(id).await;
        booking::waitlist::join(&app.desk, &call, id, &WaitingInput::default()).await.expect("waits");
        let seen = app.texts("select seen as t from waitlist_entry").await.remove(0);
        assert!(seen.len() < 4_000, "a line of {} letters", seen.len());
        assert_eq!(jobs::fill_from_waiting_list(&app.desk, clock::now()).await.expect("filled"), 0);
    }

    async fn after_an_offer_only_what_is_around_it_is_looked_at_again(app) {
        no_sessions(app).await;
        let own = diary(app).await;
        session(app, own, |_| ()).await;
        let mut ids = Vec::new();
        for patient in 0..3 {
            ids.push(app.an_accepted_referral_of(patient, "routine").await);
        }
        app.leaves_messages();
        let cost = |offers: u64| async move {
            let before = app.desk.store.statements();
            assert_eq!(jobs::fill_from_waiting_list(&app.desk, clock::now()).await.expect("filled"), offers);
            app.desk.store.statements() - before
        };
        joins(app, ids[0]).await;
        let one = cost(1).await;
        let idle = cost(0).await;
        assert!(idle <= 12, "nobody is left to ask: {idle} statements");
        joins(app, ids[1]).await;
        joins(app, ids[2]).await;
        let two = cost(2).await;
        // Each offer is a transaction of its own; what is free is read once for all of them.
        assert!(two < 2 * one, "{one} for one, {two} for two");
        assert!(one <= 90, "{one} statements");
    }
}

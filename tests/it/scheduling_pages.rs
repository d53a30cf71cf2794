//! What the pages of scheduling say is what happens: leave, offers, the board and long lists.

use contract::{LeaveInput, LeaveOutcome, ServiceBookingInput, SlotInput};
use domain::{ReferralId, ServiceId};
use harness::{Browser, TestApp, both, slots};
use service::{ServiceError, availability, booking};
use uuid::Uuid;

use crate::sessions::{another, day, diary, free_day, hospital, must_book, no_sessions, session, times_on};

async fn offer(app: &TestApp, id: ReferralId, slot: &SlotInput) {
    let call = app.call("coordinator").await;
    booking::offer(&app.desk, &call, id, slot).await.expect("offered");
    app.must_be_in(id, "offered").await;
}

/// The page of the board for a time of the heart clinic.
async fn board_time(app: &TestApp, browser: &Browser, who: &str, start: &str) -> String {
    let service = app.service("Heart clinic").await;
    let start = start.replace(':', "%3A");
    let path = format!("/board/time?service={service}&resource={who}&start={start}");
    browser.get(&path).await.must_be(200).text()
}

/// What was shown before something is saved, to be sent along.
fn seen(page: &str) -> String {
    slots(page, "seen").into_iter().find(|seen| !seen.is_empty()).expect("something was shown")
}

/// Copies of a booked visit, so many, each put on the list of visits to rebook.
async fn in_doubt(app: &TestApp, id: ReferralId, count: i64) {
    let house = hospital(app).await;
    let booked =
        store::appointments::of_referral(app.desk.store.reader(), house, id).await.expect("read").remove(0);
    let tx = app.desk.store.write_tx().await.expect("begun");
    for minutes in 0..count {
        let mut copy = booked.clone();
        copy.id = Uuid::from_bytes(rand::random());
        copy.start_at += minutes * 60_000;
        copy.end_at += minutes * 60_000;
        let row = store::entity::rebooking::Model {
            organisation_id: house.0,
            id: Uuid::from_bytes(rand::random()),
            appointment_id: copy.id,
            referral_id: id.0,
            resource_id: copy.resource_id,
            start_at: copy.start_at,
            cause: "calendar".to_owned(),
            cause_id: Uuid::from_bytes(rand::random()),
            created_at: 1,
            created_by_name: "calendars".to_owned(),
            settled_at: None,
            settled_by_name: None,
        };
        store::appointments::keep(&tx, copy).await.expect("inserted");
        store::leave::list_visit(&tx, row).await.expect("listed");
    }
    tx.commit().await.expect("committed");
}

both! {
    async fn a_session_is_not_closed_for_a_part_of_a_day(app) {
        let id = app.an_accepted_referral().await;
        app.leaves_messages();
        no_sessions(app).await;
        let doctor = diary(app).await;
        let rule = session(app, doctor, |_| ()).await;
        let slot = times_on(app, id, day(5)).await.remove(0);
        must_book(app, id, &slot).await;
        let browser = app.sign_in("coordinator").await;
        let (first, rule) = (day(5).to_string(), rule.to_string());
        let form = [("form", "leave"), ("from_day", first.as_str()), ("from_time", "10:00"), ("rule", rule.as_str())];
        browser.post(&format!("/availability/{doctor}/leave"), &form).await.must_be(303);
        let path = format!("/availability?resource={doctor}");
        browser.get(&path).await.must_say("A session does not take place on whole days");
        assert_eq!(app.count("select count(*) as n from closure").await, 0, "no visit is stranded in silence");
        // Without the time the visit before it is shown, and then cancelled.
        let call = app.call("coordinator").await;
        let input = LeaveInput { from_day: first, rule, ..LeaveInput::default() };
        let shown = availability::add_leave(&app.desk, &call, doctor, &input).await.expect("answered");
        assert!(matches!(&shown, LeaveOutcome::Preview(shown) if shown.visits.len() == 1), "{shown:?}");
        let wrong = LeaveInput { to_time: "10:00".to_owned(), ..input };
        let refused = availability::add_leave(&app.desk, &call, doctor, &wrong).await;
        assert!(matches!(refused, Err(ServiceError::Invalid(_))), "{refused:?}");
    }

    async fn after_a_lost_race_for_an_offer_the_next_time_is_offered_too(app) {
        let (first, second) =
            (app.an_accepted_referral_of(0, "routine").await, app.an_accepted_referral_of(1, "routine").await);
        app.leaves_messages();
        let slot = times_on(app, first, day(7)).await.remove(0);
        must_book(app, first, &slot).await;
        let browser = app.sign_in("coordinator").await;
        let path = format!("/referrals/{second}/book");
        let wanted = format!("{}|{}", slot.resource, slot.start);
        let back = browser.post(&path, &[("slot", &wanted), ("offer", "1")]).await.must_be(303).location();
        let page = browser.get(&back).await.must_say("Somebody just took").must_say("Hold and offer ").text();
        let card = page.split("These are still free").nth(1).expect("others are free");
        let form = card.split("</form>").next().expect("a form");
        assert_eq!(slots(form, "offer"), ["1"], "whoever presses one of them means what they meant before");
        let next = slots(form, "slot").remove(0);
        browser.post(&path, &[("slot", &next), ("offer", "1")]).await.must_be(303);
        app.must_be_in(second, "offered").await;
        // Of a booking, the next one is a booking.
        let third = app.an_accepted_referral_of(2, "routine").await;
        let path = format!("/referrals/{third}/book");
        let back = browser.post(&path, &[("slot", &wanted)]).await.must_be(303).location();
        let page = browser.get(&back).await.must_say("Somebody just took").text();
        let form = page.split("These are still free").nth(1).and_then(|rest| rest.split("</form>").next());
        let form = form.expect("others are free");
        assert!(slots(form, "offer").is_empty() && form.contains("Book "), "{form}");
    }

    async fn looking_for_another_time_does_not_lose_what_the_clinic_offered(app) {
        let id = app.an_accepted_referral().await;
        app.leaves_messages();
        no_sessions(app).await;
        session(app, diary(app).await, |_| ()).await;
        let times = times_on(app, id, day(9)).await;
        offer(app, id, &times[0]).await;
        let patient = app.as_patient(id).await;
        let page = patient.get(&format!("/my/{id}/confirm")).await.must_say("Look at other times").text();
        assert!(!page.contains("/release"), "nothing on the page gives the offer back");
        // Another one is chosen beside it: home names both.
        let call = app.patient_call(id).await;
        let held = booking::hold(&app.desk, &call, id, &times[1]).await.expect("answered");
        let contract::HoldOutcome::Held { appointment } = held else { panic!("{held:?}") };
        patient.get("/my").await.must_say("The time that the clinic offered").must_say("is still kept for you");
        // Gone back to, the offer is what they read of.
        let back = [("held", appointment.id.as_str()), ("key", "back-to-the-offer")];
        patient.post(&format!("/my/{id}/release"), &back).await.must_lead_to("/my");
        patient.get("/my").await.must_say("The time the clinic offered is held for you:");
        app.must_be_in(id, "offered").await;
    }

    async fn whoever_keeps_a_booked_time_reads_that_they_keep_it(app) {
        let id = app.an_accepted_referral().await;
        app.leaves_messages();
        no_sessions(app).await;
        session(app, diary(app).await, |_| ()).await;
        let times = times_on(app, id, day(9)).await;
        must_book(app, id, &times[0]).await;
        let call = app.patient_call(id).await;
        let held = booking::hold(&app.desk, &call, id, &times[1]).await.expect("answered");
        let contract::HoldOutcome::Held { appointment } = held else { panic!("{held:?}") };
        let patient = app.as_patient(id).await;
        let form = [("held", appointment.id.as_str()), ("key", "keep-what-is-booked")];
        patient.post(&format!("/my/{id}/release"), &form).await.must_lead_to("/my");
        patient.get("/my").await.must_say("You keep your time:");
    }

    async fn a_time_of_the_board_is_free_or_taken_only_where_it_is(app) {
        let id = app.an_accepted_referral().await;
        app.leaves_messages();
        no_sessions(app).await;
        let doctor = diary(app).await;
        session(app, doctor, |row| row.visits = r#"[{"kind": "first", "length_min": 30}]"#.into()).await;
        let slot = times_on(app, id, day(7)).await.remove(0);
        let browser = app.sign_in("coordinator").await;
        let who = doctor.to_string();
        let nobody = format!("{}T03:07:00Z", day(7));
        for start in ["2020-01-01T09:00:00Z", nobody.as_str()] {
            let page = board_time(app, &browser, &who, start).await;
            assert!(page.contains("It is neither free nor taken") && !page.contains("This time is taken"), "{page}");
        }
        must_book(app, id, &slot).await;
        // Now nobody is to book: what is free is free, and what somebody has is taken.
        app.raw("update referral set next_step = 'advice-only' where state <> 'booked'").await.expect("set");
        let free = times_on(app, id, day(7)).await.remove(0);
        let page = board_time(app, &browser, &who, &free.start).await;
        assert!(page.contains("Give a free time to somebody") && page.contains("Nobody who is to book"), "{page}");
        let page = board_time(app, &browser, &who, &slot.start).await;
        assert!(page.contains("This time is taken"), "{page}");
    }

    async fn a_changed_session_says_how_many_offered_times_it_takes_back(app) {
        let (one, two) = (app.an_accepted_referral_of(0, "routine").await, app.an_accepted_referral_of(1, "routine").await);
        app.leaves_messages();
        no_sessions(app).await;
        let doctor = another(app, "Dr Other", |_| ()).await;
        let rule = session(app, doctor, |_| ()).await;
        let times = times_on(app, one, day(6)).await;
        offer(app, one, &times[0]).await;
        offer(app, two, &times[1]).await;
        let browser = app.sign_in("coordinator").await;
        let path = format!("/availability/{doctor}/rules/{rule}");
        browser.post(&format!("{path}/remove"), &[("form", "remove")]).await.must_be(303);
        let page = browser.get(&path).await.must_say("2 offered times would be taken back").text();
        assert!(!page.contains("They stay booked"), "nothing is booked there: {page}");
        let form = [("form", "remove"), ("visits_over", "keep"), ("seen", &seen(&page))];
        browser.post(&format!("{path}/remove"), &form).await.must_be(303);
        browser.get(&format!("/availability?resource={doctor}")).await
            .must_say("2 offered times are taken back, and each patient is told.");
        app.must_be_in(one, "accepted").await;
        let told = app.count("select count(*) as n from message where template = 'offer-withdrawn'").await;
        assert!(told >= 2, "{told}");
    }

    async fn leave_counts_offered_times_beside_booked_ones(app) {
        let (one, two) = (app.an_accepted_referral_of(0, "routine").await, app.an_accepted_referral_of(1, "routine").await);
        app.leaves_messages();
        no_sessions(app).await;
        let doctor = diary(app).await;
        session(app, doctor, |_| ()).await;
        let times = times_on(app, one, day(6)).await;
        must_book(app, one, &times[0]).await;
        offer(app, two, &times[1]).await;
        let browser = app.sign_in("coordinator").await;
        let path = format!("/availability?resource={doctor}");
        let first = day(6).to_string();
        let form = [("form", "leave"), ("from_day", first.as_str())];
        browser.post(&format!("/availability/{doctor}/leave"), &form).await.must_be(303);
        let page = browser.get(&path).await
            .must_say("1 booking would break, and 1 offered time would be taken back").text();
        let form = [("form", "leave"), ("from_day", first.as_str()), ("seen", &seen(&page))];
        browser.post(&format!("/availability/{doctor}/leave"), &form).await.must_be(303);
        browser.get(&path).await
            .must_say("1 patient is being told and asked to choose another time.")
            .must_say("1 offered time is taken back, and its patient is told.");
    }

    async fn an_administrator_is_not_promised_that_anybody_is_told(app) {
        let id = app.an_accepted_referral().await;
        app.leaves_messages();
        no_sessions(app).await;
        let doctor = diary(app).await;
        session(app, doctor, |_| ()).await;
        let free = free_day(app, 6).await;
        let slot = times_on(app, id, free).await.remove(0);
        must_book(app, id, &slot).await;
        let browser = app.sign_in("administrator").await;
        let first = free.to_string();
        for (post, page, button) in [
            (format!("/availability/{doctor}/leave"), format!("/availability?resource={doctor}"), "Save the leave, and list 1 visit"),
            ("/availability/closed".to_owned(), "/availability/closed".to_owned(), "Close the days, and list 1 visit"),
        ] {
            let form = [("form", "leave"), ("from_day", first.as_str())];
            browser.post(&post, &form).await.must_be(303);
            let shown = browser.get(&page).await.must_say("In the way: 1 booked visit").must_say(button).text();
            assert!(!shown.contains("is told once") && !shown.contains(&format!("/referrals/{id}")), "{shown}");
            let form = [("form", "leave"), ("from_day", first.as_str()), ("seen", &seen(&shown))];
            browser.post(&post, &form).await.must_be(303);
            browser.get(&page).await.must_say("1 visit stays booked, and is on the list of visits to rebook");
        }
        app.must_be_in(id, "booked").await;
        // On the list, too, nothing leads where an administrator may not go.
        let list = browser.get("/availability/rebooking").await.must_say("1 booked visit is in doubt").text();
        assert!(!list.contains("/referrals/") && list.contains("It stays as it is"), "{list}");
        let list = app.sign_in("coordinator").await.get("/availability/rebooking").await.text();
        assert!(list.contains(&format!("/referrals/{id}/times")), "{list}");
    }

    async fn a_day_is_shown_in_the_order_of_its_hours(app) {
        let id = app.an_accepted_referral().await;
        app.leaves_messages();
        no_sessions(app).await;
        let doctor = diary(app).await;
        let rule = session(app, doctor, |_| ()).await;
        let slot = times_on(app, id, day(6)).await.remove(0);
        must_book(app, id, &slot).await;
        // The session begins later now; its first visit is still booked.
        let of = app.literal(rule);
        app.raw(&format!("update availability_rule set from_wall = '10:00' where id = {of}")).await.expect("set");
        let patient = app.patient_of(id).await;
        let page = app.sign_in("coordinator").await.get(&format!("/availability/{doctor}/day/{}", day(6))).await.text();
        let at = |what: &str| page.find(what).unwrap_or_else(|| panic!("{what}: {page}"));
        assert!(at(&patient.family) < at("10:00am to 11:00am"), "{page}");
    }

    async fn whoever_has_no_time_stands_first_and_a_long_list_has_pages(app) {
        let (id, other) = (app.an_accepted_referral_of(0, "routine").await, app.an_accepted_referral_of(1, "urgent").await);
        app.leaves_messages();
        no_sessions(app).await;
        let doctor = diary(app).await;
        session(app, doctor, |_| ()).await;
        let kept = times_on(app, id, day(4)).await.remove(0);
        must_book(app, id, &kept).await;
        in_doubt(app, id, 60).await;
        // The copies are lines of a list, and no visits.
        for rule in [
            "every held or booked appointment holds its time in the ledger",
            "no two appointments of a resource overlap on one place",
            "a booked referral has exactly one booked appointment",
            "visits and due times to come are at the wall times that were promised",
        ] {
            app.breaks(rule);
        }
        let broken = times_on(app, other, day(6)).await.remove(0);
        must_book(app, other, &broken).await;
        let call = app.call("coordinator").await;
        let mut input = LeaveInput { from_day: day(6).to_string(), ..LeaveInput::default() };
        let shown = availability::add_leave(&app.desk, &call, doctor, &input).await.expect("answered");
        let LeaveOutcome::Preview(shown) = shown else { panic!("{shown:?}") };
        input.seen = shown.seen;
        let saved = availability::add_leave(&app.desk, &call, doctor, &input).await.expect("saved");
        assert_eq!(saved, LeaveOutcome::Saved { cancelled: 1, taken_back: 0 });
        let browser = app.sign_in("coordinator").await;
        let list = "/availability/rebooking";
        let page = browser.get(list).await
            .must_say("1 visit is still to be rebooked").must_say("60 booked visits are in doubt").must_say("Urgent").text();
        let at = |what: &str| page.find(what).unwrap_or_else(|| panic!("{what}: {page}"));
        assert!(at(&format!("/referrals/{other}")) < at(&format!("/referrals/{id}")), "who has no time comes first");
        assert_eq!(page.matches("It stays as it is").count(), 49);
        let next = page.split("rel=\"next\" href=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a next page");
        let page = browser.get(&next.replace("&amp;", "&")).await.must_say("Back to the first").text();
        assert_eq!(page.matches("It stays as it is").count(), 11);
        let page = browser.get(&format!("{list}?show=rebook")).await.text();
        assert_eq!(page.matches("It stays as it is").count(), 0);
        let page = browser.get(&format!("{list}?show=doubt&after=junk")).await.must_be(200).text();
        assert_eq!(page.matches("It stays as it is").count(), 50);
    }

    async fn the_waiting_list_has_pages_and_ways_to_what_stands_below(app) {
        let mut ids = Vec::new();
        for patient in 0..2 {
            let id = app.an_accepted_referral_of(patient, "routine").await;
            let call = app.patient_call(id).await;
            booking::waitlist::join(&app.desk, &call, id, &contract::WaitingInput::default()).await.expect("joined");
            ids.push(app.referral(id).await.reference);
        }
        app.leaves_messages();
        let browser = app.sign_in("coordinator").await;
        let page = browser.get("/waiting").await.must_say("#history").text();
        assert!(ids.iter().all(|reference| page.contains(reference)), "{page}");
        let page = browser.get("/waiting?after=1").await.must_say("Back to the first").text();
        let list = page.split("In the order in which times are offered").nth(1).and_then(|rest| rest.split("</table>").next());
        let list = list.expect("a list");
        assert_eq!(ids.iter().filter(|reference| list.contains(reference.as_str())).count(), 1, "{list}");
    }

    async fn whoever_accepts_reads_what_acceptance_led_to(app) {
        let id = app.a_sent_referral().await;
        app.leaves_messages();
        let service = ServiceId(app.service("Heart clinic").await);
        let holds = ServiceBookingInput { holds_at_acceptance: "1".to_owned(), ..ServiceBookingInput::default() };
        availability::set_booking(&app.desk, &app.call("coordinator").await, service, &holds).await.expect("set");
        let browser = app.sign_in("specialist").await;
        let path = format!("/referrals/{id}");
        browser.get(&path).await.must_say("The best time is held for the patient, who takes it or chooses another");
        app.act("specialist", id, "triage", &[("triage-outcome", "accept"), ("triage-priority", "routine")]).await;
        app.must_be_in(id, "offered").await;
        let page = browser.get(&path).await
            .must_say("Accepted. The best time is held for the patient, who is asked whether it suits.")
            .must_say("The patient says whether the held time suits").text();
        assert!(!page.contains("The patient chooses a time"), "{page}");
    }

    async fn overbooking_from_the_board_leads_to_its_form(app) {
        let (first, second) =
            (app.an_accepted_referral_of(0, "routine").await, app.an_accepted_referral_of(1, "routine").await);
        app.leaves_messages();
        no_sessions(app).await;
        let doctor = diary(app).await;
        session(app, doctor, |_| ()).await;
        let slot = times_on(app, first, day(7)).await.remove(0);
        must_book(app, first, &slot).await;
        another(app, "Dr Other", |_| ()).await;
        let page = board_time(app, &app.sign_in("coordinator").await, &doctor.to_string(), &slot.start).await;
        let href = page.split(&format!("href=\"/referrals/{second}/times?")).nth(1).and_then(|rest| rest.split('"').next());
        assert!(href.is_some_and(|href| href.ends_with("#taken")), "{href:?}");
    }

    async fn a_time_that_is_held_no_longer_is_said_to_staff_in_their_words_and_the_board_stays(app) {
        let id = app.an_accepted_referral().await;
        app.leaves_messages();
        no_sessions(app).await;
        session(app, diary(app).await, |_| ()).await;
        let times = times_on(app, id, day(7)).await;
        offer(app, id, &times[0]).await;
        let browser = app.sign_in("coordinator").await;
        let (path, date) = (format!("/referrals/{id}/take-back"), day(7).to_string());
        let board = format!("/board?day={date}");
        for said in ["The time is free again", "This time is no longer held: the patient has answered"] {
            browser.post(&path, &[("day", &date)]).await.must_lead_to(&board);
            browser.get(&board).await.must_say(said);
        }
        browser.get("/board?day=junk").await.must_say("the day in the address cannot be read");
        let page = browser.get("/board").await.text();
        assert!(page.contains("value=\"\" checked"), "what is shown is marked in the filters");
    }

    async fn a_service_without_sessions_says_so_and_lengths_are_all_said(app) {
        let id = app.an_accepted_referral().await;
        app.leaves_messages();
        no_sessions(app).await;
        let browser = app.sign_in("coordinator").await;
        let path = format!("/referrals/{id}/times");
        browser.get(&path).await.must_say("Nobody has a weekly session for this clinic");
        let doctor = diary(app).await;
        session(app, doctor, |_| ()).await;
        session(app, doctor, |row| {
            (row.from_wall, row.to_wall, row.slot_min) = ("14:00".into(), "16:00".into(), 40);
        }).await;
        browser.get(&path).await.must_say("30 to 40 minutes");
    }

    async fn whoever_waits_is_not_asked_to_join_the_waiting_list(app) {
        let id = app.an_accepted_referral().await;
        app.leaves_messages();
        let patient = app.as_patient(id).await;
        patient.get(&format!("/my/{id}/times")).await.must_say("None of these suit me");
        let call = app.patient_call(id).await;
        booking::waitlist::join(&app.desk, &call, id, &contract::WaitingInput::default()).await.expect("joined");
        let page = patient.get(&format!("/my/{id}/times")).await.must_say("You are on the waiting list").text();
        assert!(!page.contains("None of these suit me"), "{page}");
    }

    async fn a_file_that_is_taken_in_twice_adds_nothing_the_second_time(app) {
        let id = app.an_accepted_referral().await;
        app.leaves_messages();
        no_sessions(app).await;
        let doctor = diary(app).await;
        session(app, doctor, |row| row.capacity = 1).await;
        let call = app.call("coordinator").await;
        let leave = LeaveInput { from_day: day(20).to_string(), ..LeaveInput::default() };
        availability::add_leave(&app.desk, &call, doctor, &leave).await.expect("entered");
        let file = app.sign_in("coordinator").await.get(&format!("/availability/{doctor}/hours.ics")).await.must_be(200);
        let service = app.service("Heart clinic").await.to_string();
        let input = contract::TakeHoursInput { service, slot_min: "30".to_owned(), hours: String::new() };
        let looked = availability::look_at_hours(&app.desk, &call, doctor, &input, &file.body).await;
        assert!(matches!(looked, Err(ServiceError::Invalid(_))), "{looked:?}");
        assert_eq!(times_on(app, id, day(7)).await.len(), 4);
        assert_eq!(app.count("select count(*) as n from leave").await, 1);
    }

    async fn what_is_wrong_with_a_session_is_said_in_the_order_of_its_form(app) {
        let doctor = diary(app).await;
        let call = app.call("coordinator").await;
        let input = contract::RuleInput {
            from: "12:00".into(), to: "12:10".into(), slot_min: "30".into(), capacity: "x".into(),
            ..contract::RuleInput::default()
        };
        let refused = availability::add_rule(&app.desk, &call, doctor, &input).await;
        let Err(ServiceError::Invalid(fields)) = refused else { panic!("{refused:?}") };
        let names: Vec<_> = fields.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(names, ["service", "weekdays", "slot_min", "capacity"]);
    }
}

//! What a visit takes, where it is, and what kind it is.

use chrono::{DateTime, Duration, Utc};
use contract::{
    ClosedInput, HoldOutcome, LeaveOutcome, ServiceBookingInput, SlotInput, TextInput, TimesQuery,
    TriageInput,
};
use domain::{ReferralId, ServiceId};
use harness::{TestApp, both};
use service::{Call, ServiceError, availability, booking, clock, referrals};
use store::entity::site;
use uuid::Uuid;

use crate::sessions::{
    another, book, cancel, day, diary, free_day, hospital, must_book, no_sessions, page, session, times_on,
};

fn instant(slot: &SlotInput) -> DateTime<Utc> {
    slot.start.parse().expect("an instant")
}

/// A further site of the hospital.
async fn elsewhere(app: &TestApp) -> Uuid {
    let row = site::Model {
        organisation_id: hospital(app).await.0,
        id: Uuid::from_bytes(rand::random()),
        name: "Hill Street Clinic".to_owned(),
        address: Some("4 Hill Street, Ashford".to_owned()),
        phone: None,
        zone: "Europe/London".to_owned(),
        latitude: None,
        longitude: None,
        map_url: None,
        step_free: true,
    };
    let (tx, id) = (app.desk.store.write_tx().await.expect("begun"), row.id);
    store::directory::insert_site(&tx, row).await.expect("inserted");
    tx.commit().await.expect("committed");
    id
}

async fn site_with_steps(app: &TestApp) -> Uuid {
    let id = elsewhere(app).await;
    app.raw(&format!("update site set step_free = false, name = 'Old House' where id = {}", app.literal(id)))
        .await
        .expect("set");
    id
}

/// When the hold of a referral ends, in ms.
async fn held_until(app: &TestApp, id: ReferralId) -> i64 {
    let held = "select hold_expires_at as n from appointment where state = 'held' and referral_id = ";
    app.count(&format!("{held}{}", app.literal(id.0))).await
}

async fn sets(app: &TestApp, input: ServiceBookingInput) {
    let service = ServiceId(app.service("Heart clinic").await);
    availability::set_booking(&app.desk, &app.call("coordinator").await, service, &input).await.expect("set");
}

both! {
    async fn a_time_with_somebody_beyond_the_capacity_is_not_offered_again_when_the_first_gives_it_back(app) {
        let all = [app.an_accepted_referral().await, app.an_accepted_referral().await, app.an_accepted_referral().await];
        app.leaves_messages();
        no_sessions(app).await;
        session(app, diary(app).await, |_| ()).await;
        let slots = times_on(app, all[0], day(3)).await;
        must_book(app, all[0], &slots[0]).await;
        let over = SlotInput { overbook_reason: "Agreed with the clinic".to_owned(), ..slots[0].clone() };
        must_book(app, all[1], &over).await;
        cancel(app, all[0]).await;
        assert_eq!(times_on(app, all[2], day(3)).await, slots[1..], "somebody is seen then");
        assert!(matches!(book(app, all[2], &slots[0]).await, HoldOutcome::Taken { .. }));
        cancel(app, all[1]).await;
        assert_eq!(times_on(app, all[2], day(3)).await, slots, "now nobody is");
    }

    async fn a_visit_is_where_its_session_is_not_where_the_service_is(app) {
        let id = app.an_accepted_referral().await;
        app.deliver().await;
        let hill = elsewhere(app).await;
        no_sessions(app).await;
        session(app, diary(app).await, |row| row.site_id = Some(hill)).await;
        session(app, diary(app).await, |row| (row.from_wall, row.to_wall) = ("13:00".to_owned(), "14:00".to_owned())).await;
        let offered = page(app, id, &TimesQuery::default()).await.all;
        let places: std::collections::BTreeSet<_> = offered.iter().map(|offer| offer.place.clone()).collect();
        assert_eq!(places.len(), 2, "{places:?}");
        assert!(places.contains(&Some("Hill Street Clinic".to_owned())), "{places:?}");
        let patient = app.as_patient(id).await;
        patient.get(&format!("/my/{id}/times")).await.must_say("At Hill Street Clinic");
        // On some days the demonstration's calendar has an hour for something else.
        let mut slots = Vec::new();
        for ahead in 20..30 {
            if slots.len() != 6 {
                slots = times_on(app, id, day(ahead)).await;
            }
        }
        assert_eq!(slots.len(), 6);
        must_book(app, id, &slots[0]).await;
        app.deliver().await;
        patient.get("/my").await.must_say("Hill Street Clinic");
        patient.get(&format!("/my/{id}/appointment.ics")).await.must_say("4 Hill Street");
        must_book(app, id, &slots[5]).await;
        app.deliver().await;
        assert!(!patient.get("/my").await.text().contains("Hill Street Clinic"));
    }

    async fn staff_look_for_times_without_steps_and_a_refusal_leads_back_to_them(app) {
        let id = app.an_accepted_referral().await;
        app.leaves_messages();
        let hill = elsewhere(app).await;
        no_sessions(app).await;
        let doctor = diary(app).await;
        session(app, doctor, |row| row.site_id = Some(hill)).await;
        session(app, doctor, |row| (row.from_wall, row.to_wall) = ("13:00".to_owned(), "14:00".to_owned())).await;
        let site = "(select site_id from service where name = 'Heart clinic')";
        app.raw(&format!("update site set step_free = false where id = {site}")).await.expect("steps");
        let staff = app.sign_in("coordinator").await;
        let path = format!("/referrals/{id}/times");
        staff.get(&path).await.must_say("1:00pm").must_say("Only where there are no steps");
        let shown = staff.get(&format!("{path}?step_free=1&part=&who={doctor}")).await.text();
        assert!(shown.contains("9:00am") && !shown.contains("1:00pm"), "only where there are none");
        // Every way on keeps the filters.
        let later = shown.split("href=\"").filter(|rest| rest.starts_with(&format!("{path}?"))).collect::<Vec<_>>();
        assert!(!later.is_empty());
        for link in later {
            let link = link.split('"').next().expect("an address");
            assert!(link.contains("step_free=1") && link.contains(&format!("who={doctor}")), "{link}");
        }
        let form = [("back_step_free", "1"), ("back_part", "morning"), ("slot", ""), ("key", "k-1")];
        let back = staff.post(&format!("/referrals/{id}/book"), &form).await;
        back.must_lead_to(&format!("{path}?part=morning&step_free=1"));
    }

    async fn a_room_has_a_limit_of_its_own(app) {
        let all = [app.an_accepted_referral().await, app.an_accepted_referral().await];
        app.leaves_messages();
        no_sessions(app).await;
        let limited = |row: &mut store::entity::resource::Model| (row.kind, row.daily_limit) = ("room".to_owned(), Some(1));
        let room = another(app, "Scanner", limited).await;
        session(app, diary(app).await, |row| row.also = format!(r#"[["{room}"]]"#)).await;
        let slots = times_on(app, all[0], day(3)).await;
        assert_eq!(slots.len(), 4);
        must_book(app, all[0], &slots[0]).await;
        assert!(times_on(app, all[1], day(3)).await.is_empty(), "the room has had its one visit");
        assert_eq!(times_on(app, all[1], day(4)).await.len(), 4);
        assert!(matches!(book(app, all[1], &slots[2]).await, HoldOutcome::Taken { .. }));
    }

    async fn what_a_session_needs_to_prepare_counts_where_nobody_phones(app) {
        let id = app.a_sent_referral().await;
        no_sessions(app).await;
        session(app, diary(app).await, |row| row.notice_min = Some(10 * 24 * 60)).await;
        sets(app, ServiceBookingInput { holds_at_acceptance: "1".to_owned(), ..ServiceBookingInput::default() }).await;
        app.act("specialist", id, "triage", &[("triage-outcome", "accept"), ("triage-priority", "routine")]).await;
        app.must_be_in(id, "offered").await;
        let start = "select start_at as n from appointment where state = 'held' and referral_id = ";
        let held = app.count(&format!("{start}{}", app.literal(id.0))).await;
        assert!(held >= (clock::now() + Duration::days(10)).timestamp_millis() - 60_000);
        app.deliver().await;
        // Staff who phone may book at once.
        assert!(!times_on(app, id, day(3)).await.is_empty());
    }

    async fn a_time_that_is_held_already_is_held_no_longer_for_being_asked_again(app) {
        let id = app.an_accepted_referral().await;
        app.leaves_messages();
        let slot = times_on(app, id, free_day(app, 4).await).await.remove(0);
        let call = app.patient_call(id).await;
        booking::hold(&app.desk, &call, id, &slot).await.expect("held");
        let until = held_until(app, id).await;
        let later = Call { now: call.now + Duration::minutes(3), key: Some("again".to_owned()), ..call.clone() };
        let again = booking::hold(&app.desk, &later, id, &slot).await.expect("answered");
        assert!(matches!(again, HoldOutcome::Held { .. }), "{again:?}");
        assert_eq!(held_until(app, id).await, until);
        let over = Call { now: call.now + Duration::minutes(9), key: Some("anew".to_owned()), ..call };
        booking::hold(&app.desk, &over, id, &slot).await.expect("held anew");
        assert!(held_until(app, id).await > until, "the first hold was over");
    }

    async fn a_visit_moves_to_a_time_that_overlaps_its_own(app) {
        let id = app.an_accepted_referral().await;
        app.leaves_messages();
        no_sessions(app).await;
        session(app, diary(app).await, |row| (row.slot_min, row.step_min, row.daily_limit) = (60, Some(30), Some(1))).await;
        let slots = times_on(app, id, day(3)).await;
        assert_eq!(slots.len(), 3);
        must_book(app, id, &slots[0]).await;
        let half_an_hour_later = SlotInput { start: (instant(&slots[0]) + Duration::minutes(30)).to_rfc3339(), ..slots[0].clone() };
        must_book(app, id, &half_an_hour_later).await;
        let booked = "select count(*) as n from appointment where state = 'booked' and referral_id = ";
        assert_eq!(app.count(&format!("{booked}{}", app.literal(id.0))).await, 1);
        app.deliver().await;
    }

    async fn a_kind_of_visit_is_chosen_on_acceptance_and_when_staff_book(app) {
        let id = app.a_sent_referral().await;
        app.leaves_messages();
        no_sessions(app).await;
        let visits = r#"[{"kind":"First visit","length_min":60},{"kind":"Follow-up","length_min":20}]"#;
        session(app, diary(app).await, |row| row.visits = visits.to_owned()).await;
        let specialist = app.sign_in("specialist").await;
        specialist.get(&format!("/referrals/{id}")).await.must_say("Kind of visit, when you accept").must_say("Follow-up");
        let unknown = TriageInput {
            version: app.referral(id).await.version,
            outcome: "accept".to_owned(),
            priority: "routine".to_owned(),
            visit_kind: "Operation".to_owned(),
            ..TriageInput::default()
        };
        let refused = referrals::triage(&app.desk, &app.call("specialist").await, id, &unknown).await;
        let Err(ServiceError::Invalid(fields)) = refused else { panic!("{refused:?}") };
        assert_eq!(fields[0].field, "visit_kind");
        let form = [("triage-outcome", "accept"), ("triage-priority", "routine"), ("triage-visit_kind", "Follow-up")];
        app.act("specialist", id, "triage", &form).await;
        assert_eq!(times_on(app, id, day(3)).await.len(), 6, "twenty minutes each");
        // The coordinator learns on the phone that it is a first visit after all.
        let coordinator = app.sign_in("coordinator").await;
        coordinator.get(&format!("/referrals/{id}/times?kind=First+visit")).await.must_say("1 hour");
        let query = TimesQuery { kind: "First visit".to_owned(), from: day(3).to_string(), ..TimesQuery::default() };
        let slot = page(app, id, &query).await.all.remove(0);
        let form = [("slot", format!("{}|{}", slot.resource, slot.start)), ("visit_kind", "First visit".to_owned())];
        let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        coordinator.post(&format!("/referrals/{id}/book"), &form).await.must_lead_to(&format!("/referrals/{id}"));
        let long = "select (end_at - start_at) / 60000 as n from appointment where state = 'booked' and referral_id = ";
        assert_eq!(app.count(&format!("{long}{}", app.literal(id.0))).await, 60);
        assert_eq!(app.referral(id).await.visit_kind.as_deref(), Some("First visit"));
    }

    async fn whoever_cancels_says_why_from_a_list_and_a_patient_need_not(app) {
        let all = [app.an_accepted_referral().await, app.an_accepted_referral().await];
        no_sessions(app).await;
        session(app, diary(app).await, |_| ()).await;
        for (id, ahead) in all.iter().zip([5, 6]) {
            let slot = times_on(app, *id, day(ahead)).await.remove(0);
            must_book(app, *id, &slot).await;
        }
        app.deliver().await;
        let reason = async |id: ReferralId| {
            let row = app.referral(id).await;
            let history = store::referrals::history(app.desk.store.reader(), &row).await.expect("read");
            let last = history.into_iter().rfind(|event| event.kind == "appointment_cancelled").expect("cancelled");
            let detail: serde_json::Value = serde_json::from_str(&last.detail).expect("JSON");
            detail["reason"]["code"].as_str().map(str::to_owned)
        };
        for (id, said, kept) in [(all[0], Some("pat-lt"), "pat-lt"), (all[1], None, "pat")] {
            let patient = app.as_patient(id).await;
            patient.get(&format!("/my/{id}/cancel")).await.must_say("I cannot get there");
            let version = app.referral(id).await.version.to_string();
            let mut form = vec![("version", version.as_str()), ("text", "")];
            form.extend(said.map(|code| ("reason", code)));
            patient.post(&format!("/my/{id}/cancel"), &form).await.must_lead_to("/my");
            assert_eq!(reason(id).await.as_deref(), Some(kept));
        }
        app.deliver().await;
        let slot = times_on(app, all[0], day(5)).await.remove(0);
        must_book(app, all[0], &slot).await;
        let input = TextInput { text: "We are closed".to_owned(), version: app.referral(all[0]).await.version, reason: String::new() };
        let refused = booking::cancel(&app.desk, &app.call("coordinator").await, all[0], &input).await;
        let Err(ServiceError::Invalid(fields)) = refused else { panic!("{refused:?}") };
        assert_eq!(fields[0].field, "reason");
        app.deliver().await;
    }

    async fn what_a_patient_needs_and_likes_goes_with_the_referral(app) {
        let id = app.an_accepted_referral().await;
        app.deliver().await;
        no_sessions(app).await;
        let (steps, hill) = (site_with_steps(app).await, elsewhere(app).await);
        session(app, diary(app).await, |row| row.site_id = Some(steps)).await;
        let polish = another(app, "Dr Nowak", |row| row.languages = "pl".to_owned()).await;
        let afternoon = |row: &mut store::entity::availability_rule::Model| {
            row.site_id = Some(hill);
            (row.from_wall, row.to_wall) = ("13:00".to_owned(), "15:00".to_owned());
        };
        session(app, polish, afternoon).await;
        session(app, diary(app).await, afternoon).await;
        let patient = app.as_patient(id).await;
        patient.get(&format!("/my/{id}/times")).await.must_say("Say what you need");
        let form = [("language", "pl"), ("step_free", "1"), ("weekdays", "TU"), ("weekdays", "WE"), ("parts", "afternoon")];
        patient.post(&format!("/my/{id}/wishes"), &form).await.must_lead_to("/my");
        let found = booking::times(&app.desk, &app.patient_call(id).await, id, &TimesQuery::default()).await.expect("times");
        assert!(!found.all.is_empty());
        assert!(found.all.iter().all(|offer| offer.clock.ends_with("pm")), "no steps: {:?}", found.all);
        assert_eq!(found.best[0].who, "Dr Nowak", "{:?}", found.best);
        let date: chrono::NaiveDate = found.best[0].date.parse().expect("a date");
        assert!(matches!(chrono::Datelike::weekday(&date), chrono::Weekday::Tue | chrono::Weekday::Wed), "{date}");
        // Both sides read it, and the coordinator learns that it is otherwise.
        app.sign_in("referrer").await.get(&format!("/referrals/{id}")).await.must_say("Language: Polish; No steps");
        let coordinator = app.sign_in("coordinator").await;
        coordinator.get(&format!("/referrals/{id}/wishes")).await.must_say("What the patient needs").must_say("Polish");
        coordinator.post(&format!("/referrals/{id}/wishes"), &[("language", "pl")]).await.must_lead_to(&format!("/referrals/{id}"));
        let found = page(app, id, &TimesQuery::default()).await;
        assert!(found.all.iter().any(|offer| offer.clock.ends_with("am")), "{:?}", found.all);
        coordinator.post(&format!("/referrals/{id}/wishes"), &[("language", "x")]).await.must_be(303);
        coordinator.get(&format!("/referrals/{id}/wishes")).await.must_say("Choose a language from the list");
    }

    async fn a_held_time_is_not_confirmed_with_somebody_who_is_gone_away_or_closed(app) {
        app.leaves_messages();
        let own = diary(app).await;
        let (resource, organisation) = (app.literal(own.0), app.literal(hospital(app).await.0));
        let person = format!("update person set status = '$' where id = (select person_id from resource where id = {resource})");
        let closed = format!(
            "insert into closure (organisation_id, id, resource_id, rule_id, from_day, to_day, note, created_at, created_by_name) \
             select {organisation}, id, null, null, '{0}', '{0}', '', 0, 'x' from resource where id = {resource}",
            day(4)
        );
        let cases = [
            (person.replace('$', "suspended"), person.replace('$', "active")),
            (closed, "delete from closure".to_owned()),
        ];
        no_sessions(app).await;
        session(app, own, |_| ()).await;
        for (breaks, mends) in cases {
            let id = app.an_accepted_referral().await;
            let slot = times_on(app, id, day(4)).await.remove(0);
            let call = app.patient_call(id).await;
            booking::hold(&app.desk, &call, id, &slot).await.expect("held");
            app.raw(&breaks).await.expect("changed");
            let refused = booking::confirm(&app.desk, &call, id).await;
            assert!(matches!(refused, Err(ServiceError::Conflict(contract::Conflict::SlotTaken))), "{refused:?}");
            app.must_be_in(id, "accepted").await;
            app.raw(&mends).await.expect("mended");
        }
    }

    async fn an_administrator_who_closes_a_day_lists_its_visits_and_cancels_none(app) {
        let id = app.an_accepted_referral().await;
        app.leaves_messages();
        no_sessions(app).await;
        session(app, diary(app).await, |_| ()).await;
        let date = free_day(app, 6).await;
        let slot = times_on(app, id, date).await.remove(0);
        must_book(app, id, &slot).await;
        let parts = ClosedInput { from_day: date.to_string(), to_day: date.to_string(), ..ClosedInput::default() };
        let call = app.call("administrator").await;
        let shown = availability::close_days(&app.desk, &call, &parts).await.expect("shown");
        let LeaveOutcome::Preview(preview) = shown else { panic!("{shown:?}") };
        assert_eq!(preview.visits.len(), 1);
        let seen = ClosedInput { seen: preview.seen, ..parts };
        let saved = availability::close_days(&app.desk, &call, &seen).await.expect("closed");
        assert!(matches!(saved, LeaveOutcome::Kept { listed: 1, taken_back: 0 }), "{saved:?}");
        app.must_be_in(id, "booked").await;
        assert_eq!(app.count("select count(*) as n from rebooking where cause = 'closure'").await, 1);
        assert!(times_on(app, app.an_accepted_referral().await, date).await.is_empty());
    }

    async fn a_line_of_a_plan_books_only_while_no_time_is_chosen(app) {
        let id = app.an_accepted_referral().await;
        app.leaves_messages();
        no_sessions(app).await;
        session(app, diary(app).await, |_| ()).await;
        let slots = times_on(app, id, day(6)).await;
        must_book(app, id, &slots[0]).await;
        let line = SlotInput { only_open: true, ..slots[1].clone() };
        let call = app.call("coordinator").await;
        for late in [
            booking::staff_book(&app.desk, &call, id, &line).await,
            booking::offer(&app.desk, &call, id, &line).await,
        ] {
            assert!(matches!(late, Err(ServiceError::Conflict(_))), "{late:?}");
        }
        let booked = format!("select start_at as n from appointment where state = 'booked' and referral_id = {}", app.literal(id.0));
        assert_eq!(app.count(&booked).await, instant(&slots[0]).timestamp_millis());
    }

    async fn a_service_may_look_further_ahead_than_the_installation(app) {
        let id = app.an_accepted_referral().await;
        app.leaves_messages();
        no_sessions(app).await;
        let doctor = another(app, "Dr Far", |_| ()).await;
        session(app, doctor, |row| row.valid_from = day(150).to_string()).await;
        let patient = app.patient_call(id).await;
        let far = TimesQuery { from: day(150).to_string(), ..TimesQuery::default() };
        assert!(booking::times(&app.desk, &patient, id, &far).await.expect("times").all.is_empty());
        sets(app, ServiceBookingInput { horizon_days: "200".to_owned(), ..ServiceBookingInput::default() }).await;
        let found = booking::times(&app.desk, &patient, id, &far).await.expect("times");
        let first = found.all.first().expect("times far ahead");
        assert!(found.best.iter().any(|best| best.reason.as_deref() == Some("earliest free time from that day on")), "{:?}", found.best);
        let slot = SlotInput { resource: first.resource.clone(), start: first.start.clone(), ..SlotInput::default() };
        let held = booking::hold(&app.desk, &patient, id, &slot).await.expect("held");
        assert!(matches!(held, HoldOutcome::Held { .. }), "{held:?}");
        // Nobody's clinic owes a time while there is one so far ahead.
        booking::release(&app.desk, &patient, id).await.expect("released");
        let asked = booking::pass_booking(&app.desk, &patient, id).await;
        assert!(matches!(asked, Err(ServiceError::Conflict(_))), "{asked:?}");
    }
}

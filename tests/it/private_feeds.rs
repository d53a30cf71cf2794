//! Secret addresses at which calendar programs read visits: what they say, to whom, how long, and what is left of it.

use axum::body::Body;
use axum::http::Request;
use domain::{ReferralId, ResourceId};
use harness::{Answer, Browser, TestApp, both};
use interop::ical;
use service::{clock, jobs};

use crate::sessions::{another, cancel, day, diary, must_book, no_sessions, session, times_on};

/// A session of the specialist alone, and a visit of it that is booked.
async fn a_visit(app: &TestApp) -> ReferralId {
    let id = app.an_accepted_referral().await;
    no_sessions(app).await;
    session(app, diary(app).await, |_| ()).await;
    let slots = times_on(app, id, day(3)).await;
    must_book(app, id, &slots[0]).await;
    app.deliver().await;
    id
}

/// Makes an address at a page and takes it from the page that follows.
async fn made(browser: &Browser, page: &str) -> String {
    browser.post(page, &[]).await.must_be(303).must_lead_to(page);
    let shown = browser.get(page).await.must_be(200).must_say("the only time").text();
    let at = shown.find("http://waymark.test/calendar/").expect("the address");
    let address = shown[at..].split('"').next().expect("its end").to_owned();
    assert!(!browser.get(page).await.text().contains(".ics"), "shown once");
    address.trim_start_matches("http://waymark.test").to_owned()
}

async fn doctors_page(app: &TestApp) -> String {
    format!("/availability/{}/feed", diary(app).await)
}

/// As a calendar program asks, which has no cookies.
async fn read(app: &TestApp, address: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::builder().uri(address).header("user-agent", "Google-Calendar-Importer");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    app.browser().send(request, Body::empty()).await
}

/// Rows that the audit has of readings.
async fn recorded(app: &TestApp) -> i64 {
    app.count("select count(*) as n from audit where action = 'read-feed'").await
}

both! {
    async fn a_patients_calendar_follows_their_visit_and_is_asked_for_no_more_than_what_changed(app) {
        let id = a_visit(app).await;
        let patient = app.as_patient(id).await;
        patient.get("/my").await.must_say("/my/calendar");
        let address = made(&patient, "/my/calendar").await;
        let first = read(app, &address, &[]).await.must_be(200);
        assert_eq!(first.header("content-type"), "text/calendar; charset=utf-8");
        assert_eq!(first.header("cache-control"), "private, no-cache");
        assert_eq!(first.header("set-cookie"), "");
        let text = first.text();
        let reading = ical::read(text.as_bytes());
        assert_eq!(reading.problems, []);
        assert_eq!((reading.events.len(), reading.refresh_min), (1, Some(60)));
        assert_eq!(reading.events[0].uid, format!("{id}@waymark"));
        for part in ["NAME:", "X-PUBLISHED-TTL:PT1H", "BEGIN:VTIMEZONE", "STATUS:CONFIRMED", "BEGIN:VALARM"] {
            assert!(text.contains(part), "{part} in {text}");
        }
        let unfolded = text.replace("\r\n ", "");
        assert!(!unfolded.contains("Heart"), "a calendar is read over shoulders: {unfolded}");
        let (etag, modified) = (first.header("etag"), first.header("last-modified"));
        let again = read(app, &address, &[("if-none-match", &etag)]).await.must_be(304);
        assert_eq!((again.text().as_str(), again.header("etag")), ("", etag.clone()));
        read(app, &address, &[("if-modified-since", &modified)]).await.must_be(304);
        let slots = times_on(app, id, day(3)).await;
        must_book(app, id, &slots[1]).await;
        app.deliver().await;
        let moved = read(app, &address, &[("if-none-match", &etag)]).await.must_be(200).text();
        let sequence = |text: &str| text.split("SEQUENCE:").nth(1).and_then(|rest| rest.lines().next().map(str::to_owned));
        assert_eq!(moved.matches("BEGIN:VEVENT").count(), 1, "the same event, moved: {moved}");
        assert!(sequence(&moved) > sequence(&text), "{moved}");
        cancel(app, id).await;
        app.deliver().await;
        let gone = read(app, &address, &[]).await.must_be(200).text();
        assert!(gone.contains("STATUS:CANCELLED") && gone.contains(&format!("UID:{id}@waymark")), "{gone}");
        assert!(sequence(&gone) > sequence(&moved), "{gone}");
        patient.get("/my/calendar").await.must_say("Google Calendar");
    }

    async fn an_address_that_was_renewed_or_stopped_is_as_one_that_never_was(app) {
        let id = a_visit(app).await;
        let patient = app.as_patient(id).await;
        let old = made(&patient, "/my/calendar").await;
        let new = made(&patient, "/my/calendar").await;
        let never = read(app, "/calendar/AAAAAAAAAAAAAAAAAAAAAA.ics", &[]).await.must_be(404);
        let plain = |answer: Answer| {
            let mut headers: Vec<_> = answer.headers.iter().map(|(name, value)| format!("{name}: {value:?}")).collect();
            headers.retain(|line| !line.starts_with("x-request-id") && !line.starts_with("date"));
            (answer.status, headers, answer.text())
        };
        let never = plain(never);
        assert_eq!(plain(read(app, &old, &[]).await), never);
        read(app, &new, &[]).await.must_be(200);
        patient.post("/my/calendar/revoke", &[]).await.must_be(303);
        assert_eq!(plain(read(app, &new, &[]).await), never);
        let token = new.trim_start_matches("/calendar/").trim_end_matches(".ics").to_owned();
        for table in ["private_feed", "audit", "idempotency", "session"] {
            let column = match table {
                "private_feed" => "token_hash",
                "audit" => "actor_name",
                "idempotency" => "answer",
                _ => "data",
            };
            let held = format!("select count(*) as n from {table} where {column} like '%{token}%'");
            assert_eq!(app.count(&held).await, 0, "{table} keeps the secret");
        }
    }

    async fn a_specialists_calendar_names_no_patient_and_each_visit_that_it_shows_is_a_recorded_look(app) {
        let id = a_visit(app).await;
        let browser = app.sign_in("specialist").await;
        browser.get("/availability").await.must_say("Your visits in your own calendar");
        let address = made(&browser, &doctors_page(app).await).await;
        let text = read(app, &address, &[]).await.must_be(200).text().replace("\r\n ", "");
        let (case, patient) = (app.referral(id).await, app.patient_of(id).await);
        assert!(text.contains(&case.reference), "{text}");
        for secret in [&patient.family, &patient.given, "Heart"] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
        let shown = i64::try_from(text.matches("BEGIN:VEVENT").count()).expect("few");
        assert_eq!(recorded(app).await, shown + 1, "each visit, and that it was read");
        for _ in 0..5 {
            read(app, &address, &[]).await.must_be(200);
        }
        assert_eq!(recorded(app).await, shown + 1, "nothing new was told");
        assert_eq!(app.count("select cast(sum(times) as bigint) as n from private_feed_reading").await, 6);
        let slots = times_on(app, id, day(3)).await;
        must_book(app, id, &slots[1]).await;
        app.deliver().await;
        read(app, &address, &[]).await.must_be(200);
        assert_eq!(recorded(app).await, shown + 2, "one visit has changed");
        app.as_patient(id).await.get("/my/access").await.must_say("saw your visit in a calendar program");
    }

    async fn a_feed_ends_with_the_work_of_its_owner_and_with_the_patients_life(app) {
        let id = a_visit(app).await;
        let browser = app.sign_in("specialist").await;
        let doctors = made(&browser, &doctors_page(app).await).await;
        let patients = made(&app.as_patient(id).await, "/my/calendar").await;
        read(app, &doctors, &[]).await.must_be(200);
        let person = app.literal(app.staff("specialist").await.id);
        app.raw(&format!("update person set status = 'suspended' where id = {person}")).await.expect("suspended");
        read(app, &doctors, &[]).await.must_be(404);
        app.raw(&format!("update person set status = 'active' where id = {person}")).await.expect("back");
        read(app, &doctors, &[]).await.must_be(200);
        app.raw(&format!("delete from person_role where person_id = {person} and role = 'specialist'")).await.expect("taken");
        read(app, &doctors, &[]).await.must_be(404);
        read(app, &patients, &[]).await.must_be(200);
        let patient = app.literal(app.patient_of(id).await.id);
        let died = if app.kind == harness::Kind::Postgres { "true" } else { "1" };
        app.raw(&format!("update patient set deceased = {died} where id = {patient}")).await.expect("noted");
        read(app, &patients, &[]).await.must_be(404);
    }

    async fn a_room_has_a_calendar_for_coordinators_and_nobody_has_that_of_a_colleague(app) {
        let id = app.an_accepted_referral().await;
        no_sessions(app).await;
        let room = another(app, "Room 4", |row| row.kind = "room".to_owned()).await;
        let also = format!("[[\"{}\"]]", room.0);
        session(app, diary(app).await, |row| row.also = also).await;
        let slots = times_on(app, id, day(3)).await;
        must_book(app, id, &slots[0]).await;
        app.deliver().await;
        let page = |of: ResourceId| format!("/availability/{of}/feed");
        let coordinator = app.sign_in("coordinator").await;
        coordinator.get(&doctors_page(app).await).await.must_be(403);
        app.sign_in("specialist").await.get(&page(room)).await.must_be(404);
        let address = made(&coordinator, &page(room)).await;
        let text = read(app, &address, &[]).await.must_be(200).text();
        assert_eq!(text.matches("BEGIN:VEVENT").count(), 1, "{text}");
        assert!(text.contains(&app.referral(id).await.reference), "{text}");
        coordinator.post(&format!("{}/revoke", page(room)), &[]).await.must_be(303);
        read(app, &address, &[]).await.must_be(404);
    }

    async fn making_an_address_asks_for_a_fresh_second_factor(app) {
        let browser = app.sign_in("specialist").await;
        app.age_second_factors().await;
        let page = doctors_page(app).await;
        browser.post(&page, &[]).await.must_lead_to("/account/confirm");
        assert_eq!(app.count("select count(*) as n from private_feed").await, 0);
    }

    async fn an_address_is_read_so_often_and_no_more(app) {
        let id = a_visit(app).await;
        let address = made(&app.as_patient(id).await, "/my/calendar").await;
        for _ in 0..120 {
            read(app, &address, &[]).await;
        }
        let answer = read(app, &address, &[]).await.must_be(429);
        assert!(answer.header("retry-after").parse::<u64>().expect("seconds") > 0);
    }

    async fn when_it_was_read_is_forgotten_after_three_months(app) {
        let id = a_visit(app).await;
        let address = made(&app.as_patient(id).await, "/my/calendar").await;
        read(app, &address, &[]).await.must_be(200);
        jobs::tidy(&app.desk, clock::now() + chrono::Duration::days(80)).await.expect("tidied");
        assert_eq!(app.count("select count(*) as n from private_feed_reading").await, 1);
        jobs::tidy(&app.desk, clock::now() + chrono::Duration::days(100)).await.expect("tidied");
        assert_eq!(app.count("select count(*) as n from private_feed_reading").await, 0);
    }
}

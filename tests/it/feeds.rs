//! Calendars that a clinician keeps elsewhere: read politely, once more before a time is given away, and never taken for
//! free when they are silent.

use std::time::Instant;

use chrono::{DateTime, Duration, Utc};
use contract::{CalendarInput, HoldOutcome, SlotInput, TimesPage, TimesQuery};
use domain::{ReferralId, ResourceId};
use harness::{Feed, FeedMood, TestApp, both};
use service::{Call, Conflict, ServiceError, availability, booking, clock, jobs};

use crate::sessions::{another, session};

/// Ids of all calendars, on SQLite and on PostgreSQL.
pub const CALENDAR_IDS: [&str; 2] =
    ["select lower(hex(id)) as t from calendar", "select replace(id::text, '-', '') as t from calendar"];

/// The resource that the specialist is.
async fn diary(app: &TestApp) -> ResourceId {
    let staff = app.staff("specialist").await;
    let organisation = domain::OrganisationId(staff.organisation_id);
    let row =
        store::calendars::resource_of(app.desk.store.reader(), organisation, domain::PersonId(staff.id));
    ResourceId(row.await.expect("read").expect("the specialist can be booked").id)
}

/// Nobody else sees people, and the specialist has no other calendar.
pub async fn alone(app: &TestApp) -> ResourceId {
    let doctor = diary(app).await;
    let id = app.literal(doctor.0);
    app.raw(&format!("delete from availability_rule where resource_id <> {id}")).await.expect("deleted");
    for table in ["calendar_busy", "busy_week", "calendar"] {
        app.raw(&format!("delete from {table}")).await.expect("deleted");
    }
    doctor
}

/// The specialist subscribes on the page.
pub async fn subscribe(app: &TestApp, doctor: ResourceId, feed: &Feed) {
    subscribe_to(app, doctor, &feed.address()).await;
}

async fn subscribe_to(app: &TestApp, doctor: ResourceId, address: &str) {
    let form = [("form", "feed"), ("feed-kind", "feed"), ("feed-url", address)];
    let browser = app.sign_in("specialist").await;
    browser.post(&format!("/availability/{doctor}/subscribe"), &form).await.must_be(303);
    browser.get("/availability").await.must_say("The calendar is read").must_say("Diary on the web");
}

fn at(call: Call, now: DateTime<Utc>) -> Call {
    Call { now, ..call }
}

async fn page(app: &TestApp, id: ReferralId, now: DateTime<Utc>) -> TimesPage {
    let call = at(app.call("coordinator").await, now);
    booking::times(&app.desk, &call, id, &TimesQuery::default()).await.expect("times")
}

pub async fn slots(app: &TestApp, id: ReferralId) -> Vec<SlotInput> {
    let all = page(app, id, clock::now()).await.all.into_iter();
    all.map(|offer| SlotInput { resource: offer.resource, start: offer.start, ..SlotInput::default() })
        .collect()
}

/// The times that the patient is offered, who needs more notice than staff.
async fn their_slots(app: &TestApp, id: ReferralId) -> Vec<SlotInput> {
    let call = app.patient_call(id).await;
    let all = booking::times(&app.desk, &call, id, &TimesQuery::default()).await.expect("times").all;
    all.into_iter()
        .map(|offer| SlotInput { resource: offer.resource, start: offer.start, ..SlotInput::default() })
        .collect()
}

/// Half an hour from the beginning of a time.
pub fn event(slot: &SlotInput) -> String {
    let start: DateTime<Utc> = slot.start.parse().expect("an instant");
    let text = |at: DateTime<Utc>| at.format("%Y%m%dT%H%M%SZ").to_string();
    let (from, to) = (text(start), text(start + Duration::minutes(30)));
    format!(
        "BEGIN:VEVENT\r\nUID:{from}@elsewhere\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:{from}\r\nDTEND:{to}\r\nEND:VEVENT\r\n"
    )
}

pub async fn refresh(app: &TestApp, now: DateTime<Utc>) -> u64 {
    jobs::refresh_calendars(&app.desk, now).await.expect("calendars are read")
}

/// What was read is older than a booking takes for new.
pub async fn ages(app: &TestApp) {
    app.raw("update calendar set checked_at = checked_at - 600000").await.expect("aged");
}

both! {
    async fn a_feed_is_asked_in_its_turn_and_only_for_what_is_new(app) {
        let id = app.an_accepted_referral().await;
        app.leaves_messages();
        let doctor = alone(app).await;
        let free = slots(app, id).await;
        app.feed.says(&event(&free[0]));
        subscribe(app, doctor, &app.feed).await;
        assert_eq!(app.feed.requests().len(), 1);
        assert!(!slots(app, id).await.contains(&free[0]), "it is busy then");
        assert!(slots(app, id).await.contains(&free[1]));
        // Before its turn nobody asks; then only whether it has changed.
        let begun = clock::now();
        assert_eq!(refresh(app, begun + Duration::minutes(10)).await, 0);
        assert_eq!(refresh(app, begun + Duration::minutes(20)).await, 1);
        let asked = app.feed.requests();
        assert_eq!(asked.len(), 2);
        assert_eq!(asked[1].if_none_match.as_deref(), Some("\"1\""));
        assert_eq!(asked[1].if_modified_since.as_deref(), Some("Mon, 02 Mar 2026 09:00:00 GMT"));
        assert!(!slots(app, id).await.contains(&free[0]), "what is not new stays");
        // It moved, and wants to be asked rarely from now on.
        app.feed.says(&format!("REFRESH-INTERVAL;VALUE=DURATION:PT4H\r\n{}", event(&free[1])));
        assert_eq!(refresh(app, begun + Duration::minutes(45)).await, 1);
        assert!(slots(app, id).await.contains(&free[0]));
        assert!(!slots(app, id).await.contains(&free[1]));
        assert_eq!(refresh(app, begun + Duration::minutes(45 + 200)).await, 0);
        assert_eq!(refresh(app, begun + Duration::minutes(45 + 280)).await, 1);
    }

    async fn two_servers_do_not_both_ask(app) {
        let doctor = alone(app).await;
        subscribe(app, doctor, &app.feed).await;
        let later = clock::now() + Duration::minutes(20);
        let (one, two) = tokio::join!(refresh(app, later), refresh(app, later));
        assert_eq!((one + two, app.feed.requests().len()), (1, 2));
    }

    async fn a_feed_that_fails_is_left_in_peace_and_its_rule_decides(app) {
        let id = app.an_accepted_referral().await;
        app.leaves_messages();
        let doctor = alone(app).await;
        subscribe(app, doctor, &app.feed).await;
        let begun = clock::now();
        app.feed.will(FeedMood::Busy(7_200));
        refresh(app, begun + Duration::minutes(20)).await;
        assert_eq!(app.feed.requests().len(), 2);
        assert_eq!(refresh(app, begun + Duration::minutes(130)).await, 0, "it asked for two hours");
        let browser = app.sign_in("specialist").await;
        browser.get("/availability").await.must_say("The server answered 503");
        // Old, and its rule says to go on: staff are told, patients are offered times.
        let next_day = begun + Duration::hours(26);
        refresh(app, next_day).await;
        let shown = page(app, id, next_day).await;
        assert!(!shown.all.is_empty());
        assert_eq!(shown.outdated.len(), 1, "{:?}", shown.outdated);
        let patient = at(app.patient_call(id).await, next_day);
        let theirs = booking::times(&app.desk, &patient, id, &TimesQuery::default()).await.expect("times");
        assert!(theirs.outdated.is_empty() && !theirs.all.is_empty());
        // Its owner wants no times offered then.
        let calendar = app.texts(if app.kind == harness::Kind::Sqlite { "select lower(hex(id)) as t from calendar" } else { "select replace(id::text, '-', '') as t from calendar" }).await.remove(0);
        let path = format!("/availability/{doctor}/calendars/{}", uuid::Uuid::parse_str(&calendar).expect("an id"));
        let form = format!("calendar-{}", uuid::Uuid::parse_str(&calendar).expect("an id"));
        let (hours, when) = (format!("{form}-stale_hours"), format!("{form}-when_stale"));
        let set = |value: &'static str| vec![("form", form.as_str()), (hours.as_str(), value), (when.as_str(), "refuse")];
        browser.post(&format!("{path}/settings"), &set("0")).await.must_be(303);
        browser.get("/availability").await.must_say("Enter hours, from 1 to 720.");
        browser.post(&format!("{path}/settings"), &set("12")).await.must_be(303);
        assert!(page(app, id, next_day).await.all.is_empty(), "nothing is known, so nothing is offered");
        assert!(!page(app, id, begun).await.all.is_empty());
        // It answers again.
        app.feed.will(FeedMood::Answers);
        refresh(app, next_day + Duration::hours(12)).await;
        assert!(!page(app, id, next_day + Duration::hours(12)).await.all.is_empty());
        // Gone for good: said so, and asked rarely.
        app.feed.will(FeedMood::Gone);
        let read = format!("{path}/read");
        browser.post(&read, &[("form", form.as_str())]).await.must_be(303);
        browser.get("/availability").await.must_say("There is no calendar at this address");
        // Taken away, it no longer counts.
        browser.post(&format!("{path}/remove"), &[]).await.must_be(303);
        browser.get("/availability").await.must_say("No calendar yet");
        assert_eq!(app.count("select count(*) as n from calendar").await, 0);
    }

    async fn a_feed_is_read_once_more_before_a_time_is_held_and_before_it_is_booked(app) {
        let id = app.an_accepted_referral().await;
        app.leaves_messages();
        let doctor = alone(app).await;
        subscribe(app, doctor, &app.feed).await;
        let call = app.patient_call(id).await;
        let shown = booking::times(&app.desk, &call, id, &TimesQuery::default()).await.expect("times").all;
        let slot = |at: usize| SlotInput { resource: shown[at].resource.clone(), start: shown[at].start.clone(), ..SlotInput::default() };
        // Somebody else took the clinician's time since the page was made.
        app.feed.says(&event(&slot(0)));
        ages(app).await;
        let outcome = booking::hold(&app.desk, &call, id, &slot(0)).await.expect("answered");
        let HoldOutcome::Taken { alternatives, .. } = outcome else { panic!("it is busy: {outcome:?}") };
        assert_eq!(alternatives.len(), 3);
        assert!(alternatives.iter().all(|offer| offer.start != shown[0].start));
        // Just read: not read again at once.
        let asked = app.feed.requests().len();
        let call = app.patient_call(id).await;
        let outcome = booking::hold(&app.desk, &call, id, &slot(1)).await.expect("answered");
        assert!(matches!(outcome, HoldOutcome::Held { .. }), "{outcome:?}");
        assert_eq!(app.feed.requests().len(), asked);
        // While the patient thinks, it is taken in the clinician's own calendar.
        app.feed.says(&format!("{}{}", event(&slot(0)), event(&slot(1))));
        ages(app).await;
        let call = app.patient_call(id).await;
        let refused = booking::confirm(&app.desk, &call, id).await;
        assert!(matches!(refused, Err(ServiceError::Conflict(Conflict::SlotTaken))), "{refused:?}");
        app.must_be_in(id, "accepted").await;
        let kept = "select count(*) as n from slot_ledger l join appointment a on a.id = l.appointment_id where a.referral_id = ";
        assert_eq!(app.count(&format!("{kept}{}", app.literal(id.0))).await, 0, "the time is given back");
        // Nothing else in the way: booked.
        let call = app.patient_call(id).await;
        booking::hold(&app.desk, &call, id, &slot(2)).await.expect("held");
        ages(app).await;
        let call = app.patient_call(id).await;
        booking::confirm(&app.desk, &call, id).await.expect("booked");
        app.must_be_in(id, "booked").await;
    }

    async fn a_feed_that_hangs_keeps_nobody_from_booking_for_long(app) {
        let id = app.an_accepted_referral().await;
        app.leaves_messages();
        let doctor = alone(app).await;
        subscribe(app, doctor, &app.feed).await;
        let free = slots(app, id).await;
        app.feed.will(FeedMood::Hangs);
        ages(app).await;
        let begun = Instant::now();
        let call = app.call("coordinator").await;
        let outcome = booking::staff_book(&app.desk, &call, id, &free[0]).await.expect("answered");
        assert!(matches!(outcome, HoldOutcome::Held { .. }), "{outcome:?}");
        assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
        app.sign_in("specialist").await.get("/availability").await.must_say("The server did not answer in time");
    }

    async fn five_silent_feeds_take_four_seconds_together_and_are_stale_then(app) {
        let id = app.an_accepted_referral().await;
        app.leaves_messages();
        let doctor = alone(app).await;
        for name in ["one", "two", "three", "four", "five"] {
            subscribe_to(app, doctor, &app.feed.address_of(name)).await;
        }
        let free = their_slots(app, id).await;
        app.feed.will(FeedMood::Hangs);
        ages(app).await;
        // Its owner lets it be booked all the same: staff are told.
        let begun = Instant::now();
        let call = app.patient_call(id).await;
        let outcome = booking::hold(&app.desk, &call, id, &free[0]).await.expect("answered");
        assert!(matches!(outcome, HoldOutcome::Held { .. }), "{outcome:?}");
        assert!(begun.elapsed() < std::time::Duration::from_secs(8), "{:?}", begun.elapsed());
        assert_eq!(page(app, id, clock::now()).await.outdated.len(), 1, "they are stale at once");
        let browser = app.sign_in("specialist").await;
        browser.get("/availability").await.must_say("What is known of it may be old");
        // An owner of one of them wants nothing booked then.
        app.raw("update calendar set when_stale = 'refuse', unsure_since = null, last_error = null").await.expect("set");
        ages(app).await;
        let begun = Instant::now();
        let call = app.patient_call(id).await;
        let refused = booking::confirm(&app.desk, &call, id).await;
        assert!(matches!(refused, Err(ServiceError::Conflict(Conflict::CalendarUnknown))), "{refused:?}");
        assert!(begun.elapsed() < std::time::Duration::from_secs(8), "{:?}", begun.elapsed());
        assert!(slots(app, id).await.is_empty(), "nobody is led to times that cannot be had");
        // Once more at once: nobody waits again, and it stays refused.
        let begun = Instant::now();
        let call = app.call("coordinator").await;
        let refused = booking::staff_book(&app.desk, &call, id, &free[1]).await;
        assert!(matches!(refused, Err(ServiceError::Conflict(Conflict::CalendarUnknown))), "{refused:?}");
        assert!(begun.elapsed() < std::time::Duration::from_secs(3), "{:?}", begun.elapsed());
        // The next round has more patience, and all is well again.
        app.feed.will(FeedMood::Answers);
        assert_eq!(refresh(app, clock::now()).await, 5);
        assert!(slots(app, id).await.contains(&free[1]));
        let call = app.patient_call(id).await;
        booking::confirm(&app.desk, &call, id).await.expect("booked");
    }

    async fn the_calendar_of_a_room_is_read_before_its_time_is_given_away(app) {
        let id = app.an_accepted_referral().await;
        app.leaves_messages();
        let doctor = alone(app).await;
        app.raw("delete from availability_rule").await.expect("deleted");
        let room = another(app, "Room 1", |row| row.kind = "room".to_owned()).await;
        session(app, doctor, |row| row.also = format!(r#"[["{room}"]]"#)).await;
        let free = their_slots(app, id).await;
        let input = CalendarInput { url: app.feed.address(), kind: "feed".to_owned(), ..CalendarInput::default() };
        let call = app.call("coordinator").await;
        availability::subscribe_calendar(&app.desk, &call, room, &input).await.expect("subscribed");
        // Somebody else takes the room where its calendar is kept.
        app.feed.says(&event(&free[0]));
        ages(app).await;
        let call = app.patient_call(id).await;
        let outcome = booking::hold(&app.desk, &call, id, &free[0]).await.expect("answered");
        assert!(matches!(outcome, HoldOutcome::Taken { .. }), "{outcome:?}");
        let call = app.patient_call(id).await;
        let outcome = booking::hold(&app.desk, &call, id, &free[1]).await.expect("answered");
        assert!(matches!(outcome, HoldOutcome::Held { .. }), "{outcome:?}");
        app.feed.says(&format!("{}{}", event(&free[0]), event(&free[1])));
        ages(app).await;
        let call = app.patient_call(id).await;
        let refused = booking::confirm(&app.desk, &call, id).await;
        assert!(matches!(refused, Err(ServiceError::Conflict(Conflict::SlotTaken))), "{refused:?}");
    }

    async fn what_cannot_be_read_is_named_and_what_was_known_stays(app) {
        let id = app.an_accepted_referral().await;
        app.leaves_messages();
        let doctor = alone(app).await;
        let free = slots(app, id).await;
        app.feed.says(&event(&free[0]));
        subscribe(app, doctor, &app.feed).await;
        let bad = |uid: &str| format!("BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20260101T000000Z\r\nSUMMARY:Mrs Example\r\nDTSTART:20270230T250000Z\r\nEND:VEVENT\r\n");
        app.feed.says(&format!("{}{}", event(&free[1]), bad("broken@elsewhere")));
        refresh(app, clock::now() + Duration::minutes(20)).await;
        let browser = app.sign_in("specialist").await;
        let page = browser.get("/availability").await
            .must_say("It answers, but what was known before stays.")
            .must_say("VEVENT[1]/DTSTART")
            .must_say("UID broken@elsewhere");
        assert!(!page.text().contains("Mrs Example") && !page.text().contains("more thing"), "{}", page.text());
        let offered = slots(app, id).await;
        assert!(!offered.contains(&free[0]) && offered.contains(&free[1]), "the last reading that was whole");
        app.feed.says(&[bad("a"), bad("b"), bad("c")].concat());
        refresh(app, clock::now() + Duration::hours(8)).await;
        browser.get("/availability").await.must_say("2 more things in it cannot be read.");
    }

    async fn a_calendar_over_plain_http_says_that_it_is_not_encrypted(app) {
        let doctor = alone(app).await;
        subscribe(app, doctor, &app.feed).await;
        let browser = app.sign_in("specialist").await;
        browser.get("/availability").await.must_say("Not encrypted");
        app.raw("update calendar set url = 'https://calendar.example/a.ics'").await.expect("set");
        assert!(!browser.get("/availability").await.text().contains("Not encrypted"));
    }

    async fn an_address_inside_our_own_network_is_not_called(app) {
        let doctor = alone(app).await;
        let browser = app.sign_in("specialist").await;
        // A name that leads inside, over http as well; the stand-in's own origin alone is excepted.
        let inside = app.feed.address().replace("127.0.0.1", "localhost");
        for address in ["https://169.254.169.254/latest", "http://169.254.169.254/latest", "https://127.0.0.1:1/a.ics", "http://10.0.0.1/a.ics", &inside, "ftp://a", "https://u:p@example.org/x", "http://u:p@example.org/x"] {
            let form = [("form", "feed"), ("feed-kind", "feed"), ("feed-url", address)];
            browser.post(&format!("/availability/{doctor}/subscribe"), &form).await.must_be(303);
            let page = browser.get("/availability").await.must_say("feed-url-error");
            assert!(!page.text().contains("Diary on the web"), "{address}");
        }
        assert_eq!(app.count("select count(*) as n from calendar").await, 0);
    }

    async fn a_collection_on_a_real_caldav_server_is_read_and_its_password_is_sealed(app) {
        let Ok(server) = std::env::var("WAYMARK_TEST_CALDAV") else {
            println!("skipped: no CalDAV server (set WAYMARK_TEST_CALDAV)");
            return;
        };
        let id = app.an_accepted_referral().await;
        app.leaves_messages();
        let doctor = alone(app).await;
        let free = slots(app, id).await;
        let collection = format!("{server}/doctor/{}/", uuid::Uuid::from_bytes(rand::random()).simple());
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        let send = |method: &str, address: String, body: String| {
            let method = reqwest::Method::from_bytes(method.as_bytes()).expect("a method");
            let request = http.request(method, address).basic_auth("doctor", Some("a secret: of ümlauts")).body(body);
            async move { request.send().await.expect("it answers").error_for_status().expect("it takes it") }
        };
        send("MKCALENDAR", collection.clone(), String::new()).await;
        let object = |slot: &SlotInput| format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Phone//EN\r\n{}END:VCALENDAR\r\n", event(slot));
        send("PUT", format!("{collection}one.ics"), object(&free[0])).await;
        send("PUT", format!("{collection}two.ics"), object(&free[2])).await;

        let browser = app.sign_in("specialist").await;
        let path = format!("/availability/{doctor}/subscribe");
        let form = |url: &str, password: &str| {
            let fields = [("form", "caldav"), ("caldav-kind", "caldav"), ("caldav-url", url), ("caldav-username", "doctor"), ("caldav-password", password)];
            fields.map(|(name, value)| (name, value.to_owned()))
        };
        let try_it = |url: String, password: &'static str| {
            let (browser, path, fields) = (&browser, &path, form(&url, password));
            async move {
                let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
                browser.post(path, &fields).await.must_be(303);
                browser.get("/availability").await
            }
        };
        try_it(collection.clone(), "wrong").await.must_say("does not accept this user name and password");
        try_it(format!("{server}/doctor/"), "a secret: of ümlauts").await.must_say("use the address that the server shows for one calendar");
        let page = try_it(collection.clone(), "a secret: of ümlauts").await.must_say("On the CalDAV server");
        assert!(!page.text().contains("ümlauts"), "a password is never shown again");
        let sealed = "select count(*) as n from calendar where secret is not null and length(secret) > 90 and username = 'doctor'";
        assert_eq!(app.count(sealed).await, 1);
        let offered = slots(app, id).await;
        assert!(!offered.contains(&free[0]) && offered.contains(&free[1]) && !offered.contains(&free[2]));
        // One goes, one comes; each in its turn.
        send("DELETE", format!("{collection}one.ics"), String::new()).await;
        send("PUT", format!("{collection}three.ics"), object(&free[1])).await;
        let begun = clock::now();
        assert_eq!(refresh(app, begun + Duration::minutes(20)).await, 1);
        let offered = slots(app, id).await;
        assert!(offered.contains(&free[0]) && !offered.contains(&free[1]) && !offered.contains(&free[2]));
        let marked = "select etag as t from calendar where etag is not null";
        let mark = app.texts(marked).await;
        assert_eq!(refresh(app, begun + Duration::minutes(45)).await, 1);
        assert_eq!((app.texts(marked).await, mark.len()), (mark.clone(), 1), "nothing has changed");
        // The owner's hours stand at the calendar, and no CTag tells that they changed: nobody is there on one of the days.
        let busy_day = free.iter().find(|slot| slot.start[..10] != free[1].start[..10]).expect("another day");
        assert!(slots(app, id).await.contains(busy_day));
        let (from, to) = (busy_day.start[..10].replace('-', ""), busy_day.start.parse::<DateTime<Utc>>().expect("an instant") + Duration::days(1));
        let hours = format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Phone//EN\r\nBEGIN:VAVAILABILITY\r\nUID:away\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:{from}T000000Z\r\nDTEND:{}T000000Z\r\nEND:VAVAILABILITY\r\nEND:VCALENDAR\r\n",
            to.format("%Y%m%d")
        );
        let property = format!(
            "<d:propertyupdate xmlns:d=\"DAV:\" xmlns:c=\"urn:ietf:params:xml:ns:caldav\"><d:set><d:prop><c:calendar-availability>{}</c:calendar-availability></d:prop></d:set></d:propertyupdate>",
            hours.replace('\r', "&#13;")
        );
        send("PROPPATCH", collection.clone(), property).await;
        assert_eq!(refresh(app, begun + Duration::minutes(62)).await, 1);
        let offered = slots(app, id).await;
        assert!(!offered.iter().any(|slot| slot.start[..10] == busy_day.start[..10]), "{busy_day:?} {offered:?}");
        assert!(offered.contains(&free[0]), "on other days they are there");
        // The password was changed there, or the one that we keep cannot be opened any more: the calendar stays.
        app.raw("update calendar set secret = null, last_error = null").await.expect("lost");
        let card = app.texts(CALENDAR_IDS[usize::from(app.kind != harness::Kind::Sqlite)]).await.remove(0);
        let card = uuid::Uuid::parse_str(&card).expect("an id");
        let source = format!("/availability/{doctor}/calendars/{card}/source");
        let form = format!("calendar-{card}");
        let field = format!("{form}-password");
        let busy = app.count("select count(*) as n from calendar_busy").await;
        for (password, said) in [("", "Enter the password"), ("wrong", "does not accept this user name and password")] {
            browser.post(&source, &[("form", form.as_str()), (field.as_str(), password)]).await.must_be(303);
            browser.get("/availability").await.must_say(said);
            assert_eq!(app.count("select count(*) as n from calendar_busy").await, busy, "its busy times count meanwhile");
        }
        browser.post(&source, &[("form", form.as_str()), (field.as_str(), "a secret: of ümlauts")]).await.must_be(303);
        browser.get("/availability").await.must_say("The calendar was read there");
        assert_eq!(app.count(sealed).await, 1);
        assert_eq!(app.count("select count(*) as n from calendar").await, 1);
        assert_eq!(refresh(app, begun + Duration::minutes(80)).await, 1);
        assert_eq!(app.count("select count(*) as n from calendar where last_error is null").await, 1);
        // The collection goes: said so, and what was known stays.
        send("DELETE", collection.clone(), String::new()).await;
        refresh(app, begun + Duration::minutes(100)).await;
        browser.get("/availability").await.must_say("This is not a calendar on a CalDAV server");
        assert!(!slots(app, id).await.contains(&free[1]));
    }
}

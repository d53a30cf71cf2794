//! Visits against which something speaks after they were booked: never in silence, and never cancelled unasked.

use chrono::{DateTime, Duration, Utc};
use contract::{LeaveInput, LeaveOutcome, SlotInput, TimesQuery};
use domain::{OrganisationId, ReferralId, ResourceId};
use harness::{Kind, TestApp, both};
use service::{availability, booking, clock, jobs};

use crate::sessions::{another, day, diary, hospital, must_book, no_sessions, session, times_on};

const PAGE: &str = "/availability/rebooking";

/// A calendar file with half an hour from the beginning of each time, under a name each.
fn file(of: &[(&SlotInput, &str)]) -> Vec<u8> {
    let events: String = of.iter().map(|(slot, uid)| event(slot, uid)).collect();
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Elsewhere//EN\r\n{events}END:VCALENDAR\r\n")
        .into_bytes()
}

fn event(slot: &SlotInput, uid: &str) -> String {
    let start: DateTime<Utc> = slot.start.parse().expect("an instant");
    let text = |at: DateTime<Utc>| at.format("%Y%m%dT%H%M%SZ").to_string();
    let (from, to) = (text(start), text(start + Duration::minutes(30)));
    format!(
        "BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:{from}\r\nDTEND:{to}\r\nEND:VEVENT\r\n"
    )
}

async fn upload(app: &TestApp, of: ResourceId, bytes: &[u8]) {
    let call = app.call("coordinator").await;
    let house = hospital(app).await;
    availability::keep_calendar(&app.desk, &call, house, Some(of), "diary.ics", bytes).await.expect("kept");
}

/// A visit of a fresh referral, on the first free time of a day.
async fn booked(app: &TestApp, ahead: i64) -> (ReferralId, SlotInput) {
    let id = app.an_accepted_referral().await;
    let slot = times_on(app, id, day(ahead)).await.remove(0);
    must_book(app, id, &slot).await;
    (id, slot)
}

/// How often each coordinator was told that visits are in doubt.
async fn doubts(app: &TestApp) -> i64 {
    let house = app.literal(hospital(app).await.0);
    let told = app.mails().iter().filter(|mail| mail.subject.contains("has a visit in doubt")).count();
    let coordinators = app
        .count(&format!(
            "select count(*) as n from person_role r join person p on p.organisation_id = r.organisation_id \
             and p.id = r.person_id where r.role = 'coordinator' and p.status = 'active' and p.organisation_id = {house}"
        ))
        .await;
    let told = i64::try_from(told).expect("few");
    assert_eq!(told % coordinators, 0, "each coordinator is told, or nobody");
    told / coordinators
}

/// Sends what is due at an instant, until nothing is.
async fn deliver(app: &TestApp, now: DateTime<Utc>) {
    while jobs::dispatch(&app.desk, now).await.expect("messages are sent") > 0 {}
}

async fn refresh(app: &TestApp, now: DateTime<Utc>) -> u64 {
    jobs::refresh_calendars(&app.desk, now).await.expect("calendars are read")
}

/// Sessions of other services.
async fn others(app: &TestApp) -> i64 {
    let service = app.literal(app.service("Heart clinic").await);
    app.count(&format!("select count(*) as n from availability_rule where service_id <> {service}")).await
}

both! {
    async fn one_file_is_the_calendar_of_two_clinicians(app) {
        let id = app.an_accepted_referral().await;
        app.leaves_messages();
        no_sessions(app).await;
        let (one, two) = (diary(app).await, another(app, "Dr Other", |_| ()).await);
        for doctor in [one, two] {
            session(app, doctor, |_| ()).await;
        }
        let slot = times_on(app, id, day(3)).await.remove(0);
        let bytes = file(&[(&slot, "training@elsewhere")]);
        let before = app.count("select count(*) as n from calendar").await;
        for doctor in [one, two, one] {
            upload(app, doctor, &bytes).await;
        }
        assert_eq!(app.count("select count(*) as n from calendar").await, before + 2, "the same twice is one");
        assert!(!times_on(app, id, day(3)).await.iter().any(|free| free.start == slot.start), "both are busy");
    }

    async fn leave_of_a_room_shows_the_visits_in_it(app) {
        app.leaves_messages();
        no_sessions(app).await;
        let room = another(app, "Room 1", |row| row.kind = "room".to_owned()).await;
        session(app, diary(app).await, |row| row.also = format!(r#"[["{room}"]]"#)).await;
        let (id, _) = booked(app, 4).await;
        let call = app.call("coordinator").await;
        let input = LeaveInput { from_day: day(4).to_string(), ..LeaveInput::default() };
        let shown = availability::add_leave(&app.desk, &call, room, &input).await.expect("answered");
        let LeaveOutcome::Preview(shown) = shown else { panic!("it breaks a visit: {shown:?}") };
        assert_eq!(shown.visits.len(), 1);
        let input = LeaveInput { seen: shown.seen, ..input };
        let saved = availability::add_leave(&app.desk, &call, room, &input).await.expect("saved");
        assert_eq!(saved, LeaveOutcome::Saved { cancelled: 1, taken_back: 0 });
        app.must_be_in(id, "appointment-cancelled").await;
        app.sign_in("coordinator").await.get(PAGE).await.must_say("1 visit is still to be rebooked");
        assert!(times_on(app, id, day(4)).await.is_empty(), "without the room nobody is seen");
    }

    async fn a_session_that_does_not_take_place_does_not_with_anybody(app) {
        let (id, other) = (app.an_accepted_referral().await, app.an_accepted_referral().await);
        app.leaves_messages();
        no_sessions(app).await;
        let (one, two) = (diary(app).await, another(app, "Dr Other", |_| ()).await);
        let room = another(app, "Room 1", |row| (row.kind, row.places) = ("room".to_owned(), 2)).await;
        let rule = session(app, one, |row| {
            row.pool = two.to_string();
            row.also = format!(r#"[["{room}"]]"#);
        }).await;
        let slots = times_on(app, id, day(5)).await;
        let with = |who: ResourceId| slots.iter().find(|slot| slot.resource == who.to_string());
        let free = with(one).or(with(two)).expect("a time");
        must_book(app, id, free).await;
        // Entered on the page of whoever sees people there, or of the room, it means the session.
        let call = app.call("coordinator").await;
        for page in [two, room] {
            let input = LeaveInput { from_day: day(5).to_string(), rule: rule.to_string(), ..LeaveInput::default() };
            let shown = availability::add_leave(&app.desk, &call, page, &input).await.expect("answered");
            assert!(matches!(&shown, LeaveOutcome::Preview(shown) if shown.visits.len() == 1), "{shown:?}");
        }
        let input = LeaveInput { from_day: day(6).to_string(), rule: rule.to_string(), ..LeaveInput::default() };
        availability::add_leave(&app.desk, &call, room, &input).await.expect("saved");
        assert!(times_on(app, other, day(6)).await.is_empty(), "nobody sees people then");
        assert!(!times_on(app, other, day(7)).await.is_empty());
        let browser = app.sign_in("coordinator").await;
        for page in [one, two, room] {
            browser.get(&format!("/availability?resource={page}")).await.must_say("No session on");
        }
        let shown = browser.get(&format!("/availability?resource={one}")).await.text();
        let remove = shown.split(&format!("/availability/{one}/leave/")).nth(1).and_then(|rest| rest.split('/').next());
        let remove = format!("/availability/{one}/leave/{}/remove", remove.expect("a way to remove it"));
        browser.post(&remove, &[]).await.must_be(303);
        assert!(!times_on(app, other, day(6)).await.is_empty(), "it takes place again");
    }

    async fn a_calendar_that_cannot_be_read_any_more_is_not_tried_every_minute(app) {
        no_sessions(app).await;
        let doctor = diary(app).await;
        session(app, doctor, |_| ()).await;
        upload(app, doctor, &file(&[])).await;
        refresh(app, clock::now()).await;
        let nothing = if app.kind == Kind::Sqlite { "x'00'" } else { "'\\x00'" };
        let spoil = format!("update calendar set content = {nothing}, expanded_to = null where resource_id = {}", app.literal(doctor.0));
        app.raw(&spoil).await.expect("spoilt");
        let now = clock::now();
        assert!(refresh(app, now).await > 0);
        assert_eq!(refresh(app, now + Duration::minutes(1)).await, 0, "it would say the same");
        app.sign_in("specialist").await.get("/availability").await.must_say("can no longer be read");
        assert!(refresh(app, now + Duration::hours(25)).await > 0);
    }

    async fn busy_time_that_comes_over_a_booked_visit_is_listed_and_told_once(app) {
        no_sessions(app).await;
        let doctor = diary(app).await;
        session(app, doctor, |_| ()).await;
        let address = app.feed.address();
        let form = [("form", "feed"), ("feed-kind", "feed"), ("feed-url", address.as_str())];
        let browser = app.sign_in("coordinator").await;
        browser.post(&format!("/availability/{doctor}/subscribe"), &form).await.must_be(303);
        let ((id, slot), (own, invited)) = (booked(app, 4).await, booked(app, 5).await);
        app.deliver().await;
        // The clinician accepts other work then; our own invitation is no other work.
        let own_uid = format!("{own}@waymark");
        app.feed.says(&format!("{}{}", event(&slot, "theatre@elsewhere"), event(&invited, &own_uid)));
        let begun = clock::now();
        refresh(app, begun + Duration::minutes(20)).await;
        let page = browser.get(PAGE).await.must_say("1 booked visit is in doubt").must_say("The calendar says busy at that time");
        app.must_be_in(id, "booked").await;
        deliver(app, begun + Duration::minutes(20)).await;
        assert_eq!(doubts(app).await, 1, "one mail");
        // Read again with something else in it, it is not told again.
        let free = times_on(app, id, day(9)).await.remove(0);
        app.feed.says(&format!("{}{}", event(&slot, "theatre@elsewhere"), event(&free, "tea@elsewhere")));
        refresh(app, begun + Duration::minutes(45)).await;
        deliver(app, begun + Duration::minutes(45)).await;
        assert_eq!(doubts(app).await, 1);
        // Somebody decides that it stays.
        let keep = page.text();
        let keep = keep.split("/availability/rebooking/").find_map(|rest| rest.split_once("/keep")).expect("a way to keep it").0;
        browser.post(&format!("{PAGE}/{keep}/keep"), &[]).await.must_lead_to(PAGE);
        browser.get(PAGE).await.must_say("It stays as it is booked").must_say("Every visit has a time that stands");
        app.feed.says(&event(&slot, "theatre@elsewhere"));
        refresh(app, begun + Duration::minutes(70)).await;
        browser.get(PAGE).await.must_say("Every visit has a time that stands");
        // Gone and come again, it is new.
        app.feed.says("");
        refresh(app, begun + Duration::minutes(95)).await;
        app.feed.says(&event(&slot, "theatre@elsewhere"));
        refresh(app, begun + Duration::minutes(120)).await;
        browser.get(PAGE).await.must_say("1 booked visit is in doubt");
        deliver(app, begun + Duration::minutes(120)).await;
        assert_eq!(doubts(app).await, 2);
        // Another time: nothing is left to decide.
        must_book(app, id, &times_on(app, id, day(11)).await[0]).await;
        browser.get(PAGE).await.must_say("Every visit has a time that stands");
        app.leaves_messages();
    }

    async fn an_uploaded_calendar_speaks_against_visits_until_it_is_taken_away(app) {
        app.leaves_messages();
        no_sessions(app).await;
        let doctor = diary(app).await;
        session(app, doctor, |_| ()).await;
        let (_, slot) = booked(app, 4).await;
        upload(app, doctor, &file(&[(&slot, "course@elsewhere")])).await;
        let browser = app.sign_in("coordinator").await;
        browser.get(&format!("/availability?resource={doctor}")).await.must_say("1 visit is still to be rebooked");
        browser.get(PAGE).await.must_say("1 booked visit is in doubt");
        let house = OrganisationId(hospital(app).await.0);
        let all = store::calendars::calendars(app.desk.store.reader(), house).await.expect("read");
        let own = all.into_iter().filter(|row| row.resource_id == Some(doctor.0)).max_by_key(|row| row.fetched_at);
        let path = format!("/availability/{doctor}/calendars/{}/remove", own.expect("it is kept").id);
        browser.post(&path, &[]).await.must_be(303);
        browser.get(PAGE).await.must_say("Every visit has a time that stands");
    }

    async fn a_session_is_changed_in_its_form_and_visits_left_outside_are_shown_first(app) {
        app.leaves_messages();
        no_sessions(app).await;
        let doctor = diary(app).await;
        let rule = session(app, doctor, |row| row.buffer_after_min = 5).await;
        let id = app.an_accepted_referral().await;
        let last = times_on(app, id, day(4)).await.pop().expect("a time");
        must_book(app, id, &last).await;
        let browser = app.sign_in("specialist").await;
        let path = format!("/availability/{doctor}/rules/{rule}");
        browser.get("/availability").await.must_say(&path);
        let form = browser.get(&path).await.must_say("Save the session").text();
        assert_eq!(harness::slots(&form, "from"), ["09:00"]);
        assert_eq!(harness::slots(&form, "buffer_after_min"), ["5"]);
        assert_eq!(form.matches(" checked").count(), 7, "every day is ticked");
        let service = app.service("Heart clinic").await.to_string();
        let save = |to: &'static str, seen: String, over: &'static str| {
            let (browser, path, service) = (&browser, &path, &service);
            async move {
                let mut fields = vec![("form", "rule"), ("service", service.as_str()), ("from", "09:00"), ("to", to)];
                fields.extend([("weekdays", "MO"), ("weekdays", "TU"), ("weekdays", "WE"), ("weekdays", "TH")]);
                fields.extend([("weekdays", "FR"), ("weekdays", "SA"), ("weekdays", "SU"), ("slot_min", "30")]);
                fields.extend([("seen", seen.as_str()), ("visits_over", over)]);
                browser.post(path, &fields).await.must_be(303)
            }
        };
        save("soon", String::new(), "").await;
        browser.get(&path).await.must_say("Enter a time, like 12:30.");
        save("10:00", String::new(), "").await;
        let shown = browser.get(&path).await.must_say("1 booked visit would lie in no session any more")
            .must_say("Nothing is saved yet").must_say("They stay booked").text();
        assert_eq!(times_on(app, app.an_accepted_referral().await, day(6)).await.len(), 4, "nothing is saved yet");
        let seen = harness::slots(&shown, "seen").remove(0);
        save("10:00", seen, "keep").await;
        browser.get("/availability").await.must_say("The session is changed. 1 visit stays booked");
        app.must_be_in(id, "booked").await;
        browser.get(PAGE).await.must_say("1 booked visit is in doubt").must_say("The session was changed or removed");
        assert_eq!(times_on(app, app.an_accepted_referral().await, day(6)).await.len(), 2);
        // What touches no visit is saved at once.
        save("10:30", String::new(), "").await;
        browser.get("/availability").await.must_say("The session is changed. No booked visit is touched.");
    }

    async fn a_session_is_taken_away_after_its_visits_were_shown(app) {
        app.leaves_messages();
        no_sessions(app).await;
        let doctor = diary(app).await;
        let (first, second) = (session(app, doctor, |_| ()).await, session(app, doctor, |_| ()).await);
        let (id, _) = booked(app, 4).await;
        let browser = app.sign_in("coordinator").await;
        let remove = |rule: uuid::Uuid, seen: String, over: &'static str| {
            let browser = &browser;
            async move {
                let path = format!("/availability/{doctor}/rules/{rule}/remove");
                let fields = [("form", "remove"), ("seen", seen.as_str()), ("visits_over", over)];
                browser.post(&path, &fields).await.must_be(303)
            }
        };
        // The visit lies in the other one too.
        remove(first, String::new(), "").await;
        assert_eq!(app.count("select count(*) as n from availability_rule").await, 1 + others(app).await);
        remove(second, String::new(), "").await;
        let path = format!("/availability/{doctor}/rules/{second}");
        let reference = app.referral(id).await.reference;
        let shown = browser.get(&path).await.must_say("would lie in no session any more").must_say(&reference).text();
        app.must_be_in(id, "booked").await;
        let seen = harness::slots(&shown, "seen").remove(0);
        remove(second, seen, "cancel").await;
        browser.get(&format!("/availability?resource={doctor}")).await.must_say("being told and asked to choose another time");
        app.must_be_in(id, "appointment-cancelled").await;
        browser.get(PAGE).await.must_say("still to be rebooked").must_say(&reference);
    }

    async fn a_session_of_several_is_changed_by_whose_it_is(app) {
        no_sessions(app).await;
        let (own, other) = (diary(app).await, another(app, "Dr Other", |_| ()).await);
        let rule = session(app, other, |row| row.pool = own.to_string()).await;
        let browser = app.sign_in("specialist").await;
        browser.get("/availability").await.must_say("Belongs to Dr Other");
        let path = format!("/availability/{own}/rules/{rule}");
        browser.get(&path).await.must_be(404);
        browser.post(&format!("{path}/remove"), &[]).await.must_be(404);
        app.sign_in("coordinator").await.get(&path).await.must_say("with Dr Other");
    }

    async fn the_whole_house_closes_after_the_visits_of_the_day_were_shown(app) {
        app.leaves_messages();
        no_sessions(app).await;
        let (one, two) = (diary(app).await, another(app, "Dr Other", |_| ()).await);
        for doctor in [one, two] {
            session(app, doctor, |_| ()).await;
        }
        let (id, _) = booked(app, 4).await;
        let (kept, _) = booked(app, 5).await;
        let house = app.literal(hospital(app).await.0);
        let clocks = format!("update organisation set clocks = '{{\"holidays\": [\"{}\", \"{}\"]}}' where id = {house}", day(4), day(8));
        app.raw(&clocks).await.expect("set");
        let browser = app.sign_in("coordinator").await;
        let path = "/availability/closed";
        browser.get(path).await.must_say("Times are offered on these holidays").must_say(&format!("day={}", day(4)));
        let begun = browser.get(&format!("{path}?day={}", day(4))).await.text();
        assert_eq!(harness::slots(&begun, "from_day"), [day(4).to_string()]);
        let close = |seen: String| {
            let (browser, first) = (&browser, day(4).to_string());
            async move {
                let form = [("from_day", first.as_str()), ("note", "Holiday"), ("seen", seen.as_str())];
                browser.post(path, &form).await.must_be(303)
            }
        };
        close(String::new()).await;
        let shown = browser.get(path).await.must_say("1 booking would break").must_say("No closed days are entered").text();
        close(harness::slots(&shown, "seen").remove(0)).await;
        let page = browser.get(path).await.must_say("1 patient is being told").must_say("Holiday").text();
        assert!(!page.contains(&format!("day={}", day(4))) && page.contains(&format!("day={}", day(8))));
        app.must_be_in(id, "appointment-cancelled").await;
        app.must_be_in(kept, "booked").await;
        assert!(times_on(app, id, day(4)).await.is_empty(), "nobody is seen");
        browser.get(PAGE).await.must_say("1 visit is still to be rebooked");
        for doctor in [one, two] {
            browser.get(&format!("/availability?resource={doctor}&week={}", day(4))).await.must_say("Closed, for everybody")
                .must_say("Does not take place: Holiday");
        }
        browser.post(path, &[("from_day", "2020-01-01")]).await.must_be(303);
        browser.get(path).await.must_say("Enter the first day, from today on");
        app.sign_in("specialist").await.get(path).await.must_be(403);
        let open = page.split("/availability/closed/").find_map(|rest| rest.split_once("/remove")).expect("a way to open").0;
        browser.post(&format!("{path}/{open}/remove"), &[]).await.must_lead_to(path);
        assert!(!times_on(app, id, day(4)).await.is_empty());
    }

    async fn whoever_is_suspended_is_not_offered_and_their_visits_are_listed(app) {
        no_sessions(app).await;
        let (own, other) = (diary(app).await, another(app, "Dr Other", |_| ()).await);
        session(app, own, |_| ()).await;
        let (id, _) = booked(app, 4).await;
        let next = app.an_accepted_referral().await;
        session(app, other, |row| row.from_wall = "10:00".to_owned()).await;
        app.deliver().await;
        let admin = app.sign_in("administrator").await;
        let person = app.staff("specialist").await.id;
        let path = format!("/admin/people/{person}");
        admin.post(&path, &[("standing", "suspended")]).await.must_lead_to(&path);
        let shown = admin.get(&path).await.must_say("still booked with them").text();
        assert_eq!(app.staff("specialist").await.status, "active", "nothing is saved yet");
        let seen = harness::slots(&shown, "seen").remove(0);
        admin.post(&path, &[("standing", "suspended"), ("seen", &seen)]).await.must_lead_to("/admin");
        admin.get("/admin").await.must_say("on the list of visits to rebook until");
        app.must_be_in(id, "booked").await;
        let free = times_on(app, next, day(6)).await;
        assert!(!free.is_empty() && free.iter().all(|slot| slot.resource == other.to_string()), "{free:?}");
        let browser = app.sign_in("coordinator").await;
        browser.get(PAGE).await.must_say("They are suspended, no longer a specialist, or their last day is before");
        app.deliver().await;
        assert_eq!(doubts(app).await, 1);
        admin.post(&path, &[("standing", "active")]).await.must_lead_to("/admin");
        browser.get(PAGE).await.must_say("Every visit has a time that stands");
        assert!(times_on(app, next, day(6)).await.iter().any(|slot| slot.resource == own.to_string()));
        app.leaves_messages();
    }

    async fn after_a_last_day_nobody_is_offered_and_visits_are_listed(app) {
        app.leaves_messages();
        no_sessions(app).await;
        session(app, diary(app).await, |_| ()).await;
        let ((before, _), (after, _)) = (booked(app, 4).await, booked(app, 8).await);
        let admin = app.sign_in("administrator").await;
        let path = format!("/admin/people/{}", app.staff("specialist").await.id);
        let set = |last: Option<chrono::NaiveDate>, seen: String| {
            let (admin, path) = (&admin, &path);
            async move {
                let part = |format: &str| last.map_or(String::new(), |day| day.format(format).to_string());
                let (day, month, year) = (part("%-d"), part("%-m"), part("%Y"));
                let form = [("last_day_day", day.as_str()), ("last_day_month", &month), ("last_day_year", &year), ("seen", &seen)];
                admin.post(&format!("{path}/last-day"), &form).await.must_be(303)
            }
        };
        set(Some(day(6)), String::new()).await;
        let shown = admin.get(&path).await.must_say("booked with them after that").text();
        set(Some(day(6)), harness::slots(&shown, "seen").remove(0)).await;
        admin.get("/admin").await.must_say("The last day is set.").must_say("on the list of visits to rebook until");
        let next = app.an_accepted_referral().await;
        assert!(!times_on(app, next, day(6)).await.is_empty());
        assert!(times_on(app, next, day(7)).await.is_empty(), "they are gone");
        let browser = app.sign_in("coordinator").await;
        let reference = |row: store::entity::referral::Model| row.reference;
        let page = browser.get(PAGE).await.must_say("in doubt").must_say(&reference(app.referral(after).await)).text();
        assert!(!page.contains(&reference(app.referral(before).await)));
        set(None, String::new()).await;
        browser.get(PAGE).await.must_say("Every visit has a time that stands");
        assert!(!times_on(app, next, day(7)).await.is_empty());
    }

    async fn hours_go_out_as_a_file_and_come_in_for_somebody_else(app) {
        app.leaves_messages();
        let id = app.an_accepted_referral().await;
        no_sessions(app).await;
        let (own, other) = (another(app, "Dr First", |_| ()).await, another(app, "Dr Other", |_| ()).await);
        let rule = session(app, own, |row| row.weekdays = "MO,TU,TH,SU".to_owned()).await;
        session(app, own, |row| {
            (row.from_wall, row.to_wall) = ("14:00".to_owned(), "15:30".to_owned());
            (row.weekdays, row.every_weeks) = ("WE,FR".to_owned(), 2);
        }).await;
        let call = app.call("coordinator").await;
        for (at, rule) in [(9, String::new()), (11, rule.to_string()), (12, rule.to_string())] {
            let input = LeaveInput { from_day: day(at).to_string(), rule, ..LeaveInput::default() };
            availability::add_leave(&app.desk, &call, own, &input).await.expect("saved");
        }
        let browser = app.sign_in("coordinator").await;
        let file = browser.get(&format!("/availability/{own}/hours.ics")).await.must_be(200).body;
        let path = format!("/availability/{other}/hours");
        browser.get(&format!("/availability?resource={other}")).await.must_say(&path);
        browser.get(&path).await.must_say("Look at its sessions");
        let service = app.service("Heart clinic").await.to_string();
        let fields = [("service", service.as_str()), ("slot_min", "30")];
        let nonsense = &b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"[..];
        browser.upload(&format!("{path}/look"), &fields, "hours.ics", nonsense).await.must_be(303);
        browser.get(&path).await.must_say("file-error");
        browser.upload(&format!("{path}/look"), &fields, "hours.ics", &file).await.must_be(303);
        let shown = browser.get(&path).await.must_say("2 weekly sessions would be added").must_say("Nothing is saved yet")
            .must_say("Every other week").text();
        assert_eq!(app.count("select count(*) as n from availability_rule").await, 2 + others(app).await, "nothing is saved yet");
        let hours = harness::slots(&shown, "hours").remove(0).replace("&quot;", "\"");
        let form = [("service", service.as_str()), ("slot_min", "30"), ("hours", hours.as_str())];
        browser.post(&path, &form).await.must_be(303);
        browser.get(&format!("/availability?resource={other}")).await.must_say("2 sessions are added");
        let mut some = 0;
        for ahead in 2..30 {
            let query = |who: ResourceId| TimesQuery { from: day(ahead).to_string(), who: who.to_string(), ..TimesQuery::default() };
            let mut times = Vec::new();
            for who in [own, other] {
                let all = booking::times(&app.desk, &call, id, &query(who)).await.expect("times").all;
                let that_day = all.into_iter().filter(|offer| offer.date == day(ahead).to_string());
                times.push(that_day.map(|offer| offer.start).collect::<Vec<_>>());
            }
            assert_eq!(times[0], times[1], "{}", day(ahead));
            some += times[0].len();
        }
        assert!(some > 40, "{some}");
    }

    async fn visits_of_somebody_whose_last_day_passed_unnoticed_are_listed(app) {
        app.leaves_messages();
        no_sessions(app).await;
        session(app, diary(app).await, |_| ()).await;
        let (id, _) = booked(app, 4).await;
        let reference = app.referral(id).await.reference;
        let person = app.literal(app.staff("specialist").await.id);
        // As a configuration sets it.
        app.raw(&format!("update person set valid_until = '2020-01-01' where id = {person}")).await.expect("set");
        let browser = app.sign_in("coordinator").await;
        browser.get(PAGE).await.must_say("Every visit has a time that stands");
        jobs::end_terms(&app.desk, clock::now()).await.expect("run");
        browser.get(PAGE).await.must_say(&reference).must_say("They are suspended, no longer a specialist, or their last day is before");
        app.must_be_in(id, "booked").await;
    }

    async fn a_visit_is_off_the_list_when_all_that_spoke_against_it_is_gone(app) {
        no_sessions(app).await;
        let doctor = diary(app).await;
        session(app, doctor, |_| ()).await;
        let (id, slot) = booked(app, 4).await;
        app.deliver().await;
        let (coordinator, admin) = (app.sign_in("coordinator").await, app.sign_in("administrator").await);
        let (calendar, left) = ("The calendar says busy at that time", "They are suspended, no longer a specialist");
        upload(app, doctor, &file(&[(&slot, "theatre@elsewhere")])).await;
        coordinator.get(PAGE).await.must_say("1 booked visit is in doubt").must_say(calendar);
        let path = format!("/admin/people/{}", app.staff("specialist").await.id);
        let suspend = || async {
            admin.post(&path, &[("standing", "suspended")]).await.must_lead_to(&path);
            let seen = harness::slots(&admin.get(&path).await.text(), "seen").remove(0);
            admin.post(&path, &[("standing", "suspended"), ("seen", &seen)]).await.must_lead_to("/admin");
        };
        suspend().await;
        // Two causes, one visit, one line; another visit with them has one.
        let page = coordinator.get(PAGE).await.must_say("2 booked visits are in doubt").text();
        let lines: Vec<&str> = page.split("<tr").filter(|line| line.contains("/keep\"")).collect();
        assert_eq!(lines.len(), 2, "{page}");
        assert!(lines[0].contains(calendar) && lines[0].contains(left), "{}", lines[0]);
        assert!(!lines[1].contains(calendar) && lines[1].contains(left), "{}", lines[1]);
        admin.post(&path, &[("standing", "active")]).await.must_lead_to("/admin");
        let page = coordinator.get(PAGE).await.must_say("1 booked visit is in doubt").must_say(calendar).text();
        assert!(!page.contains(left), "{page}");
        // Somebody decides that it stays, whatever the calendar says; leaving is another matter, and coming back ends it.
        let keep = page.split("/availability/rebooking/").find_map(|rest| rest.split_once("/keep")).expect("a way to keep it").0;
        coordinator.post(&format!("{PAGE}/{keep}/keep"), &[]).await.must_lead_to(PAGE);
        coordinator.get(PAGE).await.must_say("Every visit has a time that stands");
        suspend().await;
        let page = coordinator.get(PAGE).await.must_say("2 booked visits are in doubt").must_say(left).text();
        assert!(!page.contains(calendar), "{page}");
        admin.post(&path, &[("standing", "active")]).await.must_lead_to("/admin");
        coordinator.get(PAGE).await.must_say("Every visit has a time that stands");
        app.must_be_in(id, "booked").await;
        app.leaves_messages();
    }

    async fn what_stays_booked_over_leave_is_off_the_list_when_the_leave_is_taken_back(app) {
        app.leaves_messages();
        no_sessions(app).await;
        let doctor = diary(app).await;
        session(app, doctor, |_| ()).await;
        booked(app, 4).await;
        // An administrator cancels for nobody.
        let call = app.call("administrator").await;
        let (leave, closed) = (
            LeaveInput { from_day: day(4).to_string(), ..LeaveInput::default() },
            contract::ClosedInput { from_day: day(4).to_string(), ..contract::ClosedInput::default() },
        );
        let shown = availability::add_leave(&app.desk, &call, doctor, &leave).await.expect("answered");
        let LeaveOutcome::Preview(shown) = shown else { panic!("{shown:?}") };
        let leave = LeaveInput { seen: shown.seen.clone(), ..leave };
        availability::add_leave(&app.desk, &call, doctor, &leave).await.expect("saved");
        let closed = contract::ClosedInput { seen: shown.seen, ..closed };
        availability::close_days(&app.desk, &call, &closed).await.expect("saved");
        let browser = app.sign_in("coordinator").await;
        browser.get(PAGE).await.must_say("They are on leave then").must_say("The clinic is closed then");
        let house = hospital(app).await;
        let db = app.desk.store.reader();
        let days = store::leave::closures(db, house, "", "9999-12-31").await.expect("read").remove(0);
        availability::open_days(&app.desk, &call, days.id).await.expect("opened");
        browser.get(PAGE).await.must_say("1 booked visit is in doubt").must_say("They are on leave then");
        let away = store::leave::touching(db, house, &[doctor.0], 0, i64::MAX).await.expect("read").remove(0);
        availability::remove_leave(&app.desk, &call, doctor, away.id).await.expect("removed");
        browser.get(PAGE).await.must_say("Every visit has a time that stands");
    }

    async fn a_session_that_is_again_what_it_was_takes_its_visits_off_the_list(app) {
        app.leaves_messages();
        no_sessions(app).await;
        let doctor = diary(app).await;
        let rule = session(app, doctor, |_| ()).await;
        let id = app.an_accepted_referral().await;
        let last = times_on(app, id, day(4)).await.pop().expect("a time");
        must_book(app, id, &last).await;
        let browser = app.sign_in("coordinator").await;
        let call = app.call("coordinator").await;
        let input = |from: &str, to: &str| contract::RuleInput {
            service: String::new(),
            weekdays: "MO,TU,WE,TH,FR,SA,SU".to_owned(),
            from: from.to_owned(),
            to: to.to_owned(),
            slot_min: "30".to_owned(),
            ..contract::RuleInput::default()
        };
        let service = app.service("Heart clinic").await.to_string();
        let change = |rule: uuid::Uuid, to: &'static str| {
            let (call, input) = (&call, contract::RuleInput { service: service.clone(), ..input("09:00", to) });
            async move {
                let mut over = contract::OverVisitsInput::default();
                let outcome = availability::change_rule(&app.desk, call, doctor, rule, &input, &over).await.expect("answered");
                if let LeaveOutcome::Preview(shown) = outcome {
                    over.seen = shown.seen;
                    availability::change_rule(&app.desk, call, doctor, rule, &input, &over).await.expect("saved");
                }
            }
        };
        change(rule, "10:00").await;
        browser.get(PAGE).await.must_say("1 booked visit is in doubt").must_say("The session was changed or removed");
        change(rule, "10:30").await;
        browser.get(PAGE).await.must_say("1 booked visit is in doubt");
        change(rule, "11:00").await;
        browser.get(PAGE).await.must_say("Every visit has a time that stands");
        // Another session that has the time will do as well.
        change(rule, "10:00").await;
        browser.get(PAGE).await.must_say("1 booked visit is in doubt");
        let other = contract::RuleInput { service: service.clone(), ..input("10:00", "12:00") };
        availability::add_rule(&app.desk, &call, doctor, &other).await.expect("added");
        browser.get(PAGE).await.must_say("Every visit has a time that stands");
        app.must_be_in(id, "booked").await;
    }

    async fn whoever_is_no_specialist_any_more_is_not_offered_and_their_visits_are_listed(app) {
        no_sessions(app).await;
        let (own, other) = (diary(app).await, another(app, "Dr Other", |_| ()).await);
        session(app, own, |_| ()).await;
        let (id, _) = booked(app, 4).await;
        let next = app.an_accepted_referral().await;
        session(app, other, |row| row.from_wall = "10:00".to_owned()).await;
        app.deliver().await;
        let admin = app.sign_in("administrator").await;
        let person = app.staff("specialist").await.id;
        let (path, roles) = (format!("/admin/people/{person}"), format!("/admin/people/{person}/roles"));
        let held = format!("select role as t from person_role where person_id = {} order by role", app.literal(person));
        let before = app.texts(&held).await;
        admin.post(&roles, &[("roles", "quality")]).await.must_lead_to(&path);
        let shown = admin.get(&path).await.must_say("booked with them after that").must_say("Set the roles").text();
        assert_eq!(app.texts(&held).await, before, "nothing is saved yet");
        let seen = harness::slots(&shown, "seen").remove(0);
        admin.post(&roles, &[("roles", "quality"), ("seen", &seen)]).await.must_lead_to("/admin");
        admin.get("/admin").await.must_say("The roles are set.").must_say("on the list of visits to rebook until");
        app.must_be_in(id, "booked").await;
        let free = times_on(app, next, day(6)).await;
        assert!(!free.is_empty() && free.iter().all(|slot| slot.resource == other.to_string()), "{free:?}");
        let browser = app.sign_in("coordinator").await;
        browser.get(PAGE).await.must_say("no longer a specialist");
        app.deliver().await;
        assert_eq!(doubts(app).await, 1);
        let all: Vec<(&str, &str)> = before.iter().map(|role| ("roles", role.as_str())).collect();
        admin.post(&roles, &all).await.must_lead_to("/admin");
        browser.get(PAGE).await.must_say("Every visit has a time that stands");
        assert!(times_on(app, next, day(6)).await.iter().any(|slot| slot.resource == own.to_string()));
        app.leaves_messages();
    }

    async fn a_configuration_and_a_last_day_in_the_role_end_a_specialist_as_the_form_does(app) {
        app.leaves_messages();
        no_sessions(app).await;
        session(app, diary(app).await, |_| ()).await;
        let (id, _) = booked(app, 4).await;
        // Held by somebody who has not said yes.
        let holder = app.an_accepted_referral().await;
        let held = times_on(app, holder, day(5)).await.remove(0);
        booking::hold(&app.desk, &app.patient_call(holder).await, holder, &held).await.expect("held");
        let row = app.staff("specialist").await;
        let load = |roles: &'static str| {
            let text = format!(
                r#"{{"waymark_config": 1, "people": [{{"email": "{}", "name": "{}", "roles": {roles}}}]}}"#,
                row.email, row.name
            );
            async move {
                use service::admin::config::{Mode, load_config, read};
                let document = read(&text).expect("it can be read");
                let call = service::Call::new(domain::Actor::system("config", uuid::Uuid::from_bytes(rand::random())), clock::now());
                let house = Some(hospital(app).await);
                let report = load_config(&app.desk, &call, house, &document, Mode::Write).await.expect("judged");
                assert!(report.problems.is_empty(), "{report:?}");
            }
        };
        let browser = app.sign_in("coordinator").await;
        let next = app.an_accepted_referral().await;
        load(r#"["quality"]"#).await;
        browser.get(PAGE).await.must_say("2 booked visits are in doubt").must_say("no longer a specialist");
        assert!(times_on(app, next, day(6)).await.is_empty());
        let refused = booking::confirm(&app.desk, &app.patient_call(holder).await, holder).await;
        assert!(refused.is_err(), "they are not there: {refused:?}");
        load(r#"["quality", "specialist"]"#).await;
        browser.get(PAGE).await.must_say("Every visit has a time that stands");
        assert!(!times_on(app, next, day(6)).await.is_empty());
        // The last day in the role has passed, and the role goes.
        let of = app.literal(row.id);
        app.raw(&format!("update person_role set valid_until = '2020-01-01' where role = 'specialist' and person_id = {of}"))
            .await.expect("set");
        jobs::end_terms(&app.desk, clock::now()).await.expect("run");
        let still = format!("select count(*) as n from person_role where role = 'specialist' and person_id = {of}");
        assert_eq!(app.count(&still).await, 0);
        browser.get(PAGE).await.must_say("2 booked visits are in doubt").must_say("no longer a specialist");
        assert!(times_on(app, next, day(6)).await.is_empty(), "they stay away");
        app.must_be_in(id, "booked").await;
    }

    async fn a_file_with_many_leaves_tells_the_coordinators_once(app) {
        no_sessions(app).await;
        let doctor = diary(app).await;
        session(app, doctor, |_| ()).await;
        for ahead in [4, 6, 8] {
            booked(app, ahead).await;
        }
        app.deliver().await;
        let away = |ahead: i64| format!(r#"{{"who": "dr", "from": "{0}T00:00", "to": "{0}T23:00"}}"#, day(ahead));
        let hours = format!(
            r#"{{"zone": "Europe/London", "sessions": [], "away": [{}, {}, {}]}}"#, away(4), away(6), away(20)
        );
        let service = app.service("Heart clinic").await.to_string();
        let input = contract::TakeHoursInput { service, slot_min: "30".to_owned(), hours };
        availability::take_hours(&app.desk, &app.call("coordinator").await, doctor, &input).await.expect("taken in");
        app.sign_in("coordinator").await.get(PAGE).await.must_say("2 booked visits are in doubt");
        app.deliver().await;
        assert_eq!(doubts(app).await, 1, "one mail for the whole file");
        app.leaves_messages();
    }

    async fn leave_and_bookings_at_the_same_moment_never_pass_each_other(app) {
        app.leaves_messages();
        no_sessions(app).await;
        let doctor = diary(app).await;
        session(app, doctor, |_| ()).await;
        let mut all = Vec::new();
        for _ in 0..4 {
            all.push(app.an_accepted_referral().await);
        }
        let house = app.literal(hospital(app).await.0);
        // Visits that are booked over leave, and nobody is asked about.
        let silent = format!(
            "select count(*) as n from appointment a join leave l on l.organisation_id = a.organisation_id \
             and l.resource_id = a.resource_id and l.from_at < a.end_at and l.to_at > a.start_at \
             where a.organisation_id = {house} and a.state in ('held', 'booked') and not exists (select 1 from rebooking b \
             where b.organisation_id = a.organisation_id and b.appointment_id = a.id)"
        );
        let (mut before, mut after) = (0, 0);
        for round in 0..24 {
            let slots = times_on(app, all[0], day(3 + round)).await;
            let mut attempts = tokio::task::JoinSet::new();
            for (id, slot) in all.iter().copied().zip(slots) {
                let (desk, call) = (app.desk.clone(), app.call("coordinator").await);
                attempts.spawn(async move {
                    let outcome = booking::staff_book(&desk, &call, id, &slot).await.expect("no booking breaks");
                    matches!(outcome, contract::HoldOutcome::Held { .. })
                });
            }
            // An administrator leaves booked what is booked: only the list keeps it from silence.
            let who = if round % 2 == 0 { "coordinator" } else { "administrator" };
            let (desk, call) = (app.desk.clone(), app.call(who).await);
            let leave = tokio::spawn(async move {
                let mut input = LeaveInput { from_day: day(3 + round).to_string(), ..LeaveInput::default() };
                loop {
                    match availability::add_leave(&desk, &call, doctor, &input).await.expect("no leave breaks") {
                        LeaveOutcome::Preview(shown) => input.seen = shown.seen,
                        other => return other,
                    }
                }
            });
            let mut booked = 0;
            while let Some(held) = attempts.join_next().await {
                booked += i32::from(held.expect("no attempt panics"));
            }
            leave.await.expect("no leave panics");
            assert_eq!(app.count(&silent).await, 0, "round {round}");
            before += booked;
            after += 4 - booked;
            for id in all.iter().copied() {
                if app.referral(id).await.state == "booked" {
                    crate::sessions::cancel(app, id).await;
                }
            }
        }
        println!("{before} bookings came before the leave, {after} after it");
        assert!(before > 0, "some were booked in time");
    }

    async fn a_hold_that_cannot_be_given_back_stops_no_other(app) {
        app.leaves_messages();
        no_sessions(app).await;
        session(app, diary(app).await, |_| ()).await;
        let (broken, sound) = (app.an_accepted_referral().await, app.an_accepted_referral().await);
        for (id, ahead) in [(broken, 4), (sound, 5)] {
            let call = app.patient_call(id).await;
            let slot = times_on(app, id, day(ahead)).await.remove(0);
            booking::hold(&app.desk, &call, id, &slot).await.expect("held");
        }
        let of = app.literal(broken.0);
        if app.desk.store.is_sqlite() {
            let stuck = format!("create trigger stuck before update on appointment when old.referral_id = {of} begin select raise(abort, 'stuck'); end");
            app.raw(&stuck).await.expect("made");
        } else {
            let stuck = "create function stuck() returns trigger language plpgsql as $$ begin raise exception 'stuck'; end $$";
            app.raw(stuck).await.expect("made");
            let on = format!("create trigger stuck before update on appointment for each row when (old.referral_id = {of}) execute function stuck()");
            app.raw(&on).await.expect("made");
        }
        let late = clock::now() + Duration::hours(1);
        assert_eq!(jobs::lapse_holds(&app.desk, late).await.expect("run"), 1);
        app.must_be_in(sound, "accepted").await;
        let held = "select count(*) as n from appointment where state = 'held'";
        assert_eq!(app.count(held).await, 1, "the other one is still there");
        // Put right, it goes back with the next round.
        let right = if app.desk.store.is_sqlite() { "drop trigger stuck" } else { "drop trigger stuck on appointment" };
        app.raw(right).await.expect("dropped");
        assert_eq!(jobs::lapse_holds(&app.desk, late).await.expect("run"), 1);
        app.must_be_in(broken, "accepted").await;
        assert_eq!(app.count(held).await, 0);
    }

    async fn what_was_changed_while_a_calendar_was_read_is_not_written_over(app) {
        no_sessions(app).await;
        let doctor = diary(app).await;
        session(app, doctor, |_| ()).await;
        let slot = times_on(app, app.an_accepted_referral().await, day(4)).await.remove(0);
        upload(app, doctor, &file(&[(&slot, "tea@elsewhere")])).await;
        let due = format!("update calendar set expanded_to = null where resource_id = {}", app.literal(doctor.0));
        app.raw(&due).await.expect("due");
        // The rule is set while the job has read the row and waits for its child process.
        let of = format!("where resource_id = {}", app.literal(doctor.0));
        let rule = format!("update calendar set stale_hours = 77 {of}");
        let (handled, set) = tokio::join!(refresh(app, clock::now()), async {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            app.raw(&rule).await
        });
        set.expect("set");
        assert!(handled > 0);
        let kept = app.count(&format!("select count(*) as n from calendar {of} and stale_hours = 77")).await;
        assert_eq!(kept, app.count(&format!("select count(*) as n from calendar {of}")).await);
        app.leaves_messages();
    }
}

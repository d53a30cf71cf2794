//! A calendar that stays the same one and says something new: a newer file, another address.

use domain::ResourceId;
use harness::{Answer, FeedMood, Kind, TestApp, both};

use crate::feeds::{CALENDAR_IDS, alone, event, slots, subscribe};

/// The address of the only calendar's card, and how its form is called.
async fn card(app: &TestApp, doctor: ResourceId) -> (String, String) {
    let mut all = app.texts(CALENDAR_IDS[usize::from(app.kind != Kind::Sqlite)]).await;
    assert_eq!(all.len(), 1, "{all:?}");
    let id = uuid::Uuid::parse_str(&all.remove(0)).expect("an id");
    (format!("/availability/{doctor}/calendars/{id}"), format!("calendar-{id}"))
}

fn file(name: &str, lines: &str) -> Vec<u8> {
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Elsewhere//EN\r\nX-WR-CALNAME:{name}\r\n{lines}END:VCALENDAR\r\n")
        .into_bytes()
}

both! {
    async fn a_newer_file_takes_the_place_of_the_old_one(app) {
        let id = app.an_accepted_referral().await;
        app.leaves_messages();
        let doctor = alone(app).await;
        let free = slots(app, id).await;
        let browser = app.sign_in("specialist").await;
        let first = file("Diary", &event(&free[0]));
        browser.upload(&format!("/availability/{doctor}/calendar"), &[], "diary.ics", &first).await.must_be(303);
        assert!(!slots(app, id).await.contains(&free[0]));
        let (path, form) = card(app, doctor).await;
        browser.get("/availability").await.must_say("Replace with a newer file");
        let (path, control) = (format!("{path}/calendar"), format!("{form}-file"));
        let replace = async |bytes: &[u8]| -> Answer {
            let sent = browser.upload_as(&path, &[("form", &form)], (&control, "newer.ics"), bytes).await;
            sent.must_be(303);
            browser.get("/availability").await
        };
        // What cannot be read leaves everything as it was, and says so beside the field.
        replace(b"no calendar").await.must_say(&format!("{control}-error"));
        replace(b"").await.must_say("Choose a file first.");
        assert!(!slots(app, id).await.contains(&free[0]), "the old busy time counts meanwhile");
        replace(&file("Diary", &event(&free[1]))).await.must_say("The newer file was read.");
        let offered = slots(app, id).await;
        assert!(offered.contains(&free[0]) && !offered.contains(&free[1]));
        assert_eq!(card(app, doctor).await.1, form, "it is the same calendar");
        assert_eq!(app.count("select count(*) as n from calendar_busy").await, 1);
        let audited = "select count(*) as n from audit where action = 'replace-calendar'";
        assert_eq!(app.count(audited).await, 1);
        // A file that is another calendar here already would make two of one content.
        let second = file("Second", &event(&free[2]));
        browser.upload(&format!("/availability/{doctor}/calendar"), &[], "second.ics", &second).await.must_be(303);
        assert_eq!(app.count("select count(*) as n from calendar").await, 2);
        replace(&second).await.must_say("This file is another of the calendars here.");
        // What is subscribed is no file.
        app.raw("update calendar set url = 'https://calendar.example/a.ics', kind = 'feed'").await.expect("set");
        let sent = browser.upload_as(&path, &[("form", &form)], (&control, "newer.ics"), &first).await;
        sent.must_be(303);
        browser.get("/availability").await;
        assert!(!slots(app, id).await.contains(&free[1]));
    }

    async fn another_address_keeps_the_calendar_and_its_busy_times_until_it_is_read(app) {
        let id = app.an_accepted_referral().await;
        app.leaves_messages();
        let doctor = alone(app).await;
        let free = slots(app, id).await;
        app.feed.says(&event(&free[0]));
        subscribe(app, doctor, &app.feed).await;
        let (path, form) = card(app, doctor).await;
        let browser = app.sign_in("specialist").await;
        let field = format!("{form}-url");
        let change = async |address: &str| -> Answer {
            let fields = [("form", form.as_str()), (field.as_str(), address)];
            browser.post(&format!("{path}/source"), &fields).await.must_be(303);
            browser.get("/availability").await
        };
        app.feed.will(FeedMood::Gone);
        change(&app.feed.address_of("new.ics")).await.must_say("There is no calendar at this address");
        change("ftp://calendar.example").await.must_say(&format!("{field}-error"));
        assert!(!slots(app, id).await.contains(&free[0]), "its busy times count meanwhile");
        app.feed.will(FeedMood::Answers);
        app.feed.says(&event(&free[1]));
        change(&app.feed.address_of("new.ics")).await.must_say("The calendar was read there");
        let offered = slots(app, id).await;
        assert!(offered.contains(&free[0]) && !offered.contains(&free[1]));
        assert_eq!(app.feed.requests().last().map(|asked| asked.path.clone()).as_deref(), Some("/new.ics"));
        assert_eq!(card(app, doctor).await.1, form, "it is the same calendar");
        // The same address again is the same subscription, here and as another one.
        change(&app.feed.address_of("new.ics")).await.must_say("The calendar was read there");
        let again = app.feed.address_of("new.ics");
        let fields = [("form", "feed"), ("feed-kind", "feed"), ("feed-url", again.as_str())];
        browser.post(&format!("/availability/{doctor}/subscribe"), &fields).await.must_be(303);
        browser.get("/availability").await.must_say("This calendar is subscribed already.");
    }
}

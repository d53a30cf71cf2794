//! Bulk matching: a preview that changes nothing, and what is confirmed is that preview, less what has changed.

use chrono::{Duration, Utc};
use contract::{ApplyInput, MatchingInput, MatchingPage, SlotInput, WaitingInput};
use domain::ReferralId;
use harness::{TestApp, both, slots};
use service::booking::{self, matching, waitlist};
use service::{ServiceError, clock};

use crate::sessions::{day, diary, must_book, no_sessions, session, times_on};

/// The window of the next four weeks at the heart clinic.
async fn question(app: &TestApp) -> MatchingInput {
    let day = |days| (clock::now() + Duration::days(days)).date_naive().to_string();
    MatchingInput { services: app.service("Heart clinic").await.to_string(), from: day(2), to: day(28) }
}

async fn preview(app: &TestApp) -> MatchingPage {
    let call = app.call("coordinator").await;
    let id = matching::preview(&app.desk, &call, &question(app).await).await.expect("a plan");
    matching::page(&app.desk, &call, &id).await.expect("shown")
}

fn of(page: &MatchingPage, id: ReferralId) -> &contract::MatchedLine {
    page.lines.iter().find(|line| line.referral == id.to_string()).expect("a line")
}

async fn apply(app: &TestApp, page: &MatchingPage, as_what: &str) -> Result<usize, ServiceError> {
    let input = ApplyInput { fingerprint: page.fingerprint.clone(), applied_as: as_what.to_owned() };
    matching::apply(&app.desk, &app.call("coordinator").await, &page.id, &input).await
}

/// A clinic with one time on each of some days.
async fn one_time_on(app: &TestApp, days: &[i64]) {
    no_sessions(app).await;
    for ahead in days {
        session(app, diary(app).await, |row| {
            (row.valid_from, row.valid_to) = (day(*ahead).to_string(), Some(day(*ahead).to_string()));
            row.to_wall = "09:30".to_owned();
        })
        .await;
    }
}

/// Somebody who has a time on a day and waits for an earlier one.
async fn wants_earlier(app: &TestApp, patient: usize, priority: &str, ahead: i64) -> ReferralId {
    let id = app.an_accepted_referral_of(patient, priority).await;
    let slot = times_on(app, id, day(ahead)).await.remove(0);
    must_book(app, id, &slot).await;
    // Staff: what is free was not shown to the patient, and may be given.
    let call = app.call("coordinator").await;
    waitlist::join(&app.desk, &call, id, &WaitingInput::default()).await.expect("on the list");
    id
}

/// The days on which a referral has a visit that is booked.
async fn booked_on(app: &TestApp, id: ReferralId) -> Vec<String> {
    let of = app.literal(id.0);
    app.texts(&format!(
        "select substr(start_wall, 1, 10) as t from appointment where state = 'booked' and referral_id = {of}"
    ))
    .await
}

both! {
    async fn who_waits_for_an_earlier_time_is_moved_to_one_in_one_step(app) {
        one_time_on(app, &[5, 20]).await;
        let id = wants_earlier(app, 0, "two-week-wait", 20).await;
        app.leaves_messages();
        let page = preview(app).await;
        let line = of(&page, id);
        assert!(line.has_time && line.before.starts_with("Booked: "), "{line:?}");
        assert!(line.after.is_some(), "{line:?}");
        assert!(line.why.starts_with("earlier than the time that they have; "), "{}", line.why);
        assert_eq!(booked_on(app, id).await, [day(20).to_string()], "a preview changes nothing");
        assert_eq!(apply(app, &page, "book").await.expect("carried out"), 0);
        let call = app.call("coordinator").await;
        let done = matching::page(&app.desk, &call, &page.id).await.expect("shown");
        assert_eq!(of(&done, id).outcome, "done");
        assert_eq!(booked_on(app, id).await, [day(5).to_string()]);
        app.must_be_in(id, "booked").await;
        let waits = format!("select count(*) as n from waitlist_entry where state = 'waiting' and referral_id = {}", app.literal(id.0));
        assert_eq!(app.count(&waits).await, 0, "what they waited for is there");
        assert_eq!(app.findings().await, Vec::<String>::new());
        // They wait for nothing any more.
        assert!(preview(app).await.lines.iter().all(|line| line.referral != id.to_string()));
    }

    async fn nobody_goes_without_a_time_so_that_somebody_as_urgent_comes_sooner(app) {
        one_time_on(app, &[5, 20]).await;
        let has = wants_earlier(app, 0, "two-week-wait", 20).await;
        let open = app.an_accepted_referral_of(1, "two-week-wait").await;
        app.leaves_messages();
        let page = preview(app).await;
        assert!(of(&page, open).after.is_some());
        let keeps = of(&page, has);
        assert!(keeps.has_time && keeps.after.is_none(), "{keeps:?}");
        assert!(keeps.why.starts_with("they keep the time that they have; "), "{}", keeps.why);
        let classes: Vec<_> = page.classes.iter().map(|class| (class.priority.as_str(), class.has_time)).collect();
        assert_eq!(classes[..2], [("two-week-wait", false), ("two-week-wait", true)]);
        // The more urgent come first, as on the list itself.
        app.raw(&format!("update referral set priority = 'routine' where id = {}", app.literal(open.0))).await.expect("written");
        let page = preview(app).await;
        assert!(of(&page, open).after.is_none() && of(&page, has).after.is_some());
        let row = app.sign_in("coordinator").await.get("/matching").await;
        row.must_say("to book, 1 to come earlier");
    }

    async fn a_visit_that_was_changed_since_the_preview_is_not_moved(app) {
        one_time_on(app, &[5, 6, 20]).await;
        let id = wants_earlier(app, 0, "two-week-wait", 20).await;
        app.leaves_messages();
        let page = preview(app).await;
        assert!(of(&page, id).after.is_some());
        let sooner = times_on(app, id, day(6)).await.remove(0);
        must_book(app, id, &sooner).await;
        assert_eq!(apply(app, &page, "book").await.expect("carried out"), 0);
        let call = app.call("coordinator").await;
        let done = matching::page(&app.desk, &call, &page.id).await.expect("shown");
        assert!(of(&done, id).outcome.starts_with("skipped: "), "{}", of(&done, id).outcome);
        assert_eq!(booked_on(app, id).await, [day(6).to_string()]);
    }

    async fn an_earlier_time_that_is_offered_leaves_the_booked_one_alone(app) {
        one_time_on(app, &[5, 20]).await;
        let id = wants_earlier(app, 0, "two-week-wait", 20).await;
        app.leaves_messages();
        let page = preview(app).await;
        assert_eq!(apply(app, &page, "offer").await.expect("carried out"), 0);
        assert_eq!(booked_on(app, id).await, [day(20).to_string()]);
        assert_eq!(app.count("select count(*) as n from appointment where state = 'held'").await, 1);
        // Once they have something to answer they are asked nothing else.
        let again = preview(app).await;
        assert!(again.lines.iter().all(|line| line.referral != id.to_string()));
        booking::confirm(&app.desk, &app.patient_call(id).await, id).await.expect("taken");
        assert_eq!(booked_on(app, id).await, [day(5).to_string()]);
    }

    async fn a_preview_gives_the_most_urgent_the_best_and_changes_nothing(app) {
        let mut ids = Vec::new();
        for (patient, priority) in [(0, "routine"), (1, "two-week-wait"), (2, "urgent"), (3, "routine")] {
            ids.push(app.an_accepted_referral_of(patient, priority).await);
        }
        app.leaves_messages();
        let before = app.count("select count(*) as n from appointment").await;
        let page = preview(app).await;
        assert_eq!(app.count("select count(*) as n from appointment").await, before, "nothing is held or booked");
        assert!(of(&page, ids[1]).after.is_some() && of(&page, ids[1]).why.starts_with("no free time suits better"));
        assert!(of(&page, ids[1]).why.ends_with("within the window"), "{}", of(&page, ids[1]).why);
        let classes: Vec<&str> = page.classes.iter().map(|class| class.priority.as_str()).collect();
        assert_eq!(classes, ["two-week-wait", "urgent", "routine"]);
        let lines: Vec<&str> = page.lines.iter().map(|line| line.priority.as_str()).collect();
        assert!(lines.starts_with(&["two-week-wait"]), "{lines:?}");
        let again = preview(app).await;
        assert_eq!(again.fingerprint, page.fingerprint, "the same question has the same answer");
        assert_eq!(again.lines, page.lines);
    }

    async fn what_has_changed_since_the_preview_is_told_and_skipped(app) {
        let mut ids = Vec::new();
        for patient in 0..4 {
            ids.push(app.an_accepted_referral_of(patient, "urgent").await);
        }
        let outsider = app.an_accepted_referral_of(4, "routine").await;
        app.leaves_messages();
        let page = preview(app).await;
        let stored = app.texts("select plan as t from matching_plan").await;
        let plan: serde_json::Value = serde_json::from_str(&stored[0]).expect("JSON");
        let time = |id: ReferralId| {
            let lines = plan["lines"].as_array().expect("lines");
            let line = lines.iter().find(|line| line["referral"] == id.to_string()).expect("a line");
            SlotInput {
                resource: line["time"]["resource"].as_str().expect("an id").to_owned(),
                start: line["time"]["start"].as_str().expect("an instant").to_owned(),
                ..SlotInput::default()
            }
        };
        // One chooses a time, one ends, and the time of a third goes to somebody else.
        let coordinator = app.call("coordinator").await;
        let staff_book = |id, slot| {
            let (desk, call) = (&app.desk, &coordinator);
            async move { booking::staff_book(desk, call, id, &slot).await.expect("booked") }
        };
        let other = booking::times(&app.desk, &coordinator, ids[0], &Default::default()).await.expect("times");
        let last = other.all.last().expect("a time");
        let far = SlotInput { resource: last.resource.clone(), start: last.start.clone(), ..SlotInput::default() };
        staff_book(ids[0], far).await;
        let decline = [("triage-outcome", "decline"), ("triage-patient_line", "Your doctor will tell you more.")];
        app.act("specialist", ids[1], "triage", &decline).await;
        staff_book(outsider, time(ids[2])).await;
        assert_eq!(apply(app, &page, "book").await.expect("applied"), 0);
        let shown = matching::page(&app.desk, &coordinator, &page.id).await.expect("shown");
        assert_eq!(of(&shown, ids[0]).outcome, "skipped: a time was chosen meanwhile");
        assert_eq!(of(&shown, ids[1]).outcome, "skipped: it is now declined");
        assert_eq!(of(&shown, ids[2]).outcome, "skipped: somebody else got the time meanwhile");
        assert_eq!(of(&shown, ids[3]).outcome, "done");
        app.must_be_in(ids[2], "accepted").await;
        app.must_be_in(ids[3], "booked").await;
        // Once more: nothing is done twice.
        assert_eq!(apply(app, &page, "book").await.expect("nothing is left"), 0);
        let booked = format!("select count(*) as n from appointment where referral_id = {}", app.literal(ids[3].0));
        assert_eq!(app.count(&booked).await, 1);
    }

    async fn only_the_preview_that_was_shown_is_confirmed_and_only_by_a_coordinator(app) {
        let id = app.an_accepted_referral_of(0, "urgent").await;
        app.leaves_messages();
        let page = preview(app).await;
        let other = MatchingPage { fingerprint: "another".into(), ..page.clone() };
        assert!(matches!(apply(app, &other, "book").await, Err(ServiceError::Conflict(_))));
        assert!(matches!(apply(app, &page, "give").await, Err(ServiceError::Invalid(_))));
        app.must_be_in(id, "accepted").await;
        let path = format!("/matching/{}", page.id);
        app.sign_in("specialist").await.get(&path).await.must_be(403);
        app.sign_in("referrer").await.get("/matching").await.must_be(403);
        // Through the pages: the form, the preview, the confirmation as offers.
        let browser = app.sign_in("coordinator").await;
        let form = browser.get("/matching").await.must_say("Heart clinic").text();
        let service = slots(&form, "services").into_iter().next().expect("a service");
        let wrong = browser.post("/matching", &[("services", service.as_str()), ("from", "1 1 2020"), ("to", "x")]).await;
        wrong.must_lead_to("/matching");
        browser.get("/matching").await.must_say("Enter a day from today on");
        let fingerprint = slots(&browser.get(&path).await.must_say("Nobody more urgent").text(), "fingerprint");
        let form = [("fingerprint", fingerprint[0].as_str()), ("applied_as", "offer")];
        browser.post(&format!("{path}/apply"), &form).await.must_lead_to(&path);
        browser.get(&path).await.must_say("What became of it").must_say("done");
        app.must_be_in(id, "offered").await;
        let due = app.referral(id).await.due_at.expect("due");
        assert!(due > Utc::now().timestamp_millis(), "it waits for the patient's answer");
    }

    async fn the_board_shows_the_day_and_gives_a_free_time_to_somebody(app) {
        let id = app.an_accepted_referral_of(0, "urgent").await;
        app.leaves_messages();
        let browser = app.sign_in("coordinator").await;
        let week = (clock::now() + Duration::days(7)).date_naive().to_string();
        let board = browser.get(&format!("/board?span=week&day={week}")).await.must_say("Free: ").text();
        let link = board.split("href=\"/board/time?").nth(1).and_then(|rest| rest.split('"').next()).expect("a free time");
        let service = app.service("Heart clinic").await.to_string();
        let of_heart = board
            .split("href=\"/board/time?")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
            .find(|link| link.contains(&service))
            .unwrap_or(link)
            .replace("&amp;", "&");
        let time = browser.get(&format!("/board/time?{of_heart}")).await.must_say("Hold and offer").text();
        let action = format!("/referrals/{id}/book");
        let form = time.split(&action).nth(1).expect("their form");
        let slot = slots(form, "slot").into_iter().next().expect("a time");
        browser.post(&action, &[("slot", slot.as_str())]).await.must_lead_to(&format!("/referrals/{id}"));
        app.must_be_in(id, "booked").await;
        let reference = app.referral(id).await.reference;
        browser.get(&format!("/board?span=week&day={week}")).await.must_say(&reference).must_say("Move");
        app.sign_in("referrer").await.get("/board").await.must_be(403);
        app.sign_in("specialist").await.get("/board").await.must_be(200);
    }
}

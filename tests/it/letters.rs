//! Letters on paper: printed, posted, brought back; out of date before anybody prints them; and no address at all.

use domain::ReferralId;
use harness::{TestApp, both};
use service::{clock, jobs};

use crate::sessions::{cancel, day, diary, must_book, no_sessions, session, times_on};

/// A patient who has neither phone nor mail.
async fn by_post_only(app: &TestApp, id: ReferralId, address: Option<&str>) {
    let patient = app.literal(app.patient_of(id).await.id);
    let address = address.map_or("null".to_owned(), |address| format!("'{address}'"));
    let set =
        format!("update patient set phone = null, email = null, address = {address} where id = {patient}");
    app.raw(&set).await.expect("set");
}

/// A visit of somebody who can be reached by post alone; its letter is the one that waits.
async fn booked_by_post(app: &TestApp, address: Option<&str>) -> ReferralId {
    booked_in(app, 3, address).await
}

async fn booked_in(app: &TestApp, days: i64, address: Option<&str>) -> ReferralId {
    let id = app.an_accepted_referral().await;
    app.deliver().await;
    by_post_only(app, id, address).await;
    no_sessions(app).await;
    session(app, diary(app).await, |_| ()).await;
    let slots = times_on(app, id, day(days)).await;
    must_book(app, id, &slots[0]).await;
    app.deliver().await;
    id
}

/// The ids of all letters in a state, as they stand in addresses.
async fn letters(app: &TestApp, state: &str) -> Vec<String> {
    let id = if app.kind == harness::Kind::Postgres { "id::text" } else { "lower(hex(id))" };
    let now = clock::now().timestamp_millis();
    app.texts(&format!(
        "select {id} as t from message where channel = 'letter' and state = '{state}' and due_at <= {now} order by message.id"
    ))
    .await
}

/// What the product asks people to see to, each a person's task.
async fn asked(app: &TestApp) -> Vec<String> {
    jobs::see_on(&app.desk, clock::now()).await.expect("seen on");
    app.deliver().await;
    app.texts("select kind as t from task where done_at is null and asked_by = 'Waymark'").await
}

async fn look(app: &TestApp) {
    jobs::look_after_letters(&app.desk, clock::now()).await.expect("looked after");
    app.deliver().await;
}

both! {
    async fn a_letter_is_printed_posted_and_brought_back_and_each_step_can_be_taken_back(app) {
        let id = booked_by_post(app, Some("12 Elm Road, Ashford, TN23 1AA")).await;
        let browser = app.sign_in("coordinator").await;
        let patient = app.patient_of(id).await;
        browser.get("/messages").await.must_say("/messages/letters");
        let pile = browser.get("/messages/letters").await.must_say(&patient.family).must_say("Appointment booked").text();
        assert!(!pile.contains("What to do"), "a column in which nothing stands");
        let waiting = letters(app, "pending").await;
        assert_eq!(waiting.len(), 1, "{waiting:?}");
        let one = format!("/messages/letters/{}", waiting[0]);
        browser.get(&one).await.must_say("12 Elm Road").must_say("TN23 1AA").must_say("waymark.test/start");
        let printed = browser.post("/messages/letters/print", &[("chosen", &waiting[0])]).await.must_be(303);
        let batch = printed.location();
        let sheet = browser.get(&batch).await.must_be(200).must_say(&app.referral(id).await.reference).text();
        assert!(!sheet.contains("attached"), "paper has no attachments: {sheet}");
        assert_eq!(letters(app, "pending").await, waiting, "it has not left yet");
        assert!(!browser.get("/messages/letters").await.text().contains(&patient.family));
        browser.get("/messages/letters?show=printed").await.must_say(&patient.family);
        browser.post(&batch, &[("act", "not-printed")]).await.must_be(303);
        browser.get("/messages/letters").await.must_say(&patient.family);
        let batch = browser.post("/messages/letters/print", &[("chosen", &waiting[0])]).await.location();
        browser.post(&batch, &[("act", "posted")]).await.must_be(303);
        assert_eq!(letters(app, "sent").await, waiting);
        browser.post(&one, &[("act", "not-posted")]).await.must_be(303);
        assert_eq!(letters(app, "pending").await, waiting);
        browser.post(&one, &[("act", "posted")]).await.must_be(303);
        browser.post(&one, &[("act", "returned")]).await.must_be(303);
        app.deliver().await;
        assert_eq!(letters(app, "permanent-failure").await, waiting);
        browser.get(&format!("/referrals/{id}")).await.must_say("A letter came back").must_say("Came back by post");
        let asked = asked(app).await;
        assert!(asked == ["message-returned"], "{asked:?}");
    }

    async fn two_who_print_the_same_letter_print_it_once(app) {
        booked_by_post(app, Some("12 Elm Road, Ashford")).await;
        let waiting = letters(app, "pending").await;
        let browser = app.sign_in("coordinator").await;
        let form = [("chosen", waiting[0].as_str())];
        let first = browser.post("/messages/letters/print", &form).await.location();
        assert!(first.contains("/batch/"), "{first}");
        browser.post("/messages/letters/print", &form).await.must_lead_to("/messages/letters");
        browser.get("/messages/letters").await.must_say("somebody else has printed");
        browser.post("/messages/letters/print", &[]).await.must_be(303);
        browser.get("/messages/letters").await.must_say("Tick the letters");
    }

    async fn a_letter_of_a_visit_that_is_cancelled_or_moved_is_not_printed(app) {
        let id = booked_by_post(app, Some("12 Elm Road, Ashford")).await;
        let first = letters(app, "pending").await;
        let slots = times_on(app, id, day(3)).await;
        must_book(app, id, &slots[1]).await;
        let browser = app.sign_in("coordinator").await;
        let chosen: Vec<(&str, &str)> = first.iter().map(|letter| ("chosen", letter.as_str())).collect();
        browser.post("/messages/letters/print", &chosen).await.must_lead_to("/messages/letters");
        browser.get("/messages/letters").await.must_say("were out of date");
        assert_eq!(letters(app, "withheld").await, first);
        cancel(app, id).await;
        look(app).await;
        let left = letters(app, "pending").await;
        assert_eq!(left.len(), 1, "the news that it is cancelled: {left:?}");
        browser.get(&format!("/messages/letters/{}", left[0])).await.must_say("is cancelled");
        browser.get("/messages?state=withheld").await.must_say("The visit is cancelled or at another time");
    }

    async fn a_letter_names_the_phone_of_its_service(app) {
        booked_by_post(app, Some("12 Elm Road, Ashford")).await;
        app.raw("update service set phone = '01632 960 777' where name = 'Heart clinic'").await.expect("set");
        let letter = format!("/messages/letters/{}", letters(app, "pending").await[0]);
        let browser = app.sign_in("coordinator").await;
        browser.get(&letter).await.must_say("01632 960 777");
        app.raw("update service set phone = null").await.expect("set");
        app.raw("update organisation set phone = '01632 960 111'").await.expect("set");
        browser.get(&letter).await.must_say("01632 960 111");
    }

    async fn a_letter_to_somebody_who_has_died_is_not_printed(app) {
        let id = booked_by_post(app, Some("12 Elm Road, Ashford")).await;
        let patient = app.literal(app.patient_of(id).await.id);
        let died = if app.kind == harness::Kind::Postgres { "true" } else { "1" };
        app.raw(&format!("update patient set deceased = {died} where id = {patient}")).await.expect("noted");
        look(app).await;
        assert_eq!(letters(app, "pending").await, Vec::<String>::new());
    }

    async fn no_blank_letter_is_printed_and_somebody_is_asked_to_reach_the_patient(app) {
        let id = booked_in(app, 21, None).await;
        look(app).await;
        // Reminders that are planned cannot reach them either.
        let first = asked(app).await;
        assert_eq!(first, ["message-unreachable"], "one person is asked once, however many messages there are");
        let of = "select count(*) as n from message where needs_person is not null and task_id is not null";
        assert!(app.count(of).await > 1);
        look(app).await;
        assert_eq!(asked(app).await, first, "asked once");
        let browser = app.sign_in("coordinator").await;
        let waiting = letters(app, "withheld").await;
        browser.post("/messages/letters/print", &[("chosen", &waiting[0])]).await.must_lead_to("/messages/letters");
        browser.get("/messages/letters").await.must_say("1 letter has no address");
        browser.get("/worklist").await.must_say("1 letter waits too long");
        by_post_only(app, id, Some("4 Hill Street, Ashford")).await;
        look(app).await;
        let batch = browser.post("/messages/letters/print", &[("chosen", &waiting[0])]).await.location();
        browser.get(&batch).await.must_say("4 Hill Street");
    }

    async fn a_patient_who_was_told_in_another_way_gets_no_letter(app) {
        booked_by_post(app, None).await;
        look(app).await;
        let waiting = letters(app, "withheld").await;
        let browser = app.sign_in("coordinator").await;
        let one = format!("/messages/letters/{}", waiting[0]);
        browser.get("/messages/letters?show=stuck").await.must_say("They were told in another way");
        browser.post(&one, &[("act", "told-otherwise")]).await.must_be(303);
        assert_eq!(letters(app, "withheld").await, waiting);
        browser.post(&one, &[("act", "posted")]).await.must_be(303);
        assert_eq!(letters(app, "withheld").await, waiting, "what is over cannot be posted");
        assert!(!browser.get("/messages/letters?show=stuck").await.text().contains("They were told"));
    }

    async fn a_letter_that_waits_for_more_than_a_day_is_said_where_coordinators_begin(app) {
        booked_by_post(app, Some("12 Elm Road, Ashford")).await;
        let browser = app.sign_in("coordinator").await;
        assert!(!browser.get("/worklist").await.text().contains("waits too long"));
        app.raw("update message set due_at = due_at - 90000000 where channel = 'letter' and state = 'pending'").await.expect("aged");
        browser.get("/worklist").await.must_say("1 letter waits too long");
        browser.get("/messages/letters").await.must_say("More than a day");
    }
}

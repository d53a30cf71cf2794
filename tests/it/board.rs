//! The board: what stands against a session, a taken time that somebody needs all the same, a held time taken back.

use chrono::{DateTime, Utc};
use contract::{LeaveInput, SlotInput};
use domain::ReferralId;
use harness::{TestApp, both, slots};
use service::{availability, booking};

use crate::sessions::{another, day, diary, no_sessions, session};

/// The first free time of the clinic on a day.
async fn slot_on(app: &TestApp, id: ReferralId, ahead: i64) -> SlotInput {
    let call = app.call("coordinator").await;
    let query = contract::TimesQuery { from: day(ahead).to_string(), ..Default::default() };
    let page = booking::times(&app.desk, &call, id, &query).await.expect("times");
    let time = page.all.into_iter().next().expect("a time");
    SlotInput { resource: time.resource, start: time.start, ..SlotInput::default() }
}

async fn book(app: &TestApp, id: ReferralId, slot: &SlotInput) {
    let call = app.call("coordinator").await;
    let booked = booking::staff_book(&app.desk, &call, id, slot).await.expect("answered");
    assert!(matches!(booked, contract::HoldOutcome::Held { .. }), "{booked:?}");
}

/// The first address on a page that begins so.
fn link(page: &str, begins: &str) -> String {
    let found = page.split(&format!("href=\"{begins}")).nth(1).and_then(|rest| rest.split('"').next());
    format!(
        "{begins}{}",
        found
            .map(|rest| rest.split("#").next().unwrap_or_default())
            .unwrap_or_else(|| panic!("no link to {begins}"))
    )
    .replace("&amp;", "&")
}

both! {
    async fn a_taken_time_is_given_twice_by_form_with_a_reason_that_is_seen(app) {
        no_sessions(app).await;
        let own = diary(app).await;
        // One visit fills the session.
        session(app, own, |row| row.to_wall = "09:30".into()).await;
        let (first, second) =
            (app.an_accepted_referral_of(0, "routine").await, app.an_accepted_referral_of(1, "urgent").await);
        app.leaves_messages();
        let slot = slot_on(app, first, 7).await;
        book(app, first, &slot).await;
        let browser = app.sign_in("coordinator").await;
        let board = browser.get(&format!("/board?day={}", day(7))).await.must_say("Overbook").must_say("Nothing is free").text();
        let time = link(&board, "/board/time?");
        let time = browser.get(&time).await.must_say("This time is taken").text();
        let times = link(&time, &format!("/referrals/{second}/times?"));
        let page = browser.get(&times).await.must_say("A time that is taken").text();
        let chosen = format!("{}|{}", slot.resource, slot.start);
        assert!(page.contains(&format!("value=\"{chosen}\" selected")), "the time of the board is chosen");
        let path = format!("/referrals/{second}/book");
        let back = format!("/referrals/{second}/times?taken=1");
        browser.post(&path, &[("slot-taken", &chosen), ("overbook_reason", " ")]).await.must_lead_to(&back);
        browser.get(&back).await.must_say("Say why this patient needs a place beyond the capacity");
        app.must_be_in(second, "accepted").await;
        let form = [("slot-taken", chosen.as_str()), ("overbook_reason", "Agreed with Dr Okafor on the phone")];
        browser.post(&path, &form).await.must_lead_to(&format!("/referrals/{second}"));
        app.must_be_in(second, "booked").await;
        // Their own time is not one that somebody else has.
        let call = app.call("coordinator").await;
        let query = contract::TimesQuery { from: day(7).to_string(), taken: "1".to_owned(), ..Default::default() };
        let page = booking::times(&app.desk, &call, second, &query).await.expect("times");
        assert!(page.taken.iter().all(|other| other.start != slot.start), "{:?}", page.taken);
        let said = "Overbooked: Agreed with Dr Okafor on the phone";
        browser.get(&format!("/board?day={}", day(7))).await.must_say(said);
        browser.get(&format!("/availability/{own}/day/{}", day(7))).await.must_say("overbooked");
        let of = app.literal(second.0);
        let audited = format!("select count(*) as n from audit where entity_id = {of} and action = 'book'");
        assert!(app.count(&audited).await >= 1, "who did it stands in the audit");
        let told = format!("select coalesce(why, '') as t from event where referral_id = {of} and kind like '%book%'");
        assert!(app.texts(&told).await.iter().any(|why| why.contains("Agreed")), "and why, in the history");
    }

    async fn a_reason_for_a_time_that_is_free_is_not_kept_as_an_overbooking(app) {
        let id = app.an_accepted_referral_of(0, "routine").await;
        app.leaves_messages();
        let slot = slot_on(app, id, 7).await;
        book(app, id, &SlotInput { overbook_reason: "To be safe".into(), ..slot }).await;
        let of = app.literal(id.0);
        let over = format!("select count(*) as n from appointment where referral_id = {of} and overbook_reason is not null");
        assert_eq!(app.count(&over).await, 0);
    }

    async fn nobody_is_booked_beyond_the_capacity_while_the_clinician_is_away(app) {
        no_sessions(app).await;
        let own = diary(app).await;
        session(app, own, |_| {}).await;
        let id = app.an_accepted_referral_of(0, "routine").await;
        app.leaves_messages();
        let slot = slot_on(app, id, 7).await;
        let leave = LeaveInput { from_day: day(7).to_string(), ..LeaveInput::default() };
        let call = app.call("coordinator").await;
        availability::add_leave(&app.desk, &call, own, &leave).await.expect("entered");
        let over = SlotInput { overbook_reason: "It is urgent".into(), ..slot };
        let answer = booking::staff_book(&app.desk, &call, id, &over).await.expect("answered");
        assert!(matches!(answer, contract::HoldOutcome::Taken { .. }), "{answer:?}");
        // The board says why nothing is free.
        let browser = app.sign_in("coordinator").await;
        browser.get(&format!("/board?day={}", day(7))).await.must_say("on leave");
    }

    async fn a_held_time_is_taken_back_on_the_board(app) {
        let id = app.an_accepted_referral_of(0, "routine").await;
        app.leaves_messages();
        let slot = slot_on(app, id, 7).await;
        let call = app.call("coordinator").await;
        booking::offer(&app.desk, &call, id, &slot).await.expect("offered");
        app.must_be_in(id, "offered").await;
        let date = slot.start.parse::<DateTime<Utc>>().expect("an instant").with_timezone(&chrono_tz::Europe::London);
        let board = format!("/board?day={}", date.date_naive());
        let browser = app.sign_in("coordinator").await;
        let page = browser.get(&board).await.must_say("Take it back from").text();
        let path = format!("/referrals/{id}/take-back");
        assert!(page.contains(&path));
        app.sign_in("referrer").await.post(&path, &[]).await.must_be(403);
        let date = date.date_naive().to_string();
        browser.post(&path, &[("day", &date)]).await.must_lead_to(&board);
        app.must_be_in(id, "accepted").await;
        let of = app.literal(id.0);
        let held = format!("select count(*) as n from appointment where referral_id = {of} and state = 'held'");
        assert_eq!(app.count(&held).await, 0);
        browser.post(&path, &[("day", &date)]).await.must_lead_to(&board);
        browser.get(&board).await.must_say("no longer held");
    }

    async fn a_free_time_is_offered_only_to_whom_it_can_be_given(app) {
        no_sessions(app).await;
        let (own, other) = (diary(app).await, another(app, "Dr Amara Holm", |_| {}).await);
        for one in [own, other] {
            session(app, one, |row| row.visits = r#"[{"kind": "first", "length_min": 30}]"#.into()).await;
        }
        let mut ids = Vec::new();
        for patient in 0..3 {
            ids.push(app.an_accepted_referral_of(patient, "urgent").await);
        }
        app.leaves_messages();
        // One is to be seen by the colleague, one for a kind of visit that the session does not take.
        let (named, kind) = (app.literal(ids[1].0), app.literal(ids[2].0));
        let resource = app.literal(other.0);
        app.raw(&format!("update referral set next_step = 'book-named', next_resource_id = {resource} where id = {named}"))
            .await.expect("set");
        app.raw(&format!("update referral set visit_kind = 'later' where id = {kind}")).await.expect("set");
        let slot = slot_on(app, ids[0], 7).await;
        let service = app.service("Heart clinic").await.to_string();
        let browser = app.sign_in("coordinator").await;
        let start = slot.start.replace(':', "%3A");
        let page = browser.get(&format!("/board/time?service={service}&resource={own}&start={start}")).await.must_be(200).text();
        let has = |id: ReferralId| page.contains(&format!("/referrals/{id}/book"));
        assert_eq!((has(ids[0]), has(ids[1]), has(ids[2])), (true, false, false));
        assert!(!slots(&page, "slot").is_empty());
    }
}

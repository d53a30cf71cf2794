//! New time zone data: what was promised by the clock on the wall stays there.

use chrono::{DateTime, Duration, Utc};
use contract::SlotInput;
use domain::{AppointmentId, ReferralId};
use harness::{TestApp, both};
use service::{availability, clock, jobs};
use store::entity::appointment;

use crate::sessions::{cancel, day, diary, hospital, must_book, no_sessions, session, times_on};

const RULE: &str = "visits and due times to come are at the wall times that were promised";

async fn visit(app: &TestApp, id: ReferralId) -> appointment::Model {
    let all = store::appointments::of_referral(app.desk.store.reader(), hospital(app).await, id).await;
    let mut all = all.expect("read");
    all.retain(|row| matches!(row.state.as_str(), "held" | "booked"));
    assert_eq!(all.len(), 1, "one visit");
    all.remove(0)
}

/// Puts a visit where a program would have planned it that knew other clock rules: the same wall time at another instant. What
/// waits for it to come near goes along.
async fn planned_elsewhere(app: &TestApp, id: ReferralId, by_min: i64) -> appointment::Model {
    let row = visit(app, id).await;
    let by = by_min * 60_000;
    let off = appointment::Model { start_at: row.start_at + by, end_at: row.end_at + by, ..row.clone() };
    let at = |ms: i64| DateTime::from_timestamp_millis(ms).expect("in range");
    let minutes = |buffer: i64| u32::try_from(buffer).expect("some minutes");
    let quanta = scheduling::quanta(
        at(off.start_at),
        at(off.end_at),
        minutes(off.buffer_before_min),
        minutes(off.buffer_after_min),
    );
    let tx = app.desk.store.write_tx().await.expect("begun");
    store::appointments::shift(&tx, &row, off, quanta).await.expect("planned");
    tx.commit().await.expect("committed");
    let id = app.literal(id.0);
    for statement in [
        format!(
            "update message set due_at = due_at + {by} where state = 'created' and template = 'reminder-confirm' and referral_id = {id}"
        ),
        format!("update referral set due_at = due_at + {by} where id = {id}"),
    ] {
        app.raw(&statement).await.expect("planned");
    }
    row
}

async fn replan(app: &TestApp) -> u64 {
    jobs::replan(&app.desk, clock::now()).await.expect("planned again")
}

/// A booked visit at one of the four times of a day, with its messages sent.
async fn booked(app: &TestApp, ahead: i64, nth: usize) -> (ReferralId, SlotInput) {
    let id = app.an_accepted_referral().await;
    let slot = times_on(app, id, day(ahead)).await.remove(nth);
    must_book(app, id, &slot).await;
    app.deliver().await;
    (id, slot)
}

async fn one_session(app: &TestApp) {
    no_sessions(app).await;
    session(app, diary(app).await, |_| ()).await;
}

/// When reminders of a referral's visit are due, and until when they may go.
async fn reminders(app: &TestApp, id: ReferralId) -> Vec<String> {
    app.texts(&format!(
        "select cast(due_at as text) || '-' || cast(expires_at as text) as t from message where state = 'created' \
         and template = 'reminder-confirm' and referral_id = {} order by due_at, id",
        app.literal(id.0)
    ))
    .await
}

both! {
    async fn a_visit_stays_at_its_time_on_the_clock_with_all_that_hangs_on_it(app) {
        no_sessions(app).await;
        session(app, diary(app).await, |row| row.buffer_after_min = 5).await;
        assert_eq!(replan(app).await, 0, "nothing has changed");
        let (id, slot) = booked(app, 20, 0).await;
        let (due, told) = (app.referral(id).await.due_at, reminders(app, id).await);
        assert!(!told.is_empty());
        let (mails, texts) = (app.mails().len(), app.twilio.all().len());
        let right = planned_elsewhere(app, id, -60).await;
        assert_eq!(app.findings().await, [RULE]);
        assert_eq!(replan(app).await, 1);
        assert_eq!(app.findings().await, Vec::<String>::new(), "the ledger and the packed weeks say the same");
        let now = visit(app, id).await;
        assert_eq!((now.start_at, now.end_at), (right.start_at, right.end_at));
        assert_eq!((now.start_wall.as_str(), now.sequence), (right.start_wall.as_str(), right.sequence + 1));
        assert_eq!(app.referral(id).await.due_at, due);
        assert_eq!(reminders(app, id).await, told);
        // The patient gets the entry anew, and no text message: nothing has changed for them.
        app.deliver().await;
        assert_eq!(app.twilio.all().len(), texts);
        let sent = app.mails().split_off(mails);
        assert_eq!(sent.iter().filter(|mail| mail.subject.contains("new entry for your calendar")).count(), 1);
        let messages = store::messages::of_referral(app.desk.store.reader(), hospital(app).await, id).await.expect("read");
        let entry = messages.iter().find(|one| one.template == "calendar-renewed").expect("the entry");
        let entry = String::from_utf8(entry.calendar.clone().expect("attached")).expect("a text");
        assert!(entry.contains("SEQUENCE:1\r\n") && entry.contains("METHOD:REQUEST"), "{entry}");
        let lists = sent.iter().filter(|mail| mail.subject.contains("new clock rules")).count();
        assert!(lists > 0, "the coordinators are told");
        // Staff see which it was, from where to where.
        let browser = app.sign_in("coordinator").await;
        browser.get("/availability").await.must_say("1 visit was moved by new clock rules");
        let page = browser.get("/availability/moved").await;
        let utc = |ms: i64| DateTime::from_timestamp_millis(ms).expect("in range").format("%-d %B %Y, %H:%M (UTC+00:00)").to_string();
        page.must_say(&utc(right.start_at - 3_600_000)).must_say(&utc(right.start_at));
        browser.get(&format!("/referrals/{id}")).await.must_say("the visit stays at the same time on the clock");
        assert_eq!(replan(app).await, 0, "once is enough");
        let other = app.an_accepted_referral().await;
        assert!(!times_on(app, other, day(20)).await.contains(&slot), "it is taken where it is now");
        app.deliver().await;
        let again = app.mails().iter().filter(|mail| mail.subject.contains("new clock rules")).count();
        assert_eq!(again, lists);
    }

    async fn neighbours_make_room_for_each_other_whichever_way_they_move(app) {
        one_session(app).await;
        for by in [-30, 30] {
            let mut all = Vec::new();
            let ahead = if by < 0 { 20 } else { 21 };
            for _ in 0..3 {
                all.push(booked(app, ahead, 0).await.0);
            }
            // So that each stands where another one belongs.
            let order: Vec<_> = if by < 0 { all.clone() } else { all.iter().rev().copied().collect() };
            let mut right = Vec::new();
            for id in &order {
                right.push(planned_elsewhere(app, *id, by).await.start_at);
            }
            assert_eq!(replan(app).await, 3);
            for (id, start) in order.iter().zip(right) {
                assert_eq!(visit(app, *id).await.start_at, start);
            }
        }
        app.leaves_messages();
        assert_eq!(app.count("select count(*) as n from rebooking").await, 0);
    }

    async fn a_visit_that_somebody_else_s_time_is_in_the_way_of_is_listed_and_moved_when_it_is_free(app) {
        one_session(app).await;
        let (id, slot) = booked(app, 20, 1).await;
        let right = planned_elsewhere(app, id, -120).await;
        let other = app.an_accepted_referral().await;
        must_book(app, other, &slot).await;
        app.deliver().await;
        for _ in 0..2 {
            let done = replan(app).await;
            // The referral is due when the visit ends, wherever it is now.
            assert!(done <= 2);
            app.deliver().await;
            assert_eq!(visit(app, id).await.start_at, right.start_at - 7_200_000, "it is not moved over somebody");
            assert_eq!(app.count("select count(*) as n from rebooking where cause = 'clock-rules'").await, 1);
        }
        let doubts: Vec<_> =
            app.mails().into_iter().filter(|mail| mail.subject.contains("visit in doubt")).map(|mail| mail.to).collect();
        let told = doubts.len();
        assert_eq!(doubts.into_iter().collect::<std::collections::BTreeSet<_>>().len(), told, "each once");
        assert!(told > 0);
        assert_eq!(app.findings().await, Vec::<String>::new(), "what is listed is known");
        app.sign_in("coordinator").await.get("/availability/rebooking").await.must_say("New clock rules");
        cancel(app, other).await;
        app.deliver().await;
        assert_eq!(replan(app).await, 1);
        assert_eq!(visit(app, id).await.start_at, right.start_at);
        assert_eq!(app.count("select count(*) as n from rebooking").await, 0);
        app.deliver().await;
    }

    async fn a_visit_about_which_somebody_has_decided_is_left_alone(app) {
        one_session(app).await;
        let (id, slot) = booked(app, 20, 1).await;
        let right = planned_elsewhere(app, id, -120).await;
        let other = app.an_accepted_referral().await;
        must_book(app, other, &slot).await;
        assert!(replan(app).await >= 1);
        let call = app.call("coordinator").await;
        let list = availability::rebookings(&app.desk, &call, &contract::RebookingQuery::default()).await.expect("listed");
        let listed = list.lines[0].id.parse().expect("an id");
        availability::leave_as_it_is(&app.desk, &call, listed).await.expect("kept");
        cancel(app, other).await;
        assert_eq!(replan(app).await, 0);
        assert_eq!(visit(app, id).await.start_at, right.start_at - 7_200_000);
        app.leaves_messages();
    }

    async fn a_time_that_no_clock_shows_is_put_before_somebody(app) {
        one_session(app).await;
        let (id, _) = booked(app, 20, 0).await;
        let row = visit(app, id).await;
        // The clocks of London skip it.
        app.raw(&format!(
            "update appointment set start_wall = '2027-03-28T01:15' where id = {}", app.literal(row.id)
        )).await.expect("written");
        assert_eq!(replan(app).await, 1);
        assert_eq!(visit(app, id).await.start_at, row.start_at);
        assert_eq!(app.count("select count(*) as n from rebooking where cause = 'clock-rules'").await, 1);
        app.leaves_messages();
    }

    async fn older_time_zone_data_move_nothing_back(app) {
        one_session(app).await;
        let (id, _) = booked(app, 20, 0).await;
        let right = planned_elsewhere(app, id, -60).await;
        app.raw("insert into zone_edition (edition, at) values ('9999z', 0)").await.expect("written");
        assert_eq!(replan(app).await, 0);
        assert_eq!(visit(app, id).await.start_at, right.start_at - 3_600_000);
        app.leaves_messages();
        assert_eq!(app.findings().await, Vec::<String>::new(), "it is not for this program to say");
    }

    async fn leave_due_times_and_what_is_offered_follow(app) {
        one_session(app).await;
        let waiting = app.an_accepted_referral().await;
        let (id, doctor) = (app.an_accepted_referral().await, diary(app).await);
        app.leaves_messages();
        let slot = times_on(app, id, day(9)).await.remove(0);
        service::booking::offer(&app.desk, &app.call("coordinator").await, id, &slot).await.expect("offered");
        let right = planned_elsewhere(app, id, -60).await;
        let ends = right.hold_expires_at;
        let input = contract::LeaveInput { from_day: day(30).to_string(), ..contract::LeaveInput::default() };
        availability::add_leave(&app.desk, &app.call("coordinator").await, doctor, &input).await.expect("entered");
        let leave = "select from_at as n from leave where note = ''";
        let (from, due) = (app.count(leave).await, app.referral(waiting).await.due_at.expect("due"));
        for statement in [
            "update leave set from_at = from_at - 3600000, to_at = to_at - 3600000".to_owned(),
            format!("update referral set due_at = due_at + 3600000 where id = {}", app.literal(waiting.0)),
        ] {
            app.raw(&statement).await.expect("planned by other rules");
        }
        let offered = app.referral(id).await.due_at;
        assert!(replan(app).await >= 3);
        assert_eq!(app.count(leave).await, from);
        assert_eq!(app.referral(waiting).await.due_at, Some(due));
        assert_eq!(visit(app, id).await.start_at, right.start_at);
        assert_eq!((visit(app, id).await.hold_expires_at, app.referral(id).await.due_at), (ends, offered));
        assert_eq!(app.findings().await, Vec::<String>::new());
        assert_eq!(replan(app).await, 0);
    }

    async fn servers_that_start_at_once_move_each_visit_once(app) {
        one_session(app).await;
        let mut all = Vec::new();
        for ahead in [20, 21] {
            for _ in 0..3 {
                all.push(booked(app, ahead, 0).await.0);
            }
        }
        for id in &all {
            planned_elsewhere(app, *id, -90).await;
        }
        let now: DateTime<Utc> = clock::now();
        let (one, two, three) =
            tokio::join!(jobs::replan(&app.desk, now), jobs::replan(&app.desk, now), jobs::replan(&app.desk, now));
        assert_eq!(one.expect("planned") + two.expect("planned") + three.expect("planned"), 6);
        assert_eq!(app.count("select count(*) as n from replanned").await, 6);
        assert_eq!(app.count("select count(*) as n from rebooking").await, 0);
        app.leaves_messages();
        let id = all[0];
        let row = visit(app, id).await;
        let known = store::appointments::find(app.desk.store.reader(), hospital(app).await, AppointmentId(row.id)).await;
        assert_eq!(known.expect("read").map(|row| row.sequence), Some(1));
        let later = Duration::minutes(1);
        assert_eq!(jobs::replan(&app.desk, now + later).await.expect("planned"), 0);
    }
}

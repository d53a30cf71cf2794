//! Closed days at night: what takes place on them counts, not the day on which it began.

use chrono::NaiveDate;
use contract::{ClosedInput, LeaveOutcome, SlotInput};
use domain::ReferralId;
use harness::{TestApp, both};
use service::availability;

use crate::sessions::{day, diary, must_book, no_sessions, session, times_on};

/// A session every night from eleven to one.
async fn nights(app: &TestApp) {
    no_sessions(app).await;
    session(app, diary(app).await, |row| {
        (row.from_wall, row.to_wall) = ("23:00".to_owned(), "01:00".to_owned());
        row.slot_min = 40;
    })
    .await;
}

async fn close(app: &TestApp, date: NaiveDate, seen: &str) -> LeaveOutcome {
    let input = ClosedInput { from_day: date.to_string(), seen: seen.to_owned(), ..ClosedInput::default() };
    availability::close_days(&app.desk, &app.call("coordinator").await, &input).await.expect("answered")
}

/// The times of a night, as clocks show them.
async fn of_night(app: &TestApp, id: ReferralId, date: NaiveDate) -> Vec<SlotInput> {
    let mut all = times_on(app, id, date).await;
    all.retain(|slot| slot.start.contains("T23:"));
    let morning = times_on(app, id, date.succ_opt().expect("a day")).await;
    all.extend(morning.into_iter().filter(|slot| slot.start.contains("T00:")));
    all
}

both! {
    async fn a_visit_that_lasts_into_a_closed_day_breaks_and_one_after_it_does_not(app) {
        let all = [app.an_accepted_referral().await, app.an_accepted_referral().await, app.an_accepted_referral().await];
        app.leaves_messages();
        nights(app).await;
        // 23:00, 23:40 over midnight, 00:20. It is winter, where the clock is that of UTC.
        let slots = of_night(app, all[0], day(10)).await;
        assert_eq!(slots.len(), 3, "{slots:?}");
        for (id, slot) in all.iter().zip(&slots) {
            must_book(app, *id, slot).await;
        }
        // The day after: what lasts into it and what begins on it, though its session began before.
        let LeaveOutcome::Preview(shown) = close(app, day(11), "").await else { panic!("it breaks visits") };
        let broken: Vec<_> = shown.visits.iter().map(|visit| visit.referral.clone()).collect();
        assert_eq!(broken, [all[1].to_string(), all[2].to_string()]);
        // The day itself: what begins after it is not broken, whatever the day of its session.
        let LeaveOutcome::Preview(shown) = close(app, day(10), "").await else { panic!("it breaks visits") };
        let broken: Vec<_> = shown.visits.iter().map(|visit| visit.referral.clone()).collect();
        assert_eq!(broken, [all[0].to_string(), all[1].to_string()]);
        let saved = close(app, day(10), &shown.seen).await;
        assert!(matches!(saved, LeaveOutcome::Saved { cancelled: 2, taken_back: 0 }), "{saved:?}");
        app.must_be_in(all[2], "booked").await;
    }

    async fn nothing_is_offered_or_confirmed_into_a_closed_day_and_after_it_all_is(app) {
        let (id, held) = (app.an_accepted_referral().await, app.an_accepted_referral().await);
        app.leaves_messages();
        nights(app).await;
        let before = of_night(app, id, day(10)).await;
        let patient = app.patient_call(held).await;
        service::booking::hold(&app.desk, &patient, held, &before[1]).await.expect("held");
        app.raw(&format!(
            "insert into closure (organisation_id, id, from_day, to_day, note, created_at, created_by_name) \
             select organisation_id, id, '{0}', '{0}', '', 0, '' from resource where id = {1}",
            day(11), app.literal(diary(app).await.0),
        )).await.expect("closed");
        let refused = service::booking::confirm(&app.desk, &patient, held).await;
        assert!(refused.is_err(), "it lasts into the closed day");
        let left = of_night(app, id, day(10)).await;
        assert_eq!(left, before[..1], "only what ends before midnight");
        // The night of the closed day: what begins after it.
        let after = of_night(app, id, day(11)).await;
        assert_eq!(after.len(), 1, "{after:?}");
        assert!(after[0].start.contains("T00:20"), "{after:?}");
        app.sign_in("coordinator").await.get(&format!("/board?day={}", day(11))).await.must_be(200);
    }
}

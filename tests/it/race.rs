//! Many want one time: exactly one gets it, whatever door they come through.

use std::time::Instant;

use chrono::{DateTime, Duration, Utc};
use contract::{HoldOutcome, SlotInput, TimesQuery};
use domain::ReferralId;
use harness::{TestApp, both};
use service::{Call, ServiceError, booking, clock, jobs};

/// Referrals whose patients may choose a time, and a time that is offered to them all.
async fn rivals(app: &TestApp, count: usize) -> (Vec<ReferralId>, SlotInput) {
    let mut rivals = Vec::new();
    for _ in 0..count {
        rivals.push(app.an_accepted_referral().await);
    }
    app.leaves_messages();
    let call = app.patient_call(rivals[0]).await;
    let page = booking::times(&app.desk, &call, rivals[0], &TimesQuery::default()).await.expect("times");
    let best = page.best.first().expect("times are offered");
    let slot =
        SlotInput { resource: best.resource.clone(), start: best.start.clone(), ..SlotInput::default() };
    (rivals, slot)
}

/// What became of many attempts to hold one time: who holds it, and that every loser was told of three others.
async fn all_hold(
    app: &TestApp,
    rivals: &[ReferralId],
    slot: &SlotInput,
    now: DateTime<Utc>,
) -> Vec<ReferralId> {
    let mut attempts = tokio::task::JoinSet::new();
    for id in rivals.iter().copied() {
        let (desk, slot) = (app.desk.clone(), slot.clone());
        let call = Call { now, ..app.patient_call(id).await };
        attempts.spawn(async move {
            let begun = Instant::now();
            (id, booking::hold(&desk, &call, id, &slot).await, begun.elapsed())
        });
    }
    let (mut holders, mut waits) = (Vec::new(), Vec::new());
    while let Some(outcome) = attempts.join_next().await {
        match outcome.expect("no attempt panics") {
            (id, Ok(HoldOutcome::Held { .. }), _) => holders.push(id),
            (_, Ok(HoldOutcome::Taken { alternatives, .. }), took) => {
                assert_eq!(alternatives.len(), 3);
                waits.push(took.as_millis());
            }
            (_, Err(error), _) => panic!("an attempt broke: {error}"),
        }
    }
    waits.sort_unstable();
    let p99 = waits.get(waits.len().saturating_sub(1) * 99 / 100).copied().unwrap_or(0);
    println!(
        "{} clients at once: {} hold it, the others were told within {p99} ms (p99)",
        rivals.len(),
        holders.len()
    );
    holders
}

/// Clients of a stampede; `WAYMARK_STAMPEDE=1000` makes it as large as the figure that is promised.
fn crowd() -> usize {
    std::env::var("WAYMARK_STAMPEDE").ok().and_then(|size| size.parse().ok()).unwrap_or(100)
}

/// So many clients on one time of so many places, while holds run out and one is confirmed in the middle of it.
async fn stampede(app: &TestApp, capacity: usize) {
    let (rivals, slot) = rivals(app, crowd()).await;
    let resource = app.literal(slot.resource.parse().expect("an id"));
    let widen = format!("update availability_rule set capacity = {capacity} where resource_id = {resource}");
    app.raw(&widen).await.expect("set");
    let now = clock::now();
    let (first, second) = rivals.split_at(rivals.len() / 2);
    let holders = all_hold(app, first, &slot, now).await;
    assert_eq!(holders.len(), capacity, "exactly as many as there are places");
    // Holds run out while others ask; the first holder confirms a moment before.
    let confirmed = if capacity > 1 { 1 } else { 0 };
    let late = now + Duration::minutes(6);
    let in_time = Call { now: now + Duration::minutes(4), ..app.patient_call(holders[0]).await };
    if confirmed == 1 {
        booking::confirm(&app.desk, &in_time, holders[0]).await.expect("booked");
    }
    let (lapsed, won) = tokio::join!(jobs::lapse_holds(&app.desk, late), all_hold(app, second, &slot, late));
    assert_eq!(usize::try_from(lapsed.expect("lapsed")).expect("few"), capacity - confirmed);
    assert!(won.len() <= capacity - confirmed, "no place is given twice: {}", won.len());
    // Whoever was too early asks again: now it is full.
    let again: Vec<ReferralId> = second.iter().copied().filter(|id| !won.contains(id)).collect();
    let rest = all_hold(app, &again, &slot, late).await;
    assert_eq!(confirmed + won.len() + rest.len(), capacity);
    let start = slot.start.parse::<DateTime<Utc>>().expect("an instant").timestamp_millis();
    let taken = format!(
        "select count(*) as n from appointment where resource_id = {resource} and start_at = {start} and state in ('held', 'booked')"
    );
    assert_eq!(usize::try_from(app.count(&taken).await).expect("few"), capacity);
    let places = format!(
        "select count(distinct place) as n from appointment where resource_id = {resource} and start_at = {start} and state in ('held', 'booked')"
    );
    assert_eq!(
        usize::try_from(app.count(&places).await).expect("few"),
        capacity,
        "each on a place of its own"
    );
}

both! {
    async fn a_stampede_on_one_place_ends_with_one_holder_though_holds_run_out(app) {
        stampede(app, 1).await;
    }

    async fn a_stampede_on_three_places_ends_with_three_holders_though_holds_run_out(app) {
        stampede(app, 3).await;
    }

    async fn of_forty_who_want_one_time_one_gets_it_and_the_others_get_three_more(app) {
        let (rivals, slot) = rivals(app, 40).await;
        let mut attempts = tokio::task::JoinSet::new();
        for id in rivals {
            let (desk, call, slot) = (app.desk.clone(), app.patient_call(id).await, slot.clone());
            attempts.spawn(async move { booking::hold(&desk, &call, id, &slot).await });
        }
        let mut held = 0;
        while let Some(outcome) = attempts.join_next().await {
            match outcome.expect("no attempt panics").expect("no attempt breaks") {
                HoldOutcome::Held { .. } => held += 1,
                HoldOutcome::Taken { alternatives, .. } => {
                    assert_eq!(alternatives.len(), 3);
                    assert!(alternatives.iter().all(|other| (&other.resource, &other.start) != (&slot.resource, &slot.start)));
                }
            }
        }
        assert_eq!(held, 1);
        assert_eq!(app.count("select count(*) as n from appointment where state = 'held'").await, 1);
    }

    async fn whoever_taps_twice_in_a_crowd_has_the_time_with_both_taps(app) {
        let (rivals, slot) = rivals(app, 15).await;
        let mut attempts = tokio::task::JoinSet::new();
        for (id, _tap) in rivals.iter().flat_map(|id| [(*id, 1), (*id, 2)]) {
            let call = Call { key: Some(format!("tap-{id}")), ..app.patient_call(id).await };
            let (desk, slot) = (app.desk.clone(), slot.clone());
            attempts.spawn(async move { (id, booking::hold(&desk, &call, id, &slot).await) });
        }
        let mut held = Vec::new();
        while let Some(outcome) = attempts.join_next().await {
            let (id, outcome) = outcome.expect("no attempt panics");
            if matches!(outcome.expect("no attempt breaks"), HoldOutcome::Held { .. }) {
                held.push(id);
            }
        }
        assert_eq!(held.len(), 2, "{held:?}");
        assert_eq!(held[0], held[1]);
        assert_eq!(app.count("select count(*) as n from appointment where state = 'held'").await, 1);
    }

    async fn whoever_may_not_hold_a_time_learns_that_and_not_which_times_are_free(app) {
        let (rivals, slot) = rivals(app, 1).await;
        let winner = app.patient_call(rivals[0]).await;
        booking::hold(&app.desk, &winner, rivals[0], &slot).await.expect("held");
        let sent = app.a_sent_referral().await;
        let early = booking::hold(&app.desk, &app.patient_call(sent).await, sent, &slot).await;
        assert!(matches!(early, Err(ServiceError::Conflict(_))), "{early:?}");
        let referrer = booking::hold(&app.desk, &app.call("referrer").await, rivals[0], &slot).await;
        assert!(matches!(referrer, Err(ServiceError::NotAllowed)), "{referrer:?}");
    }

    async fn of_twenty_forms_for_one_time_one_books_it_and_none_breaks(app) {
        let (rivals, slot) = rivals(app, 20).await;
        let browser = app.sign_in("coordinator").await;
        let chosen = format!("{}|{}", slot.resource, slot.start);
        let booked = "select count(*) as n from appointment where state = 'booked'";
        let before = app.count(booked).await;
        let forms = rivals.iter().map(|id| {
            let (browser, path, chosen) = (&browser, format!("/referrals/{id}/book"), chosen.as_str());
            async move { browser.post(&path, &[("slot", chosen)]).await.must_be(303).location() }
        });
        let answers = futures::future::join_all(forms).await;
        let won = answers.iter().zip(&rivals).filter(|(to, id)| **to == format!("/referrals/{id}")).count();
        let lost = answers.iter().zip(&rivals).filter(|(to, id)| **to == format!("/referrals/{id}/times")).count();
        assert_eq!((won, lost), (1, 19), "{answers:?}");
        assert_eq!(app.count(booked).await, before + 1);
    }

    async fn a_patient_who_comes_too_late_sees_other_times_on_the_page(app) {
        let (rivals, slot) = rivals(app, 2).await;
        let chosen = format!("{} {}", slot.resource, slot.start);
        app.hold(rivals[0], &chosen).await.must_lead_to(&format!("/my/{}/confirm", rivals[0]));
        let answer = app.hold(rivals[1], &chosen).await.must_be(409);
        assert_eq!(harness::slots(&answer.text(), "slot").len(), 3, "{}", answer.text());
    }

    async fn an_overbooking_needs_a_reason_and_takes_a_further_place(app) {
        let (rivals, slot) = rivals(app, 2).await;
        let call = app.call("coordinator").await;
        let first = booking::staff_book(&app.desk, &call, rivals[0], &slot).await.expect("booked");
        assert!(matches!(first, HoldOutcome::Held { .. }));
        let second = booking::staff_book(&app.desk, &call, rivals[1], &slot).await.expect("answered");
        assert!(matches!(second, HoldOutcome::Taken { .. }));
        let over = SlotInput { overbook_reason: "Two-week wait, agreed with the clinic".to_owned(), ..slot };
        let third = booking::staff_book(&app.desk, &call, rivals[1], &over).await.expect("booked");
        assert!(matches!(third, HoldOutcome::Held { .. }));
        let further = format!("select place as n from appointment where state = 'booked' and referral_id = {}",
                              app.literal(rivals[1].0));
        assert_eq!(app.count(&further).await, 1);
    }

    async fn the_database_itself_refuses_an_overlap(app) {
        let (rivals, slot) = rivals(app, 1).await;
        let call = app.call("coordinator").await;
        booking::staff_book(&app.desk, &call, rivals[0], &slot).await.expect("booked");
        let count = "select count(*) as n from slot_ledger";
        let before = app.count(count).await;
        let twice = "insert into slot_ledger (organisation_id, resource_id, quantum, place, appointment_id) \
                     select organisation_id, resource_id, quantum, place, appointment_id from slot_ledger limit 1";
        let refusal = app.raw(twice).await.expect_err("the key is unique");
        assert!(refusal.to_lowercase().contains("unique"), "{refusal}");
        assert_eq!(app.count(count).await, before);
    }
}

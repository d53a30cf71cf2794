//! The waiting list: a time that comes free goes to the right person, each person has their say, and nobody is lost.

use chrono::{DateTime, Duration, Utc};
use contract::{HoldOutcome, SlotInput, TextInput, TimesQuery, WaitingInput};
use domain::ReferralId;
use harness::{Kind, Options, TestApp, both, slots};
use service::booking::{self, waitlist};
use service::{Call, Conflict, ServiceError, clock, jobs};

/// An accepted referral of one of the practice's patients.
async fn accepted(app: &TestApp, patient: usize, priority: &str) -> ReferralId {
    app.an_accepted_referral_of(patient, priority).await
}

/// Puts a referral on the list as its patient does.
async fn waits(app: &TestApp, id: ReferralId) {
    let call = app.patient_call(id).await;
    waitlist::join(&app.desk, &call, id, &WaitingInput::default()).await.expect("on the list");
}

/// The visit of a referral that staff booked at the first free time from so many days on.
async fn booked(app: &TestApp, id: ReferralId, days: i64) -> SlotInput {
    let call = app.call("coordinator").await;
    let from = (clock::now() + Duration::days(days)).date_naive().to_string();
    let query = TimesQuery { from, ..TimesQuery::default() };
    let page = booking::times(&app.desk, &call, id, &query).await.expect("times");
    let time = page.all.first().expect("a time").clone();
    let slot = SlotInput { resource: time.resource, start: time.start, ..SlotInput::default() };
    let held = booking::staff_book(&app.desk, &call, id, &slot).await.expect("booked");
    assert!(matches!(held, HoldOutcome::Held { .. }));
    slot
}

async fn cancel(app: &TestApp, id: ReferralId) {
    let call = app.call("coordinator").await;
    let version = app.referral(id).await.version;
    let why = TextInput { text: "The clinic is ill".into(), version, reason: "clinician-away".into() };
    booking::cancel(&app.desk, &call, id, &why).await.expect("cancelled");
}

async fn fill(app: &TestApp, at: DateTime<Utc>) -> u64 {
    jobs::fill_from_waiting_list(&app.desk, at).await.expect("filled")
}

/// Offers of the list to a referral that are not answered.
async fn open(app: &TestApp, id: ReferralId) -> i64 {
    let of = app.literal(id.0);
    app.count(&format!(
        "select count(*) as n from waitlist_offer where referral_id = {of} and outcome is null"
    ))
    .await
}

async fn outcomes(app: &TestApp, id: ReferralId) -> Vec<String> {
    let of = app.literal(id.0);
    app.texts(&format!(
        "select coalesce(outcome, 'open') as t from waitlist_offer where referral_id = {of} order by offered_at, id"
    ))
    .await
}

async fn waiting(app: &TestApp, id: ReferralId) -> i64 {
    let of = app.literal(id.0);
    app.count(&format!(
        "select count(*) as n from waitlist_entry where referral_id = {of} and state = 'waiting'"
    ))
    .await
}

/// Somebody has a visit in two weeks, nothing else is free, and these wait, in this order of patients and urgencies.
async fn a_full_clinic(app: &TestApp, who: &[(usize, &str)]) -> (ReferralId, SlotInput, Vec<ReferralId>) {
    let first = accepted(app, 0, "routine").await;
    let slot = booked(app, first, 14).await;
    let mut list = Vec::new();
    for (patient, priority) in who {
        let id = accepted(app, *patient, priority).await;
        waits(app, id).await;
        list.push(id);
    }
    app.leaves_messages();
    (first, slot, list)
}

/// Quiet hours that began an hour ago and end within the next one, in the organisation's zone.
fn in_a_quiet_hour() -> Options {
    let now = clock::now().with_timezone(&chrono_tz::Europe::London);
    let wall = |at: DateTime<chrono_tz::Tz>| -> &'static str {
        Box::leak(at.format("%H:%M").to_string().into_boxed_str())
    };
    let (from, to) = (wall(now - Duration::minutes(60)), wall(now + Duration::minutes(55)));
    Options {
        overrides: vec![("messages.quiet_from", from), ("messages.quiet_to", to)],
        ..Options::default()
    }
}

/// Nothing was free when they joined but what they have seen: the job has nothing to offer.
async fn nothing_yet(app: &TestApp) {
    assert_eq!(fill(app, clock::now()).await, 0, "what they saw and did not want is not offered");
}

both! {
    async fn a_cancelled_time_goes_to_the_most_urgent_and_then_to_the_next(app) {
        let (first, slot, list) = a_full_clinic(app, &[(1, "routine"), (2, "urgent"), (3, "routine")]).await;
        let [routine, urgent, other] = list[..] else { panic!("three wait") };
        nothing_yet(app).await;
        cancel(app, first).await;
        assert_eq!(fill(app, clock::now()).await, 1);
        app.must_be_in(urgent, "offered").await;
        let held = store::appointments::of_referral(app.desk.store.reader(),
            domain::OrganisationId(app.referral(urgent).await.organisation_id), urgent).await.expect("read");
        let held = held.iter().find(|row| row.state == "held").expect("the time is held");
        assert_eq!(held.start_at, slot.start.parse::<DateTime<Utc>>().expect("an instant").timestamp_millis());
        app.deliver().await;
        let phone = app.patient_of(urgent).await.phone.expect("a phone");
        assert!(app.twilio.texts(&phone).last().is_some_and(|text| text.contains("Does it suit you?")));
        assert_eq!(fill(app, clock::now()).await, 0, "the time is held, and nobody else is asked");

        // Declined in one tap: it goes on, and the one who declined keeps their place.
        let patient = app.as_patient(urgent).await;
        let card = patient.get("/my").await.must_say("The clinic offers you this time").text();
        let key = slots(&card, "key").into_iter().find(|key| key.starts_with("offer-no-")).expect("a key");
        patient.post(&format!("/my/{urgent}/release"), &[("reason", "1"), ("key", &key)]).await.must_be(303);
        app.must_be_in(urgent, "accepted").await;
        patient.get("/my").await.must_say("You are on the waiting list");
        assert_eq!((outcomes(app, urgent).await, waiting(app, urgent).await), (vec!["declined".to_owned()], 1));
        assert_eq!(fill(app, clock::now()).await, 1);
        let (one, two) = (open(app, routine).await, open(app, other).await);
        assert_eq!(one + two, 1, "one of those who have waited as long");

        // Not answered: it goes to the next, and nobody is removed.
        let asked = if one == 1 { routine } else { other };
        let later = clock::now() + Duration::hours(30);
        assert_eq!(jobs::lapse_holds(&app.desk, later).await.expect("lapsed"), 1);
        assert_eq!(outcomes(app, asked).await, ["expired"]);
        assert_eq!(waiting(app, asked).await, 1, "silence removes nobody");
        // Times have come into the horizon as well: the one that went back is the soonest.
        assert!(fill(app, later).await >= 1);
        let next = if one == 1 { other } else { routine };
        app.must_be_in(next, "offered").await;

        // Accepted, twice by a finger that trembles: booked, off the list.
        let of = app.literal(next.0);
        let key = Some(uuid::Uuid::nil().to_string());
        let taking = Call { now: later + Duration::minutes(1), key, ..app.patient_call(next).await };
        for _ in 0..2 {
            booking::confirm(&app.desk, &taking, next).await.expect("booked");
        }
        app.must_be_in(next, "booked").await;
        assert_eq!((outcomes(app, next).await, waiting(app, next).await), (vec!["accepted".to_owned()], 0));
        let why = app.texts(&format!("select end_reason as t from waitlist_entry where referral_id = {of}")).await;
        assert_eq!(why, ["booked"]);
    }

    async fn an_earlier_time_leaves_the_booked_one_until_it_is_taken(app) {
        let first = accepted(app, 0, "routine").await;
        booked(app, first, 7).await;
        let second = accepted(app, 1, "routine").await;
        let late = booked(app, second, 30).await;
        let patient = app.as_patient(second).await;
        patient.get("/my").await.must_say("Ask for an earlier time");
        patient.get(&format!("/my/{second}/waiting")).await.must_say("you keep that time");
        patient.post(&format!("/my/{second}/waiting"), &[("notice", "1")]).await.must_lead_to("/my");
        patient.get("/my").await.must_say("You keep your time until you take another one");
        nothing_yet(app).await;
        cancel(app, first).await;
        assert_eq!(fill(app, clock::now()).await, 1);
        app.must_be_in(second, "booked").await;
        let due = app.referral(second).await.due_at.expect("due");
        let start = late.start.parse::<DateTime<Utc>>().expect("an instant").timestamp_millis();
        assert!(due > start, "the booked visit is still what is waited for");
        app.deliver().await;
        let phone = app.patient_of(second).await.phone.expect("a phone");
        assert!(app.twilio.texts(&phone).last().is_some_and(|text| text.contains("another time is free")));
        let card = patient.get("/my").await.must_say("Another time has come free").must_say("Keep my time").text();
        let key = slots(&card, "key").into_iter().find(|key| key.starts_with("offer-yes-")).expect("a key");
        patient.post(&format!("/my/{second}/confirm"), &[("reason", "1"), ("key", &key)]).await.must_lead_to("/my");
        app.must_be_in(second, "booked").await;
        let of = app.literal(second.0);
        let states = app.texts(&format!("select state as t from appointment where referral_id = {of} order by start_at")).await;
        assert_eq!(states, ["booked", "cancelled"], "moved in one transaction");
        assert_eq!(waiting(app, second).await, 0);
        app.leaves_messages();
    }

    async fn of_an_offer_and_somebody_who_books_the_same_time_exactly_one_wins(app) {
        let (first, slot, list) = a_full_clinic(app, &[(1, "routine")]).await;
        let rival = accepted(app, 2, "routine").await;
        cancel(app, first).await;
        let (call, at) = (app.patient_call(rival).await, clock::now());
        let (offered, held) = tokio::join!(
            jobs::fill_from_waiting_list(&app.desk, at),
            booking::hold(&app.desk, &call, rival, &slot),
        );
        let won = matches!(held.as_ref().expect("answered"), HoldOutcome::Held { .. });
        let offered = offered.expect("filled") == 1;
        assert!(won != offered, "{held:?} {offered}");
        if let HoldOutcome::Taken { alternatives, .. } = held.expect("answered") {
            assert_eq!(alternatives.len(), 3, "the loser is told what is free");
        }
        assert_eq!(open(app, list[0]).await, i64::from(offered));
    }

    async fn of_two_acceptances_at_once_one_books(app) {
        let (first, _, list) = a_full_clinic(app, &[(1, "routine")]).await;
        cancel(app, first).await;
        assert_eq!(fill(app, clock::now()).await, 1);
        let (one, two) = (app.patient_call(list[0]).await, app.patient_call(list[0]).await);
        let (one, two) = tokio::join!(
            booking::confirm(&app.desk, &one, list[0]),
            booking::confirm(&app.desk, &two, list[0]),
        );
        assert_eq!(usize::from(one.is_ok()) + usize::from(two.is_ok()), 1, "{one:?} {two:?}");
        let lost = if one.is_ok() { two } else { one };
        assert!(matches!(lost, Err(ServiceError::Conflict(Conflict::HoldLapsed | Conflict::Stale))), "{lost:?}");
        app.must_be_in(list[0], "booked").await;
        assert_eq!(outcomes(app, list[0]).await, ["accepted"]);
    }

    async fn two_servers_that_fill_at_once_offer_one_time_once(app) {
        let (first, _, list) = a_full_clinic(app, &[(1, "routine"), (2, "routine")]).await;
        cancel(app, first).await;
        let at = clock::now();
        let (one, two) = tokio::join!(
            jobs::fill_from_waiting_list(&app.desk, at),
            jobs::fill_from_waiting_list(&app.desk, at),
        );
        assert_eq!(one.expect("filled") + two.expect("filled"), 1);
        assert_eq!(open(app, list[0]).await + open(app, list[1]).await, 1);
    }

    [Options::with("booking.no_fill_hours", "480")]
    async fn too_near_a_time_is_offered_to_nobody(app) {
        let (first, _, list) = a_full_clinic(app, &[(1, "routine")]).await;
        cancel(app, first).await;
        assert_eq!(fill(app, clock::now()).await, 0, "two weeks are less than twenty days");
        app.must_be_in(list[0], "accepted").await;
    }

    [in_a_quiet_hour()]
    async fn at_night_nobody_is_woken_and_the_offer_waits_for_the_morning(app) {
        let (first, _, list) = a_full_clinic(app, &[(1, "routine")]).await;
        cancel(app, first).await;
        let now = clock::now();
        assert_eq!(fill(app, now).await, 1);
        app.must_be_in(list[0], "offered").await;
        let due = app.count("select max(due_at) as n from message where template = 'time-offered'").await;
        let minutes = (due - now.timestamp_millis()) / 60_000;
        assert!((40..=60).contains(&minutes), "told when the night is over: {minutes}");
        let until = app.count("select max(hold_expires_at) as n from appointment where state = 'held'").await;
        assert!((until - due) / 60_000 >= 120, "two hours, from the morning on");
    }

    async fn who_has_died_and_what_has_ended_is_offered_nothing(app) {
        let (first, _, list) = a_full_clinic(app, &[(1, "urgent"), (2, "routine"), (3, "routine")]).await;
        let [died, ended, asked] = list[..] else { panic!("three wait") };
        let patient = app.literal(app.patient_of(died).await.id);
        let yes = if app.kind == Kind::Sqlite { "1" } else { "true" };
        app.raw(&format!("update patient set deceased = {yes} where id = {patient}")).await.expect("noted");
        app.act("specialist", ended, "triage", &[
            ("triage-outcome", "decline"), ("triage-comment", "Please see the rheumatologist."),
            ("triage-patient_line", "Another clinic is better for you."),
        ]).await;
        app.must_be_in(ended, "declined").await;
        assert_eq!(waiting(app, ended).await, 0, "the end of the referral ends the entry");
        cancel(app, first).await;
        assert_eq!(fill(app, clock::now()).await, 1);
        assert_eq!((open(app, died).await, open(app, asked).await), (0, 1));
        assert_eq!(waiting(app, died).await, 0);
        // Whoever dies with an offer: the time goes back.
        let patient = app.literal(app.patient_of(asked).await.id);
        app.raw(&format!("update patient set deceased = {yes} where id = {patient}")).await.expect("noted");
        assert_eq!(fill(app, clock::now()).await, 0);
        assert_eq!((outcomes(app, asked).await, waiting(app, asked).await), (vec!["withdrawn".to_owned()], 0));
        app.must_be_in(asked, "accepted").await;
    }

    async fn wishes_are_kept_changed_and_given_up(app) {
        let id = accepted(app, 1, "routine").await;
        app.leaves_messages();
        let patient = app.as_patient(id).await;
        patient.get(&format!("/my/{id}/times")).await.must_say("None of these suit me");
        let form = [("weekdays", "MO"), ("weekdays", "TU"), ("parts", "morning"), ("notice", "3"), ("channel", "email")];
        patient.post(&format!("/my/{id}/waiting"), &form).await.must_lead_to("/my");
        patient.get("/my").await.must_say("Mondays and Tuesdays, mornings");
        patient.get(&format!("/my/{id}/waiting")).await.must_say("Leave the waiting list");
        let wrong = [("weekdays", "XX"), ("notice", "5"), ("channel", "pigeon")];
        let path = format!("/my/{id}/waiting");
        patient.post(&path, &wrong).await.must_lead_to(&path);
        patient.get(&path).await.must_say("Choose the days in the list").must_say("Say how soon you can come");
        let of = app.literal(id.0);
        let since = format!("select count(distinct since) as n from waitlist_entry where referral_id = {of}");
        patient.post(&path, &[("notice", "14")]).await.must_lead_to("/my");
        assert_eq!((app.count(&since).await, waiting(app, id).await), (1, 1), "the place is kept");
        patient.post(&format!("{path}/leave"), &[]).await.must_lead_to("/my");
        assert_eq!(waiting(app, id).await, 0);
        app.must_be_in(id, "accepted").await;
    }

    async fn staff_put_somebody_on_the_list_and_the_other_side_cannot(app) {
        let id = accepted(app, 1, "routine").await;
        app.leaves_messages();
        let coordinator = app.sign_in("coordinator").await;
        let path = format!("/referrals/{id}/waiting");
        coordinator.get(&path).await.must_say("Which days suit?");
        app.sign_in("referrer").await.post(&path, &[("notice", "1")]).await.must_be(403);
        app.sign_in("other-referrer").await.post(&path, &[("notice", "1")]).await.must_be(404);
        assert_eq!(waiting(app, id).await, 0);
        coordinator.post(&path, &[("notice", "1")]).await.must_lead_to(&format!("/referrals/{id}"));
        assert_eq!(waiting(app, id).await, 1);
        // What is free was not shown to the patient: it is offered.
        coordinator.get("/waiting").await.must_say("nobody more urgent can take it");
        assert_eq!(fill(app, clock::now()).await, 1);
        app.must_be_in(id, "offered").await;
        coordinator.get("/waiting").await.must_say("is asked about");
        app.sign_in("referrer").await.get("/waiting").await.must_be(403);
        // Off the list: the time goes back.
        coordinator.post(&format!("{path}/leave"), &[]).await.must_lead_to(&format!("/referrals/{id}"));
        app.must_be_in(id, "accepted").await;
        assert_eq!(outcomes(app, id).await, ["withdrawn"]);
    }
}

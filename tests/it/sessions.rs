//! When people can be seen: sessions with limits and rooms, leave over bookings, and what a search costs.

use chrono::{Datelike, Duration, NaiveDate, Weekday};
use contract::{
    HoldOutcome, LeaveInput, LeaveOutcome, ResourceInput, RuleInput, ServiceBookingInput, SlotInput,
    TextInput, TimesPage, TimesQuery, TriageInput,
};
use domain::{OrganisationId, ReferralId, ResourceId, ServiceId};
use harness::{TestApp, both};
use service::{ServiceError, availability, booking, clock, referrals};
use store::appointments::Seat;
use store::entity::{appointment, availability_rule, resource};
use store::{StoreError, Unique};
use uuid::Uuid;

/// The hospital that sees people.
pub async fn hospital(app: &TestApp) -> OrganisationId {
    OrganisationId(app.staff("specialist").await.organisation_id)
}

/// The resource that the specialist is.
pub async fn diary(app: &TestApp) -> ResourceId {
    let person = domain::PersonId(app.staff("specialist").await.id);
    let row = store::calendars::resource_of(app.desk.store.reader(), hospital(app).await, person).await;
    ResourceId(row.expect("read").expect("the specialist can be booked").id)
}

/// Takes every session of the heart clinic away, so that a test has its own alone.
pub async fn no_sessions(app: &TestApp) {
    let service = app.literal(app.service("Heart clinic").await);
    app.raw(&format!("delete from availability_rule where service_id = {service}")).await.expect("deleted");
}

/// A further clinician, room or machine, by what its row differs in.
pub async fn another(app: &TestApp, name: &str, change: impl FnOnce(&mut resource::Model)) -> ResourceId {
    let mut row = resource::Model {
        organisation_id: hospital(app).await.0,
        id: Uuid::from_bytes(rand::random()),
        kind: "clinician".to_owned(),
        person_id: None,
        name: name.to_owned(),
        places: 1,
        daily_limit: None,
        languages: String::new(),
        is_machine: false,
        ended_at: None,
    };
    change(&mut row);
    let (tx, id) = (app.desk.store.write_tx().await.expect("begun"), row.id);
    store::calendars::insert_resource(&tx, row).await.expect("inserted");
    tx.commit().await.expect("committed");
    ResourceId(id)
}

/// A session of the heart clinic on every day from nine to eleven, half hours, by what differs.
pub async fn session(
    app: &TestApp,
    of: ResourceId,
    change: impl FnOnce(&mut availability_rule::Model),
) -> Uuid {
    let mut row = availability_rule::Model {
        organisation_id: hospital(app).await.0,
        id: Uuid::from_bytes(rand::random()),
        resource_id: of.0,
        service_id: app.service("Heart clinic").await,
        weekdays: "MO,TU,WE,TH,FR,SA,SU".to_owned(),
        from_wall: "09:00".to_owned(),
        to_wall: "11:00".to_owned(),
        zone: "Europe/London".to_owned(),
        slot_min: 30,
        capacity: 1,
        buffer_before_min: 0,
        buffer_after_min: 0,
        valid_from: "2020-01-01".to_owned(),
        valid_to: None,
        pool: String::new(),
        also: "[]".to_owned(),
        visits: "[]".to_owned(),
        step_min: None,
        every_weeks: 1,
        dates: String::new(),
        daily_limit: None,
        notice_min: None,
        site_id: None,
    };
    change(&mut row);
    let (tx, id) = (app.desk.store.write_tx().await.expect("begun"), row.id);
    store::calendars::insert_rule(&tx, row).await.expect("inserted");
    tx.commit().await.expect("committed");
    id
}

/// A session's visits: one kind of half an hour.
fn kind(name: &str) -> String {
    format!(r#"[{{"kind": "{name}", "length_min": 30}}]"#)
}

/// An accepted referral whose visit is to be of a kind.
async fn waits_for(app: &TestApp, kind: &str) -> ReferralId {
    let id = app.an_accepted_referral().await;
    let set = format!("update referral set visit_kind = '{kind}' where id = {}", app.literal(id.0));
    app.raw(&set).await.expect("set");
    id
}

/// The local date so many days ahead.
pub fn day(ahead: i64) -> NaiveDate {
    clock::now().with_timezone(&chrono_tz::Europe::London).date_naive() + Duration::days(ahead)
}

/// The first working day so many days ahead, or later, on which nobody of the demonstration has a visit: where its visits fall
/// depends on the day on which it is made.
pub async fn free_day(app: &TestApp, ahead: i64) -> NaiveDate {
    let taken = app
        .texts("select substr(start_wall, 1, 10) as t from appointment where state in ('held', 'booked')")
        .await;
    let is_free = |day: &NaiveDate| {
        !matches!(day.weekday(), Weekday::Sat | Weekday::Sun) && !taken.contains(&day.to_string())
    };
    (ahead..80).map(day).find(is_free).expect("not every day has a visit")
}

pub async fn page(app: &TestApp, id: ReferralId, query: &TimesQuery) -> TimesPage {
    let call = app.call("coordinator").await;
    booking::times(&app.desk, &call, id, query).await.expect("times")
}

/// The times of a local day, as they are offered to staff.
pub async fn times_on(app: &TestApp, id: ReferralId, date: NaiveDate) -> Vec<SlotInput> {
    let query = TimesQuery { from: date.to_string(), ..TimesQuery::default() };
    let all = page(app, id, &query).await.all;
    all.into_iter()
        .filter(|offer| offer.date == date.to_string())
        .map(|offer| SlotInput { resource: offer.resource, start: offer.start, ..SlotInput::default() })
        .collect()
}

pub async fn book(app: &TestApp, id: ReferralId, slot: &SlotInput) -> HoldOutcome {
    let call = app.call("coordinator").await;
    booking::staff_book(&app.desk, &call, id, slot).await.expect("answered")
}

pub async fn must_book(app: &TestApp, id: ReferralId, slot: &SlotInput) {
    let outcome = book(app, id, slot).await;
    assert!(matches!(outcome, HoldOutcome::Held { .. }), "{outcome:?}");
}

pub async fn cancel(app: &TestApp, id: ReferralId) {
    let version = app.referral(id).await.version;
    let input =
        TextInput { text: "The clinic is closed".to_owned(), version, reason: "clinician-away".to_owned() };
    booking::cancel(&app.desk, &app.call("coordinator").await, id, &input).await.expect("cancelled");
}

both! {
    async fn the_packed_weeks_follow_every_booking_move_and_cancellation(app) {
        let first = app.an_accepted_referral().await;
        app.leaves_messages();
        no_sessions(app).await;
        session(app, diary(app).await, |row| row.buffer_after_min = 5).await;
        let slots = times_on(app, first, day(3)).await;
        assert_eq!(slots.len(), 4, "{slots:?}");
        must_book(app, first, &slots[1]).await;
        assert!(!times_on(app, first, day(3)).await.contains(&slots[1]));
        let sound = || async { assert_eq!(app.findings().await.iter().filter(|rule| rule.contains("packed")).count(), 0) };
        sound().await;
        // Moved in one transaction: the old time is free again.
        let later = times_on(app, first, day(4)).await;
        must_book(app, first, &later[0]).await;
        assert!(times_on(app, first, day(3)).await.contains(&slots[1]));
        sound().await;
        cancel(app, first).await;
        assert!(times_on(app, first, day(4)).await.contains(&later[0]));
        sound().await;
        // What is not the ledger's is found.
        app.raw("insert into taken_week (organisation_id, resource_id, week, taken) \
                 select organisation_id, id, 99999, '1+6@0:5;' from resource limit 1").await.expect("written");
        assert!(app.findings().await.iter().any(|rule| rule.contains("packed")));
        app.raw("delete from taken_week where week = 99999").await.expect("deleted");
    }

    async fn a_search_costs_as_many_statements_for_many_as_for_few(app) {
        let id = app.an_accepted_referral().await;
        app.leaves_messages();
        let statements = || async {
            let call = app.call("coordinator").await;
            let before = app.desk.store.statements();
            let found = booking::times(&app.desk, &call, id, &TimesQuery::default()).await.expect("times");
            assert!(!found.all.is_empty());
            app.desk.store.statements() - before
        };
        let few = statements().await;
        for number in 0..40 {
            let doctor = another(app, &format!("Dr Number {number}"), |_| ()).await;
            session(app, doctor, |row| row.slot_min = 10).await;
        }
        for slot in times_on(app, id, day(5)).await.iter().take(8) {
            must_book(app, app.an_accepted_referral().await, slot).await;
        }
        assert_eq!(statements().await, few);
        assert!(few <= 20, "{few} statements");
    }

    async fn whoever_is_seen_alone_shares_the_time_with_nobody_of_the_group(app) {
        app.leaves_messages();
        no_sessions(app).await;
        let doctor = diary(app).await;
        session(app, doctor, |row| row.visits = kind("alone")).await;
        session(app, doctor, |row| (row.visits, row.capacity) = (kind("group"), 3)).await;
        let alone = waits_for(app, "alone").await;
        let slots = times_on(app, alone, day(3)).await;
        must_book(app, alone, &slots[0]).await;
        let group = waits_for(app, "group").await;
        assert_eq!(times_on(app, group, day(3)).await, slots[1..], "whoever is seen alone is");
        assert!(matches!(book(app, group, &slots[0]).await, HoldOutcome::Taken { .. }));
        // The group has the next time: nobody is seen alone then, and three of the group are.
        must_book(app, group, &slots[1]).await;
        let other = waits_for(app, "alone").await;
        assert_eq!(times_on(app, other, day(3)).await, slots[2..]);
        assert!(matches!(book(app, other, &slots[1]).await, HoldOutcome::Taken { .. }));
        for _ in 0..2 {
            must_book(app, waits_for(app, "group").await, &slots[1]).await;
        }
        let fourth = waits_for(app, "group").await;
        assert!(matches!(book(app, fourth, &slots[1]).await, HoldOutcome::Taken { .. }));
        // Cancelled, the time is the group's.
        cancel(app, alone).await;
        assert!(times_on(app, fourth, day(3)).await.contains(&slots[0]));
        // A deliberate overbooking is one still, and stands in nobody's way whose time it is not.
        let over = SlotInput { overbook_reason: "Seen beside them, agreed".to_owned(), ..slots[1].clone() };
        must_book(app, other, &over).await;
        assert!(app.findings().await.is_empty());
    }

    async fn the_ledger_refuses_more_at_once_than_one_of_them_allows(app) {
        app.leaves_messages();
        let id = app.an_accepted_referral().await;
        let case = app.referral(id).await;
        let (doctor, room) = (another(app, "Dr Other", |_| ()).await, another(app, "Room 1", |_| ()).await);
        let first = day(9).and_hms_opt(12, 0, 0).expect("noon").and_utc().timestamp() / 300;
        let take = |place: i64, from: i64, among: Option<i64>, over: Option<&str>, also: Vec<Seat>| {
            let at = (first + from) * 300_000;
            let visit = appointment::Model {
                organisation_id: case.organisation_id,
                id: Uuid::from_bytes(rand::random()),
                referral_id: id.0,
                service_id: case.service_id,
                resource_id: doctor.0,
                state: "fulfilled".to_owned(),
                start_at: at,
                end_at: at + 1_800_000,
                zone: "Europe/London".to_owned(),
                start_wall: "2027-01-01T12:00".to_owned(),
                buffer_before_min: 0,
                buffer_after_min: 0,
                place,
                overbook_reason: over.map(str::to_owned),
                hold_expires_at: None,
                sequence: 0,
                cancel_reason: None,
                booked_by: "test".to_owned(),
                created_at: at,
                changed_at: at,
                offered_by: None,
                patient_confirmed_at: None,
                replan_at: None,
                plan_no: 0,
                site_id: None,
            };
            async move {
                let tx = app.desk.store.write_tx().await.expect("begun");
                let quanta = first + from..=first + from + 5;
                let taken = store::appointments::take(&tx, visit, quanta, among, &also).await;
                if taken.is_ok() {
                    tx.commit().await.expect("committed");
                }
                taken
            }
        };
        let refused = |taken: Result<(), StoreError>| matches!(taken, Err(StoreError::Duplicate(Unique::SlotLedger)));
        take(0, 0, Some(3), None, Vec::new()).await.expect("free");
        assert!(refused(take(0, 5, Some(3), None, Vec::new()).await), "one place");
        assert!(refused(take(1, 5, Some(1), None, Vec::new()).await), "another place, and alone");
        take(1, 5, Some(2), None, Vec::new()).await.expect("two at once");
        assert!(refused(take(2, 5, Some(3), None, Vec::new()).await), "one of them is one of two");
        assert!(refused(take(2, 5, None, None, Vec::new()).await));
        take(2, 5, Some(3), Some("Agreed"), Vec::new()).await.expect("a deliberate overbooking");
        // A room has its own places, also under an overbooking.
        let seat = |place| vec![Seat { resource: room.0, place, among: Some(1) }];
        take(0, 20, Some(3), None, seat(0)).await.expect("free");
        assert!(refused(take(1, 20, Some(3), Some("Agreed"), seat(1)).await));
        let full = "no more visits take place at once than there can where one of them was made";
        assert!(!app.findings().await.contains(&full.to_owned()));
        let own = app.literal(id.0);
        app.raw(&format!("update appointment set overbook_reason = null where referral_id = {own}")).await.expect("set");
        assert!(app.findings().await.iter().any(|found| found.contains(full)), "{:?}", app.findings().await);
        let of = format!("where resource_id in ({}, {})", app.literal(doctor.0), app.literal(room.0));
        for table in ["slot_ledger", "taken_week", "appointment"] {
            app.raw(&format!("delete from {table} {of}")).await.expect("deleted");
        }
    }

    async fn of_one_alone_and_a_group_who_book_at_once_never_both_are_booked(app) {
        app.leaves_messages();
        no_sessions(app).await;
        let doctor = diary(app).await;
        // Those of the group begin a quarter of an hour later, so that no two of them want the same quanta.
        session(app, doctor, |row| row.visits = kind("alone")).await;
        session(app, doctor, |row| {
            (row.visits, row.capacity, row.from_wall) = (kind("group"), 3, "09:15".to_owned());
        }).await;
        let mut rivals = Vec::new();
        for _ in 0..4 {
            rivals.extend([waits_for(app, "alone").await, waits_for(app, "group").await]);
        }
        for round in 0..6 {
            let (alone, group) = (times_on(app, rivals[0], day(3 + round)).await, times_on(app, rivals[1], day(3 + round)).await);
            let mut attempts = tokio::task::JoinSet::new();
            for (at, id) in rivals.iter().copied().enumerate() {
                let slot = if at % 2 == 0 { alone[1].clone() } else { group[1].clone() };
                let (desk, call) = (app.desk.clone(), app.call("coordinator").await);
                attempts.spawn(async move { (at, booking::staff_book(&desk, &call, id, &slot).await) });
            }
            let mut booked = Vec::new();
            while let Some(outcome) = attempts.join_next().await {
                let (at, outcome) = outcome.expect("no attempt panics");
                if matches!(outcome.expect("no attempt breaks"), HoldOutcome::Held { .. }) {
                    booked.push(at);
                }
            }
            let is_alone = booked.len() == 1 && booked[0] % 2 == 0;
            let is_group = booked.len() == 3 && booked.iter().all(|at| at % 2 == 1);
            assert!(is_alone || is_group, "{booked:?}");
            assert!(app.findings().await.is_empty(), "{:?}", app.findings().await);
            for at in booked {
                cancel(app, rivals[at]).await;
            }
        }
    }

    async fn a_room_is_booked_with_the_clinician_and_never_twice(app) {
        let (first, second) = (app.an_accepted_referral().await, app.an_accepted_referral().await);
        app.leaves_messages();
        no_sessions(app).await;
        let room = another(app, "Room 1", |row| row.kind = "room".to_owned()).await;
        let (one, two) = (diary(app).await, another(app, "Dr Other", |_| ()).await);
        for doctor in [one, two] {
            session(app, doctor, |row| row.also = format!(r#"[["{room}"]]"#)).await;
        }
        let slot = times_on(app, first, day(3)).await.remove(0);
        must_book(app, first, &slot).await;
        let quanta = format!("select count(*) as n from slot_ledger where resource_id = {}", app.literal(room.0));
        assert_eq!(app.count(&quanta).await, 6, "the room is taken for half an hour");
        // The other doctor is free, the room is not.
        let other = if slot.resource == one.to_string() { two } else { one };
        assert!(!times_on(app, second, day(3)).await.iter().any(|free| free.start == slot.start));
        let same = SlotInput { resource: other.to_string(), ..slot.clone() };
        assert!(matches!(book(app, second, &same).await, HoldOutcome::Taken { .. }));
        // A deliberate overbooking does without.
        let over = SlotInput { overbook_reason: "Seen in the corridor, agreed".to_owned(), ..same };
        must_book(app, second, &over).await;
        cancel(app, first).await;
        assert_eq!(app.count(&quanta).await, 0, "the room is free again");
    }

    async fn hours_leave_as_a_calendar_file_and_say_the_same_when_they_are_read(app) {
        let doctor = diary(app).await;
        no_sessions(app).await;
        session(app, doctor, |row| row.weekdays = "MO,WE".to_owned()).await;
        let leave = LeaveInput { from_day: day(10).to_string(), ..LeaveInput::default() };
        let call = app.call("specialist").await;
        let saved = availability::add_leave(&app.desk, &call, doctor, &leave).await.expect("entered");
        assert!(matches!(saved, LeaveOutcome::Saved { cancelled: 0, taken_back: 0 }), "{saved:?}");
        let browser = app.sign_in("specialist").await;
        browser.get("/availability").await.must_say("These hours as a calendar file");
        let file = browser.get(&format!("/availability/{doctor}/hours.ics")).await.must_be(200);
        assert_eq!(file.header("content-disposition"), "attachment; filename=\"hours.ics\"");
        let visit = scheduling::Visit { kind: String::new(), length_min: 30 };
        let zone = chrono_tz::Europe::London;
        let read = service::calendar::read_hours(&file.body, &doctor.to_string(), &visit, zone).expect("hours");
        assert_eq!(read.sessions.len(), 1, "{read:?}");
        let one = &read.sessions[0];
        assert_eq!((one.from.to_string(), one.to.to_string()), ("09:00:00".to_owned(), "11:00:00".to_owned()));
        assert_eq!(one.weekdays, [chrono::Weekday::Mon, chrono::Weekday::Wed]);
        let is_away = |date: NaiveDate| {
            let noon = date.and_hms_opt(12, 0, 0).expect("noon");
            read.away.iter().any(|away| away.from <= noon && noon < away.to)
                || read.closed.iter().any(|closed| closed.from <= date && closed.to.is_none_or(|to| date <= to))
        };
        assert!(is_away(day(10)) && !is_away(day(11)), "{read:?}");
    }

    async fn of_two_who_would_be_the_last_of_a_day_one_is(app) {
        let rivals = [app.an_accepted_referral().await, app.an_accepted_referral().await];
        app.leaves_messages();
        no_sessions(app).await;
        session(app, diary(app).await, |row| row.daily_limit = Some(1)).await;
        let slots = times_on(app, rivals[0], day(3)).await;
        assert_eq!(slots.len(), 4);
        let call = app.call("coordinator").await;
        let attempts = rivals.iter().zip(&slots).map(|(id, slot)| booking::staff_book(&app.desk, &call, *id, slot));
        let outcomes = futures::future::join_all(attempts).await;
        let won = outcomes.iter().filter(|outcome| matches!(outcome, Ok(HoldOutcome::Held { .. }))).count();
        assert_eq!(won, 1, "{outcomes:?}");
        assert!(times_on(app, rivals[1], day(3)).await.is_empty(), "the day is full");
        assert_eq!(times_on(app, rivals[1], day(4)).await.len(), 4);
    }

    async fn two_who_change_places_do_not_wait_for_each_other(app) {
        let rivals = [app.an_accepted_referral().await, app.an_accepted_referral().await];
        app.leaves_messages();
        no_sessions(app).await;
        session(app, diary(app).await, |_| ()).await;
        let (near, far) = (times_on(app, rivals[0], day(3)).await, times_on(app, rivals[0], day(20)).await);
        must_book(app, rivals[0], &near[0]).await;
        must_book(app, rivals[1], &far[0]).await;
        let call = app.call("coordinator").await;
        for round in 1..3 {
            let (here, there) = match round % 2 { 1 => (&far[round], &near[round]), _ => (&near[round], &far[round]) };
            let moves = [
                booking::staff_book(&app.desk, &call, rivals[0], here),
                booking::staff_book(&app.desk, &call, rivals[1], there),
            ];
            for outcome in futures::future::join_all(moves).await {
                assert!(matches!(outcome, Ok(HoldOutcome::Held { .. })), "{outcome:?}");
            }
        }
    }

    async fn a_service_may_want_more_notice_and_look_less_far_ahead(app) {
        let id = app.an_accepted_referral().await;
        app.leaves_messages();
        no_sessions(app).await;
        session(app, diary(app).await, |_| ()).await;
        let (coordinator, service) = (app.call("coordinator").await, ServiceId(app.service("Heart clinic").await));
        let input = ServiceBookingInput {
            notice_hours: "96".to_owned(),
            horizon_days: "6".to_owned(),
            holds_at_acceptance: String::new(),
        };
        availability::set_booking(&app.desk, &coordinator, service, &input).await.expect("set");
        let call = app.patient_call(id).await;
        let found = booking::times(&app.desk, &call, id, &TimesQuery::default()).await.expect("times");
        let soonest = (clock::now() + Duration::hours(96)).to_rfc3339();
        let latest = (clock::now() + Duration::days(6)).to_rfc3339();
        assert!(!found.all.is_empty());
        assert!(found.all.iter().all(|offer| offer.start > soonest && offer.start < latest), "{:?}", found.all);
        assert!(found.more_from.is_none());
        // Whoever has not the right does not learn more than that.
        let referrer = app.call("referrer").await;
        let refused = availability::set_booking(&app.desk, &referrer, service, &input).await;
        assert!(matches!(refused, Err(ServiceError::NotAllowed)), "{refused:?}");
    }

    async fn a_kind_of_visit_has_its_own_length(app) {
        let id = app.a_sent_referral().await;
        app.leaves_messages();
        no_sessions(app).await;
        let visits = r#"[{"kind":"First visit","length_min":60},{"kind":"Short","length_min":20}]"#;
        session(app, diary(app).await, |row| row.visits = visits.to_owned()).await;
        let input = TriageInput {
            version: app.referral(id).await.version,
            outcome: "accept".to_owned(),
            priority: "routine".to_owned(),
            visit_kind: "Short".to_owned(),
            ..TriageInput::default()
        };
        referrals::triage(&app.desk, &app.call("specialist").await, id, &input).await.expect("accepted");
        let slots = times_on(app, id, day(3)).await;
        assert_eq!(slots.len(), 6, "twenty minutes each");
        must_book(app, id, &slots[0]).await;
        let long = "select (end_at - start_at) / 60000 as n from appointment where state = 'booked' and referral_id = ";
        assert_eq!(app.count(&format!("{long}{}", app.literal(id.0))).await, 20);
    }

    async fn leave_over_bookings_is_shown_first_and_starts_a_list_until_it_is_empty(app) {
        let (id, other) = (app.an_accepted_referral().await, app.an_accepted_referral().await);
        no_sessions(app).await;
        let doctor = diary(app).await;
        session(app, doctor, |_| ()).await;
        let slots = times_on(app, id, day(6)).await;
        must_book(app, id, &slots[0]).await;
        let kept = times_on(app, other, day(8)).await;
        must_book(app, other, &kept[0]).await;
        app.deliver().await;
        let texts = app.twilio.all().len();
        let browser = app.sign_in("coordinator").await;
        let path = format!("/availability?resource={doctor}");
        let form = |seen: &str| {
            let mut fields = vec![("form", "leave".to_owned()), ("from_day", day(6).to_string())];
            fields.extend([("note", "Conference".to_owned()), ("seen", seen.to_owned())]);
            fields
        };
        let post = |fields: Vec<(&'static str, String)>| {
            let browser = &browser;
            async move {
                let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
                browser.post(&format!("/availability/{doctor}/leave"), &fields).await.must_be(303)
            }
        };
        post(form("")).await;
        let shown = browser.get(&path).await.must_say("1 booking would break").must_say("Nothing is saved yet").text();
        assert_eq!(app.count("select count(*) as n from leave").await, 0, "nothing is saved yet");
        app.must_be_in(id, "booked").await;
        let seen = harness::slots(&shown, "seen").into_iter().find(|seen| !seen.is_empty()).expect("what was shown");
        // Somebody is booked meanwhile: it is shown again.
        let third = app.an_accepted_referral().await;
        must_book(app, third, &slots[1]).await;
        post(form(&seen)).await;
        let shown = browser.get(&path).await.must_say("2 bookings would break").text();
        let seen = harness::slots(&shown, "seen").into_iter().find(|seen| !seen.is_empty()).expect("what was shown");
        app.deliver().await;
        let before = app.twilio.all().len();
        assert!(before >= texts);
        post(form(&seen)).await;
        browser.get(&path).await.must_say("2 patients are being told").must_say("2 visits are still to be rebooked")
            .must_say("Conference");
        app.deliver().await;
        assert_eq!(app.twilio.all().len(), before + 2, "each patient is told once");
        for broken in [id, third] {
            let row = app.referral(broken).await;
            assert_eq!(row.state, "appointment-cancelled");
            assert!(row.owner_name.is_some() && row.next_action.is_some() && row.due_at.is_some());
            let events = format!("select count(*) as n from event where kind = 'appointment_cancelled' and referral_id = {}",
                                 app.literal(broken.0));
            assert_eq!(app.count(&events).await, 1);
        }
        app.must_be_in(other, "booked").await;
        assert!(times_on(app, id, day(6)).await.is_empty(), "nothing is offered during leave");
        browser.get("/availability/rebooking").await.must_say("2 visits are still to be rebooked");
        for broken in [id, third] {
            let free = times_on(app, broken, day(9)).await;
            must_book(app, broken, &free[0]).await;
        }
        browser.get("/availability/rebooking").await.must_say("Every visit has a time that stands");
        app.deliver().await;
        // Taken back, times are offered again.
        let leave = app.texts("select note as t from leave").await;
        assert_eq!(leave, ["Conference"]);
        let shown = browser.get(&path).await.text();
        let remove = shown.split(&format!("/availability/{doctor}/leave/")).nth(1).and_then(|rest| rest.split('/').next());
        let remove = format!("/availability/{doctor}/leave/{}/remove", remove.expect("a way to remove it"));
        browser.post(&remove, &[]).await.must_be(303);
        assert_eq!(times_on(app, id, day(6)).await.len(), 4);
    }

    async fn one_session_may_not_take_place_while_the_others_do(app) {
        let id = app.an_accepted_referral().await;
        app.leaves_messages();
        no_sessions(app).await;
        let doctor = diary(app).await;
        let morning = session(app, doctor, |_| ()).await;
        session(app, doctor, |row| (row.from_wall, row.to_wall) = ("14:00".to_owned(), "15:00".to_owned())).await;
        let call = app.call("specialist").await;
        let input = LeaveInput { from_day: day(5).to_string(), rule: morning.to_string(), ..LeaveInput::default() };
        let saved = availability::add_leave(&app.desk, &call, doctor, &input).await.expect("saved");
        assert_eq!(saved, LeaveOutcome::Saved { cancelled: 0, taken_back: 0 });
        assert_eq!(times_on(app, id, day(5)).await.len(), 2, "the afternoon");
        assert_eq!(times_on(app, id, day(6)).await.len(), 6);
        let browser = app.sign_in("specialist").await;
        browser.get(&format!("/availability?week={}", day(5))).await.must_say("Does not take place");
        browser.get(&format!("/availability/{doctor}/day/{}", day(5))).await.must_say("Does not take place")
            .must_say("Printed");
        let backwards = LeaveInput { to_day: day(2).to_string(), ..input };
        let refused = availability::add_leave(&app.desk, &call, doctor, &backwards).await;
        assert!(matches!(refused, Err(ServiceError::Invalid(_))), "{refused:?}");
    }

    async fn on_acceptance_the_best_time_is_held_where_the_service_allows_it(app) {
        let id = app.a_sent_referral().await;
        let coordinator = app.call("coordinator").await;
        let service = ServiceId(app.service("Heart clinic").await);
        let holds = ServiceBookingInput { holds_at_acceptance: "1".to_owned(), ..ServiceBookingInput::default() };
        availability::set_booking(&app.desk, &coordinator, service, &holds).await.expect("set");
        let form = [("triage-outcome", "accept"), ("triage-priority", "routine")];
        app.act("specialist", id, "triage", &form).await;
        app.must_be_in(id, "offered").await;
        app.deliver().await;
        let phone = app.patient_of(id).await.phone.expect("a phone");
        let texts = app.twilio.texts(&phone);
        assert!(texts.last().is_some_and(|text| text.contains("Does it suit you?")), "{texts:?}");
        let patient = app.as_patient(id).await;
        let card = patient.get("/my").await.must_say("The clinic offers you this time").text();
        let key = harness::slots(&card, "key").into_iter().find(|key| key.starts_with("offer-yes-")).expect("a key");
        patient.post(&format!("/my/{id}/confirm"), &[("reason", "1"), ("key", &key)]).await.must_lead_to("/my");
        app.must_be_in(id, "booked").await;
        app.deliver().await;
    }

    async fn where_no_time_is_free_the_clinic_owes_one_by_a_day_and_the_patient_sees_that(app) {
        let id = app.a_sent_referral().await;
        no_sessions(app).await;
        let form = [("triage-outcome", "accept"), ("triage-priority", "routine")];
        app.act("specialist", id, "triage", &form).await;
        let row = app.referral(id).await;
        assert_eq!((row.state.as_str(), row.next_action.as_deref()), ("accepted", Some("find-time")));
        assert!(row.due_at.is_some_and(|due| due > clock::now().timestamp_millis()));
        assert_eq!(row.owner_organisation_id, Some(row.organisation_id), "the clinic owns it");
        app.deliver().await;
        let patient = app.as_patient(id).await;
        patient.get("/my").await.must_say("the clinic finds one and tells you").must_say("Accepted – the clinic finds a time");
        let found = format!("/worklist?q={}", row.reference);
        app.sign_in("coordinator").await.get(&found).await.must_say("Find a time: none was free");
        // Found is found.
        session(app, diary(app).await, |_| ()).await;
        let slots = times_on(app, id, day(4)).await;
        must_book(app, id, &slots[0]).await;
        app.deliver().await;
        let row = app.referral(id).await;
        assert_eq!((row.state.as_str(), row.next_step), ("booked", None));
    }

    async fn a_patient_asks_the_clinic_for_a_time_only_where_none_is_free(app) {
        let id = app.an_accepted_referral().await;
        app.leaves_messages();
        let patient = app.as_patient(id).await;
        patient.post(&format!("/my/{id}/find-time"), &[]).await.must_be(303);
        patient.get(&format!("/my/{id}/times")).await.must_say("There are free times now");
        assert_eq!(app.referral(id).await.next_action.as_deref(), Some("choose-time"));
        no_sessions(app).await;
        patient.get(&format!("/my/{id}/times")).await.must_say("Ask the clinic to find a time");
        patient.post(&format!("/my/{id}/find-time"), &[]).await.must_lead_to("/my");
        assert_eq!(app.referral(id).await.next_action.as_deref(), Some("find-time"));
        patient.get(&format!("/my/{id}/times")).await.must_say("The clinic is finding a time for you");
    }

    async fn times_are_narrowed_to_what_was_asked_for(app) {
        let id = app.an_accepted_referral().await;
        app.leaves_messages();
        no_sessions(app).await;
        let (one, two) = (diary(app).await, another(app, "Dr Nowak", |row| row.languages = "pl,en".to_owned()).await);
        session(app, one, |row| row.weekdays = "MO".to_owned()).await;
        session(app, two, |row| (row.from_wall, row.to_wall) = ("15:00".to_owned(), "16:00".to_owned())).await;
        let only = |query: TimesQuery| async move { page(app, id, &query).await.all };
        let polish = only(TimesQuery { language: "pl".to_owned(), ..TimesQuery::default() }).await;
        assert!(!polish.is_empty() && polish.iter().all(|offer| offer.who == "Dr Nowak"));
        let mondays = only(TimesQuery { days: "MO".to_owned(), part: "morning".to_owned(), ..TimesQuery::default() }).await;
        assert!(!mondays.is_empty() && mondays.iter().all(|offer| offer.resource == one.to_string()));
        let with = only(TimesQuery { who: two.to_string(), part: "morning".to_owned(), ..TimesQuery::default() }).await;
        assert!(with.is_empty(), "{with:?}");
        // Each of the three best says why.
        let best = page(app, id, &TimesQuery::default()).await.best;
        assert!(!best.is_empty() && best.iter().all(|offer| offer.reason.is_some()), "{best:?}");
    }

    async fn sessions_rooms_and_limits_are_entered_on_the_page(app) {
        let doctor = diary(app).await;
        let browser = app.sign_in("coordinator").await;
        let room = [("form", "resource"), ("kind", "room"), ("name", "Echo room"), ("places", "1")];
        browser.post("/availability/resources", &room).await.must_be(303);
        let room = store::calendars::resources(app.desk.store.reader(), hospital(app).await).await.expect("read");
        let room = room.into_iter().find(|row| row.name == "Echo room").expect("added").id;
        let (service, dates) = (app.service("Heart clinic").await.to_string(), format!("{}, {}", day(10), day(12)));
        let room = room.to_string();
        let rule = [
            ("form", "rule"), ("service", service.as_str()), ("weekdays", "TU"), ("weekdays", "FR"), ("from", "09:00"),
            ("to", "12:00"), ("slot_min", "30"), ("capacity", "1"), ("buffer_after_min", "5"),
            ("buffer_before_min", "10"), ("visits", "First visit 40\nLater 20"), ("step_min", "20"),
            ("every_weeks", "2"), ("dates", dates.as_str()), ("daily_limit", "6"), ("notice_hours", "48"),
            ("rooms", room.as_str()),
        ];
        browser.post(&format!("/availability/{doctor}/rules"), &rule).await.must_be(303);
        browser.get(&format!("/availability?resource={doctor}")).await.must_say("Every other week")
            .must_say("First visit 40 minutes").must_say("At most 6 a day").must_say("With Echo room");
        let limits = [("form", "settings"), ("settings-daily_limit", "12"), ("settings-languages", "en, pl")];
        browser.post(&format!("/availability/{doctor}/settings"), &limits).await.must_be(303);
        let saved = store::calendars::resource(app.desk.store.reader(), hospital(app).await, doctor).await;
        let saved = saved.expect("read").expect("there");
        assert_eq!((saved.daily_limit, saved.languages.as_str()), (Some(12), "en,pl"));
        let wrong = ResourceInput { daily_limit: "many".to_owned(), ..ResourceInput::default() };
        let refused = availability::change_resource(&app.desk, &app.call("coordinator").await, doctor, &wrong).await;
        assert!(matches!(refused, Err(ServiceError::Invalid(_))), "{refused:?}");
        let wrong = RuleInput { visits: "nonsense".to_owned(), ..RuleInput::default() };
        let refused = availability::add_rule(&app.desk, &app.call("coordinator").await, doctor, &wrong).await;
        assert!(matches!(refused, Err(ServiceError::Invalid(_))), "{refused:?}");
    }
}

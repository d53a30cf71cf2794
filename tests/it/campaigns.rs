//! One message to many: what was shown is what is sent, once, and what somebody holds back does not leave.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, Utc};
use contract::{ToManyConfirmed, ToManyInput, ToManyPage, ToManyWords};
use domain::delivery::Channel;
use domain::template::Texts;
use domain::to_many::{LeftOut, Stage};
use domain::{Actor, OrganisationId, PersonId, Principal, ReferralId, Role};
use harness::{TestApp, both};
use sea_orm::{ActiveModelBehavior, ActiveModelTrait, EntityTrait, IntoActiveModel, ModelTrait};
use service::consent::{self, Said, Saying};
use service::{Call, Conflict, ServiceError, clock, jobs, to_many};
use store::entity::{consent_event, event, patient, referral, service as service_row};
use uuid::Uuid;

use crate::sessions::{diary, free_day, must_book, no_sessions, session, times_on};

fn fresh() -> Uuid {
    domain::v7(clock::now().timestamp_millis(), rand::random())
}

async fn put_all<M, A>(app: &TestApp, models: Vec<M>)
where
    M: ModelTrait + IntoActiveModel<A> + Clone,
    M::Entity: EntityTrait<Model = M, ActiveModel = A>,
    A: ActiveModelTrait<Entity = M::Entity> + ActiveModelBehavior + Send,
{
    let tx = app.desk.store.write_tx().await.expect("a transaction");
    for some in models.chunks(200) {
        let rows = some.iter().cloned().map(IntoActiveModel::into_active_model);
        M::Entity::insert_many(rows).exec_without_returning(&*tx).await.expect("the rows fit");
    }
    tx.commit().await.expect("committed");
}

/// Patients who wait for a clinic of their own, each with a number, a mailbox and a home.
struct Crowd {
    service: Uuid,
    patients: Vec<patient::Model>,
    referrals: Vec<Uuid>,
}

/// So many of them. All that was due for others is withheld.
async fn crowd(app: &TestApp, count: usize, change: impl Fn(usize, &mut patient::Model)) -> Crowd {
    // Copies of one referral have no history of their own that chases and clocks could follow.
    app.leaves_messages();
    let first = app.an_accepted_referral().await;
    app.raw("update message set state = 'withheld', final_at = 1 where state in ('created', 'pending')")
        .await
        .expect("set");
    let (row, template) = (app.referral(first).await, app.patient_of(first).await);
    let heart = store::directory::service(app.desk.store.reader(), domain::ServiceId(row.service_id)).await;
    let heart = heart.expect("services can be read").expect("the clinic is there");
    let service = service_row::Model { id: fresh(), name: "Quayside clinic".to_owned(), ..heart };
    let mut all = Crowd { service: service.id, patients: Vec::new(), referrals: Vec::new() };
    put_all(app, vec![service]).await;
    let history = store::referrals::history(app.desk.store.reader(), &row).await.expect("a history");
    let (mut referrals, mut events): (Vec<referral::Model>, Vec<event::Model>) = (Vec::new(), Vec::new());
    for n in 0..count {
        let mut one = patient::Model {
            id: fresh(),
            nhs_number: None,
            given: format!("Pat{n}"),
            family: "Crowd".to_owned(),
            phone: Some(format!("+447700{n:06}")),
            email: Some(format!("p{n}@crowd.example")),
            address: Some(format!("{n} Quay Street, Wrenfield")),
            language: None,
            prefers: None,
            ..template.clone()
        };
        change(n, &mut one);
        let id = fresh();
        referrals.push(referral::Model {
            id,
            reference: format!("WM-CRWD-{n:04}"),
            service_id: all.service,
            patient_id: one.id,
            ..row.clone()
        });
        // Their ids rise as they happened.
        events.extend(history.iter().zip(0_u8..).map(|(event, at)| {
            let mut random: [u8; 10] = rand::random();
            random[0] = at;
            event::Model { id: domain::v7(event.at, random), referral_id: id, ..event.clone() }
        }));
        all.patients.push(one);
        all.referrals.push(id);
    }
    put_all(app, all.patients.clone()).await;
    put_all(app, referrals).await;
    put_all(app, events).await;
    all
}

fn words(language: &str, sms: &str, subject: &str, body: &str, action: &str) -> ToManyWords {
    let text = |text: &str| text.to_owned();
    let texts = Texts {
        sms: text(sms),
        subject: text(subject),
        body: text(body),
        action: text(action),
        push: String::new(),
    };
    ToManyWords { language: language.to_owned(), texts }
}

fn english() -> ToManyWords {
    words(
        "en",
        "we are closed on Tuesday and will write again:",
        "We are closed on Tuesday",
        "We are closed on Tuesday. We will write to you again with a new day.",
        "",
    )
}

fn about(crowd: &Crowd) -> ToManyInput {
    let mut input = ToManyInput {
        name: "Closed on Tuesday".to_owned(),
        purpose: "care".to_owned(),
        words: vec![english()],
        letters: "1".to_owned(),
        ..ToManyInput::default()
    };
    input.filter.list.service = crowd.service.to_string();
    input
}

async fn made(app: &TestApp, input: &ToManyInput) -> String {
    to_many::make(&app.desk, &app.call("coordinator").await, input).await.expect("made")
}

async fn shown(app: &TestApp, id: &str) -> ToManyPage {
    to_many::page(&app.desk, &app.call("coordinator").await, id, false, "").await.expect("shown")
}

/// What the form on the page sends.
async fn step(app: &TestApp, call: &Call, id: &str, step: &str) -> Result<ToManyConfirmed, ServiceError> {
    let page = shown(app, id).await;
    to_many::act(&app.desk, call, id, step, (&page.version.to_string(), &page.set_hash)).await
}

async fn confirmed(app: &TestApp, id: &str) {
    app.raw("update organisation set approve_many_above = 20000").await.expect("set");
    let done = step(app, &app.call("coordinator").await, id, "confirm").await.expect("confirmed");
    assert_eq!(done, ToManyConfirmed::Goes);
}

async fn written(app: &TestApp, now: DateTime<Utc>) -> u64 {
    jobs::send_to_many(&app.desk, now).await.expect("written")
}

async fn dispatched(app: &TestApp, now: DateTime<Utc>) {
    while jobs::dispatch(&app.desk, now).await.expect("sent") > 0 {}
}

/// Words without the link that is their receiver's alone.
fn plain(text: &str) -> String {
    let mut parts = text.split("/r/");
    let mut all = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        all.push_str("/r/…");
        all.push_str(part.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || "-_…".contains(c)));
    }
    all
}

/// Everybody with words and way, over all pages.
async fn everybody(app: &TestApp, id: &str, out: bool) -> Vec<contract::ToManyPerson> {
    let call = app.call("coordinator").await;
    let (mut all, mut after) = (Vec::new(), String::new());
    loop {
        let page = to_many::page(&app.desk, &call, id, out, &after).await.expect("a page");
        all.extend(page.people);
        match page.next {
            Some(next) => after = next,
            None => return all,
        }
    }
}

async fn stop(app: &TestApp, number: &str) {
    let call = Call::new(Actor::system("twilio", fresh()), clock::now());
    let saying = Saying {
        channel: Channel::Sms,
        address: number,
        wording: "STOP",
        source: "sms:x",
        organisation: None,
        message: None,
    };
    consent::say(&app.desk, &call, Said::Stopped, &saying).await.expect("said");
}

async fn stage(app: &TestApp, id: &str) -> Stage {
    shown(app, id).await.line.stage
}

both! {
    async fn what_was_shown_is_what_five_hundred_are_sent(app) {
        let all = crowd(app, 500, |n, one| {
            if n % 5 == 0 { one.phone = None; }
            if n % 7 == 0 { one.language = Some("pl-PL".to_owned()); }
            if n % 50 == 0 { (one.phone, one.email) = (None, None); }
        }).await;
        let mut input = about(&all);
        input.words.push(words("pl", "we wtorek jesteśmy nieczynni:", "Nieczynne we wtorek", "We wtorek jesteśmy nieczynni.", "Otwórz"));
        let id = made(app, &input).await;
        let page = shown(app, &id).await;
        assert_eq!((page.line.recipients, page.left_out.len()), (500, 0));
        let by = |channel: &str| page.ways.iter().filter(|way| way.channel == channel).map(|way| way.count).sum::<u64>();
        assert_eq!((by("sms"), by("email"), by("letter")), (400, 90, 10));
        let people = everybody(app, &id, false).await;
        assert_eq!(people.len(), 500);
        let segments: u64 = people.iter().map(|one| one.segments).sum();
        assert_eq!(page.segments, segments);
        assert!(page.ways.iter().any(|way| way.encoding == "UCS-2" && way.language == "pl"));

        confirmed(app, &id).await;
        let now = clock::now();
        assert_eq!(written(app, now).await, 500);
        assert_eq!(written(app, now).await, 0);
        dispatched(app, now).await;
        let mut texts: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for form in app.twilio.all() {
            let value = |name: &str| form.iter().find(|(key, _)| key == name).expect("a field").1.clone();
            texts.entry(value("To")).or_default().push(plain(&value("Body")));
        }
        let mails = app.mails();
        let number = |one: &contract::ToManyPerson| {
            let name = one.patient.trim_start_matches("Crowd, Pat").parse::<usize>().expect("a number");
            all.patients[name].clone()
        };
        for one in &people {
            let who = number(one);
            match one.channel.as_str() {
                "sms" => assert_eq!(texts.remove(&who.phone.clone().expect("a number")), Some(vec![one.text.clone()])),
                "email" => {
                    let to = who.email.expect("a mailbox");
                    let got: Vec<_> = mails.iter().filter(|mail| format!("{mail:?}").contains(&to)).collect();
                    assert_eq!(got.len(), 1, "{to}");
                }
                _ => assert!(who.phone.is_none() && who.email.is_none()),
            }
        }
        assert!(texts.is_empty(), "nobody else: {texts:?}");
        let campaign = app.literal(id.parse().expect("an id"));
        let letters = format!("select count(*) as n from message where campaign_id = {campaign} and channel = 'letter' and state = 'pending'");
        assert_eq!(app.count(&letters).await, 10);
        assert_eq!(stage(app, &id).await, Stage::Running);
        written(app, now + Duration::minutes(5)).await;
        assert_eq!(stage(app, &id).await, Stage::Done);
        let table = to_many::export(&app.desk, &app.call("coordinator").await, &id).await.expect("a table");
        assert_eq!(table.lines().filter(|line| line.contains("WM-CRWD-")).count(), 500);
    }

    async fn everybody_who_gets_nothing_is_listed_with_why(app) {
        let all = crowd(app, 12, |n, one| match n {
            0 => one.deceased = true,
            4 => (one.phone, one.email, one.address) = (None, Some(" ".to_owned()), None),
            5 => one.email = None,
            6 => (one.phone, one.email) = (None, None),
            7 => one.language = Some("pl".to_owned()),
            _ => {}
        }).await;
        let told = app.literal(all.referrals[1]);
        app.raw(&format!("update referral set patient_sees = {} where id = {told}", if app.kind == harness::Kind::Sqlite { "0" } else { "false" })).await.expect("set");
        stop(app, "+447700000002").await;
        // What is no care goes to nobody who stopped anything.
        let bad = |n: usize| format!("+447700{n:06}");
        let tx = app.desk.store.write_tx().await.expect("a transaction");
        let at = clock::now().timestamp_millis();
        let note = consent_event::Model {
            id: fresh(), at, channel: "sms".to_owned(), address: bad(5), what: "bad".to_owned(), wording: String::new(),
            source: "provider:30005".to_owned(), actor: "system:dispatch".to_owned(), organisation_id: None, patient_id: None, message_id: None,
        };
        let change = store::consent::Change::Bad(Some((at, "30005")));
        store::consent::record(&tx, note, change).await.expect("kept");
        tx.commit().await.expect("committed");

        let mut input = ToManyInput { purpose: "other".to_owned(), others: "leave-out".to_owned(), letters: String::new(), ..about(&all) };
        let id = made(app, &input).await;
        let reasons = |page: &ToManyPage| page.left_out.iter().map(|one| (one.reason, one.count)).collect::<BTreeMap<_, _>>();
        let page = shown(app, &id).await;
        assert_eq!(reasons(&page), BTreeMap::from([
            (LeftOut::Died, 1), (LeftOut::NotTold, 1), (LeftOut::OptedOut, 1), (LeftOut::NoAddress, 1), (LeftOut::BadAddress, 1),
            (LeftOut::LetterAlone, 1), (LeftOut::Language, 1),
        ]));
        assert_eq!(page.line.recipients, 5);
        let out = everybody(app, &id, true).await;
        assert_eq!(out.len(), 7);
        assert!(out.iter().all(|one| one.text.is_empty() && one.left_out.is_some()));

        // News about their care takes another way, in the house's language, and a letter where nothing else is left.
        input = about(&all);
        let page = shown(app, &made(app, &input).await).await;
        assert_eq!(reasons(&page), BTreeMap::from([(LeftOut::Died, 1), (LeftOut::NotTold, 1), (LeftOut::NoAddress, 1)]));

        // Who has no visit cannot be told when it is.
        input.words[0].texts.sms = "your visit {when} is at the other site:".to_owned();
        let page = shown(app, &made(app, &input).await).await;
        assert_eq!(reasons(&page).get(&LeftOut::NoVisit), Some(&9));

        // Who was written to a moment ago is left out of the next one.
        confirmed(app, &id).await;
        assert_eq!(written(app, clock::now()).await, 5);
        input = ToManyInput { told_hours: "24".to_owned(), ..about(&all) };
        let page = shown(app, &made(app, &input).await).await;
        assert_eq!(reasons(&page).get(&LeftOut::ToldBefore), Some(&5));
        dispatched(app, clock::now()).await;
    }

    async fn one_patient_with_two_referrals_gets_it_once_and_the_filter_finds_whom_it_names(app) {
        let all = crowd(app, 6, |n, one| {
            one.birth_date = Some(if n < 2 { "1990-05-01" } else { "1950-05-01" }.to_owned());
            if n == 5 { one.phone = None; }
            if n == 4 { one.language = Some("cy".to_owned()); }
        }).await;
        let (second, first) = (app.literal(all.patients[1].id), app.literal(all.referrals[0]));
        app.raw(&format!("update referral set patient_id = {second} where id = {first}")).await.expect("set");
        let check = async |change: fn(&mut ToManyInput), expected: u64| {
            let mut input = about(&all);
            change(&mut input);
            assert_eq!(shown(app, &made(app, &input).await).await.line.recipients, expected, "{:?}", input.filter);
        };
        check(|_| (), 5).await;
        check(|input| input.filter.audience.years_from = "60".to_owned(), 4).await;
        check(|input| input.filter.audience.years_to = "59".to_owned(), 1).await;
        check(|input| input.filter.audience.mobile = "without".to_owned(), 1).await;
        check(|input| input.filter.audience.mobile = "with".to_owned(), 4).await;
        check(|input| input.filter.audience.tongue = "cy".to_owned(), 1).await;
        check(|input| input.filter.list.state = "booked".to_owned(), 0).await;
        check(|input| input.filter.audience.visit_from = "2026-01-01".to_owned(), 0).await;
        let call = app.call("coordinator").await;
        let mut wrong = about(&all);
        wrong.filter.audience.years_from = "x".to_owned();
        wrong.words[0].texts.sms = "your quayside appointment for cancer is moved".to_owned();
        wrong.words[0].texts.subject = String::new();
        wrong.per_minute = "0".to_owned();
        wrong.name = " ".to_owned();
        let Err(ServiceError::Invalid(fields)) = to_many::make(&app.desk, &call, &wrong).await else { panic!("refused") };
        let mut names: Vec<_> = fields.iter().map(|field| field.field.as_str()).collect();
        names.sort_unstable();
        assert_eq!(names, ["name", "per_minute", "sms", "subject", "years_from"]);
        assert!(fields.iter().any(|field| field.message.contains("quayside")), "{fields:?}");
    }

    async fn a_closed_day_reaches_those_with_a_visit_then_and_not_who_has_another_time_by_now(app) {
        app.leaves_messages();
        no_sessions(app).await;
        session(app, diary(app).await, |_| ()).await;
        let date = free_day(app, 15).await;
        let mut ids = Vec::new();
        for n in 0..2 {
            let id: ReferralId = app.an_accepted_referral_of(n, "routine").await;
            let slot = times_on(app, id, date).await.remove(n);
            must_book(app, id, &slot).await;
            ids.push(id);
        }
        app.an_accepted_referral_of(2, "routine").await;
        app.deliver().await;
        let mut input = ToManyInput {
            name: "Moved".to_owned(),
            purpose: "care".to_owned(),
            words: vec![words("en", "your visit {when} is at our other site:", "Where your visit is", "Your visit {when} is at our other site.", "")],
            ..ToManyInput::default()
        };
        input.filter.audience.visit_from = date.to_string();
        input.filter.audience.visit_to = date.to_string();
        input.filter.audience.resource = diary(app).await.to_string();
        let id = made(app, &input).await;
        let people = everybody(app, &id, false).await;
        assert_eq!(people.len(), 2);
        assert!(people.iter().all(|one| one.text.contains(&date.format("%-d %B").to_string())), "{people:?}");
        confirmed(app, &id).await;
        assert_eq!(written(app, clock::now()).await, 2);
        let moved = app.literal(ids[0].0);
        app.raw(&format!("update message set created_at = created_at - 1 where campaign_id is not null and referral_id = {moved}")).await.expect("set");
        crate::sessions::cancel(app, ids[0]).await;
        dispatched(app, clock::now()).await;
        let campaign = app.literal(id.parse().expect("an id"));
        let fates = format!("select state || ' ' || coalesce(error_code, '') as t from message where campaign_id = {campaign} order by state");
        let fates = app.texts(&fates).await;
        assert_eq!(fates.len(), 2, "{fates:?}");
        assert!(fates.contains(&"pending ".to_owned()) && fates.contains(&"withheld over".to_owned()), "{fates:?}");
        let page = shown(app, &id).await;
        assert!(page.fates.iter().any(|fate| fate.why == "over" && fate.count == 1), "{:?}", page.fates);
    }

    async fn a_stop_and_a_death_after_the_confirmation_are_kept_and_shown(app) {
        let all = crowd(app, 4, |n, one| if n == 0 { (one.email, one.address) = (None, None); }).await;
        let id = made(app, &about(&all)).await;
        confirmed(app, &id).await;
        // One dies before anything is written, one after.
        let dead = |n: usize| format!("update patient set deceased = {} where id = {}", if app.kind == harness::Kind::Sqlite { "1" } else { "true" }, app.literal(all.patients[n].id));
        app.raw(&dead(1)).await.expect("set");
        assert_eq!(written(app, clock::now()).await, 3, "one is left out");
        app.raw(&dead(2)).await.expect("set");
        stop(app, "+447700000000").await;
        dispatched(app, clock::now()).await;
        assert_eq!(app.twilio.asked(), 1);
        let people = everybody(app, &id, false).await;
        let of = |n: usize| people.iter().find(|one| one.patient.ends_with(&format!("Pat{n}"))).expect("listed");
        assert!(of(1).is_dropped && of(1).left_out.as_deref() == Some("died"));
        assert_eq!((of(2).state.as_deref(), of(2).why.as_str()), (Some("withheld"), "died"));
        assert_eq!((of(0).state.as_deref(), of(0).why.as_str()), (Some("withheld"), "stopped"));
        assert_eq!(of(3).state.as_deref(), Some("pending"));
        let page = shown(app, &id).await;
        assert_eq!((page.written, page.dropped), (3, 1));
        // Who stopped is nobody's silence: somebody is asked to reach them about their care.
        while jobs::see_on(&app.desk, clock::now()).await.expect("seen on") > 0 {}
        let tasks = format!("select kind as t from task where referral_id = {}", app.literal(all.referrals[0]));
        assert_eq!(app.texts(&tasks).await, ["message-stopped"]);
    }

    async fn a_survey_that_does_not_arrive_asks_nobody_for_anything(app) {
        let all = crowd(app, 1, |_, _| ()).await;
        let id = made(app, &ToManyInput { purpose: "other".to_owned(), ..about(&all) }).await;
        confirmed(app, &id).await;
        written(app, clock::now()).await;
        stop(app, "+447700000000").await;
        dispatched(app, clock::now()).await;
        while jobs::see_on(&app.desk, clock::now()).await.expect("seen on") > 0 {}
        let of = app.literal(all.referrals[0]);
        assert_eq!(app.count(&format!("select count(*) as n from task where referral_id = {of}")).await, 0);
        assert_eq!(app.count(&format!("select count(*) as n from message where referral_id = {of}")).await, 1, "by no other way");
    }

    async fn what_was_cancelled_or_paused_does_not_leave(app) {
        let all = crowd(app, 30, |_, _| ()).await;
        let id = made(app, &ToManyInput { per_minute: "10".to_owned(), ..about(&all) }).await;
        confirmed(app, &id).await;
        let call = app.call("coordinator").await;
        let now = clock::now();
        written(app, now).await;
        dispatched(app, now + Duration::seconds(10)).await;
        let left = app.twilio.asked();
        assert!((1..=3).contains(&left), "{left}");
        assert_eq!(step(app, &call, &id, "pause").await.expect("paused"), ToManyConfirmed::Goes);
        let later = now + Duration::minutes(10);
        assert_eq!(written(app, later).await, 0);
        dispatched(app, later).await;
        assert_eq!((app.twilio.asked(), stage(app, &id).await), (left, Stage::Paused));
        let resumed = Call { now: later, ..call.clone() };
        step(app, &resumed, &id, "resume").await.expect("goes on");
        written(app, later).await;
        dispatched(app, later + Duration::seconds(10)).await;
        let more = app.twilio.asked();
        assert!(more > left && more < 30, "{left}, {more}");
        step(app, &call, &id, "cancel").await.expect("cancelled");
        assert_eq!(written(app, later + Duration::hours(1)).await, 0);
        dispatched(app, later + Duration::hours(1)).await;
        assert_eq!(app.twilio.asked(), more);
        let page = shown(app, &id).await;
        let sent: u64 = page.fates.iter().filter(|fate| fate.state == "pending").map(|fate| fate.count).sum();
        let held: u64 = page.fates.iter().filter(|fate| fate.why == "cancelled").map(|fate| fate.count).sum();
        assert_eq!((page.line.stage, sent, sent + held + page.dropped), (Stage::Cancelled, more as u64, 30));
        let again = step(app, &call, &id, "cancel").await;
        assert!(matches!(again, Err(ServiceError::Conflict(Conflict::SendingMoved { stage: Stage::Cancelled }))), "{again:?}");
    }

    async fn nothing_goes_after_the_cancel_was_answered_while_many_send(app) {
        let all = crowd(app, 2_000, |_, _| ()).await;
        let id = made(app, &about(&all)).await;
        confirmed(app, &id).await;
        written(app, clock::now()).await;
        let senders: Vec<_> = (0..3).map(|_| {
            let desk = app.desk.clone();
            tokio::spawn(async move { while jobs::dispatch(&desk, clock::now()).await.expect("sent") > 0 {} })
        }).collect();
        while app.twilio.asked() < 40 {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        step(app, &app.call("coordinator").await, &id, "cancel").await.expect("cancelled");
        let left = app.twilio.asked();
        for sender in senders {
            sender.await.expect("it ended");
        }
        dispatched(app, clock::now() + Duration::hours(1)).await;
        assert_eq!(app.twilio.asked(), left, "after the cancel was answered");
        assert!(left < 2_000, "{left}");
    }

    async fn a_crash_in_the_middle_neither_loses_nor_doubles(app) {
        let all = crowd(app, 900, |_, _| ()).await;
        let id = made(app, &about(&all)).await;
        confirmed(app, &id).await;
        let now = clock::now();
        for n in 0..40 {
            let desk = app.desk.clone();
            let writing = tokio::spawn(async move { jobs::send_to_many(&desk, now).await });
            tokio::time::sleep(std::time::Duration::from_millis(n)).await;
            writing.abort();
            let _ = writing.await;
        }
        let servers: Vec<_> = (0..3).map(|_| {
            let desk = app.desk.clone();
            tokio::spawn(async move { jobs::send_to_many(&desk, now).await.expect("written") })
        }).collect();
        for server in servers {
            server.await.expect("it ended");
        }
        written(app, now).await;
        let campaign = app.literal(id.parse().expect("an id"));
        let count = |what: &str| format!("select count({what}) as n from message where campaign_id = {campaign}");
        assert_eq!(app.count(&count("*")).await, 900);
        assert_eq!(app.count(&count("distinct patient_id")).await, 900);
        let links = format!("select count(*) as n from patient_link where referral_id in (select referral_id from campaign_recipient where campaign_id = {campaign})");
        assert_eq!(app.count(&links).await, 900, "no link without its message");
    }

    async fn two_who_confirm_at_once_send_it_once_and_so_does_a_double_click(app) {
        let all = crowd(app, 3, |_, _| ()).await;
        app.raw("update organisation set approve_many_above = 20000").await.expect("set");
        let id = made(app, &about(&all)).await;
        let page = shown(app, &id).await;
        let (one, other) = (app.call("coordinator").await, app.call("administrator").await);
        let version = page.version.to_string();
        let seen = (version.as_str(), page.set_hash.as_str());
        let (first, second) = tokio::join!(
            to_many::act(&app.desk, &one, &id, "confirm", seen),
            to_many::act(&app.desk, &other, &id, "confirm", seen),
        );
        let goes = [&first, &second].iter().filter(|answer| matches!(answer, Ok(ToManyConfirmed::Goes))).count();
        let late = [&first, &second].iter().filter(|answer| {
            matches!(answer, Err(ServiceError::Conflict(Conflict::SendingMoved { stage: Stage::Confirmed })))
        }).count();
        assert_eq!((goes, late), (1, 1), "{first:?} {second:?}");
        written(app, clock::now()).await;
        written(app, clock::now()).await;
        dispatched(app, clock::now()).await;
        assert_eq!(app.twilio.asked(), 3);

        let id = made(app, &about(&all)).await;
        let page = shown(app, &id).await;
        let call = Call { key: Some("twice".to_owned()), ..one };
        for _ in 0..2 {
            let answer = to_many::act(&app.desk, &call, &id, "confirm", (&page.version.to_string(), &page.set_hash)).await;
            assert!(matches!(answer, Ok(ToManyConfirmed::Goes)), "{answer:?}");
        }
    }

    async fn what_is_different_at_the_confirmation_is_shown_and_not_sent(app) {
        let all = crowd(app, 5, |_, _| ()).await;
        app.raw("update organisation set approve_many_above = 20000").await.expect("set");
        let id = made(app, &about(&all)).await;
        app.raw(&format!("update patient set phone = null where id = {}", app.literal(all.patients[0].id))).await.expect("set");
        let away = app.literal(app.service("Heart clinic").await);
        app.raw(&format!("update referral set service_id = {away} where id = {}", app.literal(all.referrals[1]))).await.expect("set");
        let call = app.call("coordinator").await;
        assert_eq!(step(app, &call, &id, "confirm").await.expect("answered"), ToManyConfirmed::Differs);
        let page = shown(app, &id).await;
        let difference = page.difference.expect("shown");
        assert_eq!((difference.added, difference.gone, difference.changed), (0, 1, 1));
        assert!(difference.some.contains(&("Crowd, Pat1".to_owned(), "gone".to_owned())), "{difference:?}");
        assert_eq!((page.line.stage, page.line.recipients), (Stage::Draft, 4));
        assert_eq!(written(app, clock::now()).await, 0);
        // What somebody looked at before is not confirmed by it.
        let stale = to_many::act(&app.desk, &call, &id, "confirm", ("1", &page.set_hash)).await;
        assert!(matches!(stale, Err(ServiceError::Conflict(Conflict::PreviewChanged))), "{stale:?}");
        assert_eq!(step(app, &call, &id, "confirm").await.expect("confirmed"), ToManyConfirmed::Goes);
        assert_eq!(written(app, clock::now()).await, 4);
    }

    async fn messages_a_minute_are_spread_and_wait_for_their_day(app) {
        let all = crowd(app, 25, |_, _| ()).await;
        let tomorrow = crate::sessions::day(1);
        let input = ToManyInput {
            per_minute: "10".to_owned(),
            start_day: tomorrow.to_string(),
            start_time: "10:00".to_owned(),
            ..about(&all)
        };
        let id = made(app, &input).await;
        confirmed(app, &id).await;
        assert_eq!(written(app, clock::now()).await, 0, "not before its day");
        let start = domain::calendar_days::at_wall(tomorrow, chrono::NaiveTime::from_hms_opt(10, 0, 0).expect("a time"), chrono_tz::Europe::London);
        for minute in -1..4 {
            written(app, start + Duration::minutes(minute)).await;
        }
        let campaign = app.literal(id.parse().expect("an id"));
        let in_minute = async |n: i64| {
            let (from, to) = ((start + Duration::minutes(n)).timestamp_millis(), (start + Duration::minutes(n + 1)).timestamp_millis());
            app.count(&format!("select count(*) as n from message where campaign_id = {campaign} and due_at >= {from} and due_at < {to}")).await
        };
        assert_eq!((in_minute(0).await, in_minute(1).await, in_minute(2).await), (10, 10, 5));
    }

    async fn more_than_one_person_may_write_to_needs_a_second_one(app) {
        let all = crowd(app, 3, |_, _| ()).await;
        app.raw("update organisation set approve_many_above = 2").await.expect("set");
        for role in ["coordinator", "administrator"] {
            app.sign_in(role).await;
        }
        let (one, other) = (app.call("coordinator").await, app.call("administrator").await);
        let id = made(app, &about(&all)).await;
        assert!(shown(app, &id).await.needs_second);
        assert_eq!(step(app, &one, &id, "confirm").await.expect("answered"), ToManyConfirmed::Waits);
        assert_eq!((written(app, clock::now()).await, stage(app, &id).await), (0, Stage::Awaiting));
        assert!(matches!(step(app, &one, &id, "approve").await, Err(ServiceError::NotAllowed)));
        step(app, &other, &id, "give-back").await.expect("given back");
        assert_eq!(stage(app, &id).await, Stage::Draft);
        step(app, &one, &id, "confirm").await.expect("answered");
        // Somebody stops meanwhile: the second person sees it first.
        stop(app, "+447700000000").await;
        assert_eq!(step(app, &other, &id, "approve").await.expect("answered"), ToManyConfirmed::Differs);
        step(app, &one, &id, "confirm").await.expect("answered");
        assert_eq!(step(app, &other, &id, "approve").await.expect("agreed"), ToManyConfirmed::Goes);
        assert_eq!(written(app, clock::now()).await, 3);
        let page = shown(app, &id).await;
        assert!(page.approved.is_some_and(|who| who.contains("Owen Blackwood")) && page.confirmed.is_some_and(|who| who.contains("Grace Whitlock")));
    }

    async fn another_organisation_and_other_roles_see_nothing(app) {
        let all = crowd(app, 2, |_, _| ()).await;
        let id = made(app, &about(&all)).await;
        let stranger = |roles: &[Role], organisation: Uuid| {
            let principal = Principal::Staff {
                organisation: OrganisationId(organisation), person: PersonId(fresh()), roles: roles.to_vec(), name: "Stranger".to_owned(),
            };
            Call::new(Actor { principal, request: fresh() }, clock::now())
        };
        let practice = app.staff("referrer").await.organisation_id;
        let far = stranger(&[Role::Coordinator, Role::Administrator], practice);
        assert!(matches!(to_many::page(&app.desk, &far, &id, false, "").await, Err(ServiceError::NotFound)));
        assert!(matches!(to_many::export(&app.desk, &far, &id).await, Err(ServiceError::NotFound)));
        assert!(matches!(to_many::act(&app.desk, &far, &id, "cancel", ("1", "")).await, Err(ServiceError::NotFound)));
        assert!(matches!(to_many::change(&app.desk, &far, &id, &about(&all)).await, Err(ServiceError::NotFound)));
        assert_eq!(to_many::list(&app.desk, &far, "").await.expect("their own").lines.len(), 0);
        // The other house's patients are not found either, whatever the filter says.
        let theirs = to_many::make(&app.desk, &far, &about(&all)).await.expect("made");
        let page = to_many::page(&app.desk, &far, &theirs, false, "").await.expect("their own");
        assert_eq!(page.line.recipients, 0);
        let near = app.staff("coordinator").await.organisation_id;
        for role in [Role::Specialist, Role::Quality, Role::Referrer] {
            let call = stranger(&[role], near);
            assert!(matches!(to_many::page(&app.desk, &call, &id, false, "").await, Err(ServiceError::NotAllowed)), "{role}");
        }
    }

    async fn ten_thousand_cost_as_many_statements_a_lot_as_two_hundred(app) {
        let all = crowd(app, 10_000, |_, _| ()).await;
        let id = made(app, &about(&all)).await;
        confirmed(app, &id).await;
        let (began, before) = (std::time::Instant::now(), app.desk.store.statements());
        assert_eq!(written(app, clock::now()).await, 10_000);
        let took = app.desk.store.statements() - before;
        println!("10,000 written in {:?} by {took} statements", began.elapsed());
        assert!(took <= 50 * 20 + 20, "{took} statements for 50 lots");
    }

    async fn it_is_written_looked_at_and_sent_on_pages(app) {
        let all = crowd(app, 3, |n, one| if n == 0 { one.family = "=1+1".to_owned(); }).await;
        let browser = app.sign_in("coordinator").await;
        browser.get("/messages/many").await.must_be(200).must_say("Nothing was sent to many yet");
        browser.get("/messages").await.must_say("Messages to many");
        let service = all.service.to_string();
        let list = browser.get(&format!("/worklist?service={service}")).await.must_be(200).text();
        assert!(list.contains(&format!("/messages/many/new?service={service}")), "the filter is taken over");
        browser.get(&format!("/messages/many/new?service={service}")).await.must_be(200).must_say("Quayside clinic");
        let mut form = vec![
            ("name", "Closed"), ("purpose", "care"), ("house_language", "en"), ("service", service.as_str()), ("letters", "1"),
            ("sms", "the quayside is closed"), ("subject", "We are closed"), ("body", "We are closed."), ("action", ""),
        ];
        browser.post("/messages/many/new", &form).await.must_lead_to("/messages/many/new");
        browser.get("/messages/many/new").await.must_say("Leave “quayside” out").must_say("the quayside is closed");
        form.retain(|(name, _)| *name != "sms");
        form.push(("sms", "we are closed on Tuesday:"));
        let mut more = form.clone();
        more.extend([("act", "language"), ("also", "pl")]);
        browser.post("/messages/many/new", &more).await.must_be(303);
        browser.get("/messages/many/new").await.must_say("In Polish").must_say("we are closed on Tuesday:");
        let page = browser.post("/messages/many/new", &form).await.must_be(303).location();
        let text = browser.get(&page).await.must_be(200).must_say("3 patients get it").must_say("Send it to 3 patients").text();
        assert!(text.contains("we are closed on Tuesday:"));
        let field = |name: &str| harness::slots(&text, name).first().cloned().expect(name);
        let (version, seen) = (field("version"), field("seen"));
        let confirm = [("act", "confirm"), ("version", version.as_str()), ("seen", seen.as_str()), ("key", "k1")];
        browser.post(&page, &confirm).await.must_lead_to(&page);
        browser.get(&page).await.must_say("Confirmed. It is sent by itself from here.");
        browser.get(&format!("{page}/change")).await.must_be(409);
        written(app, clock::now()).await;
        dispatched(app, clock::now()).await;
        browser.get(&page).await.must_say("Being sent").must_say("What became of it").must_say("3 of 3");
        let table = browser.get(&format!("{page}/table")).await.must_be(200);
        assert!(table.header("content-disposition").contains("sending.csv"));
        assert!(table.text().contains("'=1+1, Pat0"), "{}", table.text());
        written(app, clock::now() + Duration::minutes(5)).await;
        browser.get(&page).await.must_say("Sent");
        app.sign_in("administrator").await.get("/messages/many").await.must_be(200).must_say("Closed");
        app.sign_in("specialist").await.get(&page).await.must_be(403);
    }
}

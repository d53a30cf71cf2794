//! What cannot arrive by one way goes by another at its own time, or a person sees to it; it is neither early, nor twice, nor lost.

use chrono::{DateTime, Duration, Utc};
use domain::delivery::{Channel, DeliveryState};
use domain::{MessageId, ReferralId};
use harness::{Options, TestApp, both};
use service::consent::{self, Said, Saying};
use service::{Call, clock, jobs, messages};

use crate::sessions::{diary, free_day, must_book, no_sessions, session, times_on};

const MAILBOX: &str = "ann@mail.example";

async fn set(app: &TestApp, id: ReferralId, what: &str) {
    let patient = app.literal(app.patient_of(id).await.id);
    app.raw(&format!("update patient set {what} where id = {patient}")).await.expect("set");
}

/// A visit in about three weeks of somebody with this number, mailbox and address; its confirmation has left.
async fn booked(app: &TestApp, ways: &str) -> ReferralId {
    no_sessions(app).await;
    session(app, diary(app).await, |_| ()).await;
    let id = app.an_accepted_referral().await;
    app.deliver().await;
    set(app, id, ways).await;
    let slot = times_on(app, id, free_day(app, 23).await).await.remove(0);
    must_book(app, id, &slot).await;
    app.deliver().await;
    let now = clock::now().timestamp_millis();
    let arrived = format!(
        "update message set state = 'delivered', final_at = {now} where state in ('pending', 'sent') and handed_at is not null"
    );
    app.raw(&arrived).await.expect("arrived");
    id
}

async fn both_ways(app: &TestApp) -> ReferralId {
    booked(app, &format!("phone = '+447700900321', email = '{MAILBOX}', address = null")).await
}

/// When the reminders of a channel are due, in their order.
async fn due(app: &TestApp, id: ReferralId, channel: &str) -> Vec<DateTime<Utc>> {
    let text = if app.kind == harness::Kind::Postgres { "due_at::text" } else { "cast(due_at as text)" };
    let of = app.literal(id.0);
    let query = format!(
        "select {text} as t from message where referral_id = {of} and channel = '{channel}' and step is not null order by due_at"
    );
    let all = app.texts(&query).await;
    all.iter()
        .map(|ms| DateTime::from_timestamp_millis(ms.parse().expect("ms")).expect("an instant"))
        .collect()
}

fn mails(app: &TestApp) -> usize {
    app.mails().iter().filter(|mail| mail.to == [MAILBOX]).count()
}

async fn stop(app: &TestApp, address: &str) {
    let call = Call::new(domain::Actor::system("test", uuid::Uuid::new_v4()), clock::now());
    let saying = Saying {
        channel: Channel::Sms,
        address,
        wording: "STOP",
        source: "sms:SM1",
        organisation: None,
        message: None,
    };
    consent::say(&app.desk, &call, Said::Stopped, &saying).await.expect("said");
}

async fn tasks(app: &TestApp) -> Vec<String> {
    app.texts("select kind as t from task where done_at is null and asked_by = 'Waymark' order by id").await
}

/// The newest text or mail of a referral under a step.
async fn newest(app: &TestApp, id: ReferralId, channel: &str) -> MessageId {
    let text = if app.kind == harness::Kind::Postgres { "id::text" } else { "lower(hex(id))" };
    let of = app.literal(id.0);
    let query = format!(
        "select {text} as t from message where referral_id = {of} and channel = '{channel}' and handed_at is not null \
         order by handed_at desc, message.id desc limit 1"
    );
    MessageId(uuid::Uuid::parse_str(&app.texts(&query).await.remove(0)).expect("an id"))
}

async fn receipt(app: &TestApp, id: MessageId, state: DeliveryState, code: &str, now: DateTime<Utc>) {
    let call = Call::new(domain::Actor::system("test", uuid::Uuid::new_v4()), now);
    messages::receipt(&app.desk, &call, id, state, (Some(code), "said by the provider"))
        .await
        .expect("taken");
}

both! {
    async fn reminders_that_were_stopped_come_by_mail_each_at_its_own_time(app) {
        let id = both_ways(app).await;
        let moments = due(app, id, "sms").await;
        assert!(moments.len() >= 2, "{moments:?}");
        let before = mails(app);
        stop(app, "+447700900321").await;
        jobs::see_on(&app.desk, clock::now()).await.expect("seen on");
        app.deliver().await;
        assert_eq!(mails(app), before, "none is early");
        assert_eq!(tasks(app).await, Vec::<String>::new());
        for (at, sent) in moments.iter().zip(1..) {
            let at = *at + Duration::minutes(1);
            jobs::see_on(&app.desk, at).await.expect("seen on");
            jobs::dispatch(&app.desk, at).await.expect("sent");
            assert_eq!(mails(app), before + sent, "one at {at}");
        }
    }

    async fn whoever_wants_texts_again_before_the_moment_gets_them_as_texts(app) {
        let id = both_ways(app).await;
        let first = due(app, id, "sms").await[0] + Duration::minutes(1);
        stop(app, "+447700900321").await;
        let call = Call::new(domain::Actor::system("test", uuid::Uuid::new_v4()), clock::now());
        let saying = Saying {
            channel: Channel::Sms, address: "+447700900321", wording: "START", source: "sms:SM2", organisation: None, message: None,
        };
        consent::say(&app.desk, &call, Said::Returned, &saying).await.expect("said");
        let texts = app.twilio.texts("+447700900321").len();
        jobs::see_on(&app.desk, first).await.expect("seen on");
        jobs::dispatch(&app.desk, first).await.expect("sent");
        assert_eq!(app.twilio.texts("+447700900321").len(), texts + 1);
    }

    async fn a_reminder_that_did_not_arrive_in_three_days_comes_by_mail(app) {
        let id = both_ways(app).await;
        let at = due(app, id, "sms").await[0] + Duration::minutes(1);
        jobs::dispatch(&app.desk, at).await.expect("sent");
        let before = mails(app);
        let later = at + Duration::hours(73);
        jobs::rescue(&app.desk, later).await.expect("looked");
        jobs::see_on(&app.desk, later).await.expect("seen on");
        jobs::dispatch(&app.desk, later + Duration::hours(12)).await.expect("sent");
        assert_eq!(mails(app), before + 1);
        assert_eq!(tasks(app).await, Vec::<String>::new());
    }

    async fn a_reminder_by_post_leaves_days_before_its_moment_and_waits_for_the_printer(app) {
        let id = booked(app, "phone = null, email = null, address = '12 Elm Road, Ashford, TN23 1AA'").await;
        let all = due(app, id, "letter").await;
        assert_eq!(all.len(), 3, "two weeks, four days and a day before: {all:?}");
        let visit = app.texts(&format!("select cast(start_at as text) as t from appointment where state = 'booked' and referral_id = {}", app.literal(id.0))).await;
        let start = DateTime::from_timestamp_millis(visit[0].parse().expect("ms")).expect("an instant");
        assert!(start - all[0] >= Duration::days(18), "two weeks and the post's days before: {all:?}");
        jobs::look_after_letters(&app.desk, all[0] + Duration::hours(30)).await.expect("looked");
        let of = app.literal(id.0);
        let waits = format!("select count(*) as n from message where referral_id = {of} and channel = 'letter' and step is not null and state = 'pending'");
        assert_eq!(app.count(&waits).await, 3, "nobody printed it on the first day");
        let too_late = start - Duration::days(5);
        jobs::look_after_letters(&app.desk, too_late + Duration::hours(1)).await.expect("looked");
        jobs::see_on(&app.desk, too_late + Duration::hours(1)).await.expect("seen on");
        let asked = tasks(app).await;
        assert!(!asked.is_empty() && asked.iter().all(|kind| kind == "message-too-late"), "{asked:?}");
        app.leaves_messages();
    }

    async fn a_reminder_that_nothing_could_carry_in_time_is_a_persons_while_the_visit_is_ahead(app) {
        let id = booked(app, "phone = '+447700900321', email = null, address = null").await;
        let at = due(app, id, "sms").await[0] + Duration::hours(13);
        jobs::dispatch(&app.desk, at).await.expect("looked at");
        jobs::see_on(&app.desk, at).await.expect("seen on");
        assert_eq!(tasks(app).await, ["message-too-late"]);
        app.leaves_messages();
    }

    async fn a_colleagues_dead_mailbox_is_nobodys_task_and_starts_no_round(app) {
        let id = app.a_sent_referral().await;
        app.deliver().await;
        let of = app.literal(id.0);
        let notice = format!("select count(*) as n from message where referral_id = {of} and template = 'staff-notice' and handed_at is not null");
        assert!(app.count(&notice).await > 0);
        let mail = newest(app, id, "email").await;
        receipt(app, mail, DeliveryState::PermanentFailure, "5.1.1", clock::now()).await;
        let before = app.count("select count(*) as n from message").await;
        jobs::see_on(&app.desk, clock::now()).await.expect("seen on");
        app.deliver().await;
        assert_eq!(tasks(app).await, Vec::<String>::new());
        assert_eq!(app.count("select count(*) as n from message").await, before);
    }

    async fn a_receipt_that_is_repeated_marks_nothing_again_and_erases_no_stop(app) {
        let id = app.a_sent_referral().await;
        app.deliver().await;
        let number = app.patient_of(id).await.phone.expect("a phone");
        let text = newest(app, id, "sms").await;
        stop(app, &number).await;
        receipt(app, text, DeliveryState::PermanentFailure, "30005", clock::now()).await;
        let standing = format!("select count(*) as n from contact_point where address = '{number}' and stopped_at is not null and bad_since");
        assert_eq!(app.count(&format!("{standing} is not null")).await, 1, "stopped, and bad");
        app.raw(&format!("update contact_point set bad_since = null, bad_code = null where address = '{number}'")).await.expect("lifted");
        receipt(app, text, DeliveryState::PermanentFailure, "30005", clock::now()).await;
        assert_eq!(app.count(&format!("{standing} is null")).await, 1, "the same receipt says nothing new");
    }

    [Options {
        overrides: vec![("sms.account_sid", ""), ("sms.auth_token", ""), ("sms.from", "")],
        ..Options::default()
    }]
    async fn where_no_texts_leave_everything_goes_by_mail_a_code_to_sign_in_as_well(app) {
        let id = app.a_sent_referral().await;
        set(app, id, &format!("email = '{MAILBOX}'")).await;
        app.accept(id).await;
        app.deliver().await;
        let of = app.literal(id.0);
        let texts = format!("select count(*) as n from message where referral_id = {of} and channel = 'sms' and template = 'accepted-choose-time'");
        assert_eq!(app.count(&texts).await, 0);
        assert!(app.mails().iter().any(|mail| mail.to == [MAILBOX]));
        app.leaves_messages();
    }

    async fn what_was_taken_back_is_not_confirmed_afterwards(app) {
        let id = app.an_accepted_referral().await;
        app.deliver().await;
        let slot = app.times(id).await.swap_remove(0);
        app.hold(id, &slot).await;
        app.twilio.will(&[harness::Mood::Busy]);
        app.confirm(id).await;
        app.deliver().await;
        let number = app.patient_of(id).await.phone.expect("a phone");
        crate::sessions::cancel(app, id).await;
        app.deliver().await;
        let texts = app.twilio.texts(&number);
        assert!(texts.last().is_some_and(|text| text.contains("cancelled")), "{texts:?}");
        jobs::dispatch(&app.desk, clock::now() + Duration::hours(9)).await.expect("tried again");
        assert_eq!(app.twilio.texts(&number).len(), texts.len(), "the confirmation does not come after it");
    }
}

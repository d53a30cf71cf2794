//! Bulk matching keeps to what sessions say, and is carried out by itself once it is confirmed.

use contract::{ApplyInput, MatchingInput, MatchingPage};
use domain::ReferralId;
use harness::{TestApp, both, slots};
use service::booking::matching;
use service::{clock, jobs};

use crate::sessions::{another, day, diary, no_sessions, session};

/// Patients of these urgencies, who are to book.
async fn waiting(app: &TestApp, priorities: &[&str]) -> Vec<ReferralId> {
    let mut ids = Vec::new();
    for (patient, priority) in priorities.iter().enumerate() {
        ids.push(app.an_accepted_referral_of(patient, priority).await);
    }
    app.leaves_messages();
    ids
}

/// The plan of one local day.
async fn plan(app: &TestApp, ahead: i64) -> MatchingPage {
    let call = app.call("coordinator").await;
    let (services, on) = (app.service("Heart clinic").await.to_string(), day(ahead).to_string());
    let input = MatchingInput { services, from: on.clone(), to: on };
    let id = matching::preview(&app.desk, &call, &input).await.expect("a plan");
    matching::page(&app.desk, &call, &id).await.expect("shown")
}

/// Carries a plan out as bookings, and answers what became of the lines that had a time.
async fn carried_out(app: &TestApp, plan: &MatchingPage) -> Vec<String> {
    let call = app.call("coordinator").await;
    let input = ApplyInput { fingerprint: plan.fingerprint.clone(), applied_as: "book".to_owned() };
    matching::apply(&app.desk, &call, &plan.id, &input).await.expect("applied");
    let shown = matching::page(&app.desk, &call, &plan.id).await.expect("shown");
    shown.lines.into_iter().filter(|line| line.after.is_some()).map(|line| line.outcome).collect()
}

fn has_time(plan: &MatchingPage, id: ReferralId) -> bool {
    plan.lines.iter().any(|line| line.referral == id.to_string() && line.after.is_some())
}

async fn of_kind(app: &TestApp, id: ReferralId, kind: &str) {
    let id = app.literal(id.0);
    app.raw(&format!("update referral set visit_kind = '{kind}' where id = {id}")).await.expect("set");
}

fn visits(kind: &str) -> String {
    format!(r#"[{{"kind": "{kind}", "length_min": 30}}]"#)
}

both! {
    async fn times_at_the_same_hours_go_to_the_more_urgent_whichever_kind_they_are_for(app) {
        no_sessions(app).await;
        let own = diary(app).await;
        session(app, own, |row| row.visits = visits("first")).await;
        session(app, own, |row| row.visits = visits("later")).await;
        let ids = waiting(app, &["routine", "routine", "routine", "routine", "urgent", "urgent"]).await;
        for (at, id) in ids.iter().enumerate() {
            of_kind(app, *id, if at < 4 { "first" } else { "later" }).await;
        }
        let plan = plan(app, 7).await;
        assert!(has_time(&plan, ids[4]) && has_time(&plan, ids[5]), "{:?}", plan.lines);
        assert_eq!(plan.lines.iter().filter(|line| line.after.is_some()).count(), 4, "four half hours");
        assert!(!plan.is_cut_short);
        assert_eq!(plan.left_over, 0);
        assert_eq!(carried_out(app, &plan).await, ["done"; 4]);
    }

    async fn a_room_of_two_clinicians_and_a_daily_limit_are_kept_and_nothing_is_skipped(app) {
        no_sessions(app).await;
        let room = another(app, "Echo room", |row| row.kind = "room".into()).await;
        let own = diary(app).await;
        let colleague = another(app, "Dr Amara Holm", |row| row.daily_limit = Some(3)).await;
        for one in [own, colleague] {
            session(app, one, |row| row.also = serde_json::json!([[room.to_string()]]).to_string()).await;
        }
        let ids = waiting(app, &["routine", "routine", "urgent", "routine", "routine"]).await;
        let shared = plan(app, 7).await;
        assert_eq!(shared.lines.iter().filter(|line| line.after.is_some()).count(), 4, "the room has four half hours");
        assert!(has_time(&shared, ids[2]) && shared.left_over == 0);
        assert_eq!(carried_out(app, &shared).await, ["done"; 4]);
    }

    async fn no_more_are_placed_on_a_day_than_its_limit_and_the_last_day_of_the_window_counts_whole(app) {
        no_sessions(app).await;
        let own = another(app, "Dr Amara Holm", |_| {}).await;
        session(app, own, |row| row.daily_limit = Some(2)).await;
        let ids = waiting(app, &["two-week-wait", "two-week-wait", "two-week-wait"]).await;
        // Sent at the very beginning of today: a fortnight later, to the hour, is before the clinic opens on the last day.
        let midnight = domain::calendar_days::at_wall(day(0), chrono::NaiveTime::MIN, chrono_tz::Europe::London);
        for id in &ids {
            let id = app.literal(id.0);
            let at = midnight.timestamp_millis();
            app.raw(&format!("update referral set sent_at = {at} where id = {id}")).await.expect("set");
        }
        let plan = plan(app, 14).await;
        let placed: Vec<&str> =
            plan.lines.iter().filter(|line| line.after.is_some()).map(|line| line.why.as_str()).collect();
        assert_eq!(placed.len(), 2, "two a day");
        assert!(placed.iter().all(|why| why.contains("within the window")), "{placed:?}");
        assert_eq!(plan.classes[0].in_window, 2);
        assert_eq!(carried_out(app, &plan).await, ["done"; 2]);
    }

    async fn a_confirmed_plan_goes_on_by_itself_in_the_name_of_whoever_confirmed_it(app) {
        no_sessions(app).await;
        let own = diary(app).await;
        session(app, own, |_| {}).await;
        let ids = waiting(app, &["routine", "urgent"]).await;
        let plan = plan(app, 7).await;
        assert!(plan.lines.iter().all(|line| line.before.is_empty() && !line.since.is_empty()));
        // The server stopped right after the confirmation.
        let (coordinator, at) = (app.staff("coordinator").await, clock::now());
        let confirmed = format!(
            "update matching_plan set applied_as = 'book', applied_at = {}, applied_by = {}, applied_by_name = 'Nia' ",
            at.timestamp_millis(), app.literal(coordinator.id),
        );
        app.raw(&confirmed).await.expect("confirmed");
        let browser = app.sign_in("coordinator").await;
        let path = format!("/matching/{}", plan.id);
        browser.get(&path).await.must_say("0 of 4").must_say("follow by themselves").must_say("No time yet");
        assert_eq!(jobs::carry_out_plans(&app.desk, at).await.expect("carried out"), 1);
        for id in &ids {
            app.must_be_in(*id, "booked").await;
        }
        let booked_by = app.texts("select distinct booked_by as t from appointment where state = 'booked'").await;
        assert!(booked_by.contains(&format!("staff:{}", coordinator.id)), "{booked_by:?}");
        assert_eq!(jobs::carry_out_plans(&app.desk, at).await.expect("nothing is left"), 0);
        let text = browser.get(&path).await.must_say("done").text();
        assert!(!text.contains("follow by themselves"));
    }

    async fn a_plan_of_somebody_suspended_waits_for_a_colleague(app) {
        no_sessions(app).await;
        let own = diary(app).await;
        session(app, own, |_| {}).await;
        let ids = waiting(app, &["routine"]).await;
        let plan = plan(app, 7).await;
        let (other, at) = (app.staff("referrer").await, clock::now());
        // Whoever confirmed it may no longer match.
        let confirmed = format!(
            "update matching_plan set applied_as = 'book', applied_at = {}, applied_by = {}, applied_by_name = 'Ida' ",
            at.timestamp_millis(), app.literal(other.id),
        );
        app.raw(&confirmed).await.expect("confirmed");
        assert_eq!(jobs::carry_out_plans(&app.desk, at).await.expect("looked"), 0);
        app.must_be_in(ids[0], "accepted").await;
        let browser = app.sign_in("coordinator").await;
        let path = format!("/matching/{}", plan.id);
        let page = browser.get(&path).await.must_say("in my name").text();
        let form = [("fingerprint", slots(&page, "fingerprint")[0].clone())];
        let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        browser.post(&format!("{path}/apply"), &form).await.must_lead_to(&path);
        app.must_be_in(ids[0], "booked").await;
    }
}

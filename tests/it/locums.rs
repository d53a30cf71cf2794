//! People with a last day.

use chrono::{Duration, NaiveDate};
use domain::ReferralId;
use harness::{TestApp, both, person};
use server::demo::load::PASSWORD;
use service::{clock, jobs};

fn parts(day: NaiveDate) -> [(&'static str, String); 3] {
    [
        ("last_day_day", day.format("%-d").to_string()),
        ("last_day_month", day.format("%-m").to_string()),
        ("last_day_year", day.format("%Y").to_string()),
    ]
}

async fn set_last_day(app: &TestApp, role: &str, day: NaiveDate) -> harness::Answer {
    let admin = app.sign_in("administrator").await;
    let path = format!("/admin/people/{}/last-day", app.staff(role).await.id);
    let parts = parts(day);
    let form: Vec<(&str, &str)> = parts.iter().map(|(name, value)| (*name, value.as_str())).collect();
    admin.post(&path, &form).await
}

/// Lets the last day of somebody be long past.
async fn let_it_pass(app: &TestApp, role: &str) {
    let id = app.literal(app.staff(role).await.id);
    app.raw(&format!("update person set valid_until = '2020-01-01' where id = {id}")).await.expect("set");
}

async fn owned_by(app: &TestApp, role: &str) -> ReferralId {
    let id = app.a_sent_referral().await;
    let person = app.staff(role).await.id.to_string();
    app.act("coordinator", id, "assign", &[("assign-person", &person), ("assign-text", "Yours.")]).await;
    assert_eq!(app.referral(id).await.owner_person_id.map(|id| id.to_string()), Some(person));
    id
}

both! {
    async fn a_locum_works_up_to_the_last_day_and_not_after_it(app) {
        let today = clock::now().with_timezone(&chrono_tz::Europe::London).date_naive();
        let specialist = app.sign_in("specialist").await;
        let day = parts(today);
        let form: Vec<(&str, &str)> = day.iter().map(|(name, value)| (*name, value.as_str())).collect();
        app.do_to_colleague("specialist", "/last-day", &form).await.must_lead_to("/admin");
        app.sign_in("administrator").await.get("/admin").await.must_say(&format!("Last day {}", domain::spoken::stored_day(&today.to_string())));
        app.sign_in("administrator").await.get("/admin/history").await.must_say("last day");
        specialist.get("/account").await.must_say("Your last day here");
        specialist.get("/worklist").await.must_be(200);
        let_it_pass(app, "specialist").await;
        // Before any timer ran.
        specialist.get("/worklist").await.must_lead_to("/sign-in");
        let form = [("email", person("specialist")), ("password", PASSWORD)];
        app.browser().post("/sign-in", &form).await.must_lead_to("/sign-in");
    }

    async fn a_last_day_before_today_is_refused_with_what_was_typed(app) {
        let yesterday = clock::now().date_naive() - Duration::days(2);
        let path = format!("/admin/people/{}", app.staff("specialist").await.id);
        set_last_day(app, "specialist", yesterday).await.must_lead_to(&path);
        let admin = app.sign_in("administrator").await;
        let page = admin.get(&path).await.must_say("Enter today or a later day").text();
        assert_eq!(harness::slots(&page, "last_day_day"), [yesterday.format("%-d").to_string()]);
        let form = [("last_day_day", "31"), ("last_day_month", "2"), ("last_day_year", "2030")];
        admin.post(&format!("{path}/last-day"), &form).await.must_lead_to(&path);
        let own = format!("/admin/people/{}", app.staff("administrator").await.id);
        admin.post(&format!("{own}/last-day"), &form).await.must_lead_to(&own);
        admin.get(&own).await.must_say("cannot set your own last day");
    }

    async fn after_the_last_day_the_team_has_what_the_locum_owned(app) {
        let id = owned_by(app, "specialist").await;
        app.leaves_messages();
        let asked = app.staff("specialist").await.id.to_string();
        let note = [("write-note-text", "Please look."), ("write-note-audience", "own"), ("write-note-person", asked.as_str())];
        app.act("coordinator", id, "write-note", &note).await;
        let due = app.referral(id).await.due_at;
        assert_eq!(jobs::end_terms(&app.desk, clock::now()).await.expect("run"), 0);
        let_it_pass(app, "specialist").await;
        assert_eq!(jobs::end_terms(&app.desk, clock::now()).await.expect("run"), 1);
        assert_eq!(jobs::end_terms(&app.desk, clock::now()).await.expect("run"), 0);
        assert_eq!(app.staff("specialist").await.status, "suspended");
        let row = app.referral(id).await;
        assert_eq!((row.owner_person_id, row.due_at), (None, due), "the team owes it, no later than before");
        assert!(row.owner_name.is_some_and(|name| !name.is_empty() && name != "Dr Daniel Okafor"));
        let coordinator = app.sign_in("coordinator").await;
        coordinator.get(&format!("/referrals/{id}")).await.must_say("no longer works here");
        let theirs = app.literal(app.staff("specialist").await.id);
        let moved = format!("select count(*) as n from task t join person_role r on r.person_id = t.person_id \
                             where r.role = 'coordinator' and t.person_id <> {theirs}");
        assert_eq!(app.count(&moved).await, 1, "a coordinator has what was asked");
        app.sign_in("administrator").await.get("/admin/history").await.must_say("suspended");
    }

    async fn a_role_ends_on_its_last_day_and_the_person_goes_on_in_the_others(app) {
        let (admin, specialist) = (app.sign_in("administrator").await, app.staff("specialist").await);
        let path = format!("/admin/people/{}", specialist.id);
        admin.post(&format!("{path}/roles"), &[("roles", "specialist"), ("roles", "coordinator")]).await.must_lead_to("/admin");
        let today = clock::now().with_timezone(&chrono_tz::Europe::London).date_naive();
        let day = parts(today);
        let of = |role: &str| -> Vec<(String, String)> {
            let parts = day.iter().map(|(name, value)| (format!("{role}-{name}"), value.clone()));
            parts.chain([("last_day_of".to_owned(), role.to_owned())]).collect()
        };
        let send = async |form: Vec<(String, String)>| {
            let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            admin.post(&format!("{path}/last-day"), &form).await
        };
        send(of("quality")).await.must_lead_to(&path);
        admin.get(&path).await.must_say("They do not have this role");
        send(of("coordinator")).await.must_lead_to("/admin");
        let said = today.format("%-d %B %Y").to_string();
        admin.get("/admin").await.must_say("The last day is set.").must_say(&format!("Coordinator until {said}"));
        admin.get("/admin/access").await.must_say("Coordinator until ");
        // The form of each role shows its own day, and that of all their work shows none.
        let page = admin.get(&path).await.must_say("Last day in one role").text();
        assert_eq!(harness::slots(&page, "coordinator-last_day_day"), [today.format("%-d").to_string()]);
        assert_eq!(harness::slots(&page, "last_day_day"), [""]);
        // Emptied it is taken away, and set anew it can prolong access: it asks for a fresh second factor.
        let empty = ["day", "month", "year"].map(|part| (format!("coordinator-last_day_{part}"), String::new()));
        let empty: Vec<_> = empty.into_iter().chain([("last_day_of".to_owned(), "coordinator".to_owned())]).collect();
        send(empty.clone()).await.must_lead_to("/admin");
        admin.get("/admin").await.must_say("The last day is taken away.");
        send(of("coordinator")).await.must_lead_to("/admin");
        app.age_second_factors().await;
        send(empty).await.must_lead_to("/account/confirm");
        admin.get("/admin/history").await.must_say("last day as a coordinator");
        let browser = app.sign_in("specialist").await;
        browser.get("/account").await.must_say("Your last day as coordinator");
        browser.get("/key-in").await.must_be(200);
        // What they own as a coordinator, and what as a specialist.
        let (sent, received) = (owned_by(app, "specialist").await, owned_by(app, "specialist").await);
        app.act("coordinator", received, "acknowledge", &[]).await;
        let theirs = specialist.id.to_string();
        app.act("coordinator", received, "assign", &[("assign-person", &theirs), ("assign-text", "Yours.")]).await;
        app.leaves_messages();
        assert_eq!(jobs::end_terms(&app.desk, clock::now()).await.expect("run"), 0, "it is still the day");
        let id = app.literal(specialist.id);
        app.raw(&format!("update person_role set valid_until = '2020-01-01' where person_id = {id} and role = 'coordinator'")).await.expect("set");
        // Before any timer ran.
        browser.get("/key-in").await.must_be(403);
        browser.get("/worklist").await.must_be(200);
        assert_eq!(jobs::end_terms(&app.desk, clock::now()).await.expect("run"), 1);
        assert_eq!(jobs::end_terms(&app.desk, clock::now()).await.expect("run"), 0);
        assert_eq!(app.texts(&format!("select role as t from person_role where person_id = {id}")).await, ["specialist"]);
        assert_eq!(app.staff("specialist").await.status, "active");
        assert_eq!(app.referral(sent).await.owner_person_id, None, "receipt is a coordinator's to confirm");
        assert_eq!(app.referral(received).await.owner_person_id, Some(specialist.id), "the decision stays theirs");
        browser.get(&format!("/referrals/{sent}")).await.must_say("no longer works here as coordinator");
        admin.get("/admin/history").await.must_say("coordinator, specialist");
        // Without any role they are nobody.
        app.raw(&format!("update person_role set valid_until = '2020-01-01' where person_id = {id}")).await.expect("set");
        browser.get("/worklist").await.must_lead_to("/sign-in");
        assert_eq!(jobs::end_terms(&app.desk, clock::now()).await.expect("run"), 1);
        assert_eq!(app.referral(received).await.owner_person_id, None);
    }

    async fn whoever_is_suspended_leaves_their_work_to_the_team(app) {
        let id = owned_by(app, "specialist").await;
        app.leaves_messages();
        app.do_to_colleague("specialist", "", &[("standing", "suspended")]).await.must_lead_to("/admin");
        assert_eq!(app.referral(id).await.owner_person_id, None);
        // A server that stopped halfway left it behind; the timer finds it.
        let person = app.literal(app.staff("specialist").await.id);
        app.raw(&format!("update referral set owner_person_id = {person}, owner_name = 'Gone' where id = {}", app.literal(id.0))).await.expect("set");
        jobs::end_terms(&app.desk, clock::now()).await.expect("run");
        assert_eq!(app.referral(id).await.owner_person_id, None);
    }

    async fn a_referrer_who_left_is_not_written_to_but_a_colleague_is(app) {
        let id = app.a_sent_referral().await;
        app.deliver().await;
        let_it_pass(app, "referrer").await;
        jobs::end_terms(&app.desk, clock::now()).await.expect("run");
        let before = app.mails().len();
        app.act("specialist", id, "acknowledge", &[]).await;
        app.deliver().await;
        let mails = app.mails();
        assert!(mails[before..].iter().all(|mail| !mail.to.contains(&person("referrer").to_owned())));
    }

    async fn nobody_is_let_in_again_after_their_last_day_without_a_later_one(app) {
        app.leaves_messages();
        let_it_pass(app, "specialist").await;
        jobs::end_terms(&app.desk, clock::now()).await.expect("run");
        let admin = app.sign_in("administrator").await;
        let path = format!("/admin/people/{}", app.staff("specialist").await.id);
        admin.post(&path, &[("standing", "active")]).await.must_lead_to("/admin");
        admin.get("/admin").await.must_say("Set a later one first");
        let later = clock::now().date_naive() + Duration::days(30);
        set_last_day(app, "specialist", later).await.must_lead_to("/admin");
        admin.post(&path, &[("standing", "active")]).await.must_lead_to("/admin");
        app.sign_in("specialist").await.get("/worklist").await.must_be(200);
    }
}

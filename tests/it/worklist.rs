//! Lists of referrals: what they count, what they show, and what they cost.

use chrono::Duration;
use domain::ReferralId;
use domain::referral::AgeBand;
use harness::{Browser, TestApp, both};
use service::{clock, jobs};
use store::entity::{event, referral};

/// Copies of a referral, sent so many days ago each, with the event that brought them where they are.
async fn crowd(app: &TestApp, like: ReferralId, days_ago: &[i64]) {
    let row = app.referral(like).await;
    let tx = app.desk.store.write_tx().await.expect("begun");
    for (at, days) in days_ago.iter().enumerate() {
        let sent = (clock::now() - Duration::days(*days)).timestamp_millis();
        let id = uuid::Uuid::from_bytes(rand::random());
        let copy = referral::Model {
            id,
            reference: format!("WM-CR{days:02}-{at:06}"),
            sent_at: Some(sent),
            created_at: sent,
            version: 1,
            ..row.clone()
        };
        store::referrals::insert(&tx, copy).await.expect("inserted");
        let event = event::Model {
            organisation_id: row.organisation_id,
            id: uuid::Uuid::from_bytes(rand::random()),
            referral_id: id,
            at: sent,
            kind: "referral_sent".to_owned(),
            actor: "system:test".to_owned(),
            actor_name: "Waymark".to_owned(),
            from_state: None,
            to_state: row.state.clone(),
            why: None,
            detail: "{}".to_owned(),
        };
        store::referrals::add_event(&tx, event).await.expect("written");
    }
    tx.commit().await.expect("committed");
}

async fn statements(app: &TestApp, browser: &Browser, path: &str) -> u64 {
    let mut fewest = u64::MAX;
    // A session that is seen again after a while is written once more; that is not the list's.
    for _ in 0..3 {
        let before = app.desk.store.statements();
        browser.get(path).await.must_be(200);
        fewest = fewest.min(app.desk.store.statements() - before);
    }
    fewest
}

/// What a count of the list says: the number before or behind these words.
fn number(page: &str, words: &str) -> Option<i64> {
    let label = page
        .split("aria-label=\"")
        .find(|rest| rest.split('"').next().is_some_and(|l| l.ends_with(words)))?;
    label.split(' ').next()?.parse().ok()
}

both! {
    async fn a_list_costs_as_many_statements_for_many_as_for_few(app) {
        let id = app.a_sent_referral().await;
        app.leaves_messages();
        let coordinator = app.sign_in("coordinator").await;
        let referrer = app.sign_in("referrer").await;
        let lists = [(&coordinator, "/worklist"), (&coordinator, "/worklist?state=sent&age=0-7&waiting=clinic"), (&referrer, "/referrals")];
        let mut before = Vec::new();
        for (browser, path) in lists {
            before.push(statements(app, browser, path).await);
        }
        crowd(app, id, &(0..300).map(|at| at % 120).collect::<Vec<_>>()).await;
        for ((browser, path), before) in lists.into_iter().zip(before) {
            let now = statements(app, browser, path).await;
            assert_eq!(now, before, "{path}");
            assert!(now <= 20, "{path} takes {now} statements");
        }
    }

    async fn counts_follow_every_change_and_lead_to_their_rows(app) {
        let id = app.a_sent_referral().await;
        app.leaves_messages();
        let browser = app.sign_in("coordinator").await;
        let page = browser.get("/worklist").await.must_be(200).text();
        let words = |band: AgeBand| format!("Sent, {}", match band {
            AgeBand::Week => "0–7 days",
            AgeBand::Month => "8–28 days",
            AgeBand::Quarter => "29–90 days",
            AgeBand::Older => "over 90 days",
        });
        let before: Vec<i64> = AgeBand::ALL.iter().map(|band| number(&page, &words(*band)).unwrap_or(0)).collect();
        crowd(app, id, &[0, 7, 8, 28, 29, 90, 91, 400]).await;
        let page = browser.get("/worklist").await.must_be(200).text();
        for (band, before) in AgeBand::ALL.iter().zip(before) {
            assert_eq!(number(&page, &words(*band)), Some(before + 2), "{band}");
            let list = format!("/worklist?state=sent&age={}", band.code());
            let shown = browser.get(&list).await.must_be(200).text();
            assert_eq!(rows_of(&shown), before + 2, "{list}");
        }
        // Late: by the minute, not by the hour.
        let late = number(&page, "Sent, late").unwrap_or(0);
        let (of, due) = (app.literal(id.0), (clock::now() - Duration::seconds(2)).timestamp_millis());
        app.raw(&format!("update referral set due_at = {due} where id = {of}")).await.expect("set");
        let page = browser.get("/worklist").await.must_be(200).text();
        assert_eq!(number(&page, "Sent, late"), Some(late + 1));
        // A change of state moves it; the check at the end compares every counter.
        let young = number(&page, "Sent, 0–7 days").expect("counted");
        app.act("coordinator", id, "acknowledge", &[]).await;
        let page = browser.get("/worklist").await.must_be(200).text();
        assert_eq!(number(&page, "Sent, 0–7 days").unwrap_or(0), young - 1);
    }

    async fn counters_are_folded_together_and_say_the_same(app) {
        let id = app.a_sent_referral().await;
        app.leaves_messages();
        crowd(app, id, &vec![3; 200]).await;
        let browser = app.sign_in("coordinator").await;
        let number = |page: &str| number(page, "Sent, 0–7 days");
        let before = number(&browser.get("/worklist").await.must_be(200).text());
        let many = app.count("select count(*) as n from tally").await;
        assert!(jobs::fold_tallies(&app.desk).await.expect("folded") > 0);
        let few = app.count("select count(*) as n from tally").await;
        assert!(few < many, "{few} of {many}");
        assert_eq!(number(&browser.get("/worklist").await.must_be(200).text()), before);
        assert_eq!(jobs::fold_tallies(&app.desk).await.expect("nothing to fold"), 0);
    }

    async fn the_list_is_narrowed_by_priority_site_and_for_whom_it_waits(app) {
        let (sent, accepted) = (app.a_sent_referral().await, app.an_accepted_referral().await);
        app.leaves_messages();
        let of = app.literal(sent.0);
        app.raw(&format!("update referral set priority = 'urgent' where id = {of}")).await.expect("set");
        let browser = app.sign_in("coordinator").await;
        let shows = async |query: &str, id: ReferralId| {
            let page = browser.get(&format!("/worklist?{query}")).await.must_be(200).text();
            page.contains(&format!("href=\"/referrals/{id}\""))
        };
        let reference = app.referral(sent).await.reference;
        let other = app.referral(accepted).await.reference;
        for (query, has_sent, has_accepted) in [
            ("waiting=clinic", true, false),
            ("waiting=patient", false, true),
            ("waiting=referrer", false, false),
            ("waiting=day", false, false),
            ("priority=urgent", true, false),
            ("priority=routine", false, true),
            ("age=0-7", true, true),
            ("age=91-", false, false),
        ] {
            assert_eq!(shows(&format!("q={reference}&{query}"), sent).await, has_sent, "{query}");
            assert_eq!(shows(&format!("q={other}&{query}"), accepted).await, has_accepted, "{query}");
        }
        let organisation = domain::OrganisationId(app.staff("coordinator").await.organisation_id);
        let sites = store::directory::sites_of(app.desk.store.reader(), organisation).await.expect("read");
        let heart = store::directory::service(app.desk.store.reader(), domain::ServiceId(app.service("Heart clinic").await));
        let at = heart.await.expect("read").expect("there").site_id.expect("has a site");
        for site in sites {
            let found = shows(&format!("q={reference}&site={}", site.id), sent).await;
            assert_eq!(found, site.id == at, "{}", site.name);
        }
        for nonsense in ["age=old", "waiting=godot", "priority=high", "site=here", "service=x"] {
            browser.get(&format!("/worklist?{nonsense}")).await.must_be(422);
        }
    }

    async fn filters_are_kept_under_a_name_renamed_and_removed(app) {
        app.leaves_messages();
        let (coordinator, specialist) = (app.sign_in("coordinator").await, app.sign_in("specialist").await);
        let form = [("list", "/worklist"), ("state", "sent"), ("priority", "urgent"), ("view-name", "Urgent, new"), ("view-audience", "own")];
        coordinator.post("/worklist/views", &form).await.must_lead_to("/worklist?state=sent&priority=urgent");
        let page = coordinator.get("/worklist").await.must_say("Urgent, new").text();
        assert!(page.contains("/worklist?state=sent&amp;priority=urgent") || page.contains("/worklist?state=sent&priority=urgent"));
        assert!(!specialist.get("/worklist").await.text().contains("Urgent, new"), "it is the coordinator's own");
        // Once more under the same name: refused, with what was typed.
        coordinator.post("/worklist/views", &form).await.must_be(303);
        coordinator.get("/worklist?state=sent&priority=urgent").await.must_say("You have a view of this name");
        // Shared, everybody of the organisation sees it; who may not change it has no form for it.
        let id = app.texts(&format!("select {} as t from saved_view", text_of(app, "id"))).await.remove(0);
        let (name, audience) = (format!("view-{id}-name"), format!("view-{id}-audience"));
        let path = format!("/worklist/views/{id}");
        let form = [("list", "/worklist"), ("act", "rename"), (&*name, "Urgent ones"), (&*audience, "all")];
        specialist.post(&path, &form).await.must_be(404);
        coordinator.post(&path, &form).await.must_lead_to("/worklist");
        let page = specialist.get("/worklist").await.must_say("Urgent ones").text();
        assert!(!page.contains(&path), "not theirs to change");
        specialist.post(&path, &[("list", "/worklist"), ("act", "remove")]).await.must_be(403);
        let other = app.sign_in("other-referrer").await;
        other.post(&path, &[("list", "/worklist"), ("act", "remove")]).await.must_be(404);
        coordinator.post(&path, &[("list", "/worklist"), ("act", "remove")]).await.must_lead_to("/worklist");
        assert!(!coordinator.get("/worklist").await.text().contains("Urgent ones"));
        // Words that were searched for name a patient: they alone make no view.
        let form = [("list", "/worklist"), ("q", "Hale"), ("view-name", "Hale")];
        coordinator.post("/worklist/views", &form).await.must_be(303);
        coordinator.get("/worklist").await.must_say("Choose a state or a filter first");
        // A specialist keeps for themselves alone.
        let form = [("list", "/worklist"), ("state", "sent"), ("view-name", "Mine"), ("view-audience", "all")];
        specialist.post("/worklist/views", &form).await.must_be(403);
    }
}

/// Rows of the list itself.
fn rows_of(page: &str) -> i64 {
    i64::try_from(page.matches("app-unbroken\">born ").count()).expect("few")
}

/// A UUID column as its text.
fn text_of(app: &TestApp, column: &str) -> String {
    match app.kind {
        harness::Kind::Postgres => format!("{column}::text"),
        harness::Kind::Sqlite => {
            let part = |from: usize, length: usize| format!("substr(lower(hex({column})), {from}, {length})");
            [part(1, 8), part(9, 4), part(13, 4), part(17, 4), part(21, 12)].join(" || '-' || ")
        }
    }
}

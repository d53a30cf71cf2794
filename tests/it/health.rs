//! Is it alive, and does it refuse what is not its own.

use std::collections::BTreeMap;

use harness::{Browser, Options, both};
use server::config::Config;
use server::{open, router};
use store::{OpenError, Store};
use tokio::sync::watch;

both! {
    async fn the_process_answers_and_the_database_too(app) {
        app.browser().get("/healthz").await.must_be(200).must_say("\"status\":\"ok\"");
        let ready = app.browser().get("/readyz").await.must_be(200).must_say("\"overdue_messages\":0");
        assert!(!ready.text().contains("scanner"), "none is configured");
        assert_eq!(ready.header("content-type"), "application/json");
    }

    [Options::scanning()]
    async fn a_scanner_that_does_not_answer_is_named_and_is_no_reason_to_send_requests_elsewhere(app) {
        app.browser().get("/readyz").await.must_be(200).must_say("\"status\":\"ok\"").must_say("\"scanner\":\"ok\"");
        app.clamd.is_ill(true);
        app.browser().get("/readyz").await.must_be(200).must_say("\"status\":\"degraded\"").must_say("\"scanner\":\"does not answer\"");
        app.clamd.is_ill(false);
        app.browser().get("/readyz").await.must_be(200).must_say("\"status\":\"ok\"");
    }

    async fn without_its_database_it_is_alive_but_not_ready(app) {
        let store = open::database(&app.config).await.expect("opened a second time");
        let desk = open::desk(&app.config, store.clone()).expect("a desk");
        let (_stop, stopping) = watch::channel(false);
        let browser = Browser::new(router::router(&app.config, &desk, stopping, None));
        browser.get("/readyz").await.must_be(200);
        store.close().await.expect("closed");
        browser.get("/healthz").await.must_be(200);
        browser.get("/readyz").await.must_be(503).must_say("the database does not answer");
        let answer = browser.get("/worklist").await;
        assert!(answer.status < 500, "nobody is signed in, so no database is needed: {}", answer.status);
    }

    async fn bringing_the_schema_up_to_date_twice_changes_nothing(app) {
        let count = "select count(*) as n from seaql_migrations";
        let before = app.count(count).await;
        migrations::up(app.desk.store.writer()).await.expect("up");
        assert_eq!(app.count(count).await, before);
        assert!(migrations::pending(app.desk.store.writer()).await.expect("read").is_empty());
    }
}

#[tokio::test]
async fn another_programs_database_and_a_text_file_are_refused_and_left_as_they_are() {
    use sea_orm::ConnectionTrait;
    let folder = tempfile::tempdir().expect("a folder");
    let foreign = folder.path().join("foreign.db");
    let url = format!("sqlite:{}", foreign.display());
    let other = sea_orm::Database::connect(format!("{url}?mode=rwc")).await.expect("made");
    other.execute_unprepared("create table recipes (name text)").await.expect("made");
    other.close().await.expect("closed");
    let refusal = Store::open(&url).await.expect_err("it is not ours");
    assert!(matches!(refusal, OpenError::NotOurs), "{refusal}");
    assert!(refusal.to_string().contains("database_url"), "{refusal}");

    let text = folder.path().join("letter.txt");
    let words = "Dear colleague, this is a letter and no database at all.\n".repeat(100);
    std::fs::write(&text, &words).expect("written");
    let refusal = Store::open(&format!("sqlite:{}", text.display())).await.expect_err("it is a letter");
    assert!(matches!(refusal, OpenError::NotADatabase), "{refusal}");
    assert_eq!(std::fs::read_to_string(&text).expect("still there"), words);

    let refusal = Store::open("mysql://x").await.expect_err("not a kind we know");
    assert!(matches!(refusal, OpenError::UnknownKind), "{refusal}");
}

#[test]
fn an_unknown_key_and_a_bad_value_are_refused_by_name() {
    for (key, value, says) in [
        ("sms.form", "+441632960000", "sms.from"),
        ("nonsense", "1", "nonsense"),
        ("booking.hold_min", "many", "booking.hold_min"),
        ("listen", "here", "listen"),
    ] {
        let overrides = [(key.to_owned(), value.to_owned())];
        let refusal = Config::load(&overrides, &BTreeMap::new(), None).expect_err(key).to_string();
        assert!(refusal.contains(key) && refusal.contains(says), "{refusal}");
    }
    let environment = BTreeMap::from([("WAYMARK_SMS_FORM".to_owned(), "x".to_owned())]);
    let refusal = Config::load(&[], &environment, None).expect_err("unknown").to_string();
    assert!(refusal.contains("WAYMARK_SMS_FORM"), "{refusal}");
}

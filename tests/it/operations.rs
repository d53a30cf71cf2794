//! Whoever runs an installation sees at one place whether it works.

use chrono::Duration;
use harness::{TestApp, both};
use service::clock;
use service::operations::{self, Server};

async fn alarms(app: &TestApp) -> Vec<String> {
    app.texts(
        "select channel || case when cleared_at is null then ' open' else ' cleared' end as t from sending_alarm order by channel, raised_at",
    )
    .await
}

async fn traces(app: &TestApp, action: &str) -> i64 {
    app.count(&format!("select count(*) as n from audit where action = '{action}'")).await
}

both! {
    async fn what_is_late_raises_one_alarm_however_many_servers_look_and_clears_it(app) {
        app.raw("update message set state = 'withheld', final_at = 1 where state in ('created', 'technical-failure')").await.expect("set");
        app.a_sent_referral().await;
        let now = clock::now();
        let servers = ["a", "b", "c"].map(|name| Server::starting(name, "1.0", now));
        let watch = async |at| {
            let all = servers.each_ref().map(|server| operations::watch(&app.desk, server, at));
            for done in futures::future::join_all(all).await {
                done.expect("watched");
            }
        };
        watch(now + Duration::minutes(14)).await;
        assert_eq!(alarms(app).await, [""; 0]);
        watch(now + Duration::minutes(16)).await;
        watch(now + Duration::minutes(17)).await;
        let raised = alarms(app).await;
        assert!(raised.contains(&"sms open".to_owned()), "{raised:?}");
        assert_eq!(traces(app, "raise-alarm").await, i64::try_from(raised.len()).expect("few"));
        let browser = app.sign_in("administrator").await;
        browser.get("/admin").await.must_say("/admin/operations");
        browser.get("/admin/operations").await.must_say("Messages are late").must_say("Text message, since");
        app.deliver().await;
        watch(now + Duration::minutes(18)).await;
        let cleared = alarms(app).await;
        assert!(cleared.iter().all(|line| line.ends_with("cleared")) && cleared.len() == raised.len(), "{cleared:?}");
        assert_eq!(traces(app, "clear-alarm").await, i64::try_from(raised.len()).expect("few"));
        let page = browser.get("/admin/operations").await.must_say("No alarm").text();
        assert!(page.contains("twilio") || page.contains("Taken or delivered"), "{page}");
        // It can come again.
        app.a_sent_referral_of(1).await;
        watch(clock::now() + Duration::minutes(20)).await;
        assert!(alarms(app).await.len() > raised.len());
        app.leaves_messages();
    }

    async fn a_server_that_says_nothing_any_more_is_marked(app) {
        let now = clock::now();
        let (old, new) = (Server::starting("first", "1.0", now), Server::starting("second", "1.1", now));
        operations::watch(&app.desk, &old, now - Duration::minutes(10)).await.expect("watched");
        operations::watch(&app.desk, &new, now).await.expect("watched");
        let browser = app.sign_in("administrator").await;
        let page = browser.get("/admin/operations").await.must_say("second").must_say("Not seen").text();
        assert!(page.contains(">Works<"), "{page}");
        app.sign_in("coordinator").await.get("/admin/operations").await.must_be(403);
    }
}

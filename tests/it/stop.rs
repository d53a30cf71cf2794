//! Live pages over a real socket, and an end that comes.

use std::time::{Duration, Instant};

use futures::StreamExt;
use harness::both;
use server::rim::{self, Limits};

both! {
    async fn a_live_page_hears_of_a_change_and_does_not_hold_up_the_end(app) {
        let id = app.a_sent_referral().await;
        let browser = app.as_patient(id).await;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let limits = Limits::new(&app.config.limits);
        let serving = tokio::spawn(rim::serve(listener, app.router.clone(), limits, app.stop.subscribe()));
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        let live = client.get(format!("http://{address}/live/{id}")).header("cookie", browser.cookies());
        let response = live.send().await.expect("an answer");
        assert_eq!(response.status().as_u16(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let mut events = response.bytes_stream();

        app.accept(id).await;
        let heard = tokio::time::timeout(Duration::from_secs(5), async {
            while let Some(Ok(bytes)) = events.next().await {
                let text = String::from_utf8_lossy(&bytes).into_owned();
                if text.contains("event: changed") {
                    return text;
                }
            }
            String::new()
        });
        let heard = heard.await.expect("the change is heard of within seconds");
        let version = app.referral(id).await.version;
        assert!(heard.contains("data: "), "{heard}");
        assert!(!heard.contains("accepted"), "nothing of the referral travels: {heard}");
        assert!(version > 1);

        let asked = Instant::now();
        app.stop.send(true).expect("the server listens");
        serving.await.expect("no panic").expect("a clean end");
        assert!(asked.elapsed() < Duration::from_secs(10), "{:?}", asked.elapsed());
        assert!(events.next().await.is_none_or(|rest| rest.is_ok()), "the stream ends in order");
        assert!(tokio::net::TcpStream::connect(address).await.is_err(), "nobody listens any more");
        app.deliver().await;
    }

    async fn the_open_page_of_somebody_who_is_suspended_hears_of_it_within_five_seconds(app) {
        let browser = app.sign_in("suspended").await;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let limits = Limits::new(&app.config.limits);
        let serving = tokio::spawn(rim::serve(listener, app.router.clone(), limits, app.stop.subscribe()));
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        let live = client.get(format!("http://{address}/live")).header("cookie", browser.cookies());
        let mut events = live.send().await.expect("an answer").bytes_stream();
        let mut row = app.staff("suspended").await;
        let you = format!("event: you\ndata: {}", row.id);
        let first = events.next().await.expect("an event").expect("whole");
        assert!(String::from_utf8_lossy(&first).starts_with(&you), "{first:?}");

        row.status = "suspended".to_owned();
        let tx = app.desk.store.write_tx().await.expect("begun");
        store::people::update(&tx, row).await.expect("suspended");
        tx.commit().await.expect("committed");
        let heard = tokio::time::timeout(Duration::from_secs(5), async {
            let mut text = String::new();
            while let Some(Ok(bytes)) = events.next().await {
                text.push_str(&String::from_utf8_lossy(&bytes));
            }
            text
        });
        let heard = heard.await.expect("it ends within seconds");
        assert!(heard.contains("event: ended"), "{heard}");
        browser.get("/live").await.must_be(403);
        app.stop.send(true).expect("the server listens");
        serving.await.expect("no panic").expect("a clean end");
    }

    async fn a_stranger_gets_no_live_page(app) {
        let id = app.a_sent_referral().await;
        app.deliver().await;
        let status = app.browser().get(&format!("/live/{id}")).await.status;
        assert_eq!(status, 403);
        app.sign_in("other-referrer").await.get(&format!("/live/{id}")).await.must_be(404);
    }

    async fn a_request_under_way_is_answered_before_the_end(app) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let limits = Limits::new(&app.config.limits);
        let serving = tokio::spawn(rim::serve(listener, app.router.clone(), limits, app.stop.subscribe()));
        let no_following = reqwest::redirect::Policy::none();
        let client = reqwest::Client::builder().no_proxy().redirect(no_following).build().expect("a client");
        let form = "email=nobody%40example.org&password=a-wrong-password";
        let request = client
            .post(format!("http://{address}/sign-in"))
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form);
        // The attempt is counted before the password is hashed, which takes a while; the stop comes meanwhile.
        let answer = tokio::spawn(request.send());
        let begun = async {
            while app.count("select count(*) as n from attempt_count").await == 0 {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), begun).await.expect("the request begins");
        app.stop.send(true).expect("the server listens");
        let answer = answer.await.expect("no panic");
        assert!(answer.is_ok_and(|answer| answer.status().as_u16() < 500));
        serving.await.expect("no panic").expect("a clean end");
    }
}

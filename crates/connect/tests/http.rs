//! The guarded client and feeds over real HTTP to a stand-in on loopback.
#![allow(clippy::unwrap_used)]

use std::time::{Duration, Instant};

use connect::feeds::{Feed, FeedProblem, fetch_feed};
use connect::http::{Conditional, FetchError, Fetched, GuardedClient, HttpConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

const CALENDAR: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n";

/// Answers by path; gives the heads of the requests.
async fn stand_in() -> (String, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let (tell, heads) = mpsc::unbounded_channel();
    let base = origin.clone();
    tokio::spawn(async move {
        loop {
            let (mut socket, _) = listener.accept().await.unwrap();
            let (tell, base) = (tell.clone(), base.clone());
            tokio::spawn(async move {
                let mut head = Vec::new();
                let mut buffer = [0; 4096];
                while !head.windows(4).any(|w| w == b"\r\n\r\n") {
                    let n = socket.read(&mut buffer).await.unwrap();
                    if n == 0 {
                        return;
                    }
                    head.extend_from_slice(&buffer[..n]);
                }
                let head = String::from_utf8(head).unwrap();
                let path = head.split(' ').nth(1).unwrap().to_owned();
                let known = head.to_lowercase().contains("if-none-match: \"v1\"");
                tell.send(head).ok();
                let plain = |status: &str, headers: &str, body: &str| {
                    format!(
                        "HTTP/1.1 {status}\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n{body}",
                        body.len()
                    )
                };
                let to = |target: &str| plain("302 Found", &format!("location: {target}\r\n"), "");
                let answer = match path.as_str() {
                    "/feed" if known => plain("304 Not Modified", "", ""),
                    "/feed" => plain("200 OK", "etag: \"v1\"\r\ncontent-type: text/calendar\r\n", CALENDAR),
                    "/page" => plain("200 OK", "content-type: text/html\r\n", "<html>sign in</html>"),
                    "/hop" => to("/feed"),
                    "/loop" => to("/loop"),
                    "/inward" => to("http://169.254.169.254/latest/meta-data"),
                    "/inward-https" => to("https://10.0.0.1/"),
                    "/port" => to(&base.replace("127.0.0.1", "localhost")),
                    "/file" => to("file:///etc/passwd"),
                    "/gone" => plain("410 Gone", "", ""),
                    "/big" => plain("200 OK", "", &"x".repeat(5000)),
                    // No length given, and more than was asked for.
                    "/endless" => {
                        socket.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n").await.unwrap();
                        while socket.write_all(&[b'x'; 1000]).await.is_ok() {}
                        return;
                    }
                    "/slow" => {
                        socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n").await.unwrap();
                        for _ in 0..10 {
                            tokio::time::sleep(Duration::from_millis(400)).await;
                            if socket.write_all(b"x").await.is_err() {
                                return;
                            }
                        }
                        return;
                    }
                    _ => plain("404 Not Found", "", ""),
                };
                socket.write_all(answer.as_bytes()).await.ok();
                socket.shutdown().await.ok();
            });
        }
    });
    (origin, heads)
}

fn client(origin: Option<&str>) -> GuardedClient {
    rustls::crypto::ring::default_provider().install_default().ok();
    GuardedClient::new(HttpConfig {
        allowed_origins: origin.map(str::to_owned).into_iter().collect(),
        timeout: Duration::from_secs(1),
        user_agent: "Waymark test".to_owned(),
    })
    .unwrap()
}

#[tokio::test]
async fn a_feed_is_fetched_once_and_then_only_asked_for_changes() {
    let (origin, mut heads) = stand_in().await;
    let client = client(Some(&origin));
    let Feed::Calendar { bytes, validators } =
        fetch_feed(&client, &format!("{origin}/feed"), &Conditional::default()).await
    else {
        panic!("no calendar")
    };
    assert_eq!(bytes, CALENDAR);
    assert_eq!(validators.etag.as_deref(), Some("\"v1\""));
    let head = heads.recv().await.unwrap().to_lowercase();
    assert!(head.contains("user-agent: waymark test"), "{head}");
    assert!(!head.contains("authorization") && !head.contains("cookie"), "{head}");
    assert_eq!(fetch_feed(&client, &format!("{origin}/feed"), &validators).await, Feed::NotModified);
    assert_eq!(
        fetch_feed(&client, &format!("{origin}/page"), &validators).await,
        Feed::Problem(FeedProblem::WebPage)
    );
    let gone = fetch_feed(&client, &format!("{origin}/gone"), &validators).await;
    assert_eq!(gone, Feed::Problem(FeedProblem::Gone));
}

#[tokio::test]
async fn every_redirect_is_judged_like_the_first_address() {
    let (origin, mut heads) = stand_in().await;
    let client = client(Some(&origin));
    let get =
        async |path: &str| client.fetch(&format!("{origin}{path}"), &Conditional::default(), 4000).await;
    assert!(matches!(get("/hop").await, Ok(Fetched::Body { bytes, .. }) if bytes == CALENDAR));
    assert_eq!(get("/inward").await, Err(FetchError::PrivateAddress));
    assert_eq!(get("/inward-https").await, Err(FetchError::PrivateAddress));
    assert_eq!(get("/port").await, Err(FetchError::PrivateAddress));
    assert_eq!(get("/file").await, Err(FetchError::BadAddress));
    while heads.try_recv().is_ok() {}
    assert_eq!(get("/loop").await, Err(FetchError::TooManyRedirects));
    let mut asked = 0;
    while heads.try_recv().is_ok() {
        asked += 1;
    }
    assert_eq!(asked, 4);
}

#[tokio::test]
async fn size_and_time_are_capped_while_the_body_arrives() {
    let (origin, _heads) = stand_in().await;
    let client = client(Some(&origin));
    let get =
        async |path: &str| client.fetch(&format!("{origin}{path}"), &Conditional::default(), 4000).await;
    assert_eq!(get("/big").await, Err(FetchError::TooLarge(4000)));
    assert_eq!(get("/endless").await, Err(FetchError::TooLarge(4000)));
    let begun = Instant::now();
    assert_eq!(get("/slow").await, Err(FetchError::Timeout));
    assert!(begun.elapsed() < Duration::from_secs(3));
}

#[tokio::test]
async fn a_name_that_resolves_inward_is_refused_and_nothing_is_sent() {
    let (origin, mut heads) = stand_in().await;
    let client = client(None);
    let port = origin.rsplit(':').next().unwrap();
    let get = async |url: String| client.fetch(&url, &Conditional::default(), 4000).await;
    assert_eq!(get(format!("https://localhost:{port}/feed")).await, Err(FetchError::PrivateAddress));
    assert_eq!(get(format!("https://127.0.0.1:{port}/feed")).await, Err(FetchError::PrivateAddress));
    assert_eq!(get(format!("{origin}/feed")).await, Err(FetchError::PrivateAddress));
    assert_eq!(get(format!("http://localhost:{port}/feed")).await, Err(FetchError::PrivateAddress));
    let with_password = http::Request::builder().uri(format!("http://localhost:{port}/feed"));
    let with_password = with_password.header("authorization", "Basic x").body(Vec::new()).unwrap();
    assert_eq!(client.exchange(with_password, 4000).await.err(), Some(FetchError::NotHttps));
    assert_eq!(get("https://no-such-host.invalid/".to_owned()).await, Err(FetchError::UnknownHost));
    assert!(heads.try_recv().is_err(), "nothing reached the stand-in");
}

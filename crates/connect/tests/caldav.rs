//! Collections at a server that keeps more than events, over real HTTP to a stand-in on loopback: the CalDAV server that the
//! other tests read (Radicale) takes events, tasks and journals alone and has no scheduling inbox.
#![allow(clippy::unwrap_used)]

use std::sync::{Arc, Mutex};

use connect::caldav::{Collection, fetch_collection};
use connect::feeds::{Feed, FeedProblem};
use connect::http::{Conditional, FetchError, GuardedClient, HttpConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// What the stand-in does next, and what it was asked.
#[derive(Default)]
struct Inner {
    asked: Vec<String>,
    /// It answers this to a question for VAVAILABILITY.
    trouble: Option<&'static str>,
    keeps: &'static str,
    inbox: &'static str,
    hours: &'static str,
}

fn object(component: &str, uid: &str) -> String {
    format!("BEGIN:VCALENDAR\r\nBEGIN:{component}\r\nUID:{uid}\r\nEND:{component}\r\nEND:VCALENDAR")
}

fn multistatus(props: &str) -> String {
    format!(
        r#"<d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav" xmlns:cs="http://calendarserver.org/ns/"><d:response><d:href>/x</d:href><d:propstat><d:prop>{props}</d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response></d:multistatus>"#
    )
}

fn answer(inner: &Inner, method: &str, path: &str, body: &str) -> (&'static str, String) {
    const FOUND: &str = "207 Multi-Status";
    let data = |component: &str, uid: &str| {
        format!("<c:calendar-data><![CDATA[{}]]></c:calendar-data>", object(component, uid))
    };
    let props = match (method, path) {
        ("PROPFIND", "/u/c/") => format!(
            "<d:resourcetype><d:collection/><c:calendar/></d:resourcetype><cs:getctag>1</cs:getctag>\
             <d:owner><d:href>/p/u/</d:href></d:owner>{}",
            inner.keeps
        ),
        ("PROPFIND", "/p/u/") => {
            format!("<c:schedule-inbox-URL><d:href>{}</d:href></c:schedule-inbox-URL>", inner.inbox)
        }
        ("PROPFIND", "/u/inbox/") => {
            format!("<c:calendar-availability><![CDATA[{}]]></c:calendar-availability>", inner.hours)
        }
        ("REPORT", "/u/c/") if body.contains("VEVENT") => data("VEVENT", "e"),
        ("REPORT", "/u/c/") if body.contains("VFREEBUSY") => data("VFREEBUSY", "f"),
        ("REPORT", "/u/c/") => match inner.trouble {
            Some(status) => return (status, String::new()),
            None => data("VAVAILABILITY", "a"),
        },
        _ => return ("404 Not Found", String::new()),
    };
    (FOUND, multistatus(&props))
}

async fn stand_in() -> (String, Arc<Mutex<Inner>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let inner = Arc::new(Mutex::new(Inner::default()));
    let served = inner.clone();
    tokio::spawn(async move {
        loop {
            let (mut socket, _) = listener.accept().await.unwrap();
            let inner = served.clone();
            tokio::spawn(async move {
                let (mut request, mut buffer) = (Vec::new(), [0; 4096]);
                let (head, body) = loop {
                    let n = socket.read(&mut buffer).await.unwrap();
                    request.extend_from_slice(&buffer[..n]);
                    let text = String::from_utf8_lossy(&request).into_owned();
                    let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
                    let lower = head.to_lowercase();
                    let long = lower.split("content-length: ").nth(1).and_then(|rest| rest.lines().next());
                    if body.len() >= long.and_then(|long| long.parse().ok()).unwrap_or(0) {
                        break (head.to_owned(), body.to_owned());
                    }
                };
                let mut words = head.split(' ');
                let (method, path) = (words.next().unwrap(), words.next().unwrap());
                let (status, body) = {
                    let mut inner = inner.lock().unwrap();
                    inner.asked.push(format!("{method} {path}"));
                    answer(&inner, method, path, &body)
                };
                let text = format!(
                    "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                    body.len()
                );
                socket.write_all(text.as_bytes()).await.ok();
                socket.shutdown().await.ok();
            });
        }
    });
    (origin, inner)
}

async fn fetched(origin: &str, known: &Conditional) -> Feed {
    rustls::crypto::ring::default_provider().install_default().ok();
    let cfg = HttpConfig { allowed_origins: vec![origin.to_owned()], ..HttpConfig::default() };
    let client = GuardedClient::new(cfg).unwrap();
    let (from, to) = ("2027-01-01T00:00:00Z".parse().unwrap(), "2027-02-01T00:00:00Z".parse().unwrap());
    let address = format!("{origin}/u/c/");
    let from = Collection { address: &address, username: "u", password: "p", from, to };
    fetch_collection(&client, from, known).await
}

fn uids(feed: &Feed) -> Vec<String> {
    let Feed::Calendar { bytes, .. } = feed else { panic!("no calendar: {feed:?}") };
    let text = String::from_utf8_lossy(bytes).into_owned();
    text.lines().filter_map(|line| line.strip_prefix("UID:")).map(str::to_owned).collect()
}

#[tokio::test]
async fn free_busy_and_availability_arrive_with_the_events() {
    let (origin, inner) = stand_in().await;
    let feed = fetched(&origin, &Conditional::default()).await;
    assert_eq!(uids(&feed), ["e", "f", "a"]);
    let Feed::Calendar { validators, .. } = feed else { panic!("a calendar") };
    assert_eq!(fetched(&origin, &validators).await, Feed::NotModified);
    // The owner's hours at their inbox are a part of it, and a change of them is seen though the CTag is the same.
    {
        let mut inner = inner.lock().unwrap();
        inner.inbox = "/u/inbox/";
        inner.hours = "BEGIN:VCALENDAR\r\nBEGIN:VAVAILABILITY\r\nUID:h\r\nEND:VAVAILABILITY\r\nEND:VCALENDAR";
    }
    let feed = fetched(&origin, &validators).await;
    assert_eq!(uids(&feed), ["e", "f", "a", "h"]);
    let Feed::Calendar { validators, .. } = feed else { panic!("a calendar") };
    assert_eq!(fetched(&origin, &validators).await, Feed::NotModified);
}

#[tokio::test]
async fn an_inbox_elsewhere_is_never_asked() {
    let (origin, inner) = stand_in().await;
    let (other, others) = stand_in().await;
    inner.lock().unwrap().inbox = Box::leak(format!("{other}/u/inbox/").into_boxed_str());
    assert_eq!(uids(&fetched(&origin, &Conditional::default()).await), ["e", "f", "a"]);
    assert!(others.lock().unwrap().asked.is_empty(), "the password went to another server");
}

#[tokio::test]
async fn a_kind_that_cannot_be_asked_for_now_is_not_taken_for_none() {
    let (origin, inner) = stand_in().await;
    let set = |trouble, keeps| {
        let mut inner = inner.lock().unwrap();
        (inner.trouble, inner.keeps) = (Some(trouble), keeps);
    };
    set("500 Internal Server Error", "");
    let broken = FetchError::Status { code: 500, retry_after_s: None };
    assert_eq!(fetched(&origin, &Conditional::default()).await, Feed::Problem(FeedProblem::Fetch(broken)));
    // A server that does not know the filter, and one that says it keeps events alone, hide nothing.
    set("403 Forbidden", "");
    assert_eq!(uids(&fetched(&origin, &Conditional::default()).await), ["e", "f"]);
    set(
        "500 Internal Server Error",
        r#"<c:supported-calendar-component-set><c:comp name="VEVENT"/></c:supported-calendar-component-set>"#,
    );
    assert_eq!(uids(&fetched(&origin, &Conditional::default()).await), ["e", "f"]);
}

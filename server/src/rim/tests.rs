//! The rim on real sockets.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::routing::{get, post};
use futures::StreamExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::{Commits, Rim, ServeLimits, dress, serve};

struct Running {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    server: JoinHandle<usize>,
}

async fn start(header_ms: u64, drain_ms: u64, max_connections: usize) -> Running {
    let endless = || async {
        let beat = |_| async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            Some((Ok::<_, std::io::Error>(Bytes::from_static(b"data: tick\n\n")), ()))
        };
        Body::from_stream(futures::stream::unfold((), beat).boxed())
    };
    let slow = || async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        "slow but whole"
    };
    let fails = || async {
        if Instant::now().elapsed() < Duration::MAX {
            panic!("on purpose");
        }
    };
    let router = Router::new()
        .route("/quick", get(|| async { "quick" }))
        .route("/slow", get(slow))
        .route("/endless", get(endless))
        .route("/fails", get(fails).post(fails))
        .route("/change", post(|_: Bytes| async { "changed" }));
    let rim = Rim {
        origin: "http://127.0.0.1:3000".to_owned(),
        is_https: false,
        proxy_hops: 0,
        body_bytes: 1024,
        request_timeout: Duration::from_secs(5),
        open_paths: &[],
        uploads: Vec::new(),
        commits: Commits::default(),
    };
    let limits = ServeLimits {
        max_connections,
        header_timeout: Duration::from_millis(header_ms),
        drain: Duration::from_millis(drain_ms),
        commits: rim.commits.clone(),
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    let (stop, shutdown) = watch::channel(false);
    let server = tokio::spawn(serve(listener, dress(router, &rim), limits, shutdown));
    Running { address, stop, server }
}

async fn open(running: &Running, text: &str) -> TcpStream {
    let mut stream = TcpStream::connect(running.address).await.expect("listening");
    stream.write_all(text.as_bytes()).await.expect("connected");
    stream
}

async fn whole(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    // A reset is an end as well.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

async fn ask(running: &Running, head: &str) -> String {
    whole(open(running, &format!("{head}\r\nHost: a\r\nConnection: close\r\n\r\n")).await).await
}

#[tokio::test]
async fn who_sends_half_a_head_or_nothing_is_dropped_at_the_deadline() {
    let running = start(300, 1_000, 100).await;
    for half in ["", "GET / HT", "GET /quick HTTP/1.1\r\nHost: a\r\nX-Slow: "] {
        let begun = Instant::now();
        let stream = open(&running, half).await;
        let answer = tokio::time::timeout(Duration::from_secs(3), whole(stream)).await.expect("dropped");
        assert!(!answer.contains("200 OK"), "{answer}");
        assert!(begun.elapsed() >= Duration::from_millis(250), "{half:?} after {:?}", begun.elapsed());
    }
    assert!(ask(&running, "GET /quick HTTP/1.1").await.ends_with("quick"));
}

#[tokio::test]
async fn an_endless_answer_does_not_hold_the_server_beyond_the_drain() {
    let running = start(1_000, 400, 100).await;
    let mut endless = open(&running, "GET /endless HTTP/1.1\r\nHost: a\r\n\r\n").await;
    let mut first = [0_u8; 64];
    assert!(endless.read(&mut first).await.expect("it flows") > 0);
    let slow = tokio::spawn(whole(open(&running, "GET /slow HTTP/1.1\r\nHost: a\r\n\r\n").await));
    tokio::time::sleep(Duration::from_millis(50)).await;

    let begun = Instant::now();
    running.stop.send(true).expect("still serving");
    let cut_off = tokio::time::timeout(Duration::from_secs(5), running.server).await.expect("it ends");
    assert_eq!(cut_off.expect("no panic"), 1, "only the endless one");
    assert!(begun.elapsed() < Duration::from_millis(1_000), "after {:?}", begun.elapsed());
    assert!(slow.await.expect("no panic").ends_with("slow but whole"), "work under way is finished");
    assert!(TcpStream::connect(running.address).await.is_err(), "nobody is accepted any more");
}

#[tokio::test]
async fn a_server_with_idle_connections_stops_at_once() {
    let running = start(30_000, 10_000, 100).await;
    let idle = open(&running, "GET /quick HTTP/1.1\r\nHost: a\r\n\r\n").await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    running.stop.send(true).expect("still serving");
    let cut_off = tokio::time::timeout(Duration::from_secs(2), running.server).await.expect("it ends");
    assert_eq!(cut_off.expect("no panic"), 0);
    drop(idle);
}

#[tokio::test]
async fn who_comes_too_many_waits_for_a_seat() {
    let running = start(500, 500, 1).await;
    let holder = open(&running, "GET /").await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    let answer = tokio::time::timeout(Duration::from_secs(3), ask(&running, "GET /quick HTTP/1.1")).await;
    assert!(answer.expect("the seat is freed at the deadline").ends_with("quick"));
    drop(holder);
}

#[tokio::test]
async fn a_panic_costs_one_answer_and_gives_a_reference() {
    let running = start(1_000, 500, 100).await;
    for method in ["GET", "POST"] {
        let head = format!("{method} /fails HTTP/1.1\r\nOrigin: http://127.0.0.1:3000\r\nContent-Length: 0");
        let answer = ask(&running, &head).await;
        assert!(answer.starts_with("HTTP/1.1 500"), "{answer}");
        let id = header(&answer, "x-request-id");
        assert!(answer.contains(&format!("reference: {id}")), "{answer}");
        assert_eq!(header(&answer, "x-frame-options"), "DENY");
    }
    assert!(ask(&running, "GET /quick HTTP/1.1").await.ends_with("quick"));
}

#[tokio::test]
async fn the_layers_work_together() {
    let running = start(1_000, 500, 100).await;
    let refused =
        ask(&running, "POST /change HTTP/1.1\r\nSec-Fetch-Site: cross-site\r\nContent-Length: 0").await;
    assert!(refused.starts_with("HTTP/1.1 403"), "{refused}");
    assert_eq!(header(&refused, "cache-control"), "no-store");
    let ours = "POST /change HTTP/1.1\r\nSec-Fetch-Site: same-origin\r\nContent-Length:";
    assert!(ask(&running, &format!("{ours} 0")).await.ends_with("changed"));
    assert!(ask(&running, &format!("{ours} 9999")).await.starts_with("HTTP/1.1 413"));
    assert!(ask(&running, "GET /missing HTTP/1.1").await.starts_with("HTTP/1.1 404"));
}

fn header<'a>(answer: &'a str, name: &str) -> &'a str {
    let line = answer.lines().find(|line| line.to_lowercase().starts_with(&format!("{name}:")));
    line.and_then(|line| line.split_once(": ")).map_or("", |(_, value)| value)
}

//! The rim on real sockets.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::ConnectInfo;
use axum::routing::{get, post};
use futures::StreamExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::{Limits, RimConfig, serve, wrap};

struct Running {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    server: JoinHandle<std::io::Result<()>>,
    /// How often `/late` came to its end.
    written: Arc<AtomicUsize>,
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
    let written = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&written);
    let late = || async move {
        tokio::time::sleep(Duration::from_millis(600)).await;
        counted.fetch_add(1, Ordering::SeqCst);
    };
    let router = Router::new()
        .route("/quick", get(|| async { "quick" }))
        .route("/slow", get(slow))
        .route("/endless", get(endless))
        .route("/fails", get(fails).post(fails))
        .route("/who", get(|ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { peer.ip().to_string() }))
        .route("/upload", post(|body: Bytes| async move { body.len().to_string() }))
        .route("/late", post(late))
        .route("/change", post(|_: Bytes| async { "changed" }));
    let rim = RimConfig {
        public_origin: "http://127.0.0.1:3000".to_owned(),
        proxy_hops: 0,
        exempt_prefixes: Vec::new(),
        body_bytes: 1024,
        upload_prefixes: vec!["/upload".to_owned()],
        upload_bytes: 8 * 1024 * 1024,
        request_timeout: Duration::from_secs(5),
    };
    let limits = Limits {
        max_connections,
        header_timeout: Duration::from_millis(header_ms),
        shutdown_grace: Duration::from_millis(drain_ms),
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    let (stop, shutdown) = watch::channel(false);
    let server = tokio::spawn(serve(listener, wrap(router, rim), limits, shutdown));
    Running { address, stop, server, written }
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
    cut_off.expect("no panic").expect("a good listener");
    assert!(begun.elapsed() >= Duration::from_millis(350), "the grace is given");
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
    cut_off.expect("no panic").expect("a good listener");
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

#[tokio::test]
async fn a_client_who_sends_far_too_much_still_reads_why_it_was_refused() {
    let running = start(1_000, 500, 100).await;
    let sent = 32 * 1024 * 1024;
    let ours = "HTTP/1.1\r\nHost: a\r\nSec-Fetch-Site: same-origin\r\nConnection: close";
    let announced = format!("POST /upload {ours}\r\nContent-Length: {sent}\r\n\r\n");
    let unannounced = format!("POST /upload {ours}\r\nTransfer-Encoding: chunked\r\n\r\n{sent:x}\r\n");
    for (head, end) in [(announced, ""), (unannounced, "\r\n0\r\n\r\n")] {
        let mut stream = open(&running, &head).await;
        stream.write_all(&vec![b'x'; sent]).await.expect("all is taken, as a browser needs it");
        stream.write_all(end.as_bytes()).await.expect("all is taken");
        let answer = whole(stream).await;
        assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
        assert!(answer.contains("Send at most 8 MB at once"), "{answer}");
    }
    let mut fits = open(&running, &format!("POST /upload {ours}\r\nContent-Length: 5000000\r\n\r\n")).await;
    fits.write_all(&vec![b'x'; 5_000_000]).await.expect("taken");
    assert!(whole(fits).await.ends_with("5000000"), "more than an ordinary body, and than axum's own limit");
}

#[tokio::test]
async fn a_change_begun_before_the_stop_is_written_although_its_client_was_cut_off() {
    let running = start(1_000, 200, 100).await;
    let head = "POST /late HTTP/1.1\r\nHost: a\r\nSec-Fetch-Site: same-origin\r\nContent-Length: 0\r\n\r\n";
    let client = open(&running, head).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    running.stop.send(true).expect("still serving");
    running.server.await.expect("no panic").expect("a good listener");
    assert_eq!(running.written.load(Ordering::SeqCst), 1);
    drop(client);
}

#[tokio::test]
async fn handlers_know_who_is_at_the_other_end() {
    let running = start(1_000, 500, 100).await;
    assert!(ask(&running, "GET /who HTTP/1.1").await.ends_with("127.0.0.1"));
}

fn header<'a>(answer: &'a str, name: &str) -> &'a str {
    let line = answer.lines().find(|line| line.to_lowercase().starts_with(&format!("{name}:")));
    line.and_then(|line| line.split_once(": ")).map_or("", |(_, value)| value)
}

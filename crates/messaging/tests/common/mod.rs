//! A stand-in for an HTTP service: a real listener on loopback that keeps what it is sent and answers as told.
#![allow(dead_code, clippy::unwrap_used)]

use std::path::PathBuf;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

/// One request as it came over the wire.
#[derive(Debug, Clone)]
pub struct Seen {
    pub method: String,
    /// Path and query.
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Seen {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == &name.to_lowercase()).map(|(_, v)| v.as_str())
    }
}

/// What to answer.
#[derive(Debug, Clone)]
pub enum Answer {
    /// Status line ("201 Created"), further header lines, body.
    Reply(&'static str, &'static str, String),
    /// Read the request, then close without a word.
    HangUp,
    /// Read the request, then say nothing for this long.
    Wait(Duration),
}

pub struct StandIn {
    pub origin: String,
    seen: mpsc::UnboundedReceiver<Seen>,
}

impl StandIn {
    /// Answers each connection in turn with one of `answers`, then stops listening.
    pub async fn start(answers: Vec<Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let (tell, seen) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            for answer in answers {
                let (mut socket, _) = listener.accept().await.unwrap();
                let request = read_request(&mut socket).await;
                tell.send(request).ok();
                match answer {
                    Answer::Reply(status, headers, body) => {
                        let text = format!(
                            "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n{headers}\r\n{body}",
                            body.len()
                        );
                        socket.write_all(text.as_bytes()).await.unwrap();
                        socket.shutdown().await.ok();
                    }
                    Answer::HangUp => drop(socket),
                    Answer::Wait(time) => tokio::time::sleep(time).await,
                }
            }
        });
        Self { origin, seen }
    }

    pub async fn next(&mut self) -> Seen {
        self.seen.recv().await.expect("a request")
    }
}

async fn read_request(socket: &mut tokio::net::TcpStream) -> Seen {
    let mut all = Vec::new();
    let mut buffer = [0; 4096];
    let end = loop {
        let n = socket.read(&mut buffer).await.unwrap();
        assert!(n > 0, "the request ended early");
        all.extend_from_slice(&buffer[..n]);
        if let Some(at) = all.windows(4).position(|w| w == b"\r\n\r\n") {
            break at;
        }
    };
    let head = String::from_utf8(all[..end].to_vec()).unwrap();
    let mut lines = head.split("\r\n");
    let mut first = lines.next().unwrap().split(' ');
    let (method, target) = (first.next().unwrap().to_owned(), first.next().unwrap().to_owned());
    let headers: Vec<(String, String)> = lines
        .filter_map(|l| l.split_once(':'))
        .map(|(n, v)| (n.to_lowercase(), v.trim().to_owned()))
        .collect();
    let length: usize =
        headers.iter().find(|(n, _)| n == "content-length").map_or(0, |(_, v)| v.parse().unwrap());
    let mut body = all[end + 4..].to_vec();
    while body.len() < length {
        let n = socket.read(&mut buffer).await.unwrap();
        assert!(n > 0, "the body ended early");
        body.extend_from_slice(&buffer[..n]);
    }
    Seen { method, target, headers, body }
}

/// A sample file, or none where the samples are not at hand; on CI that is a failure.
pub fn sample(path: &str) -> Option<String> {
    let root = std::env::var_os("WAYMARK_SAMPLES").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")),
        PathBuf::from,
    );
    match std::fs::read_to_string(root.join(path)) {
        Ok(text) => Some(text),
        Err(why) => {
            assert!(std::env::var("CI").as_deref() != Ok("true"), "{path} is missing on CI: {why}");
            eprintln!("skipped: {path} is not at hand ({why}); set WAYMARK_SAMPLES");
            None
        }
    }
}

pub fn tls_ready() {
    rustls::crypto::ring::default_provider().install_default().ok();
}

//! Our own accept loop: a deadline for a request's head, a cap on connections, an end that comes.
//!
//! HTTP/1.1 only: TLS and HTTP/2 are the proxy's. Speaking one protocol also means that the deadline holds from a
//! connection's first byte.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tower::ServiceExt;

use super::Commits;
use crate::config;

/// How long live connections may take to end after the stop was called (promise P4).
pub const DRAIN: Duration = Duration::from_secs(10);
/// Before trying again after the system refused a connection.
const PAUSE_AFTER_FAILED_ACCEPT: Duration = Duration::from_millis(100);

/// What connections may take.
#[derive(Debug, Clone)]
pub struct ServeLimits {
    pub max_connections: usize,
    /// From the connection's begin, or the last answer's end, to the end of the next request's head.
    pub header_timeout: Duration,
    pub drain: Duration,
    /// Work to be finished before [`serve`] returns.
    pub commits: Commits,
}

impl ServeLimits {
    /// As configured; `commits` are those of the rim that dresses the router.
    pub fn new(limits: &config::Limits, commits: Commits) -> Self {
        Self {
            max_connections: limits.max_connections,
            header_timeout: limits.header_timeout,
            drain: DRAIN,
            commits,
        }
    }
}

/// Serves until `shutdown` turns true or its sender is gone; then accepts nobody, lets requests under way end, and
/// after `drain` cuts off who is left. Endless answers should watch the same `shutdown` and end by themselves.
///
/// Returns how many connections had to be cut off.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: ServeLimits,
    mut shutdown: watch::Receiver<bool>,
) -> usize {
    let seats = Arc::new(Semaphore::new(limits.max_connections));
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            biased;
            () = stopped(&mut shutdown) => break,
            Some(_) = connections.join_next() => {}
            (stream, peer, seat) = accept(&listener, &seats) => {
                let router = router.clone();
                let talk = converse(stream, peer, router, limits.header_timeout, shutdown.clone(), seat);
                connections.spawn(talk);
            }
        }
    }
    drop(listener);
    let end = tokio::time::Instant::now() + limits.drain;
    let all = async { while connections.join_next().await.is_some() {} };
    let cut_off = match tokio::time::timeout_at(end, all).await {
        Ok(()) => 0,
        Err(_) => connections.len(),
    };
    connections.shutdown().await;
    let left = end.saturating_duration_since(tokio::time::Instant::now()).max(Duration::from_secs(1));
    if !limits.commits.finish(left).await {
        tracing::error!(
            "the server ends while changes are still being written; the database rolls them back"
        );
    }
    cut_off
}

/// Returns once `shutdown` is true, or nobody is left to say so.
pub async fn stopped(shutdown: &mut watch::Receiver<bool>) {
    // An error means that the sender is gone, which is a stop as well.
    let _ = shutdown.wait_for(|stop| *stop).await;
}

/// Waits for a free seat first: who comes too many waits in the system's queue.
async fn accept(
    listener: &TcpListener,
    seats: &Arc<Semaphore>,
) -> (TcpStream, SocketAddr, OwnedSemaphorePermit) {
    let seat = Arc::clone(seats).acquire_owned().await.expect("this semaphore is never closed");
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => return (stream, peer, seat),
            Err(error) => {
                // One client's broken connection is its own affair; lack of file handles passes.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(PAUSE_AFTER_FAILED_ACCEPT).await;
            }
        }
    }
}

async fn converse(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    header_timeout: Duration,
    mut shutdown: watch::Receiver<bool>,
    _seat: OwnedSemaphorePermit,
) {
    // Without it small answers wait for each other; a connection that refuses it is as good as closed.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        router.clone().oneshot(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(header_timeout)
        .max_buf_size(64 * 1024)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        // A client that goes away or sends nonsense is not our fault, and needs no line in the log.
        _ = connection.as_mut() => return,
        () = stopped(&mut shutdown) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = connection.await;
}

//! Our own accept loop: a deadline for a request's head, a cap on connections, an end that comes.
//!
//! HTTP/1.1 only: TLS and HTTP/2 are the proxy's. Speaking one protocol also means that the deadline holds from a
//! connection's first byte.

use std::io;
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
use tokio::time::Instant;
use tower::ServiceExt;

use super::Commits;
use crate::config;

/// Before trying again after the system refused a connection.
const PAUSE_AFTER_FAILED_ACCEPT: Duration = Duration::from_millis(100);
/// A listener that fails for so long on end is broken.
const PATIENCE_WITH_LISTENER: Duration = Duration::from_secs(60);

/// What connections may take.
#[derive(Debug, Clone)]
pub struct Limits {
    pub max_connections: usize,
    /// From the connection's begin, or the last answer's end, to the end of the next request's head.
    pub header_timeout: Duration,
    /// How long live connections may take to end after the stop was called; 10 s in promise P4.
    pub shutdown_grace: Duration,
}

impl Limits {
    /// As configured, with a grace of 10 s.
    pub fn new(limits: &config::Limits) -> Self {
        Self {
            max_connections: limits.max_connections,
            header_timeout: limits.header_timeout,
            shutdown_grace: Duration::from_secs(10),
        }
    }
}

/// Serves until `stop` turns true or its sender is gone; then accepts nobody, lets requests under way end, cuts off
/// who is left after the grace, and waits for changes that are still being written (at least one second).
///
/// Every request carries `ConnectInfo<SocketAddr>` and [`Commits`] in its extensions. Endless answers should watch
/// the same `stop` and end by themselves.
///
/// # Errors
/// The listener failed for a minute on end; what was under way was ended as above.
pub async fn serve(
    listener: TcpListener,
    app: Router,
    limits: Limits,
    mut stop: watch::Receiver<bool>,
) -> io::Result<()> {
    let commits = Commits::default();
    let seats = Arc::new(Semaphore::new(limits.max_connections));
    let mut connections = JoinSet::new();
    let (end_all, ending) = watch::channel(false);
    let mut result = Ok(());
    loop {
        tokio::select! {
            biased;
            () = stopped(&mut stop) => break,
            Some(_) = connections.join_next() => {}
            accepted = accept(&listener, &seats) => match accepted {
                Ok((stream, peer, seat)) => {
                    let visitor = Visitor { peer, commits: commits.clone(), seat };
                    let talk = converse(stream, visitor, app.clone(), limits.header_timeout, ending.clone());
                    connections.spawn(talk);
                }
                Err(error) => {
                    result = Err(error);
                    break;
                }
            }
        }
    }
    drop(listener);
    // Nobody listens when there are no connections.
    let _ = end_all.send(true);
    let end = Instant::now() + limits.shutdown_grace;
    let all = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout_at(end, all).await.is_err() {
        tracing::info!(connections = connections.len(), "connections were cut off at the end of the grace");
    }
    connections.shutdown().await;
    let left = end.saturating_duration_since(Instant::now()).max(Duration::from_secs(1));
    if !commits.finish(left).await {
        tracing::error!(
            "the server ends while changes are still being written; the database rolls them back"
        );
    }
    result
}

/// Returns once `shutdown` is true, or nobody is left to say so.
pub async fn stopped(shutdown: &mut watch::Receiver<bool>) {
    // An error means that the sender is gone, which is a stop as well.
    let _ = shutdown.wait_for(|stop| *stop).await;
}

struct Visitor {
    peer: SocketAddr,
    commits: Commits,
    seat: OwnedSemaphorePermit,
}

/// Waits for a free seat first: who comes too many waits in the system's queue.
async fn accept(
    listener: &TcpListener,
    seats: &Arc<Semaphore>,
) -> io::Result<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let seat = Arc::clone(seats).acquire_owned().await.expect("this semaphore is never closed");
    let give_up = Instant::now() + PATIENCE_WITH_LISTENER;
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => return Ok((stream, peer, seat)),
            // One client's broken connection is its own affair; lack of file handles passes.
            Err(error) if Instant::now() < give_up => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(PAUSE_AFTER_FAILED_ACCEPT).await;
            }
            Err(error) => return Err(error),
        }
    }
}

async fn converse(
    stream: TcpStream,
    visitor: Visitor,
    app: Router,
    header_timeout: Duration,
    mut ending: watch::Receiver<bool>,
) {
    let Visitor { peer, commits, seat: _seat } = visitor;
    // Without it small answers wait for each other; a connection that refuses it is as good as closed.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        request.extensions_mut().insert(commits.clone());
        app.clone().oneshot(request)
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
        () = stopped(&mut ending) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = connection.await;
}

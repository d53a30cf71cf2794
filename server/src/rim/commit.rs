//! Work that changes something is finished, whether or not anybody still waits for the answer.
//!
//! A dropped request future would stop a handler in the middle of a transaction; so unsafe requests run in a task of
//! their own. Readers are simply dropped.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;
use tokio_util::task::TaskTracker;

use super::{gate, paths};

/// Counts work that is still being finished, so that the server waits for it before it ends. The accept loop puts
/// its own into every request's extensions.
#[derive(Debug, Clone, Default)]
pub struct Commits(TaskTracker);

impl Commits {
    /// Returns when all work is done that was begun before, at the latest after `at_most`; says whether it was.
    pub async fn finish(&self, at_most: Duration) -> bool {
        self.0.close();
        tokio::time::timeout(at_most, self.0.wait()).await.is_ok()
    }
}

/// Carries an unsafe request to its end even if the client leaves or a [`deadline`] further out passes.
pub async fn finish_writes(request: Request, next: Next) -> Response {
    if gate::is_safe(request.method()) {
        return next.run(request).await;
    }
    let commits = request.extensions().get::<Commits>().cloned().unwrap_or_default();
    match commits.0.spawn(next.run(request)).await {
        Ok(response) => response,
        Err(failed) => match failed.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // Only the end of the whole server stops such a task.
            Err(_) => late("Try again in a minute."),
        },
    }
}

/// When an answer must begin: the state of [`deadline`].
#[derive(Debug, Clone)]
pub struct Deadline {
    pub after: Duration,
    /// Beginnings of paths without a deadline: uploads come at the pace of the client.
    pub unhurried: Arc<[String]>,
}

/// Answers 503 when the deadline passes. Stands outside [`finish_writes`], so what an unsafe request began goes on.
pub async fn deadline(State(deadline): State<Deadline>, request: Request, next: Next) -> Response {
    if paths::begins_with_any(request.uri().path(), &deadline.unhurried) {
        return next.run(request).await;
    }
    let is_safe = gate::is_safe(request.method());
    match tokio::time::timeout(deadline.after, next.run(request)).await {
        Ok(response) => response,
        Err(_) if is_safe => late("Try again in a minute."),
        Err(_) => late("What you sent may still be carried out: look before you repeat it."),
    }
}

fn late(sentence: &str) -> Response {
    app::web::plain(StatusCode::SERVICE_UNAVAILABLE, "This takes too long", sentence)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use axum::Router;
    use axum::body::Body;
    use axum::middleware::{from_fn, from_fn_with_state};
    use axum::routing::any;
    use tower::ServiceExt;

    use super::*;

    struct Scene {
        router: Router,
        done: Arc<AtomicUsize>,
        commits: Commits,
    }

    /// A handler that takes 100 ms before it counts.
    fn scene(after_ms: u64) -> Scene {
        let done = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&done);
        let slow = move || async move {
            tokio::time::sleep(Duration::from_millis(100)).await;
            counted.fetch_add(1, Ordering::SeqCst);
        };
        let commits = Commits::default();
        let deadline = Deadline {
            after: Duration::from_millis(after_ms),
            unhurried: ["/upload/{id}".to_owned()].into(),
        };
        let router = Router::new()
            .route("/slow", any(slow.clone()))
            .route("/upload/{id}", any(slow))
            .layer(from_fn(finish_writes))
            .layer(from_fn_with_state(deadline, super::deadline))
            .layer(axum::Extension(commits.clone()));
        Scene { router, done, commits }
    }

    fn request(method: &str, path: &str) -> Request {
        Request::builder().method(method).uri(path).body(Body::empty()).expect("well formed")
    }

    #[tokio::test]
    async fn a_client_who_leaves_does_not_stop_a_commit_but_stops_a_read() {
        for (method, expected) in [("POST", 1), ("GET", 0)] {
            let scene = scene(5_000);
            let call = scene.router.oneshot(request(method, "/slow"));
            assert!(tokio::time::timeout(Duration::from_millis(20), call).await.is_err());
            assert!(scene.commits.finish(Duration::from_secs(5)).await);
            tokio::time::sleep(Duration::from_millis(150)).await;
            assert_eq!(scene.done.load(Ordering::SeqCst), expected, "{method}");
        }
    }

    #[tokio::test]
    async fn a_late_answer_is_a_503_and_the_work_is_finished() {
        let scene = scene(20);
        let response = scene.router.oneshot(request("POST", "/slow")).await.expect("infallible");
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(scene.done.load(Ordering::SeqCst), 0);
        assert!(scene.commits.finish(Duration::from_secs(5)).await);
        assert_eq!(scene.done.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn uploads_are_not_hurried() {
        let scene = scene(20);
        let response = scene.router.oneshot(request("POST", "/upload/7")).await.expect("infallible");
        assert_eq!(response.status(), StatusCode::OK);
    }

    #[tokio::test]
    async fn waiting_for_commits_has_an_end() {
        let scene = scene(5_000);
        let call = scene.router.oneshot(request("POST", "/slow"));
        assert!(tokio::time::timeout(Duration::from_millis(20), call).await.is_err());
        assert!(!scene.commits.finish(Duration::from_millis(10)).await);
    }
}

//! A stand-in for somebody's calendar on the web: a real local server that keeps one calendar and says when it changed.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

/// How it answers from now on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum FeedMood {
    #[default]
    Answers,
    /// 503, and asks for so many seconds of patience.
    Busy(u32),
    /// 410: there is no calendar any more.
    Gone,
    /// Takes the request and says nothing for half a minute.
    Hangs,
}

/// A request as it came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FeedRequest {
    pub path: String,
    pub if_none_match: Option<String>,
    pub if_modified_since: Option<String>,
}

/// Clones are the same server.
#[derive(Clone)]
pub struct Feed {
    origin: String,
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    lines: String,
    edition: u64,
    mood: FeedMood,
    requests: Vec<FeedRequest>,
}

impl Feed {
    /// Starts it, with a calendar in which nothing is.
    pub async fn start() -> anyhow::Result<Self> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let feed = Self { origin: format!("http://{}", listener.local_addr()?), inner: Arc::default() };
        let router = Router::new().route("/{calendar}", get(answer)).with_state(feed.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(feed)
    }

    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The calendar's address.
    pub fn address(&self) -> String {
        self.address_of("calendar.ics")
    }

    /// Another address at which the same calendar stands.
    pub fn address_of(&self, name: &str) -> String {
        format!("{}/{name}", self.origin)
    }

    /// From now on these lines stand between the first and the last of its calendar.
    pub fn says(&self, lines: &str) {
        self.inner(|inner| {
            inner.lines = lines.to_owned();
            inner.edition += 1;
        });
    }

    pub fn will(&self, mood: FeedMood) {
        self.inner(|inner| inner.mood = mood);
    }

    /// Everybody who asked, oldest first.
    pub fn requests(&self) -> Vec<FeedRequest> {
        self.inner(|inner| inner.requests.clone())
    }

    fn inner<T>(&self, look: impl FnOnce(&mut Inner) -> T) -> T {
        look(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

async fn answer(State(feed): State<Feed>, uri: Uri, headers: HeaderMap) -> Response {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let request = FeedRequest {
        path: uri.path().to_owned(),
        if_none_match: header("if-none-match"),
        if_modified_since: header("if-modified-since"),
    };
    let (mood, edition, lines) = feed.inner(|inner| {
        inner.requests.push(request.clone());
        (inner.mood, inner.edition, inner.lines.clone())
    });
    let etag = format!("\"{edition}\"");
    match mood {
        FeedMood::Busy(seconds) => {
            return (StatusCode::SERVICE_UNAVAILABLE, [("retry-after", seconds.to_string())]).into_response();
        }
        FeedMood::Gone => return StatusCode::GONE.into_response(),
        FeedMood::Hangs => tokio::time::sleep(Duration::from_secs(30)).await,
        FeedMood::Answers => {}
    }
    if request.if_none_match.as_deref() == Some(&etag) {
        return StatusCode::NOT_MODIFIED.into_response();
    }
    let text = format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Stand-in//EN\r\nX-WR-CALNAME:Diary on the web\r\n{lines}END:VCALENDAR\r\n"
    );
    let modified = "Mon, 02 Mar 2026 09:00:00 GMT".to_owned();
    let headers = [("content-type", "text/calendar".to_owned()), ("etag", etag), ("last-modified", modified)];
    (headers, text).into_response()
}

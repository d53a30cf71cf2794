//! How much a request may bring, and how slowly. Extractors have a limit of their own; this one holds for every way
//! of reading.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use http_body_util::BodyExt;
use hyper::body::Frame;
use tokio::time::{Instant, Sleep};

use super::paths;

/// A body that brings nothing for so long is given up.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// How long the rest of a refused body is read and thrown away. A browser that is still sending when the connection
/// closes shows a broken connection instead of our page.
const LINGER: Duration = Duration::from_secs(30);
/// A client that sends nothing for so long waits for our answer.
const LINGER_PAUSE: Duration = Duration::from_secs(2);

/// Limits in bytes.
#[derive(Debug, Clone)]
pub struct BodyLimit {
    ordinary: usize,
    upload_prefixes: Arc<[String]>,
    upload: usize,
}

/// At most `bytes` in a body, but `upload_bytes` where the path begins with one of `upload_prefixes` (see
/// [`paths::begins`]). To be used as the state of [`check`].
pub fn limit(bytes: usize, upload_prefixes: Vec<String>, upload_bytes: usize) -> BodyLimit {
    BodyLimit { ordinary: bytes, upload_prefixes: upload_prefixes.into(), upload: upload_bytes }
}

/// Answers 413 with a page when the body is announced too long, or turns out too long while it is read: whatever the
/// handler makes of the cut-off body. A handler's own 413 page stays.
pub async fn check(State(limit): State<BodyLimit>, request: Request, next: Next) -> Response {
    let is_upload = paths::begins_with_any(request.uri().path(), &limit.upload_prefixes);
    let most = if is_upload { limit.upload } else { limit.ordinary };
    let announced = request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    if announced.and_then(|text| text.parse::<u64>().ok()).is_some_and(|length| length > most as u64) {
        // Who asks first whether to send (RFC 9110 section 10.1.1) is told at once, and sends nothing.
        if !request.headers().contains_key(header::EXPECT) {
            throw_away(request.into_body()).await;
        }
        return too_large(most);
    }
    let refused = Arc::new(Mutex::new(None));
    let kept = Arc::clone(&refused);
    let response =
        next.run(request.map(|body| Body::new(Measured::new(body, most, LONGEST_PAUSE, kept)))).await;
    let rest = refused.lock().unwrap_or_else(PoisonError::into_inner).take();
    let Some(rest) = rest else { return response };
    throw_away(rest).await;
    if is_page(&response) { response } else { too_large(most) }
}

fn is_page(response: &Response) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE);
    response.status() == StatusCode::PAYLOAD_TOO_LARGE
        && kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
}

fn too_large(most: usize) -> Response {
    app::web::plain(
        StatusCode::PAYLOAD_TOO_LARGE,
        "This is too large",
        &format!(
            "It was not taken. Send at most {} at once: go back, and choose a smaller file or less text.",
            in_words(most)
        ),
    )
}

async fn throw_away(mut body: Body) {
    let all = async { while let Ok(Some(Ok(_))) = tokio::time::timeout(LINGER_PAUSE, body.frame()).await {} };
    // Whoever takes longer gets the answer nevertheless, if the connection bears it.
    let _ = tokio::time::timeout(LINGER, all).await;
}

fn in_words(bytes: usize) -> String {
    match bytes / (1024 * 1024) {
        0 => format!("{} KB", bytes / 1024),
        megabytes => format!("{megabytes} MB"),
    }
}

/// A body that ends in an error when it is too long or pauses too long.
struct Measured {
    inner: Option<Body>,
    left: usize,
    longest_pause: Duration,
    pause: Pin<Box<Sleep>>,
    /// Takes what is left of the body when it is too long.
    refused: Arc<Mutex<Option<Body>>>,
}

impl Measured {
    fn new(body: Body, most: usize, longest_pause: Duration, refused: Arc<Mutex<Option<Body>>>) -> Self {
        let pause = Box::pin(tokio::time::sleep(longest_pause));
        Self { inner: Some(body), left: most, longest_pause, pause, refused }
    }
}

impl HttpBody for Measured {
    type Data = Bytes;
    type Error = axum::BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let this = &mut *self;
        let Some(body) = this.inner.as_mut() else { return Poll::Ready(None) };
        let Poll::Ready(frame) = Pin::new(body).poll_frame(context) else {
            ready!(this.pause.as_mut().poll(context));
            this.inner = None;
            return Poll::Ready(Some(Err("the body stopped coming".into())));
        };
        this.pause.as_mut().reset(Instant::now() + this.longest_pause);
        let length = match &frame {
            Some(Ok(frame)) => frame.data_ref().map_or(0, Bytes::len),
            _ => 0,
        };
        if length > this.left {
            *this.refused.lock().unwrap_or_else(PoisonError::into_inner) = this.inner.take();
            return Poll::Ready(Some(Err("the body is too long".into())));
        }
        this.left -= length;
        Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> hyper::body::SizeHint {
        self.inner.as_ref().map(HttpBody::size_hint).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::extract::DefaultBodyLimit;
    use axum::middleware::from_fn_with_state;
    use axum::routing::post;
    use futures::StreamExt;
    use futures::stream;
    use tower::ServiceExt;

    use super::*;

    fn router() -> Router {
        let raw = |request: Request| async move {
            match request.into_body().collect().await {
                Ok(_) => StatusCode::OK,
                Err(_) => StatusCode::IM_A_TEAPOT,
            }
        };
        Router::new()
            .route("/form", post(|_: Bytes| async {}))
            .route("/raw", post(raw))
            .route("/r/{id}/documents", post(|_: Bytes| async {}))
            .layer(DefaultBodyLimit::disable())
            .layer(from_fn_with_state(limit(1024, vec!["/r/{id}/documents".to_owned()], 4096), check))
    }

    async fn send(path: &str, body: Body, length: Option<usize>) -> (StatusCode, String) {
        let mut request = Request::builder().method("POST").uri(path);
        if let Some(length) = length {
            request = request.header("content-length", length);
        }
        let request = request.body(body).expect("well formed");
        let response = router().oneshot(request).await.expect("infallible");
        let status = response.status();
        let text = response.into_body().collect().await.expect("whole").to_bytes();
        (status, String::from_utf8_lossy(&text).into_owned())
    }

    async fn check_case(path: &str, body: Body, length: Option<usize>, most: Option<&str>) {
        let (status, text) = send(path, body, length).await;
        match most {
            None => assert_eq!(status, StatusCode::OK, "{path}"),
            Some(most) => {
                assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE, "{path}");
                assert!(text.contains(&format!("Send at most {most} at once")), "{text}");
            }
        }
    }

    fn unannounced(length: usize) -> Body {
        let chunks = (0..length / 256).map(|_| Ok::<_, std::io::Error>(vec![b'x'; 256]));
        Body::from_stream(stream::iter(chunks))
    }

    #[tokio::test]
    async fn too_much_is_refused_with_a_page_whether_announced_or_not() {
        check_case("/form", Body::from(vec![b'x'; 1024]), Some(1024), None).await;
        check_case("/form", Body::empty(), Some(1025), Some("1 KB")).await;
        check_case("/form", unannounced(1024), None, None).await;
        check_case("/form", unannounced(2048), None, Some("1 KB")).await;
        check_case("/raw", unannounced(1024), None, None).await;
        check_case("/raw", unannounced(2048), None, Some("1 KB")).await;
    }

    #[tokio::test]
    async fn uploads_have_a_limit_of_their_own() {
        check_case("/r/7/documents", unannounced(4096), None, None).await;
        check_case("/r/7/documents", unannounced(8192), None, Some("4 KB")).await;
        check_case("/r/7/documents", Body::empty(), Some(8192), Some("4 KB")).await;
    }

    #[tokio::test]
    async fn a_body_that_stops_coming_is_given_up_but_a_slow_one_is_not() {
        let pause = Duration::from_millis(200);
        let slowly = stream::iter(0..6).then(|_| async {
            tokio::time::sleep(Duration::from_millis(50)).await;
            Ok::<_, std::io::Error>(vec![b'x'; 16])
        });
        let slow = Measured::new(Body::from_stream(slowly), 1024, pause, Arc::default());
        assert_eq!(slow.collect().await.expect("whole").to_bytes().len(), 96);
        let stops = stream::iter([Ok::<_, std::io::Error>(vec![b'x'; 16])]).chain(stream::pending());
        let stops = Measured::new(Body::from_stream(stops), 1024, pause, Arc::default());
        assert_eq!(stops.collect().await.expect_err("given up").to_string(), "the body stopped coming");
    }

    #[test]
    fn a_limit_is_told_in_words() {
        assert_eq!(in_words(2 * 1024 * 1024), "2 MB");
        assert_eq!(in_words(4096), "4 KB");
    }
}

//! How much a request may bring. Extractors have a limit of their own; this one holds for every way of reading.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use http_body_util::Limited;

use super::page;

/// Limits in bytes.
#[derive(Debug, Clone)]
pub struct Limits {
    pub ordinary: usize,
    /// Route templates with a limit of their own.
    pub uploads: Arc<[(&'static str, usize)]>,
}

/// Refuses a body that is announced too long (413), and cuts off one that grows too long while it is read.
pub async fn limit(State(limits): State<Limits>, request: Request, next: Next) -> Response {
    let template = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    let own = limits.uploads.iter().find(|(upload, _)| Some(*upload) == template);
    let most = own.map_or(limits.ordinary, |(_, most)| *most);
    let announced = request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    if announced.and_then(|text| text.parse::<u64>().ok()).is_some_and(|length| length > most as u64) {
        return page::plain(
            StatusCode::PAYLOAD_TOO_LARGE,
            "This is too large",
            &format!("Send at most {} at once. Nothing was changed.", in_words(most)),
        );
    }
    next.run(request.map(|body| Body::new(Limited::new(body, most)))).await
}

fn in_words(bytes: usize) -> String {
    match bytes / (1024 * 1024) {
        0 => format!("{} KB", bytes / 1024),
        megabytes => format!("{megabytes} MB"),
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Bytes;
    use axum::extract::DefaultBodyLimit;
    use axum::middleware::from_fn_with_state;
    use axum::routing::post;
    use futures::stream;
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    use super::*;

    fn router() -> Router {
        let limits = Limits { ordinary: 1024, uploads: [("/r/{id}/documents", 4096)].into() };
        let raw = |request: Request| async move {
            match request.into_body().collect().await {
                Ok(_) => StatusCode::OK,
                Err(_) => StatusCode::IM_A_TEAPOT,
            }
        };
        Router::new()
            .route("/form", post(|_: Bytes| async {}))
            .route("/raw", post(raw))
            .route("/r/{id}/documents", post(|_: Bytes| async {}).layer(DefaultBodyLimit::disable()))
            .layer(from_fn_with_state(limits, limit))
    }

    async fn send(path: &str, body: Body, length: Option<usize>) -> StatusCode {
        let mut request = Request::builder().method("POST").uri(path);
        if let Some(length) = length {
            request = request.header("content-length", length);
        }
        let request = request.body(body).expect("well formed");
        router().oneshot(request).await.expect("infallible").status()
    }

    fn unannounced(length: usize) -> Body {
        let chunks = (0..length / 256).map(|_| Ok::<_, std::io::Error>(vec![b'x'; 256]));
        Body::from_stream(stream::iter(chunks))
    }

    #[tokio::test]
    async fn too_much_is_refused_whether_announced_or_not() {
        assert_eq!(send("/form", Body::from(vec![b'x'; 1024]), Some(1024)).await, StatusCode::OK);
        assert_eq!(send("/form", Body::empty(), Some(1025)).await, StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(send("/form", unannounced(1024), None).await, StatusCode::OK);
        assert_eq!(send("/form", unannounced(2048), None).await, StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(send("/raw", unannounced(2048), None).await, StatusCode::IM_A_TEAPOT);
    }

    #[tokio::test]
    async fn uploads_have_a_limit_of_their_own() {
        assert_eq!(send("/r/7/documents", unannounced(4096), None).await, StatusCode::OK);
        assert_eq!(send("/r/7/documents", unannounced(8192), None).await, StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(send("/r/7/documents", Body::empty(), Some(8192)).await, StatusCode::PAYLOAD_TOO_LARGE);
    }

    #[test]
    fn a_limit_is_told_in_words() {
        assert_eq!(in_words(2 * 1024 * 1024), "2 MB");
        assert_eq!(in_words(4096), "4 KB");
    }
}

//! The log: JSON lines on standard error, with ids and route templates, never with names, numbers, paths or queries.

use std::panic::PanicHookInfo;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::HeaderValue;
use axum::middleware::Next;
use axum::response::Response;
use tracing_subscriber::EnvFilter;

use crate::rim::peer::Proxies;

/// Level when `WAYMARK_LOG` says nothing. The session layer warns at every expired cookie, which is ordinary.
const DEFAULT_FILTER: &str = "info,tower_sessions_core=error";
const REQUEST_ID: &str = "x-request-id";

/// Names one request in the log and on pages that tell of a fault. In every request's extensions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(String);

impl RequestId {
    /// A random one of 128 bits.
    pub fn fresh() -> Self {
        Self(hex::encode(rand::random::<[u8; 16]>()))
    }

    /// The id as it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A proxy's id, when it is 8 to 64 letters, digits, `-` or `_`.
    fn parse(text: &str) -> Option<Self> {
        let fits = (8..=64).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        fits.then(|| Self(text.to_owned()))
    }
}

/// Why the log cannot be written as wished.
#[derive(Debug, thiserror::Error)]
#[error("WAYMARK_LOG: give a level such as info, or directives such as info,server=debug: {0}")]
pub struct LogError(String);

/// Sends the log to standard error. `wish` is the value of `WAYMARK_LOG`.
///
/// # Errors
/// The wish is not a filter, or a log was set up before.
pub fn init(wish: Option<&str>) -> Result<(), LogError> {
    let filter =
        EnvFilter::try_new(wish.unwrap_or(DEFAULT_FILTER)).map_err(|error| LogError(error.to_string()))?;
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .try_init()
        .map_err(|error| LogError(error.to_string()))?;
    std::panic::set_hook(Box::new(log_panic));
    Ok(())
}

/// A formatted panic message may quote data of patients; only messages fixed at build time are written.
fn log_panic(info: &PanicHookInfo<'_>) {
    let place = info.location().map(ToString::to_string).unwrap_or_default();
    let message = info.payload().downcast_ref::<&'static str>().copied().unwrap_or("(message withheld)");
    tracing::error!(place, message, "panic");
}

/// Gives each request its id and its client's address, and writes one line when its answer begins.
///
/// The id of a proxy is kept when we stand behind one. The route is the template, such as `/referrals/{id}`.
pub async fn each_request(State(proxies): State<Proxies>, mut request: Request, next: Next) -> Response {
    let told = request.headers().get(REQUEST_ID).and_then(|value| value.to_str().ok());
    let id = told.filter(|_| proxies.any()).and_then(RequestId::parse).unwrap_or_else(RequestId::fresh);
    let client = proxies.client(request.headers(), request.extensions());
    request.extensions_mut().insert(id.clone());
    if let Some(client) = client {
        request.extensions_mut().insert(client);
    }
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let begun = Instant::now();
    let mut response = next.run(request).await;
    let ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    let route = route.as_ref().map_or("(none)", MatchedPath::as_str);
    tracing::info!(
        method = method_name(&method),
        route,
        status = response.status().as_u16(),
        ms,
        request_id = id.as_str(),
        "request"
    );
    if let Ok(value) = HeaderValue::from_str(id.as_str()) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

/// A method of the client's invention is not written.
fn method_name(method: &axum::http::Method) -> &str {
    match method.as_str() {
        known @ ("GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS") => known,
        _ => "(other)",
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use axum::Router;
    use axum::body::Body;
    use axum::middleware::from_fn_with_state;
    use axum::routing::get;
    use tower::ServiceExt;
    use tracing::instrument::WithSubscriber;

    use super::*;

    #[derive(Clone, Default)]
    struct Page(Arc<Mutex<Vec<u8>>>);

    impl Write for Page {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().expect("not poisoned").extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    async fn line(hops: usize, method: &str, path: &str, id: Option<&str>) -> (serde_json::Value, String) {
        let page = Page::default();
        let writer = page.clone();
        let subscriber =
            tracing_subscriber::fmt().json().flatten_event(true).with_writer(move || writer.clone()).finish();
        let router = Router::new()
            .route("/referrals/{id}", get(|| async { "" }))
            .layer(from_fn_with_state(Proxies { hops }, each_request));
        let mut request = Request::builder().method(method).uri(path);
        if let Some(id) = id {
            request = request.header(REQUEST_ID, id);
        }
        let request = request.body(Body::empty()).expect("well formed");
        let response = router.oneshot(request).with_subscriber(subscriber).await.expect("infallible");
        let id = response.headers()[REQUEST_ID].to_str().expect("ascii").to_owned();
        let text = String::from_utf8(page.0.lock().expect("not poisoned").clone()).expect("UTF-8");
        (serde_json::from_str(text.trim()).expect("one JSON line"), id)
    }

    #[tokio::test]
    async fn a_line_tells_route_status_and_id_but_not_what_was_asked_for() {
        let (line, id) = line(0, "GET", "/referrals/9434765919?name=Smith", None).await;
        assert_eq!(line["route"], "/referrals/{id}");
        assert_eq!((line["method"].as_str(), line["status"].as_u64()), (Some("GET"), Some(200)));
        assert_eq!(line["request_id"], id);
        assert!(line["ms"].is_u64());
        let text = line.to_string();
        assert!(!text.contains("9434765919") && !text.contains("Smith"), "{text}");
    }

    #[tokio::test]
    async fn unknown_paths_and_methods_are_not_written_either() {
        let (line, _) = line(0, "SMITH", "/smith", None).await;
        assert_eq!((line["route"].as_str(), line["method"].as_str()), (Some("(none)"), Some("(other)")));
        assert!(!line.to_string().to_lowercase().contains("smith"));
    }

    #[tokio::test]
    async fn an_id_is_taken_from_a_proxy_only_and_only_a_fit_one() {
        assert_ne!(line(0, "GET", "/referrals/1", Some("from-client-1")).await.1, "from-client-1");
        assert_eq!(line(1, "GET", "/referrals/1", Some("from-proxy-1")).await.1, "from-proxy-1");
        assert_ne!(line(1, "GET", "/referrals/1", Some("a b\"c,d;e")).await.1, "a b\"c,d;e");
        assert_eq!(RequestId::fresh().as_str().len(), 32);
    }

    #[test]
    fn a_wish_that_is_no_filter_is_refused_by_name() {
        let error = init(Some("info,=,,[")).expect_err("not a filter");
        assert!(error.to_string().starts_with("WAYMARK_LOG: "), "{error}");
    }
}

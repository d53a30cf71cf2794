//! No other site can act for the person: requests that change something must come from our own pages.
//!
//! Source: OWASP Cross-Site Request Forgery Prevention Cheat Sheet ("Fetch Metadata headers", with `Origin` as the
//! fallback); W3C Fetch Metadata Request Headers; ASVS 5.0 V3.5.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;

use super::paths;

/// What the gate compares with: the state of [`check`].
#[derive(Debug, Clone)]
pub struct SameOrigin {
    origin: Arc<str>,
    exempt: Arc<[String]>,
}

impl SameOrigin {
    /// `public_origin` is scheme, host and port as browsers write it, such as `https://refer.example.org`. Paths that
    /// begin with one of `exempt_prefixes` (see [`paths::begins`]) pass, because they carry their own authentication.
    pub fn new(public_origin: &str, exempt_prefixes: Vec<String>) -> Self {
        let origin = public_origin.trim_end_matches('/').to_ascii_lowercase();
        Self { origin: origin.into(), exempt: exempt_prefixes.into() }
    }
}

/// Lets safe methods pass, and unsafe ones only from our own pages; else 403.
///
/// `Sec-Fetch-Site` decides when it is there: browsers set it and scripts cannot. Without it `Origin` must be ours.
pub async fn check(State(gate): State<SameOrigin>, request: Request, next: Next) -> Response {
    let is_exempt = paths::begins_with_any(request.uri().path(), &gate.exempt);
    if is_safe(request.method()) || is_exempt || comes_from(&gate.origin, request.headers()) {
        return next.run(request).await;
    }
    app::web::plain(
        StatusCode::FORBIDDEN,
        "This request did not come from our pages",
        "Nothing was changed. Open the page again from its own address and repeat what you did.",
    )
}

/// Methods that change nothing (RFC 9110 section 9.2.1); TRACE is not served.
pub fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

fn comes_from(origin: &str, headers: &HeaderMap) -> bool {
    match only(headers, "sec-fetch-site") {
        Given::Once(site) => site == "same-origin" || site == "none",
        Given::Unclear => false,
        Given::Never => only(headers, header::ORIGIN.as_str()) == Given::Once(origin),
    }
}

#[derive(PartialEq, Eq)]
enum Given<'a> {
    Never,
    Once(&'a str),
    /// Twice, or not readable.
    Unclear,
}

fn only<'a>(headers: &'a HeaderMap, name: &str) -> Given<'a> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Given::Never,
        (Some(value), None) => value.to_str().map_or(Given::Unclear, Given::Once),
        (Some(_), Some(_)) => Given::Unclear,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use axum::Router;
    use axum::body::Body;
    use axum::middleware::from_fn_with_state;
    use axum::routing::any;
    use tower::ServiceExt;

    use super::*;

    const OURS: &str = "https://refer.example.org";

    async fn send(method: Method, path: &str, headers: &[(&str, &str)]) -> (StatusCode, usize) {
        let changes = Arc::new(AtomicUsize::new(0));
        let seen = Arc::clone(&changes);
        let handler = move || async move {
            seen.fetch_add(1, Ordering::SeqCst);
            "done"
        };
        let gate = SameOrigin::new(OURS, vec!["/hooks/".to_owned()]);
        let router = Router::new()
            .route("/act", any(handler.clone()))
            .route("/hooks/sms", any(handler))
            .layer(from_fn_with_state(gate, check));
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from("a=b")).expect("well formed");
        let response = router.oneshot(request).await.expect("infallible");
        (response.status(), changes.load(Ordering::SeqCst))
    }

    #[tokio::test]
    async fn only_our_own_pages_change_anything_whatever_the_form_is_encoded_as() {
        let cases: &[(&[(&str, &str)], bool)] = &[
            (&[("sec-fetch-site", "same-origin")], true),
            (&[("sec-fetch-site", "same-origin"), ("origin", OURS)], true),
            (&[("sec-fetch-site", "none")], true),
            (&[("sec-fetch-site", "same-site")], false),
            (&[("sec-fetch-site", "same-site"), ("origin", OURS)], false),
            (&[("sec-fetch-site", "cross-site")], false),
            (&[("sec-fetch-site", "cross-site"), ("origin", "null")], false),
            (&[("sec-fetch-site", "")], false),
            (&[("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-origin")], false),
            (&[("origin", OURS)], true),
            (&[("origin", "https://evil.example")], false),
            (&[("origin", "http://refer.example.org")], false),
            (&[("origin", "https://refer.example.org.evil.example")], false),
            (&[("origin", "https://refer.example.org:8443")], false),
            (&[("origin", OURS), ("origin", "https://evil.example")], false),
            (&[("origin", "null")], false),
            (&[], false),
            (&[("referer", "https://refer.example.org/act")], false),
        ];
        let forms = ["application/x-www-form-urlencoded", "text/plain", "application/json"];
        for (headers, allowed) in cases {
            for form in forms {
                for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
                    let mut headers = headers.to_vec();
                    headers.push(("content-type", form));
                    let (status, changes) = send(method, "/act", &headers).await;
                    let expected = if *allowed { (StatusCode::OK, 1) } else { (StatusCode::FORBIDDEN, 0) };
                    assert_eq!((status, changes), expected, "{headers:?}");
                }
            }
        }
    }

    #[tokio::test]
    async fn reading_is_free_and_listed_doors_guard_themselves() {
        let foreign = [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")];
        assert_eq!(send(Method::GET, "/act", &foreign).await.0, StatusCode::OK);
        assert_eq!(send(Method::HEAD, "/act", &foreign).await.0, StatusCode::OK);
        assert_eq!(send(Method::POST, "/hooks/sms", &[]).await.0, StatusCode::OK);
        assert_eq!(send(Method::POST, "/hooks/../act", &[]).await, (StatusCode::NOT_FOUND, 0));
    }
}

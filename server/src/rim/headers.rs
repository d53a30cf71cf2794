//! Headers that every answer carries.
//!
//! Source: OWASP HTTP Headers Cheat Sheet; ASVS 5.0 V3.4.1–8, V14.3.2; CSP Level 3; RFC 6797 (HSTS).

use axum::extract::{Request, State};
use axum::http::header::{self, HeaderName};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

/// For answers that are not pages, and pages that set no policy of their own.
pub const DEFAULT_CSP: &str = "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

/// A year, with all hosts below ours (ASVS V3.4.1).
const HSTS: &str = "max-age=31536000; includeSubDomains";

static ALWAYS: [(HeaderName, &str); 7] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), microphone=(), midi=(), \
         payment=(), usb=()",
    ),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("x-permitted-cross-domain-policies"), "none"),
];

/// How the site is reached: the state of [`add`].
#[derive(Debug, Clone, Copy)]
pub struct Site {
    pub is_https: bool,
}

/// The policy of a page whose scripts carry `nonce`; all else comes from our own origin.
/// Letters that cannot stand in a nonce (CSP3 section 2.3.1) are left out.
pub fn page_csp(nonce: &str) -> String {
    let nonce: String = nonce
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '-' | '_' | '='))
        .collect();
    format!(
        "default-src 'none'; script-src 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; \
         connect-src 'self'; manifest-src 'self'; worker-src 'self'; font-src 'none'; frame-ancestors 'none'; \
         base-uri 'none'; form-action 'self'"
    )
}

/// Adds the headers. A handler's own `Content-Security-Policy` and `Cache-Control` stay; the rest is not negotiable.
pub async fn add(State(site): State<Site>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in &ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if site.is_https {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(HSTS));
    }
    set_if_absent(headers, header::CACHE_CONTROL, "no-store");
    set_if_absent(headers, header::CONTENT_SECURITY_POLICY, DEFAULT_CSP);
    response
}

fn set_if_absent(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    if !headers.contains_key(&name) {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::middleware::from_fn_with_state;
    use axum::routing::get;
    use tower::ServiceExt;

    use super::*;

    async fn answer(path: &str, site: Site) -> HeaderMap {
        let own =
            [(header::CACHE_CONTROL, "public"), (header::CONTENT_SECURITY_POLICY, "default-src 'self'")];
        let router = Router::new()
            .route("/plain", get(|| async { "plain" }))
            .route("/own", get(move || async move { (own, "own") }))
            .layer(from_fn_with_state(site, add));
        let request = Request::builder().uri(path).body(Body::empty()).expect("well formed");
        router.oneshot(request).await.expect("infallible").headers().clone()
    }

    #[tokio::test]
    async fn every_answer_carries_them_even_one_that_finds_nothing() {
        for path in ["/plain", "/own", "/missing"] {
            let headers = answer(path, Site { is_https: true }).await;
            for (name, value) in &ALWAYS {
                assert_eq!(headers.get(name).expect("set"), value, "{path} {name}");
            }
            assert_eq!(headers["strict-transport-security"], HSTS, "{path}");
        }
    }

    #[tokio::test]
    async fn nothing_is_kept_and_nothing_runs_unless_the_handler_says_so() {
        let site = Site { is_https: false };
        let plain = answer("/plain", site).await;
        assert_eq!(plain["cache-control"], "no-store");
        assert_eq!(plain["content-security-policy"], DEFAULT_CSP);
        assert!(!plain.contains_key("strict-transport-security"));
        let own = answer("/own", site).await;
        assert_eq!(own["cache-control"], "public");
        assert_eq!(own["content-security-policy"], "default-src 'self'");
    }

    #[test]
    fn a_pages_policy_cannot_be_broken_out_of() {
        let policy = page_csp("ab+/=' 'unsafe-inline'; script-src *");
        assert!(!policy.contains("'unsafe-inline'") && !policy.contains('*'), "{policy}");
        assert!(policy.starts_with(
            "default-src 'none'; script-src 'nonce-ab+/=unsafe-inlinescript-src' 'wasm-unsafe-eval';"
        ));
    }
}

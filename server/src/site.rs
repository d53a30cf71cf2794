//! The built browser files: script, styles, icons, manifest, service worker.

use std::path::Path;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use tower_http::services::{ServeDir, ServeFile};

/// Names change with the content, so what was fetched once is good for ever (RFC 8246).
const FOR_EVER: &str = "public, max-age=31536000, immutable";
const AN_HOUR: &str = "public, max-age=3600";
/// A browser asks each time whether its copy is still right.
const ASK: &str = "no-cache";
/// A worker's own answer carries the policy for what the worker fetches (CSP3 section 4.2).
const WORKER_CSP: &str = "default-src 'none'; script-src 'self'; connect-src 'self'; base-uri 'none'";
/// The offline page carries its style inside, so that it needs no second file.
const OFFLINE_CSP: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// Routes for everything below `site_dir`: `/pkg/…`, `/icons/…` and the single files at the root.
/// Files compressed beforehand (`.br`, `.gz`) are sent to who accepts them.
pub fn routes<S: Clone + Send + Sync + 'static>(site_dir: &Path) -> Router<S> {
    let folder = |name: &str| {
        ServeDir::new(site_dir.join(name))
            .append_index_html_on_directories(false)
            .precompressed_br()
            .precompressed_gzip()
    };
    let file = |name: &str| ServeFile::new(site_dir.join(name)).precompressed_br().precompressed_gzip();
    Router::new()
        .nest_service("/pkg", folder("pkg"))
        .nest_service("/icons", folder("icons"))
        .route_service("/favicon.svg", file("favicon.svg"))
        .route_service("/favicon.ico", file("favicon.svg"))
        .route_service("/manifest.webmanifest", file("manifest.webmanifest"))
        .route_service("/offline.html", file("offline.html"))
        .route_service("/copy.js", file("copy.js"))
        .route_service("/forms.js", file("forms.js"))
        .route_service("/keys.js", file("keys.js"))
        .route_service("/passkeys.js", file("passkeys.js"))
        .route_service("/print.js", file("print.js"))
        .route_service("/presence.js", file("presence.js"))
        .route_service("/sw.js", file("sw.js"))
        .layer(from_fn(mark))
}

async fn mark(request: Request, next: Next) -> Response {
    // A nested service sees its path without the prefix; a layer around it sees it whole.
    let path = request.uri().path().to_owned();
    let mut response = next.run(request).await;
    let found = response.status().is_success() || response.status() == 304;
    let keep = match path.as_str() {
        _ if !found => "no-store",
        "/sw.js" | "/offline.html" => ASK,
        path if path.starts_with("/pkg/") => {
            if is_hashed(path) {
                FOR_EVER
            } else {
                ASK
            }
        }
        _ => AN_HOUR,
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
    if !found {
        return response;
    }
    match path.as_str() {
        "/sw.js" => {
            let allowed = HeaderName::from_static("service-worker-allowed");
            headers.insert(allowed, HeaderValue::from_static("/"));
            headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(WORKER_CSP));
        }
        "/offline.html" => {
            headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(OFFLINE_CSP));
        }
        _ => {}
    }
    response
}

/// Whether a name is `stem.HASH.ext`, the hash being at least six letters, digits, `-` or `_`, one of them a digit or
/// a capital letter. Snippets keep their names and are asked for again.
fn is_hashed(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let mut parts = name.rsplit('.');
    let (_extension, hash, stem) = (parts.next(), parts.next().unwrap_or_default(), parts.next());
    stem.is_some()
        && hash.len() >= 6
        && hash.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        && hash.bytes().any(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use axum::body::Body;
    use axum::http::{HeaderMap, StatusCode};
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    use super::*;

    struct Site(PathBuf);

    impl Site {
        fn new() -> Self {
            let root = std::env::temp_dir()
                .join(format!("waymark-site-{}", hex::encode(rand::random::<[u8; 12]>())));
            for folder in ["pkg/snippets", "icons"] {
                std::fs::create_dir_all(root.join(folder)).expect("the temporary folder can be written");
            }
            let files = [
                ("pkg/waymark.3fA9-_xy.js", "plain"),
                ("pkg/waymark.3fA9-_xy.js.br", "brotli"),
                ("pkg/waymark.3fA9-_xy.js.gz", "gzip"),
                ("pkg/waymark.0123456789.wasm", "wasm"),
                ("pkg/waymark.0123456789.css", "css"),
                ("pkg/snippets/inline.js", "snippet"),
                ("icons/icon-192.png", "png"),
                ("favicon.svg", "svg"),
                ("manifest.webmanifest", "{}"),
                ("offline.html", "offline"),
                ("sw.js", "worker"),
                ("secret.txt", "not a route"),
            ];
            for (name, content) in files {
                std::fs::write(root.join(name), content).expect("just made");
            }
            Self(root)
        }

        async fn get(&self, path: &str, accept: &str) -> (StatusCode, HeaderMap, String) {
            let request = Request::builder()
                .uri(path)
                .header("accept-encoding", accept)
                .body(Body::empty())
                .expect("well formed");
            let response = routes::<()>(&self.0).oneshot(request).await.expect("infallible");
            let (parts, body) = response.into_parts();
            let body = body.collect().await.expect("a file").to_bytes();
            (parts.status, parts.headers, String::from_utf8_lossy(&body).into_owned())
        }
    }

    impl Drop for Site {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    #[tokio::test]
    async fn each_file_has_its_type_and_its_time() {
        let site = Site::new();
        let cases = [
            ("/pkg/waymark.3fA9-_xy.js", "text/javascript", FOR_EVER),
            ("/pkg/waymark.0123456789.wasm", "application/wasm", FOR_EVER),
            ("/pkg/waymark.0123456789.css", "text/css", FOR_EVER),
            ("/pkg/snippets/inline.js", "text/javascript", ASK),
            ("/icons/icon-192.png", "image/png", AN_HOUR),
            ("/favicon.svg", "image/svg+xml", AN_HOUR),
            ("/favicon.ico", "image/svg+xml", AN_HOUR),
            ("/manifest.webmanifest", "application/manifest+json", AN_HOUR),
            ("/offline.html", "text/html", ASK),
            ("/sw.js", "text/javascript", ASK),
        ];
        for (path, kind, keep) in cases {
            let (status, headers, _) = site.get(path, "").await;
            assert_eq!(status, StatusCode::OK, "{path}");
            let sent = headers["content-type"].to_str().expect("ascii");
            assert!(sent.starts_with(kind), "{path}: {sent}");
            assert_eq!(headers["cache-control"], keep, "{path}");
        }
        assert_eq!(site.get("/sw.js", "").await.1["service-worker-allowed"], "/");
    }

    #[tokio::test]
    async fn the_smallest_form_that_the_browser_takes_is_sent() {
        let site = Site::new();
        for (accept, expected) in [("br, gzip", "brotli"), ("gzip", "gzip"), ("", "plain")] {
            let (_, headers, body) = site.get("/pkg/waymark.3fA9-_xy.js", accept).await;
            assert_eq!(body, expected);
            assert_eq!(headers["content-type"], "text/javascript");
        }
    }

    #[tokio::test]
    async fn what_is_missing_is_not_remembered_and_nothing_else_is_served() {
        let site = Site::new();
        for path in [
            "/pkg/waymark.gone123.js",
            "/secret.txt",
            "/pkg/../secret.txt",
            "/pkg/%2e%2e/secret.txt",
            "/pkg/",
        ] {
            let (status, headers, _) = site.get(path, "").await;
            assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
            assert_ne!(
                headers.get("cache-control").map(HeaderValue::as_bytes),
                Some(FOR_EVER.as_bytes()),
                "{path}"
            );
        }
    }

    #[test]
    fn a_hash_is_told_from_a_word() {
        for (name, hashed) in [
            ("/pkg/waymark.3fA9-_xy.js", true),
            ("/pkg/waymark.0123456789.wasm", true),
            ("/pkg/waymark.js", false),
            ("/pkg/waymark.bundle.js", false),
            ("/pkg/a.12.js", false),
        ] {
            assert_eq!(is_hashed(name), hashed, "{name}");
        }
    }
}

//! From a view to a page.

use axum::body::Body;
use axum::http::{HeaderValue, Request, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_axum::ResponseOptions;

use super::wake::wake;
use super::{Demo, Web};

/// Whether a page has islands, and so needs the client bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alive {
    Islands,
    Plain,
}

/// Renders a whole page. `title` is a fixed word, never what somebody typed.
pub async fn page<V>(web: &Web, title: &'static str, alive: Alive, body: V) -> Response
where
    V: Fn() -> AnyView + Clone + Send + Sync + 'static,
{
    page_with_status(web, StatusCode::OK, title, alive, body).await
}

/// Renders a whole page with a status of its own.
pub async fn page_with_status<V>(
    web: &Web,
    status: StatusCode,
    title: &'static str,
    alive: Alive,
    body: V,
) -> Response
where
    V: Fn() -> AnyView + Clone + Send + Sync + 'static,
{
    let (options, csp, demo) = (web.leptos.clone(), web.csp, web.demo);
    let shell = move || {
        if let (Some(nonce), Some(response)) = (use_nonce(), use_context::<ResponseOptions>()) {
            let policy = csp(nonce.as_inner());
            if let Ok(policy) = HeaderValue::from_str(&policy) {
                response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
            }
            response.insert_header(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
        document(&options, title, alive, demo, body.clone())
    };
    let render = leptos_axum::render_app_async_with_context(|| {}, shell);
    let mut response = render(Request::new(Body::empty())).await;
    *response.status_mut() = status;
    response
}

fn document<V>(
    options: &LeptosOptions,
    title: &'static str,
    alive: Alive,
    demo: Demo,
    body: V,
) -> impl IntoView + use<V>
where
    V: Fn() -> AnyView + 'static,
{
    let options = options.clone();
    let style =
        SHEET.get_or_init(|| format!("/{}/{}.css", options.site_pkg_dir, hashed(&options, "css"))).as_str();
    let register = use_nonce().map(|nonce| {
        view! { <script type="module" nonce=nonce>"navigator.serviceWorker?.register('/sw.js')"</script> }
    });
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <meta name="theme-color" content="#0b5c73" />
                <meta name="format-detection" content="telephone=no" />
                <title>{format!("{title} – Waymark")}</title>
                <link rel="stylesheet" href=style />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <link rel="apple-touch-icon" href="/icons/icon-192.png" />
                <link rel="manifest" href="/manifest.webmanifest" />
                {register}
                {(alive == Alive::Islands).then(|| wake(&options))}
            </head>
            <body>
                {(demo == Demo::Yes)
                    .then(|| {
                        view! {
                            <aside class="app-demo-banner app-screen-only" aria-label="Demonstration">
                                "Demonstration: nobody here is real. " <a href="/demo">"Messages and sign-in codes"</a>
                            </aside>
                        }
                    })} {body()}
            </body>
        </html>
    }
}

/// The name of a built file without its extension: "waymark" and, where names are hashed, the hash of the file with that
/// extension. The hashes are read once.
pub(super) fn hashed(options: &LeptosOptions, extension: &str) -> String {
    static HASHES: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    let hashes =
        HASHES.get_or_init(|| std::fs::read_to_string(options.hash_file.as_ref()).unwrap_or_default());
    let named = |line: &str| {
        line.split_once(':').filter(|(kind, _)| *kind == extension).map(|(_, hash)| hash.trim().to_owned())
    };
    match hashes.lines().find_map(named) {
        Some(hash) => format!("{}.{hash}", options.output_name),
        None => options.output_name.to_string(),
    }
}

/// Address of the stylesheet, as soon as a page has been rendered.
static SHEET: std::sync::OnceLock<String> = std::sync::OnceLock::new();

/// A page for when nothing else can be shown. `heading` and `sentence` are our own words.
pub(super) fn plain(status: StatusCode, heading: &str, sentence: &str) -> Response {
    let escape = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let (heading, sentence) = (escape(heading), escape(sentence));
    // Known once a page was rendered; before that the page is bare, and as readable.
    let sheet =
        SHEET.get().map_or_else(String::new, |sheet| format!("<link rel=\"stylesheet\" href=\"{sheet}\">"));
    let html = format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{heading} – Waymark</title>\
         <link rel=\"icon\" href=\"/favicon.svg\" type=\"image/svg+xml\">{sheet}</head><body>\
         <main id=\"main\" class=\"app-main app-main--patient app-stack\"><h1>{heading}</h1><p>{sentence}</p><p><a href=\"/\">Go to the start</a></p></main></body></html>"
    );
    (status, [(header::CACHE_CONTROL, "no-store")], Html(html)).into_response()
}

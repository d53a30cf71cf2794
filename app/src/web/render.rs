//! From a view to a page.

use axum::body::{Body, to_bytes};
use axum::http::{HeaderValue, Request, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_axum::ResponseOptions;

use super::wake::wake;
use super::{Demo, Web};
use crate::components::LargestFile;

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
    let largest = LargestFile(web.desk.settings.document_bytes);
    let shell = move || {
        provide_context(largest);
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
    let (head, body) = render(Request::new(Body::empty())).await.into_parts();
    // The view is awaited whole before it is sent, so there is no end that could fail to come.
    let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let mut response = Response::from_parts(head, Body::from(valid(&String::from_utf8_lossy(&bytes))));
    *response.status_mut() = status;
    response
}

/// What leptos renders, as HTML has it: empty comments written out, and scripts that it puts behind the document moved to
/// the end of the body. Browsers read both alike; validators and stricter readers do not. Words that people typed
/// are escaped and so are never touched.
fn valid(html: &str) -> String {
    const END: &str = "</body></html>";
    let html = html.replace("<!>", "<!---->");
    match html.rsplit_once(END) {
        Some((document, behind)) => format!("{document}{behind}{END}"),
        None => html,
    }
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
        // Whoever leaves the page meanwhile ends it; the next page begins it again.
        let register = "navigator.serviceWorker?.register('/sw.js').catch(function () {})";
        view! { <script type="module" nonce=nonce>{register}</script> }
    });
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <meta name="theme-color" content="#0b4a80" />
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
                    })} {body()} {no_connection()}
            </body>
        </html>
    }
}

/// What `/forms.js` says beside a form that could not leave.
fn no_connection() -> impl IntoView {
    let script =
        use_nonce().map(|nonce| view! { <script type="module" nonce=nonce src="/forms.js"></script> });
    view! {
        <template id="no-connection">
            <div class="app-notice app-notice--warning" role="alert" data-no-connection>
                <p class="app-notice__title">"You have no connection"</p>
                <p class="app-notice__body">
                    "Nothing was sent, and what you typed is still here. Send it again when you are connected."
                </p>
            </div>
        </template>
        {script}
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
pub fn plain(status: StatusCode, heading: &str, sentence: &str) -> Response {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_behind_the_document_move_into_it_and_comments_are_written_out() {
        let html = "<html><body><p>a<!>b</p></body></html><script>1</script>";
        assert_eq!(valid(html), "<html><body><p>a<!---->b</p><script>1</script></body></html>");
        assert_eq!(valid("<p>"), "<p>");
    }

    #[test]
    fn what_somebody_typed_is_never_taken_for_a_comment() {
        let html = crate::components::render(|| view! { <input value="<!>" /><p>"<!>"</p> });
        assert!(!html.contains("<!>"), "{html}");
    }
}

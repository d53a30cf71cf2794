//! Every route, readable from top to bottom.

use std::path::Path;

use app::web::{Asking, Demo, Refused, Web, keys, late, went_idle, witness};
use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{Extensions, HeaderMap, StatusCode, Version};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use leptos::config::LeptosOptions;
use leptos::prelude::provide_context;
use service::{Desk, ServiceError};
use tokio::sync::watch;
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_sessions::Session;
use uuid::Uuid;

use crate::config::Config;
use crate::demo::capture::{self, Capture};
use crate::logs::RequestId;
use crate::rim::{self, ClientIp, RimConfig};
use crate::session::SqlSessions;
use crate::{http, site};

/// Beginnings of paths that carry their own authentication, so that the same-origin gate lets them pass.
const OPEN_PATHS: &[&str] = &["/hooks/", "/unsubscribe/", "/fhir/", "/demo/twilio/", "/demo/push/"];

/// Routes that take files.
const UPLOADS: [&str; 4] = [
    "/my/{referral}/documents",
    "/referrals/{referral}/documents",
    "/availability/{resource}/calendar",
    "/admin/configuration",
];

/// Forms that may bring a file with their words.
const ENCLOSING: [&str; 7] = [
    "/key-in",
    "/availability/{resource}/hours/look",
    "/availability/{resource}/calendars/{feed}/calendar",
    "/referrals/{referral}/triage",
    "/referrals/{referral}/note",
    "/referrals/{referral}/report",
    "/referrals/{referral}/write-note",
];

/// The whole product as one service.
pub fn router(config: &Config, desk: &Desk, stop: watch::Receiver<bool>, demo: Option<Capture>) -> Router {
    // The renderer spawns on tokio; a second router in the same process finds it set up.
    let _ = any_spawner::Executor::init_tokio();
    let web = Web {
        desk: desk.clone(),
        leptos: leptos(&config.site_dir),
        csp: rim::headers::page_csp,
        demo: if demo.is_some() { Demo::Yes } else { Demo::No },
    };
    let sessions = SqlSessions::new(desk.store.clone(), config.session);
    let mut pages = app::pages::routes()
        .route("/api/{*name}", post(server_functions))
        .route("/live", get(http::live::presence))
        .route("/live/{referral}", get(http::live::live))
        .route(UPLOADS[0], post(http::documents::add_by_patient))
        .route(UPLOADS[1], post(http::documents::add_by_staff))
        .route(UPLOADS[2], post(http::documents::add_calendar))
        .route(UPLOADS[3], post(http::documents::look_at_configuration))
        .route("/downtime/{name}", get(http::downtime::fetch))
        .route("/admin/audit/export", get(http::audit::export))
        .route("/referrals/{referral}/record.zip", get(http::record::record_zip))
        .route("/referrals/{referral}/documents/{document}", get(http::documents::fetch_by_staff))
        .route("/my/{referral}/documents/{document}", get(http::documents::fetch_by_patient))
        .route("/emergency/{referral}/documents/{document}", get(http::documents::fetch_in_emergency));
    if let Some(capture) = demo {
        pages = pages.merge(capture::routes(capture));
    }
    let machines = Router::new()
        .route("/fhir/R4", post(http::fhir::receive))
        // Clients join a base address and an empty path to this.
        .route("/fhir/R4/", post(http::fhir::receive))
        .route("/calendar/{token}", get(http::calendar_feed::read))
        .route("/hooks/bounces/{token}", post(http::bounces::take))
        .route("/hooks/twilio/status", post(http::twilio::status))
        .route("/hooks/twilio/inbound", post(http::twilio::inbound))
        .route("/healthz", get(http::health::healthz))
        .route("/readyz", get(http::health::readyz));
    let router = pages
        .layer(from_fn_with_state(web.clone(), witness))
        .layer(from_fn(late))
        .layer(from_fn_with_state(sessions.clone(), note_who_was))
        .layer(sessions.layer(config.is_https()))
        .merge(machines)
        .merge(site::routes(&config.site_dir))
        .fallback(http::nothing_here)
        .layer(axum::Extension(http::Stopping(stop)))
        .layer(axum::Extension(sessions.clone()))
        .layer(axum::Extension(http::twilio::Callback::new(config)))
        .layer(from_fn(note_who_asks))
        .layer(CompressionLayer::new().quality(CompressionLevel::Precise(4)).compress_when(is_words))
        .with_state(web);
    rim::wrap(router, rim(config))
}

/// What is worth compressing as it leaves: pages and data. Static files were compressed beforehand, documents are as they
/// are, and live streams must not wait for more. No page holds a secret that its length could give away: forms are guarded by
/// where they come from, not by a token.
fn is_words(_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_attached = headers.contains_key(CONTENT_DISPOSITION);
    !is_attached
        && ["text/html", "application/json", "application/fhir+json"]
            .iter()
            .any(|words| kind.starts_with(words))
}

/// The rim that fits this router.
fn rim(config: &Config) -> RimConfig {
    let most = usize::try_from(config.documents.max_bytes).unwrap_or(usize::MAX).saturating_add(64 * 1024);
    RimConfig {
        public_origin: config.origin(),
        proxy_hops: config.trust.proxy_hops,
        exempt_prefixes: OPEN_PATHS.iter().map(|path| (*path).to_owned()).collect(),
        body_bytes: config.limits.body_bytes,
        upload_prefixes: UPLOADS
            .iter()
            .chain(&ENCLOSING)
            .chain(&["/fhir/R4"])
            .map(|path| (*path).to_owned())
            .collect(),
        upload_bytes: most,
        request_timeout: config.limits.request_timeout,
    }
}

/// Address and method of every server function that is linked in.
pub fn function_paths() -> Vec<(String, String)> {
    let all = leptos::server_fn::axum::server_fn_paths();
    all.map(|(path, method)| (path.to_owned(), method.to_string())).collect()
}

async fn server_functions(State(web): State<Web>, request: Request) -> Response {
    leptos_axum::handle_server_fns_with_context(move || provide_context(web.clone()), request)
        .await
        .into_response()
}

/// Notes whose session it was when it has gone idle, so that a form that comes late is kept for them.
async fn note_who_was(
    State(sessions): State<SqlSessions>,
    session: Session,
    request: Request,
    next: Next,
) -> Response {
    if let Some(id) = session.id() {
        let noted = async {
            // Loading it forgets the id of a session that is not alive.
            session.get_value(keys::PRINCIPAL).await.map_err(|error| error.to_string())?;
            if session.id().is_some() {
                return Ok(());
            }
            match sessions.was(&id).await.map_err(|error| error.to_string())? {
                Some(was) => {
                    went_idle(&session, &was.who, &was.data).await.map_err(|error| error.to_string())
                }
                None => Ok(()),
            }
        };
        if let Err(cause) = noted.await {
            return Refused(ServiceError::Broken(cause)).into_response();
        }
    }
    next.run(request).await
}

/// Gives pages the request's id and address in the form in which they want them.
async fn note_who_asks(mut request: Request, next: Next) -> Response {
    let id = request.extensions().get::<RequestId>().map(|id| id.as_str().to_owned()).unwrap_or_default();
    let address =
        request.extensions().get::<ClientIp>().map_or_else(|| "unknown".to_owned(), |ip| ip.0.to_string());
    let asking = Asking { request: Uuid::parse_str(&id).unwrap_or_else(|_| named(&id)), address };
    request.extensions_mut().insert(asking);
    next.run(request).await
}

/// An id for a request whose proxy named it otherwise.
fn named(name: &str) -> Uuid {
    use sha2::{Digest, Sha256};
    let hash = Sha256::digest(name.as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    Uuid::from_bytes(bytes)
}

fn leptos(site_dir: &Path) -> LeptosOptions {
    let site = std::path::absolute(site_dir).unwrap_or_else(|_| site_dir.to_owned());
    let hashes = site.join("hash.txt");
    LeptosOptions::builder()
        .output_name("waymark")
        .site_root(site.display().to_string())
        .site_pkg_dir("pkg")
        .hash_files(hashes.exists())
        .hash_file(std::sync::Arc::<str>::from(hashes.display().to_string()))
        .build()
}

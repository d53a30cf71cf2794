//! The harness of the integration tests: the whole product over a private database, spoken to in its own words.
//!
//! Every test runs twice, see [`both!`]. PostgreSQL is found by `WAYMARK_TEST_POSTGRES`, the address of a database
//! whose user may create others; without it that half is skipped, and fails when `CI=true`.

mod acts;
mod app;
mod authenticator;
mod browser;
mod clamd;
mod databases;
mod feed;
mod provider;
mod push_service;
mod samples;
mod twilio;
mod world;

pub use app::{Options, TestApp};
pub use authenticator::Authenticator;
pub use browser::{Answer, Browser, slots};
pub use clamd::{Clamd, MALWARE};
pub use databases::Kind;
pub use feed::{Feed, FeedMood, FeedRequest};
pub use provider::{Provider, Signs, Vouched};
pub use push_service::{PushService, Subscribed};
pub use samples::{all_below, samples};
pub use twilio::{ACCOUNT, Mood, TOKEN, Twilio};
pub use world::{PDF, person};

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;

use futures::FutureExt;

/// What a test does with its app.
pub type Body<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

/// Runs a test's body over a private database of the kind; then the whole database must hold together, and no message
/// that is due may be left behind, unless the test says so.
pub fn run(kind: Kind, options: Options, body: impl for<'a> FnOnce(&'a TestApp) -> Body<'a>) {
    if !kind.is_there() {
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("the system gives threads");
    runtime.block_on(async {
        let app = TestApp::start(kind, options).await.expect("the product starts");
        let done = AssertUnwindSafe(body(&app)).catch_unwind().await;
        let done = match done {
            Ok(()) => AssertUnwindSafe(app.must_be_sound()).catch_unwind().await,
            failed => failed,
        };
        app.end().await;
        if let Err(cause) = done {
            std::panic::resume_unwind(cause);
        }
    });
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
}

/// Each test becomes `name::sqlite` and `name::postgres`. Its parameter is the running [`TestApp`]. An expression in
/// square brackets before it gives other [`Options`].
#[macro_export]
macro_rules! both {
    ($($(#[$meta:meta])* $([$options:expr])? async fn $name:ident($app:ident) $body:block)*) => {$(
        $(#[$meta])*
        mod $name {
            #[allow(unused_imports, reason = "a test may need nothing of its file")]
            use super::*;

            async fn body($app: &$crate::TestApp) $body

            #[allow(unused_mut, unused_assignments, reason = "most tests keep the ordinary options")]
            fn options() -> $crate::Options {
                let mut options = $crate::Options::default();
                $(options = $options;)?
                options
            }

            #[test]
            fn sqlite() {
                $crate::run($crate::Kind::Sqlite, options(), |app| Box::pin(body(app)));
            }

            #[test]
            fn postgres() {
                $crate::run($crate::Kind::Postgres, options(), |app| Box::pin(body(app)));
            }
        }
    )*};
}

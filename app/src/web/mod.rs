//! What pages share on the server: state, who is asking, rendering, refusing.

mod confirm;
mod files;
mod form;
mod late;
mod posted;
mod refuse;
mod render;
mod session;
mod wake;
mod who;
mod witness;

pub use confirm::{confirm_first, confirmed};
pub use files::{Sent, media_type};
pub use form::{Kept, Typed, keep, kept};
pub use late::{late, went_idle};
pub use posted::Posted;
pub use refuse::{Refused, public, refused_form, status};
pub use render::{Alive, page, page_with_status, plain};
pub use session::{keys, sign_in, sign_out};
pub use who::{Asking, Patient, Staff, Visitor};
pub use witness::witness;

use axum::extract::FromRef;
use leptos::config::LeptosOptions;
use service::Desk;

/// State of every page.
#[derive(Clone)]
pub struct Web {
    pub desk: Desk,
    pub leptos: LeptosOptions,
    /// The content security policy of a page with this nonce.
    pub csp: fn(&str) -> String,
    /// Whether this is the demonstration, which says so on every page.
    pub demo: Demo,
}

/// Whether this is the demonstration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Demo {
    Yes,
    No,
}

impl FromRef<Web> for LeptosOptions {
    fn from_ref(web: &Web) -> Self {
        web.leptos.clone()
    }
}

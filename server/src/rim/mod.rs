//! The outermost ring of the web server: connections, limits, and what holds for every request and answer.
//! It knows nothing of referrals.
//!
//! From outside to inside: [`headers`], [`logs`](crate::logs), [`panics`], [`gate`], [`commit`], [`body`], then the
//! routes. [`dress`] puts them on in that order.

pub mod body;
pub mod commit;
pub mod gate;
pub mod headers;
pub mod page;
pub mod panics;
pub mod peer;
pub mod serve;

#[cfg(test)]
mod tests;

use std::time::Duration;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};

pub use commit::Commits;
pub use peer::ClientIp;
pub use serve::{ServeLimits, serve};

use crate::config::Config;
use crate::logs;

/// What the rim has to know.
#[derive(Debug, Clone)]
pub struct Rim {
    /// The site's origin, as browsers write it.
    pub origin: String,
    pub is_https: bool,
    pub proxy_hops: usize,
    pub body_bytes: usize,
    pub request_timeout: Duration,
    /// Beginnings of paths that carry their own authentication, such as `/hooks/`: the gate lets them pass.
    pub open_paths: &'static [&'static str],
    /// Route templates with a limit and a pace of their own, such as `/r/{id}/documents`, with their limit in bytes.
    pub uploads: Vec<(&'static str, usize)>,
    pub commits: Commits,
}

impl Rim {
    /// The rim as configured; `open_paths` and `uploads` are the router's to say.
    pub fn new(
        config: &Config,
        open_paths: &'static [&'static str],
        uploads: Vec<(&'static str, usize)>,
    ) -> Self {
        Self {
            origin: config.origin(),
            is_https: config.is_https(),
            proxy_hops: config.trust.proxy_hops,
            body_bytes: config.limits.body_bytes,
            request_timeout: config.limits.request_timeout,
            open_paths,
            uploads,
            commits: Commits::default(),
        }
    }
}

/// Puts the rim around a finished router, its session layer included.
pub fn dress(router: Router, rim: &Rim) -> Router {
    let limits = body::Limits { ordinary: rim.body_bytes, uploads: rim.uploads.clone().into() };
    let deadline = commit::Deadline {
        after: rim.request_timeout,
        unhurried: rim.uploads.iter().map(|(template, _)| *template).collect(),
        commits: rim.commits.clone(),
    };
    let gate = gate::Gate { origin: rim.origin.clone().into(), open_paths: rim.open_paths };
    router
        .layer(axum::extract::DefaultBodyLimit::max(rim.body_bytes))
        .layer(from_fn_with_state(limits, body::limit))
        .layer(from_fn_with_state(deadline, commit::run))
        .layer(from_fn_with_state(gate, gate::check))
        .layer(from_fn(panics::catch))
        .layer(from_fn_with_state(peer::Proxies { hops: rim.proxy_hops }, logs::each_request))
        .layer(from_fn_with_state(headers::Site { is_https: rim.is_https }, headers::add))
}

//! The outermost ring of the web server: connections, limits, and what holds for every request and answer.
//! It knows nothing of referrals.
//!
//! From outside to inside: [`headers`], [`logs`](crate::logs), [`panics`], [`gate`], [`body`], [`commit`], then the
//! routes. [`wrap`] puts them on in that order.

pub mod accept;
pub mod body;
pub mod commit;
pub mod gate;
pub mod headers;
pub mod panics;
pub mod paths;
pub mod peer;

#[cfg(test)]
mod tests;

use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};

pub use accept::{Limits, serve, stopped};
pub use commit::Commits;
pub use peer::ClientIp;

use crate::config::Config;
use crate::logs;

/// What the rim has to know.
#[derive(Debug, Clone)]
pub struct RimConfig {
    /// Scheme, host and port of the site, as browsers write them.
    pub public_origin: String,
    /// Proxies in front of us that add to `X-Forwarded-For`.
    pub proxy_hops: usize,
    /// Beginnings of paths that carry their own authentication, such as `/hooks/`: the gate lets them pass.
    pub exempt_prefixes: Vec<String>,
    /// Largest ordinary body.
    pub body_bytes: usize,
    /// Beginnings of paths with a limit and a pace of their own, such as `/r/{id}/documents`.
    pub upload_prefixes: Vec<String>,
    /// Largest body there, the form around the file included.
    pub upload_bytes: usize,
    /// When an answer must begin; uploads have no such deadline.
    pub request_timeout: Duration,
}

/// The name that the router uses.
pub type Rim = RimConfig;

impl RimConfig {
    /// The rim as configured; which paths are exempt from the gate, and which take uploads of how many bytes, is the
    /// router's to say. The largest of the uploads' limits holds for them all.
    pub fn new(config: &Config, exempt_prefixes: &[&str], uploads: Vec<(&str, usize)>) -> Self {
        Self {
            public_origin: config.origin(),
            proxy_hops: config.trust.proxy_hops,
            exempt_prefixes: exempt_prefixes.iter().map(|prefix| (*prefix).to_owned()).collect(),
            body_bytes: config.limits.body_bytes,
            upload_bytes: uploads.iter().map(|(_, bytes)| *bytes).max().unwrap_or(config.limits.body_bytes),
            upload_prefixes: uploads.into_iter().map(|(prefix, _)| prefix.to_owned()).collect(),
            request_timeout: config.limits.request_timeout,
        }
    }
}

/// As [`wrap`], for a rim that is used again.
pub fn dress(router: Router, rim: &RimConfig) -> Router {
    wrap(router, rim.clone())
}

/// Puts the rim around a finished router, its session layer and fallback included.
pub fn wrap(router: Router, rim: RimConfig) -> Router {
    let is_https = rim.public_origin.starts_with("https://");
    let deadline =
        commit::Deadline { after: rim.request_timeout, unhurried: rim.upload_prefixes.clone().into() };
    let limit = body::limit(rim.body_bytes, rim.upload_prefixes, rim.upload_bytes);
    let gate = gate::SameOrigin::new(&rim.public_origin, rim.exempt_prefixes);
    router
        // The limit that counts is ours, which holds for extractors too.
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn(commit::finish_writes))
        .layer(from_fn_with_state(deadline, commit::deadline))
        .layer(from_fn_with_state(limit, body::check))
        .layer(from_fn_with_state(gate, gate::check))
        .layer(from_fn(panics::catch))
        .layer(from_fn_with_state(peer::Proxies { hops: rim.proxy_hops }, logs::each_request))
        .layer(from_fn_with_state(headers::Site { is_https }, headers::add))
}

//! The server: configuration, state, router, middleware, jobs, commands, and HTTP that is not a page.

pub mod adapters;
pub mod commands;
pub mod config;
pub mod demo;
pub mod http;
pub mod jobs;
pub mod logs;
pub mod open;
pub mod rim;
pub mod router;
pub mod session;
pub mod site;

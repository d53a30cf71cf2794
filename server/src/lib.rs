//! The web server: configuration, rim, sessions and the built site.

pub mod config;
pub mod logs;
pub mod rim;
pub mod session;
pub mod site;

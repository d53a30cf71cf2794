//! Every other outside service, one file each: the document store, which keeps documents sealed, the virus scanner,
//! and calendar feeds and sign-on over one HTTP client that is guarded against being sent into our own network.

pub mod caldav;
pub mod documents;
pub mod feeds;
pub mod http;
pub mod scanner;
pub mod sealed;
pub mod sign_on;

//! Every other outside service, one file each: the document store and calendar feeds, over one HTTP client that
//! is guarded against being sent into our own network.

pub mod documents;
pub mod feeds;
pub mod http;

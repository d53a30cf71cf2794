//! Server functions: public endpoints that islands call. Each says who may call it and what it records.

pub mod drafts;
mod error;
pub mod patient;
pub mod templates;

pub use error::ApiError;

//! The closed set of things that can go wrong, as the outside learns them.

use serde::{Deserialize, Serialize};

/// A problem with one field of a form, in words that say how to put it right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// Name of the form field.
    pub field: String,
    pub message: String,
}

impl FieldError {
    pub fn new(field: &str, message: impl Into<String>) -> Self {
        Self { field: field.to_owned(), message: message.into() }
    }
}

/// What a page or a server function may learn of a failure. The page turns it into a sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "code", rename_all = "kebab-case")]
pub enum PublicError {
    /// Not there, or not yours: the two are not told apart.
    #[error("not found")]
    NotFound,
    /// Sign in first.
    #[error("sign in first")]
    SignedOut,
    /// You may see it but not do this.
    #[error("not allowed")]
    NotAllowed,
    /// Something typed has to be put right.
    #[error("invalid fields")]
    Invalid { fields: Vec<FieldError> },
    /// Somebody else changed it first, or it is no longer in a state for this.
    #[error("conflict")]
    Conflict { message: String },
    /// Too often; wait.
    #[error("too many attempts")]
    TooMany { wait_min: u32 },
    /// Larger than we take.
    #[error("too large")]
    TooLarge { limit_mib: u32 },
    /// Our fault; the number finds the cause in the log.
    #[error("broken, reference {reference}")]
    Broken { reference: String },
}

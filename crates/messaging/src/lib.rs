//! Knows how to send a message, never whom or when.
//!
//! One file per channel: [`sms`] (Twilio), [`email`] (SMTP) and [`push`] (Web Push), with the words of every
//! message in [`templates`]. Each channel answers alike: [`Handed`] when the provider has taken the message,
//! [`SendError`] otherwise. The outbox decides about retries from that answer alone.
//!
//! No channel writes a log: addresses and texts are a patient's. Errors name the fault, never the recipient.

pub mod bounce;
pub mod email;
pub mod phone;
pub mod push;
mod retry_after;
pub mod segments;
pub mod signature;
pub mod sms;
pub mod templates;

use std::time::Duration;

pub use domain::delivery::DeliveryState;

/// The provider took the message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handed {
    /// The provider's own name for the message (Twilio's sid, our Message-ID, the push service's address of the
    /// message). May be empty where a push service gives none.
    pub provider_ref: String,
    /// What is known of the delivery at this moment; callbacks move it forward (`DeliveryState::advanced_by`).
    pub state: DeliveryState,
}

/// Why a message was not handed over. `why` is for staff: it holds no address, name or text of the message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// Sending the same again cannot help: stop, and let a person look. `code` is the provider's.
    #[error("refused for good ({code}): {why}")]
    Permanent { code: String, why: String },
    /// Surely not sent; try again, not before `retry_after` where the provider named a time.
    #[error("not sent for now: {why}")]
    Temporary { why: String, retry_after: Option<Duration> },
    /// It may or may not have been sent: find out (for SMS with [`sms::TwilioSms::lookup`]) before any resend.
    #[error("outcome unknown: {why}")]
    Unknown { why: String },
    /// The push subscription no longer exists (RFC 8030 section 7.3): delete it. Other channels never answer this.
    #[error("the push subscription is gone: delete it")]
    Gone,
}

impl SendError {
    pub(crate) fn permanent(code: impl Into<String>, why: impl Into<String>) -> Self {
        Self::Permanent { code: code.into(), why: why.into() }
    }

    pub(crate) fn temporary(why: impl Into<String>) -> Self {
        Self::Temporary { why: why.into(), retry_after: None }
    }

    pub(crate) fn unknown(why: impl Into<String>) -> Self {
        Self::Unknown { why: why.into() }
    }

    /// What a failed HTTP exchange means: before the connection stood nothing can have been sent; after that
    /// nobody knows.
    pub(crate) fn from_http(error: &reqwest::Error, whom: &str) -> Self {
        if error.is_connect() {
            Self::temporary(format!("no connection to {whom}"))
        } else if error.is_builder() {
            Self::permanent("request", format!("the request to {whom} could not be built"))
        } else if error.is_timeout() {
            Self::unknown(format!("{whom} did not answer in time"))
        } else {
            Self::unknown(format!("the connection to {whom} broke before it answered"))
        }
    }
}

/// A setting of a channel that cannot be used, named for the configuration's reader.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {remedy}")]
pub struct ConfigError {
    /// The setting, as in the configuration file (`twilio.account_sid`).
    pub field: &'static str,
    /// What to write there instead.
    pub remedy: String,
}

impl ConfigError {
    pub(crate) fn new(field: &'static str, remedy: impl Into<String>) -> Self {
        Self { field, remedy: remedy.into() }
    }
}

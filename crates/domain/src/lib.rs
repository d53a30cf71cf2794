//! The field's words and rules: ids, roles, referral states and acts, clocks, who may do what.
//!
//! Nothing here reads a clock, a file, a network or a source of randomness; "now" is an argument.
//! The crate compiles to wasm, so that a page and the server speak of the same things.

pub mod actor;
pub mod calendar_days;
pub mod codes;
pub mod criteria;
pub mod dates;
pub mod day_notices;
pub mod delivery;
pub mod emergency;
pub mod form;
pub mod ids;
pub mod language;
pub mod letter;
pub mod nhs_number;
pub mod notice;
pub mod place;
pub mod policy;
pub mod priority;
pub mod reason;
pub mod referral;
pub mod reminders;
pub mod reply;
pub mod reply_words;
pub mod role;
pub mod spoken;
pub mod standing;
pub mod template;
pub mod to_many;

#[cfg(test)]
mod rule_tests;

pub use actor::{Actor, Principal};
pub use ids::*;
pub use priority::{OfferedPriority, Priority};
pub use role::Role;

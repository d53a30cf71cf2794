//! Emergency access: a member of staff without a relation to a referral looks at one patient's for an hour. It is loud: the
//! patient and whoever answers for privacy are told at once, each look is recorded as such, and each access is reviewed.
//!
//! Nothing can be written this way: only the functions of this module heed an open access, and all of them read.

mod open;
mod read;
mod review;
mod reviewers;

pub use open::{open, open_with_passkey};
pub use read::{detail, document, mine};
pub use review::{queue, review};
pub(crate) use reviewers::{has_reviewers, overseer, without_reviewer};
pub use reviewers::{is_privacy_contact, waiting_for};

//! Reading a referral: how urgent its words are, what is missing from it, and what two people made of one letter.
//!
//! Pure: text and numbers go in, suggestions with their reasons come out. Suggestions may only raise a priority, never
//! lower one, and each names the rule, its source and the words that led to it. These are rules written down by
//! people, not learned; the interface calls them "rules".

pub mod completeness;
pub mod likeness;
pub mod merge;
pub mod urgency;

pub use completeness::{Kind, Missing, Present, Required, check};
pub use urgency::{Label, Reason, Sex, Urgency, suggest};

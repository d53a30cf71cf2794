//! A referral's states, acts and duties.

mod act;
mod duty;
mod machine;
mod state;

pub use act::Act;
pub use duty::{Clocks, Duty, NextAction, Side, duty};
pub use machine::{Refusal, acts_for, transition};
pub use state::State;

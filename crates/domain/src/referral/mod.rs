//! A referral's states, acts and duties.

mod act;
mod clock;
mod duty;
mod follow_up;
mod kind;
mod machine;
mod mapping;
mod plan;
mod state;
mod waiting;

pub use act::Act;
pub use clock::{Clock, Passage, Reading, Standing, readings, seen_by};
pub use duty::{Clocks, ClocksError, Duty, NextAction, Side, duty, promised};
pub use follow_up::{FollowUpKind, FollowUpState};
pub use kind::Kind;
pub use machine::{Refusal, acts_for, acts_of, transition, transition_of};
pub use mapping::{Bser, BserPlace, BserTransition, Mapping, Party, bser_transitions};
pub use plan::{Asked, NextStep, Plan};
pub use state::State;
pub use waiting::{AgeBand, Waiting};
